"""`flask selfcheck`"""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from support.db import current_database
from support.finance.selfcheck import differences


@click.command("selfcheck")
@with_appcontext
def selfcheck_command() -> None:
    """Recompute every sum; exit non-zero and name what differs."""
    count = 0
    with current_database().snapshot() as session:
        for difference in differences(session):
            count += 1
            click.echo(f"{difference.about}: {difference.why}")
    if count:
        raise click.ClickException(f"{count} differences")
    click.echo("everything adds up")
