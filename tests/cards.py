"""The figures of notebooks' cards, drawn of any frame as the card would draw them."""

import functools
from collections.abc import Callable
from typing import Any
from unittest.mock import MagicMock, patch

import nbformat
import pandas as pd
from matplotlib.figure import Figure

from clientops import words
from clientops.figures import WIDE
from tests.conftest import ROOT


@functools.cache
def _cards(topic: str) -> dict[str, list[tuple[Any, Callable[..., Figure], dict]]]:
    """Table, form and options of each card of a notebook with a figure, by the table's name."""
    found: dict[str, list] = {}

    def card(table: Any, figure: Any, *, says: Any = None, wide: bool = False, **options: Any):
        found.setdefault(table.__name__, []).append((table, figure, options))

    page = MagicMock()
    page.table.side_effect = lambda function, **_settings: function
    page.card.side_effect = card
    notebook = nbformat.read(ROOT / "notebooks" / f"{topic}.ipynb", as_version=4)
    space: dict[str, Any] = {}
    with patch("clientops.open_page", return_value=page, create=True):
        for cell in notebook.cells:
            if cell.cell_type == "code" and "workbench" not in cell.metadata.get("tags", []):
                exec(cell.source, space)
    return found


def form(topic: str, table: str, nth: int = 0) -> Callable[..., Figure]:
    """The figure of the *nth* card of a table, as a function of a frame, a width and a subject.

    Without a *subject* the figure speaks of the only manager in the frame, else of the company,
    else of nobody. Options may be changed by name.
    """

    def draw(
        frame: pd.DataFrame,
        *,
        width: int = WIDE,
        subject: str | None = None,
        measure: str = "clients",
        **changed: Any,
    ) -> Figure:
        function, figure, options = _cards(topic)[table][nth]
        told = {
            name: each[measure] if isinstance(each, dict) and measure in each else each
            for name, each in options.items()
            if isinstance(each, pd.DataFrame) or not callable(each)
        }
        with words.telling(function.about, subject_of(frame) if subject is None else subject):
            return figure(frame, width=width, **told | changed)

    return draw


def subject_of(frame: pd.DataFrame) -> str:
    """The only manager in the frame, else the company, else nobody."""
    ids = set(frame["manager_id"]) if "manager_id" in frame else {"*"}
    managers = ids - {"*", "(unassigned)"}
    return managers.pop() if len(managers) == 1 else "*" if "*" in ids else ""
