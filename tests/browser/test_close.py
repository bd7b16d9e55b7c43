"""The end of a month as staff close it: sign in, find the payout that differs, take the journal."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from support.clock import now
from tests.support.desk.staffing import PASSWORD, a_colleague
from tests.support.finance.exporting import records_of
from tests.support.finance.rows import Books

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext, Page

    from support.finance.models import Payout
    from tests.services import Service
    from tests.support.desk.staffing import Colleague


def plant(service: Service) -> Payout:
    """Last month, with everything in it; the payout that is returned is 48.25 more than its items make."""
    first_day = (now().date().replace(day=1) - timedelta(days=1)).replace(day=1)
    with service.database.transaction() as session:
        these = Books(session, datetime.combine(first_day, time(9), UTC))
        taxed = these.payment(1250, tax_minor=208)
        these.refund(taxed, 416)
        these.dispute(these.payment(2000))
        these.payment(500, "JPY")
        these.entry("stripe_fee", -200)
        these.payout(725, items=(these.entry("charge", 777, source="ch_of_something_else", fee=52),))
        these.entry("charge", 5000, source="ch_that_no_payout_has", fee=175)
        return these.payout(855 + 4825, items=(these.entry("charge", 900, source="ch_that_one_has", fee=45),))


def sign_in(page: Page, colleague: Colleague) -> None:
    page.goto(f"{colleague.service.url}/staff/sign-in")
    page.get_by_label("E-mail address").fill(colleague.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Code").fill(colleague.recovery_codes[0])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1, name="Overview")).to_be_visible()


def open_report(page: Page, name: str) -> None:
    """From wherever to a report of last month."""
    page.get_by_role("navigation", name="Staff pages").get_by_role("link", name="Reports", exact=True).click()
    page.get_by_role("navigation", name="Reports").get_by_role("link", name=name, exact=True).click()
    page.get_by_role("navigation", name="Periods").get_by_role("link", name="Last month").click()
    expect(page.get_by_role("heading", level=1, name=name, exact=True)).to_be_visible()


def taken(page: Page, file: str) -> bytes:
    """What the browser has saved once this button was pressed."""
    with page.expect_download() as coming:
        page.get_by_role("button", name=file, exact=True).click()
    last_day = now().date().replace(day=1) - timedelta(days=1)
    days = f"{last_day.replace(day=1)}-{last_day}"
    assert coming.value.suggested_filename == f"journal-{days}.{file.lower()}"
    return coming.value.path().read_bytes()


def test_a_month_is_closed_from_the_overview_to_the_journal(
    reader_service: Service, new_context: Callable[..., BrowserContext]
) -> None:
    payout = plant(reader_service)
    page = new_context(viewport={"width": 1280, "height": 900}).new_page()
    sign_in(page, a_colleague(reader_service, "finance"))

    page.get_by_role("navigation", name="Staff pages").get_by_role("link", name="Reports", exact=True).click()
    expect(page.get_by_role("region", name="What needs you")).to_contain_text("differs by −48.25 EUR")
    open_report(page, "Payouts")
    states = page.get_by_role("region", name="Payouts").get_by_role("row")
    expect(states.filter(has_text="ties out")).to_have_count(1)
    differing = states.filter(has_text="differs")
    expect(differing).to_contain_text("−48.25")
    differing.get_by_role("link", name=payout.stripe_payout_id).click()
    expect(page.get_by_role("heading", level=1, name=f"Payout {payout.id}")).to_be_visible()
    expect(page.get_by_text("Differs by −48.25 EUR.")).to_be_visible()
    expect(page.get_by_text("belongs to no payout and makes exactly the difference")).to_be_visible()

    open_report(page, "Journal")
    debits: dict[str, Decimal] = defaultdict(Decimal)
    credited: dict[str, Decimal] = defaultdict(Decimal)
    lines = records_of(taken(page, "CSV"))
    for line in lines:
        debits[line["currency"]] += Decimal(line["debit"] or 0)
        credited[line["currency"]] += Decimal(line["credit"] or 0)
    assert debits == credited
    assert set(debits) == {"EUR", "JPY"}
    assert min(debits.values()) > 0
    to_the_bank = [Decimal(line["debit"]) for line in lines if line["account"] == "bank"]
    assert sorted(to_the_bank) == [Decimal("7.25"), Decimal("56.80")]
