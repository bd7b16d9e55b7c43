"""POST /webhooks/stripe, acknowledged, from eight clients: beside bare Flask, and SQLite beside PostgreSQL."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

import orjson

from benchmarks.figures import Figure, median, say, spread
from benchmarks.load import load, post
from tests.webhooks.events import an_event, header

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.load import Load
    from benchmarks.running import Server

ROUNDS, SECONDS, CLIENTS = 3, 2.0, 8
AHEAD = 15_000
# As large as Stripe's customer.subscription.updated.
PADDING = "x" * 4800


def measure(postgres: Server, sqlite: Server, bare: Server) -> list[Figure]:
    """Rounds of all three in turn; medians."""
    rounds = [_round(postgres, sqlite, bare) for _ in range(ROUNDS)]
    ratios = [ours.rate / floor.rate for ours, _, floor in rounds]
    tails = [file.percentile(0.99) / ours.percentile(0.99) for ours, file, _ in rounds]
    return [
        Figure(
            "webhook acknowledged, PostgreSQL",
            f"{median([ours.rate for ours, _, _ in rounds]):,.0f}/s",
            f"bare Flask {median([floor.rate for _, _, floor in rounds]):,.0f}/s",
            median(ratios),
            "x",
            0.25,
            spread=spread(ratios),
        ),
        Figure(
            "webhook p99, SQLite",
            f"{median([file.percentile(0.99) for _, file, _ in rounds]):.1f} ms",
            f"PostgreSQL {median([ours.percentile(0.99) for ours, _, _ in rounds]):.1f} ms",
            median(tails),
            "x",
            2,
            is_most=True,
            spread=spread(tails),
        ),
    ]


def _round(postgres: Server, sqlite: Server, bare: Server) -> tuple[Load, Load, Load]:
    floor = load(bare.address, repeat(post("/", _body())), CLIENTS, SECONDS)
    ours = load(postgres.address, _events(), CLIENTS, SECONDS)
    file = load(sqlite.address, _events(), CLIENTS, SECONDS)
    for name, found in (("bare POST", floor), ("PostgreSQL", ours), ("SQLite", file)):
        say(f"  webhook, {name}: {found.rate:,.0f}/s p50 {found.percentile(0.5):.1f} p99 {found.percentile(0.99):.1f} "
            f"ms {dict(found.statuses)}")  # fmt: skip
    return ours, file, floor


def _body() -> bytes:
    return orjson.dumps(an_event(padding=PADDING))


def _events() -> Iterator[bytes]:
    """Signed before the clock runs."""
    return iter([post("/webhooks/stripe", body := _body(), Stripe_Signature=header(body)) for _ in range(AHEAD)])
