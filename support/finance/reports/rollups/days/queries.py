"""Read sums by day where they hold, and say which parts of a span are to be read row by row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from support.finance.models import LedgerEntry
from support.finance.reports.filters import day_begins
from support.finance.reports.parts import JUST_BEFORE
from support.finance.reports.rollups.days.models import ChangedDay, RolledEntry, RolledPayment, RolledZone
from support.payments.models import Dispute, Payment, Refund

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from zoneinfo import ZoneInfo

    from sqlalchemy.orm import Session

    from support.finance.reports.filters import Filters
    from support.finance.reports.parts import Span
    from support.finance.reports.sums import Rows

# More are not looked at one by one: everything is read row by row until the worker has caught up.
_MOST_MARKS = 2000
_MOST_PIECES = 12
Stretch = tuple[datetime, datetime]
Moment = sa.SQLColumnExpression[datetime]


@dataclass(frozen=True)
class Rolled:
    """Rows summed from rollups, and `rest`: the pieces of the span that they leave out."""

    rows: Sequence[sa.Row[*tuple[Any, ...]]]
    rest: tuple[Span, ...]


def rolled_payments(session: Session, filters: Filters, span: Span) -> Rolled:
    """Rows (part, currency, kind, payments, gross, tax, refunds, refunded, withheld, lost), in minor units."""
    if filters.country is not None or filters.article is not None:
        return Rolled((), (span,))
    its = RolledPayment
    given = {its.campaign_id: filters.campaign_id, its.plan_id: filters.plan_id, its.currency: filters.currency}
    sums = (its.payments, its.gross_minor, its.tax_minor, its.refunds)
    more = (its.refunded_minor, its.withheld_minor, its.lost_minor)
    part, is_within = span.part_of(session, its.day_at)
    summed: Rows = sa.select(part, its.currency, its.kind, *map(sa.func.sum, (*sums, *more)))
    conditions = [column == value for column, value in given.items() if value is not None]
    summed = summed.where(is_within, *conditions).group_by("part", its.currency, its.kind)
    return _read(session, filters, span, its.day_at, summed)


def rolled_entries(session: Session, filters: Filters, span: Span) -> Rolled:
    """Rows (part, settlement currency, whose, category, entries, amount, fee, net)."""
    if any((filters.country, filters.article, filters.campaign_id is not None, filters.plan_id is not None)):
        return Rolled((), (span,))
    its = RolledEntry
    keys = (its.currency, its.whose, its.category)
    sums = (its.entries, its.amount_minor, its.fee_minor, its.net_minor)
    part, is_within = span.part_of(session, its.day_at)
    summed: Rows = sa.select(part, *keys, *map(sa.func.sum, sums)).where(is_within)
    if filters.currency is not None:
        summed = summed.where(its.currency == filters.currency)
    return _read(session, filters, span, its.day_at, summed.group_by("part", *keys))


def rolled_zone(session: Session) -> str | None:
    """The name of the time zone whose days are summed."""
    return session.scalar(sa.select(RolledZone.name))


def marked_days(session: Session, marks: Iterable[ChangedDay]) -> set[date]:
    """The UTC days that these marks are about."""
    found = list(marks)
    payment_ids = {one.payment_id for one in found if one.payment_id is not None}
    source_ids = {one.source_id for one in found if one.source_id is not None}
    moments: sa.CompoundSelect[Any] = sa.union_all(
        sa.select(Refund.succeeded_at).where(Refund.payment_id.in_(payment_ids), Refund.succeeded_at.is_not(None)),
        sa.select(Dispute.created_at).where(Dispute.payment_id.in_(payment_ids)),
        sa.select(LedgerEntry.created_at).where(LedgerEntry.source_id.in_(source_ids)),
    )
    behind = {moment.astimezone(UTC).date() for moment in session.scalars(moments)}
    return behind | {one.day for one in found if one.day is not None}


def stretches(days: Iterable[date], zone: ZoneInfo) -> list[Stretch]:
    """From which moment to which the newsroom's days go on of which a part is in these UTC days, in order."""
    found: list[Stretch] = []
    for day in sorted(days):
        begins_at = datetime.combine(day, time(), UTC)
        last_day = (begins_at + timedelta(days=1) - JUST_BEFORE).astimezone(zone).date()
        starts_at = day_begins(begins_at.astimezone(zone).date(), zone)
        ends_at = day_begins(last_day + timedelta(days=1), zone)
        if found and starts_at <= found[-1][1]:
            found[-1] = (found[-1][0], max(ends_at, found[-1][1]))
        else:
            found.append((starts_at, ends_at))
    return found


def unrolled(session: Session, span: Span, zone: ZoneInfo) -> tuple[Span, ...]:
    """The pieces of a span whose days changed since they were summed."""
    is_summed = rolled_zone(session) == zone.key
    changed = _changed_days(session) if is_summed else None
    if changed is None:
        return (span,)
    return tuple(
        span.cut(max(starts_at, span.begins_at), min(ends_at, span.ends_at))
        for starts_at, ends_at in _few(stretches(changed, zone))
        if starts_at < span.ends_at and ends_at > span.begins_at
    )


def bounds_of_days(session: Session) -> tuple[date, date] | None:
    """The first and the last UTC day of which anything is known, or summed; None for nothing."""
    moments = (Payment.received_at, Refund.succeeded_at, Dispute.created_at, LedgerEntry.created_at)
    found = [
        moment.astimezone(UTC).date()
        for column in (*moments, RolledPayment.day_at, RolledEntry.day_at)
        for moment in session.execute(sa.select(sa.func.min(column), sa.func.max(column))).one()
        if moment is not None
    ]
    return (min(found), max(found)) if found else None


def _read(session: Session, filters: Filters, span: Span, day_at: Moment, summed: Rows) -> Rolled:
    """Marks are read first: what is summed anew meanwhile has lost its mark, but is right, too.

    Unless all begins anew meanwhile, in another zone: then its sums are gone.
    """
    rest = unrolled(session, span, filters.zone)
    is_rest = sa.or_(sa.false(), *(piece.has(day_at) for piece in rest))
    rows = session.execute(summed.where(~is_rest)).all()
    return Rolled(rows, rest) if rolled_zone(session) == filters.zone.key else Rolled((), (span,))


def _changed_days(session: Session) -> set[date] | None:
    """The UTC days that are marked; None for too many to look at one by one."""
    marks = session.scalars(sa.select(ChangedDay).limit(_MOST_MARKS + 1)).all()
    return marked_days(session, marks) if len(marks) <= _MOST_MARKS else None


def _few(found: list[Stretch]) -> list[Stretch]:
    """Those that are closest to each other made one, until few are left: each is a statement of its own."""
    while len(found) > _MOST_PIECES:
        at = min(range(len(found) - 1), key=lambda at: found[at + 1][0] - found[at][1])
        found[at : at + 2] = [(found[at][0], found[at + 1][1])]
    return found
