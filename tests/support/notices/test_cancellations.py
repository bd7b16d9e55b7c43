"""A cancellation is told once, with the day until which articles stay open; after a change of mind again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import requests

from tests.support.accounts.signing_in import form_key, post, sign_in
from tests.support.notices.stories import (
    FAILS_LATER,
    day,
    give,
    mails,
    membership,
    on_sqlite,
    paid_until,
    pass_by,
    renew,
    tell_stripe,
    told,
    wait,
)
from tests.support.readers import STRIPE_KEY

if TYPE_CHECKING:
    from tests.support.mailbox import Mailed

MONTHLY = {"interval": "month", "amount": "10"}


def resume(service: Mailed) -> None:
    tell_stripe(service, f"subscriptions/{membership(service).stripe_subscription_id}", cancel_at_period_end="false")


@on_sqlite
def test_canceling_in_the_account_is_told_once_and_after_a_change_of_mind_again(telling: Mailed) -> None:
    give(telling, **MONTHLY)
    browser = sign_in(telling)
    cancel = f"{telling.url}/account/memberships/{membership(telling).id}/cancel"
    for _ in range(2):
        assert post(browser, cancel, {"form_key": form_key(telling, browser)}).status_code == 303
    telling.deliver()
    assert told(telling) == ["receipt", "canceled"]
    mail = mails(telling)[1]
    for fact in ("Monthly support", day(paid_until(telling)), f"{telling.settings.public_url}/support"):
        assert fact in mail.text
        assert fact in mail.html

    wait(telling, timedelta(minutes=1))
    resume(telling)
    assert told(telling) == ["receipt", "canceled"]
    wait(telling, timedelta(minutes=1))
    assert post(browser, cancel, {"form_key": form_key(telling, browser)}).status_code == 303
    assert told(telling) == ["receipt", "canceled", "canceled"]

    renew(telling)
    assert membership(telling).status == "canceled"
    assert told(telling) == ["receipt", "canceled", "canceled"], "it ended as it was told"


@on_sqlite
def test_one_that_ends_at_once_is_told_and_what_is_paid_stays_open(telling: Mailed) -> None:
    give(telling, **MONTHLY)
    path = f"{telling.stand_in.base}/v1/subscriptions/{membership(telling).stripe_subscription_id}"
    requests.delete(path, auth=STRIPE_KEY, timeout=30).raise_for_status()
    telling.deliver()
    assert told(telling) == ["receipt", "canceled"]
    assert day(paid_until(telling)) in mails(telling)[1].text


@on_sqlite
def test_what_else_is_paid_for_stays_open_and_the_mail_says_so(telling: Mailed) -> None:
    give(telling, interval="once", amount="50")
    give(telling, **MONTHLY)
    tell_stripe(telling, f"subscriptions/{membership(telling).stripe_subscription_id}", cancel_at_period_end="true")
    said = mails(telling)[-1]
    assert said.name == "canceled"
    assert day(paid_until(telling)) not in said.text
    assert "stay open to you until" in said.text


@on_sqlite
def test_a_cancellation_that_comes_to_light_late_and_one_in_the_grace_promise_nothing(telling: Mailed) -> None:
    give(telling, FAILS_LATER, **MONTHLY)
    renew(telling)
    tell_stripe(telling, f"subscriptions/{membership(telling).stripe_subscription_id}", cancel_at_period_end="true")
    assert told(telling) == ["receipt", "payment_failed", "canceled"]
    assert "stay open" not in mails(telling)[-1].text, "its paid period is over"

    resume(telling)
    path = f"{telling.stand_in.base}/v1/subscriptions/{membership(telling).stripe_subscription_id}"
    again = {"cancel_at_period_end": "true"}
    pass_by(telling, timedelta(hours=1))
    requests.post(path, again, auth=STRIPE_KEY, timeout=30).raise_for_status()
    pass_by(telling, timedelta(days=3, minutes=1))
    telling.deliver()
    assert membership(telling).ends_at is not None
    assert told(telling) == ["receipt", "payment_failed", "canceled"]
