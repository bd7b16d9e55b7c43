"""The flight recorder as staff see it: nothing in the way, nothing wider than a phone, replay in two clicks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_finance import seated
from tests.browser.test_hosted_pages import serious
from tests.support.desk.staffing import a_colleague
from tests.webhooks.events import stored
from tests.webhooks.recording import paid_and_parked

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext

    from tests.services import Service


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_parked_event_is_found_and_replayed(
    reader_service: Service, new_context: Callable[..., BrowserContext], scheme: str
) -> None:
    (parked,) = paid_and_parked(reader_service)
    member = a_colleague(reader_service, "admin")
    page = seated(member, new_context(color_scheme=scheme))
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)

    def look() -> None:
        assert serious(page) == [], page.url
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, page.url

    page.goto(f"{reader_service.url}/staff")
    page.get_by_role("navigation").get_by_role("link", name="Events").click()
    expect(page.get_by_text("could not be handled and are parked")).to_be_visible()
    look()
    page.get_by_role("link", name=parked).click()
    expect(page.get_by_role("cell", name="Failed and parked")).to_be_visible()
    look()
    page.get_by_text("Replay this event").click()
    page.get_by_role("button", name="Yes, replay it").click()
    expect(page.get_by_role("cell", name="Next try")).to_be_visible()
    assert stored(reader_service)[parked].state == "waiting"
    reader_service.work()
    page.reload()
    expect(page.get_by_role("cell", name="Handled")).to_be_visible()
    page.get_by_role("button", name="Show everything").click()
    expect(page.get_by_text("The audit says that you looked.")).to_be_visible()
    look()
    assert faults == []
