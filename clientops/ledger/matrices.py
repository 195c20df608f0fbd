"""The ledger of a book: month × client matrices, owners, purchases and cut-offs, made once.

Matrices beat group-by windows by far: all windows of all months are differences of one cumulative
sum. Rows are the months of the data, columns are clients in code-point order. Whoever asks for a
month looks at the rows up to it, so nothing later has an influence.
"""

import dataclasses
import functools
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from clientops import periods
from clientops.schema import UNASSIGNED


@dataclasses.dataclass(frozen=True, eq=False)
class Ledger:
    """Money, purchases and owners of n clients in m months; see `read_ledger`."""

    clients: pd.Index  # n identifiers in code-point order
    managers: pd.Index  # owners in code-point order
    first_month: int  # month number of the first row
    revenue: np.ndarray  # (m + 1) × n, int64: cumulative from the top, first row 0
    margin: np.ndarray  # the same, of costed lines only
    costed_revenue: np.ndarray  # the same, revenue of these lines
    costed: np.ndarray  # the same, int32, number of costed lines
    purchases: np.ndarray  # the same, int32, number of purchases
    known_from: np.ndarray  # n: row from which the client is known
    first_line: np.ndarray  # n: row of its first line; m where it has none
    days: np.ndarray  # every purchase as a day number, client by client, in order of time
    starts: np.ndarray  # n: where a client's days begin
    spans: np.ndarray  # k × 4: client, owner, first and last row of the span
    cuts: pd.DataFrame  # cut-offs that the build stored (schema: FACTS), none in a small ledger
    cut_shares: tuple[float, float] | None  # the abc_shares they were made with
    is_whole: bool  # whether nothing is hidden, so that other cut-offs can be worked out
    client_table: pd.DataFrame  # the book's frame clients, as it is: names, groups …
    manager_table: pd.DataFrame  # and managers: names, teams …
    memo: dict = dataclasses.field(default_factory=dict, init=False, repr=False)  # see `once`

    def __repr__(self) -> str:
        size = f"{len(self.clients)} clients × {self.months} months"
        return f"<Ledger: {size}, {self.size >> 20} MB>"

    @property
    def months(self) -> int:
        """Number of months."""
        return len(self.revenue) - 1

    @property
    def size(self) -> int:
        """Bytes that its matrices take, and what was worked out of them."""
        held = [*vars(self).values(), *(result for result, _given in self.memo.values())]
        return sum(each.nbytes for each in held if isinstance(each, np.ndarray))

    def row(self, month: pd.Timestamp) -> int:
        """The row of a month; −1 where the ledger does not reach it."""
        row = periods.month_number(month) - self.first_month
        return row if 0 <= row < self.months else -1

    def month_of(self, row: int) -> pd.Timestamp:
        """The first day of a row's month."""
        return pd.Timestamp(periods.month_starts(np.array([self.first_month + row]))[0])

    def day_of(self, row: int) -> np.datetime64:
        """The same as a day without a time."""
        return np.datetime64(self.month_of(row), "D")

    def days_of(self, window: "Window") -> tuple[np.datetime64, np.datetime64]:
        """The first and the last day of a window."""
        return self.day_of(window.start), self.day_of(window.end + 1) - np.timedelta64(1, "D")

    def of_managers(self, manager_ids: Collection[str]) -> "Ledger":
        """The same ledger in which only the clients of some managers have an owner."""
        chosen = self.managers.isin(list(manager_ids))
        return dataclasses.replace(self, spans=self.spans[chosen[self.spans[:, 1]]])

    def owned_from(self, row: int, owner: np.ndarray) -> "Ledger":
        """The same ledger in which each client has this owner (position in `managers`; −1: none)
        from a row on."""
        before = self.spans[self.spans[:, 2] < row]
        before[:, 3] = np.minimum(before[:, 3], row - 1)
        client = np.flatnonzero(owner >= 0)
        ends = np.broadcast_to([row, self.months], (len(client), 2))
        since = np.column_stack([client, owner[client], ends])
        return dataclasses.replace(self, spans=np.concatenate([before, since]))

    def of_one_portfolio(self) -> "Ledger":
        """The same ledger in which everybody has one owner: where only the company is asked for."""
        clients = np.arange(len(self.clients))
        owner = np.zeros_like(clients)
        spans = np.column_stack([clients, owner, owner, owner + self.months])
        return dataclasses.replace(self, managers=pd.Index([UNASSIGNED]), spans=spans)

    @functools.cached_property
    def names(self) -> np.ndarray:
        """n: the clients' names; the identifier where unknown."""
        named = self.client_table[self.client_table["client_name"].notna()]
        names = np.array(self.clients, dtype=object)
        names[codes(named["client_id"], self.clients)] = named["client_name"].astype(object)
        names.setflags(write=False)
        return names

    @functools.cached_property
    def bought(self) -> np.ndarray:
        """m × n: whether the client bought in the month."""
        return self.purchases[1:] > self.purchases[:-1]

    @functools.cached_property
    def last_bought(self) -> np.ndarray:
        """(m + 1) × n: row of the last purchase before each row; −1 where none."""
        last = np.full(self.purchases.shape, -1, dtype=np.int16)
        rows = np.arange(self.months, dtype=np.int16)[:, None]
        np.copyto(last[1:], rows, where=self.bought)
        return np.maximum.accumulate(last, axis=0)

    @functools.cached_property
    def buyer(self) -> np.ndarray:
        """The client (position) of every purchase."""
        return np.repeat(np.arange(len(self.starts)), np.diff(self.starts, append=len(self.days)))

    @functools.cached_property
    def gap(self) -> np.ndarray:
        """Days from the purchase before to every purchase; means nothing for a client's first."""
        return np.diff(self.days, prepend=self.days[:1])

    @functools.cached_property
    def squared_gaps(self) -> np.ndarray:
        """The cumulative sum of the squares of `gap`."""
        return (self.gap * self.gap).cumsum()

    @functools.cached_property
    def first_bought(self) -> np.ndarray:
        """Row of every client's first purchase; m where there is none."""
        return np.where(self.purchases[-1] > 0, self.bought.argmax(axis=0), self.months)


def once(function: Callable[..., Any]) -> Callable[..., Any]:
    """Work out a result once per ledger; it is shared and must not be changed.

    Frames among the arguments are told apart by identity.
    """

    @functools.wraps(function)
    def remembered(ledger: Ledger, *given: Any) -> Any:
        key = (function, *(id(one) if isinstance(one, pd.DataFrame) else one for one in given))
        if key not in ledger.memo:
            result = function(ledger, *given)
            if isinstance(result, np.ndarray):
                result.setflags(write=False)  # who changed it would change it for all
            ledger.memo[key] = result, given  # which keeps the frames alive
        return ledger.memo[key][0]

    return remembered


class Window(NamedTuple):
    """Months (rows) start … end, both included."""

    start: int
    end: int

    @property
    def months(self) -> int:
        """Months really covered."""
        return self.end - self.start + 1

    def sum(self, cumulative: np.ndarray) -> np.ndarray:
        """What a cumulative matrix gained in the window, per client."""
        return cumulative[self.end + 1] - cumulative[self.start]


def window(end: int, window_months: int) -> Window:
    """The window of *window_months* that ends with month *end*, cut at the first month."""
    return Window(max(0, end - window_months + 1), end)


def client_index(*columns: pd.Series) -> pd.Index:
    """All identifiers of the columns in code-point order; shared categories are taken as they are.

    The frames of a book share one set of categories: then nothing has to be sorted.
    """
    first = columns[0]
    if all(isinstance(c.dtype, pd.CategoricalDtype) and c.dtype == first.dtype for c in columns):
        return first.cat.categories
    return pd.Index(np.unique(np.concatenate([np.asarray(c, dtype=object) for c in columns])))


def codes(column: pd.Series, index: pd.Index) -> np.ndarray:
    """Position of each identifier in *index*; −1 where it is not there."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        at = column.cat.codes.to_numpy()
        if column.cat.categories.equals(index):  # as among the frames of a book
            return at
        return np.append(index.get_indexer(column.cat.categories.astype(object)), -1)[at]
    return index.get_indexer(column.astype(object))


def read_ledger(
    sales_month: pd.DataFrame,
    purchases: pd.DataFrame,
    clients: pd.DataFrame,
    owners: pd.DataFrame,
    managers: pd.DataFrame,
    first_month: pd.Timestamp,
    last_month: pd.Timestamp,
) -> Ledger:
    """The matrices of all clients with a line or in *clients*, from the data's first month on.

    The frames are the book's (schema: FACTS, TABLES); what is later than *last_month* is left out.
    A client is known from its first line or, where it stands in *clients*, from created_on (empty:
    always). The ledger is whole and has no stored cut-offs: whoever has some adds them.
    """
    index = client_index(
        sales_month["client_id"], purchases["client_id"], clients["client_id"], owners["client_id"]
    )
    first = periods.month_number(first_month)
    months = periods.month_number(last_month) - first + 1
    at = periods.month_numbers(sales_month["month"]) - first
    sales = sales_month[at < months]
    who, at = codes(sales["client_id"], index), at[at < months]

    def matrix(who: np.ndarray, at: np.ndarray, values: object, dtype: type) -> np.ndarray:
        cells = np.zeros((months + 1, len(index)), dtype=dtype)
        np.add.at(cells.ravel(), (at + 1) * len(index) + who, values)
        return cells.cumsum(axis=0, dtype=dtype, out=cells)

    def of_sales(values: pd.Series, dtype: type = np.int64) -> np.ndarray:
        return matrix(who, at, values.to_numpy(), dtype)

    first_line = np.full(len(index), months)
    np.minimum.at(first_line, who, at)
    created = clients["created_on"].to_numpy(dtype="datetime64[M]")
    entered = np.where(np.isnat(created), 0, created.astype(np.int64) + 1970 * 12 - first)
    known_from = first_line.copy()
    np.minimum.at(known_from, codes(clients["client_id"], index), entered)
    buyers, days = _purchases(purchases, index, last_month)
    those_who_own = client_index(owners["manager_id"])
    return Ledger(
        clients=index,
        managers=those_who_own,
        first_month=first,
        revenue=of_sales(sales["revenue"]),
        margin=of_sales(sales["costed_revenue"] - sales["cost"]),
        costed_revenue=of_sales(sales["costed_revenue"]),
        costed=of_sales(sales["costed_lines"], np.int32),
        purchases=matrix(buyers, periods.month_numbers(days) - first, 1, np.int32),
        known_from=known_from,
        first_line=first_line,
        days=days.astype(np.int64),
        starts=np.searchsorted(buyers, np.arange(len(index))),
        spans=_spans(owners, index, those_who_own, first),
        cuts=pd.DataFrame(),
        cut_shares=None,
        is_whole=True,
        client_table=clients,
        manager_table=managers,
    )


def _spans(owners: pd.DataFrame, index: pd.Index, managers: pd.Index, first: int) -> np.ndarray:
    ends = owners["to_month"].fillna(pd.Timestamp("2200-01-01"))
    spans = np.column_stack(
        [
            codes(owners["client_id"], index),
            codes(owners["manager_id"], managers),
            periods.month_numbers(owners["from_month"]) - first,
            periods.month_numbers(ends) - first,
        ]
    )
    return spans[spans[:, 0] >= 0]


def _purchases(
    purchases: pd.DataFrame, index: pd.Index, last_month: pd.Timestamp
) -> tuple[np.ndarray, np.ndarray]:
    """Client position and day of every purchase up to the month's end, in that order."""
    who = codes(purchases["client_id"], index)
    days = np.asarray(purchases["day"], dtype="datetime64[D]")
    kept = days <= np.datetime64(periods.month_end(last_month), "D")
    who, days = who[kept], days[kept]
    same = who[1:] == who[:-1]
    if (who[1:] >= who[:-1]).all() and (days[1:] >= days[:-1])[same].all():
        return who, days  # the book's frame is in order already
    order = np.lexsort((days, who))
    return who[order], days[order]


@once
def owner(ledger: Ledger, end: int) -> np.ndarray:
    """Owner of every client at a month's end, as position in `managers`; −1: not shown then."""
    client, manager, first, last = ledger.spans.T
    holds = (first <= end) & (end <= last)
    result = np.full(len(ledger.clients), -1, dtype=np.int32)
    result[client[holds]] = manager[holds]
    return result


def known_by(ledger: Ledger, client_id: pd.Series, end: int) -> np.ndarray:
    """Positions of the clients that are known by month *end*; −1 for all others."""
    who = codes(client_id, ledger.clients).astype(np.int64)
    return np.where((who >= 0) & (ledger.known_from <= end)[who], who, -1)


def bought_between(ledger: Ledger, who: np.ndarray, first: object, last: object) -> np.ndarray:
    """Whether clients (positions) have a purchase from one day to another (day numbers)."""
    large = 1 << 22  # more than any day
    purchases = ledger.buyer * large + ledger.days
    low = np.searchsorted(purchases, who * large + first)
    return np.searchsorted(purchases, who * large + last, side="right") > low


def per_owner(ledger: Ledger, owner: np.ndarray, *flags: np.ndarray) -> np.ndarray:
    """A row per owner, the company (−1) first: its number, then how many clients have each flag."""
    number = len(ledger.managers)
    shown = owner >= 0
    columns = [np.arange(-1, number)]
    for flag in flags:
        counts = np.bincount(owner[shown & flag], minlength=number)
        columns.append(np.append(counts.sum(), counts))
    return np.column_stack(columns)
