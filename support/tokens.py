"""Random tokens that readers and servers hold: only their hashes are kept."""

from __future__ import annotations

import hashlib
import secrets


def new_token() -> str:
    """256 random bits as text."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """What is kept of a token; a long random text needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()
