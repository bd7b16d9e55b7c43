"""The hosted Checkout page: server-rendered, usable without scripts, taking test cards only.

A card number is compared and forgotten: never stored, never shown again.

Evidence: Stripe docs, "Customize the success page" ({CHECKOUT_SESSION_ID}), "3D Secure authentication".
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from demo.stripe import checkout
from demo.stripe.account import Account
from demo.stripe.cards import CARDS, require_test_card
from demo.stripe.errors import StripeError
from demo.stripe.faults import BadField
from demo.stripe.means import Means
from demo.stripe.money import formatted
from demo.stripe.pages import the_account
from demo.stripe.store import Json

EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
VERBS = {"donate": "Donate", "book": "Book", "subscribe": "Subscribe"}

Page = str | tuple[str, int] | Response

blueprint = Blueprint("checkout", __name__, url_prefix="/c/pay")
blueprint.add_app_template_filter(formatted, "money")


class Closed(Exception):
    """There is nothing to pay: no such session, or one that is complete or expired."""

    def __init__(self, session: Json | None) -> None:
        super().__init__()
        self.session = session


@blueprint.get("/<session_id>")
def show(session_id: str) -> Page:
    account = the_account()
    with account.transaction():
        session = _open_session(account, session_id)
        if checkout.awaits_authentication(account, session):
            return redirect(url_for(".authenticate", session_id=session_id), 303)
        return _form(account, session, {}, [], 200)


@blueprint.post("/<session_id>")
def pay(session_id: str) -> Page:
    account = the_account()
    with account.transaction():
        session = _open_session(account, session_id)
        try:
            means = _means(account, session, request.form)
        except BadField as error:
            return _form(account, session, request.form, [error], 422)
        return _next(account, session, checkout.pay(account, session, means))


@blueprint.route("/<session_id>/authenticate", methods=["GET", "POST"])
def authenticate(session_id: str) -> Page:
    account = the_account()
    with account.transaction():
        session = _open_session(account, session_id)
        if not checkout.awaits_authentication(account, session):
            return redirect(url_for(".show", session_id=session_id), 303)
        if request.method == "GET":
            return render_template("authenticate.html", session=session)
        passed = request.form.get("verdict") == "confirm"
        return _next(account, session, checkout.authenticate(account, session, passed=passed))


@blueprint.errorhandler(Closed)
def closed(error: Closed) -> Page:
    session = error.session
    if session is None:
        return render_template("closed.html", session=None), 404
    if session["status"] == "expired":
        return render_template("closed.html", session=session), 410
    return render_template("closed.html", session=session, success_url=_success_url(session))


def _open_session(account: Account, session_id: str) -> Json:
    try:
        session = account.find("checkout.session", session_id)
    except StripeError:
        raise Closed(None) from None
    if session["status"] != "open":
        raise Closed(session)
    return session


def _next(account: Account, session: Json, outcome: checkout.Outcome) -> Page:
    if outcome.error:
        return _form(account, session, request.form, [BadField("card", outcome.error["message"])], 402)
    if outcome.state == "requires_action":
        return redirect(url_for(".authenticate", session_id=session["id"]), 303)
    return redirect(_success_url(session), 303)


def _success_url(session: Json) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _form(account: Account, session: Json, typed: Mapping[str, str], errors: list[BadField], status: int) -> Page:
    private = account.store.private(session["id"])
    verb = VERBS.get(session["submit_type"], "Subscribe" if session["mode"] == "subscription" else "Pay")
    kept = {name: typed.get(name, "") for name in ("email", "name", "expiry")}
    known = checkout.known_email(account, session)
    page = render_template(
        "pay.html",
        session=session,
        items=private["line_items"],
        verb=verb,
        typed=kept,
        known_email=known,
        errors=errors,
        cards=CARDS,
    )
    return page, status


def _means(account: Account, session: Json, form: Mapping[str, str]) -> Means:
    email = checkout.known_email(account, session) or form.get("email", "").strip()
    if not EMAIL.fullmatch(email):
        raise BadField("email", "Enter your e-mail address.")
    name = form.get("name", "").strip()[:150] or None
    if form.get("method") == "sepa_debit" and "sepa_debit" in session["payment_method_types"]:
        return Means(email=email, name=name, card=None)
    card, last4 = require_test_card(form.get("card", ""))
    month, year = _expiry(form.get("expiry", ""), account.now())
    digits = 4 if card.brand == "amex" else 3
    if not re.fullmatch(rf"[0-9]{{{digits}}}", form.get("cvc", "").strip()):
        raise BadField("cvc", f"Enter any {digits} digits as the security code.")
    return Means(email=email, name=name, card=card, last4=last4, exp_month=month, exp_year=year)


def _expiry(text: str, now: int) -> tuple[int, int]:
    """ "04 / 34" as (4, 2034)."""
    found = re.fullmatch(r"(0?[1-9]|1[0-2])\s*/?\s*(?:20)?([0-9]{2})", text.strip())
    today = datetime.fromtimestamp(now, UTC)
    if not found or (2000 + int(found[2]), int(found[1])) < (today.year, today.month):
        raise BadField("expiry", "Enter any date in the future as MM / YY.")
    return int(found[1]), 2000 + int(found[2])
