"""Headlines: a tile per figure."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from clientops import words
from clientops.figures import paint, whose
from clientops.figures.paint import MUTED, PREVIOUS, RULE, WIDE, signed, signed_percent, write
from clientops.words import _

_TALL, _GAP = 134, 16


def tiles(
    frame: pd.DataFrame,
    *,
    history: pd.DataFrame | None = None,
    links: dict[str, str] | None = None,
    width: int = WIDE,
) -> Figure:
    """A tile per headline with its change, its verdict and a small line of its months.

    *frame*: metric, label, unit, value, previous, year_ago, change, change_rate, year_change,
    year_rate, verdict, topic, place, month, compared_days. *history*: metric, month, value.
    *links*: an address for each topic; the tile leads to it.
    """
    frame = whose.own(frame).sort_values("place", kind="stable")
    if frame.empty:
        return paint.nothing(width)
    columns, deep = paint.rows_of(len(frame), max(2, round(width / 200)))
    wide = (width - _GAP * (columns - 1)) / columns
    figure = paint.blank(width, deep * (_TALL + _GAP) - _GAP)
    paper = paint.page(figure)
    past = {} if history is None else whose.own(history).dropna(subset="value")
    past = dict(tuple(past.groupby("metric"))) if len(past) else {}
    for at, row in enumerate(frame.itertuples()):
        down, right = divmod(at, columns)
        left, top = right * (wide + _GAP), down * (_TALL + _GAP)
        _tile(paper, row, left, top, wide)
        months = past.get(row.metric, frame.iloc[:0])
        if pd.notna(row.compared_days):  # what is not whole is no point of the line
            months = months[months["month"] < row.month]
        if len(months) > 1:
            _line(figure, months, row, (left + 2, top + 100, wide - 10, 26))
        if links and row.topic in links:  # over everything, to be clicked
            cover = {"alpha": 0, "url": links[row.topic], "zorder": 9}
            paper.add_patch(Rectangle((left, top), wide, _TALL, **cover))
    paper.set_zorder(2)
    paper.patch.set_alpha(0)
    return figure


def _tile(paper: Axes, row: Any, left: float, top: float, wide: float) -> None:
    paper.add_patch(Rectangle((left, top), wide, 1.5, facecolor=RULE, linewidth=0))
    write(paper, left, top + 14, words.value(row.label), color=MUTED, room=wide)
    value = paint.text_of(row.value, row.unit)
    write(paper, left, top + 42, value, size=25, bold=True, room=wide)
    color = paint.ink(row.verdict)
    for y, known, change, rate, months, said, ink in (
        (66, row.year_ago, row.year_change, row.year_rate, 12, row.verdict, color),
        (84, row.previous, row.change, row.change_rate, 1, None, MUTED),
    ):
        if pd.notna(known):
            said = paint.verdict_text(said)
            text = _("{change} on {month}").format(
                change=signed(change, row.unit) if pd.isna(rate) else signed_percent(rate),
                month=words.month(row.month - pd.DateOffset(months=months)),
            )
            write(paper, left, top + y, f"{said} {text}".strip(), size=12, color=ink, room=wide)


def _line(figure: Figure, rows: pd.DataFrame, row: Any, box: tuple) -> None:
    """The months as a small line that ends in a dot, the month itself."""
    numbers = rows.sort_values("month")["value"].to_numpy(float)
    middle, half = (numbers.max() + numbers.min()) / 2, np.ptp(numbers) / 2
    half = max(half, abs(middle) / 8) or 1.0  # a flat line stays flat
    axes = paint.area(figure, box, (0, len(numbers) - 1), (middle - half, middle + half))
    axes.plot(np.arange(len(numbers)), numbers, color=PREVIOUS, linewidth=1.8, clip_on=False)
    if rows["month"].max() == row.month:
        style = {"color": paint.ink(row.verdict), "ms": 4, "clip_on": False}
        axes.plot([len(numbers) - 1], numbers[-1:], "o", **style)
