"""When a failed event is tried again, and when it is parked."""

from __future__ import annotations

from dataclasses import dataclass

_FIRST_PAUSE = 10.0
_LONGEST_PAUSE = 3600.0
_PASSING_LIFE = 3 * 24 * 3600.0
# Four pauses between five tries: within two minutes.
_PAUSES = (2.0, 10.0, 30.0, 60.0)


@dataclass(frozen=True)
class Again:
    """Try once more after this many seconds."""

    seconds: float


@dataclass(frozen=True)
class Park:
    """Give up: visible, replayable, delaying nobody."""


def after_passing_failure(tries: int, failing_for: float) -> Again | Park:
    """Stripe or our own row was not there yet: 10 s to 1 h, for three days.

    `tries` counts this failure; `failing_for` is seconds since the first.
    """
    if failing_for >= _PASSING_LIFE:
        return Park()
    return Again(min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (min(tries, 20) - 1)))


def after_other_failure(tries: int) -> Again | Park:
    """Anything else is a bug or a wrong setting: five tries within two minutes."""
    return Again(_PAUSES[tries - 1]) if tries <= len(_PAUSES) else Park()
