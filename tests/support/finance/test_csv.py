"""CSV: safe to open, the same whoever writes it, and what it says can be read back."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.finance.exports import OF_LISTINGS, SOURCES
from support.finance.exports.csv_files import table_csv
from support.finance.exports.listings import Listing
from support.finance.reports import Kind
from support.finance.reports.shape import Column, Row, Table
from support.money import Money
from tests.support.finance.exporting import a_report, books, cells_of, export, records_of
from tests.support.finance.rows import JANUARY

if TYPE_CHECKING:
    from tests.support.finance.rows import Books

TRIGGERS = tuple("=+-@\t\r\n＝＋－＠")
DANGEROUS = st.text(st.sampled_from("=+-@\t\r\n＝＋－＠ \xa0\u3000\u200b\ufeff'\",;aZ0|!\x1c\x85é"), max_size=6)
TEXTS = st.one_of(DANGEROUS, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12))
KINDS = {
    "text": ("text", "Київ", "Київ"),
    "day": ("day", date(2026, 1, 31), "2026-01-31"),
    "month": ("month", date(2026, 1, 1), "2026-01"),
    "moment": (
        "moment",
        datetime(2026, 1, 31, 23, 59, 59, 900000, timezone(timedelta(hours=2))),
        "2026-01-31T21:59:59Z",
    ),
    "count": ("count", -3, "-3"),
    "share": ("share", Decimal("0.2500"), "0.2500"),
    "small": ("share", Decimal("1E-7"), "0.0000001"),
    "refund": ("money", Money(-1250, "EUR"), "-12.50"),
    "yen": ("money", Money(500, "JPY"), "500"),
    "krona": ("money", Money(50000, "ISK"), "500.00"),
    "shilling": ("money", Money(1800000, "UGX"), "18000.00"),
    "dinar": ("money", Money(-1, "KWD"), "-0.001"),
    "nothing": ("money", None, ""),
}


def is_trigger(cell: str) -> bool:
    """Whether a spreadsheet may take the cell for a formula."""
    return cell.startswith(TRIGGERS) or cell.lstrip("\u200b\ufeff \xa0\u3000").strip().startswith(TRIGGERS)


def a_table(*texts: str) -> Table:
    return Table("texts", "Texts", (Column("text", "Text"),), tuple(Row((text,)) for text in texts))


@settings(max_examples=500, deadline=None)
@given(st.lists(TEXTS, min_size=20, max_size=20))
def test_of_ten_thousand_texts_none_is_a_formula_and_each_comes_back(texts: list[str]) -> None:
    _, *rows = cells_of(b"".join(table_csv(a_table(*texts))))
    cells = [row[0] if row else "" for row in rows]
    assert [cell for cell in cells if is_trigger(cell)] == []
    assert [cell.removeprefix("'") for cell in cells] == [text.removeprefix("'") for text in texts]


@pytest.mark.parametrize("text", ["=1+1", "  =1+1", "\ufeff@SUM(1)", "\tx", "＝1", "-1", "\r\n=1", "\x85+1"])
def test_what_may_be_a_formula_gets_an_apostrophe(text: str) -> None:
    assert cells_of(b"".join(table_csv(a_table(text))))[1] == [f"'{text}"]


@pytest.mark.parametrize("text", ["", " ", "a=1", " a", "'=1", "1-2", "é"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert cells_of(b"".join(table_csv(a_table(text))))[1] == [text]


def test_every_kind_of_cell_has_one_way_to_be_written() -> None:
    columns = tuple(Column(name, name, kind) for name, (kind, _, _) in KINDS.items())  # type: ignore[arg-type]
    table = Table("kinds", "Kinds", columns, [Row(tuple(cell for _, cell, _ in KINDS.values()))])  # type: ignore[misc]
    (row,) = records_of(b"".join(table_csv(table)))
    assert {name: row[name] for name in KINDS} == {name: text for name, (_, _, text) in KINDS.items()}
    assert (row["yen_currency"], row["dinar_currency"], row["nothing_currency"]) == ("JPY", "KWD", "")


def test_texts_are_quoted_numbers_are_not_and_lines_end_with_crlf() -> None:
    columns = (Column("name", "Name"), Column("gross", "Gross", "money"), Column("currency", "Currency"))
    rows = [Row(('say "hi"\nthere', Money(-1250, "EUR"), "EUR"))]
    written = b"".join(table_csv(Table("one", "One", columns, rows)))
    assert written == b'\xef\xbb\xbf"name","gross","currency"\r\n"say ""hi""\nthere",-12.50,"EUR"\r\n'


def test_a_row_that_says_another_currency_than_its_amount_is_never_written() -> None:
    columns = (Column("gross", "Gross", "money"), Column("currency", "Currency"))
    with pytest.raises(ValueError, match="gross is in EUR, its row says USD"):
        b"".join(table_csv(Table("one", "One", columns, [Row((Money(1, "EUR"), "USD"))])))


def test_an_empty_report_has_its_header(sqlite_url: str) -> None:
    empty = Table("none", "None", (Column("day", "Day", "day"), Column("gross", "Gross", "money")), ())
    assert export(sqlite_url, a_report(empty)) == b'\xef\xbb\xbf"day","gross","gross_currency"\r\n'


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(TEXTS, min_size=100, max_size=100))
def test_what_the_database_writes_is_what_we_write(database_url: str, texts: list[str]) -> None:
    with books(database_url) as these:
        these.clear()
        for text in texts:
            these.entry("charge", -1250, source=text)
    _, *rows = cells_of(export(database_url, "ledger"))
    assert [row[5] for row in rows] == [row[0] for row in cells_of(b"".join(table_csv(a_table(*texts))))[1:]]


def fill(these: Books) -> None:
    """Amounts of every number of decimals, all kinds of entries, and what is not there."""
    one = these.payment(1250, tax_minor=208, stripe_invoice_id="in_1")
    these.refund(one, 333)
    these.refusal(one)
    for currency in ("JPY", "ISK", "UGX", "KWD"):
        other = these.payment(123456, currency)
        these.refund(other, 123456)
        these.refusal(other)
    these.dispute(these.payment(5))
    these.entry("stripe_fee", -7, currency="KWD")
    these.payout(99, items=(these.entry("charge", 99),))


@pytest.mark.parametrize("name", [one.name for one in OF_LISTINGS.values() if isinstance(one, Listing)])
def test_a_listing_is_the_same_by_either_road(database_url: str, name: str) -> None:
    with books(database_url) as these:
        fill(these)
    written_here = export(database_url, Kind(name, name, SOURCES[name].build))
    assert export(database_url, name) == written_here
    assert written_here.count(b"\r\n") > 5


@pytest.mark.parametrize("name", [one.name for one in OF_LISTINGS.values() if isinstance(one, Listing)])
def test_what_a_workbook_says_that_a_listing_adds_up_to_is_what_its_file_adds_up_to(
    database_url: str, name: str
) -> None:
    with books(database_url) as these:
        fill(these)
    added: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in records_of(export(database_url, name)):
        for key in ("amount", "fee", "net", "tax"):
            added[row["currency"], key] += Decimal(row.get(key) or 0)
    whole = json.loads(export(database_url, name, "json"))["tables"][0]
    assert len(whole["totals"]) == len({currency for currency, _ in added})
    for total in whole["totals"]:
        for key in {"amount", "fee", "net", "tax"} & set(total):
            assert Decimal(total[key]["amount"]) == added[total["currency"], key]


def test_filters_choose_the_rows_of_a_listing(database_url: str) -> None:
    with books(database_url) as these:
        these.payment(1250)
        these.payment(500, "JPY")
        these.payment(900, received_at=datetime(2026, 1, 31, 22, 0, tzinfo=UTC))  # the first of February in Kyiv
    assert [row["amount"] for row in records_of(export(database_url, "payments"))] == ["12.50", "500"]
    yen = export(database_url, "payments", filters=replace(JANUARY, currency="JPY"))
    assert [row["amount"] for row in records_of(yen)] == ["500"]
    assert records_of(export(database_url, "ledger", filters=replace(JANUARY, campaign_id=1))) == []
