"""The top of /finance: what somebody has to look at now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.desk.staffing import a_colleague
from tests.support.readers import buy

if TYPE_CHECKING:
    from tests.services import Service


def test_a_supporter_of_two_memberships_is_named_by_number(service: Service) -> None:
    staff = a_colleague(service, "finance")
    buy(service, service.browser(), email="twice@example.com")
    before = staff.browser.get(f"{service.url}/finance", timeout=60)
    assert "nobody pays for two memberships" in before.text

    buy(service, service.browser(), email="TWICE@example.com")
    page = staff.browser.get(f"{service.url}/finance", timeout=60).text
    assert "pays for 2 memberships at the same time" in page
    assert "twice@example.com" not in page.lower()
