"""A real SMTP server for tests, and services that mail to it."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from demo.mailbox.smtp import Letter, Mailbox, Server
from tests.services import Service, StandIn, running_service

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Mailed(Service):
    """A service whose mails arrive in `mailbox`, once `post()` has delivered them."""

    mailbox: Mailbox

    @property
    def letters(self) -> list[Letter]:
        """What has arrived."""
        return self.mailbox.letters

    def post(self) -> None:
        """What the worker's mail thread does."""
        with self.app.app_context():
            self.app.extensions["delivery"].deliver_due()


@contextmanager
def running_mailbox() -> Iterator[tuple[Mailbox, int]]:
    """An empty mailbox and the port where it listens: one that another test has left, if there is any."""
    server = _idle.pop() if _idle else _started()
    yield server.mailbox, server.port
    server.mailbox.letters.clear()
    server.mailbox.answers.clear()
    _idle.append(server)


_idle: list[Server] = []


def _started() -> Server:
    server = Server(Mailbox())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@contextmanager
def running_mailed(database_url: str, stand_in: StandIn, **changes: Any) -> Iterator[Mailed]:
    """The service and its mailbox."""
    with running_mailbox() as (mailbox, port):
        changes = {"mail_url": f"smtp://localhost:{port}", "newsroom_contact": "desk@courier.example.org"} | changes
        with running_service(database_url, stand_in, **changes) as running:
            yield Mailed(running.url, running.app, running.settings, stand_in, mailbox)
