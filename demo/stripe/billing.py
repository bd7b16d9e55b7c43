"""Subscriptions, as Checkout starts them.

Billing mode is flexible: each item carries its own period, the subscription none.

Evidence: Stripe docs, "Flexible billing mode", "How subscriptions work" (active while a bank debit is processing);
changelog 2025-03-31 (item periods).
"""

from demo.stripe.account import Account
from demo.stripe.invoice_lines import period_line
from demo.stripe.invoicing import draft, finalize
from demo.stripe.listing import list_object
from demo.stripe.periods import end_of_period
from demo.stripe.store import Json
from demo.stripe.taxes import SELF


def start(account: Account, session: Json, intent: Json, method: Json) -> tuple[Json, Json]:
    """An active subscription and its open invoice, to be paid by `intent`."""
    subscription = _subscription(account, session, method)
    lines = [period_line(account, subscription, item) for item in subscription["items"]["data"]]
    invoice = draft(account, subscription, "subscription_create", lines)
    account.change(subscription, latest_invoice=invoice["id"])
    account.emit("customer.subscription.created", subscription)
    account.emit("invoice.created", invoice)
    finalize(account, invoice, intent)
    account.later("renew", subscription, period_of(subscription)[1])
    return subscription, invoice


def period_of(subscription: Json) -> tuple[int, int]:
    """From the first start to the last end of its items."""
    items = subscription["items"]["data"]
    return min(one["current_period_start"] for one in items), max(one["current_period_end"] for one in items)


def _subscription(account: Account, session: Json, method: Json) -> Json:
    now = account.now()
    private = account.store.private(session["id"])
    taxed = session["automatic_tax"]["enabled"]
    subscription = account.make(
        "subscription",
        automatic_tax={"disabled_reason": None, "enabled": taxed, "liability": SELF if taxed else None},
        billing_cycle_anchor=now,
        billing_mode={"flexible": {"proration_discounts": "included"}, "type": "flexible", "updated_at": now},
        cancel_at_period_end=False,
        cancellation_details={"comment": None, "feedback": None, "reason": None},
        collection_method="charge_automatically",
        currency=session["currency"],
        customer=session["customer"],
        default_payment_method=method["id"],
        default_tax_rates=[],
        invoice_settings={
            "account_tax_ids": None,
            "custom_fields": None,
            "description": None,
            "footer": None,
            "issuer": SELF,
        },
        payment_settings={
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        start_date=now,
        status="active",
        trial_settings={"end_behavior": {"missing_payment_method": "create_invoice"}},
        **private["data"],
    )
    items = [item_of(account, subscription, line["price"], line["quantity"]) for line in private["line_items"]]
    url = f"/v1/subscription_items?subscription={subscription['id']}"
    account.change(subscription, items=list_object(items, url))
    return subscription


def item_of(account: Account, subscription: Json, price: Json, quantity: int) -> Json:
    """An item in its first period since the billing cycle anchor."""
    recurring, anchor = price["recurring"], subscription["billing_cycle_anchor"]
    return account.make(
        "subscription_item",
        current_period_start=anchor,
        current_period_end=end_of_period(anchor, recurring["interval"], recurring["interval_count"]),
        plan=plan_of(account, price),
        price=price,
        quantity=quantity,
        subscription=subscription["id"],
        tax_rates=[],
    )


def plan_of(account: Account, price: Json) -> Json:
    """The price in the older shape that items still carry."""
    recurring = price["recurring"]
    same = {
        name: price[name] for name in ("active", "billing_scheme", "created", "currency", "id", "metadata", "product")
    }
    return account.make(
        "plan",
        **same,
        amount=price["unit_amount"],
        amount_decimal=price["unit_amount_decimal"],
        interval=recurring["interval"],
        interval_count=recurring["interval_count"],
        usage_type="licensed",
    )
