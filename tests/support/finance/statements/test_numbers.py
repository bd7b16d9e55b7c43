"""Numbers have no gap and no double, whoever issues at the same time and whatever is undone; and books prove it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from support import clock
from support.finance.selfcheck import differences
from support.finance.statements.models import Statement, StatementCounter, StatementTotal
from support.finance.statements.operations import issue, reissue
from support.finance.statements.queries import years_of
from support.finance.statements.rules import FiscalYear
from support.payments.models import Payment
from tests.services import running_service
from tests.support.finance.books import ZONE, generate
from tests.support.readers import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services import Service, StandIn

YEAR = FiscalYear(2024, 1)


class Undone(Exception):
    """Something else in the transaction went wrong."""


@pytest.fixture
def booked(database_url: str, stand_in: StandIn) -> Iterator[Service]:
    """Two months of 2024 with the payments of many supporters, in several currencies, refunded and disputed."""
    with running_service(database_url, stand_in, newsroom_time_zone=str(ZONE)) as service:
        generate(service.database, months=2, supporters=80)
        with service.app.app_context():
            yield service


def payers(service: Service, count: int) -> list[int]:
    """So many supporters who paid."""
    with service.database.reading() as session:
        paid = sa.select(Payment.supporter_id).where(Payment.supporter_id.is_not(None)).distinct()
        found = [number or 0 for number in session.scalars(paid.order_by(Payment.supporter_id).limit(count))]
    assert len(found) == count
    return found


def give(service: Service, supporter_id: int, *, undo: bool = False) -> None:
    """Issue the supporter's statement of 2024 in a transaction of its own."""
    with service.app.app_context(), service.database.transaction() as session:
        issue(session, supporter_id, YEAR, service.settings, clock.now())
        if undo:
            raise Undone


def selfcheck(service: Service) -> list[str]:
    with service.database.reading() as session:
        return [f"{one.about}: {one.why}" for one in differences(session) if one.about.startswith("statement")]


def test_thirty_at_once_get_thirty_numbers_whatever_is_undone_between(booked: Service) -> None:
    people = payers(booked, 40)
    with ThreadPoolExecutor(12) as pool:
        work = [pool.submit(give, booked, number, undo=at % 4 == 3) for at, number in enumerate(people)]
    undone = [one for one in work if isinstance(one.exception(), Undone)]

    assert [one.exception() for one in work if one not in undone] == [None] * 30
    assert sorted(one.number for one in rows(booked, Statement)) == list(range(1, 31))
    assert [(one.fiscal_year, one.last_number) for one in rows(booked, StatementCounter)] == [(2024, 30)]
    assert selfcheck(booked) == []


def test_one_that_is_undone_leaves_nothing(booked: Service) -> None:
    first, second = payers(booked, 2)
    with pytest.raises(Undone):
        give(booked, first, undo=True)
    assert (rows(booked, Statement), rows(booked, StatementCounter)) == ([], [])
    give(booked, second)
    assert [one.name for one in rows(booked, Statement)] == ["2024-00001"]


def test_the_same_statement_asked_for_ten_times_at_once_is_one(booked: Service) -> None:
    (person,) = payers(booked, 1)
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda _: give(booked, person), range(10)))
    assert [one.name for one in rows(booked, Statement)] == ["2024-00001"]


def test_one_that_is_reissued_twice_at_once_is_replaced_once(booked: Service) -> None:
    (person,) = payers(booked, 1)
    give(booked, person)

    def again(_: int) -> str:
        with booked.app.app_context(), booked.database.transaction() as session:
            first = session.get_one(Statement, 1)
            return reissue(session, first, "wrong", booked.settings, clock.now()).name

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(again, range(8))) == {"2024-00002"}
    assert [(one.name, one.voided_at is None, one.replaces_id) for one in rows(booked, Statement)] == [
        ("2024-00001", False, None),
        ("2024-00002", True, 1),
    ]
    assert selfcheck(booked) == []


def test_selfcheck_finds_a_gap_and_totals_that_are_not_those_of_the_lines(booked: Service) -> None:
    for person in payers(booked, 3):
        give(booked, person)
    assert selfcheck(booked) == []
    with booked.database.transaction() as session:
        session.execute(sa.update(StatementCounter).values(last_number=5))
    assert selfcheck(booked) == ["statements of 2024: 5 numbers given, 3 statements with 3 numbers up to 3"]
    give(booked, payers(booked, 4)[3])
    assert selfcheck(booked) == ["statements of 2024: 6 numbers given, 4 statements with 4 numbers up to 6"]

    with booked.database.transaction() as session:
        session.execute(sa.update(StatementCounter).values(last_number=6))
        session.add(StatementTotal(statement_id=1, currency="XAF", paid_minor=1, refunded_minor=0))
    (_, wrong) = selfcheck(booked)
    assert wrong == "statement 2024-00001: lines 0 and 0 back, totals 1 and 0 back, XAF"
    done = booked.app.test_cli_runner().invoke(args=["selfcheck"])
    assert done.exit_code == 1
    assert wrong in done.output


def test_the_database_refuses_a_double_number_and_a_second_one_that_counts(booked: Service) -> None:
    first, second = payers(booked, 2)
    give(booked, first)
    for values in ({"number": 1, "supporter_id": second}, {"number": 2, "supporter_id": first}):
        one = Statement(
            fiscal_year=2024,
            first_month=1,
            newsroom_name="",
            newsroom_legal="",
            newsroom_contact="",
            issued_at=clock.now(),
            **values,
        )
        with pytest.raises(sa.exc.IntegrityError), booked.database.transaction() as session:
            session.add(one)


CHANGES = [
    "DELETE FROM statement_lines",
    "DELETE FROM statement_totals",
    "DELETE FROM statements",
    "UPDATE statement_lines SET amount_minor = amount_minor + 1",
    "UPDATE statement_lines SET plan_names = '{}'",
    "UPDATE statement_totals SET refunded_minor = 0",
    "UPDATE statements SET number = 7",
    "UPDATE statements SET public_id = 'guessed'",
    "UPDATE statements SET newsroom_legal = 'another'",
    "UPDATE statements SET voided_at = NULL, void_reason = NULL WHERE id = 2",
    "UPDATE statements SET voided_at = '2020-01-01 00:00:00' WHERE id = 2",
    "UPDATE statements SET void_reason = 'another' WHERE id = 2",
]
ONLY_SQLITE = [
    "INSERT OR REPLACE INTO statement_totals SELECT statement_id, currency, 1, 1 FROM statement_totals",
    """INSERT OR REPLACE INTO statement_lines SELECT statement_id, position, payment_id, received_on, 'another',
    plan_names, currency, 1, 0, 0, 0 FROM statement_lines""",
    """INSERT OR REPLACE INTO statements SELECT id + 10, public_id || 'x', fiscal_year, number, first_month,
    supporter_id, 'another', '', '', issued_at, voided_at, void_reason, NULL FROM statements""",
]
ONLY_POSTGRESQL = ["TRUNCATE statement_lines", "TRUNCATE supporters CASCADE"]


def test_what_was_issued_never_changes(booked: Service) -> None:
    first, second = payers(booked, 2)
    give(booked, first)
    give(booked, second)
    with booked.database.transaction() as session:
        reissue(session, session.get_one(Statement, 2), "wrong", booked.settings, clock.now())
    own = ONLY_SQLITE if booked.database.is_sqlite else ONLY_POSTGRESQL
    for statement in [*CHANGES, *own]:
        with pytest.raises(sa.exc.IntegrityError, match="issued once"), booked.database.transaction() as session:
            session.execute(sa.text(statement))
    with booked.database.transaction() as session:
        session.execute(sa.text("UPDATE statements SET void_reason = 'erased' WHERE id = 2"))
        assert [one.statement is not None for one in years_of(session, first, 1)] == [True]
