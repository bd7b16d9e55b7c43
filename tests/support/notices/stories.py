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
from tests.support.readers import STRIPE_KEY, rows

if TYPE_CHECKING:
    from datetime import datetime

    from tests.services import Service

# For what does not depend on the kind of database.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

READER = "reader@example.com"
PAYS, FAILS_LATER, ASKS_EVERY_TIME = "4242424242424242", "4000000000000341", "4000002760003184"
# An hour passes before Stripe charges a renewal.
CHARGED_AFTER = timedelta(hours=1, minutes=5)


def give(service: Service, card: str = PAYS, **ask: str) -> str:
    """Give, and let every event of it be handled; the id of Stripe's session."""
    session_id = service.begin(None, **ask)
    assert service.stand_in.pay(session_id, card=card, email=READER).status_code == 200
    service.deliver()
    return session_id


def pass_by(service: Service, time: timedelta) -> None:
    """Let time pass, for Stripe and for us; nothing is delivered."""
    service.stand_in.control("clock", advance=time.total_seconds())


def wait(service: Service, time: timedelta) -> None:
    """Let time pass, and what comes meanwhile be handled."""
    pass_by(service, time)
    service.deliver()


def come_to(service: Service, moment: datetime) -> None:
    """Wait until then."""
    wait(service, moment - now(service))


def now(service: Service) -> datetime:
    """The service's clock."""
    with service.app.app_context():
        return clock.now()


def paid_until(service: Service) -> datetime:
    """The end of the last period that was paid for."""
    return max(period.ends_at for period in rows(service, PaidPeriod))


def pass_a_period(service: Service) -> None:
    """Let time pass until Stripe has charged, or tried to charge, for another period; nothing is delivered."""
    pass_by(service, paid_until(service) + CHARGED_AFTER - now(service))


def renew(service: Service) -> None:
    """The same, and what comes of it is handled."""
    pass_a_period(service)
    service.deliver()


def membership(service: Service) -> Membership:
    """The only one."""
    (only,) = rows(service, Membership)
    return only


def tell_stripe(service: Service, path: str, **params: str) -> Any:
    """What staff do in Stripe's dashboard."""
    answer = requests.post(f"{service.stand_in.base}/v1/{path}", params, auth=STRIPE_KEY, timeout=30)
    assert answer.status_code == 200, answer.text
    service.deliver()
    return answer.json()


def mails(service: Service) -> list[Mail]:
    """What supporters were told of their money, oldest first; their text is there until it is delivered."""
    return [mail for mail in rows(service, Mail) if mail.name != "sign_in"]


def told(service: Service) -> list[str]:
    """The names of these mails."""
    return [mail.name for mail in mails(service)]


def remind_now(service: Service) -> list[str]:
    """What the worker's chore does; what was told so far."""
    with service.app.app_context():
        remind()
    return told(service)


def day(moment: datetime) -> str:
    """As an English mail writes it."""
    return format_date(moment.date(), "long", "en")
