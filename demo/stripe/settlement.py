"""Money in Stripe's balance: one balance transaction per movement, in the settlement currency.

Without a settlement currency in the settings every currency settles in itself and `exchange_rate` stays null.

Evidence: Stripe docs, "Balance transaction types" and "Reporting categories", "Currency conversions" (amount, fee and
net in the settlement currency), "The Balance object" (available and pending per currency).
"""

from dataclasses import dataclass, replace

from demo.stripe import money
from demo.stripe.account import Account
from demo.stripe.cards import card_of
from demo.stripe.listing import Filters, attributes_equal, page
from demo.stripe.operations import Call, operation, retrieves
from demo.stripe.store import Json

AVAILABLE_AFTER = 2 * 86400
CATEGORIES = {
    "charge": "charge",
    "payment": "charge",
    "refund": "refund",
    "payment_refund": "refund",
    "refund_failure": "refund_failure",
    "payment_failure_refund": "refund_failure",
    "payout": "payout",
    "payout_cancel": "payout_reversal",
    "payout_failure": "payout_reversal",
    "stripe_fee": "fee",
    "tax_fee": "tax",
}


@dataclass(frozen=True)
class Movement:
    """`amount` and `fee` in `currency`, which is the settlement's; `rate` where another currency was converted."""

    type: str
    amount: int
    currency: str
    rate: float | None = None
    fee: int = 0
    fee_for: str = "Stripe processing fees"
    at_once: bool = False
    description: str | None = None
    category: str = ""


def settled(account: Account, type_: str, amount: int, currency: str) -> Movement:
    """An amount in any currency, as it moves the balance."""
    into = account.settings.settlement_currency
    if into in {"same", currency}:
        return Movement(type_, amount, currency)
    rate = account.settings.rates.get(currency, 1.0)
    return Movement(type_, money.converted(amount, currency, into, rate), into, rate)


def reversal(booked: Json, type_: str, *, at_once: bool = False) -> Movement:
    """The opposite of what was booked, in the same currency at the same rate."""
    return Movement(type_, -booked["amount"], booked["currency"], booked["exchange_rate"], at_once=at_once)


def book(account: Account, movement: Movement, source: Json | None = None) -> Json:
    """A balance transaction."""
    available_on = account.now() + (0 if movement.at_once else AVAILABLE_AFTER)
    detail = {"amount": movement.fee, "application": None, "currency": movement.currency}
    booked = account.create(
        "balance_transaction",
        amount=movement.amount,
        available_on=available_on,
        balance_type="payments",
        currency=movement.currency,
        description=movement.description or (source or {}).get("description"),
        exchange_rate=movement.rate,
        fee=movement.fee,
        fee_details=[detail | {"description": movement.fee_for, "type": "stripe_fee"}] if movement.fee else [],
        net=movement.amount - movement.fee,
        reporting_category=movement.category or CATEGORIES[movement.type],
        source=source["id"] if source else None,
        status="available" if movement.at_once else "pending",
        type=movement.type,
    )
    if not movement.at_once:
        account.later("make_available", booked, available_on)
    return booked


def settle_charge(account: Account, charge: Json) -> None:
    """Book a charge that succeeded a moment ago. Task."""
    if charge["balance_transaction"] or charge["status"] != "succeeded":
        return
    taken = settled(account, booked_as(charge), charge["amount"], charge["currency"])
    movement = replace(taken, fee=money.fee(taken.amount), at_once=card_of(charge).available_at_once)
    account.update("charge.updated", charge, balance_transaction=book(account, movement, charge)["id"])


def booked_as(charge: Json) -> str:
    """Stripe books cards as charges and everything else as payments."""
    return "charge" if charge["payment_method_details"]["type"] == "card" else "payment"


def make_available(account: Account, transaction: Json) -> None:
    """Task."""
    account.change(transaction, status="available")


@operation("GET", "/v1/balance")
def retrieve_balance(account: Account, _call: Call) -> Json:
    return {"object": "balance", "livemode": False} | {
        status: [_funds(currency, amount) for currency, amount in sums(account, status).items()] or [_funds("eur", 0)]
        for status in ("available", "pending")
    }


def sums(account: Account, status: str) -> dict[str, int]:
    """What the balance holds and no payout has taken, by currency."""
    rows = account.store.rows(
        "SELECT json_extract(body, '$.currency') AS currency, sum(json_extract(body, '$.net')) AS net FROM objects "
        "WHERE kind = 'balance_transaction' AND json_extract(private, '$.payout') IS NULL "
        "AND json_extract(body, '$.status') = ? GROUP BY currency",
        status,
    )
    return {row["currency"]: row["net"] for row in rows}


def _funds(currency: str, amount: int) -> Json:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}


@operation("GET", "/v1/balance_transactions")
def list_transactions(account: Account, call: Call) -> Json:
    filters: Filters = attributes_equal(call, "source", "type", "currency", also=("payout",))
    if "payout" in call.params:
        account.find("payout", call.params["payout"], "payout")
        filters["@payout"] = [call.params["payout"]]
    return page(account, call, "balance_transaction", filters)


retrieves("balance_transaction", "/v1/balance_transactions/{}")
