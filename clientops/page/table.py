"""What a notebook holds in its hands: a table of its page, and a control of that page alone."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from clientops.page.choices import Choices

if TYPE_CHECKING:
    from clientops.page import Page


class Choice:
    """A control that only this page has; its value is the setting of a table."""

    def __init__(self, page: "Page", name: str, default: str) -> None:
        self._page, self._name, self._default = page, name, default

    def __repr__(self) -> str:
        return f"<{self._name}: {self.value or 'as it opens'}>"

    @property
    def value(self) -> str:
        """What is chosen; empty where nothing is."""
        return dict(self._page.choices.own).get(self._name, self._default)


class PageTable:
    """A metric table on a page: `frame` is what the controls ask for, a plain DataFrame."""

    def __init__(self, page: "Page", function: Callable[..., pd.DataFrame], settings: dict) -> None:
        self._page = page
        self.function = function
        self._settings = settings
        self._made: tuple[Choices, pd.DataFrame] | None = None

    def __repr__(self) -> str:
        return f"<{self.name}: {len(self.frame)} rows, {self._page.choices.month}>"

    @property
    def name(self) -> str:
        """The table's name."""
        return self.function.__name__

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
    def frame(self) -> pd.DataFrame:
        """The table's rows at the controls' values."""
        if self._made is None or self._made[0] != self._page.choices:
            self._made = self._page.choices, self._page.rows_of(self.function, self.settings)
        return self._made[1]
