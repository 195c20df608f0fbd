"""What only the first page shows."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from clientops import words
from clientops.figures.paint import (
    MUTED,
    PREVIOUS,
    RULE,
    WIDE,
    area,
    blank,
    ink,
    nothing,
    page,
    scope,
    signed,
    text_of,
    verdict_text,
    write,
)
from clientops.figures.rows import bars
from clientops.schema import EVERYONE
from clientops.words import _

_TALL, _GAP = 134, 16


def tiles(
    frame: pd.DataFrame,
    *,
    history: pd.DataFrame | None = None,
    links: dict[str, str] | None = None,
    width: int = WIDE,
) -> Figure:
    """headlines: a tile per figure with its change, its verdict and a small line of its months.

    *history*: headline_history. *links*: an address for each topic; the tile leads to it.
    """
    frame = scope(frame).sort_values("place", kind="stable")
    if frame.empty:
        return nothing(width)
    columns = min(max(2, round(width / 200)), len(frame))
    wide = (width - _GAP * (columns - 1)) / columns
    deep = math.ceil(len(frame) / columns)
    figure = blank(width, deep * (_TALL + _GAP) - _GAP)
    paper = page(figure)
    past = {} if history is None else dict(tuple(scope(history).groupby("metric")))
    for at, row in enumerate(frame.itertuples()):
        down, right = divmod(at, columns)
        left, top = right * (wide + _GAP), down * (_TALL + _GAP)
        _tile(paper, row, left, top, wide)
        months = past.get(row.metric, frame.iloc[:0])
        if pd.notna(row.compared_days):  # what is not whole is no point of the line
            months = months[months["month"] < row.month]
        if len(months) > 1:
            _line(figure, months, row, (left + 2, top + 100, wide - 10, 26))
    for at, row in enumerate(frame.itertuples()):  # over everything, to be clicked
        if links and row.topic in links:
            down, right = divmod(at, columns)
            corner = (right * (wide + _GAP), down * (_TALL + _GAP))
            cover = Rectangle(corner, wide, _TALL, alpha=0, url=links[row.topic], zorder=9)
            paper.add_patch(cover)
    paper.set_zorder(2)
    paper.patch.set_alpha(0)
    return figure


def headline_bars(frame: pd.DataFrame, *, metric: str, width: int = WIDE) -> Figure:
    """headlines: one figure of every manager, before a light bar of the month before."""
    rows = frame[(frame["metric"] == metric) & (frame["manager_id"] != EVERYONE)]
    rows = rows.rename(columns={"value": metric})
    return bars(rows, value=metric, previous="previous", verdict="verdict", width=width)


def attention_reasons(frame: pd.DataFrame, *, width: int = WIDE) -> Figure:
    """attention: the money at stake by reason."""
    sums = frame.groupby("reason", as_index=False)["money"].sum()
    return bars(sums, value="money", name="reason", width=width)


def _tile(paper: Axes, row: object, left: float, top: float, wide: float) -> None:
    rule = Rectangle((left, top), wide, 1.5, facecolor=RULE, linewidth=0)
    paper.add_patch(rule)
    write(paper, left, top + 14, words.value(row.label), color=MUTED, room=wide)
    value = text_of(row.value, row.unit)
    write(paper, left, top + 42, value, size=25, bold=True, room=wide)
    said, color = verdict_text(row.verdict), ink(row.verdict)
    month = row.month
    before, year = month - pd.DateOffset(months=1), month - pd.DateOffset(months=12)
    if pd.notna(row.previous):
        text = _("{change} on {month}").format(
            change=signed(row.change, row.unit), month=words.month(before)
        )
        write(paper, left, top + 66, f"{said} {text}".strip(), size=12, color=color, room=wide)
    if pd.notna(row.year_ago):
        text = _("{change} on {month}").format(
            change=signed(row.year_change, row.unit), month=words.month(year)
        )
        write(paper, left, top + 84, text, size=12, color=MUTED, room=wide)


def _line(figure: Figure, rows: pd.DataFrame, row: object, box: tuple) -> None:
    """The months as a small line that ends in a dot, the month itself."""
    numbers = rows.sort_values("month")["value"].to_numpy(float)
    middle, half = (numbers.max() + numbers.min()) / 2, np.ptp(numbers) / 2
    half = max(half, abs(middle) / 8) or 1.0  # a flat line stays flat
    axes = area(figure, box, (0, len(numbers) - 1), (middle - half, middle + half))
    axes.plot(np.arange(len(numbers)), numbers, color=PREVIOUS, linewidth=1.8, clip_on=False)
    if rows["month"].max() == row.month:
        place = [len(numbers) - 1]
        axes.plot(place, numbers[-1:], "o", color=ink(row.verdict), ms=4, clip_on=False)
