"""On the page of a report: the way from a number to what is under it."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.support.desk.conftest import PERIOD, Booked
from tests.support.desk.reading import SeenTable, listed, number

if TYPE_CHECKING:
    from collections.abc import Iterator


def _opened(table: SeenTable) -> Iterator[tuple[str, Decimal, str]]:
    """(heading, number, address of what is under it)"""
    for row, links in zip(table.rows, table.links, strict=True):
        for title, address in links.items():
            if "?" in address:
                yield title, number(row[table.rows[0].index(title)]), address


# {(report, table): (columns that count the rows under them, columns that add up their amounts)}
OPENED: dict[tuple[str, str], tuple[set[str], set[str]]] = {
    ("income", "income"): ({"Payments", "Refunds"}, {"Refunded"}),
    ("donations", "bands"): ({"Donations"}, set()),
    ("articles", "articles"): ({"Donations", "Memberships begun", "Renewals"}, {"Donated", "Renewed", "Total"}),
}


@pytest.mark.parametrize(("report", "key"), OPENED)
def test_numbers_open_the_rows_that_make_them(booked: Booked, report: str, key: str) -> None:
    counts, sums = OPENED[report, key]
    found: dict[str, list[tuple[Decimal, str]]] = {}
    for title, shown, address in _opened(booked.see(f"/finance/reports/{report}", **PERIOD).tables[key]):
        found.setdefault(title, []).append((shown, address))
    for title in counts | sums:
        for shown, address in found[title][:4]:
            rows = listed(booked, address)
            made = sum(map(number, rows.column("Amount"))) if title in sums else Decimal(len(rows.rows) - 1)
            assert made == shown, (title, address)


def test_each_line_of_the_journal_opens_the_payment_or_payout_behind_it(booked: Booked) -> None:
    table = booked.see("/finance/reports/journal", **PERIOD).tables["journal"]
    payments = {one.stripe_charge_id: one.id for one in booked.books.payments}
    opened = Counter[str]()
    for source, links in zip(table.column("Stripe's object"), table.links[1:], strict=True):
        addresses = [address for title, address in links.items() if title in {"Debit", "Credit"}]
        if source in payments:
            assert addresses == [f"/finance/payments/{payments[source]}"]
        opened.update(address.split("/")[2] for address in addresses)
    assert opened["payments"] > 20
    assert opened["payouts"] > 1


def test_where_money_only_went_back_the_payments_that_there_are_not_open_nothing(booked: Booked) -> None:
    seen = 0
    for day in range(1, 20):
        alone = f"2024-03-{day:02}"
        table = booked.see("/finance/reports/income", **{"from": alone, "to": alone}).tables["income"]
        for came, links in zip(table.column("Payments"), table.links[1:], strict=True):
            if number(came) == 0:
                assert "Payments" not in links
                assert links.keys() & {"Refunds", "Withheld in disputes", "Lost in disputes"}
                seen += 1
    assert seen > 2


@pytest.mark.parametrize("report", ["income", "refunds", "taxes"])
def test_nothing_opens_an_empty_list(booked: Booked, report: str) -> None:
    tables = booked.see(f"/finance/reports/{report}", **PERIOD).tables.values()
    opened = [(shown, address) for table in tables for _title, shown, address in _opened(table)]
    assert len(opened) > 5
    for shown, address in opened[:30]:
        assert shown != 0
        assert len(listed(booked, address).rows) > 1, address


def test_what_a_figure_was_before_opens_that_period(booked: Booked) -> None:
    march = {"from": "2024-03-01", "to": "2024-03-31"}
    opened = list(_opened(booked.see("/finance", **march).tables["counts"]))
    assert {title for title, _, _ in opened} == {"This period", "Period before"}
    for _title, shown, address in opened:
        if "paid_for" not in address:  # that is about members, who may pay more than once
            assert len(listed(booked, address).rows) - 1 == shown, address
