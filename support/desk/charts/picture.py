"""Where everything of a chart is: plain numbers, of which the template makes an SVG."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from support.desk.charts.curve import path_through
from support.desk.charts.lettering import SIZE, cut_to, every_so_often, share_labels, tick_labels, width_of
from support.desk.charts.scale import Scale, round_ticks
from support.desk.figures import write_month, write_share, write_value
from support.money import exponent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.finance.reports.shape import Chart

# The sheet has as many colors, patterns and dashes; a later series begins anew.
_STYLES = 8
_GAP, _LINE, _SWATCH, _BOX = 8, 20, 18, 12
_WIDEST_BAR = 44
_LEAST_HEIGHT = 1.0


@dataclass(frozen=True)
class Paper:
    """How wide a picture is and how high without its legend; letters are of the same size on every one."""

    name: str
    width: int
    height: int


WIDE = Paper("wide", 960, 320)
HALF = Paper("wide", 600, 300)
NARROW = Paper("narrow", 340, 280)


@dataclass(frozen=True)
class Text:
    """A line of letters. `anchor`: which end of it is at `x`."""

    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True)
class Bar:
    """A part of a column, in the color of its series."""

    style: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Line:
    """A series as a line through its points; `area` is what it encloses with zero, for a series that is alone."""

    style: int
    path: str
    area: str | None
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Band:
    """A label's share of the picture, and its numbers in words for whoever points at it."""

    x: float
    width: float
    words: str


@dataclass(frozen=True)
class Key:
    """What a color stands for."""

    style: int
    x: float
    y: float
    text: Text


@dataclass(frozen=True)
class Picture:
    """A chart of one size. `ticks` are (height, label, whether it is zero); `unit` is written once, above them."""

    key: str
    paper: Paper
    height: float
    title: str
    description: str
    is_stacked: bool
    unit: Text | None
    left: float
    right: float
    scale: Scale
    ticks: tuple[tuple[Text, bool], ...]
    labels: tuple[Text, ...]
    keys: tuple[Key, ...]
    bands: tuple[Band, ...]
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class _Plot:
    """The part of the paper on which values are drawn."""

    chart: Chart
    labels: tuple[str, ...]
    scale: Scale
    left: float
    right: float

    @property
    def band(self) -> float:
        """How wide one label's share is."""
        return (self.right - self.left) / max(1, len(self.labels))

    def x(self, at: int) -> float:
        """The middle of a label's share."""
        return self.left + self.band * (at + 0.5)


def picture_of(chart: Chart, paper: Paper, locale: str) -> Picture:
    """The geometry of `chart` on `paper`; numbers as `locale` writes them."""
    decimals = _decimals(chart)
    ticks = round_ticks(_reached(chart), Decimal(1).scaleb(-decimals))
    written = share_labels(ticks, locale) if chart.is_share else tick_labels(ticks, decimals, locale)
    labels = tuple(label if isinstance(label, str) else write_month(label, locale) for label in chart.labels)
    left = _GAP + max(width_of(label) for label in (*written, chart.currency or ""))
    # The last label is written around the middle of its share: half of it may stand out to the right.
    right = paper.width - max(_GAP, width_of(labels[-1]) / 2 if labels else 0)
    keys, legend_ends = _keys(chart, paper)
    unit = Text(left - _GAP, legend_ends + _GAP, chart.currency, "end") if chart.currency else None
    top = legend_ends + (_LINE + _GAP if unit else _GAP)
    height = legend_ends + paper.height
    plot = _Plot(chart, labels, Scale(ticks, top, height - _LINE - _GAP), left, right)
    return Picture(
        key=f"{chart.key}-{paper.name}",
        paper=paper,
        height=height,
        title=chart.title,
        description=chart.description,
        is_stacked=chart.kind == "stacked",
        unit=unit,
        left=left,
        right=right,
        scale=plot.scale,
        ticks=tuple(
            (Text(left - _GAP, plot.scale.y(tick), label, "end"), tick == 0)
            for tick, label in zip(ticks, written, strict=True)
        ),
        labels=_labels(plot, height - SIZE),
        keys=keys,
        bands=tuple(_bands(plot, locale)),
        bars=tuple(_bars(plot)) if chart.kind == "stacked" else (),
        lines=tuple(_lines(plot)) if chart.kind == "line" and labels else (),
    )


def style_of(at: int) -> int:
    """Which of the sheet's styles the series at this place has, from 1."""
    return at % _STYLES + 1


def _decimals(chart: Chart) -> int:
    """How fine its values can be: to the cent, to the percent, or whole people."""
    if chart.currency is not None:
        return exponent(chart.currency)
    return 2 if chart.is_share else 0


def _reached(chart: Chart) -> Iterator[Decimal]:
    """Every height that something of the chart has."""
    for column in zip(*(values for _, values in chart.series), strict=True):
        if chart.kind == "stacked":
            yield sum((value for value in column if value > 0), Decimal(0))
            yield sum((value for value in column if value < 0), Decimal(0))
        else:
            yield from column


def _keys(chart: Chart, paper: Paper) -> tuple[tuple[Key, ...], float]:
    """The names of the series in lines at the top, and where these end; a series that is alone needs no name."""
    if len(chart.series) < 2:
        return (), 0.0
    found, x, y = [], 0.0, 0.0
    for at, (whole_name, _) in enumerate(chart.series):
        name = cut_to(paper.width - _SWATCH - _GAP, whole_name)
        takes = _SWATCH + _GAP + width_of(name)
        if x and x + takes > paper.width:
            x, y = 0.0, y + _LINE
        text = Text(x + _SWATCH + _GAP, y + _LINE / 2, name, "start")
        found.append(Key(style_of(at), x, y + (_LINE - _BOX) / 2, text))
        x += takes + 2 * _GAP
    return tuple(found), y + _LINE + _GAP


def _labels(plot: _Plot, y: float) -> tuple[Text, ...]:
    """As many labels as fit, the last among them: it is the newest."""
    labels = plot.labels
    every = every_so_often(labels, plot.band)
    return tuple(
        Text(max(plot.x(at), width_of(label) / 2), y, label)
        for at, label in enumerate(labels)
        if (len(labels) - 1 - at) % every == 0
    )


def _bands(plot: _Plot, locale: str) -> Iterator[Band]:
    chart = plot.chart
    for at, label in enumerate(plot.labels):
        lines = [f"{name}: {_write(values[at], chart, locale)}" for name, values in chart.series]
        if chart.kind == "stacked" and len(chart.series) > 1:
            together = sum((values[at] for _, values in chart.series), Decimal(0))
            lines.append(f"Together: {_write(together, chart, locale)}")
        yield Band(plot.left + plot.band * at, plot.band, "\n".join([label, *lines]))


def _write(value: Decimal, chart: Chart, locale: str) -> str:
    return write_share(value, locale) if chart.is_share else write_value(value, chart.currency, locale)


def _bars(plot: _Plot) -> Iterator[Bar]:
    """Each column from zero: what is positive piled up, what is negative piled down."""
    width = min(_WIDEST_BAR, plot.band * 0.72)
    for at in range(len(plot.labels)):
        piled = {True: Decimal(0), False: Decimal(0)}
        for series, (_, values) in enumerate(plot.chart.series):
            value = values[at]
            if not value:
                continue
            begins = piled[value > 0]
            piled[value > 0] = begins + value
            upper, lower = sorted((plot.scale.y(begins), plot.scale.y(begins + value)))
            height = max(_LEAST_HEIGHT, lower - upper)
            yield Bar(style_of(series), plot.x(at) - width / 2, upper, width, height)


def _lines(plot: _Plot) -> Iterator[Line]:
    for series, (_, values) in enumerate(plot.chart.series):
        points = tuple((plot.x(at), plot.scale.y(value)) for at, value in enumerate(values))
        path, zero = path_through(points), plot.scale.y(Decimal(0))
        is_alone = len(plot.chart.series) == 1 and len(points) > 1
        area = f"{path}L{points[-1][0]:.1f},{zero:.1f}L{points[0][0]:.1f},{zero:.1f}Z" if is_alone else None
        yield Line(style_of(series), path, area, points)
