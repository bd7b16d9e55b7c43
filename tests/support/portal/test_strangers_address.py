"""Someone pays with a stranger's address: nothing of the stranger's shows, and nothing of theirs opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.accounts.models import Supporter
from tests.support.readers import buy, checkouts, rows

if TYPE_CHECKING:
    import requests

    from tests.services import Service

STRANGER = "olena.stranger@example.com"


def every_answer(service: Service, browser: requests.Session, session_id: str) -> str:
    """All that a browser can see after a checkout: every page and every answer, headers included."""
    pages = [f"/checkout/thanks?session_id={session_id}", "/support", "/api/v1/access?article=/articles/one"]
    pages += ["/widget/campaign.json", "/pass?return_to=/articles/one&code_challenge=" + "a" * 43]
    pages += [f"/checkout/{row.public_id}" for row in checkouts(service)]
    answers = [browser.get(service.url + one, allow_redirects=False, timeout=30) for one in pages]
    return "".join(answer.text + str(answer.headers) for answer in answers)


def test_no_byte_of_the_stranger_shows_and_nothing_of_theirs_opens(service: Service) -> None:
    member = service.browser()
    buy(service, member, email=STRANGER, interval="year", amount="100")
    somebody = service.browser()
    session_id = service.begin(somebody, interval="once", amount="5", email=STRANGER.upper())
    answered = service.ask(somebody, interval="once", amount="5", email=STRANGER).text

    service.stand_in.pay(session_id)
    service.deliver()

    # One person for the books …
    assert len(rows(service, Supporter)) == 1
    # … and two for the gate.
    assert service.access(somebody)["access"] == "denied"
    assert service.access(member)["access"] == "granted"
    seen = answered + every_answer(service, somebody, session_id)
    assert "stranger" not in seen.lower()
    assert "olena" not in seen.lower()
    assert service.access(somebody)["access"] == "denied"
    assert service.access(somebody)["pass"] is None


def test_what_was_paid_for_here_opens_here_and_no_longer_than_that(service: Service) -> None:
    member, somebody = service.browser(), service.browser()
    buy(service, member, email=STRANGER, interval="year", amount="100")
    buy(service, somebody, email=STRANGER, interval="month", amount="5")
    assert service.access(somebody)["plan"] == "monthly"
    assert service.access(member)["plan"] == "yearly"
    assert str(service.access(somebody)["until"]) < str(service.access(member)["until"])


def test_asking_with_a_known_address_answers_as_with_an_unknown_one(service: Service) -> None:
    buy(service, service.browser(), email=STRANGER)
    known, unknown = service.ask(email=STRANGER), service.ask(email="nobody@example.com")
    assert known.status_code == unknown.status_code == 201
    assert known.json().keys() == unknown.json().keys()
    assert len(known.content) == len(unknown.content)
    assert known.headers.keys() == unknown.headers.keys()
