"""The hosted ask and the thank-you, as a reader sees them, without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext, Page

    from tests.services import Service

CARD, DECLINED = "4242424242424242", "4000000000000002"


def pay(page: Page, card: str, email: str = "reader@example.org") -> None:
    """Fill in Stripe's (the stand-in's) page and press its button."""
    page.wait_for_selector("input[name=card]")
    if page.locator("input[name=email]").count():
        page.fill("input[name=email]", email)
    page.fill("input[name=card]", card)
    page.fill("input[name=expiry]", "12/40")
    page.fill("input[name=cvc]", "123")
    page.locator("button[value=card]").click()


def serious(page: Page) -> list[str]:
    """What axe finds serious or critical."""
    found = Axe().run(page).response["violations"]
    return [violation["id"] for violation in found if violation["impact"] in {"serious", "critical"}]


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def page(request: pytest.FixtureRequest, new_context: Callable[..., BrowserContext]) -> Page:
    return new_context(java_script_enabled=request.param).new_page()


def test_a_gift_is_paid_once(reader_service: Service, page: Page) -> None:
    page.goto(f"{reader_service.url}/support?article=/articles/one")
    page.get_by_role("link", name="Once").click()
    page.get_by_role("radio", name="€50").check()
    page.get_by_role("button", name="Support us").click()
    expect(page.get_by_text("TEST", exact=False).first).to_be_visible()
    pay(page, CARD)
    expect(page.get_by_role("heading", name="Thank you. Your payment has arrived.")).to_be_visible()
    expect(page.get_by_text("Members’ articles are open to you in this browser.")).to_be_visible()
    assert "session_id" not in page.url
    back = page.get_by_role("link", name="Back to the article")
    expect(back).to_have_attribute("href", "http://localhost:8000/articles/one")


def test_a_declined_card_can_be_replaced(reader_service: Service, page: Page) -> None:
    page.goto(f"{reader_service.url}/support")
    page.get_by_role("button", name="Support us").click()
    pay(page, DECLINED)
    expect(page.get_by_text("declined", exact=False).first).to_be_visible()
    pay(page, CARD)
    expect(page.get_by_role("heading", name="Thank you. Your payment has arrived.")).to_be_visible()


def test_a_wrong_amount_is_shown_beside_the_form_as_it_was_left(reader_service: Service, page: Page) -> None:
    page.goto(f"{reader_service.url}/support?interval=year&currency=JPY")
    page.get_by_role("radio", name="Other").check()
    page.fill("input[name=other_amount]", "100.5")
    page.fill("input[name=email]", "reader@example.org")
    page.get_by_role("button", name="Support us").click()
    expect(page.get_by_text("Enter an amount such as 3000.")).to_be_visible()
    expect(page.locator("input[name=other_amount]")).to_have_value("100.5")
    expect(page.locator("input[name=email]")).to_have_value("reader@example.org")


def test_stripe_out_of_reach_is_said_and_the_retry_works(reader_service: Service, page: Page) -> None:
    page.goto(f"{reader_service.url}/support")
    reader_service.stand_in.control("faults", api_reset=True)
    page.get_by_role("button", name="Support us").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was charged")
    reader_service.stand_in.control("faults")
    page.get_by_role("button", name="Support us").click()
    expect(page.locator("input[name=card]")).to_be_visible()


def test_the_form_works_by_keyboard_alone(reader_service: Service, new_context: Callable[..., BrowserContext]) -> None:
    page = new_context().new_page()
    page.goto(f"{reader_service.url}/support?interval=month")
    page.locator("input[value='10']").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("input[value='20']")).to_be_checked()
    page.keyboard.press("Tab")
    expect(page.locator("input[name=email]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("input[name=card]")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en", "uk"])
def test_axe_finds_nothing_serious_and_nothing_overflows(
    reader_service: Service, new_context: Callable[..., BrowserContext], scheme: str, locale: str
) -> None:
    context = new_context(viewport={"width": 320, "height": 700}, color_scheme=scheme)
    page = context.new_page()
    session_id = reader_service.begin(locale=locale)
    public_page = f"/checkout/thanks?session_id={session_id}"
    for path in (f"/support?locale={locale}&interval=once", public_page, "/nothing-here"):
        page.goto(reader_service.url + path)
        assert serious(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
