"""`flask import-stripe` is killed again and again; in the end nothing is missing, doubled, or somebody else's."""

from __future__ import annotations

import os
import random
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
import sqlalchemy as sa

from support import chores
from support.db import Database
from support.finance.models import LedgerEntry, PayoutItem
from support.payments.models import Refund
from tests.databases import flask
from tests.drills.processes import Program, stand_in_program
from tests.services import StandIn
from tests.support.sync.walking import KEY, differed
from tests.webhooks.rows import rows

if TYPE_CHECKING:
    from collections.abc import Iterator

FOREIGN = 0.3
CHARGES = int(os.environ.get("DRILL_CHARGES", "100000"))


@dataclass(frozen=True)
class Account:
    """A seeded account, what our database is to hold of it, and the command that brings it there."""

    base: str
    environment: dict[str, str]

    def listed(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        """Everything that the stand-in lists there."""
        after: dict[str, str] = {}
        while True:
            answer = requests.get(f"{self.base}/v1/{path}", {"limit": "100", **query, **after}, auth=KEY, timeout=60)
            page = answer.json()
            yield from page["data"]
            if not page["has_more"]:
                return
            after = {"starting_after": page["data"][-1]["id"]}

    @property
    def command(self) -> tuple[str, ...]:
        """The import of our product."""
        product = next(one["id"] for one in self.listed("products") if one["name"] == "Membership")
        return "import-stripe", "--product", product

    def database(self) -> Database:
        return Database(self.environment["DATABASE_URL"])


@contextmanager
def seeded(database_url: str, customers: int, charges: int) -> Iterator[Account]:
    """A past of so many charges, a share of them another application's."""
    stand_in, base = stand_in_program(":memory:")
    with stand_in:
        StandIn(base).control("seed", customers=customers, charges=charges, foreign=FOREIGN)
        environment = {"DATABASE_URL": database_url, "STRIPE_API_BASE": base, "STRIPE_READS_PER_SECOND": "10000"}
        yield Account(base, environment)


def expected(account: Account) -> dict[str, set[str]]:
    """What must be there, by Stripe's ids: worked out from its lists alone, never by our code."""
    product = account.command[-1]
    subscriptions = {
        one["id"]
        for one in account.listed("subscriptions", status="all")
        if one["items"]["data"][0]["price"]["product"] == product
    }
    paid = [
        one
        for one in account.listed("invoices", status="paid", **{"expand[]": "data.payments"})
        if one["parent"]["subscription_details"]["subscription"] in subscriptions
    ]
    gifts = [
        one
        for one in account.listed("checkout/sessions", **{"expand[]": "data.line_items"})
        if one["line_items"]["data"][0]["price"]["product"] == product
    ]
    intents = {one["payments"]["data"][0]["payment"]["payment_intent"] for one in paid}
    intents |= {one["payment_intent"] for one in gifts}
    return {
        "memberships": subscriptions,
        "periods": {one["id"] for one in paid},
        "payments": intents,
        "refunds": {one["id"] for one in account.listed("refunds") if one["payment_intent"] in intents},
        "ledger": {one["id"] for one in account.listed("balance_transactions")},
    }


def found(account: Account) -> dict[str, set[str]]:
    """What is there."""
    database = account.database()
    known = rows(database)
    with database.reading() as session:
        refunds = set(session.scalars(sa.select(Refund.stripe_refund_id)))
        ledger = set(session.scalars(sa.select(LedgerEntry.stripe_balance_transaction_id)))
    database.engine.dispose()
    return {
        "memberships": {one[0] for one in known.memberships},
        "periods": {one[0] for one in known.periods},
        "payments": {one[0] for one in known.payments},
        "refunds": refunds,
        "ledger": ledger,
    }


def missing(account: Account) -> set[str]:
    """The kinds of which something is missing, or there that should not be."""
    wanted, there = expected(account), found(account)
    return {kind for kind in wanted if wanted[kind] != there[kind]}


def import_through_kills(account: Account, kills: int, latest: float) -> int:
    """Kill it so many times, each at a random moment after it has kept a page, then let it end.

    The largest memory that any run had, in kilobytes.
    """
    dice, database = random.Random(3), account.database()  # noqa: S311
    peak, deaths = 0, 0
    for number in range(kills + 1):
        before, end = cursor(database), float("inf")
        with Program("-m", "flask", *account.command, **account.environment) as program:
            while program.process.poll() is None and time.monotonic() < end:
                peak = max(peak, _peak_of(program.process.pid))
                if number < kills and end == float("inf") and cursor(database) != before:
                    end = time.monotonic() + dice.uniform(0, latest)
                time.sleep(0.01)
        deaths += program.process.returncode < 0
        end_lease(database)
    database.engine.dispose()
    assert deaths > 0, "it ended before it could be killed"
    assert program.process.returncode == 0, program.said[-5:]
    return peak


def cursor(database: Database) -> str | None:
    """Where the import stands."""
    with database.reading() as session:
        return chores.cursor_of(session, "import")


def end_lease(database: Database) -> None:
    """As if the fifteen seconds had gone by for which a killed run still holds the import."""
    with database.transaction() as session:
        session.execute(sa.update(chores.Chore).values(leased_until=0))


def _peak_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_an_import_that_is_killed_twice_is_complete(database_url: str) -> None:
    with seeded(database_url, customers=12, charges=60) as account:
        import_through_kills(account, kills=2, latest=0.1)

        assert missing(account) == set()
        again = flask("import-stripe", **account.environment)  # type: ignore[arg-type]  # `folder` is none of them
        assert (again.returncode, differed(again.stdout)) == (0, {}), again.stderr

        # What somebody has taken away is seen: the comparison is no empty one.
        database = account.database()
        with database.transaction() as session:
            session.execute(sa.delete(PayoutItem))
            session.execute(sa.delete(LedgerEntry))
        database.engine.dispose()
        assert missing(account) == {"ledger"}


@pytest.mark.drill
@pytest.mark.timeout(2400)
def test_a_large_import_that_is_killed_is_complete_and_needs_no_more_memory(sqlite_databases: Any) -> None:
    peaks = {}
    for charges in (CHARGES // 10, CHARGES):
        with seeded(sqlite_databases.new(), customers=charges // 10, charges=charges) as account:
            began = time.monotonic()
            peaks[charges] = import_through_kills(account, kills=5, latest=20)
            sys.stdout.write(f"\n{charges} charges: {time.monotonic() - began:.0f} s, {peaks[charges]} kB\n")
            assert missing(account) == set()
    assert peaks[CHARGES] < 1.2 * peaks[CHARGES // 10]
