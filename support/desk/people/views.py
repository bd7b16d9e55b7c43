"""Supporters: found by address, and everything that happened to one. Whoever looks leaves a line in the audit."""

from __future__ import annotations

from flask import render_template, request

from support import guards
from support.audit import record, record_look
from support.db import current_database
from support.desk.pages import ID, staff_pages
from support.desk.people.forms import SearchForm, TimelineQuery
from support.desk.people.queries import whole_supporter
from support.errors import InvalidInput, NotFound
from support.finance.supporters.queries import supporters
from support.http import Body, read_body, read_query

people = staff_pages("people")


@people.get("/finance/supporters")
@guards.staff("finance", "admin")
def search() -> str:
    """The search. It is sent as a form, so that addresses are in no log and no browser's history."""
    read_query(Body)  # nothing at all
    return render_template("desk/supporters.html", sought="")


@people.post("/finance/supporters")
@guards.staff("finance", "admin")
def find() -> tuple[str, int]:
    """A page of those who were found, the newest first."""
    typed = request.form.get("sought", "")[:320]
    try:
        form = read_body(SearchForm)
        with current_database().transaction() as session:
            record(session, "searched supporters", "supporters", form.sought)
            page = supporters(session, form.sought, form.after)
    except InvalidInput as error:
        return render_template("desk/supporters.html", sought=typed, errors=error.errors), 422
    return render_template("desk/supporters.html", sought=form.sought, page=page), 200


@people.get(f"/finance/supporters/<{ID}:supporter_id>")
@guards.staff("finance", "admin")
def supporter(supporter_id: int) -> str:
    """One supporter: everything that happened, the newest first."""
    after = read_query(TimelineQuery).after
    with current_database().transaction() as session:
        whole = whole_supporter(session, supporter_id, after)
        if whole is None:
            raise NotFound("There is no such supporter.")
        record_look(session, supporter_id, "")
        return render_template("desk/supporter.html", whole=whole, is_first=not after)
