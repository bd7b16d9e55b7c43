"""Customers. Evidence: Stripe API reference, "Customers"."""

from demo.stripe.account import Account, token
from demo.stripe.expansion import includes
from demo.stripe.listing import list_object, lists
from demo.stripe.operations import Call, operation, require_built, retrieves
from demo.stripe.store import Json

BUILT = frozenset(
    "address business_name description email individual_name metadata name phone preferred_locales shipping".split()
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
    require_built(call.params, BUILT)
    return create_customer(account, **_given(call.params))


@operation("POST", "/v1/customers/{}")
def update(account: Account, call: Call) -> Json:
    require_built(call.params, BUILT)
    customer = account.find("customer", call.ids[0])
    account.update("customer.updated", customer, **_given(call.params, customer["metadata"]))
    return customer


def _given(params: Json, metadata: Json | None = None) -> Json:
    changes = {name: None if value == "" else value for name, value in params.items() if name != "expand"}
    if "metadata" in changes:
        changes["metadata"] = merged(metadata or {}, params["metadata"])
    return changes


def merged(metadata: Json, given: Json | str) -> Json:
    """Metadata after an update: keys are added, an empty value removes its key, an empty whole removes all."""
    return {key: value for key, value in (metadata | given).items() if value != ""} if isinstance(given, dict) else {}


@includes("customer", "subscriptions")
def _subscriptions_of(account: Account, customer: Json) -> Json:
    running = {"$.customer": [customer["id"]], "$.ended_at": [None]}
    found = account.store.select("subscription", running, limit=11)
    return list_object(found[:10], f"/v1/customers/{customer['id']}/subscriptions", has_more=len(found) > 10)


retrieves("customer", "/v1/customers/{}")
lists("customer", "/v1/customers", "email")
