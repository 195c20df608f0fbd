"""What only migration shows: moves up are blue, moves down orange, each with its sign."""

import math

import pandas as pd
from matplotlib import colors
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from clientops import words
from clientops.figures.paint import (
    ABC,
    ACTUAL,
    BAD,
    GOOD,
    MUTED,
    NARROW,
    PREVIOUS,
    RULE,
    UNASSIGNED,
    WIDE,
    XYZ,
    area,
    blank,
    length,
    names_of,
    nothing,
    page,
    readable,
    rule,
    scope,
    signed,
    text_of,
    write,
)
from clientops.figures.rows import Rows, waterfall
from clientops.schema import EVERYONE
from clientops.words import _, plural

_NOBODY = "-"  # the letter of who did not buy
# How much of the colour of its way a cause has: own sales all of it, the threshold alone little.
_STRENGTH = {"own": 1.0, "both": 0.55, "threshold": 0.25}


def _one(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of the only manager, or of the company among several.

    None where several stand without it, and where it stands alone: the manager asked for has none.
    """
    rows = scope(frame)
    one = rows["manager_id"].nunique() == 1 and set(frame["manager_id"]) != {EVERYONE}
    return rows if one else rows.iloc[:0]


def _window(months: int, month: pd.Timestamp) -> str:
    """12 months to Oct 2026."""
    text = plural("{number} month to {{month}}", "{number} months to {{month}}", months)
    return text.format(month=words.month(month))


# ---------------------------------------------------------------- the bridge


def revenue_bridge(frame: pd.DataFrame, *, width: int = WIDE) -> Figure:
    """migration_bridge: from the revenue of the earlier window to that of the later one."""
    rows = _one(frame)
    if rows.empty:
        return nothing(width)
    row = rows.iloc[0]
    lines = ["new", "returned", "growth", "transferred_in", "decline", "lost", "transferred_out"]
    if not row["transferred_in"] and not row["transferred_out"]:
        lines = [line for line in lines if not line.startswith("transferred")]
    steps = [
        (_window(row["window_months"], row["from_month"]), row["opening"], True),
        *((words.label(line), row[line], False) for line in lines),
        (_window(row["window_months"], row["to_month"]), row["closing"], True),
    ]
    return waterfall(pd.DataFrame(steps, columns=["name", "value", "total"]), width=width)


# ---------------------------------------------------------------- from class to class


def volume_moves(frame: pd.DataFrame, *, measure: str = "clients", width: int = WIDE) -> Figure:
    """migration_matrix: from which volume class to which, in clients or in change of revenue."""
    names = {"A": _("large"), "B": _("medium"), "C": _("small"), "D": _("returns")}
    return _moves(frame, "abc", names, ABC, measure, width)


def regularity_moves(frame: pd.DataFrame, *, measure: str = "clients", width: int = WIDE) -> Figure:
    """migration_matrix: from which regularity to which, in clients or in change of revenue."""
    names = {"X": _("regular"), "Y": _("varying"), "Z": _("occasional")}
    return _moves(frame, "xyz", names, XYZ, measure, width)


def _moves(
    frame: pd.DataFrame,
    kind: str,
    names: dict[str, str],
    palette: dict[str, str],
    measure: str,
    width: int,
) -> Figure:
    """A grid: rows are the class before, columns the class now, better ones first."""
    rows = _one(frame)
    before, now = f"from_{kind}", f"to_{kind}"
    rows = rows[(rows[before] != _NOBODY) | (rows[now] != _NOBODY)]
    if rows.empty:
        return nothing(width)
    letters = [*(each for each in names if each in {*rows[before], *rows[now]}), _NOBODY]
    value = "revenue_change" if measure == "revenue" else "clients"
    parts = {"clients": ("clients", "clients"), "revenue": ("revenue_before", "revenue_after")}
    cells = rows.groupby([before, now])[value].sum()
    then = rows.groupby(before)[parts[measure][0]].sum()
    after = rows.groupby(now)[parts[measure][1]].sum()
    unit, first = words.unit(value), rows.iloc[0]
    grid = _Grid(len(letters), width)
    grid.captions(
        *(_window(first["window_months"], first[at]) for at in ("from_month", "to_month"))
    )
    written = {
        key: _move_text(float(number), letters.index(key[0]) - letters.index(key[1]), unit)
        for key, number in cells.items()
    }
    grid.size = (
        16 if max(length(text, 16, True) for text in written.values()) < grid.wide - 6 else 12
    )
    most = max((abs(cells[key]) for key in cells.index if key[0] != key[1]), default=0) or 1.0
    for down, letter in enumerate(letters):
        text = names.get(letter, _("did not buy"))
        grid.row_head(down, letter, text, text_of(then.get(letter, 0), unit), palette)
        text = names.get(letter, _("buys no more"))
        grid.column_head(down, letter, text, text_of(after.get(letter, 0), unit), palette)
        for right, other in enumerate(letters):
            if letter == other == _NOBODY:
                continue
            part = min(math.sqrt(abs(float(cells.get((letter, other), 0))) / most), 1.0)
            gid = f"cell:{before}={letter}&{now}={other}"
            grid.cell(down, right, written.get((letter, other), ""), part, gid)
    return grid.figure


def _move_text(number: float, way: int, unit: str) -> str:
    """The number of a cell with the sign of its way: positive is up."""
    if not number:
        return ""
    text = signed(number, unit) if unit == "money" else text_of(number, unit)
    return f"{text} {'▲' if way > 0 else '▼' if way < 0 else ''}".strip()


class _Grid:
    """A square of cells with headings above and to the left, each with its total."""

    def __init__(self, number: int, width: float) -> None:
        self.narrow = width < NARROW
        self.left = 74 if self.narrow else 140
        self.wide = min((width - self.left) / number, 150)
        self.tall, self.top = 48, 86 if self.narrow else 74
        self.size = 16  # of the numbers
        self.figure = blank(width, self.top + self.tall * number + 2)
        self.page = page(self.figure)

    def captions(self, before: str, now: str) -> None:
        """What rows and columns are."""
        style = {"size": 12, "color": MUTED}
        texts = [_("Now: {window}").format(window=now), _("Before: {window}").format(window=before)]
        if self.narrow:
            write(self.page, 0, 24, f"{texts[0]} →", **style)
            write(self.page, 0, 8, f"{texts[1]} ↓", **style)
        else:
            write(self.page, self.left + 2, 24, texts[0], **style)
            write(self.page, 0, self.top - 32, _("Before:"), **style)
            write(self.page, 0, self.top - 15, before, **style, room=self.left - 4)

    def row_head(self, at: int, letter: str, text: str, total: str, palette: dict) -> None:
        """A class before, and how many were in it."""
        middle = self.top + self.tall * (at + 0.5)
        self._head(0, middle, letter, text, total, palette, self.left - 6)

    def column_head(self, at: int, letter: str, text: str, total: str, palette: dict) -> None:
        """A class now, and how many are in it."""
        left = self.left + self.wide * at + 2
        self._head(left, self.top - 24, letter, text, total, palette, self.wide - 4)

    def _head(
        self, x: float, y: float, letter: str, text: str, total: str, palette: dict, room: float
    ) -> None:
        if letter != _NOBODY:
            chip = {"facecolor": palette[letter], "edgecolor": RULE, "linewidth": 0.6}
            self.page.add_patch(Rectangle((x, y - 14), 11, 11, **chip))
            x, room = x + 16, room - 16
            text = letter if self.narrow else f"{letter} {text}"
        elif self.narrow:
            text = _("none")
        write(self.page, x, y - 8, text, bold=letter != _NOBODY, room=room)
        write(self.page, x, y + 9, total, size=12, color=MUTED, room=room)

    def cell(self, down: int, right: int, text: str, part: float, gid: str) -> None:
        """A cell: the stronger in the colour of its way, the larger its part of the largest."""
        shade = "#ffffff"
        if text:
            hue = PREVIOUS if down == right else GOOD if right < down else BAD
            shade = _mixed(hue, 0.6 if down == right else 0.12 + 0.8 * part)
        left, top = self.left + self.wide * right, self.top + self.tall * down
        box = (left + 1, top + 1), self.wide - 2, self.tall - 2
        patch = Rectangle(*box, facecolor=shade, edgecolor=RULE, linewidth=0.6)
        patch.set_gid(gid)  # a page filters its lists by it
        self.page.add_patch(patch)
        style = {"size": self.size, "bold": True, "across": "center", "room": self.wide - 2}
        middle = (left + self.wide / 2, top + self.tall / 2)
        write(self.page, *middle, text or "·", color=readable(shade), **style)


def _mixed(color: str, part: float) -> str:
    """So much of a colour, the rest white."""
    return colors.to_hex([1 - part * (1 - each) for each in colors.to_rgb(color)])


# ---------------------------------------------------------------- who moved, and why


def moves_by_cause(frame: pd.DataFrame, *, width: int = WIDE) -> Figure:
    """migration_causes: clients down to the left, up to the right, the darker the more their own.

    Managers with most downs over ups first; clients of nobody last. The company is left out.
    """
    rows = frame[frame["manager_id"] != EVERYONE]
    if rows.empty:
        return nothing(width)
    keys = ["manager_id", "direction", "cause"]
    counts = rows.groupby(keys)["clients"].sum().to_dict()
    names = dict(zip(rows["manager_id"], names_of(rows, "manager_name"), strict=True))
    totals = {
        (key, way): sum(counts.get((key, way, cause), 0) for cause in _STRENGTH)
        for key in names
        for way in ("up", "down")
    }
    order = sorted(
        names,
        key=lambda key: (key == UNASSIGNED, totals[key, "up"] - totals[key, "down"], names[key]),
    )
    low, high = (max(totals[key, way] for key in names) for way in ("down", "up"))
    room = (low + high) * 0.16  # for the numbers beyond the bars
    bars = Rows(
        [names[key] for key in order], (-low - room, high + room), width, right=0, head=46
    )  # fmt: skip
    _cause_legend(bars.page)
    bars.axes.set_zorder(2)
    for at, key in enumerate(order):
        for way, sign, hue, mark in (("down", -1, BAD, "▼"), ("up", 1, GOOD, "▲")):
            end = 0.0
            for cause, part in _STRENGTH.items():
                number = counts.get((key, way, cause), 0)
                if number:
                    style = {"facecolor": _mixed(hue, part), "edgecolor": "white", "linewidth": 0.8}
                    bars.bar(at, end, sign * number, **style)
                    end += sign * number
            text = f"{text_of(abs(end), 'count')} {mark}" if end else "0"
            style = {"across": "right" if sign < 0 else "left", "dx": 6 * sign}
            color = hue if end else MUTED
            write(bars.axes, end, bars.middle(at), text, color=color, **style)
    bars.zero()
    for sign, text in ((-1, _("fell")), (1, _("rose"))):
        style = {"size": 12, "color": MUTED, "across": "right" if sign < 0 else "left"}
        write(bars.axes, 0, 36, text, dx=6 * sign, **style)
    return bars.figure


def _cause_legend(paper: Axes) -> None:
    """What the strength of a colour says."""
    x = 0.0
    texts = {"own": _("by own sales"), "both": _("both"), "threshold": _("threshold only")}
    for cause, text in texts.items():
        for hue in (BAD, GOOD):
            style = {"facecolor": _mixed(hue, _STRENGTH[cause]), "linewidth": 0}
            paper.add_patch(Rectangle((x, 3), 9, 11, **style))
            x += 10
        write(paper, x + 4, 9, text, size=12, color=MUTED)
        x += length(text, 12) + 18


# ---------------------------------------------------------------- a client's path


def class_steps(frame: pd.DataFrame, *, most: int = 12, width: int = WIDE) -> Figure:
    """class_path: the class in each month; of one client, with the revenue of each window.

    Of several clients, those whose volume class changed are shown, the *most* with the largest
    window in these months; at the end stands the revenue of the last window.
    """
    if (frame["class"] == 2 * _NOBODY).all():
        return nothing(width)
    letters = frame["class"].str[0].groupby(frame["client_id"])
    changed = letters.nunique().gt(1)
    largest = frame.groupby("client_id")["revenue"].max()
    if len(largest) > 1 and changed.any():
        largest = largest[changed]
    order = largest.sort_values(ascending=False, kind="stable").index[:most]
    shown = frame[frame["client_id"].isin(set(order))]
    names = shown.drop_duplicates("client_id").set_index("client_id")
    months = pd.date_range(shown["month"].min(), shown["month"].max(), freq="MS")
    if len(order) == 1:
        return _single_path(shown.set_index("month"), months, width)
    narrow = width < NARROW
    tall, step, top = 24, 48 if narrow else 28, 26
    ends = shown[shown["month"] == months[-1]].set_index("client_id")["revenue"]
    notes = {key: text_of(ends.get(key, 0), "money") for key in order}
    right = max(length(text) for text in [*notes.values(), words.label("revenue")]) + 12
    left = 0 if narrow else min(max(length(n) for n in names["client_name"]) + 10, 0.34 * width)
    wide = (width - left - right) / len(months)
    figure = blank(width, top + step * len(order) + 2)
    paper = page(figure)
    _month_ends(paper, months, left, left + wide * len(months), 8)
    write(paper, width, 8, words.label("revenue"), size=12, color=MUTED, across="right")
    for at, key in enumerate(order):
        y = top + step * at + (20 if narrow else 0)
        name = names.loc[key, "client_name"]
        name_y, room = (y - 9, width) if narrow else (y + tall / 2, left - 8)
        write(paper, 0, name_y, name, room=room)
        rows = shown[shown["client_id"] == key].set_index("month")
        _strip(paper, rows, months, (left, y, wide, tall))
        write(paper, width, y + tall / 2, notes[key], across="right")
    return figure


def _strip(
    paper: Axes, rows: pd.DataFrame, months: pd.DatetimeIndex, box: tuple[float, ...]
) -> None:
    """A cell per month in the colour of the volume class; the class is written where there is room.

    *box*: left, top, width and height of the first cell.
    """
    left, top, wide, tall = box
    size = 12 if wide > 24 else 10
    for at, month in enumerate(months):
        if month not in rows.index:
            continue
        word = rows.loc[month, "class"]
        shade = ABC[word[0]]
        cell = Rectangle((left + wide * at, top), wide - 1, tall, facecolor=shade, gid=word)
        cell.set(edgecolor=RULE, linewidth=0.5)
        paper.add_patch(cell)
        text = word if word != 2 * _NOBODY else "–"
        color = readable(shade)
        middle = (left + wide * (at + 0.5), top + tall / 2)
        write(paper, *middle, text, size=size, color=color, across="center", room=wide + 1)


def _single_path(rows: pd.DataFrame, months: pd.DatetimeIndex, width: float) -> Figure:
    """A column of window revenue per month, its class below."""
    high, tall = 130, 26
    figure = blank(width, high + 24 + tall + 26)
    paper = page(figure)
    numbers = rows["revenue"].reindex(months)
    low, most = min(0.0, numbers.min()), max(0.0, numbers.max()) or 1.0
    side = 12 if width < NARROW else 0  # numbers are wider than their columns
    wide = (width - 2 * side) / len(months)
    axes = area(figure, (side, 20, wide * len(months), high), (0, len(months)), (low, most))
    shown = {0, len(months) - 1, int(numbers.fillna(0).argmax())}
    for at, number in enumerate(numbers):
        if pd.isna(number):
            continue
        bar = Rectangle((at + 0.14, 0), 0.72, number, linewidth=0, color=ACTUAL)
        axes.add_patch(bar)
        if at in shown or wide > 46:
            write(axes, at + 0.5, max(number, 0), text_of(number, "money"), across="center", dy=9)
    rule(axes, (0, len(months)), (0, 0), MUTED)
    _strip(paper, rows, months, (side, high + 26, wide, tall))
    _month_ends(paper, months, side, width - side, high + 26 + tall + 12)
    return figure


def _month_ends(paper: Axes, months: pd.DatetimeIndex, left: float, right: float, y: float) -> None:
    """The first and the last month."""
    write(paper, left, y, words.month(months[0]), size=12, color=MUTED)
    if len(months) > 2:
        write(paper, right, y, words.month(months[-1]), size=12, color=MUTED, across="right")
