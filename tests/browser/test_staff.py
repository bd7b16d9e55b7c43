"""Joining and working as staff, as a browser shows it, with and without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_hosted_pages import serious
from tests.support.desk.staffing import PASSWORD, code, invite

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext, Page

    from tests.services import Service

EMAIL = "a.colleague.with.a.long.name@newsroom.example.com"
# What is clicked, and the page that opens.
WAY = (
    ("Overview", "Overview"),
    ("Staff", "Staff"),
    ("Audit", "Audit"),
    (f"Your account: {EMAIL}", "Your account"),
    ("Your sign-ins", "Your sign-ins"),
)


def secret_on(page: Page) -> str:
    """The secret that the page shows as text, the same as in its picture and link."""
    shown = page.locator(".secret").inner_text().replace(" ", "")
    link = page.get_by_role("link", name="open it in the app").get_attribute("href")
    assert link is not None
    assert f"secret={shown}&" in link
    return shown


def looked_at(page: Page, *, width: int) -> None:
    """Nothing serious for axe, nothing wider than the screen."""
    assert serious(page) == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url


@pytest.mark.timeout(300)  # axe looks at ten pages
@pytest.mark.parametrize(("script", "scheme"), [(True, "light"), (True, "dark"), (False, "light")])
def test_somebody_joins_works_and_signs_out(
    reader_service: Service, new_context: Callable[..., BrowserContext], scheme: str, *, script: bool
) -> None:
    width = 320
    context = new_context(viewport={"width": width, "height": 700}, color_scheme=scheme, java_script_enabled=script)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)

    def look(heading: str) -> None:
        """Once the page with this heading is there."""
        expect(page.get_by_role("heading", level=1, name=heading, exact=True)).to_be_visible()
        if script:
            looked_at(page, width=width)

    page.goto(invite(reader_service, EMAIL, "admin"))
    look("Choose a password")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    look("Set up your phone")
    secret = secret_on(page)
    expect(page.get_by_role("img", name="Picture for the authenticator app")).to_be_visible()
    page.get_by_label("Code").fill(code(secret))
    page.get_by_role("button", name="Go on").click()
    look("Keep these recovery codes")
    recovery_code = page.locator(".codes code").first.inner_text()
    page.get_by_role("link", name="I have kept them").click()
    for link, name in WAY:
        page.get_by_role("banner").get_by_role("link", name=link).click()
        look(name)
    page.get_by_role("navigation", name="Staff pages").get_by_role("link", name="Staff").click()
    page.get_by_role("main").get_by_role("link", name=EMAIL).click()
    look(EMAIL)
    for name in ("Change your password", "Take a new phone", "Make new recovery codes"):
        page.get_by_role("banner").get_by_role("link", name="Your account:").click()
        page.get_by_role("link", name=name).click()
        look(name)
    page.get_by_role("button", name="Sign out").click()
    look("Staff sign-in")

    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    look("The code of your phone")
    page.get_by_label("Code").fill(recovery_code)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    assert faults == []


def test_the_picture_for_the_phone_is_dark_on_white_in_dark_high_contrast(
    reader_service: Service, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context(color_scheme="dark", forced_colors="active").new_page()
    page.goto(invite(reader_service, EMAIL, "admin"))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    picture = page.get_by_role("img", name="Picture for the authenticator app")
    expect(picture).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(page.locator("body")).to_have_css("background-color", "rgb(0, 0, 0)")
