"""What a reader's browser loads, and what a worker process weighs."""

from __future__ import annotations

import gzip
from itertools import repeat
from typing import TYPE_CHECKING

import requests

from benchmarks.figures import Figure, say
from benchmarks.load import get
from benchmarks.running import bare_server

if TYPE_CHECKING:
    from benchmarks.running import Server


def widget(ours: Server) -> Figure:
    """The script as it is served."""
    script = requests.get(f"http://localhost:{ours.port}/widget.js", timeout=10).content
    packed = len(gzip.compress(script, 9))
    return Figure("widget.js, gzip", f"{packed:,} B", f"raw {len(script):,} B", packed / 1024, " KB", 10, is_most=True)


def memory(ours: Server, database_url: str, member_pass: str) -> Figure:
    """A worker of ours that has served, beside bare Flask that has imported the same libraries and served."""
    bare = bare_server(DATABASE_URL=database_url, LIBRARIES="yes")
    with bare.program:
        bare.load(repeat(get("/")), 8, 1)
        asking = get("/api/v1/access?article=/articles/one", Authorization=f"Bearer {member_pass}")
        ours.load(repeat(asking), 8, 1)
        floor, found = bare.resident_mb(), ours.resident_mb()
    say(f"  memory {found:.0f} MB; bare Flask with our libraries {floor:.0f} MB")
    return Figure(
        "memory of a web worker", f"{found:.0f} MB", f"bare, libraries {floor:.0f} MB", found / floor, "x", 1.3,
        is_most=True,
    )  # fmt: skip
