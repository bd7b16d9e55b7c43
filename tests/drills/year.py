"""Supporters of a newsroom, week by week on the simulated clock; the service is told what Stripe tells it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import requests

from tests.drills.model import model_of
from tests.support.sync.walking import KEY, listed, refund, run

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from tests.services import Service

DAY = 86400
PAYS, FAILS_LATER = "4242424242424242", "4000000000000341"
DISPUTES = ("won", "lost", "opened")


@dataclass(frozen=True)
class Chances:
    """Of a membership in one week: that its card goes bad, or good again, and that it ends. Of a charge: what follows.

    So many that in a short run, too, each happens.
    """

    bad_card: float
    good_card: float = 0.5
    cancel: float = 0.01
    refund: float = 0.02
    dispute: float = 0.02


@dataclass
class Town:
    """`emails` of everybody who gave; `key` is the news site's."""

    service: Service
    dice: random.Random
    chances: Chances
    emails: list[str] = field(default_factory=list)
    key: str = ""
    _looked_at: int = 0
    _seen: set[str] = field(default_factory=set)
    _bad: set[str] = field(default_factory=set)
    happened: set[str] = field(default_factory=set)

    def settle(self, supporters: int) -> None:
        """Half of them give every month, a quarter every year, a quarter once; every tenth gives in two ways."""
        self.key = run(self.service, "keys", "add", "site")[1].strip()
        for number in range(supporters):
            interval = ("month", "once", "month", "year")[number % 4]
            self._give(f"reader{number}@example.com", interval)
            if number % 10 == 1:
                self._give(f"reader{number}@example.com", "month")
        self._advance(DAY / 2)

    def live_a_week(self) -> None:
        """What supporters and banks do, then seven days, then a payout."""
        for subscription in listed(self.service, "subscriptions"):
            self._live_on(subscription)
        for charge in listed(self.service, "charges", **{"created[gte]": str(self._looked_at)}):
            self._looked_at = max(self._looked_at, charge["created"])
            if charge["paid"] and charge["id"] not in self._seen:
                self._seen.add(charge["id"])
                self._come_back_to(charge)
        self._advance(7 * DAY)
        self.service.stand_in.control("payout")
        self.service.deliver()

    def wrongs(self) -> Iterator[str]:
        """Whose entitlement is not what the model says."""
        model = model_of(self.service)
        for email in self.emails:
            until = model.until(email)
            expected = None if until is None else datetime.fromtimestamp(until, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            found = self._check(email)
            if (found["member"], found["until"]) != (until is not None, expected):
                yield f"{email}: {found} instead of until {expected}"

    def _give(self, email: str, interval: str) -> None:
        amount = str(self.dice.choice((20, 49, 50, 90)))
        session_id = self.service.begin(interval=interval, amount=amount, email=email)
        assert self.service.stand_in.pay(session_id).status_code == 200
        if email not in self.emails:
            self.emails.append(email)

    def _live_on(self, subscription: dict[str, Any]) -> None:
        customer = subscription["customer"]
        if customer in self._bad:
            if self._happens("good card", self.chances.good_card):
                self._bad.remove(customer)
                self._give_card(customer, PAYS)
        elif self._happens("bad card", self.chances.bad_card):
            self._bad.add(customer)
            self._give_card(customer, FAILS_LATER)
        if not subscription["cancel_at_period_end"] and self._happens("cancel", self.chances.cancel):
            self._cancel(subscription["id"])

    def _cancel(self, subscription: str) -> None:
        """At once, or with the period that is paid."""
        address = f"{self.service.stand_in.base}/v1/subscriptions/{subscription}"
        if self.dice.random() < 0.3:
            answer = requests.delete(address, auth=KEY, timeout=30)
        else:
            answer = requests.post(address, {"cancel_at_period_end": "true"}, auth=KEY, timeout=30)
        answer.raise_for_status()

    def _come_back_to(self, charge: dict[str, Any]) -> None:
        if self._happens("refund", self.chances.refund):
            refund(self.service, charge["id"], str(self.dice.choice((charge["amount"], 500))))
        elif self._happens("dispute", self.chances.dispute):
            outcome = self.dice.choice(DISPUTES)
            self.service.stand_in.control("dispute", charge=charge["id"], outcome=outcome)

    def _give_card(self, customer: str, number: str) -> None:
        self.service.stand_in.control("card", customer=customer, card=number)

    def _happens(self, what: str, chance: float) -> bool:
        does = self.dice.random() < chance
        if does:
            self.happened.add(what)
        return does

    def _advance(self, seconds: float) -> None:
        """Two days at a time: events come soon after they are made."""
        while seconds > 0:
            self.service.stand_in.control("clock", advance=min(seconds, 2 * DAY))
            self.service.deliver()
            seconds -= 2 * DAY

    def _check(self, email: str) -> dict[str, Any]:
        answer = requests.post(
            f"{self.service.url}/api/v1/memberships/check",
            json={"email": email},
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found
