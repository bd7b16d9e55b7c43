"""Files for spreadsheets, programs and accountants. `SOURCES` is the one list of what can be exported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.finance.exports.journal import journal
from support.finance.exports.listings import COMINGS, FAILURES, LEDGER, MOVEMENTS, PAYMENTS, REFUNDS
from support.finance.reports import REPORTS, Kind

if TYPE_CHECKING:
    from support.finance.exports.shape import Source

JOURNAL = Kind("journal", "Journal", journal, ("currency",))
# {listing of the pages: its file}
OF_LISTINGS: dict[str, Source] = {
    "payments": PAYMENTS,
    "refunds": REFUNDS,
    "failures": FAILURES,
    "ledger": LEDGER,
    "movements": MOVEMENTS,
    "comings": COMINGS,
}
_ALL: tuple[Source, ...] = (*REPORTS.values(), *OF_LISTINGS.values(), JOURNAL)
SOURCES = {one.name: one for one in _ALL}
