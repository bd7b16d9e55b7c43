"""<support-cta> in a real browser, on a page of another site under the strictest policy that it must work with."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.support.widget.site import button, choose, posted, running_site, watched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

    from tests.services import StandIn
    from tests.support.widget.site import Site


@pytest.fixture
def site(sqlite_url: str, stand_in: StandIn) -> Iterator[Site]:
    """The service, and a site that carries its element."""
    with running_site(sqlite_url, stand_in) as running:
        yield running


@pytest.mark.parametrize("kind", ["async", 'type="module"'])
def test_it_works_under_a_strict_policy_without_a_complaint(site: Site, page: Page, kind: str) -> None:
    watch = watched(page)
    script = f'<script {kind} src="{site.service.url}/widget.js"></script>'
    page.goto(site.pages.add("/articles/one", 'campaign="independent-journalism"', script=script))
    expect(page.get_by_role("heading", name="Independent journalism")).to_be_visible()
    expect(page.get_by_role("link", name="Support us")).to_be_hidden()
    assert watch.complaints == []
    assert posted(page, button(page))["plan"] == "monthly"


def test_it_asks_for_one_file_and_keeps_nothing(site: Site, page: Page) -> None:
    watch = watched(page)
    page.goto(site.pages.add("/articles/one"))
    page.get_by_role("button", name="Support us").wait_for()
    choose(page, "Yearly")
    page.get_by_label("Currency").select_option("UAH")
    assert watch.to(site.service) == ["/widget.js", "/widget/campaign.json"]
    assert {urlsplit(one.url).netloc for one in watch.requests} == {
        urlsplit(site.pages.origin).netloc,
        urlsplit(site.service.url).netloc,
    }
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert page.evaluate("indexedDB.databases().then((found) => found.length)") == 0


def test_the_form_sends_what_the_contract_names(site: Site, page: Page) -> None:
    page.goto(site.pages.add("/articles/one") + "?from=letter#end")
    choose(page, "Yearly")
    page.get_by_label("Currency").select_option("USD")
    choose(page, "$200")
    fields = posted(page, button(page))
    assert len(fields.pop("attempt")) >= 22
    assert fields == {
        "campaign": "independent-journalism",
        "plan": "yearly",
        "interval": "year",
        "currency": "USD",
        "amount": "200",
        "article": f"{site.pages.origin}/articles/one",
        "return_to": f"{site.pages.origin}/articles/one?from=letter#end",
        "locale": "en",
    }


def test_the_pages_own_words_win_over_what_the_browser_knows(site: Site, page: Page) -> None:
    origin = site.pages.origin
    attributes = 'article="/articles/two" return-to="/articles/two?supported=1" currency="jpy" lang="uk"'
    page.goto(site.pages.add("/articles/one", attributes))
    fields = posted(page, button(page))
    assert (fields["article"], fields["return_to"]) == (f"{origin}/articles/two", f"{origin}/articles/two?supported=1")
    assert (fields["currency"], fields["locale"], fields["amount"]) == ("JPY", "uk", "1000")


def test_without_an_article_attribute_the_canonical_address_is_the_article(site: Site, page: Page) -> None:
    canonical = f'<link rel="canonical" href="{site.pages.origin}/articles/two">'
    page.goto(site.pages.add("/articles/one", head=canonical))
    assert posted(page, button(page))["article"] == f"{site.pages.origin}/articles/two"


def test_an_amount_of_ones_own_is_typed_and_sent(site: Site, page: Page) -> None:
    page.goto(site.pages.add("/articles/one"))
    expect(page.get_by_label("Other amount, in EUR")).to_be_hidden()
    choose(page, "Other")
    page.get_by_label("Other amount, in EUR").fill("12,50")
    expect(page.get_by_text("You pay 12,50\u00a0EUR now and every month")).to_be_visible()
    fields = posted(page, button(page))
    assert (fields["amount"], fields["other_amount"]) == ("other", "12,50")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Enter an amount such as 2."),
        ("1,000", "Enter an amount such as 2."),
        ("1e3", "Enter an amount such as 2."),
        ("1.99", "The smallest amount is €2."),
        ("1000.01", "The largest amount is €1,000."),
    ],
)
def test_a_wrong_amount_is_explained_and_nothing_is_sent(site: Site, page: Page, typed: str, sentence: str) -> None:
    page.goto(site.pages.add("/articles/one"))
    choose(page, "Other")
    watch = watched(page)
    amount = page.get_by_label("Other amount, in EUR")
    amount.fill(typed)
    page.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_have_text(sentence)
    expect(amount).to_be_focused()
    expect(amount).to_have_attribute("aria-invalid", "true")
    assert watch.requests == []
    amount.fill("20")
    expect(page.get_by_role("alert")).to_be_empty()
    assert posted(page, button(page))["other_amount"] == "20"


def test_amounts_and_renewal_terms_follow_interval_and_currency(site: Site, page: Page) -> None:
    page.goto(site.pages.add("/articles/one"))
    terms = page.locator("[aria-live=polite]")
    expect(terms).to_have_text("You pay €10 now and every month until you cancel, which you can do at any time.")
    choose(page, "€20")
    choose(page, "Yearly")
    expect(terms).to_contain_text("You pay €200 now and every year")
    page.get_by_label("Currency").select_option("JPY")
    expect(terms).to_contain_text("You pay ¥30,000 now and every year")
    choose(page, "Once")
    expect(terms).to_contain_text("You pay ¥8,000 once.")
    expect(terms).to_contain_text("From ¥8,000 on, members’ articles open to you for 12 months.")


def test_everything_can_be_done_by_keyboard(site: Site, page: Page) -> None:
    page.goto(site.pages.add("/articles/one"))
    page.get_by_role("button").wait_for()
    press = page.keyboard.press
    press("Tab")
    expect(page.get_by_role("radio", name="Monthly")).to_be_focused()
    press("ArrowRight")
    expect(page.get_by_role("radio", name="Yearly")).to_be_checked()
    press("Tab")
    expect(page.get_by_role("radio", name="€100")).to_be_focused()
    press("ArrowRight")
    press("ArrowRight")
    expect(page.get_by_role("radio", name="Other")).to_be_checked()
    press("Tab")
    page.keyboard.type("75")
    press("Tab")
    expect(page.get_by_label("Currency")).to_be_focused()
    press("Tab")
    expect(page.get_by_role("button")).to_be_focused()
    fields = posted(page, lambda: press("Enter"))
    assert (fields["plan"], fields["amount"], fields["other_amount"]) == ("yearly", "other", "75")


def test_whoever_comes_back_from_stripe_begins_a_new_attempt(site: Site, page: Page) -> None:
    page.goto(site.pages.add("/articles/one"))
    first = posted(page, button(page))
    page.go_back()
    page.get_by_role("button", name="Support us").wait_for()
    second = posted(page, button(page))
    assert first.pop("attempt") != second.pop("attempt")
    assert first == second


def test_a_page_kept_alive_while_the_reader_was_away_makes_a_new_attempt(site: Site, page: Page) -> None:
    page.goto(site.pages.add("/articles/one"))
    attempt = page.locator("input[name=attempt]")
    before = attempt.input_value()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: false }))")
    assert attempt.input_value() == before
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    assert attempt.input_value() != before


def test_no_two_page_views_make_the_same_attempt(site: Site, page: Page) -> None:
    address = site.pages.add("/articles/one", 'lang="en"></support-cta><support-cta lang="uk"')
    made = []
    for _ in range(2):
        page.goto(address)
        expect(page.locator("input[name=attempt]")).to_have_count(2)
        made += [one.input_value() for one in page.locator("input[name=attempt]").all()]
    assert len(set(made)) == 4


def test_a_changed_article_is_asked_for_again_and_a_moved_element_is_not(site: Site, page: Page) -> None:
    page.goto(site.pages.add("/articles/one"))
    page.get_by_role("button").wait_for()
    watch = watched(page)
    page.evaluate("document.body.append(document.querySelector('support-cta'))")
    page.evaluate("document.querySelector('support-cta').setAttribute('article', '/articles/two')")
    expect(page.locator("input[name=article]")).to_have_value(f"{site.pages.origin}/articles/two")
    assert watch.to(site.service) == ["/widget/campaign.json"]
