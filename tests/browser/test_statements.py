"""Statements as a supporter sees and prints them, and as staff do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from support.finance.statements.models import Statement
from support.payments.models import Payment
from tests.browser.test_hosted_pages import serious
from tests.support.accounts.signing_in import a_mail, link_in
from tests.support.desk.staffing import Colleague, a_colleague
from tests.support.finance.statements.paying import pay_at
from tests.support.mailbox import Mailed, running_mailed
from tests.support.readers import rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext, Page

    from tests.services import StandIn

LAST = datetime.now(UTC).year - 1
FIRST_DAY = datetime(LAST, 1, 5, 12, tzinfo=UTC)
LEGAL = "The Test Courier Foundation, 1 Example Street, 12345 Example Town, registered under number 123456"


@pytest.fixture
def mailed(sqlite_url: str, stand_in: StandIn) -> Iterator[Mailed]:
    with running_mailed(sqlite_url, stand_in, newsroom_legal=LEGAL) as running:
        yield running


def pay_often(service: Mailed, times: int) -> None:
    """So many payments in the last year: one that was given, and others like it a fortnight apart."""
    pay_at(service, FIRST_DAY)
    (first,) = rows(service, Payment)
    with service.database.transaction() as session:
        for number in range(1, times):
            session.add(
                Payment(
                    stripe_payment_intent_id=f"pi_{number}",
                    checkout_id=first.checkout_id,
                    supporter_id=first.supporter_id,
                    amount_minor=first.amount_minor + number,
                    tax_minor=7 * number,
                    currency=first.currency,
                    received_at=FIRST_DAY + timedelta(days=350 * number // times),
                )
            )


def signed_in(service: Mailed, page: Page) -> None:
    page.goto(link_in(a_mail(service, service.browser())))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def issued(service: Mailed, page: Page) -> None:
    """From the account to the statement of the last year."""
    page.get_by_role("main").get_by_role("link", name="Annual statements").click()
    page.get_by_role("button", name=f"Issue the statement of {LAST}").click()
    expect(page.get_by_role("heading", name=f"Annual statement {LAST}")).to_be_visible()


def as_staff(context: BrowserContext, colleague: Colleague) -> Page:
    """A page in which the colleague is signed in."""
    cookies = [
        {"name": one.name, "value": one.value or "", "url": colleague.service.url} for one in colleague.browser.cookies
    ]
    context.add_cookies(cookies)  # type: ignore[arg-type]  # they are cookies
    return context.new_page()


def pages_on_paper(page: Page, size: str) -> int:
    """How many sheets Chromium prints."""
    return page.pdf(format=size).count(b"/Type /Page\n")


@pytest.mark.parametrize("size", ["A4", "Letter"])
def test_twenty_payments_are_one_sheet_of_paper(
    mailed: Mailed, new_context: Callable[..., BrowserContext], size: str
) -> None:
    pay_often(mailed, 20)
    page = new_context().new_page()
    signed_in(mailed, page)
    issued(mailed, page)
    assert pages_on_paper(page, size) == 1


def test_a_long_one_repeats_the_head_of_its_table_on_every_sheet(
    mailed: Mailed, new_context: Callable[..., BrowserContext]
) -> None:
    pay_often(mailed, 90)
    page = new_context().new_page()
    signed_in(mailed, page)
    issued(mailed, page)
    assert pages_on_paper(page, "A4") == 3
    page.emulate_media(media="print")
    assert page.locator("thead").evaluate("head => getComputedStyle(head).display") == "table-header-group"
    for hidden in (".masthead", ".foot", ".screen >> nth=0"):
        expect(page.locator(hidden)).to_be_hidden()


def test_a_year_that_has_changed_is_issued_anew_with_one_button(
    mailed: Mailed, new_context: Callable[..., BrowserContext]
) -> None:
    pay_often(mailed, 2)
    page = new_context(java_script_enabled=False).new_page()
    signed_in(mailed, page)
    issued(mailed, page)
    expect(page.get_by_text("has changed since")).to_have_count(0)
    with mailed.database.transaction() as session:
        session.get_one(Payment, 2).amount_minor += 1
    page.reload()
    expect(page.get_by_text("This year has changed since")).to_be_visible()
    page.get_by_role("button", name="Issue a new one").click()
    expect(page.get_by_text(f"{LAST}-00002")).to_be_visible()
    page.get_by_role("link", name="Annual statements").click()
    page.get_by_role("link", name=f"Statement {LAST}-00001", exact=True).click()
    expect(page.get_by_text("VOID since")).to_be_visible()
    page.get_by_role("link", name=f"Open number {LAST}-00002").click()
    expect(page.get_by_text(f"{LAST}-00002", exact=True)).to_be_visible()


@pytest.mark.timeout(300)  # axe looks at many pages
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_and_nothing_overflows(
    mailed: Mailed, new_context: Callable[..., BrowserContext], scheme: str
) -> None:
    pay_often(mailed, 5)
    page = new_context(viewport={"width": 320, "height": 700}, color_scheme=scheme).new_page()
    signed_in(mailed, page)
    issued(mailed, page)
    colleague = a_colleague(mailed, "finance")
    (statement,) = rows(mailed, Statement)
    path = f"/finance/statements/{statement.public_id}"
    assert colleague.send(f"{path}/void", reason="to look at it").status_code == 303
    desk = as_staff(new_context(viewport={"width": 320, "height": 700}, color_scheme=scheme), colleague)
    own = f"/account/statements/{statement.public_id}"
    for one, paths in ((page, ("/account/statements", own, f"{own}?locale=uk")), (desk, ("/finance/statements", path))):
        for address in paths:
            one.goto(f"{mailed.url}{address}")
            assert serious(one) == [], address
            assert one.evaluate("document.documentElement.scrollWidth") <= 320, address
