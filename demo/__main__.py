"""`python -m demo` (`make demo`): newsroom, service, stand-in Stripe, worker and mailbox on this machine.

State and logs are in `.demo/` (DEMO_DIR). Ctrl-C stops everything; if one part ends by itself, all do.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from demo.staff import Member, make_members

if TYPE_CHECKING:
    from types import FrameType

ROOT = Path(__file__).parents[1]
HOST = "localhost"
_READY_SECONDS = 60
_STOP_SECONDS = 10
_FLASK = [sys.executable, "-m", "flask", "--app", "wsgi.py"]


class DemoError(SystemExit):
    """Ends the demo with one line that says why."""


@dataclass(frozen=True)
class Ports:
    """Where each part listens."""

    newsroom: int
    support: int
    stripe: int
    mailbox: int

    @classmethod
    def from_env(cls) -> Ports:
        """NEWSROOM_PORT, SUPPORT_PORT, STRIPE_PORT and MAILBOX_PORT, or their defaults."""
        defaults = {"newsroom": 8000, "support": 8001, "stripe": 8002, "mailbox": 8003}
        texts = {name: os.environ.get(f"{name.upper()}_PORT", str(port)) for name, port in defaults.items()}
        wrong = next((name for name, text in texts.items() if not text.isdecimal()), None)
        if wrong:
            raise DemoError(f"{wrong.upper()}_PORT: must be a number")
        return cls(**{name: int(text) for name, text in texts.items()})

    def refuse_taken(self) -> None:
        """End the demo if somebody else listens on one of them."""
        for name, port in vars(self).items():
            if _answers(port):
                variable = f"{name.upper()}_PORT"
                raise DemoError(f"{variable}: port {port} is taken; free it or run {variable}=<another> make demo")


@dataclass(frozen=True)
class Part:
    """One process of the demo; `ready` is an address that answers once it serves."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    ready: str = ""

    def log_tail(self) -> str:
        """The last lines that it wrote."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])


class Demo:
    """All parts, their settings and their folder."""

    def __init__(self, folder: Path, ports: Ports) -> None:
        self.folder = folder
        self.newsroom, self.support, self.stripe, self.mailbox = (
            f"http://{HOST}:{port}" for port in vars(ports).values()
        )
        self.smtp_port = _free_port(set(vars(ports).values()))
        self.ports = ports
        self.parts: list[Part] = []
        self.staff: list[Member] = []
        self.webhook_secret = f"whsec_{self._kept('webhook-secret')}"

    def start(self) -> None:
        """Migrate, then start every part and wait until all are ready."""
        self._flask("db", "upgrade")
        stand_in = [
            *("-m", "demo.stripe", "--port", str(self.ports.stripe), "--state", str(self.folder / "stripe.sqlite3")),
            *("--webhook", f"{self.support}/webhooks/stripe", "--webhook-secret", self.webhook_secret),
            *("--clock-file", str(self.folder / "clock")),
        ]
        news = ["-m", "demo.newsroom", "--port", str(self.ports.newsroom)]
        news += ["--support", self.support, "--stripe", self.stripe]
        mailbox = ["--port", str(self.ports.mailbox), "--smtp-port", str(self.smtp_port)]
        mailbox += ["--staff", str(self.folder / "staff.json")]
        self._run("mailbox", [sys.executable, "-m", "demo.mailbox", *mailbox], f"{self.mailbox}/")
        self._run("stripe", [sys.executable, *stand_in], f"{self.stripe}/")
        self._run("service", [sys.executable, "wsgi.py"], f"{self.support}/readyz")
        self._run("worker", [*_FLASK, "worker"])
        self._run("newsroom", [sys.executable, *news], f"{self.newsroom}/")
        for part in self.parts:
            self._wait_for(part)
        self.staff = make_members(self.folder / "staff.json", self.support, self._invite)

    def watch(self) -> None:
        """Return never; end with the name and log of the first part that ends by itself."""
        while True:
            self._refuse_ended()
            time.sleep(0.5)

    def stop(self) -> None:
        """End every part, the last started first."""
        for part in reversed(self.parts):
            part.process.terminate()
        for part in self.parts:
            try:
                part.process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                part.process.kill()

    def api_key(self) -> str:
        """The demo's key for the newsroom's server: made once, shown every time."""
        file = self.folder / "api-key"
        if not file.exists():
            _write_secret(file, self._flask("keys", "add", "demo newsroom").strip())
        return file.read_text()

    def _invite(self, email: str, role: str) -> str:
        return self._flask("staff", "add", email, "--role", role).strip()

    def _environment(self) -> dict[str, str]:
        settings = {
            "SECRET_KEY": self._kept("secret-key"),
            "PUBLIC_URL": self.support,
            "HOST": "127.0.0.1",
            "PORT": str(self.ports.support),
            "DATABASE_URL": f"sqlite:///{self.folder / 'support.sqlite3'}",
            "NEWS_ORIGINS": self.newsroom,
            "STRIPE_API_BASE": self.stripe,
            "STRIPE_API_KEY": "sk_test_demo",
            "STRIPE_WEBHOOK_SECRETS": self.webhook_secret,
            "CLOCK_FILE": str(self.folder / "clock"),
            "CHECKOUT_LIMIT": "off",
            "NEWSROOM_NAME": "The Demo Courier",
            "NEWSROOM_CONTACT": "readers@courier.example.org",
            "NEWSROOM_LEGAL": "The Demo Courier, 1 Example Street, Example Town",
            "MAIL_URL": f"smtp://{HOST}:{self.smtp_port}",
            "ALARM_MAIL": "alarms@courier.example.org",
            "NEWSROOM_TERMS_URL": f"{self.newsroom}/terms",
            "NEWSROOM_PRIVACY_URL": f"{self.newsroom}/privacy",
        }
        # Settings of this shell must not leak into the demo: they may belong to a real newsroom.
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        return {**kept, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(ROOT), **settings}

    def _kept(self, name: str) -> str:
        """A random text that is the same every time, until the folder is cleared."""
        file = self.folder / name
        if not file.exists():
            _write_secret(file, secrets.token_hex(32))
        return file.read_text()

    def _flask(self, *arguments: str) -> str:
        done = subprocess.run(  # noqa: S603  # our own command
            [*_FLASK, *arguments], cwd=ROOT, env=self._environment(), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise DemoError(f"flask {' '.join(arguments)} failed:\n{done.stderr.strip()}")
        return done.stdout

    def _run(self, name: str, command: list[str], ready: str = "") -> None:
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603  # our own command
                command, cwd=ROOT, env=self._environment(), stdout=output, stderr=output, start_new_session=True
            )
        self.parts.append(Part(name, process, log, ready))

    def _wait_for(self, part: Part) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while part.ready and not _is_ready(part.ready):
            self._refuse_ended()
            if time.monotonic() > deadline:
                raise DemoError(f"{part.name} does not answer at {part.ready}; see {part.log}\n{part.log_tail()}")
            time.sleep(0.1)
        self._refuse_ended()

    def _refuse_ended(self) -> None:
        for part in self.parts:
            code = part.process.poll()
            if code is not None:
                raise DemoError(f"{part.name} ended by itself (exit code {code}); see {part.log}\n{part.log_tail()}")


def main() -> None:
    """Run the demo until it is told to stop."""
    # Also of those who start it in the background of a script, where Ctrl-C would be ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    ports = Ports.from_env()
    ports.refuse_taken()
    folder = Path(os.environ.get("DEMO_DIR", ROOT / ".demo")).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    demo = Demo(folder, ports)
    # Ctrl-C is the way to end a demo, not an error.
    with contextlib.suppress(KeyboardInterrupt):
        try:
            demo.start()
            print(_greeting(demo), flush=True)
            demo.watch()
        finally:
            demo.stop()


def _greeting(demo: Demo) -> str:
    staff = "\n".join(f"    {one.email:<19} {one.password}" for one in demo.staff)
    return f"""
  The newsroom        {demo.newsroom}
  A members' article  {demo.newsroom}/articles/city-budget
  The ask by itself   {demo.support}/support
  The stand-in Stripe {demo.stripe}  (no real money)
  Every mail          {demo.mailbox}
  A supporter's page  {demo.support}/account  (sign in with the address that you paid with)

  The staff's pages   {demo.support}/staff  (codes: {demo.mailbox}/codes)
{staff}

  Card for tests      4242 4242 4242 4242, any future date, any CVC
  API key             {demo.api_key()}

  State and logs are in {demo.folder}. Ctrl-C stops everything."""


def _answers(port: int) -> bool:
    with contextlib.closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port(promised: set[int]) -> int:
    """A port where nobody listens and none of our parts is going to.

    It is below those that systems give to whoever asks for any: one of these may be taken before the mailbox begins.
    """
    while True:
        port = secrets.choice(range(15_000, 32_000))
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            if port not in promised:
                return port


def _is_ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310  # our own address
            return bool(answer.status < 500)
    except urllib.error.HTTPError as error:
        return error.code < 500
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError):
        return False


def _write_secret(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.write_text(text)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
