"""Columns of thin bars: a row per manager, a column per word, each number above its bar."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from clientops import words
from clientops.figures import paint, whose
from clientops.figures.names import Names
from clientops.figures.paint import MUTED, WIDE, length, text_of, write
from clientops.schema import EVERYONE
from clientops.words import _

_MOST = 24  # managers in one figure


class _Cell(NamedTuple):
    """One number of the grid."""

    value: float  # length of the bar; NaN: none
    text: str
    mark: float  # where a fine line stands; NaN: none
    tone: str  # of the bar
    ink: str


def bar_grid(
    frame: pd.DataFrame,
    *,
    columns: str,
    value: str | dict[str, str],
    shown: Sequence[str] | None = None,
    by: tuple[str, str] | None = None,
    of: str = "",
    part: str = "",
    mark: str = "",
    verdict: str = "",
    limit: str = "",
    count: str = "",
    beside_company: bool = False,
    own_scales: bool = False,
    with_all: bool = False,
    width: int = WIDE,
) -> Figure:
    """A row per manager, a column per word of *columns*, in each a bar of *value* with its number.

    *value*: one column for all words, or one for each of them. *shown*: which words, in which
    order; by default all but `*`, those with a *mark* first, then by their sum. *by*: the word and
    the column that rank the managers, the largest first; by default the word `*`, else the first.

    *of*: the whole of which the value is a share; *part*: a share written behind the value, orange
    at zero; *mark*: a line, or `*`: a line at the company's value; *verdict*: a column of words;
    *limit*: the most a bar can reach, orange there; *count*: written where there is no value.
    *beside_company*: the company stands first, set apart. *own_scales*: of each word, else of all.
    *with_all*: the word `*` stands first.
    """
    shown = [*([EVERYONE] if with_all else []), *(shown or _in_order(frame, columns, value, mark))]
    values = value if isinstance(value, dict) else dict.fromkeys(shown, value)
    shown = [word for word in shown if (frame[columns] == word).any()]
    people = whose.people(frame)
    numbers = [frame.loc[frame[columns] == word, values[word]] for word in shown]
    known = pd.concat(numbers).notna().groupby(level=0).any() if numbers else pd.Series(dtype=bool)
    names = whose.names_by_manager(people[known.reindex(people.index, fill_value=False)])
    if not names:
        return paint.nothing(width)
    word, number = by or (EVERYONE, values[shown[0]])
    ranks = people[people[columns] == (word if word in {*people[columns]} else shown[0])]
    order = whose.ranked(names, ranks.set_index("manager_id")[number])
    if beside_company and len(whose.company(frame)):
        order = [EVERYONE, *order]
    says = SimpleNamespace(of=of, part=part, mark=mark, verdict=verdict, limit=limit, count=count)
    seen = frame[frame["manager_id"].isin(order)]
    rows_of = {word: seen[seen[columns] == word] for word in shown}
    usual = whose.company(frame).set_index(columns) if mark == EVERYONE else pd.DataFrame()
    cells = {}
    for word, rows in rows_of.items():
        at = usual[values[word]].get(word, float("nan")) if len(usual) else float("nan")
        cells[word] = _cells(rows, values[word], word, says, at)
    most = {word: _longest(column) for word, column in cells.items()}
    if limit:
        most = dict.fromkeys(shown, float(people[limit].max()))
    elif not own_scales:
        most = dict.fromkeys(shown, 1.0 if of else max(most.values()))
    heads = [_heading(rows, word, values[word], mark, values is value)
             for word, rows in rows_of.items()]  # fmt: skip
    lines = [(key, names.get(key, whose.company_name())) for key in order]
    grid = _Grid(lines, len(shown), 58 if any(note for _text, note in heads) else 44, width)
    for right, word in enumerate(shown[: grid.columns]):
        grid.heading(right, *heads[right])
        grid.column(right, cells[word], most[word] or 1.0)
    grid.lead(whose.managers(grid.keys))
    grid.caption("" if isinstance(value, dict) else words.label(value), _mark_name(frame, mark))
    return grid.figure


def _in_order(frame: pd.DataFrame, columns: str, value: str, mark: str) -> list[str]:
    """The words in their order: those with a mark first, then the largest."""
    rows = whose.people(frame)
    groups = rows[rows[columns] != EVERYONE].groupby(columns, sort=False)
    sums = groups[value].sum().sort_values(ascending=False, kind="stable")
    marked = groups[mark].max().notna() if mark in rows else pd.Series(False, sums.index)
    return sorted(sums.index, key=lambda word: not marked[word])  # stable


def _cells(
    rows: pd.DataFrame, value: str, word: str, says: SimpleNamespace, usual: float
) -> dict[str, _Cell]:
    """The cells of a column by manager. *says*: the columns that say more of a number, by their
    names in bar_grid; *usual*: the company's value, where that is the mark."""
    tells = says.mark in rows and rows[says.mark].nunique() > 1
    cells = {}
    for row in rows.to_dict("records"):
        text, is_bad = _told(row, value, says)
        mark = row.get(says.mark, usual)
        if tells and pd.notna(mark):
            text = f"{text} | {text_of(mark, words.unit(says.mark))}"
        tone = paint.BAD if is_bad else paint.ABC.get(word, paint.ACTUAL)
        ink = paint.BAD if is_bad else paint.INK if pd.notna(row[value]) else MUTED
        cells[row["manager_id"]] = _Cell(row[value], text, mark, tone, ink)
    return cells


def _longest(cells: dict[str, _Cell]) -> float:
    """How far a column's bars and lines reach."""
    ends = [end for cell in cells.values() for end in (cell.value, cell.mark)]
    return max((end for end in ends if pd.notna(end)), default=0.0)


def _told(row: dict[str, Any], value: str, says: SimpleNamespace) -> tuple[str, bool]:
    """A number in words, and whether it is a bad one."""
    number = row[value]
    if pd.isna(number):
        return (words.count(row[says.count]) if says.count else words.EMPTY), False
    text = text_of(number, words.unit(value))
    if says.of:
        text = _("{share} of {whole}").format(share=text, whole=words.count(row[says.of]))
    part = row.get(says.part)
    if pd.notna(part):
        text = f"{text} · {text_of(part, words.unit(says.part))}"
    is_bad = part == 0 or (says.verdict != "" and row[says.verdict] in paint.BAD_WORDS)
    is_bad |= says.limit != "" and number == row[says.limit] > 0
    return (f"{text} ▼" if is_bad else text), bool(is_bad)


def _heading(rows: pd.DataFrame, word: str, value: str, mark: str, is_own: bool) -> tuple[str, str]:
    """What stands over a column, and small below it."""
    said = _("any") if word == EVERYONE else words.value(word)
    if is_own:
        return words.label(value), said
    said = _("{letter} clients").format(letter=word) if word in paint.ABC else said
    said = f"{said[:1].upper()}{said[1:]}"
    marks = rows[mark].dropna().unique() if mark in rows else ()
    return said, f"| {text_of(marks[0], words.unit(mark))}" if len(marks) == 1 else ""


def _mark_name(frame: pd.DataFrame, mark: str) -> str:
    """What the lines are; empty where there are none."""
    if mark == EVERYONE:
        return whose.company_name() if len(whose.company(frame)) else ""
    return words.label(mark) if mark and frame[mark].notna().any() else ""


class _Grid(Names):
    """Names, headings and bars."""

    def __init__(self, rows: Sequence[tuple[str, str]], columns: int, head: float, width: float):
        self.keys = [key for key, _name in rows[:_MOST]]
        bold = {0} if self.keys[0] == EVERYONE else ()
        names = [name for _key, name in rows[:_MOST]]
        super().__init__(names, width, step=36, narrow_step=56, head=head, bold=bold,
                         is_apart=bool(bold), more=len(rows) - _MOST)  # fmt: skip
        self.columns = min(columns, max(1, int((width - self.left + 12) // 60)))
        self.wide = (width - self.left + 12) / self.columns

    def caption(self, text: str, mark: str) -> None:
        """What the numbers are, and the lines."""
        paint.small(self.page, self.left, 8, text)
        if mark:
            at = self.left + length(text, 12) + 16
            paint.key(self.page, at, 8, [(mark, {"facecolor": paint.INK, "wide": 2})])

    def heading(self, right: int, text: str, note: str) -> None:
        x = self.left + self.wide * right
        write(self.page, x, 30, text, bold=True, room=self.wide - 8, least=paint.LEAST)
        paint.small(self.page, x, 46, note, room=self.wide - 8)

    def column(self, right: int, cells: dict[str, _Cell], most: float) -> None:
        x, room = self.left + self.wide * right, self.wide - 14
        for down, key in enumerate(self.keys):
            if key not in cells:
                continue
            cell, top = cells[key], self.top(down)
            write(self.page, x, top + 10, cell.text, color=cell.ink, room=room + 8)
            if pd.notna(cell.value):
                paint.rule(self.page, (x, x + room), (top + 29, top + 29), paint.RULE)
                long = room * max(cell.value, 0) / most
                style = {"color": cell.tone, "linewidth": 0, "gid": "bar"}
                self.page.add_artist(Rectangle((x, top + 20), long, 9, **style))
            if pd.notna(cell.mark):
                paint.mark(self.page, x + room * cell.mark / most, (top + 18, top + 31))
