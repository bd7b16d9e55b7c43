"""How the ask reaches a page: the script, and the running campaign as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.widget.views import widget

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Serve the script and its data to every page."""
    app.register_blueprint(widget)
