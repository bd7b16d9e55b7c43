"""What supporters paid in other years, and the statements that they have of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support.finance.statements.models import Statement
from support.payments.models import Payment
from tests.support.accounts.signing_in import form_key, post
from tests.support.readers import buy, rows
from tests.support.upkeep.test_erase import settle

if TYPE_CHECKING:
    from datetime import datetime

    import requests

    from tests.services import Service

ONCE = {"interval": "once", "amount": "50"}


def pay_at(service: Service, *moments: datetime, email: str = "reader@example.com", **fields: str) -> None:
    """Give once at each of these moments: all that Stripe tells is told before they are set."""
    for _ in moments:
        buy(service, service.browser(), email=email, **(fields or ONCE))
    settle(service, len(rows(service, Payment)))
    payments = rows(service, Payment)[-len(moments) :]
    with service.database.transaction() as session:
        for payment, moment in zip(payments, moments, strict=True):
            session.execute(sa.update(Payment).where(Payment.id == payment.id).values(received_at=moment))


def see(service: Service, browser: requests.Session, path: str) -> str:
    """A page of the account."""
    answer = browser.get(f"{service.url}{path}", allow_redirects=False, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.text


def send(service: Service, browser: requests.Session, path: str, **fields: str) -> requests.Response:
    """A form of the account's pages."""
    return post(browser, f"{service.url}{path}", {"form_key": form_key(service, browser), **fields})


def issue(service: Service, browser: requests.Session, year: int) -> str:
    """Ask for a year's statement in the account; the path of its page."""
    answer = send(service, browser, "/account/statements", year=str(year))
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].removeprefix(service.url)


def words(page: str) -> str:
    """What a page says, without its tags."""
    return " ".join(re.sub(r"<[^>]*>", " ", page.partition("<main")[2]).split())


def numbers(service: Service) -> list[str]:
    """The statements there are, in the order in which they were issued; void ones in brackets."""
    return [f"({one.name})" if one.voided_at else one.name for one in rows(service, Statement)]
