"""Admins say who is staff; somebody always remains who can."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from support.accounts.staff.models import StaffMember
from support.audit import AuditLine
from tests.support.desk.staffing import PASSWORD, a_colleague, invite, type_code, type_password
from tests.support.readers import rows

if TYPE_CHECKING:
    from tests.services import Service
    from tests.support.mailbox import Mailed


def the_id(service: Service, email: str) -> int:
    return next(row.id for row in rows(service, StaffMember) if row.email == email)


def test_an_admin_invites_by_mail_in_either_language(mailed: Mailed) -> None:
    admin = a_colleague(mailed, "admin")
    mailed.post()
    mailed.letters.clear()
    for locale in ("en", "uk"):
        answer = admin.send("/staff/members", email=f"new-{locale}@Example.com", role="editor", locale=locale)
        assert answer.headers["Location"] == "/staff/members?done=invited"
    mailed.post()
    assert ["invitation" in letter.message["Subject"] for letter in mailed.letters] == [True, False]
    page = admin.get("/staff/members").text
    assert page.count("invited</td>") == 2
    assert [line.who for line in rows(mailed, AuditLine) if line.action == "invited"][1:] == ["admin@example.com"] * 2


@pytest.mark.parametrize(("locale", "subject"), [((), "Your invitation"), (("--locale", "uk"), "Запрошення")])
def test_the_command_line_invites_in_either_language(mailed: Mailed, locale: tuple[str, ...], subject: str) -> None:
    add = ["staff", "add", "new@example.com", "--role", "finance", *locale]
    done = mailed.app.test_cli_runner().invoke(args=add)
    assert done.exit_code == 0, done.output
    mailed.post()
    (letter,) = mailed.letters
    assert letter.message["Subject"].startswith(subject)
    assert done.output.strip() in letter.part("plain")


def test_a_language_that_there_is_not_is_refused_with_those_that_there_are(sqlite_service: Service) -> None:
    add = ["staff", "add", "new@example.com", "--role", "finance", "--locale", "de"]
    done = sqlite_service.app.test_cli_runner().invoke(args=add)
    assert done.exit_code != 0
    assert "'de' is not one of 'en', 'uk'" in done.output
    assert rows(sqlite_service, StaffMember) == []


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"email": "nobody", "role": "editor"}, "Enter one e-mail address"),
        ({"email": "ADMIN@example.com", "role": "editor"}, "in the list already"),
        ({"email": "new@example.com", "role": "owner"}, 'id="role-about" role="alert"'),
        ({"email": "new@example.com"}, 'id="role-about" role="alert"'),
        ({"role": "editor"}, "This is required"),
    ],
)
def test_what_cannot_be_invited_is_named(sqlite_service: Service, fields: dict[str, str], named: str) -> None:
    admin = a_colleague(sqlite_service, "admin")
    answer = admin.send("/staff/members", **fields)
    assert answer.status_code == 422
    assert named in answer.text
    assert len(rows(sqlite_service, StaffMember)) == 1


def test_a_disabled_member_is_out_at_once_and_can_be_invited_again(service: Service) -> None:
    admin, member = a_colleague(service, "admin"), a_colleague(service, "finance")
    half = service.browser()
    assert type_password(service, half, member.email).status_code == 303
    page = f"/staff/members/{the_id(service, member.email)}"

    assert admin.send(f"{page}/disable").status_code == 303
    assert not member.is_in()
    assert type_code(service, half, member.recovery_codes[0]).status_code == 401
    assert type_password(service, service.browser(), member.email).status_code == 422
    assert "disabled" in admin.get(page).text

    assert admin.send(f"{page}/invitation").status_code == 303
    assert type_password(service, service.browser(), member.email).status_code == 422, "nothing of before comes back"
    assert a_colleague(service, "finance").is_in()


def test_an_open_link_of_a_disabled_member_is_over(sqlite_service: Service) -> None:
    admin = a_colleague(sqlite_service, "admin")
    link = invite(sqlite_service, "finance@example.com", "finance")
    admin.send(f"/staff/members/{the_id(sqlite_service, 'finance@example.com')}/disable")
    assert sqlite_service.browser().post(link, {"password": PASSWORD}, timeout=30).status_code == 410


def test_a_changed_role_ends_what_was_open_with_the_earlier_one(service: Service) -> None:
    admin, member = a_colleague(service, "admin"), a_colleague(service, "finance")
    page = f"/staff/members/{the_id(service, member.email)}"
    assert admin.send(f"{page}/role", role="finance").status_code == 303
    assert member.is_in(), "the same role changes nothing"
    assert admin.send(f"{page}/role", role="admin").status_code == 303
    assert not member.is_in()
    browser = service.browser()
    type_password(service, browser, member.email)
    assert type_code(service, browser, member.recovery_codes[0]).status_code == 303
    assert browser.get(f"{service.url}/staff/members", timeout=30).status_code == 200
    details = [line.detail for line in rows(service, AuditLine) if line.action == "changed role"]
    assert details == ["finance@example.com: finance to admin"]


def test_the_last_admin_stays_one(service: Service) -> None:
    admin = a_colleague(service, "admin")
    invite(service, "second@example.com", "admin")  # has not joined: could not manage anything yet
    page = f"/staff/members/{the_id(service, admin.email)}"
    for path, fields in ((f"{page}/disable", {}), (f"{page}/role", {"role": "editor"})):
        answer = admin.send(path, **fields)
        assert answer.status_code == 422
        assert "Nobody else could manage staff" in answer.text
    refused = service.app.test_cli_runner().invoke(args=["staff", "disable", admin.email])
    assert refused.exit_code == 1
    assert "Nobody else could manage staff" in refused.output
    assert admin.is_in()


def test_two_admins_who_disable_each_other_at_once_do_not_both_succeed(service: Service) -> None:
    one, other = a_colleague(service, "admin"), a_colleague(service, "admin", "other@example.com")
    calls = [
        (one, the_id(service, other.email), one.form_key),
        (other, the_id(service, one.email), other.form_key),
    ]
    with ThreadPoolExecutor(2) as pool:
        list(
            pool.map(
                lambda call: call[0].browser.post(
                    f"{service.url}/staff/members/{call[1]}/disable",
                    {"form_key": call[2]},
                    timeout=30,
                    allow_redirects=False,
                ),
                calls,
            )
        )
    assert [row.disabled_at is None for row in rows(service, StaffMember)].count(True) == 1


def test_by_the_command_line_as_well(service: Service) -> None:
    member = a_colleague(service, "finance")
    run = service.app.test_cli_runner().invoke
    assert run(args=["staff", "disable", "FINANCE@example.com"]).output == "disabled\n"
    assert not member.is_in()
    assert run(args=["staff", "disable", "nobody@example.com"]).exit_code == 1
    assert run(args=["staff", "add", "nobody", "--role", "finance"]).output == "Error: Enter one e-mail address.\n"
    assert run(args=["staff", "add", "a@example.com", "--role", "owner"]).exit_code == 2
    lines = [(line.who, line.action) for line in rows(service, AuditLine)]
    assert lines[0] == ("command line", "invited")
    assert lines[-1] == ("command line", "disabled")


def test_a_member_that_does_not_exist_is_not_found(sqlite_service: Service) -> None:
    admin = a_colleague(sqlite_service, "admin")
    for number in ("0", "99", str(2**63 - 1), str(2**63), "-1", "x"):
        assert admin.get(f"/staff/members/{number}").status_code == 404
        assert admin.send(f"/staff/members/{number}/role", role="editor").status_code == 404
