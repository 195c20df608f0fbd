"""Columns of months, each beside the same month of the year before."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from clientops import words
from clientops.figures import paint, whose
from clientops.figures.native import Chart, drawn_as
from clientops.figures.paint import MUTED, NARROW, WIDE, length, text_of, write
from clientops.words import _

_OPEN = {**paint.HATCHED, "edgecolor": paint.ACTUAL, "linewidth": 1}  # of a month not over


def _rows(frame: pd.DataFrame, value: str, previous: str, where: dict | None) -> pd.DataFrame:
    """A row per month of whom the figure speaks; managers chosen as a team are added up."""
    frame = whose.kept(frame, where)
    frame = whose.own(frame) if words.subject() else whose.people(frame)
    return frame.groupby("month")[[value, previous]].sum(min_count=1)


def _year_chart(asked: Any) -> Chart:
    rows = _rows(asked.frame, asked.value, asked.previous, asked.where)
    names = {asked.previous: _year_before(), asked.value: words.label(asked.label or asked.value)}
    data = rows[list(names)].rename(columns=names)
    data.insert(0, words.label("month"), [words.month(month) for month in data.index])
    colors = dict(zip(names.values(), (paint.PREVIOUS, paint.ACTUAL), strict=True))
    return Chart("column", data, asked.unit or words.unit(asked.value), colors)


@drawn_as(_year_chart)
def months_of_year(
    frame: pd.DataFrame,
    *,
    value: str,
    previous: str,
    until: str = "",
    where: dict[str, Any] | None = None,
    unit: str = "",
    label: str = "",
    width: int = WIDE,
) -> Figure:
    """A dark column per month with its number, behind it the light grey one of a year before.

    *previous*: the value a year before. *until*: the last day that counts of each month: one that
    is not over is hatched. *where*: the rows shown. *unit*, and *label*, a column's: of the value,
    where they are not its own.
    """
    rows = _rows(frame, value, previous, where)
    if not rows.notna().any(axis=None):
        return paint.nothing(width)
    unit, height = unit or words.unit(value), 268 if width >= NARROW else 232
    figure = paint.blank(width, height)
    low, high = min(0.0, float(rows.min().min())), max(0.0, float(rows.max().max()))
    scale = (low, high + ((high - low) * 0.08 or 1.0))
    axes = paint.area(figure, (0, 40, width, height - 82), (-0.5, len(rows) - 0.5), scale)
    wide = width / len(rows)
    ends = frame.groupby("month")[until].max() if until else pd.Series(dtype="datetime64[us]")
    is_open = {month for month, day in ends.items() if day < month + pd.offsets.MonthEnd(0)}
    told = _told(rows[value].dropna(), unit, wide)
    longest = max((length(text, 12) for text in told.values()), default=0)
    # The last, to the right of its column's middle, would touch the one before.
    size = 12 * 0.93 * wide / longest if 0.96 * wide < longest <= wide else 12
    for at, (month, number, before) in enumerate(rows.itertuples()):
        _column(axes, at - 0.42, 0.5, before, {"facecolor": paint.PREVIOUS}, "before")
        style = _OPEN if month in is_open else {"facecolor": paint.ACTUAL}
        _column(axes, at - 0.24, 0.6, number, style, "now")
        if month in told:
            is_last = at == len(rows) - 1
            style = {"size": size, "bold": is_last, "dy": 9 if number >= 0 else -9}
            place, side = (at + 0.5, "right") if is_last else (at + 0.06, "center")
            if (at + 0.5) * wide < 30 and not is_last:
                place, side = -0.5, "left"
            write(axes, place, number, told[month], across=side, **style)
        _foot(axes, at, month, scale[0], wide)
    paint.rule(axes, (-0.5, len(rows) - 0.5), (0, 0), MUTED)
    entries = [(words.label(label or value), {"facecolor": paint.ACTUAL}),
               (_year_before(), {"facecolor": paint.PREVIOUS})]  # fmt: skip
    entries += [(_("month not over"), _OPEN)] if is_open & set(rows.index) else []
    paint.key(paint.page(figure), 0, 9, entries)
    return figure


def _told(known: pd.Series, unit: str, wide: float) -> dict[pd.Timestamp, str]:
    """The months whose number is written, and how: all where there is room, at least without the
    currency, which the subtitle tells; else the last and the most."""
    texts = {month: text_of(number, unit) for month, number in known.items()}
    bare = {month: text.replace(words.currency(), "").strip() for month, text in texts.items()}
    for told in (texts, bare):
        if max((length(text, 12) for text in told.values()), default=0) <= wide:
            return told
    return {month: texts[month] for month in (known.index[-1], known.idxmax())}


def _year_before() -> str:
    return _("a year before")


def _column(axes: Axes, left: float, wide: float, number: float, style: dict, gid: str) -> None:
    if pd.notna(number):
        style = {"linewidth": 0, "gid": gid} | style
        axes.add_artist(Rectangle((left, 0), wide, number, **style))


def _foot(axes: Axes, at: int, month: pd.Timestamp, low: float, wide: float) -> None:
    """The month's name below its column, and the year below the first and every January."""
    name = words.short_month(month)
    text = name if wide >= 30 else name[:1]
    paint.small(axes, at, low, text, across="center", dy=-12)
    # The first year has room where the next one is not too near.
    if month.month == 1 or (at == 0 and (13 - month.month) * wide >= 40):
        place, side = (at, "center") if wide >= 30 else (at - 0.5, "left")
        paint.small(axes, place, low, words.year(month), across=side, dy=-27)
