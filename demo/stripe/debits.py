"""The end of a bank debit: days later by the clock, or when the control says so.

Evidence: Stripe docs, "SEPA Direct Debit payments" (about five business days; test account numbers that fail), "Fulfill
orders" (checkout.session.async_payment_*), "How subscriptions work" (the invoice is voided when a first debit fails).
"""

from demo.stripe import invoicing, payments
from demo.stripe.account import Account
from demo.stripe.collection import failed, paid
from demo.stripe.means import FAILING_ACCOUNT
from demo.stripe.store import Json


def end_by_clock(account: Account, intent: Json) -> None:
    """Task; how it ends is the account number's doing."""
    if intent["status"] == "processing":
        method = account.find("payment_method", intent["payment_method"])
        end(account, intent, succeeded=method["sepa_debit"]["last4"] != FAILING_ACCOUNT)


def end(account: Account, intent: Json, *, succeeded: bool) -> None:
    """The bank's answer to a debit that is `processing`."""
    private = account.store.private(intent["id"])
    payments.end_debit(account, intent, succeeded=succeeded)
    if "invoice" in private:
        invoice = account.find("invoice", private["invoice"])
        _end_invoice(account, invoice, succeeded=succeeded, is_first="session" in private)
    if "session" in private:
        session = account.find("checkout.session", private["session"])
        if succeeded:
            account.change(session, payment_status="paid")
        account.emit(f"checkout.session.async_payment_{'succeeded' if succeeded else 'failed'}", session)


def _end_invoice(account: Account, invoice: Json, *, succeeded: bool, is_first: bool) -> None:
    if succeeded:
        paid(account, invoice)
    elif is_first:
        account.change(invoice, attempted=True, attempt_count=1)
        account.emit("invoice.payment_failed", invoice)
        invoicing.void(account, invoice)
    else:
        failed(account, invoice)
