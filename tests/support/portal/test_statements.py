"""A supporter's own statements: issued, frozen, reissued; nobody else's; in the supporter's language."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from support.finance.selfcheck import differences
from support.finance.statements.models import Statement
from support.payments.models import Dispute, Payment, Refund
from support.portal.account.statements.pdf import is_available
from tests.services import NEWS
from tests.support.accounts.signing_in import READER, post, sign_in
from tests.support.finance.statements.paying import issue, numbers, pay_at, see, send, words
from tests.support.mailbox import Mailed, running_mailed
from tests.support.notices.stories import DONATION, on_sqlite
from tests.support.readers import rows
from tests.support.sync.walking import refund

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests

    from tests.services import Service, StandIn
    from tests.support.notices.stories import Telling

LAST = datetime.now(UTC).year - 1
SPRING = datetime(LAST, 3, 9, 12, tzinfo=UTC)
needs_pdf = pytest.mark.skipif(
    not is_available() and os.environ.get("CI") != "true",
    reason="no Pango: install it (Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)",
)


@pytest.fixture
def english(sqlite_url: str, stand_in: StandIn) -> Iterator[Mailed]:
    """A service on SQLite with all that statements print."""
    legal = "The Test Courier, 1 Example Street"
    with running_mailed(sqlite_url, stand_in, newsroom_legal=legal) as running:
        yield running


def charge(service: Service, at: int) -> str:
    found = rows(service, Payment)[at].stripe_charge_id
    assert found is not None
    return found


def to_next_year(telling: Telling) -> int:
    """Let the year end; which one it was."""
    year = telling.now().year
    telling.come_to(datetime(year + 1, 1, 2, tzinfo=UTC))
    return year


def test_two_currencies_are_two_tables_that_are_not_added_up(english: Mailed) -> None:
    pay_at(english, SPRING, SPRING + timedelta(days=1))
    pay_at(english, SPRING, currency="JPY", interval="once", amount="3000")
    browser = sign_in(english)
    path = issue(english, browser, LAST)
    said = words(see(english, browser, path))

    assert f"Annual statement {LAST}" in said
    assert f"Number {LAST}-00001 Paid by {READER} Period January 1, {LAST} – December 31, {LAST}" in said
    assert "The Test Courier The Test Courier, 1 Example Street desk@courier.example.org" in said
    assert f"March 9, {LAST} {LAST}-000001" in said
    assert "Received in EUR €100.00 Of this, refunded €0.00 Remains €100.00" in said
    assert "Received in JPY ¥3,000 Of this, refunded ¥0 Remains ¥3,000" in said
    assert "Amounts in different currencies are not added up." in said
    assert path not in (f"/account/statements/{number}" for number in ("1", f"{LAST}-00001"))
    assert len(path.rpartition("/")[2]) == 22
    again = issue(english, browser, LAST)
    assert (again, numbers(english)) == (path, [f"{LAST}-00001"])


def test_what_is_refunded_before_is_in_it_and_what_is_refunded_after_asks_for_a_new_one(telling: Telling) -> None:
    for _ in range(2):
        telling.give(**DONATION)
    refund(telling, charge(telling, 0), "1000")
    telling.deliver()
    year = to_next_year(telling)
    browser = sign_in(telling)
    first = issue(telling, browser, year)
    before = see(telling, browser, first)
    assert "Received in EUR €100.00 Of this, refunded €10.00 Remains €90.00" in words(before)
    assert "has changed since" not in before

    refund(telling, charge(telling, 1), "5000")
    telling.deliver()
    assert [one.status for one in rows(telling, Refund)] == ["succeeded", "succeeded"]
    after = words(see(telling, browser, first))
    assert "This year has changed since: ask for a new one." in after
    assert "Remains €90.00" in after

    for _ in range(2):
        answer = send(telling, browser, f"{first}/reissue")
        second = answer.headers["Location"]
        assert second != first
    assert numbers(telling) == [f"({year}-00001)", f"{year}-00002"]
    new, old = words(see(telling, browser, second)), words(see(telling, browser, first))
    assert f"Replaces {year}-00001" in new
    assert "Of this, refunded €60.00 Remains €40.00" in new
    assert "VOID since" in old
    assert f"Number {year}-00002 has replaced it." in old
    assert "Remains €90.00" in old
    assert "the supporter asked" not in old
    assert "VOID" not in new
    assert send(telling, browser, f"{second}/reissue").headers["Location"] == second
    with telling.database.reading() as session:
        assert list(differences(session)) == []


def test_what_a_dispute_took_away_was_not_received(telling: Telling) -> None:
    for _ in range(2):
        telling.give(**DONATION)
    telling.stand_in.control("dispute", charge=charge(telling, 0), outcome="lost")
    telling.deliver()
    year = to_next_year(telling)
    assert [one.is_withheld for one in rows(telling, Dispute)] == [True]
    browser = sign_in(telling)
    said = words(see(telling, browser, issue(telling, browser, year)))
    assert "Taken back by the bank, not received: €50.00" in said
    assert "Received in EUR €50.00 Of this, refunded €0.00 Remains €50.00" in said


def test_the_present_year_is_shown_so_far_and_never_numbered(english: Mailed) -> None:
    now = datetime.now(UTC)
    pay_at(english, now)
    browser = sign_in(english)
    listed = words(see(english, browser, "/account/statements"))
    assert f"{now.year} 1 payment {now.year} so far Its statement can be issued once the year is over" in listed
    said = words(see(english, browser, "/account/statements/so-far"))
    assert "Not a statement: the year is not over yet" in said
    assert "Remains €50.00" in said
    for year, field in ((str(now.year), "This year is not over yet."), ("1999", "year"), ("", "year"), ("x", "year")):
        answer = send(english, browser, "/account/statements", year=year)
        assert answer.status_code == 422
        assert field in answer.text
    assert numbers(english) == []


def test_nobody_elses_statement_is_found(english: Mailed) -> None:
    pay_at(english, SPRING)
    pay_at(english, SPRING, email="other@example.com")
    browser, other = sign_in(english), sign_in(english, "other@example.com")
    theirs = issue(english, other, LAST)
    key = theirs.rpartition("/")[2]

    def answers(path: str) -> list[tuple[int, str]]:
        found = [browser.get(f"{english.url}/account/statements/{path}{end}", timeout=30) for end in ("", "/pdf")]
        found.append(send(english, browser, f"/account/statements/{path}/reissue"))
        return [(one.status_code, one.text) for one in found]

    unknown = answers("A" * 22)
    assert [status for status, _ in unknown] == [404] * 3
    for path in (key, "1", "2", f"{LAST}-00001", key[:-1], key + "A", "x" * 5000):
        assert answers(path) == unknown, path
    for path in (theirs, "/account/statements", "/account/statements/so-far"):
        answer = english.browser().get(f"{english.url}{path}", allow_redirects=False, timeout=30)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/account/sign-in?return_to={path}") or (
            answer.status_code in {303, 401} and "other@example.com" not in answer.text
        )
    assert numbers(english) == [f"{LAST}-00001"]


def test_nothing_is_issued_from_another_site_or_without_this_sign_ins_key(english: Mailed) -> None:
    pay_at(english, SPRING)
    browser = sign_in(english)
    fields = {"year": str(LAST)}
    for headers in ({"Origin": NEWS}, {"Sec-Fetch-Site": "cross-site"}, {}):
        answer = post(browser, f"{english.url}/account/statements", {"form_key": "0" * 64, **fields}, **headers)
        assert answer.status_code == 403
    assert numbers(english) == []


def test_a_statement_keeps_what_the_newsroom_was_called(english: Mailed, stand_in: StandIn) -> None:
    pay_at(english, SPRING)
    path = issue(english, sign_in(english), LAST)
    with running_mailed(
        english.settings.database_url, stand_in, newsroom_name="Another Name", newsroom_legal="elsewhere"
    ) as renamed:
        said = words(see(renamed, sign_in(renamed), path))
    assert "The Test Courier, 1 Example Street" in said
    assert "elsewhere" not in said


def test_it_is_in_the_language_of_its_supporter(english: Mailed) -> None:
    pay_at(english, SPRING)
    browser = sign_in(english)
    path = issue(english, browser, LAST)
    send(english, browser, "/account/language", locale="uk")
    said = words(see(english, browser, path))
    for text in (f"Річна довідка {LAST}", "9 березня", "Отримано в EUR 50,00", "Залишається 50,00"):
        assert text in said
    assert "Річні довідки" in see(english, browser, "/account")
    assert f"{LAST} 1 платіж Відкрити довідку {LAST}-00001" in words(see(english, browser, "/account/statements"))


def pdf_of(service: Service, browser: requests.Session, path: str) -> requests.Response:
    return browser.get(f"{service.url}{path}/pdf", timeout=60)


def test_without_the_extra_no_pdf_is_offered(english: Mailed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)  # as if it were not installed
    pay_at(english, SPRING)
    browser = sign_in(english)
    path = issue(english, browser, LAST)
    assert "/pdf" not in see(english, browser, path)
    assert pdf_of(english, browser, path).status_code == 404


@needs_pdf
def test_with_the_extra_it_is_a_file_of_one_page(english: Mailed) -> None:
    pay_at(english, SPRING)
    browser = sign_in(english)
    path = issue(english, browser, LAST)
    assert f'href="{path}/pdf"' in see(english, browser, path)
    answer = pdf_of(english, browser, path)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="statement-{LAST}-00001.pdf"'
    assert answer.content.startswith(b"%PDF-")


@on_sqlite
def test_a_year_of_renewals_is_on_it(telling: Telling) -> None:
    telling.give()
    start = telling.now()
    telling.come_to(datetime(start.year + 2, 1, 2, tzinfo=UTC))
    browser = sign_in(telling)
    issue(telling, browser, start.year + 1)
    (statement,) = rows(telling, Statement)
    paid = [one for one in rows(telling, Payment) if one.received_at.year == start.year + 1]
    with telling.database.reading() as session:
        statement = session.merge(statement, load=True)
        assert [line.payment_id for line in statement.lines] == [one.id for one in paid]
        assert [(one.currency, one.paid_minor) for one in statement.totals] == [("EUR", 1000 * len(paid))]
    assert len(paid) == 12
