"""The widgets of a page that lives: controls in one row, filters behind, and what page.js uses."""

import functools
import html
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from clientops import words
from clientops.errors import ClientOpsError
from clientops.page import lists, options, workbook
from clientops.page.choices import EVERYONE, METHODS, OF_MANAGERS, options_of
from clientops.page.picker import Picker

if TYPE_CHECKING:
    from clientops.page.parts import Part
    from clientops.page.state import Page
    from clientops.page.table import Choice

_WHOLE_LABEL = {"description_width": "initial"}
MANY = 60  # beyond so many options one types rather than scrolls


class Named(ipywidgets.Dropdown):
    """A drop-down that says what its options are in an address: it works before its page lives."""

    name = traitlets.Unicode().tag(sync=True)
    values = traitlets.List().tag(sync=True)

    @traitlets.observe("options")
    def _say_values(self, _change: object) -> None:
        self.values = [str(value) for value in self._options_values]

    def renew(self, offered: options.Options, value: Any) -> None:
        """Offer these, and stand at *value*, where it is one of them."""
        self.options = offered
        self.value = value if value in [each for _text, each in offered] else offered[0][1]


class Controls:
    """The row of controls, the folded filters, and the hidden places where page and kernel leave
    words to each other.

    `ask`: page.js writes what was clicked. `address`: the query of the page as it stands. `file`: a
    link that holds a workbook.
    """

    def __init__(self, page: "Page") -> None:
        self._page = page
        self._row = ipywidgets.HBox().add_class("co-row")
        self._shared: dict[str, ipywidgets.Dropdown] = {}
        self._own: dict[str, tuple[options.Offered, Named | Picker, Choice]] = {}
        self._fold = ipywidgets.HTML()  # opens the filters and says which are on
        self._renewing = False
        self._address = ipywidgets.HTML()
        self._file = ipywidgets.HTML()
        self._ask = ipywidgets.Text(continuous_update=False, tabbable=False).add_class("co-ask")
        self._ask.observe(lambda change: page.asked(change["new"] or ""), names="value")

    def build(self) -> ipywidgets.Widget:
        """All of them, in one box."""
        page = self._page
        shown = []
        if page.filters:  # else nothing on it depends on the month
            shown.append(("month", words._("Month"), options.months(page.book)))
        if OF_MANAGERS in page.filters:
            shown.append(("manager_id", words._("Manager"), options.managers(page.book)))
        excel = [_page_excel()] if page.is_served else []
        self._row.children = [*(self._dropdown(*each) for each in shown), *excel]
        more = [self._dropdown(*each) for each in self._filters() if each[0] in page.filters]
        filters = ipywidgets.HBox(more).add_class("co-row").add_class("co-filters")
        hidden = ipywidgets.HBox([self._address, self._file, self._ask]).add_class("co-hidden")
        self._say_filters()
        self._box = ipywidgets.VBox([self._row, self._fold, filters, hidden])
        return self._box.add_class("co-controls")

    def _filters(self) -> list[tuple[str, str, list]]:
        """Name, label and options of the filters the data have."""
        known, setting = options_of(self._page.book), self._page.book.settings.portfolio
        every = (words._("all"), "")
        length = functools.partial(words.plural, "{number} month", "{number} months")
        filters = [
            ("beside", words._("Compare with"), options.beside(self._page.book)),
            ("team", words._("Team"), [every, *_pairs(known["team"])]),
            ("client_group", words._("Client group"), [every, *_pairs(known["client_group"])]),
            ("region", words._("Region"), [every, *_pairs(known["region"])]),
            ("product_group", words._("Product group"),
             [every, *_pairs(known["product_group"])]),
            ("abc", words._("Volume class"), [every, *_pairs(known["abc"])]),
            ("measure", words._("Measure"),
             [(words._("clients"), "clients"), (words._("money"), "revenue")]),
            ("window_months", words._("Window"),
             [(length(n), 0 if n == setting.window_months else n)
              for n in known["window_months"]]),
            ("xyz_by", words._("Regular by"),
             [(words._(m), "" if m == setting.xyz_by else m) for m in METHODS]),
        ]  # fmt: skip
        return [each for each in filters if len(each[2]) > 1]

    def _say_filters(self) -> None:
        """What opens the filters: it says which are on while they are closed; and beside it which
        of other pages do not count here."""
        choices, aside, on = self._page.choices, [], []
        for name, label, offered in self._filters():
            text = {value: f"{label} {text}" for text, value in offered}
            if name in dict(choices.aside):
                aside.append(text[dict(choices.aside)[name]])
            elif getattr(choices, name) != getattr(type(choices), name):
                on.append(text[getattr(choices, name)])
        said = words._("Filters: {filters}") if on else words._("Filters")
        is_there = self._shared.keys() - {"month", "manager_id"}
        self._fold.value = _fold(said.format(filters=", ".join(on))) if is_there else ""
        if aside:
            said = words._("Not on this page: {filters}").format(filters=", ".join(aside))
            self._fold.value += f"<span class='co-aside'>{html.escape(said)}</span>"

    def _dropdown(self, name: str, label: str, offered: list, value: Any = None) -> Named:
        """*value* None: what the page's choices say."""
        control = Named(
            name=name,
            options=offered,
            value=getattr(self._page.choices, name) if value is None else value,
            description=label,
            style=_WHOLE_LABEL,
        )
        control.observe(lambda change: self._chosen(name, change["new"]), names="value")
        if value is None:
            self._shared[name] = control
        return control

    def add_own(self, name: str, offered: options.Offered, choice: "Choice") -> None:
        """A control of this page alone, beside the month and the manager."""
        found = options.offered_now(offered)
        label = words.label({"client_id": "client_name"}.get(name, name))
        if len(found) > MANY:
            control = Picker(name, label, lambda value: self._chosen(name, value))
            control.renew(found, choice.chosen)
            widget = control.widget
        else:
            control = widget = self._dropdown(name, label, found, choice.chosen)
        self._own[name] = offered, control, choice
        if choice.is_needed and not choice.chosen:
            self._box.add_class("co-open")  # a phone folds controls away
        self._row.children = [*self._row.children, widget]

    def _chosen(self, name: str, value: Any) -> None:
        """*value* None: not one of the options."""
        if value is not None and not self._renewing:
            self._page.choose(**{name: value})

    def choose_own(self, name: str, value: str) -> None:
        """What was found in a picker, or a manager who was clicked, which undoes itself; what is
        not among the options is ignored."""
        offered = options.offered_now(self._own[name][0]) if name in self._own else []
        if name in self._shared:
            offered = self._shared[name].options
            value = EVERYONE if value == self._shared[name].value else value
        if value in dict(map(reversed, offered)):
            self._chosen(name, value)

    def renew(self, *, is_back: bool = False) -> None:
        """Every control as the page's choices say; the page's own are asked for their options anew.

        *is_back*: the address stands there already.
        """
        choices = self._page.choices
        query = html.escape(choices.query, quote=True)
        back = "data-back" if is_back else ""
        self._address.value = f"<span class='co-address' data-query='{query}' {back} hidden></span>"
        self._renewing = True
        try:
            for name, control in self._shared.items():
                control.value = getattr(choices, name)
            for offered, control, choice in self._own.values():
                control.renew(options.offered_now(offered), choice.chosen)
        finally:
            self._renewing = False
        self._say_filters()

    def give_file(self, link: str) -> None:
        """Leave a workbook for page.js, which saves it."""
        self._file.value = ""
        self._file.value = link


def _page_excel() -> ipywidgets.Widget:
    """Asks page.js for the Excel file of the whole page."""
    label = html.escape(words._("Excel of this page"))
    button = f"<button type='button' class='co-excel' data-excel='*'>{label}</button>"
    return ipywidgets.HTML(button).add_class("co-page-excel")


def _fold(text: str) -> str:
    return (
        f"<button type='button' class='co-fold' aria-expanded='false'>{html.escape(text)}</button>"
    )


def of_list(part: "Part", filters: Sequence[str] = ()) -> ipywidgets.Widget:
    """Search, the cells of a grid, the values of columns to keep, more columns, and the pages."""
    search = ipywidgets.Text(placeholder=words._("Search"))
    back = ipywidgets.Button(description="‹", tooltip=words._("Previous rows"))
    on = ipywidgets.Button(description="›", tooltip=words._("Next rows"))
    search.observe(lambda event: part.ask(text=event["new"] or ""), names="value")
    back.on_click(lambda _: part.ask(page=part.state.page - 1))
    on.on_click(lambda _: part.ask(page=part.state.page + 1))
    if part.linked_to:
        part.filter = ipywidgets.Dropdown(description=words._("Cell"), style=_WHOLE_LABEL)
        part.filter.observe(part.filtered, names="value")
        part.offer_cells()
    more = _of_columns(part, filters) if filters else []
    shown = [each for each in (search, *more, part.filter, back, on) if each]
    return ipywidgets.HBox(shown).add_class("co-row")


def _of_columns(part: "Part", filters: Sequence[str]) -> list[ipywidgets.Widget]:
    """A field for each column to filter by that has values; one that adds or removes columns."""
    try:
        card = part.card()
    except ClientOpsError:  # its card says what is wrong
        return []
    fields = []

    def keep(column: str, value: str) -> None:
        kept = dict(part.state.kept) | {column: value}
        part.ask(kept=tuple((name, each) for name, each in kept.items() if each))

    def add(event: dict[str, Any]) -> None:
        if event["new"]:
            part.ask(page=part.state.page, changed=part.state.changed ^ {event["new"]})
            event["owner"].value = ""  # the same may be asked again

    with part.telling(card):
        for name in filters:
            values = lists.values_of(card.rows, name)
            offered = [(words._("all"), ""), *((words.value(each), each) for each in values)]
            field = ipywidgets.Dropdown(
                options=offered, value="", description=words.label(name), style=_WHOLE_LABEL
            )
            field.observe(lambda event, name=name: keep(name, event["new"] or ""), names="value")
            fields += [field] if values else []
        known = [name for name in lists.shown_columns(card.rows) if name != card.columns[0]]
        offered = [(words._("add or remove"), ""), *((words.label(each), each) for each in known)]
        field = ipywidgets.Dropdown(
            options=offered, value="", description=words._("Columns"), style=_WHOLE_LABEL
        )
        field.observe(add, names="value")
    return [*fields, field]


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
    return ipywidgets.HBox([button, link]).add_class("co-row")


def _pairs(texts: list[str]) -> list[tuple[str, str]]:
    """Options that are called what they are."""
    return [(text, text) for text in texts]
