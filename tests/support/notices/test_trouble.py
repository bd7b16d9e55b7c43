"""A renewal that is not paid: told once when it fails, once when Stripe gives up, and with a link that fixes it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import requests

from support.memberships.models import Membership
from tests.support.notices.stories import ASKS_EVERY_TIME, FAILS_LATER, MONTHLY, assert_says, day, on_sqlite
from tests.support.readers import at_stripe, rows

if TYPE_CHECKING:
    from tests.support.notices.stories import Telling

GOOD_CARD = {"card": "4242424242424242", "expiry": "12/40", "cvc": "123"}
RETRIED_AFTER = timedelta(days=3, minutes=5)


def action_url(service: Telling) -> str:
    """Stripe's page for the invoice that is not paid."""
    return str(service.membership().action_url)


def do_there(service: Telling, url: str, **fields: str) -> None:
    """What the supporter does on that page."""
    assert requests.get(url, timeout=30).status_code == 200
    assert requests.post(url, fields, timeout=30).status_code == 200
    service.deliver()


def test_a_renewal_that_fails_is_told_with_a_link_that_fixes_it(telling: Telling) -> None:
    telling.give(FAILS_LATER, **MONTHLY)
    ended_at = telling.paid_until()
    telling.renew()
    assert telling.told() == ["receipt", "payment_failed"]
    failed = telling.mails()[1]
    next_try_on, reads_until = ended_at + timedelta(days=3, hours=1), ended_at + timedelta(days=14)
    assert_says(failed, "€10", action_url(telling), day(next_try_on), day(reads_until))

    telling.wait(RETRIED_AFTER)
    assert telling.told() == ["receipt", "payment_failed"], "another try that fails is no news"

    do_there(telling, action_url(telling), **GOOD_CARD)
    assert telling.told() == ["receipt", "payment_failed", "renewal"]
    assert day(telling.paid_until()) in telling.mails()[2].text
    assert telling.paid_until() > ended_at


@on_sqlite
def test_stripes_last_try_is_told_once_more(telling: Telling) -> None:
    telling.stand_in.control("settings", dunning_end="past_due")
    telling.give(FAILS_LATER, **MONTHLY)
    telling.renew()
    for days in (3, 5, 7):
        telling.wait(timedelta(days=days, minutes=5))
    assert telling.told() == ["receipt", "payment_failed", "payment_failed"]
    first, last = telling.mails()[1:]
    assert "try again" in first.text
    assert "try again" not in last.text
    assert "stay open" not in last.text, "the grace is over"
    assert action_url(telling) in last.text


@on_sqlite
def test_a_membership_that_ends_with_the_last_try_is_told_that_it_is_canceled(telling: Telling) -> None:
    telling.give(FAILS_LATER, **MONTHLY)
    telling.renew()
    for days in (3, 5):
        telling.wait(timedelta(days=days, minutes=5))
    telling.pass_by(timedelta(days=7, minutes=5))
    # As the worker hears of it: what may wait for more events of its object comes later.
    telling.deliver(sorted(telling.stand_in.events(), key=lambda event: event["type"].startswith("invoice.")))
    assert telling.told() == ["receipt", "payment_failed", "canceled"]
    assert "stay open" not in telling.mails()[2].text


@on_sqlite
def test_a_bank_that_asks_for_the_supporter_is_no_failure(telling: Telling) -> None:
    telling.give(ASKS_EVERY_TIME, **MONTHLY)
    telling.renew()
    telling.wait(RETRIED_AFTER)
    assert telling.told() == ["receipt", "action_required"]
    asked = telling.mails()[1]
    assert_says(asked, "€10", action_url(telling))
    do_there(telling, action_url(telling), verdict="confirm")
    assert telling.told() == ["receipt", "action_required", "renewal"]


@on_sqlite
def test_a_failure_that_comes_to_light_late_is_not_told_neither_then_nor_when_stripe_gives_up(telling: Telling) -> None:
    telling.stand_in.control("settings", dunning_end="past_due")
    telling.give(FAILS_LATER, **MONTHLY)
    telling.pass_a_period()
    telling.wait(timedelta(days=4))
    for days in (5, 7):
        telling.wait(timedelta(days=days))
    assert rows(telling, Membership)[0].next_attempt_at is None
    assert telling.told() == ["receipt"]


@on_sqlite
def test_an_invoice_that_is_settled_or_given_up_by_staff_is_not_asked_for(telling: Telling) -> None:
    telling.give(FAILS_LATER, **MONTHLY)
    telling.pass_a_period()
    subscription = at_stripe(telling, telling.its_path)
    telling.tell_stripe(f"invoices/{subscription['latest_invoice']}/void")
    assert telling.told() == ["receipt"]
