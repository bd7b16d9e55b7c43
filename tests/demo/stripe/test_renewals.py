"""Renewals by the clock."""

import time
from datetime import UTC, datetime
from typing import Any

from tests.demo.stripe.harness import StandIn
from tests.demo.stripe.members import Member, newest_event


def test_a_renewal_drafts_at_the_end_of_the_period_and_is_paid_an_hour_later(bank: StandIn) -> None:
    member = Member(bank, subscription_data={"metadata": {"ours": "1"}})
    _, end = member.period
    member.to_period_end(seconds=5)
    draft = member.latest
    assert (draft.status, draft.auto_advance, draft.billing_reason) == ("draft", True, "subscription_cycle")
    assert draft.automatically_finalizes_at - end in range(3600, 3620)
    assert member.period[0] == end
    assert (draft.lines.data[0].period.start, draft.lines.data[0].period.end) == member.period
    assert draft.period_end == end
    bank.advance(seconds=3600)
    paid = member.latest
    assert (paid.id, paid.status, paid.amount_paid, paid.attempt_count) == (draft.id, "paid", 1000, 1)
    assert paid.parent.subscription_details.metadata["ours"] == "1"
    intent = member.intent
    assert (intent.status, intent.latest_charge.customer, intent.metadata.to_dict()) == (
        "succeeded",
        member.customer,
        {},
    )


def test_a_renewal_makes_stripes_ten_events_and_tells_what_changed(bank: StandIn) -> None:
    member = Member(bank)
    bank.advance(seconds=5)
    start, end = member.period
    first = member.first_invoice
    since = newest_event(bank)
    member.renew()
    assert member.types(since=since) == [
        "customer.subscription.updated",
        "invoice.created",
        "payment_intent.created",
        "invoice.finalized",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
        "charge.updated",
    ]
    updated = next(one for one in bank.events(member.id) if one.type == "customer.subscription.updated")
    before: Any = updated.data.previous_attributes
    assert before["latest_invoice"] == first
    item = before["items"]["data"][0]
    assert (item["current_period_start"], item["current_period_end"]) == (start, end)
    assert updated.request
    assert updated.request.id is None


def test_what_renewals_make_is_dated_when_it_happened(bank: StandIn) -> None:
    member = Member(bank)
    ends = []
    for _ in range(3):
        ends.append(member.period[1])
        bank.advance(days=31)
    made = [invoice.created for invoice in member.invoices[1:]]
    assert len(made) == 3
    assert all(created - end in range(30) for created, end in zip(made, ends, strict=True))


def test_a_year_keeps_the_anchors_day_and_misses_no_month(bank: StandIn) -> None:
    now = datetime.fromtimestamp(bank.shown("clock")["now"], UTC)
    january = datetime(now.year + 1, 1, 31, 12, tzinfo=UTC)
    bank.advance(seconds=january.timestamp() - now.timestamp())
    member = Member(bank)
    bank.advance(days=366)
    starts = [datetime.fromtimestamp(one.lines.data[0].period.start, UTC) for one in member.invoices]
    assert [one.month for one in starts] == [*range(1, 13), 1][: len(starts)]
    assert len(starts) == 13
    assert [one.day for one in starts[2:8]] == [31, 30, 31, 30, 31, 31]
    assert starts[1].day in {28, 29}


def test_a_yearly_membership_renews_once_a_year(bank: StandIn) -> None:
    member = Member(bank, recurring={"interval": "year"})
    bank.advance(days=367)
    assert [one.status for one in member.invoices] == ["paid", "paid"]


def test_a_year_of_many_memberships_takes_seconds(bank: StandIn) -> None:
    members = [Member(bank) for _ in range(20)]
    began = time.time()
    bank.advance(days=366)
    assert time.time() - began < 20
    assert {len(member.invoices) for member in members} == {13}
