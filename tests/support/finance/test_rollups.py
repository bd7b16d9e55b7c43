"""Sums by day: reports that read them tell what the facts say, whatever has not been summed yet."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Thread
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from support.db import Database
from support.finance.models import LedgerEntry
from support.finance.reports.filters import day_begins
from support.finance.reports.rollups.days.models import ChangedDay, RolledEntry, RolledPayment, RolledZone
from support.finance.reports.rollups.days.operations import roll_up_days
from support.finance.reports.rollups.worth.operations import roll_up_worth
from support.finance.selfcheck import differences
from support.payments.models import Dispute, Payment, Refund
from tests.databases import app_over
from tests.support.finance.books import ZONE, generate
from tests.support.finance.comparing import RECKONED, cells_of, unequal
from tests.support.finance.reckoning import Reckoning
from tests.support.finance.rows import Books as Rows
from tests.support.finance.test_reports import EVERYTHING, FILTERS
from tests.support.finance.trying import undone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.finance.facts import Books
    from tests.support.finance.reckoning import Tables

NAMES = ("overview", "income", "fees")
WRONG: dict[type[Any], Any] = {RolledPayment: RolledPayment.gross_minor, RolledEntry: RolledEntry.fee_minor}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def rolled(request: pytest.FixtureRequest) -> Iterator[tuple[Database, Books]]:
    """Generated books, and everything summed by day."""
    databases: Any = request.getfixturevalue("sqlite_databases" if request.param == "sqlite" else "postgres_databases")
    app = app_over(databases.new())
    database: Database = app.extensions["database"]
    books = generate(database, months=5, supporters=300)
    roll_up_days(database, ZONE)
    with app.app_context():
        roll_up_worth(database, ZONE)
        yield database, books
    database.engine.dispose()


@pytest.fixture
def trying(rolled: tuple[Database, Books]) -> Iterator[sa.orm.Session]:
    """A transaction that is undone in the end."""
    with undone(rolled[0]) as session:
        yield session


def _all_summed(_session: sa.orm.Session) -> None:
    pass


def _spoil(session: sa.orm.Session) -> None:
    for table, column in WRONG.items():
        session.execute(sa.update(table).values({column.key: column + 1}))


def _some_marked(session: sa.orm.Session) -> None:
    """All but two stretches are to be read afresh: their sums are wrong."""
    days = {EVERYTHING.first_day + timedelta(days=at) for at in range(-200, 200)}
    clean = []
    for first, last in ((date(2024, 3, 20), date(2024, 4, 9)), (date(2024, 5, 2), date(2024, 5, 30))):
        days -= {first + timedelta(days=at) for at in range((last - first).days + 1)}
        # A mark of the day before touches the first of them, too.
        clean.append((day_begins(first + timedelta(days=1), ZONE), day_begins(last + timedelta(days=1), ZONE)))
    session.execute(sa.insert(ChangedDay), [{"day": day} for day in days])
    for table, column in WRONG.items():
        is_clean = sa.or_(*((table.day_at >= starts_at) & (table.day_at < ends_at) for starts_at, ends_at in clean))
        session.execute(sa.update(table).where(~is_clean).values({column.key: column + 1}))


def _every_third_day_marked(session: sa.orm.Session) -> None:
    """More stretches than are read one by one; the two days of the newsroom's that a UTC day touches are wrong."""
    days = [EVERYTHING.first_day + timedelta(days=3 * at) for at in range(50)]
    session.execute(sa.insert(ChangedDay), [{"day": day} for day in days])
    midnights = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in days]
    for table, column in WRONG.items():
        touched = (table.day_at.between(at - timedelta(hours=4), at + timedelta(hours=23)) for at in midnights)
        session.execute(sa.update(table).where(sa.or_(*touched)).values({column.key: column + 1}))


def _too_many_marks(session: sa.orm.Session) -> None:
    _spoil(session)
    session.execute(sa.insert(ChangedDay), [{"day": date(2024, 5, 1)}] * 2001)


def _another_zone(session: sa.orm.Session) -> None:
    _spoil(session)
    session.execute(sa.update(RolledZone).values(name="Asia/Tokyo"))


def _none_summed(session: sa.orm.Session) -> None:
    for table in (RolledPayment, RolledEntry, RolledZone):
        session.execute(sa.delete(table))


STATES = (_all_summed, _some_marked, _every_third_day_marked, _too_many_marks, _another_zone, _none_summed)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", NAMES)
def test_every_cell_is_what_the_facts_say_whatever_is_summed(
    rolled: tuple[Database, Books], trying: sa.orm.Session, name: str, state: Callable[[sa.orm.Session], None]
) -> None:
    state(trying)
    for about, filters in FILTERS.items():
        assert unequal(cells_of(trying, name, filters), RECKONED[name](Reckoning(rolled[1], filters))) == {}, about


@pytest.mark.parametrize("table", WRONG)
def test_a_wrong_sum_is_shown_by_reports_and_found_by_selfcheck(
    rolled: tuple[Database, Books], trying: sa.orm.Session, table: type[Any]
) -> None:
    assert list(differences(trying)) == []
    day_at = trying.scalars(sa.select(table.day_at).where(table.currency == "EUR").order_by(table.day_at)).all()[40]
    name = "income" if table is RolledPayment else "fees"
    column = WRONG[table]
    its = (table.day_at == day_at, table.currency == "EUR")
    trying.execute(sa.update(table).where(*its).values({column.key: column + 1}))
    assert unequal(cells_of(trying, name, EVERYTHING), RECKONED[name](Reckoning(rolled[1], EVERYTHING)))
    found = list(differences(trying))
    assert found
    day = day_at.astimezone(ZONE).date()
    assert all(one.about.startswith(f"{table.__tablename__} {day} EUR") for one in found)
    trying.execute(sa.delete(table).where(*its))
    assert any("nothing, should be" in one.why for one in differences(trying))


def _pay_for_a_foreign_entry(session: sa.orm.Session) -> None:
    """An entry comes before the payment that it is of."""
    foreign = session.scalars(
        sa.select(LedgerEntry)
        .outerjoin(Payment, Payment.stripe_charge_id == LedgerEntry.source_id)
        .where(Payment.id.is_(None), LedgerEntry.type == "charge")
    ).first()
    source = foreign.source_id if foreign else "ch_foreign"
    values = {"stripe_payment_intent_id": "pi_new", "stripe_charge_id": source, "amount_minor": 700, "tax_minor": 7}
    session.add(Payment(**values, currency="EUR", received_at=datetime(2024, 3, 5, tzinfo=UTC)))
    session.flush()


def _first(session: sa.orm.Session, table: type[Any], *where: Any) -> Any:
    return session.scalars(sa.select(table).where(*where).order_by(table.id)).first()


def _move(session: sa.orm.Session) -> None:
    _first(session, Payment).received_at += timedelta(days=40)
    session.flush()


def _turn_into_a_renewal(session: sa.orm.Session) -> None:
    """A payment with a refund: both are of another kind then."""
    refunded = sa.select(Refund.payment_id).where(Refund.status == "succeeded")
    is_first = (Payment.id.in_(refunded), Payment.membership_id.is_not(None), ~Payment.is_renewal)
    _first(session, Payment, *is_first).is_renewal = True
    session.flush()


def _fail_a_refund(session: sa.orm.Session) -> None:
    refund = _first(session, Refund, Refund.status == "succeeded")
    refund.status, refund.succeeded_at = "failed", None
    session.flush()


def _enter(session: sa.orm.Session) -> None:
    entry = _first(session, LedgerEntry)
    copied = {one.key: getattr(entry, one.key) for one in sa.inspect(LedgerEntry).columns}
    copied |= {"id": None, "stripe_balance_transaction_id": "txn_more", "source_id": None}
    session.add(LedgerEntry(**copied))
    session.flush()


WRITES: dict[str, Callable[[sa.orm.Session], Any]] = {
    "all payments at once": lambda session: session.execute(sa.update(Payment).values(tax_minor=3)),
    "an entry before its payment": _pay_for_a_foreign_entry,
    "another moment": _move,
    "another kind": _turn_into_a_renewal,
    "a refund that fails": _fail_a_refund,
    "a refund that goes": lambda session: session.execute(sa.delete(Refund).where(Refund.status == "succeeded")),
    "disputes that are lost": lambda session: session.execute(sa.update(Dispute).values(status="lost")),
    "one more entry": _enter,
    "no more entries": lambda session: session.execute(sa.delete(LedgerEntry).where(LedgerEntry.type == "refund")),
}


def _of_all(session: sa.orm.Session) -> dict[str, Tables]:
    return {name: cells_of(session, name, EVERYTHING) for name in NAMES}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_whatever_is_written_shows_at_once(trying: sa.orm.Session, write: Callable[[sa.orm.Session], Any]) -> None:
    trying.execute(sa.text("DELETE FROM payout_items"))
    before = _of_all(trying)
    write(trying)
    after = _of_all(trying)
    assert after != before
    trying.execute(sa.delete(RolledZone))
    assert {name: unequal(after[name], told) for name, told in _of_all(trying).items()} == {name: {} for name in NAMES}


def test_another_time_zone_has_sums_of_its_own(database_url: str) -> None:
    database = Database(database_url)
    with database.transaction() as session:
        Rows(session).payment(1000, received_at=datetime(2026, 1, 10, 23, tzinfo=UTC))
    for zone in (ZoneInfo("UTC"), ZoneInfo("Asia/Tokyo"), ZoneInfo("America/Santiago")):
        roll_up_days(database, zone)
        with database.reading() as session:
            (day_at,) = session.scalars(sa.select(RolledPayment.day_at))
            assert day_at <= datetime(2026, 1, 10, 23, tzinfo=UTC) < day_at + timedelta(days=1)
            assert day_at.astimezone(zone).hour == 0
            assert list(differences(session)) == []
    database.engine.dispose()


def test_nothing_is_lost_that_is_written_while_two_sum_days(database_url: str) -> None:
    database = Database(database_url)
    with database.transaction() as session:
        Rows(session).payment(1)
    roll_up_days(database, ZONE)
    writers = [Thread(target=_pay, args=(database, number)) for number in (1, 2)]
    with ThreadPoolExecutor(2) as pool:
        summing = [pool.submit(_sum_while, database, writers) for _ in range(2)]
        for writer in writers:
            writer.start()
        for one in summing:
            one.result()
    roll_up_days(database, ZONE)
    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count(ChangedDay.id))) == 0
        sums = sa.select(sa.func.sum(RolledPayment.payments), sa.func.sum(RolledPayment.refunds))
        assert tuple(session.execute(sums).one()) == (121, 40)
        assert list(differences(session)) == []
    database.engine.dispose()


def _sum_while(database: Database, writers: list[Thread]) -> None:
    while any(writer.ident is None or writer.is_alive() for writer in writers):
        roll_up_days(database, ZONE)


def _pay(database: Database, number: int) -> None:
    """Payments with their entries; of every third its refund, in a transaction of its own."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for one in range(60):
        name, at = f"{number}_{one}", at + timedelta(hours=7)
        with database.transaction() as session:
            values = {"amount_minor": 100, "currency": "EUR", "received_at": at}
            payment = Payment(stripe_payment_intent_id=f"pi_{name}", stripe_charge_id=f"ch_{name}", **values)
            session.add(payment)
            session.flush()
        if one % 3 == 0:
            with database.transaction() as session:
                values = {"amount_minor": 100, "currency": "EUR", "created_at": at, "succeeded_at": at}
                session.add(Refund(stripe_refund_id=f"re_{name}", payment_id=payment.id, status="succeeded", **values))


def test_every_table_that_sums_are_made_of_marks_what_changes(database_url: str) -> None:
    """A migration that makes a table anew loses its triggers, unless it makes them, too."""
    database = Database(database_url)
    made = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if not database.is_sqlite:
        made = "SELECT tgname FROM pg_trigger WHERE tgenabled = 'A'"
    with database.reading() as session:
        found = {name for name in session.scalars(sa.text(made)) if name.endswith("_marks")}
    tables = ("payments", "refunds", "disputes", "ledger_entries", "memberships", "paid_periods")
    assert found == {f"{table}_{write}_marks" for table in tables for write in ("insert", "update", "delete")}
    database.engine.dispose()
