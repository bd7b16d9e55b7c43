from collections.abc import Iterator

import pytest

from tests.demo.stripe.harness import Receiver, StandIn


@pytest.fixture(scope="session")
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture(scope="session")
def running(receiver: Receiver) -> Iterator[StandIn]:
    stand_in = StandIn(":memory:", receiver.url)
    yield stand_in
    assert stand_in.stop() == 0


@pytest.fixture
def stand_in(running: StandIn, receiver: Receiver) -> Iterator[StandIn]:
    """One stand-in for all tests, healthy before and after each."""
    yield running
    running.control("faults")
    receiver.answer = lambda _: 200
    assert receiver.forged == []
