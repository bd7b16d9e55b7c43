"""A listing under filters of its own as a file: the rows of its page, and a word about the filters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.finance.listings import LISTINGS
from tests.support.accounts.signing_in import post
from tests.support.desk.conftest import PERIOD
from tests.support.desk.reading import SeenPage, listed
from tests.support.desk.test_report_pages import lines
from tests.support.finance.exporting import records_of, sheets_of

if TYPE_CHECKING:
    from tests.support.desk.conftest import Booked

TITLES = {one.key: one.title for listing in LISTINGS.values() for one in listing.columns}


def taken(booked: Booked, address: str, file: str) -> bytes:
    """The file under an address, as a button of its page sends for it."""
    member = booked.members["finance"]
    answer = post(member.browser, f"{booked.service.url}{address}", {"form_key": member.form_key, "file": file})
    assert answer.status_code == 200, answer.text
    return answer.content


def name_of(booked: Booked, address: str, **form: str) -> str:
    """The name under which a browser keeps a file."""
    member = booked.members["finance"]
    answer = post(member.browser, f"{booked.service.url}{address}", {"form_key": member.form_key, **form})
    return answer.headers["Content-Disposition"].removeprefix("attachment; filename=").strip('"')


def cells_in(whole: bytes, file: str, column: str) -> list[str]:
    """The cells of one column of a file with one table, by the column's key; empty cells are left out."""
    if file == "csv":
        found = [row[column] for row in records_of(whole)]
    elif file == "json":
        found = [row[column] for row in json.loads(whole)["tables"][0]["rows"]]
    else:
        _about, sheet = sheets_of(whole).values()
        titles, *rows = sheet.values
        at = titles.index(TITLES[column])
        found = [row[at] or "" for row in rows]
    return sorted(cell for cell in found if cell)


OWN_FILTERS = {
    "payments?kind=renewal": "charge",
    "payments?kind=donation&at_least=1000&below=3000&currency=EUR": "charge",
    "payments?dispute=any": "charge",
    "payments?payment=7": "charge",
    "refunds?status=failed": "refund",
    "refunds?moment=succeeded&reason=none": "refund",
    "failures?code=card_declined": "charge",
    "failures?moment=first&asked_by=checkout": "charge",
    "ledger?category=refund": "entry",
    "ledger?whose=other&currency=USD": "entry",
    "ledger?payment={refunded}": "entry",
    "ledger?payout={payout}": "entry",
}


@pytest.mark.parametrize("address", OWN_FILTERS)
def test_a_file_of_a_listing_has_the_rows_of_its_page(booked: Booked, address: str) -> None:
    column = OWN_FILTERS[address]
    names = {
        "refunded": next(one.payment_id for one in booked.books.refunds),
        "payout": next(one.stripe_payout_id for one in booked.books.payouts if one.reconciliation == "completed"),
    }
    address = f"/finance/{address.format(**names)}&from={PERIOD['from']}&to={PERIOD['to']}"
    shown = sorted(cell for cell in listed(booked, address).column(TITLES[column]) if cell)
    everything = listed(booked, f"{address.partition('?')[0]}?from={PERIOD['from']}&to={PERIOD['to']}").rows
    assert 0 < len(shown) < len(everything) - 1
    assert {"csv", "json", "xlsx"} == set(SeenPage(booked.ask(address).text).values("button", "value"))
    for file in ("csv", "json", "xlsx"):
        assert cells_in(taken(booked, address, file), file, column) == shown, file


def test_a_file_and_the_audit_say_by_which_filters_of_its_own_it_was_made(booked: Booked) -> None:
    address = f"/finance/payments?from={PERIOD['from']}&to={PERIOD['to']}&currency=EUR&kind=renewal"
    about = {**PERIOD, "currency": "EUR", "kind": "renewal"}
    assert json.loads(taken(booked, address, "json"))["filters"] == about
    sheet = next(iter(sheets_of(taken(booked, address, "xlsx")).values()))
    facts = {row[0]: row[1] for row in sheet.values}
    assert {name: facts[name.capitalize()] for name in about} == about
    asked = ", ".join(f"{name} {value}" for name, value in about.items())
    assert [line.detail for line in lines(booked, "began export")][-2:] == [f"json: {asked}", f"xlsx: {asked}"]


def test_a_files_name_says_what_is_in_it(booked: Booked) -> None:
    days = f"from={PERIOD['from']}&to={PERIOD['to']}"
    names = [
        name_of(booked, f"/finance/reports/income?{days}", file="xlsx"),
        name_of(booked, f"/finance/reports/income?{days}&currency=EUR", file="xlsx"),
        name_of(booked, f"/finance/reports/failed?{days}", file="csv", table="outcomes"),
        name_of(booked, f"/finance/payments?{days}&kind=renewal", file="json"),
        name_of(booked, f"/finance/reports/income?{days}&article=/{'budget' * 50}", file="csv"),
    ]
    assert names[:4] == [
        "income-2024-02-01-2024-03-31.xlsx",
        "income-2024-02-01-2024-03-31-currency-EUR.xlsx",
        "failed-outcomes-2024-02-01-2024-03-31.csv",
        "payments-2024-02-01-2024-03-31-kind-renewal.json",
    ]
    assert names[4].startswith("income-2024-02-01-2024-03-31-article-")
    assert len(names[4]) < 200


def test_a_file_under_a_filter_that_cannot_be_used_is_refused(booked: Booked) -> None:
    member = booked.members["finance"]
    for query in ("kind=gift", "payout=po_1", "color=red"):
        url = f"{booked.service.url}/finance/payments?{query}"
        answer = post(member.browser, url, {"form_key": member.form_key, "file": "csv"})
        assert answer.status_code == 422, query
    url = f"{booked.service.url}/finance/payments"
    answer = post(member.browser, url, {"form_key": member.form_key, "file": "pdf"})
    assert (answer.status_code, "Use one of: csv, json, xlsx." in answer.text) == (422, True)
    for file in ("csv", "json", "xlsx"):
        answer = post(member.browser, url, {"form_key": member.form_key, "file": file, "table": "refunds"})
        assert (answer.status_code, "choose one of payments" in answer.text) == (422, True), file
