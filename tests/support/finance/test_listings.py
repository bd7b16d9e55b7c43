"""Listings show every row once, in order, page by page."""

from __future__ import annotations

import base64
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from support.errors import InvalidInput
from support.finance.listings.paging import Place
from tests.support.finance.books import ZONE
from tests.support.finance.listing_pages import PERIOD, page, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.db import Database
    from tests.support.finance.facts import Books


@pytest.mark.parametrize(("name", "place"), [("payments", 1), ("ledger", 1), ("refunds", 1), ("failures", 1)])
def test_pages_show_every_row_once_and_the_newest_first(written: tuple[Database, Books], name: str, place: int) -> None:
    database, books = written
    facts: dict[str, list[tuple[datetime, Any]]] = {
        "payments": [(one.received_at, one.id) for one in books.payments],
        "ledger": sorted(
            ((one.created_at, one.id) for one in books.entries if one.created_at < books.now), reverse=True
        ),
        "refunds": [(one.created_at, one.id) for one in books.refunds],
        "failures": [(one.failed_at, one.stripe_charge_id) for one in books.failures],
    }
    names: dict[str, Callable[[Any], str]] = {
        "payments": str,
        "ledger": lambda number: f"txn_{number}",
        "refunds": lambda number: books.refunds[number - 1].stripe_refund_id,
        "failures": str,
    }
    expected = sorted(facts[name], reverse=True)
    found = [(row.cells[0], row.cells[place]) for row in walk(database, name, PERIOD, size=37)]
    assert found == [(moment, names[name](number)) for moment, number in expected]


def test_refunds_by_when_they_succeeded_are_all_there_page_by_page(written: tuple[Database, Books]) -> None:
    """They are in the order in which they were made, which is another."""
    database, books = written
    asked = {"from": "2024-03-01", "to": "2024-05-31", "moment": "succeeded"}
    first, last = datetime(2024, 3, 1, tzinfo=ZONE), datetime(2024, 6, 1, tzinfo=ZONE)
    those = [one for one in books.refunds if one.succeeded_at is not None and first <= one.succeeded_at < last]

    found = [row.cells[1] for row in walk(database, "refunds", asked, size=3)]

    assert len(found) == len(those) > 9
    assert set(found) == {one.stripe_refund_id for one in those}


@contextmanager
def steps_of(database: Database) -> Iterator[list[int]]:
    """What SQLite does meanwhile, in hundreds of its virtual machine's instructions."""
    counted: list[int] = []
    connection = database.engine.raw_connection()
    held: Any = connection.driver_connection
    held.set_progress_handler(lambda: counted.append(100), 100)
    connection.close()  # back into the pool, which gives the same one again
    yield counted
    held.set_progress_handler(None, 0)


@pytest.mark.parametrize("written", ["sqlite"], indirect=True)  # PostgreSQL's times: benchmarks/reports.py
@pytest.mark.parametrize("name", ["payments", "ledger"])
def test_the_last_page_is_no_more_work_than_the_first(written: tuple[Database, Books], name: str) -> None:
    database, _books = written
    places = [""]
    while following := page(database, name, {**PERIOD, "after": places[-1]}, 20).next:
        places.append(following)

    work = []
    for after in (places[0], places[-2]):
        with steps_of(database) as counted:
            page(database, name, {**PERIOD, "after": after}, 20)
        work.append(sum(counted))

    assert len(places) > 40
    assert 0 < work[1] < 1.5 * work[0], work


def _coded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


GOOD = Place(datetime(2024, 3, 1, tzinfo=UTC), 7)


@pytest.mark.parametrize(
    "after",
    [
        "nonsense",
        "ä",
        "=",
        GOOD.text + "=",
        GOOD.text[:-2],
        _coded("2024-03-01T00:00:00+00:00 n seven"),
        _coded("2024-03-01T00:00:00+00:00 t 7"),
        _coded("2024-03-01T00:00:00 n 7"),
        _coded("2024-03-01T00:00:00+02:00 n 7"),
        _coded("2024-03-01T00:00:00+00:00 n -7"),
        _coded("2024-03-01T00:00:00+00:00 n 99999999999999999999"),
        _coded("2024-03-01T00:00:00+00:00 n \u0667"),
        _coded("2024-03-01T00:00:00+00:00 n 7; DROP TABLE payments"),
        _coded("0001-01-01T00:00:00+05:00 n 7"),
        _coded("9999-12-31T23:59:59-05:00 n 7"),
    ],
)
def test_a_place_that_no_page_gave_is_refused(written: tuple[Database, Books], after: str) -> None:
    assert page(written[0], "payments", {**PERIOD, "after": GOOD.text}).columns
    with pytest.raises(InvalidInput) as refused:
        page(written[0], "payments", {**PERIOD, "after": after})
    assert [error.field for error in refused.value.errors] == ["after"]


@pytest.mark.parametrize(
    ("name", "asked", "fields"),
    [
        ("payments", {"kind": "gift"}, ["kind"]),
        ("payments", {"at_least": "-1"}, ["at_least"]),
        ("payments", {"below": "1.5"}, ["below"]),
        ("payments", {"payout": "po_1"}, ["payout"]),
        ("ledger", {"kind": "donation"}, ["kind"]),
        ("ledger", {"whose": "mine"}, ["whose"]),
        ("refunds", {"moment": "later", "currency": "€"}, ["currency", "moment"]),
        ("failures", {"campaign": "none-such", "status": "x"}, ["campaign", "status"]),
        ("payments", {"dispute": "x"}, ["dispute"]),
        ("refunds", {"status": "x"}, ["status"]),
        ("failures", {"moment": "made", "asked_by": "bank"}, ["moment", "asked_by"]),
        ("refunds", {"moment": "first", "asked_by": "renewal"}, ["moment", "asked_by"]),
        ("payments", {"paid_for": "end", "moment": "begun"}, ["paid_for"]),
        ("payments", {"payment": "7", "dispute": "any", "earned_in": "2024-03"}, ["dispute", "earned_in"]),
        ("ledger", {"payment": "7", "payout": "po_1"}, ["payout"]),
    ],
)
def test_a_filter_that_cannot_be_used_is_named(
    written: tuple[Database, Books], name: str, asked: dict[str, Any], fields: list[str]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        page(written[0], name, asked)
    assert [error.field for error in refused.value.errors] == fields
