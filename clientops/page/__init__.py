"""What a notebook calls: one page, three doors.

`open_page` opens the book, reads the parameters (of the notebook, or of the address in a browser),
and gives cards that redraw when a control changes. With $CLIENTOPS_STATIC set there are no widgets:
each card is drawn once, as HTML that needs nothing else. Under a server ($QUERY_STRING is there)
the book is opened for $CLIENTOPS_VIEWER, and clicks on the page's HTML come as lines of one hidden
text field.
"""

import contextvars
import dataclasses
import html
import inspect
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ipywidgets
import pandas as pd
from IPython import get_ipython
from IPython.display import HTML, display
from matplotlib.figure import Figure

from clientops import book as books
from clientops import periods, words
from clientops.errors import ClientOpsError
from clientops.page import card_cache, cards, controls, lists, options, scope, workbook
from clientops.page.choices import EVERYONE, FILTERS, MEASURES, Choices, checked, of_address
from clientops.page.table import Choice, PageTable

STYLE = Path(__file__).parent / "page.css"
SCREENS = ("desk", "tablet", "phone")
# A book that is open already, for pages run one after the other by the same viewer.
open_already: contextvars.ContextVar[books.Book] = contextvars.ContextVar("open_already")


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
    filters: Sequence[str] = FILTERS,
) -> "Page":
    """Open the page of a topic and show its header and controls.

    *data*: the data folder; empty: $CLIENTOPS_DATA, else data/sample. *month*: `2026-10`; empty:
    the last complete one. *manager_id*: `*` is everyone. The others stand behind *Filters*, of
    which *filters* names those that this page offers. In a browser the address overrides them all;
    values that cannot be are a sentence on the page.
    """
    given = Choices(month, str(manager_id), team, client_group, measure, window_months, xyz_by)
    book = open_already.get(None) or books.open_book(data, books.viewer_of_environment())
    page = Page(topic, book, filters)
    try:
        page.choices = checked(page.book, of_address(given, os.environ.get("QUERY_STRING", "")))
    except ClientOpsError as error:
        page.broken = str(error)
        page.choices = checked(page.book, Choices())
    page.open()
    return page


class Page:
    """A page while it is open; `open_page` makes it. `book` holds the plain DataFrames."""

    def __init__(self, topic: str, book: books.Book, filters: Sequence[str] = FILTERS) -> None:
        self.topic = topic
        self.book = book
        self.choices = Choices()
        self.broken = ""  # what is wrong with the parameters
        self.is_static = bool(os.environ.get("CLIENTOPS_STATIC"))
        self.is_shown = os.environ.get("CLIENTOPS_STATIC") != "cards"  # else only its cards count
        self.is_served = "QUERY_STRING" in os.environ
        self.cards: list[cards.Card] = []  # of a static page, as they were drawn
        self.filters = filters
        self.screen = os.environ.get("CLIENTOPS_SCREEN", SCREENS[0])
        self._drawings: list[tuple[Callable[[], str], ipywidgets.HTML]] = []
        self._lists: list[tuple[lists.State, PageTable, Callable[[], None]]] = []
        self._tables: dict[str, PageTable] = {}
        self._said: dict[str, Callable[[], cards.Card]] = {}  # problems, and whose card says them
        self._controls = None if self.is_static else controls.Controls(self)

    def __repr__(self) -> str:
        return f"<Page {self.topic}: {self.choices.query or 'as it opens'}, {self.book!r}>"

    @property
    def month(self) -> pd.Timestamp:
        """The month the page shows."""
        return periods.parse_month(self.choices.month)

    @property
    def subject(self) -> str:
        """Whom the page speaks of: the chosen manager, nobody of a team, else the company."""
        several = self.choices.team or self.book.viewer.role == "lead"
        chosen = self.choices.manager_id
        return "" if several and chosen == EVERYONE else chosen

    def words(self) -> Any:
        """A context in which everything is written as the company writes."""
        return words.using(self.book.company.language, self.book.company.currency)

    # --- header and controls ---

    def open(self) -> None:
        """Show the header and, where the page lives, its controls."""
        header = "" if self.is_served else self._header()  # the server has its own
        display(HTML(f"<style>{STYLE.read_text(encoding='utf-8')}</style>{header}"))
        if self.broken:
            self._say_broken()
        elif self._controls:
            with self.words():
                display(self._controls.build())

    def _say_broken(self) -> None:
        with self.words():
            back = html.escape(words._("Show the page as it opens"))
            display(HTML(f"<p class='co-broken'>{html.escape(self.broken)}. "
                         f"<a href='?'>{back}</a></p>"))  # fmt: skip

    def _header(self) -> str:
        with self.words():
            parts = [
                f"<strong>{html.escape(self.book.company.name)}</strong>",
                html.escape(words._("data up to {day}").format(
                    day=words.date(self.book.data_until))),
            ]  # fmt: skip
            if self.is_static:
                parts.append(html.escape(scope.in_words(self)))
            return f"<div class='co-header'>{' · '.join(parts)}</div>"

    def choice(self, name: str, offered: options.Offered, default: str = "") -> Choice:
        """A control of this page alone, whose value stands in the address: a table's setting.

        *offered*: pairs of what is read and the value, or a function that gives them, asked again
        when another control changes. The label is that of the column or setting *name*.
        """
        chosen = Choice(self, name, default)
        known = [value for _text, value in options.offered_now(offered)]
        if chosen.value not in known and chosen.value != default and not self.broken:
            self.broken = f"unknown {name} {chosen.value!r}"
            self._say_broken()
        if self._controls and not self.broken:
            with self.words():
                self._controls.add_own(name, offered, chosen.value)
        return chosen

    def months_before(self) -> Callable[[], list[tuple[str, str]]]:
        """Options of a choice: the months before the page's, the latest first."""
        return lambda: options.months_before(self.book, self.month)

    def clients(self) -> Callable[[], list[tuple[str, str]]]:
        """Options of a choice: the clients of the chosen manager, the largest first."""
        return lambda: options.clients(self.book, self.month, self.choices.manager_id)

    def named(self, *values: str) -> Callable[[], list[tuple[str, str]]]:
        """Options of a choice: values of a column, called as tables call them."""
        return lambda: [(words.value(value), value) for value in values]

    def choose(self, **changes: Any) -> None:
        """Controls changed: nothing old stays to be read while the new is worked out."""
        for _draw, widget in self._drawings:
            widget.add_class("co-working")
        own = {name: value for name, value in changes.items() if not hasattr(Choices, name)}
        shared = {name: value for name, value in changes.items() if name not in own}
        choices = dataclasses.replace(self.choices, **shared)
        for name, value in own.items():
            choices = choices.with_own(name, value)
        self.choices = checked(self.book, choices)
        with self.words():
            self._controls.renew()
        self.redraw()

    def redraw(self) -> None:
        """Draw every card anew, each shown as soon as it is ready."""
        for draw, widget in self._drawings:
            widget.value = draw()
            widget.remove_class("co-working")

    # --- tables, cards, lists ---

    def table(self, function: Callable[..., pd.DataFrame], **settings: Any) -> PageTable:
        """A metric table of this page; `.frame` is a plain DataFrame at the controls' values.

        A setting may be a `page.choice`.
        """
        return PageTable(self, function, settings)

    def rows_of(self, function: Callable[..., pd.DataFrame], settings: dict) -> pd.DataFrame:
        """The rows of a table for the month, managers and clients that are chosen."""
        chosen, book = self.choices, self.book
        if chosen.client_group:
            clients = book.clients
            group = clients["client_group"] == chosen.client_group
            book = book.of_clients(clients["client_id"][group])
        if chosen.manager_id != EVERYONE:
            book = book.of_managers([chosen.manager_id])
        elif chosen.team:
            managers = self.book.managers
            book = book.of_managers(managers["manager_id"][managers["team"] == chosen.team])
        month: object = self.month
        if "as_of" in inspect.signature(function).parameters and month == book.month:
            month = ""  # as of the data's end
        return book.compute(function, month, **(self._changed(function) | settings))

    def _changed(self, function: Callable[..., pd.DataFrame]) -> dict[str, Any]:
        """The settings that the controls change, of those the table has."""
        asked = {"window_months": self.choices.window_months, "xyz_by": self.choices.xyz_by}
        known = self.book.rules_of(function)
        return {name: value for name, value in asked.items() if value and name in known}

    def card(
        self,
        table: PageTable,
        figure: Callable[..., Figure],
        *,
        says: Callable[[pd.DataFrame], str] | None = None,
        wide: bool = False,
        **options: Any,
    ) -> None:
        """A card: the finding that *says* makes of the frame, the figure of it, how it is made.

        *wide*: the figure takes the whole page. *options* go to the figure: of another table, its
        frame; of a dict with a value for each measure, the one that is chosen.
        """

        def make() -> cards.Card:
            card = self._card(table, says)
            card.figure, card.is_wide = figure, wide
            card.options = {name: self._option(each) for name, each in options.items()}
            if "links" in inspect.signature(figure).parameters and self.is_served:
                card.options["links"] = self._links(card.frame)
            return card

        file = self._file_of(table)

        def draw() -> str:
            screen = "" if self.is_static else self.screen
            return self._drawn(
                table,
                make,
                lambda card: cards.as_html(card, screen=screen, excel=self._excel(card, file)),
                card_cache.key(table, figure, says, wide, options, self.choices, screen, file),
            )

        self._show(draw, table)

    def _option(self, value: Any) -> Any:
        """What a figure is told: frames for tables, of both measures the chosen one."""
        if isinstance(value, PageTable):
            return value.frame
        is_of_measures = isinstance(value, dict) and set(value) == set(MEASURES)
        return value[self.choices.measure] if is_of_measures else value

    def list(
        self,
        table: PageTable,
        *,
        says: Callable[[pd.DataFrame], str] | None = None,
        by: str = "",
        columns: Sequence[str] | None = None,
        linked_to: PageTable | None = None,
        most: int = 0,
    ) -> None:
        """The rows of a table with names for ids, searched, sorted and paged.

        *by*: sorted by this column, falling; else in the table's order. *columns*: those shown.
        *linked_to*: a table of a grid, whose cells are offered as a filter; a click on a cell of a
        grid filters too. *most*: only so many rows, the first. Rows with a column `topic` lead to
        its page.
        """
        state = lists.State(by=by)

        def make() -> cards.Card:
            card = self._card(table, says)
            card.rows = self._named(card.frame).head(most or None)
            if not self.is_shown:
                card.rows = lists.found(card.rows, state)
            card.columns = [*(columns or lists.shown_columns(card.rows))]
            return card

        def draw() -> str:
            def shown(card: cards.Card) -> str:
                links = self._links(card.frame) if self.is_served else {}
                rows = lists.as_html(card, state, is_static=self.is_static, links=links)
                return cards.as_html(card, content=rows, excel=self._excel(card, file))

            is_as_opened = state == lists.State(by=by)
            name = card_cache.key(table, says, by, columns, most, self.choices, file)
            return self._drawn(table, make, shown, name if is_as_opened else "")

        file = self._file_of(table)
        before = None
        if self._controls and not self.broken:
            with self.words():
                other = linked_to.frame if linked_to else None
                before = controls.of_list(state, lists.cells(table.frame, other),
                                          lambda: self._redraw_one(draw))  # fmt: skip
        self._lists.append((state, table, lambda: self._redraw_one(draw)))
        self._show(draw, table, before)

    def _card(self, table: PageTable, says: Callable[..., str] | None) -> cards.Card:
        frame = table.frame
        self._check_somebody_is_left(frame)
        settings = self.book.rules_of(table.function) | self._changed(table.function)
        return cards.Card(
            name=table.name,
            title=self._finding(says, frame) if says else cards.summary(table.function),
            subtitle=scope.in_words(self, table.function, frame),
            frame=frame,
            about=table.function.about,
            definition=cards.definition(table.function, len(frame), settings | table.settings),
            settings=table.settings,
            subject=self.subject,
        )

    def _check_somebody_is_left(self, frame: pd.DataFrame) -> None:
        """The company's rows alone are not what was asked for where somebody is chosen."""
        chosen = self.choices
        if "manager_id" not in frame or (chosen.manager_id == EVERYONE and not chosen.team):
            return
        if len(frame) and (frame["manager_id"] == EVERYONE).all():
            names = {value: name for name, value in options.managers(self.book)}
            name = names.get(chosen.manager_id, chosen.team)
            text = words._("nothing to show for {name} in this period")
            raise ClientOpsError(text.format(name=name))

    def _drawn(
        self,
        table: PageTable,
        make: Callable[[], cards.Card],
        shown: Callable[[cards.Card], str],
        name: str,
    ) -> str:
        """A card's HTML, kept under *name*; a sentence where the data lack something, or where it
        fails on a page."""
        card: cards.Card | None = None

        def draw() -> str:
            nonlocal card
            card = make()
            return shown(card) if self.is_shown else ""

        with self.words(), words.telling(table.function.about, self.subject):
            self._said = {said: by for said, by in self._said.items() if by is not make}
            try:
                content = card_cache.drawn(name, draw)
            except ClientOpsError as error:
                problem = f"{str(error)[:1].upper()}{str(error)[1:]}."
                card = self._without(table, problem)
                is_news = self._said.setdefault(problem, make) is make  # once is enough for a page
                content = cards.as_html(card) if is_news else ""
            except Exception as error:
                report = getattr(get_ipython(), "report_error", None)  # a served page's kernel
                if report is None:
                    raise
                card = self._without(table, report(error))
                content = cards.as_html(card)
            if self.is_static:
                self.cards.append(card)
            return content

    def _without(self, table: PageTable, problem: str) -> cards.Card:
        title = cards.summary(table.function)
        return cards.Card(
            table.name,
            title,
            scope.in_words(self, table.function),
            pd.DataFrame(),
            table.function.about,
            [],
            problem=problem,
        )

    def _named(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with the manager's name behind the client's."""
        if "manager_id" not in frame or "manager_name" in frame:
            return frame
        names = {value: name for name, value in options.managers(self.book)}
        place = list(frame.columns).index("manager_id") + 1
        frame = frame.copy()
        frame.insert(place, "manager_name", frame["manager_id"].map(names))
        return frame

    def _finding(self, says: Callable[..., str], frame: pd.DataFrame) -> str:
        """One sentence of the frame; some need to know how long a window is."""
        months = self.choices.window_months or self.book.settings.portfolio.window_months
        takes_window = "window_months" in inspect.signature(says).parameters
        return says(frame, window_months=months) if takes_window else says(frame)

    def _show(
        self, draw: Callable[[], str], table: PageTable, before: ipywidgets.Widget | None = None
    ) -> None:
        if self.broken:
            return
        if self.is_static:
            display(HTML(draw()))
            return
        widget = ipywidgets.HTML(draw())
        self._drawings.append((draw, widget))
        after = None if self.is_served else controls.excel_button(self, table)
        box = ipywidgets.VBox([each for each in (before, widget, after) if each is not None])
        box.add_class("co-wide-box" if "co-wide-card" in widget.value else "co-box")
        display(box)

    def _redraw_one(self, draw: Callable[[], str]) -> None:
        widget = next(widget for drawing, widget in self._drawings if drawing is draw)
        widget.value = draw()

    def _links(self, frame: pd.DataFrame) -> dict[str, str]:
        """The addresses of the topics in a frame, with month and manager kept."""
        topics = frame["topic"].dropna().unique() if "topic" in frame else []
        query = dataclasses.replace(Choices(), month=self.choices.month,
                                    manager_id=self.choices.manager_id).query  # fmt: skip
        return {topic: f"/{topic}?{query}" for topic in topics}

    def _file_of(self, table: PageTable) -> str:
        """The name of a table's Excel file, under which it can be asked for."""
        name = workbook.file_name(self._tables, table)
        self._tables[name] = table
        return name

    def _excel(self, card: cards.Card, file: str) -> str:
        """What the footer offers: the file itself, or a button that asks for it."""
        if self.is_static:
            return cards.excel_link(card.name, card.frame, card.about, cards.MOST_EMBEDDED)
        label = html.escape(words._("Excel"))
        button = f"<button type='button' class='co-excel' data-excel='{file}'>{label}</button>"
        return button if self.is_served else ""

    # --- what the page's HTML asks for ---

    def asked(self, line: str) -> None:
        """A click on the page: `<number> <verb> <value>`; what cannot be is ignored."""
        _number, verb, value = (*line.split(" ", 2), "", "")[:3]
        if verb == "screen" and value in SCREENS and value != self.screen:
            self.screen = value
            self.redraw()
        elif verb == "excel" and value in (*self._tables, workbook.WHOLE):
            with self.words():
                self._controls.give_file(workbook.link(self, self._tables, value))
        elif verb == "cell":
            for state, table, redraw in self._lists:
                if set(lists.columns_of(value)) <= set(table.frame):
                    state.cell, state.page = ("" if state.cell == value else value), 0
                    redraw()
        elif verb == "sort":
            name, _, column = value.partition(" ")
            for state, table, redraw in self._lists:
                if table.name == name and column in self._named(table.frame):
                    state.falling = not state.falling if state.by == column else True
                    state.by, state.page = column, 0
                    redraw()
