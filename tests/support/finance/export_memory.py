"""What exported files take of memory, measured in a process of its own: in the tests' other threads allocate, too.

`python -m tests.support.finance.export_memory DATABASE_URL` fills that database and prints, as JSON, the most bytes
that each of FILES held with FEW rows and with MANY.
"""

from __future__ import annotations

import json
import sys
import tracemalloc
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.db import Database
from support.finance.exports import SOURCES
from support.finance.exports.files import pieces
from support.finance.exports.shape import Tally, Wanted
from support.finance.models import LedgerEntry
from tests.support.finance.rows import BEGAN, JANUARY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.finance.exports.shape import FileFormat

FILES: dict[str, tuple[str, FileFormat]] = {
    "ledger.csv": ("ledger", "csv"),
    "ledger.json": ("ledger", "json"),
    "ledger.xlsx": ("ledger", "xlsx"),
    "journal.csv": ("journal", "csv"),
}
KEPT = "ledger.csv, every piece of it kept"
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


def made(database: Database, file: str) -> Iterator[bytes]:
    """The pieces of a file."""
    name, file_format = FILES[file]
    with database.reading() as session:
        yield from pieces(session, Wanted(SOURCES[name], JANUARY, file_format), Tally())


def let_go(file: Iterator[bytes]) -> None:
    """Take every piece and keep none, as a web server does."""
    for _ in file:
        pass


def peak(file: Iterator[bytes], taken: Callable[[Iterator[bytes]], object] = let_go) -> int:
    """Bytes at most, while the file goes by."""
    tracemalloc.start()
    taken(file)
    _, highest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return highest


def peaks(database: Database) -> dict[str, int]:
    """Bytes at most, by file."""
    found = {file: peak(made(database, file)) for file in FILES}
    return found | {KEPT: peak(made(database, "ledger.csv"), taken=list)}


def main(database_url: str) -> None:
    """Fill, measure, fill, measure, print."""
    database = Database(database_url)
    fill(database, range(FEW))
    for file in FILES:  # so that what is made once and stays is there
        let_go(made(database, file))
    few = peaks(database)
    fill(database, range(FEW, MANY))
    many = peaks(database)
    print(json.dumps({file: [few[file], many[file]] for file in few}))


if __name__ == "__main__":
    main(sys.argv[1])
