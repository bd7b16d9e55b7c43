"""When somebody must look at the inbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webhooks.queries import InboxHealth

OLDEST_WAITING_SECONDS = 60.0
# Events come in bursts of about seven, so this is some ten times the usual time between two payments.
_SILENT_GAPS = 60
_SILENT_AT_LEAST = 24 * 3600.0


@dataclass(frozen=True)
class Alarm:
    """Something that needs a person: `what` is wrong, and what to do."""

    name: str
    what: str
    advice: str


def alarms(health: InboxHealth) -> list[Alarm]:
    """What is wrong with the inbox, in English, for operators."""
    found = []
    if health.oldest_waiting > OLDEST_WAITING_SECONDS:
        what = f"Events from Stripe have been waiting for {health.oldest_waiting:.0f} seconds"
        found.append(Alarm("waiting", what, "Look at `flask webhooks failed`, and whether every worker runs."))
    if health.parked:
        what = f"{health.parked} events from Stripe could not be handled and are parked"
        found.append(Alarm("parked", what, "`flask webhooks failed` says why; `flask webhooks replay ID` tries again."))
    if health.silent is not None and health.silent > _longest_silence(health.usual_gap or 0):
        what = f"No event has come from Stripe for {health.silent / 3600:.0f} hours"
        found.append(Alarm("silence", what, "`flask doctor` looks at the endpoint; `flask reconcile` at the account."))
    return found


def _longest_silence(usual_gap: float) -> float:
    return max(_SILENT_AT_LEAST, _SILENT_GAPS * usual_gap)
