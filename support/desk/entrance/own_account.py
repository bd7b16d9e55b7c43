"""/staff/account/…: a member's own password, phone and recovery codes.

Whoever sits down at a browser that somebody has left has neither proof: each of these asks for the password once more,
and what replaces the second proof asks for a code, too. Both are counted like those of a sign-in. Each change ends
every sign-in of the member's, and begins this one anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, render_template, request, url_for

from support import clock, guards
from support.accounts.staff.guessing import count_password, forget_codes, forget_passwords, may_try_code
from support.accounts.staff.invitations import Setup, begin_phone, setup_of
from support.accounts.staff.models import StaffMember
from support.accounts.staff.operations import change_password as change_password_of
from support.accounts.staff.operations import change_recovery_codes
from support.accounts.staff.passwords import hash_password, is_password
from support.accounts.staff.queries import recovery_codes_left
from support.accounts.staff.rules import MIN_PASSWORD, fault_of_password
from support.accounts.staff.second_step import use_code
from support.accounts.staff.sign_ins import begin_sign_in, live_sign_ins, the_member
from support.db import current_database
from support.desk.entrance.forms import NewPasswordBody, PhoneBody, ProofsBody
from support.desk.entrance.joining import end_setup, secret_page
from support.desk.pages import staff_pages
from support.errors import FieldError, InvalidInput, StaffSignInRequired
from support.guards import ROLES
from support.http import read_body, see_other

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

own_account = staff_pages("own_account")


@own_account.get("/staff/account")
@guards.staff(*ROLES)
def account() -> str:
    """What the member signs in with, and ways to change it."""
    staff_id = the_member().staff_id
    with current_database().reading() as session:
        codes_left = recovery_codes_left(session, staff_id)
        browsers = len(live_sign_ins(session, staff_id, clock.now()))
    is_changed = request.args.get("done") == "password"
    return render_template("desk/own_account.html", codes_left=codes_left, browsers=browsers, is_changed=is_changed)


@own_account.get("/staff/account/password")
@guards.staff(*ROLES)
def password() -> Response:
    """Ask for the password of now and the one to come."""
    return _page("own_password", {})


@own_account.post("/staff/account/password")
@guards.staff(*ROLES)
def change_password() -> Response:
    """Another password."""
    now = clock.now()
    try:
        body = read_body(NewPasswordBody)
        _refuse_weak(body)
        kept = _check_password(body.password, now)
    except InvalidInput as error:
        return _page("own_password", _by_field(error))
    chosen = hash_password(body.new_password)
    response = see_other(url_for(".account", done="password"))
    with current_database().transaction() as session:
        member = _lock_member(session, kept)
        forget_passwords(session, member.email)
        change_password_of(session, member, chosen, now)
        begin_sign_in(session, response, member.id, now, now)
    return response


@own_account.get("/staff/account/recovery-codes")
@guards.staff(*ROLES)
def recovery_codes() -> Response:
    """Ask for both proofs before the codes are replaced."""
    return _page("own_recovery_codes", {})


@own_account.post("/staff/account/recovery-codes")
@guards.staff(*ROLES)
def renew_recovery_codes() -> Response:
    """Ten new codes, shown this once."""
    now, response = clock.now(), Response()
    try:
        body, kept = _check_proofs(now)
        with current_database().transaction() as session:
            member = _take_proofs(session, kept, body.code, now)
            codes = change_recovery_codes(session, member, now)
            begin_sign_in(session, response, member.id, now, now)
    except InvalidInput as error:
        return _page("own_recovery_codes", _by_field(error))
    response.set_data(render_template("desk/recovery_codes.html", codes=codes, step=""))
    return response


@own_account.get("/staff/account/phone")
@guards.staff(*ROLES)
def phone() -> Response:
    """Ask for both proofs before a new secret is shown."""
    return _page("own_phone", {})


@own_account.post("/staff/account/phone")
@guards.staff(*ROLES)
def begin_new_phone() -> Response:
    """Make a secret for the new phone. The old one stays good until the new one has proven it."""
    now = clock.now()
    try:
        body, kept = _check_proofs(now)
        with current_database().transaction() as session:
            member = _take_proofs(session, kept, body.code, now)
            begin_phone(session, member.id, _this_browser(), now)
    except InvalidInput as error:
        return _page("own_phone", _by_field(error))
    return see_other(url_for(".new_phone"))


@own_account.get("/staff/account/phone/new")
@guards.staff(*ROLES)
def new_phone() -> Response:
    """Show the secret, to the browser that gave both proofs and to no other."""
    setup = _setup()
    return see_other(url_for(".phone")) if setup is None else secret_page(setup, url_for(".new_phone"))


@own_account.post("/staff/account/phone/new")
@guards.staff(*ROLES)
def prove_new_phone() -> Response:
    """Take the first code of the new secret: from now on it alone counts, and so do ten new recovery codes."""
    setup = _setup()
    if setup is None:
        return see_other(url_for(".phone"))
    return end_setup(setup, PhoneBody, url_for(".new_phone"))


def _check_proofs(now: datetime) -> tuple[ProofsBody, str]:
    """What was sent, and the hash of the password, which is right; the code has been counted, but not looked at."""
    body = read_body(ProofsBody)
    kept = _check_password(body.password, now)
    with current_database().transaction() as session:
        forget_passwords(session, the_member().email)
        is_within = may_try_code(session, the_member(), now)
    if not is_within:
        raise StaffSignInRequired
    return body, kept


def _check_password(typed: str, now: datetime) -> str:
    """The hash of the member's password, if it is this one. Raises InvalidInput; TooManyRequests after many guesses."""
    member = the_member()
    with current_database().transaction() as session:
        count_password(session, member.email, now)
    with current_database().reading() as session:
        kept = session.get_one(StaffMember, member.staff_id).password_hash
    # Outside of any transaction: this takes long.
    if kept is None or not is_password(kept, typed):
        raise InvalidInput([FieldError("password", "This is not your password.")])
    return kept


def _take_proofs(session: Session, kept: str, code: str, now: datetime) -> StaffMember:
    """The member, locked, whose code this is, used up by that. Raises InvalidInput."""
    member = _lock_member(session, kept)
    if use_code(session, member, code, now) is None:
        message = "This code is not right, or it was used before. Wait for the next one."
        raise InvalidInput([FieldError("code", message)])
    forget_codes(session, member.id)
    return member


def _lock_member(session: Session, kept: str) -> StaffMember:
    """The member, whose password has not changed since it was looked at: that would have ended this sign-in, too."""
    member = session.get_one(StaffMember, the_member().staff_id, with_for_update=True)
    if member.password_hash != kept:
        raise StaffSignInRequired
    return member


def _refuse_weak(body: NewPasswordBody) -> None:
    fault = fault_of_password(body.new_password, the_member().email)
    if fault is None and body.new_password == body.password:
        fault = "This is the one that you have. Choose another."
    if fault is not None:
        raise InvalidInput([FieldError("new_password", fault)])


def _setup() -> Setup | None:
    with current_database().reading() as session:
        return setup_of(session, _this_browser(), clock.now())


def _this_browser() -> str:
    """Known to the pages of this sign-in alone."""
    return f"new phone of {the_member().form_key}"


def _page(page: str, errors: dict[str, str]) -> Response:
    return Response(render_template(f"desk/{page}.html", errors=errors, least=MIN_PASSWORD), 422 if errors else 200)


def _by_field(error: InvalidInput) -> dict[str, str]:
    return {one.field: one.message for one in error.errors}
