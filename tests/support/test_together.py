"""Rows of many objects are found together before, and written together after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from support.accounts.models import StripeCustomer, Supporter
from support.clock import now
from support.db import Database
from support.together import add, find, find_all, find_value, later, load, once, together

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.orm import Session


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    with opened.transaction() as session:
        session.add(a_supporter("known@example.com"))
    yield opened
    opened.engine.dispose()


def a_supporter(email: str) -> Supporter:
    return Supporter(email=email, email_key=email, locale="en", created_at=now())


def test_new_rows_have_ids_that_others_can_refer_to_before_anything_is_written(database: Database) -> None:
    with database.transaction() as session, together(session):
        load(session, Supporter, {"email_key": ["known@example.com", "new@example.com"]}, "update")
        new = a_supporter("new@example.com")
        add(session, new)
        add(session, StripeCustomer(stripe_customer_id="cus_1", supporter_id=new.id))
        assert session.new, "nothing was written yet"
        assert find(session, Supporter, email_key="new@example.com") is new
        assert find_all(session, StripeCustomer, supporter_id=new.id) == [
            find(session, StripeCustomer, stripe_customer_id="cus_1")
        ]
    with database.transaction() as session:
        add(session, a_supporter("later@example.com"))
    with database.reading() as session:
        customer = session.get_one(StripeCustomer, "cus_1")
        assert find_value(session, Supporter, "email", id=customer.supporter_id) == "new@example.com"
        assert len(set(session.scalars(sa.select(Supporter.id)))) == 3


def test_what_was_not_loaded_is_asked_for(database: Database) -> None:
    with database.transaction() as session, together(session):
        found = find(session, Supporter, "update", email_key="known@example.com")
        assert found is not None
        load(session, Supporter, {"email_key": ["nobody@example.com"]})
        assert find(session, Supporter, email_key="nobody@example.com") is None
        assert find(session, Supporter, email_key="known@example.com") is found


def test_a_row_is_found_by_what_it_says_now(database: Database) -> None:
    with database.transaction() as session, together(session):
        load(session, Supporter, {"email_key": ["known@example.com", "other@example.com"]}, "update")
        known = find(session, Supporter, email_key="known@example.com")
        assert known is not None
        known.email_key = "other@example.com"
        assert find(session, Supporter, email_key="known@example.com") is None
        assert find(session, Supporter, email_key="other@example.com") is known


def test_what_is_for_later_is_written_once_and_at_the_end(database: Database) -> None:
    written: list[list[str]] = []
    asked: list[str] = []

    def write(_session: Session, rows: Sequence[str]) -> None:
        written.append(list(rows))

    def ask(_session: Session, what: str) -> int:
        asked.append(what)
        return len(asked)

    with database.transaction() as session:
        with together(session):
            later(session, write, ["a"])
            later(session, write, ["b"])
            assert [once(session, ask, "x"), once(session, ask, "x"), once(session, ask, "y")] == [1, 1, 2]
            assert written == []
        assert written == [["a", "b"]]
        later(session, write, ["c"])
    assert written == [["a", "b"], ["c"]]


def test_what_raises_in_it_writes_nothing(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as session, together(session):
            add(session, a_supporter("new@example.com"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with database.reading() as session:
        assert session.scalars(sa.select(Supporter.email)).all() == ["known@example.com"]
