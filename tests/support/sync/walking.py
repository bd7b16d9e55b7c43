"""What the tests of reconcile and import share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import requests

if TYPE_CHECKING:
    from typing import Any

    from tests.services import Service

KEY = ("sk_test_tests", "")


def run(service: Service, *arguments: str) -> tuple[int, str]:
    """`flask …` in this process: its exit code and what it printed."""
    done = service.app.test_cli_runner().invoke(args=list(arguments))
    return done.exit_code, done.output


def differed(output: str) -> dict[str, int]:
    """{kind: how many differed} of a report, those with none left out."""
    found = re.findall(r"^(\w+) +\d+ looked at +(\d+) differed", output, re.MULTILINE)
    return {kind: int(count) for kind, count in found if int(count)}


def listed(service: Service, path: str, **query: str) -> list[dict[str, Any]]:
    """Everything that the stand-in lists there."""
    found: list[dict[str, Any]] = []
    while True:
        after = {"starting_after": found[-1]["id"]} if found else {}
        address = f"{service.stand_in.base}/v1/{path}"
        page = requests.get(address, {"limit": "100", **query, **after}, auth=KEY, timeout=30).json()
        found += page["data"]
        if not page["has_more"]:
            return found


def refund(service: Service, charge: str, amount: str) -> None:
    """Give back a part of a charge, in minor units, as staff would in Stripe's dashboard."""
    body = {"charge": charge, "amount": amount}
    requests.post(f"{service.stand_in.base}/v1/refunds", body, auth=KEY, timeout=30).raise_for_status()
