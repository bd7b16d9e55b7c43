"""Products and prices. Evidence: Stripe API reference, "Products" and "Prices"."""

from demo.stripe import money
from demo.stripe.account import Account
from demo.stripe.errors import StripeError
from demo.stripe.listing import attributes_equal, page
from demo.stripe.operations import Call, operation, require_built, retrieves
from demo.stripe.store import Json

PRODUCT = frozenset(
    "active description id images metadata name shippable statement_descriptor type unit_label url".split()
)
PRICE = frozenset(
    "active billing_scheme currency lookup_key metadata nickname product product_data recurring tax_behavior "
    "unit_amount unit_amount_decimal".split()
)


@operation("POST", "/v1/products")
def create_product(account: Account, call: Call) -> Json:
    require_built(call.params, PRODUCT)
    if account.store.find(call.params.get("id", "")):
        raise StripeError.invalid("Product already exists.", code="resource_already_exists", param="id")
    product = product_from(account, call.params)
    account.emit("product.created", product)
    return product


@operation("POST", "/v1/prices")
def create_price(account: Account, call: Call) -> Json:
    require_built(call.params, PRICE)
    price = price_from(account, call.params, path="")
    account.emit("price.created", price)
    return price


def product_from(account: Account, params: Json) -> Json:
    given = {name: value for name, value in params.items() if name in PRODUCT}
    fixed = {"active": True, "type": "service", "updated": account.now()}
    return account.create("product", **fixed | given)


def price_from(account: Account, params: Json, path: str, *, active: bool = True) -> Json:
    """A price of Price create or of a line item's `price_data`; `path` is where the latter stands, for messages."""
    currency = money.require_currency(params["currency"], _at(path, "currency"))
    amount = _unit_amount(params, path)
    money.require_unit_amount(amount, currency, _at(path, "unit_amount"))
    return account.create(
        "price",
        active=params.get("active", active),
        billing_scheme=params.get("billing_scheme", "per_unit"),
        currency=currency,
        lookup_key=params.get("lookup_key"),
        metadata=params.get("metadata", {}),
        nickname=params.get("nickname"),
        product=_product(account, params, path)["id"],
        recurring=_recurring(params.get("recurring"), path),
        tax_behavior=params.get("tax_behavior", "unspecified"),
        type="recurring" if "recurring" in params else "one_time",
        unit_amount=amount,
        unit_amount_decimal=str(amount),
    )


def _unit_amount(params: Json, path: str) -> int:
    if ("unit_amount" in params) == ("unit_amount_decimal" in params):
        here = path or "the request"
        raise StripeError.invalid(
            f"Exactly one of unit_amount and unit_amount_decimal must be given in {here}.", param=path
        )
    if "unit_amount" in params:
        return int(params["unit_amount"])
    amount = params["unit_amount_decimal"]
    if amount != amount.to_integral_value():
        raise StripeError.not_built("unit_amount_decimal with a fraction")
    return int(amount)


def _product(account: Account, params: Json, path: str) -> Json:
    if ("product" in params) == ("product_data" in params):
        here = path or "the request"
        raise StripeError.invalid(f"Exactly one of product and product_data must be given in {here}.", param=path)
    if "product" in params:
        return account.find("product", params["product"], _at(path, "product"))
    require_built(params["product_data"], {"name", "description", "images", "metadata"}, _at(path, "product_data"))
    return product_from(account, params["product_data"])


def _recurring(given: Json | None, path: str) -> Json | None:
    if given is None:
        return None
    require_built(given, {"interval", "interval_count", "usage_type"}, _at(path, "recurring"))
    if given.get("usage_type", "licensed") != "licensed":
        raise StripeError.not_built("metered prices")
    count = given.get("interval_count", 1)
    if not 1 <= count <= {"day": 1095, "week": 156, "month": 36, "year": 3}[given["interval"]]:
        raise StripeError.invalid("The maximum interval is three years.", param=_at(path, "recurring"))
    return {
        "interval": given["interval"],
        "interval_count": count,
        "meter": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def _at(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


@operation("GET", "/v1/products")
def list_products(account: Account, call: Call) -> Json:
    filters = attributes_equal(call, "active", "url", also=("ids",))
    return page(account, call, "product", filters | ({"$.id": call.params["ids"]} if "ids" in call.params else {}))


@operation("GET", "/v1/prices")
def list_prices(account: Account, call: Call) -> Json:
    filters = attributes_equal(call, "active", "currency", "product", "type", also=("lookup_keys",))
    keys = call.params.get("lookup_keys")
    return page(account, call, "price", filters | ({"$.lookup_key": keys} if keys else {}))


retrieves("product", "/v1/products/{}")
retrieves("price", "/v1/prices/{}")
