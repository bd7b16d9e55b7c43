"""`flask gate …`, `flask keys …`, `flask passes …`"""

from __future__ import annotations

from pathlib import Path

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import AppGroup

from support import clock
from support.access.forms import GateFile
from support.access.keys import add_signing_key
from support.access.models import ApiKey
from support.access.operations import add_api_key, load_gate, revoke_api_key
from support.content import read_content
from support.db import current_database

gate_commands = AppGroup("gate", help="Which articles open to whom.")
key_commands = AppGroup("keys", help="API keys of the newsroom's servers.")
pass_commands = AppGroup("passes", help="The keys that sign passes.")


@gate_commands.command("load")
@click.argument("file", type=click.Path(path_type=Path))
def load(file: Path) -> None:
    """Put the rules of FILE in force; every process follows within two seconds."""
    content = read_content(file, GateFile)
    with current_database().transaction() as session:
        version = load_gate(session, content, clock.now())
    click.echo(f"version {version}: {len(content.rule)} rules, otherwise {content.default}")


@key_commands.command("add")
@click.argument("name")
def add(name: str) -> None:
    """Make a key for the server NAME and show it, this once."""
    with current_database().transaction() as session:
        key = add_api_key(session, name[:100], clock.now())
    click.echo(key)


@key_commands.command("list")
def list_keys() -> None:
    """Every key: its prefix, name, and since when it is revoked."""
    with current_database().reading() as session:
        for key in session.scalars(sa.select(ApiKey).order_by(ApiKey.id)):
            state = f"revoked {key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else "live"
            click.echo(f"{key.prefix}  {key.created_at:%Y-%m-%d}  {state}  {key.name}")


@key_commands.command("revoke")
@click.argument("prefix")
def revoke(prefix: str) -> None:
    """End the key with this PREFIX at once."""
    with current_database().transaction() as session:
        is_ended = revoke_api_key(session, prefix, clock.now())
    if not is_ended:
        raise click.ClickException(f"no live key has the prefix {prefix}")
    click.echo("revoked")


@pass_commands.command("rotate")
def rotate() -> None:
    """Sign passes with a new key from now on; the old one verifies for half an hour more."""
    with current_database().transaction() as session:
        kid = add_signing_key(session, current_app.extensions["settings"], clock.now())
    click.echo(kid)
