"""Do the sums of days hold? Every one is made again from the rows themselves, a month at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from support.finance.reports.rollups.days.models import RolledEntry, RolledPayment
from support.finance.reports.rollups.days.queries import bounds_of_days, rolled_zone, stretches, unrolled
from support.finance.reports.rollups.days.summing import days_of, summed_entries, summed_payments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session

    from support.finance.reports.parts import Span

_DAYS = 31
_ROLLUPS: tuple[tuple[type[Any], Callable[[Session, Span, ZoneInfo], list[dict[str, Any]]]], ...] = (
    (RolledPayment, summed_payments),
    (RolledEntry, summed_entries),
)


def wrong_sums(session: Session) -> Iterator[tuple[str, str]]:
    """(which sums of which day, what they are and should be) of those that differ; marked days are none of them."""
    name = rolled_zone(session)
    if name is None:
        return
    zone = ZoneInfo(name)
    known = bounds_of_days(session)
    while known is not None and known[0] <= known[1]:
        some = [known[0] + timedelta(days=at) for at in range(_DAYS)]
        ((starts_at, ends_at),) = stretches(some, zone)
        span = days_of(starts_at, ends_at, zone)
        first = dict(_differing(session, span, zone))
        # What was written and summed between two statements differs only once.
        again = dict(_differing(session, span, zone)) if first else {}
        yield from ((about, again[about]) for about in first if about in again)
        known = (some[-1] + timedelta(days=1), known[1])


def _differing(session: Session, span: Span, zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    for table, summed in _ROLLUPS:
        keys = [column.key for column in sa.inspect(table).primary_key]
        kept = {_key(row, keys): row for row in _kept(session, table, span)}
        made = {_key(row, keys): row for row in summed(session, span, zone)}
        # Marks are read last: what is written meanwhile is marked by then.
        rest = unrolled(session, span, zone)
        for key in sorted({*kept, *made}):
            is_marked = any(piece.begins_at <= key[0] < piece.ends_at for piece in rest)
            if not is_marked and kept.get(key) != made.get(key):
                day = key[0].astimezone(zone).date()
                about = f"{table.__tablename__} {day} {' '.join(map(str, key[1:]))}"
                yield about, f"{_told(kept.get(key), keys)}, should be {_told(made.get(key), keys)}"


def _kept(session: Session, table: type[Any], span: Span) -> Iterator[dict[str, Any]]:
    columns = sa.inspect(table).columns
    for row in session.execute(sa.select(*columns).where(span.has(table.day_at))).mappings():
        yield dict(row)


def _key(row: dict[str, Any], keys: list[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in keys)


def _told(row: dict[str, Any] | None, keys: list[str]) -> str:
    return " ".join(f"{name}={value}" for name, value in row.items() if name not in keys) if row else "nothing"
