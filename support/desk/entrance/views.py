"""/staff/sign-in, /staff/code, /staff/sign-out, /staff/sign-ins"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, render_template, request, url_for

from support import clock, guards
from support.accounts.staff.guessing import count_password, forget_codes, forget_passwords, may_try_code
from support.accounts.staff.models import StaffMember
from support.accounts.staff.passwords import is_password
from support.accounts.staff.queries import member_of_address
from support.accounts.staff.second_step import use_code
from support.accounts.staff.sign_ins import (
    begin_half,
    begin_sign_in,
    current_member,
    end_sign_in,
    end_sign_ins,
    half_of,
    live_sign_ins,
    the_member,
)
from support.audit import REFUSED, STRANGER, Actor, record
from support.db import current_database
from support.desk.entrance.forms import PasswordBody, StaffCodeBody
from support.desk.pages import ID, staff_pages
from support.errors import InvalidInput
from support.guards import ROLES
from support.http import clear_site_data, read_body, see_other

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.accounts.staff.sign_ins import Half

entrance = staff_pages("entrance")


@entrance.get("/staff/sign-in")
@guards.our_page
def sign_in() -> str | Response:
    """Ask for address and password."""
    if current_member() is not None:
        return see_other(url_for("desk.home"))
    return _sign_in_page({})


@entrance.post("/staff/sign-in")
@guards.our_page
def take_password() -> Response:
    """The first proof. Whoever gives it is not signed in by that; what is wrong, address or password, is not said."""
    try:
        body = read_body(PasswordBody)
    except InvalidInput as error:
        return Response(_sign_in_page({one.field: one.message for one in error.errors}), 422)
    now = clock.now()
    with current_database().transaction() as session:
        count_password(session, body.email, now)
    with current_database().reading() as session:
        member = member_of_address(session, body.email)
    # Outside of any transaction: this takes long, for an address that nobody has as well.
    is_right = is_password(member.password_hash if member else None, body.password)
    if member is None or not is_right:
        with current_database().transaction() as session:
            # For an address that nobody has as well: how long it takes must not say which one it is.
            _record_refusal(session, member.id if member else None, "wrong password")
        return Response(_sign_in_page({"password": "Address or password is not right."}), 422)
    response = see_other(url_for(".code"))
    with current_database().transaction() as session:
        forget_passwords(session, body.email)
        begin_half(session, response, member.id, now)
    return response


@entrance.get("/staff/code")
@guards.our_page
def code() -> str | Response:
    """Ask for the code, in a browser where the password was right."""
    with current_database().reading() as session:
        half = half_of(session, clock.now())
    return see_other(url_for(".sign_in")) if half is None else render_template("desk/code.html", wrong="")


@entrance.post("/staff/code")
@guards.our_page
def take_code() -> Response:
    """The second proof."""
    try:
        typed = read_body(StaffCodeBody).code
    except InvalidInput:
        return _wrong_code("Type the six digits that your phone shows.")
    now = clock.now()
    response = see_other(url_for("desk.home"))
    with current_database().transaction() as session:
        half = half_of(session, now)
        if half is None:
            return _begin_anew()
        if not may_try_code(session, half, now):
            _record_refusal(session, half.staff_id, "too many codes")
            return _begin_anew()
        is_right = _take_code(session, response, half, typed, now)
    return (
        response if is_right else _wrong_code("This code is not right, or it was used before. Wait for the next one.")
    )


@entrance.post("/staff/sign-out")
@guards.staff(*ROLES)
def sign_out() -> Response:
    """Sign this browser out."""
    response = _goodbye()
    with current_database().transaction() as session:
        record(session, "signed out", f"staff {the_member().staff_id}")
        end_sign_in(session, response, clock.now())
    return response


@entrance.get("/staff/sign-ins")
@guards.staff(*ROLES)
def sign_ins() -> str:
    """The browsers in which the member is signed in."""
    member = the_member()
    with current_database().reading() as session:
        found = live_sign_ins(session, member.staff_id, clock.now())
    return render_template("desk/sign_ins.html", sign_ins=found, here=member.sign_in_id)


@entrance.post(f"/staff/sign-ins/<{ID}:sign_in_id>/end")
@guards.staff(*ROLES)
def end_one(sign_in_id: int) -> Response:
    """Sign one browser of the member's out; another member's is not found."""
    staff_id = the_member().staff_id
    with current_database().transaction() as session:
        if end_sign_ins(session, staff_id, clock.now(), sign_in_id=sign_in_id):
            record(session, "ended sign-in", f"staff {staff_id}")
    return see_other(url_for(".sign_ins"))


@entrance.post("/staff/sign-out-everywhere")
@guards.staff(*ROLES)
def sign_out_everywhere() -> Response:
    """Sign the member out in every browser."""
    response, now, staff_id = _goodbye(), clock.now(), the_member().staff_id
    with current_database().transaction() as session:
        record(session, "signed out everywhere", f"staff {staff_id}")
        end_sign_ins(session, staff_id, now)
        end_sign_in(session, response, now)
    return response


def ask_staff_to_sign_in() -> Response:
    """Whoever needs to sign in first is led there; a form that was sent is not lost silently."""
    if request.method in {"GET", "HEAD"}:
        return see_other(url_for("entrance.sign_in"))
    return Response(render_template("desk/error.html", status=401, detail="", errors=()), 401)


def _take_code(session: Session, response: Response, half: Half, typed: str, now: datetime) -> bool:
    member = session.get_one(StaffMember, half.staff_id, with_for_update=True)
    how = use_code(session, member, typed, now)
    if how is None:
        _record_refusal(session, member.id, "wrong code")
        return False
    forget_codes(session, member.id)
    begin_sign_in(session, response, member.id, half.password_at, now)
    record(session, "signed in", f"staff {member.id}", f"with {how}", by=Actor(member.id, member.email))
    return True


def _record_refusal(session: Session, staff_id: int | None, why: str) -> None:
    record(session, REFUSED, "nobody" if staff_id is None else f"staff {staff_id}", why, by=STRANGER)


def _sign_in_page(errors: dict[str, str]) -> str:
    return render_template("desk/sign_in.html", errors=errors, email=request.form.get("email", ""))


def _wrong_code(wrong: str) -> Response:
    return Response(render_template("desk/code.html", wrong=wrong), 422)


def _begin_anew() -> Response:
    wrong = "That took too long, or too many codes were wrong. Please begin again."
    return Response(_sign_in_page({"password": wrong}), 401)


def _goodbye() -> Response:
    response = see_other(url_for(".sign_in"))
    clear_site_data(response)
    return response
