"""The mailbox as a web page: every mail that came, as text and as HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, Response, abort, render_template

from demo.staff import members_of

if TYPE_CHECKING:
    from pathlib import Path

    from demo.mailbox.smtp import Letter, Mailbox

_PAGE = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
# A mail styles itself and does nothing else.
_MAIL = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'"


def create_mailbox(mailbox: Mailbox, staff: Path | None = None) -> Flask:
    """The pages of this mailbox; `staff` is the demo's file of members, whose codes it shows as their phones would."""
    app = Flask(__name__)

    @app.get("/")
    def letters() -> str:
        return render_template("letters.html", letters=list(reversed(list(enumerate(mailbox.letters)))))

    @app.get("/<int:number>")
    def letter(number: int) -> str:
        return render_template("letter.html", number=number, letter=_find(mailbox, number))

    @app.get("/<int:number>/html")
    def html(number: int) -> Response:
        response = Response(_find(mailbox, number).part("html"))
        response.headers["Content-Security-Policy"] = _MAIL
        return response

    @app.get("/codes")
    def codes() -> str:
        return render_template("codes.html", members=members_of(staff) if staff is not None else [])

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", _PAGE)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return app


def _find(mailbox: Mailbox, number: int) -> Letter:
    if number >= len(mailbox.letters):
        abort(404)
    return mailbox.letters[number]
