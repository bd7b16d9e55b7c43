"""Invoices of subscriptions: drafted, finalized, then paid or voided.

The first invoice's own period is the moment of its creation; the time it pays for stands in its lines. Its payments
are listed only when expanded; neither charge nor payment intent points back to it.

Evidence: Stripe docs, "How subscriptions work" (the invoice is voided when a first debit fails), "Invoice payments";
changelog 2025-03-31 (invoice.parent, invoice.payments).
Assumption: the subscription stays active when its first debit fails.
"""

from demo.stripe.account import Account
from demo.stripe.expansion import includes
from demo.stripe.listing import list_object
from demo.stripe.means import NO_ADDRESS
from demo.stripe.money import formatted
from demo.stripe.store import Json

NO_TAX = {"disabled_reason": None, "enabled": False, "liability": None}
SELF = {"type": "self"}


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


def draft(account: Account, subscription: Json) -> Json:
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


def finalize(account: Account, invoice: Json, intent: Json) -> None:
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
