"""Memberships that change: pauses, other amounts, other cards, customers who leave."""

from typing import Any

import pytest
import stripe

from tests.demo.stripe.harness import StandIn
from tests.demo.stripe.members import MONTHLY, Member, newest_event

DAY = 86400


def price(stand_in: StandIn, amount: int, interval: str = "month") -> str:
    params: Any = {
        "currency": "eur",
        "unit_amount": amount,
        "recurring": {"interval": interval},
        "product_data": {"name": "More"},
    }
    return stand_in.api.prices.create(params).id


def change(member: Member, new_price: str, **more: Any) -> Any:
    item = member.subscription["items"].data[0].id
    params: Any = {"items": [{"id": item, "price": new_price}]} | more
    return member.stand_in.api.subscriptions.update(member.id, params)


def amounts(invoice: Any) -> list[int]:
    return [line.amount for line in invoice.lines.data]


@pytest.mark.parametrize(
    ("behavior", "status"), [("keep_as_draft", "draft"), ("void", "void"), ("mark_uncollectible", "uncollectible")]
)
def test_paused_collection_leaves_the_subscription_active(bank: StandIn, behavior: Any, status: str) -> None:
    member = Member(bank)
    paused = bank.api.subscriptions.update(member.id, {"pause_collection": {"behavior": behavior}})
    assert (paused.status, bank.types(member.id)[-1]) == ("active", "customer.subscription.updated")
    member.renew()
    assert member.latest.status == status
    resumed = bank.api.subscriptions.update(member.id, {"pause_collection": ""})
    assert resumed.pause_collection is None
    member.renew()
    assert member.latest.status == "paid"


def test_paused_collection_resumes_by_the_clock(bank: StandIn) -> None:
    member = Member(bank)
    when = bank.shown("clock")["now"] + 5 * DAY
    bank.api.subscriptions.update(member.id, {"pause_collection": {"behavior": "void", "resumes_at": when}})
    bank.advance(days=6)
    assert member.subscription.pause_collection is None


def test_a_paused_subscription_does_not_renew_and_resumes_with_a_new_period(bank: StandIn) -> None:
    member = Member(bank)
    paused = bank.api.subscriptions.pause(member.id, {"type": "subscription"})
    assert (paused.status, paused.status_details.paused.subscription.type) == ("paused", "pause_requested")  # type: ignore[union-attr]
    bank.advance(days=40)
    assert len(member.invoices) == 1
    resumed = bank.api.subscriptions.resume(member.id)
    now = bank.shown("clock")["now"]
    assert (resumed.status, member.period[0] - now in range(-5, 1)) == ("active", True)
    assert (member.latest.status, member.latest.billing_reason) == ("paid", "subscription_update")
    types = bank.types(member.id)
    assert "customer.subscription.paused" in types
    assert "customer.subscription.resumed" in types
    with pytest.raises(stripe.InvalidRequestError):
        bank.api.subscriptions.resume(member.id)
    member.renew()
    assert len(member.invoices) == 3


def test_a_short_pause_can_keep_its_period(bank: StandIn) -> None:
    member = Member(bank)
    before = member.period
    bank.api.subscriptions.pause(member.id, {"type": "subscription"})
    bank.advance(days=3)
    bank.api.subscriptions.resume(member.id, {"billing_cycle_anchor": {"type": "unchanged"}})
    assert (member.period, len(member.invoices)) == (before, 1)
    member.renew()
    assert member.latest.status == "paid"


def test_another_amount_is_prorated_on_the_next_invoice(bank: StandIn) -> None:
    member = Member(bank)
    start, end = member.period
    bank.advance(seconds=(end - start) // 2)
    changed = change(member, price(bank, 3000))
    assert (changed["items"].data[0].price.unit_amount, len(member.invoices)) == (3000, 1)
    member.renew()
    unused, remaining, whole = amounts(member.latest)
    assert (unused in range(-502, -497), remaining in range(1495, 1503), whole) == (True, True, 3000)
    line = member.latest.lines.data[0]
    assert (line.parent.type, line.parent.invoice_item_details.proration) == ("invoice_item_details", True)
    assert member.latest.amount_paid == unused + remaining + whole


def test_a_change_can_be_invoiced_at_once_or_not_at_all(bank: StandIn) -> None:
    at_once, never = Member(bank), Member(bank)
    change(at_once, price(bank, 3000), proration_behavior="always_invoice")
    assert (at_once.latest.billing_reason, at_once.latest.status) == ("subscription_update", "paid")
    assert sum(amounts(at_once.latest)) in range(1990, 2001)
    change(never, price(bank, 3000), proration_behavior="none")
    never.renew()
    assert amounts(never.latest) == [3000]


def test_what_is_given_back_stays_as_credit_and_pays_the_next_invoice(bank: StandIn) -> None:
    member = Member(bank)
    change(member, price(bank, 100), proration_behavior="always_invoice")
    credit = bank.api.customers.retrieve(member.customer).balance or 0
    assert (credit in range(-900, -889), member.latest.amount_due, member.latest.status) == (True, 0, "paid")
    member.renew()
    settled = member.latest
    assert (settled.amount_due, settled.total, settled.payments.data) == (0, 100, [])
    assert (settled.starting_balance, settled.ending_balance) == (credit, credit + 100)
    assert bank.api.customers.retrieve(member.customer).balance == credit + 100


def test_another_interval_begins_a_new_period_and_is_invoiced_at_once(bank: StandIn) -> None:
    member = Member(bank)
    bank.advance(days=3)
    change(member, price(bank, 10000, "year"))
    start, end = member.period
    assert (end - start) // DAY in {365, 366}
    assert (member.latest.status, amounts(member.latest)[-1]) == ("paid", 10000)
    assert member.subscription.billing_cycle_anchor == start


@pytest.mark.parametrize("items", [[{"id": "si_none"}], [{"quantity": 1}]])
def test_items_must_exist_and_have_a_price(bank: StandIn, items: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        bank.api.subscriptions.update(Member(bank).id, {"items": items})


def test_a_new_card_is_attached_and_becomes_the_default(bank: StandIn) -> None:
    member = Member(bank)
    since = newest_event(bank)
    method = bank.control("card", customer=member.customer, card="5555555555554444").json()["payment_method"]
    assert member.subscription.default_payment_method == method
    types = member.types(since=since)
    assert types == ["payment_method.attached", "customer.updated", "customer.subscription.updated"]
    bank.control("card", customer=member.customer, automatically=True)
    assert bank.types(method) == ["payment_method.attached", "payment_method.automatically_updated"]
    brands = [one.card.brand for one in bank.api.payment_methods.list({"customer": member.customer}).data if one.card]
    assert brands == ["mastercard", "visa"]


def test_a_detached_card_pays_nothing_any_more(bank: StandIn) -> None:
    member = Member(bank)
    method = str(member.subscription.default_payment_method)
    bank.api.payment_methods.detach(method)
    assert (bank.types(method)[-1], member.subscription.default_payment_method) == ("payment_method.detached", None)
    member.renew()
    assert (member.latest.status, member.intent.latest_charge) == ("open", None)
    bank.api.payment_methods.attach(method, {"customer": member.customer})
    bank.api.customers.update(member.customer, {"invoice_settings": {"default_payment_method": method}})
    bank.advance(days=3)
    assert member.latest.status == "paid"


def test_a_deleted_customers_membership_ends_at_once(bank: StandIn) -> None:
    member = Member(bank)
    assert bank.api.customers.delete(member.customer).deleted is True
    assert (member.subscription.status, bank.types(member.id)[-1]) == ("canceled", "customer.subscription.deleted")
    assert bank.get(f"/v1/customers/{member.customer}").json() == {
        "id": member.customer,
        "object": "customer",
        "deleted": True,
    }
    last = bank.events(member.customer)[-1]
    assert (last.type, last.data.object["email"]) == ("customer.deleted", "reader@example.com")
    listed = bank.api.customers.list({"email": "reader@example.com", "limit": 100}).data
    assert member.customer not in {one.id for one in listed}
    with pytest.raises(stripe.InvalidRequestError):
        bank.session(customer=member.customer, recurring=MONTHLY)
    expanded = bank.api.subscriptions.retrieve(member.id, {"expand": ["customer"]})
    assert getattr(expanded.customer, "deleted", False) is True
