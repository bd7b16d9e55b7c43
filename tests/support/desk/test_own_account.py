"""A member changes the own password, phone and recovery codes, with the proofs of now, and is out everywhere else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from support.accounts.staff.models import StaffMember
from support.emails.models import Mail
from tests.support.accounts.signing_in import post
from tests.support.desk.acting import at_once, lines, submit
from tests.support.desk.staffing import (
    PASSWORD,
    Colleague,
    a_colleague,
    begin_joining,
    code,
    invite,
    sign_in,
    type_code,
    type_password,
)
from tests.support.readers import rows

if TYPE_CHECKING:
    import requests

    from tests.services import Service

OTHER = "nine slow orange tractors"
WRONG = "wrong wrong wrong"
ACCOUNT = "/staff/account"


def change_password(colleague: Colleague, password: str = PASSWORD, new: str = OTHER) -> requests.Response:
    return colleague.send(f"{ACCOUNT}/password", password=password, new_password=new)


def change_codes(colleague: Colleague, password: str = PASSWORD, typed: str = "") -> requests.Response:
    typed = typed or code(colleague.secret, steps=1)
    return colleague.send(f"{ACCOUNT}/recovery-codes", password=password, code=typed)


def begin_phone(colleague: Colleague, typed: str = "") -> str:
    """Give both proofs; the new secret."""
    answer = colleague.send(f"{ACCOUNT}/phone", password=PASSWORD, code=typed or code(colleague.secret, steps=1))
    assert answer.headers["Location"] == f"{ACCOUNT}/phone/new", answer.text
    return secret_on(colleague.get(f"{ACCOUNT}/phone/new").text)


def secret_on(page: str) -> str:
    found = re.search(r"secret=([A-Z2-7]{32})", page)
    assert found is not None, page
    return found[1]


def codes_on(answer: requests.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    codes = re.findall(r"<code>([A-Z2-9-]{19})</code>", answer.text)
    assert len(codes) == 10
    return codes


def comes_in(colleague: Colleague, typed: str, password: str = PASSWORD) -> bool:
    """Whether these two proofs sign somebody in."""
    browser = colleague.service.browser()
    if type_password(colleague.service, browser, colleague.email, password).status_code != 303:
        return False
    return type_code(colleague.service, browser, typed).status_code == 303


def test_a_new_password_ends_the_old_one_and_every_other_sign_in(service: Service) -> None:
    here = a_colleague(service, "finance")
    there, stranger = sign_in(here), a_colleague(service, "admin")
    half = service.browser()
    assert type_password(service, half, here.email).status_code == 303
    link = invite(service, here.email, "finance")
    cookie = dict(here.browser.cookies)

    answer = change_password(here)

    assert answer.headers["Location"] == f"{ACCOUNT}?done=password"
    assert "Your password is changed" in here.get(answer.headers["Location"]).text
    assert (here.is_in(), there.is_in(), stranger.is_in()) == (True, False, True)
    earlier = service.browser().get(f"{service.url}/staff", cookies=cookie, allow_redirects=False, timeout=30)
    assert earlier.status_code == 303, "this browser has a new cookie, too"
    assert type_code(service, half, here.recovery_codes[0]).status_code == 401
    assert post(service.browser(), link, {"password": PASSWORD}).status_code == 410, "no mailed link brings it back"
    assert not comes_in(here, here.recovery_codes[0])
    assert comes_in(here, here.recovery_codes[0], OTHER)
    assert lines(service) == [(here.email, "changed password", "staff 1")]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"password": WRONG, "new_password": OTHER}, "This is not your password."),
        ({"new_password": OTHER}, "This is required."),
        ({"password": PASSWORD}, "This is required."),
        ({"password": PASSWORD, "new_password": "elevenchars"}, "at least 12 characters"),
        ({"password": PASSWORD, "new_password": "finance@example.com"}, "This is your address"),
        ({"password": PASSWORD, "new_password": PASSWORD}, "This is the one that you have"),
        ({"password": PASSWORD, "new_password": "x" * 501}, "This is too long"),
    ],
)
def test_a_password_that_cannot_be_changed_says_why(sqlite_service: Service, fields: dict[str, str], said: str) -> None:
    colleague = a_colleague(sqlite_service, "finance")
    before = rows(sqlite_service, StaffMember)[0].password_hash
    answer = colleague.send(f"{ACCOUNT}/password", **fields)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert not any(one in answer.text for one in (PASSWORD, WRONG, OTHER)), "what was typed is not echoed"
    assert rows(sqlite_service, StaffMember)[0].password_hash == before
    assert lines(sqlite_service) == []


@pytest.mark.parametrize("page", ["password", "recovery-codes", "phone"])
def test_fields_that_no_form_has_are_refused(sqlite_service: Service, page: str) -> None:
    colleague = a_colleague(sqlite_service, "finance")
    second = {"new_password": OTHER} if page == "password" else {"code": colleague.recovery_codes[0]}
    answer = colleague.send(f"{ACCOUNT}/{page}", password=PASSWORD, **second, staff_id="1")
    assert answer.status_code == 422
    assert lines(sqlite_service) == []


def test_guesses_at_a_browser_that_was_left_are_counted_with_those_at_the_door(service: Service) -> None:
    colleague = a_colleague(service, "finance")
    statuses = [change_password(colleague, WRONG).status_code for _ in range(3)]
    statuses += [change_codes(colleague, WRONG).status_code for _ in range(2)]
    assert statuses == [422] * 5
    assert change_password(colleague).status_code == 429, "not even the right one is looked at"
    assert type_password(service, service.browser(), colleague.email).status_code == 429
    assert colleague.is_in()


def test_two_who_change_the_password_at_once_do_not_both(service: Service) -> None:
    colleague = a_colleague(service, "finance")
    fields = {"form_key": colleague.form_key, "password": PASSWORD}
    calls = [(colleague, f"{ACCOUNT}/password", {**fields, "new_password": f"{OTHER} {number}"}) for number in (1, 2)]
    statuses = sorted(answer.status_code for answer in at_once(calls))
    assert statuses[0] == 303
    assert statuses[1] in {401, 403}
    assert len(lines(service)) == 1


def test_new_recovery_codes_replace_the_old_ones_and_end_every_other_sign_in(service: Service) -> None:
    here = a_colleague(service, "finance")
    there = sign_in(here)

    fresh = codes_on(change_codes(here))

    assert (here.is_in(), there.is_in()) == (True, False)
    assert not set(fresh) & set(here.recovery_codes)
    assert not comes_in(here, here.recovery_codes[0])
    assert comes_in(here, fresh[0])
    assert lines(service) == [(here.email, "changed recovery codes", "staff 1")]


def test_a_recovery_code_can_be_the_proof_for_new_ones(sqlite_service: Service) -> None:
    colleague = a_colleague(sqlite_service, "finance")
    assert len(codes_on(change_codes(colleague, typed=colleague.recovery_codes[0]))) == 10


def test_the_sixth_code_is_not_looked_at_and_ends_the_sign_in(service: Service) -> None:
    colleague = a_colleague(service, "finance")
    statuses = [change_codes(colleague, typed="000000").status_code for _ in range(3)]
    phone = {"password": PASSWORD, "code": "000000"}
    statuses += [colleague.send(f"{ACCOUNT}/phone", **phone).status_code for _ in range(2)]
    assert statuses == [422] * 5
    assert change_codes(colleague).status_code == 401, "not even the right one"
    assert not colleague.is_in()
    assert comes_in(colleague, colleague.recovery_codes[0]), "those that the member has are good"
    assert lines(service) == []


def test_a_code_that_was_used_is_no_proof(service: Service) -> None:
    colleague = a_colleague(service, "finance")
    assert change_codes(colleague, typed=code(colleague.secret)).status_code == 422, "it was the first code of all"


def test_a_new_phone_counts_once_it_has_shown_a_code_and_not_before(service: Service) -> None:
    here = a_colleague(service, "finance")
    there = sign_in(here)
    secret = begin_phone(here)
    assert (here.is_in(), there.is_in()) == (True, True)
    for wrong in ("000000", "", code(here.secret, steps=1)):
        answer = here.send(f"{ACCOUNT}/phone/new", code=wrong)
        assert (answer.status_code, secret_on(answer.text)) == (422, secret)
    assert comes_in(here, here.recovery_codes.pop()), "what the member has stays good"

    fresh = codes_on(here.send(f"{ACCOUNT}/phone/new", code=code(secret)))

    assert (here.is_in(), there.is_in()) == (True, False)
    assert not comes_in(here, here.recovery_codes[0])
    assert not comes_in(here, code(here.secret, steps=1))
    assert comes_in(here, fresh[0]), "with the password of before"
    assert lines(service) == [(here.email, "changed phone", "staff 1")]
    assert here.get(f"{ACCOUNT}/phone/new").headers["Location"] == f"{ACCOUNT}/phone", "the secret is shown no more"


def test_a_lost_phone_is_replaced_with_a_recovery_code(sqlite_service: Service) -> None:
    colleague = a_colleague(sqlite_service, "editor")
    secret = begin_phone(colleague, colleague.recovery_codes[0])
    codes_on(colleague.send(f"{ACCOUNT}/phone/new", code=code(secret)))
    assert comes_in(colleague, code(secret, steps=1))


def test_the_new_secret_is_for_the_browser_that_gave_the_proofs(service: Service) -> None:
    here = a_colleague(service, "finance")
    there = sign_in(here)
    secret = begin_phone(here)
    assert there.get(f"{ACCOUNT}/phone/new").status_code == 303
    assert there.send(f"{ACCOUNT}/phone/new", code=code(secret)).headers["Location"] == f"{ACCOUNT}/phone"
    for cookie in ("", *here.browser.cookies.values()):
        stranger = service.browser()
        stranger.cookies.set("support_staff_setup", cookie)
        assert stranger.get(f"{service.url}/staff/authenticator", timeout=30).status_code == 410
    shown = {"form_key": here.form_key, "code": code(secret)}
    assert change_password(there).status_code == 303
    assert submit(here, f"{ACCOUNT}/phone/new", shown).status_code == 401, "a new password ends it"
    assert [act for _, act, _ in lines(service)] == ["changed password"]


def told(service: Service) -> list[str]:
    """What members were told to have changed, the first mail first."""
    mails = [mail for mail in rows(service, Mail) if mail.name == "staff_proofs_changed"]
    assert {mail.recipient for mail in mails} <= {"finance@example.com"}
    return [mail.text.partition(" for the staff pages")[0].splitlines()[-1] for mail in mails]


def test_the_member_is_told_of_every_change_and_of_nothing_else(service: Service) -> None:
    here = a_colleague(service, "finance")
    assert change_password(here, WRONG).status_code == 422
    secret = begin_phone(here)
    invitation = invite(service, here.email, "finance")
    assert told(service) == []

    secret = begin_phone(here, here.recovery_codes[0])
    fresh = codes_on(here.send(f"{ACCOUNT}/phone/new", code=code(secret)))
    codes_on(change_codes(here, typed=fresh[0]))
    change_password(here)
    assert told(service) == ["Your phone", "Your recovery codes", "Your password"]

    assert post(service.browser(), invitation, {"password": PASSWORD}).status_code == 410
    browser, secret = begin_joining(service, invite(service, here.email, "finance"))
    codes_on(post(browser, f"{service.url}/staff/authenticator", {"code": code(secret)}))
    assert told(service)[3:] == ["Your password and phone"]


def test_an_admin_may_open_an_invitation_of_somebody_else_while_signed_in(sqlite_service: Service) -> None:
    admin = a_colleague(sqlite_service, "admin")
    link = invite(sqlite_service, "new@example.com", "finance")
    assert post(admin.browser, link, {"password": PASSWORD}).status_code == 303
    page = admin.get("/staff/authenticator").text
    assert 'name="form_key"' not in page
    answer = post(admin.browser, f"{sqlite_service.url}/staff/authenticator", {"code": code(secret_on(page))})
    codes_on(answer)
