"""Who may read what: pure decisions, the clock passed in."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# In force now; metered and registered come with the meter and sign-in.
POLICIES = ("open", "members")
ALL_MEMBERS = "members"
# Stripe's clock may be ahead of ours: what was paid a moment "from now" was paid.
CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class Policy:
    """What an article asks of its reader. `plans` empty: any plan will do."""

    word: str
    plans: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """A path glob and the policy of what it matches: `*` is one part of the path or less, `**` any number."""

    path: str
    policy: Policy


@dataclass(frozen=True)
class Gate:
    """The rules in force; the first match wins, else `default`."""

    rules: tuple[Rule, ...]
    default: Policy

    def policy_for(self, path: str) -> Policy:
        """The policy of an article at this (decoded) path."""
        return next((rule.policy for rule in self.rules if _pattern(rule.path).fullmatch(path)), self.default)


@dataclass(frozen=True)
class Entitlement:
    """What someone may read, until when, and why: `reason` is `member`, `donation` or `grant`.

    `plan` None stands for any. `opens` is ALL_MEMBERS, or the address of the one article that it opens.
    """

    reason: str
    plan: str | None
    until: datetime
    opens: str = ALL_MEMBERS


@dataclass(frozen=True)
class Granted:
    """The article opens. `entitlement` is None where nobody needs one."""

    reason: str
    entitlement: Entitlement | None = None


@dataclass(frozen=True)
class Denied:
    """The article stays closed; `reason` says what would open it."""

    reason: str


@dataclass(frozen=True)
class Period:
    """A stretch of time, its end excluded."""

    starts_at: datetime
    ends_at: datetime


def decide(article: str, policy: Policy, entitlements: Iterable[Entitlement], now: datetime) -> Granted | Denied:
    """Whether `article` opens now. Of several entitlements the one that lasts longest is named.

    One for any plan is named for this article alone where only some plans open it: sites that read its pass look for
    the plan, or for the article.
    """
    if policy.word == "open":
        return Granted("open")
    fitting = [one for one in entitlements if _opens(one, article, policy) and now < one.until]
    if not fitting:
        return Denied("membership_required")
    best = max(fitting, key=lambda one: one.until)
    if best.plan is None and policy.plans:
        best = replace(best, opens=article)
    return Granted(best.reason, best)


def _opens(entitlement: Entitlement, article: str, policy: Policy) -> bool:
    if entitlement.opens != ALL_MEMBERS:
        return entitlement.opens == article
    return not policy.plans or entitlement.plan is None or entitlement.plan in policy.plans


def paid_until(periods: Sequence[Period], grace: timedelta, *, has_grace: bool, now: datetime) -> datetime | None:
    """Until when a membership opens articles now, or None if it does not: paid periods unite, they never stack.

    Grace follows the last paid period only; nothing paid, no grace.
    """
    if not periods:
        return None
    last = max(period.ends_at for period in periods)
    stretches = list(periods)
    if has_grace:
        stretches.append(Period(last, last + grace))
    return united_until(stretches, now)


def united_until(periods: Iterable[Period], now: datetime) -> datetime | None:
    """The end of the unbroken stretch of `periods` that covers `now`, or None if none does."""
    until: datetime | None = None
    for period in sorted(periods, key=lambda one: one.starts_at):
        if period.starts_at <= (until or now + CLOCK_SKEW):
            reaches = period.ends_at if now < period.ends_at else until
            until = max(filter(None, (until, reaches)), default=None)
    return until


def months_after(moment: datetime, months: int) -> datetime:
    """The same day and time `months` later; the month's last day where it has no such day."""
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


@lru_cache(maxsize=1000)
def _pattern(glob: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*|\*)", glob)
    return re.compile("".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts), re.DOTALL)
