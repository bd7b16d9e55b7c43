"""An export over HTTP: a download that no browser opens as a page, streamed from a session of its own."""

from __future__ import annotations

from dataclasses import replace
from queue import Queue
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import requests
import sqlalchemy as sa

from support import guards
from support.db import Database
from support.finance.exports import SOURCES
from support.finance.exports.files import pieces
from support.finance.exports.responses import as_response
from support.finance.exports.shape import Tally, Wanted
from support.finance.reports import Kind
from support.finance.reports.shape import Report, Table
from tests.services import running_service
from tests.support.finance.exporting import books, records_of
from tests.support.finance.rows import BEGAN, JANUARY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Response
    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters
    from tests.services import Service, StandIn


@pytest.fixture
def service(database_url: str, stand_in: StandIn) -> Iterator[Service]:
    """A service of these tests alone: they add an address to it."""
    with running_service(database_url, stand_in, newsroom_name=uuid4().hex) as running:
        yield running


def test_an_export_is_a_download(service: Service) -> None:
    with books(service.settings.database_url) as these:
        for _ in range(2500):
            these.entry("charge", 100, at=BEGAN)
    ended: Queue[int] = Queue()
    filters = replace(JANUARY, asked={"article": 'https://a.example/b"\r\nx: y/../'})

    @guards.anyone
    def view() -> Response:
        return as_response(Wanted(SOURCES["ledger"], filters, "csv"), ended.put)

    service.app.add_url_rule("/an-export", view_func=view)
    answer = requests.get(f"{service.url}/an-export", timeout=30)
    assert len(records_of(answer.content)) == 2500
    assert ended.get(timeout=10) == 2500  # a moment after the last piece has left
    assert ended.empty()
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert service.database.engine.pool.status().count("Current Checked out connections: 0") == 1


HEADERS = {
    "Content-Type": "text/csv; charset=utf-8",
    "Content-Disposition": 'attachment; filename="ledger-2026-01-01-2026-01-31-article-https-a-example-b-x-y.csv"',
    "Content-Security-Policy": "sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def slow(session: Session, _filters: Filters) -> Report:
    session.execute(sa.text("SELECT pg_sleep(0.3)"))
    return Report("slow", "Slow", "It takes longer than a page may.", (Table("none", "None", (), ()),))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_file_may_take_longer_than_a_page(database_url: str) -> None:
    database = Database(database_url)
    with database.snapshot() as session:
        session.execute(sa.text("SET LOCAL statement_timeout = 100"))
        assert list(pieces(session, Wanted(Kind("slow", "Slow", slow), JANUARY, "csv"), Tally()))
    with database.snapshot() as session:
        session.execute(sa.text("SET LOCAL statement_timeout = 100"))
        with pytest.raises(sa.exc.OperationalError):
            slow(session, JANUARY)
    database.engine.dispose()


def test_what_cannot_be_exported_is_refused_before_anything_is_sent(service: Service) -> None:
    @guards.anyone
    def view() -> Response:
        return as_response(Wanted(SOURCES["income"], JANUARY, "csv", "none"))

    service.app.add_url_rule("/an-export", view_func=view)
    answer = requests.get(f"{service.url}/an-export", headers={"Accept": "application/json"}, timeout=30)
    assert answer.status_code == 422
    assert "Content-Disposition" not in answer.headers
