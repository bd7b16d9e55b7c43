"""Other campaigns than the first one, for tests that change what is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.campaigns.forms import CampaignsFile
from support.campaigns.operations import load_campaigns
from support.content import read_content

if TYPE_CHECKING:
    from pathlib import Path

    from tests.services import Service

OVER = """
[[campaign]]
slug = "spring"
starts_at = 2020-01-01T00:00:00Z
ends_at = 2020-02-01T00:00:00Z
texts.en = { headline = "Spring", message = "It was spring.", button = "Give", thanks = "Thanks." }
[[campaign.plan]]
slug = "once"
interval = "once"
name = { en = "Once" }
terms.EUR = { minimum = "2", maximum = "100", suggested = ["5"] }
"""

FIXED = """
[[campaign]]
slug = "fixed"
texts.en = { headline = "Fixed", message = "One price.", button = "Join", thanks = "Thanks." }
[[campaign.plan]]
slug = "member"
interval = "year"
name = { en = "Member" }
terms.EUR = { minimum = "60", maximum = "60", fixed = "60" }
"""


def offer(service: Service, folder: Path, content: str) -> None:
    """`flask campaigns load`, and no waiting until the web process looks again."""
    file = folder / "campaigns.toml"
    file.write_text(content)
    with service.database.transaction() as session:
        load_campaigns(session, read_content(file, CampaignsFile))
    service.app.extensions["campaigns"].forget()
