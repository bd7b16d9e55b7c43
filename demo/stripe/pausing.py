"""Two ways to pause: the collection of invoices (the subscription stays active), and the subscription itself.

Evidence: Stripe docs, "Pause payment collection" (behavior, resumes_at, no paused status); API reference, "Pause a
subscription" (endive: flexible billing only, status_details.paused) and "Resume a subscription" (billing_cycle_anchor).
Assumption: pausing gives nothing back; resuming begins a new period with its invoice, unless the anchor is unchanged.
"""

from demo.stripe import invoicing
from demo.stripe.account import Account
from demo.stripe.billing import period_of
from demo.stripe.collection import collect
from demo.stripe.errors import StripeError
from demo.stripe.invoice_lines import period_line
from demo.stripe.operations import Call, operation, require_built
from demo.stripe.periods import next_end
from demo.stripe.renewals import schedule
from demo.stripe.store import Json


def pause_collection(account: Account, subscription: Json, given: Json | str) -> Json:
    """What the parameter changes."""
    if not isinstance(given, dict):
        return {"pause_collection": None}
    resumes_at = given.get("resumes_at")
    if resumes_at:
        account.later("resume_collection", subscription, resumes_at)
    return {"pause_collection": {"behavior": given["behavior"], "resumes_at": resumes_at}}


def resume_collection(account: Account, subscription: Json) -> None:
    """Task, at `resumes_at`; nothing if that was changed meanwhile."""
    pause = subscription["pause_collection"]
    if pause and pause["resumes_at"] and pause["resumes_at"] <= account.now():
        account.update("customer.subscription.updated", subscription, pause_collection=None)


@operation("POST", "/v1/subscriptions/{}/pause")
def pause(account: Account, call: Call) -> Json:
    require_built(call.params, {"type"})
    subscription = account.find("subscription", call.ids[0])
    if subscription["status"] not in {"active", "past_due"}:
        raise StripeError.invalid(f"A subscription that is {subscription['status']} cannot be paused.")
    why = {"subscription": {"type": "pause_requested"}, "transitioned_at": account.now(), "type": "subscription"}
    account.change(subscription, status="paused", status_details={"paused": why})
    account.emit("customer.subscription.paused", subscription)
    return subscription


@operation("POST", "/v1/subscriptions/{}/resume")
def resume(account: Account, call: Call) -> Json:
    require_built(call.params, {"billing_cycle_anchor"})
    subscription = account.find("subscription", call.ids[0])
    if subscription["status"] != "paused":
        raise StripeError.invalid("Only a paused subscription can be resumed.")
    subscription.pop("status_details", None)
    account.change(subscription, status="active")
    account.emit("customer.subscription.resumed", subscription)
    is_over = period_of(subscription)[1] <= account.now()
    if is_over or call.params.get("billing_cycle_anchor", {}).get("type") != "unchanged":
        begin_period(account, subscription, is_anchored=not is_over)
    return subscription


def begin_period(account: Account, subscription: Json, *, is_anchored: bool = True) -> None:
    """A period that begins now, with an invoice that is collected at once; `is_anchored`: later ones count from it."""
    now = account.now()
    anchor = now if is_anchored else subscription["billing_cycle_anchor"]
    items = [
        item | {"current_period_start": now, "current_period_end": next_end(anchor, item["price"]["recurring"], now)}
        for item in subscription["items"]["data"]
    ]
    moved = {"billing_cycle_anchor": anchor, "items": subscription["items"] | {"data": items}}
    account.update("customer.subscription.updated", subscription, **moved)
    pending = account.store.private(subscription["id"]).get("pending", [])
    account.store.keep_private(subscription["id"], pending=[])
    lines = [period_line(account, subscription, item) for item in items]
    invoice_now(account, subscription, [*pending, *lines])
    schedule(account, subscription)


def invoice_now(account: Account, subscription: Json, lines: list[Json]) -> None:
    """An invoice for a change, finalized and collected without the hour's wait."""
    invoice = invoicing.draft(account, subscription, "subscription_update", lines)
    account.change(invoice, auto_advance=True)
    account.update("customer.subscription.updated", subscription, latest_invoice=invoice["id"])
    account.emit("invoice.created", invoice)
    invoicing.finalize(account, invoice, None)
    collect(account, invoice)
