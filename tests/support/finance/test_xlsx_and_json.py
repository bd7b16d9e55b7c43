"""Workbooks for people and JSON for programs: the same cells, each as the file has it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from support.finance.exports.shape import About
from support.finance.exports.xlsx_files import report_xlsx
from support.finance.reports.shape import Column, Report, Row, Table
from support.money import Money
from tests.support.finance.exporting import a_report, books, cells_of, export, sheets_of

COLUMNS = (
    Column("note", "Note"),
    Column("day", "Day", "day"),
    Column("month", "Month", "month"),
    Column("at", "At", "moment"),
    Column("count", "Count", "count"),
    Column("share", "Share", "share"),
    Column("gross", "Gross", "money"),
)
AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
ROWS = (
    Row(("=1+1", date(2026, 1, 31), date(2026, 1, 1), AT, 3, Decimal("0.25"), Money(-1250, "EUR"))),
    Row(("https://example.com/", None, None, None, None, None, Money(500, "JPY"))),
    Row(("@x\x07", None, None, None, None, None, Money(50000, "ISK"))),
)
TOTALS = (
    Row(("Total", None, None, None, None, None, Money(-1250, "EUR"))),
    Row(("Total", None, None, None, None, None, Money(500, "JPY"))),
)
SAMPLE = Table("sample", "What came in: [all]/of it?", COLUMNS, ROWS, TOTALS)


def test_numbers_days_and_shares_are_real_and_texts_are_texts(sqlite_url: str) -> None:
    _, sheet = sheets_of(export(sqlite_url, a_report(SAMPLE), "xlsx")).values()
    header, first, second, third, *totals = sheet.rows
    assert [cell.value for cell in header if cell] == [
        *("Note", "Day", "Month", "At (UTC)", "Count", "Share", "Gross", "Gross: currency")
    ]
    assert [(cell.value, cell.is_number, cell.pattern) for cell in first if cell] == [
        ("=1+1", False, "@"),
        ("46053", True, "yyyy-mm-dd"),
        ("46023", True, "yyyy-mm"),
        ("46053.5", True, "yyyy-mm-dd hh:mm:ss"),
        ("3", True, "#,##0"),
        ("0.25", True, "0.0%"),
        ("-12.50", True, "#,##0.00"),
        ("EUR", False, "@"),
    ]
    assert [(row[6].value, row[6].pattern) for row in (second, third) if row[6]] == [
        ("500", "#,##0"),
        ("500.00", "#,##0.00"),
    ]
    assert [(row[6].value, row[7].value) for row in totals if row[6] and row[7]] == [("-12.50", "EUR"), ("500", "JPY")]


def test_no_text_is_a_formula_or_a_link(sqlite_url: str) -> None:
    _, sheet = sheets_of(export(sqlite_url, a_report(SAMPLE), "xlsx")).values()
    assert "<f>" not in sheet.xml
    assert "hyperlink" not in sheet.xml


def test_the_header_stays_in_sight_and_rows_can_be_filtered_but_not_totals(sqlite_url: str) -> None:
    _, sheet = sheets_of(export(sqlite_url, a_report(SAMPLE), "xlsx")).values()
    assert 'state="frozen"' in sheet.xml
    assert '<autoFilter ref="A1:H4"/>' in sheet.xml


def test_the_first_sheet_says_what_this_is(sqlite_url: str) -> None:
    about = next(iter(sheets_of(export(sqlite_url, "income", "xlsx")).values()))
    facts = {row[0]: row[1] for row in about.values}
    made_at, definition = facts.pop("Made at"), facts.pop("Definition")
    assert str(definition).startswith("Payments received, gross, in the month in which the charge succeeded.")
    assert facts == {
        "Report": "Income",
        "From": "2026-01-01",
        "To": "2026-01-31",
    }
    assert made_at is not None
    assert datetime.fromisoformat(made_at).tzinfo is not None


def test_sheets_have_names_that_a_workbook_may_have(sqlite_url: str) -> None:
    long = "What is left when the balance at the end is taken off"
    titles = ["About", "about", "x" * 40, "x" * 40, "History", "'", "a/b\\c:d", long, long]
    tables = [Table(f"t{at}", title, (Column("a", "A"),), ()) for at, title in enumerate(titles)]
    names = list(sheets_of(export(sqlite_url, a_report(*tables), "xlsx")))
    assert names == [
        *("About", "About (2)", "about (3)", "x" * 31, "x" * 27 + " (2)", "History (2)", "Sheet", "a b c d"),
        *("What is left when the balance", "What is left when the (2)"),
    ]


def test_a_table_that_is_longer_than_a_sheet_goes_on_on_the_next() -> None:
    table = Table("n", "Numbers", (Column("n", "N", "count"),), [Row((n,)) for n in range(5)], (Row((10,)),))
    report = Report("n", "Numbers", "Counts.", (table,))
    _, *sheets = sheets_of(b"".join(report_xlsx(report, About({}, AT), sheet_rows=3))).values()
    assert [(sheet.name, sheet.values) for sheet in sheets] == [
        ("Numbers", [["N"], ["0"], ["1"]]),
        ("Numbers (2)", [["N"], ["2"], ["3"]]),
        ("Numbers (3)", [["N"], ["4"], ["10"]]),
    ]


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "json"])
def test_an_empty_report_is_a_whole_file(sqlite_url: str, file_format: Any) -> None:
    whole = export(sqlite_url, "income", file_format)
    if file_format == "csv":
        (header,) = cells_of(whole)
        assert header[:6] == ["month", "currency", "kind", "payments", "gross", "tax"]
    elif file_format == "xlsx":
        _, sheet = sheets_of(whole).values()
        (titles,) = sheet.values
        assert titles[:6] == ["Month", "Currency", "Kind", "Payments", "Gross", "of it tax"]
    else:
        assert json.loads(whole)["tables"][0]["rows"] == []


def test_json_has_columns_rows_and_totals_by_name(sqlite_url: str) -> None:
    read = json.loads(export(sqlite_url, a_report(SAMPLE), "json"))
    assert {name: read[name] for name in ("name", "title", "definition", "filters")} == {
        "name": "sample",
        "title": "Sample",
        "definition": "What it counts.",
        "filters": {"from": "2026-01-01", "to": "2026-01-31"},
    }
    (table,) = read["tables"]
    assert table["key"] == "sample"
    assert table["columns"][6] == {"key": "gross", "title": "Gross", "kind": "money"}
    assert table["rows"][0] == {
        "note": "=1+1",
        "day": "2026-01-31",
        "month": "2026-01",
        "at": "2026-01-31T12:00:00Z",
        "count": 3,
        "share": 0.25,
        "gross": {"amount": "-12.50", "amount_minor": -1250, "currency": "EUR"},
    }
    assert [total["gross"]["currency"] for total in table["totals"]] == ["EUR", "JPY"]


def test_several_tables_are_all_in_json_and_xlsx(database_url: str) -> None:
    with books(database_url) as these:
        these.payment(1250)
    two = a_report(SAMPLE, Table("other", "Other", (Column("n", "N", "count"),), [Row((1,))]))
    assert [table["key"] for table in json.loads(export(database_url, two, "json"))["tables"]] == ["sample", "other"]
    assert len(sheets_of(export(database_url, two, "xlsx"))) == 3
    assert cells_of(export(database_url, two, "csv", table="other")) == [["n"], ["1"]]
