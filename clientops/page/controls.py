"""The widgets of a page that lives: controls in one row, filters behind, and what page.js uses."""

import functools
import html
from typing import TYPE_CHECKING, Any

import ipywidgets

from clientops import words
from clientops.errors import ClientOpsError
from clientops.page import options, workbook
from clientops.page.choices import METHODS, options_of

if TYPE_CHECKING:
    from clientops.page.parts import Part
    from clientops.page.state import Page

_WHOLE_LABEL = {"description_width": "initial"}
MANY = 60  # beyond so many options one types rather than scrolls


class Controls:
    """The row of controls, and the hidden places where page and kernel leave words to each other.

    `ask`: page.js writes what was clicked. `address`: the query of the page as it stands. `file`: a
    link that holds a workbook.
    """

    def __init__(self, page: "Page") -> None:
        self._page = page
        self._row = ipywidgets.HBox()
        self._own: dict[str, tuple[options.Offered, ipywidgets.Widget]] = {}
        self._renewing = False
        self._address = ipywidgets.HTML()
        self._file = ipywidgets.HTML()
        self._ask = ipywidgets.Text(continuous_update=False, tabbable=False)
        self._ask.add_class("co-ask")
        self._ask.observe(lambda change: page.asked(change["new"] or ""), names="value")

    def build(self) -> ipywidgets.Widget:
        """All of them, in one box."""
        page = self._page
        self._row.children = [
            self._dropdown("month", words._("Month"), options.months(page.book)),
            self._dropdown("manager_id", words._("Manager"), options.managers(page.book)),
        ]
        more = [self._dropdown(name, label, options) for name, label, options in self._filters()]
        hidden = ipywidgets.HBox([self._address, self._file, self._ask])
        hidden.add_class("co-hidden")
        self._row.add_class("co-row")
        if page.is_served:
            self._row.children = [*self._row.children, _page_excel()]
        rows: list[ipywidgets.Widget] = [self._row]
        if more:
            filters = ipywidgets.Accordion([ipywidgets.HBox(more)], titles=[words._("Filters")])
            filters.children[0].add_class("co-row")
            rows.append(filters)
        box = ipywidgets.VBox([*rows, hidden])
        box.add_class("co-controls")
        return box

    def _filters(self) -> list[tuple[str, str, list]]:
        """Name, label and options of the filters this page offers and the data have."""
        known, setting = options_of(self._page.book), self._page.book.settings.portfolio
        every = (words._("all"), "")
        length = functools.partial(words.plural, "{number} month", "{number} months")
        filters = [
            ("team", words._("Team"), [every, *_pairs(known["team"])]),
            ("client_group", words._("Client group"), [every, *_pairs(known["client_group"])]),
            ("measure", words._("Measure"),
             [(words._("clients"), "clients"), (words._("money"), "revenue")]),
            ("window_months", words._("Window"),
             [(length(n), 0 if n == setting.window_months else n)
              for n in known["window_months"]]),
            ("xyz_by", words._("Regular by"),
             [(words._(m), "" if m == setting.xyz_by else m) for m in METHODS]),
        ]  # fmt: skip
        return [each for each in filters if each[0] in self._page.filters and len(each[2]) > 1]

    def _dropdown(
        self, name: str, label: str, offered: list, value: Any = None
    ) -> ipywidgets.Dropdown:
        """*value* None: what the page's choices say."""
        value = getattr(self._page.choices, name) if value is None else value
        control = ipywidgets.Dropdown(
            options=offered, value=value, description=label, style=_WHOLE_LABEL
        )
        control.observe(lambda change: self._chosen(name, change["new"]), names="value")
        return control

    def _combobox(self, name: str, label: str, offered: list, value: str) -> ipywidgets.Combobox:
        text = {each: text for text, each in offered}.get(value, "")
        control = ipywidgets.Combobox(
            options=[text for text, _value in offered], value=text, placeholder=offered[0][0],
            description=label, ensure_option=True, style=_WHOLE_LABEL,
        )  # fmt: skip
        control.observe(lambda change: self._typed(name, change["new"]), names="value")
        return control

    def add_own(self, name: str, offered: options.Offered, value: str) -> None:
        """A control of this page alone, beside the month and the manager."""
        found = options.offered_now(offered)
        label = words.label({"client_id": "client_name"}.get(name, name))
        make = self._combobox if len(found) > MANY else self._dropdown
        self._own[name] = offered, make(name, label, found, value)
        self._row.children = [*self._row.children, self._own[name][1]]

    def _typed(self, name: str, text: str) -> None:
        found = dict(options.offered_now(self._own[name][0]))
        if text in found or not text:
            self._chosen(name, found.get(text, ""))

    def _chosen(self, name: str, value: Any) -> None:
        """*value* None: not one of the options."""
        if value is not None and not self._renewing:
            self._page.choose(**{name: value})

    def renew(self) -> None:
        """Write the address; ask the page's own controls for their options anew."""
        query = html.escape(self._page.choices.query, quote=True)
        self._address.value = f"<span class='co-address' data-query='{query}' hidden></span>"
        self._renewing = True
        try:
            for offered, control in self._own.values():
                if callable(offered):
                    _renew(control, offered())
        finally:
            self._renewing = False

    def give_file(self, link: str) -> None:
        """Leave a workbook for page.js, which saves it."""
        self._file.value = ""
        self._file.value = link


def _page_excel() -> ipywidgets.Widget:
    """Asks page.js for the Excel file of the whole page."""
    label = html.escape(words._("Excel of this page"))
    widget = ipywidgets.HTML(
        f"<button type='button' class='co-excel' data-excel='*'>{label}</button>"
    )
    widget.add_class("co-page-excel")
    return widget


def _renew(control: ipywidgets.Widget, found: list[tuple[str, Any]]) -> None:
    if isinstance(control, ipywidgets.Combobox):
        control.options = [text for text, _value in found]
        return
    value = control.value
    control.options = found
    control.value = value if value in [each for _text, each in found] else found[0][1]


def of_list(part: "Part") -> ipywidgets.Widget:
    """Search, the cells of a grid, and the pages of a list."""
    search = ipywidgets.Text(placeholder=words._("Search"))
    back = ipywidgets.Button(description="‹", tooltip=words._("Previous rows"))
    on = ipywidgets.Button(description="›", tooltip=words._("Next rows"))
    search.observe(lambda event: part.ask(text=event["new"] or ""), names="value")
    back.on_click(lambda _: part.ask(page=part.state.page - 1))
    on.on_click(lambda _: part.ask(page=part.state.page + 1))
    if part.linked_to:
        part.filter = ipywidgets.Dropdown()
        part.filter.observe(part.filtered, names="value")
        part.offer_cells()
    row = ipywidgets.HBox([each for each in (search, part.filter, back, on) if each])
    row.add_class("co-row")
    return row


def excel_button(page: "Page", file: str) -> ipywidgets.Widget:
    """Makes the workbook when it is asked for, where there is no page.js to ask."""
    button = ipywidgets.Button(description=words._("Excel"))
    link = ipywidgets.HTML()

    def make(_: object) -> None:
        with page.words():
            try:
                link.value = workbook.link(page, file)
            except ClientOpsError as error:
                link.value = html.escape(words.error(error))

    button.on_click(make)
    row = ipywidgets.HBox([button, link])
    row.add_class("co-row")
    return row


def _pairs(texts: list[str]) -> list[tuple[str, str]]:
    """Options that are called what they are."""
    return [(text, text) for text in texts]
