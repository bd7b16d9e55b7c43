"""Chores: what one process of all does from time to time, resumed where a killed run left off.

Packages register theirs at start; the worker does what is due. A command that does the same takes the chore by
`taken`, so that two never do it at once.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Mapped, mapped_column

from support.clock import now, wall_seconds
from support.db import Base, current_database
from support.errors import StripeRefused, StripeUnavailable
from support.leases import LEASE_SECONDS, renewed
from support.sql import insert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from sqlalchemy.orm import Session

    from support.db import Database

log = logging.getLogger(__name__)

_LOOK_SECONDS = 10.0


class Chore(Base):
    """Where a chore stands.

    `leased_until` is in wall seconds since 1970, `done_at` in seconds of its duty's clock; `cursor` is where an
    unfinished run goes on.
    """

    __tablename__ = "chores"

    name: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    leased_until: Mapped[float] = mapped_column(default=0)
    done_at: Mapped[float | None]
    cursor: Mapped[str | None] = mapped_column(sa.String(255))


@dataclass(frozen=True)
class Duty:
    """A chore that the worker does by itself, `every` so many seconds of `clock`; `work` has the app's context."""

    name: str
    every: float
    work: Callable[[], object]
    clock: Callable[[], float]


def init_app(app: Flask) -> None:
    """Begin with no chores."""
    app.extensions["chores"] = Chores(app)


def our_seconds() -> float:
    """Seconds since 1970 of our clock: for what is due by the calendar of money, access and mail."""
    return now().timestamp()


def register_chore(
    app: Flask, name: str, *, every: float, work: Callable[[], object], clock: Callable[[], float] = wall_seconds
) -> None:
    """Let the worker do `work` at start and then `every` so many seconds; of several workers one does it."""
    chores: Chores = app.extensions["chores"]
    chores.duties.append(Duty(name, every, work, clock))


@contextmanager
def taken(
    database: Database, name: str, *, every: float = 0, clock: Callable[[], float] = wall_seconds, patience: float = 0
) -> Iterator[bool]:
    """Whether this process is to do the chore now: nobody is at it, and it was last done `every` seconds ago.

    Waits up to `patience` seconds for the lease of whoever died at it; one that will last longer, or has been renewed
    meanwhile so that it will, is of somebody who lives. The chore is leased until the block ends; one that ends well
    is done, and one that raises leaves its cursor for the next.
    """
    give_up_at = wall_seconds() + patience
    while not (is_ours := database.transact(lambda session: _take(session, name, clock() - every))):
        if wall_seconds() >= give_up_at or database.transact(partial(_leased_until, name=name)) > give_up_at:
            break
        time.sleep(0.2)
    if not is_ours:
        yield False
        return
    with renewed(partial(database.transact, partial(_renew, name=name)), name):
        try:
            yield True
        except BaseException:
            database.transact(lambda session: session.execute(_of(name).values(leased_until=0)))
            raise
    database.transact(lambda session: session.execute(_of(name).values(cursor=None, leased_until=0, done_at=clock())))


def cursor_of(session: Session, name: str) -> str | None:
    """Where an unfinished run goes on; None from the beginning."""
    return session.scalar(sa.select(Chore.cursor).where(Chore.name == name))


def ages(session: Session) -> dict[str, float]:
    """{chore of the worker: seconds since it was last done, by its own clock} of those that ever were."""
    chores: Chores = current_app.extensions["chores"]
    done = {one.name: one.done_at for one in session.scalars(sa.select(Chore))}
    return {one.name: one.clock() - at for one in chores.duties if (at := done.get(one.name)) is not None}


def keep_cursor(session: Session, name: str, cursor: str | None) -> None:
    """Remember how far it got, in the transaction that got there."""
    session.execute(_of(name).values(cursor=cursor))


def begin_anew(session: Session) -> None:
    """Every chore is due, from its beginning: where it stood is of another time."""
    session.execute(sa.update(Chore).values(cursor=None, leased_until=0, done_at=None))


def late_chores(session: Session) -> list[str]:
    """What the worker should have done twice meanwhile, and has not."""
    chores: Chores = current_app.extensions["chores"]
    known = ages(session)
    return [one.name for one in chores.duties if known.get(one.name, math.inf) > max(60, 2 * one.every)]


class Chores:
    """Everything that the worker does by itself."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.duties: list[Duty] = []

    @contextmanager
    def being_done(self) -> Iterator[None]:
        """Do what is due meanwhile, in a thread of this process."""
        is_stopped = threading.Event()
        thread = threading.Thread(target=self._run, args=(is_stopped,), name="chores", daemon=True)
        thread.start()
        try:
            yield
        finally:
            is_stopped.set()
            thread.join(timeout=5)

    def do_due(self) -> None:
        """Do whatever is due now; one that fails keeps none of the others from being done."""
        for duty in self.duties:
            try:
                with self._app.app_context():
                    self._do(duty)
            except (StripeUnavailable, StripeRefused, sa.exc.OperationalError) as error:
                log.warning("a chore must wait", extra={"chore": duty.name, "reason": type(error).__name__})
            except Exception:
                log.exception("a chore failed", extra={"chore": duty.name})

    def _do(self, duty: Duty) -> None:
        with taken(current_database(), duty.name, every=duty.every, clock=duty.clock) as is_ours:
            if is_ours:
                duty.work()

    def _run(self, is_stopped: threading.Event) -> None:
        while not is_stopped.is_set():
            self.do_due()
            is_stopped.wait(_LOOK_SECONDS)


def _take(session: Session, name: str, done_before: float) -> bool:
    session.execute(insert(session, Chore).values(name=name, leased_until=0).on_conflict_do_nothing())
    is_due = sa.or_(Chore.done_at.is_(None), Chore.done_at <= done_before)
    is_free = Chore.leased_until <= wall_seconds()
    free = _of(name).where(is_free, is_due).values(leased_until=wall_seconds() + LEASE_SECONDS)
    return session.execute(free.returning(Chore.name)).one_or_none() is not None


def _leased_until(session: Session, name: str) -> float:
    return session.scalars(sa.select(Chore.leased_until).where(Chore.name == name)).one()


def _renew(session: Session, name: str) -> None:
    session.execute(_of(name).values(leased_until=wall_seconds() + LEASE_SECONDS))


def _of(name: str) -> sa.Update:
    return sa.update(Chore).where(Chore.name == name)
