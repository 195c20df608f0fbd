"""What only activity shows: mostly a row per manager, a column per kind, class, step or topic."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib import colors
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from clientops import words
from clientops.figures.paint import (
    ABC,
    ACTUAL,
    AMOUNT,
    BAD,
    BAND,
    INK,
    MUTED,
    NARROW,
    RULE,
    UNASSIGNED,
    WIDE,
    blank,
    company_name,
    ink,
    length,
    nothing,
    page,
    readable,
    rule,
    scope,
    text_of,
    tone,
    verdict_text,
    write,
)
from clientops.figures.rows import Rows, stacked_shares
from clientops.schema import EVERYONE
from clientops.words import _

ALL_KINDS = "*"
TOPICS = ("useful", "company", "offer")
_MOST = 24  # managers in one figure


class _Cell(NamedTuple):
    """One number of a grid of bars."""

    value: float  # length of the bar; NaN: none
    text: str
    mark: float = np.nan  # where a fine line stands, such as a norm
    color: str = ACTUAL
    ink: str = INK


class _Column(NamedTuple):
    """A column of a grid of bars, on a scale of its own."""

    heading: str
    note: str  # small below the heading
    cells: dict[str, _Cell]  # by manager_id
    most: float  # the length of a whole bar


def kinds_per_day(frame: pd.DataFrame, *, width: int = WIDE) -> Figure:
    """manager_activity: activities per working day of every manager and kind; a line at the norm.

    Kinds with a norm come first, then the most frequent; below the norm is orange.
    """
    people = _people(frame)
    total = people[people["kind"] == ALL_KINDS].set_index("manager_id")["per_day"]
    frame = people[people["kind"] != ALL_KINDS]
    if frame.empty:
        return nothing(width)
    kinds = frame.groupby("kind").agg(norm=("norm", "max"), activities=("activities", "sum"))
    kinds["has"] = kinds["norm"].notna()
    kinds = kinds.sort_values(["has", "activities"], ascending=False, kind="stable")
    columns = []
    for kind in kinds.index:
        rows = frame[frame["kind"] == kind]
        cells = {
            row.manager_id: _Cell(
                row.per_day, _per_day_text(row), row.norm, tone(row.verdict), ink(row.verdict)
            )
            for row in rows.itertuples()
        }
        norm = kinds.loc[kind, "norm"]
        note = _("norm {norm}").format(norm=text_of(norm, "number")) if pd.notna(norm) else ""
        most = float(rows[["per_day", "norm"]].max(axis=None))
        columns.append(_Column(words.value(kind), note, cells, most))
    caption = _("activities per working day; the line is the norm")
    if not kinds["has"].any():
        caption = _("activities per working day")
    return _grid_of_bars(_names(people, total), columns, width, caption)


def idle_days(frame: pd.DataFrame, *, width: int = WIDE) -> Figure:
    """manager_activity: on how many working days a manager did nothing, at all and of each kind."""
    people = _people(frame)
    total = people[people["kind"] == ALL_KINDS].set_index("manager_id")["days_without"]
    if people.empty:
        return nothing(width)
    kinds = people[people["kind"] != ALL_KINDS].groupby("kind")["days_without"].sum()
    kinds = [ALL_KINDS, *kinds.sort_values(ascending=False, kind="stable").index]
    columns = []
    for kind in kinds:
        rows = people[people["kind"] == kind]
        cells = {}
        for row in rows.itertuples():
            never = row.days_without == row.working_days > 0
            text = f"{text_of(row.days_without, 'count')} ▼" if never else ""
            style = (BAD, BAD) if never else (ACTUAL, INK)
            text = text or text_of(row.days_without, "count")
            cells[row.manager_id] = _Cell(row.days_without, text, np.nan, *style)
        most = float(people["working_days"].max())
        heading = _("any") if kind == ALL_KINDS else words.value(kind)
        columns.append(_Column(heading, "", cells, most))
    caption = _("working days without")
    return _grid_of_bars(_names(people, total), columns, width, caption)


def working_day_strips(frame: pd.DataFrame, *, width: int = WIDE) -> Figure:
    """activity_daily: a row per manager, a cell per working day, the darker the more.

    A day without any activity is an orange ring; where a manager was not there, nothing stands.
    """
    people = _people(frame)
    if people.empty:
        return nothing(width)
    there = people[people["employed"] | (people["activities"] > 0)]
    table = there.pivot_table(index="manager_id", columns="day", values="activities", aggfunc="sum")
    names = _names(people, table.sum(axis=1))
    left_out, names = len(names) - _MOST, dict(list(names.items())[:_MOST])
    table = table.reindex(names)
    narrow, head = width < NARROW, 42
    step = 44 if narrow else 27
    left = 0 if narrow else min(max(map(length, names.values())) + 12, 0.3 * width)
    figure = blank(width, head + step * len(names) + (24 if left_out > 0 else 4))
    paper = page(figure)
    wide = min((width - left) / max(len(table.columns), 1), 48)
    _strips_key(paper, left, bool((table == 0).any(axis=None)))
    for at, day in enumerate(table.columns):
        text = words.count(day.day)
        write(paper, left + wide * (at + 0.5), head - 10, text, size=11, color=MUTED,
              across="center", room=wide)  # fmt: skip
    most = float(table.max(axis=None)) or 1.0
    for down, (key, name) in enumerate(names.items()):
        top = head + step * down
        write(paper, 0, top + (8 if narrow else step / 2), name, room=width if narrow else left - 8)
        top, high = (top + 17, step - 19) if narrow else (top + 1, step - 3)
        for at, number in enumerate(table.loc[key]):
            if pd.notna(number):
                _day(paper, (left + wide * at, top, wide - 1.5, high), number, number / most)
    if left_out > 0:
        write(paper, 0, paper.get_ylim()[0] - 10, _more(left_out), color=MUTED)
    return figure


def coverage_grid(frame: pd.DataFrame, *, width: int = WIDE) -> Figure:
    """activity_coverage: how many A, B and C clients of every manager were touched in time."""
    classed = frame[frame["abc"] != "-"]
    people = _people(classed)
    if people.empty:
        return nothing(width)
    company = classed[classed["manager_id"] == EVERYONE].set_index("abc")["coverage"]
    columns = []
    for letter in sorted(set(classed["abc"])):
        rows = classed[classed["abc"] == letter]
        usual = company.get(letter, np.nan)
        cells = {
            row.manager_id: _Cell(row.coverage, _part(row.coverage, row.touched, row.clients),
                                  usual, ABC[letter])
            for row in rows.itertuples()
        }  # fmt: skip
        columns.append(_Column(_("{letter} clients").format(letter=letter), "", cells, 1.0))
    first = people[people["abc"] == people["abc"].min()].set_index("manager_id")["coverage"]
    names = _names(people, first.reindex(people["manager_id"].unique()))
    caption = _("share of clients touched in time; the line is the company's")
    if company.empty or EVERYONE in names:
        caption = _("share of clients touched in time")
    return _grid_of_bars(_with_company(names, classed), columns, width, caption)


def attention_beside_money(frame: pd.DataFrame, *, width: int = WIDE) -> Figure:
    """activity_coverage: the part of A, B and C clients in the activities, and in the margin.

    Of one portfolio as two bars; of several as a bar each, with a line at the part in the margin.
    """
    classed = frame[(frame["abc"] != "-") & frame["activity_share"].notna()]
    people = _people(classed)
    if people.empty:
        return nothing(width)
    money = {"margin": _("Gross margin"), "revenue": _("Revenue")}[people["share_by"].iloc[0]]
    if people["manager_id"].nunique() == 1:
        shares = [(_("Activities"), "activity_share"), (money, "margin_share")]
        long = [people[["abc"]].assign(of=name, part=people[column]) for name, column in shares]
        return stacked_shares(pd.concat(long), value="part", name="of", count=None, width=width)
    most = float(classed[["activity_share", "margin_share"]].max(axis=None))
    columns = []
    for letter in sorted(set(classed["abc"])):
        cells = {
            row.manager_id: _Cell(row.activity_share, text_of(row.activity_share, "share"),
                                  row.margin_share, ABC[letter])
            for row in classed[classed["abc"] == letter].itertuples()
        }  # fmt: skip
        columns.append(_Column(_("{letter} clients").format(letter=letter), "", cells, most))
    large = people[people["abc"] == people["abc"].min()].set_index("manager_id")["margin_share"]
    names = _names(people, large.reindex(people["manager_id"].unique()))
    caption = {
        "margin": _("share of the activities; the line is the share of the window's margin"),
        "revenue": _("share of the activities; the line is the share of the window's revenue"),
    }[people["share_by"].iloc[0]]
    return _grid_of_bars(_with_company(names, classed), columns, width, caption)


def funnel_steps(frame: pd.DataFrame, *, width: int = WIDE) -> Figure:
    """activity_funnel: clients at each step, and in light those reached there by another way."""
    rows = scope(frame)
    if rows["manager_id"].nunique() != 1:
        return nothing(width)
    notes = [_funnel_note(row) for row in rows.itertuples()]
    far = float((rows["count"] + rows["outside"]).max())
    names = [words.value(step) for step in rows["step"]]
    bars = Rows(names, (0, far or 1.0), width, right=max(map(length, notes)) + 12, head=22)
    for at, row in enumerate(rows.itertuples()):
        bars.bar(at, 0, row.count, color=ACTUAL)
        style = {"facecolor": BAND, "edgecolor": MUTED, "linewidth": 0.6}
        if row.outside:
            bars.bar(at, row.count, row.outside, **style)
        bars.note(at, row.count + row.outside, notes[at])
    left = 0 if width < NARROW else width - max(map(length, notes)) - 12 - bars.scale * far
    for color, edge, text in (
        (ACTUAL, ACTUAL, _("after every step before")),
        (BAND, MUTED, _("others, by another way")),
    ):
        box = Rectangle((left, 3), 14, 11, facecolor=color, edgecolor=edge, linewidth=0.6)
        bars.page.add_patch(box)
        write(bars.page, left + 20, 9, text, size=12, color=MUTED)
        left += 20 + length(text, 12) + 12
    bars.zero()
    return bars.figure


def funnel_by_manager(frame: pd.DataFrame, *, width: int = WIDE) -> Figure:
    """activity_funnel: the clients of every manager at each step, as a part of the step before."""
    people = _people(frame)
    if people.empty:
        return nothing(width)
    steps = list(dict.fromkeys(people["step"]))
    columns = []
    for step in steps:
        rows = people[people["step"] == step]
        cells = {}
        for row in rows.itertuples():
            stops = row.conversion == 0
            text = text_of(row.count, "count")
            if pd.notna(row.conversion):
                text = f"{text} · {text_of(row.conversion, 'share')}"
            style = (BAD, BAD) if stops else (ACTUAL, INK)
            cells[row.manager_id] = _Cell(row.count, f"{text} ▼" if stops else text, np.nan, *style)
        columns.append(_Column(words.value(step), "", cells, float(people["count"].max())))
    last = people[people["step"] == steps[-1]].set_index("manager_id")["count"]
    caption = _("clients, and their part of the step before")
    return _grid_of_bars(_names(people, last), columns, width, caption)


def topic_mix(frame: pd.DataFrame, *, width: int = WIDE) -> Figure:
    """touch_mix: what the touches of every manager were about; a line at an even share."""
    people = _people(frame)
    if people.empty:
        return nothing(width)
    most = float(frame["share"].max())
    columns = []
    for topic in TOPICS:
        rows = frame[frame["topic"] == topic]
        cells = {row.manager_id: _Cell(row.share, text_of(row.share, "share"), row.norm)
                 for row in rows.itertuples()}  # fmt: skip
        columns.append(_Column(words.value(topic), "", cells, most))
    untold = frame[frame["topic"] == "untold"]
    cells = {row.manager_id: _Cell(np.nan, text_of(row.activities, "count"), ink=MUTED)
             for row in untold.itertuples()}  # fmt: skip
    columns.append(_Column(_("no topic"), "", cells, 1.0))
    useful = people[people["topic"] == TOPICS[0]].set_index("manager_id")["share"]
    names = _with_company(_names(people, useful), frame)
    caption = _("share of the touches with a topic; the line is a third")
    return _grid_of_bars(names, columns, width, caption)


def untouched_revenue(frame: pd.DataFrame, *, most: int = 12, width: int = WIDE) -> Figure:
    """untouched_clients: the window revenue of the largest, and how long ago they were touched."""
    frame = frame.head(most)
    if frame.empty:
        return nothing(width)
    notes = [_untouched_note(row) for row in frame.itertuples()]
    far = max(float(frame["revenue"].max()), 0) or 1.0
    names = [str(name) for name in frame["client_name"]]
    rows = Rows(names, (0, far), width, right=max(map(length, notes)) + 10, head=22)
    left = 0 if width < NARROW else width - max(map(length, notes)) - 10 - rows.scale * far
    for at, row in enumerate(frame.itertuples()):
        rows.bar(at, 0, row.revenue, color=ABC[row.abc])
        rows.note(at, row.revenue, notes[at])
    for letter in sorted(set(frame["abc"])):
        rows.page.add_patch(Rectangle((left, 3), 14, 11, color=ABC[letter], linewidth=0))
        text = _("{letter} clients").format(letter=letter)
        write(rows.page, left + 20, 9, text, size=12, color=MUTED)
        left += 20 + length(text, 12) + 16
    rows.zero()
    return rows.figure


# ---------------------------------------------------------------- parts


def _people(frame: pd.DataFrame) -> pd.DataFrame:
    """The managers' rows; the company's where there are no others."""
    people = frame[frame["manager_id"] != EVERYONE]
    return people if len(people) else frame


def _names(people: pd.DataFrame, order: pd.Series) -> dict[str, str]:
    """Names of managers by id, those with the most first, what belongs to nobody last."""
    names = dict(zip(people["manager_id"], people["manager_name"], strict=True))
    order = order.fillna(-np.inf)
    ranked = sorted(names, key=lambda key: (key == UNASSIGNED, -order.get(key, -np.inf), key))
    return {key: _name(key, names[key]) for key in ranked}


def _name(manager_id: str, name: object) -> str:
    return company_name() if manager_id == EVERYONE else words.value(str(name))


def _with_company(names: dict[str, str], frame: pd.DataFrame) -> dict[str, str]:
    """The names with the company before them, where it is there."""
    whole = {EVERYONE: company_name()} if EVERYONE in set(frame["manager_id"]) else {}
    return whole | names


def _more(number: int) -> str:
    return words.plural("{number} more manager is in the table.",
                        "{number} more managers are in the table.", number)  # fmt: skip


def _per_day_text(row: object) -> str:
    if pd.isna(row.per_day):
        return words.EMPTY
    text = text_of(row.per_day, "number")
    return f"{text} {verdict_text('below')[0]}" if row.verdict == "below" else text


def _part(share: float, part: int, whole: int) -> str:
    return _("{share} of {whole}").format(share=text_of(share, "share"), whole=words.count(whole))


def _funnel_note(row: object) -> str:
    text = words.count(row.count)
    if pd.notna(row.conversion):
        text = f"{text} · {text_of(row.conversion, 'share')}"
    if row.outside:
        text = _("{text}; others {number}").format(text=text, number=words.count(row.outside))
    return text


def _untouched_note(row: object) -> str:
    money = text_of(row.revenue, "money")
    if pd.isna(row.days_since):
        return _("{money}, never touched").format(money=money)
    return _("{money}, {days} days ago").format(money=money, days=words.count(int(row.days_since)))


def _grid_of_bars(
    names: dict[str, str], columns: Sequence[_Column], width: int, caption: str
) -> Figure:
    """A row per name, a column of thin bars with their number above; the company stands apart."""
    narrow = width < NARROW
    left_out, shown = len(names) - _MOST, list(names)[:_MOST]
    step, head = (56 if narrow else 36), (58 if any(column.note for column in columns) else 44)
    left = 0 if narrow else min(max(length(names[key]) for key in shown) + 16, 0.32 * width)
    columns = columns[: max(1, int((width - left + 12) // 60))]
    wide = (width - left + 12) / len(columns)
    apart = 8 * (EVERYONE in shown and len(shown) > 1)
    foot = 24 if left_out > 0 else 4
    figure = blank(width, head + step * len(shown) + apart + foot)
    paper = page(figure)
    write(paper, left, 8, caption, size=12, color=MUTED, room=width - left)
    for right, column in enumerate(columns):
        x = left + wide * right
        write(paper, x, 30, column.heading, bold=True, room=wide - 8)
        write(paper, x, 46, column.note, size=12, color=MUTED, room=wide - 8)
    for down, key in enumerate(shown):
        top = head + step * down + apart * (down > 0)
        style = {"bold": key == EVERYONE, "room": width if narrow else left - 12}
        write(paper, 0, top + (8 if narrow else step / 2), names[key], **style)
        for right, column in enumerate(columns):
            if key in column.cells:
                place = (left + wide * right, top + (18 if narrow else 0))
                _bar_cell(paper, column.cells[key], place, wide - 14, column.most)
    if left_out > 0:
        write(paper, 0, paper.get_ylim()[0] - 10, _more(left_out), color=MUTED)
    return figure


def _bar_cell(
    paper: Axes, cell: _Cell, place: tuple[float, float], room: float, most: float
) -> None:
    x, top = place
    write(paper, x, top + 10, cell.text, color=cell.ink, room=room + 8)
    scale = room / (most or 1.0)
    if pd.notna(cell.value):
        rule(paper, (x, x + room), (top + 29, top + 29), RULE)
        long = scale * max(cell.value, 0)
        bar = Rectangle((x, top + 20), long, 9, color=cell.color, linewidth=0, gid="bar")
        paper.add_patch(bar)
    if pd.notna(cell.mark):
        at = x + scale * cell.mark
        for color, thick in (("white", 3.6), (INK, 1.6)):  # seen on dark bars too
            rule(paper, (at, at), (top + 18, top + 31), color, thick)


def _strips_key(paper: Axes, left: float, some_are_empty: bool) -> None:
    """What light, dark and a ring mean, above the first row."""
    text = _("the darker the more activities")
    write(paper, left, 9, text, size=12, color=MUTED)
    if some_are_empty:
        at = left + length(text, 12) + 22
        paper.plot([at], [9], "o", ms=5, mfc="none", mec=BAD, mew=1.2)
        write(paper, at + 9, 9, _("none"), size=12, color=BAD)


def _day(
    paper: Axes, box: tuple[float, float, float, float], number: float, strength: float
) -> None:
    """A working day: its number of activities, or a ring."""
    left, top, wide, high = box
    middle = (left + wide / 2, top + high / 2)
    if number == 0:
        size = min(5.0, wide * 0.5)
        paper.plot(*([each] for each in middle), "o", ms=size, mfc="none", mec=BAD, mew=1.2,
                   gid="empty")  # fmt: skip
        return
    shade = colors.to_hex(AMOUNT(0.12 + 0.88 * strength))
    paper.add_patch(Rectangle((left, top), wide, high, facecolor=shade, linewidth=0))
    text = words.count(number)
    if length(text, 12) <= wide:
        write(paper, *middle, text, size=12, color=readable(shade), across="center")
