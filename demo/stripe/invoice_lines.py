"""The lines of a subscription's invoices: the next period of each item, and what changes in between add or give back.

Evidence: Stripe docs, "Prorations" (unused time is credited, remaining time charged, both on the next invoice);
changelog 2025-03-31 (line_item.parent, .pricing, .taxes).
"""

from typing import Any

from demo.stripe import taxes
from demo.stripe.account import Account, new_id
from demo.stripe.money import formatted
from demo.stripe.store import Json


def period_line(account: Account, subscription: Json, item: Json) -> Json:
    """The item's current period, in full."""
    price = item["price"]
    product = account.find("product", price["product"])
    each = f"{formatted(price['unit_amount'], price['currency'])} / {price['recurring']['interval']}"
    details = {
        "invoice_item": None,
        "proration": False,
        "proration_details": {"credited_items": None},
        "subscription": subscription["id"],
        "subscription_item": item["id"],
    }
    return _line(
        account,
        subscription,
        item,
        amount=price["unit_amount"] * item["quantity"],
        description=f"{item['quantity']} × {product['name']} (at {each})",
        parent={
            "invoice_item_details": None,
            "subscription_item_details": details,
            "type": "subscription_item_details",
        },
        period={"start": item["current_period_start"], "end": item["current_period_end"]},
    )


def proration_line(account: Account, subscription: Json, item: Json, *, since: int, unused: bool) -> Json:
    """What is left of the item's period, given back (`unused`) or charged."""
    price, start, end = item["price"], item["current_period_start"], item["current_period_end"]
    whole = price["unit_amount"] * item["quantity"]
    part = round(whole * (end - since) / (end - start))
    product = account.find("product", price["product"])
    details = {
        "invoice_item": new_id("invoiceitem"),
        "proration": True,
        "proration_details": {"credited_items": None},
        "subscription": subscription["id"],
    }
    return _line(
        account,
        subscription,
        item,
        amount=-part if unused else part,
        description=f"{'Unused' if unused else 'Remaining'} time on {item['quantity']} × {product['name']}",
        discountable=False,
        parent={"invoice_item_details": details, "subscription_item_details": None, "type": "invoice_item_details"},
        period={"start": since, "end": end},
    )


def _line(account: Account, subscription: Json, item: Json, **given: Any) -> Json:
    price = item["price"]
    is_taxed = subscription["automatic_tax"]["enabled"]
    tax = taxes.tax_on(account, given["amount"], price) if is_taxed else None
    return account.make(
        "line_item",
        **{"discountable": True} | given,
        currency=price["currency"],
        discount_amounts=[],
        metadata=dict(subscription["metadata"]),
        pretax_credit_amounts=[],
        pricing={
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        quantity=item["quantity"],
        quantity_decimal=str(item["quantity"]),
        subtotal=given["amount"],
        taxes=[taxes.shown(account, tax)] if tax else [],
    )
