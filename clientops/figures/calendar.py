"""A row per year: on which days something happened, and when it is expected next."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from clientops import words
from clientops.figures import paint, whose
from clientops.figures.paint import ACTUAL, MUTED, NARROW, WIDE, length
from clientops.words import _

_HIGH, _APART = 34, 12  # of a year's row, and between two
_EXPECTED = {"facecolor": "white", "edgecolor": ACTUAL, "hatch": "////", "linewidth": 0.8}


def days_of_years(
    frame: pd.DataFrame,
    *,
    day: str,
    value: str,
    where: dict[str, Any] | None = None,
    expected: pd.DataFrame | None = None,
    expected_on: str = "",
    width: int = WIDE,
) -> Figure:
    """A mark on every *day* with a row, as high as the day's *value*; the last year below.

    *where*: the rows shown. *expected*: a frame whose column *expected_on* holds days to come,
    hatched marks of full height.
    """
    rows = whose.kept(frame, where)
    days = rows.groupby(day)[value].sum()
    if days.empty:
        return paint.nothing(width)
    ahead = pd.Series(dtype="datetime64[us]")
    if expected is not None:
        ahead = expected[expected_on].dropna()
    years = [*range(days.index.min().year, max([*days.index, *ahead]).year + 1)]
    left, head = (44, 26) if width >= NARROW else (36, 26)
    paper = paint.page(paint.blank(width, head + len(years) * (_HIGH + _APART) + 18))
    wide, largest = (width - left - 4) / 366, days.max() or 1.0
    entries = [(words.label(value), {"facecolor": ACTUAL})]
    entries += [(_("expected next"), _EXPECTED)] if len(ahead) else []
    paint.key(paper, 0, 9, entries)
    for at, year in enumerate(years):
        foot = head + at * (_HIGH + _APART) + _HIGH
        paint.write(paper, 0, foot - _HIGH / 2, words.year(pd.Timestamp(year, 1, 1)))
        paint.rule(paper, (left, left + 366 * wide), (foot, foot), MUTED)
        for when, number in days[days.index.year == year].items():
            high = max(3.0, _HIGH * number / largest)
            x = left + (when.day_of_year - 1) * wide
            style = {"facecolor": ACTUAL, "linewidth": 0, "gid": f"day-{when:%F}"}
            paper.add_artist(Rectangle((x, foot - high), max(2.0, wide), high, **style))
        for when in ahead[ahead.dt.year == year]:
            x = left + (when.day_of_year - 1) * wide
            paper.add_artist(Rectangle((x, foot - _HIGH), 5, _HIGH, gid="expected", **_EXPECTED))
    _months(paper, left, wide, head + len(years) * (_HIGH + _APART) + 4)
    return paper.figure


def _months(paper: Any, left: float, wide: float, y: float) -> None:
    """The months below the last year."""
    for month in pd.date_range("2024-01-01", "2024-12-01", freq="MS"):
        name = words.short_month(month)
        text = name if length(name, 12) < 29 * wide else name[:1]
        paint.small(paper, left + (month.day_of_year - 1) * wide, y, text)
