"""Invoices and their payments. Evidence: Stripe API reference, "Invoices", "Invoice Payment", "List all payments"."""

from demo.stripe.account import Account
from demo.stripe.collection import collect, paid
from demo.stripe.errors import Declined, StripeError
from demo.stripe.invoicing import cancel_payment, finalize, intent_of, mark_uncollectible, void
from demo.stripe.listing import attributes_equal, page, slice_of
from demo.stripe.operations import Call, operation, require_built, retrieves
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


@operation("POST", "/v1/invoices/{}/pay")
def pay_invoice(account: Account, call: Call) -> Json:
    """An attempt without the reader; Declined when it brings no money."""
    require_built(call.params, {"payment_method", "off_session", "paid_out_of_band"})
    invoice = _open(account, call, "paid", {"open", "uncollectible"})
    if call.params.get("paid_out_of_band"):
        cancel_payment(account, invoice)
        paid(account, invoice, attempts=0)
        return invoice
    chosen = call.params.get("payment_method")
    method = account.find("payment_method", chosen, "payment_method") if chosen else None
    state = collect(account, invoice, method)
    if state == "requires_action":
        message = "This payment requires additional user action before it can be completed successfully."
        raise Declined(message, code="invoice_payment_intent_requires_action")
    if state == "requires_payment_method":
        error = (intent_of(account, invoice) or {}).get("last_payment_error") or {}
        message = error.get("message", "There is no `default_payment_method` set on this Customer or Invoice.")
        raise Declined(message, code=error.get("code"), decline_code=error.get("decline_code"))
    return invoice


@operation("POST", "/v1/invoices/{}/finalize")
def finalize_invoice(account: Account, call: Call) -> Json:
    invoice = _open(account, call, "finalized", {"draft"})
    finalize(account, invoice, None)
    return invoice


@operation("POST", "/v1/invoices/{}/void")
def void_invoice(account: Account, call: Call) -> Json:
    invoice = _open(account, call, "voided", {"open", "uncollectible"})
    void(account, invoice)
    return invoice


@operation("POST", "/v1/invoices/{}/mark_uncollectible")
def give_up_invoice(account: Account, call: Call) -> Json:
    invoice = _open(account, call, "marked as uncollectible", {"open"})
    mark_uncollectible(account, invoice)
    return invoice


def _open(account: Account, call: Call, verb: str, states: set[str]) -> Json:
    invoice = account.find("invoice", call.ids[0])
    if invoice["status"] not in states:
        raise StripeError.invalid(f"An invoice that is {invoice['status']} cannot be {verb}.")
    return invoice


@operation("GET", "/v1/invoice_payments")
def list_invoice_payments(account: Account, call: Call) -> Json:
    filters = attributes_equal(call, "invoice", "status", also=("payment",))
    for name, value in call.params.get("payment", {}).items():
        filters[f"$.payment.{name}"] = [value]
    return page(account, call, "invoice_payment", filters)


retrieves("invoice", "/v1/invoices/{}")
retrieves("invoice_payment", "/v1/invoice_payments/{}")
