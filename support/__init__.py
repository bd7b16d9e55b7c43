"""The service: how a newsroom is supported by its readers.

`create_app` calls each package's init_app in the order in which a newcomer should read them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

from support import (
    access,
    accounts,
    audit,
    campaigns,
    checkout,
    chores,
    clock,
    commands,
    db,
    desk,
    emails,
    errors,
    finance,
    gateway,
    guards,
    health,
    http,
    i18n,
    limits,
    memberships,
    metrics,
    notices,
    payments,
    portal,
    sync,
    upkeep,
)
from support import widget as widget_package

if TYPE_CHECKING:
    from config.settings import Settings


def create_app(settings: Settings) -> Flask:
    """The Flask app for these settings. Nothing is connected before it is needed."""
    app = Flask(__name__)
    app.config["SECRET_KEY"] = settings.secret_key
    app.extensions["settings"] = settings
    clock.init_app(app, settings.clock_file)
    db.init_app(app, settings.database_url)
    chores.init_app(app)
    metrics.init_app(app)
    limits.init_app(app)
    audit.init_app(app)
    errors.init_app(app)
    http.init_app(app, settings)
    app.context_processor(lambda: {"newsroom": settings})
    i18n.init_app(app)
    gateway.init_app(app, settings)
    emails.init_app(app, settings)
    commands.init_app(app)
    health.init_app(app)
    accounts.init_app(app)
    campaigns.init_app(app)
    checkout.init_app(app)
    memberships.init_app(app)
    payments.init_app(app)
    access.init_app(app)
    finance.init_app(app)
    notices.init_app(app)
    sync.init_app(app)
    portal.init_app(app)
    desk.init_app(app, settings)
    widget_package.init_app(app)
    upkeep.init_app(app)
    guards.init_app(app)
    return app
