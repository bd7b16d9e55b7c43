"""Events. Evidence: Stripe API reference, "List all events" (delivery_success also finds those still being tried)."""

from demo.stripe.account import Account
from demo.stripe.listing import attributes_equal, page
from demo.stripe.operations import Call, operation, retrieves
from demo.stripe.store import Json


@operation("GET", "/v1/events")
def list_events(account: Account, call: Call) -> Json:
    filters = attributes_equal(call, "type", also=("types", "delivery_success"))
    if "types" in call.params:
        filters["$.type"] = call.params["types"]
    if "delivery_success" in call.params:
        waiting = list(range(1, max(len(account.hooks), 1) + 1))
        filters["$.pending_webhooks"] = [0] if call.params["delivery_success"] else waiting
    return page(account, call, "event", filters)


retrieves("event", "/v1/events/{}")
