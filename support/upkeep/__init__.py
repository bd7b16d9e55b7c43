"""What operators do to keep, forget, save and check: prune, erase, backup, restore, doctor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.chores import register_chore
from support.upkeep.commands import erase_command, prune_command
from support.upkeep.pruning import CHORE, EVERY_SECONDS, prune_chore

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Offer the commands, and let the worker prune every day."""
    register_chore(app, CHORE, every=EVERY_SECONDS, work=prune_chore)
    for command in (prune_command, erase_command):
        app.cli.add_command(command)
