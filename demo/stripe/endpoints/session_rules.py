"""What the parameters of a Checkout Session must be to one another; their types cannot say it.

Evidence: Stripe API reference, "Create a Checkout Session" (each parameter's own text).
"""

from demo.stripe.errors import StripeError
from demo.stripe.operations import require_built
from demo.stripe.store import Json

SHOWN = frozenset(
    """
    allowed_payment_method_types cancel_url client_reference_id customer customer_email
    excluded_payment_method_types integration_identifier locale metadata mode origin_context
    payment_method_collection submit_type success_url
    """.split()
)
BUILT = SHOWN | frozenset(
    "adaptive_pricing automatic_tax currency custom_text customer_creation expires_at line_items payment_intent_data "
    "subscription_data ui_mode".split()
)
PAYMENT_DATA = frozenset(
    "description metadata receipt_email setup_future_usage statement_descriptor statement_descriptor_suffix".split()
)
SUBSCRIPTION_DATA = frozenset({"description", "metadata"})
ONLY_IN = {"payment_intent_data": "payment", "subscription_data": "subscription", "customer_creation": "payment"}
SHORTEST, LONGEST = 30 * 60, 86400


def require_consistent(params: Json) -> None:
    """The rules between parameters, which their types cannot say."""
    require_built(params, BUILT)
    mode = params.get("mode")
    if mode is None:
        raise StripeError.missing("mode")
    if mode == "setup" or params.get("ui_mode", "hosted_page") != "hosted_page":
        raise StripeError.not_built("mode=setup and any ui_mode but hosted_page")
    _require_urls(params)
    _require_mode(mode, params)
    for name in ("customer_email", "customer_creation"):
        if name in params and "customer" in params:
            raise StripeError.invalid(f"You may only specify one of these parameters: customer, {name}.", param=name)


def _require_urls(params: Json) -> None:
    if "success_url" not in params:
        raise StripeError.missing("success_url")
    for name in ("success_url", "cancel_url"):
        if not params.get(name, "https://").startswith(("https://", "http://")):
            raise StripeError.invalid("Not a valid URL", code="url_invalid", param=name)


def _require_mode(mode: str, params: Json) -> None:
    for name, only in ONLY_IN.items():
        if name in params and mode != only:
            raise StripeError.invalid(f"You can not pass `{name}` in `{mode}` mode.", param=name)
    require_built(params.get("payment_intent_data", {}), PAYMENT_DATA, "payment_intent_data")
    require_built(params.get("subscription_data", {}), SUBSCRIPTION_DATA, "subscription_data")
    if len(params.get("subscription_data", {}).get("description", "")) > 500:
        raise StripeError.invalid(
            "Invalid string: must be at most 500 characters", param="subscription_data[description]"
        )


def customer_creation(params: Json) -> str | None:
    if "customer" in params:
        return None
    saves = "setup_future_usage" in params.get("payment_intent_data", {})
    if params["mode"] == "subscription" or saves:
        return "always"
    return str(params.get("customer_creation", "if_required"))


def expires_at(now: int, params: Json) -> int:
    moment: int = params.get("expires_at", now + LONGEST)
    if moment - now < SHORTEST:
        message = "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
        raise StripeError.invalid(message, param="expires_at")
    if moment - now > LONGEST:
        message = "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
        raise StripeError.invalid(message, param="expires_at")
    return moment


def payment_method_types(params: Json, currency: str) -> list[str]:
    """Dynamic payment methods: cards, and SEPA debit for euros, as far as the session admits them."""
    offered = ["card"] + (["sepa_debit"] if currency == "eur" else [])
    allowed = params.get("allowed_payment_method_types", offered)
    left = [one for one in offered if one in allowed and one not in params.get("excluded_payment_method_types", [])]
    if not left:
        raise StripeError.invalid(
            "No payment method is left for this Checkout Session.", param="allowed_payment_method_types"
        )
    return left
