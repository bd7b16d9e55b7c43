"""A refund is told of when it has succeeded, and once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from support.emails.rules import receipt_number
from support.payments.models import Payment
from tests.support.notices.stories import DONATION, assert_says, day, on_sqlite
from tests.support.readers import rows

if TYPE_CHECKING:
    from tests.support.notices.stories import Telling

PENDING, FAILS = "4000000000007726", "4000000000005126"


def refund(service: Telling, **how: str) -> None:
    (payment,) = rows(service, Payment)
    service.tell_stripe("refunds", payment_intent=payment.stripe_payment_intent_id, **how)


def test_a_refund_is_told_of_when_it_succeeds_however_long_that_takes(telling: Telling) -> None:
    telling.give(PENDING, **DONATION)
    refund(telling, amount="1000")
    assert telling.told() == ["receipt"]
    telling.wait(timedelta(days=5))
    assert telling.told() == ["receipt", "refund"]

    (payment,) = rows(telling, Payment)
    mail = telling.mails()[1]
    assert_says(mail, receipt_number(payment.id, payment.received_at.date()), "€10", "€50", day(telling.now()))
    assert "closed now" not in mail.text


@on_sqlite
def test_a_refund_in_full_closes_what_was_opened_and_if_it_fails_later_there_is_no_second_mail(
    telling: Telling,
) -> None:
    telling.give(FAILS, **DONATION)
    refund(telling)
    assert telling.told() == ["receipt", "refund"]
    assert "closed now" in telling.mails()[1].text
    telling.wait(timedelta(days=2))
    assert telling.told() == ["receipt", "refund"]


@on_sqlite
def test_what_is_refunded_before_anybody_knew_who_paid_is_told_with_the_receipt(telling: Telling) -> None:
    session_id = telling.begin(None, **DONATION)
    telling.stand_in.pay(session_id)
    events = telling.stand_in.events()
    telling.deliver([event for event in events if event["type"].startswith("charge")])
    refund(telling)
    assert telling.told() == []
    telling.pass_by(timedelta(hours=1))
    telling.deliver(events)
    assert telling.told() == ["receipt", "refund"]
