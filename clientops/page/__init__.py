"""What a notebook calls: one page, three doors.

`open_page` opens the book, reads the parameters (of the notebook, or of the address in a browser),
and gives cards that redraw when a control changes. With $CLIENTOPS_STATIC set there are no widgets:
each card is drawn once, as HTML that needs nothing else. Under a server ($QUERY_STRING is there)
the book is opened for $CLIENTOPS_VIEWER, and clicks on the page's HTML come as lines of one hidden
text field.
"""

import contextvars
import os
from collections.abc import Sequence

from clientops import book as books
from clientops import words
from clientops.errors import ClientOpsError
from clientops.page import header, requests
from clientops.page.choices import EVERYONE, FILTERS, MEASURES, OF_MANAGERS, Choices, checked
from clientops.page.state import Page
from clientops.schema import names

# A book that is open already, for pages run one after the other by the same viewer.
open_already: contextvars.ContextVar[books.Book] = contextvars.ContextVar("open_already")


def open_page(
    topic: str,
    *,
    data: str = "",
    month: str = "",
    manager_id: str | None = EVERYONE,
    team: str = "",
    client_group: str = "",
    region: str = "",
    product_group: str = "",
    abc: str = "",
    measure: str = MEASURES[0],
    window_months: int = 0,
    xyz_by: str = "",
    filters: str | Sequence[str] = FILTERS,
) -> Page:
    """Open the page of a topic and show its header and controls.

    *data*: the data folder; empty: $CLIENTOPS_DATA, else data/sample. *month*: `2026-10`; empty:
    the last complete one. *manager_id*: `*` is everyone; None: the page is of no manager, as a
    client's. The others stand behind *Filters*, of which *filters* names (`"team region"`) those
    that this page offers: all its tables must honour them. Others go along to the next page; none:
    it depends neither on them nor on month and manager. In a browser the address overrides them
    all; values that cannot be are a sentence on the page.
    """
    given = Choices(
        month,
        EVERYONE if manager_id is None else str(manager_id),
        team,
        client_group,
        region,
        product_group,
        abc,
        measure,
        window_months,
        xyz_by,
    )
    book = open_already.get(None) or books.open_book(data, books.viewer_of_environment())
    of_managers = [] if manager_id is None else [OF_MANAGERS]
    page = Page(topic, book, [*of_managers, *names(filters)], given)
    try:
        page.choices = requests.opened(page, os.environ.get("QUERY_STRING", ""))
    except ClientOpsError as error:
        with page.words():
            page.broken = words.error(error)
        page.choices = checked(page.book, Choices())
    header.show(page)
    return page
