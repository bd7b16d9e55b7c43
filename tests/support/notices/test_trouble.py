"""A renewal that is not paid: told once when it fails, once when Stripe gives up, and with a link that fixes it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import requests

from support.memberships.models import Membership
from tests.support.notices.stories import (
    ASKS_EVERY_TIME,
    FAILS_LATER,
    day,
    give,
    mails,
    membership,
    on_sqlite,
    paid_until,
    pass_a_period,
    pass_by,
    renew,
    tell_stripe,
    told,
    wait,
)
from tests.support.readers import at_stripe, rows

if TYPE_CHECKING:
    from tests.support.mailbox import Mailed

MONTHLY = {"interval": "month", "amount": "10"}
GOOD_CARD = {"card": "4242424242424242", "expiry": "12/40", "cvc": "123"}
RETRIED_AFTER = timedelta(days=3, minutes=5)


def action_url(service: Mailed) -> str:
    """Stripe's page for the invoice that is not paid."""
    return str(membership(service).action_url)


def do_there(service: Mailed, url: str, **fields: str) -> None:
    """What the supporter does on that page."""
    assert requests.get(url, timeout=30).status_code == 200
    assert requests.post(url, fields, timeout=30).status_code == 200
    service.deliver()


def test_a_renewal_that_fails_is_told_with_a_link_that_fixes_it(telling: Mailed) -> None:
    give(telling, FAILS_LATER, **MONTHLY)
    ended_at = paid_until(telling)
    renew(telling)
    assert told(telling) == ["receipt", "payment_failed"]
    failed = mails(telling)[1]
    next_try_on, reads_until = ended_at + timedelta(days=3, hours=1), ended_at + timedelta(days=14)
    for fact in ("€10", action_url(telling), day(next_try_on), day(reads_until)):
        assert fact in failed.text
        assert fact in failed.html

    wait(telling, RETRIED_AFTER)
    assert told(telling) == ["receipt", "payment_failed"], "another try that fails is no news"

    do_there(telling, action_url(telling), **GOOD_CARD)
    assert told(telling) == ["receipt", "payment_failed", "renewal"]
    assert day(paid_until(telling)) in mails(telling)[2].text
    assert paid_until(telling) > ended_at


@on_sqlite
def test_stripes_last_try_is_told_once_more(telling: Mailed) -> None:
    telling.stand_in.control("settings", dunning_end="past_due")
    give(telling, FAILS_LATER, **MONTHLY)
    renew(telling)
    for days in (3, 5, 7):
        wait(telling, timedelta(days=days, minutes=5))
    assert told(telling) == ["receipt", "payment_failed", "payment_failed"]
    first, last = mails(telling)[1:]
    assert "try again" in first.text
    assert "try again" not in last.text
    assert "stay open" not in last.text, "the grace is over"
    assert action_url(telling) in last.text


@on_sqlite
def test_a_membership_that_ends_with_the_last_try_is_told_that_it_is_canceled(telling: Mailed) -> None:
    give(telling, FAILS_LATER, **MONTHLY)
    renew(telling)
    for days in (3, 5):
        wait(telling, timedelta(days=days, minutes=5))
    pass_by(telling, timedelta(days=7, minutes=5))
    # As the worker hears of it: what may wait for more events of its object comes later.
    telling.deliver(sorted(telling.stand_in.events(), key=lambda event: event["type"].startswith("invoice.")))
    assert told(telling) == ["receipt", "payment_failed", "canceled"]
    assert "stay open" not in mails(telling)[2].text


@on_sqlite
def test_a_bank_that_asks_for_the_supporter_is_no_failure(telling: Mailed) -> None:
    give(telling, ASKS_EVERY_TIME, **MONTHLY)
    renew(telling)
    wait(telling, RETRIED_AFTER)
    assert told(telling) == ["receipt", "action_required"]
    asked = mails(telling)[1]
    for fact in ("€10", action_url(telling)):
        assert fact in asked.text
        assert fact in asked.html
    do_there(telling, action_url(telling), verdict="confirm")
    assert told(telling) == ["receipt", "action_required", "renewal"]


@on_sqlite
def test_a_failure_that_comes_to_light_late_is_not_told_neither_then_nor_when_stripe_gives_up(telling: Mailed) -> None:
    telling.stand_in.control("settings", dunning_end="past_due")
    give(telling, FAILS_LATER, **MONTHLY)
    pass_a_period(telling)
    wait(telling, timedelta(days=4))
    for days in (5, 7):
        wait(telling, timedelta(days=days))
    assert rows(telling, Membership)[0].next_attempt_at is None
    assert told(telling) == ["receipt"]


@on_sqlite
def test_an_invoice_that_is_settled_or_given_up_by_staff_is_not_asked_for(telling: Mailed) -> None:
    give(telling, FAILS_LATER, **MONTHLY)
    pass_a_period(telling)
    subscription = at_stripe(telling, f"subscriptions/{membership(telling).stripe_subscription_id}")
    tell_stripe(telling, f"invoices/{subscription['latest_invoice']}/void")
    assert told(telling) == ["receipt"]
