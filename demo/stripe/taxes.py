"""Automatic tax, at one plain rate for everything (the setting `tax_percent`).

Evidence: Stripe docs, "Stripe Tax", "Tax behavior" (exclusive prices grow by the tax, inclusive ones contain it); API
reference, "The Invoice object" (total_taxes, total_excluding_tax) and "The Line Item object" (taxes).
Assumption: the tax is known from the start; the address that Checkout would ask for changes nothing.
"""

from dataclasses import dataclass
from decimal import Decimal

from demo.stripe.account import Account
from demo.stripe.money import rounded
from demo.stripe.operations import retrieves
from demo.stripe.store import Json

SELF = {"type": "self"}


@dataclass(frozen=True)
class Tax:
    """On `taxable`; `added` of it comes on top of the price."""

    amount: int
    taxable: int
    behavior: str

    @property
    def added(self) -> int:
        return self.amount if self.behavior == "exclusive" else 0


def tax_on(account: Account, amount: int, price: Json) -> Tax:
    settings = account.settings
    behavior = price["tax_behavior"] if price["tax_behavior"] != "unspecified" else settings.tax_behavior
    share = Decimal(str(settings.tax_percent)) / 100
    if behavior == "exclusive":
        return Tax(rounded(amount * share), amount, behavior)
    net = rounded(amount / (1 + share))
    return Tax(amount - net, net, behavior)


def state(*, enabled: bool) -> Json:
    """`automatic_tax` of sessions and invoices."""
    if not enabled:
        return {"enabled": False, "liability": None, "provider": None, "status": None}
    return {"enabled": True, "liability": SELF, "provider": "stripe", "status": "complete"}


def shown(account: Account, tax: Tax) -> Json:
    """One entry of `taxes` of a line and `total_taxes` of an invoice."""
    return {
        "amount": tax.amount,
        "tax_behavior": tax.behavior,
        "tax_rate_details": {"tax_rate": _rate(account, tax.behavior)},
        "taxability_reason": "standard_rated",
        "taxable_amount": tax.taxable,
        "type": "tax_rate_details",
    }


def totals(lines: list[Json]) -> Json:
    """The sums of an invoice that depend on its lines."""
    subtotal = sum(line["amount"] for line in lines)
    taxes = [tax for line in lines for tax in line["taxes"]]
    added = sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == "exclusive")
    inside = sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == "inclusive")
    merged: dict[str, Json] = {}
    for tax in taxes:
        one = merged.setdefault(tax["tax_behavior"], tax | {"amount": 0, "taxable_amount": 0})
        one["amount"] += tax["amount"]
        one["taxable_amount"] += tax["taxable_amount"]
    return {
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal - inside,
        "total": subtotal + added,
        "total_excluding_tax": subtotal - inside,
        "total_taxes": list(merged.values()),
    }


def _rate(account: Account, behavior: str) -> str:
    """The id of the rate's object, which is made when it is first needed."""
    percentage = account.settings.tax_percent
    rate_id = f"txr_1StandIn{behavior.title()}{percentage}".replace(".", "p")
    if account.store.find(rate_id) is None:
        account.create(
            "tax_rate",
            id=rate_id,
            active=False,
            display_name="Tax",
            effective_percentage=percentage,
            inclusive=behavior == "inclusive",
            percentage=percentage,
            rate_type="percentage",
            tax_type="vat",
        )
    return rate_id


retrieves("tax_rate", "/v1/tax_rates/{}")
