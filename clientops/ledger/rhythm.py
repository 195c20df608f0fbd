"""Every client's own rhythm: how long it usually waits between purchases, and when it is late.

Made once from the ledger's days, for all clients together. A gap is the number of days from one
purchase to the next; a purchase is a day on which the client has a shipment of positive revenue.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger import matrices
from clientops.ledger.matrices import Ledger
from clientops.ledger.ratios import money
from clientops.settings import Portfolio, Regularity

_SHIFT = 22  # bits that hold a gap: 11,000 years


class Rhythm(NamedTuple):
    """Arrays over the clients of a ledger, from all purchases up to a day; see `rhythms`."""

    purchases: np.ndarray  # int64: number of purchases
    gaps: np.ndarray  # int64: number of gaps, one less than purchases, 0 where there are none
    first_day: np.ndarray  # int64: day number (days since 1970-01-01) of the first purchase
    last_day: np.ndarray  # int64: of the last one; both 0 where there is no purchase
    typical_gap: np.ndarray  # float64: median gap, days; NaN without a gap
    late_after: np.ndarray  # float64: quantile of the own gaps, days, to 1e-6; NaN without a gap
    all_gaps: np.ndarray  # int64: the gaps of all clients, client by client, ascending in each


def rhythms(ledger: Ledger, until: pd.Timestamp, late_quantile: float = 0.9) -> Rhythm:
    """The rhythm of every client of *ledger* (in its order) by the purchases up to the day *until*.

    typical_gap is the median of the client's own gaps, late_after their *late_quantile* quantile
    with linear interpolation (numpy's default), rounded to 1e-6 so that comparing it with whole
    days is exact. Both are told from the first gap on: who asks decides how many gaps are enough.

    >>> own = rhythms(ledger, pd.Timestamp("2026-10-31"))
    >>> is_late = (own.gaps >= 3) & (day_number - own.last_day > own.late_after)
    """
    kept = ledger.days <= np.datetime64(until, "D").astype(np.int64)  # the first of each client
    count = np.bincount(ledger.buyer[kept], minlength=len(ledger.clients))
    padded = np.append(ledger.days, 0)
    first = np.where(count > 0, padded[ledger.starts], 0)
    last = np.where(count > 0, padded[ledger.starts + count - 1], 0)
    kept[ledger.starts[count > 0]] = False  # the first purchase ends no gap
    # One number holds client and gap, so that one sort puts each client's gaps in order.
    gaps = np.sort((ledger.buyer[kept] << _SHIFT) + ledger.gap[kept]) & ((1 << _SHIFT) - 1)
    gap_count = np.maximum(count - 1, 0)
    start = gap_count.cumsum() - gap_count
    return Rhythm(
        purchases=count,
        gaps=gap_count,
        first_day=first,
        last_day=last,
        typical_gap=_quantiles(gaps, start, gap_count, 0.5),
        late_after=np.round(_quantiles(gaps, start, gap_count, late_quantile), 6),
        all_gaps=gaps,
    )


class Overdue(NamedTuple):
    """Clients who should have bought again; an array has a place per such client."""

    client: np.ndarray  # position in the ledger, ascending
    late: np.ndarray  # late; else silent
    last_day: np.ndarray  # datetime64[D]: of the last purchase
    purchases: np.ndarray  # days with a purchase, ever
    typical_gap: np.ndarray  # days
    late_after: np.ndarray  # days
    since: np.ndarray  # days since the last purchase
    monthly_revenue: np.ndarray  # money
    missed: np.ndarray  # equal where the revenue missed is

    @property
    def revenue_missed(self) -> np.ndarray:
        """Money."""
        return money(self.missed) / (2 * periods.DAYS_PER_MONTH)


def overdue(
    ledger: Ledger,
    sales_day: pd.DataFrame,
    until: pd.Timestamp,
    rules: Regularity,
    portfolio: Portfolio,
) -> Overdue:
    """Who of the clients that have an owner is overdue on the day *until*, a day of the ledger."""
    end = periods.month_number(until) - ledger.first_month
    own = rhythms(ledger, until, rules.late_quantile)
    since = np.datetime64(until, "D").astype(np.int64) - own.last_day
    last_days = own.last_day.astype("datetime64[D]")
    last_bought = periods.month_numbers(last_days) - ledger.first_month
    missing = (own.gaps >= rules.min_gaps) & (since > own.late_after)
    missing &= last_bought >= matrices.window(end, portfolio.window_months).start
    missing &= matrices.owner(ledger, end) >= 0
    revenue = _revenue_to_last_purchase(ledger, sales_day, last_bought, until, portfolio)
    shown = np.flatnonzero(missing & (revenue > 0))
    covered = np.minimum(last_bought + 1, portfolio.window_months)[shown]
    typical, late_after = own.typical_gap[shown], own.late_after[shown]
    revenue, since = revenue[shown], since[shown]
    # Twice the days are whole numbers: equal amounts are equal in the order of rows too.
    days = np.minimum(2 * (since - typical), 2 * rules.missed_days)
    return Overdue(
        client=shown,
        late=since
        <= np.minimum(np.maximum(2 * late_after, rules.silent_after_days), rules.silent_days),
        last_day=last_days[shown],
        purchases=own.purchases[shown],
        typical_gap=typical,
        late_after=late_after,
        since=since,
        monthly_revenue=money(revenue) / covered,
        missed=revenue * days / covered,
    )


def _revenue_to_last_purchase(
    ledger: Ledger,
    sales_day: pd.DataFrame,
    last_bought: np.ndarray,
    until: pd.Timestamp,
    portfolio: Portfolio,
) -> np.ndarray:
    """Net revenue of every client in the window that ends with the month of its last purchase.

    *last_bought*: that month's row in the ledger. Nothing after the day *until* counts.
    """
    end = periods.month_number(until) - ledger.first_month
    last = np.clip(last_bought, 0, end)
    before = np.maximum(last + 1 - portfolio.window_months, 0)
    client = np.arange(len(last))
    revenue = ledger.revenue[last + 1, client] - ledger.revenue[before, client]
    rows = np.flatnonzero(sales_day["month"].to_numpy() == end + ledger.first_month)
    day = sales_day["day"].to_numpy()[rows].astype("datetime64[D]")
    rows = rows[day > np.datetime64(until, "D")]
    client = matrices.codes(sales_day["client_id"].iloc[rows], ledger.clients)
    later = last[client] == end
    np.subtract.at(revenue, client[later], sales_day["revenue"].to_numpy()[rows[later]])
    return revenue


def _quantiles(
    values: np.ndarray, start: np.ndarray, count: np.ndarray, share: float
) -> np.ndarray:
    """The quantile of values[start : start + count], ascending in each, for each pair."""
    some = np.flatnonzero(count)
    place = (count[some] - 1) * share
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, count[some] - 1)
    below, above = values[start[some] + low], values[start[some] + high]
    result = np.full(len(count), np.nan)
    result[some] = below + (above - below) * (place - low)
    return result
