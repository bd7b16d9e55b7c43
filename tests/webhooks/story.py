"""One reader's way through Stripe, step by step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.services import Service

Event = dict[str, Any]


@dataclass
class Story:
    """What one reader does from a checkout on; `events` are those that came of it.

    `tell` is called whenever time has passed, with what is new.
    """

    service: Service
    session_id: str
    events: list[Event] = field(default_factory=list)
    tell: Callable[[list[Event]], None] = lambda _: None

    def pay(self, **how: Any) -> None:
        """Try to pay on the hosted page."""
        self.service.stand_in.pay(self.session_id, **how)

    def settle(self, outcome: str) -> None:
        """The bank's answer to the debit that is under way."""
        self.service.stand_in.control("debit", payment_intent=self.id_of("payment_intent"), outcome=outcome)

    def cancel(self) -> None:
        """The membership ends at once."""
        self._api("DELETE", f"/v1/subscriptions/{self.id_of('subscription')}")

    def expire(self) -> None:
        """The hosted page closes."""
        self._api("POST", f"/v1/checkout/sessions/{self.session_id}/expire")

    def id_of(self, kind: str) -> str:
        """The id of the object of this kind that an event told of."""
        return next(
            str(event["data"]["object"]["id"]) for event in self.events if event["data"]["object"]["object"] == kind
        )

    def cancel_at_the_end(self) -> None:
        """The membership ends with the period that is paid."""
        self._api("POST", f"/v1/subscriptions/{self.id_of('subscription')}", cancel_at_period_end="true")

    def refund(self, **how: str) -> None:
        """All that is left of the first payment goes back, or `amount` of it."""
        self._api("POST", "/v1/refunds", payment_intent=self.id_of("payment_intent"), **how)

    def dispute(self, outcome: str) -> None:
        """The newest charge is contested, and decided."""
        self.service.stand_in.control("dispute", charge=self.newest_id_of("charge"), outcome=outcome)

    def give_card(self, number: str) -> None:
        """Another card for what comes."""
        self.service.stand_in.control("card", customer=self.id_of("customer"), card=number)

    def wait(self, days: float) -> None:
        """Time passes at Stripe and for us."""
        self.service.stand_in.control("clock", advance=days * 86400)
        new = self.service.stand_in.events()
        self.events += new
        self.tell(new)

    def newest_id_of(self, kind: str) -> str:
        """The same as `id_of`, of the object that was told of last."""
        told = [event["data"]["object"] for event in self.events]
        return str(max((one for one in told if one["object"] == kind), key=lambda one: one["created"])["id"])

    def _api(self, method: str, path: str, **body: str) -> None:
        base = self.service.stand_in.base
        requests.request(method, f"{base}{path}", data=body, auth=("sk_test_tests", ""), timeout=30).raise_for_status()
