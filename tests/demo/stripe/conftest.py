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


@pytest.fixture(scope="session")
def silent() -> Iterator[StandIn]:
    """Another one that delivers nothing, for tests that move its clock a lot."""
    stand_in = StandIn(":memory:", None)
    yield stand_in
    assert stand_in.stop() == 0


@pytest.fixture
def bank(silent: StandIn) -> Iterator[StandIn]:
    """The silent one: settings and faults as at first before and after; no membership goes on into other tests."""
    silent.control("settings")
    yield silent
    silent.control("settings")
    silent.control("faults")
    for subscription in silent.api.subscriptions.list({"limit": 100}).auto_paging_iter():
        silent.api.subscriptions.cancel(subscription.id)
