"""Nothing is acknowledged that is not committed: while the database is away Stripe hears 503, and sends again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from tests.services import running_service
from tests.webhooks.events import a_body, an_event, post, stored
from webhooks.envelopes import open_envelope, row_of
from webhooks.inbox import new_inbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases import PostgresDatabases, SqliteDatabases
    from tests.services import Service, StandIn


@pytest.fixture
def on_postgresql(postgres_databases: PostgresDatabases, stand_in: StandIn) -> Iterator[Service]:
    """The service on PostgreSQL; its database goes when the test ends."""
    url = postgres_databases.new()
    with running_service(url, stand_in) as running:
        yield running
    postgres_databases.drop(url)


@pytest.fixture
def on_sqlite(sqlite_databases: SqliteDatabases, stand_in: StandIn) -> Iterator[Service]:
    """The service on SQLite."""
    with running_service(sqlite_databases.new(), stand_in) as running:
        yield running


def _run(service: Service, statement: str) -> None:
    """As the server's administrator, from another database; `{name}` is the service's."""
    name = service.database.url.database
    administration = sa.create_engine(service.database.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with administration.connect() as connection:
        connection.execute(sa.text(statement.format(name=name)))
    administration.dispose()


def _end_connections(service: Service) -> None:
    _run(service, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


def _alter(service: Service, setting: str) -> None:
    """Change the database for connections to come, and end those that there are."""
    _run(service, f"ALTER DATABASE {{name}} {setting}")
    _end_connections(service)


def test_ended_connections_are_made_anew_without_a_refusal(on_postgresql: Service) -> None:
    for _ in range(3):
        assert [post(on_postgresql, a_body()).status_code for _ in range(3)] == [200] * 3
        _end_connections(on_postgresql)

    assert len(stored(on_postgresql)) == 9


def test_a_database_that_takes_no_connection_is_503_until_it_does(on_postgresql: Service) -> None:
    _alter(on_postgresql, "ALLOW_CONNECTIONS false")
    refused = post(on_postgresql, body := a_body())
    _alter(on_postgresql, "ALLOW_CONNECTIONS true")
    taken = post(on_postgresql, body)

    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")
    assert refused.json()["code"] == "service_unavailable"
    assert taken.status_code == 200
    assert len(stored(on_postgresql)) == 1


def test_a_database_that_only_reads_is_503_until_it_writes(on_postgresql: Service) -> None:
    _alter(on_postgresql, "SET default_transaction_read_only = on")
    refused = post(on_postgresql, a_body())
    _alter(on_postgresql, "SET default_transaction_read_only = off")
    taken = post(on_postgresql, a_body())

    assert (refused.status_code, taken.status_code) == (503, 200)
    assert len(stored(on_postgresql)) == 1


def test_a_file_that_somebody_keeps_locked_is_503_until_it_is_free(on_sqlite: Service) -> None:
    with on_sqlite.database.transaction() as session:
        session.connection()  # BEGIN IMMEDIATE
        refused = post(on_sqlite, body := a_body())
    again = post(on_sqlite, body)

    assert (refused.status_code, again.status_code) == (503, 200)
    assert len(stored(on_sqlite)) == 1


def test_a_row_that_cannot_be_written_stops_none_after_it(on_sqlite: Service) -> None:
    inbox = new_inbox(on_sqlite.database)
    good = row_of(open_envelope(an_event()), b"{}", is_live=False)

    with pytest.raises(UnicodeEncodeError):
        inbox.store(("\ud800", *good[1:]))
    inbox.store(good)

    assert list(stored(on_sqlite)) == [good[0]]
