"""Refunds that end later, disputes, warnings of fraud, fees and other settlement currencies."""

from functools import partial
from typing import Any

import pytest
import stripe

from tests.demo.stripe.harness import StandIn, eventually

DAY = 86400


def a_charge(stand_in: StandIn, card: str = "4242424242424242", **changes: Any) -> Any:
    session = stand_in.session(**changes)
    answer = stand_in.pay(session, card=card)
    assert answer.status_code == 200, answer.text
    intent: Any = stand_in.read(session.id).payment_intent
    return intent.latest_charge


def booked(stand_in: StandIn, source: str) -> list[Any]:
    """Balance transactions of a source, oldest first."""
    return stand_in.api.balance_transactions.list({"source": source}).data[::-1]


def the_dispute(stand_in: StandIn, charge: Any) -> Any:
    return stand_in.api.disputes.list({"charge": charge.id}).data[0]


def moved(stand_in: StandIn, charge: Any, outcome: str) -> Any:
    answer = stand_in.control("dispute", charge=charge.id, outcome=outcome)
    assert answer.status_code == 200, answer.text
    return the_dispute(stand_in, charge)


def test_a_pending_refund_succeeds_by_the_clock(bank: StandIn) -> None:
    charge = a_charge(bank, "4000000000007726")
    refund = bank.api.refunds.create({"charge": charge.id})
    assert (refund.status, refund.pending_reason) == ("pending", "processing")
    bank.advance(days=1, seconds=5)
    assert bank.api.refunds.retrieve(refund.id).status == "succeeded"
    assert bank.types(refund.id) == ["refund.created", "refund.updated"]
    assert "pending_reason" not in bank.get(f"/v1/refunds/{refund.id}").json()


def test_a_succeeded_refund_fails_later_and_its_money_comes_back(bank: StandIn) -> None:
    charge = a_charge(bank, "4000000000005126")
    refund = bank.api.refunds.create({"charge": charge.id})
    assert (refund.status, bank.api.charges.retrieve(charge.id).refunded) == ("succeeded", True)
    bank.advance(days=1, seconds=5)
    failed = bank.api.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
    back: Any = failed.failure_balance_transaction
    assert (failed.status, failed.failure_reason, back.type, back.net) == ("failed", "unknown", "refund_failure", 1000)
    assert sum(one.net for one in booked(bank, refund.id)) == 0
    read = bank.api.charges.retrieve(charge.id)
    assert (read.refunded, read.amount_refunded) == (False, 0)
    assert bank.types(refund.id)[-2:] == ["refund.updated", "refund.failed"]


def test_only_a_refund_that_waits_for_the_reader_is_canceled(bank: StandIn) -> None:
    charge = a_charge(bank, "4000000000007726")
    refund = bank.api.refunds.create({"charge": charge.id, "amount": 400})
    with pytest.raises(stripe.InvalidRequestError):
        bank.api.refunds.cancel(refund.id)
    bank.control("refund", refund=refund.id, outcome="requires_action")
    assert bank.api.refunds.cancel(refund.id).status == "canceled"
    assert bank.api.charges.retrieve(charge.id).amount_refunded == 0
    bank.advance(days=2)
    assert bank.api.refunds.retrieve(refund.id).status == "canceled"


@pytest.mark.parametrize(
    ("card", "reason"), [("4000000000000259", "fraudulent"), ("4000000000002685", "product_not_received")]
)
def test_a_disputed_card_takes_amount_and_fee_out_of_the_balance(bank: StandIn, card: str, reason: str) -> None:
    charge = a_charge(bank, card)
    dispute = eventually(lambda: bank.api.disputes.list({"charge": charge.id}).data)[0]
    assert (dispute.status, dispute.reason, dispute.amount) == ("needs_response", reason, 1000)
    taken = dispute.balance_transactions[0]
    assert (taken.amount, taken.fee, taken.net) == (-1000, 1500, -2500)
    assert (taken.type, taken.reporting_category, taken.source) == ("adjustment", "dispute", dispute.id)
    read = bank.api.charges.retrieve(charge.id)
    assert (read.disputed, read.balance_transaction is not None) == (True, True)
    assert bank.types(dispute.id) == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    created, withdrawn = bank.events(dispute.id)
    assert [len(one.data.object["balance_transactions"]) for one in (created, withdrawn)] == [0, 1]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        bank.api.refunds.create({"charge": charge.id})
    assert caught.value.code == "charge_disputed"


def test_an_inquiry_moves_no_money_and_may_still_be_refunded(bank: StandIn) -> None:
    charge = a_charge(bank, "4000000000001976")
    dispute = eventually(lambda: bank.api.disputes.list({"charge": charge.id}).data)[0]
    assert (dispute.status, dispute.balance_transactions) == ("warning_needs_response", [])
    assert bank.api.refunds.create({"charge": charge.id, "amount": 100}).status == "succeeded"
    assert moved(bank, charge, "inquiry_closed").status == "warning_closed"


def test_an_inquiry_can_grow_into_a_dispute(bank: StandIn) -> None:
    charge = a_charge(bank)
    assert moved(bank, charge, "inquiry").balance_transactions == []
    lost = moved(bank, charge, "lost")
    assert (lost.status, len(lost.balance_transactions)) == ("lost", 1)


@pytest.mark.parametrize(
    ("evidence", "status", "net"), [("winning_evidence", "won", 0), ("losing_evidence", "lost", -2500)]
)
def test_the_evidence_decides(bank: StandIn, evidence: str, status: str, net: int) -> None:
    charge = a_charge(bank)
    dispute = moved(bank, charge, "opened")
    decided = bank.api.disputes.update(dispute.id, {"evidence": {"uncategorized_text": evidence}})
    assert (decided.status, sum(one.net for one in decided.balance_transactions)) == (status, net)
    assert decided.evidence_details.submission_count == 1
    types = bank.types(dispute.id)
    assert types[:4] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
        "charge.dispute.closed",
    ]
    assert types[4:] == (["charge.dispute.funds_reinstated"] if status == "won" else [])


def test_evidence_that_is_not_submitted_changes_no_status(bank: StandIn) -> None:
    dispute = moved(bank, a_charge(bank), "opened")
    kept = bank.api.disputes.update(dispute.id, {"evidence": {"customer_name": "A Reader"}, "submit": False})
    assert (kept.status, kept.evidence.customer_name) == ("needs_response", "A Reader")
    assert kept.evidence_details.submission_count == 0


def test_closing_a_dispute_loses_it(bank: StandIn) -> None:
    dispute = moved(bank, a_charge(bank), "opened")
    assert bank.api.disputes.close(dispute.id).status == "lost"
    with pytest.raises(stripe.InvalidRequestError):
        bank.api.disputes.close(dispute.id)


def test_a_lost_dispute_is_appealed_and_won(bank: StandIn) -> None:
    charge = a_charge(bank)
    appealed = moved(bank, charge, "appeal")
    assert (appealed.status, len(appealed.balance_transactions)) == ("appeal_under_review", 1)
    won = moved(bank, charge, "won")
    assert (won.status, sum(one.net for one in won.balance_transactions)) == ("won", 0)
    assert bank.control("dispute", charge=charge.id, outcome="opened").json()["status"] == "won"


def test_a_prevented_dispute_is_closed_at_once_and_moves_nothing(bank: StandIn) -> None:
    dispute = moved(bank, a_charge(bank), "prevented")
    assert (dispute.status, dispute.balance_transactions) == ("prevented", [])
    assert bank.types(dispute.id) == ["charge.dispute.created", "charge.dispute.closed"]


def test_a_kept_dispute_fee_is_a_setting(bank: StandIn) -> None:
    bank.control("settings", dispute_fee=2000, dispute_fee_returned=False)
    won = moved(bank, a_charge(bank), "won")
    assert [one.net for one in won.balance_transactions] == [-3000, 1000]


def test_a_warning_of_fraud_names_its_charge(bank: StandIn) -> None:
    charge = a_charge(bank, "4000000000005423")
    warning = eventually(lambda: bank.api.radar.early_fraud_warnings.list({"charge": charge.id}).data)[0]
    assert (warning.charge, warning.actionable) == (charge.id, True)
    assert bank.types(warning.id) == ["radar.early_fraud_warning.created"]
    assert bank.api.radar.early_fraud_warnings.retrieve(warning.id).id == warning.id


def test_a_balance_transaction_can_be_days_late(bank: StandIn) -> None:
    bank.control("faults", late_bt=3 * DAY)
    charge = a_charge(bank)
    bank.advance(days=2)
    assert bank.api.charges.retrieve(charge.id).balance_transaction is None
    bank.advance(days=1, seconds=5)
    assert bank.api.charges.retrieve(charge.id).balance_transaction
    assert bank.types(charge.id) == ["charge.succeeded", "charge.updated"]


def test_a_foreign_charge_settles_in_the_settlement_currency(bank: StandIn) -> None:
    bank.control("settings", settlement_currency="eur", rates={"usd": 0.9, "jpy": 0.006})
    dollars, yen = a_charge(bank, currency="usd"), a_charge(bank, currency="jpy", amount=1001)
    for charge, amount, rate in ((dollars, 900, 0.9), (yen, 601, 0.006)):
        one = eventually(partial(booked, bank, charge.id))[0]
        assert (one.amount, one.currency, one.exchange_rate) == (amount, "eur", rate)
        assert one.net == one.amount - one.fee
    refund = bank.api.refunds.create({"charge": dollars.id})
    assert (refund.amount, refund.currency) == (1000, "usd")
    assert (booked(bank, refund.id)[0].amount, booked(bank, refund.id)[0].currency) == (-900, "eur")


def test_stripes_own_fees_are_balance_transactions_without_a_source(bank: StandIn) -> None:
    made = bank.control("fee", amount=250, type="tax_fee").json()["balance_transaction"]
    one = bank.api.balance_transactions.retrieve(made)
    assert (one.type, one.net, one.source, one.reporting_category) == ("tax_fee", -250, None, "tax")


@pytest.mark.parametrize(
    ("control", "body", "field"),
    [
        ("settings", {"dunning_end": "never"}, "dunning_end"),
        ("settings", {"dunning_days": [1, "soon"]}, "dunning_days"),
        ("settings", {"rates": {"usd": -1}}, "rates"),
        ("settings", {"colour": 1}, "colour"),
        ("dispute", {"charge": "ch", "outcome": "draw"}, "outcome"),
        ("refund", {"refund": "re", "outcome": "lost"}, "outcome"),
        ("fee", {"amount": -1}, "amount"),
        ("payout", {"colour": 1}, "colour"),
    ],
)
def test_the_control_names_the_field_it_cannot_take(
    bank: StandIn, control: str, body: dict[str, Any], field: str
) -> None:
    answer = bank.control(control, **body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)
