"""An invitation works once, and changes nothing before the phone has proven its secret."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from support import clock
from support.accounts.staff.models import StaffInvitation, StaffMember, StaffSignIn
from support.accounts.staff.second_step import decrypted
from tests.support.accounts.signing_in import post
from tests.support.desk.staffing import (
    PASSWORD,
    a_colleague,
    begin_joining,
    code,
    invite,
    type_code,
    type_password,
)
from tests.support.readers import change, rows

if TYPE_CHECKING:
    from tests.services import Service
    from tests.support.mailbox import Mailed

EMAIL = "finance@example.com"


def test_the_link_is_printed_and_mailed(mailed: Mailed) -> None:
    link = invite(mailed, EMAIL, "finance")
    assert link.startswith(f"{mailed.settings.staff_url}/staff/invitation/")
    mailed.post()
    (letter,) = mailed.letters
    assert letter.recipients == (EMAIL,)
    assert link in letter.part("plain")
    assert link in letter.part("html")


def test_looking_at_the_link_uses_nothing_up(sqlite_service: Service) -> None:
    link = invite(sqlite_service, EMAIL, "finance")
    for method in ("GET", "HEAD", "GET", "OPTIONS"):
        answer = sqlite_service.browser().request(method, link, headers={"Sec-Purpose": "prefetch"}, timeout=30)
        assert answer.status_code == 200
    begin_joining(sqlite_service, link)


def test_of_fifty_who_use_a_link_at_once_one_does(service: Service) -> None:
    link = invite(service, EMAIL, "finance")
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: post(service.browser(), link, {"password": PASSWORD}), range(50)))
    assert sorted(answer.status_code for answer in answers) == [303] + [410] * 49


def test_of_fifty_who_type_the_first_code_at_once_one_joins(service: Service) -> None:
    browser, secret = begin_joining(service, invite(service, EMAIL, "finance"))
    cookies, url = dict(browser.cookies), f"{service.url}/staff/authenticator"

    def join(_number: int) -> int:
        one = service.browser()
        one.cookies.update(cookies)
        return post(one, url, {"code": code(secret)}).status_code

    with ThreadPoolExecutor(50) as pool:
        statuses = list(pool.map(join, range(50)))
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 410, 422}
    assert len([row for row in rows(service, StaffSignIn) if row.totp_at is not None and row.ended_at is None]) == 1


@pytest.mark.parametrize("age", [timedelta(hours=71, minutes=59), timedelta(hours=72)])
def test_a_link_is_good_for_three_days(sqlite_service: Service, age: timedelta) -> None:
    link = invite(sqlite_service, EMAIL, "finance")
    (row,) = rows(sqlite_service, StaffInvitation)
    change(sqlite_service, StaffInvitation, expires_at=row.expires_at - age)
    answer = post(sqlite_service.browser(), link, {"password": PASSWORD})
    assert answer.status_code == (410 if age >= timedelta(hours=72) else 303)


def test_the_secret_is_shown_only_to_the_browser_that_used_the_link(sqlite_service: Service) -> None:
    link = invite(sqlite_service, EMAIL, "finance")
    _, secret = begin_joining(sqlite_service, link)
    url = f"{sqlite_service.url}/staff/authenticator"
    for cookie in ("", "guessed"):
        stranger = sqlite_service.browser()
        stranger.cookies.set("support_staff_setup", cookie)
        assert stranger.get(url, timeout=30).status_code == 410
        assert post(stranger, url, {"code": code(secret)}).status_code == 410
    assert rows(sqlite_service, StaffMember)[0].totp_secret is None


def test_what_was_begun_ends_after_half_an_hour(sqlite_service: Service) -> None:
    browser, secret = begin_joining(sqlite_service, invite(sqlite_service, EMAIL, "finance"))
    change(sqlite_service, StaffInvitation, used_at=clock.now() - timedelta(minutes=30))
    assert post(browser, f"{sqlite_service.url}/staff/authenticator", {"code": code(secret)}).status_code == 410


def test_nobody_signs_in_with_a_password_alone_that_was_chosen_and_not_finished(sqlite_service: Service) -> None:
    begin_joining(sqlite_service, invite(sqlite_service, EMAIL, "finance"))
    assert type_password(sqlite_service, sqlite_service.browser(), EMAIL).status_code == 422


def test_a_second_invitation_changes_nothing_until_it_is_ended_and_then_everything(service: Service) -> None:
    before = a_colleague(service, "finance")
    first, second = (invite(service, EMAIL, "finance") for _ in range(2))
    assert post(service.browser(), first, {"password": PASSWORD}).status_code == 410, "a new link ends earlier ones"
    browser, secret = begin_joining(service, second, "nine slow orange tractors")
    assert before.is_in()
    assert type_password(service, service.browser(), EMAIL).status_code == 303

    answer = post(browser, f"{service.url}/staff/authenticator", {"code": code(secret)})
    assert answer.status_code == 200
    assert not before.is_in()
    assert type_password(service, service.browser(), EMAIL).status_code == 422
    fresh = service.browser()
    assert type_password(service, fresh, EMAIL, "nine slow orange tractors").status_code == 303
    assert type_code(service, fresh, before.recovery_codes[0]).status_code == 422
    assert type_code(service, fresh, code(secret, steps=1)).status_code == 303


@pytest.mark.parametrize(
    "password",
    [
        "",
        "elevenchars",
        "password1234",
        "Password!2026",
        "123456789012",
        "aaaaaaaaaaaaaa",
        "qwertyuiop123",
        "ADMINISTRATOR99",
        "finance@example.com",
        "FINANCE@example.com",
        "finance-123456",
        "x" * 501,
    ],
)
def test_passwords_that_others_would_try_are_refused_and_the_link_stays_good(
    sqlite_service: Service, password: str
) -> None:
    link = invite(sqlite_service, EMAIL, "finance")
    assert post(sqlite_service.browser(), link, {"password": password}).status_code == 422
    begin_joining(sqlite_service, link)


def test_a_password_may_be_of_any_letters_and_however_a_keyboard_spells_them(sqlite_service: Service) -> None:
    composed, decomposed = "сім тихих їжаків", "сім тихих \u0456\u0308жаків"
    browser, secret = begin_joining(sqlite_service, invite(sqlite_service, EMAIL, "finance"), composed)
    post(browser, f"{sqlite_service.url}/staff/authenticator", {"code": code(secret)})
    assert type_password(sqlite_service, sqlite_service.browser(), EMAIL, decomposed).status_code == 303


def test_neither_password_nor_secret_nor_code_nor_token_is_in_the_database(service: Service) -> None:
    colleague = a_colleague(service, "finance")
    link = invite(service, "editor@example.com", "editor")
    _, pending = begin_joining(service, link)
    secrets = [PASSWORD, colleague.secret, pending, *colleague.browser.cookies.values(), link.rpartition("/")[2]]
    secrets += [text for one in colleague.recovery_codes for text in (one, one.replace("-", ""))]
    tables = {"staff_members", "staff_recovery_codes", "staff_sign_ins", "staff_invitations", "audit_lines"}
    with service.database.engine.connect() as connection:
        kept = [
            repr(tuple(row))
            for name in tables
            for row in connection.execute(StaffMember.metadata.tables[name].select())
        ]
    assert len(kept) > 10
    assert [secret for secret in secrets for text in kept if secret in text] == []
    with service.app.app_context():
        kept_secret = rows(service, StaffMember)[0].totp_secret
        assert kept_secret is not None
        assert decrypted(kept_secret) == colleague.secret


def test_argon2_runs_with_the_profile_of_owasp(sqlite_service: Service) -> None:
    a_colleague(sqlite_service, "finance")
    kept = rows(sqlite_service, StaffMember)[0].password_hash
    assert kept is not None
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
