"""Subscriptions: read, update, cancel. Checkout makes them; `pausing` and `changes` do the larger updates.

Evidence: Stripe API reference, "Update a subscription", "Cancel a subscription" (DELETE; a canceled one is not found),
"List subscriptions" (canceled ones only when asked for), "Cancel subscriptions" (at period end also sets cancel_at).
"""

from demo.stripe.account import Account
from demo.stripe.billing import period_of
from demo.stripe.changes import change_items
from demo.stripe.ending import cancel
from demo.stripe.endpoints.customers import RUNNING
from demo.stripe.errors import StripeError
from demo.stripe.listing import attributes_equal, page
from demo.stripe.metadata import merged
from demo.stripe.operations import Call, operation, require_built, retrieves
from demo.stripe.pausing import pause_collection
from demo.stripe.store import Json
from demo.stripe.taxes import SELF

UPDATABLE = frozenset(
    "automatic_tax cancel_at cancel_at_period_end cancellation_details default_payment_method description items "
    "metadata pause_collection proration_behavior".split()
)
REQUESTED = {"reason": "cancellation_requested"}


@operation("POST", "/v1/subscriptions/{}")
def update_subscription(account: Account, call: Call) -> Json:
    params = call.params
    require_built(params, UPDATABLE)
    subscription = _running(account, call.ids[0])
    changes = _plain_changes(account, subscription, params)
    changes |= _end(account, subscription, params)
    if "automatic_tax" in params:
        enabled = params["automatic_tax"]["enabled"]
        liability = SELF if enabled else None
        changes["automatic_tax"] = {"disabled_reason": None, "enabled": enabled, "liability": liability}
    if "pause_collection" in params:
        changes |= pause_collection(account, subscription, params["pause_collection"])
    account.update("customer.subscription.updated", subscription, **changes)
    if subscription["cancel_at"]:
        account.later("end_subscription", subscription, subscription["cancel_at"])
    if "items" in params:
        change_items(account, subscription, params["items"], params.get("proration_behavior", "create_prorations"))
    return subscription


@operation("DELETE", "/v1/subscriptions/{}")
def cancel_subscription(account: Account, call: Call) -> Json:
    require_built({name: value for name, value in call.params.items() if value is not False}, {"cancellation_details"})
    subscription = _running(account, call.ids[0])
    account.change(subscription, cancellation_details=_details(subscription, call.params))
    cancel(account, subscription, "cancellation_requested")
    return subscription


def _running(account: Account, stripe_id: str) -> Json:
    subscription = account.find("subscription", stripe_id)
    if subscription["status"] == "canceled":
        raise StripeError.not_found("subscription", stripe_id, "id")
    return subscription


def _plain_changes(account: Account, subscription: Json, params: Json) -> Json:
    changes: Json = {name: params[name] or None for name in ("default_payment_method", "description") if name in params}
    if "default_payment_method" in params:
        account.find("payment_method", params["default_payment_method"], "default_payment_method")
    if "metadata" in params:
        changes["metadata"] = merged(subscription["metadata"], params["metadata"])
    return changes


def _end(account: Account, subscription: Json, params: Json) -> Json:
    """What the parameters about canceling change."""
    if "cancel_at" in params and "cancel_at_period_end" in params:
        message = "Only one of cancel_at and cancel_at_period_end may be given."
        raise StripeError.invalid(message, param="cancel_at")
    if "cancel_at" not in params and "cancel_at_period_end" not in params:
        return {"cancellation_details": _details(subscription, params)} if "cancellation_details" in params else {}
    cancel_at = _moment(subscription, params)
    if cancel_at is None:
        none = dict.fromkeys(("comment", "feedback", "reason"))
        return {"cancel_at": None, "cancel_at_period_end": False, "canceled_at": None, "cancellation_details": none}
    if cancel_at <= account.now():
        raise StripeError.invalid("The subscription cannot be canceled in the past.", param="cancel_at")
    return {
        "cancel_at": cancel_at,
        "cancel_at_period_end": params.get("cancel_at_period_end", False),
        "canceled_at": account.now(),
        "cancellation_details": _details(subscription, params) | REQUESTED,
    }


def _moment(subscription: Json, params: Json) -> int | None:
    if params.get("cancel_at_period_end") or params.get("cancel_at") in {"min_period_end", "max_period_end"}:
        ends = [item["current_period_end"] for item in subscription["items"]["data"]]
        return int(min(ends) if params.get("cancel_at") == "min_period_end" else period_of(subscription)[1])
    if params.get("cancel_at") == "max_billed_until":
        raise StripeError.not_built("cancel_at=max_billed_until")
    return params.get("cancel_at") or None


def _details(subscription: Json, params: Json) -> Json:
    given = params.get("cancellation_details", {})
    require_built(given, {"comment", "feedback"}, "cancellation_details")
    details: Json = subscription["cancellation_details"] | {name: value or None for name, value in given.items()}
    return details


@operation("GET", "/v1/subscriptions")
def list_subscriptions(account: Account, call: Call) -> Json:
    filters = attributes_equal(call, "customer", "collection_method", also=("status",))
    status = call.params.get("status")
    if status != "all":
        ended = ["canceled", "incomplete_expired"]
        filters["$.status"] = ended if status == "ended" else [status] if status else [*RUNNING, "incomplete_expired"]
    return page(account, call, "subscription", filters)


retrieves("subscription", "/v1/subscriptions/{}")
