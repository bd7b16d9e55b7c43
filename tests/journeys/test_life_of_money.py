"""What comes after the first payment: refunds, and access that follows the money."""

from __future__ import annotations

from typing import TYPE_CHECKING

import requests
import sqlalchemy as sa

from support.finance.models import LedgerEntry
from support.finance.selfcheck import differences
from support.payments.models import Payment, Refund

if TYPE_CHECKING:
    from tests.services import Service


def refund(service: Service, amount: int | None = None) -> None:
    """Refund the only payment at Stripe, as staff would in Stripe's dashboard."""
    with service.database.reading() as session:
        intent = session.scalars(sa.select(Payment.stripe_payment_intent_id)).one()
    body = {"payment_intent": intent, **({"amount": str(amount)} if amount else {})}
    answer = requests.post(f"{service.stand_in.base}/v1/refunds", body, auth=("sk_test_tests", ""), timeout=30)
    assert answer.status_code == 200, answer.text
    service.deliver()


def pay(service: Service, reader: requests.Session, **ask: str) -> None:
    session_id = service.begin(reader, **ask)
    assert service.stand_in.pay(session_id).status_code == 200
    service.deliver()


def test_a_full_refund_ends_access_and_a_partial_one_does_not(service: Service) -> None:
    for ask in ({"interval": "month", "amount": "10"}, {"interval": "once", "amount": "50"}):
        reader = service.browser()
        with service.database.transaction() as session:
            session.execute(sa.delete(Refund))
            session.execute(sa.delete(Payment))
        pay(service, reader, **ask)
        assert service.access(reader)["access"] == "granted"
        refund(service, 100)
        assert service.access(reader)["access"] == "granted"
        refund(service)
        assert service.access(reader)["access"] == "denied"


def test_the_ledger_has_what_moved_and_adds_up(service: Service) -> None:
    pay(service, service.browser())
    refund(service)
    with service.database.reading() as session:
        assert sum(session.scalars(sa.select(LedgerEntry.amount_minor).where(LedgerEntry.type == "refund"))) == -1000
        assert list(differences(session)) == []
