"""A field that finds one of many options by a part of its name or number."""

import html
import urllib.parse
from collections.abc import Callable
from typing import Any

import ipywidgets

from clientops import words
from clientops.page.options import Options

MOST = 8  # options shown at a time


class Picker:
    """The field and, below it, what is found while one types; cards.js leads through that by
    keyboard, and a click on it comes as `own <name>=<value>`."""

    def __init__(self, name: str, label: str, choose: Callable[[str], None]) -> None:
        """*choose* is called with the value as the page opens where the field is emptied."""
        self._name, self._choose = name, choose
        self._options: Options = []
        self._text = ""  # what the field says of the value
        self._field = ipywidgets.Text(
            description=label, style={"description_width": "initial"}, continuous_update=True
        )
        self._found = ipywidgets.HTML()
        self._field.observe(lambda change: self._typed((change["new"] or "").strip()), "value")
        self.widget = ipywidgets.VBox([self._field, self._found]).add_class("co-picker")

    def renew(self, offered: Options, value: str) -> None:
        """Offer these; the first is how the page opens. Stand at *value*."""
        self._options = offered[1:]
        self._field.placeholder = offered[0][0]
        self._text = {each: text for text, each in self._options}.get(value, "")
        self._field.value, self._found.value = self._text, ""

    def _typed(self, text: str) -> None:
        if text == self._text:
            self._found.value = ""
        elif text:
            self._found.value = self._shown(text)
        else:
            self._choose("")

    def _shown(self, text: str) -> str:
        """What is found, as buttons; those that begin with the text first."""
        found = [each for each in self._options if _holds(each, text)]
        found.sort(key=lambda each: not each[0].casefold().startswith(text.casefold()))
        said = words.plural("{number} found", "{number} found", len(found))
        if not found:
            said = words._("Nothing found for “{text}”.").format(text=text)
        elif len(found) > MOST:
            said = words._("The first {most} of {number} found; type more of it.").format(
                most=MOST, number=words.count(len(found))
            )
        rows = "".join(f"<li>{self._button(*each)}</li>" for each in found[:MOST])
        return f"<p role='status'>{html.escape(said)}</p>{rows and f'<ul>{rows}</ul>'}"

    def _button(self, text: str, value: Any) -> str:
        asked = html.escape(urllib.parse.urlencode({self._name: value}), quote=True)
        return f"<button type='button' data-own='{asked}'>{html.escape(text)}</button>"


def _holds(option: tuple[str, str], text: str) -> bool:
    return any(text.casefold() in each.casefold() for each in option)
