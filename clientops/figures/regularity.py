"""What only the regularity of shipments shows."""

import numpy as np
import pandas as pd
from matplotlib import colors
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from clientops import words
from clientops.figures.grids import calendar
from clientops.figures.paint import (
    ACTUAL,
    AMOUNT,
    BAD,
    INK,
    MUTED,
    NARROW,
    PREVIOUS,
    UNASSIGNED,
    WIDE,
    blank,
    ink,
    length,
    names_of,
    noted,
    nothing,
    page,
    readable,
    rule,
    scope,
    text_of,
    tone,
    write,
)
from clientops.figures.rows import Rows
from clientops.schema import EVERYONE
from clientops.words import _

_MOST = 30  # managers in one figure


def month_end_rush(frame: pd.DataFrame, *, width: int = WIDE) -> Figure:
    """shipment_regularity: the share of revenue in the last days of months, against their norm."""
    frame = frame[(frame["grain"] == "month") & frame["last_week_share"].notna()]
    frame = _people(frame.sort_values("last_week_share", ascending=False, kind="stable"))
    if frame.empty:
        return nothing(width)
    notes = [
        noted(text_of(share, "share"), verdict)
        for share, verdict in zip(frame["last_week_share"], frame["verdict"], strict=True)
    ]
    far = float(frame[["last_week_share", "last_week_norm"]].max(axis=None))
    low = min(0.0, float(frame["last_week_share"].min()))
    right = max(map(length, notes)) + 10
    rows = Rows(names_of(frame, "manager_name"), (low, far), width, right=right, head=22)
    for at, row in enumerate(frame.itertuples()):
        rows.bar(at, 0, row.last_week_share, color=tone(row.verdict))
        end = max(row.last_week_share, row.last_week_norm)
        rows.note(at, end, notes[at], color=ink(row.verdict))
        ys = (rows.tops[at] - 4, rows.tops[at] + rows.size + 4)
        for color, thick in (("white", 3.6), (INK, 1.6)):  # seen on dark bars too
            rule(rows.axes, (row.last_week_norm,) * 2, ys, color, thick)
    norm = text_of(frame["last_week_norm"].iloc[0], "share")
    left = width - right - rows.scale * (far - low)
    rule(rows.page, (left + 1, left + 1), (3, 15), INK, 1.6)
    text = _("their share of the working days: {norm}").format(norm=norm)
    write(rows.page, left + 8, 9, text, size=12, color=MUTED)
    rows.zero()
    return rows.figure


def evenness(frame: pd.DataFrame, *, grain: str = "week", width: int = WIDE) -> Figure:
    """shipment_regularity: variation and longest gap of every manager, side by side.

    The variation is that of the shipments per *grain*, the gap is counted in working days.
    """
    people = _people(frame)
    gaps = people[people["grain"] == "day"].set_index("manager_id")["longest_gap"]
    people = people[(people["grain"] == grain) & people["cv"].notna()]
    people = _people(people.sort_values("cv", ascending=False, kind="stable"))
    if people.empty:
        return nothing(width)
    heads = {
        "day": _("variation per day"),
        "week": _("variation per week"),
        "month": _("variation per month"),
    }
    narrow, names = width < NARROW, names_of(people, "manager_name")
    step, head = (42 if narrow else 28), 24
    left = 0 if narrow else min(max(map(length, names)) + 12, 0.36 * width)
    figure = blank(width, head + step * len(names) + 4)
    paper = page(figure)
    for at, name in enumerate(names):
        y = head + step * at + (10 if narrow else step / 2)
        write(paper, 0, y, name, room=width if narrow else left - 10)
    gap = 24
    wide = (width - left - gap) / 2
    for panel, (heading, numbers, unit) in enumerate(
        ((heads[grain], people["cv"], "number"),
         (_("longest gap, working days"), people["manager_id"].map(gaps), "count"))
    ):  # fmt: skip
        start = left + panel * (wide + gap)
        write(paper, start, 9, heading, size=12, color=MUTED, room=wide + gap - 4)
        most = float(numbers.max()) or 1.0
        room = wide - length(text_of(most, unit)) - 10
        for at, number in enumerate(numbers.astype(float)):
            top = head + step * at + (20 if narrow else 5)
            size, long = 18 if not narrow else 15, room * number / most
            paper.add_patch(Rectangle((start, top), long, size, color=ACTUAL, linewidth=0))
            write(paper, start + long + 6, top + size / 2, text_of(number, unit))
        if not narrow:
            rule(paper, (start, start), (head, head + step * len(names)), MUTED)
    return figure


def shipment_strips(frame: pd.DataFrame, *, grain: str = "week", width: int = WIDE) -> Figure:
    """shipment_counts: a row per manager, a cell per period, the darker the more shipments.

    A period without a shipment is an orange ring; where a manager was not there, nothing stands.
    """
    people = _people(frame[frame["grain"] == grain])
    if people.empty:
        return nothing(width)
    table = people.pivot(index="manager_id", columns="period_start", values="shipments")
    order = table.sum(axis=1).sort_values(ascending=False, kind="stable").index
    order = sorted(order, key=lambda each: each == UNASSIGNED)
    left_out, order = len(order) - _MOST, order[:_MOST]
    names = dict(zip(people["manager_id"], names_of(people, "manager_name"), strict=True))
    narrow, head, step = width < NARROW, 26, 26
    left = 0 if narrow else min(max(length(names[key]) for key in order) + 12, 0.3 * width)
    step, above = (44, 18) if narrow else (step, 0)
    foot = 24 if left_out <= 0 else 46
    figure = blank(width, head + step * len(order) + foot)
    paper = page(figure)
    cell = min((width - left) / len(table.columns), 64)
    _key(paper, left, bool((table.loc[order] == 0).any(axis=None)))
    most = float(table.max(axis=None)) or 1.0
    for at, key in enumerate(order):
        top = head + step * at
        write(paper, 0, top + (8 if narrow else step / 2), names[key],
              room=width if narrow else left - 10)  # fmt: skip
        box = (left, top + above + 1, cell, step - above - 2)
        _strip(paper, table.loc[key].to_numpy(float), box, most)
    _period_names(paper, table.columns, grain, left, cell, head + step * len(order) + 12)
    if left_out > 0:
        text = words.plural(
            "{number} more manager is in the table.",
            "{number} more managers are in the table.",
            left_out,
        )
        write(paper, 0, paper.get_ylim()[0] - 10, text, color=MUTED)
    return figure


def shipment_calendar(frame: pd.DataFrame, *, width: int = WIDE) -> Figure:
    """shipment_counts: shipments on each working day of the company, or of the only manager.

    A telephone shows the last three months.
    """
    days = scope(frame[frame["grain"] == "day"])
    if len(days) and width < NARROW:
        last = days["period_start"].max().replace(day=1)
        days = days[days["period_start"] >= last - pd.DateOffset(months=2)]
    return calendar(days, value="shipments", day="period_start", width=width)


def overdue_waits(frame: pd.DataFrame, *, most: int = 12, width: int = WIDE) -> Figure:
    """overdue_clients: how long late clients usually wait, and how long they have waited now.

    The first *most* rows; of them some are silent ones, where there are any.
    """
    silent = frame[frame["status"] == "silent"]
    late = frame[frame["status"] == "late"].head(most - min(len(silent), most // 4))
    frame = pd.concat([late, silent]).head(most)
    if frame.empty:
        return nothing(width)
    said = {
        "late": _("{days} days, {money} missed"),
        "silent": _("{days} days, {money} missed (silent)"),
    }
    notes = [
        said[row.status].format(
            days=words.count(row.days_since), money=text_of(row.revenue_missed, "money")
        )
        for row in frame.itertuples()
    ]
    right = max(map(length, notes)) + 10
    far = float(frame["days_since"].max())
    rows = Rows(names_of(frame, "client_name"), (0, far), width, right=right, head=24)
    for at, row in enumerate(frame.itertuples()):
        rows.bar(at, 0, row.days_since, color=ACTUAL)
        rows.bar(at, 0, min(row.typical_gap_days, row.days_since), color=PREVIOUS)
        ys = (rows.tops[at] - 3, rows.tops[at] + rows.size + 3)
        rule(rows.axes, (row.late_after_days,) * 2, ys, BAD, 2)
        rows.note(at, row.days_since, notes[at])
    _waits_key(rows.page, 0 if width < NARROW else width - right - rows.scale * far)
    return rows.figure


def _people(frame: pd.DataFrame) -> pd.DataFrame:
    """The managers' rows, what belongs to nobody last; the company's where there are no others."""
    people = frame[frame["manager_id"] != EVERYONE]
    if people.empty:
        return frame
    return people.iloc[np.argsort(people["manager_id"] == UNASSIGNED, kind="stable")]


def _strip(
    paper: Axes, numbers: np.ndarray, box: tuple[float, float, float, float], most: float
) -> None:
    """A row of cells; *box*: left, top, width and height of the first."""
    left, top, wide, high = box
    some = np.flatnonzero(numbers > 0)
    inset = 1 if wide > 6 else 0.15
    x = (left + wide * some)[:, None] + [0, wide - inset, wide - inset, 0]
    y = np.broadcast_to([top, top, top + high, top + high], x.shape)
    shades = AMOUNT(0.12 + 0.88 * numbers[some] / most)
    cells = PolyCollection(np.stack([x, y], axis=-1), facecolors=shades, linewidths=0)
    paper.add_collection(cells)
    none = np.flatnonzero(numbers == 0)
    middle = left + wide * (none + 0.5), np.full(len(none), top + high / 2)
    size = min(5.0, wide * 0.7)
    paper.plot(*middle, "o", ms=size, mfc="none", mec=BAD, mew=min(1.2, size / 3), gid="empty")
    if wide < 24:
        return
    for at in some:
        shade = colors.to_hex(AMOUNT(0.12 + 0.88 * numbers[at] / most))
        place = (left + wide * (at + 0.5) - 0.5, top + high / 2)
        text = text_of(numbers[at], "count")
        write(paper, *place, text, size=12, color=readable(shade), across="center", room=wide - 2)


def _key(paper: Axes, left: float, some_are_empty: bool) -> None:
    """What light, dark and a ring mean, above the first row."""
    text = _("the darker the more shipments")
    write(paper, left, 9, text, size=12, color=MUTED)
    if some_are_empty:
        at = left + length(text, 12) + 22
        paper.plot([at], [9], "o", ms=5, mfc="none", mec=BAD, mew=1.2)
        write(paper, at + 9, 9, _("no shipment"), size=12, color=BAD)


def _period_names(
    paper: Axes, periods: pd.Index, grain: str, left: float, cell: float, y: float
) -> None:
    """The months below their first period, as many as there is room for."""
    months = pd.Series(periods).dt.to_period("M")
    firsts = np.flatnonzero(months.ne(months.shift()))
    room = max(length(words.month(each), 12) for each in periods) + 10
    free = left
    for at in firsts:
        start = left + cell * at
        if start >= free and start + room - 10 <= paper.get_xlim()[1]:
            said = words.month(periods[at])
            write(paper, start, y, said, size=12, color=MUTED)
            free = start + room


def _waits_key(paper: Axes, left: float) -> None:
    """What the parts of a bar mean, above the first one."""
    for color, text, wide in (
        (PREVIOUS, _("usual wait"), 14),
        (BAD, _("late after"), 2),
        (ACTUAL, _("waiting now"), 14),
    ):
        paper.add_patch(Rectangle((left, 3), wide, 11, color=color, linewidth=0))
        write(paper, left + wide + 6, 9, text, size=12, color=MUTED)
        left += wide + 6 + length(text, 12) + 16
