"""The cards and lists of an open page: made of a table, shown, and drawn anew."""

import contextlib
import dataclasses
import html
import inspect
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import ipywidgets
import pandas as pd
from IPython import get_ipython
from IPython.display import HTML
from matplotlib.figure import Figure

from clientops import findings, words
from clientops.errors import ClientOpsError
from clientops.findings.phrases import no_sum
from clientops.page import card_cache, cards, controls, lists, subtitle, workbook
from clientops.page.choices import EVERYONE, MEASURES
from clientops.page.table import PageTable

if TYPE_CHECKING:
    from clientops.page.state import Page


class Drawn(NamedTuple):
    """A table shown as a figure that *form* makes of it, with *options*."""

    form: Callable[..., Figure]
    is_wide: bool
    options: dict[str, Any]

    def put(self, page: "Page", card: cards.Card) -> None:
        """The figure of a card, told of what controls stand at."""
        card.figure, card.is_wide = self.form, self.is_wide
        card.options = {name: _option(page, each) for name, each in self.options.items()}
        if "links" in inspect.signature(self.form).parameters and page.is_served:
            card.options["links"] = _links(page, card.frame)


@dataclasses.dataclass(eq=False)
class Part:
    """A card or a list of the page. *how* puts figure or rows on its card; *linked_to*: the table
    whose figures' cells filter a list. *unless_empty*: it is left out where its table has no rows.
    """

    page: "Page"
    table: PageTable
    says: Callable[..., str] | None
    how: Drawn | lists.Listed
    state: lists.State | None = None  # of a list
    linked_to: PageTable | None = None
    widget: ipywidgets.HTML | None = None  # where it is shown, on a page that lives
    filter: ipywidgets.Dropdown | None = None  # the cells of linked figures
    unless_empty: bool = False

    def __post_init__(self) -> None:
        self.file = workbook.file_of(self.page.files, self)
        self.opened = dataclasses.replace(self.state) if self.state else None

    @property
    def options(self) -> dict[str, Any]:
        """What its figure is told."""
        return self.how.options if isinstance(self.how, Drawn) else {}

    @property
    def grid(self) -> list[str]:
        """The columns that the cells of its figure are of, where it has some."""
        named = ("rows", "columns", "before", "now")
        return [self.options[name] for name in named if name in self.options]

    @contextlib.contextmanager
    def telling(self, card: cards.Card | None = None) -> Iterator[None]:
        """A context in which words are those of its page and its table, or of a *card* of it."""
        page = self.page
        about, is_of_some = (card or self.table).about, page.choices.is_of_some
        with page.words(), words.telling(about, page.subject, is_of_some):
            yield

    def card(self) -> cards.Card:
        """What it shows, not drawn yet. Raises ClientOpsError where the data lack something."""
        return _card(self)

    def redraw(self) -> None:
        """Draw it anew where it is shown."""
        if self.filter:
            self.offer_cells()
        try:
            self.widget.value = drawn(self)
        except Exception:
            if self.page.is_served:
                raise
            # What fails behind a control of JupyterLab is shown nowhere else.
            self.widget.value = f"<pre>{html.escape(traceback.format_exc())}</pre>"
        self.widget.remove_class("co-working")

    def ask(self, **changes: Any) -> None:
        """Show other rows of a list."""
        self.state = dataclasses.replace(self.state, **{"page": 0} | changes)
        self.redraw()

    def filtered(self, change: dict[str, Any]) -> None:
        """Another cell is chosen."""
        self.ask(cell=change["new"] or "")

    def offer_cells(self) -> None:
        """Offer the cells that there are now, and show which is chosen, however it was."""
        grids = [part.grid for part in self.page.parts if part.table is self.linked_to]
        with self.telling():
            try:
                offered = lists.cells(self.linked_to.frame, [grid for grid in grids if grid])
            except Exception:  # its own card says what is wrong
                offered = lists.cells(pd.DataFrame(), [])
        is_there = self.state.cell in [cell for _text, cell in offered]
        chosen = self.state.cell if is_there else None
        if ([*self.filter.options], self.filter.value) != (offered, chosen):
            self.filter.unobserve(self.filtered, names="value")
            self.filter.options, self.filter.value = offered, chosen
            self.filter.observe(self.filtered, names="value")


def drawn(part: Part) -> str:
    """Its HTML; a sentence where the data lack something, or where it fails on a page."""
    page, card = part.page, None

    def draw() -> str:
        nonlocal card
        card = part.card()
        with part.telling(card):
            return _as_html(part, card) if page.is_shown else ""

    with part.telling():
        page.problems = {said: by for said, by in page.problems.items() if by is not part}
        try:
            content = card_cache.drawn(_key(part), draw)
            if not content and page.is_shown and not _is_left_out(part):
                content = _once(part, _without(part, no_sum(), no_sum()))
        except ClientOpsError as error:
            text = words.error(error)
            card = _without(part, f"{text[:1].upper()}{text[1:]}.")
            content = _once(part, card)
        except Exception as error:
            report = getattr(get_ipython(), "report_error", None)  # a served page's kernel
            if report is None:
                raise
            card = _without(part, report(error))
            content = cards.as_html(card)
    if page.is_static:
        page.cards.append(card)
    return content


def _is_left_out(part: Part) -> bool:
    return part.unless_empty and part.table.frame.empty


def _once(part: Part, card: cards.Card) -> str:
    """The card that says what is missing, on the first part of the page that misses it."""
    return cards.as_html(card) if part.page.problems.setdefault(card.problem, part) is part else ""


def show(part: Part, before: ipywidgets.Widget | None = None) -> None:
    """Put it below what stands on the page; *before*: what controls it."""
    page = part.page
    if page.broken:
        return
    if page.is_static:
        page.show(HTML(drawn(part)))
        return
    part.widget = ipywidgets.HTML(drawn(part))
    is_first_list = bool(part.state) and not any(each.state for each in page.parts)
    kinds = ["co-first"] * (not page.parts) + ["co-first-list"] * is_first_list
    page.parts.append(part)
    after = None if page.is_served else controls.excel_button(page, part.file)
    box = ipywidgets.VBox([each for each in (before, part.widget, after) if each is not None])
    kinds.append("co-wide-box" if "co-wide-card" in part.widget.value else "co-box")
    for kind in kinds:
        box.add_class(kind)
    page.show(box)


def _option(page: "Page", value: Any) -> Any:
    """What a figure is told: frames for tables, of both measures the chosen one."""
    if isinstance(value, PageTable):
        return value.frame
    is_of_measures = isinstance(value, dict) and set(value) == set(MEASURES)
    return value[page.choices.measure] if is_of_measures else value


def list_controls(part: Part, filters: Sequence[str] = ()) -> ipywidgets.Widget | None:
    """What searches, filters (by the values of some columns) and pages a list."""
    page = part.page
    if page.is_static or page.broken:
        return None
    with page.words():
        return controls.of_list(part, filters)


def _card(part: Part) -> cards.Card:
    page, table, says = part.page, part.table, part.says
    frame, function = table.frame, table.function
    _check_somebody_is_left(page, frame)
    where = part.options.get("where") or {}  # the rows that its figure shows
    is_by_others = where.get("dimension") not in (None, EVERYONE, "manager")
    of_all = is_by_others and table.about is not None and bool(table.about.stored)
    covers = subtitle.in_words(page.book, page.choices, table.about, frame, of_all=of_all)
    card = cards.Card(
        name=table.name,
        title="" if _is_left_out(part) else _finding(page, says, frame, where),
        subtitle=covers,
        frame=frame,
        about=table.about,
        definition=cards.definition(function, len(frame), table.rules, covers),
        subject=page.subject,
        settings=table.settings,
    )
    part.how.put(page, card)
    return card


def _as_html(part: Part, card: cards.Card) -> str:
    """Empty where it would have to add up several managers and cannot, and where it is left out."""
    if card.title in ("", no_sum()):
        return ""
    page, content, clients = part.page, "", _clients(part.page)
    if part.state:
        links = _links(page, card.frame) if page.is_served else None
        content = lists.as_html(
            card, part.state, is_static=page.is_static, links=links, clients=clients
        )
    excel = workbook.footer(page, card, part.file, part.state)
    return cards.as_html(card, screen=_screen(part), content=content, excel=excel, clients=clients)


def _screen(part: Part) -> str:
    """The screen it is drawn for; empty: for all."""
    return "" if part.page.is_static or part.state else part.page.screen


def _key(part: Part) -> str:
    """What it is made of (card_cache); a list is kept only as it opens."""
    if part.state != part.opened:
        return ""
    return card_cache.key(
        part.table, part.says, part.how, part.page.choices, _screen(part), part.file
    )


def _without(part: Part, problem: str, title: str = "") -> cards.Card:
    """The card of a table that cannot be shown; it asks the table's question if it has no title."""
    page, table = part.page, part.table
    told = subtitle.in_words(page.book, page.choices, table.about)
    title = title or cards.summary(table.function)
    return cards.Card(table.name, title, told, pd.DataFrame(), table.about, problem=problem)


def _check_somebody_is_left(page: "Page", frame: pd.DataFrame) -> None:
    """The company's rows alone are neither what was asked for where somebody is chosen, nor what a
    viewer has who does not see all."""
    name = subtitle.whom(page.book, page.choices)
    if name and "manager_id" in frame and len(frame) and (frame["manager_id"] == EVERYONE).all():
        raise ClientOpsError("nothing to show for {name} in this period", name=name)


def _finding(
    page: "Page", says: Callable[..., str] | None, frame: pd.DataFrame, where: dict[str, Any]
) -> str:
    """One sentence of the frame; some need to know how long a window is.

    A card that has none of its own says what any table says of the rows it shows (*where*: which
    values their columns have); beside managers stands the company.
    """
    if says is None:
        beside = {EVERYONE, page.subject} if where.get("dimension") == "manager" else set()
        for column, value in where.items():
            frame = frame[frame[column].isin([value, *beside])]
        return findings.default(frame)
    months = page.choices.window_months or page.book.settings.portfolio.window_months
    takes_window = "window_months" in inspect.signature(says).parameters
    return says(frame, window_months=months) if takes_window else says(frame)


def _clients(page: "Page") -> cards.Clients:
    """The clients whose pages the viewer may open."""
    if not page.is_served or page.topic == lists.CLIENT:
        return cards.NO_PAGES
    query = dataclasses.replace(page.choices, own=(), manager_id=EVERYONE).query
    address = f"/{lists.CLIENT}?{query}{query and '&'}client_id="
    return cards.Clients(address, page.book.owned)


def _links(page: "Page", frame: pd.DataFrame) -> dict[str, str]:
    """The addresses of the topics in a frame, with all kept that counts on every page."""
    topics = frame["topic"].dropna().unique() if "topic" in frame else []
    query = dataclasses.replace(page.choices, own=()).query
    return {topic: f"/{topic}?{query}" for topic in topics}
