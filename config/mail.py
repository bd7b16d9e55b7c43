"""MAIL_URL: who takes our mails."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

_PORTS = {"smtp": 25, "smtps": 465}
_SUBMISSION = 587


@dataclass(frozen=True)
class MailServer:
    """An SMTP server. `is_tls`: TLS from the first byte (smtps); otherwise STARTTLS where it is offered."""

    host: str
    port: int
    is_tls: bool
    user: str = ""
    password: str = field(default="", repr=False)


def mail_server(url: str) -> MailServer:
    """`smtp://user:password@host:port` or `smtps://…`. Raises ValueError.

    Without a port: 465 for smtps, 587 for smtp with a password, else 25.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError("is not a mail server's address") from error
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError("must be smtp://user:password@host:port or smtps://…")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise ValueError("names a user without a password, or the other way round")
    usual = _SUBMISSION if user and parts.scheme == "smtp" else _PORTS[parts.scheme]
    return MailServer(parts.hostname, port or usual, parts.scheme == "smtps", user, password)
