"""Files for spreadsheets, programs and accountants. `SOURCES` is the one list of what can be exported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.finance.exports.journal import journal
from support.finance.exports.listings import LEDGER, PAYMENTS
from support.finance.reports import REPORTS, Kind

if TYPE_CHECKING:
    from support.finance.exports.shape import Source

JOURNAL = Kind("journal", "Journal", journal, ("currency",))
_ALL: tuple[Source, ...] = (*REPORTS.values(), PAYMENTS, LEDGER, JOURNAL)
SOURCES = {one.name: one for one in _ALL}
