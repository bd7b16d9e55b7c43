"""`flask campaigns …`"""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import AppGroup

from support.campaigns.forms import CampaignsFile
from support.campaigns.operations import load_campaigns
from support.content import read_content
from support.db import current_database

campaign_commands = AppGroup("campaigns", help="What the newsroom asks for.")


@campaign_commands.command("load")
@click.argument("file", type=click.Path(path_type=Path))
def load(file: Path) -> None:
    """Offer what FILE says from now on; every process sees it within two seconds."""
    content = read_content(file, CampaignsFile)
    with current_database().transaction() as session:
        load_campaigns(session, content)
    click.echo(f"{len(content.campaign)} campaigns loaded")
