"""What can be made to go wrong, until it is cleared or the stand-in starts again.

API faults strike only Stripe's API, never the pages or the control.
"""

import secrets
from dataclasses import asdict, dataclass, fields
from typing import Any

CHANCE = secrets.SystemRandom()
REASONS = (
    "global-rate",
    "endpoint-rate",
    "global-concurrency",
    "endpoint-concurrency",
    "resource-specific",
    "none",
    "lock_timeout",
)
LONGEST = {"api_delay": 120, "webhook_delay": 120, "late_bt": 30 * 86400}


class BadField(ValueError):
    """A control or form field that cannot be taken: which one, and why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


@dataclass(frozen=True)
class Faults:
    """Rates are probabilities (0 to 1), delays seconds.

    late_bt: seconds of the account's clock from a charge to its balance transaction (0: half a second).
    webhook_never: the event is not even made. webhook_drop: it is listed, but never delivered.
    webhook_stale: the event shows the object as it was before the change. webhook_rolled: two signatures, one of them
    by another secret.
    api_reason: why 429, in its header; "none" leaves the header out, "lock_timeout" is an object's lock.
    api_status and api_reset strike a share api_rate of all calls; with api_after only once the call has taken effect.
    """

    late_bt: float = 0
    webhook_duplicate: float = 0
    webhook_shuffle: bool = False
    webhook_drop: float = 0
    webhook_never: float = 0
    webhook_delay: float = 0
    webhook_stale: float = 0
    webhook_wrong_secret: float = 0
    webhook_rolled: bool = False
    api_status: int | None = None
    api_reason: str = "global-rate"
    api_rate: float = 1
    api_delay: float = 0
    api_after: bool = False
    api_reset: bool = False

    @classmethod
    def parse(cls, given: dict[str, Any]) -> "Faults":
        """From JSON: unknown names and values out of bounds raise BadField."""
        known = {field.name for field in fields(cls)}
        for name, value in given.items():
            if name not in known:
                raise BadField(name, f"unknown; known are {', '.join(sorted(known))}")
            _require(name, value)
        return cls(**given)

    def set_now(self) -> dict[str, Any]:
        """The switches that differ from their defaults."""
        return {name: value for name, value in asdict(self).items() if value != getattr(Faults, name)}

    def strikes_api(self) -> bool:
        return (self.api_status is not None or self.api_reset) and happens(self.api_rate)


def happens(probability: float) -> bool:
    return CHANCE.random() < probability


def _require(name: str, value: Any) -> None:
    if isinstance(getattr(Faults, name), bool):
        if not isinstance(value, bool):
            raise BadField(name, "must be true or false")
    elif name == "api_status":
        if not is_number(value) or not isinstance(value, int) or not 400 <= value <= 599:
            raise BadField(name, "must be an HTTP status from 400 to 599")
    elif name == "api_reason":
        if value not in REASONS:
            raise BadField(name, f"must be one of {', '.join(REASONS)}")
    elif name in LONGEST:
        if not is_number(value) or not 0 <= value <= LONGEST[name]:
            raise BadField(name, f"must be seconds, 0 to {LONGEST[name]}")
    elif not is_number(value) or not 0 <= value <= 1:
        raise BadField(name, "must be a probability, 0 to 1")


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
