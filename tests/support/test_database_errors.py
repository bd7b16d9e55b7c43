"""What a database says when it refuses a row may be logged: it names no value of the row."""

from __future__ import annotations

import traceback
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from support import clock
from support.db import Database
from support.emails.models import Mail

if TYPE_CHECKING:
    from collections.abc import Iterator

EMAIL = "canary@example.com"


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.engine.dispose()


def a_mail(**changes: Any) -> Mail:
    texts: dict[str, Any] = {"name": "receipt", "message_id": "<one@example.com>", "recipient": EMAIL, "locale": "en"}
    body = {"subject": f"Dear {EMAIL}", "text": f"Dear\n{EMAIL}", "html": ""}
    moments = {"created_at": clock.now(), "due_at": clock.now() + timedelta(hours=1)}
    return Mail(**texts | body | moments | changes)


@pytest.mark.parametrize("wrong", [{"message_id": None}, {"cause": EMAIL}, {"state": "lost"}])
def test_a_refused_row_is_not_shown(database: Database, wrong: dict[str, Any]) -> None:
    with database.transaction() as session:
        session.add(a_mail(cause=EMAIL))
    with pytest.raises(sa.exc.IntegrityError) as refused, database.transaction() as session:
        session.add(a_mail(**{"message_id": "<two@example.com>"} | wrong))

    told = "".join(traceback.format_exception(refused.value))
    assert "mails" in told
    assert EMAIL not in told
