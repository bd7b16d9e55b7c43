"""What reports need of Stripe's objects: countries, which payments renew, which refused charge was made good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.payments.models import FailedPayment, Payment
from support.sync.models import SyncedObject
from tests.support.mailbox import running_mailed
from tests.support.readers import buy, change, rows
from tests.support.upkeep.people import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.services import Service, StandIn

GERMAN, JAPANESE, DECLINED = "4000002760000016", "4000003920000003", "4000000000009995"


def pay(service: Service, card: str, **fields: str) -> str:
    """A checkout that is paid with this card; returns its session."""
    session_id = service.begin(service.browser(), **fields)
    assert service.stand_in.pay(session_id, card=card, email="reader@example.com").status_code == 200
    service.deliver()
    return session_id


def test_a_payment_has_the_country_of_its_card(service: Service) -> None:
    pay(service, GERMAN)
    pay(service, JAPANESE, interval="once", amount="20")
    assert [payment.country for payment in rows(service, Payment)] == ["DE", "JP"]


def test_reconcile_brings_the_country_of_payments_that_are_older_than_it(moving_service: Service) -> None:
    service = moving_service
    pay(service, GERMAN)
    change(service, Payment, country=None)
    change(service, SyncedObject, fingerprint="of a snapshot without countries")
    code, said = run(service, "reconcile")
    assert code == 0, said
    assert [payment.country for payment in rows(service, Payment)] == ["DE"]


def test_a_refused_charge_and_the_one_that_made_it_good_share_the_payment_intent(service: Service) -> None:
    session_id = service.begin(service.browser(), interval="once", amount="20")
    assert service.stand_in.pay(session_id, card=DECLINED, email="reader@example.com").status_code == 402
    assert service.stand_in.pay(session_id, card=GERMAN, email="reader@example.com").status_code == 200
    service.deliver()
    (refused,), (payment,) = rows(service, FailedPayment), rows(service, Payment)
    assert refused.stripe_payment_intent_id == payment.stripe_payment_intent_id
    assert refused.country == "US"


def test_the_first_payment_of_a_membership_is_no_renewal_and_the_next_is(moving_service: Service) -> None:
    buy(moving_service, moving_service.browser())
    moving_service.stand_in.control("clock", advance=32 * 86400)
    moving_service.deliver()
    assert [payment.is_renewal for payment in rows(moving_service, Payment)] == [False, True]


def test_an_erased_supporters_payments_keep_their_country(database_url: str, stand_in: StandIn, tmp_path: Path) -> None:
    with running_mailed(database_url, stand_in, erase_log=tmp_path / "erase.log") as service:
        pay(service, GERMAN, interval="once", amount="20")
        code, said = run(service, "erase", "reader@example.com", "--yes")
        assert code == 0, said
        assert [payment.country for payment in rows(service, Payment)] == ["DE"]
