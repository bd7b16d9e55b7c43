"""Apply what supporters pay with: customers and payment methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.accounts.operations import mark_customer_deleted
from support.accounts.queries import is_customer, is_erased
from support.memberships import operations as memberships
from support.sync.owners import Foreign

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from support.gateway.snapshots import CustomerSnapshot, PaymentMethodSnapshot
    from support.sync.reading import Reading


def apply_customer(session: Session, seen: CustomerSnapshot, reading: Reading) -> None:
    """A supporter's customer: its card, or that it is gone. Its subscriptions tell themselves that they ended."""
    _require_supporters(session, seen.id)
    reading.require_newest(session, "customer", seen)
    memberships.apply_customer(session, seen)
    if seen.is_deleted:
        mark_customer_deleted(session, seen.id, reading.now)


def apply_payment_method(session: Session, seen: PaymentMethodSnapshot, reading: Reading) -> None:
    """A card that its bank has renewed or replaced, or that was detached."""
    if seen.customer_id is not None:
        _require_supporters(session, seen.customer_id)
    reading.require_newest(session, "payment_method", seen)
    memberships.apply_payment_method(session, seen)


def _require_supporters(session: Session, stripe_customer_id: str) -> None:
    if not is_customer(session, stripe_customer_id):
        raise Foreign("no customer of a supporter")
    if is_erased(session, stripe_customer_id):
        raise Foreign("its supporter was erased")
