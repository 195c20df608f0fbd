"""The ledger as month × client matrices, and the classes of every client in any of its months.

Matrices beat group-by windows by far: all windows of all months are differences of one cumulative
sum. Rows are the months from the data's first to the last one asked for, so nothing later can have
an influence; columns are clients in code-point order. Whatever decides a class is an integer.
"""

import dataclasses
import functools
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger.statistics import twice_median
from clientops.schema import MONEY_SCALE
from clientops.settings import Portfolio

ABC = np.array(["A", "B", "C", "D", "-"])
XYZ = np.array(["X", "Y", "Z", "-"])
STAGES = np.array(["prospect", "new", "returned", "active", "lapsed", "lost"])
A, B, C, D, NO_ABC = range(5)
X, Y, Z, NO_XYZ = range(4)
PROSPECT, NEW, RETURNED, ACTIVE, LAPSED, LOST = range(6)


@dataclasses.dataclass(frozen=True, eq=False)
class Ledger:
    """Money, purchases and owners of n clients in m months; see `read_ledger`."""

    clients: pd.Index  # n identifiers in code-point order
    managers: pd.Index  # owners in code-point order
    first_month: int  # month number of the first row
    revenue: np.ndarray  # (m + 1) × n, int64: cumulative from the top, first row 0
    margin: np.ndarray  # the same, of costed lines only
    costed: np.ndarray  # the same, number of costed lines
    purchases: np.ndarray  # the same, number of purchases
    known_from: np.ndarray  # n: row from which the client is known
    days: np.ndarray  # every purchase as a day number, client by client, in order of time
    starts: np.ndarray  # n: where a client's days begin
    spans: np.ndarray  # k × 4: client, owner, first and last row of the span
    memo: dict = dataclasses.field(default_factory=dict, init=False, repr=False)  # see `once`

    @property
    def months(self) -> int:
        """Number of months."""
        return len(self.revenue) - 1

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
        """Row of every client's first purchase; 0 where none."""
        return (self.purchases[1:] > 0).argmax(axis=0)


def once(function: Callable[..., Any]) -> Callable[..., Any]:
    """Work out a month's result once per ledger; it is shared and must not be changed."""

    @functools.wraps(function)
    def remembered(ledger: Ledger, *key: Any) -> Any:
        full = (function.__name__, *key)
        if full not in ledger.memo:
            ledger.memo[full] = function(ledger, *key)
        return ledger.memo[full]

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
    first_month: pd.Timestamp,
    month: pd.Timestamp,
) -> Ledger:
    """The matrices of all clients with a line or in *clients*, from *first_month* to *month*.

    A client is known from its first line or, where it stands in *clients*, from created_on (empty:
    always).
    """
    index = client_index(
        sales_month["client_id"], purchases["client_id"], clients["client_id"], owners["client_id"]
    )
    first = periods.month_number(first_month)
    months = periods.month_number(month) - first + 1
    at = periods.month_numbers(sales_month["month"]) - first
    sales = sales_month[at < months]
    who, at = codes(sales["client_id"], index), at[at < months]

    def matrix(who: np.ndarray, at: np.ndarray, values: object) -> np.ndarray:
        cells = np.zeros((months + 1, len(index)), dtype=np.int64)
        np.add.at(cells.ravel(), (at + 1) * len(index) + who, values)
        return cells.cumsum(axis=0, out=cells)

    known_from = np.full(len(index), months)
    np.minimum.at(known_from, who, at)
    created = clients["created_on"].to_numpy(dtype="datetime64[M]")
    entered = np.where(np.isnat(created), 0, created.astype(np.int64) + 1970 * 12 - first)
    np.minimum.at(known_from, codes(clients["client_id"], index), entered)
    buyers, days = _purchases(purchases, index, month)
    bought_at = periods.month_numbers(days) - first
    managers = client_index(owners["manager_id"])
    return Ledger(
        clients=index,
        managers=managers,
        first_month=first,
        revenue=matrix(who, at, sales["revenue"].to_numpy()),
        margin=matrix(who, at, (sales["costed_revenue"] - sales["cost"]).to_numpy()),
        costed=matrix(who, at, sales["costed_lines"].to_numpy()),
        purchases=matrix(buyers, bought_at, 1),
        known_from=known_from,
        days=days.astype(np.int64),
        starts=np.searchsorted(buyers, np.arange(len(index))),
        spans=_spans(owners, index, managers, first),
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
    purchases: pd.DataFrame, index: pd.Index, month: pd.Timestamp
) -> tuple[np.ndarray, np.ndarray]:
    """Client position and day of every purchase up to the month's end, in that order."""
    who = codes(purchases["client_id"], index)
    days = np.asarray(purchases["day"], dtype="datetime64[D]")
    kept = days <= np.datetime64(periods.month_end(month), "D")
    who, days = who[kept], days[kept]
    same = who[1:] == who[:-1]
    if (who[1:] >= who[:-1]).all() and (days[1:] >= days[:-1])[same].all():
        return who, days  # the book's frame is in order already
    order = np.lexsort((days, who))
    return who[order], days[order]


def first_month(sales_month: pd.DataFrame, cuts: pd.DataFrame | None) -> pd.Timestamp | None:
    """The first month of the company's data; None where there are none.

    The cut-offs know it also where a manager's own clients begin later.
    """
    months = (sales_month if cuts is None else cuts)["month"]
    return None if months.empty else months.min()


def read(
    sales_month: pd.DataFrame,
    purchases: pd.DataFrame,
    clients: pd.DataFrame,
    owners: pd.DataFrame,
    cuts: pd.DataFrame | None,
    month: pd.Timestamp,
) -> Ledger | None:
    """The matrices up to the month; None before the first month of the data."""
    first = first_month(sales_month, cuts)
    if first is None or month < first:
        return None
    return read_ledger(sales_month, purchases, clients, owners, first, month)


def amounts(ledger: Ledger, abc_by: str) -> np.ndarray:
    """The cumulative matrix that clients are ranked by."""
    return ledger.margin if abc_by == "margin" else ledger.revenue


def _ranked(ledger: Ledger, span: Window, abc_by: str) -> np.ndarray:
    """Whether a client takes part in the ranking: bought, and has a positive known amount."""
    return (span.sum(amounts(ledger, abc_by)) > 0) & (span.sum(ledger.purchases) > 0)


class CutOff(NamedTuple):
    """Smallest amounts in A, and in A and B together, with the last client of each (ties)."""

    a_amount: int
    a_client: str
    b_amount: int
    b_client: str


def cut_off(ledger: Ledger, span: Window, rules: Portfolio) -> CutOff | None:
    """The cut-offs of a window; None where nobody has a positive amount. Company-wide only.

    Clients by amount descending, then by id: A while the share of those ranked ahead is below
    abc_shares[0], B while below abc_shares[1]. The shares are compared as whole amounts:
    ahead < share × total means ahead < ⌈share × total⌉.
    """
    amount = span.sum(amounts(ledger, rules.abc_by))
    ranked = _ranked(ledger, span, rules.abc_by)
    if not ranked.any():
        return None
    falling = np.sort(amount[ranked])[::-1]
    ahead = falling.cumsum() - falling
    total = int(falling.sum())
    last = []
    for share in rules.abc_shares:
        limit = -((-Fraction(str(share)) * total).__floor__())
        number = max(int(np.searchsorted(ahead, limit)), 1)
        smallest = falling[number - 1]
        tied = np.flatnonzero(ranked & (amount == smallest))  # in the order of their ids
        last += [int(smallest), ledger.clients[tied[number - 1 - int((falling > smallest).sum())]]]
    return CutOff(*last)


def stored_cut_off(
    ledger: Ledger, end: int, rules: Portfolio, cuts: pd.DataFrame | None
) -> CutOff | None:
    """The cut-offs of the window that ends with month *end*.

    From *cuts* (the book's frame), else worked out from the ledger, which then must be the whole
    company's; from `abc_cuts` where that is set.
    """
    span = window(end, rules.window_months)
    if rules.abc_cuts:
        a, b = (
            -((-Fraction(str(cut)) * span.months * MONEY_SCALE).__floor__())
            for cut in rules.abc_cuts
        )
        last = ledger.clients[-1] if len(ledger.clients) else ""
        return CutOff(a, last, b, last)
    if cuts is None:
        return cut_off(ledger, span, rules)
    month = pd.Timestamp(month_of(ledger, end))
    row = cuts[
        (cuts["month"] == month)
        & (cuts["window_months"] == rules.window_months)
        & (cuts["abc_by"] == rules.abc_by)
    ]
    if row.empty or row["a_amount"].isna().any():
        return None
    row = row.iloc[0]
    return CutOff(int(row.a_amount), row.a_client_id, int(row.b_amount), row.b_client_id)


def abc(ledger: Ledger, end: int, rules: Portfolio, cut: CutOff | None) -> np.ndarray:
    """Volume class of every client (position in ABC) for the window that ends with month *end*."""
    span = window(end, rules.window_months)
    amount = span.sum(amounts(ledger, rules.abc_by))
    result = np.full(len(amount), NO_ABC, dtype=np.int8)
    known = span.sum(ledger.purchases) > 0
    if rules.abc_by == "margin":
        known &= span.sum(ledger.costed) > 0
    result[known] = D
    ranked = known & (amount > 0)
    result[ranked] = C
    if cut is not None:
        place = np.arange(len(amount))
        for letter, limit, client in ((B, cut.b_amount, cut.b_client),
                                      (A, cut.a_amount, cut.a_client)):  # fmt: skip
            within = place < ledger.clients.searchsorted(client, side="right")
            result[ranked & ((amount > limit) | ((amount == limit) & within))] = letter
    return result


@once
def xyz(ledger: Ledger, end: int, rules: Portfolio, method: str) -> np.ndarray:
    """Regularity class of every client (position in XYZ) by one method."""
    span = window(end, rules.window_months)
    count = span.sum(ledger.purchases)
    result = np.full(len(count), NO_XYZ, dtype=np.int8)
    result[count == 1] = Z
    several = count > 1
    if method == "cv":
        result[several] = _by_variation(ledger, span, rules)[several]
        return result
    regular = np.zeros(len(count), dtype=bool)
    if method in ("months", "either"):
        regular |= _regular_by_months(ledger, span, rules)
    if method in ("rhythm", "either"):
        regular |= _regular_by_rhythm(ledger, span, rules)
    result[several] = np.where(regular[several], X, Y)
    return result


def _regular_by_months(ledger: Ledger, span: Window, rules: Portfolio) -> np.ndarray:
    first = ledger.first_bought
    active = ledger.bought[span.start : span.end + 1].sum(axis=0)
    share = Fraction(str(rules.x_active_share))
    months = span.end - np.maximum(first, span.start) + 1
    return (active * share.denominator >= share.numerator * months) & (active >= 3)


def _regular_by_rhythm(ledger: Ledger, span: Window, rules: Portfolio) -> np.ndarray:
    result = np.zeros(len(ledger.clients), dtype=bool)
    begin = ledger.starts + ledger.purchases[span.start]
    stop = ledger.starts + ledger.purchases[span.end + 1]
    some = np.flatnonzero(stop - begin >= 4)  # three gaps
    begin, stop = begin[some], stop[some]
    gap, squares = ledger.gap, ledger.squared_gaps
    number = stop - begin - 1
    total = ledger.days[stop - 1] - ledger.days[begin]
    spread = number * (squares[stop - 1] - squares[begin]) - total * total
    limit = Fraction(str(rules.rhythm_cv)) ** 2  # variance ≤ limit × mean²
    even = spread * limit.denominator <= total * total * limit.numerator
    some, begin, stop = some[even], begin[even], stop[even]
    next_month = month_of(ledger, span.end + 1).astype("datetime64[D]").astype(np.int64)
    silent = next_month - 1 - ledger.days[stop - 1]
    result[some] = silent <= twice_median(gap, begin + 1, stop)
    return result


def _by_variation(ledger: Ledger, span: Window, rules: Portfolio) -> np.ndarray:
    """X, Y, Z by the coefficient of variation of monthly revenue, zero months filled."""
    monthly = np.diff(ledger.revenue[span.start : span.end + 2], axis=0)
    total = monthly.sum(axis=0)
    bought_months = ledger.bought[span.start : span.end + 1].sum(axis=0)
    result = np.full(len(total), Z, dtype=np.int8)
    # Squares of ten-thousandths outgrow 64 bits: floats decide, whole numbers where it is close.
    squares = (monthly.astype(float) ** 2).sum(axis=0)
    for letter, cut in ((Y, rules.cv_cuts[1]), (X, rules.cv_cuts[0])):
        limit = (1 + Fraction(str(cut)) ** 2) / span.months  # Σr² ≤ limit × (Σr)²
        bound = float(limit) * total.astype(float) ** 2
        within = squares <= bound
        for client in np.flatnonzero(np.isclose(squares, bound, rtol=1e-9, atol=0)):
            exact = sum(int(revenue) ** 2 for revenue in monthly[:, client])
            within[client] = exact <= limit * int(total[client]) ** 2
        if letter == X:
            within &= bought_months >= 3
        result[within & (total > 0)] = letter
    return result


@once
def stage(ledger: Ledger, end: int, rules: Portfolio) -> np.ndarray:
    """Stage of every client (position in STAGES) at month *end*."""
    span = window(end, rules.window_months)
    last, before = ledger.last_bought[end + 1], ledger.last_bought[end]
    result = np.full(len(last), LOST, dtype=np.int8)
    result[last >= span.start] = LAPSED
    result[end - last < rules.lapse_months] = ACTIVE
    now = last == end
    result[now & (before >= 0) & (end - before - 1 >= rules.lapse_months)] = RETURNED
    if end >= rules.window_months:  # else the window tells nothing about who is new
        result[now & (before < 0)] = NEW
    result[last < 0] = PROSPECT
    return result


@once
def counted(ledger: Ledger, end: int, rules: Portfolio) -> np.ndarray:
    """Whether a client counts at month *end*: neither prospect nor lost."""
    return ~np.isin(stage(ledger, end, rules), [PROSPECT, LOST])


@once
def owner(ledger: Ledger, end: int) -> np.ndarray:
    """Owner of every client at a month's end, as position in `managers`; −1: not shown then."""
    client, manager, first, last = ledger.spans.T
    holds = (first <= end) & (end <= last)
    result = np.full(len(ledger.clients), -1)
    result[client[holds]] = manager[holds]
    return result


def per_owner(ledger: Ledger, owner: np.ndarray, *flags: np.ndarray) -> np.ndarray:
    """A row per owner, the company (−1) first: its number, then how many clients have each flag."""
    number = len(ledger.managers)
    seen = owner >= 0
    columns = [np.arange(-1, number)]
    for flag in flags:
        counts = np.bincount(owner[seen & flag], minlength=number)
        columns.append(np.append(counts.sum(), counts))
    return np.column_stack(columns)


def month_of(ledger: Ledger, end: int) -> np.datetime64:
    """First day of month *end*."""
    return periods.month_starts(np.array([ledger.first_month + end]))[0]
