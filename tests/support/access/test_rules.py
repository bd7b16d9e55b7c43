"""Decisions, without a database and with a clock of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.access.rules import (
    ALL_MEMBERS,
    CLOCK_SKEW,
    Denied,
    Entitlement,
    Gate,
    Granted,
    Period,
    Policy,
    Rule,
    decide,
    months_after,
    paid_until,
    united_until,
)

ARTICLE = "https://news.example/articles/one"
NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
GRACE = 14 * DAY
MEMBERS = Policy("members")
YEARLY_ONLY = Policy("members", ("yearly", "patron"))


def an_entitlement(
    reason: str = "member", plan: str = "monthly", days: float = 10, opens: str = ALL_MEMBERS
) -> Entitlement:
    return Entitlement(reason, plan, NOW + days * DAY, opens)


def days(start: float, end: float) -> Period:
    return Period(NOW + start * DAY, NOW + end * DAY)


@pytest.mark.parametrize(
    ("policy", "entitlements", "decision"),
    [
        (Policy("open"), [], Granted("open")),
        (Policy("open"), [an_entitlement()], Granted("open")),
        (MEMBERS, [], Denied("membership_required")),
        (MEMBERS, [an_entitlement()], Granted("member", an_entitlement())),
        (MEMBERS, [an_entitlement("donation", "once")], Granted("donation", an_entitlement("donation", "once"))),
        (MEMBERS, [an_entitlement(days=0)], Denied("membership_required")),
        (MEMBERS, [an_entitlement(days=-1)], Denied("membership_required")),
        (MEMBERS, [an_entitlement(days=0.001)], Granted("member", an_entitlement(days=0.001))),
        (YEARLY_ONLY, [an_entitlement()], Denied("membership_required")),
        (YEARLY_ONLY, [an_entitlement(plan="yearly")], Granted("member", an_entitlement(plan="yearly"))),
        (YEARLY_ONLY, [an_entitlement(plan="year")], Denied("membership_required")),
        (MEMBERS, [an_entitlement(opens=ARTICLE)], Granted("member", an_entitlement(opens=ARTICLE))),
        (MEMBERS, [an_entitlement(opens=ARTICLE + "/")], Denied("membership_required")),
        (MEMBERS, [an_entitlement(opens="https://news.example/articles/on")], Denied("membership_required")),
        (YEARLY_ONLY, [an_entitlement(opens=ARTICLE)], Granted("member", an_entitlement(opens=ARTICLE))),
        (MEMBERS, [an_entitlement(days=5), an_entitlement(days=9)], Granted("member", an_entitlement(days=9))),
        (
            YEARLY_ONLY,
            [an_entitlement(days=99), an_entitlement(plan="patron", days=1)],
            Granted("member", an_entitlement(plan="patron", days=1)),
        ),
        (
            MEMBERS,
            [an_entitlement(days=-1), an_entitlement("donation", "once", 1)],
            Granted("donation", an_entitlement("donation", "once", 1)),
        ),
    ],
)
def test_decide(policy: Policy, entitlements: list[Entitlement], decision: Granted | Denied) -> None:
    assert decide(ARTICLE, policy, entitlements, NOW) == decision


@given(st.lists(st.tuples(st.sampled_from(["member", "donation"]), st.integers(-30, 30)), max_size=5))
def test_a_membership_never_opens_once_everything_has_ended(owned: list[tuple[str, int]]) -> None:
    entitlements = [an_entitlement(reason, days=left) for reason, left in owned]
    decision = decide(ARTICLE, MEMBERS, entitlements, NOW)
    assert isinstance(decision, Granted) == any(left > 0 for _, left in owned)


@pytest.mark.parametrize(
    ("path", "matching", "others"),
    [
        ("/", ["/"], ["/a", "//", ""]),
        ("/open/**", ["/open/a", "/open/a/b", "/open/"], ["/open", "/opener/a", "/a/open/b", "/OPEN/a"]),
        ("/news/*", ["/news/a", "/news/"], ["/news/a/b", "/news"]),
        ("/a.b", ["/a.b"], ["/aXb"]),
        ("/**/free", ["/a/free", "/a/b/free", "//free"], ["/free", "/a/free/b"]),
        ("/(a|b)", ["/(a|b)"], ["/a"]),
        ("/новини/*", ["/новини/перша"], ["/novyny/persha"]),
        ("/a*", ["/a", "/abc", "/a\n"], ["/a/b"]),
    ],
)
def test_a_rule_matches_whole_paths(path: str, matching: list[str], others: list[str]) -> None:
    gate = Gate((Rule(path, Policy("open")),), MEMBERS)
    assert {gate.policy_for(one).word for one in matching} == {"open"}
    assert {gate.policy_for(one).word for one in others} == {"members"}


def test_the_first_rule_that_matches_wins() -> None:
    gate = Gate((Rule("/news/secret", MEMBERS), Rule("/news/*", Policy("open"))), YEARLY_ONLY)
    assert [gate.policy_for(path) for path in ("/news/secret", "/news/a", "/other")] == [
        MEMBERS,
        Policy("open"),
        YEARLY_ONLY,
    ]


@pytest.mark.parametrize(
    ("periods", "has_grace", "until"),
    [
        ([], True, None),
        ([], False, None),
        ([days(-10, 20)], False, 20),
        ([days(-10, 20)], True, 34),
        ([days(-40, -10)], False, None),
        ([days(-40, -10)], True, 4),
        ([days(-40, -14)], True, None),
        ([days(-40, -15)], True, None),
        ([days(-40, -10), days(-10, 20)], False, 20),
        ([days(-40, -10), days(-10, 20), days(20, 50)], False, 50),
        # Twice the same month is one month.
        ([days(-10, 20), days(-10, 20)], False, 20),
        ([days(-10, 20), days(0, 30)], False, 30),
        ([days(-10, 20), days(-5, 5)], False, 20),
        # Paid for ahead, with a gap: open until the gap.
        ([days(-10, 5), days(10, 40)], False, 5),
        ([days(-10, 5), days(10, 40)], True, 5),
        # In the gap itself nothing is open, with or without grace: it follows the last period only.
        ([days(-40, -5), days(5, 35)], False, None),
        ([days(-40, -5), days(5, 35)], True, None),
        ([days(5, 35)], True, None),
    ],
)
def test_paid_until(periods: list[Period], has_grace: bool, until: float | None) -> None:
    expected = None if until is None else NOW + until * DAY
    assert paid_until(periods, GRACE, has_grace=has_grace, now=NOW) == expected
    assert paid_until(list(reversed(periods)), GRACE, has_grace=has_grace, now=NOW) == expected


def test_what_stripe_has_just_been_paid_counts_though_its_clock_is_ahead() -> None:
    starts_at = NOW + CLOCK_SKEW
    assert united_until([Period(starts_at, starts_at + DAY)], NOW) == starts_at + DAY
    later = starts_at + timedelta(seconds=1)
    assert united_until([Period(later, later + DAY)], NOW) is None


hours = st.integers(-200, 200)
periods_of_any_kind = st.lists(
    st.tuples(hours, st.integers(1, 100)).map(
        lambda one: Period(NOW + timedelta(hours=one[0]), NOW + timedelta(hours=one[0] + one[1]))
    ),
    max_size=8,
)


@given(periods_of_any_kind)
def test_periods_unite_as_hours_on_a_wall_do(periods: list[Period]) -> None:
    """Against the slow way: color the hours, then walk from now to the first that is blank."""
    colored = {
        hour
        for period in periods
        for hour in range(
            int((period.starts_at - NOW) / timedelta(hours=1)), int((period.ends_at - NOW) / timedelta(hours=1))
        )
    }
    hour = 0
    while hour in colored:
        hour += 1
    assert united_until(periods, NOW) == (NOW + timedelta(hours=hour) if hour else None)


@given(periods_of_any_kind, st.booleans())
def test_grace_never_shortens_and_never_opens_what_was_not_paid(periods: list[Period], has_grace: bool) -> None:
    plain = paid_until(periods, GRACE, has_grace=False, now=NOW)
    until = paid_until(periods, GRACE, has_grace=has_grace, now=NOW)
    if plain is not None:
        assert until is not None
        assert until >= plain
    if until is not None:
        assert until <= max(period.ends_at for period in periods) + GRACE


@pytest.mark.parametrize(
    ("moment", "months", "later"),
    [
        ((2026, 1, 31), 1, (2026, 2, 28)),
        ((2024, 1, 31), 1, (2024, 2, 29)),
        ((2024, 2, 29), 12, (2025, 2, 28)),
        ((2024, 2, 29), 48, (2028, 2, 29)),
        ((2026, 12, 31), 2, (2027, 2, 28)),
        ((2026, 3, 15), 12, (2027, 3, 15)),
        ((2026, 10, 31), 1, (2026, 11, 30)),
        ((2026, 12, 1), 1, (2027, 1, 1)),
        ((2026, 6, 30), 120, (2036, 6, 30)),
    ],
)
def test_months_end_with_their_last_day(moment: tuple[int, int, int], months: int, later: tuple[int, int, int]) -> None:
    assert months_after(datetime(*moment, 23, 59, tzinfo=UTC), months) == datetime(*later, 23, 59, tzinfo=UTC)
