"""Refunds, whole and in part."""

from typing import Any

import pytest
import stripe

from tests.demo.stripe.harness import StandIn


def refusal(stand_in: StandIn, **params: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        stand_in.api.refunds.create(params)  # type: ignore[arg-type]
    return caught.value


def a_charge(stand_in: StandIn, **changes: Any) -> Any:
    intent: Any = stand_in.paid(**changes).payment_intent
    return intent.latest_charge


def test_a_refund_in_parts_adds_up_to_the_whole(stand_in: StandIn) -> None:
    charge = a_charge(stand_in)
    stand_in.api.refunds.create({"charge": charge.id, "amount": 300})
    part = stand_in.api.charges.retrieve(charge.id)
    assert (part.amount_refunded, part.refunded) == (300, False)
    rest = stand_in.api.refunds.create({"payment_intent": charge.payment_intent, "reason": "requested_by_customer"})
    assert (rest.amount, rest.status) == (700, "succeeded")
    whole = stand_in.api.charges.retrieve(charge.id, {"expand": ["refunds"]})
    assert (whole.amount_refunded, whole.refunded) == (1000, True)
    assert whole.refunds
    assert [one.amount for one in whole.refunds.data] == [700, 300]


def test_a_refund_is_booked_against_the_balance_without_giving_the_fee_back(stand_in: StandIn) -> None:
    charge = a_charge(stand_in)
    refund = stand_in.api.refunds.create({"charge": charge.id}, {"idempotency_key": f"refund-{charge.id}"})
    booked = stand_in.api.balance_transactions.retrieve(str(refund.balance_transaction))
    assert (booked.type, booked.amount, booked.fee, booked.net, booked.source) == ("refund", -1000, 0, -1000, refund.id)


def test_a_refund_right_after_the_charge_finds_the_charge_booked(stand_in: StandIn) -> None:
    charge = a_charge(stand_in)
    stand_in.api.refunds.create({"charge": charge.id})
    booked = stand_in.api.balance_transactions.list({"source": charge.id}).data
    assert [one.amount for one in booked] == [1000]


def test_refunds_make_stripes_events_even_for_a_part(stand_in: StandIn) -> None:
    charge = a_charge(stand_in)
    refund = stand_in.api.refunds.create({"charge": charge.id, "amount": 1})
    assert stand_in.types(refund.id) == ["refund.created"]
    event = stand_in.events(charge.id)[-1]
    assert event.type == "charge.refunded"
    assert event.data.previous_attributes
    assert event.data.previous_attributes["amount_refunded"] == 0


def test_more_than_what_is_left_cannot_be_refunded(stand_in: StandIn) -> None:
    charge = a_charge(stand_in)
    stand_in.api.refunds.create({"charge": charge.id, "amount": 400})
    assert refusal(stand_in, charge=charge.id, amount=601).param == "amount"
    assert refusal(stand_in, charge=charge.id, amount=0).code == "parameter_invalid_integer"
    stand_in.api.refunds.create({"charge": charge.id, "amount": 600})
    assert refusal(stand_in, charge=charge.id).code == "charge_already_refunded"


def test_a_refund_names_one_charge_that_succeeded(stand_in: StandIn) -> None:
    charge = a_charge(stand_in)
    assert "One of" in str(refusal(stand_in, amount=1))
    assert "One of" in str(refusal(stand_in, charge=charge.id, payment_intent=charge.payment_intent))
    assert refusal(stand_in, charge="ch_none").code == "resource_missing"
    session = stand_in.session()
    stand_in.pay(session, card="4000000000000002")
    intent: Any = stand_in.read(session.id).payment_intent
    assert "successful charge" in str(refusal(stand_in, payment_intent=intent.id))


def test_refunds_are_listed_by_charge_and_by_payment_intent(stand_in: StandIn) -> None:
    charge = a_charge(stand_in)
    a_charge(stand_in)
    refund = stand_in.api.refunds.create({"charge": charge.id})
    for params in ({"charge": charge.id}, {"payment_intent": charge.payment_intent}):
        assert [one.id for one in stand_in.api.refunds.list(params).data] == [refund.id]  # type: ignore[arg-type]


def test_a_debits_refund_is_a_payment_refund(stand_in: StandIn) -> None:
    session = stand_in.session()
    stand_in.pay(session, card="sepa_debit")
    intent: Any = stand_in.read(session.id).payment_intent
    assert "successful charge" in str(refusal(stand_in, payment_intent=intent.id))
    stand_in.control("debit", payment_intent=intent.id, outcome="succeeded")
    refund = stand_in.api.refunds.create({"payment_intent": intent.id}, {"idempotency_key": f"refund-{intent.id}"})
    types = {
        one: stand_in.api.balance_transactions.list({"source": one}).data[0].type
        for one in (intent.latest_charge.id, refund.id)
    }
    assert list(types.values()) == ["payment", "payment_refund"]
