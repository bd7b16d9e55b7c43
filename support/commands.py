"""`flask db …`: the schema, by Alembic."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from alembic import command
from alembic.util import CommandError
from flask import current_app
from flask.cli import AppGroup

from support.db import alembic_config, current_database, load_first_content

if TYPE_CHECKING:
    from flask import Flask

db_commands = AppGroup("db", help="The database's schema.")


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(db_commands)


@db_commands.command("upgrade")
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the schema to REVISION (newest) and fill tables that are still empty with their first content."""
    command.upgrade(alembic_config(current_database()), revision)
    if revision == "head":
        load_first_content(current_app)


@db_commands.command("downgrade")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Bring the schema back to REVISION (`base`: nothing)."""
    command.downgrade(alembic_config(current_database()), revision)


@db_commands.command("revision")
@click.option("-m", "--message", required=True)
def revision(message: str) -> None:
    """Write a migration for what the models say and the database does not; read it before you commit it."""
    command.revision(alembic_config(current_database()), message, autogenerate=True)


@db_commands.command("check")
def check() -> None:
    """Fail if the models and the newest migration differ."""
    try:
        command.check(alembic_config(current_database()))
    except CommandError as error:
        raise click.ClickException(str(error)) from None
