"""What is news, and what is wrong with an invoice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from support.notices.rules import end_of_month, is_news, trouble

NOW = datetime(2026, 11, 20, tzinfo=UTC)
NEXT = NOW + timedelta(days=3)


def test_what_happened_more_than_three_days_ago_is_no_news() -> None:
    assert is_news(NOW - timedelta(days=3), NOW)
    assert not is_news(NOW - timedelta(days=3, seconds=1), NOW)
    assert is_news(NOW + timedelta(minutes=1), NOW), "Stripe's clock may be ahead"


@pytest.mark.parametrize(
    ("status", "attempts", "next_attempt_at", "found"),
    [
        ("requires_payment_method", 1, NEXT, "payment_failed"),
        ("requires_payment_method", 4, None, "given_up"),
        ("requires_action", 1, NEXT, "action_required"),
        ("requires_action", 1, None, "action_required"),
        ("requires_payment_method", 0, NEXT, None),
        ("processing", 1, None, None),
        ("succeeded", 1, None, None),
        (None, 1, None, None),
    ],
)
def test_an_open_invoice_is_in_trouble_when_it_was_tried_and_waits_for_somebody(
    status: str | None, attempts: int, next_attempt_at: datetime | None, found: str | None
) -> None:
    assert trouble(status, attempts, next_attempt_at) == found


def test_months_end_on_their_last_day() -> None:
    assert [end_of_month(date(2028, month, 1)).day for month in (1, 2, 4, 12)] == [31, 29, 30, 31]
