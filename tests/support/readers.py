"""What readers do and what is left of it: small makers and lookups for the tests of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import requests
import sqlalchemy as sa

from support.checkout.models import Checkout
from support.db import Base

if TYPE_CHECKING:
    from tests.services import Service

T = TypeVar("T", bound=Base)
ATTEMPT = "an-attempt-of-one-page-view"
STRIPE_KEY = ("sk_test_tests", "")


def rows(service: Service, table: type[T]) -> list[T]:
    """Every row of a table, in the order of its key."""
    with service.database.reading() as session:
        return list(session.scalars(sa.select(table).order_by(*sa.inspect(table).primary_key)))


def checkouts(service: Service) -> list[Checkout]:
    """Every checkout."""
    return rows(service, Checkout)


def change(service: Service, table: type[Base], **values: Any) -> None:
    """Set columns of every row of a table, to be elsewhere in time."""
    with service.database.transaction() as session:
        session.execute(sa.update(table).values(**values))


def buy(service: Service, reader: requests.Session, *, email: str = "reader@example.com", **fields: str) -> str:
    """Ask, pay, and let the webhooks come; returns the id of Stripe's session."""
    session_id = service.begin(reader, **fields)
    paid = service.stand_in.pay(session_id, email=email)
    assert paid.status_code == 200, paid.text
    service.deliver()
    return session_id


def at_stripe(service: Service, path: str) -> dict[str, Any]:
    """GET /v1/<path>: what Stripe has kept."""
    answer = requests.get(f"{service.stand_in.base}/v1/{path}", auth=STRIPE_KEY, timeout=30)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def pay_by_debit(service: Service, session_id: str) -> str:
    """Begin a bank debit on the hosted page, and return its payment intent: processing until the bank says more."""
    form = {"method": "sepa_debit", "email": "reader@example.com"}
    answer = requests.post(f"{service.stand_in.base}/c/pay/{session_id}", form, timeout=30, allow_redirects=False)
    assert answer.status_code == 303, answer.text
    session = at_stripe(service, f"checkout/sessions/{session_id}")
    if session["payment_intent"]:
        return str(session["payment_intent"])
    invoice = at_stripe(service, f"invoices/{session['invoice']}?expand[]=payments")
    return str(invoice["payments"]["data"][0]["payment"]["payment_intent"])


def an_api_key(service: Service) -> str:
    """A key of a newsroom's server, made as an operator makes it."""
    done = service.app.test_cli_runner().invoke(args=["keys", "add", "the site"])
    assert done.exit_code == 0, done.output
    return done.output.strip()
