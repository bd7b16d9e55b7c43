"""However long a file is, it takes the same memory."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from support.db import Database
from support.finance.exports import SOURCES
from support.finance.exports.files import pieces
from support.finance.exports.shape import Tally, Wanted
from support.finance.models import LedgerEntry
from tests.support.finance.rows import BEGAN, JANUARY

if TYPE_CHECKING:
    from support.finance.exports.shape import FileFormat

FEW, MANY = 1500, 6000


def fill(database: Database, numbers: range) -> None:
    """Charges, one like the other."""
    rows = [
        {
            "stripe_balance_transaction_id": f"txn_{number}",
            "type": "charge",
            "category": "charge",
            "source_id": f"ch_{number}",
            "amount_minor": 1000,
            "fee_minor": 50,
            "net_minor": 950,
            "currency": "EUR",
            "created_at": BEGAN,
            "available_at": BEGAN,
        }
        for number in numbers
    ]
    with database.transaction() as session:
        session.execute(sa.insert(LedgerEntry), rows)


def peak(database: Database, name: str, file_format: FileFormat) -> int:
    """Bytes at most, while the file goes by."""
    with database.reading() as session:
        tracemalloc.start()
        for _ in pieces(session, Wanted(SOURCES[name], JANUARY, file_format), Tally()):
            pass
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return highest


@pytest.mark.parametrize(
    ("name", "file_format"), [("ledger", "csv"), ("ledger", "json"), ("ledger", "xlsx"), ("journal", "csv")]
)
def test_four_times_the_rows_take_the_same_memory(database_url: str, name: str, file_format: FileFormat) -> None:
    database = Database(database_url)
    fill(database, range(FEW))
    peak(database, name, file_format)  # what is made once and kept
    few = peak(database, name, file_format)
    fill(database, range(FEW, MANY))
    many = peak(database, name, file_format)
    database.engine.dispose()
    assert many < 1.3 * few + 200_000
