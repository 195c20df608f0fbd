"""The frames of schema.SUMS that a book makes: summed by the engine, of what its viewer may see."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from clientops import schema
from clientops.errors import ClientOpsError
from clientops.store import client_sums, visible_rows, window_sums
from clientops.words import N_

# Of what rests on clients whom the viewer does not see, and is stored as the settings in force say.
OF_ALL = N_(
    "this rests on clients of the whole company, not only on yours: it is shown for all your "
    "clients together, at the settings in force"
)


class Source(NamedTuple):
    """Of what the sums are made."""

    run: Callable[..., pd.DataFrame]  # what a query gives
    only: dict[str, list[str]]  # the identifiers, where not all are looked at
    ids: dict[str, visible_rows.Identifiers]  # of each kind, as far as they may be seen


def read(
    book: Any,
    source: Source,
    name: str,
    month: object,
    months: int,
    dimension: str,
) -> pd.DataFrame:
    """A frame of schema.SUMS of a month and a window of *months*; see Book.sums."""
    in_force, sees_everything = book.settings.portfolio, book.viewer.sees_everything
    if name == "fate_sales" and not sees_everything and months != in_force.window_months:
        raise ClientOpsError(OF_ALL)
    asked = window_sums.spans(book.first_month, book.check_month(month), months)
    run, only = source.run, source.only

    def of_clients(table: str) -> str:
        """SQL: which rows of a stored table with clients, called t, are looked at."""
        rows = [] if sees_everything else [f"({visible_rows.rows(table)})"]
        if "client_id" in only:
            rows.append(visible_rows.looked_at("client_id", table))
        return " and ".join(rows) or "true"

    # What clients bought stands with whoever owns them, all else with who sold.
    if "client_id" not in schema.SUMS[name]:
        rows = [] if sees_everything else [visible_rows.CREDITED]
        kinds = () if name in window_sums.OF_COMPANY else ("client_id", "manager_id")
        rows += [visible_rows.looked_at(each) for each in kinds if each in only]
        sold = visible_rows.looked_at("product_id") if "product_id" in only else "true"
        seen = " and ".join(rows) or "true"
        return window_sums.read(run, name, asked, dimension, seen, sold, sees_everything)
    if name == "client_events":
        frame = client_sums.events(run, book.tables, book.as_of(asked.last), of_clients)
    elif name == "client_product_sales":
        frame = client_sums.products(run, asked, of_clients)
    else:
        frame = window_sums.read(run, name, asked, seen=of_clients("product_month"))
    for column in frame.columns.intersection(["client_id", "manager_id"]):
        ids = source.ids[column]
        at = np.where(frame[column].isna(), -1, ids.places[frame[column].fillna(0).astype(int)])
        frame[column] = pd.Categorical.from_codes(at, categories=ids.categories)
    return frame
