"""Collecting an open invoice: off-session attempts, retries, what happens after the last, and recovery.

Evidence: Stripe docs, "Automate payment retries" (attempt_count, next_payment_attempt, the subscription's end state),
"Subscription statuses" (past_due, unpaid), "Off-session payments" (authentication: invoice.payment_action_required and
hosted_invoice_url); API reference, "Pay / Void / Mark an invoice uncollectible".
Assumption: an attempt by hand counts as an attempt and leaves the schedule of retries as it is.
"""

from demo.stripe import invoicing, payments
from demo.stripe.account import Account
from demo.stripe.cards import card_of
from demo.stripe.ending import cancel
from demo.stripe.means import means_of
from demo.stripe.store import Json

DAY = 86400
OPEN = frozenset({"open", "uncollectible"})


def collect(account: Account, invoice: Json, method: Json | None = None, *, reader_is_there: bool = False) -> str:
    """One attempt with `method` or the default one; returns what became of the payment intent."""
    intent = invoicing.intent_of(account, invoice)
    if intent is None:
        paid(account, invoice, attempts=0)
        return "succeeded"
    method = method or default_method(account, invoice)
    state = _confirm(account, intent, method, reader_is_there=reader_is_there) if method else "requires_payment_method"
    if state == "succeeded":
        paid(account, invoice)
    elif state == "processing":
        account.change(invoice, attempted=True)
    elif state != "requires_action" or not reader_is_there:
        failed(account, invoice, needs_action=state == "requires_action")
    return state


def default_method(account: Account, invoice: Json) -> Json | None:
    """The subscription's, else the customer's."""
    customer = account.find("customer", invoice["customer"])
    chosen = subscription_of(account, invoice)["default_payment_method"]
    chosen = chosen or customer["invoice_settings"]["default_payment_method"]
    return account.find("payment_method", chosen) if chosen else None


def subscription_of(account: Account, invoice: Json) -> Json:
    return account.find("subscription", invoice["parent"]["subscription_details"]["subscription"])


def authenticate(account: Account, invoice: Json, *, passed: bool) -> None:
    """The reader went through 3-D Secure on the invoice's page; only while its intent requires action."""
    intent = invoicing.intent_of(account, invoice)
    if intent is None or intent["status"] != "requires_action":
        return
    method = account.find("payment_method", intent["payment_method"])
    if passed:
        payments.succeed(account, intent, method, means_of(method))
        paid(account, invoice)
    else:
        payments.fail_authentication(account, intent, method)


def _confirm(account: Account, intent: Json, method: Json, *, reader_is_there: bool) -> str:
    card, means = card_of(method), means_of(method)
    decline = card.decline or card.later_decline
    if means.card is None:
        payments.begin_debit(account, intent, method, means)
    elif card.three_d_secure if reader_is_there else card.asks_every_time:
        payments.require_authentication(account, intent, method)
    elif decline:
        payments.decline(account, intent, method, means, decline)
    else:
        payments.succeed(account, intent, method, means)
    return str(intent["status"])


def paid(account: Account, invoice: Json, *, attempts: int = 1) -> None:
    subscription = subscription_of(account, invoice)
    is_latest = subscription["latest_invoice"] == invoice["id"]
    if is_latest and subscription["status"] in {"past_due", "unpaid"}:
        account.update("customer.subscription.updated", subscription, status="active")
    customer = account.find("customer", invoice["customer"])
    account.update("customer.updated", customer, delinquent=False)
    invoicing.settle(account, invoice, attempts=attempts)


def failed(account: Account, invoice: Json, *, needs_action: bool = False) -> None:
    """An attempt did not bring the money: tell, plan the next, or end."""
    days = account.settings.dunning_days
    retries = account.store.private(invoice["id"]).get("retries", 0)
    is_planned = invoice["auto_advance"] and (invoice["next_payment_attempt"] or 0) <= account.now()
    again = account.now() + round(days[retries] * DAY) if is_planned and retries < len(days) else None
    if is_planned:
        account.change(invoice, next_payment_attempt=again)
        account.store.keep_private(invoice["id"], retries=retries + 1)
    account.change(invoice, attempted=True, attempt_count=invoice["attempt_count"] + 1)
    if again:
        account.later("retry_invoice", invoice, again)
    if needs_action:
        account.emit("invoice.payment_action_required", invoice)
    account.emit("invoice.payment_failed", invoice)
    account.update("customer.updated", account.find("customer", invoice["customer"]), delinquent=True)
    subscription = subscription_of(account, invoice)
    if subscription["status"] == "active":
        account.update("customer.subscription.updated", subscription, status="past_due")
    if is_planned and again is None:
        _give_up(account, invoice, subscription)


def _give_up(account: Account, invoice: Json, subscription: Json) -> None:
    end = account.settings.dunning_end
    account.change(invoice, auto_advance=False)
    if subscription["status"] == "past_due" and end == "cancel":
        cancel(account, subscription, "payment_failed")
    elif subscription["status"] == "past_due" and end == "unpaid":
        account.update("customer.subscription.updated", subscription, status="unpaid")


def retry_invoice(account: Account, invoice: Json) -> None:
    """Task, at `next_payment_attempt`."""
    due = invoice["next_payment_attempt"]
    if invoice["status"] == "open" and invoice["auto_advance"] and due is not None and due <= account.now():
        collect(account, invoice)
