"""The body that is delivered for an event: a snapshot, an older version's snapshot, or a thin event.

Evidence: Stripe docs, "Event destinations" and "Thin events" (related_object, reason; no object in it); changelog
2025-03-31 read backwards (subscription periods, invoice.subscription, .payment_intent, .charge, .paid, line items).
Assumption: a thin event's id is its snapshot's with `test_` in it; Stripe only says that they differ.
"""

import copy
from datetime import UTC, datetime
from typing import Any

from demo.stripe.account import Account
from demo.stripe.billing import period_of
from demo.stripe.hooks import Hook
from demo.stripe.invoicing import intent_of
from demo.stripe.operations import PATHS
from demo.stripe.settings import OLDER_VERSION
from demo.stripe.store import Json

THIN_PREFIX = "evt_test_"


def payload(account: Account, event: Json, hook: Hook) -> Json:
    if (hook.style or account.settings.webhook_style) == "thin":
        return thin(event)
    if (hook.version or account.settings.webhook_version) == OLDER_VERSION:
        return older(account, event)
    return event


def thin(event: Json) -> Json:
    about, request = event["data"]["object"], event["request"]
    return {
        "id": event["id"].replace("evt_", THIN_PREFIX, 1),
        "object": "v2.core.event",
        "type": f"v1.{event['type']}",
        "created": iso(event["created"]),
        "livemode": False,
        "context": None,
        "reason": {"type": "request", "request": request} if request["id"] and request["idempotency_key"] else None,
        "related_object": related(about),
    }


def related(about: Json) -> Json | None:
    path = PATHS.get(about["object"])
    return {"id": about["id"], "type": about["object"], "url": path.format(about["id"])} if path else None


def iso(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%S}.000Z"


def older(account: Account, event: Json) -> Json:
    """As an endpoint gets it that was made under `OLDER_VERSION`."""
    event = copy.deepcopy(event) | {"api_version": OLDER_VERSION}
    about = event["data"]["object"]
    change = CHANGES.get(about["object"])
    if change:
        change(account, about)
    return event


def _older_subscription(_account: Account, subscription: Json) -> None:
    start, end = period_of(subscription)
    subscription |= {"current_period_start": start, "current_period_end": end, "discount": None}
    subscription["plan"] = subscription["items"]["data"][0]["plan"]
    for item in subscription["items"]["data"]:
        del item["current_period_start"], item["current_period_end"]
    _remove(subscription, "billing_mode billing_schedules customer_account managed_payments")


def _older_invoice(account: Account, invoice: Json) -> None:
    details = invoice["parent"]["subscription_details"]
    intent = intent_of(account, invoice) or {}
    taxes = sum(tax["amount"] for tax in invoice["total_taxes"])
    invoice |= {
        "subscription": details["subscription"],
        "subscription_details": {"metadata": details["metadata"]},
        "payment_intent": intent.get("id"),
        "charge": intent.get("latest_charge"),
        "paid": invoice["status"] == "paid",
        "paid_out_of_band": False,
        "discount": None,
        "quote": None,
        "tax": taxes if invoice["total_taxes"] else None,
        "total_tax_amounts": invoice["total_taxes"],
    }
    for line in invoice["lines"]["data"]:
        _older_line(account, line)
    _remove(invoice, "parent total_taxes customer_account amount_overpaid")


def _older_line(account: Account, line: Json) -> None:
    parent = line["parent"]
    details = parent[parent["type"]]
    price: Any = account.store.find(line["pricing"]["price_details"]["price"])
    line |= {
        "price": price,
        "proration": details["proration"],
        "proration_details": details["proration_details"],
        "subscription": details["subscription"],
        "subscription_item": details.get("subscription_item"),
        "type": "invoiceitem" if details["proration"] else "subscription",
        "tax_amounts": line["taxes"],
    }
    _remove(line, "parent pricing taxes subtotal quantity_decimal")


def _older_payment(account: Account, about: Json) -> None:
    """Charges and payment intents named their invoice."""
    intent_id = about["payment_intent"] if about["object"] == "charge" else about["id"]
    about["invoice"] = account.store.private(intent_id).get("invoice") if intent_id else None
    _remove(about, "customer_account managed_payments")


CHANGES = {
    "charge": _older_payment,
    "invoice": _older_invoice,
    "payment_intent": _older_payment,
    "subscription": _older_subscription,
}


def _remove(document: Json, names: str) -> None:
    for name in names.split():
        document.pop(name, None)
