"""The control, JSON under /_stand_in/: pay, move the clock, set the account up, break things, look at deliveries.

`control_money` adds what banks and card holders do.

A field that is unknown or bad is answered 400 with {"error": {"field", "message"}}.
"""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest

from demo.stripe import checkout, deliveries
from demo.stripe.account import Account
from demo.stripe.background import advance
from demo.stripe.cards import DEFAULT, require_test_card
from demo.stripe.errors import StripeError
from demo.stripe.faults import BadField, Faults, is_number
from demo.stripe.hooks import Hook
from demo.stripe.means import DEBITS, Means
from demo.stripe.pages import the_account
from demo.stripe.payloads import payload
from demo.stripe.payouts import schedule_daily
from demo.stripe.seed import seed
from demo.stripe.settings import Settings
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
    given = fields_given({"checkout", "card", "email", "three_d_secure"})
    with account.transaction():
        outcome, session = pay_as_reader(account, given)
    if outcome.error:
        return jsonify(error=outcome.error), 402
    return jsonify(status=session["status"], payment_status=session["payment_status"]), 200


@blueprint.route("/clock", methods=["GET", "POST"])
def clock() -> Answer:
    account = the_account()
    if request.method == "POST":
        move_clock(account, fields_given({"advance"}).get("advance"))
    return jsonify(now=account.now(), offset=account.clock.offset), 200


@blueprint.route("/faults", methods=["GET", "POST"])
def faults() -> Answer:
    account = the_account()
    if request.method == "POST":
        account.faults = Faults.parse(fields_given(None))
    return jsonify(account.faults.set_now()), 200


@blueprint.route("/settings", methods=["GET", "POST"])
def settings() -> Answer:
    account = the_account()
    if request.method == "POST":
        fresh = Settings.parse(fields_given(None), account.settings)
        with account.transaction():
            if fresh.payout_schedule == "daily" != account.settings.payout_schedule:
                schedule_daily(account)
            account.set_up(fresh)
    return jsonify(asdict(account.settings)), 200


@blueprint.post("/seed")
def write_past() -> Answer:
    """Customers and charges of the past; `foreign` is the share that belongs to another application."""
    account = the_account()
    given = {"customers": 100, "charges": 1000, "foreign": 0} | fields_given({"customers", "charges", "foreign"})
    for name in ("customers", "charges"):
        if not isinstance(given[name], int) or not 1 <= given[name] <= 1_000_000:
            raise BadField(name, "must be a whole number from 1 to 1000000")
    if not is_number(given["foreign"]) or not 0 <= given["foreign"] <= 1:
        raise BadField("foreign", "must be a share, 0 to 1")
    return jsonify(written=seed(account, given["customers"], given["charges"], given["foreign"])), 200


@blueprint.get("/deliveries")
def list_deliveries() -> Answer:
    account = the_account()
    return jsonify(deliveries=deliveries.log(account), waiting=deliveries.waiting(account)), 200


@blueprint.get("/payloads/<event_id>")
def show_payload(event_id: str) -> Answer:
    """The body that would be delivered for an event; `?style=thin` or `?version=` of another endpoint's."""
    account = the_account()
    style, version = request.args.get("style"), request.args.get("version")
    with account.transaction():
        event = found(account, "event", event_id)
        return jsonify(payload(account, event, Hook("", "", "", style, version))), 200


@blueprint.errorhandler(BadField)
def bad_field(error: BadField) -> Answer:
    return jsonify(error={"field": error.field, "message": error.message}), 400


@blueprint.errorhandler(Refused)
def refused(error: Refused) -> Answer:
    return jsonify(error={"message": str(error)}), error.status


def pay_as_reader(account: Account, given: Json) -> tuple[checkout.Outcome, Json]:
    """Pay an open session, passing 3-D Secure unless `three_d_secure` is "fail"; the outcome and the session."""
    session = _open_session(account, text_of(given, "checkout"))
    email = checkout.known_email(account, session) or text_of(given, "email", READER)
    if "@" not in email:
        raise BadField("email", "must be an e-mail address")
    verdict = text_of(given, "three_d_secure", "pass")
    if verdict not in {"pass", "fail"}:
        raise BadField("three_d_secure", 'must be "pass" or "fail"')
    outcome = checkout.pay(account, session, _means(session, text_of(given, "card", DEFAULT), email))
    if outcome.state == "requires_action":
        outcome = checkout.authenticate(account, session, passed=verdict == "pass")
    return outcome, session


def move_clock(account: Account, seconds: Any) -> None:
    if not is_number(seconds) or not 0 <= seconds <= FARTHEST:
        raise BadField("advance", "must be seconds, 0 or more")
    advance(account, seconds)


def _means(session: Json, card: str, email: str) -> Means:
    if card in DEBITS and BANK_DEBIT not in session["payment_method_types"]:
        raise BadField("card", f"this session does not offer {BANK_DEBIT}")
    return means_given(card, email)


def means_given(card: str, email: str) -> Means:
    """From a card number, or a word of `DEBITS`."""
    if card in DEBITS:
        return Means(email=email, name=None, card=None, last4=DEBITS[card])
    known, last4 = require_test_card(card)
    return Means(email=email, name=None, card=known, last4=last4)


def _open_session(account: Account, stripe_id: str) -> Json:
    session = found(account, "checkout.session", stripe_id)
    if session["status"] != "open":
        raise Refused(409, f"This Checkout Session is {session['status']}.")
    return session


def found(account: Account, kind: str, stripe_id: str) -> Json:
    try:
        return account.find(kind, stripe_id)
    except StripeError as error:
        raise Refused(404, str(error)) from None


def fields_given(known: set[str] | None) -> Json:
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


def text_of(given: Json, name: str, default: str | None = None) -> str:
    value = given.get(name, default)
    if not isinstance(value, str) or not value:
        raise BadField(name, "is required" if value is None else "must be a text")
    return value
