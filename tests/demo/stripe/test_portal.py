"""The billing portal: its API, its page without JavaScript, and how all hosted pages look to axe."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
import stripe
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext

from tests.demo.stripe.harness import StandIn
from tests.demo.stripe.members import FAILS_LATER, Member, newest_event

BACK = "http://127.0.0.1:9/account"
CARD = {"do": "card", "card": "5555555555554444", "expiry": "12/40", "cvc": "123"}


def portal(stand_in: StandIn, customer: str, **more: Any) -> stripe.billing_portal.Session:
    params: Any = {"customer": customer, "return_url": BACK} | more
    return stand_in.api.billing_portal.sessions.create(params)


def act(session: stripe.billing_portal.Session, **form: str) -> requests.Response:
    return requests.post(session.url, data=form, allow_redirects=False, timeout=10)


def shown(session: stripe.billing_portal.Session) -> str:
    return requests.get(session.url, timeout=10).text


def test_the_portal_shows_what_a_customer_has(bank: StandIn) -> None:
    member = Member(bank)
    page = shown(portal(bank, member.customer))
    for text in ("TEST – no real money", "10.00 EUR per month", "Visa ending in 4242", member.first_invoice, BACK):
        assert text in page
    assert "<script" not in page


def test_a_cancel_in_the_portal_sets_cancel_at_only_and_is_taken_back(bank: StandIn) -> None:
    member = Member(bank)
    session = portal(bank, member.customer)
    answer = act(session, do="cancel", subscription=member.id)
    assert (answer.status_code, session.url.endswith(answer.headers["Location"])) == (303, True)
    ending = member.subscription
    assert (ending.cancel_at, ending.cancel_at_period_end, ending.status) == (member.period[1], False, "active")
    assert ending.cancellation_details.reason == "cancellation_requested"
    assert "Ends on" in shown(session)
    act(session, do="resume", subscription=member.id)
    assert member.subscription.cancel_at is None
    act(session, do="cancel", subscription=member.id)
    member.to_period_end(seconds=5)
    assert (member.subscription.status, len(member.invoices)) == ("canceled", 1)


def test_a_new_card_in_the_portal_is_used_from_then_on(bank: StandIn) -> None:
    member = Member(bank, FAILS_LATER)
    member.renew()
    session = portal(bank, member.customer)
    since = newest_event(bank)
    assert act(session, **CARD | {"cvc": "1"}).status_code == 422
    assert act(session, **CARD).status_code == 303
    assert member.types(since=since) == [
        "payment_method.attached",
        "customer.updated",
        "customer.subscription.updated",
    ]
    assert "Mastercard ending in 4444" in shown(session)
    bank.advance(days=3)
    assert member.latest.status == "paid"


def test_a_flow_shows_one_thing_and_leads_back_when_it_is_done(bank: StandIn) -> None:
    member = Member(bank)
    after = {"type": "redirect", "redirect": {"return_url": f"{BACK}?done"}}
    card = portal(bank, member.customer, flow_data={"type": "payment_method_update", "after_completion": after})
    assert "Cancel on" not in shown(card)
    assert act(card, **CARD).headers["Location"] == f"{BACK}?done"
    flow = {"type": "subscription_cancel", "subscription_cancel": {"subscription": member.id}}
    cancel = portal(bank, member.customer, flow_data=flow)
    assert (cancel.flow and cancel.flow.type, "Use this card" in shown(cancel)) == ("subscription_cancel", False)
    with pytest.raises(stripe.InvalidRequestError):
        portal(bank, Member(bank).customer, flow_data=flow)


def test_a_configuration_says_what_may_be_done(bank: StandIn) -> None:
    member = Member(bank)
    features: Any = {"invoice_history": {"enabled": True}}
    made = bank.api.billing_portal.configurations.create({"features": features, "default_return_url": BACK})
    assert (made.is_default, made.features.subscription_cancel.enabled) == (False, False)
    session = bank.api.billing_portal.sessions.create({"customer": member.customer, "configuration": made.id})
    assert (session.return_url, "Cancel on" in shown(session), "Use this card" in shown(session)) == (
        BACK,
        False,
        False,
    )
    act(session, do="cancel", subscription=member.id)
    assert member.subscription.cancel_at is None
    read = bank.api.billing_portal.configurations.retrieve(made.id)
    assert read.features.invoice_history.enabled
    allowed: Any = {"features": {"subscription_cancel": {"enabled": True}}}
    bank.api.billing_portal.configurations.update(made.id, allowed)
    assert "Cancel on" in shown(session)
    default = bank.api.billing_portal.configurations.list({"is_default": True}).data
    assert [one.features.payment_method_update.enabled for one in default] in ([True], [])


def test_the_address_of_a_session_is_its_key(bank: StandIn) -> None:
    first, second = Member(bank), Member(bank)
    session = portal(bank, first.customer)
    for url in (f"{bank.base}/p/session/{session.id}", session.url[:-1], session.url + "x"):
        assert requests.get(url, timeout=10).status_code == 404
    act(session, do="cancel", subscription=second.id)
    assert second.subscription.cancel_at is None


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_serious_and_nothing_overflows(
    bank: StandIn, new_context: Callable[..., BrowserContext], width: int
) -> None:
    member = Member(bank, FAILS_LATER)
    open_invoice = Member(bank, "4000002760003184")
    member.renew()
    open_invoice.renew()
    session = bank.session(recurring={"interval": "month"})
    pages = [
        portal(bank, member.customer).url,
        member.latest.hosted_invoice_url,
        open_invoice.latest.hosted_invoice_url,
        str(session.url),
        bank.base,
    ]
    page = new_context(viewport={"width": width, "height": 800}, bypass_csp=True).new_page()
    for url in pages:
        page.goto(url)
        violations = Axe().run(page).response["violations"]
        assert [(url, one["id"]) for one in violations if one["impact"] in {"serious", "critical"}] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
