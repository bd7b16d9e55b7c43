"""Files as tests ask for them, and read them: CSV by the csv module, workbooks by their XML."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from support.db import Database
from support.finance.exports import SOURCES
from support.finance.exports.files import pieces
from support.finance.exports.shape import Tally, Wanted
from support.finance.reports import Kind
from support.finance.reports.shape import Report, Table
from tests.support.finance.rows import JANUARY, Books

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from support.finance.exports.shape import FileFormat
    from support.finance.reports.filters import Filters

_XML = {
    "m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
}


@contextmanager
def books(database_url: str) -> Iterator[Books]:
    """Write rows, committed at the end."""
    database = Database(database_url)
    with database.transaction() as session:
        yield Books(session)
    database.engine.dispose()


def export(
    database_url: str, name: str | Kind, file_format: FileFormat = "csv", filters: Filters = JANUARY, **more: object
) -> bytes:
    """A report by its name (or one of the test's own) as a whole file."""
    source = SOURCES[name] if isinstance(name, str) else name
    database = Database(database_url)
    with database.reading() as session:
        wanted = Wanted(source, filters, file_format, **more)  # type: ignore[arg-type]
        whole = b"".join(pieces(session, wanted, Tally()))
    database.engine.dispose()
    return whole


def a_report(*tables: Table) -> Kind:
    """A report of these tables."""
    return Kind("sample", "Sample", lambda _session, _filters: Report("sample", "Sample", "What it counts.", tables))


def cells_of(file: bytes) -> list[list[str]]:
    """A CSV file as the csv module reads it, the header first."""
    return list(csv.reader(io.StringIO(file.decode("utf-8-sig"), newline="")))


def records_of(file: bytes) -> list[dict[str, str]]:
    """A CSV file's rows by column."""
    return list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"), newline="")))


@dataclass(frozen=True)
class Shown:
    """A cell of a workbook: its text or number as written, whether it is a number, and the format that shows it."""

    value: str
    is_number: bool
    pattern: str


@dataclass(frozen=True)
class Sheet:
    """A sheet: rows of cells (None: empty), and its whole XML."""

    name: str
    rows: list[list[Shown | None]]
    xml: str

    @property
    def values(self) -> list[list[str | None]]:
        """What the cells hold."""
        return [[cell.value if cell else None for cell in row] for row in self.rows]


def sheets_of(file: bytes) -> dict[str, Sheet]:
    """A workbook's sheets by name."""
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        names = [one.get("name", "") for one in _root(archive, "xl/workbook.xml").iterfind("m:sheets/m:sheet", _XML)]
        patterns = list(_patterns(_root(archive, "xl/styles.xml")))
        files = [f"xl/worksheets/sheet{number}.xml" for number in range(1, len(names) + 1)]
        return {
            name: _sheet(name, archive.read(path).decode(), patterns) for name, path in zip(names, files, strict=True)
        }


def _root(archive: zipfile.ZipFile, path: str) -> ET.Element:
    return ET.fromstring(archive.read(path))  # noqa: S314  # our own file


def _patterns(styles: ET.Element) -> Iterator[str]:
    built_in = {"0": "General", "1": "0", "2": "0.00", "3": "#,##0", "4": "#,##0.00", "49": "@"}
    own = {one.get("numFmtId", ""): one.get("formatCode", "") for one in styles.iterfind("m:numFmts/m:numFmt", _XML)}
    for style in styles.iterfind("m:cellXfs/m:xf", _XML):
        yield (built_in | own)[style.get("numFmtId", "")]


def _sheet(name: str, xml: str, patterns: list[str]) -> Sheet:
    root = ET.fromstring(xml)  # noqa: S314  # our own file
    rows = [dict(_cells(row.iterfind("m:c", _XML), patterns)) for row in root.iterfind("m:sheetData/m:row", _XML)]
    width = 1 + max((max(row, default=0) for row in rows), default=0)
    return Sheet(name, [[row.get(at) for at in range(width)] for row in rows], xml)


def _cells(found: Iterable[ET.Element], patterns: list[str]) -> Iterator[tuple[int, Shown]]:
    for cell in found:
        column = re.sub("[0-9]", "", cell.get("r", ""))
        text = "".join(cell.itertext())
        yield ord(column) - ord("A"), Shown(text, cell.get("t", "n") == "n", patterns[int(cell.get("s", "0"))])
