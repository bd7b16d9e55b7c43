"""Erase a person, and erase again whom a restored backup brought back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support import clock
from support.accounts.forgetting import raise_tombstones
from support.accounts.models import StripeCustomer, Supporter
from support.accounts.queries import merged_into, supporter_id_of_address
from support.errors import NotFound
from support.memberships.queries import live_memberships_of
from support.upkeep.operations import forget, lock_person
from support.upkeep.queries import books_of
from support.upkeep.refusals import StillLive

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session

    from support.db import Database
    from support.holdings import Person
    from support.memberships.models import Membership
    from support.upkeep.erase_log import Erased, EraseLog


@dataclass(frozen=True)
class Erasure:
    """How many of each holding are `gone` and how many rows `stay`, and the customers that Stripe still knows."""

    gone: dict[str, int]
    stay: dict[str, int]
    stripe_customer_ids: tuple[str, ...]


def find(database: Database, email: str) -> int:
    """The supporter of this address. Raises NotFound."""
    with database.reading() as session:
        supporter_id = supporter_id_of_address(session, email)
    if supporter_id is None:
        raise NotFound("there is no supporter with this address")
    return supporter_id


def erase(database: Database, log: EraseLog, supporter_id: int) -> Erasure:
    """Forget the supporter in one transaction. Raises StillLive or BadEraseLog, and then has changed nothing.

    The log has its line before the transaction commits: one too many does no harm, one missing would let a restored
    backup bring the person back.
    """
    log.require_writable()

    def work(session: Session) -> Erasure:
        people = _people(session, supporter_id)
        live = live_memberships_of(session, supporter_id)
        if live:
            named = "; ".join(_named(one) for one in live)
            raise StillLive(f"still live: {named}. End it first, or say --cancel.")
        now = clock.now()
        gone: Counter[str] = Counter()
        for person in people:
            gone.update(forget(session, person, now))
        customers = tuple(customer for person in people for customer in person.stripe_customer_ids)
        erasure = Erasure(dict(gone), books_of(session, supporter_id), customers)
        for person in people:
            log.append(person, now)
        return erasure

    return database.transact(work)


def erase_again(database: Database, log: EraseLog, erased: Sequence[Erased]) -> int:
    """Forget whomever the log names, with or without a live membership; how many of them had an address here.

    A customer tells whose a line is, or an address that was here before the line was written: whoever gave again under
    it afterwards is somebody new.
    """
    with database.reading() as session:
        found = {*_of_customers(session, erased), *_of_addresses(session, log, erased)}
    known = sum(_erase_again(database, supporter_id) for supporter_id in sorted(found))
    with database.transaction() as session:
        for one in erased:
            raise_tombstones(session, one.stripe_customer_ids, one.at)
    return known


def _people(session: Session, supporter_id: int) -> list[Person]:
    """The supporter, after whoever was found to be the same person: their addresses are the person's, too."""
    return [lock_person(session, one) for one in (*merged_into(session, supporter_id), supporter_id)]


def _named(membership: Membership) -> str:
    paid_until = max((period.ends_at for period in membership.periods), default=None)
    until = f"paid until {paid_until:%Y-%m-%d}" if paid_until is not None else "not paid yet"
    return f"{membership.plan.slug} ({membership.stripe_subscription_id}, {until})"


def _erase_again(database: Database, supporter_id: int) -> bool:
    """Whether the address was there."""
    with database.transaction() as session:
        people = _people(session, supporter_id)
        for person in people:
            forget(session, person, clock.now())
    return people[-1].email is not None


def _of_customers(session: Session, erased: Sequence[Erased]) -> Iterator[int]:
    for one in erased:
        theirs = StripeCustomer.stripe_customer_id.in_(one.stripe_customer_ids)
        yield from session.scalars(sa.select(StripeCustomer.supporter_id).where(theirs))


def _of_addresses(session: Session, log: EraseLog, erased: Sequence[Erased]) -> Iterator[int]:
    at = {one.address: one.at for one in sorted(erased, key=lambda one: one.at)}
    known = sa.select(Supporter.id, Supporter.email, Supporter.created_at).where(Supporter.email.is_not(None))
    for supporter_id, email, created_at in session.execute(known.execution_options(yield_per=1000)):
        if any(address in at and created_at <= at[address] for address in log.hashes(email or "")):
            yield supporter_id
