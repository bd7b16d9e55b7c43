"""Money reaching Stripe's balance: balance transactions, fees, refunds.

Every currency settles in itself, so `exchange_rate` stays null; fees follow `money.fee`.

Evidence: Stripe docs, "Balance transaction types" (charge, payment, refund, payment_refund) and "Refund and cancel
payments" (partial refunds, refund.created, charge.refunded; the fee is not returned).
"""

from typing import Any

from demo.stripe import money
from demo.stripe.account import Account
from demo.stripe.errors import StripeError
from demo.stripe.expansion import includes
from demo.stripe.listing import list_object, lists
from demo.stripe.operations import Call, operation, require_built, retrieves
from demo.stripe.store import Json

AVAILABLE_AFTER = 2 * 86400


def settle_charge(account: Account, charge: Json) -> None:
    """Book a charge that succeeded a moment ago. Task."""
    if charge["balance_transaction"] or charge["status"] != "succeeded":
        return
    at_once = account.store.private(charge["id"]).get("available_at_once", False)
    booked = _book(account, charge, charge["amount"], _type(charge), at_once=at_once)
    account.update("charge.updated", charge, balance_transaction=booked["id"])


def make_available(account: Account, transaction: Json) -> None:
    """Task."""
    account.change(transaction, status="available")


@operation("POST", "/v1/refunds")
def create_refund(account: Account, call: Call) -> Json:
    params = call.params
    require_built(params, {"charge", "payment_intent", "amount", "reason", "metadata"})
    charge = _charge_to_refund(account, params)
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise StripeError.invalid(message, code="charge_already_refunded")
    amount = params.get("amount", left)
    if amount < 1:
        message = "This value must be greater than or equal to 1."
        raise StripeError.invalid(message, code="parameter_invalid_integer", param="amount")
    if amount > left:
        asked, rest = (money.formatted(value, charge["currency"]) for value in (amount, left))
        message = f"Refund amount ({asked}) is greater than unrefunded amount on charge ({rest})"
        raise StripeError.invalid(message, param="amount")
    settle_charge(account, charge)
    return _refund(account, charge, amount, params)


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
    return charge


def _refund(account: Account, charge: Json, amount: int, params: Json) -> Json:
    method = charge["payment_method_details"]["type"]
    card = {
        "reference": None,
        "reference_status": "pending",
        "reference_type": "acquirer_reference_number",
        "type": "refund",
    }
    refund = account.make(
        "refund",
        amount=amount,
        currency=charge["currency"],
        charge=charge["id"],
        payment_intent=charge["payment_intent"],
        destination_details={"type": method} | ({"card": card} if method == "card" else {}),
        metadata=params.get("metadata") or {},
        reason=params.get("reason"),
        status="succeeded",
    )
    booked = _book(account, refund, -amount, {"charge": "refund", "payment": "payment_refund"}[_type(charge)])
    account.change(refund, balance_transaction=booked["id"])
    account.emit("refund.created", refund)
    refunded = charge["amount_refunded"] + amount
    account.update("charge.refunded", charge, amount_refunded=refunded, refunded=refunded == charge["amount"])
    return refund


def _type(charge: Json) -> str:
    """Stripe books cards as charges and everything else as payments."""
    return "charge" if charge["payment_method_details"]["type"] == "card" else "payment"


def _book(account: Account, source: Json, amount: int, type_: str, *, at_once: bool = False) -> Json:
    fee = money.fee(amount) if amount > 0 else 0
    available_on = account.now() + (0 if at_once else AVAILABLE_AFTER)
    details: dict[str, Any] = {"amount": fee, "application": None, "currency": source["currency"], "type": "stripe_fee"}
    booked = account.create(
        "balance_transaction",
        amount=amount,
        available_on=available_on,
        balance_type="payments",
        currency=source["currency"],
        description=source.get("description"),
        fee=fee,
        fee_details=[details | {"description": "Stripe processing fees"}] if fee else [],
        net=amount - fee,
        reporting_category="refund" if amount < 0 else "charge",
        source=source["id"],
        status="available" if at_once else "pending",
        type=type_,
    )
    if not at_once:
        account.later("make_available", booked, available_on)
    return booked


@includes("charge", "refunds")
def _refunds_of(account: Account, charge: Json) -> Json:
    """The newest ten, as Stripe includes them."""
    found = account.store.select("refund", {"$.charge": [charge["id"]]}, limit=11)
    return list_object(found[:10], f"/v1/charges/{charge['id']}/refunds", has_more=len(found) > 10)


retrieves("refund", "/v1/refunds/{}")
lists("refund", "/v1/refunds", "charge", "payment_intent")
retrieves("balance_transaction", "/v1/balance_transactions/{}")
lists("balance_transaction", "/v1/balance_transactions", "source", "type", "currency")
