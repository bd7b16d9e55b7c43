"""What outlives the process: objects, undelivered events, tasks, the clock."""

import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.demo.stripe.harness import KEY, ROOT, SECRET, Receiver, StandIn, eventually


def test_a_killed_stand_in_goes_on_where_it_was(tmp_path: Path) -> None:
    receiver = Receiver(answer=lambda _: 503)
    state, clock = str(tmp_path / "state.sqlite3"), tmp_path / "clock"
    first = StandIn(state, receiver.url, "--clock-file", str(clock))
    assert clock.read_text().strip() == "0"
    first.control("clock", advance=7200)
    session = first.session(customer_creation="always")
    first.pay(session)
    eventually(lambda: receiver.of_type("checkout.session.completed", session.id))
    made = first.types(session.id)
    first.kill()

    clock.write_text("0")
    receiver.answer = lambda _: 200
    receiver.deliveries.clear()
    second = StandIn(state, receiver.url, "--clock-file", str(clock))
    try:
        assert clock.read_text().strip() == "7200"
        assert second.types(session.id) == made
        assert second.read(session.id).payment_status == "paid"
        eventually(lambda: receiver.of_type("checkout.session.completed", session.id))
        eventually(lambda: second.shown("deliveries")["waiting"] == 0)
        charge_id = second.read(session.id).payment_intent.latest_charge.id  # type: ignore[union-attr]
        eventually(lambda: receiver.of_type("charge.updated", charge_id))
        assert receiver.forged == []
    finally:
        second.kill()


def test_it_also_runs_without_a_webhook_and_stops_when_told(tmp_path: Path) -> None:
    stand_in = StandIn(str(tmp_path / "state.sqlite3"), None)
    stand_in.paid()
    assert {event.pending_webhooks for event in stand_in.api.events.list().data} == {0}
    assert stand_in.shown("deliveries") == {"deliveries": [], "waiting": 0}
    assert stand_in.stop() == 0


def test_half_a_webhook_is_refused_at_the_start() -> None:
    command = [sys.executable, "-m", "demo.stripe", "--port", "0", "--state", ":memory:", "--webhook-secret", SECRET]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 2
    assert "belong together" in ended.stderr


def test_the_state_of_another_version_is_refused_by_name(tmp_path: Path) -> None:
    state = tmp_path / "old.sqlite3"
    with sqlite3.connect(state) as database:
        database.execute("CREATE TABLE objects (seq INTEGER PRIMARY KEY)")
    command = [sys.executable, "-m", "demo.stripe", "--port", "0", "--state", str(state)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 1
    assert "another version of the stand-in" in ended.stderr


def test_no_card_number_and_no_key_reaches_the_disk(tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite3"
    stand_in = StandIn(str(state), None)
    session = stand_in.session()
    stand_in.pay(session, card="4000002500003155")
    stand_in.kill()
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert session.id.encode() in written
    for secret in (b"4000002500003155", KEY.encode()):
        assert secret not in written
