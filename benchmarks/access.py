"""GET /api/v1/access with a valid pass, beside bare Flask."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING

from benchmarks.figures import Figure, median, say, spread
from benchmarks.load import get

if TYPE_CHECKING:
    from benchmarks.running import Server

ROUNDS, SECONDS, CONNECTIONS = 3, 2.0, 16


def measure(ours: Server, bare: Server, member_pass: str) -> list[Figure]:
    """Rounds of both in turn; the median of the ratios."""
    asking = get("/api/v1/access?article=/articles/one", Authorization=f"Bearer {member_pass}")
    pairs = []
    for _ in range(ROUNDS):
        floor = bare.load(repeat(get("/")), CONNECTIONS, SECONDS)
        found = ours.load(repeat(asking), CONNECTIONS, SECONDS)
        say(f"  access {found}; bare {floor}")
        pairs.append((found.load, floor.load))
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
