"""Clients by what they have in common: the dimensions that several topics sum by.

A dimension's keys: `*` is everything; a manager's identifier; a volume class; a client group or a
region, `(none)` where there is none.
"""

import numpy as np
import pandas as pd

from clientops.ledger import classes
from clientops.ledger.matrices import Ledger
from clientops.ledger.rows import names_of
from clientops.schema import EVERYONE, NONE
from clientops.settings import Portfolio

KEYS = ["dimension", "key"]


def client_keys(
    ledger: Ledger, clients: pd.DataFrame, end: int, portfolio: Portfolio
) -> dict[str, np.ndarray]:
    """The key of every client at month *end* in each dimension that is not of managers."""
    keys = {"abc": classes.ABC[classes.abc(ledger, end, portfolio)].astype(object)}
    for name in ("client_group", "region"):
        known = names_of(clients, "client_id", name).reindex(ledger.clients.astype(object))
        keys[name] = known.fillna(NONE).to_numpy(object)
    return keys


def by_dimension(rows: pd.DataFrame, keys: dict[str, np.ndarray]) -> pd.DataFrame:
    """The rows once for each dimension and key they stand in.

    *rows*: `who`, the client's position (−1: of nobody who is known, so only in `*`), manager_id,
    and what is to be summed. *keys*: as `client_keys` gives them.
    """
    known = rows[rows["who"] >= 0]
    parts = [
        rows.assign(dimension=EVERYONE, key=EVERYONE),
        known.assign(dimension="manager", key=known["manager_id"].astype(object)),
        *(known.assign(dimension=name, key=each[known["who"]]) for name, each in keys.items()),
    ]
    return pd.concat(parts, ignore_index=True)


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
