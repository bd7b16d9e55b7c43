"""A backup holds everything that was acknowledged; a restore brings it back, but nobody who was erased since."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from support.accounts.models import Supporter
from support.db import Base, Database, has_pending_migrations
from support.finance.selfcheck import differences
from support.payments.models import Payment
from tests.databases import flask
from tests.support.readers import buy, rows
from tests.support.upkeep.dumps import places_of
from tests.support.upkeep.people import CANARY, EMAIL, a_well_known_supporter, command, run
from tests.webhooks.events import a_body, post, stored

if TYPE_CHECKING:
    from pathlib import Path

    from tests.services import Service
    from tests.support.mailbox import Mailed

ONCE = {"interval": "once", "amount": "50"}


def everything(database_url: str) -> dict[str, list[Any]]:
    """Every row of every table but the chores', which begin anew."""
    database = Database(database_url)
    with database.engine.connect() as connection:
        tables = [table for table in Base.metadata.sorted_tables if table.name != "chores"]
        found = {
            table.name: [tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key))]
            for table in tables
        }
    database.engine.dispose()
    return found


def save(service: Service, file: Path) -> None:
    code, said = run(service, "backup", str(file))
    assert code == 0, said


def bring_back(service: Service, file: Path, *options: str) -> str:
    code, said = run(service, "restore", str(file), "--replace", "--yes", *options)
    assert code == 0, said
    return said


def test_what_was_saved_comes_back_and_nothing_else(kept: Mailed, tmp_path: Path) -> None:
    buy(kept, kept.browser())
    file, url = tmp_path / "backup", kept.settings.database_url
    done = command(kept, "backup", str(file))
    assert done.returncode == 0, done.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    before = everything(url)
    buy(kept, kept.browser(), email="later@example.com")
    assert run(kept, "backup", str(file))[1].endswith("never overwrites anything\n")
    assert run(kept, "restore", str(file))[1].endswith("say --replace to lose what is in it\n")
    assert len(rows(kept, Payment)) == 2

    assert "flask reconcile" in bring_back(kept, file)

    assert everything(url) == before
    with kept.database.reading() as session:
        assert list(differences(session)) == []
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    buy(kept, kept.browser(), email="later@example.com")
    assert len(rows(kept, Payment)) == 2


def test_whoever_was_erased_stays_erased(kept: Mailed, tmp_path: Path) -> None:
    buy(kept, kept.browser(), email="other@example.com")
    a_well_known_supporter(kept)
    file, url, log = tmp_path / "backup", kept.settings.database_url, kept.settings.erase_log
    save(kept, file)
    assert run(kept, "erase", EMAIL, "--yes", "--cancel")[0] == 0

    assert "1 of 1 erased" in bring_back(kept, file)
    assert places_of(CANARY, url) == []
    assert [one.email for one in rows(kept, Supporter)] == ["other@example.com", None]
    assert "0 of 1 erased" in run(kept, "restore", str(a_new_one(kept, file)), "--replace", "--yes")[1]

    # Without the log the backup brings the person back: what is not there is not there because of the log.
    log.rename(tmp_path / "elsewhere")
    bring_back(kept, file)
    assert places_of(CANARY, url) != []


def a_new_one(service: Service, file: Path) -> Path:
    """A backup of what is there now."""
    newer = file.with_name("newer")
    save(service, newer)
    return newer


def test_an_older_backup_is_brought_up_to_date(kept: Mailed, tmp_path: Path) -> None:
    buy(kept, kept.browser(), email=EMAIL, **ONCE)
    assert run(kept, "db", "downgrade", "0003")[0] == 0
    save(kept, tmp_path / "older")
    assert run(kept, "db", "upgrade")[0] == 0
    assert run(kept, "erase", EMAIL, "--yes")[0] == 0

    bring_back(kept, tmp_path / "older")

    assert not has_pending_migrations(kept.database)
    assert [one.email for one in rows(kept, Supporter)] == [None]
    assert run(kept, "db", "check")[0] == 0


@pytest.mark.drill
def test_an_address_is_known_under_an_earlier_secret_and_a_newcomer_is_not_it(
    sqlite_kept: Mailed, tmp_path: Path
) -> None:
    buy(sqlite_kept, sqlite_kept.browser(), email=EMAIL, **ONCE)
    save(sqlite_kept, older := tmp_path / "older")
    assert run(sqlite_kept, "erase", EMAIL, "--yes")[0] == 0
    buy(sqlite_kept, sqlite_kept.browser(), email=EMAIL, **ONCE)
    save(sqlite_kept, newer := tmp_path / "newer")
    log = sqlite_kept.settings.erase_log
    log.write_text(log.read_text().replace("cus_", "of_another_account_"))  # only the address tells now

    secrets = {"SECRET_KEY": "another secret, of which nothing is known"}
    secrets["SECRET_KEY_FALLBACKS"] = sqlite_kept.settings.secret_key
    assert command(sqlite_kept, "restore", str(older), "--replace", "--yes", **secrets).returncode == 0
    assert [one.email for one in rows(sqlite_kept, Supporter)] == [None]
    bring_back(sqlite_kept, newer)
    assert [one.email for one in rows(sqlite_kept, Supporter)] == [None, EMAIL]


def test_a_broken_line_of_the_log_stops_before_anything_changes(sqlite_kept: Mailed, tmp_path: Path) -> None:
    save(sqlite_kept, file := tmp_path / "backup")
    buy(sqlite_kept, sqlite_kept.browser(), **ONCE)
    good = '{"at": "2026-01-01T00:00:00+00:00", "supporter": 7, "customers": [], "address": ""}\n'
    sqlite_kept.settings.erase_log.write_text(f"{good}{{broken\n{good}")
    code, said = run(sqlite_kept, "restore", str(file), "--replace", "--yes")
    assert (code, said.count("\n"), "line 2 of" in said) == (1, 1, True), said
    assert len(rows(sqlite_kept, Payment)) == 1

    sqlite_kept.settings.erase_log.write_text(good + good[:20])
    assert "never finished" in bring_back(sqlite_kept, file)
    assert rows(sqlite_kept, Payment) == []


def test_what_is_no_backup_changes_nothing(kept: Mailed, tmp_path: Path) -> None:
    buy(kept, kept.browser(), **ONCE)
    save(kept, backup := tmp_path / "backup")
    whole = backup.read_bytes()
    damaged = {"a text": b"not a backup\n" * 1000, "cut off": whole[: len(whole) // 2], "nothing": b""}
    for name, content in damaged.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "a folder").mkdir()
    with sqlite3.connect(tmp_path / "another database") as other:
        other.execute("CREATE TABLE something (id INTEGER)")

    for name in (*damaged, "a folder", "another database", "absent"):
        code, said = run(kept, "restore", str(tmp_path / name), "--replace", "--yes")
        assert (code, said.count("\n")) == (1, 1), (name, said)
        assert len(rows(kept, Payment)) == 1, name


def test_a_restore_does_not_push_a_writer_aside(sqlite_kept: Mailed, tmp_path: Path) -> None:
    save(sqlite_kept, file := tmp_path / "backup")
    buy(sqlite_kept, sqlite_kept.browser(), **ONCE)
    with sqlite_kept.database.transaction() as session:
        session.execute(sa.select(1))
        code, said = run(sqlite_kept, "restore", str(file), "--replace", "--yes")
    assert (code, "stop the service and the worker first" in said) == (1, True), said
    assert len(rows(sqlite_kept, Payment)) == 1


def test_without_pg_dump_it_says_what_to_install(tmp_path: Path) -> None:
    url = "postgresql://user:do-not-show@localhost:1/none"
    done = flask("backup", str(tmp_path / "backup"), DATABASE_URL=url, PATH=str(tmp_path))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "postgresql-client" in done.stderr
    done = flask("backup", str(tmp_path / "backup"), DATABASE_URL=url)
    assert (done.returncode, done.stderr.count("\n"), "do-not-show" in done.stderr) == (1, 1, False), done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.drill
def test_writers_go_on_and_nothing_acknowledged_is_missing(kept: Mailed, tmp_path: Path) -> None:
    acknowledged: list[bytes] = []
    is_enough = threading.Event()

    def write() -> None:
        while not is_enough.is_set():
            body = a_body()
            if post(kept, body).status_code == 200:
                acknowledged.append(body)

    with ThreadPoolExecutor(2) as pool:
        writing = [pool.submit(write) for _ in range(2)]
        while len(acknowledged) < 20 and not any(one.done() for one in writing):
            is_enough.wait(0.01)
        earlier = len(acknowledged)
        save(kept, file := tmp_path / "backup")
        during = len(acknowledged) - earlier
        is_enough.set()
        for one in writing:
            one.result()
    sent = len(stored(kept))
    bring_back(kept, file)

    assert during > 0
    assert earlier <= len(stored(kept)) <= sent
    assert {event.body for event in stored(kept).values()} >= set(acknowledged[:earlier])


def test_a_plain_copy_of_the_file_would_lose_what_was_acknowledged(sqlite_kept: Mailed, tmp_path: Path) -> None:
    for _ in range(5):
        assert post(sqlite_kept, a_body()).status_code == 200
    shutil.copy(str(sqlite_kept.database.url.database), tmp_path / "copy")
    with sqlite3.connect(tmp_path / "copy") as copy:
        assert copy.execute("SELECT count(*) FROM stripe_events").fetchone()[0] < 5
