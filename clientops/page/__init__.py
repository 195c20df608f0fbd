"""What a notebook calls: one page, three doors.

`open_page` opens the book, reads the parameters (of the notebook, or of the address in a browser),
and gives cards that redraw when a control changes. With $CLIENTOPS_STATIC set there are no widgets:
each card is drawn once, as HTML that needs nothing else.
"""

import base64
import dataclasses
import html
import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets
import pandas as pd
from IPython.display import HTML, display
from matplotlib.figure import Figure

from clientops import book as books
from clientops import figures, periods, tables, words
from clientops.errors import ClientOpsError
from clientops.page.choices import (
    EVERYONE,
    MEASURES,
    METHODS,
    Choices,
    checked,
    of_address,
    options_of,
)

STYLE = Path(__file__).parent / "page.css"
ROWS = 25  # of a list at a time


def open_page(
    topic: str,
    *,
    data: str = "",
    month: str = "",
    manager_id: str = EVERYONE,
    team: str = "",
    client_group: str = "",
    measure: str = MEASURES[0],
    window_months: int = 0,
    xyz_by: str = "",
) -> "Page":
    """Open the page of a topic and show its header and controls.

    *data*: the data folder; empty: $CLIENTOPS_DATA, else data/sample. *month*: `2026-10`; empty:
    the last complete one. *manager_id*: `*` is everyone. The others stand behind *Filters*. In a
    browser the address overrides them all; values that cannot be are a sentence on the page.
    """
    given = Choices(month, str(manager_id), team, client_group, measure, window_months, xyz_by)
    page = Page(topic, books.open_book(data))
    try:
        page.choices = checked(page.book, of_address(given, os.environ.get("QUERY_STRING", "")))
    except ClientOpsError as error:
        page.broken = str(error)
        page.choices = checked(page.book, Choices())
    page.open()
    return page


class PageTable:
    """A metric table on a page: `frame` is what the controls ask for, a plain DataFrame."""

    def __init__(self, page: "Page", function: Callable[..., pd.DataFrame], settings: dict) -> None:
        self._page = page
        self.function = function
        self.settings = settings
        self._made: tuple[Choices, pd.DataFrame] | None = None

    def __repr__(self) -> str:
        return f"<{self.function.__name__}: {len(self.frame)} rows, {self._page.choices.month}>"

    @property
    def frame(self) -> pd.DataFrame:
        """The table's rows at the controls' values."""
        if self._made is None or self._made[0] != self._page.choices:
            self._made = self._page.choices, self._page.rows_of(self.function, self.settings)
        return self._made[1]


class Page:
    """A page while it is open; `open_page` makes it. `book` holds the plain DataFrames."""

    def __init__(self, topic: str, book: books.Book) -> None:
        self.topic = topic
        self.book = book
        self.choices = Choices()
        self.broken = ""  # what is wrong with the parameters
        self.is_static = bool(os.environ.get("CLIENTOPS_STATIC"))
        self._drawings: list[tuple[Callable[[], str], ipywidgets.HTML]] = []
        self._address = ipywidgets.HTML() if not self.is_static else None

    def __repr__(self) -> str:
        return f"<Page {self.topic}: {self.choices.query or 'as it opens'}, {self.book!r}>"

    @property
    def month(self) -> pd.Timestamp:
        """The month the page shows."""
        return periods.parse_month(self.choices.month)

    def _words(self) -> Any:
        return words.using(self.book.company.language, self.book.company.currency)

    # --- header and controls ---

    def open(self) -> None:
        """Show the header and, where the page lives, its controls."""
        header = "" if "QUERY_STRING" in os.environ else self._header()  # the server has its own
        display(HTML(f"<style>{STYLE.read_text(encoding='utf-8')}</style>{header}"))
        if self.broken:
            with self._words():
                back = html.escape(words._("Show the page as it opens"))
                display(HTML(f"<p class='co-broken'>{html.escape(self.broken)}. "
                             f"<a href='?'>{back}</a></p>"))  # fmt: skip
        elif not self.is_static:
            display(self._controls(), self._address)

    def _header(self) -> str:
        with self._words():
            parts = [
                f"<strong>{html.escape(self.book.company.name)}</strong>",
                html.escape(words._("data up to {day}").format(
                    day=words.date(self.book.data_until))),
            ]  # fmt: skip
            if self.is_static:
                parts.append(html.escape(self._scope()))
            return f"<div class='co-header'>{' · '.join(parts)}</div>"

    def _controls(self) -> ipywidgets.Widget:
        with self._words():
            months = pd.date_range(self.book.first_month, self.book.last_month, freq="MS")[::-1]
            first = [
                self._control("month", words._("Month"),
                              [(words.month(m), periods.label(m)) for m in months]),
                self._control("manager_id", words._("Manager"), self._managers()),
            ]  # fmt: skip
            options = options_of(self.book)
            every = (words._("all"), "")
            setting = self.book.settings.portfolio
            more = [
                self._control("team", words._("Team"), [every, *_pairs(options["team"])]),
                self._control("client_group", words._("Client group"),
                              [every, *_pairs(options["client_group"])]),
                self._control("measure", words._("Measure"),
                              [(words._("clients"), "clients"), (words._("money"), "revenue")]),
                self._control("window_months", words._("Window"),
                              [(self._months(n), 0 if n == setting.window_months else n)
                               for n in options["window_months"]]),
                self._control("xyz_by", words._("Regular by"),
                              [(words._(m), "" if m == setting.xyz_by else m) for m in METHODS]),
            ]  # fmt: skip
            filters = ipywidgets.Accordion([ipywidgets.HBox(more)], titles=[words._("Filters")])
        filters.children[0].add_class("co-row")
        row = ipywidgets.HBox(first)
        row.add_class("co-row")
        box = ipywidgets.VBox([row, filters])
        box.add_class("co-controls")
        return box

    def _managers(self) -> list[tuple[str, str]]:
        names = self.book.managers.set_index("manager_id")["manager_name"].astype(object).to_dict()
        named = [
            (str(names.get(each) or words.value(each)), each) for each in self.book.manager_ids
        ]
        return [(words._("everyone"), EVERYONE), *sorted(named)]

    @staticmethod
    def _months(number: int) -> str:
        return words.plural("{number} month", "{number} months", number)

    def _control(self, name: str, label: str, options: list) -> ipywidgets.Dropdown:
        value = getattr(self.choices, name)
        control = ipywidgets.Dropdown(options=options, value=value, description=label)
        control.observe(lambda change: self._choose(name, change["new"]), names="value")
        return control

    def _choose(self, name: str, value: Any) -> None:
        """A control changed: nothing old stays to be read while the new is worked out."""
        if value is None:  # not one of the options
            return
        for _draw, widget in self._drawings:
            widget.add_class("co-working")
        self.choices = checked(self.book, dataclasses.replace(self.choices, **{name: value}))
        query = html.escape(self.choices.query, quote=True)
        self._address.value = f"<span class='co-address' data-query='{query}' hidden></span>"
        for draw, widget in self._drawings:
            widget.value = draw()
            widget.remove_class("co-working")

    # --- tables, cards, lists ---

    def table(self, function: Callable[..., pd.DataFrame], **settings: Any) -> PageTable:
        """A metric table of this page; `.frame` is a plain DataFrame at the controls' values."""
        return PageTable(self, function, settings)

    def rows_of(self, function: Callable[..., pd.DataFrame], settings: dict) -> pd.DataFrame:
        """The rows of a table for the month, managers and clients that are chosen."""
        chosen, book = self.choices, self.book
        takes_rules = "rules" in inspect.signature(function).parameters
        changed = self._changed() if takes_rules else {}
        if chosen.client_group:
            clients = book.clients
            group = clients["client_group"] == chosen.client_group
            book = book.of_clients(clients["client_id"][group])
        frame = book.compute(function, chosen.month, **(changed | settings))
        if "manager_id" not in frame:
            return frame
        wanted = frame["manager_id"] == EVERYONE
        if chosen.manager_id != EVERYONE:
            wanted |= frame["manager_id"] == chosen.manager_id
        elif chosen.team:
            managers = self.book.managers
            team = managers["manager_id"][managers["team"] == chosen.team].astype(str)
            wanted |= frame["manager_id"].isin(team)
        else:
            wanted |= True
        return frame[wanted].reset_index(drop=True)

    def _changed(self) -> dict[str, Any]:
        """The settings that the controls change."""
        asked = {"window_months": self.choices.window_months, "xyz_by": self.choices.xyz_by}
        return {name: value for name, value in asked.items() if value}

    def card(
        self,
        table: PageTable,
        figure: Callable[..., Figure],
        *,
        says: Callable[[pd.DataFrame], str] | None = None,
        **options: Any,
    ) -> None:
        """A card: the finding that *says* makes of the frame, the figure of it, how it is made."""

        def draw() -> str:
            with self._words():
                frame = table.frame
                finding = self._finding(says, frame) if says else ""
                chosen = dict(options)
                if "measure" in inspect.signature(figure).parameters:
                    chosen.setdefault("measure", self.choices.measure)
                widths = {"co-wide": figures.WIDE}
                if self.is_static:  # who reads it is not known: the style sheet picks one
                    widths["co-narrow"] = figures.PHONE
                picture = "".join(
                    f"<div class='co-figure {kind}'>"
                    f"{figures.svg(figure(frame, width=width, **chosen), finding)}</div>"
                    for kind, width in widths.items()
                    if len(frame)
                )
                return self._card(table, finding, picture)

        self._show(draw, table)

    def list(self, table: PageTable, *, linked_to: PageTable | None = None) -> None:
        """The rows of a table with names for ids, largest revenue first, searched and paged.

        *linked_to*: a table with the cells abc × xyz; its cells are offered as a filter.
        """
        state = {"text": "", "cell": "", "page": 0}

        def draw() -> str:
            with self._words():
                frame = self._named(table.frame)
                frame = _found(frame, state["text"], state["cell"])
                hidden = {"month", "window_months", *(c for c in frame if c.endswith("_id"))}
                columns = [column for column in frame if column not in hidden]
                if "revenue" in columns:
                    frame = frame.sort_values("revenue", ascending=False, kind="stable")
                last = max(0, (len(frame) - 1) // ROWS)
                state["page"] = min(max(state["page"], 0), last)
                start = 0 if self.is_static else state["page"] * ROWS
                stop = len(frame) if self.is_static else start + ROWS
                content = tables.html(
                    frame, columns, "revenue" if "revenue" in columns else "", rows=(start, stop)
                )
                shown = words._("rows {first} to {last} of {number}").format(
                    first=words.count(min(start + 1, len(frame))),
                    last=words.count(min(stop, len(frame))), number=words.count(len(frame)),
                )  # fmt: skip
                return self._card(table, "", f"{content}<p class='co-subtitle'>{shown}</p>")

        if not self.is_static and not self.broken:
            display(self._list_controls(state, linked_to, draw))
        self._show(draw, table)

    def _named(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with the manager's name behind the client's."""
        if "manager_id" not in frame or "manager_name" in frame:
            return frame
        names = {value: name for name, value in self._managers()}
        place = list(frame.columns).index("manager_id") + 1
        frame = frame.copy()
        frame.insert(place, "manager_name", frame["manager_id"].map(names))
        return frame

    def _list_controls(
        self, state: dict[str, Any], linked_to: PageTable | None, draw: Callable[[], str]
    ) -> ipywidgets.Widget:
        with self._words():
            search = ipywidgets.Text(placeholder=words._("Search"), continuous_update=False)
            cells = ipywidgets.Dropdown(options=_cells(linked_to))
            back = ipywidgets.Button(description="‹", tooltip=words._("Previous rows"))
            on = ipywidgets.Button(description="›", tooltip=words._("Next rows"))

        def redraw(**changes: Any) -> None:
            state.update(changes)
            widget = next(widget for drawing, widget in self._drawings if drawing is draw)
            widget.value = draw()

        search.observe(lambda change: redraw(text=change["new"] or "", page=0), names="value")
        cells.observe(lambda change: redraw(cell=change["new"] or "", page=0), names="value")
        back.on_click(lambda _: redraw(page=state["page"] - 1))
        on.on_click(lambda _: redraw(page=state["page"] + 1))
        row = ipywidgets.HBox([search, *([cells] if linked_to else []), back, on])
        row.add_class("co-row")
        return row

    def _finding(self, says: Callable[..., str], frame: pd.DataFrame) -> str:
        """One sentence of the frame; some need to know how long a window is."""
        months = self.choices.window_months or self.book.settings.portfolio.window_months
        takes_window = "window_months" in inspect.signature(says).parameters
        return says(frame, window_months=months) if takes_window else says(frame)

    def _show(self, draw: Callable[[], str], table: PageTable) -> None:
        if self.broken:
            return
        if self.is_static:
            display(HTML(draw()))
            return
        widget = ipywidgets.HTML(draw())
        self._drawings.append((draw, widget))
        display(widget, self._excel_button(table))

    def _excel_button(self, table: PageTable) -> ipywidgets.Widget:
        """Makes the file when it is asked for: as long as all figures together take to draw."""
        button = ipywidgets.Button(description="Excel", tooltip=words._("This table as a workbook"))
        link = ipywidgets.HTML()

        def make(_: object) -> None:
            with self._words():
                link.value = _excel(table)

        button.on_click(make)
        row = ipywidgets.HBox([button, link])
        row.add_class("co-row")
        return row

    def _card(self, table: PageTable, finding: str, content: str) -> str:
        title = finding or _summary(table.function)
        return (
            f"<section class='co-card'><h2>{html.escape(title)}</h2>"
            f"<p class='co-subtitle'>{html.escape(self._scope())}</p>{content}"
            f"<footer>{self._definition(table)}{_excel(table) if self.is_static else ''}</footer>"
            "</section>"
        )

    def _scope(self) -> str:
        """Period and scope in words: window Nov 2025 – Oct 2026, EUR, Ivanov's portfolio."""
        months = self.choices.window_months or self.book.settings.portfolio.window_months
        first = max(periods.add_months(self.month, 1 - months), self.book.first_month)
        whose = {value: name for name, value in self._managers()}[self.choices.manager_id]
        parts = [
            f"{words.month(first)} – {words.month(self.month)}",
            self.book.company.currency,
            words._("portfolio of {manager}").format(manager=whose),
            self.choices.team,
            self.choices.client_group,
        ]
        return ", ".join(part for part in parts if part)

    def _definition(self, table: PageTable) -> str:
        """How a table is calculated: its docstring, and the settings in force."""
        text = inspect.getdoc(table.function) or ""
        paragraphs = [p for p in text.split("\n\n") if not p.startswith("Returns")]
        body = "".join(f"<p>{html.escape(' '.join(p.split()))}</p>" for p in paragraphs)
        rows = words.plural("{number} row", "{number} rows", len(table.frame))
        rules = getattr(self.book.settings, table.function.__module__.rpartition(".")[2], None)
        values = dataclasses.asdict(rules) if dataclasses.is_dataclass(rules) else {}
        values |= self._changed()
        listed = "; ".join(f"{key} = {value}" for key, value in (values | table.settings).items())
        how = html.escape(words._("How this is calculated"))
        return (
            f"<details class='co-how'><summary>{how}</summary>{body}"
            f"<p>{html.escape(rows)}. {html.escape(listed)}</p></details>"
        )


def _pairs(texts: list[str]) -> list[tuple[str, str]]:
    """Options that are called what they are."""
    return [(text, text) for text in texts]


def _found(frame: pd.DataFrame, text: str, cell: str) -> pd.DataFrame:
    """The rows that hold *text* in any of their names, and stand in the *cell* such as AX."""
    if cell:
        frame = frame[frame["abc"] + frame["xyz"] == cell]
    if text.strip():
        holds = pd.Series(False, index=frame.index)
        for column in frame.columns[frame.dtypes == "str"]:
            holds |= frame[column].fillna("").str.contains(text.strip(), case=False, regex=False)
        frame = frame[holds]
    return frame


def _cells(table: PageTable | None) -> list[tuple[str, str]]:
    if table is None:
        return []
    cells = sorted(set(table.frame["abc"] + table.frame["xyz"]))
    return [(words._("all cells"), ""), *((" · ".join(cell), cell) for cell in cells)]


def _summary(function: Callable[..., Any]) -> str:
    return (inspect.getdoc(function) or function.__name__).splitlines()[0]


def _excel(table: PageTable) -> str:
    """A link that holds the table as an Excel file."""
    label = html.escape(words._("Save as Excel"))
    content = base64.b64encode(tables.workbook(table.frame)).decode()
    name = f"{table.function.__name__}.xlsx"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return f"<a class='co-excel' download='{name}' href='data:{kind};base64,{content}'>{label}</a>"
