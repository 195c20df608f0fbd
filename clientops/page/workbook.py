"""The Excel files of a page's cards, and of the whole page: what the controls ask for."""

import html
from typing import TYPE_CHECKING

import pandas as pd

from clientops import display, words
from clientops.errors import ClientOpsError
from clientops.page import cards, subtitle
from clientops.page.table import PageTable

if TYPE_CHECKING:
    from clientops.page.state import Page

_LONGEST = 31  # characters of a sheet's name
WHOLE = "*"  # asks for the file of the whole page
ABOUT = "page"  # the sheet that says what the others show


def file_of(known: dict[str, PageTable], table: PageTable) -> str:
    """What the Excel file of a card is called, under which it is *known*: as its table, with a
    number where another card shows the same table otherwise."""
    for name, other in known.items():
        if other is table:
            return name
    names = [table.name, *(f"{table.name}-{number}" for number in range(2, len(known) + 2))]
    name = next(name for name in names if name not in known)
    known[name] = table
    return name


def footer(page: "Page", card: cards.Card, file: str) -> str:
    """What the footer of a card offers: the file itself, or a button that asks for it."""
    if page.is_static:
        return cards.excel_link(card.name, card.frame, card.about, cards.MOST_EMBEDDED)
    label = html.escape(words._("Excel"))
    button = f"<button type='button' class='co-excel' data-excel='{file}'>{label}</button>"
    return button if page.is_served else ""


def link(page: "Page", file: str) -> str:
    """A link that holds the Excel file of a card, or of the page."""
    if file == WHOLE:
        return cards.file_link(f"{page.topic}-{page.choices.month}", of_page(page))
    table = page.files[file]
    return cards.excel_link(table.name, table.frame, table.about, file=file)


def of_page(page: "Page") -> bytes:
    """A sheet per table, and first what the page looks at. The texts are in the words of the
    context."""
    frames, about = {}, _about(page)
    for name, table in page.files.items():
        try:
            frames[name] = table.frame
        except ClientOpsError as error:  # the data lack something: so says the card
            about.append((name, words.error(error)))
        else:
            told = subtitle.in_words(page.book, page.choices, table.about, table.frame)
            settings = "; ".join(f"{key} = {value}" for key, value in table.settings.items())
            about.append((name, f"{told} {settings}"))
    with display.new_workbook() as (book, content):
        said = pd.DataFrame(about, columns=["what", "value"], dtype="str")
        display.add_sheet(book, ABOUT, said, heads=["", ""])
        for name, frame in frames.items():
            sheet = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 4]}~{name[-3:]}"
            with words.telling(page.files[name].about):
                display.add_sheet(book, sheet, frame)
    return content.getvalue()


def _about(page: "Page") -> list[tuple[str, str]]:
    rows = [
        (words._("Company"), page.book.company.name),
        (words._("Page"), page.topic),
        (words._("Shows"), subtitle.in_words(page.book, page.choices)),
        (words._("Data up to"), words.date(page.book.data_until)),
        (words._("For"), page.book.viewer.name),
    ]
    return [row for row in rows if row[1]]
