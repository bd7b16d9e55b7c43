"""Making the PDF of a statement fetches nothing, whatever is written in what it prints."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from support.accounts.models import Supporter
from support.campaigns.models import Plan
from support.portal.account.statements.pdf import write_pdf
from tests.support.accounts.signing_in import sign_in
from tests.support.finance.statements.paying import issue, pay_at
from tests.support.mailbox import running_mailed
from tests.support.portal.test_statements import needs_pdf, pdf_of
from tests.support.readers import change

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services import StandIn

LAST = datetime.now(UTC).year - 1
SPRING = datetime(LAST, 3, 9, 12, tzinfo=UTC)


class Listener:
    """A server on this machine that remembers every path that somebody asked for."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"
        self.asked: list[str] = []

    def bait(self, name: str) -> str:
        """Everything by which a page can ask for something, its paths beginning with `name`."""
        at = f"{self.address}/{name}"
        return (
            f'"\'></title></p><img src="{at}-image"><link rel="stylesheet" href="{at}-sheet">'
            f'<style>@import "{at}-import"; body {{ background: url({at}-background) }}</style>'
            f"<style>@font-face {{ font-family: f; src: url({at}-font) }} p {{ font-family: f }}</style>"
            f'<link rel="attachment" href="{at}-attached"><p style="background: url({at}-inline)">words</p>'
            f'<object data="{at}-object"></object><embed src="{at}-embedded"><svg><image href="{at}-drawn"/></svg>'
            f'<ul><li style="list-style: url({at}-mark)">words</li></ul>'
        )


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found


@contextmanager
def listening() -> Iterator[Listener]:
    """A listener that is there until the end."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """See BaseHTTPRequestHandler."""
            found.asked.append(self.path.removeprefix("/"))
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Quietly."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    found = Listener(server.server_port)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


@needs_pdf
def test_nothing_that_a_statement_prints_is_fetched(sqlite_url: str, stand_in: StandIn, listener: Listener) -> None:
    words = {"newsroom_name": listener.bait("name"), "newsroom_legal": listener.bait("legal")}
    with running_mailed(sqlite_url, stand_in, **words) as service:
        pay_at(service, SPRING)
        change(service, Plan, names={"en": listener.bait("plan")})
        browser = sign_in(service)
        path = issue(service, browser, LAST)
        change(service, Supporter, email=listener.bait("email"))
        page = browser.get(f"{service.url}{path}", timeout=30).text
        answer = pdf_of(service, browser, path)
    for name in ("name", "legal", "plan", "email"):
        assert f"{listener.address}/{name}-image" in page
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF-")
    assert listener.asked == []


@needs_pdf
def test_nothing_is_fetched_even_if_a_text_became_a_part_of_the_page(listener: Listener) -> None:
    assert write_pdf(f"<p>{listener.bait('page')}").startswith(b"%PDF-")
    assert listener.asked == []


@needs_pdf
def test_the_listener_would_notice(listener: Listener) -> None:
    """The same page, made by WeasyPrint as it is when nobody forbids it to ask."""
    import weasyprint  # noqa: PLC0415  # only where it is installed

    weasyprint.HTML(string=f"<p>{listener.bait('page')}").write_pdf()
    ways = "image import background font sheet attached inline object embedded drawn mark".split()
    assert sorted(set(listener.asked)) == sorted(f"page-{way}" for way in ways)
