"""Every mail in every language: its facts are in it, text and HTML, and nothing of it can break out."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from support.emails import messages
from support.emails.rules import receipt_number
from support.i18n import LOCALES
from support.money import Money
from tests.services import Service, StandIn, running_service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.emails.messages import Message
    from tests.databases import SqliteDatabases

EUR, UAH = Money(1050, "EUR"), Money(30000, "UAH")
ON, LATER = date(2026, 3, 31), date(2027, 3, 31)
LINK = "https://support.news.example/account?a=1&b=2"
NASTY = "<b>Plan</b> & “co”\r\nBcc: x@example.com"
RECEIPT: dict[str, Any] = {"number": "2026-000042", "amount": EUR, "tax": Money(168, "EUR"), "paid_on": ON}
SOON = datetime(2026, 3, 31, tzinfo=UTC)

# {name of the mail: its arguments}
MAILS: dict[str, dict[str, Any]] = {
    "sign_in": {"link": LINK, "code": "ABCD-EFGH", "minutes": 15, "expires_at": SOON},
    "staff_invitation": {"link": LINK, "hours": 72, "expires_at": SOON},
    "unknown_address": {"help_link": LINK, "expires_at": SOON},
    "help_wanted": {"reader": "reader@example.org", "words": NASTY},
    "receipt": {**RECEIPT, "plan": NASTY, "link": LINK},
    "renewal": {**RECEIPT, "plan": NASTY, "link": LINK, "paid_until": LATER},
    "upcoming_renewal": {"amount": UAH, "renews_on": LATER, "plan": NASTY, "link": LINK},
    "payment_failed": {"amount": EUR, "plan": NASTY, "link": LINK, "next_try_on": ON, "reads_until": LATER},
    "action_required": {"amount": EUR, "plan": NASTY, "link": LINK},
    "canceled": {"plan": NASTY, "reads_until": LATER, "link": LINK},
    "refund": {"number": "2026-000042", "refunded": EUR, "paid": EUR, "refunded_on": ON, "still_opens": False},
    "card_expiring": {"last4": "4242", "expires_on": LATER, "plan": NASTY, "link": LINK},
}
SHOWN = {
    "en": {"EUR": "€10.50", "UAH": "UAH\N{NO-BREAK SPACE}300", "ON": "March 31, 2026", "LATER": "March 31, 2027"},
    "uk": {
        "EUR": "10,50\N{NO-BREAK SPACE}EUR",
        "UAH": "300\N{NO-BREAK SPACE}₴",
        "ON": "31 березня 2026 року",
        "LATER": "31 березня 2027 року",
    },
}


@pytest.fixture(scope="module")
def service(sqlite_databases: SqliteDatabases, stand_in_server: StandIn) -> Iterator[Service]:
    legal = "The Test Courier, 1 Example Street"
    with running_service(sqlite_databases.new(), stand_in_server, newsroom_legal=legal) as running:
        yield running


def written(service: Service, name: str, locale: str, **changes: Any) -> Message:
    with service.app.app_context():
        message: Message = getattr(messages, name)("to@example.org", locale, **MAILS[name] | changes)
    return message


def facts(name: str, locale: str) -> list[str]:
    shown = {
        EUR: SHOWN[locale]["EUR"],
        UAH: SHOWN[locale]["UAH"],
        ON: SHOWN[locale]["ON"],
        LATER: SHOWN[locale]["LATER"],
    }
    return [shown[value] for value in MAILS[name].values() if value in shown]


def test_there_is_no_mail_without_a_test() -> None:
    ours = {name for name, one in vars(messages).items() if getattr(one, "__module__", "") == messages.__name__}
    in_english = {"alarm", "staff_proofs_changed"}
    assert ours - {"Message", "_message"} - in_english == MAILS.keys()


def test_staff_are_told_in_english_what_changed_and_when_on_the_newsrooms_clock(service: Service) -> None:
    with service.app.app_context():
        message = messages.staff_proofs_changed("to@example.org", what="Your phone", changed_at=SOON)
    for told in (message.text, message.html):
        assert "Your phone" in told
        assert "changed on March 31, 2026 at 00:00." in told


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", MAILS)
def test_text_and_html_say_the_same_in_the_supporters_language(service: Service, name: str, locale: str) -> None:
    message = written(service, name, locale)

    assert message.locale == locale
    assert message.subject
    assert len(message.subject.splitlines()) == 1
    for fact in facts(name, locale):
        assert fact in message.text, fact
        assert fact in message.html, fact
    assert f'<html lang="{locale}"' in message.html
    assert "<b>Plan" not in message.html
    assert "%(" not in message.subject + message.text + message.html
    if "link" in MAILS[name]:
        assert LINK in message.text
        assert LINK.replace("&", "&amp;") in message.html
    is_ukrainian = any("а" <= letter <= "я" for letter in message.text)
    assert is_ukrainian == (locale == "uk")


def test_receipts_carry_the_newsrooms_legal_line_and_the_tax(service: Service) -> None:
    message = written(service, "receipt", "en")
    for fact in ("The Test Courier, 1 Example Street", "2026-000042", "€1.68"):
        assert fact in message.text
        assert fact in message.html
    assert "Tax included" not in written(service, "receipt", "en", tax=None).text


def test_what_is_not_known_is_not_said(service: Service) -> None:
    message = written(service, "payment_failed", "en", next_try_on=None, reads_until=None)
    assert "try again on" not in message.text + message.html
    assert "until" not in message.text + message.html
    assert "until" not in written(service, "canceled", "en", reads_until=None).text
    assert "closed now" not in written(service, "refund", "en", still_opens=True).text


def test_a_language_that_we_do_not_have_is_english(service: Service) -> None:
    assert written(service, "sign_in", "fr").subject == "Your sign-in link for The Test Courier"


def test_receipts_are_numbered_by_year() -> None:
    assert receipt_number(42, ON) == "2026-000042"
    assert receipt_number(12_345_678, ON) == "2026-12345678"
