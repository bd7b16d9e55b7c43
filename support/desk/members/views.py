"""/staff/members: invite, change roles, disable. For admins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, render_template, request, url_for

from support import clock, guards
from support.accounts.forms import mail_address
from support.accounts.staff import queries
from support.accounts.staff.invitations import invite
from support.accounts.staff.models import StaffMember
from support.accounts.staff.operations import add_member
from support.accounts.staff.operations import change_role as change_role_of
from support.accounts.staff.operations import disable as disable_member
from support.db import current_database
from support.desk.members.forms import AgainBody, InviteBody, RoleBody
from support.desk.pages import ID, StaffBody, staff_pages
from support.errors import InvalidInput, NotFound
from support.guards import ROLES
from support.http import read_body, see_other

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

staff_members = staff_pages("staff_members")

_ROLES = (
    ("finance", "Figures, books and exports; supporters and what they paid."),
    ("editor", "What campaigns and articles earned; nothing about one person's money."),
    ("admin", "Everything, staff and the audit as well."),
)
_LANGUAGES = (("en", "English"), ("uk", "Ukrainian"))
# What an address may say has just been done.
_DONE = {
    "invited": "A link is on its way by mail. It works once, for three days.",
    "role": "The role is changed. They were signed out and sign in again with it.",
    "disabled": "Disabled, and signed out everywhere.",
}


@staff_members.get("/staff/members")
@guards.staff("admin")
def members() -> str:
    """Everybody who signs in here, and a form to invite somebody."""
    return _list({})


@staff_members.post("/staff/members")
@guards.staff("admin")
def invite_somebody() -> Response:
    """Mail a link to somebody who is not in the list yet."""
    try:
        body = read_body(InviteBody)
        email = mail_address(body.email)
        now = clock.now()
        with current_database().transaction() as session:
            invite(session, add_member(session, email, body.role, now), body.locale, now)
    except InvalidInput as error:
        return Response(_list({one.field: one.message for one in error.errors}), 422)
    return see_other(url_for(".members", done="invited"))


@staff_members.get(f"/staff/members/<{ID}:staff_id>")
@guards.staff("admin")
def member(staff_id: int) -> str:
    """One member, and what can be changed."""
    return _page(staff_id, "")


@staff_members.post(f"/staff/members/<{ID}:staff_id>/role")
@guards.staff("admin")
def change_role(staff_id: int) -> Response:
    """Another role."""
    role = read_body(RoleBody).role
    try:
        with current_database().transaction() as session:
            change_role_of(session, _find(session, staff_id), role, clock.now())
    except InvalidInput as error:
        return Response(_page(staff_id, error.errors[0].message), 422)
    return see_other(url_for(".member", staff_id=staff_id, done="role"))


@staff_members.post(f"/staff/members/<{ID}:staff_id>/invitation")
@guards.staff("admin")
def invite_again(staff_id: int) -> Response:
    """A new link: to join, or with a new password and phone. What the member has stays good until it is used."""
    locale = read_body(AgainBody).locale
    with current_database().transaction() as session:
        invite(session, _find(session, staff_id), locale, clock.now())
    return see_other(url_for(".member", staff_id=staff_id, done="invited"))


@staff_members.post(f"/staff/members/<{ID}:staff_id>/disable")
@guards.staff("admin")
def disable(staff_id: int) -> Response:
    """Out at once."""
    read_body(StaffBody)
    try:
        with current_database().transaction() as session:
            disable_member(session, _find(session, staff_id), clock.now())
    except InvalidInput as error:
        return Response(_page(staff_id, error.errors[0].message), 422)
    return see_other(url_for(".member", staff_id=staff_id, done="disabled"))


def _find(session: Session, staff_id: int) -> StaffMember:
    found = session.get(StaffMember, staff_id, with_for_update=True)
    if found is None:
        raise NotFound
    return found


def _list(errors: dict[str, str]) -> str:
    with current_database().reading() as session:
        found = queries.members(session)
    return _render("members", members=found, errors=errors, values=request.form)


def _page(staff_id: int, wrong: str) -> str:
    with current_database().reading() as session:
        found = session.get(StaffMember, staff_id)
    if found is None:
        raise NotFound
    return _render("member", member=found, wrong=wrong)


def _render(page: str, **values: Any) -> str:
    done = _DONE.get(request.args.get("done", ""), "")
    return render_template(
        f"desk/{page}.html",
        roles=_ROLES,
        role_names=[(role, role) for role in ROLES],
        languages=_LANGUAGES,
        done=done,
        **values,
    )
