"""What <support-cta> shows: other languages, other campaigns, none at all, and every way of seeing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_hosted_pages import serious
from tests.support.widget.contents import FIXED, OVER, offer
from tests.support.widget.site import button, choose, posted, running_site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

    from tests.services import StandIn
    from tests.support.widget.site import Site


@pytest.fixture
def site(sqlite_url: str, stand_in: StandIn) -> Iterator[Site]:
    """The service, and a site that carries its element."""
    with running_site(sqlite_url, stand_in) as running:
        yield running


def test_it_speaks_ukrainian_on_a_ukrainian_page(site: Site, page: Page) -> None:
    page.goto(site.pages.add("/articles/one", lang="uk"))
    expect(page.get_by_role("heading", name="Незалежна журналістика")).to_be_visible()
    expect(page.get_by_role("group", name="Сума")).to_be_visible()
    choose(page, "Інша")
    page.get_by_role("button", name="Підтримати").click()
    expect(page.get_by_role("alert")).to_have_text("Вкажіть суму, наприклад 2.")


def test_a_plan_with_one_price_asks_for_no_amount(site: Site, page: Page, tmp_path: Path) -> None:
    offer(site.service, tmp_path, FIXED)
    page.goto(site.pages.add("/articles/one"))
    expect(page.get_by_text("You pay €60 now and every year")).to_be_visible()
    expect(page.get_by_role("radio")).to_have_count(0)
    expect(page.get_by_role("combobox")).to_have_count(0)
    fields = posted(page, button(page))
    assert (fields["plan"], fields["currency"], "amount" in fields) == ("member", "EUR", False)


def test_when_nothing_is_asked_the_element_hides_itself(site: Site, page: Page, tmp_path: Path) -> None:
    offer(site.service, tmp_path, OVER)
    page.goto(site.pages.add("/articles/one"))
    expect(page.locator("support-cta")).to_be_hidden()


def test_when_the_campaign_does_not_come_the_pages_own_link_stays(site: Site, page: Page) -> None:
    for attributes in ('campaign="no-such"', 'article="https://elsewhere.example/"'):
        with page.expect_response("**/widget/campaign.json*") as answer:
            page.goto(site.pages.add("/articles/one", attributes))
        assert answer.value.status in {404, 422}
        expect(page.get_by_role("link", name="Support us")).to_be_visible()


def test_when_the_service_is_down_the_pages_own_link_stays(site: Site, page: Page) -> None:
    page.route("**/widget/campaign.json*", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.goto(site.pages.add("/articles/one"))
    expect(page.get_by_role("link", name="Support us")).to_be_visible()


def test_without_javascript_the_pages_own_link_is_the_way(
    site: Site, new_context: Callable[..., BrowserContext]
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(site.pages.add("/articles/one"))
    page.get_by_role("link", name="Support us").click()
    expect(page.get_by_role("heading", name="Independent journalism")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "uk"])
def test_axe_finds_nothing_serious_and_nothing_overflows(
    site: Site, new_context: Callable[..., BrowserContext], scheme: str, lang: str
) -> None:
    page = new_context(viewport={"width": 320, "height": 700}, color_scheme=scheme).new_page()
    page.goto(site.pages.add("/articles/one", lang=lang))
    choose(page, "Other" if lang == "en" else "Інша")
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).not_to_be_empty()
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_colors_follow_the_host_page(site: Site, new_context: Callable[..., BrowserContext]) -> None:
    colors = []
    for scheme in ("light", "dark"):
        page = new_context(color_scheme=scheme).new_page()
        page.goto(site.pages.add("/articles/one"))
        page.get_by_role("button").wait_for()
        colors.append(page.get_by_role("button").evaluate("(one) => getComputedStyle(one).backgroundColor"))
    assert colors == ["rgb(10, 92, 74)", "rgb(127, 214, 189)"]


def test_the_chosen_amount_is_visible_in_forced_colors(site: Site, new_context: Callable[..., BrowserContext]) -> None:
    page = new_context(forced_colors="active").new_page()
    page.goto(site.pages.add("/articles/one"))
    chosen, other = (page.locator(".option span", has_text=text).first for text in ("Monthly", "Yearly"))
    color = "(one) => getComputedStyle(one).backgroundColor"
    assert chosen.evaluate(color) != other.evaluate(color)
