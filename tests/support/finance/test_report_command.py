"""`flask report`, as an operator types it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.databases import flask
from tests.support.finance.exporting import books, cells_of, records_of, sheets_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.services import Service

DAYS = ("--from", "2026-01-01", "--to", "2026-01-31")


def test_a_report_goes_to_standard_output_or_into_a_file(database_url: str, tmp_path: Path) -> None:
    with books(database_url) as these:
        these.payment(1250)
    shown = flask("report", "payments", *DAYS, "--currency", "EUR", DATABASE_URL=database_url)
    assert shown.returncode == 0, shown.stderr
    assert [row["amount"] for row in records_of(shown.stdout.encode())] == ["12.50"]
    file = tmp_path / "ledger.xlsx"
    done = flask("report", "ledger", *DAYS, "--format", "xlsx", "--output", str(file), DATABASE_URL=database_url)
    assert (done.returncode, done.stdout) == (0, "")
    assert list(sheets_of(file.read_bytes())) == ["About", "Ledger"]
    assert list(tmp_path.iterdir()) == [file]


def test_a_csv_file_is_the_first_table_and_it_is_said_which_there_are_more(sqlite_url: str) -> None:
    with books(sqlite_url) as these:
        these.payment(1250)
    shown = flask("report", "overview", *DAYS, DATABASE_URL=sqlite_url)
    assert shown.returncode == 0, shown.stderr
    assert records_of(shown.stdout.encode())[0]["figure"] == "Income"
    assert shown.stderr == "This is amounts; --table names another: counts.\n"
    other = flask("report", "overview", *DAYS, "--table", "counts", DATABASE_URL=sqlite_url)
    assert (other.stderr, records_of(other.stdout.encode())[0]["figure"]) == ("", "Payments")


def test_the_journal_takes_a_mapping(sqlite_url: str) -> None:
    with books(sqlite_url) as these:
        these.payment(1250)
    done = flask("report", "journal", *DAYS, "--mapping", "xero", DATABASE_URL=sqlite_url)
    assert cells_of(done.stdout.encode())[0][0] == "*Narration"
    own = flask("report", "journal", *DAYS, "--format", "json", DATABASE_URL=sqlite_url)
    assert len(json.loads(own.stdout)["tables"][0]["rows"]) == 3


def test_the_list_names_every_report(sqlite_url: str) -> None:
    done = flask("report", "--list", DATABASE_URL=sqlite_url)
    assert {"income", "payments", "ledger", "journal"} <= {line.split()[0] for line in done.stdout.splitlines()}


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["nothing"], "NAME"),
        (["income", "--from", "yesterday"], "--from"),
        (["income", "--from", "2026-02-01", "--to", "2026-01-01"], "--from"),
        (["income", "--from", "2026-01-31-and-more"], "--from"),
        (["income", "--currency", "euro"], "--currency"),
        (["income", "--campaign", "none"], "--campaign"),
        (["income", "--country", "de"], "--country"),
        (["payouts", "--campaign", "supper"], "--campaign"),
        (["mrr", "--country", "DE"], "--country"),
        (["income", "--format", "pdf"], "--format"),
        (["income", "--table", "none"], "--table"),
        (["income", "--mapping", "xero"], "--mapping"),
        (["journal", "--mapping", "xero", "--format", "json"], "--mapping"),
        (["journal", "--mapping", "nowhere.toml"], "--mapping"),
        (["journal", "--article", "http://localhost:8000/a"], "--article"),
        (["income", "--output", "/nowhere/at/all.csv"], "--output"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else value,
)
def test_bad_input_is_one_line_that_names_the_option(sqlite_service: Service, arguments: list[str], named: str) -> None:
    done = sqlite_service.app.test_cli_runner().invoke(args=["report", *arguments])
    assert isinstance(done.exception, SystemExit)
    assert (done.exit_code != 0, done.stdout) == (True, "")
    *_, line = done.stderr.strip().splitlines()
    assert line.startswith("Error: ")
    assert named in line
    assert line.count(named) == 1, line
