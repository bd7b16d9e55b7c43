"""What a drill sends, and what must follow from it: worked out from the events alone, never by our code."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.services import Service

READERS = 7
Event = dict[str, Any]

# Of some donations Stripe tells only once: nothing else repairs what was lost with that event.
DONATION, MONTHLY, TOLD_ONCE = "donation", "monthly", "told once"


@dataclass(frozen=True)
class Oracle:
    """By Stripe's ids. `totals`: minor units by the address that paid, where Stripe said whose address it was."""

    payments: dict[str, tuple[int, str]] = field(default_factory=dict)
    memberships: dict[str, str] = field(default_factory=dict)
    periods: dict[str, tuple[str, datetime, datetime]] = field(default_factory=dict)
    totals: Counter[str] = field(default_factory=Counter)

    def learn(self, event: Event) -> None:
        """Take in one event that was sent."""
        what = event["data"]["object"]
        match event["type"]:
            case "payment_intent.succeeded":
                self.payments[what["id"]] = (what["amount_received"], what["currency"].upper())
            case "customer.subscription.created":
                self.memberships[what["id"]] = what["status"]
            case "invoice.paid":
                period = what["lines"]["data"][0]["period"]
                start, end = (datetime.fromtimestamp(period[edge], UTC) for edge in ("start", "end"))
                self.periods[what["id"]] = (what["parent"]["subscription_details"]["subscription"], start, end)
            case "checkout.session.completed":
                self.totals[what["customer_details"]["email"].lower()] += what["amount_total"]


def events_of(service: Service, payments: int, kinds: Sequence[str]) -> list[Event]:
    """Make so many payments through the service's own checkout; their events, not delivered yet."""
    silent = set()
    for number in range(payments):
        kind = kinds[number % len(kinds)]
        interval = "month" if kind == MONTHLY else "once"
        amount = str(5 + number % 90)
        session_id = service.begin(interval=interval, amount=amount, email=f"Reader{number % READERS}@example.com")
        assert service.stand_in.pay(session_id).status_code == 200
        if kind == TOLD_ONCE:
            silent.add(session_id)
    return [event for event in service.stand_in.events() if event["data"]["object"].get("id") not in silent]


def oracle_of(events: list[Event]) -> Oracle:
    """What must follow from these events, in whatever order they come and however often."""
    oracle = Oracle()
    for event in events:
        oracle.learn(event)
    return oracle
