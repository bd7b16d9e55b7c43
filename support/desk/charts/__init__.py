"""Charts as pictures that the server draws: geometry here, markup in templates/desk/chart.html, colors in the sheet.

No style and no script goes with them, so the strictest policy shows them. A page shows the table of the same numbers
beside every chart; the picture itself carries a title, a description and, under the mouse, the numbers of a column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.desk.charts.picture import HALF, NARROW, WIDE, picture_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from support.desk.charts.picture import Picture
    from support.finance.reports.shape import Chart


def drawn(charts: Sequence[Chart], locale: str) -> list[tuple[Chart, tuple[Picture, Picture]]]:
    """Each chart with its picture for wide pages and paper, and that for phones; the sheet shows one of them.

    One picture for both would have letters too small to read on a phone. Several charts stand two in a row.
    """
    wide = WIDE if len(charts) == 1 else HALF
    return [(chart, (picture_of(chart, wide, locale), picture_of(chart, NARROW, locale))) for chart in charts]
