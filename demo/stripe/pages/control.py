"""The control, JSON under /_stand_in/: pay, move the clock, settle a bank debit, break things, look at deliveries.

A field that is unknown or bad is answered 400 with {"error": {"field", "message"}}.
"""

from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest

from demo.stripe import checkout, deliveries
from demo.stripe.account import Account
from demo.stripe.background import run_due_tasks
from demo.stripe.cards import DEFAULT, require_test_card
from demo.stripe.errors import StripeError
from demo.stripe.faults import BadField, Faults, is_number
from demo.stripe.means import Means
from demo.stripe.pages import the_account
from demo.stripe.store import Json

BANK_DEBIT = "sepa_debit"
READER = "reader@example.com"
FARTHEST = 100 * 366 * 86400

Answer = tuple[Response, int]


class Refused(Exception):
    """The control answers `status` with a message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


blueprint = Blueprint("control", __name__, url_prefix="/_stand_in")


@blueprint.post("/pay")
def pay() -> Answer:
    account = the_account()
    given = _fields({"checkout", "card", "email", "three_d_secure"})
    with account.transaction():
        outcome, session = pay_as_reader(account, given)
    if outcome.error:
        return jsonify(error=outcome.error), 402
    return jsonify(status=session["status"], payment_status=session["payment_status"]), 200


@blueprint.route("/clock", methods=["GET", "POST"])
def clock() -> Answer:
    account = the_account()
    if request.method == "POST":
        advance(account, _fields({"advance"}).get("advance"))
    return jsonify(now=account.now(), offset=account.clock.offset), 200


@blueprint.route("/faults", methods=["GET", "POST"])
def faults() -> Answer:
    account = the_account()
    if request.method == "POST":
        account.faults = Faults.parse(_fields(None))
    return jsonify(account.faults.set_now()), 200


@blueprint.post("/debit")
def debit() -> Answer:
    account = the_account()
    given = _fields({"payment_intent", "outcome"})
    with account.transaction():
        intent = settle_debit(account, given)
    return jsonify(payment_intent=intent["id"], status=intent["status"]), 200


@blueprint.get("/deliveries")
def list_deliveries() -> Answer:
    account = the_account()
    return jsonify(deliveries=deliveries.log(account), waiting=deliveries.waiting(account)), 200


@blueprint.post("/payout")
@blueprint.post("/dispute")
def not_built() -> Answer:
    raise Refused(501, "The stand-in does not implement payouts and disputes yet.")


@blueprint.errorhandler(BadField)
def bad_field(error: BadField) -> Answer:
    return jsonify(error={"field": error.field, "message": error.message}), 400


@blueprint.errorhandler(Refused)
def refused(error: Refused) -> Answer:
    return jsonify(error={"message": str(error)}), error.status


def pay_as_reader(account: Account, given: Json) -> tuple[checkout.Outcome, Json]:
    """Pay an open session, passing 3-D Secure unless `three_d_secure` is "fail"; the outcome and the session."""
    session = _open_session(account, _text(given, "checkout"))
    email = checkout.known_email(account, session) or _text(given, "email", READER)
    if "@" not in email:
        raise BadField("email", "must be an e-mail address")
    verdict = _text(given, "three_d_secure", "pass")
    if verdict not in {"pass", "fail"}:
        raise BadField("three_d_secure", 'must be "pass" or "fail"')
    outcome = checkout.pay(account, session, _means(session, _text(given, "card", DEFAULT), email))
    if outcome.state == "requires_action":
        outcome = checkout.authenticate(account, session, passed=verdict == "pass")
    return outcome, session


def settle_debit(account: Account, given: Json) -> Json:
    """End a bank debit that is processing; returns its payment intent."""
    outcome = _text(given, "outcome")
    if outcome not in {"succeeded", "failed"}:
        raise BadField("outcome", 'must be "succeeded" or "failed"')
    intent = _found(account, "payment_intent", _text(given, "payment_intent"))
    if intent["status"] != "processing":
        raise Refused(409, f"This payment intent is {intent['status']}, not processing.")
    checkout.end_debit(account, intent, succeeded=outcome == "succeeded")
    return intent


def advance(account: Account, seconds: Any) -> None:
    """Move the clock, and do what falls due."""
    if not is_number(seconds) or not 0 <= seconds <= FARTHEST:
        raise BadField("advance", "must be seconds, 0 or more")
    with account.transaction():
        account.clock.advance(seconds)
        run_due_tasks(account)


def _means(session: Json, card: str, email: str) -> Means:
    if card != BANK_DEBIT:
        found, last4 = require_test_card(card)
        return Means(email=email, name=None, card=found, last4=last4)
    if BANK_DEBIT not in session["payment_method_types"]:
        raise BadField("card", f"this session does not offer {BANK_DEBIT}")
    return Means(email=email, name=None, card=None)


def _open_session(account: Account, stripe_id: str) -> Json:
    session = _found(account, "checkout.session", stripe_id)
    if session["status"] != "open":
        raise Refused(409, f"This Checkout Session is {session['status']}.")
    return session


def _found(account: Account, kind: str, stripe_id: str) -> Json:
    try:
        return account.find(kind, stripe_id)
    except StripeError as error:
        raise Refused(404, str(error)) from None


def _fields(known: set[str] | None) -> Json:
    """The JSON object that was sent; no other names than `known`, if that is given."""
    try:
        given = request.get_json(force=True)
    except BadRequest:
        given = None
    if not isinstance(given, dict):
        raise BadField("body", "must be a JSON object")
    for name in given.keys() - known if known else ():
        raise BadField(name, "unknown field")
    return given


def _text(given: Json, name: str, default: str | None = None) -> str:
    value = given.get(name, default)
    if not isinstance(value, str) or not value:
        raise BadField(name, "is required" if value is None else "must be a text")
    return value
