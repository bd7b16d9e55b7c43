"""Every schema change goes up and down, keeps what is in the database, and ends where the models are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from support.campaigns.models import Campaign
from support.checkout.models import Checkout
from support.commands import alembic_config
from support.db import Base, Database, has_pending_migrations, newest_revision
from tests.databases import SqliteDatabases
from tests.services import running_service
from tests.support.readers import buy, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

    from tests.services import Service, StandIn


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The migrated database itself, without a service."""
    found = Database(database_url)
    yield found
    found.engine.dispose()


def flask_db(service: Service, *arguments: str) -> Result:
    done = service.app.test_cli_runner().invoke(args=["db", *arguments])
    assert done.exit_code == 0, done.output
    return done


def test_what_tests_copy_is_migrated_whatever_app_is_at_work(service: Service, tmp_path: Path) -> None:
    with service.app.app_context():
        copies = SqliteDatabases(tmp_path)
    made = Database(copies.new())
    assert not has_pending_migrations(made)
    made.engine.dispose()


def schema(database: Database) -> dict[str, object]:
    """Tables with their columns, keys, indexes and checks, as the database tells."""
    found = sa.inspect(database.engine)
    tables = [name for name in found.get_table_names() if name != "alembic_version"]
    return {
        name: {
            "columns": sorted((one["name"], str(one["type"]), one["nullable"]) for one in found.get_columns(name)),
            "primary": found.get_pk_constraint(name),
            "unique": sorted(
                (str(one["name"]), tuple(one["column_names"])) for one in found.get_unique_constraints(name)
            ),
            "foreign": sorted(
                (str(one["name"]), tuple(one["constrained_columns"]), one["referred_table"])
                for one in found.get_foreign_keys(name)
            ),
            "indexes": sorted((str(one["name"]), tuple(one["column_names"])) for one in found.get_indexes(name)),
            "checks": sorted((str(one["name"]), one["sqltext"]) for one in found.get_check_constraints(name)),
        }
        for name in tables
    }


def test_the_newest_migration_is_what_the_models_say(database: Database) -> None:
    assert not has_pending_migrations(database)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_a_column_that_no_migration_makes_is_found(database: Database) -> None:
    planted = sa.MetaData(naming_convention=Base.metadata.naming_convention)
    for table in Base.metadata.tables.values():
        table.to_metadata(planted)
    planted.tables["checkouts"].append_column(sa.Column("forgotten", sa.Text))
    with database.engine.connect() as connection:
        (difference,) = compare_metadata(MigrationContext.configure(connection), planted)
    assert difference[0] == "add_column"


def test_flask_db_check_is_clean(service: Service) -> None:
    flask_db(service, "check")


def test_there_is_one_line_of_migrations(sqlite_url: str) -> None:
    (head,) = ScriptDirectory.from_config(alembic_config(Database(sqlite_url))).get_heads()
    assert head == newest_revision()


def test_down_to_nothing_and_up_again_gives_the_same_schema(service: Service) -> None:
    before = schema(service.database)
    assert before.keys() == set(Base.metadata.tables)
    flask_db(service, "downgrade", "base")
    assert schema(service.database) == {}
    assert requests.get(f"{service.url}/readyz", timeout=10).status_code == 503

    flask_db(service, "upgrade")

    assert schema(service.database) == before
    assert requests.get(f"{service.url}/readyz", timeout=10).json() == {"status": "ok"}
    assert [campaign.slug for campaign in rows(service, Campaign)] == ["independent-journalism"]


def test_every_step_goes_down_and_up_with_data_in_the_tables(service: Service) -> None:
    buy(service, service.browser())
    script = ScriptDirectory.from_config(alembic_config(service.database))
    for revision in script.walk_revisions():
        below = revision.down_revision or "base"
        assert isinstance(below, str)
        flask_db(service, "downgrade", below)
        flask_db(service, "upgrade", revision.revision)
        flask_db(service, "downgrade", below)
    flask_db(service, "upgrade")
    assert not has_pending_migrations(service.database)


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(service: Service) -> None:
    buy(service, service.browser())
    before = schema(service.database)
    kept = [row.public_id for row in rows(service, Checkout)]
    flask_db(service, "upgrade")
    assert schema(service.database) == before
    assert [row.public_id for row in rows(service, Checkout)] == kept
    assert len(rows(service, Campaign)) == 1


def test_readyz_says_what_is_wrong(sqlite_url: str, stand_in: StandIn) -> None:
    with running_service(sqlite_url, stand_in) as service:
        flask_db(service, "downgrade", "base")
        answer = requests.get(f"{service.url}/readyz", timeout=10)
        assert answer.status_code == 503
        assert "flask db upgrade" in answer.json()["reason"]
        assert requests.get(f"{service.url}/healthz", timeout=10).status_code == 200
