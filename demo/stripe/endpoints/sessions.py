"""Checkout Sessions: create, list, expire.

Evidence: Stripe API reference, "Create a Checkout Session" (rules per parameter); "Redirect customers to Checkout" changes
of 2025-03-31 (subscription and invoice are created after payment). Session metadata is copied to nothing else:
`payment_intent_data.metadata` and `subscription_data.metadata` are.
Assumption: without `adaptive_pricing` the Dashboard's setting applies, and that is on.
"""

from typing import Any

from demo.stripe import money
from demo.stripe.account import Account
from demo.stripe.endpoints.lines import Line, line_items
from demo.stripe.errors import StripeError
from demo.stripe.expansion import includes
from demo.stripe.listing import attributes_equal, list_object, page, slice_of
from demo.stripe.operations import Call, operation, require_built, retrieves
from demo.stripe.store import Json

SHOWN = frozenset(
    "cancel_url client_reference_id customer customer_email integration_identifier locale metadata mode origin_context "
    "payment_method_collection submit_type success_url allowed_payment_method_types excluded_payment_method_types".split()
)
BUILT = SHOWN | frozenset(
    "adaptive_pricing currency custom_text customer_creation expires_at line_items payment_intent_data subscription_data "
    "ui_mode".split()
)
PAYMENT_DATA = frozenset(
    "description metadata receipt_email setup_future_usage statement_descriptor statement_descriptor_suffix".split()
)
SUBSCRIPTION_DATA = frozenset({"description", "metadata"})
TEXTS = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
MINUTE, DAY = 60, 86400
SHORTEST, LONGEST = 30 * MINUTE, DAY


@operation("POST", "/v1/checkout/sessions")
def create_session(account: Account, call: Call) -> Json:
    params = call.params
    _require_consistent(params)
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
    total = sum(line.amount for line in lines)
    money.require_total(total, currency)
    return account.make(
        "checkout.session",
        **{name: value for name, value in params.items() if name in SHOWN},
        adaptive_pricing=params.get("adaptive_pricing", {"enabled": True}),
        amount_subtotal=total,
        amount_total=total,
        automatic_tax={"enabled": False, "liability": None, "provider": None, "status": None},
        currency=currency,
        custom_fields=[],
        custom_text={name: params.get("custom_text", {}).get(name) or None for name in TEXTS},
        customer_creation=_customer_creation(params),
        expires_at=_expires_at(account, params),
        payment_method_types=_payment_method_types(params, currency),
        payment_status="unpaid",
        phone_number_collection={"enabled": False},
        shipping_options=[],
        status="open",
        total_details={"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        ui_mode="hosted_page",
    )


def _require_consistent(params: Json) -> None:
    """The rules between parameters, which their types cannot say."""
    require_built(params, BUILT)
    mode = params.get("mode")
    if mode is None:
        raise StripeError.missing("mode")
    if mode == "setup" or params.get("ui_mode", "hosted_page") != "hosted_page":
        raise StripeError.not_built("mode=setup and any ui_mode but hosted_page")
    if "success_url" not in params:
        raise StripeError.missing("success_url")
    for name in ("success_url", "cancel_url"):
        if not params.get(name, "https://").startswith(("https://", "http://")):
            raise StripeError.invalid("Not a valid URL", code="url_invalid", param=name)
    for name, only in (
        ("payment_intent_data", "payment"),
        ("subscription_data", "subscription"),
        ("customer_creation", "payment"),
    ):
        if name in params and mode != only:
            raise StripeError.invalid(f"You can not pass `{name}` in `{mode}` mode.", param=name)
    for name in ("customer_email", "customer_creation"):
        if name in params and "customer" in params:
            raise StripeError.invalid(f"You may only specify one of these parameters: customer, {name}.", param=name)
    require_built(params.get("payment_intent_data", {}), PAYMENT_DATA, "payment_intent_data")
    require_built(params.get("subscription_data", {}), SUBSCRIPTION_DATA, "subscription_data")
    if len(params.get("subscription_data", {}).get("description", "")) > 500:
        raise StripeError.invalid(
            "Invalid string: must be at most 500 characters", param="subscription_data[description]"
        )


def _customer_creation(params: Json) -> str | None:
    if "customer" in params:
        return None
    saves = "setup_future_usage" in params.get("payment_intent_data", {})
    if params["mode"] == "subscription" or saves:
        return "always"
    return str(params.get("customer_creation", "if_required"))


def _expires_at(account: Account, params: Json) -> int:
    now = account.now()
    expires_at: int = params.get("expires_at", now + DAY)
    if expires_at - now < SHORTEST:
        message = "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
        raise StripeError.invalid(message, param="expires_at")
    if expires_at - now > LONGEST:
        message = "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
        raise StripeError.invalid(message, param="expires_at")
    return expires_at


def _payment_method_types(params: Json, currency: str) -> list[str]:
    """Dynamic payment methods: cards, and SEPA debit for euros, as far as the session admits them."""
    offered = ["card"] + (["sepa_debit"] if currency == "eur" else [])
    allowed = params.get("allowed_payment_method_types", offered)
    left = [one for one in offered if one in allowed and one not in params.get("excluded_payment_method_types", [])]
    if not left:
        raise StripeError.invalid(
            "No payment method is left for this Checkout Session.", param="allowed_payment_method_types"
        )
    return left


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
