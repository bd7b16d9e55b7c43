"""For operators: is the process alive, and can it serve?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, jsonify
from sqlalchemy.exc import SQLAlchemyError

from support import guards
from support.db import current_database, has_pending_migrations

if TYPE_CHECKING:
    from flask import Flask

health = Blueprint("health", __name__)


def init_app(app: Flask) -> None:
    """Answer health checks."""
    app.register_blueprint(health)


@health.get("/healthz")
@guards.anyone
def healthz() -> Response:
    """200 as long as the process answers at all; it asks nothing of the database."""
    return jsonify(status="ok")


@health.get("/readyz")
@guards.anyone
def readyz() -> tuple[Response, int]:
    """200 if the database answers and is at the newest migration, else 503 with the reason."""
    try:
        is_behind = has_pending_migrations(current_database())
    except SQLAlchemyError:
        return jsonify(status="unavailable", reason="the database does not answer"), 503
    if is_behind:
        return jsonify(status="unavailable", reason="pending migrations: run `flask db upgrade`"), 503
    return jsonify(status="ok"), 200
