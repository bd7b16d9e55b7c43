"""Checkout Sessions: create, list, expire.

Evidence: Stripe API reference, "The Checkout Session object", "Metadata" (a session's is copied to nothing else;
`payment_intent_data.metadata` and `subscription_data.metadata` are).
Assumption: without `adaptive_pricing` the Dashboard's setting applies, and that is on.
"""

from typing import Any

from demo.stripe import money, taxes
from demo.stripe.account import Account
from demo.stripe.endpoints.lines import Line, line_items
from demo.stripe.endpoints.session_rules import (
    SHOWN,
    customer_creation,
    expires_at,
    payment_method_types,
    require_consistent,
)
from demo.stripe.errors import StripeError
from demo.stripe.expansion import includes
from demo.stripe.listing import attributes_equal, list_object, page, slice_of
from demo.stripe.operations import Call, operation, retrieves
from demo.stripe.store import Json

TEXTS = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")


@operation("POST", "/v1/checkout/sessions")
def create_session(account: Account, call: Call) -> Json:
    params = call.params
    require_consistent(params)
    if "customer" in params:
        account.find("customer", params["customer"], "customer")
    lines = line_items(account, params)
    session = _session(account, params, lines)
    session["url"] = f"{call.base_url}/c/pay/{session['id']}"
    account.store.save(session)
    data = params.get("payment_intent_data", {}) | params.get("subscription_data", {})
    account.store.keep_private(session["id"], line_items=[line.item for line in lines], data=data)
    account.later("expire_session", session, session["expires_at"])
    return session


def _session(account: Account, params: Json, lines: list[Line]) -> Json:
    currency = lines[0].currency
    subtotal = sum(line.amount for line in lines)
    taxed = params.get("automatic_tax", {}).get("enabled", False)
    tax, added = _tax(account, lines) if taxed else (0, 0)
    money.require_total(subtotal + added, currency)
    return account.make(
        "checkout.session",
        **{name: value for name, value in params.items() if name in SHOWN},
        adaptive_pricing=params.get("adaptive_pricing", {"enabled": True}),
        amount_subtotal=subtotal,
        amount_total=subtotal + added,
        automatic_tax=taxes.state(enabled=taxed),
        currency=currency,
        custom_text={name: params.get("custom_text", {}).get(name) or None for name in TEXTS},
        customer_creation=customer_creation(params),
        expires_at=expires_at(account.now(), params),
        payment_method_types=payment_method_types(params, currency),
        payment_status="unpaid",
        phone_number_collection={"enabled": False},
        status="open",
        total_details={"amount_discount": 0, "amount_shipping": 0, "amount_tax": tax},
        ui_mode="hosted_page",
    )


def _tax(account: Account, lines: list[Line]) -> tuple[int, int]:
    """Write each line's tax into its item: all tax, and the part of it that comes on top."""
    found = [taxes.tax_on(account, line.amount, line.item["price"]) for line in lines]
    for line, tax in zip(lines, found, strict=True):
        line.item.update(amount_tax=tax.amount, amount_total=line.amount + tax.added)
    return sum(tax.amount for tax in found), sum(tax.added for tax in found)


@operation("GET", "/v1/checkout/sessions")
def list_sessions(account: Account, call: Call) -> Json:
    filters: dict[str, Any] = attributes_equal(
        call, "customer", "payment_intent", "status", "subscription", also=("customer_details",)
    )
    if "customer_details" in call.params:
        filters["$.customer_details.email"] = [call.params["customer_details"]["email"]]
    return page(account, call, "checkout.session", filters)


@operation("POST", "/v1/checkout/sessions/{}/expire")
def expire_by_request(account: Account, call: Call) -> Json:
    session = account.find("checkout.session", call.ids[0])
    if session["status"] != "open":
        message = 'Only Checkout Sessions with a status in ["open"] can be expired. This one is '
        raise StripeError.invalid(f"{message}{session['status']}.")
    expire_session(account, session)
    return session


def expire_session(account: Account, session: Json) -> None:
    """Task, at `expires_at`; and by request."""
    if session["status"] == "open":
        account.change(session, status="expired", url=None)
        account.emit("checkout.session.expired", session)


@operation("GET", "/v1/checkout/sessions/{}/line_items")
def list_line_items(account: Account, call: Call) -> Json:
    session = account.find("checkout.session", call.ids[0])
    return slice_of(call, account.store.private(session["id"])["line_items"])


@includes("checkout.session", "line_items")
def _line_items_of(account: Account, session: Json) -> Json:
    items = account.store.private(session["id"])["line_items"]
    return list_object(items[:10], f"/v1/checkout/sessions/{session['id']}/line_items", has_more=len(items) > 10)


retrieves("checkout.session", "/v1/checkout/sessions/{}")
