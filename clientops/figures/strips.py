"""Strips of days or months: a row of cells per name; and the path of clients through classes."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from clientops import words
from clientops.figures import paint, whose
from clientops.figures.names import Names
from clientops.figures.paint import ABC, ACTUAL, MUTED, NARROW, WIDE, length, text_of, write
from clientops.words import _

_MOST = 30  # managers in one figure


def strips(
    frame: pd.DataFrame,
    *,
    value: str,
    day: str,
    where: dict[str, Any] | None = None,
    employed: str = "",
    width: int = WIDE,
) -> Figure:
    """A row per manager, a cell per day or month that begins on *day*, the darker the more.

    Rows of one cell are added up. Nothing at all is an orange ring; where a manager was not there
    (the flag *employed* is off, or no row), nothing stands.
    """
    people = whose.people(whose.kept(frame, where))
    if people.empty:
        return paint.nothing(width)
    names, there = whose.names_by_manager(people), people
    if employed:
        there = people[people[employed] | (people[value] > 0)]
    table = there.pivot_table(index="manager_id", columns=day, values=value, aggfunc="sum")
    order = whose.ranked(names, table.sum(axis=1))
    table, is_month = table.reindex(order[:_MOST]), table.columns.to_period("M").nunique() == 1
    lines = Names([names[key] for key in table.index], width, step=27, narrow_step=44,
                  head=42 if is_month else 26, foot=4 if is_month else 24,
                  more=len(order) - _MOST)  # fmt: skip
    wide = min((width - lines.left) / len(table.columns), 64)
    text = _("the darker the more: {what}").format(what=words.label(value))
    paint.small(lines.page, lines.left, 9, text)
    if (table == 0).any(axis=None):
        paint.key(lines.page, lines.left + length(text, 12) + 16, 9, [(_("none"), {})])
    dates_y = 32 if is_month else lines.bottom + 12
    _dates(lines.page, table.columns, lines.left, wide, dates_y, is_month)
    most = float(table.max(axis=None)) or 1.0
    for down, numbers in enumerate(table.to_numpy(float)):
        for at, number in enumerate(numbers):
            box = (lines.left + wide * at, lines.top(down), wide, lines.step - lines.below)
            _cell(lines.page, box, number, number / most)
    lines.lead(whose.managers(table.index))
    return lines.figure


def _cell(paper: Axes, box: tuple[float, float, float, float], number: float, part: float) -> None:
    """A number of a strip, or a ring for none at all."""
    left, top, wide, high = box
    if number > 0:
        shade = paint.amount(0.12 + 0.88 * part)
        inset = 1 if wide > 6 else 0.15
        style = {"facecolor": shade, "linewidth": 0}
        paper.add_artist(Rectangle((left, top + 1), wide - inset, high - 2, **style))
        text = words.count(number)
        if length(text, 12) <= wide - 3:
            style = {"size": 12, "color": paint.readable(shade), "across": "center"}
            write(paper, left + wide / 2, top + high / 2, text, **style)
    elif number == 0:
        size = min(5.0, wide * 0.7)
        paint.ring(paper, left + wide / 2, top + high / 2, size, gid="empty")


def _dates(paper: Axes, days: pd.Index, left: float, wide: float, y: float, is_month: bool) -> None:
    """The days of one month above their cells; else months below their first cell, where there is
    room."""
    free = left
    for at, day in enumerate(days):
        x = left + wide * at
        if is_month:
            style = {"size": 11, "across": "center", "room": wide}
            write(paper, x + wide / 2, y, words.count(day.day), color=MUTED, **style)
        elif at == 0 or day.month != days[at - 1].month:
            text = words.month(day)
            if x >= free and x + length(text, 12) <= paper.get_xlim()[1]:
                paint.small(paper, x, y, text)
                free = x + length(text, 12) + 10


# ---------------------------------------------------------------- paths through the classes


def paths(
    frame: pd.DataFrame,
    *,
    value: str,
    size: str,
    most: int = 12,
    width: int = WIDE,
) -> Figure:
    """The class (*value*: a letter each of volume and regularity) of clients in each month.

    Of one client, a column of its *size* stands above each month. Of several, those whose first
    letter changed are shown, the *most* with the largest size in these months, and the last size.
    """
    if (frame[value] == "--").all():
        return paint.nothing(width)
    groups = frame.groupby("client_id")
    largest = groups[size].max()
    changed = frame[value].str[0].groupby(frame["client_id"]).nunique().gt(1)
    if len(largest) > 1 and changed.any():
        largest = largest[changed]
    order = largest.sort_values(ascending=False, kind="stable").index[:most]
    shown = {key: groups.get_group(key).set_index("month") for key in order}
    span = pd.concat(shown.values()).index
    months = pd.date_range(span.min(), span.max(), freq="MS")
    if len(order) == 1:
        return _single_path(shown[order[0]], months, value, size, width)
    unit, names = words.unit(size), [str(rows["client_name"].iloc[0]) for rows in shown.values()]
    notes = [text_of(rows[size].get(months[-1], 0), unit) for rows in shown.values()]
    right = max(map(length, [*notes, words.label(size)])) + 12
    lines = Names(names, width, step=28, narrow_step=48, head=26, foot=2, below=20)
    wide = (width - lines.left - right) / len(months)
    _month_ends(lines.page, months, lines.left, lines.left + wide * len(months), 8)
    paint.small(lines.page, width, 8, words.label(size), across="right")
    for at, rows in enumerate(shown.values()):
        _path(lines.page, rows[value], months, (lines.left, lines.top(at), wide, 24))
        write(lines.page, width, lines.top(at) + 12, notes[at], across="right")
    lines.lead([f"client_id={key}" for key in order])
    return lines.figure


def _path(
    paper: Axes,
    classes: pd.Series,
    months: pd.DatetimeIndex,
    box: tuple[float, float, float, float],
) -> None:
    """A cell per month in the colour of the volume class; *box*: of the first."""
    left, top, wide, tall = box
    size = 12 if wide > 24 else 10
    for at, month in enumerate(months):
        if month in classes.index:
            word = classes[month]
            place = (left + wide * at, top, wide + 1, tall)
            text = word if word != "--" else "–"
            paint.cell(paper, place, ABC[word[0]], text, size=size, gid=word)


def _single_path(
    rows: pd.DataFrame, months: pd.DatetimeIndex, value: str, size: str, width: float
) -> Figure:
    """A column per month, its class below."""
    high, tall = 130, 26
    paper = paint.page(paint.blank(width, high + 24 + tall + 26))
    numbers = rows[size].astype(float).reindex(months)
    low, most = min(0.0, numbers.min()), max(0.0, numbers.max()) or 1.0
    side = 12 if width < NARROW else 0  # numbers are wider than their columns
    wide = (width - 2 * side) / len(months)
    box = (side, 20, wide * len(months), high)
    axes = paint.area(paper.figure, box, (0, len(months)), (low, most))
    written = {0, len(months) - 1, int(numbers.fillna(0).argmax())}
    for at, number in enumerate(numbers):
        if pd.isna(number):
            continue
        axes.add_artist(Rectangle((at + 0.14, 0), 0.72, number, linewidth=0, color=ACTUAL))
        if at in written or wide > 46:
            text = text_of(number, words.unit(size))
            write(axes, at + 0.5, max(number, 0), text, across="center", dy=9)
    paint.rule(axes, (0, len(months)), (0, 0), MUTED)
    _path(paper, rows[value], months, (side, high + 26, wide, tall))
    _month_ends(paper, months, side, width - side, high + 26 + tall + 12)
    return paper.figure


def _month_ends(paper: Axes, months: pd.DatetimeIndex, left: float, right: float, y: float) -> None:
    """The first and the last month."""
    paint.small(paper, left, y, words.month(months[0]))
    if len(months) > 2:
        paint.small(paper, right, y, words.month(months[-1]), across="right")
