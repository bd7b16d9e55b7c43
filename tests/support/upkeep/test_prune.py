"""What has had its time goes, in batches, and nothing else does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from support import clock, holdings
from support.access.models import PassCode, PassRenewal, ReadingSession
from support.accounts.models import MailedLink, SignIn, Supporter
from support.checkout.models import Checkout
from support.chores import Chore
from support.limits import LimitCounter
from support.upkeep.pruning import CHORE
from tests.databases import flask
from tests.support.access.test_exchange import a_code, redeem, renew
from tests.support.accounts.signing_in import sign_in
from tests.support.readers import buy, change, rows
from tests.webhooks.events import stored
from webhooks.models import StripeEvent

if TYPE_CHECKING:
    from pathlib import Path

    from tests.services import Service
    from tests.support.mailbox import Mailed

DAY = 24 * 3600


def prune(service: Service) -> dict[str, int]:
    """`flask prune`: {holding: how many went}."""
    done = service.app.test_cli_runner().invoke(args=["prune"])
    assert done.exit_code == 0, done.output
    return counted(done.output)


def counted(output: str) -> dict[str, int]:
    """{holding: how many went}"""
    lines = (line.split(maxsplit=1) for line in output.splitlines())
    return {name: int(count) for count, name in lines}


def later(service: Service, *, days: int) -> None:
    """Let time pass for us alone."""
    assert service.settings.clock_file is not None
    service.settings.clock_file.write_text(str(days * DAY))


def with_body(events: dict[str, StripeEvent]) -> list[str]:
    """Their ids."""
    return sorted(event_id for event_id, event in events.items() if event.body is not None)


def test_bodies_go_90_days_after_they_were_handled_and_the_rest_remains(moving_service: Service) -> None:
    buy(moving_service, moving_service.browser())
    before = stored(moving_service)
    later(moving_service, days=89)
    assert prune(moving_service)["event bodies"] == 0
    later(moving_service, days=91)

    assert prune(moving_service)["event bodies"] == len(with_body(before)) > 0

    for event in stored(moving_service).values():
        was = before[event.stripe_event_id]
        assert event.body is None
        assert (event.type, event.object_key, event.body_hash) == (was.type, was.object_key, was.body_hash)
        assert event.state == was.state
    assert set(prune(moving_service).values()) == {0}


def test_what_waits_or_is_parked_keeps_its_body(moving_service: Service) -> None:
    buy(moving_service, moving_service.browser())
    kept = with_body(stored(moving_service))[:2]
    with moving_service.database.transaction() as session:
        for event_id, state in zip(kept, ("waiting", "parked"), strict=True):
            session.get_one(StripeEvent, event_id).state = state
    later(moving_service, days=400)
    prune(moving_service)
    assert with_body(stored(moving_service)) == kept


def test_a_backlog_goes_in_several_transactions(moving_service: Service) -> None:
    count = holdings.BATCH + 1
    now = clock.now()
    with moving_service.database.transaction() as session:
        for number in range(count):
            session.add(LimitCounter(key=f"key {number}", hits=1, ends_at=now - timedelta(days=2)))
        session.add(LimitCounter(key="still counting", hits=1, ends_at=now))
    assert prune(moving_service)["limits"] == count
    assert [row.key for row in rows(moving_service, LimitCounter)] == ["still counting"]


def test_proofs_and_sign_ins_go_after_their_end(mailed: Mailed, tmp_path: Path) -> None:
    renewal = redeem(mailed, a_code(mailed)).json()["renewal"]
    assert renew(mailed, renewal).status_code == 200
    sign_in(mailed)
    assert set(prune(mailed).values()) == {0}

    long_ago = clock.now() - timedelta(days=200)
    change(mailed, MailedLink, expires_at=long_ago)
    change(mailed, PassCode, expires_at=long_ago)
    change(mailed, PassRenewal, expires_at=long_ago)
    change(mailed, SignIn, ended_at=long_ago)
    change(mailed, ReadingSession, expires_at=long_ago)
    change(mailed, Checkout, expires_at=long_ago)
    gone = prune(mailed)

    expected = {"mailed links": 1, "pass codes": 1, "pass renewals": 2, "sign-ins": 1, "reading sessions": 2}
    assert {name: gone[name] for name in expected} == expected
    assert gone["requests to Stripe"] == 1
    assert [len(rows(mailed, table)) for table in (MailedLink, PassCode, PassRenewal, SignIn, ReadingSession)] == [
        0
    ] * 5
    assert [one.request_params for one in rows(mailed, Checkout)] == [{}]
    assert [one.email for one in rows(mailed, Supporter)] == ["reader@example.com"]
    again = flask("prune", DATABASE_URL=mailed.settings.database_url)
    assert (again.returncode, set(counted(again.stdout).values())) == (0, {0})


def test_the_worker_does_it_every_day(sqlite_service: Service) -> None:
    with sqlite_service.database.transaction() as session:
        session.add(LimitCounter(key="over", hits=1, ends_at=clock.now() - timedelta(days=2)))
    sqlite_service.app.extensions["chores"].do_due()
    assert rows(sqlite_service, LimitCounter) == []
    with sqlite_service.database.reading() as session:
        assert session.scalar(sa.select(Chore.done_at).where(Chore.name == CHORE)) is not None
