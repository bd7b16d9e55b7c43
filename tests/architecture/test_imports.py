"""The import contracts of pyproject.toml hold, and would notice if they did not."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.architecture.source import ROOT

PACKAGES = ("config", "support", "webhooks", "demo")

# {what breaks: (the file that it is planted in, the line)}
PLANTED = {
    "webhooks, then support, then config": ("support/memory.py", "import webhooks.claims"),
    "Inside support, every arrow points down": ("support/money.py", "import support.checkout.rules"),
    "Only the gateway and the endpoint know Stripe's SDK": (
        "support/checkout/flows.py",
        "import stripe",
    ),
    "The service does not know the demo": ("config/server.py", "import demo.stripe"),
    "The demo talks to the service over HTTP alone": ("demo/stripe/clock.py", "import support.db"),
}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """`lint-imports`, as `make lint` runs it, on the packages in `folder`."""
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache", "--no-logo"], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


def test_every_contract_is_kept() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(f"{name} KEPT" in done.stdout for name in PLANTED)


def test_every_contract_breaks_when_somebody_breaks_it(tmp_path: Path) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for file, line in PLANTED.values():
        path = tmp_path / file
        path.write_text(f"{path.read_text('utf-8')}\n\n{line}\n", "utf-8")

    done = lint_imports(tmp_path)

    assert done.returncode == 1, done.stdout + done.stderr
    assert [name for name in PLANTED if f"{name} BROKEN" not in done.stdout] == []
