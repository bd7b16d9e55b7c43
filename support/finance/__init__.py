"""The books: one ledger entry per balance transaction, payouts that tie out or show by how much they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.chores import register_chore
from support.db import current_database
from support.finance.commands import selfcheck_command
from support.finance.exports.commands import report_command
from support.finance.reports.rollups.days.operations import roll_up_days
from support.finance.reports.rollups.worth.operations import roll_up_worth
from support.finance.statements.operations import forget_reasons, move_statements
from support.holdings import register_holding

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from flask import Flask

    from config.settings import Settings

_EVERY_SECONDS = 60.0


def init_app(app: Flask) -> None:
    """Offer the check of the books, and reports as files; let the worker sum anew what changed, and statements go with
    their supporters.
    """
    settings: Settings = app.extensions["settings"]
    register_chore(app, "rollups", every=_EVERY_SECONDS, work=lambda: _roll_up(settings.time_zone))
    app.cli.add_command(selfcheck_command)
    app.cli.add_command(report_command)
    register_holding(app, "annual statements", forget=forget_reasons, move=move_statements)


def _roll_up(zone: ZoneInfo) -> None:
    roll_up_days(current_database(), zone)
    roll_up_worth(current_database(), zone)
