"""The top of /finance: what somebody has to look at now."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support import clock
from support.payments.models import Dispute, Payment
from tests.support.desk.staffing import a_colleague
from tests.support.readers import buy, rows

if TYPE_CHECKING:
    from tests.services import Service


def test_a_supporter_of_two_memberships_is_named_by_number(service: Service) -> None:
    staff = a_colleague(service, "finance")
    buy(service, service.browser(), email="twice@example.com")
    before = staff.browser.get(f"{service.url}/finance", timeout=60)
    assert "nobody pays for two memberships" in before.text

    buy(service, service.browser(), email="TWICE@example.com")
    page = staff.browser.get(f"{service.url}/finance", timeout=60).text
    assert "pays for 2 memberships at the same time" in page
    assert "twice@example.com" not in page.lower()


def test_disputes_that_can_still_be_answered_come_before_those_that_cannot(service: Service) -> None:
    staff = a_colleague(service, "finance")
    for number in range(2):
        buy(service, service.browser(), email=f"reader{number}@example.com")
    late, open_ = rows(service, Payment)
    for payment in (late, open_):
        service.stand_in.control("dispute", charge=payment.stripe_charge_id)
    service.deliver()
    with service.database.transaction() as session:
        due = clock.now() - timedelta(days=1)
        session.execute(sa.update(Dispute).where(Dispute.payment_id == late.id).values(evidence_due_at=due))

    page = staff.browser.get(f"{service.url}/finance", timeout=60).text
    told = page[page.index(f"Payment {open_.id}<") : page.index(f"Payment {late.id}<")]
    assert "Answer at Stripe by" in told
    assert page.count("Answer at Stripe by") == 1
    assert page.count("The time to answer ended") == 1
