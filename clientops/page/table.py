"""What a notebook holds in its hands: a table of its page, and a control of that page alone."""

import dataclasses
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from clientops import periods
from clientops.book import Book
from clientops.errors import ClientOpsError
from clientops.page.choices import Choices, clients_of, managers_of, visible_rules
from clientops.schema import About

if TYPE_CHECKING:
    from clientops.page.state import Page

Function = Callable[..., pd.DataFrame]


class Choice:
    """A control that only this page has; its value is the setting of a table."""

    def __init__(
        self,
        page: "Page",
        name: str,
        default: str,
        others: dict[str, str] | None = None,
        *,
        needed: bool = False,
    ) -> None:
        self._page, self._name, self._default, self._others = page, name, default, others or {}
        self.is_needed = needed

    def __repr__(self) -> str:
        return f"<{self._name}: {self.chosen or 'as it opens'}>"

    @property
    def chosen(self) -> str:
        """What the control stands at; empty where nothing is chosen."""
        return dict(self._page.choices.own).get(self._name, self._default)

    @property
    def value(self) -> str:
        """The same as a table takes it. Raises ClientOpsError where it is needed and empty."""
        if self.is_needed and not self.chosen:
            raise ClientOpsError("choose one above: the field finds it by a part of the name")
        return self._others.get(self.chosen, self.chosen)

    def instead(self, **others: str) -> "Choice":
        """The same control for a table that has not all that it offers: `client="region"` asks it
        for regions where clients are chosen."""
        return Choice(self._page, self._name, self._default, others)


class PageTable:
    """A metric table on a page: `frame` is what the controls ask for, a plain DataFrame."""

    def __init__(self, page: "Page", function: Function, settings: dict) -> None:
        self._page = page
        self.function = function
        self._settings = settings
        self._made: tuple[Choices, pd.DataFrame] | None = None
        self.is_drawn = False  # by a figure of the page, whose sentence says what no rows mean

    def __repr__(self) -> str:
        return f"<{self.name}: {len(self.frame)} rows, {self._page.choices.month}>"

    @property
    def name(self) -> str:
        """The table's name."""
        return self.function.__name__

    @property
    def about(self) -> About | None:
        """What it says about itself; None: a draft's, which says nothing.

        Where a setting asks whose rows it holds, they are the setting's.
        """
        about, whose = getattr(self.function, "about", None), self._settings.get("whose")
        whose = whose.value if isinstance(whose, Choice) else whose
        return dataclasses.replace(about, whose=whose) if about and whose else about

    @property
    def fingerprint(self) -> str:
        """Of the data it is made of."""
        return self._page.book.fingerprint

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that the notebook and the page's own controls ask for."""
        values = {
            name: setting.value if isinstance(setting, Choice) else setting
            for name, setting in self._settings.items()
        }
        return {name: value for name, value in values.items() if value != ""}

    @property
    def rules(self) -> dict[str, Any]:
        """All settings it goes by that the viewer may know."""
        book, choices = self._page.book, self._page.choices
        rules = book.rules_of(self.function) | _changed(book, choices, self.function)
        return visible_rules(book, rules) | self.settings

    @property
    def frame(self) -> pd.DataFrame:
        """The table's rows at the controls' values."""
        page = self._page
        if self._made is None or self._made[0] != page.choices:
            rows = _rows(page.book, page.choices, self.function, self.settings)
            self._made = page.choices, rows
        return self._made[1]


def _rows(book: Book, choices: Choices, function: Function, settings: dict) -> pd.DataFrame:
    """The rows of a table for the month, managers and clients that are chosen."""
    part, month = book, periods.parse_month(choices.month)
    about = getattr(function, "about", None)
    if choices.is_of_some and about is not None and about.of_all:
        raise ClientOpsError("this is judged by all clients, so it is not told of some of them")
    if choices.product_group:
        part = part.of_product_group(choices.product_group)
    if choices.picks_clients:
        part = part.of_clients(clients_of(book, choices))
    managers = managers_of(book, choices)
    if managers is not None:
        part = part.of_managers(managers)
    is_of_a_day = "as_of" in inspect.signature(function).parameters
    is_of_a_day |= about is not None and about.period == "running"
    asked = _changed(book, choices, function) | settings
    return part.compute(function, "" if is_of_a_day and month == book.month else month, **asked)


def _changed(book: Book, choices: Choices, function: Function) -> dict[str, Any]:
    """The settings that the controls change, of those the table has."""
    asked = {"window_months": choices.window_months, "xyz_by": choices.xyz_by}
    known = book.rules_of(function)
    return {name: value for name, value in asked.items() if value and name in known}
