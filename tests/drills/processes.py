"""Programs of ours in process groups of their own, so that a drill can end one at any moment and leave none behind."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import requests

from tests.databases import ROOT, environment

if TYPE_CHECKING:
    from typing import Self

PATIENCE = 60.0
STAND_IN = ("-m", "demo.stripe")
WEB = ("wsgi.py",)
WORKER = ("-m", "flask", "worker")


class Program:
    """One of our programs, from its start until `stop` or `kill`; what it prints is kept."""

    def __init__(self, *arguments: str, **changes: str) -> None:
        self._said: list[str] = []
        self._heard = threading.Condition()
        self._ended = False
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment(**changes),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def said(self) -> list[str]:
        """The lines that it has printed so far."""
        with self._heard:
            return list(self._said)

    def wait_for(self, words: str) -> str:
        """The first line with these words; fails if it ends before, or takes a minute."""
        with self._heard:
            self._heard.wait_for(lambda: self._ended or self._line(words), PATIENCE)
            line = self._line(words)
        assert line is not None, f"it never said {words!r}: {self.said[-20:]}"
        return line

    def kill(self) -> None:
        """SIGKILL to the whole group."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self, number: int = signal.SIGTERM, patience: float = 15) -> int:
        """Ask it to end, as a service manager does; its exit status."""
        self.process.send_signal(number)
        try:
            return self.process.wait(timeout=patience)
        finally:
            self.kill()

    def _line(self, words: str) -> str | None:
        return next((line for line in self._said if words in line), None)

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._heard:
                self._said.append(line.rstrip())
                self._heard.notify_all()
        with self._heard:
            self._ended = True
            self._heard.notify_all()


def free_port() -> int:
    """A port that nobody listens on now, and that the system gives to nobody who asks for any port."""
    while True:
        # Below those of the system, on Linux and elsewhere. Where a test seeds `random`, all processes draw the same.
        port = 15_000 + secrets.randbelow(17_000)
        with socket.socket() as taken, contextlib.suppress(OSError):
            taken.bind(("127.0.0.1", port))
            return port


def is_ready(url: str, path: str = "/readyz") -> bool:
    """Whether the service at `url` can serve."""
    try:
        return requests.get(f"{url}{path}", timeout=2).ok
    except requests.RequestException:
        return False


def wait_until_ready(url: str, program: Program, path: str = "/readyz") -> None:
    """Return once it serves; fails if it ends before, or takes a minute."""
    give_up = time.monotonic() + PATIENCE
    while not is_ready(url, path):
        is_over = program.process.poll() is not None or time.monotonic() > give_up
        assert not is_over, f"it does not serve: {program.said[-20:]}"
        time.sleep(0.02)


def stand_in_program(state: str, *more: str) -> tuple[Program, str]:
    """The stand-in on a free port, and its address."""
    program = Program(*STAND_IN, "--port", "0", "--state", state, *more)
    return program, program.wait_for("http://").rpartition(" ")[2]


def web_program(**changes: str) -> tuple[Program, str]:
    """`python wsgi.py` on a free port, and its address, once it serves."""
    changes = {"PORT": str(free_port()), **changes}
    url = f"http://localhost:{changes['PORT']}"
    program = Program(*WEB, **{"PUBLIC_URL": url, "CHECKOUT_LIMIT": "off", **changes})
    wait_until_ready(url, program)
    return program, url


def worker_program(*arguments: str, **changes: str) -> Program:
    """`flask worker`, once it looks for events."""
    program = Program(*(arguments or WORKER), **changes)
    program.wait_for("worker ready")
    return program
