"""A paid period costs what its invoice says for it, whatever else is on the invoice and however it is settled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests
import sqlalchemy as sa

from support.memberships.models import Membership, PaidPeriod
from support.payments.models import Payment
from support.sync.models import SyncedObject
from tests.support.readers import STRIPE_KEY, at_stripe, buy, change, rows
from tests.support.sync.walking import run

if TYPE_CHECKING:
    from tests.services import Service


def tell(service: Service, path: str, **body: str) -> dict[str, Any]:
    """POST /v1/<path>, as staff do in Stripe's dashboard."""
    answer = requests.post(f"{service.stand_in.base}/v1/{path}", body, auth=STRIPE_KEY, timeout=30)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def change_amount(service: Service, amount: int) -> None:
    """Another amount from now on, what is left of this month with it on the next invoice."""
    subscription = rows(service, Membership)[0].stripe_subscription_id
    item = at_stripe(service, f"subscriptions/{subscription}")["items"]["data"][0]["id"]
    new = {"currency": "eur", "unit_amount": str(amount), "recurring[interval]": "month", "product_data[name]": "More"}
    body = {"items[0][id]": item, "items[0][price]": tell(service, "prices", **new)["id"]}
    tell(service, f"subscriptions/{subscription}", **body, proration_behavior="create_prorations")


def renew(service: Service) -> None:
    """The next month begins and is paid."""
    service.stand_in.control("clock", advance=31 * 86400)
    service.stand_in.control("clock", advance=3700)
    service.deliver()


def costs(service: Service) -> list[tuple[int, str]]:
    return [(one.amount_minor, one.currency) for one in rows(service, PaidPeriod)]


def test_prorations_and_credit_are_no_part_of_what_a_period_costs(moving_service: Service) -> None:
    service = moving_service
    buy(service, service.browser(), amount="10")
    service.stand_in.control("clock", advance=5 * 86400)
    change_amount(service, 2500)
    renew(service)
    paid = [one.amount_minor for one in rows(service, Payment)]
    assert costs(service) == [(1000, "EUR"), (2500, "EUR")]
    assert paid[0] == 1000
    assert paid[1] > 2500  # the rest of the first month with it
    service.stand_in.control("clock", advance=86400)
    change_amount(service, 500)
    renew(service)
    assert costs(service)[2] == (500, "EUR")
    assert len(rows(service, Payment)) == 2  # settled by what the third month gave back


def test_reconcile_brings_what_a_period_costs_where_it_was_not_kept(moving_service: Service) -> None:
    service = moving_service
    buy(service, service.browser(), amount="10")
    change(service, PaidPeriod, amount_minor=1)
    with service.database.transaction() as session:  # as an earlier version left it
        is_invoice = SyncedObject.object_key.like("invoice %")
        assert session.execute(sa.update(SyncedObject).where(is_invoice).values(fingerprint="")).rowcount == 1  # type: ignore[attr-defined]
    code, output = run(service, "reconcile")
    assert code == 0, output
    assert costs(service) == [(1000, "EUR")]


def test_the_upgrade_fills_in_the_memberships_amount(service: Service) -> None:
    buy(service, service.browser(), amount="12.34")
    for arguments in (("downgrade", "0008"), ("upgrade",)):
        code, output = run(service, "db", *arguments)
        assert code == 0, output
    assert costs(service) == [(1234, "EUR")]
