"""Stripe event intake: store, answer, then work."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from support.chores import register_chore
from support.db import current_database
from support.holdings import register_holding
from support.metrics import register_gauges
from support.upkeep.diagnosis import register_check
from webhooks import alarms
from webhooks.backfill import CHORE, EVERY_SECONDS, backfill_chore
from webhooks.checks import check_endpoint, check_inbox
from webhooks.commands import backfill_command, webhook_commands, worker_command
from webhooks.endpoint import PATH, BeforeFlask, intake
from webhooks.figures import inbox_gauges
from webhooks.forgetting import forget_bodies, prune_bodies, prune_tries
from webhooks.inbox import new_inbox
from webhooks.views import recorder

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Take Stripe's events, and offer the worker that handles them."""
    with app.app_context():
        app.extensions["inbox"] = new_inbox(current_database())
    app.register_blueprint(intake)
    app.register_blueprint(recorder)
    app.wsgi_app = BeforeFlask(app)  # type: ignore[method-assign]
    register_chore(app, CHORE, every=EVERY_SECONDS, work=backfill_chore)
    register_chore(app, alarms.CHORE, every=alarms.EVERY_SECONDS, work=alarms.look_for_alarms)
    register_gauges(app, inbox_gauges)
    register_holding(app, "event bodies", prune=prune_bodies, forget=forget_bodies)
    register_holding(app, "event tries", prune=prune_tries)
    register_check(app, "webhook endpoint", partial(check_endpoint, PATH))
    register_check(app, "events", check_inbox)
    app.cli.add_command(worker_command)
    app.cli.add_command(backfill_command)
    app.cli.add_command(webhook_commands)
