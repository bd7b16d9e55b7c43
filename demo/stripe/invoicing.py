"""Invoices of subscriptions: drafted, finalized, then paid, voided or given up.

A first invoice's own period is the moment of its creation, a renewal's the period before; the time it pays for stands
in its lines. Its payments are listed only when expanded; neither charge nor payment intent points back to it.

Evidence: Stripe docs, "How subscriptions work", "Invoice lifecycle" (statuses and transitions), "Invoice payments",
"Customer credit balance" (applied at finalization); changelog 2025-03-31 (invoice.parent, invoice.payments).
Assumption: the subscription stays active when its first debit fails; then the invoice is voided.
"""

from demo.stripe import payments, taxes
from demo.stripe.account import Account
from demo.stripe.expansion import includes
from demo.stripe.listing import list_object
from demo.stripe.means import NO_ADDRESS
from demo.stripe.store import Json
from demo.stripe.taxes import SELF


def draft(
    account: Account, subscription: Json, reason: str, lines: list[Json], period: tuple[int, int] | None = None
) -> Json:
    """A draft that waits for `finalize`; becomes the subscription's latest invoice. No event yet."""
    now = account.now()
    customer = account.find("customer", subscription["customer"])
    details = {"metadata": dict(subscription["metadata"]), "subscription": subscription["id"]}
    start, end = period or (now, now)
    invoice = account.make(
        "invoice",
        account_country="DE",
        account_name="Stand-in account",
        amount_overpaid=0,
        amount_paid=0,
        amount_paid_off_stripe=0,
        amount_shipping=0,
        attempt_count=0,
        attempted=False,
        auto_advance=False,
        automatic_tax=taxes.state(enabled=subscription["automatic_tax"]["enabled"]) | {"disabled_reason": None},
        billing_reason=reason,
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
        period_start=start,
        period_end=end,
        post_payment_credit_notes_amount=0,
        pre_payment_credit_notes_amount=0,
        starting_balance=0,
        status="draft",
        status_transitions=dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")),
        total_discount_amounts=[],
        total_pretax_credit_amounts=[],
    )
    for line in lines:
        line["invoice"] = invoice["id"]
    sums = taxes.totals(lines)
    due = {"amount_due": max(sums["total"], 0), "amount_remaining": max(sums["total"], 0)}
    account.change(invoice, **sums, **due, lines=list_object(lines, f"/v1/invoices/{invoice['id']}/lines"))
    return invoice


def finalize(account: Account, invoice: Json, intent: Json | None) -> None:
    """Give it a number, take what the customer has to their credit, and tie `intent` to it (None: one is made)."""
    now = account.now()
    customer = account.find("customer", invoice["customer"])
    number = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04}"
    account.change(customer, next_invoice_sequence=customer["next_invoice_sequence"] + 1)
    account.change(
        invoice,
        **({"ending_balance": 0} if intent else _use_credit(account, invoice, customer)),
        automatically_finalizes_at=None,
        effective_at=now,
        hosted_invoice_url=f"{account.address}/i/{invoice['id']}",
        next_payment_attempt=None,
        number=number,
        status="open",
        status_transitions=invoice["status_transitions"] | {"finalized_at": now},
    )
    if invoice["amount_due"] > 0:
        _tie(account, invoice, intent or _create_intent(account, invoice))
    account.emit("invoice.finalized", invoice)


def _use_credit(account: Account, invoice: Json, customer: Json) -> Json:
    """A customer's negative balance is credit; a negative total adds to it."""
    total, balance = invoice["total"], customer["balance"]
    due = max(total + balance, 0)
    left = min(total + balance, 0)
    account.update("customer.updated", customer, balance=left)
    return {"amount_due": due, "amount_remaining": due, "starting_balance": balance, "ending_balance": left}


def _create_intent(account: Account, invoice: Json) -> Json:
    return payments.create_intent(
        account,
        amount=invoice["amount_due"],
        currency=invoice["currency"],
        types=["card", "sepa_debit"] if invoice["currency"] == "eur" else ["card"],
        given={"customer": invoice["customer"], "description": "Subscription update"},
    )


def _tie(account: Account, invoice: Json, intent: Json) -> None:
    account.store.keep_private(intent["id"], invoice=invoice["id"])
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


def intent_of(account: Account, invoice: Json) -> Json | None:
    payment = _payment(account, invoice)
    return account.find("payment_intent", payment["payment"]["payment_intent"]) if payment else None


def settle(account: Account, invoice: Json, *, attempts: int = 1) -> None:
    """The invoice's payment arrived, or none was needed."""
    now = account.now()
    account.change(
        invoice,
        amount_paid=invoice["amount_due"],
        amount_remaining=0,
        attempted=True,
        attempt_count=invoice["attempt_count"] + attempts,
        auto_advance=False,
        next_payment_attempt=None,
        status="paid",
        status_transitions=invoice["status_transitions"] | {"paid_at": now},
    )
    payment = _payment(account, invoice)
    if payment and payment["status"] == "open":
        done = {"canceled_at": None, "paid_at": now}
        account.change(payment, amount_paid=invoice["amount_due"], status="paid", status_transitions=done)
    account.emit("invoice.paid", invoice)
    account.emit("invoice.payment_succeeded", invoice)
    if payment and payment["status"] == "paid":
        account.emit("invoice_payment.paid", payment)


def void(account: Account, invoice: Json) -> None:
    _close(account, invoice, "void", "voided_at")
    cancel_payment(account, invoice)
    account.emit("invoice.voided", invoice)


def cancel_payment(account: Account, invoice: Json) -> None:
    """Nothing will come of the intent any more."""
    payment, intent = _payment(account, invoice), intent_of(account, invoice)
    if payment and intent:
        canceled = {"canceled_at": account.now(), "paid_at": None}
        account.change(payment, status="canceled", status_transitions=canceled)
        account.change(intent, status="canceled", canceled_at=account.now(), cancellation_reason="void_invoice")
        account.emit("payment_intent.canceled", intent)


def mark_uncollectible(account: Account, invoice: Json) -> None:
    _close(account, invoice, "uncollectible", "marked_uncollectible_at")
    account.emit("invoice.marked_uncollectible", invoice)


def _close(account: Account, invoice: Json, status: str, moment: str) -> None:
    transitions = invoice["status_transitions"] | {moment: account.now()}
    closed = {"auto_advance": False, "next_payment_attempt": None}
    account.change(invoice, status=status, status_transitions=transitions, **closed)


def _payment(account: Account, invoice: Json) -> Json | None:
    found = account.store.select("invoice_payment", {"$.invoice": [invoice["id"]]}, limit=1)
    return account.find("invoice_payment", found[0]["id"]) if found else None


@includes("invoice", "payments")
def _payments_of(account: Account, invoice: Json) -> Json:
    found = account.store.select("invoice_payment", {"$.invoice": [invoice["id"]]})
    return list_object(found, f"/v1/invoices/{invoice['id']}/payments")
