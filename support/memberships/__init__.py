"""Support that continues: memberships and the periods that were paid for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.holdings import move_rows, register_holding
from support.memberships.forgetting import forget_cards
from support.memberships.models import Membership

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Forget cards with the person; memberships go along with a merged one."""
    register_holding(app, "cards and payment pages of memberships", forget=forget_cards)
    register_holding(app, "memberships", move=move_rows(Membership, Membership.supporter_id))
