"""Money in: one payment per payment intent that succeeded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.holdings import move_rows, register_holding
from support.payments.models import Payment

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Payments go along with a supporter who is merged."""
    register_holding(app, "payments", move=move_rows(Payment, Payment.supporter_id))
