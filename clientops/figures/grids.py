"""Forms made of cells with numbers, the darker the more."""

import math

import pandas as pd
from matplotlib import colors
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from clientops import words
from clientops.figures.paint import (
    ABC,
    AMOUNT,
    MUTED,
    RULE,
    WIDE,
    XYZ,
    blank,
    length,
    nothing,
    page,
    readable,
    scope,
    text_of,
    write,
)
from clientops.words import _


def heatmap(
    frame: pd.DataFrame,
    *,
    rows: str,
    columns: str,
    value: str,
    share: str | None = None,
    row_names: dict[str, str] | None = None,
    column_names: dict[str, str] | None = None,
    chips: bool = False,
    width: int = WIDE,
) -> Figure:
    """A grid with the number in each cell, the darker the more; *share* is written small below it.

    Rows of one cell are parts and are added up; of several managers, the company is shown.
    *row_names* and *column_names* fix which rows and columns there are, in order, and what stands
    beside their value; *chips* puts the colour of the class beside it.
    """
    frame, titled = scope(frame), not row_names and not column_names
    row_names = row_names or dict.fromkeys(_in_order(frame[rows]), "")
    column_names = column_names or dict.fromkeys(_in_order(frame[columns]), "")
    inside = frame[frame[rows].isin(list(row_names)) & frame[columns].isin(list(column_names))]
    if inside.empty:
        return nothing(width)
    cells = inside.groupby([rows, columns])[[value, share] if share else [value]].sum()
    unit, most = words.unit(value), float(max(cells[value].max(), 0)) or 1.0
    heads = [f"{key} {words.value(text)}".strip() for key, text in row_names.items()]
    title = words.label(rows) if titled else ""
    left = max(*map(length, heads), length(title, 12)) + (30 if chips else 12)
    left = min(left, 0.36 * width)
    wide = min((width - left) / len(column_names), 220)
    tall, top = (52 if share else 34), 46 if title else 28
    figure = blank(width, top + tall * len(row_names) + 2)
    paper = page(figure)
    if title:
        write(paper, 0, top - 14, title, size=12, color=MUTED, room=left - 8)
        write(paper, left, 10, words.label(columns), size=12, color=MUTED, room=width - left)
    for down, key in enumerate(row_names):
        y = top + tall * (down + 0.5)
        _head(paper, 0, y, heads[down], ABC.get(key) if chips else None, left - 8)
    for right, key in enumerate(column_names):
        text = f"{key} {words.value(column_names[key])}".strip()
        start = left + wide * right
        _head(paper, start + 2, top - 14, text, XYZ.get(key) if chips else None, wide - 6)
        for down, row in enumerate(row_names):
            found = cells.loc[(row, key)] if (row, key) in cells.index else None
            number = float(found[value]) if found is not None else 0.0
            shade = colors.to_hex(AMOUNT(max(number, 0) / most)) if number else "#ffffff"
            box = (start + 1, top + tall * down + 1)
            cell = Rectangle(
                box, wide - 2, tall - 2, facecolor=shade, edgecolor=RULE, linewidth=0.6
            )
            cell.set_gid(f"cell:{rows}={row}&{columns}={key}")  # a page filters its lists by it
            paper.add_patch(cell)
            dark = readable(shade)
            text = text_of(number, unit) if number else "·"
            middle, y = start + wide / 2, top + tall * (down + 0.5)
            up = 8 if share and number else 0
            strong = {"size": 17 if wide > 80 else 15, "bold": True}
            write(paper, middle, y - up, text, color=dark, across="center", room=wide - 6, **strong)
            if share and number:
                part = text_of(found[share], "share")
                write(paper, middle, y + 12, part, color=dark, across="center", size=12)
    return figure


def calendar(frame: pd.DataFrame, *, value: str, day: str = "day", width: int = WIDE) -> Figure:
    """A block per month, a row per week from Monday, a cell per day, the darker the more.

    A day without a row stays white: nothing was expected of it.
    """
    frame = frame[frame[value].notna()]
    if frame.empty:
        return nothing(width)
    days = pd.to_datetime(frame[day])
    numbers = dict(zip(days, frame[value].astype(float), strict=True))
    months = pd.date_range(days.min().replace(day=1), days.max(), freq="MS")
    gap, unit, most = 24, words.unit(value), max(numbers.values()) or 1.0
    columns = max(1, min(len(months), (width + gap) // (170 + gap)))
    cell = min((width - gap * (columns - 1)) / columns / 7, 48)
    tall = min(cell, 34)
    block = 44 + 6 * tall + 12
    figure = blank(width, block * math.ceil(len(months) / columns) - tall * (len(months) == 1))
    paper = page(figure)
    for at, month in enumerate(months):
        left, top = (at % columns) * (7 * cell + gap), (at // columns) * block
        write(paper, left, top + 10, words.month(month), bold=True)
        for weekday, text in enumerate(_weekdays()):
            middle = left + cell * (weekday + 0.5)
            write(paper, middle, top + 32, text, size=11, color=MUTED, across="center", room=cell)
        for date in pd.date_range(month, month + pd.offsets.MonthEnd()):
            week = (date.day - 1 + month.weekday()) // 7
            number = numbers.get(date)
            shade = "#ffffff" if number is None else colors.to_hex(AMOUNT(max(number, 0) / most))
            box = (left + cell * date.weekday() + 1, top + 44 + tall * week + 1)
            style = {"facecolor": shade, "edgecolor": RULE, "linewidth": 0.4}
            patch = Rectangle(box, cell - 2, tall - 2, gid=f"{date:%Y-%m-%d}", **style)
            paper.add_patch(patch)
            if number is not None and cell >= 24:
                place = (box[0] + cell / 2 - 1, box[1] + tall / 2 - 1)
                text, dark = text_of(number, unit), readable(shade)
                write(paper, *place, text, size=12, color=dark, across="center", room=cell - 2)
    return figure


def _head(paper: Axes, x: float, y: float, text: str, chip: str | None, room: float) -> None:
    """A heading of the grid, with the colour of its class before it."""
    if chip:
        paper.add_patch(
            Rectangle((x, y - 6), 12, 12, facecolor=chip, edgecolor=RULE, linewidth=0.6)
        )
    write(paper, x + (18 if chip else 0), y, text, room=room - (18 if chip else 0))


def _in_order(values: pd.Series) -> list[str]:
    """The values that occur; classes in their fixed order."""
    order = [*ABC, *XYZ]
    known = sorted(set(values.astype(str)))
    return sorted(known, key=lambda each: order.index(each) if each in order[:-1] else 99)


def _weekdays() -> list[str]:
    return [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]
