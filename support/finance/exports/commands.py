"""`flask report`"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import click
from flask import current_app
from flask.cli import with_appcontext

from support import clock
from support.db import current_database
from support.errors import InvalidInput
from support.finance.exports import JOURNAL, SOURCES
from support.finance.exports.files import MEDIA_TYPES, pieces
from support.finance.exports.forms import read_mapping
from support.finance.exports.shape import Tally, Wanted
from support.finance.reports.forms import FilterQuery, check_filters
from support.http import checked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from config.settings import Settings
    from support.finance.exports.forms import JournalMapping
    from support.finance.exports.shape import FileFormat, Source


@click.command("report")
@click.argument("name", required=False)
@click.option("--list", "is_list", is_flag=True, help="Name every report.")
@click.option("--from", "from_", default="", metavar="DAY", help="First day, such as 2026-01-31.")
@click.option("--to", default="", metavar="DAY", help="Last day, included.")
@click.option("--currency", default="", help="Such as EUR.")
@click.option("--campaign", default="")
@click.option("--plan", default="", metavar="CAMPAIGN/PLAN")
@click.option("--country", default="", help="Such as DE.")
@click.option("--article", default="", metavar="ADDRESS")
@click.option("--format", "file_format", type=click.Choice(list(MEDIA_TYPES)), default="csv", show_default=True)
@click.option("--table", help="Of a report with several, the table of a CSV file; without it, the first.")
@click.option("--mapping", help="xero, quickbooks or a file: how an accounting program wants the journal.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="A file; without it, standard output.")
@with_appcontext
def report_command(name: str | None, *, is_list: bool, output: Path | None, **options: str | None) -> None:
    """The report NAME as a file; without days, the twelve months that end with this one."""
    if is_list or name is None:
        click.echo("\n".join(f"{source.name:<20}{source.title}" for source in SOURCES.values()))
        return
    if name not in SOURCES:
        raise click.BadParameter(f"there is no report {name}; `flask report --list` names them all", param_hint="NAME")
    try:
        _write(SOURCES[name], options, output)
    except InvalidInput as error:
        raise click.ClickException("; ".join(f"--{one.field}: {one.message}" for one in error.errors)) from None


def _write(source: Source, options: dict[str, str | None], output: Path | None) -> None:
    settings: Settings = current_app.extensions["settings"]
    file_format = cast("FileFormat", options.pop("file_format"))
    table, mapping = options.pop("table"), _mapping(options.pop("mapping"), source, file_format)
    query = checked(FilterQuery, {name.rstrip("_"): text for name, text in options.items()})
    with current_database().snapshot() as session:
        filters = check_filters(session, query, clock.local_day(clock.now()), settings.time_zone, source.takes)
        tally = Tally()
        found = pieces(session, Wanted(source, filters, file_format, table, mapping), tally)
        with _opened(output, file_format) as file:
            file.writelines(found)
    if len(tally.tables) > 1:
        first, *others = tally.tables
        click.echo(f"This is {first}; --table names another: {', '.join(others)}.", err=True)


def _mapping(name: str | None, source: Source, file_format: FileFormat) -> JournalMapping | None:
    if name is None:
        return None
    if source is not JOURNAL or file_format != "csv":
        raise click.ClickException("--mapping: it is for the journal as CSV alone")
    return read_mapping(name)


@contextmanager
def _opened(output: Path | None, file_format: FileFormat) -> Iterator[IO[bytes]]:
    """Where the file goes. `output` appears once it is whole: nobody takes half of it for all."""
    if output is None:
        if file_format == "xlsx" and sys.stdout.isatty():
            raise click.ClickException("--output: name a file; a workbook is nothing to look at in a terminal")
        yield sys.stdout.buffer
        return
    partial = output.with_name(f"{output.name}.partial")
    try:
        with partial.open("wb") as file:
            yield file
        partial.replace(output)
    except OSError as error:
        raise click.ClickException(f"--output: {error.strerror}: {output}") from None
    finally:
        partial.unlink(missing_ok=True)
