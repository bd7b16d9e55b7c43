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
        self._offset = float(store.setting("clock_offset", "0"))
        self.write()

    @property
    def offset(self) -> float:
        """Seconds ahead of wall time."""
        return int(self._offset) if self._offset.is_integer() else self._offset

    def now(self) -> int:
        return int(self.exact())

    def exact(self) -> float:
        return time.time() + self._offset

    def move(self, offset: float) -> None:
        """Be so many seconds ahead from now on. Never goes back. Inside a transaction; `write` after it."""
        self._offset = max(self._offset, float(offset))
        self._store.set("clock_offset", str(self._offset))

    def write(self) -> None:
        """Replace the clock file in one step, so that its readers never see half a number."""
        if self._file:
            fresh = self._file.with_name(self._file.name + ".new")
            fresh.write_text(f"{self.offset}\n")
            fresh.replace(self._file)
