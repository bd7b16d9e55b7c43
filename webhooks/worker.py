"""The worker: claim what waits, make our rows equal Stripe's objects, mark the events in the same transaction."""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import TYPE_CHECKING, Protocol

import psycopg
import sqlalchemy as sa

from support.errors import NotYet, ObjectMissing, StripeUnavailable
from support.sync.flows import sync_now
from support.sync.owners import Foreign
from support.sync.reading import StaleRead
from webhooks.claims import LostClaim, held, is_anything_claimed, next_objects, take_claim
from webhooks.hands import Hands
from webhooks.inbox import CHANNEL
from webhooks.operations import fail, finish

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from support.db import Database
    from support.gateway.client import Gateway
    from webhooks.claims import Claim

log = logging.getLogger(__name__)

_POLL_SECONDS = 1.0
# SQLite tells nobody of a commit; looking is one read of an index.
_SQLITE_POLL_SECONDS = 0.1
_LEASE_POLL_SECONDS = 0.2
THREADS = 8
_LOOKS_FOR = 16
_PASSING = (StripeUnavailable, NotYet, StaleRead, sa.exc.OperationalError)


class Worker:
    """Works until `stop()`; several may run, in as many processes as you like.

    While Stripe thinks about one object, the other threads ask for theirs: one alone would spend most of its time
    waiting, far below STRIPE_READS_PER_SECOND.
    """

    def __init__(self, database: Database, gateway: Gateway, threads: int = THREADS) -> None:
        self._database = database
        self._gateway = gateway
        self._threads = threads
        self._due: deque[str] = deque()
        self._is_stopped = threading.Event()

    def stop(self) -> None:
        """Finish the objects in hand, then return from `run`."""
        self._is_stopped.set()

    def run(self) -> None:
        """Work as events come."""
        alarm: Alarm = PollingAlarm(self._is_stopped) if self._database.is_sqlite else NotifyAlarm(self._database)
        log.info("worker ready")
        with Hands(self._threads, self._work_on_claim) as hands:
            while not self._is_stopped.is_set():
                hands.wait_for_a_free_one()
                try:
                    claim = self._claim_next(at_once=False)
                except sa.exc.OperationalError:
                    log.warning("the database does not answer")
                    self._is_stopped.wait(_POLL_SECONDS)
                    continue
                if claim is not None:
                    hands.give(claim)
                else:
                    alarm.wait()

    def run_once(self) -> None:
        """Everything that waits, without waiting for more of the same object; sits out others' leases."""
        with Hands(self._threads, self._work_on_claim) as hands:
            while not self._is_stopped.is_set():
                hands.wait_for_a_free_one()
                claim = self._claim_next(at_once=True)
                if claim is not None:
                    hands.give(claim)
                elif not hands.wait_until_one_is_done() and not self._sit_out_leases():
                    return

    def _sit_out_leases(self) -> bool:
        """Whether anything is left that waits; if so, after a while in which its lease may end."""
        with self._database.reading() as session:
            # In this order: a lease that ends in between leaves an object that is due.
            is_left = is_anything_claimed(session) or bool(next_objects(session, at_once=True))
        if is_left:
            self._is_stopped.wait(_LEASE_POLL_SECONDS)
        return is_left

    def _claim_next(self, *, at_once: bool) -> Claim | None:
        """A claim on the object that is due longest; None if none is due. One look finds several."""
        while True:
            if not self._due:
                with self._database.reading() as session:
                    self._due.extend(next_objects(session, at_once=at_once, limit=_LOOKS_FOR))
            if not self._due:
                return None
            with self._database.transaction() as session:
                claim = take_claim(session, self._due.popleft())
            if claim is not None:
                return claim

    def _work_on_claim(self, claim: Claim) -> None:
        try:
            with held(self._database, claim):
                self._work_on(claim)
        except LostClaim:
            log.warning("another worker took over", extra={"object": claim.object_key})

    def _work_on(self, claim: Claim) -> None:
        kind, _, stripe_id = claim.object_key.partition(" ")
        try:
            sync_now(self._database, self._gateway, kind, stripe_id, lambda session: finish(session, claim, "handled"))
        except Foreign as error:
            self._ignore(claim, error.detail)
        except ObjectMissing:
            self._ignore(claim, "Stripe has no such object")
        except LostClaim:
            raise
        except _PASSING as error:
            self._failed(claim, error, is_passing=True)
        except Exception as error:  # one poison event must not stop the others
            log.exception("an event could not be handled", extra={"object": claim.object_key})
            self._failed(claim, error, is_passing=False)

    def _ignore(self, claim: Claim, reason: str) -> None:
        self._record(claim, lambda session: finish(session, claim, "ignored", reason))

    def _failed(self, claim: Claim, error: Exception, *, is_passing: bool) -> None:
        reason = type(error).__name__
        log.warning("an event waits", extra={"object": claim.object_key, "reason": reason})
        self._record(claim, lambda session: fail(session, claim, reason, is_passing=is_passing))

    def _record(self, claim: Claim, work: Callable[[Session], None]) -> None:
        """In a transaction of its own: what failed was rolled back."""
        try:
            self._database.transact(work)
        except sa.exc.OperationalError:
            log.warning("a failure could not be recorded; its lease will end", extra={"object": claim.object_key})


class Alarm(Protocol):
    """Wakes the worker."""

    def wait(self) -> None:
        """Return when there may be something to do, at the latest after a second."""


class PollingAlarm:
    """SQLite: look ten times a second."""

    def __init__(self, is_stopped: threading.Event) -> None:
        self._is_stopped = is_stopped

    def wait(self) -> None:
        """See Alarm."""
        self._is_stopped.wait(_SQLITE_POLL_SECONDS)


class NotifyAlarm:
    """PostgreSQL: LISTEN on a connection of its own, and a look every second."""

    def __init__(self, database: Database) -> None:
        self._url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connection: psycopg.Connection | None = None

    def wait(self) -> None:
        """See Alarm."""
        try:
            if self._connection is None:
                self._connection = psycopg.connect(self._url, autocommit=True, connect_timeout=3)
                self._connection.execute(f"LISTEN {CHANNEL}")
                return  # what came before we listened would wait for the next look
            for _ in self._connection.notifies(timeout=_POLL_SECONDS, stop_after=1):
                return
        except psycopg.Error:
            log.warning("cannot listen for events; looking every second")
            self._connection = None
            threading.Event().wait(_POLL_SECONDS)
