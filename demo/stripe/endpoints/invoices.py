"""Invoices and their payments. Evidence: Stripe API reference, "Invoices", "Invoice Payment", "List all payments"."""

from demo.stripe.account import Account
from demo.stripe.listing import attributes_equal, page, slice_of
from demo.stripe.operations import Call, operation, retrieves
from demo.stripe.store import Json


@operation("GET", "/v1/invoices")
def list_invoices(account: Account, call: Call) -> Json:
    filters = attributes_equal(call, "collection_method", "customer", "status", also=("subscription",))
    if "subscription" in call.params:
        filters["$.parent.subscription_details.subscription"] = [call.params["subscription"]]
    return page(account, call, "invoice", filters)


@operation("GET", "/v1/invoices/{}/lines")
def list_lines(account: Account, call: Call) -> Json:
    return slice_of(call, account.find("invoice", call.ids[0])["lines"]["data"])


@operation("GET", "/v1/invoice_payments")
def list_invoice_payments(account: Account, call: Call) -> Json:
    filters = attributes_equal(call, "invoice", "status", also=("payment",))
    for name, value in call.params.get("payment", {}).items():
        filters[f"$.payment.{name}"] = [value]
    return page(account, call, "invoice_payment", filters)


retrieves("invoice", "/v1/invoices/{}")
retrieves("invoice_payment", "/v1/invoice_payments/{}")
