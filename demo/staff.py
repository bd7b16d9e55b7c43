"""The demo's staff: a member per role, made as a newsroom makes them, by `flask staff add` and the pages.

What they know is kept in the demo's folder: address, password and the secret that a phone would have.
"""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import asdict, dataclass
from http.cookiejar import CookieJar
from string import ascii_lowercase
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pyotp

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROLES = ("finance", "editor", "admin")
_SECRET = re.compile(r"secret=([A-Z2-7]{32})")


@dataclass(frozen=True)
class Member:
    """One of the demo's staff; `secret` is in base32."""

    role: str
    email: str
    password: str
    secret: str

    def code(self) -> str:
        """What the member's phone shows now."""
        return pyotp.TOTP(self.secret).now()


def members_of(file: Path) -> list[Member]:
    """Those in the demo's file; nobody before it is written."""
    return [Member(**one) for one in json.loads(file.read_text())] if file.exists() else []


def make_members(file: Path, support: str, invite: Callable[[str, str], str]) -> list[Member]:
    """Those in the file, or new ones: `invite(email, role)` gives a link to the pages of `support`."""
    if not file.exists():
        made = [_join(support, role, invite(f"{role}@example.com", role)) for role in ROLES]
        file.touch(mode=0o600)
        file.write_text(json.dumps([asdict(member) for member in made], indent=2))
    return members_of(file)


def new_password() -> str:
    """Four words of four letters: digits alone, which chance makes of anything that may have them, are refused."""
    return "-".join("".join(secrets.choice(ascii_lowercase) for _ in range(4)) for _ in range(4))


def _join(support: str, role: str, link: str) -> Member:
    """Choose a password, take the secret, and prove it, in a browser of this member's own."""
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    password = new_password()

    def send(address: str, **fields: str) -> str:
        with browser.open(address, urlencode(fields).encode(), timeout=30) as answer:
            return str(answer.read().decode())

    found = _SECRET.search(send(link, password=password))
    if found is None:
        raise RuntimeError("the page after the invitation shows no secret")
    member = Member(role, f"{role}@example.com", password, found[1])
    send(f"{support}/staff/authenticator", code=member.code())
    return member
