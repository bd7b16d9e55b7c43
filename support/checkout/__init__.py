"""One attempt to give: the ask form, POST /checkout, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.checkout.forgetting import forget_requests, prune_requests
from support.checkout.models import Checkout
from support.checkout.views import checkout
from support.holdings import move_rows, register_holding

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Take checkouts."""
    app.register_blueprint(checkout)
    register_holding(app, "requests to Stripe", prune=prune_requests, forget=forget_requests)
    register_holding(app, "checkouts", move=move_rows(Checkout, Checkout.supporter_id))
