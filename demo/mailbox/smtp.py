"""An SMTP server that keeps what it is given (RFC 5321, as much as our sender speaks)."""

from __future__ import annotations

import email
import socketserver
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from email.message import EmailMessage

AT_MOST = 500
_LONGEST_LINE = 1000
_LARGEST = 2_000_000
_ANSWERS = {
    "EHLO": "250-mailbox\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN",
    "HELO": "250 mailbox",
    "AUTH": "235 welcome",
    "MAIL": "250 go on",
    "RCPT": "250 go on",
    "RSET": "250 forgotten",
    "NOOP": "250 fine",
    "VRFY": "252 cannot say",
    "QUIT": "221 goodbye",
}


@dataclass(frozen=True)
class Letter:
    """One mail as it came, with the envelope's addresses."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    came_at: datetime

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        return email.message_from_bytes(self.raw, policy=policy.default)

    def part(self, kind: str) -> str:
        """Its `plain` or `html` text; empty if it has none."""
        found = self.message.get_body((kind,))
        return str(found.get_content()).replace("\r\n", "\n") if found is not None else ""


@dataclass
class Mailbox:
    """The letters, oldest first. `answers` overrides what a command is answered, such as {"RCPT": "550 nobody"}."""

    letters: list[Letter] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    came: threading.Condition = field(default_factory=threading.Condition)

    def keep(self, letter: Letter) -> None:
        """Take one more; the oldest beyond AT_MOST go."""
        with self.came:
            self.letters.append(letter)
            del self.letters[:-AT_MOST]
            self.came.notify_all()


class _Conversation(socketserver.StreamRequestHandler):
    timeout = 30

    def handle(self) -> None:
        self.mailbox = cast("Server", self.server).mailbox
        self.sender, self.recipients = "", list[str]()
        if not self.say(self.mailbox.answers.get("CONNECT", "220 mailbox")):
            return
        while line := self.rfile.readline(_LONGEST_LINE):
            command, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
            if not self.on(command.upper(), rest):
                return

    def on(self, command: str, rest: str) -> bool:
        """Answer one command; False when the conversation is over."""
        if command in self.mailbox.answers:
            return self.say(self.mailbox.answers[command])
        if command == "MAIL":
            self.sender, self.recipients = _address(rest), []
        elif command == "RCPT":
            self.recipients.append(_address(rest))
        elif command == "DATA":
            return self.take()
        return self.say(_ANSWERS.get(command, "502 not spoken here")) and command != "QUIT"

    def take(self) -> bool:
        self.say("354 end with a dot")
        raw = b""
        while (line := self.rfile.readline()) != b".\r\n":
            if not line or len(raw) > _LARGEST:
                return False
            raw += line[1:] if line.startswith(b"..") else line
        if "DATA END" in self.mailbox.answers:
            return self.say(self.mailbox.answers["DATA END"])
        self.mailbox.keep(Letter(self.sender, tuple(self.recipients), raw, datetime.now(UTC)))
        return self.say("250 kept")

    def say(self, line: str) -> bool:
        """Send an answer; an empty one hangs up."""
        if not line:
            return False
        self.wfile.write(f"{line}\r\n".encode())
        return True


class Server(socketserver.ThreadingTCPServer):
    """Listens on `port` (0: any free one) of this machine."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, mailbox: Mailbox, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Conversation)
        self.mailbox = mailbox

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


def _address(rest: str) -> str:
    """`FROM:<a@b> SIZE=9` -> `a@b`"""
    return rest.partition("<")[2].partition(">")[0]
