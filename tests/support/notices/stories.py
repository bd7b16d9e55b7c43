"""What happens to supporters' money, and what they are told of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests
from babel.dates import format_date

from support import clock
from support.emails.models import Mail
from support.memberships.models import Membership, PaidPeriod
from support.notices import remind
from tests.support.mailbox import Mailed
from tests.support.readers import STRIPE_KEY, rows

if TYPE_CHECKING:
    from datetime import datetime

# For what does not depend on the kind of database.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DONATION = {"interval": "once", "amount": "50"}
MONTHLY = {"interval": "month", "amount": "10"}
YEARLY = {"interval": "year", "amount": "100"}
READER = "reader@example.com"
PAYS, FAILS_LATER, ASKS_EVERY_TIME = "4242424242424242", "4000000000000341", "4000002760003184"
# An hour passes before Stripe charges a renewal.
CHARGED_AFTER = timedelta(hours=1, minutes=5)


class Telling(Mailed):
    """A service that mails, with a stand-in whose clock both follow."""

    def give(self, card: str = PAYS, **ask: str) -> str:
        """Give, and let every event of it be handled; the id of Stripe's session."""
        session_id = self.begin(None, **ask)
        assert self.stand_in.pay(session_id, card=card, email=READER).status_code == 200
        self.deliver()
        return session_id

    def pass_by(self, time: timedelta) -> None:
        """Let time pass, for Stripe and for us; nothing is delivered."""
        self.stand_in.control("clock", advance=time.total_seconds())

    def wait(self, time: timedelta) -> None:
        """Let time pass, and what comes meanwhile be handled."""
        self.pass_by(time)
        self.deliver()

    def come_to(self, moment: datetime) -> None:
        """Wait until then."""
        self.wait(moment - self.now())

    def now(self) -> datetime:
        """The service's clock."""
        with self.app.app_context():
            return clock.now()

    def paid_until(self) -> datetime:
        """The end of the last period that was paid for."""
        return max(period.ends_at for period in rows(self, PaidPeriod))

    def pass_a_period(self) -> None:
        """Let time pass until Stripe has charged, or tried to charge, for another period; nothing is delivered."""
        self.pass_by(self.paid_until() + CHARGED_AFTER - self.now())

    def renew(self) -> None:
        """The same, and what comes of it is handled."""
        self.pass_a_period()
        self.deliver()

    def membership(self) -> Membership:
        """The only one."""
        (only,) = rows(self, Membership)
        return only

    def tell_stripe(self, path: str, **params: str) -> Any:
        """What staff do in Stripe's dashboard."""
        answer = requests.post(f"{self.stand_in.base}/v1/{path}", params, auth=STRIPE_KEY, timeout=30)
        assert answer.status_code == 200, answer.text
        self.deliver()
        return answer.json()

    def mails(self) -> list[Mail]:
        """What supporters were told of their money, oldest first; their text is there until it is delivered."""
        return [mail for mail in rows(self, Mail) if mail.name != "sign_in"]

    def told(self) -> list[str]:
        """The names of these mails."""
        return [mail.name for mail in self.mails()]

    def remind_now(self) -> list[str]:
        """What the worker's chore does; what was told so far."""
        with self.app.app_context():
            remind()
        return self.told()

    def cancel_at_the_end(self) -> None:
        """Staff end the only membership with the period that is paid."""
        self.tell_stripe(self.its_path, cancel_at_period_end="true")

    @property
    def its_path(self) -> str:
        """Where Stripe has the only membership."""
        return f"subscriptions/{self.membership().stripe_subscription_id}"


def assert_says(mail: Mail, *facts: str) -> None:
    """Both forms of a mail say all of this."""
    assert [fact for fact in facts if fact not in mail.text or fact not in mail.html] == []


def day(moment: datetime) -> str:
    """As an English mail writes it."""
    return format_date(moment.date(), "long", "en")
