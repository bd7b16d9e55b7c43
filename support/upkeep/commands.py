"""`flask prune`, `flask erase`"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError

from support.commands import the_only_one
from support.db import current_database
from support.errors import SupportError
from support.gateway import worker_gateway
from support.upkeep.erase_log import EraseLog
from support.upkeep.erasing import erase, find
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
