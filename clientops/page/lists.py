"""Lists on a page: which rows are shown, by what is searched, sorted, clicked and paged."""

import dataclasses
import html
import urllib.parse
from typing import TYPE_CHECKING

import pandas as pd

from clientops import display, words
from clientops.page import options
from clientops.page.cards import MOST_EMBEDDED, MOST_ROWS, Card
from clientops.schema import EVERYONE

if TYPE_CHECKING:
    from clientops.page.state import Page

# The subtitle says them.
HIDDEN = set("month window_months from_month to_month priority topic".split())


@dataclasses.dataclass
class State:
    """What a reader has asked a list for."""

    text: str = ""  # searched
    cell: str = ""  # of a grid: `abc=A&xyz=X`
    by: str = ""  # sorted by this column
    falling: bool = True
    page: int = 0


def named(page: "Page", frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with the manager's name behind the manager's id."""
    if "manager_id" not in frame or "manager_name" in frame:
        return frame
    names = options.names(page.book) | {EVERYONE: words._("all managers")}
    place = list(frame.columns).index("manager_id") + 1
    frame = frame.copy()
    frame.insert(place, "manager_name", frame["manager_id"].map(names))
    return frame


def across(frame: pd.DataFrame, value: str) -> pd.DataFrame:
    """A row per client: *value* in its first and in the last month, the last month's revenue, and
    *value* in each month; the largest clients first."""
    frame = frame.sort_values("month", kind="stable")
    keys = [name for name in frame if name.startswith(("client_", "manager_"))]
    clients = frame.groupby("client_id", sort=False)
    by_month = frame.pivot(index="client_id", columns="month", values=value)
    by_month.columns = [words.month(month) for month in by_month]
    named = {name: by_month[name].map(words.value, na_action="ignore") for name in by_month}
    rows = (
        clients[keys]
        .last()
        .assign(
            opening=clients[value].first().map(words.value),
            closing=clients[value].last().map(words.value),
            revenue=clients["revenue"].last(),
            **named,
        )
    )
    return rows.sort_values("revenue", ascending=False, kind="stable").reset_index(drop=True)


def shown_columns(frame: pd.DataFrame) -> list[str]:
    """The columns a reader sees: names, not identifiers."""
    return [name for name in frame if name not in HIDDEN and not name.endswith("_id")]


def found(frame: pd.DataFrame, state: State) -> pd.DataFrame:
    """The rows that hold the text in any of their names and stand in the cell, sorted."""
    for column, value in urllib.parse.parse_qsl(state.cell, keep_blank_values=True):
        if column in frame:
            frame = frame[frame[column].astype(str) == value]
    text = state.text.strip()
    if text:
        holds = pd.Series(False, index=frame.index)
        for column in frame.columns[frame.dtypes == "str"]:
            holds |= frame[column].fillna("").str.contains(text, case=False, regex=False)
        frame = frame[holds]
    if state.by in frame:
        frame = frame.sort_values(state.by, ascending=not state.falling, kind="stable")
    return frame


def as_html(card: Card, state: State, *, is_static: bool, links: dict[str, str]) -> str:
    """One page of the rows of a list, and which these are. *links*: addresses of topics."""
    frame = found(card.rows, state)
    last = max(0, (len(frame) - 1) // MOST_ROWS)
    state.page = min(max(state.page, 0), last)
    start = state.page * MOST_ROWS
    stop = min(len(frame), start + MOST_ROWS)
    bar = next((name for name in card.columns if name in ("revenue", "money", state.by)
                and words.unit(name) == "money"), "")  # fmt: skip
    content = display.html(
        frame,
        card.columns,
        bar,
        rows=(start, stop),
        links=frame["topic"].map(links) if links and "topic" in frame else None,
        order="" if is_static else f"{state.by} {'falling' if state.falling else 'rising'}",
    )
    text = words._("rows {first} to {last} of {number}").format(
        first=words.count(min(start + 1, len(frame))),
        last=words.count(stop),
        number=words.count(len(frame)),
    )
    if is_static and stop < len(card.frame) <= MOST_EMBEDDED:
        text = words._("{rows}; the Excel file has them all").format(rows=text)
    chip = ""
    if state.cell:
        cell = html.escape(state.cell, quote=True)
        chip = f"<button type='button' class='co-filter' data-cell='{cell}'>"
        chip += f"{cell_text(state.cell)} <span aria-hidden='true'>✕</span></button>"
    return f"{chip}{content}<p class='co-subtitle'>{text}</p>"


def cells(frame: pd.DataFrame, other: pd.DataFrame) -> list[tuple[str, str]]:
    """The cells of a linked table's grid, as a filter of the list *frame*."""
    keys = [c for c in ("abc", "xyz", "from_class", "to_class") if c in other and c in frame]
    found = other[keys].drop_duplicates().sort_values(keys).itertuples(index=False)
    named = [(" · ".join(cell), cell_of(dict(zip(keys, cell, strict=True)))) for cell in found]
    return [(words._("all cells"), ""), *named]


def cell_of(values: dict[str, str]) -> str:
    """A cell in the words that figures give their cells."""
    return urllib.parse.urlencode(values)


def columns_of(cell: str) -> list[str]:
    """The columns that a cell names."""
    return [column for column, _ in urllib.parse.parse_qsl(cell, keep_blank_values=True)]


def cell_text(cell: str) -> str:
    """A cell as a reader reads it: Volume class A, Regularity class X."""
    pairs = urllib.parse.parse_qsl(cell, keep_blank_values=True)
    return html.escape(", ".join(f"{words.label(c)} {v}" for c, v in pairs))
