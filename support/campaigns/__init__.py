"""What the newsroom asks for: campaigns and their plans. First content is config/campaigns.toml."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from support.campaigns.commands import campaign_commands
from support.campaigns.forms import CampaignsFile
from support.campaigns.operations import load_campaigns
from support.campaigns.queries import all_campaigns
from support.content import read_content
from support.db import current_database, on_first_content
from support.memory import Remembered

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

    from support.campaigns.models import Campaign

FIRST_CONTENT = Path(__file__).parents[2] / "config" / "campaigns.toml"


def init_app(app: Flask) -> None:
    """Keep campaigns in memory; load the first ones when there are none."""
    app.extensions["campaigns"] = Remembered(_load)
    app.cli.add_command(campaign_commands)
    on_first_content(app, _load_first)


def _load() -> list[Campaign]:
    with current_database().reading() as session:
        return all_campaigns(session)


def _load_first(session: Session) -> None:
    if not all_campaigns(session):
        load_campaigns(session, read_content(FIRST_CONTENT, CampaignsFile))
