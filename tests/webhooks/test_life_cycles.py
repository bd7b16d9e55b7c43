"""Five whole lives at Stripe: in whatever order and however often their events come, the end is that of the order.

Two workers, the thanks page and reconcile look at the same time, at any moment in between.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import sqlalchemy as sa
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from support.memberships.models import Membership
from tests.webhooks.crew import a_crew
from tests.webhooks.rows import Rows, entries, forget, rows
from tests.webhooks.story import Story
from webhooks.models import StripeEvent
from webhooks.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.services import Service
    from tests.webhooks.crew import Crew
    from tests.webhooks.story import Event
    from webhooks.claims import Claim

PAYS, FAILS_LATER = "4242424242424242", "4000000000000341"
THANKS, RECONCILE = "thanks", "reconcile"
SHORT = settings(max_examples=2, derandomize=True)
# A thousand in all: five lives on two kinds of database.
LONG = settings(max_examples=100)
State = tuple[Rows, Any]


@dataclass(frozen=True)
class Life:
    """What is asked for, and what happens from then on."""

    ask: Mapping[str, str]
    live: Callable[[Story], None]


def _give_once(story: Story) -> None:
    story.pay()


def _fail_to_renew_and_recover(story: Story) -> None:
    story.pay(card=FAILS_LATER)
    story.wait(days=32)
    story.give_card(PAYS)
    story.wait(days=4)


def _cancel_after_a_month(story: Story) -> None:
    story.pay()
    story.wait(days=30)
    story.cancel_at_the_end()
    story.wait(days=340)


def _be_refunded(story: Story) -> None:
    story.pay()
    story.wait(days=1)
    story.refund(amount="500")
    story.refund()


def _win_one_dispute_and_lose_one(story: Story) -> None:
    story.pay()
    story.wait(days=1)
    story.dispute("won")
    story.wait(days=31)
    story.dispute("lost")


YEARLY = {"interval": "year", "amount": "100"}
LIVES = {
    "a donation": Life({"interval": "once", "amount": "60"}, _give_once),
    "a renewal that fails and recovers": Life({"interval": "month"}, _fail_to_renew_and_recover),
    "a yearly that is canceled": Life(YEARLY, _cancel_after_a_month),
    "a donation that is refunded": Life({"interval": "once", "amount": "60"}, _be_refunded),
    "a monthly with two disputes": Life({"interval": "month"}, _win_one_dispute_and_lose_one),
}


@dataclass(frozen=True)
class Course:
    """Numbers of events in the order of their coming, and who looks (beside the workers) after how many of them."""

    order: Sequence[int]
    looks: Mapping[int, Sequence[str]]


@st.composite
def courses(draw: st.DrawFn, events: int) -> Course:
    """Every event at least once."""
    number = st.integers(0, events - 1)
    again = draw(st.lists(number, max_size=events // 3))
    looks = st.dictionaries(number, st.lists(st.sampled_from([THANKS, RECONCILE]), unique=True), min_size=1, max_size=4)
    return Course(draw(st.permutations([*range(events), *again])), draw(looks))


class Trusting(Worker):
    """The planted bug: a membership's status becomes what the event that is handled says, not what Stripe says now."""

    def _work_on(self, claim: Claim) -> None:
        super()._work_on(claim)
        bodies = sa.select(StripeEvent.body).where(StripeEvent.stripe_event_id.in_(claim.event_ids))
        with self._database.transaction() as session:
            for body in session.scalars(bodies.order_by(StripeEvent.received_at)):
                told = orjson.loads(body or b"")["data"]["object"]
                mine = Membership.stripe_subscription_id == told["id"]
                session.execute(sa.update(Membership).where(mine).values(status=told.get("status")))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("life", LIVES.values(), ids=LIVES)
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_life_ends_the_same_in_some_orders(moving_service: Service, life: Life) -> None:
    assert _odd_ends(moving_service, life, SHORT) == []


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_handler_that_believes_events_is_found(moving_service: Service) -> None:
    assert _odd_ends(moving_service, LIVES["a yearly that is canceled"], SHORT, Trusting)


@pytest.mark.drill
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("life", LIVES.values(), ids=LIVES)
def test_a_life_ends_the_same_in_a_hundred_orders(moving_service: Service, life: Life) -> None:
    assert _odd_ends(moving_service, life, LONG) == []


def _odd_ends(service: Service, life: Life, how: settings, worker: type[Worker] = Worker) -> list[list[str]]:
    """The orders, as types of events, that did not end as the order in which they happened does."""
    story = Story(service, service.begin(None, email="Reader@example.com", **life.ask))
    ends: list[tuple[list[str], State]] = []
    with a_crew(service, worker) as crew:
        ends.append((["as it came"], _live(life, story, crew)))

        @settings(how, deadline=None, database=None, phases=[Phase.explicit, Phase.generate])
        @given(courses(len(story.events)))
        @example(Course(range(len(story.events))[::-1], {}))
        def in_any_order(course: Course) -> None:
            forget(service.database)
            _take(course, story, crew)
            ends.append(([story.events[number]["type"] for number in course.order], _state(service)))

        in_any_order()
    forget(service.database)
    service.deliver(story.events)
    in_order = _state(service)
    return [order for order, state in ends if state != in_order]


def _live(life: Life, story: Story, crew: Crew) -> State:
    """Half of what is new comes when it is, and everybody looks; all of it comes at the end."""
    dice = random.Random(len(life.ask))  # noqa: S311
    looks = _looks(story, crew)

    def tell(new: list[Event]) -> None:
        for event in dice.sample(new, len(new) // 2):
            assert story.service.post_event(event).status_code == 200
        crew.work(*looks.values())

    story.tell = tell
    life.live(story)
    story.wait(days=1)
    _take(Course(range(len(story.events))[::-1], {}), story, crew)
    return _state(story.service)


def _take(course: Course, story: Story, crew: Crew) -> None:
    """Deliver as the course says."""
    looks = _looks(story, crew)
    for place, number in enumerate(course.order):
        assert story.service.post_event(story.events[number]).status_code == 200
        if place in course.looks:
            crew.work(*(looks[who] for who in course.looks[place]))
    crew.finish()


def _looks(story: Story, crew: Crew) -> dict[str, Callable[[], None]]:
    return {THANKS: partial(crew.thank, story.session_id), RECONCILE: crew.reconcile}


def _state(service: Service) -> State:
    return rows(service.database), entries(service.database)
