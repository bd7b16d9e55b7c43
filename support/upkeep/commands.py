"""`flask prune`, `flask erase`, `flask backup`, `flask restore`, `flask doctor`"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError

from support.chores import begin_anew
from support.commands import the_only_one, upgrade_schema
from support.db import current_database
from support.errors import SupportError
from support.gateway import worker_gateway
from support.upkeep.backups import back_up, restore
from support.upkeep.diagnosis import diagnose
from support.upkeep.erase_log import EraseLog
from support.upkeep.erasing import erase, erase_again, find
from support.upkeep.flows import cancel_memberships
from support.upkeep.pruning import CHORE, prune

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.upkeep.erasing import Erasure

_AT_STRIPE = """\
Stripe keeps a copy of its own, with payments and invoices; nothing here deletes it. To do so, open the customer in
Stripe's dashboard and choose "Delete customer": {customers}"""


@click.command("prune")
@with_appcontext
def prune_command() -> None:
    """Let go of what has had its time: raw events after 90 days, sign-ins and proofs that have ended."""
    with the_only_one(CHORE):
        gone = prune(current_database())
    show_counts(gone)


@click.command("erase")
@click.argument("email")
@click.option("--cancel", "may_cancel", is_flag=True, help="End live memberships at Stripe first, at once.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_appcontext
def erase_command(email: str, *, may_cancel: bool, yes: bool) -> None:
    """Forget the supporter with the address EMAIL for good; the books stay."""
    database, log = current_database(), EraseLog(current_app.extensions["settings"])
    with in_one_line():
        supporter_id = find(database, email)
        log.require_writable()
        confirm("Erase this supporter for good? No backup brings anything back.", yes=yes)
        if may_cancel:
            for subscription in cancel_memberships(database, worker_gateway(), supporter_id):
                click.echo(f"canceled {subscription}")
        erasure = erase(database, log, supporter_id)
    _show(erasure)


def _show(erasure: Erasure) -> None:
    click.echo("gone:")
    show_counts(erasure.gone)
    click.echo("stays, for the books, without a name or address:")
    show_counts(erasure.stay)
    if erasure.stripe_customer_ids:
        click.echo(_AT_STRIPE.format(customers=", ".join(erasure.stripe_customer_ids)))


def confirm(question: str, *, yes: bool) -> None:
    """Ask, unless it was answered by --yes; ends the command on anything but a yes."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.ClickException("nobody is here to be asked: say --yes")
    click.confirm(question, abort=True)


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@with_appcontext
def backup_command(file: Path) -> None:
    """Save the whole database into FILE, while the service goes on."""
    with in_one_line():
        back_up(current_database(), file)
    click.echo(f"saved, {file.stat().st_size:,} bytes")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Lose what is in the database now.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_appcontext
def restore_command(file: Path, *, replace: bool, yes: bool) -> None:
    """Bring back the backup FILE, and erase again whoever was erased since. Stop the service and the worker first."""
    database, log = current_database(), EraseLog(current_app.extensions["settings"])
    with in_one_line():
        found = log.read()
        if found.is_cut:
            click.echo("the erase log's last line was never finished: left out", err=True)
        if replace:
            confirm("Lose everything that is in the database now?", yes=yes)
        restore(database, file, may_replace=replace)
        upgrade_schema()
        database.transact(begin_anew)
        count = erase_again(database, log, found.erased)
    click.echo(f"restored; {count} of {len(found.erased)} erased before were in it, and are erased again")
    click.echo("Now run `flask backfill` and `flask reconcile`: they fetch what happened since the backup.")


@click.command("doctor")
@with_appcontext
def doctor_command() -> None:
    """Look at everything that must be right; exit non-zero if something fails."""
    failed = 0
    for finding in diagnose():
        failed += finding.verdict == "FAIL"
        click.echo(f"{finding.verdict:<5} {finding.about}: {finding.words}")
    if failed:
        raise click.ClickException(f"{failed} to put right")


@contextmanager
def in_one_line() -> Iterator[None]:
    """What we raise on purpose ends the command with one line."""
    try:
        yield
    except SupportError as error:
        raise click.ClickException(error.detail or type(error).__name__) from None
    except OperationalError as error:
        raise click.ClickException(f"the database does not answer as it should: {type(error.orig).__name__}") from None


def show_counts(counts: dict[str, int]) -> None:
    """A line for each."""
    for name, count in counts.items():
        click.echo(f"{count:>8}  {name}")
