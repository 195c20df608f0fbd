"""Forms of time, which runs from left to right."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clientops import words
from clientops.figures import paint, whose
from clientops.figures.names import lead
from clientops.figures.native import Chart, drawn_as
from clientops.figures.paint import MUTED, NARROW, WIDE, length, text_of, write
from clientops.figures.rows import bars
from clientops.schema import EVERYONE, UNASSIGNED
from clientops.words import _

_JUDGED = paint.GOOD_WORDS | paint.BAD_WORDS
_MOST = 24  # panels
_MOST_IN_WORKBOOK = 8  # lines of a chart that a workbook draws


class _Series(NamedTuple):
    """Lines over the same time."""

    table: pd.DataFrame  # a row per step of time, a column per line
    names: dict[str, str]  # of the lines, without the company's
    company: str | None  # its column, where it stands beside others
    verdicts: dict[str, str]
    places: np.ndarray  # of the steps, across
    style: dict[str, Any]  # how lines run from one step to the next


def _series(frame: pd.DataFrame, x: str, y: str, name: str, until: str = "") -> _Series:
    """*until*: values hold until the next step, and to the end of what is watched."""
    keys = (frame["manager_id"] if "manager_id" in frame else frame[name]).astype(str)
    table = frame.assign(_key=keys).pivot(index=x, columns="_key", values=y).astype(float)
    places, style = np.arange(len(table)), {}
    if until and len(table):
        ends = frame.groupby(keys)[until].first().astype(float)
        table = table.reindex(sorted({*table.index, *ends})).ffill()
        table = table.where(table.index.to_numpy()[:, None] <= ends[table.columns].to_numpy())
        places, style = table.index.to_numpy(float), {"drawstyle": "steps-post"}
    elif words.unit(x) == "month" and len(table):
        table = table.reindex(pd.date_range(table.index.min(), table.index.max(), freq="MS"))
        places = np.arange(len(table))
    names = dict(zip(keys, whose.names(frame, name), strict=True))
    company = EVERYONE if EVERYONE in names and len(names) > 1 else None
    names.pop(company, None)
    last = frame.assign(_key=keys).sort_values(x).groupby("_key").last()
    verdicts = last["verdict"].dropna().to_dict() if "verdict" in frame else {}
    return _Series(table, names, company, verdicts, places, style)


def _in_attention(series: _Series, scores: pd.Series) -> list[str]:
    """Who worsens first, then who improves, then by the score; nobody's clients last."""
    rank = {"worsening": 0, "improving": 1}
    order = whose.ranked(series.names, scores)
    return sorted(order, key=lambda key: (key == UNASSIGNED, rank.get(series.verdicts.get(key), 2)))


def _molten(
    frame: pd.DataFrame, x: str, y: str | Sequence[str], name: str
) -> tuple[pd.DataFrame, str]:
    """Several columns of whom the figure speaks as lines of one, each with its own label."""
    if isinstance(y, str):
        return frame, y
    rows = whose.own(frame)
    parts = [rows[[x]].assign(**{name: words.label(each), y[0]: rows[each]}) for each in y]
    return pd.concat(parts), y[0]


def _lines_chart(asked: Any) -> Chart | None:
    x, name = getattr(asked, "x", "month"), getattr(asked, "name", "manager_name")
    if len({words.unit(each) for each in ([asked.y] if isinstance(asked.y, str) else asked.y)}) > 1:
        return None
    frame = whose.kept(asked.frame, getattr(asked, "where", None))
    frame, y = _molten(whose.by_manager(frame), x, asked.y, name)
    frame = _current(frame, x, y) if getattr(asked, "current", False) else frame
    if words.unit(x) != "month" or frame.empty or frame[x].nunique() < 2:
        return None
    series = _series(frame, x, y, name)
    order = _in_attention(series, series.table.iloc[-1])[:_MOST_IN_WORKBOOK]
    data = series.table[[*order, *([series.company] if series.company else [])]]
    data = data.rename(columns=series.names | {series.company: whose.company_name()})
    data.insert(0, words.label(x), [words.month(step) for step in data.index])
    return Chart("line", data, words.unit(y), {whose.company_name(): paint.PREVIOUS})


@drawn_as(_lines_chart)
def lines(
    frame: pd.DataFrame,
    *,
    y: str | Sequence[str],
    width: int = WIDE,
) -> Figure:
    """Lines over the months with their names at the end; the company is light grey.

    *y*: one column, a line per manager; or several, a line for each, of whom the figure speaks. One
    month is drawn as bars. Up to five lines all are named; beyond, the first eight that
    improve or worsen, and the others are thin.
    """
    frame, y = _molten(whose.by_manager(frame), "month", y, "manager_name")
    if frame["month"].nunique() == 1:
        return bars(frame, value=y, width=width)
    series = _series(frame, "month", y, "manager_name")
    table, names, unit = series.table, series.names, words.unit(y)
    if not table.notna().any(axis=None):
        return paint.nothing(width)
    order = _in_attention(series, table.iloc[-1])
    judged = [key for key in order if series.verdicts.get(key) in _JUDGED]
    shown = set(order if len(order) <= 5 else judged[:8])
    ends, keys = [], sorted(table.columns, key=lambda each: (each in shown, each == series.company))
    for key in keys:
        known, word = table[key].dropna(), series.verdicts.get(key)
        is_company = key == series.company
        if len(known) and (key in shown or is_company):
            text = f"{paint.SIGNS.get(str(word), '')} {names.get(key)}".strip()
            text = whose.company_name() if is_company else text
            shade = MUTED if is_company else paint.ink(word)
            ends.append((float(known.iloc[-1]), text_of(known.iloc[-1], unit), text, shade))
    across, along = _span(series)
    left = max(44, *(length(text_of(at, unit), 12) + 8 for at in _levels(along)))
    longest = max((length(" ".join(end[1:3])) for end in ends), default=0.0)
    room = max(min(190, 0.34 * width), min(longest + 8, 0.45 * width))
    height = 300 if width >= NARROW else 260
    figure = paint.blank(width, height)
    axes = paint.area(figure, (left, 14, width - left - room, height - 40), across, along)
    levels(axes, unit)
    _ends(axes, table.index, "month", across)
    for key in keys:
        named = key in shown or key == series.company
        color = paint.tone(series.verdicts.get(key)) if named else paint.RULE
        color = paint.PREVIOUS if key == series.company else color
        style = {"color": color, "linewidth": 2.2 if named else 1, "gid": key}
        axes.plot(series.places, table[key], **style)
    _name_lines(axes, ends, room - 8, longest > room - 8)
    return figure


def _name_lines(
    axes: Axes, ends: Sequence[tuple[float, str, str, str]], room: float, apart: bool
) -> None:
    """The last value of each line with its name behind it; below it where *apart*."""
    lines = 1 + apart
    heights = [axes.transData.transform((0, end[0]))[1] for end in ends]
    for (_value, number, name, color), height in zip(
        ends, paint.spread(heights, 16 * lines), strict=True
    ):
        at = axes.transData.inverted().transform((0, height))[1]
        for line, text in enumerate((number, name) if apart else (f"{number} {name}",)):
            style = {"color": color, "dx": 6, "dy": 8 * (lines - 1) - 16 * line}
            write(axes, axes.get_xlim()[1], at, text, room=room, **style)


@drawn_as(_lines_chart)
def small_multiples(
    frame: pd.DataFrame,
    *,
    y: str | Sequence[str],
    x: str = "month",
    name: str = "manager_name",
    where: dict[str, Any] | None = None,
    current: bool = False,
    until: str = "",
    told_at: float | None = None,
    counted: tuple[str, str] | None = None,
    width: int = WIDE,
) -> Figure:
    """One panel per manager on the same scale, with the company as a light grey line.

    *y*: one column; or several, each a panel of its own scale, of whom the figure speaks. *where*:
    only rows with these values. Managers whose verdict asks for attention come first, the others by
    their last value, the largest first. *current*: only who has a value at the last step. *until*:
    a line falls in steps and ends where this column says. *told_at*: a step whose value is told
    above, and ranks.
    *counted*: the columns of how many, of how many, that a share is of: told above, as of the last
    step. One point in time is drawn as bars. Beyond 24 panels a line says how many managers are not
    shown.
    """
    units = {words.label(each): words.unit(each) for each in ([] if isinstance(y, str) else y)}
    frame, y = _molten(whose.by_manager(whose.kept(frame, where)), x, y, name)
    frame = _current(frame, x, y) if current else frame
    if words.unit(x) == "month" and frame[x].nunique() == 1:
        return bars(frame, value=y, name=name, width=width)
    series = _series(frame[frame[y].notna()] if until else frame, x, y, name, until)
    table, unit = series.table, words.unit(y)
    if not table.notna().any(axis=None):
        return paint.nothing(width)
    at_step = table.iloc[-1] if told_at is None else table[table.index <= told_at].ffill().iloc[-1]
    order = [each for each in units if table[each].notna().any()]
    order = order or _in_attention(series, at_step)
    left_out, order = len(order) - _MOST, order[:_MOST]
    known = [table[key].dropna() for key in order]
    ends = [text_of(each.iloc[at], units.get(each.name, unit))
            for each in known if len(each) for at in (0, -1)]  # fmt: skip
    side = max([length(text, 13, True) for text in ends], default=24) + 7
    panels = _Panels(len(order), width, side, series.company is not None, left_out)
    if "manager_id" in frame:
        panels.lead(whose.managers(order))
    across, along = _span(series)
    for at, key in enumerate(order):
        if units:
            along = _span(series._replace(table=table[[key]]))[1]
        axes = panels.axes(at, across, along)
        axes.set_gid(str(key))
        paint.rule(axes, across, (along[0], along[0]))
        if series.company:
            style = {"color": paint.PREVIOUS, "linewidth": 2, "gid": "company"}
            axes.plot(series.places, table[series.company], **series.style | style)
        word = series.verdicts.get(key)
        said = paint.verdict_text(word)
        if told_at is not None:
            said = _after(table[key], told_at, at_step[key], unit)
        if counted:
            said = _with_count(said, frame[frame["manager_id"] == key], x, *counted)
        panels.heading(axes, series.names[key], said, word)
        _panel_line(axes, series, key, units.get(key, unit))
        if panels.is_lowest(at):
            _ends(axes, table.index, x, across, side)
    if series.company:
        last = table[series.company].dropna()
        panels.company(text_of(last.iloc[-1], unit) if len(last) and not until else "")
    return panels.page.figure


def _after(values: pd.Series, months: float, value: float, unit: str) -> str:
    """A value after so many months, or as far as the line goes."""
    said = words.plural("{{value}} after {number} month", "{{value}} after {number} months",
                        round(min(months, values.last_valid_index())))  # fmt: skip
    return said.format(value=text_of(value, unit))


def _with_count(said: str, rows: pd.DataFrame, x: str, part: str, whole: str) -> str:
    """A panel's verdict behind the numbers that its last share is made of."""
    known = rows[rows[part].notna()]
    if known.empty:
        return said
    last = known.loc[known[x].idxmax()]
    text = _("{part} of {of}").format(part=words.count(last[part]), of=words.count(last[whole]))
    return f"{text} {said}".strip()


def _current(frame: pd.DataFrame, x: str, y: str) -> pd.DataFrame:
    """The rows of those who have a value at the last step."""
    last = frame[(frame[x] == frame[x].max()) & frame[y].notna()]
    return frame[frame["manager_id"].isin(last["manager_id"])]


class _Panels:
    """Where small panels stand, and what is around them."""

    def __init__(self, number: int, width: float, side: float, company: bool, more: int) -> None:
        gap, self.tall, self.side = 24, 158, side
        self.number = number
        self.columns, self.deep = paint.rows_of(number, max(1, int((width + gap) // (150 + gap))))
        self.wide = (width - gap * (self.columns - 1)) / self.columns
        self.wide = min(self.wide, 480) if number == 1 else self.wide
        self.step, self.top = self.wide + gap, 24 if company else 0
        height = self.top + self.deep * self.tall - 10
        self.page = paint.page(paint.blank(width, height + (24 if more > 0 else 0)))
        if more > 0:
            write(self.page, 0, height + 14, whose.more_managers(more), color=MUTED)

    def lead(self, managers: Sequence[str]) -> None:
        places = [(at % self.columns * self.step, self.top + at // self.columns * self.tall,
                   self.wide, self.tall) for at in range(self.number)]  # fmt: skip
        lead(self.page.figure, [*zip(managers, places, strict=True)])

    def company(self, text: str) -> None:
        """What the light grey line is, and its last value."""
        paint.rule(self.page, (0, 22), (9, 9), paint.PREVIOUS, 2)
        write(self.page, 28, 9, f"{whose.company_name()} {text}".strip(), color=MUTED)

    def axes(self, at: int, across: tuple, along: tuple) -> Axes:
        down, right = divmod(at, self.columns)
        box = (right * self.step + self.side, self.top + down * self.tall + 44,
               self.wide - 2 * self.side - 4, 84)  # fmt: skip
        return paint.area(self.page.figure, box, across, along)

    def is_lowest(self, at: int) -> bool:
        return at + self.columns >= self.number

    def heading(self, axes: Axes, name: str, said: str, word: object) -> None:
        corner = {"x": axes.get_xlim()[0], "y": axes.get_ylim()[1], "dx": -self.side}
        shade = paint.ink(word) if word in _JUDGED else MUTED
        write(axes, **corner, text=name, bold=True, dy=34, room=self.wide)
        write(axes, **corner, text=said, size=12, color=shade, dy=17, room=self.wide)


def _panel_line(axes: Axes, series: _Series, key: str, unit: str) -> None:
    """A line with its first and last value."""
    numbers, color = series.table[key], paint.tone(series.verdicts.get(key))
    known = np.flatnonzero(numbers.notna())
    if not len(known):
        middle = (sum(axes.get_xlim()) / 2, sum(axes.get_ylim()) / 2)
        write(axes, *middle, words.EMPTY, color=MUTED, across="center")
        return
    style = {"color": color, "clip_on": False}
    axes.plot(series.places, numbers, linewidth=2, gid="line", **series.style | style)
    shade = color if color != paint.ACTUAL else paint.INK
    first, last = known[0], known[-1]
    for at, dot, text_style in (
        (last, 4.5, {"bold": True, "dx": 6}),
        (first, 3, {"size": 12, "across": "right", "dx": -6}),
    )[: 1 + (last > first)]:
        place = (series.places[at], numbers.iloc[at])
        axes.plot([place[0]], [place[1]], "o", markersize=dot, **style)
        write(axes, *place, text_of(place[1], unit), color=shade, **text_style)


def _span(series: _Series) -> tuple[tuple, tuple]:
    """The scale of all lines: every step across; from zero to a little above the highest."""
    low, high = series.table.min(axis=None), series.table.max(axis=None)
    low = min(0.0, low)
    return (series.places[0], series.places[-1]), (low, low + (high - low or 1.0) * 1.12)


def levels(axes: Axes, unit: str) -> None:
    """Thin lines at three or four round values, with the values."""
    across = axes.get_xlim()
    for at in _levels(axes.get_ylim()):
        paint.rule(axes, across, (at, at), MUTED if at == 0 else paint.RULE)
        paint.small(axes, across[0], at, text_of(at, unit), across="right", dx=-6)


def _levels(along: tuple[float, float]) -> np.ndarray:
    low, high = along
    ten = 10 ** math.floor(math.log10(high - low))
    step = next(ten * part for part in (0.2, 0.5, 1, 2) if high - low <= 5 * ten * part)
    return np.arange(math.ceil(low / step), math.floor(high / step) + 1) * step


def _ends(
    axes: Axes, steps: pd.Index, x: str, across: tuple[float, float], beyond: float = 0
) -> None:
    """The first and the last step of time below the axes."""
    said = {"month": words.month, "quarter": words.quarter, "date": words.date}
    said = said.get(words.unit(x), _months)
    low, style = axes.get_ylim()[0], {"size": 12, "color": MUTED, "dy": -13}
    write(axes, across[0], low, said(steps[0]), dx=-beyond, **style)
    if len(steps) > 1:
        write(axes, across[1], low, said(steps[-1]), across="right", dx=beyond, **style)


def _months(number: float) -> str:
    return words.plural("{number} month", "{number} months", round(number))
