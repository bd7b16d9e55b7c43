"""Lives of memberships that a formula is likely to get wrong, all of them over long ago."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.support.finance.memberships import Books, Period, at, later

if TYPE_CHECKING:
    from tests.support.finance.memberships import Made

DAY = timedelta(days=1)


def paid(starts: str | datetime, *amounts: int, currency: str = "EUR", months: int = 1) -> list[Period]:
    """Periods one after the other, each paid as it begins."""
    begins_at = at(starts) if isinstance(starts, str) else starts
    found = []
    for amount in amounts:
        ends_at = later(begins_at, months)
        found.append(Period(begins_at, ends_at, amount, currency, received_at=begins_at if amount else None))
        begins_at = ends_at
    return found


def over(books: Books, plan: str, periods: list[Period], **facts: Any) -> Made:
    """A membership that has ended, with its last period unless said otherwise."""
    its: dict[str, Any] = {"status": "canceled", "ended_at": periods[-1].ends_at, **facts}
    supporter = its.pop("supporter") if "supporter" in its else books.supporter()
    return books.add(supporter, plan, periods, **its)


def add_special_lives(books: Books) -> None:
    """Every kind, in 2025 by the clocks of Kyiv, which change on March 30 and October 26."""
    _amounts(books)
    _gaps(books)
    _ends(books)
    _several(books)
    _given_back(books)


def _amounts(books: Books) -> None:
    over(books, "year", paid("2025-01-15 12:00", 10003, months=12))  # 833.58 a month
    over(books, "year", paid("2025-01-15 12:00", 10002, months=12))  # 833.5, to be rounded up
    over(books, "year", paid("2025-02-10 12:00", 11111, currency="JPY", months=12))
    over(books, "month", paid("2025-01-10 09:00", 1000, 1000, 1500, 1500, 800, 800))
    over(books, "month", paid("2025-03-10 09:00", 1000, 0, 1000))  # a month for nothing
    over(books, "month", paid("2025-05-10 09:00", 3000, months=3))  # imported, by the quarter
    changed = paid("2025-04-10 09:00", 1000, 1000)
    over(books, "month", changed + paid(changed[-1].ends_at, 9999, months=12))  # goes on by the year


def _gaps(books: Books) -> None:
    for gap in (14 * DAY, 14 * DAY + timedelta(seconds=1), 60 * DAY):
        first = paid("2025-05-20 10:00", 700, 700)
        over(books, "month", first + paid(first[-1].ends_at + gap, 700, 900))


def _ends(books: Books) -> None:
    whole = "2025-09-05 08:00"
    over(books, "month", paid(whole, 1000, 1000), ends_at=at("2025-11-05 08:00"))
    over(books, "month", paid(whole, 1000, 1000), ended_at=at("2025-10-20 08:00"))
    over(books, "month", paid(whole, 1000, 1000), ended_at=at(whole))  # at once: it never was
    over(books, "month", paid(whole, 1000, 1000), ended_at=at("2025-12-31 08:00"))  # long after it was last paid
    over(books, "month", paid(whole, 1000, 1000), status="unpaid", ended_at=None)
    over(books, "month", paid(whole, 1000, 1000), status="past_due", ended_at=None)
    over(books, "month", paid(whole, 1000, 1000), status="active", ended_at=None, ends_at=at("2026-06-01 00:00"))
    over(books, "month", paid("2025-06-03 08:00", 1000), ended_at=at("2025-06-20 08:00"))  # within one month
    for first in ("2025-04-01 00:00", "2025-11-01 00:00"):  # midnight after the clocks have changed
        over(books, "month", paid(first, 500, 500))
        over(books, "month", paid("2025-01-20 00:00", *[500] * 12), ended_at=at(first))
    books.add(None, "month", paid("2025-03-30 03:30", 1000, 1000), status="canceled", ended_at=at("2025-05-01 00:00"))


def _several(books: Books) -> None:
    both = books.supporter()
    over(books, "month", paid("2025-02-05 10:00", *[1000] * 6), supporter=both)
    over(books, "year", paid("2025-04-05 10:00", 6000, months=12), supporter=both, ended_at=at("2025-10-02 10:00"))
    abroad = books.supporter()
    over(books, "month", paid("2025-02-05 10:00", *[1000] * 4), supporter=abroad)
    over(books, "month", paid("2025-04-05 10:00", *[700] * 4, currency="USD"), supporter=abroad)
    back = books.supporter()
    over(books, "month", paid("2025-01-05 10:00", 1000), supporter=back)
    over(books, "other month", paid("2025-08-05 10:00", 1000, 1000), supporter=back)
    swift = books.supporter()  # back within the month in which the first one ended
    over(books, "month", paid("2025-06-02 10:00", 1000), supporter=swift, ended_at=at("2025-06-10 10:00"))
    over(books, "other month", paid("2025-06-20 10:00", 1000), supporter=swift)


def _given_back(books: Books) -> None:
    refunded = paid("2025-01-01 00:00", 12000, months=12)
    refunded[0].refunds = [(at("2025-03-10 10:00"), 6000, "succeeded"), (None, 100, "failed"), (None, 50, "pending")]
    over(books, "year", refunded)
    lost = paid("2025-02-01 10:00", 12000, months=12)
    lost[0].disputes = [(at("2025-06-01 00:00"), 12000, True)]
    over(books, "year", lost)
    both = paid("2025-02-01 10:00", 5000, months=12)  # the bank takes all, though a part had gone back
    both[0].refunds, both[0].disputes = (
        [(at("2025-04-02 10:00"), 1001, "succeeded")],
        [(at("2025-05-02 00:00"), 5000, True)],
    )
    over(books, "year", both)
    late = paid("2025-03-03 10:00", 1000)
    late[0].received_at = at("2025-04-20 10:00")
    late[0].refunds = [(at("2025-08-20 10:00"), 1000, "succeeded")]
    over(books, "month", late)
