"""`flask db …`: the schema, by Alembic; and what commands of other packages share."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from flask import current_app
from flask.cli import AppGroup

from support.chores import taken
from support.db import MIGRATIONS, current_database, load_first_content
from support.errors import ServiceUnavailable, StripeRefused
from support.leases import LEASE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    from alembic.config import Config
    from flask import Flask

    from support.db import Database

db_commands = AppGroup("db", help="The database's schema.")


def alembic_config(database: Database) -> Config:
    """Alembic's settings for our migrations on this database."""
    from alembic.config import Config  # noqa: PLC0415  # 11 MB that no web process needs

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["database"] = database
    return config


def _alembic() -> ModuleType:
    from alembic import command  # noqa: PLC0415  # see alembic_config

    return command


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(db_commands)


@contextmanager
def the_only_one(chore: str) -> Iterator[None]:
    """Do a chore by hand; whoever died at it is waited for, whoever is at it ends the command."""
    with taken(current_database(), chore, patience=LEASE_SECONDS + 1) as is_ours:
        if not is_ours:
            raise click.ClickException("another process is at it")
        yield


@contextmanager
def asking_stripe() -> Iterator[None]:
    """End the command with one line where Stripe does not answer, or says no."""
    try:
        yield
    except ServiceUnavailable as error:
        raise click.ClickException("Stripe does not answer; what was done so far is kept, run it again") from error
    except StripeRefused as error:
        raise click.ClickException(f"Stripe refused: {error.detail}") from error


@contextmanager
def counting(label: str) -> Iterator[Callable[[int], None]]:
    """A progress bar for what nobody knows the length of; call it with how many more there are."""
    with click.progressbar(length=0, label=label, show_pos=True, show_eta=False, show_percent=False) as bar:
        yield bar.update


def upgrade_schema(revision: str = "head") -> None:
    """Bring the schema to `revision`; at the newest, fill tables that are still empty with their first content."""
    _alembic().upgrade(alembic_config(current_database()), revision)
    if revision == "head":
        load_first_content(current_app)


@db_commands.command("upgrade")
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the schema to REVISION (newest) and fill tables that are still empty with their first content."""
    upgrade_schema(revision)


@db_commands.command("downgrade")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Bring the schema back to REVISION (`base`: nothing)."""
    _alembic().downgrade(alembic_config(current_database()), revision)


@db_commands.command("revision")
@click.option("-m", "--message", required=True)
def revision(message: str) -> None:
    """Write a migration for what the models say and the database does not; read it before you commit it."""
    _alembic().revision(alembic_config(current_database()), message, autogenerate=True)


@db_commands.command("check")
def check() -> None:
    """Fail if the models and the newest migration differ."""
    from alembic.util import CommandError  # noqa: PLC0415  # see alembic_config

    try:
        _alembic().check(alembic_config(current_database()))
    except CommandError as error:
        raise click.ClickException(str(error)) from None
