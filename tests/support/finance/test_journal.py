"""The accountants' journal: every entry balances, and together they are the ledger."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from support.content import BadContent
from support.db import Database
from support.errors import InvalidInput
from support.finance.exports.forms import read_mapping
from support.finance.models import LedgerEntry
from support.money import Money
from tests.support.finance.exporting import books, export, records_of
from tests.support.finance.rows import JANUARY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.finance.rows import Books

MAPPING = """
entry_per = "{per}"
date_format = "DD.MM.YYYY"
decimal_sign = ","
[accounts]
clearing = "1"
donations = "2"
memberships = "3"
fees = "4"
refunds = "5"
disputes = "6"
tax = "7"
bank = "8"
foreign = "9"
[[column]]
name = "No"
field = "number"
[[column]]
name = "Date"
field = "date"
[[column]]
name = "Account"
field = "account"
[[column]]
name = "Amount"
field = "amount"
[[column]]
name = "Currency"
field = "currency"
[[column]]
name = "Tax"
text = "none"
"""


@pytest.fixture
def filled(database_url: str) -> str:
    """A month with everything in it."""
    with books(database_url) as these:
        fill(these)
    return database_url


def fill(these: Books) -> None:
    """12.50 with tax, refunded in three parts; a dispute; another currency; what is not ours; two payouts."""
    taxed = these.payment(1250, tax_minor=208)
    for part in (1, 416, 833):
        these.refund(taxed, part)
    these.payment(500, "JPY")
    these.dispute(these.payment(2000))
    foreign = these.entry("charge", 777, source="ch_foreign", fee=52)
    fee = these.entry("stripe_fee", -200)
    these.payout(525, items=(foreign, fee))
    these.payout(100)
    these.entry("payout_failure", 100, source="po_failed")


def amount(row: dict[str, str]) -> Decimal:
    """A line's amount, positive for a debit."""
    return Decimal(row["debit"] or 0) - Decimal(row["credit"] or 0)


def sums(rows: list[dict[str, str]], *keys: str) -> dict[tuple[str, ...], Decimal]:
    """Amounts by columns."""
    found: dict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for row in rows:
        found[tuple(row[key] for key in keys)] += amount(row)
    return found


def test_every_entry_balances(filled: str) -> None:
    rows = records_of(export(filled, "journal"))
    by_entry = sums(rows, "number", "currency")
    assert len(by_entry) == 12
    assert set(by_entry.values()) == {Decimal(0)}
    assert all(bool(row["debit"]) != bool(row["credit"]) for row in rows)


def test_the_clearing_account_and_the_fees_are_the_ledgers_sums(filled: str) -> None:
    by_account = sums(records_of(export(filled, "journal")), "account", "currency")
    database = Database(filled)
    with database.reading() as session:
        net, fee = sa.func.sum(LedgerEntry.net_minor), sa.func.sum(LedgerEntry.fee_minor)
        for currency, all_net, all_fees in session.execute(
            sa.select(LedgerEntry.currency, net, fee).group_by(LedgerEntry.currency)
        ):
            own_fees = 200 if currency == "EUR" else 0  # Stripe's own fee is an entry with an amount
            assert by_account["clearing", currency] == Money(int(all_net), currency).major
            assert by_account["fees", currency] == Money(int(all_fees) + own_fees, currency).major
    database.engine.dispose()


def test_each_account_has_what_it_is_for(filled: str) -> None:
    by_account = sums(records_of(export(filled, "journal")), "account", "currency")
    assert {account: total for (account, currency), total in by_account.items() if currency == "EUR"} == {
        "clearing": Decimal("-16.62"),
        "fees": Decimal("19.14"),
        "tax": Decimal(0),  # refunded in three parts, to the cent
        "donations": Decimal("-30.42"),
        "refunds": Decimal("10.42"),
        "disputes": Decimal("20.00"),
        "foreign": Decimal("-7.77"),
        "bank": Decimal("5.25"),
    }


def test_a_payouts_line_is_its_amount_and_its_items_clear_it(filled: str) -> None:
    rows = records_of(export(filled, "journal"))
    ledger = {row["entry"]: row for row in records_of(export(filled, "ledger"))}
    payout = next(row["payout"] for row in ledger.values() if row["payout"])
    (bank,) = [row for row in rows if row["account"] == "bank" and row["source"] == payout]
    assert amount(bank) == Decimal("5.25")
    items = {row["source"] or row["entry"] for row in ledger.values() if row["payout"] == payout}
    assert sum(amount(row) for row in rows if row["account"] == "clearing" and row["source"] in items) == 0


def test_an_entry_per_day_has_the_same_sums_and_a_line_for_each_payout(filled: str, tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    found = {}
    for per in ("day", "transaction"):
        file.write_text(MAPPING.format(per=per))
        rows = records_of(export(filled, "journal", mapping=read_mapping(str(file))))
        entries: dict[str, Decimal] = defaultdict(Decimal)
        accounts: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for row in rows:
            entries[row["No"]] += Decimal(row["Amount"].replace(",", "."))
            accounts[row["Account"], row["Currency"]] += Decimal(row["Amount"].replace(",", "."))
        assert set(entries.values()) == {Decimal(0)}
        found[per] = {key: total for key, total in accounts.items() if total}
        assert {row["Date"] for row in rows} == {"10.01.2026", "11.01.2026"}
        assert {row["Tax"] for row in rows} == {"none"}
        assert len([row for row in rows if row["Account"] == "8"]) == 3
    assert found["day"] == found["transaction"]


@pytest.mark.parametrize("name", ["xero", "quickbooks"])
def test_shipped_mappings_balance(filled: str, name: str) -> None:
    written = export(filled, "journal", mapping=read_mapping(name))
    assert not written.startswith(b"\xef\xbb\xbf")
    rows = records_of(written)
    by_entry: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        if name == "xero":
            by_entry[row["*Narration"]] += Decimal(row["*Amount"])
        else:
            by_entry[row["Journal No"]] += Decimal(row["Debits"] or 0) - Decimal(row["Credits"] or 0)
    assert by_entry.keys() == {"20260110-EUR", "20260110-JPY", "20260111-EUR"}
    assert set(by_entry.values()) == {Decimal(0)}


def test_a_journal_is_of_the_whole_ledger_or_of_one_currency(filled: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        export(filled, "journal", filters=replace(JANUARY, campaign_id=1))
    assert [error.field for error in refused.value.errors] == ["campaign"]
    yen = records_of(export(filled, "journal", filters=replace(JANUARY, currency="JPY")))
    assert {row["currency"] for row in yen} == {"JPY"}


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('tax = "7"\n', "", "accounts: .*tax has no code"),
        ('tax = "7"', 'tax = "7"\ntaxes = "7"', "accounts: .*no account taxes"),
        ('tax = "7"', "tax = 7", "accounts.tax"),
        ("DD.MM.YYYY", "D.M.Y", "date_format: .*use one of"),
        ('"day"', '"week"', "entry_per"),
        ('"amount"', '"debit"', "column: .*debit and credit"),
        ('"account"', '"konto"', r"column\.2\.field"),
        ('field = "date"', 'text = "x"', "column: .*no column has the field date"),
        ('name = "Tax"', 'name = "=Tax"', r"column\.5\.name: .*like a formula"),
        ('text = "none"', 'text = "none"\nfield = "date"', r"column\.5: .*Tax: give it a field or a text"),
        ('name = "Tax"', 'name = "No"', "column: .*No is there twice"),
        ("[accounts]", "[accounts", "line 5"),
    ],
)
def test_a_bad_mapping_file_is_one_line_that_names_the_key(tmp_path: Path, old: str, new: str, named: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(MAPPING.format(per="day").replace(old, new))
    with pytest.raises(BadContent, match=named) as refused:
        read_mapping(str(file))
    assert "\n" not in refused.value.message
    assert str(file) in refused.value.message
