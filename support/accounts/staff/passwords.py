"""Passwords: argon2id with the profile that OWASP recommends (19 MiB, two passes), and never in clear anywhere."""

from __future__ import annotations

import functools
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

# The library's own profile takes 64 MiB a hash: four at once would fill a small machine.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_password(password: str) -> str:
    """What is kept of a password. Takes about 50 ms: never inside a transaction."""
    return _HASHER.hash(_one_spelling(password))


def is_password(password_hash: str | None, password: str) -> bool:
    """Whether it is this one. Without a hash it takes the same time, and is not."""
    try:
        _HASHER.verify(password_hash or _nobodys(), _one_spelling(password))
    except VerifyMismatchError:
        return False
    return password_hash is not None


def _one_spelling(password: str) -> str:
    """Keyboards write the same letter in different ways."""
    return unicodedata.normalize("NFKC", password)


@functools.cache
def _nobodys() -> str:
    return _HASHER.hash("the password of nobody")
