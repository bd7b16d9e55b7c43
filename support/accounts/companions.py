"""What begins and ends together with a sign-in. Packages that know more about supporters than we do register theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from flask import current_app

if TYPE_CHECKING:
    from flask import Flask, Response
    from sqlalchemy.orm import Session


class Companion(Protocol):
    """Called in the transaction that begins or ends the sign-in; `response` is what the browser gets."""

    def begin(self, session: Session, response: Response, supporter_id: int) -> None:
        """This browser has just proven to be the supporter's."""

    def end(self, session: Session, response: Response) -> None:
        """This browser signs out."""

    def end_everywhere(self, session: Session, supporter_id: int) -> None:
        """The supporter signs out in every browser."""


def register_companion(app: Flask, companion: Companion) -> None:
    """Let `companion` begin and end with every sign-in."""
    app.extensions.setdefault("companions", []).append(companion)


def companions() -> list[Companion]:
    """All of them."""
    found: list[Companion] = current_app.extensions.get("companions", [])
    return found
