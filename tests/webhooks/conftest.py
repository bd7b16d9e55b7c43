"""Fixtures of the webhook's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from tests.services import Service, StandIn, running_service
from tests.support.desk.staffing import Colleague, a_colleague
from webhooks.models import StripeEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.databases import SqliteDatabases


@pytest.fixture(scope="module")
def one_service(sqlite_databases: SqliteDatabases, stand_in_server: StandIn) -> Iterator[Service]:
    """One service for all tests of a module."""
    with running_service(sqlite_databases.new(), stand_in_server) as running:
        yield running


@pytest.fixture
def endpoint(one_service: Service) -> Service:
    """The module's service with an empty inbox: for requests that must leave nothing behind."""
    with one_service.database.transaction() as session:
        session.execute(sa.delete(StripeEvent))
    return one_service


@pytest.fixture
def finance(service: Service) -> Colleague:
    """Somebody of finance."""
    return a_colleague(service, "finance")
