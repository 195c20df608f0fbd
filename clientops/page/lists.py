"""Lists on a page: which rows are shown, by what is searched, sorted, clicked and paged."""

import dataclasses
import html
import re
import urllib.parse
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from clientops import display, words
from clientops.figures import paint
from clientops.page import options
from clientops.page.cards import MOST_EMBEDDED, MOST_ROWS, NO_PAGES, Card, Clients, quoted
from clientops.schema import EVERYONE, About

if TYPE_CHECKING:
    from clientops.page.state import Page

CLIENT = "client"  # the page of one client
MOST_WALKED = 100  # clients before and behind those shown
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
    can_tick: bool = False
    kept: tuple[tuple[str, str], ...] = ()  # only rows with these values, by column
    changed: frozenset[str] = frozenset()  # columns shown that usually are not, and left out
    ticked: frozenset[str] = frozenset()  # clients, whose rows alone go to Excel

    @property
    def told(self) -> str:
        """What is looked for and kept, for who asks later what was saved."""
        asked = [*self.kept, ("search", self.text.strip()), ("cell", self.cell)]
        asked.append(("ticked", str(len(self.ticked) or "")))
        return ", ".join(f"{name} {value}" for name, value in asked if value)


def named(page: "Page", frame: pd.DataFrame, columns: Sequence[str] = ()) -> pd.DataFrame:
    """The frame with the manager's name behind the manager's id, and the client's telephone where
    it is among the *columns* asked for."""
    frame = frame.copy()
    names = options.names(page.book) | {EVERYONE: EVERYONE}
    if "manager_id" in frame and "manager_name" not in frame:
        place = list(frame.columns).index("manager_id") + 1
        frame.insert(place, "manager_name", frame["manager_id"].map(names))
    for column in frame.columns.intersection(["who", "owner"]):
        frame[column] = frame[column].map(lambda each: names.get(each, each))
    if "phone" in columns and "phone" not in frame:
        clients = page.book.clients
        phones = pd.Series(clients["phone"].array, clients["client_id"].astype(object))
        frame["phone"] = phones.reindex(frame["client_id"]).array
    return frame


class Listed(NamedTuple):
    """A table shown as a list of its rows (see Page.list)."""

    by: str
    columns: list[str]  # none: all
    tells: Callable[[pd.DataFrame], pd.Series] | None
    across: str

    def put(self, page: "Page", card: Card) -> None:
        """The rows of a card, and the columns shown of them."""
        card.rows = named(page, card.frame, self.columns)
        if self.across and "metric" in card.rows:
            card.rows, card.about = side_by_side(card.rows, card.about, self.across)
        elif self.across:
            card.rows = across(card.rows, self.across)
        if self.tells:
            card.rows = card.rows.assign(detail=self.tells(card.rows))
        told = card.rows.columns[card.rows.notna().any()]
        card.columns = [each for each in self.columns or shown_columns(card.rows)
                        if each in told or each not in _IF_KNOWN]  # fmt: skip
        if not page.is_shown:
            card.rows = found(card, State(by=self.by))


_IF_KNOWN = ("phone", "email", "tags", "open")  # columns that are left out where nothing is known


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


_VERDICT = "_verdict"  # behind the name of a column: that of each of its values


def side_by_side(frame: pd.DataFrame, about: About, value: str) -> tuple[pd.DataFrame, About]:
    """Of a row per manager and figure (columns metric, label, unit, place, verdict) a row per
    manager with a column per figure; and what such a table says about itself."""
    told = frame.sort_values("place", kind="stable").drop_duplicates("metric").set_index("metric")
    managers = frame.set_index(["manager_id", "manager_name", "metric"])
    numbers = managers[value].unstack()[[*told.index]]
    verdicts = managers["verdict"].unstack().add_suffix(_VERDICT)
    units = about.units | told["unit"].to_dict()
    labels = about.labels | told["label"].to_dict()
    about = dataclasses.replace(about, units=units, labels=labels)
    return numbers.join(verdicts).reset_index(), about


def shown_columns(frame: pd.DataFrame) -> list[str]:
    """The columns a reader sees: names, not identifiers."""
    return [name for name in frame if name not in HIDDEN and not name.endswith(("_id", _VERDICT))]


def found(card: Card, state: State) -> pd.DataFrame:
    """The rows in the cell that hold the text in a column shown, as it is read there; sorted."""
    frame = card.rows
    for column, value in urllib.parse.parse_qsl(state.cell, keep_blank_values=True):
        frame = frame[frame[column] == value]
    for column, value in state.kept:
        frame = frame[_has(frame[column], value)]
    text = state.text.strip()
    if text:
        holds = pd.Series(False, index=frame.index)
        for column in columns(card, state):
            holds |= _holds(column, frame[column], text)
        frame = frame[holds]
    by = _sorted_by(card, state)
    if by in frame:
        frame = frame.sort_values(by, ascending=not state.falling, kind="stable")
    is_company = _is_company(frame)  # whose row stands below the others
    return pd.concat([frame[~is_company], frame[is_company]]) if is_company.any() else frame


def _sorted_by(card: Card, state: State) -> str:
    """The column asked for; where nothing is known of it, the first known one of money."""
    rows, by = card.rows, state.by
    if by in rows and rows[by].isna().all():
        known = [name for name in columns(card, state) if rows[name].notna().any()]
        by = next((name for name in known if words.unit(name) == "money"), by)
    return by


def saved(card: Card, state: State) -> pd.DataFrame:
    """The rows and columns that go to Excel: the ticked ones; where none is, all that are found."""
    frame = found(card, state)
    if state.ticked:
        frame = frame[frame["client_id"].isin(state.ticked)]
    return frame[columns(card, state)]


def columns(card: Card, state: State) -> list[str]:
    """The columns shown: the usual ones, with those that were added and without those left out."""
    usual = [name for name in card.columns if name not in state.changed or name == card.columns[0]]
    return usual + [name for name in card.rows if name in state.changed - {*card.columns}]


def _has(values: pd.Series, value: str) -> pd.Series:
    """Which texts are a value, or hold it among several."""
    several = rf"(?:^|[,;])\s*{re.escape(value)}\s*(?:$|[,;])"
    return values.astype("str").str.contains(several, regex=True, na=False)


def values_of(frame: pd.DataFrame, column: str) -> list[str]:
    """The values that a column's rows are kept by; of texts that hold several, each."""
    texts = frame[column].dropna().astype(str).unique()
    return sorted({each.strip() for text in texts for each in re.split("[,;]", text)} - {""})


def _is_company(frame: pd.DataFrame) -> pd.Series:
    return frame.get("manager_id", pd.Series("", frame.index)) == EVERYONE


def _holds(column: str, values: pd.Series, text: str) -> pd.Series:
    """In which rows what a reader sees in a column holds the text, in any case."""
    unit, folded = words.unit(column), text.casefold()
    if unit in display.NUMBERS and not any(map(str.isdigit, text)):
        return pd.Series(False, index=values.index)
    known = values.dropna().unique()
    if len(known) > _MANY and unit in ("text", "name"):  # as they are: what is shown takes long
        found = [value for value in known if folded in value.casefold()]
    else:
        found = [value for value in known if folded in display.shown(unit, value).casefold()]
    return values.isin(found)


_MANY = 10_000


def as_html(
    card: Card,
    state: State,
    *,
    is_static: bool,
    links: dict[str, str] | None,
    clients: Clients = NO_PAGES,
) -> str:
    """One page of the rows of a list, and which these are. *links*: addresses of topics; None:
    nothing leads anywhere."""
    if card.frame.empty:  # its title says so
        return ""
    frame = found(card, state)
    is_company = _is_company(frame)
    company, frame = frame[is_company], frame[~is_company]
    last = max(0, (len(frame) - 1) // MOST_ROWS)
    state.page = min(max(state.page, 0), last)
    start = state.page * MOST_ROWS
    stop = min(len(frame), start + MOST_ROWS)
    shown, seen = columns(card, state), pd.concat([frame.iloc[start:stop], company])
    by = _sorted_by(card, state)
    inside = _inside(card, seen, links) | _to_clients(seen, *clients)
    if state.can_tick:
        inside[shown[0]] = _to_tick(seen, state, inside.get(shown[0]))
    bar = next((name for name in shown if name in ("revenue", "money", by)
                and words.unit(name) == "money"), "")  # fmt: skip
    content = display.html(
        frame,
        shown,
        bar,
        rows=(start, stop),
        inside=inside,
        total=company if len(company) else None,
        order="" if is_static else f"{by} {'falling' if state.falling else 'rising'}",
    )
    text = words._("rows {first} to {last} of {number}").format(
        first=words.count(min(start + 1, len(frame))),
        last=words.count(stop),
        number=words.count(len(frame)),
    )
    if frame.empty:
        searched = words._("Nothing found for “{text}”.").format(text=state.text.strip())
        text = searched if state.text.strip() else words._("No rows.")
    if is_static and stop < len(card.frame) <= MOST_EMBEDDED:
        text = words._("{rows}; the Excel file has them all").format(rows=text)
    if any(name.endswith(_VERDICT) for name in frame):
        text = f"{text}. {paint.what_signs_mean()}"
    ids = ""
    if clients.address and "client_id" in frame:  # for Previous and Next on a client's page
        near = frame["client_id"].iloc[max(0, start - MOST_WALKED) : stop + MOST_WALKED]
        ids = f"<span data-clients='{' '.join(map(quoted, near))}' hidden></span>"
    chip = ""
    if state.ticked:
        said = words.plural("{number} ticked", "{number} ticked", len(state.ticked))
        chip = (
            f"<button type='button' class='co-ticked' data-tick=''>{html.escape(said)} ✕</button>"
        )
    if state.cell:
        cell = html.escape(state.cell, quote=True)
        chip += f"<button type='button' class='co-filter' data-cell='{cell}'>"
        chip += f"{cell_text(state.cell)} <span aria-hidden='true'>✕</span></button>"
    return f"{chip}{content}{ids}<p class='co-subtitle' role='status'>{html.escape(text)}</p>"


def _inside(card: Card, frame: pd.DataFrame, links: dict[str, str] | None) -> dict[str, pd.Series]:
    """What stands around the texts of cells, by column: the sign of a verdict, an address, or what
    chooses the row's manager."""
    verdicts = [name for name in card.columns if f"{name}{_VERDICT}" in frame]
    inside = {name: frame[f"{name}{_VERDICT}"].map(_signed) for name in verdicts}
    if links is not None and "topic" in frame:
        addresses = {
            topic: f"<a href='{html.escape(link)}'>{{}}</a>" for topic, link in links.items()
        }
        # The name of a client, and of a manager, leads to these.
        plain = (name for name in card.columns if name not in _LEADING)
        column = next(plain, card.columns[0])
        inside[column] = frame["topic"].map(addresses)
    if links is not None and "manager_id" in frame:
        inside["manager_name"] = frame["manager_id"].map(_choosing)
    return inside


_LEADING = ("client_name", "phone", "manager_name")


def _to_clients(
    frame: pd.DataFrame, address: str, known: Collection[str] | None
) -> dict[str, pd.Series]:
    """What leads from clients' names to their pages."""
    if not address or "client_id" not in frame or "client_name" not in frame:
        return {}
    ids = frame["client_id"].astype(object)
    start = html.escape(address, quote=True)
    led = ids.map(lambda each: f"<a class='co-client' href='{start}{quoted(each)}'>{{}}</a>")
    return {"client_name": led.where(ids.isin(known)) if known is not None else led}


def _to_tick(frame: pd.DataFrame, state: State, inside: pd.Series | None) -> pd.Series:
    """A box to tick before what stands in a row's first cell."""
    label = html.escape(words._("Tick this row"), quote=True)

    def box(client_id: str) -> str:
        is_on = " checked" if client_id in state.ticked else ""
        name = html.escape(client_id, quote=True).replace("{", "&#123;")
        return f"<input type='checkbox' data-tick='{name}' aria-label='{label}'{is_on}> "

    boxes = frame["client_id"].astype(object).map(box)
    return boxes + (inside.fillna("{}") if inside is not None else "{}")


def _signed(verdict: object) -> str:
    tone = paint.judged(verdict)
    return f"<span class='co-{tone}'>{paint.SIGNS[verdict]} {{}}</span>" if tone else "{}"


def _choosing(manager_id: str) -> str:
    asked = html.escape(urllib.parse.urlencode({"manager_id": manager_id}), quote=True)
    return f"<button type='button' data-own='{asked}'>{{}}</button>"


def columns_of(cell: str) -> list[str]:
    """The columns that a cell names."""
    return [column for column, _ in urllib.parse.parse_qsl(cell, keep_blank_values=True)]


def cells(frame: pd.DataFrame, grids: Sequence[list[str]]) -> options.Options:
    """The cells that filter a list, in the words that figures give them. *frame*: of the figures,
    *grids*: the columns that each of them has cells of."""
    named = []
    for keys in grids:
        pairs = frame[keys].drop_duplicates().sort_values(keys).itertuples(index=False)
        cells = [dict(zip(keys, pair, strict=True)) for pair in pairs]
        named += [(" · ".join(cell.values()), urllib.parse.urlencode(cell)) for cell in cells]
    return [(words._("all cells"), ""), *named]


def cell_text(cell: str) -> str:
    """A cell as a reader reads it: Volume class A, Regularity class X."""
    pairs = urllib.parse.parse_qsl(cell, keep_blank_values=True)
    return html.escape(", ".join(f"{words.label(c)} {v}" for c, v in pairs))
