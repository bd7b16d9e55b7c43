"""The tax that a refund gives back is exact to the minor unit, however large the amounts are."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from random import Random
from typing import TYPE_CHECKING

from support.db import Database
from support.finance.reports import REPORTS
from support.money import MAXIMUM_MINOR, Money
from tests.support.finance.exporting import books
from tests.support.finance.rows import JANUARY

if TYPE_CHECKING:
    from collections.abc import Iterator

Case = tuple[int, int, int]


def cases() -> Iterator[Case]:
    """(paid, tax, refunded): the largest amounts, halves of a minor unit, and all sizes between."""
    most = MAXIMUM_MINOR
    yield from ((most, most, most), (most, most, most - 1), (most, most - 1, most - 2), (most, 1, most - 1))
    yield from ((most - 1, most // 2, 1), (most - 1, (most - 1) // 2, most - 2), (most, 159_663_865_545, 1))
    yield from ((99_999_999, 15_966_387, 99_999_998), (4, 1, 2), (4, 3, 2), (8, 1, 4), (1, 1, 1), (7, 0, 3))
    dice = Random(5)  # noqa: S311  # the same amounts every time
    for digits in [*range(1, 13)] * 3:
        paid = dice.randint(1, 10**digits - 1)
        yield paid, dice.randint(0, paid), dice.randint(1, paid)


def share(paid: int, tax: int, refunded: int) -> int:
    """As docs/reports.md says: tax x refunded / paid, rounded to the minor unit, a half up."""
    return floor(Fraction(tax * refunded, paid) + Fraction(1, 2))


def test_a_refunds_share_of_tax_is_exact_up_to_the_largest_amount(database_url: str) -> None:
    places = {f"{chr(65 + at // 26)}{chr(65 + at % 26)}": case for at, case in enumerate(cases())}
    with books(database_url) as these:
        # Twice each: what is not rounded by itself adds up to something else.
        for country, (paid, tax, refunded) in [*places.items()] * 2:
            these.refund(these.payment(paid, "IDR", tax_minor=tax, country=country), refunded)
    database = Database(database_url)
    with database.reading() as session:
        (table,) = REPORTS["taxes"].build(session, JANUARY).tables
        rows = [dict(zip((column.key for column in table.columns), row.cells, strict=True)) for row in table.rows]
        (total,) = table.totals
    database.engine.dispose()
    assert {row["country"]: row["tax_refunded"] for row in rows} == {
        country: Money(2 * share(*case), "IDR") for country, case in places.items()
    }
    assert total.cells[7] == Money(2 * sum(share(*case) for case in places.values()), "IDR")
