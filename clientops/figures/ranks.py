"""Bars with a small table beside them, and bars to both sides of a line."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from clientops import words
from clientops.figures import paint, whose
from clientops.figures.native import Chart, bar_chart, drawn_as
from clientops.figures.paint import MUTED, NARROW, WIDE, length, text_of, write
from clientops.figures.rows import Rows
from clientops.schema import EVERYONE
from clientops.words import _


def _in_order(
    frame: pd.DataFrame, value: str, by: str, each: str, most: int, where: dict[str, Any] | None
) -> pd.DataFrame:
    """The rows, the *most* that are shown first; of each word of the column *each* some of them."""
    rows = whose.own(whose.kept(frame, where))
    rows = rows[rows[value].notna()]
    if by:
        rows = rows.sort_values(by, ascending=False, kind="stable")
    if each and len(rows):
        is_first = rows[each] == rows[each].iloc[0]
        first, others = rows[is_first], rows[~is_first]
        room = most - min(len(others), most // 4)
        rows = pd.concat([first.head(room), others, first.iloc[room:]])
    return rows


def _ranks_chart(asked: Any) -> Chart:
    rows = _in_order(asked.frame, asked.value, asked.by, asked.each, asked.most, asked.where)
    rows, *_lines = whose.shortened(rows, asked.name, asked.most - asked.last, asked.last)
    return bar_chart(rows, asked.name, {asked.value: paint.ACTUAL})


@drawn_as(_ranks_chart)
def ranks(
    frame: pd.DataFrame,
    *,
    value: str,
    name: str,
    where: dict[str, Any] | None = None,
    by: str = "",
    beside: Sequence[str] = (),
    change: str = "",
    missing: str = "",
    hue: str = "",
    part: str = "",
    beyond: str = "",
    mark: str = "",
    beside_company: bool = False,
    most: int = 12,
    last: int = 0,
    each: str = "",
    width: int = WIDE,
) -> Figure:
    """Bars in the order of the rows (or *by* a column, falling), with columns of numbers *beside*.

    *change*: one more such column, blue above zero, orange below. *missing*: the word for what is
    unknown there. *hue*: a column of classes. *part*: a light part of the bar, from its start;
    *beyond*: a light part behind its end; *mark*: where it should have ended. *beside_company*: the
    company's value is a light grey bar behind. Money lost is orange; where all is lost, bars run to
    the right. Beyond *most* rows: the first ones, the *last* so many, and how many are not shown;
    of each word of the column *each* some.
    """
    rows = _in_order(frame, value, by, each, most, where)
    if rows.empty:
        return paint.nothing(width)
    rows, places, names, leads = whose.shortened(rows, name, most - last, last)
    usual = _usual(frame, rows, value, name) if beside_company else pd.Series(0.0, rows.index)
    numbers, unit = rows[value].astype(float), words.unit(value)
    sizes = numbers.abs() if (numbers <= 0).all() else numbers
    ends = sizes + (rows[beyond].astype(float) if beyond else 0)
    ends = pd.concat([ends, usual], axis=1).max(axis=1)
    tell = text_of if sizes is numbers else paint.signed
    notes = [tell(number, unit) for number in numbers]
    table = _Table(rows, [*beside, *([change] if change else [])], change, missing, value, width)
    legend = _legend(rows, value, hue, part, beyond, mark)
    across = (min(0.0, sizes.min()), max(0.0, ends.max()) or 1.0)
    right = max(map(length, notes)) + 10 + (0 if width < NARROW else table.width)
    top = 22 if legend else 0
    plot = Rows(table.cut(names, width), across, width, right=right, head=top + table.head)
    for at, row, number, size, far, often, note in zip(
        places, rows.to_dict("records"), numbers, sizes, ends, usual, notes, strict=True
    ):
        shade = paint.ABC[row[hue]] if hue else paint.BAD if number < 0 else paint.ACTUAL
        if beside_company:
            plot.bar(at, 0, often, color=paint.PREVIOUS, behind=True)
        plot.bar(at, 0, size, color=shade)
        if part:
            plot.bar(at, 0, min(row[part], size), color=paint.PREVIOUS)
        if beyond and row[beyond]:
            plot.bar(at, size, row[beyond], **_BEYOND)
        if mark:
            plot.mark(at, row[mark], paint.BAD)
        plot.note(at, max(far, 0), note, color=paint.BAD if number < 0 else paint.INK)
    plot.lead(leads)
    table.write(plot, places, top)
    paint.key(plot.page, plot.left, 9, legend)
    plot.zero()
    return plot.figure


_BEYOND = {"facecolor": paint.BAND, "edgecolor": MUTED, "linewidth": 0.6}


def _usual(frame: pd.DataFrame, rows: pd.DataFrame, value: str, name: str) -> pd.Series:
    """The company's values beside the rows, where these are not its own."""
    company = frame[frame["manager_id"] == EVERYONE].set_index(name)[value]
    is_other = words.subject() != EVERYONE
    return rows[name].map(company if is_other else {}).astype(float)


def _legend(
    rows: pd.DataFrame, value: str, hue: str, part: str, beyond: str, mark: str
) -> list[tuple[str, dict]]:
    """What the parts of a bar mean."""
    if hue:
        text = _("{letter} clients")
        return [(text.format(letter=letter), {"facecolor": paint.ABC[letter]})
                for letter in sorted(set(rows[hue]))]  # fmt: skip
    shown = [(part, {"facecolor": paint.PREVIOUS}), (mark, {"facecolor": paint.BAD, "wide": 2}),
             (value, {"facecolor": paint.ACTUAL}), (beyond, _BEYOND)]  # fmt: skip
    shown = [(words.label(column), style) for column, style in shown if column]
    return shown if len(shown) > 1 else []


class _Table:
    """Columns of texts at the right edge; where it is narrow, on the lines of the names."""

    def __init__(self, rows: pd.DataFrame, columns: Sequence[str], change: str, missing: str,
                 value: str, width: float) -> None:  # fmt: skip
        self.rows, self.change, self.is_narrow = rows, change, width < NARROW
        is_of_money = words.unit(value) == "money"  # whose rates are told in tenths
        unknown = words.value(missing) if missing else words.EMPTY
        self.texts = {
            column: [self._text(each, column, is_of_money, unknown) for each in rows[column]]
            for column in columns
        }
        self.heads = {column: words.label(column) for column in columns}
        self.wide = {}
        for column, head in self.heads.items():
            half = max(70, *(length(half, 12) for half in paint.halves(head)))
            least = 0 if self.is_narrow else min(length(head, 12), half)
            self.wide[column] = max(least, *map(length, self.texts[column])) + 16
        self.width = sum(self.wide.values())
        self.head = 0 if not columns else 20 if self.is_narrow else 34

    def _text(self, value: Any, column: str, is_of_money: bool, unknown: str) -> str:
        unit = words.unit(column)
        if pd.isna(value):
            return "" if column == self.change else unknown
        if column == self.change:
            return paint.signed(value, unit)
        if unit == "share" and is_of_money:
            return words.percent(value, 1)
        return text_of(value, unit) if isinstance(value, int | float) else words.value(value)

    def cut(self, names: list[str], width: float) -> list[str]:
        """The names, with room for the columns on their lines."""
        room = width - self.width if self.is_narrow else width
        return [paint.fit(name, room) for name in names]

    def write(self, plot: Rows, places: list[int], top: float) -> None:
        """The columns, the last at the right edge, each under its heading."""
        right = edge = plot.page.get_xlim()[1]
        for column in reversed(self.texts):
            for at, text, value in zip(places, self.texts[column], self.rows[column], strict=True):
                judged = column == self.change and pd.notna(value)
                shade = (paint.BAD if value < 0 else paint.GOOD) if judged else paint.INK
                write(plot.page, right, plot.name_y(at), text, across="right", color=shade)
            if not self.is_narrow:
                head, room = self.heads[column], self.wide[column] - 10
                paint.headed(plot.page, right, top + self.head - 8, head, room, across="right")
            right -= self.wide[column]
        if self.is_narrow:
            text = ", ".join(self.heads.values())
            paint.small(plot.page, edge, top + 8, paint.fit(text, edge, 12),
                  across="right")  # fmt: skip


def two_sided(
    frame: pd.DataFrame,
    *,
    value: str,
    side: str,
    sides: tuple[str, str],
    hue: str,
    strengths: dict[str, float],
    width: int = WIDE,
) -> Figure:
    """Managers' bars to the left (bad) and to the right (good) of one line, cut by their kind.

    *side*: the column of the *sides*. *strengths*: how much of its side's colour each word of the
    column *hue* has. Who has most at the left over the right comes first; the company is left out.
    """
    rows = frame[frame["manager_id"] != EVERYONE]
    if rows.empty:
        return paint.nothing(width)
    parts = rows.pivot_table(index="manager_id", columns=[side, hue], values=value, aggfunc="sum")
    parts = parts.reindex(columns=[(way, kind) for way in sides for kind in strengths])
    parts = parts.fillna(0).astype(float)
    totals = parts.T.groupby(level=0).sum().T.reindex(columns=list(sides))
    names = whose.names_by_manager(rows)
    order = whose.ranked(names, totals[sides[0]] - totals[sides[1]])
    low, high = totals.max()
    room = (low + high) * 0.16  # for the numbers beyond the bars
    across = (-low - room, high + room)
    plot = Rows([names[key] for key in order], across, width, right=0, head=46)
    paint.key(plot.page, 0, 9, [entry for kind, part in strengths.items() for entry in (
        ("", {"facecolor": paint.mixed(paint.BAD, part), "wide": 9}),
        (words.value(kind), {"facecolor": paint.mixed(paint.GOOD, part), "wide": 9}),
    )])  # fmt: skip
    plot.axes.set_zorder(2)
    for way, sign, tone, arrow in ((sides[0], -1, paint.BAD, "▼"), (sides[1], 1, paint.GOOD, "▲")):
        style = {"across": "right" if sign < 0 else "left", "dx": 6 * sign}
        paint.small(plot.axes, 0, 36, words.value(way), **style)
        for at, key in enumerate(order):
            end = 0.0
            for kind, part in strengths.items():
                extent = sign * parts.loc[key, (way, kind)]
                shade = {"facecolor": paint.mixed(tone, part), "edgecolor": "white"}
                plot.bar(at, end, extent or float("nan"), linewidth=0.8, **shade)
                end += extent
            text = f"{text_of(abs(end), words.unit(value))} {arrow}" if end else "0"
            write(plot.axes, end, plot.middle(at), text, color=tone if end else MUTED, **style)
    plot.lead(whose.managers(order))
    plot.zero()
    return plot.figure
