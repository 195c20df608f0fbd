"""Clients by what they have in common: the dimensions that several topics sum by.

A dimension's keys: `*` is everything; a manager's identifier; a volume class; a client group or a
region, `(none)` where there is none.
"""

import numpy as np
import pandas as pd

from clientops.ledger.matrices import Ledger, codes, once
from clientops.ledger.rows import names_of
from clientops.schema import EVERYONE, NONE

KEYS = ["dimension", "key"]


@once
def client_keys(ledger: Ledger) -> dict[str, np.ndarray]:
    """The client group and the region of every client."""
    clients, keys = ledger.client_table, {}
    who = codes(clients["client_id"], ledger.clients)
    for name in ("client_group", "region"):
        keys[name] = np.full(len(ledger.clients), NONE, dtype=object)
        keys[name][who] = clients[name].fillna(NONE)
        keys[name].setflags(write=False)
    return keys


def sums_by_dimension(
    rows: pd.DataFrame,
    keys: dict[str, np.ndarray],
    columns: list[str],
    by: tuple[str, ...] = (),
    once: str = "",
) -> pd.DataFrame:
    """The sums of some columns for each dimension and key that the rows stand in, as its index.

    *rows*: `who`, the client's position (−1: of nobody who is known, so only in `*`), manager_id,
    and the columns. *keys*: as `client_keys` gives them. *by*: columns that divide each key
    further. *once*: of a key's rows with the same value here only the first counts.
    """
    known = rows[rows["who"] >= 0]
    of_known = {"manager": known["manager_id"].astype(object).to_numpy()}
    of_known |= {name: each[known["who"]] for name, each in keys.items()}
    needed = [*columns, *by, *filter(None, [once])]
    parts = pd.concat([rows[needed], *[known[needed]] * len(of_known)], ignore_index=True)
    lengths = [len(rows), *[len(known)] * len(of_known)]
    parts["dimension"] = np.repeat(np.array([EVERYONE, *of_known], dtype=object), lengths)
    parts["key"] = np.concatenate([np.full(len(rows), EVERYONE, dtype=object), *of_known.values()])
    if once:
        parts = parts.drop_duplicates([*KEYS, once])
    return parts.groupby([*KEYS, *by])[columns].sum()


def with_names(
    table: pd.DataFrame, managers: pd.DataFrame, clients: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Add the names of managers and clients to their keys; other keys are called what they are."""
    names = table["key"].astype(object)
    for kind, frame in (("client", clients), ("manager", managers)):
        rows = table["dimension"] == kind
        if frame is not None and rows.any():
            known = names_of(frame, f"{kind}_id", f"{kind}_name")
            names[rows] = known.reindex(names[rows]).to_numpy()
    return table.assign(name=names.where(names.notna(), table["key"]))
