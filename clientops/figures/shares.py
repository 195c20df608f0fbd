"""Bars of 100 %, cut into classes."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from clientops import words
from clientops.figures import paint, whose
from clientops.figures.native import Chart, drawn_as
from clientops.figures.paint import ABC, WIDE, length, text_of, write
from clientops.figures.rows import Rows
from clientops.schema import EVERYONE, UNASSIGNED
from clientops.words import _


def _shares(frame: pd.DataFrame, value: str) -> pd.DataFrame:
    """A row per manager_id and a column per class: the company first, nobody's last, then by the
    first class."""
    frame = frame[frame["abc"].isin([*ABC])]
    shares = frame.groupby(["manager_id", "abc"])[value].sum().unstack(fill_value=0.0)
    shares = shares.reindex(columns=[*ABC], fill_value=0.0).clip(lower=0)
    shares = shares[shares.sum(axis=1) > 0].sort_values(["A", "B"], ascending=False, kind="stable")
    order = sorted(shares.index, key=lambda key: (key != EVERYONE, key == UNASSIGNED))  # stable
    return shares.loc[order]


def _row_names(frame: pd.DataFrame, shares: pd.DataFrame) -> list[str]:
    known = whose.names_by_manager(frame)
    return [whose.company_name() if key == EVERYONE else known[key] for key in shares.index]


def _shares_chart(asked: Any) -> Chart:
    shares = _shares(asked.frame, asked.value)
    data = shares.loc[:, shares.sum() > 0].reset_index(drop=True).rename(columns=_class_name)
    data.insert(0, words.label("manager_name"), _row_names(asked.frame, shares))
    colors = {_class_name(each): shade for each, shade in (ABC | {"-": paint.RULE}).items()}
    return Chart("shares", data, "share", colors)


@drawn_as(_shares_chart)
def stacked_shares(
    frame: pd.DataFrame, *, value: str, count: str | None = "clients", width: int = WIDE
) -> Figure:
    """A bar of 100 % per manager, cut into volume classes from dark to light, always in this order.

    Rows of one manager and class are parts and are added up. The company comes first, set apart;
    then by the share of the first class. *count* is written at the end of the bar.
    """
    shares = _shares(frame, value)
    if shares.empty:
        return paint.nothing(width)
    notes, heading = [""] * len(shares), words.label(count) if count else ""
    if count:
        counts = frame[frame["abc"].isin([*ABC])].groupby("manager_id")[count].sum()
        notes = [text_of(counts[key], words.unit(count)) for key in shares.index]
    right = max(length(heading, 12), *map(length, notes)) + 12 if count else 0
    names, apart = _row_names(frame, shares), shares.index[0] == EVERYONE
    plot = Rows(
        names, (0, 1), width, right=right, head=20, bold={0} if apart else (), is_apart=apart
    )
    said: set[str] = set()  # classes that are named
    for at in range(len(shares)):
        _cut(plot, at, shares.iloc[at], said)
        write(plot.page, width, plot.middle(at), notes[at], across="right")
    plot.lead(whose.managers(shares.index))
    paint.small(plot.page, width, 8, heading, across="right")
    return plot.figure


def _cut(plot: Rows, at: int, shares: pd.Series, said: set[str]) -> None:
    """A bar cut into its classes, each named above the first bar or where it first has room."""
    start = 0.0
    for letter, share in shares[shares > 0].items():
        style = {"facecolor": ABC[letter], "edgecolor": "white", "linewidth": 1}
        if letter == "-":
            style |= paint.HATCHED | {"edgecolor": paint.RULE, "linewidth": 0}
        plot.bar(at, start, share, **style)
        middle, room = start + share / 2, share * plot.scale - 6
        text, name = text_of(share, "share"), _class_name(letter)
        if at == 0 and room > length(name, 12, True) - 4:
            plot.head(middle, name, color=paint.INK, bold=True)
            said.add(letter)
        elif letter not in said and room > length(f"{name} {text}", 12):
            text = f"{name} {text}"
            said.add(letter)
        if room > length(text, 12):
            style = {"size": 12, "color": paint.readable(ABC[letter]), "across": "center"}
            write(plot.axes, middle, plot.middle(at), text, **style)
        start += share


def _class_name(letter: str) -> str:
    return _("no class") if letter == "-" else letter
