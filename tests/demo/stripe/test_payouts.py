"""Payouts: automatic, daily, manual, instant, failed."""

from typing import Any

import pytest
import stripe

from tests.demo.stripe.harness import StandIn
from tests.demo.stripe.test_money_back import DAY, a_charge, booked, moved


def pay_out(stand_in: StandIn, currency: str) -> Any:
    """The automatic payout of one currency, once everything in it is available."""
    stand_in.advance(days=3)
    made = stand_in.control("payout").json()["payouts"]
    return stand_in.api.payouts.retrieve(next(one["id"] for one in made if one["currency"] == currency))


def contents(stand_in: StandIn, payout: Any) -> list[Any]:
    return list(stand_in.api.balance_transactions.list({"payout": payout.id}).auto_paging_iter())


def test_an_automatic_payout_lists_what_it_carries_and_ties_out(bank: StandIn) -> None:
    bank.control("payout")  # what earlier tests left behind goes first
    charges = [a_charge(bank, currency="dkk", amount=50000 + one) for one in range(3)]
    bank.advance(seconds=5)
    bank.api.refunds.create({"charge": charges[0].id})
    moved(bank, charges[1], "lost")
    payout = pay_out(bank, "dkk")
    assert (payout.status, payout.automatic, payout.reconciliation_status) == ("paid", True, "completed")
    listed = contents(bank, payout)
    own = [one for one in listed if one.source == payout.id]
    assert [(one.type, one.net) for one in own] == [("payout", -payout.amount)]
    assert sum(one.net for one in listed if one not in own) == payout.amount
    assert sorted(one.type for one in listed) == ["adjustment", "charge", "charge", "charge", "payout", "refund"]
    assert bank.types(payout.id) == ["payout.created", "payout.paid", "payout.reconciliation_completed"]
    assert "dkk" not in {one.currency for one in bank.api.balance.retrieve().available if one.amount}


def test_nothing_is_paid_out_twice_and_what_is_pending_stays(bank: StandIn) -> None:
    charge = a_charge(bank, currency="nok", amount=90000)
    bank.advance(seconds=5)
    assert "nok" not in {one["currency"] for one in bank.control("payout").json()["payouts"]}
    first = pay_out(bank, "nok")
    assert booked(bank, charge.id)[0].id in {one.id for one in contents(bank, first)}
    assert "nok" not in {one["currency"] for one in bank.control("payout").json()["payouts"]}


def test_a_failed_payouts_money_leaves_with_the_next(bank: StandIn) -> None:
    a_charge(bank, currency="sek", amount=90000)
    first = pay_out(bank, "sek")
    assert bank.control("payout", fail=first.id).json()["payouts"][0]["status"] == "failed"
    failed = bank.api.payouts.retrieve(first.id, {"expand": ["failure_balance_transaction"]})
    back: Any = failed.failure_balance_transaction
    assert (back.type, back.net, failed.failure_code) == ("payout_failure", first.amount, "account_closed")
    assert bank.types(first.id)[-1] == "payout.failed"
    second = pay_out(bank, "sek")
    assert second.amount == first.amount
    assert {one.type for one in contents(bank, second)} == {"payout_failure", "payout"}


def test_manual_and_instant_payouts_take_an_amount_and_list_nothing(bank: StandIn) -> None:
    a_charge(bank, "4000000000000077", currency="chf", amount=50000)
    bank.advance(seconds=5)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        bank.api.payouts.create({"amount": 99999999, "currency": "chf"})
    assert caught.value.code == "balance_insufficient"
    manual = bank.api.payouts.create({"amount": 1000, "currency": "chf"})
    instant = bank.api.payouts.create({"amount": 500, "currency": "chf", "method": "instant"})
    assert (manual.automatic, manual.reconciliation_status, manual.status) == (False, "not_applicable", "pending")
    assert contents(bank, manual) == []
    canceled = bank.api.payouts.cancel(manual.id)
    assert (canceled.status, bank.types(manual.id)[-1]) == ("canceled", "payout.canceled")
    bank.advance(days=2)
    assert bank.api.payouts.retrieve(instant.id).status == "paid"
    assert bank.types(instant.id) == ["payout.created", "payout.paid"]
    left = pay_out(bank, "chf")
    assert left.amount == sum(one.net for one in contents(bank, left) if one.source != left.id)


def test_the_daily_schedule_pays_out_at_midnight_by_the_clock(bank: StandIn) -> None:
    bank.control("settings", payout_schedule="daily")
    a_charge(bank, currency="gbp", amount=7000)
    bank.advance(days=5)
    payout = next(one for one in bank.api.payouts.list().data if one.currency == "gbp")
    assert (payout.status, payout.created % DAY < 60, payout.arrival_date - payout.created) == ("paid", True, DAY)
    assert sum(one.net for one in contents(bank, payout)) == 0
    bank.control("settings", payout_schedule="manual")
    a_charge(bank, currency="gbp", amount=7000)
    bank.advance(days=5)
    assert [one.currency for one in bank.api.payouts.list().data].count("gbp") == 1
