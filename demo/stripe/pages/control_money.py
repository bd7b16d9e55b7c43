"""The control's other half: what banks and card holders do on their own, when a test wants it.

Every answer shows the ids and states that a script needs to go on.
"""

from collections.abc import Callable
from typing import Any

from flask import jsonify

from demo.stripe import debits, disputes, payouts, refunds
from demo.stripe.account import Account
from demo.stripe.cards import DEFAULT
from demo.stripe.endpoints.payment_methods import renew_expiry, replace_card
from demo.stripe.faults import BadField
from demo.stripe.pages import the_account
from demo.stripe.pages.control import Answer, Refused, blueprint, fields_given, found, means_given, text_of
from demo.stripe.settlement import Movement, book
from demo.stripe.store import Json

__all__ = ["blueprint"]

REFUND_OUTCOMES: dict[str, Callable[[Account, Json], None]] = {
    "succeeded": refunds.succeed,
    "failed": refunds.fail,
    "requires_action": refunds.require_action,
}


@blueprint.post("/debit")
def debit() -> Answer:
    """The bank's answer to a debit that is processing."""
    account = the_account()
    given = fields_given({"payment_intent", "outcome"})
    outcome = _one_of(given, "outcome", {"succeeded", "failed"})
    with account.transaction():
        intent = found(account, "payment_intent", text_of(given, "payment_intent"))
        if intent["status"] != "processing":
            raise Refused(409, f"This payment intent is {intent['status']}, not processing.")
        debits.end(account, intent, succeeded=outcome == "succeeded")
    return jsonify(payment_intent=intent["id"], status=intent["status"]), 200


@blueprint.post("/card")
def card() -> Answer:
    """The customer gives another card, or (`automatically`) the bank sends a new one for the same account."""
    account = the_account()
    given = fields_given({"customer", "card", "automatically"})
    with account.transaction():
        customer = found(account, "customer", text_of(given, "customer"))
        if given.get("automatically") is True:
            methods = account.store.select("payment_method", {"$.customer": [customer["id"]]}, limit=1)
            if not methods or methods[0]["type"] != "card":
                raise Refused(409, "This customer has no card.")
            method = found(account, "payment_method", methods[0]["id"])
            renew_expiry(account, method)
        else:
            email = customer["email"] or "reader@example.com"
            method = replace_card(account, customer, means_given(text_of(given, "card", DEFAULT), email))
    return jsonify(payment_method=method["id"], customer=customer["id"]), 200


@blueprint.post("/refund")
def refund() -> Answer:
    """Decide a refund: `outcome` succeeded | failed | requires_action."""
    account = the_account()
    given = fields_given({"refund", "outcome"})
    outcome = _one_of(given, "outcome", REFUND_OUTCOMES)
    with account.transaction():
        made = found(account, "refund", text_of(given, "refund"))
        REFUND_OUTCOMES[outcome](account, made)
    return jsonify(refund=made["id"], status=made["status"]), 200


@blueprint.post("/dispute")
def dispute() -> Answer:
    """Open a charge's dispute, or move it on; without an `outcome` it only opens."""
    account = the_account()
    given = fields_given({"charge", "outcome"})
    outcome = _one_of({"outcome": "opened"} | given, "outcome", disputes.PATHS)
    with account.transaction():
        charge = found(account, "charge", text_of(given, "charge"))
        if charge["status"] != "succeeded" or charge["payment_method_details"]["type"] != "card":
            raise Refused(409, "Only a card's charge that succeeded can be disputed.")
        moved = disputes.bring_to(account, charge, outcome)
    return jsonify(dispute=moved["id"], charge=charge["id"], status=moved["status"]), 200


@blueprint.post("/payout")
def payout() -> Answer:
    """Pay out what is available; or let the payout named by `fail` fail."""
    account = the_account()
    given = fields_given({"fail"})
    with account.transaction():
        if "fail" in given:
            failing = found(account, "payout", text_of(given, "fail"))
            if failing["status"] not in {"pending", "paid"}:
                raise Refused(409, f"This payout is {failing['status']}.")
            payouts.fail(account, failing)
            made = [failing]
        else:
            made = payouts.pay_out(account, at_once=True)
    shown = ("id", "amount", "currency", "status")
    return jsonify(payouts=[{name: one[name] for name in shown} for one in made]), 200


@blueprint.post("/fee")
def fee() -> Answer:
    """Stripe bills the account: a balance transaction without a source. `type` stripe_fee | tax_fee."""
    account = the_account()
    given = fields_given({"amount", "currency", "type", "description"})
    type_ = _one_of({"type": "stripe_fee"} | given, "type", {"stripe_fee", "tax_fee"})
    amount: Any = given.get("amount")
    if not isinstance(amount, int) or amount < 1:
        raise BadField("amount", "must be minor units, 1 or more")
    with account.transaction():
        says = text_of(given, "description", "Billing (usage fee)")
        currency = text_of(given, "currency", "eur")
        booked = book(account, Movement(type_, -amount, currency, at_once=True, description=says))
    return jsonify(balance_transaction=booked["id"]), 200


def _one_of(given: Json, name: str, words: set[str] | dict[str, Any]) -> str:
    word = text_of(given, name)
    if word not in words:
        raise BadField(name, f"must be one of {', '.join(sorted(words))}")
    return word
