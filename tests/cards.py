"""The figures and sentences of notebooks' cards, made of any frame as the card would make them."""

import dataclasses
import functools
import html
import inspect
from collections.abc import Callable
from typing import Any
from unittest.mock import MagicMock, patch

import nbformat
import pandas as pd
from matplotlib.figure import Figure

from clientops import words
from clientops.figures import WIDE
from tests.conftest import ROOT

CLIENT = "C0107"  # of the sample, on the page of a client
TOPICS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))


@dataclasses.dataclass(frozen=True)
class Asked:
    """A table that a notebook asks for, with its settings."""

    function: Callable[..., pd.DataFrame]
    settings: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Shown:
    """A card or a list: its table, what it says and how it is drawn."""

    table: Asked
    figure: Callable[..., Figure] | None
    says: Callable[..., str] | None
    options: dict[str, Any]


class Chosen(str):
    """What a control stands at as the page opens."""

    def instead(self, **others: str) -> "Chosen":
        """What is asked for in place of values that a table does not have."""
        return Chosen(others.get(self, self))


@functools.cache
def cards(topic: str) -> list[Shown]:
    """Every card and list of a notebook."""
    found = []

    def card(table: Asked, figure: Any, *, says: Any = None, wide: bool = False,
             unless_empty: bool = False, **options: Any):  # fmt: skip
        found.append(Shown(table, figure, says, options))

    def rows(table: Asked, *, says: Any = None, **options: Any):
        found.append(Shown(table, None, says, {}))

    def table(function: Any, **settings: Any) -> Asked:
        return Asked(function, {name: value for name, value in settings.items() if value})

    page = MagicMock()
    page.choice.side_effect = lambda name, offered, default="", needed=False: Chosen(
        CLIENT if needed else default
    )
    page.table.side_effect, page.card.side_effect, page.list.side_effect = table, card, rows
    notebook = nbformat.read(ROOT / "notebooks" / f"{topic}.ipynb", as_version=4)
    space: dict[str, Any] = {}
    with patch("clientops.open_page", return_value=page, create=True):
        for cell in notebook.cells:
            if cell.cell_type == "code" and "workbench" not in cell.metadata.get("tags", []):
                exec(cell.source, space)
    return found


def draw(
    card: Shown,
    frame: pd.DataFrame,
    *,
    width: int = WIDE,
    subject: str | None = None,
    measure: str = "clients",
    **changed: Any,
) -> Figure:
    """The figure of a card. Without a *subject* it speaks of the only manager in the frame, else of
    the company, else of nobody. Options may be changed by name."""
    told = {
        name: each[measure] if isinstance(each, dict) and measure in each else each
        for name, each in card.options.items()
        if not isinstance(each, Asked)
    }
    if "history" in inspect.signature(card.figure).parameters and "history" in card.options:
        told["history"] = frame.iloc[:0]
    about = card.table.function.about
    with words.telling(about, subject_of(frame) if subject is None else subject):
        return card.figure(frame, width=width, **told | changed)


def form(topic: str, table: str, nth: int = 0) -> Callable[..., Figure]:
    """The figure of the *nth* card of a table, as a function of a frame; see `draw`."""
    found = [card for card in cards(topic) if card.figure]
    found = [card for card in found if card.table.function.__name__ == table]
    return functools.partial(draw, found[nth])


def unwritten(figure: Figure, alt: str = "") -> str:
    """In place of `figures.svg`: the figure is drawn, but not written, where nobody reads it."""
    alt = html.escape(alt.replace("\N{WORD JOINER}", ""))
    return f'<svg aria-label="{alt}"></svg>'


def subject_of(frame: pd.DataFrame) -> str:
    """The only manager in the frame, else the company, else nobody."""
    ids = set(frame["manager_id"]) if "manager_id" in frame else {"*"}
    managers = ids - {"*", "(unassigned)"}
    return managers.pop() if len(managers) == 1 else "*" if "*" in ids else ""
