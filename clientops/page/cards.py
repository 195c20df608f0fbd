"""A card: what stands on it, apart from how it is shown, and as HTML for a page."""

import base64
import dataclasses
import html
import inspect
from collections.abc import Callable
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from clientops import display, figures, words
from clientops.schema import EVERYONE, About

MOST_ROWS = 25  # of a list at a time on a page that lives
MOST_EMBEDDED = 20_000  # rows of an Excel file inside a static page, which has to stay light


@dataclasses.dataclass
class Card:
    """One finding with its figure or rows, and the table it was made of."""

    name: str  # the table's
    title: str  # the finding, else the question
    subtitle: str  # measure, period and scope
    frame: pd.DataFrame  # the whole table, for Excel
    about: About | None  # what the table says about itself
    definition: list[str]  # how it is calculated, in paragraphs
    subject: str = EVERYONE  # whom figure and finding speak of (words.subject)
    figure: Callable[..., Figure] | None = None  # the form that it is drawn as …
    options: dict[str, Any] = dataclasses.field(default_factory=dict)  # … and what it is told
    is_wide: bool = False  # takes the whole width of a page
    rows: pd.DataFrame | None = None  # of a list: what is shown, in order
    columns: list[str] = dataclasses.field(default_factory=list)  # of a list
    problem: str = ""  # what is missing, where there is nothing to show
    settings: dict[str, Any] = dataclasses.field(default_factory=dict)  # the notebook's own
    cell: int = 0  # the notebook's cell that made it, where a notebook was run

    def draw(self, width: int) -> Figure:
        """The figure at a width."""
        return self.figure(self.frame, width=width, **self.options)

    def chart(self) -> figures.Chart | None:
        """The figure as a workbook draws it; None where it cannot."""
        return figures.chart(self.figure, self.frame, self.options)


def widths(card: Card, screen: str = "") -> dict[str, int]:
    """The widths a figure is drawn at, by the class that shows it.

    *screen* is `desk`, `tablet` or `phone`; where it is not known, the style sheet picks one.
    """
    known = {
        "desk": figures.FULL if card.is_wide else figures.WIDE,
        "tablet": figures.WIDE,
        "phone": figures.PHONE,
    }
    if screen:
        return {"": known[screen]}
    shown = {f"co-{name}": width for name, width in known.items()}
    if not card.is_wide:  # the same picture serves both
        shown = {"co-desk co-tablet": known["desk"], "co-phone": known["phone"]}
    return shown


def as_html(card: Card, *, screen: str = "", content: str = "", excel: str = "") -> str:
    """The card as a section: *content* in place of its figure or rows, *excel* in its footer."""
    if card.problem:
        content = f"<p class='co-missing'>{html.escape(card.problem)}</p>"
    elif not content and card.figure is not None:
        content = "".join(
            f"<div class='co-figure {kind}'>{figures.svg(card.draw(width), card.title)}</div>"
            for kind, width in widths(card, screen).items()
            if len(card.frame)
        )
    wide = " co-wide-card" if card.is_wide or card.rows is not None else ""
    footer = "" if card.problem else f"{_how(card)}{excel}"
    return (
        f"<section class='co-card{wide}' data-table='{html.escape(card.name)}'>"
        f"<h2>{html.escape(card.title)}</h2>"
        f"<p class='co-subtitle'>{html.escape(card.subtitle)}</p>{content}"
        f"<footer>{footer}</footer></section>"
    )


def _how(card: Card) -> str:
    body = "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in card.definition)
    how = html.escape(words._("How this is calculated"))
    return f"<details class='co-how'><summary>{how}</summary>{body}</details>"


def definition(function: Callable[..., Any], rows: int, settings: dict[str, Any]) -> list[str]:
    """How a table is calculated: its docstring, how many rows there are, the settings in force."""
    text = inspect.getdoc(function) or ""
    paragraphs = [" ".join(p.split()) for p in text.split("\n\n") if not p.startswith("Returns")]
    said = words.plural("{number} row", "{number} rows", rows)
    listed = "; ".join(f"{key} = {value}" for key, value in settings.items())
    return [*paragraphs, f"{said}. {listed}".strip()]


def summary(function: Callable[..., Any]) -> str:
    """The first line of a table's docstring: the question it answers."""
    return (inspect.getdoc(function) or function.__name__).splitlines()[0]


def excel_link(
    name: str, frame: pd.DataFrame, about: About | None, most: int | None = None, *, file: str = ""
) -> str:
    """A link that holds the table as an Excel file, or its first rows where there are too many."""
    label = html.escape(words._("Save as Excel"))
    if most is not None and len(frame) > most:
        label = words._("Save the first {number} rows as Excel").format(number=words.count(most))
        frame = frame.head(most)
    with words.telling(about):
        return file_link(file or name, display.workbook(frame), label)


def file_link(name: str, content: bytes, label: str = "") -> str:
    """A link that holds an Excel file."""
    name, text = html.escape(name, quote=True), base64.b64encode(content).decode()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return (
        f"<a class='co-excel' download='{name}.xlsx' href='data:{kind};base64,{text}'>{label}</a>"
    )
