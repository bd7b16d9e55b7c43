"""Where the server draws: bars end where their values are, ticks cover everything, no letter is cut off."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.desk.charts import drawn as drawn_all
from support.desk.charts.curve import path_through
from support.desk.charts.lettering import width_of
from support.desk.charts.picture import HALF, NARROW, WIDE, Paper, Picture, picture_of
from support.desk.charts.scale import round_ticks
from support.desk.figures import write_month
from support.finance.reports.shape import Chart

CENT = Decimal("0.01")
MONTHS = tuple(f"{name} {year}" for year in (2024, 2025, 2026) for name in "Jan Feb Mar Apr May Jun".split() * 2)
Series = dict[str, list[str]]


def a_chart(series: Series, kind: str = "stacked", currency: str | None = "EUR", key: str = "chart") -> Chart:
    """A chart whose labels are months."""
    many = len(next(iter(series.values())))
    written = tuple((name, tuple(map(Decimal, values))) for name, values in series.items())
    is_stacked = kind == "stacked"
    return Chart(key, "Title", "What it is.", "stacked" if is_stacked else "line", MONTHS[:many], written, currency)


def drawn(series: Series, kind: str = "stacked", currency: str | None = "EUR") -> Picture:
    return picture_of(a_chart(series, kind, currency), WIDE, "en")


def test_a_month_is_written_as_tables_write_it() -> None:
    days = (date(2026, 2, 1), date(2026, 3, 1))
    chart = Chart("chart", "Title", "What it is.", "line", days, (("a", (Decimal(1), Decimal(2))),))
    picture = picture_of(chart, WIDE, "en")
    assert (
        [label.text for label in picture.labels] == [write_month(day) for day in days] == ["Feb\xa02026", "Mar\xa02026"]
    )
    assert picture.bands[1].words.startswith("Mar\xa02026")


def test_piles_begin_at_zero_and_end_at_their_sums() -> None:
    picture = drawn({"a": ["100"], "b": ["50"], "c": ["-30"], "d": ["-20"]})
    zero, y = picture.scale.y(Decimal(0)), picture.scale.y
    a, b, c, d = picture.bars

    assert (a.y, a.y + a.height) == pytest.approx((y(Decimal(100)), zero))
    assert (b.y, b.y + b.height) == pytest.approx((y(Decimal(150)), a.y))
    assert (c.y, c.y + c.height) == pytest.approx((zero, y(Decimal(-30))))
    assert (d.y, d.y + d.height) == pytest.approx((c.y + c.height, y(Decimal(-50))))
    assert a.height == pytest.approx(2 * b.height)


def test_a_line_goes_through_its_values() -> None:
    picture = drawn({"a": ["10", "-5", "20"]}, "line")
    (line,) = picture.lines

    assert [point[1] for point in line.points] == [picture.scale.y(Decimal(value)) for value in (10, -5, 20)]
    assert line.path.startswith(f"M{line.points[0][0]:.1f},{line.points[0][1]:.1f}")
    assert line.path.endswith(f" {line.points[-1][0]:.1f},{line.points[-1][1]:.1f}")
    assert line.area is not None
    assert f",{picture.scale.y(Decimal(0)):.1f}Z" in line.area


@given(st.lists(st.integers(-1000, 1000), min_size=2, max_size=40))
def test_a_line_never_goes_beyond_the_values_it_joins(values: list[int]) -> None:
    path = path_through([(10.0 * at, float(value)) for at, value in enumerate(values)])
    heights = [float(pair.split(",")[1]) for pair in re.findall(r"[-0-9.]+,[-0-9.]+", path)]
    for at, (left, right) in enumerate(pairwise(values)):
        # Between two points lie two more, which the curve does not leave either.
        between = heights[3 * at : 3 * at + 4]
        assert min(left, right) - 0.1 <= min(between)
        assert max(between) <= max(left, right) + 0.1


amounts = st.decimals("-1e13", "1e13", places=2)


@given(st.lists(amounts, max_size=20), st.sampled_from([CENT, Decimal(1)]))
def test_ticks_are_round_cover_every_value_and_contain_zero(values: list[Decimal], smallest: Decimal) -> None:
    ticks = round_ticks(values, smallest)
    steps = {after - before for before, after in pairwise(ticks)}

    assert ticks[0] <= min([*values, Decimal(0)])
    assert ticks[-1] >= max([*values, Decimal(0)])
    assert 0 in ticks
    assert 2 <= len(ticks) <= 8
    (step,) = steps
    assert step >= smallest
    assert step.normalize().as_tuple().digits in {(1,), (2,), (2, 5), (5,)}
    # No step is a part of what cannot be divided.
    assert step % smallest == 0


CASES: dict[str, Chart] = {
    "36 months": a_chart({"a": [str(1000 * at) for at in range(36)], "b": [str(-10 * at) for at in range(36)]}),
    "36 months as lines": a_chart({"a": [str(at) for at in range(36)], "b": ["5"] * 36}, "line", None),
    "one point": a_chart({"a": ["12.34"]}, "line"),
    "one bar": a_chart({"a": ["12.34"]}),
    "nothing": a_chart({"a": []}),
    "no lines": a_chart({"a": []}, "line"),
    "all zero": a_chart({"a": ["0"] * 12, "b": ["0"] * 12}),
    "huge": a_chart({"a": ["9999999999.99", "-9999999999.99"]}),
    "nearly a million": a_chart({"a": ["-999999.99"]}),
    "tiny": a_chart({"a": ["0.01", "-0.02"]}),
    "yen": a_chart({"a": ["123456", "-3000"]}, currency="JPY"),
    "a name that is too long": a_chart({"A name " * 40: ["1"], "b": ["2"]}),
    "many names": a_chart({f"A rather long name of series {at}": ["1", "2"] for at in range(10)}),
}


@pytest.mark.parametrize("locale", ["en", "uk", "de", "ar"])
@pytest.mark.parametrize("paper", [WIDE, HALF, NARROW], ids=["wide", "half", "narrow"])
@pytest.mark.parametrize("name", CASES)
def test_everything_is_on_the_paper_and_no_label_touches_another(name: str, paper: Paper, locale: str) -> None:
    picture = picture_of(CASES[name], paper, locale)
    width, height = picture.paper.width, picture.height

    texts = [text for text, _ in picture.ticks] + list(picture.labels) + [key.text for key in picture.keys]
    for text in [*texts, *([picture.unit] if picture.unit else [])]:
        share = {"start": 0.0, "middle": 0.5, "end": 1.0}[text.anchor]
        begins = text.x - share * width_of(text.text)
        assert -0.01 <= begins <= begins + width_of(text.text) <= width + 0.01, text
        assert 6 <= text.y <= height - 6, text
    for before, after in pairwise(picture.labels):
        assert before.x + width_of(before.text) / 2 < after.x - width_of(after.text) / 2
    heights = [text.y for text, _ in picture.ticks]
    assert heights == sorted(heights, reverse=True)
    assert all(above - below < -12 for below, above in pairwise(heights))
    for bar in picture.bars:
        assert picture.left <= bar.x <= bar.x + bar.width <= picture.right
        assert picture.scale.top - 1 <= bar.y <= bar.y + bar.height <= picture.scale.bottom + 1
    assert all(picture.left <= x <= picture.right for line in picture.lines for x, _ in line.points)
    assert [is_zero for _, is_zero in picture.ticks].count(True) == 1


def test_numbers_are_as_the_language_and_the_currency_have_them() -> None:
    def ticks(chart: Chart, locale: str) -> list[str]:
        return [text.text for text, _ in picture_of(chart, WIDE, locale).ticks]

    assert ticks(CASES["tiny"], "en") == ["−0.02", "−0.01", "0.00", "0.01"]
    assert ticks(CASES["yen"], "en") == ["−50,000", "0", "50,000", "100,000", "150,000"]
    assert ticks(CASES["yen"], "de") == ["−50.000", "0", "50.000", "100.000", "150.000"]
    assert ticks(CASES["huge"], "en") == ["−10B", "−5B", "0", "5B", "10B"]
    assert ticks(CASES["one bar"], "uk") == ["0,00", "2,50", "5,00", "7,50", "10,00", "12,50"]


def test_a_count_has_no_ticks_between_two_people() -> None:
    picture = drawn({"members": ["1", "2"]}, currency=None)
    assert [text.text for text, _ in picture.ticks] == ["0", "1", "2"]
    assert picture.unit is None


def test_a_share_is_in_percent() -> None:
    shares = Chart(
        "shares", "Title", "What it is.", "line", ("1", "2"), (("a", (Decimal(1), Decimal("0.834"))),), is_share=True
    )
    picture = picture_of(shares, WIDE, "en")
    assert [text.text for text, _ in picture.ticks] == ["0%", "20%", "40%", "60%", "80%", "100%"]
    assert picture.bands[1].words == "2\na: 83.4%"


def test_who_points_at_a_column_reads_its_numbers() -> None:
    picture = drawn({"Memberships": ["1234.5"], "Refunds": ["-34.5"]})
    assert picture.bands[0].words == (
        "Jan 2024\nMemberships: 1,234.50\N{NO-BREAK SPACE}EUR\nRefunds: −34.50\N{NO-BREAK SPACE}EUR\n"
        "Together: 1,200.00\N{NO-BREAK SPACE}EUR"
    )


def test_the_two_sizes_of_a_chart_have_different_names() -> None:
    ((_, (wide, narrow)),) = drawn_all([CASES["yen"]], "en")
    assert wide.key != narrow.key


def test_several_charts_stand_two_in_a_row() -> None:
    (_, (alone, _)), *_ = drawn_all([CASES["yen"]], "en")
    (_, (one_of_two, _)), *_ = drawn_all([CASES["yen"], CASES["huge"]], "en")
    assert one_of_two.paper.width < alone.paper.width
