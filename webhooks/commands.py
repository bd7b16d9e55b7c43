"""`flask worker`, `flask webhooks …`"""

from __future__ import annotations

import signal

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from support.commands import asking_stripe, counting, the_only_one
from support.db import current_database
from support.emails.delivery import delivering
from support.gateway import worker_gateway
from webhooks.backfill import CHORE, backfill
from webhooks.models import StripeEvent
from webhooks.operations import replay
from webhooks.worker import Worker

webhook_commands = AppGroup("webhooks", help="Events from Stripe.")


@click.command("worker")
@click.option("--once", is_flag=True, help="Work on everything that waits, then exit.")
@with_appcontext
def worker_command(*, once: bool) -> None:
    """Work on events, and send mails, as they come, until SIGTERM or SIGINT."""
    running = Worker(current_database(), worker_gateway())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: running.stop())
    if once:
        running.run_once()
        current_app.extensions["delivery"].deliver_due()
        return
    extensions = current_app.extensions
    with delivering(extensions["delivery"]), extensions["chores"].being_done():
        running.run()


@click.command("backfill")
@with_appcontext
def backfill_command() -> None:
    """Fetch the events of 30 days that Stripe could not deliver; the worker handles them. A second run finds none."""
    is_live = current_app.extensions["settings"].is_live
    with asking_stripe(), the_only_one(CHORE), counting("undelivered events") as count:
        report = backfill(current_database(), worker_gateway(), is_live=is_live, progress=count)
    click.echo(f"{report.looked_at} undelivered events looked at, {report.new} of them new")


@webhook_commands.command("failed")
def failed() -> None:
    """Events that wait for another try or are parked, with the reason."""
    troubled = sa.or_(StripeEvent.state == "parked", sa.and_(StripeEvent.state == "waiting", StripeEvent.tries > 0))
    with current_database().reading() as session:
        for event in session.scalars(sa.select(StripeEvent).where(troubled).order_by(StripeEvent.received_at)):
            click.echo(
                f"{event.stripe_event_id}  {event.state}  tries {event.tries}  {event.type}  "
                f"{event.object_key}  {event.reason}"
            )


@webhook_commands.command("replay")
@click.argument("id")
def replay_event(id: str) -> None:  # noqa: A002  # the name that users see
    """Let the event ID wait again, as if it had just come."""
    with current_database().transaction() as session:
        is_waiting = replay(session, id)
    if not is_waiting:
        raise click.ClickException(f"there is no event {id} that anything follows from")
    click.echo("waiting")
