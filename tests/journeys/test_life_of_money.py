"""What comes after the first payment: refunds, disputes, payouts; access and books follow the money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests
import sqlalchemy as sa

from support.campaigns.models import Plan
from support.finance.models import LedgerEntry, Payout
from support.finance.queries import payouts_with_tie_out
from support.finance.rules import NotItemized, TiesOut
from support.finance.selfcheck import differences
from support.memberships.models import Membership, PaidPeriod
from support.payments.models import Dispute, Payment

if TYPE_CHECKING:
    from tests.services import Service

MONTHLY = {"interval": "month", "amount": "10"}
DONATION = {"interval": "once", "amount": "50"}


def pay(service: Service, reader: requests.Session, **ask: str) -> None:
    """Give, and let every event of it be handled."""
    session_id = service.begin(reader, **ask)
    assert service.stand_in.pay(session_id).status_code == 200
    service.deliver()


def only_payment(service: Service) -> Payment:
    with service.database.reading() as session:
        return session.scalars(sa.select(Payment)).one()


def at_stripe(service: Service, path: str, **params: str) -> Any:
    """What staff do in Stripe's dashboard."""
    url = f"{service.stand_in.base}/v1/{path}"
    answer = requests.post(url, params, auth=("sk_test_tests", ""), timeout=30)
    assert answer.status_code == 200, answer.text
    service.deliver()
    return answer.json()


def advance(service: Service, days: int) -> None:
    """Let time pass, for Stripe and for us."""
    service.stand_in.control("clock", advance=days * 24 * 3600)
    service.deliver()


def pay_out(service: Service) -> None:
    """What has become available goes to the bank."""
    advance(service, days=8)
    service.stand_in.control("payout")
    service.deliver()


def only_membership(service: Service) -> Membership:
    with service.database.reading() as session:
        return session.scalars(sa.select(Membership)).one()


def books(service: Service) -> list[str]:
    """What does not add up."""
    with service.database.reading() as session:
        return [f"{one.about}: {one.why}" for one in differences(session)]


@pytest.mark.parametrize("ask", [MONTHLY, DONATION], ids=["monthly", "donation"])
def test_a_full_refund_ends_access_and_a_partial_one_does_not(service: Service, ask: dict[str, str]) -> None:
    reader = service.browser()
    pay(service, reader, **ask)
    intent = only_payment(service).stripe_payment_intent_id
    at_stripe(service, "refunds", payment_intent=intent, amount="100")
    assert service.access(reader)["access"] == "granted"
    at_stripe(service, "refunds", payment_intent=intent)
    assert service.access(reader)["access"] == "denied"
    assert books(service) == []


@pytest.mark.parametrize(
    ("outcome", "access"), [("lost", "denied"), ("won", "granted"), ("inquiry", "granted")], ids=str
)
@pytest.mark.parametrize("ask", [MONTHLY, DONATION], ids=["monthly", "donation"])
def test_a_dispute_takes_access_only_while_the_money_is_gone(
    service: Service, ask: dict[str, str], outcome: str, access: str
) -> None:
    reader = service.browser()
    pay(service, reader, **ask)
    service.stand_in.control("dispute", charge=only_payment(service).stripe_charge_id, outcome=outcome)
    service.deliver()
    assert service.access(reader)["access"] == access
    with service.database.reading() as session:
        assert session.scalars(sa.select(Dispute)).one().payment_id == only_payment(service).id
    assert books(service) == []


def test_the_ledger_has_every_movement_once(service: Service) -> None:
    pay(service, service.browser(), **MONTHLY)
    at_stripe(service, "refunds", payment_intent=only_payment(service).stripe_payment_intent_id)
    service.deliver()
    with service.database.reading() as session:
        amounts = session.execute(sa.select(LedgerEntry.type, LedgerEntry.amount_minor)).all()
    assert sorted((one.type, one.amount_minor) for one in amounts) == [("charge", 1000), ("refund", -1000)]


def test_a_payout_ties_out_to_the_cent(moving_service: Service) -> None:
    for ask in (MONTHLY, DONATION):
        pay(moving_service, moving_service.browser(), **ask)
    pay_out(moving_service)
    with moving_service.database.reading() as session:
        states = [state for _, state in payouts_with_tie_out(session)]
    assert TiesOut() in states
    assert all(isinstance(state, TiesOut | NotItemized) for state in states)
    assert books(moving_service) == []


def test_a_payout_that_does_not_tie_out_is_named_with_its_difference(moving_service: Service) -> None:
    pay(moving_service, moving_service.browser(), **DONATION)
    pay_out(moving_service)
    with moving_service.database.transaction() as session:
        session.execute(sa.update(Payout).values(amount_minor=Payout.amount_minor + 5))
    (found,) = books(moving_service)
    assert "differs by -0.05 EUR" in found
    done = moving_service.app.test_cli_runner().invoke(args=["selfcheck"])
    assert (done.exit_code, "differs by -0.05 EUR" in done.output) == (1, True)


def test_a_membership_is_renewed_month_by_month_and_stays_open(moving_service: Service) -> None:
    reader = moving_service.browser()
    pay(moving_service, reader, **MONTHLY)
    for months in range(2, 5):
        advance(moving_service, days=31)
        with moving_service.database.reading() as session:
            assert len(session.scalars(sa.select(PaidPeriod)).all()) == months
            assert [one.amount_minor for one in session.scalars(sa.select(Payment))] == [1000] * months
    assert books(moving_service) == []


def test_a_renewal_that_fails_keeps_access_for_the_grace_and_no_longer(moving_service: Service) -> None:
    reader = moving_service.browser()
    session_id = moving_service.begin(reader, **MONTHLY)
    assert moving_service.stand_in.pay(session_id, card="4000000000000341").status_code == 200
    moving_service.deliver()
    advance(moving_service, days=32)
    membership = only_membership(moving_service)
    assert membership.status == "past_due"
    assert membership.unpaid_invoice_id is not None
    assert membership.next_attempt_at is not None
    assert moving_service.access(reader)["access"] == "granted"
    advance(moving_service, days=14)
    assert moving_service.access(reader)["access"] == "denied"


def test_a_membership_that_is_changed_to_yearly_at_stripe_is_of_the_yearly_plan(service: Service) -> None:
    pay(service, service.browser(), **MONTHLY)
    member = only_membership(service)
    subscription = at_stripe(service, f"subscriptions/{member.stripe_subscription_id}")
    (item,) = subscription["items"]["data"]
    yearly: dict[str, str] = {"currency": "eur", "unit_amount": "10000", "recurring[interval]": "year"}
    price = at_stripe(service, "prices", product=item["price"]["product"], **yearly)
    change = {"items[0][id]": item["id"], "items[0][price]": price["id"]}
    at_stripe(service, f"subscriptions/{member.stripe_subscription_id}", **change)

    with service.database.reading() as session:
        changed = session.scalars(sa.select(Membership)).one()
        assert (changed.plan.interval, changed.amount_minor) == ("year", 10000)
        assert changed.plan.campaign_id == session.get_one(Plan, member.plan_id).campaign_id


def test_a_canceled_membership_is_open_until_its_paid_end_without_grace(moving_service: Service) -> None:
    reader = moving_service.browser()
    pay(moving_service, reader, **MONTHLY)
    subscription = only_membership(moving_service).stripe_subscription_id
    at_stripe(moving_service, f"subscriptions/{subscription}", cancel_at_period_end="true")
    ends_at = only_membership(moving_service).ends_at
    assert ends_at is not None
    assert moving_service.access(reader)["until"] == ends_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    advance(moving_service, days=32)
    assert only_membership(moving_service).status == "canceled"
    assert moving_service.access(reader)["access"] == "denied"
