"""The log has what somebody must know: not each step of a library."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.databases import ROOT, environment

SAY = """
import logging
from config.logging import start_logging
start_logging()
for name in ("alembic", "stripe", "weasyprint.progress", "support"):
    logging.getLogger(name).info("said by %s", name)
"""


def test_libraries_that_tell_each_step_are_not_heard() -> None:
    command = [sys.executable, "-c", SAY]
    said = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60, check=True)
    assert re.findall(r"said by ([\w.]+)", said.stdout) == ["support"]
