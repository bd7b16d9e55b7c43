"""A report, a listing or the journal as a file, in pieces: nothing is ever whole in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support import clock
from support.errors import FieldError, InvalidInput
from support.finance.exports.csv_files import table_csv
from support.finance.exports.journal import mapped_csv
from support.finance.exports.json_files import report_json
from support.finance.exports.listings import Listing
from support.finance.exports.shape import About
from support.finance.exports.tables_in_sql import listing_csv
from support.finance.exports.xlsx_files import report_xlsx
from support.sql import is_sqlite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session

    from support.finance.exports.shape import FileFormat, Tally, Wanted
    from support.finance.reports.shape import Report, Row, Table

MEDIA_TYPES: dict[FileFormat, str] = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_WRITERS: dict[FileFormat, Callable[[Report, About], Iterator[bytes]]] = {
    "csv": lambda report, _: table_csv(report.tables[0]),
    "json": report_json,
    "xlsx": report_xlsx,
}


def pieces(session: Session, wanted: Wanted, tally: Tally) -> Iterator[bytes]:
    """The file, while the session is open; `tally` counts the rows that went out.

    Raises InvalidInput, before the first piece, for a table that there is not.
    """
    _be_patient(session)
    if wanted.mapping is not None:
        return mapped_csv(session, wanted.filters, wanted.mapping, tally)
    if (
        wanted.file_format == "csv"
        and isinstance(wanted.source, Listing)
        and wanted.table in {None, wanted.source.name}
    ):
        return listing_csv(session, wanted.source, wanted.filters, tally)
    report = _chosen(wanted.source.build(session, wanted.filters), wanted, tally)
    about = About(wanted.filters.opens(), clock.now())
    return _WRITERS[wanted.file_format](_counted(report, tally), about)


def _be_patient(session: Session) -> None:
    """Let this transaction's statements take as long as they need: millions of rows take more than a page's seconds."""
    if not is_sqlite(session):
        session.execute(sa.text("SET LOCAL statement_timeout = 0"))


def _chosen(report: Report, wanted: Wanted, tally: Tally) -> Report:
    """The report with the table that is wanted, or with as many as the file holds."""
    names = [table.key for table in report.tables]
    if wanted.table is not None:
        tables = tuple(table for table in report.tables if table.key == wanted.table)
        if not tables:
            raise InvalidInput([FieldError("table", f"There is no such table; choose one of {', '.join(names)}.")])
    elif wanted.file_format == "csv":
        tables, tally.tables = report.tables[:1], names
    else:
        return report
    return replace(report, tables=tables)


def _counted(report: Report, tally: Tally) -> Report:
    def rows(table: Table) -> Iterator[Row]:
        for row in table.rows:
            tally.rows += 1
            yield row

    return replace(report, tables=tuple(replace(table, rows=rows(table)) for table in report.tables))
