"""What moves the worth of a supporter's memberships, and being a member, between moments at which it is counted."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

T = TypeVar("T")
# By their words in reports: what moved worth.
MOVEMENTS = ("new", "reactivation", "expansion", "contraction", "churn")
# Who became a member, and who ceased to be one.
JOINED, LEFT = "joined", "left"
# How many supporters more are worth something after it, and how many members more there are.
COMES = {"new": 1, "reactivation": 1, "churn": -1}
PRESENCE = {JOINED: 1, LEFT: -1}
# Instead of a currency: in any, every supporter once.
ANY_CURRENCY = ""


class Turn(NamedTuple):
    """What changes at one moment for a supporter in one currency, whole minor units a month.

    `was_worth`: whether anything was worth something before, however long ago; `came`: 1 who becomes a member then, -1
    who ceases to be one. In ANY_CURRENCY only `came` is counted.
    """

    supporter: int
    currency: str
    at: datetime
    start_minor: int
    moved_minor: int
    was_worth: bool
    came: int


def movements(turns: Iterable[Turn], counted_at: Callable[[datetime], T]) -> Iterator[tuple[str, T, str, int]]:
    """(currency, where it is counted, movement, minor units): of each supporter at most one of worth and of presence.

    `turns` in the order of their supporters, currencies and moments. What comes and goes until it is counted is none.
    """
    for (_supporter, currency, place), each in groupby(
        turns, lambda one: (one.supporter, one.currency, counted_at(one.at))
    ):
        its = list(each)
        start, moved, came = its[0].start_minor, sum(one.moved_minor for one in its), sum(one.came for one in its)
        if moved:
            yield currency, place, movement(start, start + moved, was_worth=its[0].was_worth), moved
        if came:
            yield currency, place, JOINED if came > 0 else LEFT, 0


def movement(start: int, end: int, *, was_worth: bool) -> str:
    """The word for what turned `start` into `end`."""
    if start == 0:
        return "reactivation" if was_worth else "new"
    if end == 0:
        return "churn"
    return "expansion" if end > start else "contraction"
