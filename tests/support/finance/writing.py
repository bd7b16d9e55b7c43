"""Write generated books straight into a database, table by table."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from support.accounts.models import Supporter
from support.campaigns.models import Campaign, Plan
from support.checkout.models import Checkout
from support.finance.models import LedgerEntry, Payout, PayoutItem
from support.memberships.models import Membership, PaidPeriod
from support.payments.models import Dispute, FailedPayment, FraudWarning, Payment, Refund

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from support.db import Base, Database
    from tests.support.finance.facts import Books

_AT_ONCE = 5_000
# A row's columns. JSON stands in it as text.
Row = dict[str, Any]


def write(database: Database, books: Books) -> None:
    """Everything, those that others refer to first."""
    with filling(database) as connection:
        _write_campaigns(connection, books)
        for table, facts in _contents(books):
            fill(connection, table, (fact._asdict() for fact in facts))


@contextmanager
def filling(database: Database) -> Iterator[sa.Connection]:
    """One transaction for everything; statistics are fresh afterwards."""
    with database.engine.execution_options(is_writing=True).begin() as connection:
        _trust_references(connection)
        yield connection
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE")


def fill(connection: sa.Connection, table: type[Base], rows: Iterable[Row]) -> None:
    """Rows that all have the same columns."""
    coming = iter(rows)
    first = next(coming, None)
    if first is None:
        return
    # COPY knows none of them.
    defaults = {one.name: one.default.arg for one in table.__table__.columns if one.default and one.default.is_scalar}
    whole = (defaults | row for row in chain([first], coming))
    if connection.dialect.name == "postgresql":
        _copy(connection, table, list(defaults | first), whole)
    else:
        _insert(connection, table, whole)


def _trust_references(connection: sa.Connection) -> None:
    """Books are whole by their making; looking up what millions of rows refer to takes most of the time."""
    if connection.dialect.name == "postgresql" and connection.exec_driver_sql("SHOW is_superuser").scalar() == "on":
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")


def _contents(books: Books) -> tuple[tuple[type[Base], Sequence[NamedTuple]], ...]:
    return (
        (Supporter, books.supporters),
        (Checkout, books.checkouts),
        (Membership, books.memberships),
        (PaidPeriod, books.periods),
        (Payment, books.payments),
        (FailedPayment, books.failures),
        (Refund, books.refunds),
        (Dispute, books.disputes),
        (FraudWarning, books.warnings),
        (LedgerEntry, books.entries),
        (Payout, books.payouts),
        (PayoutItem, books.items),
    )


def _write_campaigns(connection: sa.Connection, books: Books) -> None:
    for position, campaign in enumerate(books.campaigns):
        texts = {"en": {"headline": campaign.slug}}
        row = {"id": campaign.id, "slug": campaign.slug, "position": position + 100, "is_active": True, "texts": texts}
        connection.execute(sa.insert(Campaign), row)
        for interval, (plan_id, slug) in campaign.plans.items():
            plan = {"id": plan_id, "campaign_id": campaign.id, "slug": slug, "position": plan_id, "is_active": True}
            connection.execute(sa.insert(Plan), plan | {"interval": interval, "names": {"en": slug}})


def _insert(connection: sa.Connection, table: type[Base], rows: Iterator[Row]) -> None:
    while some := [_without_json(row) for row in islice(rows, _AT_ONCE)]:
        connection.execute(sa.insert(table), some)


def _without_json(row: Row) -> Row:
    return row | {"request_params": {}} if "request_params" in row else row


def _copy(connection: sa.Connection, table: type[Base], columns: list[str], rows: Iterator[Row]) -> None:
    """As a million rows come fast; ids continue after the last of them."""
    name = table.__tablename__
    driver: Any = connection.connection.driver_connection
    with driver.cursor().copy(f"COPY {name} ({', '.join(columns)}) FROM STDIN".encode()) as copy:
        for row in rows:
            copy.write_row([*row.values()])
    if "id" in columns:
        newest = f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}"  # noqa: S608
        connection.exec_driver_sql(newest)
