"""`make demo` walked through as a newcomer does: gate, call to action, Stripe, thanks, and the article opens."""

from __future__ import annotations

import signal
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import requests
from playwright.sync_api import expect

from tests.browser.test_hosted_pages import CARD, DECLINED, pay, serious
from tests.databases import ROOT
from tests.drills.processes import PATIENCE, Program, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext, Page

ARTICLE = "/articles/city-budget"
PARAGRAPHS = tomllib.loads((ROOT / "demo/newsroom/articles/city-budget.toml").read_text())["text"].split("\n\n")
# The first one is the teaser, which everybody may read.
TEXT = [paragraph.strip() for paragraph in PARAGRAPHS[1:]]
MONTHLY, ONCE = ("Monthly", "€10"), ("Once", "€50")
EARLY: dict[str, float] = {}
LATE = {"webhook_delay": 8.0}
NEVER = {"webhook_drop": 1.0}


@dataclass(frozen=True)
class Demo:
    """Where the parts of the running demo answer."""

    newsroom: str
    support: str
    stripe: str
    mailbox: str

    def faults(self, **switches: float | bool) -> None:
        """Set the stand-in's faults; none clears them."""
        requests.post(f"{self.stripe}/_stand_in/faults", json=switches, timeout=10).raise_for_status()


@pytest.fixture(scope="module")
def running_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    ports = {f"{name}_PORT": str(free_port()) for name in ("NEWSROOM", "SUPPORT", "STRIPE", "MAILBOX")}
    program = Program("-m", "demo", **ports, DEMO_DIR=str(tmp_path_factory.mktemp("demo")))
    try:
        program.wait_for("4242 4242 4242 4242")
        program.wait_for("Ctrl-C")
        yield Demo(*(f"http://localhost:{port}" for port in ports.values()))
    finally:
        # Its parts are in groups of their own: asked to end, it ends them, at whatever point it is.
        status = program.stop(signal.SIGINT, patience=PATIENCE)
    assert status == 0


@pytest.fixture
def demo(running_demo: Demo) -> Iterator[Demo]:
    yield running_demo
    running_demo.faults()


@dataclass(frozen=True)
class Reader:
    """A reader's page, and whether it runs scripts."""

    page: Page
    has_script: bool

    def read(self, demo: Demo) -> None:
        """Open the members' article."""
        self.page.goto(demo.newsroom)
        self.page.locator(f"a[href='{ARTICLE}']").first.click()

    def choose(self, interval: str, amount: str) -> None:
        """Use the call to action under the article, up to Stripe's page."""
        if self.has_script:
            self.page.get_by_role("radio", name=interval).check()
        else:
            self.page.locator("support-cta a").click()
            self.page.get_by_role("link", name=interval).click()
        self.page.get_by_role("radio", name=amount, exact=True).check()
        self.page.get_by_role("button", name="Support us").click()
        expect(self.page.locator("input[name=card]")).to_be_visible()


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def reader(request: pytest.FixtureRequest, new_context: Callable[..., BrowserContext]) -> Reader:
    return Reader(new_context(java_script_enabled=request.param).new_page(), request.param)


@pytest.mark.parametrize("choice", [MONTHLY, ONCE], ids=["monthly", "once"])
@pytest.mark.parametrize(
    ("cards", "webhook"),
    [([CARD], EARLY), ([DECLINED, CARD], LATE), ([CARD], NEVER)],
    ids=["paid", "declined first, webhook late", "webhook never"],
)
def test_a_reader_gives_and_the_article_opens(
    demo: Demo, reader: Reader, choice: tuple[str, str], cards: list[str], webhook: dict[str, float]
) -> None:
    page = reader.page
    reader.read(demo)
    expect(page.get_by_role("heading", name="The rest is for those who make it possible")).to_be_visible()
    assert not any(paragraph in page.content() for paragraph in TEXT)
    reader.choose(*choice)
    demo.faults(**webhook)
    for card in cards:
        pay(page, card)
    expect(page.get_by_role("heading", name="Thank you. Your payment has arrived.")).to_be_visible()
    assert page.url.startswith(f"{demo.support}/checkout/")
    page.get_by_role("link", name="Back to the article").click()
    expect(page.get_by_text(TEXT[-1])).to_be_visible()
    assert page.url == demo.newsroom + ARTICLE
    page.reload()
    expect(page.get_by_text(TEXT[-1])).to_be_visible()


def test_a_small_gift_is_thanked_for_and_opens_nothing(demo: Demo, reader: Reader) -> None:
    page = reader.page
    reader.read(demo)
    reader.choose("Once", "€10")
    pay(page, CARD)
    expect(page.get_by_role("heading", name="Thank you. Your payment has arrived.")).to_be_visible()
    expect(page.get_by_text("Members’ articles are open")).to_have_count(0)
    page.get_by_role("link", name="Back to the article").click()
    expect(page.get_by_role("heading", name="The rest is for those who make it possible")).to_be_visible()
    assert not any(paragraph in page.content() for paragraph in TEXT)


def test_another_browser_with_the_same_address_reads_nothing(
    demo: Demo, reader: Reader, new_context: Callable[..., BrowserContext]
) -> None:
    reader.read(demo)
    reader.choose(*MONTHLY)
    pay(reader.page, CARD, email="neighbor@example.org")
    expect(reader.page.get_by_role("heading", name="Thank you. Your payment has arrived.")).to_be_visible()
    stranger = Reader(new_context().new_page(), has_script=True)
    stranger.page.goto(reader.page.url)
    expect(stranger.page.get_by_role("heading", name="Thank you. Your payment has arrived.")).to_be_visible()
    assert "neighbor" not in stranger.page.content()
    stranger.page.get_by_role("link", name="Back to the article").click()
    expect(stranger.page.get_by_role("heading", name="The rest is for those who make it possible")).to_be_visible()


@pytest.mark.parametrize("path", ["/", ARTICLE, "/open/river-water", "/open/sad-u-dvori", "/terms", "/privacy"])
def test_axe_finds_nothing_serious(demo: Demo, new_context: Callable[..., BrowserContext], path: str) -> None:
    page = new_context(viewport={"width": 320, "height": 700}).new_page()
    page.goto(demo.newsroom + path)
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
