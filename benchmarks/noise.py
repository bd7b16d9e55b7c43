"""How much the machine itself varies: the disk's answer to fdatasync, and what others do on these cores."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figures import median

if TYPE_CHECKING:
    from collections.abc import Sequence

_BLOCK = b"x" * 8192


def fdatasync_ms(folder: Path, times: int = 100) -> float:
    """Milliseconds to overwrite 8 KiB and have it on disk; the median."""
    found = []
    path = folder / "probe"
    with path.open("wb", buffering=0) as file:
        for _ in range(times):
            begun = time.perf_counter()
            os.pwrite(file.fileno(), _BLOCK, 0)
            os.fdatasync(file.fileno())
            found.append(1000 * (time.perf_counter() - begun))
    path.unlink()
    return median(found)


def busy_share(seconds: float = 1) -> float:
    """What share of all cores is at work while we do nothing (Linux)."""
    before = _times()
    time.sleep(seconds)
    spent = [after - earlier for after, earlier in zip(_times(), before, strict=True)]
    idle = spent[3] + spent[4]
    return 1 - idle / sum(spent)


def _times() -> Sequence[int]:
    stat = Path("/proc/stat")
    return [int(word) for word in stat.read_text().split("\n")[0].split()[1:9]] if stat.exists() else [1] * 8
