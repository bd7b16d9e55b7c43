"""Pages of a reader's, and the service behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.services import Service, StandIn, running_service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext, Page


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in item.nodeid:
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """A page of a reader's with JavaScript."""
    return new_context().new_page()


@pytest.fixture
def reader_service(sqlite_url: str, stand_in: StandIn) -> Iterator[Service]:
    """The service for browser tests, on SQLite only: what a browser sees does not depend on the database."""
    with running_service(sqlite_url, stand_in) as running:
        yield running
