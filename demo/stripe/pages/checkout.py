"""The hosted Checkout page: server-rendered, usable without scripts, taking test cards only.

Evidence: Stripe docs, "Customize the success page" ({CHECKOUT_SESSION_ID}), "3D Secure authentication".
"""

import re
from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from demo.stripe import checkout
from demo.stripe.account import Account
from demo.stripe.cards import CARDS
from demo.stripe.errors import StripeError
from demo.stripe.faults import BadField
from demo.stripe.means import DEBITS, Means
from demo.stripe.money import formatted
from demo.stripe.pages import the_account
from demo.stripe.pages.cards import card_typed
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
    chosen = form.get("method", "")
    if chosen in DEBITS and "sepa_debit" in session["payment_method_types"]:
        name = form.get("name", "").strip()[:150] or None
        return Means(email=email, name=name, card=None, last4=DEBITS[chosen])
    return card_typed(form, email, account.now())
