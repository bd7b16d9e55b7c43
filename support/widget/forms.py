"""What the widget's addresses take in."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from support.http import Body


class CampaignQuery(Body):
    """GET /widget/campaign.json"""

    campaign: Annotated[str, Field(max_length=100)] | None = None
    article: Annotated[str, Field(max_length=2000)] | None = None
    locale: Annotated[str, Field(max_length=100)] | None = None
