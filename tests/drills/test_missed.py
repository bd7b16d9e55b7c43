"""Events that were not delivered, or never made: backfill and reconcile together find every one of their effects."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.drills.stripe_lists import contents, differences
from tests.support.sync.walking import differed, listed, refund, run

if TYPE_CHECKING:
    from tests.services import Service

FAILS_LATER = "4000000000000341"
# A month and a day: every monthly is renewed once.
DAYS = 32


@dataclass(frozen=True)
class Losses:
    """Among how many readers, which share of events is made and not delivered, and which never made."""

    readers: int
    dropped: float
    never: float


SHORT = Losses(readers=15, dropped=0.3, never=0.2)
LONG = Losses(readers=400, dropped=0.05, never=0.01)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_was_missed_among_some_readers_is_found(moving_service: Service) -> None:
    _require_all_found(moving_service, SHORT)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_backfill_alone_does_not_find_what_was_never_made(moving_service: Service) -> None:
    session_id = moving_service.begin(interval="once", amount="60", email="told@example.com")
    moving_service.stand_in.pay(session_id)
    moving_service.stand_in.control("faults", webhook_never=1)
    session_id = moving_service.begin(interval="once", amount="60", email="untold@example.com")
    moving_service.stand_in.pay(session_id)
    moving_service.stand_in.control("clock", advance=60)
    moving_service.stand_in.control("faults")
    untold = listed(moving_service, "charges")[0]

    _backfill(moving_service)
    missing = differences(moving_service)
    assert f"payment {untold['payment_intent']}" in {one.partition(":")[0] for one in missing}
    assert run(moving_service, "reconcile")[0] == 0
    assert differences(moving_service) == []


@pytest.mark.drill
@pytest.mark.timeout(1200)
def test_what_was_missed_among_four_hundred_readers_is_found(moving_service: Service) -> None:
    _require_all_found(moving_service, LONG)


def _require_all_found(service: Service, losses: Losses) -> None:
    dice = random.Random(losses.readers)  # noqa: S311
    service.stand_in.control("faults", webhook_never=losses.never)
    _live(service, losses.readers)
    service.deliver([event for event in service.stand_in.events() if dice.random() >= losses.dropped])
    service.stand_in.control("faults")
    assert differences(service), "nothing was missed"

    assert not _backfill(service).endswith(" 0 of them new\n")
    code, output = run(service, "reconcile")
    assert code == 0, output
    assert differed(output), "nothing was left to reconcile"
    assert differences(service) == []

    found = contents(service.database)
    assert run(service, "backfill")[1].endswith(" 0 of them new\n")
    code, output = run(service, "reconcile")
    assert (code, differed(output)) == (0, {})
    assert contents(service.database) == found


def _backfill(service: Service) -> str:
    """What `flask backfill` says, once the worker has handled what it found."""
    code, output = run(service, "backfill")
    assert code == 0, output
    service.work()
    return output


def _live(service: Service, readers: int) -> None:
    """A month of them: gifts, memberships, renewals that fail; then refunds in full and in part, and disputes."""
    for number in range(readers):
        interval = ("once", "month", "month")[number % 3]
        session_id = service.begin(interval=interval, amount="60", email=f"reader{number}@example.com")
        card = {"card": FAILS_LATER} if number % 6 == 1 else {}
        assert service.stand_in.pay(session_id, **card).status_code == 200
    service.stand_in.control("clock", advance=DAYS * 86400)
    charges = [one["id"] for one in listed(service, "charges") if one["paid"]]
    for number, charge in enumerate(charges):
        match number % 8:
            case 0:
                refund(service, charge, "6000")
            case 1:
                refund(service, charge, "500")
            case 2:
                service.stand_in.control("dispute", charge=charge, outcome="lost")
            case 3:
                service.stand_in.control("dispute", charge=charge, outcome="won")
    service.stand_in.control("clock", advance=60)
