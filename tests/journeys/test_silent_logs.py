"""One reader goes through everything, well and badly; nothing of the reader's and no secret is in any log."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
import requests
import sqlalchemy as sa

from support.clock import wall_seconds
from support.emails.models import Mail
from support.payments.models import Payment
from tests.databases import ENVIRONMENT
from tests.journeys.operated import PATIENCE, Operated, operated
from tests.services import NEWS
from tests.support.access.test_exchange import carry, code_in, redeem, renew
from tests.support.accounts.signing_in import a_mail, ask_for_link, link_in, post, token_of
from tests.support.accounts.signing_in import code_in as mailed_code_in
from tests.support.readers import STRIPE_KEY, at_stripe, rows
from tests.webhooks.events import a_body, header
from webhooks.models import StripeEvent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCAL_PART = "canary-of-the-reader"
EMAIL = f"{LOCAL_PART}+news@example.com"
NAME = "Canary Typed-At-Stripe"
CARD = "4242424242424242"
SECRETS = {
    "SECRET_KEY": ENVIRONMENT["SECRET_KEY"],  # the databases of tests are made with it
    "STRIPE_API_KEY": "sk_test_canaryOfTheKey",
    "STRIPE_WEBHOOK_SECRETS": "whsec_canaryOfTheWebhook",
}


@pytest.fixture
def service(database_url: str, tmp_path: Path) -> Iterator[Operated]:
    with operated(database_url, tmp_path, **SECRETS) as running:
        yield running


def found_in(lines: list[str], canaries: dict[str, str]) -> set[str]:
    """The names of the canaries that any line contains, however its letters are cased."""
    whole = "\n".join(lines).lower()
    return {name for name, canary in canaries.items() if canary.lower() in whole}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_nothing_of_a_reader_and_no_secret_is_in_a_log(service: Operated) -> None:
    canaries = SECRETS | {"address": EMAIL, "its local part": LOCAL_PART, "name": NAME, "card": CARD}
    reader = service.browser()
    canaries |= pay(service, reader)
    canaries |= sign_in(service, reader)
    canaries |= read(service, reader)
    canaries |= ask_as_site(service)
    canaries |= forge(service)
    while_stripe_fails(service, reader)
    while_mail_fails(service)
    while_the_database_refuses(service)
    service.run("erase", EMAIL, "--yes", "--cancel")
    service.run("reconcile")

    lines = service.lines
    for words in ("an event could not be handled", "a mail was refused for good", "a mail waits", "unexpected error"):
        assert any(words in line for line in lines), f"the journey never led to {words!r}"
    assert all(canaries.values())
    assert found_in(lines, canaries) == set()
    planted = '{"level":"info","message":"a mail to ' + EMAIL.upper() + '"}'
    assert found_in([*lines, planted], canaries) == {"address", "its local part"}


def pay(service: Operated, reader: requests.Session) -> dict[str, str]:
    """Monthly and once, declined and paid; the thanks page; a name at Stripe."""
    monthly = service.begin(reader, email=EMAIL, return_to="/articles/one")
    assert service.stand_in.pay(monthly, card="4000000000000002").status_code == 402
    assert service.stand_in.pay(monthly, card=CARD).status_code == 200
    customer = at_stripe(service, f"checkout/sessions/{monthly}")["customer"]
    url = f"{service.stand_in.base}/v1/customers/{customer}"
    requests.post(url, {"name": NAME}, auth=STRIPE_KEY, timeout=30).raise_for_status()
    once = service.begin(reader, interval="once", amount="50")
    assert service.stand_in.pay(once, email=EMAIL).status_code == 200
    for session_id in (monthly, once, f"{once}x"):
        reader.get(f"{service.url}/checkout/thanks", params={"session_id": session_id}, timeout=30)
    service.deliver()
    assert len(rows(service, Payment)) == 2
    return {"session of the membership": monthly, "session of the donation": once}


def sign_in(service: Operated, reader: requests.Session) -> dict[str, str]:
    """By link and by code, with a wrong one first; the account; help."""
    letter = a_mail(service, service.browser(), EMAIL)
    link, other = link_in(letter), service.browser()
    other.get(link, timeout=30)
    assert post(other, link).status_code == 303
    assert post(other, link).status_code != 500, "it works once"
    second = mailed_code_in(a_mail(service, reader, EMAIL))
    assert post(reader, f"{service.url}/account/code", {"code": "AAAA-2222"}).status_code == 422
    assert post(reader, f"{service.url}/account/code", {"code": second}).status_code == 303
    assert EMAIL in reader.get(f"{service.url}/account", timeout=30).text
    words = {"email": EMAIL, "words": f"I am {NAME} and cannot read"}
    assert post(service.browser(), f"{service.url}/account/help", words).status_code == 303
    return {"sign-in token": token_of(link), "sign-in code": second, "first sign-in code": mailed_code_in(letter)}


def read(service: Operated, reader: requests.Session) -> dict[str, str]:
    """By cookie, by pass, by a renewed pass; with a broken one."""
    assert service.access(reader)["access"] == "granted"
    code = code_in(carry(service, reader))
    given = redeem(service, code).json()
    assert redeem(service, code).status_code == 401
    again = renew(service, given["renewal"]).json()
    for token in (given["pass"], f"{given['pass']}x"):
        query = {"article": "/articles/one"}
        headers = {"Origin": NEWS, "Authorization": f"Bearer {token}"}
        requests.get(f"{service.url}/api/v1/access", query, headers=headers, timeout=30)
    canaries = {"pass code": code, "pass": given["pass"], "renewed pass": again["pass"]}
    return canaries | {"renewal": given["renewal"], "second renewal": again["renewal"]}


def ask_as_site(service: Operated) -> dict[str, str]:
    """The news site's server asks, with its key and with a broken one."""
    key = service.run("keys", "add", "site")
    for bearer, status in ((key, 200), (f"{key}x", 401)):
        headers = {"Authorization": f"Bearer {bearer}"}
        url = f"{service.url}/api/v1/memberships/check"
        assert requests.post(url, json={"email": EMAIL}, headers=headers, timeout=30).status_code == status
    return {"API key": key}


def forge(service: Operated) -> dict[str, str]:
    """An event that somebody else has signed."""
    body = a_body(data={"object": {"id": "ch_1", "object": "charge", "metadata": {}, "receipt_email": EMAIL}})
    signed = header(body, "whsec_of_somebody_else")
    url = f"{service.url}/webhooks/stripe"
    assert requests.post(url, body, headers={"Stripe-Signature": signed}, timeout=30).status_code == 400
    return {"Stripe-Signature": signed.rpartition("v1=")[2]}


def while_stripe_fails(service: Operated, reader: requests.Session) -> None:
    """Checkouts are refused, the thanks page learns nothing, and an event ends up parked."""
    late = service.begin(reader, interval="once", amount="25", email=EMAIL)
    assert service.stand_in.pay(late).status_code == 200
    events = service.stand_in.events()
    faults: tuple[dict[str, Any], ...] = ({"api_status": 429}, {"api_reset": True}, {"api_status": 400})
    for fault in faults:
        service.stand_in.control("faults", **fault)
        assert service.ask(service.browser(), email=EMAIL).status_code >= 500
        reader.get(f"{service.url}/checkout/thanks", params={"session_id": late}, timeout=30)
    for event in events:
        assert service.post_event(event).status_code == 200
    park(service)
    service.stand_in.control("faults")
    service.work()


def park(service: Operated) -> None:
    """As if the pauses between five tries had gone by.

    An event that the worker is just at gets its own count of tries after ours: it is told again. One by one, for the
    worker locks several.
    """
    give_up = time.monotonic() + PATIENCE
    while waiting := [event.stripe_event_id for event in rows(service, StripeEvent) if event.state == "waiting"]:
        assert time.monotonic() < give_up, f"they are never parked: {waiting}"
        for event_id in waiting:
            due = sa.update(StripeEvent).where(StripeEvent.stripe_event_id == event_id, StripeEvent.state == "waiting")
            with service.database.transaction() as session:
                session.execute(due.values(tries=5, due_at=wall_seconds()))
        time.sleep(1)
    assert "parked" in {event.state for event in rows(service, StripeEvent)}


def while_mail_fails(service: Operated) -> None:
    """The mail server says why, and names the address, as real ones do."""
    for answer in (f"450 4.2.1 <{EMAIL}>: busy", f"550 5.1.1 <{EMAIL}>: {NAME} is unknown"):
        service.mailbox.answers["RCPT"] = answer
        assert ask_for_link(service, service.browser(), EMAIL).status_code == 303
        service.until_said({"4": "a mail waits", "5": "a mail was refused for good"}[answer[0]])
    service.mailbox.answers.clear()


def while_the_database_refuses(service: Operated) -> None:
    """A rule that a migration has forgotten about: databases name the row that breaks it."""
    newest = max(mail.id for mail in rows(service, Mail))
    with service.database.transaction() as session:
        session.execute(sa.text(f"CREATE UNIQUE INDEX planted ON mails (recipient) WHERE id > {newest}"))
    new = f"{LOCAL_PART}@example.com"  # who was mailed often is not mailed again
    asked = [ask_for_link(service, service.browser(), new).status_code for _ in range(2)]
    with service.database.transaction() as session:
        session.execute(sa.text("DROP INDEX planted"))
    assert asked == [303, 500]
