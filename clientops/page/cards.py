"""A card: what stands on it, apart from how it is shown, and as HTML for a page."""

import base64
import dataclasses
import html
import re
import urllib.parse
from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

import pandas as pd
from matplotlib.figure import Figure

from clientops import figures, words
from clientops.schema import EVERYONE, About
from clientops.words import docstrings

MOST_ROWS = 25  # of a list at a time on a page that lives
PLAIN = 3  # sentences of a definition that are read at once; the others are unfolded
MOST_EMBEDDED = 20_000  # rows of an Excel file inside a static page, which has to stay light


class Clients(NamedTuple):
    """Whose pages there are."""

    address: str  # of a client's page but for its number; empty: there are none
    known: Collection[str] | None  # None: everybody's


NO_PAGES = Clients("", None)


class Definition(NamedTuple):
    """How a table is calculated."""

    question: str = ""  # that it answers
    how: tuple[str, ...] = ()  # paragraphs
    details: tuple[str, ...] = ()  # what it covers, its rows, the settings in force


NOT_DEFINED = Definition()


@dataclasses.dataclass
class Card:
    """One finding with its figure or rows, and the table it was made of."""

    name: str  # the table's
    title: str  # the finding, else the question
    subtitle: str  # measure, period and scope
    frame: pd.DataFrame  # the whole table, for Excel
    about: About | None  # what the table says about itself
    definition: Definition = NOT_DEFINED
    subject: str = EVERYONE  # of whom it speaks (words.telling)
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


def as_html(
    card: Card, *, screen: str = "", content: str = "", excel: str = "", clients: Clients = NO_PAGES
) -> str:
    """The card as a section: *content* in place of its figure or rows, *excel* in its footer; a
    client whom its title names leads to the page that *clients* tell of."""
    if card.problem:
        missing = f"<p class='co-missing'>{html.escape(card.problem)}</p>"
        content = missing if card.problem != card.title else ""
    elif not content and card.figure is not None:
        content = "".join(
            f"<div class='co-figure {kind}'>{figures.svg(card.draw(width), card.title)}</div>"
            for kind, width in widths(card, screen).items()
            if len(card.frame)
        )
    wide = " co-wide-card" if card.is_wide or card.rows is not None else ""
    wide += " co-lone" if card.rows is not None and len(card.rows) < 2 else ""
    wide += " co-wide-card co-note" if card.problem and card.problem == card.title else ""
    footer, more = f"{_how(card)}{excel}", html.escape(words.pgettext("of a card", "More"))
    more = f"<button type='button' class='co-more' aria-expanded='false'>{more}</button>"
    footer, more = ("", "") if card.problem else (footer, more)
    return (
        f"<section class='co-card{wide}' data-table='{html.escape(card.name)}'>"
        f"<h2>{_title(card, clients)}</h2>"
        f"<p class='co-subtitle'>{html.escape(card.subtitle)}</p>{content}{more}"
        f"<footer>{footer}</footer></section>"
    )


def _title(card: Card, clients: Clients) -> str:
    """What the card finds; the longest name in it that is one client's leads to it."""
    title, (address, known) = html.escape(card.title), clients
    if not address or not {"client_id", "client_name"} <= {*card.frame.columns}:
        return title
    rows = card.frame[["client_id", "client_name"]].dropna().astype(str).drop_duplicates()
    rows = rows[[name in card.title for name in rows["client_name"]]]
    rows = rows.drop_duplicates("client_name", keep=False)
    for key, name in sorted(rows.itertuples(index=False), key=lambda row: -len(row[1])):
        said = rf"(?<!\w){re.escape(html.escape(name))}(?!\w)"
        found = re.search(said, title)
        if found and (known is None or key in known):
            link = f"<a class='co-client' href='{html.escape(address, quote=True)}{quoted(key)}'>"
            return f"{title[: found.start()]}{link}{found[0]}</a>{title[found.end() :]}"
    return title


def quoted(text: str) -> str:
    """A text as a value of an address that may stand between any quotes."""
    return urllib.parse.quote(text, safe="").replace("'", "%27")


def _how(card: Card) -> str:
    question, how, details = card.definition
    plain, more = docstrings.beginning(how, PLAIN - 1)
    rest = _paragraphs([" ".join(more), *details] if more else details)
    rest = _folded(words._("Formula, period, rows and settings"), rest)
    return _folded(words._("How this is calculated"), _paragraphs([question, *plain]) + rest)


def _folded(title: str, content: str) -> str:
    return f"<details class='co-how'><summary>{html.escape(title)}</summary>{content}</details>"


def _paragraphs(texts: Sequence[str]) -> str:
    return "".join(f"<p>{html.escape(text)}</p>" for text in texts)


def definition(
    function: Callable[..., Any], rows: int, rules: dict[str, Any], covers: str
) -> Definition:
    """What the docstring says, columns called as on the page; and of these *rows* what they cover
    and the settings they go by (*rules*)."""
    about = getattr(function, "about", None)
    with words.telling(about):
        columns = {
            name: words.label(name) for name in (about.units if about else ()) if name not in rules
        }
    question, *how = (_plain(words._(text), columns) for text in docstrings.told(function))
    counted = words.plural("{number} row", "{number} rows", rows)
    in_force = "; ".join(f"{name} = {value}" for name, value in rules.items())
    details = tuple(text for text in (covers, counted, in_force) if text)
    return Definition(question, tuple(how), details)


def _plain(text: str, labels: dict[str, str]) -> str:
    """The text without the marks of code, with labels for the names of columns."""
    code = r"`([^`]+)`|\b([a-z]+(?:_[a-z0-9]+)+)\b"
    return re.sub(code, lambda found: labels.get(name := found[1] or found[2], name), text)


def summary(function: Callable[..., Any]) -> str:
    """The question a table answers."""
    return words._(docstrings.told(function)[0])


def file_link(name: str, content: bytes, label: str = "", said: str = "") -> str:
    """A link that holds an Excel file. *said*: of which rows, for the audit log."""
    said = f" data-said='{html.escape(said[:200], quote=True)}'" if said else ""
    name, text = html.escape(name, quote=True), base64.b64encode(content).decode()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    address = f"href='data:{kind};base64,{text}'"
    return f"<a class='co-excel' download='{name}.xlsx'{said} {address}>{label}</a>"
