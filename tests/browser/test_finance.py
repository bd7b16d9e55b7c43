"""What finance staff see: no obstacle that axe knows, nothing wider than a phone, letters that are not cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from support.finance.models import Payout
from support.finance.reports import REPORTS
from tests.browser.test_hosted_pages import serious
from tests.services import Service, StandIn, running_service
from tests.support.desk.conftest import PERIOD
from tests.support.desk.staffing import Colleague, a_colleague
from tests.support.finance.books import ZONE, generate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext, Page

    from tests.databases import SqliteDatabases

DAYS = f"from={PERIOD['from']}&to={PERIOD['to']}"
PAGES = {
    "overview": f"/finance?{DAYS}",
    "a report": f"/finance/reports/income?{DAYS}",
    "a bad filter": "/finance/reports/income?from=2024-02-30&country=de",
    "shares": f"/finance/reports/retention?{DAYS}",
    "a listing": f"/finance/payments?{DAYS}",
    "a payment": "/finance/payments/1",
    "a payout": "/finance/payouts/po_1",
    "a search": "/finance/supporters",
    "a supporter": "/finance/supporters/1",
}


@pytest.fixture(scope="module")
def member(sqlite_databases: SqliteDatabases, stand_in_server: StandIn) -> Iterator[Colleague]:
    """Somebody of finance, in a newsroom with books."""
    with running_service(sqlite_databases.new(), stand_in_server, newsroom_time_zone=str(ZONE)) as service:
        generate(service.database, months=2, supporters=120)
        yield a_colleague(service, "finance")


def seated(member: Colleague, context: BrowserContext) -> Page:
    """A page of a browser in which the member is signed in."""
    for cookie in member.browser.cookies:
        context.add_cookies([{"name": cookie.name, "value": cookie.value or "", "url": member.service.url}])
    return context.new_page()


def address(service: Service, name: str) -> str:
    if name != "a payout":
        return service.url + PAGES[name]
    with service.database.reading() as session:
        return f"{service.url}/finance/payouts/{session.scalar(sa.select(Payout.stripe_payout_id).limit(1))}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_no_obstacle_on_a_phone_and_nothing_wider(
    member: Colleague, new_context: Callable[..., BrowserContext], name: str, scheme: str
) -> None:
    page = seated(member, new_context(color_scheme=scheme))
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(address(member.service, name))

    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert [text for text in refused if "Content Security Policy" in text] == []
    assert serious(page) == []


LETTERS = """() => [...document.querySelectorAll("svg.chart")].filter(svg => svg.getBoundingClientRect().width)
  .flatMap(svg => [...svg.querySelectorAll("text")].filter(text => {
    const [box, all] = [text.getBoundingClientRect(), svg.getBoundingClientRect()]
    return box.left < all.left - 1 || box.right > all.right + 1 || box.top < all.top - 1 || box.bottom > all.bottom + 1
  }).map(text => text.textContent))"""
TOUCHING = """() => [...document.querySelectorAll("svg.chart")].filter(svg => svg.getBoundingClientRect().width)
  .flatMap(svg => {
    const boxes = [...svg.querySelectorAll("text.label")].map(text => text.getBoundingClientRect())
    return boxes.slice(1).filter((box, at) => box.left < boxes[at].right)
  }).length"""


@pytest.mark.parametrize("width", [390, 820, 1280])
def test_one_picture_of_each_chart_is_shown_and_its_letters_are_whole(
    member: Colleague, new_context: Callable[..., BrowserContext], width: int
) -> None:
    page = seated(member, new_context(viewport={"width": width, "height": 900}))
    for name in ("mrr", "income", "retention"):
        page.goto(f"{member.service.url}/finance/reports/{name}?from=2022-01-01&to=2024-12-31")
        figures = page.locator("figure").count()
        assert figures > 0
        assert page.locator("svg.chart:visible").count() == figures
        assert page.evaluate(LETTERS) == []
        assert page.evaluate(TOUCHING) == 0


OUT_OF_SIGHT = """() => [...document.querySelectorAll(".region")].filter(region =>
  region.scrollWidth > region.clientWidth || region.scrollHeight > region.clientHeight
  || region.getBoundingClientRect().right > innerWidth).map(region => region.querySelector("table").id)"""


def test_a_wide_screen_has_all_columns_and_rows_of_every_report_in_sight(
    member: Colleague, new_context: Callable[..., BrowserContext]
) -> None:
    page = seated(member, new_context(viewport={"width": 1280, "height": 900}))
    for name in REPORTS:
        page.goto(f"{member.service.url}/finance/reports/{name}?from=2023-04-01&to=2024-03-31")
        assert page.locator(".region").count() > 0
        assert page.evaluate(OUT_OF_SIGHT) == [], name
    for address in ("payments", "refunds", "failures", "ledger"):
        page.goto(f"{member.service.url}/finance/{address}?{DAYS}")
        # As long as Stripe's ids are: those of the books are short.
        page.evaluate("""() => document.querySelectorAll("td.text").forEach(cell => {
            if (/^(ch|re|txn|po)_/.test(cell.textContent)) {
              cell.textContent = cell.textContent.padEnd(27, "3PxYzA2eZvKYlo2C"), cell.classList.add("long")
            }
        })""")
        assert page.evaluate(OUT_OF_SIGHT) == [], address


def test_a_heading_stays_while_the_page_scrolls(member: Colleague, new_context: Callable[..., BrowserContext]) -> None:
    page = seated(member, new_context(viewport={"width": 1280, "height": 900}))
    page.goto(member.service.url + PAGES["a listing"])
    heading = page.get_by_role("columnheader", name="Received")
    page.evaluate("scrollTo(0, 900)")
    its = heading.bounding_box()
    assert its is not None
    assert -1 <= its["y"] <= 20


def test_a_short_table_on_a_phone_has_all_its_rows_in_sight(
    member: Colleague, new_context: Callable[..., BrowserContext]
) -> None:
    page = seated(member, new_context())
    page.goto(member.service.url + PAGES["overview"])
    region = page.get_by_role("region", name="Amounts")
    assert region.locator("tr").count() > 10
    assert region.evaluate("region => region.scrollHeight - region.clientHeight") == 0


def test_a_heading_stays_while_its_table_scrolls(member: Colleague, new_context: Callable[..., BrowserContext]) -> None:
    page = seated(member, new_context())
    page.goto(member.service.url + PAGES["a listing"])
    region = page.get_by_role("region", name="Payments")
    heading = region.get_by_role("columnheader", name="Received")
    region.evaluate("region => region.scrollTo(0, 400)")

    assert region.evaluate("region => region.scrollTop") > 300
    top, its = region.bounding_box(), heading.bounding_box()
    assert top is not None
    assert its is not None
    assert top["y"] - 1 <= its["y"] <= top["y"] + 20


@pytest.mark.parametrize("script", [True, False])
def test_filters_are_folded_on_a_phone_and_open_on_a_wide_screen(
    member: Colleague, new_context: Callable[..., BrowserContext], *, script: bool
) -> None:
    page = seated(member, new_context(java_script_enabled=script))
    page.goto(member.service.url + PAGES["a report"])
    country = page.get_by_role("textbox", name="Country")
    expect(country).to_be_hidden()
    page.get_by_text("Filters", exact=True).click()
    country.fill("DE")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("Country DE")).to_be_visible()
    assert "country=DE" in page.url

    page.set_viewport_size({"width": 1280, "height": 900})
    expect(country).to_be_visible()
    expect(page.get_by_text("Filters", exact=True)).to_be_hidden()


def test_the_navigation_is_a_row_and_shows_where_one_is(
    member: Colleague, new_context: Callable[..., BrowserContext]
) -> None:
    page = seated(member, new_context(viewport={"width": 1280, "height": 900}))
    page.goto(f"{member.service.url}/finance/reports/deferred")
    sections = page.get_by_role("navigation", name="Staff pages").get_by_role("link")
    assert len({link.evaluate("link => link.getBoundingClientRect().top") for link in sections.all()}) == 1

    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    for name in ("Staff pages", "Reports"):
        links = page.get_by_role("navigation", name=name).get_by_role("link")
        assert len({link.evaluate("link => link.getBoundingClientRect().top") for link in links.all()}) == 1
        here = page.get_by_role("navigation", name=name).locator("[aria-current]").bounding_box()
        assert here is not None
        assert here["x"] >= 0
        assert here["x"] + here["width"] <= 390
    page.get_by_role("navigation", name="Reports").get_by_role("link", name="Overview").focus()
    first = page.get_by_role("navigation", name="Reports").get_by_role("link", name="Overview").bounding_box()
    assert first is not None
    assert first["x"] >= 0, "the keyboard brings what is out of sight into it"


def test_paper_has_figures_and_no_navigation(member: Colleague, new_context: Callable[..., BrowserContext]) -> None:
    page = seated(member, new_context(viewport={"width": 800, "height": 1000}))
    page.goto(member.service.url + PAGES["a report"] + "&currency=EUR")
    page.emulate_media(media="print")

    assert page.locator("nav:visible, form:visible, button:visible, .screen:visible").count() == 0
    expect(page.get_by_text("February 1, 2024 – March 31, 2024")).to_be_visible()
    expect(page.get_by_text("Currency EUR")).to_be_visible()
    expect(page.locator("svg.chart-wide").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 800


def test_paper_has_the_same_colors_whatever_the_screen_has(
    member: Colleague, new_context: Callable[..., BrowserContext]
) -> None:
    colors = []
    for scheme in ("light", "dark"):
        page = seated(member, new_context(color_scheme=scheme))
        page.goto(member.service.url + PAGES["a report"])
        page.emulate_media(media="print", color_scheme=scheme)
        colors.append(page.evaluate(COLORS))
    assert len(colors[0]) > 20
    assert colors[0] == colors[1]


# Those that the sheets name, and the one that is drawn with the first of them.
COLORS = """() => [...[...document.styleSheets].flatMap(sheet => [...sheet.cssRules])
    .filter(rule => rule.selectorText === ":root").flatMap(rule => [...rule.style])
    .filter(name => name.startsWith("--"))
    .map(name => name + getComputedStyle(document.documentElement).getPropertyValue(name)),
  getComputedStyle(document.querySelector(".fill-1")).fill]"""


def test_series_are_told_apart_without_colors(member: Colleague, new_context: Callable[..., BrowserContext]) -> None:
    page = seated(member, new_context(forced_colors="active", viewport={"width": 1280, "height": 900}))
    page.goto(member.service.url + PAGES["a report"])
    hatches = page.locator("svg.chart-wide .hatch:visible")
    assert hatches.count() > 0
    assert len({hatch.get_attribute("fill") for hatch in hatches.all()[:40]}) > 1
