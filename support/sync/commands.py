"""`flask reconcile`, `flask import-stripe`"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click
from flask.cli import with_appcontext

from support import clock
from support.audit import COMMAND_LINE
from support.campaigns.queries import campaign_by_slug, known_campaigns, running_campaign
from support.commands import asking_stripe, counting, the_only_one
from support.db import current_database
from support.gateway import resources, worker_gateway
from support.sync.adopting import NoPlan
from support.sync.importing import everything, survey
from support.sync.operations import admit_products, begin_run, end_run, imported_products
from support.sync.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from support.campaigns.models import Campaign
    from support.sync.importing import Survey
    from support.sync.walk import Report

# Events are kept for thirty days, and a refund may fail as late.
DAYS = 35


@click.command("reconcile")
@click.option("--days", type=click.IntRange(1), default=DAYS, show_default=True, help="How far back to compare.")
@click.option("--all", "is_all", is_flag=True, help="From the account's beginning.")
@click.option("--by", default=COMMAND_LINE, show_default=True, help="Who compares, as the page of differences says.")
@with_appcontext
def reconcile_command(*, days: int, is_all: bool, by: str) -> None:
    """Compare our tables with Stripe's lists and apply what no event told. A second run changes nothing.

    What changes long after it was made, such as subscriptions, is compared whole every time.
    """
    _show(_walk("reconcile", None if is_all else clock.now() - timedelta(days=days), by=by[:100]))


@click.command("import-stripe")
@click.option("--product", "wanted", multiple=True, metavar="ID", help="A product of yours at Stripe; repeatable.")
@click.option("--all-products", is_flag=True, help="Every product of the account is yours.")
@click.option("--campaign", metavar="SLUG", help="Whose plans it comes under; otherwise the running campaign's.")
@click.option("--dry-run", is_flag=True, help="Say what there is and what would be imported; write nothing.")
@with_appcontext
def import_command(*, wanted: tuple[str, ...], all_products: bool, campaign: str | None, dry_run: bool) -> None:
    """Make supporters, memberships, payments and books of what the account holds. A second run changes nothing."""
    chosen = _campaign(campaign)
    if dry_run:
        with asking_stripe(), counting("objects") as count:
            found = survey(worker_gateway(), count)
        _show_survey(found, wanted if not all_products else tuple(found.products))
        return
    products = _products(wanted, all_products=all_products)
    current_database().transact(lambda session: admit_products(session, products, chosen.id))
    _show(_walk("import", None, is_told=False))


def _walk(chore: str, since: datetime | None, *, is_told: bool = True, by: str | None = None) -> Report:
    """`by`: whose run it is that differences are kept under; None: they are not."""
    database = current_database()
    with asking_stripe(), the_only_one(chore), counting("objects") as count:
        run_id = database.transact(lambda session: begin_run(session, by, since, clock.now())) if by else None
        try:
            report = Walk(database, worker_gateway(), chore, since, count, is_told, run_id).run()
        except NoPlan as error:
            raise click.ClickException(error.detail) from error
        if run_id is not None:
            database.transact(lambda session: end_run(session, run_id, clock.now()))
        return report


def _show(report: Report) -> None:
    for kind, found in report.items():
        click.echo(f"{kind:20} {found.looked_at:8} looked at {found.differed:8} differed {found.foreign:8} foreign")
        if found.named:
            click.echo(f"  {' '.join(found.named)}{' …' if found.differed > len(found.named) else ''}")
        if found.waiting:
            click.echo(f"  {found.waiting} are ours and wait for what they belong to")
    click.echo(f"{sum(found.differed for found in report.values())} differed and were applied")
    failed = [f"{kind} {name}" for kind, found in report.items() for name in found.failed]
    if failed:
        raise click.ClickException(f"{len(failed)} could not be applied, the log says why: {', '.join(failed)}")


def _campaign(slug: str | None) -> Campaign:
    found = campaign_by_slug(slug) if slug else running_campaign(clock.now()) or next(iter(known_campaigns()), None)
    if found is None:
        raise click.ClickException(f"there is no campaign {slug or ''}: load one with `flask campaigns load`".strip())
    return found


def _products(wanted: tuple[str, ...], *, all_products: bool) -> Sequence[str]:
    """The ids of the products that are ours. Without any named here, those of an earlier run."""
    if not wanted and not all_products:
        with current_database().reading() as session:
            earlier = imported_products(session)
        if not earlier:
            raise click.ClickException("name your products by --product, or --all-products; --dry-run lists them")
        return earlier
    with asking_stripe():
        known = [product.id for product in everything(worker_gateway(), resources.PRODUCT)]
    missing = sorted(set(wanted) - set(known))
    if missing:
        raise click.ClickException(f"Stripe has no product {missing[0]}")
    return known if all_products else wanted


def _show_survey(found: Survey, wanted: Sequence[str]) -> None:
    for stripe_id, product in found.products.items():
        verdict = "is imported" if stripe_id in wanted else "is left alone"
        click.echo(
            f"{stripe_id}  {product.subscriptions} subscriptions ({product.living} of them live), "
            f"{product.donations} single payments  {verdict}  {product.name}"
        )
    for what, count in found.without.items():
        click.echo(f"{count} {what} name no product: left alone")
    click.echo("nothing was written")
