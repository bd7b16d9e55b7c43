"""The service as operators run it: a web process and a worker process, whose every line is kept."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

import webhooks
from config.settings import Settings
from support import create_app
from support.emails.models import Mail
from tests.databases import environment, flask
from tests.drills.processes import Program, free_port, stand_in_program, web_program, worker_program
from tests.services import StandIn
from tests.support.mailbox import Mailed, running_mailbox
from webhooks.models import StripeEvent

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from pathlib import Path

    import requests

PATIENCE = 30


@dataclass
class Operated(Mailed):
    """Nothing of it runs in this process: `app` is only there to look at its rows."""

    environment: dict[str, str]
    programs: list[Program]
    commands: list[str] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        """What the operator has seen so far."""
        return [line for program in self.programs for line in program.said] + self.commands

    def post_event(self, event: dict[str, Any] | bytes, *, secret: str = "", **headers: str) -> requests.Response:
        """With the secret of this service."""
        return super().post_event(event, secret=secret or self.environment["STRIPE_WEBHOOK_SECRETS"], **headers)

    def work(self) -> None:
        """Wait for the worker."""
        self._wait_while(sa.exists().where(StripeEvent.state == "waiting"))

    def deliver(self, events: list[dict[str, Any]] | None = None, *, shuffled: random.Random | None = None) -> None:
        """Deliver all new events, and wait for the worker."""
        for event in self.stand_in.events() if events is None else events:
            assert self.post_event(event).status_code == 200
        self.work()

    def post(self) -> None:
        """Wait for the worker's mail thread."""
        self._wait_while(sa.exists().where(Mail.state == "waiting"))

    def run(self, *arguments: str) -> str:
        """`flask …`, as an operator would; what it says on stdout is not a log."""
        done = flask(*arguments, **self.environment)  # type: ignore[arg-type]  # `folder` is none of them
        assert done.returncode == 0, done.stderr
        self.commands += done.stderr.splitlines()
        return done.stdout.strip()

    def until_said(self, words: str) -> None:
        """Wait for a line of any of the programs."""
        give_up = time.monotonic() + PATIENCE
        while not any(words in line for line in self.lines):
            assert time.monotonic() < give_up, f"nobody said {words!r}"
            time.sleep(0.05)

    def _wait_while(self, condition: sa.Exists) -> None:
        give_up = time.monotonic() + PATIENCE
        while True:
            with self.database.reading() as session:
                if not session.scalar(sa.select(condition)):
                    return
            assert time.monotonic() < give_up, f"it never ended: {self.lines[-5:]}"
            time.sleep(0.05)


@contextmanager
def operated(database_url: str, folder: Path, **secrets: str) -> Iterator[Operated]:
    """All programs, until the block ends."""
    with ExitStack() as running:
        stand_in, base = stand_in_program(":memory:")
        running.enter_context(stand_in)
        mailbox, mail_port = running.enter_context(running_mailbox())
        port = str(free_port())
        own = {
            "DATABASE_URL": database_url,
            "STRIPE_API_BASE": base,
            "STRIPE_READS_PER_SECOND": "1000",
            "MAIL_URL": f"smtp://localhost:{mail_port}",
            "NEWSROOM_CONTACT": "desk@courier.example.org",
            "ERASE_LOG": str(folder / "erase.log"),
            "CHECKOUT_LIMIT": "off",
            "PORT": port,
            "PUBLIC_URL": f"http://localhost:{port}",
            **secrets,
        }
        web, url = web_program(**own)
        running.enter_context(web)
        worker = running.enter_context(worker_program(**own))
        settings = Settings.model_validate({name.lower(): value for name, value in environment(**own).items()})
        webhooks.init_app(app := create_app(settings))
        yield Operated(url, app, settings, StandIn(base), mailbox, own, [web, worker])
        app.extensions["database"].engine.dispose()
