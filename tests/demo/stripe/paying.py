"""What a reader does on the hosted page, by HTTP."""

from typing import Any

import requests
import stripe

from tests.demo.stripe.harness import StandIn


def submit(session: stripe.checkout.Session, path: str = "", **typed: Any) -> requests.Response:
    return requests.post(f"{session.url}{path}", data=typed, allow_redirects=False, timeout=10)


def intent_of(stand_in: StandIn, session: stripe.checkout.Session) -> Any:
    return stand_in.read(session.id).payment_intent
