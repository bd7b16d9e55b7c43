"""Reports as pages: every one of them, its filters, the way from a number to what is under it, its files."""

from __future__ import annotations

import csv
import io
import re
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from support.addresses import path_of
from support.audit import AuditLine
from support.finance.reports import REPORTS
from support.money import Money
from tests.support.accounts.signing_in import post
from tests.support.desk.conftest import PERIOD, Booked
from tests.support.desk.reading import SeenPage, listed, number
from tests.support.finance.books import ARTICLES
from tests.support.finance.exporting import records_of

if TYPE_CHECKING:
    from collections.abc import Callable


def lines(booked: Booked, action: str) -> list[AuditLine]:
    with booked.service.database.reading() as session:
        return list(session.scalars(sa.select(AuditLine).where(AuditLine.action == action).order_by(AuditLine.id)))


def wait_for(look: Callable[[], list[AuditLine]]) -> list[AuditLine]:
    """The line about a file's end is written when the file has left: a moment later than whoever reads it is done."""
    until = time.monotonic() + 10
    while not (found := look()) and time.monotonic() < until:
        time.sleep(0.05)
    return found


@pytest.mark.parametrize("name", ["members", "failed", "mrr", "overview"])
def test_of_nothing_there_is_no_picture(booked: Booked, name: str) -> None:
    def pictures(**period: str) -> int:
        tags = [tag for tag, _ in booked.see(f"/finance/reports/{name}", **period).tags]
        return tags.count("svg")

    assert pictures(**PERIOD) > 0
    assert pictures(**{"from": "2001-01-01", "to": "2001-03-31"}) == 0


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_a_page_that_needs_no_script_and_no_style_of_its_own(booked: Booked, name: str) -> None:
    page = booked.see(f"/finance/reports/{name}", **PERIOD)

    assert page.headings == [REPORTS[name].title]
    assert all(len(table.rows) > 1 for table in page.tables.values())
    assert page.tables
    assert "script" not in {tag for tag, _ in page.tags}
    assert not [given for _, given in page.tags if "style" in given or any(key.startswith("on") for key in given)]
    ids = [given["id"] for _, given in page.tags if "id" in given]
    assert [one for one, many in Counter(ids).items() if many > 1] == []
    named = [one for _, given in page.tags for one in given.get("aria-labelledby", "").split()]
    assert set(named) <= set(ids)
    regions = [given for tag, given in page.tags if given.get("role") == "region"]
    assert len(regions) == len(page.tables)
    assert all(region["tabindex"] == "0" for region in regions)


def test_income_adds_up_to_what_was_paid(booked: Booked) -> None:
    table = booked.see("/finance/reports/income", **PERIOD).tables["income"]
    shown: Counter[str] = Counter()
    for month, currency, gross in zip(*(table.column(one) for one in ("Month", "Currency", "Gross")), strict=True):
        if re.fullmatch(r"[A-Z][a-z]{2} 2024", month):
            shown[currency] += number(gross)  # type: ignore[assignment]  # sums of amounts are no ints
    paid: Counter[str] = Counter()
    for payment in booked.books.payments:
        paid[payment.currency] += Money(payment.amount_minor, payment.currency).major  # type: ignore[assignment]
    assert shown == paid


@pytest.mark.parametrize(
    ("name", "table"),
    [("income", "income"), ("donations", "bands"), ("donations", "months"), ("fees", "fees"), ("taxes", "taxes")],
)
def test_the_rows_that_sum_a_table_up_say_so(booked: Booked, name: str, table: str) -> None:
    _headings, *rows = booked.see(f"/finance/reports/{name}", **PERIOD).tables[table].rows
    firsts = [row[0] for row in rows]
    totals = [first for first in firsts if first.startswith("Total")]
    assert len(totals) > 1
    assert firsts[-len(totals) :] == totals
    assert "" not in firsts


def test_an_article_is_found_by_its_address_as_a_browser_shows_it(booked: Booked) -> None:
    copied = ARTICLES[0].replace("http://localhost", "HTTP://LocalHost") + "?utm_source=mail#comments"
    asked = (ARTICLES[0], copied, path_of(ARTICLES[0]))
    same, *others = (booked.see("/finance/reports/income", **PERIOD, article=one).tables["income"] for one in asked)
    assert len(same.rows) > 2
    assert [other.rows for other in others] == [same.rows, same.rows]


@pytest.mark.parametrize(
    "article", ["/articles//budget", "budget", "localhost:8000/articles/budget", "http://[", "http://"]
)
def test_what_is_no_address_is_no_article(booked: Booked, article: str) -> None:
    answer = booked.ask("/finance/reports/income", article=article)
    assert answer.status_code == 422
    assert "Use an article&#39;s address" in answer.text


def test_all_pages_of_a_listing_have_every_payment_once(booked: Booked) -> None:
    shown = listed(booked, f"/finance/payments?from={PERIOD['from']}&to={PERIOD['to']}").column("Payment")
    assert sorted(map(int, shown)) == [payment.id for payment in booked.books.payments]


def test_a_bad_filter_is_named_at_its_field_and_what_was_typed_is_kept(booked: Booked) -> None:
    for path in ("/finance", "/finance/reports/income", "/finance/payments", "/finance/ledger"):
        answer = booked.ask(path, **{"from": "2024-02-30", "country": "de", "campaign": "<none>", "color": "red"})
        page = SeenPage(answer.text)

        assert answer.status_code == 422
        assert page.tables == {}
        wrong = {given["name"]: given for _, given in page.tags if given.get("aria-invalid") == "true"}
        assert set(wrong) == {"from", "country", "campaign"}
        assert (wrong["from"]["type"], wrong["from"]["value"]) == ("text", "2024-02-30")
        assert wrong["country"]["value"] == "de"
        assert "<none>" not in answer.text
        assert "&lt;none&gt;" in answer.text
        for sentence in ("Use a day such as", "no such country", "no such campaign", "color: There is no such"):
            assert sentence in answer.text, sentence
        for currency in ("eur", "XXX"):
            assert "no such currency" in booked.ask(path, currency=currency).text
        for country in ("XX", "de", "\N{GREEK CAPITAL LETTER DELTA}E"):
            assert "no such country" in booked.ask(path, country=country).text
        assert "in the years 2000 to 2100" in booked.ask(path, to="2101-01-01").text


def test_empty_fields_of_the_form_leave_a_short_address(booked: Booked) -> None:
    answer = booked.ask("/finance/reports/income", **{"from": "2024-02-01", "currency": "", "plan": ""})
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/finance/reports/income?from=2024-02-01"
    answer = booked.ask("/finance/payments?kind=&kind=donation")
    assert answer.headers["Location"] == "/finance/payments?kind=donation"


def test_each_filter_can_be_taken_off_alone(booked: Booked) -> None:
    page = booked.see("/finance/reports/income", **PERIOD, currency="EUR", campaign="spring-appeal")
    off = {
        given["aria-label"]: given["href"]
        for tag, given in page.tags
        if tag == "a" and given.get("aria-label", "").startswith("Remove the filter")
    }
    assert off == {
        "Remove the filter Currency: EUR": (
            "/finance/reports/income?from=2024-02-01&to=2024-03-31&campaign=spring-appeal"
        ),
        "Remove the filter Campaign: spring-appeal (spring-appeal)": (
            "/finance/reports/income?from=2024-02-01&to=2024-03-31&currency=EUR"
        ),
    }


def test_a_listings_own_filter_stays_when_the_form_is_sent(booked: Booked) -> None:
    page = booked.see("/finance/payments", **PERIOD, kind="donation")
    hidden = {given["name"]: given["value"] for tag, given in page.tags if given.get("type") == "hidden"}
    assert hidden["kind"] == "donation"
    assert set(page.tables["payments"].column("Kind")) == {"donation"}


@pytest.mark.parametrize("path", ["/finance/reports/income", "/finance/payments", "/finance/ledger"])
def test_a_file_is_taken_and_the_audit_says_how_many_rows(booked: Booked, path: str) -> None:
    member = booked.members["finance"]
    url = f"{booked.service.url}{path}?from={PERIOD['from']}&to={PERIOD['to']}"
    answer = post(member.browser, url, {"form_key": member.form_key, "file": "csv"})

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    name = path.rpartition("/")[2]
    (begun,) = [line for line in lines(booked, "began export") if line.about == name]
    (ended,) = wait_for(lambda: [line for line in lines(booked, "exported") if line.about == name])
    assert begun.who == ended.who == member.email
    assert f"from {PERIOD['from']}" in begun.detail
    assert ended.detail == f"{len(rows) - 1} rows as csv"


def test_words_of_stripes_are_read_as_words_on_a_page_and_kept_in_a_file(booked: Booked) -> None:
    tables = booked.see("/finance/reports/refunds", **PERIOD).tables
    shown = {*tables["warnings"].column("Kind of fraud"), *tables["disputes"].column("Status")}
    assert {"card never received", "needs response"} <= shown
    member = booked.members["finance"]
    url = f"{booked.service.url}/finance/reports/refunds?from={PERIOD['from']}&to={PERIOD['to']}"
    answer = post(member.browser, url, {"form_key": member.form_key, "file": "csv", "table": "warnings"})
    assert "card_never_received" in {row["type"] for row in records_of(answer.content)}


def test_a_file_that_cannot_be_made_is_refused_by_name(booked: Booked) -> None:
    member = booked.members["finance"]
    for form in ({"file": "pdf"}, {}, {"file": "csv", "table": "nothing"}):
        answer = post(
            member.browser, f"{booked.service.url}/finance/reports/income", {"form_key": member.form_key, **form}
        )
        assert answer.status_code == 422, form


def test_an_editor_sees_articles_and_campaigns_only(booked: Booked) -> None:
    page = booked.see("/finance/reports/articles", role="editor", **PERIOD)
    addresses = page.values("a", "href")
    assert not [one for one in addresses if one.startswith(("/finance/payments", "/finance/ledger"))]
    assert [one for one in booked.see("/finance", role="editor").values("a", "href") if "/reports/" in one] == [
        "/finance/reports/articles"
    ]
    for name in set(REPORTS) - {"articles"}:
        assert booked.ask(f"/finance/reports/{name}", role="editor").status_code == 403


def test_a_report_that_there_is_not_is_not_found(booked: Booked) -> None:
    assert booked.ask("/finance/reports/nothing").status_code == 404
    assert booked.ask("/finance/reports/income/").status_code == 404
