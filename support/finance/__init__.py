"""The books: one ledger entry per balance transaction, payouts that tie out or show by how much they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.finance.commands import selfcheck_command
from support.finance.exports.commands import report_command
from support.finance.statements.operations import forget_reasons, move_statements
from support.holdings import register_holding

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Offer the check of the books, and reports as files; let statements go with their supporters."""
    app.cli.add_command(selfcheck_command)
    app.cli.add_command(report_command)
    register_holding(app, "annual statements", forget=forget_reasons, move=move_statements)
