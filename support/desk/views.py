"""/staff and /staff/audit: where to go, and what was done."""

from __future__ import annotations

from typing import Annotated

from flask import render_template
from pydantic import Field

from support import guards
from support.accounts.staff.queries import recovery_codes_left
from support.accounts.staff.sign_ins import the_member
from support.audit import lines_before
from support.db import current_database
from support.desk.pages import staff_pages
from support.guards import ROLES
from support.http import Body, read_query

desk = staff_pages("desk")

_LINES = 50


class AuditQuery(Body):
    """GET /staff/audit: `before` is the id of the line above the page."""

    before: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,17}$")] | None = None


@desk.get("/staff")
@guards.staff(*ROLES)
def home() -> str:
    """Where to go."""
    with current_database().reading() as session:
        codes_left = recovery_codes_left(session, the_member().staff_id)
    return render_template("desk/home.html", codes_left=codes_left)


@desk.get("/staff/audit")
@guards.staff("admin")
def audit() -> str:
    """The newest lines, a page at a time: any page takes the same time."""
    query = read_query(AuditQuery)
    with current_database().reading() as session:
        lines = lines_before(session, int(query.before) if query.before else None, _LINES + 1)
    older = lines[_LINES - 1].id if len(lines) > _LINES else None
    return render_template("desk/audit.html", lines=lines[:_LINES], older=older, is_newest=query.before is None)
