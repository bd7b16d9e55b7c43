"""What the tests of the flight recorder's pages share."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support import clock
from tests.webhooks.workers import impatient
from webhooks.models import EventTry, StripeEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.services import Service
    from tests.support.desk.staffing import Colleague

EMAIL = "canary-5d1e@example.com"
PARKING = 5


def text_of(page: str) -> str:
    """What a page says, without its tags."""
    inner = re.sub(r"<[^>]+>", " ", page[page.index("<main") :])
    return " ".join(unescape(inner).split())


def shown(who: Colleague, path: str) -> str:
    """What the page at this address says."""
    answer = who.get(path)
    assert answer.status_code == 200, answer.text
    return text_of(answer.text)


def listed(page: str) -> list[str]:
    """Ids of the events in a page's main list, in its order."""
    return re.findall(r'<td><a href="/finance/events/(evt_\w+)"><time', page.partition('aria-label="Events"')[2])


def paid_and_parked(service: Service, count: int = 1) -> list[str]:
    """Donations were paid, and Stripe refuses to say more of their charges: the ids of the parked events."""
    for number in range(count):
        service.stand_in.pay(service.begin(interval="once", amount="60"), email=f"{number}-{EMAIL}")
    events = [one for one in service.stand_in.events() if one["type"] == "charge.succeeded"]
    for event in events:
        assert service.post_event(event).status_code == 200
    service.stand_in.control("faults", api_status=400)
    for _ in range(PARKING):
        with service.database.transaction() as session:
            session.execute(sa.update(StripeEvent).values(due_at=0))
        with impatient(service):
            service.work()
    service.stand_in.control("faults")
    return sorted(event["id"] for event in events)


def ago(service: Service, **by: float) -> None:
    """Everything about every event was so long ago."""
    earlier = clock.now() - timedelta(**by)
    with service.database.transaction() as session:
        session.execute(sa.update(StripeEvent).values(received_at=earlier, handled_at=earlier))
        session.execute(sa.update(EventTry).values(started_at=earlier, ended_at=earlier))


def walked(who: Colleague, address: str | None, what: Callable[[str], list[str]]) -> list[str]:
    """What every page of a list shows, from the first on."""
    found = []
    while address is not None:
        page = who.get(address).text
        found += what(page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = unescape(following[1]) if following else None
    return found
