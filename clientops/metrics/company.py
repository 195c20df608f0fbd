"""The company's rows of every month, for books that hold only a part of the clients.

Made once by the build, from one ledger: each month's table looks only at the months up to it.
"""

import dataclasses
from collections.abc import Callable

import numpy as np
import pandas as pd

from clientops.metrics import classes, portfolio
from clientops.metrics.frames import EVERYONE
from clientops.schema import UNASSIGNED
from clientops.settings import Portfolio

TABLES: dict[str, Callable[..., pd.DataFrame]] = {
    "portfolio_quality": portfolio._quality,
    "portfolio_trend": portfolio._trend,
}


def one_portfolio(ledger: classes.Ledger) -> classes.Ledger:
    """The same ledger with one owner of everybody: where only the company's rows are wanted."""
    clients = np.arange(len(ledger.clients))
    owner = np.zeros_like(clients)
    spans = np.column_stack([clients, owner, owner, owner + ledger.months])
    return dataclasses.replace(ledger, managers=pd.Index([UNASSIGNED]), spans=spans)


def rows(
    table: str,
    ledger: classes.Ledger,
    managers: pd.DataFrame,
    cuts: pd.DataFrame,
    rules: Portfolio,
) -> pd.DataFrame:
    """The `*` rows of a table for every month of the ledger, which `asked` names."""
    months = []
    for end in range(ledger.months):
        frame = TABLES[table](ledger, end, managers, cuts, rules)
        frame = frame[frame["manager_id"] == EVERYONE]
        months.append(frame.assign(asked=classes.month_of(ledger, end)))
    return pd.concat(months, ignore_index=True)
