"""/account/statements and what is below it. No id in an address is believed: each is looked for among one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, render_template, url_for

from support import clock, guards
from support.accounts.sign_ins import the_supporter
from support.clock import local_day
from support.db import current_database
from support.errors import NotFound
from support.finance.statements.operations import issue, renew
from support.finance.statements.queries import has_changed, sheet_of, sheet_so_far, statement_of, years_of
from support.finance.statements.rules import FiscalYear, fiscal_year_of
from support.http import read_body, see_other
from support.i18n import gettext as _
from support.portal.account.statements.forms import YearBody
from support.portal.account.statements.pdf import is_available, write_pdf

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from config.settings import Settings
    from support.finance.statements.models import Statement

statements = Blueprint("statements", __name__)


@statements.get("/account/statements")
@guards.supporter
def years() -> str:
    """The years in which something was paid: what was issued, and what can be."""
    person = the_supporter()
    with current_database().reading() as session:
        found = years_of(session, person.supporter_id, _settings().fiscal_year_start)
    return render_template("account/statements.html", years=found, present=_present_year(), person=person)


@statements.post("/account/statements")
@guards.supporter
def issue_one() -> Response:
    """Issue the statement of a year, or open the one that there is."""
    year = FiscalYear(int(read_body(YearBody).year), _settings().fiscal_year_start)
    with current_database().transaction() as session:
        statement = issue(session, the_supporter().supporter_id, year, _settings(), clock.now())
    return _opened(statement)


@statements.get("/account/statements/so-far")
@guards.supporter
def so_far() -> str:
    """The present year, of which there is no statement yet."""
    person = the_supporter()
    with current_database().reading() as session:
        sheet = sheet_so_far(session, person.supporter_id, _present_year(), _settings().time_zone)
    return render_template("account/statement.html", statement=None, sheet=sheet, recipient=person.email)


@statements.get("/account/statements/<public_id>")
@guards.supporter
def statement(public_id: str) -> str:
    """A statement, to print."""
    person = the_supporter()
    with current_database().reading() as session:
        found = _find(session, public_id)
        is_outdated = found.voided_at is None and has_changed(session, found, _settings().time_zone)
    return render_template(
        "account/statement.html",
        statement=found,
        sheet=sheet_of(found),
        recipient=person.email,
        person=person,
        is_outdated=is_outdated,
        has_pdf=is_available(),
    )


@statements.post("/account/statements/<public_id>/reissue")
@guards.supporter
def reissue_one(public_id: str) -> Response:
    """Void one that does not tell how things are any more, and open the new one."""
    with current_database().transaction() as session:
        renewed = renew(session, _find(session, public_id), _settings(), clock.now())
    return _opened(renewed)


@statements.get("/account/statements/<public_id>/pdf")
@guards.supporter
def pdf(public_id: str) -> Response:
    """The same as a file, where the service can draw one."""
    with current_database().reading() as session:
        found = _find(session, public_id)
    if not is_available():
        raise NotFound(_("There is no such statement."))
    page = render_template(
        "statements/paper.html", statement=found, sheet=sheet_of(found), recipient=the_supporter().email
    )
    response = Response(write_pdf(page), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="statement-{found.name}.pdf"'
    return response


def _find(session: Session, public_id: str) -> Statement:
    found = statement_of(session, public_id, the_supporter().supporter_id)
    if found is None:
        raise NotFound(_("There is no such statement."))
    return found


def _opened(statement: Statement) -> Response:
    return see_other(url_for(".statement", public_id=statement.public_id))


def _present_year() -> FiscalYear:
    return fiscal_year_of(local_day(clock.now()), _settings().fiscal_year_start)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
