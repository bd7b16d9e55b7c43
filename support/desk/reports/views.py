"""/finance and its reports: one view and one template for every report there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, render_template

from support import clock, guards
from support.accounts.staff.sign_ins import the_member
from support.db import current_database
from support.desk.charts import drawn
from support.desk.exporting import ExportForm, send
from support.desk.figures import LOCALE
from support.desk.pages import staff_pages
from support.desk.reports.bar import filter_bar, today_here, without_empty
from support.desk.reports.queries import glance_at
from support.desk.reports.tables import shown
from support.errors import Forbidden, NotFound
from support.finance.exports import JOURNAL
from support.finance.reports import REPORTS
from support.finance.reports.forms import FilterQuery, check_filters
from support.http import read_body, read_query, see_other

if TYPE_CHECKING:
    from support.finance.reports import Kind

reports = staff_pages("reports")

# Every report, and what the accountants get of the same ledger.
_KINDS = {**REPORTS, JOURNAL.name: JOURNAL}
# What editors see of the figures: their own articles and campaigns.
FOR_EDITORS = ("articles",)
_MONEY_ROLES = ("finance", "admin")


@reports.get("/finance")
@guards.staff("finance", "editor", "admin")
def overview() -> Response | tuple[str, int]:
    """What needs somebody, the figures of the period beside those before, and every report there is."""
    if not _may_see_money():
        return render_template("desk/reports.html", kinds=_open_kinds()), 200
    with current_database().reading() as session:
        glance = glance_at(session, clock.now())
    return _page("desk/overview.html", REPORTS["overview"], glance=glance)


@reports.get("/finance/reports/<name>")
@guards.staff("finance", "editor", "admin")
def report(name: str) -> Response | tuple[str, int]:
    """A report under the filters of the address; with a bad one, what is wrong with it and no figures."""
    return _page("desk/report.html", _kind(name))


@reports.post("/finance/reports/<name>")
@guards.staff("finance", "editor", "admin")
def export(name: str) -> Response:
    """The report as a file, under the filters of the address."""
    kind, form = _kind(name), read_body(ExportForm)
    with current_database().reading() as session:
        filters = check_filters(session, read_query(FilterQuery), *today_here(), kind.takes)
    return send(kind, filters, form)


def _page(template: str, kind: Kind, **more: object) -> Response | tuple[str, int]:
    if (shorter := without_empty()) is not None:
        return see_other(shorter)
    _today, zone = today_here()
    with current_database().snapshot() as session:
        bar = filter_bar(session, kind)
        more |= {"kind": kind, "kinds": _open_kinds(), "bar": bar}
        if bar.filters is None:
            return render_template(template, **more), 422
        built = kind.build(session, bar.filters)
        tables = [shown(table, zone, may_open=_may_see_money()) for table in built.tables]
    charts = drawn(built.charts, LOCALE)
    return render_template(template, report=built, tables=tables, charts=charts, **more), 200


def _kind(name: str) -> Kind:
    kind = _KINDS.get(name)
    if kind is None:
        raise NotFound("There is no such report. The overview lists all of them.")
    if kind not in _open_kinds():
        raise Forbidden("Your role does not open this report. An admin can change it.")
    return kind


def _open_kinds() -> list[Kind]:
    return [kind for kind in _KINDS.values() if _may_see_money() or kind.name in FOR_EDITORS]


def _may_see_money() -> bool:
    return the_member().role in _MONEY_ROLES
