"""What staff do on the pages of actions, as browsers send it."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import TYPE_CHECKING

from support.audit import AuditLine
from support.desk.actions.refunds.flows import send_unanswered
from support.payments.models import Payment
from tests.support.accounts.signing_in import post
from tests.support.readers import buy, rows

if TYPE_CHECKING:
    import requests

    from tests.services import Service
    from tests.support.desk.staffing import Colleague

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
UNSAID = {"was refused", "signed in", "signed out", "joined", "invited", "looked at supporter", "looked at free access"}


def seen(colleague: Colleague, path: str) -> str:
    """The page at this path, its amounts with plain spaces."""
    return plain(colleague.get(path).text)


def plain(text: str) -> str:
    """The same, of an answer."""
    return text.replace("\N{NO-BREAK SPACE}", " ")


def form(colleague: Colleague, path: str) -> dict[str, str]:
    """What the page at this path sends along unseen."""
    page = colleague.get(path)
    assert page.status_code == 200, page.text
    return dict(HIDDEN.findall(page.text))


def submit(colleague: Colleague, path: str, fields: dict[str, str]) -> requests.Response:
    """Send a form, as it is."""
    return post(colleague.browser, f"{colleague.service.url}{path}", fields)


def act(colleague: Colleague, path: str, to: str = "", **fields: str) -> requests.Response:
    """Open a page, fill its form, send it to the same address or another."""
    return submit(colleague, to or path, form(colleague, path) | fields)


def at_once(calls: list[tuple[Colleague, str, dict[str, str]]]) -> list[requests.Response]:
    """Send several forms at the same time."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(lambda call: submit(*call), calls))


def lines(service: Service) -> list[tuple[str, str, str]]:
    """(who, what, about) of every act but signing in, trying to, and looking."""
    return [(one.who, one.action, one.about) for one in rows(service, AuditLine) if one.action not in UNSAID]


def a_payment(service: Service, amount: str = "50", **fields: str) -> Payment:
    """Somebody has just given; the newest payment."""
    buy(service, service.browser(), **{"interval": "once", "amount": amount, **fields})
    return rows(service, Payment)[-1]


def tomorrow() -> str:
    """A last day, as browsers send it."""
    return (date.today() + timedelta(days=1)).isoformat()  # noqa: DTZ011  # a day or two ahead, wherever it is


def assert_refused(colleague: Colleague, path: str, **fields: str) -> None:
    """Neither shown nor done for this role."""
    assert colleague.get(path).status_code == 403
    assert colleague.send(path, **fields).status_code == 403


def paid_by(service: Service, reader: requests.Session, card: str) -> Payment:
    """A donation with this test card; its payment."""
    session_id = service.begin(reader, interval="once", amount="50")
    assert service.stand_in.pay(session_id, card=card, email="reader@example.com").status_code == 200
    service.deliver()
    return rows(service, Payment)[-1]


def go_on(service: Service) -> None:
    """What the worker does every minute."""
    with service.app.app_context():
        send_unanswered()
