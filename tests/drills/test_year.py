"""Months of supporters: at every sampled day each may read what was paid for, and at the end the books agree."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from support.finance.models import LedgerEntry
from support.finance.queries import payouts_with_tie_out
from support.finance.rules import TiesOut
from support.memberships.models import PaidPeriod
from tests.drills.stripe_lists import differences
from tests.drills.year import Chances, Town
from tests.support.sync.walking import listed, run

if TYPE_CHECKING:
    from tests.services import Service

EVERYTHING = {"bad card", "good card", "cancel", "refund", "dispute"}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_three_months_of_eight_supporters(moving_service: Service) -> None:
    town = _live(moving_service, supporters=8, weeks=13, chances=Chances(0.1, 0.5, 0.03, 0.15, 0.15))
    assert town.happened == EVERYTHING


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_period_that_is_lost_and_a_cent_too_many_are_found(moving_service: Service) -> None:
    town = _live(moving_service, supporters=4, weeks=2, chances=Chances(0, 0, 0, 0, 0))
    with moving_service.database.transaction() as session:
        session.delete(session.scalars(sa.select(PaidPeriod).limit(1)).one())
        charged = session.scalars(sa.select(LedgerEntry).where(LedgerEntry.type == "charge").limit(1)).one()
        charged.amount_minor += 1
        charged.net_minor += 1
    assert len(list(town.wrongs())) == 1
    code, output = run(moving_service, "selfcheck")
    assert code == 1
    for words in ("opened no period", "in the ledger", "differs by 0.01"):
        assert words in output


@pytest.mark.drill
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_year_of_three_hundred_supporters(moving_service: Service) -> None:
    town = _live(moving_service, supporters=300, weeks=52, chances=Chances(bad_card=0.02), every=4)
    assert town.happened == EVERYTHING


def _live(service: Service, supporters: int, weeks: int, chances: Chances, every: int = 2) -> Town:
    """So many weeks, one of `every` few compared with the model; then the books."""
    town = Town(service, random.Random(supporters), chances)  # noqa: S311
    town.settle(supporters)
    for week in range(1, weeks + 1):
        town.live_a_week()
        if week % every == 0:
            assert list(town.wrongs()) == []
    assert differences(service) == []
    with service.database.reading() as session:
        states = {payout.stripe_payout_id: state for payout, state in payouts_with_tie_out(session)}
    assert states == {one["id"]: TiesOut() for one in listed(service, "payouts")}
    assert run(service, "selfcheck") == (0, "everything adds up\n")
    return town
