"""Automatic tax, on top of the price or within it."""

from typing import Any

import pytest

from tests.demo.stripe.harness import StandIn
from tests.demo.stripe.members import MONTHLY, Member

TAXED: dict[str, Any] = {"automatic_tax": {"enabled": True}}


@pytest.mark.parametrize(
    ("behavior", "total", "tax", "net"), [("exclusive", 1190, 190, 1000), ("inclusive", 1000, 160, 840)]
)
def test_a_taxed_session_says_how_much_of_it_is_tax(
    bank: StandIn, behavior: str, total: int, tax: int, net: int
) -> None:
    bank.control("settings", tax_percent=19, tax_behavior=behavior)
    paid: Any = bank.paid(**TAXED)
    assert (paid.amount_subtotal, paid.amount_total, paid.total_details.amount_tax) == (1000, total, tax)
    assert (paid.automatic_tax.status, paid.payment_intent.amount) == ("complete", total)
    item = bank.api.checkout.sessions.line_items.list(paid.id).data[0]
    assert (item.amount_subtotal, item.amount_tax, item.amount_total) == (1000, tax, total)
    invoice = Member(bank, **TAXED).latest
    assert (invoice.subtotal, invoice.total, invoice.amount_paid) == (1000, total, total)
    assert (invoice.total_excluding_tax, invoice.subtotal_excluding_tax) == (net, net)
    one = invoice.total_taxes[0]
    assert (one.amount, one.taxable_amount, one.tax_behavior) == (tax, net, behavior)
    assert [line.taxes[0].amount for line in invoice.lines.data] == [tax]
    assert bank.api.tax_rates.retrieve(one.tax_rate_details.tax_rate).percentage == 19


def test_renewals_are_taxed_too_and_prorations_as_well(bank: StandIn) -> None:
    bank.control("settings", tax_percent=10)
    member = Member(bank, **TAXED)
    item = member.subscription["items"].data[0].id
    dearer: Any = {"currency": "eur", "unit_amount": 2000, "recurring": MONTHLY, "product_data": {"name": "More"}}
    price = bank.api.prices.create(dearer).id
    bank.api.subscriptions.update(member.id, {"items": [{"id": item, "price": price}]})
    member.renew()
    invoice = member.latest
    assert (invoice.total, len(invoice.lines.data)) == (round(invoice.subtotal * 1.1), 3)
    assert invoice.total_taxes[0].amount == invoice.total - invoice.subtotal
    assert member.intent.amount == invoice.total


def test_without_automatic_tax_there_is_none(bank: StandIn) -> None:
    bank.control("settings", tax_percent=19)
    paid: Any = bank.paid()
    assert (paid.amount_total, paid.total_details.amount_tax, paid.automatic_tax.enabled) == (1000, 0, False)
    assert Member(bank).latest.total_taxes == []


def test_tax_can_be_turned_on_for_a_running_subscription(bank: StandIn) -> None:
    bank.control("settings", tax_percent=19)
    member = Member(bank)
    bank.api.subscriptions.update(member.id, {"automatic_tax": {"enabled": True}})
    member.renew()
    assert member.latest.total == 1190
