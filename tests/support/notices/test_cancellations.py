"""A cancellation is told once, with the day until which articles stay open; after a change of mind again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import requests

from tests.support.accounts.signing_in import form_key, post, sign_in
from tests.support.notices.stories import FAILS_LATER, MONTHLY, assert_says, day, on_sqlite
from tests.support.readers import STRIPE_KEY

if TYPE_CHECKING:
    from tests.support.notices.stories import Telling


def resume(service: Telling) -> None:
    service.tell_stripe(service.its_path, cancel_at_period_end="false")


@on_sqlite
def test_canceling_in_the_account_is_told_once_and_after_a_change_of_mind_again(telling: Telling) -> None:
    telling.give(**MONTHLY)
    browser = sign_in(telling)
    cancel = f"{telling.url}/account/memberships/{telling.membership().id}/cancel"
    for _ in range(2):
        assert post(browser, cancel, {"form_key": form_key(telling, browser)}).status_code == 303
    telling.deliver()
    assert telling.told() == ["receipt", "canceled"]
    mail = telling.mails()[1]
    assert_says(mail, "Monthly support", day(telling.paid_until()), f"{telling.settings.public_url}/support")

    telling.wait(timedelta(minutes=1))
    resume(telling)
    assert telling.told() == ["receipt", "canceled"]
    telling.wait(timedelta(minutes=1))
    assert post(browser, cancel, {"form_key": form_key(telling, browser)}).status_code == 303
    assert telling.told() == ["receipt", "canceled", "canceled"]

    telling.renew()
    assert telling.membership().status == "canceled"
    assert telling.told() == ["receipt", "canceled", "canceled"], "it ended as it was told"


@on_sqlite
def test_who_asks_twice_to_cancel_is_told_once(telling: Telling) -> None:
    """Stripe then says the second time."""
    telling.give(**MONTHLY)
    telling.cancel_at_the_end()
    first = telling.membership().canceled_at
    telling.wait(timedelta(minutes=1))
    telling.cancel_at_the_end()
    assert telling.told() == ["receipt", "canceled"]
    assert telling.membership().canceled_at == first


@on_sqlite
def test_one_that_ends_at_once_is_told_and_what_is_paid_stays_open(telling: Telling) -> None:
    telling.give(**MONTHLY)
    path = f"{telling.stand_in.base}/v1/{telling.its_path}"
    requests.delete(path, auth=STRIPE_KEY, timeout=30).raise_for_status()
    telling.deliver()
    assert telling.told() == ["receipt", "canceled"]
    assert day(telling.paid_until()) in telling.mails()[1].text


@on_sqlite
def test_what_else_is_paid_for_stays_open_and_the_mail_says_so(telling: Telling) -> None:
    telling.give(interval="once", amount="50")
    telling.give(**MONTHLY)
    telling.cancel_at_the_end()
    said = telling.mails()[-1]
    assert said.name == "canceled"
    assert day(telling.paid_until()) not in said.text
    assert "stay open to you until" in said.text


@on_sqlite
def test_a_cancellation_that_comes_to_light_late_and_one_in_the_grace_promise_nothing(telling: Telling) -> None:
    telling.give(FAILS_LATER, **MONTHLY)
    telling.renew()
    telling.cancel_at_the_end()
    assert telling.told() == ["receipt", "payment_failed", "canceled"]
    assert "stay open" not in telling.mails()[-1].text, "its paid period is over"

    resume(telling)
    path = f"{telling.stand_in.base}/v1/{telling.its_path}"
    again = {"cancel_at_period_end": "true"}
    telling.pass_by(timedelta(hours=1))
    requests.post(path, again, auth=STRIPE_KEY, timeout=30).raise_for_status()
    telling.pass_by(timedelta(days=3, minutes=1))
    telling.deliver()
    assert telling.membership().ends_at is not None
    assert telling.told() == ["receipt", "payment_failed", "canceled"]
