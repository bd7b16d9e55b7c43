"""The generated books are books: they add up, and they contain what the reports are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from support.db import Database
from support.finance.selfcheck import differences
from support.payments.models import Payment
from tests.support.finance.books import generate, make

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database without a service."""
    found = Database(database_url)
    yield found
    found.engine.dispose()


def test_generated_books_add_up(database: Database) -> None:
    books = generate(database, months=3, supporters=200)
    with database.reading() as session:
        assert list(differences(session)) == []
        written = session.execute(sa.select(sa.func.count(), sa.func.sum(Payment.amount_minor))).one()
    assert tuple(written) == (len(books.payments), sum(one.amount_minor for one in books.payments))


def test_generated_books_contain_every_case() -> None:
    books = make(months=8, supporters=600, seed=1)
    assert {one.status for one in books.disputes} >= {"won", "lost", "prevented", "needs_response", "under_review"}
    assert {one.status for one in books.refunds} >= {"succeeded", "pending", "failed", "canceled", "requires_action"}
    assert {one.currency for one in books.payments} == {"EUR", "USD", "JPY", "UAH"}
    assert {one.status for one in books.memberships} == {"active", "past_due", "canceled"}
    assert {one.reconciliation for one in books.payouts} == {"completed", "in_progress", "not_applicable"}
    paid = {one.stripe_payment_intent_id for one in books.payments}
    assert {one.stripe_payment_intent_id in paid for one in books.failures} == {True, False}


def test_the_same_seed_gives_the_same_books() -> None:
    assert make(months=2, supporters=40, seed=7) == make(months=2, supporters=40, seed=7)
    assert make(months=2, supporters=40, seed=7) != make(months=2, supporters=40, seed=8)
