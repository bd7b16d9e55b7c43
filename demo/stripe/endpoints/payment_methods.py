"""Payment methods and what a new card does for a customer.

Evidence: Stripe API reference, "PaymentMethods" (attach, detach, list), "Types of events"
(payment_method.automatically_updated); Stripe docs, "Customer portal" (a new card becomes the default).
Assumption: the portal makes it the default of the customer and of every running subscription.
"""

from demo.stripe import payments
from demo.stripe.account import Account
from demo.stripe.endpoints.customers import RUNNING
from demo.stripe.errors import StripeError
from demo.stripe.listing import attributes_equal, lists, page
from demo.stripe.means import Means
from demo.stripe.operations import Call, operation, retrieves
from demo.stripe.store import Json


def replace_card(account: Account, customer: Json, means: Means) -> Json:
    """The customer gives another card, for what comes and for what is overdue."""
    method = payments.create_method(account, means)
    payments.attach(account, method, customer["id"])
    settings = customer["invoice_settings"] | {"default_payment_method": method["id"]}
    account.update("customer.updated", customer, invoice_settings=settings)
    for subscription in running(account, customer):
        account.update("customer.subscription.updated", subscription, default_payment_method=method["id"])
    return method


def renew_expiry(account: Account, method: Json) -> None:
    """The bank sent a new card and the card network told Stripe."""
    card = method["card"] | {"exp_year": method["card"]["exp_year"] + 4}
    account.update("payment_method.automatically_updated", method, card=card)


def running(account: Account, customer: Json) -> list[Json]:
    found = account.store.select("subscription", {"$.customer": [customer["id"]], "$.status": list(RUNNING)})
    return [account.find("subscription", one["id"]) for one in found]


@operation("POST", "/v1/payment_methods/{}/attach")
def attach(account: Account, call: Call) -> Json:
    method = account.find("payment_method", call.ids[0])
    customer = account.find("customer", call.params.get("customer", ""), "customer")
    if method["customer"] not in {None, customer["id"]}:
        raise StripeError.invalid("The payment method you provided has already been attached to a customer.")
    payments.attach(account, method, customer["id"])
    return method


@operation("POST", "/v1/payment_methods/{}/detach")
def detach(account: Account, call: Call) -> Json:
    method = account.find("payment_method", call.ids[0])
    if method["customer"] is None:
        raise StripeError.invalid("The payment method you provided is not attached to a customer.")
    customer = account.find("customer", method["customer"])
    account.update("payment_method.detached", method, customer=None)
    if customer["invoice_settings"]["default_payment_method"] == method["id"]:
        settings = customer["invoice_settings"] | {"default_payment_method": None}
        account.update("customer.updated", customer, invoice_settings=settings)
    for subscription in running(account, customer):
        if subscription["default_payment_method"] == method["id"]:
            account.update("customer.subscription.updated", subscription, default_payment_method=None)
    return method


@operation("GET", "/v1/customers/{}/payment_methods")
def list_of_customer(account: Account, call: Call) -> Json:
    account.find("customer", call.ids[0])
    filters = attributes_equal(call, "type") | {"$.customer": [call.ids[0]]}
    return page(account, call, "payment_method", filters)


retrieves("payment_method", "/v1/payment_methods/{}")
lists("payment_method", "/v1/payment_methods", "customer", "type")
