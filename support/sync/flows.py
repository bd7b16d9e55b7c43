"""Read one Stripe object afresh and apply what it is now: the one way, whoever asks."""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from support import clock
from support.errors import ObjectMissing
from support.sync.kinds import KINDS
from support.sync.operations import take_number
from support.sync.owners import Untraced
from support.sync.reading import Reading, StaleRead

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from support.db import Database
    from support.gateway.client import Gateway

_READS = 3


def sync_now(
    database: Database,
    gateway: Gateway,
    kind: str,
    stripe_id: str,
    afterwards: Callable[[Session], None] | None = None,
) -> None:
    """Make our rows equal this object. `afterwards` runs in the transaction that applies it; raising there undoes it.

    Raises Foreign, NotYet, StaleRead (others kept being faster), ObjectMissing, StripeUnavailable or StripeRefused.
    """
    for left in reversed(range(_READS)):
        reading = Reading(database.transact(take_number), clock.now())
        seen = KINDS[kind].read(gateway, stripe_id)
        try:
            try:
                _apply(database, kind, seen, reading, afterwards)
            except Untraced as question:
                traced = replace(seen, intent=gateway.payment_intent(question.stripe_payment_intent_id))
                _apply(database, kind, traced, reading, afterwards)
        except StaleRead:
            if not left:
                raise
        else:
            return


def cancel_membership(
    database: Database, gateway: Gateway, stripe_subscription_id: str, *, is_at_once: bool = False
) -> None:
    """Let it end with the period that is paid for, or at once, and look what Stripe says then. Nothing is paid back.

    Done twice it changes nothing, so its key need not outlive the call; a key kept would give the answer of an earlier
    cancellation to whoever cancels, resumes and cancels again.
    """
    cancel = gateway.cancel_now if is_at_once else gateway.cancel_at_period_end
    with contextlib.suppress(ObjectMissing):  # it has ended already: the look says so
        cancel(stripe_subscription_id, f"cancel-{secrets.token_hex(16)}")
    sync_now(database, gateway, "subscription", stripe_subscription_id)


def _apply(
    database: Database, kind: str, seen: Any, reading: Reading, afterwards: Callable[[Session], None] | None
) -> None:
    def work(session: Session) -> None:
        KINDS[kind].apply(session, seen, reading)
        if afterwards is not None:
            afterwards(session)

    database.transact(work)
