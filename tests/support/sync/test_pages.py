"""A page of Stripe's list is applied together, and no object of it stands in the way of the others."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from support import chores
from support.checkout.models import Checkout
from support.payments.models import Payment
from support.sync.models import Difference, SyncedObject
from tests.support.sync.walking import differed, listed, run
from tests.webhooks.rows import forget

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services import Service


@pytest.fixture
def given(moving_service: Service) -> Service:
    """Two donors, of whom every event has reached us."""
    for amount in ("50", "25"):
        paid = moving_service.begin(interval="once", amount=amount, email=f"{amount}@example.com")
        assert moving_service.stand_in.pay(paid).status_code == 200
    moving_service.stand_in.control("clock", advance=60)
    moving_service.deliver()
    return moving_service


def begin_at_charges(service: Service) -> None:
    """As if a run had been killed when everything before the charges was done."""
    with service.database.transaction() as session:
        session.add(chores.Chore(name="reconcile", cursor="charge "))


def amounts(service: Service) -> dict[str, int]:
    with service.database.reading() as session:
        return {one.stripe_charge_id or "": one.amount_minor for one in session.scalars(sa.select(Payment))}


def test_one_that_waits_undoes_none_of_the_others(given: Service) -> None:
    before = amounts(given)
    missing, there = (charge["id"] for charge in listed(given, "charges"))
    with given.database.reading() as session:
        its = session.scalar(sa.select(Payment.checkout_id).where(Payment.stripe_charge_id == missing))
    forget(given.database)
    with given.database.transaction() as session:
        session.execute(sa.delete(Checkout).where(Checkout.id == its))
    begin_at_charges(given)

    code, output = run(given, "reconcile")
    assert code == 0, output
    assert "1 are ours and wait for what they belong to" in output
    with given.database.reading() as session:
        kept = session.execute(
            sa.select(Difference.stripe_id, Difference.word).where(Difference.kind == "charge")
        ).all()
    assert sorted(map(tuple, kept)) == sorted([(missing, "waiting"), (there, "differed")])
    assert differed(output)["charge"] == 1
    assert amounts(given) == {there: before[there]}


def test_what_somebody_applied_after_the_page_was_read_is_kept(given: Service) -> None:
    before = amounts(given)
    newer, older = (charge["id"] for charge in listed(given, "charges"))
    with given.database.transaction() as session:
        session.execute(sa.update(Payment).values(amount_minor=1))
        session.execute(sa.update(SyncedObject).values(fingerprint="another"))
        later = sa.update(SyncedObject).where(SyncedObject.object_key == f"charge {newer}")
        session.execute(later.values(applied_number=10**9))
    begin_at_charges(given)

    code, output = run(given, "reconcile")
    assert code == 0, output
    assert differed(output)["charge"] == 1
    assert amounts(given) == {newer: 1, older: before[older]}


def test_a_page_costs_few_statements(moving_service: Service) -> None:
    moving_service.stand_in.control("seed", customers=20, charges=200, foreign=0.2)
    product = next(one["id"] for one in listed(moving_service, "products") if one["name"] == "Membership")
    with counted(moving_service) as statements:
        code, output = run(moving_service, "import-stripe", "--product", product)
    assert code == 0, output
    looked_at = sum(map(int, re.findall(r"(\d+) looked at", output)))
    assert looked_at > 500
    assert len(statements) < looked_at, f"{len(statements)} statements for {looked_at} objects"


@contextmanager
def counted(service: Service) -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(service.database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(service.database.engine, "before_cursor_execute", note)
