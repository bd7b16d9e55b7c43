"""Who may read until when, worked out from Stripe's own lists and the words of the design, never by our code.

Paid periods unite; fourteen days of grace follow the last one while a membership goes on; what was refunded in full, or
is in the hands of the cardholder's bank, opens nothing; a donation of EUR 50 opens a year.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.support.sync.walking import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tests.services import Service

GRACE = 14 * 86400
OPENS_FROM = 5000
Stretch = tuple[int, int]
Listed = dict[str, Any]


@dataclass(frozen=True)
class Model:
    """What Stripe lists at one moment, and what follows from it then, in seconds since 1970."""

    now: int
    stretches: Mapping[str, Mapping[str, list[Stretch]]]

    def until(self, email: str) -> int | None:
        """The latest end of what opens articles now, or None if nothing does."""
        ends = [_end(stretches, self.now) for stretches in self.stretches[email].values()]
        return max((end for end in ends if end > self.now), default=None)


def model_of(service: Service) -> Model:
    """What is right now. Each membership is a source of stretches of its own, and so is each donation."""
    stretches: dict[str, dict[str, list[Stretch]]] = defaultdict(lambda: defaultdict(list))
    kept = _kept(service)
    emails = {one["id"]: one["email"] for one in listed(service, "customers")}
    subscriptions = {one["id"]: one for one in listed(service, "subscriptions", status="all")}
    invoiced = set()
    for intent, invoice in _paid_invoices(service):
        invoiced.add(intent)
        if intent in kept:
            subscription = invoice["parent"]["subscription_details"]["subscription"]
            stretches[emails[invoice["customer"]]][subscription].append(_period(invoice))
    for intent, charge in kept.items():
        if intent not in invoiced and charge["amount"] >= OPENS_FROM:
            email = charge["billing_details"]["email"]
            stretches[email][intent].append((charge["created"], _a_year_after(charge["created"])))
    for sources in stretches.values():
        for source, paid in sources.items():
            if source in subscriptions and _goes_on(subscriptions[source]):
                last = max(end for _, end in paid)
                paid.append((last, last + GRACE))
    return Model(service.stand_in.control("clock", advance=0)["now"], stretches)


def _kept(service: Service) -> dict[str, Listed]:
    """{payment intent: charge} of the money that stayed."""
    refunded: Counter[str] = Counter()
    for refund in listed(service, "refunds"):
        refunded[refund["charge"]] += refund["amount"] if refund["status"] == "succeeded" else 0
    gone = {one["charge"] for one in listed(service, "disputes") if one["status"] in {"lost", "needs_response"}}
    return {
        one["payment_intent"]: one
        for one in listed(service, "charges")
        if one["paid"] and refunded[one["id"]] < one["amount"] and one["id"] not in gone
    }


def _paid_invoices(service: Service) -> Iterator[tuple[str, Listed]]:
    for invoice in listed(service, "invoices", **{"expand[]": "data.payments"}):
        for payment in invoice["payments"]["data"]:
            if payment["status"] == "paid":
                yield payment["payment"]["payment_intent"], invoice


def _period(invoice: Listed) -> Stretch:
    period = invoice["lines"]["data"][0]["period"]
    return period["start"], period["end"]


def _goes_on(subscription: Listed) -> bool:
    is_ending = subscription["cancel_at"] or subscription["cancel_at_period_end"] or subscription["ended_at"]
    return subscription["status"] in {"active", "past_due"} and not is_ending


def _a_year_after(moment: int) -> int:
    day = datetime.fromtimestamp(moment, UTC)
    is_leap_day = (day.month, day.day) == (2, 29)
    return int(day.replace(year=day.year + 1, day=28 if is_leap_day else day.day).timestamp())


def _end(stretches: Iterable[Stretch], now: int) -> int:
    """How far one gets from now on by going over from stretch to stretch."""
    end = now
    while reached := [stretch[1] for stretch in stretches if stretch[0] <= end < stretch[1]]:
        end = max(reached)
    return end
