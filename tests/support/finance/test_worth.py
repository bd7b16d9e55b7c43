"""What memberships are worth, from its rollup: reports tell what they would without, and what the definitions give."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from support import clock
from support.finance.reports.rollups.worth.checking import wrong_worth
from support.finance.reports.rollups.worth.models import (
    ChangedMembership,
    WorthDue,
    WorthMovement,
    WorthTerms,
    WorthTurn,
)
from support.finance.reports.rollups.worth.operations import roll_up_worth
from support.finance.selfcheck import differences
from support.memberships.models import Membership, PaidPeriod
from support.payments.models import Payment
from tests.databases import app_over
from tests.support.finance import membership_calendar as months
from tests.support.finance.membership_comparing import a_book, differing
from tests.support.finance.memberships import ARTICLE, PLANS, ZONE, at
from tests.support.finance.special_lives import DAY
from tests.support.finance.trying import undone
from tests.support.finance.worth_comparing import (
    SAME_ZONE,
    add_what_is_to_come,
    assert_as_without,
    is_read,
    listed,
    periods_of,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.db import Database
    from tests.support.finance.membership_comparing import Truth


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def summed(request: pytest.FixtureRequest) -> Iterator[tuple[Database, Truth]]:
    """A book of memberships, all of it summed."""
    databases: Any = request.getfixturevalue("sqlite_databases" if request.param == "sqlite" else "postgres_databases")
    app = app_over(databases.new())
    database: Database = app.extensions["database"]
    with app.app_context():
        truth = a_book(database, 70, add_what_is_to_come)
        roll_up_worth(database, ZONE)
        yield database, truth
    database.engine.dispose()


@pytest.fixture
def trying(summed: tuple[Database, Truth]) -> Iterator[sa.orm.Session]:
    """A transaction that is undone in the end."""
    with undone(summed[0]) as session:
        yield session


def _spoil(session: sa.orm.Session) -> None:
    for table in (WorthMovement, WorthTurn):
        session.execute(sa.update(table).where(table.currency != "").values(moved_minor=table.moved_minor + 1))


def _too_many_marks(session: sa.orm.Session) -> None:
    session.execute(sa.insert(ChangedMembership), [{"supporter": 1}] * 2001)


def _another_zone(session: sa.orm.Session) -> None:
    session.execute(sa.update(WorthTerms).values(zone="Asia/Tokyo"))


def _another_grace(session: sa.orm.Session) -> None:
    session.execute(sa.update(WorthTerms).values(grace_seconds=0))


def _a_later_clock(session: sa.orm.Session) -> None:
    session.execute(sa.update(WorthTerms).values(summed_at=clock.now() + timedelta(hours=1)))


def _none_summed(session: sa.orm.Session) -> None:
    session.execute(sa.delete(WorthTerms))


def test_every_cell_is_as_without_a_rollup_and_as_the_definitions_give(
    summed: tuple[Database, Truth], trying: sa.orm.Session
) -> None:
    assert is_read(trying, summed[1])
    assert_as_without(trying, summed[1])


@pytest.mark.parametrize("state", [_too_many_marks, _another_zone, _another_grace, _a_later_clock, _none_summed])
def test_what_does_not_hold_is_not_read(
    summed: tuple[Database, Truth], trying: sa.orm.Session, state: Callable[[sa.orm.Session], None]
) -> None:
    _spoil(trying)
    state(trying)
    assert not is_read(trying, summed[1])
    assert differing(trying, summed[1], "mrr") == []
    assert told(trying, summed[1].filters) == told(trying, replace(summed[1].filters, zone=SAME_ZONE))


def test_a_filter_that_changes_figures_is_answered_from_the_rows(
    summed: tuple[Database, Truth], trying: sa.orm.Session
) -> None:
    truth = summed[1]
    _spoil(trying)
    for asked in ({"plan_id": PLANS["month"]}, {"article": ARTICLE}, {"campaign_id": 999}):
        filters = replace(truth.filters, **asked)
        assert told(trying, filters) == told(trying, replace(filters, zone=SAME_ZONE))
    assert told(trying, truth.filters) != told(trying, replace(truth.filters, zone=SAME_ZONE))


WRONG = {
    "months": sa.update(WorthMovement)
    .where(WorthMovement.at == months.midnight(date(2025, 4, 1)), WorthMovement.movement == "new")
    .values(moved_minor=WorthMovement.moved_minor + 1),
    "members": sa.update(WorthMovement)
    .where(WorthMovement.at == months.midnight(date(2025, 4, 1)), WorthMovement.movement == "left")
    .values(supporters=WorthMovement.supporters + 1),
    "turns": sa.update(WorthTurn)
    .where(WorthTurn.at == at("2025-03-10 09:00"), WorthTurn.moved_minor > 0)
    .values(moved_minor=WorthTurn.moved_minor + 1),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_wrong_sum_is_shown_by_reports_and_found_by_selfcheck(
    summed: tuple[Database, Truth], trying: sa.orm.Session, wrong: sa.Update
) -> None:
    filters = periods_of(summed[1])["odd days"]
    assert list(wrong_worth(trying)) == []
    before = {one.about for one in differences(trying)}
    trying.execute(wrong)
    assert told(trying, filters) != told(trying, replace(filters, zone=SAME_ZONE))
    found = [one for one in differences(trying) if one.about not in before]
    assert found
    assert all(", should be" in one.why for one in found)


def test_selfcheck_finds_a_period_to_come_that_nobody_waits_for(trying: sa.orm.Session) -> None:
    trying.execute(sa.delete(WorthDue))
    assert all(about.startswith("next period of supporter") for about, _ in wrong_worth(trying))
    assert list(wrong_worth(trying))


def _merge(session: sa.orm.Session) -> None:
    """Supporters become one, each third of another."""
    session.execute(sa.update(Membership).where(Membership.id % 3 == 0).values(supporter_id=1))
    session.execute(sa.update(Membership).where(Membership.id % 7 == 0).values(supporter_id=None))


def _renew(session: sa.orm.Session) -> None:
    goes_on = (Membership.status == "active", Membership.ends_at.is_(None))
    one = session.scalars(sa.select(Membership).where(*goes_on)).first()
    assert one is not None
    its = {"stripe_invoice_id": "in_more", "membership_id": one.id, "amount_minor": 7777, "currency": one.currency}
    session.add(PaidPeriod(starts_at=clock.now() - DAY, ends_at=clock.now() + 29 * DAY, **its))
    session.flush()


def _move_periods(session: sa.orm.Session) -> None:
    for period in session.scalars(sa.select(PaidPeriod).where(PaidPeriod.id % 5 == 0)).all():
        period.membership_id = period.membership_id % 50 + 1
    session.flush()


def _forget(session: sa.orm.Session) -> None:
    session.execute(sa.update(Payment).values(membership_id=None))
    some = sa.select(Membership.id).where(Membership.id % 4 == 0)
    session.execute(sa.delete(PaidPeriod).where(PaidPeriod.membership_id.in_(some)))
    session.execute(sa.delete(Membership).where(Membership.id % 4 == 0))


def _some_periods() -> sa.Update:
    return sa.update(PaidPeriod).where(PaidPeriod.id % 3 == 1)


WRITES: dict[str, Callable[[sa.orm.Session], Any]] = {
    "merging": _merge,
    "a renewal": _renew,
    "periods of other memberships": _move_periods,
    "memberships that go": _forget,
    "other amounts": lambda s: s.execute(_some_periods().values(amount_minor=PaidPeriod.amount_minor + 100)),
    "for nothing": lambda s: s.execute(_some_periods().values(amount_minor=0)),
    "another currency": lambda s: s.execute(_some_periods().values(currency="USD")),
    "other ends": lambda s: s.execute(_some_periods().values(ends_at=PaidPeriod.starts_at)),
    "a status": lambda s: s.execute(sa.update(Membership).where(Membership.id % 2 == 0).values(status="unpaid")),
    "an end": lambda s: s.execute(sa.update(Membership).values(ended_at=clock.now() - 20 * DAY)),
    "no end": lambda s: s.execute(sa.update(Membership).values(ended_at=None, ends_at=None, status="active")),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_whatever_is_written_shows_at_once(
    summed: tuple[Database, Truth], trying: sa.orm.Session, write: Callable[[sa.orm.Session], Any]
) -> None:
    truth = summed[1]
    before = told(trying, truth.filters)
    write(trying)
    assert is_read(trying, truth)
    assert (after := told(trying, truth.filters)) != before
    assert after == told(trying, replace(truth.filters, zone=SAME_ZONE))
    periods = periods_of(truth)
    filters = periods["odd days in dollars"]
    assert told(trying, filters) == told(trying, replace(filters, zone=SAME_ZONE))
    for filters in (periods["odd days"], periods["this month"]):
        assert listed(trying, filters) == listed(trying, replace(filters, zone=SAME_ZONE))
