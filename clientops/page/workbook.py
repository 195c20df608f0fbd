"""The Excel files of a page's cards, and of the whole page: what the controls ask for."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from clientops import display, words
from clientops.errors import ClientOpsError
from clientops.page import cards, scope
from clientops.page.table import PageTable

if TYPE_CHECKING:
    from clientops.page import Page

_LONGEST = 31  # characters of a sheet's name
WHOLE = "*"  # asks for the file of the whole page
ABOUT = "page"  # the sheet that says what the others show


def file_name(known: Mapping[str, PageTable], table: PageTable) -> str:
    """What the Excel file of a card is called: as its table, with a number where another card
    shows the same table otherwise."""
    for name, other in known.items():
        if other is table:
            return name
    names = [table.name, *(f"{table.name}-{number}" for number in range(2, len(known) + 2))]
    return next(name for name in names if name not in known)


def link(page: "Page", known: Mapping[str, PageTable], file: str) -> str:
    """A link that holds the Excel file of a card, or of the page."""
    if file == WHOLE:
        return cards.file_link(f"{page.topic}-{page.choices.month}", of_page(page, known))
    table = known[file]
    return cards.excel_link(table.name, table.frame, table.function.about, file=file)


def of_page(page: "Page", known: Mapping[str, PageTable]) -> bytes:
    """A sheet per table, and first what the page looks at. The texts are in the words of the
    context."""
    frames, about = {}, _about(page)
    for name, table in known.items():
        try:
            frames[name] = table.frame
        except ClientOpsError as error:  # the data lack something: so says the card
            about.append((name, str(error)))
        else:
            settings = "; ".join(f"{key} = {value}" for key, value in table.settings.items())
            about.append((name, scope.in_words(page, table.function, table.frame) + f" {settings}"))
    with display.new_workbook() as (book, content):
        said = pd.DataFrame(about, columns=["what", "value"], dtype="str")
        display.add_sheet(book, ABOUT, said, heads=["", ""])
        for name, frame in frames.items():
            sheet = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 4]}~{name[-3:]}"
            with words.telling(known[name].function.about):
                display.add_sheet(book, sheet, frame)
    return content.getvalue()


def _about(page: "Page") -> list[tuple[str, str]]:
    viewer = page.book.viewer
    rows = [
        (words._("Company"), page.book.company.name),
        (words._("Page"), page.topic),
        (words._("Shows"), scope.in_words(page)),
        (words._("Data up to"), words.date(page.book.data_until)),
        (words._("For"), viewer.name),
    ]
    return [row for row in rows if row[1]]
