"""Forms made of cells with numbers in them."""

import math
from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from clientops import words
from clientops.figures import paint, whose
from clientops.figures.names import Names
from clientops.figures.paint import MUTED, NARROW, WIDE, length, text_of, write
from clientops.schema import names
from clientops.words import _

_NOBODY = "-"  # the class of who did not buy
_COLORS = paint.ABC | paint.XYZ  # of classes
_FEW = 10  # clients: shares of fewer say little


def heatmap(
    frame: pd.DataFrame,
    *,
    rows: str,
    columns: str,
    value: str,
    share: str = "",
    of: str = "",
    classes: bool = False,
    width: int = WIDE,
) -> Figure:
    """A grid with the number in each cell, the darker the more; *share* is written small below it.

    Rows of one cell are parts and are added up. *of*: how many clients a cell is of: those of fewer
    than ten are left out. *classes*: rows and columns are classes of clients, each with its colour
    and its name, those that count alone.
    """
    mine = whose.own(frame)
    if of:
        mine = mine[mine[of] >= _FEW]
    if classes:
        mine = mine[(mine[rows] != _NOBODY) & (mine[columns] != _NOBODY)]
    if mine.empty:
        return paint.nothing(width)
    numbers = mine.groupby([rows, columns])[[value, share] if share else [value]].sum()
    row_keys, column_keys = _keys(mine[rows], classes), _keys(mine[columns], classes)
    texts = {key: _class_text(key) if classes else whose.name(key, rows)
             for key in (*row_keys, *column_keys)}  # fmt: skip
    title = "" if classes else words.label(rows)
    left = max(*(length(texts[key]) for key in row_keys), length(title, 12))
    left = min(left + (30 if classes else 12), 0.36 * width)
    wide = min((width - left) / len(column_keys), 220)
    tall, top = (52 if share else 34), 46 if title else 28
    paper = paint.page(paint.blank(width, top + tall * len(row_keys) + 2))
    if title:
        paint.small(paper, 0, top - 14, title, room=left - 8)
        paint.small(paper, left, 10, words.label(columns), room=width - left)
    most = float(max(numbers[value].max(), 0)) or 1.0
    for down, row in enumerate(row_keys):
        y = top + tall * (down + 0.5)
        _head(paper, 0, y, texts[row], _COLORS[row] if classes else "", left - 8)
    for right, column in enumerate(column_keys):
        x = left + wide * right
        _head(paper, x + 2, top - 14, texts[column], _COLORS[column] if classes else "", wide - 6)
        for down, row in enumerate(row_keys):
            found = numbers.loc[(row, column)] if (row, column) in numbers.index else None
            number = 0.0 if found is None else float(found[value])
            shade = paint.amount(number / most) if number else "#ffffff"
            box = (x, top + tall * down, wide, tall)
            gid = f"cell:{rows}={row}&{columns}={column}"  # a page filters its lists by it
            paint.cell(paper, box, shade, gid=gid)
            text = text_of(number, words.unit(value)) if number else "·"
            y = top + tall * (down + 0.5) - (8 if share and number else 0)
            style = {"color": paint.readable(shade), "across": "center", "room": wide - 6}
            size = 17 if wide > 80 else 15
            write(paper, x + wide / 2, y, text, size=size, bold=True, least=paint.LEAST, **style)
            if share and number:
                write(paper, x + wide / 2, y + 20, text_of(found[share], "share"), size=12, **style)
    return paper.figure


def _keys(values: pd.Series, classes: bool) -> list[str]:
    """The values in the order of the classes; of classes that are named, all that there can be."""
    found = set(values)
    if classes and found & set(paint.XYZ):
        return ["X", "Y", "Z"]
    if classes:
        return ["A", "B", "C", *(["D"] if "D" in found else [])]
    order = [*paint.ABC, *paint.XYZ]
    return sorted(found, key=lambda key: (order.index(key) if key in order[:-1] else 99, key))


def _class_text(letter: str) -> str:
    return f"{letter} {_(paint.CLASSES[letter])}"


def _head(paper: Axes, x: float, y: float, text: str, chip: str, room: float) -> None:
    """A heading of the grid, with the colour of its class before it."""
    if chip:
        style = {"facecolor": chip, "edgecolor": paint.RULE, "linewidth": 0.6}
        paper.add_artist(Rectangle((x, y - 6), 12, 12, **style))
        x, room = x + 18, room - 18
    write(paper, x, y, text, room=room)


# ---------------------------------------------------------------- from class to class


def moves(
    frame: pd.DataFrame,
    *,
    before: str,
    now: str,
    value: str,
    totals: tuple[str, str],
    ends: tuple[str, str],
    width: int = WIDE,
) -> Figure:
    """From which class to which: rows are the class *before*, columns the class *now*.

    Cells of a move up are blue, down orange, the stronger the more of *value*. *totals*: what is
    added up for the headings of rows and of columns. *ends*: the months in which both windows end.
    """
    rows = whose.own(frame)
    rows = rows[(rows[before] != _NOBODY) | (rows[now] != _NOBODY)]
    if rows.empty:
        return paint.nothing(width)
    letters = [each for each in paint.CLASSES if each in {*rows[before], *rows[now]}] + [_NOBODY]
    numbers, unit = rows.groupby([before, now])[value].sum().astype(float), words.unit(value)
    most = max((abs(each) for (one, other), each in numbers.items() if one != other), default=0)
    said = {key: _move_text(number, letters.index(key[0]) - letters.index(key[1]), unit)
            for key, number in numbers.items()}  # fmt: skip
    grid = _Moves(len(letters), width, said.values())
    months = rows["window_months"].iloc[0]
    grid.captions(*(whose.window(months, rows[end].iloc[0]) for end in ends))
    then, after = (rows.groupby(key)[total].sum()
                   for key, total in zip((before, now), totals, strict=True))  # fmt: skip
    for down, letter in enumerate(letters):
        total, gone = text_of(then.get(letter, 0), unit), _("did not buy")
        grid.head(0, grid.top + grid.tall * (down + 0.5), letter, gone, total, grid.left - 6)
        total, gone = text_of(after.get(letter, 0), unit), _("buys no more")
        x = grid.left + grid.wide * down + 2
        grid.head(x, grid.top - 24, letter, gone, total, grid.wide - 4)
        for right, other in enumerate(letters):
            if letter == other == _NOBODY:
                continue
            part = min(math.sqrt(abs(numbers.get((letter, other), 0)) / (most or 1.0)), 1.0)
            gid = f"cell:{before}={letter}&{now}={other}"  # a page filters its lists by it
            grid.cell(down, right, said.get((letter, other), ""), part, gid)
    return grid.page.figure


def _move_text(number: float, way: int, unit: str) -> str:
    """The number of a cell with the sign of its way: positive is up."""
    if not number:
        return ""
    text = paint.signed(number, unit) if unit == "money" else text_of(number, unit)
    return f"{text} {'▲' if way > 0 else '▼' if way < 0 else ''}".strip()


class _Moves:
    """A square of cells with headings above and to the left, each with its total."""

    def __init__(self, number: int, width: float, texts: Sequence[str]) -> None:
        self.narrow = width < NARROW
        self.left = 74 if self.narrow else 140
        self.wide = min((width - self.left) / number, 150)
        self.tall, self.top = 48, 86 if self.narrow else 74
        self.size = 16 if max(length(text, 16, True) for text in texts) < self.wide - 6 else 12
        self.page = paint.page(paint.blank(width, self.top + self.tall * number + 2))

    def captions(self, before: str, now: str) -> None:
        """What rows and columns are."""
        now, then = _("Now: {window}").format(window=now), _("Before: {window}")
        if self.narrow:
            paint.small(self.page, 0, 24, f"{now} →")
            paint.small(self.page, 0, 8, f"{then.format(window=before)} ↓")
        else:
            paint.small(self.page, self.left + 2, 24, now)
            paint.small(self.page, 0, self.top - 32, then.format(window="").strip())
            paint.small(self.page, 0, self.top - 15, before, room=self.left - 4)

    def head(self, x: float, y: float, letter: str, gone: str, total: str, room: float) -> None:
        """A class, or *gone*, and what there is of it."""
        text = _("none") if self.narrow else gone
        if letter != _NOBODY:
            style = {"facecolor": _COLORS[letter], "edgecolor": paint.RULE, "linewidth": 0.6}
            self.page.add_artist(Rectangle((x, y - 14), 11, 11, **style))
            x, room = x + 16, room - 16
            text = letter if self.narrow else _class_text(letter)
        write(self.page, x, y - 8, text, bold=letter != _NOBODY, room=room)
        paint.small(self.page, x, y + 9, total, room=room)

    def cell(self, down: int, right: int, text: str, part: float, gid: str) -> None:
        """A cell: the stronger in the colour of its way, the larger its part of the largest."""
        hue = paint.PREVIOUS if down == right else paint.GOOD if right < down else paint.BAD
        shade = paint.mixed(hue, 0.6 if down == right else 0.12 + 0.8 * part) if text else "#ffffff"
        box = (self.left + self.wide * right, self.top + self.tall * down, self.wide, self.tall)
        paint.cell(self.page, box, shade, text or "·", size=self.size, bold=True, gid=gid)


# ---------------------------------------------------------------- what each step did

_MOST = 20  # names


def changes(
    frame: pd.DataFrame,
    *,
    total: str,
    steps: str | Sequence[str],
    width: int = WIDE,
) -> Figure:
    """What each of the *steps* did to every name, the largest fall of the *total* first.

    Blue lifts it, orange lowers it, the darker the more. Of more than twenty names: the largest
    falls and rises. Names that did not change are left out.
    """
    frame = frame[frame[total] != 0].sort_values(total, kind="stable")
    if frame.empty:
        return paint.nothing(width)
    steps = names(steps)
    rows, places, texts, leads = whose.shortened(frame, "name", _MOST // 2, _MOST // 2)
    lines = Names(texts, width, step=30, narrow_step=52, head=40, foot=2, below=22)
    lines.lead(leads)
    wide = (width - lines.left) / (len(steps) + 1)
    strongest = rows[[*steps]].abs().max(axis=None) or 1.0
    for right, column in enumerate([total, *steps]):
        x, style = lines.left + wide * right, {"size": 11, "across": "center"}
        paint.headed(lines.page, x + wide / 2, 28, words.label(column), wide - 4, **style)
        for at, amount in zip(places, rows[column], strict=True):
            box = (x, lines.top(at), wide, 30)
            _change(lines.page, box, amount, strongest, column, is_total=right == 0)
    return lines.figure


def _change(
    paper: Axes, box: tuple[float, float, float, float], amount: float, strongest: float,
    column: str, *, is_total: bool,
) -> None:  # fmt: skip
    """An amount on a ground of its sign's colour; the total stands apart without one."""
    text = paint.signed(amount, words.unit(column))
    text = text.replace(words.currency(), "").strip() if amount else "·"  # the subtitle tells it
    size = 12 if length(text, 12) <= box[2] - 4 else 10
    hue = paint.BAD if amount < 0 else paint.GOOD
    middle = (box[0] + box[2] / 2, box[1] + box[3] / 2)
    if is_total or not amount:
        color = hue if amount else MUTED
        write(paper, *middle, text, size=size, bold=is_total, color=color, across="center")
        return
    ground = paint.mixed(hue, min(0.08 + 0.92 * abs(amount) / strongest, 1.0))
    paint.cell(paper, box, ground, text, size=size, gid=column)


# ---------------------------------------------------------------- cohorts


_STRONGEST = 1.5  # shares above it are as dark as this one: a few outliers would pale all others


def cohorts(
    frame: pd.DataFrame,
    *,
    rows: str,
    columns: str,
    value: str,
    start: str,
    apart: str,
    is_quarterly: bool = False,
    most: int = 24,
    width: int = WIDE,
) -> Figure:
    """A row per first month, a column per month or quarter since; what is left of the beginning.

    *start*: what there was at the beginning. All together (without a first month) stand above, who
    was there before (the flag *apart*) below. What is not over yet is blank. Beyond *most* rows the
    oldest are left out, and beyond what there is room for the latest columns.
    """
    mine = whose.own(frame)
    if not (mine[columns] > 0).any():
        return paint.nothing(width)
    bands, left_out = _bands(mine, rows, apart, is_quarterly, most)
    begun = [text_of(cells.loc[cells[columns] == 0, start].iloc[0], words.unit(start))
             for _name, cells, _group in bands]  # fmt: skip
    left = max(length(name, 13, group != 1) for name, _cells, group in bands) + 12
    middle = left + max(length(text) for text in [*begun, words.label(start)]) + 10
    ages = int(min(mine[columns].max(), 12, (width - middle) // 30))
    wide, tall, top = min((width - middle) / ages, 64), 26, 44
    height = top + tall * len(bands) + 8 * len({group for _name, _cells, group in bands})
    paper = paint.page(paint.blank(width, height + (16 if left_out else 0)))
    paint.small(paper, middle + 2, 9, words.label(columns), room=width - middle)
    paint.small(paper, middle - 10, top - 14, words.label(start), across="right")
    for age in range(1, ages + 1):
        x = middle + wide * (age - 0.5)
        paint.small(paper, x, top - 14, words.count(age), across="center")
    seen = mine.loc[mine[columns].between(1, ages), value]
    strongest = min(max(seen.max(), 0.01), _STRONGEST)
    y, before = top, bands[0][2]
    for (name, cells, group), text in zip(bands, begun, strict=True):
        y += 8 * (group != before)
        write(paper, 0, y + tall / 2, name, bold=group != 1, room=left - 8)
        write(paper, middle - 10, y + tall / 2, text, across="right")
        for age, share in zip(cells[columns], cells[value].astype(float), strict=True):
            if 1 <= age <= ages:
                shade = paint.amount(share / strongest) if pd.notna(share) else "#ffffff"
                box = (middle + wide * (age - 1), y, wide, tall)
                paint.cell(paper, box, shade, text_of(share, "share"), gid="cohort-cell")
        y, before = y + tall, group
    if left_out:
        text = words.plural(
            "{number} earlier cohort is in the table.",
            "{number} earlier cohorts are in the table.",
            left_out,
        )
        paint.small(paper, 0, y + 16, text)
    return paper.figure


def _bands(
    rows: pd.DataFrame, first: str, apart: str, is_quarterly: bool, most: int
) -> tuple[list[tuple[str, pd.DataFrame, int]], int]:
    """Name, cells and group (0: all, 1: cohorts, 2: before) of each line; how many are left out."""
    won, old = rows[rows[first].isna()], rows[rows[apart]]
    cohorts = [*rows[~rows[apart]].dropna(subset=first).groupby(first)]
    bands = [(_("all won"), won, 0)] if len(won) else []
    for cohort, cells in cohorts[-most:]:
        said = words.quarter(cohort) if is_quarterly else words.month(cohort)
        bands.append((said, cells, 1))
    if len(old):
        bands.append((words.label(apart), old, 2))
    return bands, max(0, len(cohorts) - most)
