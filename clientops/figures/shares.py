"""Bars of 100 %, cut into classes."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from clientops import words
from clientops.figures import paint, whose
from clientops.figures.native import Chart, drawn_as
from clientops.figures.paint import WIDE, length, text_of, write
from clientops.figures.rows import Rows
from clientops.schema import EVERYONE, UNASSIGNED
from clientops.words import _


def _shares(frame: pd.DataFrame, value: str, hue: str, name: str) -> pd.DataFrame:
    """A row per name and a column per class: the company first, nobody's last, then by the first
    class. The index is what tells names apart."""
    palette = _palette(hue)
    frame = frame[frame[hue].isin(list(palette))]
    keys = frame["manager_id"] if "manager_id" in frame else frame[name]
    shares = frame.groupby([keys.rename("key"), hue])[value].sum().unstack(fill_value=0.0)
    shares = shares.reindex(columns=list(palette), fill_value=0.0).clip(lower=0)
    shares = shares[shares.sum(axis=1) > 0]
    shares = shares.sort_values(list(palette)[:2], ascending=False, kind="stable")
    order = sorted(shares.index, key=lambda key: (key != EVERYONE, key == UNASSIGNED))  # stable
    return shares.loc[order]


def _palette(hue: str) -> dict[str, str]:
    return paint.XYZ if hue == "xyz" else paint.ABC


def _row_names(frame: pd.DataFrame, shares: pd.DataFrame, name: str) -> list[str]:
    keys = frame["manager_id"] if "manager_id" in frame else frame[name]
    known = dict(zip(keys, frame[name], strict=True))
    return [whose.company_name() if key == EVERYONE else whose.name(known[key], name)
            for key in shares.index]  # fmt: skip


def _shares_chart(asked: Any) -> Chart:
    name, hue = asked.name, asked.hue
    shares = _shares(asked.frame, asked.value, hue, name)
    data = shares.loc[:, shares.sum() > 0].reset_index(drop=True)
    data.columns = [_class_name(letter) for letter in data]
    data.insert(0, words.label(name), _row_names(asked.frame, shares, name))
    colors = {_class_name(each): shade if each != "-" else paint.RULE
              for each, shade in _palette(hue).items()}  # fmt: skip
    return Chart("shares", data, "share", colors)


@drawn_as(_shares_chart)
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
    shares = _shares(frame, value, hue, name)
    if shares.empty:
        return paint.nothing(width)
    notes, heading = [""] * len(shares), words.label(count) if count else ""
    if count:
        keys = frame["manager_id"] if "manager_id" in frame else frame[name]
        counts = frame[frame[hue].isin(list(_palette(hue)))].groupby(keys)[count].sum()
        notes = [text_of(counts[key], words.unit(count)) for key in shares.index]
    right = max(length(heading, 12), *map(length, notes)) + 12 if count else 0
    names, apart = _row_names(frame, shares, name), shares.index[0] == EVERYONE
    plot = Rows(
        names, (0, 1), width, right=right, head=20, bold={0} if apart else (), is_apart=apart
    )
    said: set[str] = set()  # classes that are named
    for at in range(len(shares)):
        _cut(plot, at, shares.iloc[at], _palette(hue), said)
        write(plot.page, width, plot.middle(at), notes[at], across="right")
    plot.lead(whose.managers(shares.index) if "manager_id" in frame else [])
    paint.small(plot.page, width, 8, heading, across="right")
    return plot.figure


def _cut(plot: Rows, at: int, shares: pd.Series, palette: dict[str, str], said: set[str]) -> None:
    """A bar cut into its classes, each named above the first bar or where it first has room."""
    start = 0.0
    for letter, share in shares[shares > 0].items():
        style = {"facecolor": palette[letter], "edgecolor": "white", "linewidth": 1}
        if letter == "-":
            style |= paint.HATCHED | {"edgecolor": paint.RULE, "linewidth": 0}
        plot.bar(at, start, share, **style)
        middle, room = start + share / 2, share * plot.scale - 6
        text = text_of(share, "share")
        if at == 0 and room > length(_class_name(letter), 12, True) - 4:
            plot.head(middle, _class_name(letter), color=paint.INK, bold=True)
            said.add(letter)
        elif letter not in said and room > length(f"{_class_name(letter)} {text}", 12):
            text = f"{_class_name(letter)} {text}"
            said.add(letter)
        if room > length(text, 12):
            shade = paint.readable(palette[letter])
            style = {"size": 12, "color": shade, "across": "center"}
            write(plot.axes, middle, plot.middle(at), text, **style)
        start += share


def _class_name(letter: str) -> str:
    return _("no class") if letter == "-" else letter
