"""The navigation shows each role what is open to it, in two levels, and where one is."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

from support.guards import guard_of
from tests.support.desk.staffing import Colleague, a_colleague

if TYPE_CHECKING:
    from tests.services import Service

SECTIONS = {
    "finance": ["Overview", "Reports", "Books", "Supporters", "Events"],
    "editor": ["Overview", "Reports", "Free access"],
    "admin": ["Overview", "Reports", "Books", "Supporters", "Events", "Staff"],
}
NAV = re.compile(r'<nav class="(sections?)".*?</nav>|<div class="(whoami)">.*?</div>', re.DOTALL)
LINK = re.compile(
    r'<a href="([^"]+)"[^>]*?(?: aria-current="(\w+)")?>(?:<span class="hidden">[^<]*</span>)?([^<]*)</a>'
)


def levels(page: str) -> dict[str, list[tuple[str, str, str]]]:
    """{level: (address, whether it is where one is, name) of each link}; who is signed in counts as a level."""
    return {found[1] or found[2]: LINK.findall(unescape(found[0])) for found in NAV.finditer(page)}


def pages_open_to(colleague: Colleague) -> list[str]:
    """Every page that this role may open and that needs no more than its address."""
    app = colleague.service.app
    return [
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and not rule.arguments
        and rule.rule != "/staff/account/phone/new"  # a picture that stands alone
        and colleague.role in (guard_of(app.view_functions[rule.endpoint]) or "").split()
    ]


@pytest.mark.parametrize("role", SECTIONS)
def test_every_role_sees_what_is_open_to_it_and_all_of_it_opens(sqlite_service: Service, role: str) -> None:
    colleague = a_colleague(sqlite_service, role)
    assert [name for _, _, name in levels(colleague.get("/staff").text)["sections"]] == SECTIONS[role]
    to_open = {address for page in pages_open_to(colleague) for address, _, _ in whole(colleague, page)}
    assert len(to_open) >= len(SECTIONS[role])
    assert {address: colleague.get(address).status_code for address in to_open} == dict.fromkeys(to_open, 200)


@pytest.mark.parametrize("role", SECTIONS)
def test_every_page_says_in_which_section_it_is_and_which_one_of_it(sqlite_service: Service, role: str) -> None:
    colleague = a_colleague(sqlite_service, role)
    pages = pages_open_to(colleague)
    assert {"/staff", "/finance", "/staff/account"} <= set(pages)
    for page in pages:
        found = levels(colleague.get(page).text)
        current = [name for level in ("sections", "whoami") for _, is_here, name in found[level] if is_here]
        assert len(current) == 1, page
        if "section" in found:
            assert [is_here for _, is_here, _ in found["section"] if is_here] in (["page"], ["true"]), page


def whole(colleague: Colleague, page: str) -> list[tuple[str, str, str]]:
    """Every link of the navigation on this page."""
    return [link for level in levels(colleague.get(page).text).values() for link in level]
