"""/finance/statements: find, issue, void and reissue. Whoever looks at one leaves a line in the audit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, render_template, request, url_for

from support import clock, guards
from support.accounts.models import Supporter
from support.accounts.queries import supporter_id_of_address
from support.audit import record
from support.db import current_database
from support.desk.pages import staff_pages
from support.desk.statements.forms import IssueForm, ListingQuery, ReasonForm, SearchForm
from support.errors import FieldError, InvalidInput, NotFound
from support.finance.statements import operations
from support.finance.statements.queries import (
    StatementPage,
    has_changed,
    issued_years,
    sheet_of,
    statement_of,
    statements,
)
from support.finance.statements.rules import FiscalYear
from support.http import read_body, read_query, see_other

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from config.settings import Settings
    from support.finance.statements.models import Statement

staff_statements = staff_pages("staff_statements")

_NUMBER = re.compile(r"[0-9]{1,18}")
_NONE_FOUND = StatementPage((), None)


@staff_statements.get("/finance/statements")
@guards.staff("finance", "admin")
def listing() -> str:
    """Those of a year, or of all years, the newest first."""
    query = read_query(ListingQuery)
    with current_database().reading() as session:
        page = statements(session, int(query.year) if query.year else None, after=query.after)
    return _list(page, year=query.year, is_first=not query.after)


@staff_statements.post("/finance/statements")
@guards.staff("finance", "admin")
def find() -> Response:
    """Those that a number or a part of an address names. It is sent as a form: addresses are in no log."""
    typed = request.form.get("sought", "")[:320]
    try:
        form = read_body(SearchForm)
        with current_database().transaction() as session:
            record(session, "searched statements", "statements", form.sought)
            page = statements(session, None, form.sought, form.after)
    except InvalidInput as error:
        return Response(_list(_NONE_FOUND, sought=typed, errors=_errors(error)), 422)
    return Response(_list(page, sought=form.sought))


@staff_statements.post("/finance/statements/issue")
@guards.staff("finance", "admin")
def issue_one() -> Response:
    """Issue one supporter's statement of a year, or open the one that there is."""
    now = clock.now()
    try:
        form = read_body(IssueForm)
        year = FiscalYear(int(form.year), _settings().fiscal_year_start)
        with current_database().transaction() as session:
            supporter_id = _supporter(session, form.supporter)
            statement = operations.issue(session, supporter_id, year, _settings(), now)
            # One that was there before is only opened.
            if statement.issued_at == now:
                record(session, "issued statement", f"supporter {supporter_id}", statement.name)
    except InvalidInput as error:
        return Response(_list(_NONE_FOUND, values=request.form, errors=_errors(error)), 422)
    return _opened(statement)


@staff_statements.get("/finance/statements/<public_id>")
@guards.staff("finance", "admin")
def statement(public_id: str) -> str:
    """One statement, as its supporter sees it, and what can be done."""
    with current_database().transaction() as session:
        found = _find(session, public_id)
        record(session, "looked at statement", f"supporter {found.supporter_id}", found.name)
        is_outdated = found.voided_at is None and has_changed(session, found, _settings().time_zone)
    return render_template(
        "desk/statement.html",
        statement=found,
        sheet=sheet_of(found),
        recipient=found.supporter.email,
        is_outdated=is_outdated,
    )


@staff_statements.post("/finance/statements/<public_id>/void")
@guards.staff("finance", "admin")
def void(public_id: str) -> Response:
    """Let it count no more; one that is void stays as it is."""
    reason = read_body(ReasonForm).reason
    with current_database().transaction() as session:
        found = _find(session, public_id)
        if operations.void(session, found, reason, clock.now()):
            record(session, "voided statement", f"supporter {found.supporter_id}", f"{found.name}: {reason}")
    return _opened(found)


@staff_statements.post("/finance/statements/<public_id>/reissue")
@guards.staff("finance", "admin")
def reissue(public_id: str) -> Response:
    """Void it and issue what replaces it; done twice, the new one is only opened."""
    reason = read_body(ReasonForm).reason
    now = clock.now()
    with current_database().transaction() as session:
        found = _find(session, public_id)
        new = operations.reissue(session, found, reason, _settings(), now)
        if new.issued_at == now:
            said = f"{found.name} as {new.name}: {reason}"
            record(session, "reissued statement", f"supporter {found.supporter_id}", said)
    return _opened(new)


def _find(session: Session, public_id: str) -> Statement:
    found = statement_of(session, public_id)
    if found is None:
        raise NotFound("There is no such statement.")
    return found


def _supporter(session: Session, text: str) -> int:
    """The supporter of this number or address; of two that were merged, the kept one. Raises InvalidInput."""
    if _NUMBER.fullmatch(text):
        found = session.get(Supporter, int(text))
        supporter_id = (found.merged_into_id or found.id) if found is not None else None
    else:
        supporter_id = supporter_id_of_address(session, text)
    if supporter_id is None:
        raise InvalidInput([FieldError("supporter", "There is no such supporter.")])
    return supporter_id


def _errors(error: InvalidInput) -> dict[str, str]:
    return {one.field: one.message for one in error.errors}


def _list(page: StatementPage, **shown: Any) -> str:
    with current_database().reading() as session:
        years = issued_years(session)
    first_month = _settings().fiscal_year_start
    names = {year: FiscalYear(year, first_month).name for year in years}
    values = {"year": "", "sought": "", "errors": {}, "values": {}, "is_first": True, **shown}
    return render_template("desk/statements.html", page=page, years=names, **values)


def _opened(statement: Statement) -> Response:
    return see_other(url_for(".statement", public_id=statement.public_id))


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
