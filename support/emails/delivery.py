"""From the outbox to the mail server: at least once, never twice unless we die between its OK and our mark."""

from __future__ import annotations

import contextlib
import logging
import smtplib
import ssl
import threading
from contextlib import contextmanager
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from config.settings import is_loopback
from support import clock
from support.emails import operations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from config.mail import MailServer
    from config.settings import Settings
    from support.db import Database
    from support.emails.models import Mail

log = logging.getLogger(__name__)

_POLL_SECONDS = 1.0
_REST_SECONDS = 10.0
_TIMEOUT_SECONDS = 10.0
_REASON_LENGTH = 300


class RefusedForGood(Exception):
    """The recipient's server will never take this mail."""


class TryLater(Exception):
    """It may go another time. `is_recipients`: this mail's recipient is why; otherwise the server, or the way to it."""

    def __init__(self, reason: str, *, is_recipients: bool = False) -> None:
        super().__init__(reason)
        self.is_recipients = is_recipients


class Delivery:
    """Takes mails to MAIL_URL's server; without one they wait."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app = app
        self._database: Database = app.extensions["database"]
        self._settings = settings
        self._server = settings.mail_server

    def deliver_due(self) -> bool:
        """Send everything that is due, over one connection. False if the server does not answer as it should."""
        with self._database.transaction() as session:
            operations.expire(session, clock.now())
        if self._server is None:
            return True
        with contextlib.closing(Postman(self._server)) as postman:
            while (mail := self._take()) is not None:
                if not self._deliver(postman, mail):
                    return False
        return True

    def run(self, is_stopped: threading.Event) -> None:
        """Deliver as mails come."""
        while not is_stopped.is_set():
            pause = _REST_SECONDS
            try:
                with self._app.app_context():
                    pause = _POLL_SECONDS if self.deliver_due() else _REST_SECONDS
            except sa.exc.OperationalError:
                log.warning("the database does not answer")
            except Exception:  # mails must go on whatever one of them did
                log.exception("mails could not be delivered")
            is_stopped.wait(pause)

    def _take(self) -> Mail | None:
        with self._database.transaction() as session:
            return operations.take_due(session, clock.now())

    def _deliver(self, postman: Postman, mail: Mail) -> bool:
        """One mail; False if there is no use in trying the next."""
        known = {"mail": mail.id, "about": mail.name}
        try:
            postman.send(letter(mail, self._settings), self._settings.mail_sender, mail.recipient)
        except RefusedForGood as error:
            log.warning("a mail was refused for good", extra=known)
            reason = str(error)[:_REASON_LENGTH]
            self._database.transact(lambda session: operations.mark_refused(session, mail.id, reason, clock.now()))
        except TryLater as error:
            log.warning("a mail waits", extra=known | {"tries": mail.tries + 1})
            reason, is_recipients = str(error)[:_REASON_LENGTH], error.is_recipients
            self._database.transact(
                lambda session: operations.put_off(session, mail, reason, clock.now(), is_recipients=is_recipients)
            )
            return is_recipients
        else:
            self._database.transact(lambda session: operations.mark_sent(session, mail.id, clock.now()))
        return True


@contextmanager
def delivering(delivery: Delivery) -> Iterator[None]:
    """Deliver mails in a thread of this process meanwhile."""
    is_stopped = threading.Event()
    thread = threading.Thread(target=delivery.run, args=(is_stopped,), name="mail", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_stopped.set()
        thread.join(_TIMEOUT_SECONDS)


def letter(mail: Mail, settings: Settings) -> EmailMessage:
    """The mail as it goes over the wire. Raises RefusedForGood for an address that cannot stand in a header."""
    message = EmailMessage()
    try:
        message["From"] = Address(settings.newsroom_name, addr_spec=settings.mail_sender)
        message["To"] = Address(addr_spec=mail.recipient)
        if reply_to := mail.reply_to or settings.newsroom_contact:
            message["Reply-To"] = Address(addr_spec=reply_to)
        message["Subject"] = mail.subject
    except (ValueError, IndexError) as error:
        raise RefusedForGood("an address or the subject cannot stand in a mail's header") from error
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = mail.message_id
    message["Content-Language"] = mail.locale
    # Keeps vacation notices from answering.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message


class Postman:
    """One connection to the mail server, made when the first mail is there."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._smtp: smtplib.SMTP | None = None

    def send(self, message: EmailMessage, sender: str, recipient: str) -> None:
        """Hand over one mail. Raises TryLater or RefusedForGood."""
        try:
            if self._smtp is None:
                self._smtp = self._connected()
            self._smtp.send_message(message, sender, [recipient])
        except smtplib.SMTPRecipientsRefused as error:
            code, text = error.recipients[recipient]
            raise _of_answer(code, text) from error
        except smtplib.SMTPDataError as error:
            raise _of_answer(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPException, OSError) as error:
            self._smtp = None
            raise TryLater(_words(error)) from error

    def greet(self) -> None:
        """Connect and sign in, as before a mail. Raises TryLater."""
        try:
            self._smtp = self._connected()
        except (smtplib.SMTPException, OSError) as error:
            raise TryLater(_words(error)) from error

    def close(self) -> None:
        """Say goodbye; a server that has gone meanwhile does not matter."""
        if self._smtp is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._smtp.quit()

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        if server.is_tls:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=_TIMEOUT_SECONDS, context=_tls(server.host)
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT_SECONDS)
        try:
            smtp.ehlo()
            if not server.is_tls and smtp.has_extn("starttls"):
                smtp.starttls(context=_tls(server.host))
                smtp.ehlo()
            self._sign_in(smtp)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        if not self._server.user:
            return
        if not isinstance(smtp.sock, ssl.SSLSocket) and not is_loopback(self._server.host):
            raise TryLater("the server offers no TLS: our password stays here")
        smtp.login(self._server.user, self._server.password)


def _tls(host: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if is_loopback(host):
        # A relay on this machine seldom has a certificate that anybody vouches for.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _of_answer(code: int, text: bytes | str) -> TryLater | RefusedForGood:
    words = f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"
    return RefusedForGood(words) if code >= 500 else TryLater(words, is_recipients=True)


def _words(error: smtplib.SMTPException | OSError) -> str:
    return f"{type(error).__name__}: {error}" if not isinstance(error, smtplib.SMTPAuthenticationError) else "login"
