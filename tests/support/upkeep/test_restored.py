"""After a loss: an older backup, backfill and reconcile lead to the rows of a database that never lost anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from demo.stripe.hooks import Hook
from support.finance.models import LedgerEntry
from support.payments.models import Refund
from tests.services import SECRET, running_stand_in
from tests.support.mailbox import running_mailed
from tests.support.sync.walking import differed, listed, refund
from tests.support.upkeep.dumps import places_of
from tests.support.upkeep.people import CANARY, EMAIL, run
from tests.webhooks.rows import rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.services import Service
    from tests.support.mailbox import Mailed

MONTH = 32 * 86400


@pytest.fixture
def moving_kept(database_url: str, tmp_path: Path) -> Iterator[Mailed]:
    """The service with its mailbox, an erase log, and a stand-in of its own, whose webhook nothing reaches."""
    clock_file = tmp_path / "clock"
    with (
        running_stand_in(clock_file, Hook("we_tests", "http://127.0.0.1:9/", SECRET)) as stand_in,
        running_mailed(database_url, stand_in, erase_log=tmp_path / "erase.log", clock_file=clock_file) as running,
    ):
        yield running


def pay(service: Service, interval: str, email: str) -> str:
    session_id = service.begin(interval=interval, amount="50" if interval == "once" else "10", email=email)
    assert service.stand_in.pay(session_id).status_code == 200
    return session_id


def well_done(service: Service, *arguments: str) -> str:
    code, said = run(service, *arguments)
    assert code == 0, said
    return said


def money(service: Service) -> tuple[set[str], set[tuple[str, str]]]:
    """The books' entries and the refunds, by Stripe's ids."""
    with service.database.reading() as session:
        entries = set(session.scalars(sa.select(LedgerEntry.stripe_balance_transaction_id)))
        refunds = session.execute(sa.select(Refund.stripe_refund_id, Refund.status)).all()
    return entries, {(stripe_id, status) for stripe_id, status in refunds}


def live_on(service: Mailed) -> set[str]:
    """What happens after the backup: payments, a refund, an erasure, renewals. The checkouts that begin meanwhile."""
    refund(service, listed(service, "charges")[0]["id"], "500")
    later = {pay(service, "once", "later@example.com"), pay(service, "month", "joined@example.com")}
    service.deliver()
    well_done(service, "erase", EMAIL, "--yes")
    service.stand_in.control("clock", advance=MONTH)
    service.stand_in.control("clock", advance=86400)
    service.deliver()
    well_done(service, "reconcile")
    return later


def checkouts_of(service: Service) -> set[str]:
    return {one[0] for one in rows(service.database).checkouts}


def test_backfill_and_reconcile_bring_an_older_backup_up_to_what_was_lost(moving_kept: Mailed, tmp_path: Path) -> None:
    for interval, email in (("month", "member@example.com"), ("once", EMAIL), ("once", "donor@example.com")):
        pay(moving_kept, interval, email)
    moving_kept.deliver()
    well_done(moving_kept, "backup", str(tmp_path / "older"))
    at_backup = rows(moving_kept.database)
    later = live_on(moving_kept)
    whole, books = rows(moving_kept.database), money(moving_kept)
    assert len(whole.periods) > len(at_backup.periods) + 1, "the membership was renewed"

    assert "1 of 1 erased" in well_done(moving_kept, "restore", str(tmp_path / "older"), "--replace", "--yes")
    well_done(moving_kept, "backfill")
    moving_kept.work()
    assert not later & checkouts_of(moving_kept), "without reconcile these are missing"
    well_done(moving_kept, "reconcile")

    assert rows(moving_kept.database) == whole
    assert money(moving_kept) == books
    assert later <= checkouts_of(moving_kept)
    assert places_of(CANARY, moving_kept.settings.database_url) == []
    assert well_done(moving_kept, "selfcheck") == "everything adds up\n"
    assert differed(well_done(moving_kept, "reconcile")) == {}
