"""Make our rows equal Stripe's objects: one by one (`flows`), or the whole account (`walk`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.holdings import register_holding
from support.sync.commands import import_command, reconcile_command
from support.sync.operations import prune_runs

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Offer the comparison with Stripe, and the import of an account."""
    register_holding(app, "reconcile runs", prune=prune_runs)
    app.cli.add_command(reconcile_command)
    app.cli.add_command(import_command)
