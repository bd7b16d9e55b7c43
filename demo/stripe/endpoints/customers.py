"""Customers.

Evidence: Stripe API reference, "Customers" (deleting one cancels its subscriptions at once; then `deleted: true`).
"""

from demo.stripe.account import Account, token
from demo.stripe.ending import cancel
from demo.stripe.errors import StripeError
from demo.stripe.expansion import includes
from demo.stripe.listing import list_object, lists
from demo.stripe.metadata import merged
from demo.stripe.operations import Call, operation, require_built
from demo.stripe.store import Json

RUNNING = ("active", "incomplete", "past_due", "paused", "trialing", "unpaid")
BUILT = frozenset(
    "address balance business_name description email individual_name invoice_settings metadata name phone "
    "preferred_locales shipping".split()
)


def create_customer(account: Account, **given: object) -> Json:
    customer = account.create(
        "customer",
        balance=0,
        delinquent=False,
        invoice_prefix=token(8).upper(),
        invoice_settings=dict.fromkeys(("custom_fields", "default_payment_method", "footer", "rendering_options")),
        next_invoice_sequence=1,
        preferred_locales=given.pop("preferred_locales", []),
        tax_exempt="none",
        **given,
    )
    account.emit("customer.created", customer)
    return customer


@operation("POST", "/v1/customers")
def create(account: Account, call: Call) -> Json:
    require_built(call.params, BUILT - {"invoice_settings"})
    return create_customer(account, **_given(call.params))


@operation("POST", "/v1/customers/{}")
def update(account: Account, call: Call) -> Json:
    require_built(call.params, BUILT)
    customer = account.find("customer", call.ids[0])
    changes = _given(call.params, customer["metadata"])
    if "invoice_settings" in changes:
        require_built(changes["invoice_settings"], {"default_payment_method"}, "invoice_settings")
        given = {name: value or None for name, value in changes["invoice_settings"].items()}
        _require_method(account, customer, given.get("default_payment_method"))
        changes["invoice_settings"] = customer["invoice_settings"] | given
    account.update("customer.updated", customer, **changes)
    return customer


def _require_method(account: Account, customer: Json, method_id: str | None) -> None:
    param = "invoice_settings[default_payment_method]"
    if method_id and account.find("payment_method", method_id, param)["customer"] != customer["id"]:
        raise StripeError.invalid("The payment method is not attached to this customer.", param=param)


@operation("DELETE", "/v1/customers/{}")
def delete(account: Account, call: Call) -> Json:
    """Ends what runs at once; whoever asks for the customer afterwards learns only that it is gone."""
    customer = account.find("customer", call.ids[0])
    for found in account.store.select("subscription", {"$.customer": [customer["id"]], "$.status": list(RUNNING)}):
        cancel(account, account.find("subscription", found["id"]), "cancellation_requested")
    account.emit("customer.deleted", customer)
    left = {"id": customer["id"], "object": "customer", "deleted": True}
    account.store.forget(customer["id"], left)
    return left


@operation("GET", "/v1/customers/{}")
def retrieve(account: Account, call: Call) -> Json:
    """Also one that was deleted."""
    return account.find("customer", call.ids[0], deleted=True)


def _given(params: Json, metadata: Json | None = None) -> Json:
    changes = {name: None if value == "" else value for name, value in params.items() if name != "expand"}
    if "metadata" in changes:
        changes["metadata"] = merged(metadata or {}, params["metadata"])
    return changes


@includes("customer", "subscriptions")
def _subscriptions_of(account: Account, customer: Json) -> Json:
    running = {"$.customer": [customer["id"]], "$.status": list(RUNNING)}
    found = account.store.select("subscription", running, limit=11)
    return list_object(found[:10], f"/v1/customers/{customer['id']}/subscriptions", has_more=len(found) > 10)


lists("customer", "/v1/customers", "email")
