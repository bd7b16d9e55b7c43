"""POST /webhooks/stripe, acknowledged, from eight clients: beside bare Flask, and SQLite beside PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING

import orjson

from benchmarks.figures import Figure, median, say, spread
from benchmarks.floor import inserts_per_second
from benchmarks.load import post
from tests.webhooks.events import an_event, header

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.load import Load
    from benchmarks.running import Server

ROUNDS, SECONDS, CLIENTS = 3, 2.0, 8
AHEAD = 15_000
# As large as Stripe's customer.subscription.updated.
PADDING = "x" * 4800


@dataclass(frozen=True)
class _Round:
    ours: Load
    file: Load
    bare: Load
    inserts: float


def measure(postgres: Server, sqlite: Server, bare: Server, postgres_url: str) -> list[Figure]:
    """Rounds of all in turn; medians."""
    rounds = [_round(postgres, sqlite, bare, postgres_url) for _ in range(ROUNDS)]
    rate = f"{median([one.ours.rate for one in rounds]):,.0f}/s"
    ratios = [one.ours.rate / one.bare.rate for one in rounds]
    shares = [one.ours.rate / one.inserts for one in rounds]
    tails = [one.file.percentile(0.99) / one.ours.percentile(0.99) for one in rounds]
    return [
        Figure(
            "webhook acknowledged, PostgreSQL",
            rate,
            f"bare Flask {median([one.bare.rate for one in rounds]):,.0f}/s",
            median(ratios),
            "x",
            0.25,
            spread=spread(ratios),
        ),
        Figure(
            "the same, beside the disk's floor",
            rate,
            f"bare INSERT {median([one.inserts for one in rounds]):,.0f}/s",
            median(shares),
            "x",
            0.45,
            spread=spread(shares),
        ),
        Figure(
            "webhook p99, SQLite",
            f"{median([one.file.percentile(0.99) for one in rounds]):.1f} ms",
            f"PostgreSQL {median([one.ours.percentile(0.99) for one in rounds]):.1f} ms",
            median(tails),
            "x",
            2,
            is_most=True,
            spread=spread(tails),
        ),
    ]


def _round(postgres: Server, sqlite: Server, bare: Server, postgres_url: str) -> _Round:
    floor = bare.load(repeat(post("/", _body())), CLIENTS, SECONDS)
    ours = postgres.load(_events(), CLIENTS, SECONDS)
    file = sqlite.load(_events(), CLIENTS, SECONDS)
    for name, found in (("bare POST", floor), ("PostgreSQL", ours), ("SQLite", file)):
        say(f"  webhook, {name}: {found}")
    inserts = inserts_per_second(postgres_url)
    say(f"  bare INSERT from {CLIENTS} connections: {inserts:,.0f}/s")
    return _Round(ours.load, file.load, floor.load, inserts)


def _body() -> bytes:
    return orjson.dumps(an_event(padding=PADDING))


def _events() -> Iterator[bytes]:
    """Signed before the clock runs."""
    return iter([post("/webhooks/stripe", body := _body(), Stripe_Signature=header(body)) for _ in range(AHEAD)])
