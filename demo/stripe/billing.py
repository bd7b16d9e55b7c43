"""Subscriptions and their invoices, as Checkout starts them.

Billing mode is flexible: each item carries its own period. The first invoice's own period is the moment of its
creation; the time it pays for stands in its lines. Its payments are listed only when expanded; neither charge nor
payment intent points back to it.

Evidence: Stripe docs, "How subscriptions work" (active while a bank debit is processing; voided when that fails),
"Flexible billing mode"; changelog 2025-03-31 (item periods, invoice.parent, invoice.payments).
Assumption: the subscription stays active when its first debit fails.
"""

from demo.stripe.account import Account
from demo.stripe.expansion import includes
from demo.stripe.listing import list_object
from demo.stripe.money import formatted
from demo.stripe.payments import NO_ADDRESS
from demo.stripe.periods import end_of_period
from demo.stripe.store import Json

NO_TAX = {"disabled_reason": None, "enabled": False, "liability": None}
SELF = {"type": "self"}


def start(account: Account, session: Json, intent: Json, method: Json) -> tuple[Json, Json]:
    """An active subscription and its open invoice, to be paid by `intent`."""
    subscription = _subscription(account, session, method)
    invoice = _draft(account, subscription)
    account.change(subscription, latest_invoice=invoice["id"])
    account.emit("customer.subscription.created", subscription)
    account.emit("invoice.created", invoice)
    _finalize(account, invoice, intent)
    return subscription, invoice


def settle(account: Account, invoice: Json) -> None:
    """The invoice's payment arrived."""
    now = account.now()
    account.change(
        invoice,
        amount_paid=invoice["amount_due"],
        amount_remaining=0,
        attempted=True,
        attempt_count=1,
        status="paid",
        status_transitions=invoice["status_transitions"] | {"paid_at": now},
    )
    payment = _payments(account, invoice)[0]
    done = {"canceled_at": None, "paid_at": now}
    account.change(payment, amount_paid=invoice["amount_due"], status="paid", status_transitions=done)
    account.emit("invoice.paid", invoice)
    account.emit("invoice.payment_succeeded", invoice)
    account.emit("invoice_payment.paid", payment)


def void(account: Account, invoice: Json, intent: Json) -> None:
    """The first debit failed: nothing will be collected, the subscription stays as it is."""
    now = account.now()
    account.change(invoice, attempted=True, attempt_count=1)
    account.emit("invoice.payment_failed", invoice)
    transitions = invoice["status_transitions"] | {"voided_at": now}
    account.change(invoice, status="void", status_transitions=transitions)
    payment = _payments(account, invoice)[0]
    account.change(payment, status="canceled", status_transitions={"canceled_at": now, "paid_at": None})
    account.change(intent, status="canceled", canceled_at=now, cancellation_reason="void_invoice")
    account.emit("payment_intent.canceled", intent)
    account.emit("invoice.voided", invoice)


def period_of(subscription: Json) -> tuple[int, int]:
    """From the first start to the last end of its items."""
    items = subscription["items"]["data"]
    return min(one["current_period_start"] for one in items), max(one["current_period_end"] for one in items)


def _subscription(account: Account, session: Json, method: Json) -> Json:
    now = account.now()
    private = account.store.private(session["id"])
    subscription = account.make(
        "subscription",
        automatic_tax=NO_TAX,
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
    items = [_item(account, subscription, line) for line in private["line_items"]]
    url = f"/v1/subscription_items?subscription={subscription['id']}"
    account.change(subscription, items=list_object(items, url))
    return subscription


def _item(account: Account, subscription: Json, line: Json) -> Json:
    price = line["price"]
    recurring = price["recurring"]
    anchor = subscription["billing_cycle_anchor"]
    return account.make(
        "subscription_item",
        current_period_start=anchor,
        current_period_end=end_of_period(anchor, recurring["interval"], recurring["interval_count"]),
        plan=_plan(account, price),
        price=price,
        quantity=line["quantity"],
        subscription=subscription["id"],
        tax_rates=[],
    )


def _plan(account: Account, price: Json) -> Json:
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


def _draft(account: Account, subscription: Json) -> Json:
    now = account.now()
    customer = account.find("customer", subscription["customer"])
    details = {"metadata": dict(subscription["metadata"]), "subscription": subscription["id"]}
    invoice = account.make(
        "invoice",
        account_country="DE",
        account_name="Stand-in account",
        amount_overpaid=0,
        amount_paid=0,
        amount_shipping=0,
        attempt_count=0,
        attempted=False,
        auto_advance=False,
        automatic_tax=NO_TAX | {"provider": None, "status": None},
        billing_reason="subscription_create",
        collection_method="charge_automatically",
        currency=subscription["currency"],
        customer=customer["id"],
        customer_address=NO_ADDRESS,
        customer_email=customer["email"],
        customer_name=customer["name"],
        customer_tax_exempt="none",
        customer_tax_ids=[],
        issuer=SELF,
        parent={"quote_details": None, "subscription_details": details, "type": "subscription_details"},
        payment_settings=dict.fromkeys(("default_mandate", "payment_method_options", "payment_method_types")),
        period_start=now,
        period_end=now,
        post_payment_credit_notes_amount=0,
        pre_payment_credit_notes_amount=0,
        starting_balance=0,
        status="draft",
        status_transitions=dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")),
        total_discount_amounts=[],
        total_pretax_credit_amounts=[],
        total_taxes=[],
    )
    lines = [_line(account, invoice, subscription, item) for item in subscription["items"]["data"]]
    total = sum(line["amount"] for line in lines)
    sums = dict.fromkeys(
        ("amount_due", "amount_remaining", "subtotal", "subtotal_excluding_tax", "total", "total_excluding_tax"), total
    )
    account.change(invoice, **sums, lines=list_object(lines, f"/v1/invoices/{invoice['id']}/lines"))
    return invoice


def _line(account: Account, invoice: Json, subscription: Json, item: Json) -> Json:
    price = item["price"]
    amount = price["unit_amount"] * item["quantity"]
    product = account.find("product", price["product"])
    each = f"{formatted(price['unit_amount'], price['currency'])} / {price['recurring']['interval']}"
    details = {
        "invoice_item": None,
        "proration": False,
        "proration_details": {"credited_items": None},
        "subscription": subscription["id"],
        "subscription_item": item["id"],
    }
    return account.make(
        "line_item",
        amount=amount,
        currency=price["currency"],
        description=f"{item['quantity']} × {product['name']} (at {each})",
        discount_amounts=[],
        discountable=True,
        invoice=invoice["id"],
        metadata=dict(subscription["metadata"]),
        parent={
            "invoice_item_details": None,
            "subscription_item_details": details,
            "type": "subscription_item_details",
        },
        period={"start": item["current_period_start"], "end": item["current_period_end"]},
        pretax_credit_amounts=[],
        pricing={
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        quantity=item["quantity"],
        quantity_decimal=str(item["quantity"]),
        subtotal=amount,
        taxes=[],
    )


def _finalize(account: Account, invoice: Json, intent: Json) -> None:
    now = account.now()
    customer = account.find("customer", invoice["customer"])
    number = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04}"
    account.change(customer, next_invoice_sequence=customer["next_invoice_sequence"] + 1)
    transitions = invoice["status_transitions"] | {"finalized_at": now}
    account.change(
        invoice, effective_at=now, ending_balance=0, number=number, status="open", status_transitions=transitions
    )
    account.create(
        "invoice_payment",
        amount_requested=invoice["amount_due"],
        currency=invoice["currency"],
        invoice=invoice["id"],
        is_default=True,
        payment={"payment_intent": intent["id"], "type": "payment_intent"},
        status="open",
        status_transitions={"canceled_at": None, "paid_at": None},
    )
    account.emit("invoice.finalized", invoice)


def _payments(account: Account, invoice: Json) -> list[Json]:
    return account.store.select("invoice_payment", {"$.invoice": [invoice["id"]]})


@includes("invoice", "payments")
def _payments_of(account: Account, invoice: Json) -> Json:
    return list_object(_payments(account, invoice), f"/v1/invoices/{invoice['id']}/payments")
