"""Staff sign in with a password and then a code; whatever leaves one out is refused."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from support import clock
from support.accounts.staff.models import StaffMember, StaffSignIn
from support.audit import AuditLine
from support.clock import wall_seconds
from tests.support.accounts.signing_in import post
from tests.support.desk.staffing import (
    PASSWORD,
    Colleague,
    a_colleague,
    code,
    sign_in,
    type_code,
    type_password,
)
from tests.support.readers import change, rows

if TYPE_CHECKING:
    import requests

    from tests.services import Service


def half(service: Service, colleague: Colleague) -> requests.Session:
    """A browser in which the right password was typed."""
    browser = service.browser()
    assert type_password(service, browser, colleague.email).status_code == 303
    return browser


def status(service: Service, browser: requests.Session, path: str = "/staff") -> int:
    return browser.get(f"{service.url}{path}", allow_redirects=False, timeout=30).status_code


def test_password_then_code_signs_in_and_is_in_the_audit(service: Service) -> None:
    colleague = a_colleague(service, "finance")
    browser = half(service, colleague)
    assert status(service, browser) == 303
    assert type_code(service, browser, code(colleague.secret, steps=1)).headers["Location"] == "/staff"
    assert status(service, browser) == 200
    lines = [(line.who, line.action, line.detail) for line in rows(service, AuditLine)]
    assert lines[-1] == ("finance@example.com", "signed in", "with a code")


def test_what_a_stranger_tries_is_in_the_audit_and_does_not_say_who_has_an_account(service: Service) -> None:
    colleague = a_colleague(service, "finance")
    [about] = [f"staff {one.id}" for one in rows(service, StaffMember) if one.email == colleague.email]
    before = len(rows(service, AuditLine))
    for email in (colleague.email, "stranger@example.com"):
        assert type_password(service, service.browser(), email, "wrong wrong wrong").status_code == 422
    browser = half(service, colleague)
    assert [type_code(service, browser, "000000").status_code for _ in range(6)] == [422] * 5 + [401]
    lines = [(line.who, line.action, line.about, line.detail) for line in rows(service, AuditLine)[before:]]
    assert lines == [
        ("not signed in", "was refused", about, "wrong password"),
        ("not signed in", "was refused", "nobody", "wrong password"),
        *[("not signed in", "was refused", about, "wrong code")] * 5,
        ("not signed in", "was refused", about, "too many codes"),
    ]


def test_after_the_password_alone_nobody_is_signed_in(sqlite_service: Service) -> None:
    colleague = a_colleague(sqlite_service, "admin")
    browser = half(sqlite_service, colleague)
    for path in ("/staff", "/staff/audit", "/staff/members", "/staff/sign-ins"):
        answer = browser.get(f"{sqlite_service.url}{path}", allow_redirects=False, timeout=30)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/staff/sign-in"), path
    answer = post(browser, f"{sqlite_service.url}/staff/sign-out-everywhere", {"form_key": colleague.form_key})
    assert answer.status_code == 401
    assert colleague.is_in()


def test_the_code_page_needs_the_password_first(sqlite_service: Service) -> None:
    colleague = a_colleague(sqlite_service, "admin")
    stranger = sqlite_service.browser()
    assert status(sqlite_service, stranger, "/staff/code") == 303
    assert type_code(sqlite_service, stranger, code(colleague.secret, steps=1)).status_code == 401
    assert status(sqlite_service, stranger) == 303


def test_a_code_of_somebody_else_does_not_count(sqlite_service: Service) -> None:
    one, other = a_colleague(sqlite_service, "admin"), a_colleague(sqlite_service, "finance")
    browser = half(sqlite_service, one)
    assert type_code(sqlite_service, browser, code(other.secret, steps=1)).status_code == 422
    assert type_code(sqlite_service, browser, other.recovery_codes[0]).status_code == 422
    assert status(sqlite_service, browser) == 303


def test_a_code_counts_once(service: Service) -> None:
    colleague = a_colleague(service, "finance")
    first, second = half(service, colleague), half(service, colleague)
    typed = code(colleague.secret, steps=1)
    assert type_code(service, first, typed).status_code == 303
    assert type_code(service, second, typed).status_code == 422
    assert type_code(service, second, code(colleague.secret)).status_code == 422, "nor does an earlier one afterwards"
    assert status(service, second) == 303


def test_a_recovery_code_counts_once_however_it_is_typed(service: Service) -> None:
    colleague = a_colleague(service, "finance")
    typed = colleague.recovery_codes[0]
    assert len(colleague.recovery_codes) == 10
    assert type_code(service, half(service, colleague), typed.replace("-", " ").lower()).status_code == 303
    assert type_code(service, half(service, colleague), typed).status_code == 422


@pytest.mark.parametrize(("steps", "expected"), [(-3, 422), (-2, 422), (-1, 303), (0, 303), (1, 303), (3, 422)])
def test_a_phone_may_be_half_a_minute_off_and_no_more(sqlite_service: Service, steps: int, expected: int) -> None:
    colleague = a_colleague(sqlite_service, "finance")
    change(sqlite_service, StaffMember, totp_step=None)
    browser = half(sqlite_service, colleague)
    if (left := 30 - wall_seconds() % 30) < 5:
        time.sleep(left)  # the half minute must not end before the code arrives
    assert type_code(sqlite_service, browser, code(colleague.secret, steps=steps)).status_code == expected


def test_the_sixth_code_is_not_looked_at_even_if_it_is_right(service: Service) -> None:
    colleague = a_colleague(service, "finance")
    browser = half(service, colleague)
    for _ in range(5):
        assert type_code(service, browser, "000000").status_code == 422
    assert type_code(service, browser, code(colleague.secret, steps=1)).status_code == 401
    assert status(service, browser, "/staff/code") == 303, "and the password must be typed again"
    assert type_code(service, half(service, colleague), code(colleague.secret, steps=1)).status_code == 303


@pytest.mark.parametrize("typed", ["", " ", "٣٣٣٣٣٣", "0", "0" * 50, "abcdef", "-", "1234567", "12345\u0661"])
def test_what_is_no_code_is_wrong_and_nothing_worse(sqlite_service: Service, typed: str) -> None:
    colleague = a_colleague(sqlite_service, "finance")
    assert type_code(sqlite_service, half(sqlite_service, colleague), typed).status_code == 422


def test_fields_that_no_form_has_are_refused(sqlite_service: Service) -> None:
    colleague = a_colleague(sqlite_service, "finance")
    browser = sqlite_service.browser()
    extra = {"email": colleague.email, "password": PASSWORD, "skip_code": "1"}
    assert post(browser, f"{sqlite_service.url}/staff/sign-in", extra).status_code == 422
    browser = half(sqlite_service, colleague)
    answer = post(browser, f"{sqlite_service.url}/staff/code", {"code": colleague.recovery_codes[0], "staff_id": "1"})
    assert answer.status_code == 422
    assert status(sqlite_service, browser) == 303


def test_no_cookie_from_before_is_worth_anything_after(service: Service) -> None:
    colleague = a_colleague(service, "finance")
    browser = service.browser()
    browser.cookies.set("support_staff", "planted", domain="localhost.local")
    assert type_password(service, browser, colleague.email).status_code == 303
    after_password = browser.cookies.get("support_staff", domain="localhost.local")
    assert type_code(service, browser, colleague.recovery_codes[0]).status_code == 303
    after_code = browser.cookies.get("support_staff", domain="localhost.local")
    assert len({"planted", after_password, after_code}) == 3
    for token in ("planted", after_password, "", "x" * 5000):
        stranger = service.browser()
        stranger.headers["Cookie"] = f"support_staff={token}"
        assert status(service, stranger) == 303


def test_the_cookie_is_for_this_site_alone(sqlite_service: Service) -> None:
    colleague = a_colleague(sqlite_service, "finance")
    cookie = type_password(sqlite_service, sqlite_service.browser(), colleague.email).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Domain" not in cookie


def test_signing_out_ends_the_sign_in_on_the_server(service: Service) -> None:
    colleague = a_colleague(service, "finance")
    cookies = dict(colleague.browser.cookies)
    answer = colleague.send("/staff/sign-out")
    assert answer.status_code == 303
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert (
        service.browser().get(f"{service.url}/staff", cookies=cookies, allow_redirects=False, timeout=30).status_code
        == 303
    )


def test_one_browser_or_all_can_be_signed_out(service: Service) -> None:
    here = a_colleague(service, "finance")
    there, stranger = sign_in(here), a_colleague(service, "admin")
    ids = [row.id for row in rows(service, StaffSignIn) if row.totp_at is not None]
    assert here.get("/staff/sign-ins").text.count("/end") == 1
    assert stranger.send(f"/staff/sign-ins/{ids[1]}/end").status_code == 303
    assert there.is_in(), "another member's sign-in is not found"
    assert here.send(f"/staff/sign-ins/{ids[1]}/end").status_code == 303
    assert (here.is_in(), there.is_in()) == (True, False)
    there = sign_in(here)
    assert there.send("/staff/sign-out-everywhere").status_code == 303
    assert (here.is_in(), there.is_in(), stranger.is_in()) == (False, False, True)


@pytest.mark.parametrize(
    ("column", "age", "is_in"),
    [
        ("seen_at", timedelta(minutes=29), True),
        ("seen_at", timedelta(minutes=30), False),
        ("expires_at", timedelta(seconds=-5), True),
        ("expires_at", timedelta(0), False),
    ],
)
def test_a_sign_in_ends_when_nobody_is_there_and_after_a_day_of_work(
    sqlite_service: Service, column: str, age: timedelta, is_in: bool
) -> None:
    colleague = a_colleague(sqlite_service, "finance")
    (row,) = rows(sqlite_service, StaffSignIn)
    assert row.expires_at - row.created_at == timedelta(hours=12)
    change(sqlite_service, StaffSignIn, **{column: clock.now() - age})
    assert colleague.is_in() is is_in


def test_every_page_says_that_the_member_is_still_there(sqlite_service: Service) -> None:
    colleague = a_colleague(sqlite_service, "finance")
    change(sqlite_service, StaffSignIn, seen_at=clock.now() - timedelta(minutes=20))
    assert colleague.is_in()
    (row,) = rows(sqlite_service, StaffSignIn)
    assert clock.now() - row.seen_at < timedelta(minutes=1)


def test_the_half_ends_after_ten_minutes(sqlite_service: Service) -> None:
    colleague = a_colleague(sqlite_service, "finance")
    browser = half(sqlite_service, colleague)
    change(sqlite_service, StaffSignIn, expires_at=clock.now())
    assert type_code(sqlite_service, browser, code(colleague.secret, steps=1)).status_code == 401
