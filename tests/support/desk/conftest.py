"""A newsroom with books, and members of its staff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.services import Service, running_service
from tests.support.desk.reading import SeenPage
from tests.support.desk.staffing import Colleague, a_colleague
from tests.support.finance.books import FIRST_MONTH, ZONE, generate

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests

    from tests.databases import PostgresDatabases
    from tests.services import StandIn
    from tests.support.finance.facts import Books

# All that is in the books: their first two months.
PERIOD = {"from": FIRST_MONTH.isoformat(), "to": "2024-03-31"}


@dataclass
class Booked:
    """A running service, what was written into its books, and who may look at them."""

    service: Service
    books: Books
    members: dict[str, Colleague]

    def ask(self, path: str, *, role: str = "finance", **query: str) -> requests.Response:
        """The answer to a member's browser."""
        url = f"{self.service.url}{path}"
        return self.members[role].browser.get(url, params=query, allow_redirects=False, timeout=60)

    def see(self, path: str, *, role: str = "finance", **query: str) -> SeenPage:
        """The page, which there must be."""
        answer = self.ask(path, role=role, **query)
        assert answer.status_code == 200, answer.text
        return SeenPage(answer.text)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def booked(request: pytest.FixtureRequest, stand_in_server: StandIn) -> Iterator[Booked]:
    """Two months of books on each kind of database; tests of one file share them and change nothing but the audit."""
    if request.param == "sqlite":
        url = request.getfixturevalue("sqlite_databases").new()
        yield from _running(url, stand_in_server)
    else:
        databases: PostgresDatabases = request.getfixturevalue("postgres_databases")
        url = databases.new()
        yield from _running(url, stand_in_server)
        databases.drop(url)


def _running(url: str, stand_in: StandIn) -> Iterator[Booked]:
    with running_service(url, stand_in, newsroom_time_zone=str(ZONE)) as service:
        books = generate(service.database, months=2, supporters=160)
        yield Booked(service, books, {role: a_colleague(service, role) for role in ("finance", "editor")})
