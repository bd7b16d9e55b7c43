"""The reader's pages: the hosted ask, the thank-you that tells the truth, the account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.portal.account.views import account
from support.portal.views import portal

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Show the reader's pages."""
    app.register_blueprint(portal)
    app.register_blueprint(account)
