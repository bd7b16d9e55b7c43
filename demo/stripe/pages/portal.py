"""The hosted billing portal: another card, cancel and resume, invoices.

A cancel here sets `cancel_at` and leaves `cancel_at_period_end` false, as flexible billing does.

Evidence: Stripe docs, "Customer portal", "Portal deep links" (flows); public reports of portal cancels under flexible
billing (cancel_at only).
"""

from collections.abc import Mapping

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from demo.stripe.account import Account
from demo.stripe.billing import period_of
from demo.stripe.cards import CARDS
from demo.stripe.endpoints.payment_methods import replace_card, running
from demo.stripe.faults import BadField
from demo.stripe.pages import the_account
from demo.stripe.pages.cards import card_typed
from demo.stripe.store import Json

Page = str | tuple[str, int] | Response
NEWEST = 12
ID_LENGTH = len("bps_") + 24

blueprint = Blueprint("portal", __name__, url_prefix="/p/session")


@blueprint.get("/<secret>")
def show(secret: str) -> Page:
    account = the_account()
    with account.transaction():
        return _page(account, _session(account, secret), {}, [], 200)


@blueprint.post("/<secret>")
def act(secret: str) -> Page:
    """One of the page's forms: `do` is card, cancel or resume."""
    account = the_account()
    with account.transaction():
        session = _session(account, secret)
        try:
            _do(account, session, request.form)
        except BadField as error:
            return _page(account, session, request.form, [error], 422)
        return redirect(_next(session), 303)


def _do(account: Account, session: Json, form: Mapping[str, str]) -> None:
    customer = account.find("customer", session["customer"])
    if form.get("do") == "card" and _may(account, session, "payment_method_update"):
        replace_card(account, customer, card_typed(form, customer["email"] or "", account.now()))
    elif form.get("do") in {"cancel", "resume"} and _may(account, session, "subscription_cancel"):
        for subscription in running(account, customer):
            if subscription["id"] == form.get("subscription"):
                (cancel if form["do"] == "cancel" else resume)(account, subscription)


def cancel(account: Account, subscription: Json) -> None:
    """At the end of what was paid for."""
    end = period_of(subscription)[1]
    why = subscription["cancellation_details"] | {"reason": "cancellation_requested"}
    changes = {"cancel_at": end, "canceled_at": account.now(), "cancellation_details": why}
    account.update("customer.subscription.updated", subscription, **changes)
    account.later("end_subscription", subscription, end)


def resume(account: Account, subscription: Json) -> None:
    """Take a cancel back before it strikes."""
    none = dict.fromkeys(("comment", "feedback", "reason"))
    changes = {"cancel_at": None, "cancel_at_period_end": False, "canceled_at": None, "cancellation_details": none}
    account.update("customer.subscription.updated", subscription, **changes)


def _session(account: Account, secret: str) -> Json:
    found = account.store.find(secret[:ID_LENGTH])
    if found is None or found["object"] != "billing_portal.session" or not found["url"].endswith(f"/{secret}"):
        abort(404)
    return found


def _may(account: Account, session: Json, feature: str) -> bool:
    features = account.find("billing_portal.configuration", session["configuration"])["features"]
    return bool(features[feature]["enabled"])


def _next(session: Json) -> str:
    """Where a finished flow leads; without a flow, back to the portal."""
    flow = session["flow"]
    leads_away = flow and flow["after_completion"]["type"] == "redirect"
    return str(flow["after_completion"]["redirect"]["return_url"] if leads_away else request.path)


def _page(account: Account, session: Json, typed: Mapping[str, str], errors: list[BadField], status: int) -> Page:
    customer = account.find("customer", session["customer"])
    methods = account.store.select("payment_method", {"$.customer": [customer["id"]]}, limit=1)
    subscriptions = running(account, customer)
    flow = session["flow"]
    page = render_template(
        "portal.html",
        session=session,
        flow=flow["type"] if flow else None,
        customer=customer,
        subscriptions=[one | {"period_end": period_of(one)[1]} for one in subscriptions],
        method=methods[0] if methods else None,
        invoices=account.store.select("invoice", {"$.customer": [customer["id"]]}, limit=NEWEST),
        may={
            name: _may(account, session, name)
            for name in ("invoice_history", "payment_method_update", "subscription_cancel")
        },
        typed={name: typed.get(name, "") for name in ("name", "expiry")},
        errors=errors,
        cards=CARDS,
    )
    return page, status
