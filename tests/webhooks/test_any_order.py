"""Events that come late, doubled or swapped, before or after the worker looked, end in the rows of an in-order run."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.services import SECRET
from tests.webhooks.rows import Rows, forget, rows
from tests.webhooks.story import Story

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.services import Service
    from tests.webhooks.story import Event

ORDERS = 2
DECLINED = "4000000000000002"


@dataclass(frozen=True)
class Plot:
    """What is asked for, what happens, and what must be true at the end."""

    ask: dict[str, str]
    steps: tuple[Callable[[Story], None], ...]
    state: str
    paid: int
    membership: str | None = None


ONCE = {"interval": "once", "amount": "60"}
MONTHLY = {"interval": "month", "amount": "10"}

PLOTS = {
    "a donation": Plot(ONCE, (lambda story: story.pay(),), "paid", 6000),
    "a monthly": Plot(MONTHLY, (lambda story: story.pay(),), "paid", 1000, "active"),
    "a donation declined, then paid": Plot(
        ONCE, (lambda story: story.pay(card=DECLINED), lambda story: story.pay()), "paid", 6000
    ),
    "a monthly declined, then paid": Plot(
        MONTHLY, (lambda story: story.pay(card=DECLINED), lambda story: story.pay()), "paid", 1000, "active"
    ),
    "a donation declined, then given up": Plot(
        ONCE, (lambda story: story.pay(card=DECLINED), lambda story: story.expire()), "expired", 0
    ),
    "a bank debit that succeeds late": Plot(
        ONCE, (lambda story: story.pay(card="sepa_debit"), lambda story: story.settle("succeeded")), "paid", 6000
    ),
    "a bank debit that fails late": Plot(
        ONCE, (lambda story: story.pay(card="sepa_debit"), lambda story: story.settle("failed")), "failed", 0
    ),
    "a monthly by bank debit that succeeds late": Plot(
        MONTHLY,
        (lambda story: story.pay(card="sepa_debit"), lambda story: story.settle("succeeded")),
        "paid",
        1000,
        "active",
    ),
    "a monthly by bank debit that fails late": Plot(
        MONTHLY,
        (lambda story: story.pay(card="sepa_debit"), lambda story: story.settle("failed")),
        "failed",
        0,
        "active",
    ),
    "a monthly that is ended": Plot(
        MONTHLY, (lambda story: story.pay(), lambda story: story.cancel()), "paid", 1000, "canceled"
    ),
}


@pytest.mark.parametrize("plot", PLOTS.values(), ids=PLOTS)
def test_the_end_is_the_same_in_every_order(service: Service, plot: Plot) -> None:
    dice = random.Random(SECRET)  # noqa: S311  # the same orders every time
    story = Story(service, service.begin(None, email="Reader@example.com", **plot.ask))

    as_it_came = _live(story, plot, dice)
    forget(service.database)
    in_order = _delivered(service, story.events, None)

    _require(plot, in_order)
    assert as_it_came == in_order
    for _ in range(ORDERS):
        forget(service.database)
        order = _shuffled(story.events, dice)
        assert _delivered(service, order, dice) == in_order, [event["type"] for event in order]


def _live(story: Story, plot: Plot, dice: random.Random) -> Rows:
    """Steps and deliveries mixed: what an event tells of has often changed again before it comes."""
    late: list[Event] = []
    for step in plot.steps:
        step(story)
        new = story.service.stand_in.events()
        story.events += new
        dice.shuffle(new)
        kept = dice.randint(0, len(new))
        late += new[kept:]
        _delivered(story.service, new[:kept], dice)
    return _delivered(story.service, [*late, *dice.sample(story.events, 2)], dice)


def _shuffled(events: list[Event], dice: random.Random) -> list[Event]:
    """All of them, a third of them again, in any order."""
    order = [*events, *dice.choices(events, k=len(events) // 3)]
    dice.shuffle(order)
    return order


def _delivered(service: Service, events: list[Event], dice: random.Random | None) -> Rows:
    """Delivered one by one, the worker looking now and then (without dice: once, at the end)."""
    for event in events:
        assert service.post_event(event).status_code == 200
        if dice is not None and dice.random() < 0.3:
            service.work()
    service.work()
    return rows(service.database)


def _require(plot: Plot, found: Rows) -> None:
    """The in-order run itself is right, by what the plot says."""
    assert [(state, whose) for _, state, whose in found.checkouts] == [
        (plot.state, None if plot.state == "expired" else "reader@example.com")
    ]
    assert sum(payment[2] for payment in found.payments) == plot.paid
    assert [membership[1] for membership in found.memberships] == ([plot.membership] if plot.membership else [])
    assert len(found.periods) == (1 if plot.membership and plot.paid else 0)
