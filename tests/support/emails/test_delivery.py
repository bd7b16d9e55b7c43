"""The outbox to a real mail server: once, in order, with patience, and never what makes no sense any more."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from support import clock
from support.emails.delivery import delivering
from support.emails.messages import Message, alarm
from support.emails.models import Mail
from support.emails.operations import queue, take_due
from support.emails.rules import pause_after
from tests.databases import flask
from tests.support.mailbox import Mailed, running_mailed
from tests.support.readers import change, rows

if TYPE_CHECKING:
    from tests.services import StandIn


def send(service: Mailed, to: str = "reader@example.org", *, cause: str | None = None, **changes: Any) -> None:
    """Queue one mail, as an operation would."""
    with service.app.app_context(), service.database.transaction() as session:
        written = alarm(to, what="Something is wrong", advice="Look at it. Подивіться.")
        queue(session, Message(**vars(written) | changes), clock.now(), cause=cause)


def only(service: Mailed) -> Mail:
    (mail,) = rows(service, Mail)
    return mail


def test_it_works(mailed: Mailed) -> None:
    send(mailed)
    assert mailed.letters == []
    mailed.post()

    (letter,) = mailed.letters
    assert (letter.sender, letter.recipients) == ("desk@courier.example.org", ("reader@example.org",))
    message = letter.message
    assert message["From"] == "The Test Courier <desk@courier.example.org>"
    assert message["To"] == "reader@example.org"
    assert message["Subject"] == "Alarm: Something is wrong"
    assert message["Auto-Submitted"] == "auto-generated"
    assert "Подивіться." in letter.part("plain")
    assert "<p>Look at it. Подивіться.</p>" in letter.part("html")
    mail = only(mailed)
    assert (mail.state, mail.text, mail.html) == ("sent", "", "")
    assert message["Message-ID"] == mail.message_id
    mailed.post()
    assert len(mailed.letters) == 1


def test_a_rolled_back_transaction_mails_nothing(mailed: Mailed) -> None:
    with mailed.app.app_context(), mailed.database.transaction() as session:
        queue(session, alarm("reader@example.org", what="a", advice="b"), clock.now())
        session.rollback()
    mailed.post()
    assert mailed.letters == []


def test_one_cause_is_one_mail(mailed: Mailed) -> None:
    for _ in range(3):
        send(mailed, cause="receipt payment 1")
    send(mailed, cause="receipt payment 2")
    mailed.post()
    assert len(mailed.letters) == 2


def test_without_a_server_mails_wait(sqlite_url: str, stand_in: StandIn) -> None:
    with running_mailed(sqlite_url, stand_in, mail_url="") as service:
        send(service)
        service.post()
        assert (only(service).state, only(service).tries) == ("waiting", 0)


def test_a_server_that_is_down_is_tried_later_with_the_same_message_id(mailed: Mailed) -> None:
    mailed.mailbox.answers["CONNECT"] = ""
    send(mailed)
    send(mailed, "other@example.org")
    mailed.post()
    first, second = rows(mailed, Mail)
    assert (first.state, first.tries, second.tries) == ("waiting", 1, 0)
    assert first.due_at - clock.now() > timedelta(seconds=8)

    mailed.mailbox.answers.clear()
    change(mailed, Mail, due_at=clock.now())
    mailed.post()
    assert [letter.message["Message-ID"] for letter in mailed.letters] == [first.message_id, second.message_id]


@pytest.mark.parametrize(
    "answers",
    [{"RCPT": "451 come later"}, {"DATA END": "452 full"}, {"MAIL": "421 too busy"}, {"CONNECT": "554 not now"}],
    ids=str,
)
def test_what_passes_is_tried_again(sqlite_mailed: Mailed, answers: dict[str, str]) -> None:
    sqlite_mailed.mailbox.answers |= answers
    send(sqlite_mailed)
    sqlite_mailed.post()
    assert (only(sqlite_mailed).state, only(sqlite_mailed).tries) == ("waiting", 1)
    sqlite_mailed.mailbox.answers.clear()
    change(sqlite_mailed, Mail, due_at=clock.now())
    sqlite_mailed.post()
    assert len(sqlite_mailed.letters) == 1


@pytest.mark.parametrize("answers", [{"RCPT": "550 no such mailbox"}, {"DATA END": "554 we do not want this"}], ids=str)
def test_what_is_refused_is_kept_with_the_reason_and_not_tried_again(
    sqlite_mailed: Mailed, answers: dict[str, str]
) -> None:
    sqlite_mailed.mailbox.answers |= answers
    send(sqlite_mailed)
    send(sqlite_mailed, "other@example.org")
    sqlite_mailed.post()
    sqlite_mailed.mailbox.answers.clear()
    sqlite_mailed.post()

    mails = rows(sqlite_mailed, Mail)
    assert [mail.state for mail in mails] == ["refused", "refused"]
    assert mails[0].reason == next(iter(answers.values()))
    assert sqlite_mailed.letters == []


def test_a_full_mailbox_is_given_three_days(sqlite_mailed: Mailed) -> None:
    sqlite_mailed.mailbox.answers["RCPT"] = "452 full"
    send(sqlite_mailed)
    change(sqlite_mailed, Mail, created_at=clock.now() - timedelta(days=3, seconds=1))
    sqlite_mailed.post()
    assert only(sqlite_mailed).state == "refused"


def test_a_mail_that_nobody_could_use_any_more_is_not_sent(mailed: Mailed) -> None:
    send(mailed, expires_at=clock.now() - timedelta(seconds=1))
    mailed.post()
    assert (only(mailed).state, only(mailed).text, mailed.letters) == ("expired", "", [])


@pytest.mark.parametrize(
    "to",
    ["a@example.org\r\nBcc: b@example.org", "a@example.org, b@example.org", "a", "a@example.org\0", "ї@example.org"],
)
def test_an_address_that_is_not_one_reaches_nobody_and_stops_nobody(sqlite_mailed: Mailed, to: str) -> None:
    send(sqlite_mailed, to.replace("\0", "\x01"))
    send(sqlite_mailed)
    sqlite_mailed.post()
    assert [letter.recipients for letter in sqlite_mailed.letters] == [("reader@example.org",)]


def test_a_subject_cannot_add_a_header(sqlite_mailed: Mailed) -> None:
    send(sqlite_mailed, subject="Hello\r\nBcc: b@example.org")
    sqlite_mailed.post()
    assert sqlite_mailed.letters == []
    assert only(sqlite_mailed).state == "refused"


def test_two_workers_send_each_mail_once(mailed: Mailed) -> None:
    for number in range(30):
        send(mailed, f"reader{number}@example.org")
    threads = [threading.Thread(target=mailed.post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(letter.recipients for letter in mailed.letters) == sorted(
        (f"reader{number}@example.org",) for number in range(30)
    )


def test_a_mail_whose_sender_died_is_sent_after_its_lease(mailed: Mailed) -> None:
    send(mailed)
    with mailed.app.app_context(), mailed.database.transaction() as session:
        assert take_due(session, clock.now()) is not None
    mailed.post()
    assert mailed.letters == []
    change(mailed, Mail, leased_until=clock.wall_seconds() - 1)
    mailed.post()
    assert len(mailed.letters) == 1


def test_the_workers_thread_delivers_and_stops(mailed: Mailed) -> None:
    with delivering(mailed.app.extensions["delivery"]):
        send(mailed)
        with mailed.mailbox.came:
            assert mailed.mailbox.came.wait_for(lambda: mailed.letters, timeout=10)
    assert not [thread for thread in threading.enumerate() if thread.name == "mail"]


def test_pauses_grow_to_an_hour() -> None:
    assert [pause_after(tries).total_seconds() for tries in (1, 2, 3, 9, 10, 99)] == [10, 20, 40, 2560, 3600, 3600]


def test_the_workers_command_delivers_what_is_due(sqlite_mailed: Mailed) -> None:
    send(sqlite_mailed)
    settings = sqlite_mailed.settings
    done = flask("worker", "--once", DATABASE_URL=settings.database_url, MAIL_URL=settings.mail_url)
    assert done.returncode == 0, done.stderr
    assert len(sqlite_mailed.letters) == 1
    assert "reader@example.org" not in done.stdout + done.stderr
