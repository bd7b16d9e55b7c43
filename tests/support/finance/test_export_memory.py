"""However long a file is, it takes the same memory."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.databases import ROOT, environment
from tests.support.finance.export_memory import FILES, KEPT


@pytest.mark.timeout(300)
def test_four_times_the_rows_take_the_same_memory(database_url: str) -> None:
    command = [sys.executable, "-m", "tests.support.finance.export_memory", database_url]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=280, check=True)
    found = json.loads(done.stdout)
    grown = {file for file, (few, many) in found.items() if many > 1.3 * few + 200_000}
    assert set(found) == {*FILES, KEPT}
    assert grown == {KEPT}, found
