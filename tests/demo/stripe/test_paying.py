"""Paying on the hosted page and through the control; what each outcome leaves behind."""

from typing import Any

import pytest
import requests
import stripe

from tests.demo.stripe.harness import StandIn, card_form, eventually
from tests.demo.stripe.paying import intent_of, submit


def test_paying_leads_back_to_the_success_url_with_the_session_id_in_it(stand_in: StandIn) -> None:
    session = stand_in.session()
    answer = submit(session, **card_form())
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"http://127.0.0.1:9/thanks?session_id={session.id}&x=%7B1%7D"
    paid = stand_in.read(session.id)
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert paid.customer_details
    assert paid.customer_details.email == "reader@example.com"


def test_the_intents_metadata_is_that_of_payment_intent_data_and_goes_on_to_the_charge(stand_in: StandIn) -> None:
    paid = stand_in.paid(
        metadata={"of": "session"}, payment_intent_data={"metadata": {"of": "intent"}, "description": "Gift"}
    )
    intent: Any = paid.payment_intent
    assert paid.metadata
    assert paid.metadata["of"] == "session"
    assert (intent.metadata["of"], intent.latest_charge.metadata["of"]) == ("intent", "intent")
    assert (intent.status, intent.amount_received, intent.description) == ("succeeded", 1000, "Gift")


def test_without_payment_intent_data_the_intent_has_no_metadata(stand_in: StandIn) -> None:
    paid = stand_in.paid(metadata={"of": "session"})
    assert stand_in.get(f"/v1/payment_intents/{paid.payment_intent.id}").json()["metadata"] == {}  # type: ignore[union-attr]


def test_the_balance_transaction_comes_after_the_charge(stand_in: StandIn) -> None:
    intent: Any = stand_in.paid(amount=2500).payment_intent
    charge_id = intent.latest_charge.id
    first = stand_in.events(charge_id)[0]
    assert (first.type, first.data.object["balance_transaction"]) == ("charge.succeeded", None)
    eventually(lambda: "charge.updated" in stand_in.types(charge_id))
    updated = stand_in.events(charge_id)[-1]
    assert updated.data.previous_attributes
    assert updated.data.previous_attributes["balance_transaction"] is None
    charge = stand_in.api.charges.retrieve(charge_id, {"expand": ["balance_transaction"]})
    booked: Any = charge.balance_transaction
    assert (booked.amount, booked.fee, booked.net, booked.currency) == (2500, 103, 2397, "eur")
    assert (booked.type, booked.source, booked.status) == ("charge", charge_id, "pending")


def test_money_becomes_available_by_the_clock(stand_in: StandIn) -> None:
    charge_id = stand_in.paid().payment_intent.latest_charge.id  # type: ignore[union-attr]
    eventually(lambda: stand_in.api.charges.retrieve(charge_id).balance_transaction)
    stand_in.control("clock", advance=2 * 86400 + 5)
    assert stand_in.api.balance_transactions.list({"source": charge_id}).data[0].status == "available"


def test_one_payment_makes_stripes_events(stand_in: StandIn) -> None:
    paid = stand_in.paid()
    intent: Any = paid.payment_intent
    assert stand_in.types(paid.id, intent.id, intent.latest_charge.id)[:4] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]


def test_a_customer_is_made_only_when_wanted(stand_in: StandIn) -> None:
    assert stand_in.paid().customer is None
    made = stand_in.paid(customer_creation="always")
    assert isinstance(made.customer, stripe.Customer)
    assert made.customer.email == "reader@example.com"
    customer = stand_in.api.customers.create({"email": "a@example.com"})
    intent: Any = stand_in.paid(customer=customer.id).payment_intent
    assert intent.customer == customer.id


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("4000000000000002", "card_declined", "generic_decline"),
        ("4000000000009995", "card_declined", "insufficient_funds"),
        ("4000000000000069", "expired_card", "expired_card"),
        ("4000000000000127", "incorrect_cvc", "incorrect_cvc"),
        ("4100000000000019", "card_declined", "fraudulent"),
    ],
)
def test_declines_leave_a_failed_charge_and_an_open_session(
    stand_in: StandIn, card: str, code: str, decline_code: str
) -> None:
    session = stand_in.session()
    answer = stand_in.pay(session, card=card)
    assert answer.status_code == 402
    error = answer.json()["error"]
    assert (error["type"], error["code"], error["decline_code"]) == ("card_error", code, decline_code)
    intent = intent_of(stand_in, session)
    assert (intent.status, intent.last_payment_error.code) == ("requires_payment_method", code)
    assert (intent.latest_charge.status, intent.latest_charge.paid) == ("failed", False)
    assert stand_in.types(intent.id, intent.latest_charge.id) == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
    ]
    assert stand_in.api.checkout.sessions.retrieve(session.id).status == "open"


def test_after_a_decline_the_page_says_why_and_the_same_intent_is_paid(stand_in: StandIn) -> None:
    session = stand_in.session()
    declined = submit(session, **card_form("4000000000009995"))
    assert declined.status_code == 402
    assert "insufficient funds" in declined.text
    first = intent_of(stand_in, session)
    assert submit(session, **card_form()).status_code == 303
    again = intent_of(stand_in, session)
    assert (again.id, again.status, again.last_payment_error) == (first.id, "succeeded", None)
    assert len(stand_in.api.charges.list({"payment_intent": again.id}).data) == 2


def test_three_d_secure_is_a_page_between(stand_in: StandIn) -> None:
    session = stand_in.session()
    answer = submit(session, **card_form("4000002500003155"))
    assert answer.headers["Location"].endswith(f"/c/pay/{session.id}/authenticate")
    assert intent_of(stand_in, session).status == "requires_action"
    assert "Is it you?" in requests.get(str(session.url), timeout=10).text
    assert (
        submit(session, "/authenticate", verdict="confirm").headers["Location"].startswith("http://127.0.0.1:9/thanks")
    )
    assert intent_of(stand_in, session).status == "succeeded"


def test_a_failed_three_d_secure_check_charges_nothing(stand_in: StandIn) -> None:
    session = stand_in.session()
    submit(session, **card_form("4000002760003184"))
    failed = submit(session, "/authenticate", verdict="fail")
    assert failed.status_code == 402
    intent = intent_of(stand_in, session)
    assert (intent.status, intent.latest_charge) == ("requires_payment_method", None)
    assert intent.last_payment_error.code == "payment_intent_authentication_failure"
    assert submit(session, **card_form()).status_code == 303


def test_the_control_passes_or_fails_three_d_secure_by_itself(stand_in: StandIn) -> None:
    assert stand_in.pay(stand_in.session(), card="4000002500003155").status_code == 200
    failed = stand_in.pay(stand_in.session(), card="4000002500003155", three_d_secure="fail")
    assert failed.json()["error"]["code"] == "payment_intent_authentication_failure"
    lacking = stand_in.pay(stand_in.session(), card="4000008260003178")
    assert lacking.json()["error"]["decline_code"] == "insufficient_funds"


def test_another_card_may_be_tried_while_three_d_secure_waits(stand_in: StandIn) -> None:
    session = stand_in.session()
    submit(session, **card_form("4000002500003155"))
    assert stand_in.pay(session, card="4000000000000002").status_code == 402
    assert requests.get(str(session.url), allow_redirects=False, timeout=10).status_code == 200


def test_a_session_is_paid_once(stand_in: StandIn) -> None:
    session = stand_in.session()
    assert stand_in.pay(session).json() == {"status": "complete", "payment_status": "paid"}
    assert stand_in.pay(session).status_code == 409
    submit(session, **card_form())
    assert len(stand_in.api.charges.list({"payment_intent": intent_of(stand_in, session).id}).data) == 1


def test_a_bank_debit_is_pending_until_it_is_settled(stand_in: StandIn) -> None:
    session = stand_in.session()
    assert submit(session, **card_form("", method="sepa_debit")).status_code == 303
    pending = stand_in.read(session.id)
    intent: Any = pending.payment_intent
    assert (pending.status, pending.payment_status) == ("complete", "unpaid")
    assert (intent.status, intent.latest_charge.status) == ("processing", "pending")
    settled = stand_in.control("debit", payment_intent=intent.id, outcome="succeeded")
    assert settled.json() == {"payment_intent": intent.id, "status": "succeeded"}
    assert stand_in.read(session.id).payment_status == "paid"
    assert stand_in.types(session.id)[-1] == "checkout.session.async_payment_succeeded"
    eventually(lambda: stand_in.api.charges.retrieve(intent.latest_charge.id).balance_transaction)
    assert stand_in.control("debit", payment_intent=intent.id, outcome="failed").status_code == 409


def test_a_bank_debit_can_fail(stand_in: StandIn) -> None:
    session = stand_in.session()
    stand_in.pay(session, card="sepa_debit")
    intent_id = intent_of(stand_in, session).id
    stand_in.control("debit", payment_intent=intent_id, outcome="failed")
    intent = intent_of(stand_in, session)
    assert (intent.status, intent.latest_charge.status) == ("requires_payment_method", "failed")
    assert stand_in.read(session.id).payment_status == "unpaid"
    assert stand_in.types(session.id)[-1] == "checkout.session.async_payment_failed"


@pytest.mark.parametrize(
    ("control", "body", "field"),
    [
        ("pay", {"checkout": "cs", "colour": 1}, "colour"),
        ("pay", {}, "checkout"),
        ("clock", {"advance": "soon"}, "advance"),
        ("clock", {"advance": -1}, "advance"),
        ("faults", {"webhook_drop": 2}, "webhook_drop"),
        ("faults", {"api_status": 200}, "api_status"),
        ("faults", {"webhook_shuffle": 1}, "webhook_shuffle"),
        ("faults", {"webhook_dropp": 1}, "webhook_dropp"),
        ("debit", {"payment_intent": "pi", "outcome": "maybe"}, "outcome"),
    ],
)
def test_the_control_names_the_field_it_cannot_take(
    stand_in: StandIn, control: str, body: dict[str, Any], field: str
) -> None:
    answer = stand_in.control(control, **body)
    assert answer.status_code == 400
    assert answer.json()["error"]["field"] == field


def test_the_control_does_not_know_what_does_not_exist(stand_in: StandIn) -> None:
    assert stand_in.control("pay", checkout="cs_none").status_code == 404
    assert stand_in.control("payout", fail="po_none").status_code == 404
    assert stand_in.control("dispute", charge="ch_none").status_code == 404
