"""What the clock does to memberships: renewals, failures, retries, the end of it, and recovery."""

import secrets
import time
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import stripe

from tests.demo.stripe.harness import StandIn

MONTHLY = {"interval": "month"}
FAILS_LATER = "4000000000000341"
ASKS_EVERY_TIME = "4000002760003184"
GOOD = "4242424242424242"


class Member:
    """One membership, by what the API says about it."""

    def __init__(self, stand_in: StandIn, card: str = GOOD, **changes: Any) -> None:
        self.stand_in = stand_in
        session = stand_in.session(**{"recurring": MONTHLY} | changes)
        answer = stand_in.pay(session, card=card)
        assert answer.status_code == 200, answer.text
        paid: Any = stand_in.read(session.id)
        self.id, self.customer, self.first_invoice = paid.subscription.id, paid.customer.id, paid.invoice.id

    @property
    def subscription(self) -> Any:
        return self.stand_in.api.subscriptions.retrieve(self.id)

    @property
    def period(self) -> tuple[int, int]:
        item = self.subscription["items"].data[0]
        return item.current_period_start, item.current_period_end

    @property
    def invoices(self) -> list[Any]:
        """Oldest first."""
        return self.stand_in.api.invoices.list({"subscription": self.id, "limit": 100}).data[::-1]

    @property
    def latest(self) -> Any:
        return self.stand_in.api.invoices.retrieve(self.subscription.latest_invoice, {"expand": ["payments"]})

    @property
    def intent(self) -> Any:
        """The payment intent of the latest invoice."""
        intent_id = self.latest.payments.data[0].payment.payment_intent
        return self.stand_in.api.payment_intents.retrieve(intent_id, {"expand": ["latest_charge"]})

    def to_period_end(self, *, seconds: int = 0) -> None:
        """Move the clock to the end of the current period, and some further."""
        self.stand_in.advance(seconds=self.period[1] - self.stand_in.shown("clock")["now"] + seconds)

    def renew(self) -> None:
        """To the end of the period, past the draft's hour and the late balance transaction."""
        self.to_period_end(seconds=3605)

    def types(self, *, since: str) -> list[str]:
        """Of the events about this membership after the one named, oldest first."""
        newer = self.stand_in.api.events.list({"limit": 100, "ending_before": since}).auto_paging_iter()
        mine = (f'"{self.customer}"', f'"{self.latest.id}"')
        return [event.type for event in newer if any(one in str(event) for one in mine)]


def newest_event(stand_in: StandIn) -> str:
    return stand_in.api.events.list({"limit": 1}).data[0].id


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


def test_a_failing_renewal_is_retried_after_3_5_and_7_days_and_then_cancels(bank: StandIn) -> None:
    member = Member(bank, FAILS_LATER)
    since = newest_event(bank)
    member.renew()
    invoice = member.latest
    assert (invoice.status, invoice.attempt_count, member.subscription.status) == ("open", 1, "past_due")
    failed = member.types(since=since)
    for type_ in ("charge.failed", "payment_intent.payment_failed", "invoice.payment_failed"):
        assert type_ in failed
    assert "invoice.paid" not in failed
    for attempt, days in enumerate((3, 5, 7), start=2):
        due = member.latest.next_payment_attempt
        assert due - bank.shown("clock")["now"] in range(days * 86400 - 60, days * 86400 + 1)
        bank.advance(days=days)
        assert member.latest.attempt_count == attempt
    ended = member.subscription
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "payment_failed")
    assert (member.latest.status, member.latest.next_payment_attempt) == ("open", None)
    assert bank.types(member.id)[-1] == "customer.subscription.deleted"
    assert bank.api.customers.retrieve(member.customer).delinquent is True
    bank.advance(days=60)
    assert len(member.invoices) == 2


@pytest.mark.parametrize("end", ["unpaid", "past_due"])
def test_dunning_can_end_otherwise(bank: StandIn, end: str) -> None:
    bank.control("settings", dunning_end=end, dunning_days=[1])
    member = Member(bank, FAILS_LATER)
    member.renew()
    bank.advance(days=2)
    assert (member.subscription.status, member.latest.attempt_count) == (end, 2)
    bank.advance(days=31)
    assert member.latest.status == {"unpaid": "draft", "past_due": "open"}[end]


def test_another_card_recovers_the_membership_at_the_next_retry(bank: StandIn) -> None:
    member = Member(bank, FAILS_LATER)
    member.renew()
    assert bank.control("card", customer=member.customer, card=GOOD).status_code == 200
    assert member.latest.status == "open"
    bank.advance(days=3)
    assert (member.latest.status, member.latest.attempt_count, member.subscription.status) == ("paid", 2, "active")
    types = bank.types(member.id, member.customer)
    assert types[-2:] == ["customer.subscription.updated", "customer.updated"]


def test_an_invoice_can_be_paid_through_the_api(bank: StandIn) -> None:
    member = Member(bank, FAILS_LATER)
    member.renew()
    with pytest.raises(stripe.CardError) as caught:
        bank.api.invoices.pay(member.latest.id)
    assert caught.value.code == "card_declined"
    assert member.latest.attempt_count == 2
    bank.control("card", customer=member.customer)
    assert bank.api.invoices.pay(member.latest.id).status == "paid"
    assert member.subscription.status == "active"
    with pytest.raises(stripe.InvalidRequestError):
        bank.api.invoices.pay(member.latest.id)


def test_a_refused_payment_is_replayed_under_its_key_and_not_tried_again(bank: StandIn) -> None:
    member = Member(bank, FAILS_LATER)
    member.renew()
    key = f"pay-{member.latest.id}"
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            bank.api.invoices.pay(member.latest.id, {}, {"idempotency_key": key})
    assert member.latest.attempt_count == 2


def test_an_invoice_settled_outside_stripe_has_no_charge(bank: StandIn) -> None:
    member = Member(bank, FAILS_LATER)
    member.renew()
    intent_id = member.intent.id
    bank.api.invoices.pay(member.latest.id, {"paid_out_of_band": True})
    assert (member.latest.status, member.subscription.status) == ("paid", "active")
    assert bank.api.payment_intents.retrieve(intent_id).status == "canceled"


def test_invoices_are_voided_and_given_up(bank: StandIn) -> None:
    first, second = Member(bank, FAILS_LATER), Member(bank, FAILS_LATER)
    second.renew()
    voided = bank.api.invoices.void_invoice(first.latest.id)
    given_up = bank.api.invoices.mark_uncollectible(second.latest.id)
    assert (voided.status, given_up.status) == ("void", "uncollectible")
    assert bank.types(voided.id)[-1] == "invoice.voided"
    assert bank.types(given_up.id)[-1] == "invoice.marked_uncollectible"
    bank.advance(days=4)
    assert first.latest.attempt_count == 1


def test_a_bank_that_asks_for_the_reader_is_answered_on_the_invoices_page(bank: StandIn) -> None:
    member = Member(bank, ASKS_EVERY_TIME)
    since = newest_event(bank)
    member.renew()
    types = member.types(since=since)
    assert types.index("invoice.payment_action_required") < types.index("invoice.payment_failed")
    assert (member.intent.status, member.subscription.status) == ("requires_action", "past_due")
    url = member.latest.hosted_invoice_url
    page = requests.get(url, timeout=10).text
    assert "TEST – no real money" in page
    assert "Confirm the payment" in page
    requests.post(url, data={"verdict": "confirm"}, timeout=10)
    assert (member.latest.status, member.subscription.status, member.intent.status) == ("paid", "active", "succeeded")
    assert "paid" in requests.get(url, timeout=10).text


def test_an_overdue_invoice_is_paid_on_its_page_with_another_card(bank: StandIn) -> None:
    member = Member(bank, FAILS_LATER)
    member.renew()
    url = member.latest.hosted_invoice_url
    refused = requests.post(url, data={"card": "4000000000009995", "expiry": "12/40", "cvc": "123"}, timeout=10)
    assert (refused.status_code, "insufficient funds" in refused.text) == (402, True)
    typed = {"card": GOOD, "expiry": "12/40", "cvc": "123"}
    assert requests.post(url, data=typed | {"cvc": "1"}, timeout=10).status_code == 422
    assert requests.post(url, data=typed, timeout=10).status_code == 200
    assert (member.latest.status, member.subscription.status) == ("paid", "active")
    assert requests.get(f"{bank.base}/i/in_{secrets.token_hex(8)}", timeout=10).status_code == 404


def test_renewals_by_bank_debit_are_processing_for_days_and_may_fail(bank: StandIn) -> None:
    good, bad = Member(bank, "sepa_debit"), Member(bank, "sepa_debit")
    bank.advance(days=6)
    assert [one.latest.status for one in (good, bad)] == ["paid", "paid"]
    bank.control("card", customer=bad.customer, card="sepa_debit_fails")
    bad.renew()
    assert [one.intent.status for one in (good, bad)] == ["processing", "processing"]
    assert (bad.latest.status, bad.subscription.status) == ("open", "active")
    bank.advance(days=5)
    assert [one.latest.status for one in (good, bad)] == ["paid", "open"]
    assert (good.subscription.status, bad.subscription.status) == ("active", "past_due")


def test_a_year_of_many_memberships_takes_seconds(bank: StandIn) -> None:
    members = [Member(bank) for _ in range(20)]
    began = time.time()
    bank.advance(days=366)
    assert time.time() - began < 20
    assert {len(member.invoices) for member in members} == {13}
