"""Everything that happened to one supporter, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from support.accounts.models import SignIn, Supporter
from support.audit import LOOKED, AuditLine
from support.checkout.models import Checkout
from support.db import UtcDateTime
from support.emails.models import Mail
from support.finance.listings.paging import SIZE, Order, page_of, read_place
from support.finance.statements.models import Statement
from support.memberships.models import Membership, PaidPeriod
from support.money import Money
from support.payments.models import Dispute, FailedPayment, FraudWarning, Payment, Refund

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

_NOTHING = sa.null()


@dataclass(frozen=True)
class Happening:
    """Something that happened at a moment.

    `word` says what; `key` names the row, by Stripe's id where it has one, else by ours; `amount` is what it was
    about; `detail` a status, a reason or a mail's name; `until` the end of what began, or the day of what it announces.
    """

    at: datetime
    word: str
    key: str
    amount: Money | None
    detail: str | None
    until: datetime | None


@dataclass(frozen=True)
class TimelinePage:
    """A part of a timeline; `next` is where the next one begins, None where there is none."""

    happenings: tuple[Happening, ...]
    next: str | None


def timeline(session: Session, supporter_id: int, after: str = "", size: int = SIZE) -> TimelinePage:
    """What happened to a supporter. Raises InvalidInput for an `after` that no page gave."""
    all_of_it = sa.union_all(*_happenings(supporter_id)).subquery("happened")
    # Two things of one moment are told apart by their words and keys.
    order = Order(all_of_it.c.at, all_of_it.c.place, is_number=False)
    columns = (all_of_it.c[name] for name in ("at", "place", "amount_minor", "currency", "detail", "until"))
    place = read_place(after, order) if after else None
    found, following = page_of(session, sa.select(*columns), order, place, size)
    return TimelinePage(tuple(_happening(*row) for row in found), following)


def _happening(at: datetime, place: str, amount_minor: int | None, currency: str | None, *more: Any) -> Happening:
    word, _, key = place.partition(": ")
    amount = Money(amount_minor, currency) if amount_minor is not None and currency is not None else None
    return Happening(at, word, key, amount, *more)


def _what(
    word: str,
    at: sa.SQLColumnExpression[Any],
    key: sa.SQLColumnExpression[Any],
    money: type[Any] | None = None,
    **more: sa.SQLColumnExpression[Any],
) -> sa.Select[*tuple[Any, ...]]:
    """Columns of one kind of happening. `money`: the table whose amount it is about."""
    place = sa.literal(f"{word}: ", sa.Text()) + sa.cast(key, sa.Text())
    return sa.select(
        sa.type_coerce(at, UtcDateTime()).label("at"),
        place.label("place"),
        (sa.cast(_NOTHING, sa.BigInteger()) if money is None else money.amount_minor).label("amount_minor"),
        (sa.cast(_NOTHING, sa.Text()) if money is None else money.currency).label("currency"),
        sa.cast(more.get("detail", _NOTHING), sa.Text()).label("detail"),
        sa.type_coerce(more["until"] if "until" in more else _no_moment(), UtcDateTime()).label("until"),
    )


def _no_moment() -> sa.ColumnElement[Any]:
    return sa.cast(_NOTHING, sa.DateTime(timezone=True))


def _happenings(supporter_id: int) -> list[sa.Select[*tuple[Any, ...]]]:
    return [
        *_of_memberships(supporter_id),
        *_of_payments(supporter_id),
        *_of_statements(supporter_id),
        *_of_the_person(supporter_id),
    ]


def _of_memberships(supporter_id: int) -> list[sa.Select[*tuple[Any, ...]]]:
    subscription, theirs = Membership.stripe_subscription_id, Membership.supporter_id == supporter_id
    return [
        _what("membership begun", Membership.created_at, subscription, Membership, detail=Membership.status).where(
            theirs
        ),
        _what("membership canceled", Membership.canceled_at, subscription, until=Membership.ends_at).where(
            theirs, Membership.canceled_at.is_not(None)
        ),
        _what("membership ended", Membership.ended_at, subscription, detail=Membership.status).where(
            theirs, Membership.ended_at.is_not(None)
        ),
        _what("paid period", PaidPeriod.starts_at, PaidPeriod.stripe_invoice_id, PaidPeriod, until=PaidPeriod.ends_at)
        .join(Membership, Membership.id == PaidPeriod.membership_id)
        .where(theirs),
    ]


def _of_payments(supporter_id: int) -> list[sa.Select[*tuple[Any, ...]]]:
    theirs = Payment.supporter_id == supporter_id
    refused = sa.or_(
        FailedPayment.membership_id.in_(sa.select(Membership.id).where(Membership.supporter_id == supporter_id)),
        FailedPayment.checkout_id.in_(sa.select(Checkout.id).where(Checkout.supporter_id == supporter_id)),
    )
    payment = _what("payment", Payment.received_at, Payment.stripe_payment_intent_id, Payment)
    refund = _what("refund", Refund.created_at, Refund.stripe_refund_id, Refund, detail=Refund.status)
    dispute = _what(
        "dispute",
        Dispute.created_at,
        Dispute.stripe_dispute_id,
        Dispute,
        detail=Dispute.status,
        until=Dispute.evidence_due_at,
    )
    warning = _what(
        "fraud warning", FraudWarning.created_at, FraudWarning.stripe_warning_id, detail=FraudWarning.fraud_type
    )
    failed = _what(
        "failed payment",
        FailedPayment.failed_at,
        FailedPayment.stripe_charge_id,
        FailedPayment,
        detail=FailedPayment.failure_code,
    )
    return [
        payment.where(theirs),
        refund.join(Payment, Payment.id == Refund.payment_id).where(theirs),
        dispute.join(Payment, Payment.id == Dispute.payment_id).where(theirs),
        warning.join(Payment, Payment.id == FraudWarning.payment_id).where(theirs),
        failed.where(refused),
    ]


def _of_statements(supporter_id: int) -> list[sa.Select[*tuple[Any, ...]]]:
    """By number, with the year, as `Statement.name` and `FiscalYear.name` write them."""
    first, following = (sa.cast(Statement.fiscal_year + more, sa.Text()) for more in (0, 1))
    digits = sa.func.substr(sa.cast(Statement.number + 100_000, sa.Text()), 2)
    number = first + "-" + sa.case((Statement.number < 100_000, digits), else_=sa.cast(Statement.number, sa.Text()))
    year = sa.case((Statement.first_month == 1, first), else_=first + "/" + sa.func.substr(following, 3))
    told = {
        "statement issued": (Statement.issued_at, Statement.replaces_id.is_(None)),
        "statement reissued": (Statement.issued_at, Statement.replaces_id.is_not(None)),
        "statement voided": (Statement.voided_at, Statement.voided_at.is_not(None)),
    }
    return [
        _what(word, at, number, detail=year).where(Statement.supporter_id == supporter_id, is_so)
        for word, (at, is_so) in told.items()
    ]


def _of_the_person(supporter_id: int) -> list[sa.Select[*tuple[Any, ...]]]:
    theirs = sa.select(Supporter.email).where(Supporter.id == supporter_id).scalar_subquery()
    return [
        _what("checkout", Checkout.created_at, Checkout.public_id, Checkout, detail=Checkout.state).where(
            Checkout.supporter_id == supporter_id
        ),
        _what("mail", Mail.settled_at, Mail.id, detail=Mail.name).where(
            Mail.recipient == theirs, Mail.state == "sent", Mail.settled_at.is_not(None)
        ),
        _what("sign-in", SignIn.created_at, SignIn.id, until=SignIn.ended_at).where(
            SignIn.supporter_id == supporter_id
        ),
        _what("staff", AuditLine.at, AuditLine.id, detail=AuditLine.who + " " + AuditLine.action).where(
            AuditLine.about == f"supporter {supporter_id}", AuditLine.action != LOOKED
        ),
    ]
