"""What a renewal costs: Stripe allows so many reads for each transaction, and so many a second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.stripe.hooks import Hook
from tests.services import SECRET, running_service, running_stand_in
from tests.support.wire import recording

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.wire import Wire

AT_MOST = 4


def reads(wire: Wire) -> list[str]:
    """What was read over the wire."""
    return [call.path for call in wire.calls if call.method == "GET"]


def test_all_events_of_a_renewal_cost_at_most_four_reads(sqlite_url: str, tmp_path: Path) -> None:
    clock_file = tmp_path / "clock"
    with (
        running_stand_in(clock_file, Hook("we_tests", "http://127.0.0.1:9/", SECRET)) as stand_in,
        recording(stand_in) as wire,
        running_service(sqlite_url, wire.stand_in, clock_file=clock_file) as service,
    ):
        stand_in.pay(service.begin(interval="month", amount="10"))
        service.deliver(stand_in.events())
        wire.calls.clear()
        stand_in.control("clock", advance=32 * 86400)
        stand_in.control("clock", advance=60)
        events = stand_in.events()
        service.deliver(events)
    assert len(events) >= 9
    assert {event["type"] for event in events} >= {"invoice.paid", "charge.succeeded", "charge.updated"}
    found = reads(wire)
    assert 3 <= len(found) <= AT_MOST, found
