"""What is summed of supporters' worth while time passes, the worker dies, and others write."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from threading import Event, Thread
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from support import clock
from support.db import Database
from support.finance.reports.rollups.worth.checking import wrong_worth
from support.finance.reports.rollups.worth.models import ChangedMembership, WorthDue, WorthTerms
from support.finance.reports.rollups.worth.operations import roll_up_worth
from support.memberships.models import Membership, PaidPeriod
from tests.databases import app_over
from tests.support.finance import membership_calendar as months
from tests.support.finance.membership_comparing import a_book, differing
from tests.support.finance.memberships import ZONE
from tests.support.finance.special_lives import DAY
from tests.support.finance.worth_comparing import SAME_ZONE, add_what_is_to_come, assert_as_without, is_read, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask

    from tests.support.finance.membership_comparing import Truth


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The service over an empty database, with a clock that can be set."""
    app = app_over(database_url)
    clock.init_app(app, tmp_path / "ahead")
    with app.app_context():
        yield app
    app.extensions["database"].engine.dispose()


def _set(app: Flask, truth: Truth, ahead: timedelta) -> Truth:
    """What is true so much later: the clock is set."""
    app.extensions["clock_file"].write_text(str(ahead.total_seconds()), "utf-8")
    now = truth.now + ahead
    return replace(truth, now=now, last_day=months.month_after(months.month_of(now)))


def _all_summed(database: Database, zone: ZoneInfo = ZONE) -> None:
    roll_up_worth(database, zone)
    with database.snapshot() as session:
        assert session.scalar(sa.select(sa.func.count(ChangedMembership.id))) == 0
        assert list(wrong_worth(session)) == []


def test_months_end_and_periods_begin_while_nothing_is_summed(app: Flask) -> None:
    database: Database = app.extensions["database"]
    book = a_book(database, 60, add_what_is_to_come)
    _all_summed(database)
    for days in (2, 4, 11, 35, 80):
        truth = _set(app, book, days * DAY)
        with database.snapshot() as session:
            assert is_read(session, truth)
            assert_as_without(session, truth, "two years and the month to come", "since last month")
    _all_summed(database)
    with database.snapshot() as session:
        assert session.scalar(sa.select(sa.func.min(WorthDue.due_at))) is None
        assert is_read(session, truth)
        assert_as_without(session, truth)


def test_a_clock_that_is_set_back_is_followed(app: Flask) -> None:
    database: Database = app.extensions["database"]
    book = a_book(database, 20, add_what_is_to_come)
    _set(app, book, 80 * DAY)
    _all_summed(database)
    truth = _set(app, book, timedelta())
    with database.snapshot() as session:
        assert not is_read(session, truth)
        assert_as_without(session, truth, "this month")
    _all_summed(database)
    with database.snapshot() as session:
        assert is_read(session, truth)
        assert_as_without(session, truth, "since last month")


def test_another_time_zone_and_other_days_of_grace_are_summed_anew(app: Flask) -> None:
    database: Database = app.extensions["database"]
    truth = a_book(database, 20)
    for zone in (ZoneInfo("UTC"), ZoneInfo("Asia/Tokyo"), ZoneInfo("America/Santiago"), ZONE):
        _all_summed(database, zone)
        with database.snapshot() as session:
            filters = replace(truth.filters, zone=zone)
            assert session.scalars(sa.select(WorthTerms.zone)).one() == zone.key
            assert told(session, filters) == told(session, replace(filters, zone=_other_name(zone)))
    app.extensions["settings"] = app.extensions["settings"].model_copy(update={"grace_days": 3})
    with database.snapshot() as session:
        assert not is_read(session, truth)
    _all_summed(database)
    with database.snapshot() as session:
        assert is_read(session, truth)
        assert told(session, truth.filters) == told(session, replace(truth.filters, zone=SAME_ZONE))


def _other_name(zone: ZoneInfo) -> ZoneInfo:
    names = {"UTC": "Etc/UTC", "Asia/Tokyo": "Japan", "America/Santiago": "Chile/Continental"}
    return ZoneInfo(names.get(zone.key, SAME_ZONE.key))


class Killed(BaseException):
    """The process ends."""


class Dying(Database):
    """A database whose process ends after so many transactions, in the midst of the next."""

    left = 0

    def transact(self, work: Callable[[sa.orm.Session], Any]) -> Any:
        """As before, or the end."""
        if self.left:
            self.left -= 1
            return super().transact(work)
        with self.transaction() as session:
            work(session)
            raise Killed


@pytest.mark.parametrize("transactions", [0, 2])
def test_a_worker_that_dies_leaves_what_the_next_one_goes_on_with(app: Flask, transactions: int) -> None:
    database: Database = app.extensions["database"]
    truth = a_book(database, 700, add_what_is_to_come)
    dying = Dying(database.url.render_as_string(hide_password=False))
    dying.left = transactions
    with pytest.raises(Killed):
        roll_up_worth(dying, ZONE)
    dying.engine.dispose()
    with database.snapshot() as session:
        assert is_read(session, truth) == bool(transactions)
        assert differing(session, truth, "mrr") == []
        assert list(wrong_worth(session)) == []
    _all_summed(database)
    with database.snapshot() as session:
        assert differing(session, truth, "mrr") == []


def test_what_is_read_and_written_while_it_is_summed_is_right(app: Flask) -> None:
    database: Database = app.extensions["database"]
    truth = a_book(database, 40, add_what_is_to_come)
    over = Event()
    worker = Thread(target=_sum_until, args=(app, over))
    writers = [Thread(target=_write, args=(database, seed)) for seed in (1, 2)]
    for thread in (worker, *writers):
        thread.start()
    readings = 0
    while any(writer.is_alive() for writer in writers):
        with database.snapshot() as session:
            readings += is_read(session, truth)
            assert told(session, truth.filters) == told(session, replace(truth.filters, zone=SAME_ZONE))
    over.set()
    worker.join()
    assert readings
    _all_summed(database)


def _sum_until(app: Flask, over: Event) -> None:
    with app.app_context():
        while not over.is_set():
            roll_up_worth(app.extensions["database"], ZONE)


def _write(database: Database, seed: int) -> None:
    """Memberships change hands, state and what was paid for them."""
    random = Random(seed)  # noqa: S311  # the same every time
    for _ in range(60):
        with database.transaction() as session:
            one, period = (random.choice(session.scalars(sa.select(its.id)).all()) for its in (Membership, PaidPeriod))
            values = ({"supporter_id": random.randint(1, 30)}, {"status": random.choice(("active", "unpaid"))})
            session.execute(sa.update(Membership).where(Membership.id == one).values(random.choice(values)))
            other = {"membership_id": one} if random.random() < 0.3 else {"amount_minor": random.randint(0, 5000)}
            session.execute(sa.update(PaidPeriod).where(PaidPeriod.id == period).values(other))
