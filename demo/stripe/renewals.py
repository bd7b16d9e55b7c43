"""Renewals: what a subscription does at the end of each period.

The items move to the next period and a draft invoice is made; an hour later it is finalized and collected. Periods are
counted from the billing cycle anchor. Two tasks per renewal, so that a year of them is a matter of seconds.

Evidence: Stripe docs, "How subscriptions work" and "Subscription invoices" (the draft waits about an hour), "Set the
billing cycle date", "Pause payment collection" (keep_as_draft, mark_uncollectible, void), "Subscription statuses"
(unpaid and paused ones).
Assumption: no invoice.upcoming is sent.
"""

from demo.stripe import invoicing
from demo.stripe.account import Account
from demo.stripe.billing import period_of
from demo.stripe.collection import collect, subscription_of
from demo.stripe.invoice_lines import period_line
from demo.stripe.periods import next_end
from demo.stripe.store import Json

FINALIZED_AFTER = 3600
RENEWING = frozenset({"active", "past_due", "unpaid"})


def renew(account: Account, subscription: Json) -> None:
    """Task, at the end of the current period; nothing if that has moved."""
    start, end = period_of(subscription)
    cancel_at = subscription["cancel_at"]
    ends = cancel_at is not None and cancel_at <= end
    if subscription["status"] not in RENEWING or end > account.now() or ends:
        return
    items = [_moved(subscription, item) for item in subscription["items"]["data"]]
    before = account.change(subscription, items=subscription["items"] | {"data": items})
    invoice = _draft(account, subscription, (start, end))
    before |= account.change(subscription, latest_invoice=invoice["id"])
    account.emit("customer.subscription.updated", subscription, before)
    account.emit("invoice.created", invoice)
    schedule(account, subscription)


def schedule(account: Account, subscription: Json) -> None:
    """Renew at the end of the current period."""
    account.later("renew", subscription, period_of(subscription)[1])


def _moved(subscription: Json, item: Json) -> Json:
    end = item["current_period_end"]
    following = next_end(subscription["billing_cycle_anchor"], item["price"]["recurring"], end)
    return item | {"current_period_start": end, "current_period_end": following}


def _draft(account: Account, subscription: Json, period: tuple[int, int]) -> Json:
    lines = [period_line(account, subscription, item) for item in subscription["items"]["data"]]
    pending = account.store.private(subscription["id"]).get("pending", [])
    account.store.keep_private(subscription["id"], pending=[])
    invoice = invoicing.draft(account, subscription, "subscription_cycle", [*pending, *lines], period)
    pause = subscription["pause_collection"]
    if subscription["status"] != "unpaid" and (pause is None or pause["behavior"] != "keep_as_draft"):
        due = account.now() + FINALIZED_AFTER
        account.change(invoice, auto_advance=True, automatically_finalizes_at=due, next_payment_attempt=due)
        account.later("finalize_invoice", invoice, due)
    return invoice


def finalize_invoice(account: Account, invoice: Json) -> None:
    """Task, an hour after the draft."""
    if invoice["status"] != "draft" or not invoice["auto_advance"]:
        return
    pause = subscription_of(account, invoice)["pause_collection"]
    if pause and pause["behavior"] == "keep_as_draft":
        account.change(invoice, auto_advance=False)
        return
    invoicing.finalize(account, invoice, None)
    if pause is None:
        collect(account, invoice)
    elif pause["behavior"] == "void":
        invoicing.void(account, invoice)
    else:
        invoicing.mark_uncollectible(account, invoice)
