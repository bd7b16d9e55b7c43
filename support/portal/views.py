"""/support, the thanks address that Stripe sends readers to, and the page that says what became of a checkout."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for

from support import clock, guards
from support.access.queries import checkouts_of_reading_session
from support.access.reading import begin_reading, entitlements
from support.campaigns.queries import campaign_by_slug, running_campaign
from support.checkout.ask import ask_form
from support.checkout.queries import checkout_by_public_id, public_id_of_session
from support.db import current_database
from support.errors import NotFound, NotYet, ObjectMissing, ServiceUnavailable, is_for_a_program
from support.gateway import current_gateway
from support.http import see_other
from support.i18n import choose, known
from support.i18n import gettext as _
from support.sync.flows import sync_now
from support.sync.reading import StaleRead

if TYPE_CHECKING:
    from support.checkout.models import Checkout

log = logging.getLogger(__name__)
portal = Blueprint("portal", __name__)

_SETTLED = ("paid", "failed", "expired", "refused")
# A page that refreshes itself asks Stripe no more often than this; the webhook is faster anyway.
_ASK_AGAIN_AFTER = timedelta(seconds=10)


@portal.get("/support")
@guards.anyone
def ask() -> str:
    """The hosted ask: the same form as the widget's, without JavaScript."""
    slug = request.args.get("campaign")
    now = clock.now()
    campaign = campaign_by_slug(slug) if slug else running_campaign(now)
    if campaign is None or not campaign.is_running(now):
        raise NotFound(_("This campaign is not running."))
    return render_template("checkout/ask.html", ask=ask_form(campaign, request.args))


@portal.get("/checkout/thanks")
@guards.reader
def thanks() -> Response:
    """Where Stripe sends the reader: look, then show a clean address. `session_id` signs nobody in."""
    stripe_session_id = request.args.get("session_id", "")[:255]
    with current_database().reading() as session:
        public_id = public_id_of_session(session, stripe_session_id)
    if public_id is None:
        raise NotFound(_("We do not know this checkout."))
    _look(stripe_session_id)
    return see_other(url_for(".checkout", public_id=public_id))


@portal.get("/checkout/<public_id>")
@guards.reader
def checkout(public_id: str) -> Response:
    """What became of a checkout, and the way back to the article; nothing about anybody. Programs get `{"state"}`."""
    found = _find(public_id)
    if _is_worth_a_look(found) and found.stripe_session_id is not None:
        _look(found.stripe_session_id)
        found = _find(public_id)
    if is_for_a_program():
        return jsonify(state=found.state)
    choose(known(request.args.get("locale")) or found.locale)
    response = make_response()
    reading = begin_reading(response)
    page = render_template(
        "portal/checkout.html",
        checkout=found,
        refreshes=found.state not in _SETTLED,
        opens_articles=_opens_articles(found, reading),
    )
    response.set_data(page)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _find(public_id: str) -> Checkout:
    with current_database().reading() as session:
        found = checkout_by_public_id(session, public_id)
    if found is None:
        raise NotFound(_("We do not know this checkout."))
    return found


def _opens_articles(found: Checkout, reading_session_id: int | None) -> bool:
    """Whether this browser, and not only whoever has the address, reads what the checkout has paid for."""
    if reading_session_id is None:
        return False
    with current_database().reading() as session:
        is_its = found.id in checkouts_of_reading_session(session, reading_session_id)
        return is_its and bool(entitlements(session, [found.id]))


def _is_worth_a_look(found: Checkout) -> bool:
    is_fresh = found.synced_at is not None and clock.now() - found.synced_at < _ASK_AGAIN_AFTER
    return found.state not in _SETTLED and not is_fresh


def _look(stripe_session_id: str) -> None:
    """Make the checkout's rows equal Stripe's session; if that fails now, the webhook or the next refresh does it."""
    try:
        sync_now(current_database(), current_gateway(), "checkout_session", stripe_session_id)
    except (ServiceUnavailable, NotYet, StaleRead, ObjectMissing) as error:
        log.warning("could not look at a checkout", extra={"reason": type(error).__name__})
