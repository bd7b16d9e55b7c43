"""Signing in and the account, as a supporter sees them, with and without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_hosted_pages import serious
from tests.support.accounts.signing_in import READER, a_supporter, code_in, link_in, sign_ins
from tests.support.mailbox import Mailed, running_mailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext, Page

    from demo.mailbox.smtp import Letter
    from tests.services import StandIn


@pytest.fixture
def mailed(sqlite_url: str, stand_in: StandIn) -> Iterator[Mailed]:
    with running_mailed(sqlite_url, stand_in) as running:
        yield running


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def page(request: pytest.FixtureRequest, new_context: Callable[..., BrowserContext]) -> Page:
    return new_context(java_script_enabled=request.param).new_page()


def asked(service: Mailed, page: Page, email: str = READER) -> Letter:
    """Ask for a link on the page; the mail that comes."""
    page.goto(f"{service.url}/account")
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_role("button", name="Mail me a link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    expect(page.get_by_text(email)).to_be_visible()
    service.post()
    return service.letters[-1]


def test_by_link_then_canceled_and_signed_out(mailed: Mailed, page: Page) -> None:
    a_supporter(mailed)
    page.goto(link_in(asked(mailed, page)))
    expect(page.get_by_role("heading", name=f"Sign in as {READER}?")).to_be_visible()
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()

    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("button", name="Cancel it").click()
    expect(page.get_by_role("status")).to_contain_text("Nothing more will be charged")
    expect(page.get_by_text("Canceled: it ends on")).to_be_visible()

    page.get_by_role("link", name="Receipt").click()
    expect(page.get_by_role("heading", name="Receipt")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Your account").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(f"{mailed.url}/account")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_by_code_after_a_wrong_one(mailed: Mailed, page: Page) -> None:
    a_supporter(mailed)
    letter = asked(mailed, page)
    page.get_by_label("Code").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("This code is not right")).to_be_visible()
    page.get_by_label("Code").fill(code_in(letter).lower())
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def test_a_scanner_with_a_browser_uses_nothing_up(
    mailed: Mailed, page: Page, new_context: Callable[..., BrowserContext]
) -> None:
    a_supporter(mailed)
    link = link_in(asked(mailed, page))
    scanner = new_context().new_page()
    scanner.goto(link, wait_until="networkidle")
    scanner.wait_for_timeout(500)
    assert sign_ins(mailed) == []
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def test_a_page_of_another_site_signs_nobody_in(mailed: Mailed, new_context: Callable[..., BrowserContext]) -> None:
    a_supporter(mailed)
    page = new_context().new_page()
    link = link_in(asked(mailed, page))
    form = f'<form method="post" action="{link}"><button>Win</button></form>'
    page.route("http://evil.localhost/", lambda route: route.fulfill(body=form, content_type="text/html"))
    page.goto("http://evil.localhost/")
    page.get_by_role("button", name="Win").click()
    expect(page.get_by_role("heading", name="This came from another site")).to_be_visible()
    assert sign_ins(mailed) == []


def test_who_paid_and_cannot_read_is_helped(mailed: Mailed, page: Page) -> None:
    page.goto(f"{mailed.url}/support")
    page.get_by_role("link", name="I paid but cannot read").click()
    page.get_by_label("Your e-mail address").fill(READER)
    page.get_by_label("Still closed?").fill("I paid 10 euros on Monday.")
    page.get_by_role("button", name="Help me").click()
    expect(page.get_by_text("We will answer by mail")).to_be_visible()
    mailed.post()
    assert len(mailed.letters) == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en", "uk"])
def test_axe_finds_nothing_serious_and_nothing_overflows(
    mailed: Mailed, new_context: Callable[..., BrowserContext], scheme: str, locale: str
) -> None:
    for interval, amount in (("month", "10"), ("year", "100"), ("once", "50")):
        a_supporter(mailed, interval=interval, amount=amount)
    page = new_context(viewport={"width": 320, "height": 700}, color_scheme=scheme).new_page()
    link = link_in(asked(mailed, page)).replace("locale=en", f"locale={locale}")
    for path in ("/account/sign-in", "/account/code", "/account/help", "/account/link/over", link):
        page.goto((path if path == link else mailed.url + path) + ("" if path == link else f"?locale={locale}"))
        assert serious(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    page.locator("main button").click()
    page.wait_for_url("**/account*")
    for path in ("/account", "/account/memberships/1/cancel", "/account/payments/1"):
        page.goto(f"{mailed.url}{path}?locale={locale}")
        assert serious(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
