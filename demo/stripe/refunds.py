"""Refunds: whole, in part, pending for a day, failing after one.

Evidence: Stripe docs, "Refund and cancel payments" (partial refunds, events, the fee is not returned; a failed refund's
amount comes back with `failure_balance_transaction`), "Test card numbers" (refunds), API reference, "Cancel a refund".
Assumption: charge.refunded comes when the refund is made, also while that is pending.
"""

from demo.stripe import money
from demo.stripe.account import Account
from demo.stripe.cards import card_of
from demo.stripe.errors import StripeError
from demo.stripe.expansion import includes
from demo.stripe.listing import list_object, lists
from demo.stripe.metadata import merged
from demo.stripe.operations import Call, operation, require_built, retrieves
from demo.stripe.settlement import book, booked_as, reversal, settle_charge, settled
from demo.stripe.store import Json

DECIDED_AFTER = 86400
BOOKED_AS = {"charge": "refund", "payment": "payment_refund"}
FAILED_AS = {"charge": "refund_failure", "payment": "payment_failure_refund"}


@operation("POST", "/v1/refunds")
def create_refund(account: Account, call: Call) -> Json:
    params = call.params
    require_built(params, {"charge", "payment_intent", "amount", "reason", "metadata"})
    charge = _charge_to_refund(account, params)
    amount = _amount(charge, params)
    settle_charge(account, charge)
    return refund(account, charge, amount, reason=params.get("reason"), metadata=params.get("metadata") or {})


def _charge_to_refund(account: Account, params: Json) -> Json:
    if ("charge" in params) == ("payment_intent" in params):
        raise StripeError.invalid("One of the following params should be provided: payment_intent or charge.")
    charge_id, param = params.get("charge"), "charge"
    if charge_id is None:
        charge_id = account.find("payment_intent", params["payment_intent"], "payment_intent")["latest_charge"]
        param = "payment_intent"
    charge = account.find("charge", charge_id, param) if charge_id else None
    if charge is None or charge["status"] != "succeeded":
        raise StripeError.invalid(f"This {param} does not have a successful charge to refund.", param=param)
    if charge["disputed"] and not account.store.private(charge["id"]).get("refundable", False):
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise StripeError.invalid(message, code="charge_disputed")
    return charge


def _amount(charge: Json, params: Json) -> int:
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise StripeError.invalid(message, code="charge_already_refunded")
    amount: int = params.get("amount", left)
    if amount < 1:
        message = "This value must be greater than or equal to 1."
        raise StripeError.invalid(message, code="parameter_invalid_integer", param="amount")
    if amount > left:
        asked, rest = (money.formatted(value, charge["currency"]) for value in (amount, left))
        message = f"Refund amount ({asked}) is greater than unrefunded amount on charge ({rest})"
        raise StripeError.invalid(message, param="amount")
    return amount


def refund(account: Account, charge: Json, amount: int, *, reason: str | None, metadata: Json) -> Json:
    method = charge["payment_method_details"]["type"]
    card = {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"}
    how = card_of(charge).refund
    made = account.make(
        "refund",
        amount=amount,
        currency=charge["currency"],
        charge=charge["id"],
        payment_intent=charge["payment_intent"],
        destination_details={"type": method} | ({"card": card} if method == "card" else {}),
        metadata=metadata,
        reason=reason,
        status="pending" if how == "pending" else "succeeded",
        **({"pending_reason": "processing"} if how == "pending" else {}),
    )
    taken = settled(account, BOOKED_AS[booked_as(charge)], -amount, charge["currency"])
    booked = book(account, taken, made)
    account.change(made, balance_transaction=booked["id"])
    account.emit("refund.created", made)
    refunded = charge["amount_refunded"] + amount
    account.update("charge.refunded", charge, amount_refunded=refunded, refunded=refunded == charge["amount"])
    if how != "at_once":
        task = {"pending": "succeed_refund", "fails": "fail_refund"}[how]
        account.later(task, made, account.now() + DECIDED_AFTER)
    return made


def succeed(account: Account, made: Json) -> None:
    """Task, and by control."""
    if made["status"] in {"pending", "requires_action"}:
        made.pop("pending_reason", None)
        account.update("refund.updated", made, status="succeeded")


def require_action(account: Account, made: Json) -> None:
    """The bank needs something of the reader, as it can happen away from cards. By control."""
    if made["status"] == "pending":
        made.pop("pending_reason", None)
        account.update("refund.updated", made, status="requires_action")


def fail(account: Account, made: Json) -> None:
    """The bank sent the money back, also weeks after it was taken for done. Task, and by control."""
    if made["status"] in {"pending", "requires_action", "succeeded"}:
        before = _take_back(account, made, status="failed", failure_reason="unknown")
        account.emit("refund.updated", made, before)
        account.emit("refund.failed", made)


@operation("POST", "/v1/refunds/{}/cancel")
def cancel(account: Account, call: Call) -> Json:
    made = account.find("refund", call.ids[0])
    if made["status"] != "requires_action":
        raise StripeError.invalid(f"A refund that is {made['status']} cannot be canceled.")
    account.emit("refund.updated", made, _take_back(account, made, status="canceled"))
    return made


def _take_back(account: Account, made: Json, **changes: str) -> Json:
    """What was booked comes back, and the charge counts as not refunded; the refund's previous attributes."""
    made.pop("pending_reason", None)
    charge = account.find("charge", made["charge"])
    booked = account.find("balance_transaction", made["balance_transaction"])
    back = book(account, reversal(booked, FAILED_AS[booked_as(charge)]), made)
    before = account.change(made, failure_balance_transaction=back["id"], **changes)
    left = charge["amount_refunded"] - made["amount"]
    account.update("charge.updated", charge, amount_refunded=left, refunded=False)
    return before


@operation("POST", "/v1/refunds/{}")
def update_refund(account: Account, call: Call) -> Json:
    require_built(call.params, {"metadata"})
    made = account.find("refund", call.ids[0])
    metadata = merged(made["metadata"], call.params.get("metadata", {}))
    account.update("refund.updated", made, metadata=metadata)
    return made


@includes("charge", "refunds")
def _refunds_of(account: Account, charge: Json) -> Json:
    """The newest ten, as Stripe includes them."""
    found = account.store.select("refund", {"$.charge": [charge["id"]]}, limit=11)
    return list_object(found[:10], f"/v1/charges/{charge['id']}/refunds", has_more=len(found) > 10)


retrieves("refund", "/v1/refunds/{}")
lists("refund", "/v1/refunds", "charge", "payment_intent")
