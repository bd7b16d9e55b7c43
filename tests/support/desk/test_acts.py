"""Staff cancel memberships, send receipts again, write notes: each once, for the right roles, with one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.accounts.models import SupporterNote
from support.audit import AuditLine
from support.emails.models import Mail
from support.memberships.models import Membership
from tests.support.desk.acting import a_payment, act, assert_refused, at_once, form, lines, seen, submit, tomorrow
from tests.support.desk.staffing import a_colleague
from tests.support.readers import at_stripe, buy, rows

if TYPE_CHECKING:
    from tests.services import Service
    from tests.support.desk.staffing import Colleague
    from tests.support.mailbox import Mailed

CANCEL = "/finance/memberships/1/cancel"
NOTES = "/finance/supporters/1/notes"


def subscription(service: Service) -> dict[str, object]:
    return at_stripe(service, f"subscriptions/{rows(service, Membership)[0].stripe_subscription_id}")


def test_a_membership_is_canceled_at_the_end_of_what_is_paid_for(service: Service) -> None:
    reader = service.browser()
    buy(service, reader)
    finance = a_colleague(service, "finance")
    page = finance.get(CANCEL).text
    assert page.count("reader@example.com gets a mail") == 2
    assert page.count("articles are open until") == 2, "grace goes with either"
    fields = form(finance, CANCEL) | {"when": "end"}

    answers = at_once([(finance, CANCEL, fields)] * 2)

    assert {one.status_code for one in answers} == {303}
    assert subscription(service)["cancel_at_period_end"] is True
    assert "Canceled: it ends" in finance.get(f"{CANCEL}?done=").text
    assert "Cancel at the end" not in finance.get(CANCEL).text
    assert service.access(reader)["access"] == "granted"
    assert [mail.name for mail in rows(service, Mail) if mail.name == "canceled"] == ["canceled"]
    assert lines(service) == [
        ("finance@example.com", "asked to cancel membership", "supporter 1"),
        ("finance@example.com", "canceled membership", "supporter 1"),
    ]


def test_or_at_once_and_what_was_paid_for_stays_open(service: Service) -> None:
    reader = service.browser()
    buy(service, reader)
    finance = a_colleague(service, "finance")
    fields = form(finance, CANCEL) | {"when": "now"}
    for _ in range(2):
        assert submit(finance, CANCEL, fields).status_code == 303
    assert subscription(service)["status"] == rows(service, Membership)[0].status == "canceled"
    assert service.access(reader)["access"] == "granted"
    assert "nothing left to cancel" in finance.get(CANCEL).text
    assert len(lines(service)) == 2


def test_what_a_used_page_is_sent_for_in_addition_has_lines_of_its_own(sqlite_service: Service) -> None:
    for _ in range(2):
        buy(sqlite_service, sqlite_service.browser())
    finance = a_colleague(sqlite_service, "finance")
    used = form(finance, NOTES)
    assert submit(finance, NOTES, used | {"text": "A note"}).status_code == 303
    for path, when in ((CANCEL, "end"), (CANCEL, "now"), (CANCEL.replace("1", "2"), "now")):
        assert submit(finance, path, used | {"when": when}).status_code == 303
    details = [one.detail for one in rows(sqlite_service, AuditLine) if one.action == "canceled membership"]
    assert details == [
        "membership 1, at the end of what is paid for",
        "membership 1, at once",
        "membership 2, at once",
    ]


def test_what_stripe_did_not_hear_is_said_again_and_told_as_done_once_it_is(sqlite_service: Service) -> None:
    buy(sqlite_service, sqlite_service.browser())
    finance = a_colleague(sqlite_service, "finance")
    fields = form(finance, CANCEL) | {"when": "end"}
    sqlite_service.stand_in.control("faults", api_status=503)
    failed = submit(finance, CANCEL, fields)
    assert failed.status_code == 503
    assert "not canceled until this page says so" in failed.text
    assert [action for _, action, _ in lines(sqlite_service)] == ["asked to cancel membership"]
    assert "Cancel now" in failed.text, "to try again"
    sqlite_service.stand_in.control("faults")
    assert submit(finance, CANCEL, fields).status_code == 303
    assert subscription(sqlite_service)["cancel_at_period_end"] is True
    assert [action for _, action, _ in lines(sqlite_service)] == ["asked to cancel membership", "canceled membership"]


def test_a_receipt_goes_out_again_once_for_each_page(mailed: Mailed) -> None:
    payment, finance = a_payment(mailed), a_colleague(mailed, "finance")
    mailed.post()
    mailed.letters.clear()
    path = f"/finance/payments/{payment.id}/receipt"
    assert "reader@example.com gets the receipt of 50.00 EUR" in seen(finance, path)
    fields = form(finance, path)
    assert {one.status_code for one in at_once([(finance, path, fields)] * 2)} == {303}
    mailed.post()
    (letter,) = mailed.letters
    assert letter.message["To"] == "reader@example.com"
    assert "€50" in letter.part("plain")
    assert lines(mailed) == [("finance@example.com", "sent receipt again", f"payment {payment.id}")]

    act(finance, path)
    mailed.post()
    assert len(mailed.letters) == len(lines(mailed)) == 2


def test_a_note_is_written_once_shown_as_text_and_forgotten_with_the_person(kept: Mailed) -> None:
    a_payment(kept)
    finance = a_colleague(kept, "finance")
    fields = form(finance, NOTES) | {"text": "Called:\n<b>wants</b> paper"}
    assert {one.status_code for one in at_once([(finance, NOTES, fields)] * 2)} == {303}
    page = finance.get(NOTES).text
    assert page.count("&lt;b&gt;wants&lt;/b&gt; paper") == 1
    assert "finance@example.com" in page
    assert lines(kept) == [("finance@example.com", "wrote note", "supporter 1")]

    done = kept.app.test_cli_runner().invoke(args=["erase", "reader@example.com", "--yes"])
    assert done.exit_code == 0, done.output
    assert rows(kept, SupporterNote) == []


def test_the_pages_of_payments_and_supporters_lead_there_by_role(sqlite_service: Service) -> None:
    buy(sqlite_service, sqlite_service.browser())
    finance, admin = a_colleague(sqlite_service, "finance"), a_colleague(sqlite_service, "admin")
    for_finance = {"/finance/payments/1/refund", "/finance/payments/1/receipt", CANCEL, NOTES}
    for_admins = {"/finance/supporters/1/grant", "/finance/supporters/1/merge"}
    for member, open_to in ((finance, for_finance), (admin, for_finance | for_admins)):
        pages = [seen(member, path) for path in ("/finance/payments/1", "/finance/supporters/1")]
        shown = {path for path in for_finance | for_admins if any(f'href="{path}"' in page for page in pages)}
        assert shown == open_to
        assert all(member.get(path).status_code == 200 for path in shown)


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 5001])
def test_an_empty_or_endless_note_is_refused(sqlite_service: Service, text: str) -> None:
    a_payment(sqlite_service)
    answer = act(a_colleague(sqlite_service, "finance"), NOTES, text=text)
    assert answer.status_code == 422
    assert [*rows(sqlite_service, SupporterNote), *lines(sqlite_service)] == []


def test_all_of_it_is_for_finance_and_admins_with_the_key_of_their_page(sqlite_service: Service) -> None:
    buy(sqlite_service, sqlite_service.browser())
    editor, finance = a_colleague(sqlite_service, "editor"), a_colleague(sqlite_service, "finance")
    wanted = {CANCEL: {"when": "now"}, NOTES: {"text": "a note"}, "/finance/payments/1/receipt": {}}
    for path, fields in wanted.items():
        assert_refused(editor, path, **fields)
        assert without_key(finance, path, fields) == 403
    assert subscription(sqlite_service)["status"] == "active"
    assert [*rows(sqlite_service, SupporterNote), *lines(sqlite_service)] == []


def without_key(colleague: Colleague, path: str, fields: dict[str, str]) -> int:
    return submit(colleague, path, form(colleague, path) | fields | {"form_key": ""}).status_code


def test_every_page_that_shows_an_address_is_noted(sqlite_service: Service) -> None:
    buy(sqlite_service, sqlite_service.browser())
    buy(sqlite_service, sqlite_service.browser(), email="other@example.com")
    finance, admin = a_colleague(sqlite_service, "finance"), a_colleague(sqlite_service, "admin")
    act(admin, "/finance/grants", email="reader@example.com", until=tomorrow(), reason="wrote for us")
    refund = "/finance/payments/1/refund"
    act(finance, f"{refund}?amount=1", refund, reason="duplicate")
    for colleague, page in (
        (finance, "supporters/1"),
        (finance, "payments/1"),
        (finance, "payments/1/receipt"),
        (finance, "payments/1/refund"),
        (finance, "refund-requests/1"),
        (finance, "memberships/1/cancel"),
        (finance, "supporters/1/notes"),
        (admin, "supporters/1/merge"),
        (admin, "supporters/2/merge/1"),
        (admin, "supporters/1/grant"),
        (admin, "grants"),
        (admin, "grants/1"),
    ):
        before = len(rows(sqlite_service, AuditLine))
        assert "reader@example.com" in seen(colleague, f"/finance/{page}"), page
        new = rows(sqlite_service, AuditLine)[before:]
        assert {one.who for one in new} == {f"{colleague.role}@example.com"}, page
        assert {one.about for one in new} & {"supporter 1", "free access"}, page
