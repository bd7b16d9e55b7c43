"""The stand-in's time: wall time plus an offset that only grows.

`created`, periods and expiry follow it. Signatures and retries of webhooks keep wall time: a signature dated ahead or
behind would not pass the receiver's tolerance.
"""

import time
from pathlib import Path

from demo.stripe.store import Store


class Clock:
    def __init__(self, store: Store, file: Path | None) -> None:
        self._store = store
        self._file = file
        self._write()

    @property
    def offset(self) -> float:
        """Seconds ahead of wall time."""
        seconds = float(self._store.setting("clock_offset", "0"))
        return int(seconds) if seconds.is_integer() else seconds

    def now(self) -> int:
        return int(time.time() + self.offset)

    def exact(self) -> float:
        return time.time() + self.offset

    def advance(self, seconds: float) -> None:
        self._store.set("clock_offset", str(self.offset + seconds))
        self._write()

    def _write(self) -> None:
        """Replace the clock file in one step, so that its readers never see half a number."""
        if self._file:
            fresh = self._file.with_name(self._file.name + ".new")
            fresh.write_text(f"{self.offset}\n")
            fresh.replace(self._file)
