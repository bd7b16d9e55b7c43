"""The erase log: who was erased, kept outside the database, so that no restored backup brings anybody back.

A JSON object a line: `at`, `supporter` (our row's id then), `customers` (Stripe's ids) and `address`, a keyed hash of
the address in its one spelling. Lines are only added.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from support.accounts.models import email_key
from support.upkeep.refusals import BadEraseLog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from config.settings import Settings
    from support.holdings import Person


@dataclass(frozen=True)
class Erased:
    """One line: somebody was erased `at` this moment. `address` is "" where none was known."""

    at: datetime
    stripe_customer_ids: tuple[str, ...]
    address: str


@dataclass(frozen=True)
class Found:
    """What the log holds. `is_cut`: its last line was never finished, so what it began was not committed either."""

    erased: list[Erased]
    is_cut: bool


class EraseLog:
    """The file at ERASE_LOG."""

    def __init__(self, settings: Settings) -> None:
        self._path: Path = settings.erase_log
        self._keys = [_key(secret) for secret in (settings.secret_key, *settings.secret_key_fallbacks)]

    def require_writable(self) -> None:
        """Raises BadEraseLog."""
        with self._opened():
            pass

    def append(self, person: Person, at: datetime) -> None:
        """Return once the line is on the disk. Raises BadEraseLog."""
        line = {
            "at": at.isoformat(),
            "supporter": person.supporter_id,
            "customers": person.stripe_customer_ids,
            "address": self.hashes(person.email)[0] if person.email is not None else "",
        }
        with self._opened() as file:
            _drop_unfinished_line(file)
            file.write(json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> Found:
        """Every finished line. Raises BadEraseLog, naming the line that is broken."""
        try:
            *lines, rest = self._path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return Found([], is_cut=False)
        except OSError as error:
            raise self._unusable(error) from error
        return Found([self._erased(number, line) for number, line in enumerate(lines, 1)], is_cut=bool(rest))

    def hashes(self, email: str) -> list[str]:
        """The address's hash under SECRET_KEY, then under each of SECRET_KEY_FALLBACKS."""
        return [hmac.new(key, email_key(email).encode(), "sha256").hexdigest() for key in self._keys]

    @contextmanager
    def _opened(self) -> Iterator[BinaryIO]:
        try:
            is_new = not self._path.exists()
            with open(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:  # noqa: PTH123  # by its number
                if is_new:
                    _settle(self._path.parent)
                fcntl.flock(file, fcntl.LOCK_EX)
                file.seek(0, os.SEEK_END)
                yield file
        except OSError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: OSError) -> BadEraseLog:
        return BadEraseLog(f"ERASE_LOG: {self._path} cannot be used: {error.strerror}")

    def _erased(self, number: int, line: bytes) -> Erased:
        try:
            read: dict[str, Any] = json.loads(line)
            return Erased(datetime.fromisoformat(read["at"]), tuple(read["customers"]), str(read["address"]))
        except (ValueError, KeyError, TypeError):
            raise BadEraseLog(f"ERASE_LOG: line {number} of {self._path} cannot be read") from None


def _key(secret: str) -> bytes:
    return hashlib.sha256(b"erase log " + secret.encode()).digest()


def _drop_unfinished_line(file: BinaryIO) -> None:
    """What a crash left half written belongs to an erasure that was not committed; the next line must not join it."""
    file.seek(0)
    end = file.read().rfind(b"\n") + 1
    file.truncate(end)
    file.seek(end)


def _settle(folder: Path) -> None:
    """Make a new file's name survive a crash."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
