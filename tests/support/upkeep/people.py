"""A supporter of whom everything that can be known is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests

from tests.databases import flask
from tests.support.access.test_exchange import carry, code_in, redeem
from tests.support.accounts.signing_in import a_mail, post, sign_in
from tests.support.readers import STRIPE_KEY, at_stripe

if TYPE_CHECKING:
    import subprocess

    from tests.services import Service
    from tests.support.mailbox import Mailed

CANARY = "canary-7f3a"
EMAIL = f"{CANARY}+news@example.com"
AN_ATTEMPT = "0123456789abcdef0123456789abcdef"


def a_well_known_supporter(service: Mailed) -> list[dict[str, Any]]:
    """Gives monthly and once, begins again, signs in, reads elsewhere, asks for help. Returns Stripe's events."""
    reader = service.browser()
    monthly = service.begin(reader, email=EMAIL, return_to=f"/articles/one?from={CANARY}", attempt=AN_ATTEMPT)
    assert service.stand_in.pay(monthly).status_code == 200
    once = service.begin(reader, interval="once", amount="50")
    assert service.stand_in.pay(once, email=EMAIL.upper()).status_code == 200
    service.begin(reader, email=EMAIL)
    _name_at_stripe(service, at_stripe(service, f"checkout/sessions/{monthly}")["customer"])
    events = service.stand_in.events()
    service.deliver(events)
    browser = sign_in(service, EMAIL)
    assert redeem(service, code_in(carry(service, browser))).status_code == 200
    a_mail(service, service.browser(), EMAIL)
    words = {"email": EMAIL, "words": f"I am {CANARY} and cannot read"}
    assert post(service.browser(), f"{service.url}/account/help", words).status_code == 303
    return events


def _name_at_stripe(service: Service, customer: str) -> None:
    url = f"{service.stand_in.base}/v1/customers/{customer}"
    named = requests.post(url, {"name": f"Name of {CANARY}"}, auth=STRIPE_KEY, timeout=30)
    assert named.status_code == 200, named.text


def run(service: Service, *arguments: str) -> tuple[int, str]:
    """`flask …` in this process: its exit status and what it says."""
    done = service.app.test_cli_runner().invoke(args=list(arguments))
    return done.exit_code, done.output


def command(service: Service, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """`flask …` on the service's database, in a process of its own."""
    changes = {
        "DATABASE_URL": service.settings.database_url,
        "STRIPE_API_BASE": service.settings.stripe_api_base,
        "ERASE_LOG": str(service.settings.erase_log),
    } | changes
    return flask(*arguments, **changes)  # type: ignore[arg-type]  # `folder` is none of them
