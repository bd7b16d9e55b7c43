"""Merge two supporters: found, shown side by side, then one."""

from __future__ import annotations

from flask import Response, render_template, url_for

from support import clock, guards
from support.audit import record_look
from support.db import current_database
from support.desk.actions.merging.forms import OtherBody
from support.desk.actions.merging.operations import merge
from support.desk.actions.merging.queries import side, supporter_named
from support.desk.actions.queries import find_supporter
from support.desk.pages import ID, ActBody, staff_pages
from support.errors import FieldError, InvalidInput
from support.http import read_body, see_other

merging = staff_pages("merging")


@merging.get(f"/finance/supporters/<{ID}:supporter_id>/merge")
@guards.staff("admin")
def ask(supporter_id: int) -> str:
    """With whom?"""
    return _page(supporter_id, "")


@merging.post(f"/finance/supporters/<{ID}:supporter_id>/merge")
@guards.staff("admin")
def find(supporter_id: int) -> Response:
    """The other one. It is sent as a form, so that addresses are in no log."""
    try:
        other_id = _other(supporter_id, read_body(OtherBody).other)
    except InvalidInput as error:
        return Response(_page(supporter_id, error.errors[0].message), 422)
    return see_other(url_for(".compare", kept_id=supporter_id, merged_id=other_id))


@merging.get(f"/finance/supporters/<{ID}:kept_id>/merge/<{ID}:merged_id>")
@guards.staff("admin")
def compare(kept_id: int, merged_id: int) -> str:
    """Both side by side, and what moves."""
    now = clock.now()
    with current_database().transaction() as session:
        sides = side(session, kept_id, now), side(session, merged_id, now)
        for one in sides:
            record_look(session, one.supporter.id, "to merge")
    is_done = sides[1].supporter.merged_into_id == kept_id
    return render_template("desk/merge_pair.html", kept=sides[0], merged=sides[1], is_done=is_done)


@merging.post(f"/finance/supporters/<{ID}:kept_id>/merge/<{ID}:merged_id>")
@guards.staff("admin")
def merge_them(kept_id: int, merged_id: int) -> Response:
    """One transaction, with its line."""
    read_body(ActBody)
    current_database().transact(lambda session: merge(session, kept_id, merged_id, clock.now()))
    return see_other(url_for(".compare", kept_id=kept_id, merged_id=merged_id))


def _other(supporter_id: int, sought: str) -> int:
    with current_database().reading() as session:
        other_id = supporter_named(session, sought)
    if other_id is None or other_id == supporter_id:
        raise InvalidInput([FieldError("other", "There is no other supporter with this address or number.")])
    return other_id


def _page(supporter_id: int, wrong: str) -> str:
    with current_database().transaction() as session:
        supporter = find_supporter(session, supporter_id)
        record_look(session, supporter_id, "to merge")
    return render_template("desk/merge.html", supporter=supporter, wrong=wrong)
