"""Memberships: what subscription mode makes, how it ends, and how a bank debit differs."""

from datetime import UTC, datetime
from typing import Any

import pytest
import stripe

from demo.stripe.periods import end_of_period
from tests.demo.stripe.harness import StandIn, eventually

MONTHLY = {"interval": "month"}


def a_membership(stand_in: StandIn, **changes: Any) -> Any:
    return stand_in.paid(**{"recurring": MONTHLY} | changes)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def test_the_session_names_subscription_and_invoice_and_no_payment_intent(stand_in: StandIn) -> None:
    paid = a_membership(stand_in)
    assert (paid.status, paid.payment_status, paid.payment_intent) == ("complete", "paid", None)
    assert (paid.subscription.status, paid.invoice.status) == ("active", "paid")
    assert paid.subscription.latest_invoice.id == paid.invoice.id
    assert paid.customer.email == "reader@example.com"


def test_items_carry_the_period_and_the_subscription_none(stand_in: StandIn) -> None:
    paid = a_membership(stand_in)
    raw = stand_in.get(f"/v1/subscriptions/{paid.subscription.id}").json()
    assert "current_period_end" not in raw
    item = raw["items"]["data"][0]
    assert item["current_period_start"] == raw["billing_cycle_anchor"]
    assert item["current_period_end"] == end_of_period(raw["billing_cycle_anchor"], "month", 1)
    assert raw["billing_mode"]["type"] == "flexible"


def test_the_invoice_says_what_for_only_in_its_lines(stand_in: StandIn) -> None:
    paid = a_membership(stand_in, subscription_data={"metadata": {"ours": "1"}})
    invoice = paid.invoice
    assert invoice.period_start == invoice.period_end
    line = invoice.lines.data[0]
    item = paid.subscription["items"].data[0]
    assert (line.period.start, line.period.end) == (item.current_period_start, item.current_period_end)
    assert invoice.parent.subscription_details.subscription == paid.subscription.id
    assert invoice.parent.subscription_details.metadata["ours"] == "1"
    assert (invoice.amount_paid, invoice.amount_remaining, invoice.billing_reason) == (1000, 0, "subscription_create")


def test_metadata_goes_to_the_subscription_and_never_to_the_payment_intent(stand_in: StandIn) -> None:
    paid = a_membership(stand_in, metadata={"of": "session"}, subscription_data={"metadata": {"of": "subscription"}})
    assert paid.subscription.metadata["of"] == "subscription"
    payment = stand_in.api.invoice_payments.list({"invoice": paid.invoice.id}).data[0]
    intent = stand_in.get(f"/v1/payment_intents/{payment.payment.payment_intent}").json()
    charge = stand_in.get(f"/v1/charges/{intent['latest_charge']}").json()
    assert (intent["metadata"], charge["metadata"]) == ({}, {})
    assert "invoice" not in intent
    assert "invoice" not in charge


def test_the_invoice_of_a_payment_intent_is_found_through_invoice_payments(stand_in: StandIn) -> None:
    first, _ = a_membership(stand_in), a_membership(stand_in)
    payments = stand_in.api.invoices.retrieve(first.invoice.id, {"expand": ["payments"]}).payments
    assert payments
    intent_id = str(payments.data[0].payment.payment_intent)
    found = stand_in.api.invoice_payments.list(
        {"payment": {"type": "payment_intent", "payment_intent": intent_id}}
    ).data
    assert [one.invoice for one in found] == [first.invoice.id]
    assert (found[0].status, found[0].amount_paid) == ("paid", 1000)
    assert "payments" not in stand_in.get(f"/v1/invoices/{first.invoice.id}").json()


def test_one_membership_makes_stripes_events(stand_in: StandIn) -> None:
    paid = a_membership(stand_in)
    types = stand_in.types(paid.id, paid.subscription.id, paid.invoice.id, paid.customer.id)
    assert types == [
        "customer.created",
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
        "checkout.session.completed",
    ]
    statuses = [event.data.object["status"] for event in stand_in.events(paid.invoice.id)]
    assert statuses == ["draft", "open", "paid", "paid"]


def test_a_declined_first_payment_leaves_no_subscription(stand_in: StandIn) -> None:
    session = stand_in.session(recurring=MONTHLY, customer_email="declined@example.com")
    assert stand_in.pay(session, card="4000000000000002").status_code == 402
    read = stand_in.read(session.id)
    assert (read.subscription, read.invoice, read.customer, read.payment_intent) == (None, None, None, None)
    assert stand_in.api.customers.list({"email": "declined@example.com"}).data == []
    assert stand_in.pay(session).status_code == 200


def test_a_returning_customer_keeps_their_customer(stand_in: StandIn) -> None:
    customer = stand_in.api.customers.create({"email": "back@example.com"})
    paid = a_membership(stand_in, customer=customer.id)
    assert paid.customer.id == customer.id
    method = stand_in.api.payment_methods.retrieve(paid.subscription.default_payment_method)
    assert (method.customer, method.type) == (customer.id, "card")
    expanded = stand_in.api.customers.retrieve(customer.id, {"expand": ["subscriptions"]}).subscriptions
    assert expanded
    assert [one.id for one in expanded.data] == [paid.subscription.id]


def test_canceling_at_period_end_sets_both_fields_and_can_be_undone(stand_in: StandIn) -> None:
    subscription = a_membership(stand_in).subscription
    end = subscription["items"].data[0].current_period_end
    ending = stand_in.api.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    assert (ending.cancel_at_period_end, ending.cancel_at, ending.status) == (True, end, "active")
    previous = stand_in.events(subscription.id)[-1].data.previous_attributes
    assert previous
    assert previous["cancel_at"] is None
    going_on = stand_in.api.subscriptions.update(subscription.id, {"cancel_at_period_end": False})
    assert (going_on.cancel_at_period_end, going_on.cancel_at, going_on.canceled_at) == (False, None, None)


def test_a_subscription_ends_by_the_clock_at_cancel_at(stand_in: StandIn) -> None:
    subscription = a_membership(stand_in).subscription
    ending = stand_in.api.subscriptions.update(subscription.id, {"cancel_at": "min_period_end"})
    assert (ending.cancel_at_period_end, ending.status) == (False, "active")
    stand_in.control("clock", advance=32 * 86400)
    ended = stand_in.api.subscriptions.retrieve(subscription.id)
    assert (ended.status, ended.ended_at is not None) == ("canceled", True)
    assert stand_in.types(subscription.id)[-1] == "customer.subscription.deleted"


def test_an_undone_cancellation_does_not_strike_later(stand_in: StandIn) -> None:
    subscription = a_membership(stand_in).subscription
    stand_in.api.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    stand_in.api.subscriptions.update(subscription.id, {"cancel_at": ""})
    stand_in.control("clock", advance=32 * 86400)
    assert stand_in.api.subscriptions.retrieve(subscription.id).status == "active"


def test_a_postponed_cancellation_strikes_only_at_its_new_time(stand_in: StandIn) -> None:
    subscription = a_membership(stand_in).subscription
    now = stand_in.shown("clock")["now"]
    stand_in.api.subscriptions.update(subscription.id, {"cancel_at": now + 100})
    stand_in.api.subscriptions.update(subscription.id, {"cancel_at": now + 5000})
    stand_in.control("clock", advance=200)
    assert stand_in.api.subscriptions.retrieve(subscription.id).status == "active"
    stand_in.control("clock", advance=5000)
    assert stand_in.api.subscriptions.retrieve(subscription.id).status == "canceled"


def test_a_reason_can_be_given_without_canceling(stand_in: StandIn) -> None:
    subscription = a_membership(stand_in).subscription
    details: Any = {"cancellation_details": {"comment": "thinking about it"}}
    kept = stand_in.api.subscriptions.update(subscription.id, details).cancellation_details
    assert kept
    assert (kept.comment, kept.reason) == ("thinking about it", None)


def test_the_session_of_a_subscription_is_found(stand_in: StandIn) -> None:
    paid = a_membership(stand_in)
    found = stand_in.api.checkout.sessions.list({"subscription": paid.subscription.id}).data
    assert [one.id for one in found] == [paid.id]


def test_canceling_at_once_ends_it_for_good(stand_in: StandIn) -> None:
    paid = a_membership(stand_in)
    details: Any = {"cancellation_details": {"comment": "moving away", "feedback": "unused"}}
    ended = stand_in.api.subscriptions.cancel(paid.subscription.id, details)
    assert ended.status == "canceled"
    assert ended.cancellation_details
    assert (ended.cancellation_details.feedback, ended.cancellation_details.reason) == (
        "unused",
        "cancellation_requested",
    )
    with pytest.raises(stripe.InvalidRequestError):
        stand_in.api.subscriptions.cancel(paid.subscription.id)
    listed = {"customer": paid.customer.id}
    assert stand_in.api.subscriptions.list(listed).data == []  # type: ignore[arg-type]
    assert len(stand_in.api.subscriptions.list(listed | {"status": "all"}).data) == 1  # type: ignore[arg-type]


def test_metadata_updates_add_and_remove_keys(stand_in: StandIn) -> None:
    subscription = a_membership(stand_in, subscription_data={"metadata": {"a": "1", "b": "2"}}).subscription
    stand_in.api.subscriptions.update(subscription.id, {"metadata": {"b": "", "c": "3"}})
    assert stand_in.get(f"/v1/subscriptions/{subscription.id}").json()["metadata"] == {"a": "1", "c": "3"}


def test_with_a_bank_debit_the_subscription_is_active_before_any_money_came(stand_in: StandIn) -> None:
    session = stand_in.session(recurring=MONTHLY)
    stand_in.pay(session, card="sepa_debit")
    pending: Any = stand_in.read(session.id)
    assert (pending.status, pending.payment_status) == ("complete", "unpaid")
    assert (pending.subscription.status, pending.invoice.status, pending.invoice.amount_paid) == ("active", "open", 0)
    payment = stand_in.api.invoice_payments.list({"invoice": pending.invoice.id}).data[0]
    stand_in.control("debit", payment_intent=payment.payment.payment_intent, outcome="succeeded")
    settled: Any = stand_in.read(session.id)
    assert (settled.payment_status, settled.invoice.status, settled.invoice.amount_paid) == ("paid", "paid", 1000)
    assert "invoice.paid" in stand_in.types(settled.invoice.id)


def test_a_failed_first_debit_voids_the_invoice_and_leaves_the_subscription_active(stand_in: StandIn) -> None:
    session = stand_in.session(recurring=MONTHLY)
    stand_in.pay(session, card="sepa_debit")
    pending: Any = stand_in.read(session.id)
    intent_id = stand_in.api.invoice_payments.list({"invoice": pending.invoice.id}).data[0].payment.payment_intent
    stand_in.control("debit", payment_intent=intent_id, outcome="failed")
    failed: Any = stand_in.read(session.id)
    assert (failed.payment_status, failed.subscription.status, failed.invoice.status) == ("unpaid", "active", "void")
    assert stand_in.api.payment_intents.retrieve(str(intent_id)).status == "canceled"
    assert "invoice.voided" in stand_in.types(failed.invoice.id)
    assert "invoice.paid" not in stand_in.types(failed.invoice.id)


def test_a_later_failing_card_pays_the_first_time(stand_in: StandIn) -> None:
    session = stand_in.session(recurring=MONTHLY)
    assert stand_in.pay(session, card="4000000000000341").status_code == 200
    eventually(lambda: stand_in.types(session.id))


@pytest.mark.parametrize(
    ("anchor", "interval", "count", "number", "end"),
    [
        ("2026-01-31T10:00:00", "month", 1, 1, "2026-02-28T10:00:00"),
        ("2026-01-31T10:00:00", "month", 1, 2, "2026-03-31T10:00:00"),
        ("2028-01-30T10:00:00", "month", 1, 1, "2028-02-29T10:00:00"),
        ("2028-02-29T10:00:00", "year", 1, 1, "2029-02-28T10:00:00"),
        ("2028-02-29T10:00:00", "year", 1, 4, "2032-02-29T10:00:00"),
        ("2026-11-30T00:00:00", "month", 3, 1, "2027-02-28T00:00:00"),
        ("2026-12-31T23:59:59", "week", 2, 1, "2027-01-14T23:59:59"),
        ("2026-12-31T23:59:59", "day", 1, 1, "2027-01-01T23:59:59"),
    ],
)
def test_periods_end_on_the_anchors_day_or_the_months_last(
    anchor: str, interval: str, count: int, number: int, end: str
) -> None:
    assert end_of_period(at(anchor), interval, count, number) == at(end)
