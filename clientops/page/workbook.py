"""The Excel files of a page's cards, and of the whole page: what is seen, as it is called there."""

import html
from typing import TYPE_CHECKING

import pandas as pd
from xlsxwriter import Workbook

from clientops import display, words
from clientops.errors import ClientOpsError
from clientops.page import cards, lists, subtitle
from clientops.schema import EVERYONE

if TYPE_CHECKING:
    from clientops.page.parts import Part
    from clientops.page.state import Page

WHOLE = "*"  # asks for the file of the whole page
_WIDE = 110  # characters of what the first sheet says


def file_of(known: dict[str, "Part"], part: "Part") -> str:
    """What the Excel file of a card is called, under which it is *known*: as its table, with a
    number where other cards show the same table."""
    name = part.table.name
    names = [name, *(f"{name}-{number}" for number in range(2, len(known) + 2))]
    name = next(name for name in names if name not in known)
    known[name] = part
    return name


def footer(page: "Page", card: cards.Card, file: str, state: lists.State | None) -> str:
    """What the footer of a card offers: the file itself, or a button that asks for it."""
    if page.is_static:
        return _link_of_card(page, card, state, file, cards.MOST_EMBEDDED)
    label = html.escape(words._("Excel"))
    button = f"<button type='button' class='co-excel' data-excel='{file}'>{label}</button>"
    return button if page.is_served else ""


def link(page: "Page", file: str) -> str:
    """A link that holds the Excel file of a card, or of the page."""
    if file == WHOLE:
        return cards.file_link(f"{page.topic}-{page.choices.month}", of_page(page))
    part = page.files[file]
    with part.telling():
        card = part.card()
    with part.telling(card):
        return _link_of_card(page, card, part.state, file)


def _link_of_card(
    page: "Page", card: cards.Card, state: lists.State | None, file: str, most: int | None = None
) -> str:
    frame = seen(page, card, state)
    label = html.escape(words._("Save as Excel"))
    if most is not None and len(frame) > most:
        label = words._("Save the first {number} rows as Excel").format(number=words.count(most))
    with display.new_workbook({"title": card.title, "subject": card.subtitle}) as (book, content):
        _add(book, _name(page), card, frame.head(most) if most else frame)
        if (form := words.form()) and most is None:  # of some rows only it would be misleading
            rows = lists.found(card, state) if state else card.frame
            display.for_print(display.add_form(book, form, rows), f"{card.title}\n{card.subtitle}")
    said = f"{len(frame)} rows" + (f", {state.told}" if state and state.told else "")
    return cards.file_link(file, content.getvalue(), label, said)


def of_page(page: "Page") -> bytes:
    """A sheet per card, and first what the page looks at. The texts are in the words of the
    context."""
    rows = [*_about(page), ("", "")]
    with display.new_workbook({"title": _name(page)}) as (book, content):
        front = book.add_worksheet(_name(page))
        for number, part in enumerate(page.files.values(), 1):
            sheet = f"{_name(page)} {number}"
            with part.telling():
                try:
                    card = part.card()
                except ClientOpsError as error:  # the data lack something: so says the card
                    rows.append((sheet, words.error(error)))
                    continue
            if not card.title:  # left out
                continue
            with part.telling(card):
                _add(book, sheet, card, seen(page, card, part.state))
                rows.append((sheet, f"{card.title}\n{card.subtitle}"))
        front.set_column(0, 0, 20)
        front.set_column(1, 1, _WIDE)
        display.for_print(front, _name(page))
        top = book.add_format({"text_wrap": True, "valign": "top"})
        for at, row in enumerate(rows):
            lines = (display.lines_of(len(line), _WIDE) for line in row[1].split("\n"))
            front.set_row(at, 15 * sum(lines))
            for column, text in enumerate(row):
                front.write_string(at, column, text, top)
    return content.getvalue()


def seen(page: "Page", card: cards.Card, state: lists.State | None) -> pd.DataFrame:
    """The rows of a card as a reader sees them: those found in a list, those that a figure is of;
    with names for ids, and words for what stands for them."""
    if state:
        frame = lists.saved(card, state)
    else:
        frame = lists.named(page, card.frame)
        for column, value in (card.options.get("where") or {}).items():
            frame = frame[frame[column].isin([value, EVERYONE])]
        names = {"key": "name", "metric": "label", "place": "label"}
        names |= {each: f"{each.removesuffix('_id')}_name" for each in frame if each[-3:] == "_id"}
        frame = frame.drop(columns=[each for each, name in names.items() if name in frame])
    return display.in_words(frame)


def _add(book: Workbook, sheet: str, card: cards.Card, frame: pd.DataFrame) -> None:
    heads = [display.Column(name, words.label(name), words.unit(name)).head for name in frame]
    told = f"{card.title}\n{card.subtitle}"
    display.for_print(display.add_sheet(book, sheet, frame, heads), told)


def _name(page: "Page") -> str:
    """What the page is called, as a sheet can be."""
    return words._(page.topic.replace("_", " ").capitalize())[:28]


def _about(page: "Page") -> list[tuple[str, str]]:
    rows = [
        (words._("Company"), page.book.company.name),
        (words._("Shows"), subtitle.in_words(page.book, page.choices)),
        (words._("Data up to"), words.date(page.book.data_until)),
        (words._("For"), page.book.viewer.name),
    ]
    return [row for row in rows if row[1]]
