"""`flask reconcile` finds by Stripe's lists what no event told."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from support import chores, clock
from support.checkout.models import Checkout
from support.finance.models import LedgerEntry
from support.gateway import worker_gateway
from support.leases import LEASE_SECONDS
from support.payments.models import Payment, Refund
from support.sync.models import Difference
from support.sync.walk import Walk
from tests.support.sync.walking import differed, listed, refund, run
from tests.webhooks.between import between
from tests.webhooks.events import stored
from tests.webhooks.rows import forget, rows
from tests.webhooks.workers import asking, impatient

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.services import Service


@pytest.fixture
def unheard(moving_service: Service) -> Service:
    """A member and a donor whose money was refunded in part; no event of it ever reached us."""
    service = moving_service
    member = service.begin(interval="month", amount="10", email="member@example.com", article="/articles/one")
    donor = service.begin(interval="once", amount="50", email="donor@example.com")
    for session_id in (member, donor):
        assert service.stand_in.pay(session_id).status_code == 200
    service.stand_in.control("clock", advance=60)
    charge = listed(service, "charges")[0]["id"]
    refund(service, charge, "500")
    service.stand_in.control("clock", advance=86400)
    service.stand_in.control("payout")
    service.stand_in.control("clock", advance=3 * 86400)
    return service


def test_everything_is_found_and_a_second_run_changes_nothing(unheard: Service) -> None:
    assert rows(unheard.database).payments == []
    code, output = run(unheard, "reconcile")
    assert code == 0, output
    assert differed(output)["checkout_session"] == 2
    found = rows(unheard.database)
    assert len(found.payments) == 2
    assert len(found.periods) == 1
    with unheard.database.reading() as session:
        entries = session.scalars(sa.select(LedgerEntry.stripe_balance_transaction_id)).all()
        refunded = session.scalars(sa.select(Refund.amount_minor)).all()
    assert set(entries) == {one["id"] for one in listed(unheard, "balance_transactions")}
    assert refunded == [500]
    assert run(unheard, "selfcheck") == (0, "everything adds up\n")

    code, output = run(unheard, "reconcile")
    assert (code, differed(output)) == (0, {})
    assert rows(unheard.database) == found
    unheard.deliver()
    assert rows(unheard.database) == found


def test_only_what_was_missed_differs(unheard: Service) -> None:
    unheard.deliver()
    run(unheard, "reconcile")
    before = rows(unheard.database)
    late = unheard.begin(interval="once", amount="25", email="late@example.com")
    unheard.stand_in.pay(late)
    code, output = run(unheard, "reconcile")
    assert code == 0
    assert (differed(output)["checkout_session"], differed(output)["charge"]) == (1, 1)
    assert late in output
    assert len(rows(unheard.database).payments) == len(before.payments) + 1


def test_events_and_lists_leave_the_same_fingerprints(unheard: Service) -> None:
    unheard.deliver()
    assert differed(run(unheard, "reconcile")[1]) == {}


def test_a_run_that_broke_off_goes_on_where_it_stopped(unheard: Service) -> None:
    pages = iter(range(3))

    def stop_at_invoices(_count: int) -> None:
        if next(pages) == 2:
            raise KeyboardInterrupt

    with unheard.app.app_context(), pytest.raises(KeyboardInterrupt), chores.taken(unheard.database, "reconcile"):
        Walk(unheard.database, worker_gateway(), "reconcile", None, stop_at_invoices).run()
    assert len(rows(unheard.database).payments) == 2
    with unheard.database.reading() as session:
        cursor = chores.cursor_of(session, "reconcile")
    assert cursor is not None
    assert cursor.startswith("subscription ")
    code, output = run(unheard, "reconcile")
    assert code == 0
    assert "checkout_session" not in differed(output)


def test_a_run_that_broke_off_at_an_object_that_is_gone_begins_its_list_anew(unheard: Service) -> None:
    with unheard.database.transaction() as session:
        session.add(chores.Chore(name="reconcile", cursor="checkout_session cs_test_gone", leased_until=0))
    code, output = run(unheard, "reconcile")
    assert code == 0, output
    assert differed(output)["checkout_session"] == 2


def test_checkouts_that_a_restored_database_has_lost_are_made_again(unheard: Service) -> None:
    unheard.deliver()
    whole = rows(unheard.database)
    with unheard.database.reading() as session:
        kept = session.execute(sa.select(Checkout.public_id, Checkout.plan_id, Checkout.article)).all()
    forget(unheard.database)
    with unheard.database.transaction() as session:
        session.execute(sa.delete(Checkout))

    assert run(unheard, "backfill")[0] == 0
    unheard.work()
    assert rows(unheard.database).payments == []
    assert "NotYet" in {event.reason for event in stored(unheard).values()}

    assert run(unheard, "reconcile")[0] == 0
    assert rows(unheard.database) == whole
    with unheard.database.reading() as session:
        again = session.execute(sa.select(Checkout.public_id, Checkout.plan_id, Checkout.article)).all()
    assert {tuple(one) for one in again} == {tuple(one) for one in kept}


def test_stripe_away_ends_it_with_one_line_and_keeps_what_was_found(unheard: Service) -> None:
    unheard.stand_in.control("faults", api_status=429)
    with impatient(unheard), unheard.app.app_context():
        code, output = run(unheard, "reconcile")
    assert code == 1
    assert "Stripe does not answer; what was done so far is kept, run it again" in output
    unheard.stand_in.control("faults")
    assert run(unheard, "reconcile")[0] == 0
    with unheard.database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Payment)) == 2


def without_amount(charge: dict[str, Any]) -> None:
    """Nobody can read it."""
    del charge["amount"]


def beyond_every_column(charge: dict[str, Any]) -> None:
    """It can be read, and no database can keep it."""
    charge["amount"] = charge["amount_captured"] = 2**70


@pytest.mark.parametrize("spoil", [without_amount, beyond_every_column])
def test_what_cannot_be_applied_is_named_and_keeps_no_other_away(
    unheard: Service, spoil: Callable[[dict[str, Any]], None]
) -> None:
    late = unheard.begin(interval="once", amount="25", email="late@example.com")
    assert unheard.stand_in.pay(late).status_code == 200
    charges = listed(unheard, "charges")
    bad = charges[1]["id"]

    def spoilt(one: dict[str, Any]) -> dict[str, Any]:
        if one.get("id") == bad:
            spoil(one)
        return one

    with between(unheard.stand_in.base) as stripe, asking(unheard, stripe.base):
        stripe.rewrite = lambda body: json.dumps(json.loads(body, object_hook=spoilt)).encode()
        runs = [run(unheard, "reconcile") for _ in range(2)]

    for code, output in runs:
        assert code == 1, output
        assert output.count("could not be applied, the log says why: ") == 1
        assert f"charge {bad}" in output
    with unheard.database.reading() as session:
        known = set(session.scalars(sa.select(Payment.stripe_charge_id)))
        entries = set(session.scalars(sa.select(LedgerEntry.stripe_balance_transaction_id)))
        failures = session.scalars(sa.select(Difference.stripe_id).where(Difference.word == "failed")).all()
    assert {one["id"] for one in charges} - {bad} <= known
    assert entries == {one["id"] for one in listed(unheard, "balance_transactions")}
    assert failures == [bad] * 2

    assert run(unheard, "reconcile")[0] == 0
    assert run(unheard, "selfcheck") == (0, "everything adds up\n")


@pytest.mark.parametrize("seconds", [3600.0, LEASE_SECONDS])
def test_somebody_else_at_it_ends_it_with_one_line(service: Service, seconds: float) -> None:
    lease(service, seconds)
    renewal = threading.Timer(0.5, lease, (service, LEASE_SECONDS + 2))
    renewal.start()
    code, output = run(service, "reconcile")
    assert (code, "another process is at it" in output) == (1, True)
    renewal.join()


def test_whoever_died_at_it_is_waited_for(service: Service) -> None:
    lease(service, 0.5)
    code, output = run(service, "reconcile")
    assert code == 0, output


def lease(service: Service, seconds: float) -> None:
    """Somebody has the chore for so long from now."""
    taken = chores.Chore(name="reconcile", leased_until=clock.wall_seconds() + seconds)
    with service.database.transaction() as session:
        session.merge(taken)
