"""Support that continues: memberships and the periods that were paid for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.holdings import register_holding
from support.memberships.forgetting import forget_cards

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Forget cards with the person."""
    register_holding(app, "cards and payment pages of memberships", forget=forget_cards)
