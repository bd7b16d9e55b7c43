"""What staff did can be added to, and not changed: the database itself refuses, on both kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from support import clock
from support.accounts.staff.models import StaffMember
from support.audit import COMMAND_LINE, ERASED, AuditLine, record
from tests.services import running_service
from tests.support.readers import buy, rows

if TYPE_CHECKING:
    from pathlib import Path

    from tests.services import Service, StandIn

CHANGES = [
    "DELETE FROM audit_lines",
    "DELETE FROM audit_lines WHERE id = 2",
    "UPDATE audit_lines SET who = 'somebody else'",
    "UPDATE audit_lines SET action = 'joined' WHERE id = 2",
    "UPDATE audit_lines SET at = '2020-01-01 00:00:00'",
    "UPDATE audit_lines SET staff_id = (SELECT max(id) FROM staff_members)",
    "UPDATE audit_lines SET id = id + 100",
    "UPDATE audit_lines SET about = 'supporter 99'",
    "UPDATE audit_lines SET detail = ''",
    "UPDATE audit_lines SET detail = 'erased by me'",
    "UPDATE audit_lines SET detail = 'erased', who = 'somebody else'",
]
ONLY_SQLITE = [
    "INSERT OR REPLACE INTO audit_lines SELECT id, at, staff_id, 'me', action, about, detail FROM audit_lines"
]
ONLY_POSTGRESQL = ["TRUNCATE audit_lines", "TRUNCATE staff_members CASCADE"]


def some_lines(service: Service) -> None:
    """Three lines by the command line, about three things."""
    with service.app.app_context(), service.database.transaction() as session:
        session.add(StaffMember(email="a@example.com", email_key="a@example.com", role="admin", created_at=clock.now()))
        record(session, "changed role", "supporter 1", "wrote to us by phone")
        record(session, "changed role", "supporter 2", "asked by Reader@Example.com")
        record(session, "changed role", "payment 3", "nobody is named here")


def run(service: Service, statement: str) -> None:
    with service.database.transaction() as session:
        session.execute(sa.text(statement))


def test_no_line_can_be_changed_or_taken_away(service: Service) -> None:
    some_lines(service)
    before = [(line.id, line.who, line.about, line.detail) for line in rows(service, AuditLine)]
    own = ONLY_SQLITE if service.database.is_sqlite else ONLY_POSTGRESQL
    for statement in [*CHANGES, *own]:
        with pytest.raises(sa.exc.IntegrityError, match="only added"):
            run(service, statement)
    assert [(line.id, line.who, line.about, line.detail) for line in rows(service, AuditLine)] == before
    assert {line.who for line in rows(service, AuditLine)} == {COMMAND_LINE}


def test_a_line_goes_with_the_transaction_of_its_act(service: Service) -> None:
    def fail_after_recording() -> None:
        with service.app.app_context(), service.database.transaction() as session:
            record(session, "changed role", "supporter 1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_recording()
    assert rows(service, AuditLine) == []


def test_an_unknown_act_is_refused(sqlite_service: Service) -> None:
    with pytest.raises(ValueError, match="danced"), sqlite_service.database.transaction() as session:
        record(session, "danced", "supporter 1")


def test_erasing_blanks_what_names_the_person_and_keeps_the_acts(
    database_url: str, stand_in: StandIn, tmp_path: Path
) -> None:
    with running_service(database_url, stand_in, erase_log=tmp_path / "erase.log") as service:
        buy(service, service.browser(), email="reader@example.com")
        some_lines(service)
        done = service.app.test_cli_runner().invoke(args=["erase", "reader@example.com", "--cancel", "--yes"])
        assert done.exit_code == 0, done.output
        assert [(line.about, line.detail) for line in rows(service, AuditLine)] == [
            ("supporter 1", ERASED),
            ("supporter 2", ERASED),
            ("payment 3", "nobody is named here"),
        ]
    assert "2  audit lines" in done.output
