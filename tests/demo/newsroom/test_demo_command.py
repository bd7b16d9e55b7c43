"""`python -m demo`, as `make demo` runs it, on ports and in a folder of this test's own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyotp
import pytest
import requests

from demo.staff import new_password
from support.accounts.staff.rules import fault_of_password
from tests.databases import ROOT
from tests.drills.processes import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = ("NEWSROOM_PORT", "SUPPORT_PORT", "STRIPE_PORT", "MAILBOX_PORT")


def free_ports() -> dict[str, str]:
    return {name: str(free_port()) for name in NAMES}


@contextmanager
def demo(folder: Path, ports: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    # Settings of a real newsroom in this shell must not reach the demo.
    environment = os.environ | ports | {"DEMO_DIR": str(folder), "STRIPE_API_KEY": "sk_live_never"}
    process = subprocess.Popen(
        [sys.executable, "-m", "demo"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        # Its parts are in groups of their own: asked to end, it ends them.
        process.terminate()
        try:
            process.communicate(timeout=60)
        finally:
            process.kill()


def greeting(process: subprocess.Popen[str]) -> str:
    lines: list[str] = []
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            return "".join(lines)
    raise AssertionError(process.stderr.read() if process.stderr else "")


def a_mail(mailbox: str, number: int) -> requests.Response:
    """The mail of this number, from 0, if it arrives within ten seconds."""
    deadline = time.monotonic() + 10
    while not (found := requests.get(f"{mailbox}/{number}", timeout=10)).ok and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


@pytest.mark.timeout(240)  # starts five processes and three commands
def test_it_runs_everything_says_where_and_stops_everything(tmp_path: Path) -> None:
    ports = free_ports()
    with demo(tmp_path, ports) as process:
        said = greeting(process)
        news, support, stripe, mailbox = (f"http://localhost:{port}" for port in ports.values())
        assert all(address in said for address in (news, support, stripe, mailbox, "4242 4242 4242 4242"))
        key = next(word for word in said.split() if word.startswith("nsk_"))
        assert requests.get(f"{news}/articles/city-budget", timeout=10).status_code == 200
        assert requests.get(f"{support}/readyz", timeout=10).status_code == 200
        members = json.loads((tmp_path / "staff.json").read_text())
        assert all(f"{one['email']:<19} {one['password']}" in said for one in members)
        proofs = [("sign-in", {name: members[2][name] for name in ("email", "password")})]
        proofs += [("code", {"code": pyotp.TOTP(members[2]["secret"]).at(int(time.time()) + 30)})]
        admin = requests.Session()
        for step, proof in proofs:
            admin.post(f"{support}/staff/{step}", proof, timeout=10).raise_for_status()
        assert "with a code" in admin.get(f"{support}/staff/audit", timeout=10).text
        assert pyotp.TOTP(members[0]["secret"]).now() in requests.get(f"{mailbox}/codes", timeout=10).text
        checked = requests.post(
            f"{support}/api/v1/memberships/check",
            json={"email": "reader@example.org"},
            headers={"Authorization": f"Bearer {key}"},
            timeout=10,
        )
        assert checked.json()["member"] is False
        requests.post(f"{support}/account/sign-in", {"email": "reader@example.org"}, timeout=10).raise_for_status()
        assert a_mail(mailbox, 3).status_code == 200, "after the invitations of the staff"
        asked = {"currency": "EUR", "interval": "once", "amount": "5"}
        begun = requests.post(f"{support}/checkout", data=asked, allow_redirects=False, timeout=10)
        assert begun.headers["Location"].startswith(stripe)
        checkout = begun.headers["Location"].rpartition("/")[2]
        requests.post(f"{stripe}/_stand_in/pay", json={"checkout": checkout}, timeout=10).raise_for_status()
        assert "your receipt" in a_mail(mailbox, 4).text
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert all(socket.socket().connect_ex(("127.0.0.1", int(port))) != 0 for port in ports.values())
    assert all((tmp_path / name).stat().st_mode & 0o077 == 0 for name in ("api-key", "staff.json"))


def test_a_taken_port_is_named_in_one_line(tmp_path: Path) -> None:
    ports = free_ports()
    with socket.create_server(("127.0.0.1", int(ports["SUPPORT_PORT"]))), demo(tmp_path, ports) as process:
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert errors.startswith(f"SUPPORT_PORT: port {ports['SUPPORT_PORT']} is taken")
    assert errors.count("\n") == 1


def test_a_part_that_ends_by_itself_ends_the_demo_and_is_named(tmp_path: Path) -> None:
    (tmp_path / "stripe.sqlite3").mkdir()
    with demo(tmp_path, free_ports()) as process:
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.startswith("stripe ended by itself (exit code 1)")
    assert "unable to open database file" in errors


def test_the_service_takes_every_password_that_the_demo_makes() -> None:
    made = [new_password() for _ in range(20_000)]
    assert {fault_of_password(password, "finance@example.com") for password in made} == {None}
