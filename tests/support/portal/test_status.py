"""Thanks, and the page that says what became of a checkout: the truth, to whoever has the address, about nobody."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import requests

from support import clock
from support.access.models import ReadingSession
from support.checkout.models import Checkout
from tests.services import NEWS
from tests.support.readers import buy, change, checkouts, pay_by_debit, rows

if TYPE_CHECKING:
    from tests.services import Service
    from tests.support.conftest import Watched

PAID = "Thank you. Your payment has arrived."
PROCESSING = "Your payment is on its way."
FAILED = "The payment did not go through."
EXPIRED = "This payment page has expired."
WAITING = "We are waiting for word of your payment."
SENTENCES = {PAID, PROCESSING, FAILED, EXPIRED, WAITING}
OPEN_HERE = "Members’ articles are open to you in this browser."


def thanks(service: Service, session_id: str, browser: requests.Session | None = None) -> requests.Response:
    """Where Stripe sends the reader."""
    query = {"session_id": session_id}
    client = browser or requests.Session()
    return client.get(f"{service.url}/checkout/thanks", params=query, allow_redirects=False, timeout=30)


def page(service: Service, browser: requests.Session | None = None) -> requests.Response:
    """The page of the only checkout."""
    (row,) = checkouts(service)
    return (browser or requests.Session()).get(f"{service.url}/checkout/{row.public_id}?locale=en", timeout=30)


def says(answer: requests.Response) -> str:
    assert answer.status_code == 200, answer.text
    (sentence,) = [one for one in SENTENCES if one in answer.text]
    return sentence


@pytest.mark.parametrize("session_id", ["", "cs_unknown", "cs_test_" + "a" * 300, "' OR 1=1 --", "\ud7ff", "pi_1"])
def test_an_unknown_session_is_not_found_and_stripe_is_not_asked(refusing: Watched, session_id: str) -> None:
    answer = thanks(refusing, session_id)
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"
    assert not session_id or session_id not in answer.text
    assert refusing.wire.calls == []


@pytest.mark.parametrize(
    "address", ["/checkout/unknown", "/checkout/%00", "/checkout/thanks?session_id=%00", "/checkout/1"]
)
def test_an_unknown_checkout_is_not_found(service: Service, address: str) -> None:
    answer = requests.get(service.url + address, timeout=10)
    assert answer.status_code == (400 if "%00" in address else 404)


def test_thanks_leads_to_a_clean_address_at_once(service: Service) -> None:
    browser = service.browser()
    session_id = service.begin(browser, article="/articles/one")
    service.stand_in.pay(session_id)

    answer = thanks(service, session_id, browser)

    (row,) = checkouts(service)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/checkout/{row.public_id}")
    assert session_id not in answer.headers["Location"]
    found = page(service, browser)
    assert says(found) == PAID
    assert f'href="{NEWS}/articles/one"' in found.text
    assert 'http-equiv="refresh"' not in found.text
    assert found.headers["X-Robots-Tag"] == "noindex"


def test_open_until_somebody_pays(sqlite_service: Service) -> None:
    browser = sqlite_service.browser()
    session_id = sqlite_service.begin(browser)
    thanks(sqlite_service, session_id, browser)
    found = page(sqlite_service, browser)
    assert says(found) == WAITING
    assert 'http-equiv="refresh"' in found.text
    assert str(checkouts(sqlite_service)[0].stripe_url) in found.text


def test_the_webhook_may_come_early_late_or_never(sqlite_service: Service) -> None:
    for when in ("early", "late", "never"):
        browser = sqlite_service.browser()
        session_id = sqlite_service.begin(browser)
        sqlite_service.stand_in.pay(session_id)
        if when == "early":
            sqlite_service.deliver()
        address = sqlite_service.url + thanks(sqlite_service, session_id, browser).headers["Location"]
        assert says(browser.get(f"{address}?locale=en", timeout=30)) == PAID
        assert sqlite_service.access(browser)["access"] == "granted"
        if when == "late":
            sqlite_service.deliver()
            assert says(browser.get(f"{address}?locale=en", timeout=30)) == PAID
    assert {row.state for row in checkouts(sqlite_service)} == {"paid"}


def test_while_stripe_does_not_answer_the_page_waits_and_then_tells(sqlite_service: Service) -> None:
    browser = sqlite_service.browser()
    session_id = sqlite_service.begin(browser)
    sqlite_service.stand_in.pay(session_id)
    sqlite_service.stand_in.control("faults", api_status=503)
    assert thanks(sqlite_service, session_id, browser).status_code == 303
    sqlite_service.stand_in.control("faults")
    assert says(page(sqlite_service, browser)) == PAID


@pytest.mark.parametrize("interval", ["once", "month"])
@pytest.mark.parametrize(("outcome", "sentence"), [("succeeded", PAID), ("failed", FAILED)])
def test_a_bank_debit_is_on_its_way_until_the_bank_says(
    sqlite_service: Service, interval: str, outcome: str, sentence: str
) -> None:
    browser = sqlite_service.browser()
    session_id = sqlite_service.begin(browser, interval=interval, amount="60")
    intent = pay_by_debit(sqlite_service, session_id)
    thanks(sqlite_service, session_id, browser)
    sqlite_service.deliver()

    assert says(page(sqlite_service, browser)) == PROCESSING
    assert sqlite_service.access(browser)["access"] == "denied"

    sqlite_service.stand_in.control("debit", payment_intent=intent, outcome=outcome)
    sqlite_service.deliver()

    assert says(page(sqlite_service, browser)) == sentence
    assert (sqlite_service.access(browser)["access"] == "granted") is (outcome == "succeeded")


def test_a_declined_card_leaves_the_page_open_for_another(sqlite_service: Service) -> None:
    browser = sqlite_service.browser()
    session_id = sqlite_service.begin(browser)
    assert sqlite_service.stand_in.pay(session_id, card="4000000000000002").status_code == 402
    sqlite_service.deliver()
    assert says(page(sqlite_service, browser)) == WAITING
    assert sqlite_service.access(browser)["access"] == "denied"
    assert sqlite_service.stand_in.pay(session_id).status_code == 200
    sqlite_service.deliver()
    assert says(page(sqlite_service, browser)) == PAID


def test_an_expired_page_says_that_nothing_was_charged(sqlite_service: Service) -> None:
    browser = sqlite_service.browser()
    session_id = sqlite_service.begin(browser, article="/articles/one")
    expire = f"{sqlite_service.stand_in.base}/v1/checkout/sessions/{session_id}/expire"
    assert requests.post(expire, auth=("sk_test_tests", ""), timeout=10).status_code == 200
    sqlite_service.deliver()
    found = page(sqlite_service, browser)
    assert says(found) == EXPIRED
    assert "/support?campaign=independent-journalism" in found.text


def test_a_page_that_renews_itself_asks_stripe_seldom(watched: Watched) -> None:
    watched.begin()
    for _ in range(5):
        page(watched)
    assert len([call for call in watched.wire.calls if call.method == "GET"]) == 1
    change(watched, Checkout, synced_at=clock.now() - timedelta(minutes=1))
    page(watched)
    assert len([call for call in watched.wire.calls if call.method == "GET"]) == 2


def test_the_page_speaks_the_checkouts_language(sqlite_service: Service) -> None:
    sqlite_service.begin(locale="uk")
    (row,) = checkouts(sqlite_service)
    answer = requests.get(f"{sqlite_service.url}/checkout/{row.public_id}", timeout=10)
    assert '<html lang="uk"' in answer.text


def test_paying_makes_a_reading_session_and_takes_the_checkout_cookie_away(sqlite_service: Service) -> None:
    browser = sqlite_service.browser()
    buy(sqlite_service, browser)
    found = page(sqlite_service, browser)

    assert OPEN_HERE in found.text
    assert [cookie.name for cookie in browser.cookies] == ["support_reading"]
    header = next(one for one in found.raw.headers.getlist("Set-Cookie") if one.startswith("support_reading="))
    assert {"HttpOnly", "SameSite=Lax", "Path=/", f"Max-Age={90 * 86400}"} <= set(header.split("; "))
    assert sqlite_service.access(browser)["access"] == "granted"
    change(sqlite_service, ReadingSession, revoked_at=clock.now())
    assert sqlite_service.access(browser)["access"] == "denied"


def test_whoever_has_the_address_sees_the_status_and_gets_nothing_else(sqlite_service: Service) -> None:
    session_id = buy(sqlite_service, sqlite_service.browser(), email="payer@example.com")
    finder = sqlite_service.browser()

    assert thanks(sqlite_service, session_id, finder).status_code == 303
    found = page(sqlite_service, finder)

    assert says(found) == PAID
    assert OPEN_HERE not in found.text
    assert "payer" not in found.text
    assert "4242" not in found.text
    assert "Set-Cookie" not in found.headers
    assert list(finder.cookies) == []
    assert sqlite_service.access(finder)["access"] == "denied"
    assert rows(sqlite_service, ReadingSession) == []
