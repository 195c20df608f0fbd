"""Headlines: a tile per figure."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from clientops import words
from clientops.figures import paint, whose
from clientops.figures.paint import (
    MUTED,
    NARROW,
    PREVIOUS,
    RULE,
    WIDE,
    signed,
    signed_percent,
    write,
)
from clientops.words import _

_TALL, _GAP = 134, 16


def tiles(
    frame: pd.DataFrame,
    *,
    history: pd.DataFrame | None = None,
    links: dict[str, str] | None = None,
    width: int = WIDE,
) -> Figure:
    """A tile per headline with its change, its verdict and a small line of its months; where it is
    narrow a line per headline, on the year before.

    *frame*: metric, label, unit, value, previous, year_ago, change, change_rate, year_change,
    year_rate, verdict, topic, place, month, compared_days. *history*: metric, month, value.
    *links*: an address for each topic; the tile leads to it.
    """
    frame = whose.own(frame).sort_values("place", kind="stable")
    if frame.empty:
        return paint.nothing(width)
    if width < NARROW:
        return _lines(frame, links or {}, width)
    columns, deep = paint.rows_of(len(frame), max(2, round(width / 200)))
    wide = (width - _GAP * (columns - 1)) / columns
    paper = paint.page(paint.blank(width, deep * (_TALL + _GAP) - _GAP))
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
            _line(paper, months, row, (left + 2, top + 100, wide - 10, 26))
        _cover(paper, links or {}, row, (left, top, wide, _TALL))
    return paper.figure


def _lines(frame: pd.DataFrame, links: dict[str, str], width: float) -> Figure:
    """Where it is narrow a line per headline: its value, and the change with its verdict."""
    step, head, edge = 26, 20, 0.66 * width
    paper = paint.page(paint.blank(width, head + step * len(frame)))
    months = [frame["month"].iloc[0] - pd.DateOffset(months=back) for back in (0, 12)]
    paint.small(paper, edge, 8, words.month(months[0]), across="right")
    then = _("change on {month}").format(month=words.month(months[1]))
    paint.small(paper, width, 8, then, across="right")
    for at, row in enumerate(frame.itertuples()):
        top, value = head + step * at, paint.text_of(row.value, row.unit)
        middle, room = top + step / 2, edge - paint.length(value, 15, True) - 8
        paint.rule(paper, (0, width), (top, top))
        write(paper, 0, middle, words.value(row.label), color=MUTED, room=room)
        write(paper, edge, middle, value, size=15, bold=True, across="right")
        if pd.notna(row.year_ago):
            sign = paint.SIGNS.get(str(row.verdict), "")
            said = f"{sign} {_change(row.year_change, row.year_rate, row)}".strip()
            write(paper, width, middle, said, color=paint.ink(row.verdict), across="right")
        _cover(paper, links, row, (0, top, width, step))
    return paper.figure


def _change(change: float, rate: float, row: Any) -> str:
    return signed(change, row.unit) if pd.isna(rate) else signed_percent(rate)


def _cover(paper: Axes, links: dict[str, str], row: Any, box: tuple) -> None:
    """What leads to the topic of a headline: over everything, to be clicked."""
    if row.topic in links:
        left, top, wide, tall = box
        style = {"alpha": 0, "url": links[row.topic], "zorder": 9}
        paper.add_artist(Rectangle((left, top), wide, tall, **style))


def _tile(paper: Axes, row: Any, left: float, top: float, wide: float) -> None:
    paper.add_artist(Rectangle((left, top), wide, 1.5, facecolor=RULE, linewidth=0))
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
                change=_change(change, rate, row),
                month=words.month(row.month - pd.DateOffset(months=months)),
            )
            write(paper, left, top + y, f"{said} {text}".strip(), size=12, color=ink, room=wide)


def _line(paper: Axes, rows: pd.DataFrame, row: Any, box: tuple) -> None:
    """The months as a small line that ends in a dot, the month itself."""
    left, top, wide, tall = box
    numbers = rows.sort_values("month")["value"].to_numpy(float)
    middle, half = (numbers.max() + numbers.min()) / 2, np.ptp(numbers) / 2
    half = max(half, abs(middle) / 8) or 1.0  # a flat line stays flat
    xs = left + wide * np.arange(len(numbers)) / (len(numbers) - 1)
    ys = top + tall * (1 - (numbers - middle) / half) / 2
    paper.plot(xs, ys, color=PREVIOUS, linewidth=1.8, clip_on=False)
    if rows["month"].max() == row.month:
        paper.plot(xs[-1:], ys[-1:], "o", color=paint.ink(row.verdict), ms=4, clip_on=False)
