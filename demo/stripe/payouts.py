"""Payouts: what is available leaves for the bank.

An automatic payout takes every available balance transaction of its currency and lists them, its own among them. Manual
and instant ones take an amount and list nothing. What a failed payout carried comes back as one transaction, which the
next automatic payout takes.

Evidence: Stripe docs, "Payout reconciliation" (balance_transactions?payout=, reconciliation_status), "Receive payouts"
(a paid payout can still fail; failure_balance_transaction), "Instant Payouts"; API
reference, "Create / Cancel a payout".
"""

from demo.stripe import money
from demo.stripe.account import Account
from demo.stripe.errors import StripeError
from demo.stripe.listing import lists
from demo.stripe.operations import Call, operation, require_built, retrieves
from demo.stripe.settlement import Movement, book, reversal, sums
from demo.stripe.store import Json

DAY = 86400
ARRIVES_AFTER = DAY
CHOSEN = ("description", "metadata", "method", "statement_descriptor")
BANK_ACCOUNT = "ba_1StandInBankAccountEUR00"
TAKE = """
UPDATE objects SET private = json_set(private, '$.payout', ?) WHERE kind = 'balance_transaction'
   AND json_extract(private, '$.payout') IS NULL AND json_extract(body, '$.status') = 'available'
   AND json_extract(body, '$.currency') = ?
"""


def pay_out(account: Account, *, at_once: bool) -> list[Json]:
    """One automatic payout for each currency with something to pay out; `at_once` it also arrives."""
    made = [
        _automatic(account, amount, currency)
        for currency, amount in sorted(sums(account, "available").items())
        if amount > 0
    ]
    for payout in made:
        if at_once:
            arrive(account, payout)
        else:
            account.later("payout_arrives", payout, payout["arrival_date"])
    return made


def pay_out_daily(account: Account, _nothing: Json) -> None:
    """Task, at each midnight of the account's clock while the schedule is daily."""
    if account.settings.payout_schedule == "daily":
        pay_out(account, at_once=False)
        schedule_daily(account)


def schedule_daily(account: Account) -> None:
    account.later("pay_out_daily", {"id": ""}, (account.now() // DAY + 1) * DAY)


def _automatic(account: Account, amount: int, currency: str) -> Json:
    payout = _create(account, amount, currency, automatic=True, reconciliation_status="in_progress")
    account.store.rows(TAKE, payout["id"], currency)
    account.store.keep_private(payout["balance_transaction"], payout=payout["id"])
    account.emit("payout.created", payout)
    return payout


def _create(account: Account, amount: int, currency: str, **given: object) -> Json:
    payout = account.make(
        "payout",
        **{"description": "STRIPE PAYOUT", "method": "standard"} | given,
        amount=amount,
        arrival_date=account.now() + ARRIVES_AFTER,
        currency=currency,
        destination=BANK_ACCOUNT,
        source_type="card",
        status="pending",
        trace_id={"status": "pending", "value": None},
        type="bank_account",
    )
    booked = book(account, Movement("payout", -amount, currency, at_once=True), payout)
    account.change(payout, balance_transaction=booked["id"])
    return payout


def arrive(account: Account, payout: Json) -> None:
    """Task, at `arrival_date`; and by control."""
    if payout["status"] != "pending":
        return
    trace = {"status": "supported", "value": f"TRACE{payout['id'][-8:].upper()}"}
    account.update("payout.paid", payout, status="paid", trace_id=trace)
    if payout["automatic"]:
        account.update("payout.reconciliation_completed", payout, reconciliation_status="completed")


def fail(account: Account, payout: Json) -> None:
    """The bank refused it, perhaps days after it counted as paid."""
    booked = account.find("balance_transaction", payout["balance_transaction"])
    back = book(account, reversal(booked, "payout_failure", at_once=True), payout)
    account.update(
        "payout.failed",
        payout,
        status="failed",
        failure_balance_transaction=back["id"],
        failure_code="account_closed",
        failure_message="The bank account has been closed",
    )


@operation("POST", "/v1/payouts")
def create_payout(account: Account, call: Call) -> Json:
    params = call.params
    require_built(params, {"amount", "currency", *CHOSEN})
    currency = money.require_currency(params["currency"], "currency")
    if params["amount"] < 1:
        message = "This value must be greater than or equal to 1."
        raise StripeError.invalid(message, code="parameter_invalid_integer", param="amount")
    if params["amount"] > sums(account, "available").get(currency, 0):
        message = "You have insufficient funds in your Stripe account for this payout."
        raise StripeError.invalid(message, code="balance_insufficient", param="amount")
    given = {name: params[name] for name in CHOSEN if name in params}
    manual = {"automatic": False, "reconciliation_status": "not_applicable", "description": None} | given
    payout = _create(account, params["amount"], currency, **manual)
    account.emit("payout.created", payout)
    is_instant = payout["method"] == "instant"
    account.later("payout_arrives", payout, account.now() + (60 if is_instant else ARRIVES_AFTER))
    return payout


@operation("POST", "/v1/payouts/{}/cancel")
def cancel_payout(account: Account, call: Call) -> Json:
    payout = account.find("payout", call.ids[0])
    if payout["automatic"] or payout["status"] != "pending":
        raise StripeError.invalid("Payouts can be canceled only while they are pending, and automatic ones never.")
    booked = account.find("balance_transaction", payout["balance_transaction"])
    back = book(account, reversal(booked, "payout_cancel", at_once=True), payout)
    account.update("payout.canceled", payout, status="canceled", failure_balance_transaction=back["id"])
    return payout


retrieves("payout", "/v1/payouts/{}")
lists("payout", "/v1/payouts", "status")
