"""Mails: `messages` writes each one, `operations` queues it, `delivery` takes it to the mail server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.emails.delivery import Delivery
from support.emails.figures import mail_gauges
from support.emails.forgetting import forget_mails
from support.holdings import register_holding
from support.metrics import register_gauges

if TYPE_CHECKING:
    from flask import Flask

    from config.settings import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Make the delivery that the worker runs."""
    app.extensions["delivery"] = Delivery(app, settings)
    register_gauges(app, mail_gauges)
    register_holding(app, "mails", forget=forget_mails)
