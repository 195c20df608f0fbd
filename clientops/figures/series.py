"""Forms of time, which runs from left to right."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clientops import words
from clientops.figures.paint import (
    ACTUAL,
    BAD_WORDS,
    GOOD_WORDS,
    INK,
    MUTED,
    NARROW,
    PREVIOUS,
    RULE,
    SIGNS,
    UNASSIGNED,
    WIDE,
    area,
    blank,
    company_name,
    ink,
    length,
    names_of,
    noted,
    nothing,
    page,
    rule,
    signed,
    spread,
    text_of,
    tone,
    verdict_text,
    write,
)
from clientops.schema import EVERYONE


def lines(
    frame: pd.DataFrame,
    *,
    y: str,
    x: str = "month",
    name: str = "manager_name",
    highlight: Sequence[str] | None = None,
    width: int = WIDE,
) -> Figure:
    """Lines over time with their names at the end; the company is light grey.

    *highlight* names those to see; the others are thin and unnamed. By default everybody up to five
    lines; beyond, the first eight that improve or worsen.
    """
    table, names, everyone, verdicts = _series(frame, x, y, name)
    if not table.notna().any(axis=None):
        return nothing(width)
    unit = words.unit(y)
    order = _attention(table, names, verdicts)
    if highlight is None:
        judged = [key for key in order if verdicts.get(key) in GOOD_WORDS | BAD_WORDS]
        shown = set(order if len(order) <= 5 else judged[:8])
    else:
        shown = {key for key in names if names[key] in highlight or key in highlight}
    room = min(190, 0.34 * width)
    height, left = 300 if width >= NARROW else 260, 44
    figure = blank(width, height)
    across, along = _span(table)
    axes = area(figure, (left, 14, width - left - room, height - 40), across, along)
    _grid(axes, across, along, unit)
    _months(axes, table.index, x, across)
    ends = []
    for key in sorted(table.columns, key=lambda each: (each in shown, each == everyone)):
        known = table[key].dropna()
        named = key in shown or key == everyone
        color = PREVIOUS if key == everyone else tone(verdicts.get(key)) if named else RULE
        axes.plot(
            np.arange(len(table)), table[key], color=color, linewidth=2.2 if named else 1, gid=key
        )
        if len(known) and named:
            sign = SIGNS.get(str(verdicts.get(key)), "")
            text = company_name() if key == everyone else f"{sign} {names[key]}".strip()
            shade = MUTED if key == everyone else ink(verdicts.get(key))
            ends.append((float(known.iloc[-1]), f"{text_of(known.iloc[-1], unit)} {text}", shade))
    places = spread([axes.transData.transform((0, end[0]))[1] for end in ends], 16)
    for (_value, text, color), place in zip(ends, places, strict=True):
        at = axes.transData.inverted().transform((0, place))[1]
        write(axes, across[1], at, text, color=color, dx=6, room=room - 8)
    return figure


def small_multiples(
    frame: pd.DataFrame,
    *,
    y: str,
    x: str = "month",
    name: str = "manager_name",
    most: int = 24,
    width: int = WIDE,
) -> Figure:
    """One panel per manager on the same scale, with the company as a light grey line.

    Managers whose verdict asks for attention come first, the others by their last value, the
    largest first. Beyond *most* panels a line says how many managers are not shown.
    """
    table, names, everyone, verdicts = _series(frame, x, y, name)
    if not table.notna().any(axis=None):
        return nothing(width)
    if not names:  # the company alone
        names, everyone = {EVERYONE: company_name()}, None
    order = _attention(table, names, verdicts)
    left_out = len(order) - most
    order = order[:most]
    gap, plot, panel = 24, 84, 158
    columns = max(1, min((width + gap) // (150 + gap), len(order)))
    cell = (width - gap * (columns - 1)) / columns if len(order) > 1 else min(width, 480)
    deep = math.ceil(len(order) / columns)
    top = 24 if everyone is not None else 0
    figure = blank(width, top + deep * panel - 10 + (24 if left_out > 0 else 0))
    paper = page(figure)
    across, along = _span(table)
    unit = words.unit(y)
    ends = [known.iloc[at] for key in order if len(known := table[key].dropna()) for at in (0, -1)]
    side = max([length(text_of(end, unit), 13, True) for end in ends], default=24) + 7
    for at, key in enumerate(order):
        down, right = divmod(at, columns)
        box = (right * (cell + gap) + side, top + down * panel + 44, cell - 2 * side - 4, plot)
        axes = area(figure, box, across, along)
        axes.set_gid(str(key))
        rule(axes, across, (along[0], along[0]))
        steps = np.arange(len(table))
        if everyone is not None:
            axes.plot(steps, table[everyone], color=PREVIOUS, linewidth=2, gid="company")
        _panel_heading(axes, names[key], verdicts.get(key), side, cell)
        _panel_line(axes, table[key], tone(verdicts.get(key)), unit)
        if down == deep - 1 or at + columns >= len(order):
            _months(axes, table.index, x, across, side)
    if everyone is not None:
        known = table[everyone].dropna()
        last = text_of(known.iloc[-1], unit) if len(known) else ""
        rule(paper, (0, 22), (9, 9), PREVIOUS, 2)
        write(paper, 28, 9, f"{company_name()} {last}".strip(), color=MUTED)
    if left_out > 0:
        text = words.plural(
            "{number} more manager is in the table.",
            "{number} more managers are in the table.",
            left_out,
        )
        write(paper, 0, paper.get_ylim()[0] - 10, text, color=MUTED)
    return figure


def tile(
    frame: pd.DataFrame,
    *,
    value: str = "value",
    x: str = "month",
    label: str | None = None,
    unit: str | None = None,
    change: str | None = None,
    verdict: str | None = None,
    width: int = 240,
) -> Figure:
    """A headline: the last row's value, its change and verdict, and the rows as a small line."""
    frame = frame[frame[value].notna()].sort_values(x, kind="stable")
    if frame.empty:
        return nothing(width)
    last = frame.iloc[-1]
    unit = unit or words.unit(value)
    figure = blank(width, 112)
    paper = page(figure)
    write(paper, 0, 10, label or words.label(value), color=MUTED, room=width)
    write(paper, 0, 42, text_of(last[value], unit), size=30, bold=True, room=width * 0.62)
    word = last[verdict] if verdict else None
    if change and pd.notna(last[change]):
        write(paper, 0, 72, noted(signed(last[change], unit), word), color=ink(word), room=width)
    if len(frame) > 1:
        numbers = frame[value].astype(float).to_numpy()
        middle, half = (numbers.max() + numbers.min()) / 2, np.ptp(numbers) / 2
        half = max(half, abs(middle) / 8) or 1.0  # a flat line stays flat
        along = (middle - half, middle + half)
        axes = area(figure, (2, 84, width - 8, 24), (0, len(numbers) - 1), along)
        axes.plot(np.arange(len(numbers)), numbers, color=PREVIOUS, linewidth=1.8, clip_on=False)
        axes.plot([len(numbers) - 1], numbers[-1:], "o", color=ink(word), ms=4, clip_on=False)
    return figure


def _series(
    frame: pd.DataFrame, x: str, y: str, name: str
) -> tuple[pd.DataFrame, dict[str, str], str | None, dict[str, str]]:
    """A column per line on every step of time; names, the company's column, verdicts."""
    keys = (frame["manager_id"] if "manager_id" in frame else frame[name]).astype(str)
    table = frame.assign(_key=keys).pivot(index=x, columns="_key", values=y).astype(float)
    if words.unit(x) == "month" and len(table):
        table = table.reindex(pd.date_range(table.index.min(), table.index.max(), freq="MS"))
    names = dict(zip(keys, names_of(frame, name), strict=True))
    everyone = EVERYONE if names.pop(EVERYONE, None) else None
    last = frame.assign(_key=keys).sort_values(x).groupby("_key").last()
    verdicts = last["verdict"].dropna().to_dict() if "verdict" in frame else {}
    return table, names, everyone, verdicts


def _attention(table: pd.DataFrame, names: dict[str, str], verdicts: dict[str, str]) -> list[str]:
    """Who worsens first, then who improves, then by the last value; clients of nobody last."""
    rank = {"worsening": 0, "improving": 1}
    last = table.iloc[-1].fillna(-np.inf)
    return sorted(
        names,
        key=lambda key: (key == UNASSIGNED, rank.get(verdicts.get(key), 2), -last[key], names[key]),
    )


def _span(table: pd.DataFrame) -> tuple[tuple, tuple]:
    """The scale of all lines: every step across; from zero to a little above the highest."""
    low, high = table.min(axis=None), table.max(axis=None)
    low = min(0.0, low)
    return (0, len(table) - 1), (low, low + (high - low or 1.0) * 1.12)


def _grid(axes: Axes, across: tuple[float, float], along: tuple[float, float], unit: str) -> None:
    """Thin lines at three or four round values, with the values."""
    ten = 10 ** math.floor(math.log10(along[1] - along[0]))
    step = next(ten * part for part in (0.2, 0.5, 1, 2) if along[1] - along[0] <= 5 * ten * part)
    for at in np.arange(math.ceil(along[0] / step), math.floor(along[1] / step) + 1) * step:
        rule(axes, across, (at, at), MUTED if at == 0 else RULE)
        write(axes, across[0], at, text_of(at, unit), size=12, color=MUTED, across="right", dx=-6)


def _months(
    axes: Axes, index: pd.Index, x: str, across: tuple[float, float], beyond: float = 0
) -> None:
    """The first and the last step of time below the axes."""
    said = words.month if words.unit(x) == "month" else words.date
    low = axes.get_ylim()[0]
    style = {"size": 12, "color": MUTED, "dy": -13}
    write(axes, across[0], low, said(index[0]), dx=-beyond, **style)
    if len(index) > 1:
        write(axes, across[1], low, said(index[-1]), across="right", dx=beyond, **style)


def _panel_heading(axes: Axes, name: str, word: object, side: float, room: float) -> None:
    corner = {"x": axes.get_xlim()[0], "y": axes.get_ylim()[1]}
    shade = ink(word) if tone(word) != ACTUAL else MUTED
    write(axes, **corner, text=name, bold=True, dx=-side, dy=34, room=room)
    write(axes, **corner, text=verdict_text(word), size=12, color=shade, dx=-side, dy=17, room=room)


def _panel_line(axes: Axes, numbers: pd.Series, color: str, unit: str) -> None:
    """A line with its first and last value."""
    known = numbers.dropna()
    if known.empty:
        middle = (sum(axes.get_xlim()) / 2, sum(axes.get_ylim()) / 2)
        write(axes, *middle, words.EMPTY, color=MUTED, across="center")
        return
    axes.plot(np.arange(len(numbers)), numbers, color=color, linewidth=2, clip_on=False, gid="line")
    first, last = (numbers.index.get_loc(known.index[at]) for at in (0, -1))
    axes.plot([last], [known.iloc[-1]], "o", color=color, markersize=4.5, clip_on=False)
    shade = color if color != ACTUAL else INK
    write(axes, last, known.iloc[-1], text_of(known.iloc[-1], unit), color=shade, bold=True, dx=6)
    if last > first:
        axes.plot([first], [known.iloc[0]], "o", color=color, markersize=3, clip_on=False)
        start = known.iloc[0]
        style = {"size": 12, "color": shade, "across": "right", "dx": -6}
        write(axes, first, start, text_of(start, unit), **style)
