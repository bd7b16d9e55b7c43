"""The line items of a Checkout Session.

Evidence: Stripe API reference, "Create a Checkout Session" (line_items, price_data). Prices made from `price_data` are
inactive: they serve this session only.
"""

from dataclasses import dataclass

from demo.stripe import money
from demo.stripe.account import Account
from demo.stripe.endpoints.catalog import price_from
from demo.stripe.errors import StripeError
from demo.stripe.operations import require_built
from demo.stripe.store import Json

PRICE_DATA = frozenset("currency product product_data recurring tax_behavior unit_amount unit_amount_decimal".split())
MOST = 100


@dataclass(frozen=True)
class Line:
    item: Json
    amount: int
    currency: str


def line_items(account: Account, params: Json) -> list[Line]:
    """All of one currency, and all recurring with one interval in subscription mode, none in payment mode."""
    given = params.get("line_items")
    if not given:
        raise StripeError.missing("line_items")
    if len(given) > MOST:
        raise StripeError.invalid(f"You can pass at most {MOST} line items.", param="line_items")
    lines = [_line(account, item, f"line_items[{index}]") for index, item in enumerate(given)]
    if len({line.currency for line in lines}) > 1:
        raise StripeError.invalid("All prices of a Checkout Session must use the same currency.", param="line_items")
    if params.get("currency", lines[0].currency) != lines[0].currency:
        raise StripeError.invalid("The currency differs from that of the line items.", param="currency")
    _require_mode(params["mode"], [line.item["price"] for line in lines])
    return lines


def _require_mode(mode: str, prices: list[Json]) -> None:
    recurring = [price["recurring"] for price in prices if price["recurring"]]
    if mode == "payment" and recurring:
        message = (
            "You specified `payment` mode but passed a recurring price. Use `subscription` mode or one-time prices."
        )
        raise StripeError.invalid(message, param="mode")
    if mode == "subscription" and not recurring:
        raise StripeError.invalid(
            "You must provide at least one recurring price in `subscription` mode.", param="line_items"
        )
    if mode == "subscription" and (len(recurring) < len(prices) or any(one != recurring[0] for one in recurring)):
        raise StripeError.not_built("one-time prices and different intervals in one subscription")


def _line(account: Account, item: Json, path: str) -> Line:
    require_built(item, {"price", "price_data", "quantity", "metadata"}, path)
    if ("price" in item) == ("price_data" in item):
        raise StripeError.invalid(f"Exactly one of price and price_data must be given in {path}.", param=path)
    if "quantity" not in item:
        raise StripeError.missing(f"{path}[quantity]")
    if item["quantity"] < 1:
        message = "This value must be greater than or equal to 1."
        raise StripeError.invalid(message, code="parameter_invalid_integer", param=f"{path}[quantity]")
    price = _price(account, item, path)
    amount = price["unit_amount"] * item["quantity"]
    money.require_unit_amount(amount, price["currency"], f"{path}[quantity]")
    line = account.make(
        "item",
        amount_discount=0,
        amount_subtotal=amount,
        amount_tax=0,
        amount_total=amount,
        currency=price["currency"],
        description=account.find("product", price["product"])["name"],
        metadata=item.get("metadata", {}),
        price=price,
        quantity=item["quantity"],
    )
    return Line(line, amount, price["currency"])


def _price(account: Account, item: Json, path: str) -> Json:
    if "price_data" in item:
        require_built(item["price_data"], PRICE_DATA, f"{path}[price_data]")
        return price_from(account, item["price_data"], f"{path}[price_data]", active=False)
    price = account.find("price", item["price"], f"{path}[price]")
    if not price["active"]:
        raise StripeError.invalid("The price specified is inactive.", param=f"{path}[price]")
    return price
