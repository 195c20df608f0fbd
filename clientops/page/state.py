"""What a page knows while it is open, and what a notebook asks of it."""

import os
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
from IPython.display import display
from matplotlib.figure import Figure

from clientops import periods, words
from clientops.book import Book
from clientops.errors import ClientOpsError
from clientops.page import cards, controls, header, lists, options, parts, requests
from clientops.page.choices import FILTERS, OF_MANAGERS, Choices, subject
from clientops.page.table import Choice, PageTable
from clientops.schema import names

LARGE_LEDGER = 64 << 20  # bytes: larger matrices are let go of when a change has been drawn


class Page:
    """A page while it is open; `open_page` makes it. `book` holds the plain DataFrames."""

    def __init__(
        self,
        topic: str,
        book: Book,
        filters: Sequence[str] = (OF_MANAGERS, *FILTERS),
        given: Choices = Choices(),  # noqa: B008 - frozen
    ) -> None:
        self.topic = topic
        self.book = book
        self.filters = filters
        self.given = given  # what the notebook asks for
        self.choices = Choices()
        self.broken = ""  # what is wrong with the parameters
        self.is_static = bool(os.environ.get("CLIENTOPS_STATIC"))
        self.is_shown = os.environ.get("CLIENTOPS_STATIC") != "cards"  # else only its cards count
        self.is_served = "QUERY_STRING" in os.environ
        self.screen = os.environ.get("CLIENTOPS_SCREEN", requests.SCREENS[0])
        self.parts: list[parts.Part] = []  # its cards and lists
        self.cards: list[cards.Card] = []  # of a static page, as they were drawn
        self.files: dict[str, parts.Part] = {}  # the cards whose Excel files can be asked for
        self.problems: dict[str, parts.Part] = {}  # what is missing, and whose card says it
        self._controls = None if self.is_static else controls.Controls(self)

    def __repr__(self) -> str:
        return f"<Page {self.topic}: {self.choices.query or 'as it opens'}, {self.book!r}>"

    @property
    def month(self) -> pd.Timestamp:
        """The month the page shows."""
        return periods.parse_month(self.choices.month)

    @property
    def subject(self) -> str:
        """Of whom its sentences and figures speak (see words.telling)."""
        return subject(self.book, self.choices)

    def words(self) -> Any:
        """A context in which everything is written as the company writes."""
        return words.using(self.book.company.language, self.book.company.currency)

    def show(self, content: object) -> None:
        """Put HTML or widgets below what stands on the page."""
        display(content)

    def table(self, function: Callable[..., pd.DataFrame], **settings: Any) -> PageTable:
        """A metric table of this page; `.frame` is a plain DataFrame at the controls' values.

        A setting may be a `page.choice`.
        """
        return PageTable(self, function, settings)

    def card(
        self,
        table: PageTable,
        figure: Callable[..., Figure],
        *,
        says: Callable[[pd.DataFrame], str] | None = None,
        wide: bool = False,
        unless_empty: bool = False,
        **options: Any,
    ) -> None:
        """A card: the finding that *says* makes of the frame, the figure of it, how it is made.

        *wide*: the figure takes the whole page. *unless_empty*: the card is left out where the
        table has no rows. *options* go to the figure: of another table, its
        frame; of a dict with a value for each measure, the one that is chosen.
        """
        table.is_drawn = True
        drawn = parts.Drawn(figure, wide, options)
        parts.show(parts.Part(self, table, says, drawn, unless_empty=unless_empty))

    def list(
        self,
        table: PageTable,
        *,
        says: Callable[[pd.DataFrame], str] | None = None,
        by: str = "",
        columns: str | Sequence[str] = "",
        linked_to: PageTable | None = None,
        tells: Callable[[pd.DataFrame], pd.Series] | None = None,
        across: str = "",
        filters: str | Sequence[str] = "",
        ticks: bool = False,
    ) -> None:
        """The rows of a table with names for ids, searched, sorted and paged.

        *by*: sorted by this column, falling; else in the table's order. *columns*: those shown, as
        `"client_name revenue"`; empty: all.
        *linked_to*: a table of a grid, whose cells are offered as a filter; a click on a cell of a
        grid of that table filters too. *tells*: makes a sentence of each row, the column `detail`.
        *across*: a column that each client has in many months: a row per client, a column per
        month; or each manager of many figures (`metric`): a row per manager, a column per figure
        in its own unit. Rows with a column `topic` lead to its page; `phone` may be shown of any
        client. *filters*: columns whose values are offered to keep only their rows; other columns
        can be added then, too. *ticks*: clients can be ticked for Excel.
        """
        listed = lists.Listed(by, names(columns), tells, across)
        state = lists.State(by=by, can_tick=ticks and self.is_served)
        part = parts.Part(self, table, says, listed, state, linked_to)
        part.unless_empty = table.is_drawn
        parts.show(part, parts.list_controls(part, names(filters)))

    def choice(
        self, name: str, offered: options.Offered, default: str = "", *, needed: bool = False
    ) -> Choice:
        """A control of this page alone, whose value stands in the address: a table's setting.

        *needed*: without a value there is nothing to show.

        *offered*: pairs of what is read and the value, or a function that gives them, asked again
        when another control changes. The label is that of the column or setting *name*.
        """
        chosen = Choice(self, name, default, needed=needed)
        known = [value for _text, value in options.offered_now(offered)]
        if chosen.chosen not in known and chosen.chosen != default and not self.broken:
            unknown = ClientOpsError("unknown {name} {value!r}", name=name, value=chosen.chosen)
            with self.words():
                self.broken = words.error(unknown)
            header.say_broken(self)
        if self._controls and not self.broken:
            with self.words():
                self._controls.add_own(name, offered, chosen)
        return chosen

    def months_before(self) -> Callable[[], options.Options]:
        """Options of a choice: the months before the page's, the latest first."""
        return lambda: options.months_before(self.book, self.month)

    def clients(self) -> Callable[[], options.Options]:
        """Options of a choice: the clients looked at, the largest first."""
        return lambda: options.clients(self.book, self.choices)

    def named(self, *values: str) -> Callable[[], options.Options]:
        """Options of a choice: values of a column, called as tables call them."""
        return lambda: [(words.value(value), value) for value in values]

    def choose(self, **changes: Any) -> None:
        """Controls changed."""
        self.stand_at(requests.changed(self, changes))

    def stand_at(self, choices: Choices, *, is_back: bool = False) -> None:
        """Show other choices: nothing old stays to be read while the new is worked out.

        *is_back*: they are those of an address that the browser went back to.
        """
        for part in self.parts:
            part.widget.add_class("co-working")
        self.choices = choices
        with self.words():
            self._controls.renew(is_back=is_back)
        self.redraw()

    def choose_own(self, name: str, value: str) -> None:
        """One of the options that a control of this page has found was clicked."""
        self._controls.choose_own(name, value)

    def redraw(self) -> None:
        """Draw every card anew, each shown as soon as it is ready."""
        for part in self.parts:
            part.redraw()
        self.book.free_ledger(most=LARGE_LEDGER)

    def asked(self, line: str) -> None:
        """A click on the page: `<number> <verb> <value>`; what cannot be is ignored."""
        requests.answer(self, line)

    def give_file(self, link: str) -> None:
        """Leave a workbook where page.js finds it."""
        self._controls.give_file(link)
