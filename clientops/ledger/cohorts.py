"""Clients by their first purchase: who made it, in which month, and what came after.

Sums are whole and of every manager and the company, whose number is −1. All months of the ledger
are worked out at once: what is later than the month asked for is left out of the result.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from clientops.ledger.matrices import Ledger, client_index, codes, once
from clientops.ledger.rows import with_company

NEVER = np.iinfo(np.int32).max  # the day of a purchase that was not made


class Sellers(NamedTuple):
    """Who made each client's first sale."""

    managers: pd.Index  # in code-point order
    of_client: np.ndarray  # position in managers; −1 where no purchase or not looked at


@once
def sellers(ledger: Ledger, sales_day: pd.DataFrame) -> Sellers:
    """The credit of the first purchase: on that day the most revenue, then the smaller id.

    Clients without an owner are not looked at: the book is of other clients' portfolios.
    """
    managers = client_index(sales_day["manager_id"])
    number = len(ledger.clients)
    looked_at = np.zeros(number, dtype=bool)
    looked_at[ledger.spans[:, 0]] = True
    bought = looked_at & (ledger.purchases[-1] > 0)
    first = np.full(number, NEVER)
    first[bought] = ledger.days[ledger.starts[bought]]
    who = codes(sales_day["client_id"], ledger.clients)
    day = sales_day["day"].to_numpy("datetime64[D]").astype(np.int64)
    rows = np.flatnonzero((who >= 0) & (first[who] == day))
    who, seller = who[rows], codes(sales_day["manager_id"], managers)[rows]
    falling = np.lexsort((seller, -sales_day["revenue"].to_numpy()[rows], who))[::-1]
    result = np.full(number, -1)
    result[who[falling]] = seller[falling]  # the last one written is the first in order
    return Sellers(managers, result)


@once
def cells(ledger: Ledger, sales_day: pd.DataFrame) -> pd.DataFrame:
    """What each cohort did in each month since.

    Returns manager, cohort (row of the ledger: month of the first purchase), age (months since),
    clients, retained (bought in that month), quarter (in the three months ending there), revenue.
    """
    sold, bought, first = sellers(ledger, sales_day), ledger.bought, ledger.first_bought
    some = np.flatnonzero(sold.of_client >= 0)
    some = some[np.lexsort((first[some], sold.of_client[some]))]
    manager, first = sold.of_client[some], first[some]
    is_new = (np.diff(manager, prepend=-1) != 0) | (np.diff(first, prepend=-1) != 0)
    starts = np.flatnonzero(is_new)
    manager, first = manager[starts], first[starts]
    at, group = np.nonzero(np.arange(ledger.months)[:, None] >= first)
    in_quarter = bought.copy()
    for months in (1, 2):
        in_quarter[months:] |= bought[:-months]

    def sums(matrix: np.ndarray) -> np.ndarray:
        return np.add.reduceat(matrix[:, some], starts, axis=1, dtype=np.int64)[at, group]

    frame = pd.DataFrame(
        {
            "manager": manager[group],
            "cohort": first[group],
            "age": at - first[group],
            "clients": np.diff(starts, append=len(some))[group],
            "retained": sums(bought),
            "quarter": sums(in_quarter),
            "revenue": sums(np.diff(ledger.revenue, axis=0)),
        }
    )
    return with_company(frame).groupby(["manager", "cohort", "age"], as_index=False).sum()


class Steps(NamedTuple):
    """A row for each client and purchase made or still to come, sorted by key and gap."""

    number: int  # steps of the ladder
    key: np.ndarray  # (manager + 1) × number + purchase − 1
    day: np.ndarray  # day number; NEVER where it was not made
    before: np.ndarray  # of the purchase before; the same day for the first one
    gap: np.ndarray  # days between them


@once
def steps(ledger: Ledger, sales_day: pd.DataFrame, number: int) -> Steps:
    """The first *number* purchases of every client, and the one it did not make."""
    sold = sellers(ledger, sales_day)
    known = np.flatnonzero(sold.of_client >= 0)
    count = ledger.purchases[-1][known]
    climbed = np.minimum(count + 1, number)
    client = np.repeat(np.arange(len(known)), climbed)
    step = np.arange(len(client)) - np.repeat(climbed.cumsum() - climbed, climbed)
    place = ledger.starts[known][client] + step
    made = step < count[client]
    days = np.append(ledger.days, NEVER).astype(np.int32)
    day = np.where(made, days[np.minimum(place, len(ledger.days))], NEVER)
    before = days[np.where(step > 0, place - 1, place)]
    gap = np.where(made, day - before, 0)
    own = (sold.of_client[known][client] + 1) * number + step
    key = _narrow(np.concatenate([step, own]))  # everybody's, then each manager's
    order = np.lexsort((np.tile(_narrow(gap), 2), key))
    columns = (np.tile(column, 2)[order] for column in (day, before, gap))
    return Steps(number, key[order], *columns)


def _narrow(numbers: np.ndarray) -> np.ndarray:
    """The same numbers, none below zero, in as few bytes as hold them: they sort much faster."""
    return numbers.astype(np.min_scalar_type(int(numbers.max(initial=0))))
