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
    """A mailbox and the port where it listens."""
    with Server(mailbox := Mailbox()) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield mailbox, server.port
        server.shutdown()


@contextmanager
def running_mailed(database_url: str, stand_in: StandIn, **changes: Any) -> Iterator[Mailed]:
    """The service and its mailbox."""
    with running_mailbox() as (mailbox, port):
        changes = {"mail_url": f"smtp://localhost:{port}", "newsroom_contact": "desk@courier.example.org"} | changes
        with running_service(database_url, stand_in, **changes) as running:
            yield Mailed(running.url, running.app, running.settings, stand_in, mailbox)
