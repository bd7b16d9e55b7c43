"""GET /api/v1/access with a valid pass, beside bare Flask."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

from benchmarks.figures import Figure, median, say, spread
from benchmarks.load import get, load

if TYPE_CHECKING:
    from benchmarks.running import Server

ROUNDS, SECONDS, CONNECTIONS = 3, 2.0, 16


def measure(ours: Server, bare: Server, member_pass: str) -> list[Figure]:
    """Rounds of both in turn; the median of the ratios."""
    asking = get("/api/v1/access?article=/articles/one", Authorization=f"Bearer {member_pass}")
    pairs = []
    for _ in range(ROUNDS):
        floor = load(bare.address, repeat(get("/")), CONNECTIONS, SECONDS)
        found = load(ours.address, repeat(asking), CONNECTIONS, SECONDS)
        say(f"  access {found.rate:,.0f}/s p99 {found.percentile(0.99):.1f} ms {dict(found.statuses)}; bare "
            f"{floor.rate:,.0f}/s p99 {floor.percentile(0.99):.1f} ms")  # fmt: skip
        pairs.append((found, floor))
    ratios = [found.rate / floor.rate for found, floor in pairs]
    return [
        Figure(
            "GET /api/v1/access, valid pass",
            f"{median([found.rate for found, _ in pairs]):,.0f}/s",
            f"bare Flask {median([floor.rate for _, floor in pairs]):,.0f}/s",
            median(ratios),
            "x",
            0.5,
            spread=spread(ratios),
        )
    ]
