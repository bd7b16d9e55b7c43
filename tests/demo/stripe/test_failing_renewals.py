"""Renewals that fail: retries, the end of them, recovery, and the hosted invoice page."""

import secrets

import pytest
import requests
import stripe

from tests.demo.stripe.harness import StandIn
from tests.demo.stripe.members import ASKS_EVERY_TIME, FAILS_LATER, GOOD, Member, newest_event


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
