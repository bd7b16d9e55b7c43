"""A whole account: imported, compared again, its events drained, events that never came fetched: each beside the reads
that Stripe allows meanwhile.
"""

from __future__ import annotations

import math
import re
import time
from typing import TYPE_CHECKING

import orjson
import requests

from benchmarks.figures import Figure, say
from support.db import Database
from tests.drills.processes import Program, stand_in_program, worker_program
from tests.services import StandIn
from webhooks.envelopes import open_envelope, row_of
from webhooks.inbox import keep
from webhooks.queries import inbox_health

if TYPE_CHECKING:
    from collections.abc import Sequence

CUSTOMERS, CHARGES = 1000, 10_000
WALKING, DRAINING = 15, 50
# Half of the customers renew once a month: events that Stripe lists and never delivers, to an address where nobody is.
UNHEARD_MONTHS = 6
_NOBODY = ("--webhook", "http://127.0.0.1:9/", "--webhook-secret", "whsec_nobody")
_KEY = ("sk_test_tests", "")


def measure(database_url: str) -> list[Figure]:
    """On an empty database of its own."""
    program, base = stand_in_program(":memory:", *_NOBODY)
    with program:
        stand_in = StandIn(base)
        stand_in.control("seed", customers=CUSTOMERS, charges=CHARGES, foreign=0)
        return [
            _walked(database_url, base, "import-stripe", "--all-products"),
            _walked(database_url, base, "reconcile", "--all"),
            _drained(database_url, base),
            _fetched(database_url, stand_in),
        ]


def _walked(database_url: str, base: str, *command: str) -> Figure:
    seconds, said = _run(database_url, base, *command)
    objects = {kind: int(count) for kind, count in re.findall(r"^(\w+) +(\d+) looked at", said, re.MULTILINE)}
    # A page is a hundred of a kind; a payout that differs is read by itself, and so is what it consists of.
    pages = sum(max(1, math.ceil(count / 100)) for count in objects.values())
    say(f"  {command[0]}: {sum(objects.values())} objects on {pages} pages in {seconds:.1f} s")
    return _figure(f"{command[0]}, pages", pages / seconds, WALKING)


def _run(database_url: str, base: str, *command: str) -> tuple[float, str]:
    """How many seconds a command took, its start included, and what it said."""
    settings = {"DATABASE_URL": database_url, "STRIPE_API_BASE": base, "STRIPE_READS_PER_SECOND": str(WALKING)}
    begun = time.monotonic()
    with Program("-m", "flask", *command, **settings) as program:
        assert program.process.wait() == 0, program.said
        return time.monotonic() - begun, "\n".join(program.said)


def _drained(database_url: str, base: str) -> Figure:
    """One event for each charge: as many reads as events."""
    database = Database(database_url)
    rows = [row_of(open_envelope(event), orjson.dumps(event), is_live=False) for event in _events(base)]
    database.transact(lambda session: keep(session, rows))
    settings = {"DATABASE_URL": database_url, "STRIPE_API_BASE": base, "STRIPE_READS_PER_SECOND": str(DRAINING)}
    begun = time.monotonic()
    with worker_program(**settings):
        while _waiting(database):
            time.sleep(0.2)
        seconds = time.monotonic() - begun
    database.engine.dispose()
    say(f"  {len(rows)} waiting events drained in {seconds:.1f} s, the worker's start included")
    return _figure("waiting events drained", len(rows) / seconds, DRAINING)


def _fetched(database_url: str, stand_in: StandIn) -> Figure:
    stand_in.control("faults", webhook_drop=1)
    for _ in range(UNHEARD_MONTHS):
        stand_in.control("clock", advance=31 * 86400)
    events = len(_ids(stand_in.base, "events", delivery_success="false"))
    seconds, said = _run(database_url, stand_in.base, "backfill")
    say(f"  backfill: {events} undelivered events in {seconds:.1f} s; {said.splitlines()[-1]}, others are of no use")
    return _figure("backfill, pages", math.ceil(events / 100) / seconds, WALKING)


def _events(base: str) -> list[dict[str, object]]:
    return [
        {
            "object": "event",
            "id": f"evt_{charge}",
            "type": "charge.updated",
            "livemode": False,
            "data": {"object": {"object": "charge", "id": charge}},
        }
        for charge in _ids(base, "charges")
    ]


def _ids(base: str, path: str, **query: str) -> Sequence[str]:
    """Of everything that is listed there."""
    found: list[str] = []
    while True:
        after = {"starting_after": found[-1]} if found else {}
        page = requests.get(f"{base}/v1/{path}", {"limit": "100", **query, **after}, auth=_KEY, timeout=30).json()
        found += [one["id"] for one in page["data"]]
        if not page["has_more"]:
            return found


def _waiting(database: Database) -> int:
    with database.reading() as session:
        return inbox_health(session).waiting


def _figure(name: str, rate: float, allowed: int) -> Figure:
    return Figure(name, f"{rate:.1f}/s", f"{allowed} reads/s allowed", rate / allowed, "x", 0.9)
