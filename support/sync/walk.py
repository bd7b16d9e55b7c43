"""Go over the whole Stripe account, list by list, and apply what our tables do not say yet.

Events may be lost, or never made; lists are complete. What equals the snapshot that was last applied costs nothing
but its place in a list. A run that was killed goes on where it stopped.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from support import chores, clock
from support.errors import NotYet, StripeUnavailable
from support.finance.operations import record_entries
from support.gateway import resources
from support.gateway.paging import page_after_page, page_behind
from support.sync.adopting import NoPlan
from support.sync.ahead import look_ahead
from support.sync.kinds import KINDS
from support.sync.operations import fingerprint, fingerprints, keep_differences, object_key, take_number
from support.sync.owners import Foreign, Untraced
from support.sync.reading import Reading, StaleRead
from support.together import together

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from sqlalchemy.orm import Session

    from support.db import Database
    from support.gateway.client import Gateway
    from support.gateway.resources import Page, Resource

log = logging.getLogger(__name__)

_NAMED = 20
# Sessions, subscriptions and invoices came first: nothing of ours led to it. It is said before anything is changed.
_FOREIGN = (Foreign, Untraced)
# Nothing wrong with a page: one of it must be undone or waits, a worker was faster, or was in the way.
_AS_PAGE = (*_FOREIGN, NotYet, StaleRead, sa.exc.IntegrityError, sa.exc.OperationalError)
# No object's own fault: the run ends.
_ENDING = (NoPlan, StripeUnavailable, sa.exc.OperationalError)


@dataclass(frozen=True)
class Step:
    """One kind of object. `changes_late`: long after it was made, so that its whole list is gone over every time.

    `begins_silently`: no event that we take tells that it was made, so that a first sight of it is no difference.
    `is_partial`: its list does not say everything of an object, which is then read by itself.
    """

    kind: str
    resource: Resource[Any]
    changes_late: bool = False
    begins_silently: bool = False
    is_partial: Callable[[Any], bool] = lambda _: False


# What others belong to comes first.
STEPS = (
    Step("checkout_session", resources.CHECKOUT_SESSION),
    Step("subscription", resources.SUBSCRIPTION, changes_late=True),
    Step("invoice", resources.INVOICE, is_partial=lambda seen: seen.status == "open"),
    Step("charge", resources.CHARGE),
    Step("refund", resources.REFUND),
    Step("dispute", resources.DISPUTE, changes_late=True),
    Step("fraud_warning", resources.FRAUD_WARNING),
    Step("customer", resources.CUSTOMER, changes_late=True, begins_silently=True),
    Step("payout", resources.PAYOUT, is_partial=lambda seen: seen.is_itemized),
    Step("balance_transaction", resources.BALANCE_TRANSACTION),
)


@dataclass
class Findings:
    """Of one kind: how many were looked at, and how many differed from our tables, the first of them by id.

    `foreign` belong to something else in the account; `waiting` are ours and what they belong to is missing; `failed`,
    by id, could not be read or applied, and the log says why.
    """

    looked_at: int = 0
    foreign: int = 0
    waiting: int = 0
    differed: int = 0
    named: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """What became of some of them."""
        self.failed += [one.stripe_id for one in outcomes if one.word == "failed"]
        self.foreign += sum(one.word == "foreign" for one in outcomes)
        self.waiting += sum(one.word == "waiting" for one in outcomes)
        applied = [one.stripe_id for one in outcomes if one.word == "applied"]
        self.differed += len(applied)
        self.named += applied[: _NAMED - len(self.named)]


@dataclass(frozen=True)
class Outcome:
    """`word`: applied, foreign, waiting, failed, or known (somebody else was faster)."""

    stripe_id: str
    word: str


class _Place(NamedTuple):
    """In the list of a step, behind object `after`; None: at its beginning."""

    step: Step
    after: str | None = None


class _Seen(NamedTuple):
    """A page of a step's list, and the reading under which it was read."""

    step: Step
    page: Page[Any]
    reading: Reading


Report = dict[str, Findings]
# What is kept of which outcome.
_DIFFERENCES = {"applied": "differed", "waiting": "waiting", "failed": "failed"}


@dataclass(frozen=True)
class Walk:
    """One run under the name of a chore, which the caller has taken. `since` None: from the account's beginning.

    `is_told`: supporters are mailed about what it finds to be new. `run_id`: the run of reconcile under which what
    differs is kept; None: it is not.
    """

    database: Database
    gateway: Gateway
    chore: str
    since: datetime | None
    progress: Callable[[int], None] = lambda _: None
    is_told: bool = True
    run_id: int | None = None

    def run(self) -> Report:
        """Go over everything that is left. Raises StripeUnavailable or NoPlan: what was applied so far is kept."""
        with self.database.reading() as session:
            kind, _, after = (chores.cursor_of(session, self.chore) or STEPS[0].kind).partition(" ")
        report: Report = {}
        begin = _Place(next(step for step in STEPS if step.kind == kind), after or None)
        for seen in page_after_page(self._read, begin, _place_after):
            step, page, reading = seen.step, seen.page, seen.reading
            found = report.setdefault(step.kind, Findings())
            found.add(self._compare(step, page.seen, reading) + self._unchanged(step.kind, page.unread, "failed"))
            looked_at = len(page.seen) + len(page.unread)
            found.looked_at += looked_at
            self.progress(looked_at)
            self._keep_cursor(f"{step.kind} {page.last_id or ''}")
        return report

    def _read(self, place: _Place) -> _Seen:
        reading = Reading(self.database.transact(take_number), clock.now(), may_adopt=True, is_told=self.is_told)
        step = place.step
        since = None if step.changes_late else self.since
        page = page_behind(lambda after: self.gateway.page(step.resource, after, since), place.after)
        return _Seen(step, page, reading)

    def _keep_cursor(self, cursor: str) -> None:
        with self.database.transaction() as session:
            chores.keep_cursor(session, self.chore, cursor)

    def _compare(self, step: Step, seen: Sequence[Any], reading: Reading) -> list[Outcome]:
        """Apply those that were never applied as they are now."""
        if step.kind == "balance_transaction":
            return self.database.transact(lambda session: self._enter(session, seen))
        keys = {one.id: object_key(step.kind, one.id) for one in seen}
        with self.database.reading() as session:
            known = fingerprints(session, list(keys.values()))
        unequal = [one for one in seen if known.get(keys[one.id]) != fingerprint(one)]
        silent = {one.id for one in unequal if step.begins_silently and keys[one.id] not in known}
        outcomes = self._apply(step.kind, [one for one in unequal if not step.is_partial(one)], reading, silent)
        for one in unequal:
            if step.is_partial(one):
                outcomes += self._read_and_apply(step.kind, one.id, reading)
        return outcomes

    def _read_and_apply(self, kind: str, stripe_id: str, reading: Reading) -> list[Outcome]:
        """One by one: a payout's items are many, and a hundred payouts' would be too many at once."""
        try:
            whole = KINDS[kind].read(self.gateway, stripe_id)
        except _ENDING:
            raise
        except Exception as error:  # noqa: BLE001  # see _apply_alone
            _log_failure(kind, stripe_id, error)
            return self._unchanged(kind, [stripe_id], "failed")
        return self._apply(kind, [whole], reading, frozenset())

    def _apply(self, kind: str, seen: Sequence[Any], reading: Reading, silent: AbstractSet[str]) -> list[Outcome]:
        """`silent`: ids of those that are no difference where they are applied."""

        def apply(session: Session) -> list[Outcome]:
            return self._kept(session, kind, _apply_all(session, kind, seen, reading), silent)

        try:
            return self.database.transact(apply)
        except NoPlan:
            raise
        except _AS_PAGE:
            pass
        except Exception as error:  # one of them, or a bug of ours that would only show as slowness
            log.warning("a page of Stripe's objects is applied one by one", extra={"kind": kind}, exc_info=error)
        return [outcome for one in seen for outcome in self._apply_alone(kind, one, reading, silent)]

    def _apply_alone(self, kind: str, seen: Any, reading: Reading, silent: AbstractSet[str]) -> list[Outcome]:
        """In a transaction of its own, so that nothing is left where nothing comes of it."""

        def apply(session: Session) -> list[Outcome]:
            KINDS[kind].apply(session, seen, reading)
            return self._kept(session, kind, [Outcome(seen.id, "applied")], silent)

        try:
            return self.database.transact(apply)
        except _FOREIGN:
            return [Outcome(seen.id, "foreign")]
        except NotYet:
            return self._unchanged(kind, [seen.id], "waiting")
        except StaleRead:
            return [Outcome(seen.id, "known")]
        except _ENDING:
            raise
        except Exception as error:  # noqa: BLE001  # what nobody can apply must not keep the others away, run after run
            _log_failure(kind, seen.id, error)
            return self._unchanged(kind, [seen.id], "failed")

    def _unchanged(self, kind: str, ids: Sequence[str], word: str) -> list[Outcome]:
        """Nothing comes of these but that they are told."""
        outcomes = [Outcome(name, word) for name in ids]
        return self.database.transact(lambda session: self._kept(session, kind, outcomes)) if outcomes else []

    def _enter(self, session: Session, seen: Sequence[Any]) -> list[Outcome]:
        entered = record_entries(session, seen)
        return self._kept(session, "balance_transaction", [Outcome(stripe_id, "applied") for stripe_id in entered])

    def _kept(
        self, session: Session, kind: str, outcomes: Sequence[Outcome], silent: AbstractSet[str] = frozenset()
    ) -> list[Outcome]:
        """Those that are told; what differed is on record with what was done about it."""
        told = [one for one in outcomes if one.word != "applied" or one.stripe_id not in silent]
        if self.run_id is not None:
            words = {one.stripe_id: _DIFFERENCES[one.word] for one in told if one.word in _DIFFERENCES}
            keep_differences(session, self.run_id, kind, words)
        return told


def _place_after(seen: _Seen) -> _Place | None:
    """The next page of the list, or else the next list."""
    if seen.page.has_more:
        return _Place(seen.step, seen.page.last_id)
    left = STEPS[STEPS.index(seen.step) + 1 :]
    return _Place(left[0]) if left else None


def _log_failure(kind: str, stripe_id: str, error: Exception) -> None:
    log.error("an object of Stripe's cannot be applied", extra={"object": object_key(kind, stripe_id)}, exc_info=error)


def _apply_all(session: Session, kind: str, seen: Sequence[Any], reading: Reading) -> list[Outcome]:
    """All of them in one transaction. Raises what must undo it: then each is to be applied alone."""
    if not seen:
        return []
    with together(session):
        reading = look_ahead(session, seen, reading)
        outcomes = [_apply_one(session, kind, one, reading) for one in seen]
        if reading.page is not None and not reading.page.are_kept(session):
            raise StaleRead
    return outcomes


def _apply_one(session: Session, kind: str, seen: Any, reading: Reading) -> Outcome:
    try:
        KINDS[kind].apply(session, seen, reading)
    except _FOREIGN:
        return Outcome(seen.id, "foreign")
    return Outcome(seen.id, "applied")
