"""Write generated books straight into a database, table by table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from support.accounts.models import Supporter
from support.campaigns.models import Campaign, Plan
from support.checkout.models import Checkout
from support.finance.models import LedgerEntry, Payout, PayoutItem
from support.memberships.models import Membership, PaidPeriod
from support.payments.models import Dispute, FailedPayment, FraudWarning, Payment, Refund

if TYPE_CHECKING:
    from collections.abc import Sequence

    from support.db import Base, Database
    from tests.support.finance.facts import Books

_AT_ONCE = 5_000


@dataclass(frozen=True)
class _Content:
    table: type[Base]
    facts: Sequence[NamedTuple]


def write(database: Database, books: Books) -> None:
    """Everything in one transaction, those that others refer to first; statistics are fresh afterwards."""
    with database.engine.execution_options(is_writing=True).begin() as connection:
        _trust_references(connection)
        _write_campaigns(connection, books)
        for content in _contents(books):
            if connection.dialect.name == "postgresql":
                _copy(connection, content)
            else:
                _insert(connection, content)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE")


def _trust_references(connection: sa.Connection) -> None:
    """Books are whole by their making; looking up what millions of rows refer to takes most of the time."""
    if connection.dialect.name == "postgresql" and connection.exec_driver_sql("SHOW is_superuser").scalar() == "on":
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")


def _contents(books: Books) -> tuple[_Content, ...]:
    return (
        _Content(Supporter, books.supporters),
        _Content(Checkout, books.checkouts),
        _Content(Membership, books.memberships),
        _Content(PaidPeriod, books.periods),
        _Content(Payment, books.payments),
        _Content(FailedPayment, books.failures),
        _Content(Refund, books.refunds),
        _Content(Dispute, books.disputes),
        _Content(FraudWarning, books.warnings),
        _Content(LedgerEntry, books.entries),
        _Content(Payout, books.payouts),
        _Content(PayoutItem, books.items),
    )


def _write_campaigns(connection: sa.Connection, books: Books) -> None:
    for position, campaign in enumerate(books.campaigns):
        texts = {"en": {"headline": campaign.slug}}
        row = {"id": campaign.id, "slug": campaign.slug, "position": position + 100, "is_active": True, "texts": texts}
        connection.execute(sa.insert(Campaign), row)
        for interval, (plan_id, slug) in campaign.plans.items():
            plan = {"id": plan_id, "campaign_id": campaign.id, "slug": slug, "position": plan_id, "is_active": True}
            connection.execute(sa.insert(Plan), plan | {"interval": interval, "names": {"en": slug}})


def _insert(connection: sa.Connection, content: _Content) -> None:
    for start in range(0, len(content.facts), _AT_ONCE):
        rows = [_as_row(fact) for fact in content.facts[start : start + _AT_ONCE]]
        connection.execute(sa.insert(content.table), rows)


def _as_row(fact: NamedTuple) -> dict[str, Any]:
    row = fact._asdict()
    return row | {"request_params": {}} if "request_params" in row else row


def _copy(connection: sa.Connection, content: _Content) -> None:
    """As a million rows come fast; ids continue after the last of them."""
    if not content.facts:
        return
    table, columns = content.table.__tablename__, content.facts[0]._fields
    driver: Any = connection.connection.driver_connection
    with driver.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN".encode()) as copy:
        for fact in content.facts:
            copy.write_row(fact)
    if "id" in columns:
        newest = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"  # noqa: S608
        connection.exec_driver_sql(newest)
