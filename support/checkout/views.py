"""POST /checkout: the ask becomes Stripe's page."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, jsonify, render_template, request

from support import clock, guards
from support.campaigns.queries import campaign_by_slug, running_campaign
from support.checkout.ask import ask_form
from support.checkout.cookies import remember_checkout
from support.checkout.flows import start_checkout
from support.checkout.forms import CheckoutBody, check_ask
from support.checkout.rules import LIMIT_WINDOW
from support.db import current_database
from support.errors import FieldError, InvalidInput, ServiceUnavailable, is_for_a_program
from support.gateway import current_gateway
from support.http import read_body, see_other
from support.i18n import choose, current_locale, known
from support.i18n import gettext as _
from support.limits import client_network, count_try

if TYPE_CHECKING:
    from collections.abc import Sequence

    from config.settings import Settings

log = logging.getLogger(__name__)
checkout = Blueprint("checkout", __name__)


@checkout.post("/checkout")
@guards.anyone
def start() -> Response:
    """201 `{"url"}` for programs, else 303 to Stripe; what is wrong is shown beside the form that was sent."""
    settings: Settings = current_app.extensions["settings"]
    choose(known(request.form.get("locale")) or current_locale())
    try:
        form = check_ask(read_body(CheckoutBody), current_locale(), settings.news_origins, clock.now())
        _count(settings)
        started = start_checkout(current_database(), current_gateway(), settings, form)
    except InvalidInput as error:
        return _ask_again(error, error.errors)
    except ServiceUnavailable as error:
        notice = _("Our payment service does not answer right now. Nothing was charged. Please try again in a minute.")
        return _ask_again(error, notice=notice)
    if is_for_a_program():
        response = jsonify(url=started.url)
        response.status_code = 201
    else:
        response = see_other(started.url)
    remember_checkout(response, started.public_id)
    return response


def _count(settings: Settings) -> None:
    if settings.checkout_limit is not None:
        key = f"checkout {client_network()}"
        with current_database().transaction() as session:
            count_try(session, key, allowed=settings.checkout_limit, window=LIMIT_WINDOW, now=clock.now())


def _ask_again(
    error: InvalidInput | ServiceUnavailable, errors: Sequence[FieldError] = (), notice: str = ""
) -> Response:
    """For people the form as they left it, with what is wrong; for programs the error itself."""
    campaign = campaign_by_slug(request.form.get("campaign", "")) or running_campaign(clock.now())
    if is_for_a_program() or request.is_json or campaign is None:
        raise error
    response = Response(render_template("checkout/ask.html", ask=ask_form(campaign, request.form, errors, notice)))
    response.status_code = error.status
    if isinstance(error, ServiceUnavailable):
        log.warning("a checkout could not begin", extra={"reason": error.detail})
        response.headers["Retry-After"] = "10"
    return response
