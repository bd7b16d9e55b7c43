"""`flask prune`"""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from support.commands import the_only_one
from support.db import current_database
from support.upkeep.pruning import CHORE, prune


@click.command("prune")
@with_appcontext
def prune_command() -> None:
    """Let go of what has had its time: raw events after 90 days, sign-ins and proofs that have ended."""
    with the_only_one(CHORE):
        gone = prune(current_database())
    show_counts(gone)


def show_counts(counts: dict[str, int]) -> None:
    """A line for each."""
    for name, count in counts.items():
        click.echo(f"{count:>8}  {name}")
