"""A refund is told of when it has succeeded, and once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from support.emails.rules import receipt_number
from support.payments.models import Payment
from tests.support.notices.stories import day, give, mails, now, on_sqlite, pass_by, tell_stripe, told, wait
from tests.support.readers import rows

if TYPE_CHECKING:
    from tests.support.mailbox import Mailed

DONATION = {"interval": "once", "amount": "50"}
PENDING, FAILS = "4000000000007726", "4000000000005126"


def refund(service: Mailed, **how: str) -> None:
    (payment,) = rows(service, Payment)
    tell_stripe(service, "refunds", payment_intent=payment.stripe_payment_intent_id, **how)


def test_a_refund_is_told_of_when_it_succeeds_however_long_that_takes(telling: Mailed) -> None:
    give(telling, PENDING, **DONATION)
    refund(telling, amount="1000")
    assert told(telling) == ["receipt"]
    wait(telling, timedelta(days=5))
    assert told(telling) == ["receipt", "refund"]

    (payment,) = rows(telling, Payment)
    mail = mails(telling)[1]
    for fact in (receipt_number(payment.id, payment.received_at.date()), "€10", "€50", day(now(telling))):
        assert fact in mail.text
        assert fact in mail.html
    assert "closed now" not in mail.text


@on_sqlite
def test_a_refund_in_full_closes_what_was_opened_and_if_it_fails_later_there_is_no_second_mail(telling: Mailed) -> None:
    give(telling, FAILS, **DONATION)
    refund(telling)
    assert told(telling) == ["receipt", "refund"]
    assert "closed now" in mails(telling)[1].text
    wait(telling, timedelta(days=2))
    assert told(telling) == ["receipt", "refund"]


@on_sqlite
def test_what_is_refunded_before_anybody_knew_who_paid_is_told_with_the_receipt(telling: Mailed) -> None:
    session_id = telling.begin(None, **DONATION)
    telling.stand_in.pay(session_id)
    events = telling.stand_in.events()
    telling.deliver([event for event in events if event["type"].startswith("charge")])
    refund(telling)
    assert told(telling) == []
    pass_by(telling, timedelta(hours=1))
    telling.deliver(events)
    assert told(telling) == ["receipt", "refund"]
