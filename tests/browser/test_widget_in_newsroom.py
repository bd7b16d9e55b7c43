"""The whole way in a browser: a members' article, the element in it, Stripe's page, and back to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_hosted_pages import CARD, pay, serious
from tests.demo.newsroom.running import MEMBERS, OTHER, Newsroom, running_newsroom

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext, Page

    from tests.services import StandIn


@pytest.fixture
def newsroom(sqlite_url: str, stand_in: StandIn) -> Iterator[Newsroom]:
    """The news site beside the service."""
    with running_newsroom(sqlite_url, stand_in) as running:
        yield running


def expect_open(page: Page, newsroom: Newsroom, path: str = MEMBERS) -> None:
    expect(page.locator(".members-text")).to_contain_text(newsroom.article(path).rest[-1])
    expect(page).to_have_url(newsroom.url + path)


def support(page: Page) -> None:
    page.get_by_role("button", name="Support us").click()
    pay(page, CARD)
    expect(page.get_by_role("heading", name="Thank you. Your payment has arrived.")).to_be_visible()


def test_one_click_from_the_thank_you_the_article_is_open(newsroom: Newsroom, page: Page) -> None:
    page.goto(newsroom.url + MEMBERS)
    expect(page.locator(".members-text")).to_have_count(0)
    support(page)
    page.get_by_role("link", name="Back to the article").click()
    expect_open(page, newsroom)
    page.goto(newsroom.url + OTHER)
    expect_open(page, newsroom, OTHER)


def test_the_same_without_javascript(newsroom: Newsroom, new_context: Callable[..., BrowserContext]) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(newsroom.url + MEMBERS)
    page.locator("support-cta").get_by_role("link", name="Support us").click()
    support(page)
    page.get_by_role("link", name="Back to the article").click()
    expect_open(page, newsroom)


def test_a_tab_that_stood_at_the_gate_opens_when_its_reader_comes_back(newsroom: Newsroom, page: Page) -> None:
    waiting = page.context.new_page()
    waiting.goto(newsroom.url + OTHER)
    waiting.get_by_role("button", name="Support us").wait_for()
    page.goto(newsroom.url + MEMBERS)
    support(page)
    expect(waiting.locator(".members-text")).to_have_count(0)
    waiting.bring_to_front()
    # A browser without a window shows all of its tabs at once, so it has to be told of the change.
    waiting.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect_open(waiting, newsroom, OTHER)


def test_a_browser_that_keeps_no_cookies_is_not_sent_in_circles(newsroom: Newsroom, page: Page) -> None:
    page.goto(newsroom.url + OTHER)
    support(page)
    loads: list[str] = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    page.route("**/pass", lambda route: route.fulfill(status=204))
    with page.expect_request(lambda request: request.method == "HEAD"):
        page.goto(newsroom.url + MEMBERS)
    page.wait_for_load_state("networkidle")
    assert loads == [newsroom.url + MEMBERS]


def test_the_ukrainian_article_asks_in_ukrainian(newsroom: Newsroom, page: Page) -> None:
    page.goto(f"{newsroom.url}/open/sad-u-dvori")
    expect(page.get_by_role("heading", name="Незалежна журналістика")).to_be_visible()
    expect(page.get_by_role("radio", name="200\u00a0₴")).to_be_checked()
    page.get_by_role("button", name="Підтримати").click()
    expect(page.get_by_text("200.00 UAH").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/open/river-water", "/open/sad-u-dvori", MEMBERS, "/terms"])
def test_axe_finds_nothing_serious_and_nothing_overflows(
    newsroom: Newsroom, new_context: Callable[..., BrowserContext], scheme: str, path: str
) -> None:
    page = new_context(viewport={"width": 320, "height": 700}, color_scheme=scheme).new_page()
    page.goto(newsroom.url + path)
    expect(page.locator("support-cta button")).to_have_count(1 if path.count("/") > 1 else 0)
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
