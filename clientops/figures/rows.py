"""Forms made of horizontal bars: a row per name."""

import math
from collections.abc import Container, Sequence
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from clientops import words
from clientops.figures import paint, whose
from clientops.figures.names import Names
from clientops.figures.native import Chart, bar_chart, bridge, drawn_as
from clientops.figures.paint import MUTED, WIDE, length, text_of, write
from clientops.schema import names
from clientops.words import _


class Rows(Names):
    """Horizontal bars, one per name."""

    def __init__(
        self,
        names: Sequence[str],
        across: tuple[float, float],
        width: float,
        *,
        right: float,
        head: float = 0,
        is_apart: bool = False,
        bold: Container[int] = (),
    ) -> None:
        """*across*: the scale; *right*: room for what stands behind the bars."""
        step = 22 if len(names) > 30 else 28
        super().__init__(names, width, step=step, narrow_step=42, head=head, foot=2, below=20,
                         bold=bold, is_apart=is_apart)  # fmt: skip
        self.page.set_zorder(1)  # names over bands
        self.size = 15 if self.is_narrow else 0.64 * self.step
        left = max(self.left, 1)
        self.box = (left, 0, width - left - right, self.bottom)
        self.rescale(across)

    def rescale(self, across: tuple[float, float]) -> None:
        """The scale of the bars that follow."""
        self.axes = paint.area(self.figure, self.box, across, (self.bottom, 0))
        self.scale = self.box[2] / (across[1] - across[0])

    def bar_top(self, at: int) -> float:
        return self.top(at) + (0 if self.is_narrow else 5)

    def middle(self, at: int) -> float:
        return self.bar_top(at) + self.size / 2

    def ends(self, at: int, beyond: float = 4) -> tuple[float, float]:
        """From a little above a bar to a little below it."""
        return self.bar_top(at) - beyond, self.bar_top(at) + self.size + beyond

    def bar(self, at: int, start: float, extent: float, *, behind: bool = False, **style) -> None:
        """*behind*: a little off its place, and away from a name above it."""
        if pd.isna(extent):
            return
        aside = (5 if self.is_narrow else -5) if behind else 0
        box = (start, self.bar_top(at) + aside)
        self.axes.add_artist(Rectangle(box, extent, self.size, **{"linewidth": 0} | style))

    def note(self, at: int, x: float, text: str, color: str = paint.INK) -> None:
        write(self.axes, x, self.middle(at), text, color=color, dx=6)

    def mark(self, at: int, x: float, color: str = paint.INK) -> None:
        """A line across the bar where a value should be."""
        if pd.notna(x):
            paint.mark(self.axes, x, self.ends(at), color)

    def band(self, at: int, low: float, high: float) -> None:
        """A light band behind a bar, which joins that of the next row."""
        if pd.isna(low) or pd.isna(high):
            return
        box = (low, self.middle(at) - self.step / 2)
        style = {"facecolor": paint.BAND, "linewidth": 0, "zorder": 0.5, "gid": "band"}
        self.axes.add_artist(Rectangle(box, high - low, self.step, **style))

    def head(self, x: float, text: str, *, color: str = MUTED, bold: bool = False) -> None:
        """A text above the first bar."""
        write(self.axes, x, 8, text, size=12, color=color, bold=bold, across="center")

    def line(self, x: float, text: str) -> None:
        """A light grey line through all bars with its name above."""
        style = {"color": paint.PREVIOUS, "linewidth": 2, "gid": "company", "zorder": 3}
        for at in range(self.number):
            self.axes.plot((x, x), self.ends(at), **style)
        self.head(x, text)

    def join(self, at: int, x: float) -> None:
        """A thin line from the end of a bar down to the next one."""
        ys = (self.bar_top(at), self.bar_top(at + 1) + self.size)
        self.axes.plot((x, x), ys, color=MUTED, linewidth=0.8, gid="join")

    def zero(self, first: int = 0, last: int = -1) -> None:
        """The line on which bars stand; where it is narrow and all go one way, they show it."""
        last %= self.number
        if not self.is_narrow:
            paint.rule(self.axes, (0, 0), (self.ends(first)[0], self.ends(last)[1]), MUTED)
        elif self.axes.get_xlim()[0] < 0:
            for at in range(first, last + 1):
                paint.rule(self.axes, (0, 0), self.ends(at, 3), MUTED)


# ---------------------------------------------------------------- one bar a name


def _bars(frame: pd.DataFrame, value: str, name: str, where: dict[str, Any] | None) -> pd.DataFrame:
    """The rows of bars, the largest first, those of nobody last; of words, parts are added up."""
    rows = whose.kept(frame, where)
    rows = whose.people(rows) if name == "manager_name" else whose.people(whose.own(rows), name)
    if words.unit(name) == "word" and rows[name].duplicated().any():
        rows = rows.groupby(name, as_index=False)[value].sum(min_count=1)
    if words.unit(name) == "month":  # time runs on
        return rows[rows[value].notna()].sort_values(name)
    return whose.largest_first(rows, value, name)


def _bars_chart(asked: Any) -> Chart:
    rows = _bars(asked.frame, asked.value, asked.name, asked.where)
    shades = {asked.value: paint.ACTUAL, asked.previous: paint.PREVIOUS, asked.plan: paint.RULE}
    shades.pop(None, None)
    return bar_chart(rows, asked.name, shades, _unit(rows, asked.value))


class _Beside(NamedTuple):
    """The columns of a bar, and of what stands beside it."""

    value: str
    previous: str | None
    plan: str | None
    mark: str | None
    limits: tuple[str, str] | None
    expected: tuple[str, str, str] | None

    @property
    def is_ahead(self) -> bool:
        """Whether the whole bar is still to come."""
        return self.expected is not None and self.expected[0] == self.value

    @property
    def lengths(self) -> list[str]:
        """The columns that a bar and its number have to reach beyond."""
        columns = (self.value, self.previous, self.plan, self.mark, *(self.expected or ()))
        return [column for column in columns if column]


@drawn_as(_bars_chart)
def bars(
    frame: pd.DataFrame,
    *,
    value: str,
    name: str = "manager_name",
    where: dict[str, Any] | None = None,
    previous: str | None = None,
    plan: str | None = None,
    limits: tuple[str, str] | None = None,
    mark: str | None = None,
    verdict: str | None = None,
    expected: tuple[str, str, str] | None = None,
    gap: str | None = None,
    width: int = WIDE,
) -> Figure:
    """Horizontal bars from zero, the largest first; months in their order.

    *previous* is a light grey bar behind, *plan* an outline, *limits* two columns between which a
    value should lie (a light band), *mark* a line at what it should be, *verdict* a column of
    words, *expected* three columns: to where the bar is likely to grow (hatched; the whole bar
    where that is the value), at least and at most (a line), *gap* what it is above or below, with
    its sign behind the value. Rows of one word are parts; a column `unit` is that of each row.
    Clients of nobody come last. The company's row is left out, but where the measure is a share or
    days it is a line through all bars.
    """
    rows = _bars(frame, value, name, where)
    if rows.empty:
        return paint.nothing(width)
    unit, plan = _unit(rows, value), plan if plan and rows[plan].notna().any() else None
    beside = _Beside(value, previous, plan, mark, limits, expected)
    usual = _usual(frame, value, name, where) if unit in ("share", "days") and not mark else None
    lengths = rows[beside.lengths].astype(float)
    ends = lengths.join(rows[list(limits)].astype(float)) if limits else lengths
    across = (min(0.0, ends.min(axis=None)), max(0.0, ends.max(axis=None), usual or 0.0) or 1.0)
    said = rows[verdict] if verdict else pd.Series("", rows.index)
    notes = [paint.noted(text_of(number, unit), word)
             for number, word in zip(rows[value], said, strict=True)]  # fmt: skip
    gaps = rows[gap].astype(float) if gap else pd.Series(math.nan, rows.index)
    gaps = [(paint.signed(number, unit), paint.GOOD if number > 0 else paint.BAD)
            if pd.notna(number) else ("", MUTED) for number in gaps]  # fmt: skip
    of_all = "" if usual is None else f"{whose.company_name()} {text_of(usual, unit)}"
    right = max(map(length, notes)) + 10
    right += max(length(text) for text, _color in gaps) + 8 if gap else 0
    right = max(right, length(of_all) / 2)  # the line may stand at the end
    head = 22 if of_all or limits or mark or plan or beside.is_ahead else 0
    plot = Rows(whose.names(rows, name), across, width, right=right, head=head)
    for at, row in enumerate(rows.to_dict("records")):
        _bar(plot, at, row, beside, said.iloc[at])
        x = max(0.0, lengths.iloc[at].max())
        if usual is not None and x <= usual <= x + (length(notes[at]) + 10) / plot.scale:
            x = usual  # behind the line, which would run through it
        plot.note(at, x, notes[at], color=paint.ink(said.iloc[at]))
        plot.note(at, x + (length(notes[at]) + 8) / plot.scale, *gaps[at])
    plot.lead(whose.leads(rows, name))
    _heads(plot, rows, beside, unit)
    if of_all:
        plot.line(usual, of_all)
    plot.zero()
    return plot.figure


def _bar(plot: Rows, at: int, row: dict[str, Any], beside: _Beside, word: object) -> None:
    """A bar with what stands behind it, and what it is to reach."""
    if beside.limits:
        plot.band(at, *(row[column] for column in beside.limits))
    if beside.previous:
        plot.bar(at, 0, row[beside.previous], color=paint.PREVIOUS, behind=True)
    hatched = paint.HATCHED | {"edgecolor": paint.tone(word)}
    style = hatched if beside.is_ahead else {"color": paint.tone(word)}
    plot.bar(at, 0, row[beside.value], **style)
    if beside.expected:
        likely, low, high = (row[column] for column in beside.expected)
        plot.bar(at, row[beside.value], likely - row[beside.value], **hatched)
        plot.axes.plot((low, high), [plot.middle(at)] * 2, color=paint.INK, linewidth=1.5)
    if beside.plan:
        plot.bar(at, 0, row[beside.plan], facecolor="none", edgecolor=paint.INK, linewidth=1)
    if beside.mark:
        plot.mark(at, row[beside.mark])


def _usual(
    frame: pd.DataFrame, value: str, name: str, where: dict[str, Any] | None
) -> float | None:
    """The company's value, where its row stands beside those of bars."""
    others = {column: each for column, each in (where or {}).items() if column != "dimension"}
    rows = whose.kept(frame, others)
    told_by = "manager_id" if "manager_id" in rows else name
    rows = whose.company(rows, "dimension" if "dimension" in (where or {}) else told_by)
    number = rows[value].iloc[0] if len(rows) else math.nan
    return None if pd.isna(number) else float(number)


def _heads(plot: Rows, rows: pd.DataFrame, beside: _Beside, unit: str) -> None:
    """What stands above the first bar: what the band and marks are, with the number where all have
    the same; else what is solid, outlined, hatched and grey."""
    limits, mark = beside.limits, beside.mark
    if limits and len(same := rows[list(limits)].dropna().drop_duplicates()) == 1:
        low, high = same.iloc[0].astype(float)
        text = _("target: {low} to {high}")
        plot.head((low + high) / 2, text.format(low=text_of(low, unit), high=text_of(high, unit)))
    if mark:
        numbers = {text_of(number, unit) for number in rows[mark]}
        text = ": ".join([words.label(mark), *(numbers if len(numbers) == 1 else ())])
        paint.key(plot.page, plot.left, 9, [(text, {"facecolor": paint.INK, "wide": 2})])
    if limits or mark or not (beside.plan or beside.is_ahead):
        return
    style, likely = {"edgecolor": paint.INK, "linewidth": 1}, (beside.expected or [None])[0]
    if likely and not beside.is_ahead and not (rows[likely] > rows[beside.value]).any():
        likely = None  # it will not grow
    shown = [(None if beside.is_ahead else beside.value, {"facecolor": paint.ACTUAL}),
             (beside.plan, style | {"facecolor": "none"}), (likely, style | paint.HATCHED),
             (beside.previous, {"facecolor": paint.PREVIOUS})]  # fmt: skip
    names = {column: words.label(column) for column, _style in shown if column}
    if likely and not plot.is_narrow:
        names[likely] = _("{likely}; the line: at least, at most").format(likely=names[likely])
    paint.key(plot.page, plot.left, 9, [(names[name], each) for name, each in shown if name])


def _unit(rows: pd.DataFrame, value: str) -> str:
    """That of the rows, where each has its own (the column `unit`)."""
    return str(rows["unit"].iloc[0]) if "unit" in rows and len(rows) else words.unit(value)


# ---------------------------------------------------------------- from one total to the next


def _steps(
    frame: pd.DataFrame,
    steps: str | Sequence[str],
    ends: tuple[str, str] | None,
    where: dict[str, Any] | None,
) -> pd.DataFrame:
    """A row per step: name, start and end of its bar, whether it is a total."""
    rows = whose.by_manager(frame) if len(frame) > 1 else frame
    rows = whose.kept(whose.own(rows), where)
    if "month" in rows:
        rows = rows[rows["month"] == frame["month"].max()]
    if rows.empty:
        return pd.DataFrame(columns=["name", "start", "end", "total"])
    row, steps = rows.iloc[0], names(steps)
    optional = [step.strip("-?") for step in steps if step.endswith("?")]
    made, level = [], 0.0
    for at, given in enumerate(steps):
        step, is_total = given.strip("-?"), at in (0, len(steps) - 1)
        amount = -float(row[step]) if given.startswith("-") else float(row[step])
        if step in optional and not row[optional].any():
            continue
        text = words.label(step)
        if ends and is_total:
            text = whose.window(row["window_months"], row[ends[at > 0]])
        start, level = (0.0, amount) if is_total else (level, level + amount)
        made.append((text, start, level, is_total))
    return pd.DataFrame(made, columns=["name", "start", "end", "total"])


def _waterfall_chart(asked: Any) -> Chart | None:
    heads = (_("Step"), _("Base"), _("Total"), _("More"), _("Less"))
    return bridge(_steps(asked.frame, asked.steps, asked.ends, asked.where), heads)


@drawn_as(_waterfall_chart)
def waterfall(
    frame: pd.DataFrame,
    *,
    steps: str | Sequence[str],
    ends: tuple[str, str] | None = None,
    where: dict[str, Any] | None = None,
    width: int = WIDE,
) -> Figure:
    """From one total to another by signed steps, joined by thin lines; of the last month.

    Steps that would be slivers beside the totals stand below them, on a scale of their own.

    *steps*: columns, as `"opening new -lost moved? closing"`: the first and the last are the
    totals, which stand on zero; `-`: its amount lowers the total; `?`: these are left out where all
    of them are zero. *ends*: columns with the last months of the windows that the totals are of
    (beside `window_months`). *where*: which values the columns of the row have, where there are
    several rows.
    """
    made = _steps(frame, steps, ends, where)
    if made.empty:
        return paint.nothing(width)
    unit, large = words.unit(names(steps)[0]), _enlarged(made)
    if large is not None:
        heading = pd.DataFrame({"name": [_("Steps")], "total": [True]})
        made = pd.concat([made[made["total"]], heading, large], ignore_index=True)
    sizes = made["end"] - made["start"]
    notes = [
        "" if pd.isna(size) else text_of(size, unit) if is_total else paint.signed(size, unit)
        for size, is_total in zip(sizes, made["total"], strict=True)
    ]
    bold = [at for at, is_total in enumerate(made["total"]) if is_total]
    right = max(map(length, notes)) + 12
    totals = made if large is None else made[:2]
    plot = Rows([*made["name"]], _across(totals), width, right=right, bold=bold)
    _hang(plot, totals, notes, 0, is_joined=large is None)
    if large is None:
        return plot.figure
    before = plot.scale
    plot.rescale(_across(large))
    times = text_of(plot.scale / before, "number")
    text = _("drawn {times} times as large").format(times=times)
    paint.small(plot.page, plot.left, plot.middle(2), text)
    _hang(plot, made[3:], notes, 3)
    return plot.figure


_SLIVERS = 1 / 3  # of the larger total: where all steps together reach over less, they are slivers


def _enlarged(made: pd.DataFrame) -> pd.DataFrame | None:
    """The steps from zero on and their sum, where they would be slivers beside the totals."""
    steps, totals = made[~made["total"]], made.loc[made["total"], "end"]
    steps = steps.assign(**steps[["start", "end"]] - totals.iloc[0])
    low, high = _across(steps)
    if (steps["start"] == steps["end"]).all() or high - low > _SLIVERS * totals.abs().max():
        return None
    change = totals.iloc[-1] - totals.iloc[0]
    last = pd.DataFrame([(words.label("change"), 0.0, change, True)], columns=[*made])
    return pd.concat([steps, last], ignore_index=True)


def _across(made: pd.DataFrame) -> tuple[float, float]:
    """From the least to the largest end of bars that stand or hang on zero."""
    edges = made[["start", "end"]]
    return min(0.0, edges.min(axis=None)), max(0.0, edges.max(axis=None)) or 1.0


def _hang(
    plot: Rows, made: pd.DataFrame, notes: Sequence[str], first: int, *, is_joined: bool = True
) -> None:
    """The bars of totals and steps from the row *first* on, each with its number."""
    for at, each in enumerate(made.itertuples(), first):
        way = paint.GOOD if each.end > each.start else paint.BAD if each.end < each.start else MUTED
        plot.bar(at, each.start, each.end - each.start, color=paint.ACTUAL if each.total else way)
        x = max(each.start, each.end)
        if x < 0 <= x + (length(notes[at]) + 10) / plot.scale:
            x = 0.0  # behind the line on zero, which would run through it
        plot.note(at, x, notes[at], color=paint.INK if each.total else way)
        if is_joined and at + 1 < first + len(made):
            plot.join(at, each.end)
    plot.zero(first, first + len(made) - 1)
