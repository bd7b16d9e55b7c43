"""Figures that leave as a file: who took what, and how many rows of it, is in the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from flask import current_app
from pydantic import Field

from support.accounts.staff.sign_ins import current_actor
from support.audit import record
from support.db import current_database
from support.desk.pages import StaffBody
from support.finance.exports.responses import as_response
from support.finance.exports.shape import Wanted

if TYPE_CHECKING:
    from flask import Flask, Response

    from support.finance.exports.shape import Source
    from support.finance.reports.filters import Filters


class ExportForm(StaffBody):
    """Which file: CSV holds one table, the others hold all."""

    file: Literal["csv", "json", "xlsx"]
    table: str = Field("", max_length=60)


def send(source: Source, filters: Filters, form: ExportForm) -> Response:
    """The file. One line in the audit says that it was begun, before anything leaves, and one what has left."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  # the proxy's own way
    database, actor = current_database(), current_actor()
    about = f"{source.name} {form.table}".strip()
    asked = ", ".join(f"{name} {value}" for name, value in filters.opens().items())

    def ended(rows: int) -> None:
        # The request is over by then, and with it whoever asked.
        with app.app_context(), database.transaction() as session:
            record(session, "exported", about, f"{rows} rows as {form.file}", by=actor)

    response = as_response(Wanted(source, filters, form.file, form.table or None), ended)
    with database.transaction() as session:
        record(session, "began export", about, f"{form.file}: {asked}")
    return response
