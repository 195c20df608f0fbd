"""Forms made of horizontal bars: a row per name."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from clientops import words
from clientops.figures.paint import (
    ABC,
    ACTUAL,
    BAD,
    BAND,
    GOOD,
    HATCHED,
    INK,
    MUTED,
    NARROW,
    PLAN,
    PREVIOUS,
    RULE,
    UNASSIGNED,
    WIDE,
    XYZ,
    area,
    blank,
    company_name,
    ink,
    length,
    names_of,
    noted,
    nothing,
    page,
    readable,
    rule,
    signed,
    text_of,
    tone,
    write,
)
from clientops.schema import EVERYONE
from clientops.words import _


def bars(
    frame: pd.DataFrame,
    *,
    value: str,
    name: str = "manager_name",
    previous: str | None = None,
    plan: str | None = None,
    limits: tuple[str, str] | None = None,
    verdict: str | None = None,
    partial: str | None = None,
    width: int = WIDE,
) -> Figure:
    """Horizontal bars from zero, the largest first.

    *previous* is a light grey bar behind, *plan* an outline, *limits* two columns between which a
    value should lie (a light band), *verdict* a column of words, *partial* a column of booleans
    (hatched). Clients of nobody come last. The company's row is left out, but where the measure is
    a share it is a line through all bars.
    """
    everyone, frame = _parts(frame)
    frame = frame[frame[value].notna()].sort_values(value, ascending=False, kind="stable")
    frame = frame.iloc[np.argsort(frame[name] == UNASSIGNED, kind="stable")]
    if frame.empty:
        return nothing(width)
    unit = words.unit(value)
    marks = everyone[value].dropna() if unit == "share" else pd.Series(dtype=float)
    extra = [column for column in (previous, plan, *(limits or ())) if column]
    far = frame[[value, *extra]].astype(float).max(axis=None)
    low = frame[[value, *extra]].astype(float).min(axis=None)
    across = (min(0.0, low), max(0.0, far, *marks) or 1.0)
    notes = [text_of(number, unit) for number in frame[value]]
    if verdict:
        notes = [noted(note, word) for note, word in zip(notes, frame[verdict], strict=True)]
    right = max(length(note) for note in notes) + 10
    head = 22 if len(marks) or limits else 0
    rows = Rows(names_of(frame, name), across, width, right=right, head=head)
    for at, (_index, row) in enumerate(frame.iterrows()):
        word = row[verdict] if verdict else None
        if limits and row[list(limits)].notna().all():
            rows.band(at, *(float(row[column]) for column in limits))
        if previous and pd.notna(row[previous]):
            rows.bar(at, 0, float(row[previous]), color=PREVIOUS, behind=True)
        hatched = HATCHED | {"edgecolor": tone(word)}
        style = hatched if partial and row[partial] else {"color": tone(word)}
        rows.bar(at, 0, float(row[value]), **style)
        if plan and pd.notna(row[plan]):
            rows.bar(at, 0, float(row[plan]), facecolor="none", edgecolor=PLAN, linewidth=1)
        ends = [row[column] for column in (value, previous, plan) if column]
        x = max(0.0, *(float(end) for end in ends if pd.notna(end)))
        if len(marks) and x <= marks.iloc[0] <= x + (length(notes[at]) + 10) / rows.scale:
            x = float(marks.iloc[0])  # behind the line, which would run through it
        rows.note(at, x, notes[at], color=ink(word))
    if limits and (known := frame[list(limits)].dropna().drop_duplicates()).shape[0] == 1:
        low, high = (float(known[column].iloc[0]) for column in limits)
        text = _("wanted: {low} to {high}")
        rows.head((low + high) / 2, text.format(low=text_of(low, unit), high=text_of(high, unit)))
    if len(marks):
        rows.line(float(marks.iloc[0]), f"{company_name()} {text_of(marks.iloc[0], unit)}")
    rows.zero()
    return rows.figure


def stacked_shares(
    frame: pd.DataFrame,
    *,
    value: str,
    hue: str = "abc",
    name: str = "manager_name",
    count: str | None = "clients",
    width: int = WIDE,
) -> Figure:
    """A bar of 100 % per name, cut into classes from dark to light; the order of classes is fixed.

    Rows of one name and class are parts and are added up. The company comes first, set apart; then
    by the share of the first class. *count* is written at the end of the bar.
    """
    palette = XYZ if hue == "xyz" else ABC
    frame = frame[frame[hue].isin(list(palette))]
    if frame.empty:
        return nothing(width)
    keys = frame["manager_id"] if "manager_id" in frame else frame[name]
    names = dict(zip(keys, frame[name], strict=True))
    shares = frame.groupby([keys, hue])[value].sum().unstack(fill_value=0.0)
    shares = shares.reindex(columns=list(palette), fill_value=0.0).clip(lower=0)
    first, second, *_rest = palette
    shares = shares.sort_values([first, second], ascending=False, kind="stable")
    order = sorted(shares.index, key=lambda key: (key != EVERYONE, key == UNASSIGNED))  # stable
    notes = []
    if count:
        counts = frame.groupby(keys)[count].sum()
        notes = [text_of(counts[key], words.unit(count)) for key in order]
        heading = words.label(count)
    right = max([length(note) for note in notes] + [length(heading, 12)]) + 12 if count else 0
    rows = Rows(
        [company_name() if key == EVERYONE else words.value(str(names[key])) for key in order],
        (0, 1), width, right=right, head=20, apart=order[0] == EVERYONE,
    )  # fmt: skip
    said: set[str] = set()  # classes that are named
    for at, key in enumerate(order):
        start = 0.0
        for letter, share in shares.loc[key].items():
            if share <= 0:
                continue
            style = {"facecolor": palette[letter], "edgecolor": "white", "linewidth": 1}
            if letter == "-":
                style |= HATCHED | {"edgecolor": RULE, "linewidth": 0}
            rows.bar(at, start, share, **style)
            middle, room = start + share / 2, share * rows.scale - 6
            class_name = _("no class") if letter == "-" else letter
            text = text_of(share, "share")
            if at == 0 and room > length(class_name, 12, True) - 4:
                rows.head(middle, class_name, color=INK, bold=True)
                said.add(letter)
            elif letter not in said and room > length(f"{class_name} {text}", 12):
                text = f"{class_name} {text}"
                said.add(letter)
            if room > length(text, 12):
                rows.inside(at, middle, text, readable(palette[letter]))
            start += share
        if count:
            write(rows.page, width, rows.middle(at), notes[at], across="right")
    if count:
        write(rows.page, width, 8, heading, size=12, color=MUTED, across="right")
    return rows.figure


def waterfall(
    frame: pd.DataFrame,
    *,
    name: str = "name",
    value: str = "value",
    total: str = "total",
    unit: str = "money",
    width: int = WIDE,
) -> Figure:
    """From one total to the next by signed steps, in the order of the rows, joined by thin lines.

    Rows where the column *total* is true stand on zero; the others start where the last one ended.
    """
    if frame.empty:
        return nothing(width)
    starts, ends, level = [], [], 0.0
    for number, whole in zip(frame[value].astype(float), frame[total], strict=True):
        starts.append(0.0 if whole else level)
        level = number if whole else level + number
        ends.append(level)
    across = (min(0.0, *starts, *ends), max(0.0, *starts, *ends) or 1.0)
    notes = [
        text_of(number, unit) if whole else signed(number, unit)
        for number, whole in zip(frame[value].astype(float), frame[total], strict=True)
    ]
    bold = [at for at, whole in enumerate(frame[total]) if whole]
    right = max(map(length, notes)) + 12
    rows = Rows(names_of(frame, name), across, width, right=right, bold=bold)
    for at, (start, end) in enumerate(zip(starts, ends, strict=True)):
        tone = ACTUAL if at in bold else GOOD if end > start else BAD if end < start else MUTED
        rows.bar(at, start, end - start, color=tone)
        rows.note(at, max(start, end), notes[at], color=INK if at in bold else tone)
        if at + 1 < len(ends):
            rows.join(at, end)
    rows.zero()
    return rows.figure


class Rows:
    """Horizontal bars, one per name: names beside them, or above them where it is narrow."""

    def __init__(
        self,
        names: Sequence[str],
        across: tuple[float, float],
        width: float,
        *,
        right: float,
        head: float = 0,
        apart: bool = False,
        bold: Sequence[int] = (),
    ) -> None:
        self.narrow = narrow = width < NARROW
        self.step = 42 if narrow else 22 if len(names) > 30 else 28
        self.size = 15 if narrow else 0.64 * self.step
        strong = {0} if apart else set(bold)
        widest = max(length(name, 13, at in strong) for at, name in enumerate(names))
        left = 1 if narrow else min(widest + 12, 0.36 * width)
        self.tops = [
            head + self.step * at + (8 if apart and at else 0) + (20 if narrow else 5)
            for at in range(len(names))
        ]
        height = self.tops[-1] + self.size + 6
        self.figure = blank(width, height)
        self.page = page(self.figure)
        self.page.set_zorder(1)  # names over bands
        box = (left, 0, width - left - right, height)
        self.axes = area(self.figure, box, across, (height, 0))
        self.scale = box[2] / (across[1] - across[0])
        for at, name in enumerate(names):
            y = self.tops[at] - 11 if narrow else self.middle(at)
            room = width if narrow else left - 10
            write(self.page, 0, y, name, bold=at in strong, room=room)

    def middle(self, at: int) -> float:
        return self.tops[at] + self.size / 2

    def bar(self, at: int, start: float, extent: float, *, behind: bool = False, **style) -> None:
        """*behind*: a little off its place, and away from a name above it."""
        style = {"linewidth": 0} | style
        aside = (5 if self.narrow else -5) if behind else 0
        box = (start, self.tops[at] + aside)
        self.axes.add_patch(Rectangle(box, extent, self.size, **style))

    def note(self, at: int, x: float, text: str, color: str = INK) -> None:
        write(self.axes, x, self.middle(at), text, color=color, dx=6)

    def inside(self, at: int, x: float, text: str, color: str) -> None:
        write(self.axes, x, self.middle(at), text, size=12, color=color, across="center")

    def band(self, at: int, low: float, high: float) -> None:
        """A light band behind a bar, which joins that of the next row."""
        box = (low, self.middle(at) - self.step / 2)
        style = {"facecolor": BAND, "linewidth": 0, "zorder": 0.5, "gid": "band"}
        self.axes.add_patch(Rectangle(box, high - low, self.step, **style))

    def head(self, x: float, text: str, *, color: str = MUTED, bold: bool = False) -> None:
        """A text above the first bar."""
        write(self.axes, x, 8, text, size=12, color=color, bold=bold, across="center")

    def line(self, x: float, text: str) -> None:
        """A light grey line through all bars with its name above."""
        for top in self.tops:
            ys = (top - 4, top + self.size + 4)
            self.axes.plot((x, x), ys, color=PREVIOUS, linewidth=2, gid="company", zorder=3)
        self.head(x, text)

    def join(self, at: int, x: float) -> None:
        """A thin line from the end of a bar down to the next one."""
        ys = (self.tops[at], self.tops[at + 1] + self.size)
        self.axes.plot((x, x), ys, color=MUTED, linewidth=0.8, gid="join")

    def zero(self) -> None:
        """The line on which bars stand; where it is narrow and all go one way, they show it."""
        if not self.narrow:
            rule(self.axes, (0, 0), (self.tops[0] - 4, self.tops[-1] + self.size + 4), MUTED)
        elif self.axes.get_xlim()[0] < 0:
            for top in self.tops:
                rule(self.axes, (0, 0), (top - 3, top + self.size + 3), MUTED)


def _parts(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The company's rows, and the others."""
    if "manager_id" not in frame:
        return frame.iloc[:0], frame
    whole = frame["manager_id"] == EVERYONE
    return frame[whole], frame[~whole]
