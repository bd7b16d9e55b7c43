"""What the sums of days must be, from the rows themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from support.checkout.models import Checkout
from support.finance.models import LedgerEntry
from support.finance.reports import sums
from support.finance.reports.filters import Filters, day_begins
from support.finance.reports.parts import Span
from support.payments.models import Payment

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from sqlalchemy.orm import Session

_BY_CHECKOUT = (
    sa.func.coalesce(Checkout.campaign_id, 0).label("its_campaign"),
    sa.func.coalesce(Checkout.plan_id, 0).label("its_plan"),
)
_CAME = ("payments", "gross_minor", "tax_minor")
_WENT = ("refunds", "refunded_minor", None)
_CONTESTED = ("withheld_minor", "lost_minor")
_FIGURES = (*_CAME, "refunds", "refunded_minor", *_CONTESTED)


def days_of(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> Span:
    """The newsroom's days from one midnight to another, each a part."""
    first, last = (moment.astimezone(zone).date() for moment in (starts_at, ends_at))
    days = (first + timedelta(days=at) for at in range((last - first).days))
    return Span(tuple(day_begins(day, zone) for day in days), ends_at)


def summed_payments(session: Session, span: Span, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Rows of RolledPayment for the days that are the parts of `span`."""
    everything, by = _everything(span, zone), (sums.kind_of(), *_BY_CHECKOUT)
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for summed, names in ((sums.payments, _CAME), (sums.refunds, _WENT), (sums.disputes, _CONTESTED)):
        selected = summed(session, everything, span, *by).outerjoin(Checkout, Checkout.id == Payment.checkout_id)
        for part, currency, kind, campaign_id, plan_id, *figures in session.execute(selected):
            keys = {"day_at": span.starts[part], "currency": currency, "kind": kind}
            keys |= {"campaign_id": campaign_id, "plan_id": plan_id}
            row = found.setdefault(tuple(keys.values()), keys | dict.fromkeys(_FIGURES, 0))
            row |= {name: int(figure) for name, figure in zip(names, figures, strict=True) if name is not None}
    return [row for row in found.values() if any(row[name] for name in _FIGURES)]


def summed_entries(session: Session, span: Span, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Rows of RolledEntry for the days that are the parts of `span`."""
    found = session.execute(sums.entries(session, _everything(span, zone), span, sums.WHOSE, LedgerEntry.category))
    return [
        {"day_at": span.starts[part], "currency": currency, "whose": whose, "category": category}
        | dict(zip(("entries", "amount_minor", "fee_minor", "net_minor"), map(int, figures), strict=True))
        for part, currency, whose, category, *figures in found
    ]


def _everything(span: Span, zone: ZoneInfo) -> Filters:
    first, last = (moment.astimezone(zone).date() for moment in (span.begins_at, span.ends_at))
    return Filters(first, last, zone)
