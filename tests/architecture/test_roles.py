"""Who sees which page of the staff: every address of theirs, asked for by everybody, in every spelling."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import requests

from support.guards import ROLES, guard_of
from tests.services import Service, running_service
from tests.support.desk.staffing import Colleague, a_colleague, sign_in
from tests.support.readers import an_api_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.databases import SqliteDatabases
    from tests.services import StandIn

SAFE = {"GET", "HEAD", "OPTIONS"}


@pytest.fixture(scope="module")
def staffed(sqlite_databases: SqliteDatabases, stand_in_server: StandIn) -> Iterator[Staffed]:
    """A service with one member of each role; nothing that these tests ask for changes who they are."""
    with running_service(sqlite_databases.new(), stand_in_server) as service:
        yield Staffed(service)


class Staffed:
    """Everybody who may come along: {who: a browser}, and the members among them."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.members = {role: a_colleague(service, role) for role in ROLES}
        key = service.browser()
        key.headers["Authorization"] = f"Bearer {an_api_key(service)}"
        self.others = {"nobody": service.browser(), "an API key": key}

    def routes(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        """(method, address, roles) of everything behind the guard of staff."""
        for rule in self.service.app.url_map.iter_rules():
            guard, *roles = (guard_of(self.service.app.view_functions[rule.endpoint]) or "").split()
            if guard == "staff":
                for method in sorted(rule.methods or ()):
                    # No row has this number: whoever is let in finds nothing to change.
                    yield method, re.sub(r"<[^>]*>", "999999", rule.rule), tuple(roles)

    def ask(self, browser: requests.Session, method: str, address: str, **fields: str) -> requests.Response:
        """Ask as a page of ours would."""
        headers = {"Sec-Fetch-Site": "same-origin"}
        return browser.request(
            method, self.service.url + address, data=fields, headers=headers, allow_redirects=False, timeout=30
        )


def test_every_address_below_staff_and_finance_is_for_staff_or_leads_in(staffed: Staffed) -> None:
    leads_in = {"/staff/sign-in", "/staff/code", "/staff/invitation/<token>", "/staff/authenticator"}
    for rule in staffed.service.app.url_map.iter_rules():
        if rule.rule.startswith(("/staff", "/finance")):
            guard = guard_of(staffed.service.app.view_functions[rule.endpoint]) or ""
            assert guard.startswith("staff ") != (rule.rule in leads_in), rule.rule


@pytest.mark.parametrize("who", ["nobody", "an API key"])
def test_whoever_is_not_staff_sees_nothing(staffed: Staffed, who: str) -> None:
    for method, address, _ in staffed.routes():
        answer = staffed.ask(staffed.others[who], method, address)
        if method == "OPTIONS":
            assert answer.text == ""
        elif method in SAFE:
            assert (answer.status_code, answer.headers["Location"]) == (303, "/staff/sign-in"), address
        else:
            assert answer.status_code == 401, address


@pytest.mark.parametrize("role", ROLES)
def test_every_role_sees_what_the_table_says(staffed: Staffed, role: str) -> None:
    member = staffed.members[role]
    key = member.form_key
    for method, address, roles in staffed.routes():
        if address.startswith("/staff/sign-out"):
            continue
        answer = staffed.ask(member.browser, method, address, form_key=key)
        if method == "OPTIONS":
            assert answer.text == ""
        elif role in roles:
            assert answer.status_code in {200, 303, 404, 422}, (method, address)
        else:
            assert answer.status_code == 403, (method, address)
            assert method == "HEAD" or "Your role does not open this page" in answer.text


SPELLINGS: dict[str, Callable[[str], str]] = {
    "a slash more": lambda address: f"{address}/",
    "two slashes": lambda address: f"/{address}",
    "two slashes inside": lambda address: address.replace("/", "//"),
    "upper case": str.upper,
    "a title": lambda address: address.replace("staff", "Staff"),
    "percent signs": lambda address: address.replace("s", "%73"),
    "a dot": lambda address: address.replace("/staff", "/./staff"),
    "a way around": lambda address: f"/static/..{address}",
    "a semicolon": lambda address: f"{address};/static/x.css",
    "an ending": lambda address: f"{address}.css",
    "another method": lambda address: f"{address}?_method=GET",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_no_spelling_of_an_address_opens_it(staffed: Staffed, spelling: str) -> None:
    for browser in (*staffed.others.values(), staffed.members["editor"].browser):
        for method, address, roles in staffed.routes():
            if "editor" in roles or method == "OPTIONS":
                continue
            request = requests.Request(method, staffed.service.url).prepare()
            request.url = staffed.service.url + SPELLINGS[spelling](address)
            request.headers["Cookie"] = "; ".join(f"{one.name}={one.value}" for one in browser.cookies)
            answer = browser.send(request, allow_redirects=False, timeout=30)
            assert answer.status_code in {303, 308, 400, 401, 403, 404, 405}, (method, address)
            if answer.status_code == 303:
                assert answer.headers["Location"] == "/staff/sign-in"


@contextmanager
def unchanged(member: Colleague) -> Iterator[None]:
    """The member is signed in before and after."""
    assert member.is_in()
    yield
    assert member.is_in()


def forms_of(staffed: Staffed) -> list[str]:
    """Every address of staff that changes something."""
    return [address for method, address, _ in staffed.routes() if method not in SAFE]


@pytest.mark.parametrize("brought", ["", "0" * 64, "другий", "another sign-in's", "another member's"])
def test_no_form_is_taken_without_the_key_of_this_sign_in(staffed: Staffed, brought: str) -> None:
    admin = staffed.members["admin"]
    if brought == "another sign-in's":
        brought = sign_in(admin).form_key
    elif brought == "another member's":
        brought = staffed.members["finance"].form_key
    assert len(forms_of(staffed)) >= 7
    with unchanged(admin):
        for address in forms_of(staffed):
            answer = staffed.ask(admin.browser, "POST", address, form_key=brought)
            assert answer.status_code == 403, address


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:8000"},
    ],
)
def test_no_form_is_taken_from_another_site(staffed: Staffed, headers: dict[str, str]) -> None:
    admin = staffed.members["admin"]
    key = admin.form_key
    doors = ["/staff/sign-in", "/staff/code", "/staff/invitation/x", "/staff/authenticator"]
    with unchanged(admin):
        for address in (*forms_of(staffed), *doors):
            url = staffed.service.url + address
            answer = admin.browser.post(url, {"form_key": key}, headers=headers, allow_redirects=False, timeout=30)
            assert answer.status_code == 403, address
