"""What the controls of a page offer: pairs of what is read and the value."""

from collections.abc import Callable

import pandas as pd

from clientops import periods, words
from clientops.book import Book
from clientops.page.choices import Choices, clients_of, managers_of, only_manager
from clientops.schema import EVERYONE

Options = list[tuple[str, str]]
Offered = Callable[[], Options] | Options  # a function is asked again when another control changes


def offered_now(offered: Offered) -> Options:
    """The options as they are now."""
    return offered() if callable(offered) else offered


def months(book: Book) -> Options:
    """The months of the data, the latest first."""
    found = pd.date_range(book.first_month, book.last_month, freq="MS")[::-1]
    return [(words.month(month), periods.label(month)) for month in found]


def months_before(book: Book, month: pd.Timestamp) -> Options:
    """The months before one, the latest first; at the top what the table takes by itself."""
    before = [each for each in months(book) if each[1] < periods.label(month)]
    return [(words._("one window before"), ""), *before]


def names(book: Book) -> dict[str, str]:
    """The managers that the viewer may see, by id."""
    known = book.managers.set_index("manager_id")["manager_name"].astype(object).to_dict()
    return {each: str(known.get(each) or words.value(each)) for each in book.manager_ids}


def managers(book: Book) -> Options:
    """All managers and each of them, by name; whoever is only one of them has no choice."""
    named = sorted((name, each) for each, name in names(book).items())
    return named if only_manager(book) else [(words._("all managers"), EVERYONE), *named]


def beside(book: Book) -> Options:
    """The managers who can be compared with the one chosen: where several are seen."""
    others = managers(book)[1:]
    return [(words._("nobody"), ""), *others] if len(others) > 1 else []


def owners_at(book: Book, month: pd.Timestamp) -> pd.DataFrame:
    """Which client is whose at a month's end."""
    owners = book.owners[book.owners["from_month"] <= month]
    return owners[owners["to_month"].isna() | (owners["to_month"] >= month)]


def clients(book: Book, choices: Choices) -> Options:
    """The clients of the managers looked at (at the month's end) that the filters leave, the
    largest first."""
    month, part = periods.parse_month(choices.month), managers_of(book, choices)
    now = book.classes[book.classes["month"] == month].sort_values("revenue", ascending=False)
    if part is not None:
        owners = owners_at(book, month)
        own = owners["client_id"][owners["manager_id"].isin(part)]
        now = now[now["client_id"].isin(own)]
    if choices.picks_clients:
        now = now[now["client_id"].isin(clients_of(book, choices))]
    ids = now["client_id"].astype(str)
    names = book.clients.set_index("client_id")["client_name"].astype(object).reindex(ids)
    names = names.where(names.notna(), ids.to_numpy()).astype(str)
    names = names.mask(names.duplicated(keep=False).to_numpy(), names + " · " + names.index)
    return [(words._("choose a client"), ""), *zip(names, ids, strict=True)]
