"""Forecast: what will the next three months bring?

Last year's months, lifted by half of the growth; and how far the same rule was off at the last
origins, the months it was made at, from which the interval comes. The company's is divided among
the owners of its clients.

Common parameters: *ledger* is the book's (ledger/matrices.py), *plans* its frame,
*plan_levels* the table of that name. *month* is the first day of the month
asked for, *until* its last day that counts, *rules* are the thresholds. Money in the results is in
the reporting currency.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger import matrices
from clientops.ledger.matrices import Ledger, Window, codes, once
from clientops.ledger.ratios import money, ratio
from clientops.ledger.rows import empty, finish, name_owners
from clientops.schema import MONEY_SCALE, NEW, UNASSIGNED, table
from clientops.settings import Forecast
from clientops.words import N_

LABELS = {  # of columns that only this topic has
    "months": N_("Months"),
    "forecast": N_("Forecast"),
    "last_year": N_("A year before"),
    "level": N_("Told of"),
    "origins": N_("Months looked back at"),
    "bias": N_("Too high or too low"),
    "inside": N_("Within the interval"),
}
COMPANY, MANAGERS = "company", N_("managers")
METHODS = SEASON, LAST_YEAR = "season", "last_year"
AHEAD = 3  # months
YEAR = 12
RECENT = 6  # months whose growth, and whose shares of the owners, count
LEAST_RECENT = 3  # of them
NEEDED = YEAR + LEAST_RECENT  # months of data before a forecast by the season
GROWTH = (0.2, 5.0)  # what is beyond is no growth
ORIGINS = 12  # looked back at
LEAST_ORIGINS = 8  # that make an interval
OF_MANAGERS = (0.1, 0.9)  # quantiles of their interval


@table(
    "month:month months:whole manager_id:id * manager_name:name forecast:money low:money "
    "high:money last_year:money plan:money",
    labels=LABELS,
    period="rows",
    stored="all",  # a manager's is a part of the company's
    of_all=True,
)
def forecast(
    ledger: Ledger,
    plans: pd.DataFrame | None = None,
    plan_levels: pd.DataFrame | None = None,
    *,
    month: pd.Timestamp,
    until: pd.Timestamp,
    rules: Forecast = Forecast(),
) -> pd.DataFrame:
    """What the next three months will bring, and between what amounts.

    How: the company's months of last year times the square root of its growth: revenue of the last
    6 months by the same 6 a year before. So half of the growth goes on. A manager's is the part
    that the clients owned now have in the company's revenue of the last 6 months. low and high are
    as far from the forecast as what came was at the last 12 months it could have been made at: the
    least and the most of the company; of managers all but a tenth at either end, of all of them
    together.

    Returns one row per month of the three after the month (months: 1) and one of their sum (3,
    under the first), each for the company as `*` and every owner with revenue in the last 6 months
    or in these three a year before: month, months, manager_id, manager_name (the id where unknown),
    forecast (of an owner of fewer than `min_clients` who bought in the 6 months empty; under 15
    months of data each month is the mean of the last 3), low, high (empty with fewer than 8 months
    to look back at, which takes 25 months of data), last_year (of the clients owned now; empty
    where not in the data), plan (where all these months have one; of managers that of their
    clients). A month that runs has no rows.
    """
    end = ledger.row(month)
    if until < periods.month_end(month):
        return empty(forecast)
    told = _told(ledger, end, rules.min_clients)
    low, high = _ends(ledger, end, rules.min_clients)
    planned = _planned(ledger, end, plans, plan_levels)
    rows = []
    for at in range(AHEAD + 1):
        months = 1 if at < AHEAD else AHEAD
        first = end + 1 + at % AHEAD
        row = {
            "manager": np.arange(-1, len(ledger.managers)),
            "month": ledger.month_of(first),
            "months": months,
            "forecast": told.forecast[:, at],
            "low": low[:, at],
            "high": high[:, at],
            "last_year": told.last_year[:, at],
            "plan": planned[:, at],
        }
        rows.append(pd.DataFrame(row)[told.is_shown])
    frame = pd.concat(rows, ignore_index=True)
    amounts = ["forecast", "low", "high", "last_year", "plan"]
    frame[amounts] = money(frame[amounts])
    return finish(name_owners(frame, ledger), forecast)


@table(
    "level:word method:word * origins:count error:share bias:share inside:share",
    labels=LABELS,
    period="all",
    whose="company",
    stored="all",
)
def forecast_backtest(
    ledger: Ledger, *, month: pd.Timestamp, until: pd.Timestamp, rules: Forecast = Forecast()
) -> pd.DataFrame:
    """How far the forecast was off on the same ledger, beside last year's months taken as they are.

    How: sums of three months, told at the last 12 months that have 15 months before and three whole
    ones behind them, with nothing that was known later. The error is the sum of what they were off,
    by the sum of what came; too high or too low the same with its sign. What clients first known
    later brought counts for their owner then, so that managers add up to the company.

    Returns a row per level (company, managers) and method (season: the forecast; last_year: the
    same months a year before): level, method, origins (months looked back at), error, bias, inside
    (the part of sums that came within the interval told then; empty where there was none). Managers
    with fewer than `min_clients` who bought have no part.
    """
    end = ledger.row(month) - (until < periods.month_end(month))
    rows = []
    for level, owners in ((COMPANY, slice(0, 1)), (MANAGERS, slice(1, None))):
        told = [_compared(ledger, origin, rules.min_clients, owners) for origin in _origins(end)]
        known = [each for each in told if len(each)]
        if not known:
            continue
        frame = pd.concat(known)
        for method in METHODS:
            off, came = frame[method] - frame["actual"], frame["actual"].sum()
            inside = frame["inside"].mean() if method == SEASON else np.nan
            rows.append((level, method, len(known), ratio(off.abs().sum(), came),
                         ratio(off.sum(), came), inside))  # fmt: skip
    return finish(
        pd.DataFrame(rows, columns=list(forecast_backtest.about.units)), forecast_backtest
    )


class Told(NamedTuple):
    """What was told at a month's end, in ten-thousandths: a row for the company, then one for each
    owner; a column for each of the three months, then one for their sum."""

    forecast: np.ndarray
    last_year: np.ndarray
    is_shown: np.ndarray  # by row: whether there is anything to tell
    is_season: bool  # by the growth since last year; else as the last months were


@once
def _told(ledger: Ledger, end: int, min_clients: int) -> Told:
    """The forecast made at the end of a month (row), with nothing later."""
    owner = matrices.owner(ledger, end)
    recent = matrices.window(end, RECENT)
    totals = np.diff(ledger.revenue[: end + 2].sum(axis=1)).astype(float)
    before = np.arange(end + 1, end + 1 + AHEAD) - YEAR
    span = min(RECENT, end + 1 - YEAR)
    growth = np.nan
    if span >= LEAST_RECENT:
        growth = ratio(totals[end + 1 - span : end + 1].sum(),
                       totals[end + 1 - span - YEAR : end + 1 - YEAR].sum())  # fmt: skip
    is_season = bool(growth == growth)
    company = np.full(AHEAD, totals[-LEAST_RECENT:].mean())
    if is_season:
        company = totals[before] * np.sqrt(np.clip(growth, *GROWTH))
    months = _by_owner(ledger, owner, *_months(ledger, np.maximum(before, 0)))
    last_year = np.where(before >= 0, months, np.nan)
    revenue = recent.sum(ledger.revenue)
    year_ago = Window(*np.clip([before[0], before[-1]], [0, -1], None))  # as far as in the data
    own, buyers, active = _by_owner(
        ledger, owner, revenue, recent.sum(ledger.purchases) > 0,
        (revenue != 0) | (year_ago.sum(ledger.revenue) != 0),
    ).T  # fmt: skip
    own[1:] = np.maximum(own[1:], 0)
    share = ratio(own, own[1:].sum())
    share[0] = 1
    share[1:][buyers[1:] < min_clients] = np.nan
    is_shown = active > 0
    is_shown[0] = True
    return Told(_with_sum(share[:, None] * company), _with_sum(last_year), is_shown, is_season)


def _months(ledger: Ledger, rows: np.ndarray) -> list[np.ndarray]:
    """Every client's revenue of some months."""
    return [Window(at, at).sum(ledger.revenue) for at in rows]


def _by_owner(ledger: Ledger, owner: np.ndarray, *values: np.ndarray) -> np.ndarray:
    """Sums of each of the values (a column each) for everybody, then for each owner."""
    shown = owner >= 0
    number = len(ledger.managers)
    sums = [np.bincount(owner[shown], each[shown], number) for each in values]
    sums = np.column_stack(sums)
    return np.vstack([sums.sum(axis=0), sums])


def _with_sum(months: np.ndarray) -> np.ndarray:
    return np.column_stack([months, months.sum(axis=1)])


@once
def _actual(ledger: Ledger, origin: int) -> np.ndarray:
    """What came in the three months after an origin, as Told has it: of the clients owned then, and
    of those first known later for their owner at the third month's end."""
    later = ledger.known_from > origin
    owner = np.where(later, matrices.owner(ledger, origin + AHEAD), matrices.owner(ledger, origin))
    months = _months(ledger, np.arange(origin + 1, origin + 1 + AHEAD))
    return _with_sum(_by_owner(ledger, owner, *months))


def _origins(end: int) -> range:
    """The last 12 months (rows) at which a forecast could be made and that are known by *end*."""
    last = end - AHEAD
    return range(max(NEEDED - 1, last - ORIGINS + 1), last + 1)


@once
def _intervals(ledger: Ledger, end: int, min_clients: int) -> tuple[np.ndarray, np.ndarray]:
    """By how much a forecast made at the end of a month may be off: the low and the high factor, as
    Told has it; NaN where too little is known."""
    is_season = _told(ledger, end, min_clients).is_season
    ratios = [
        ratio(_actual(ledger, origin), told.forecast)
        for origin in _origins(end)
        if (told := _told(ledger, origin, min_clients)).is_season == is_season
    ]
    low, high = np.full((2, 1 + len(ledger.managers), AHEAD + 1), np.nan)
    for at in range(AHEAD + 1):
        company = np.array([each[0, at] for each in ratios])
        own = [each[1:, at][~np.isnan(each[1:, at])] for each in ratios]
        if (~np.isnan(company)).sum() >= LEAST_ORIGINS:
            low[0, at], high[0, at] = np.nanmin(company), np.nanmax(company)
        if sum(len(each) > 0 for each in own) >= LEAST_ORIGINS:
            low[1:, at], high[1:, at] = np.quantile(np.concatenate(own), OF_MANAGERS)[:, None]
    return low, high


def _ends(ledger: Ledger, end: int, min_clients: int) -> np.ndarray:
    """Between which amounts what was told will come, the lower first, as Told has it."""
    told = _told(ledger, end, min_clients).forecast
    return np.sort([told * each for each in _intervals(ledger, end, min_clients)], axis=0)


def _compared(ledger: Ledger, origin: int, min_clients: int, owners: slice) -> pd.DataFrame:
    """The sums told at an origin beside what came, of the company or of the owners told of."""
    told, sums = _told(ledger, origin, min_clients), np.s_[owners, AHEAD]
    low, high = (each[sums] for each in _ends(ledger, origin, min_clients))
    came, season = _actual(ledger, origin)[sums], told.forecast[sums]
    inside = (low <= came) & (came <= high)
    frame = pd.DataFrame({"actual": came, SEASON: season, LAST_YEAR: told.last_year[sums]})
    frame["inside"] = np.where(np.isnan(low), np.nan, inside)
    return frame[~np.isnan(season)]


def _planned(
    ledger: Ledger, end: int, plans: pd.DataFrame | None, plan_levels: pd.DataFrame | None
) -> np.ndarray:
    """The plans of the three months and of all three, as Told has them, of the levels that have
    plans in the year up to *end*; NaN where a month has none."""
    found = np.full((1 + len(ledger.managers), AHEAD), np.nan)
    if plans is None or plan_levels is None or plan_levels.empty:
        return _with_sum(found)
    levels = set(plan_levels["level"])
    at = periods.month_numbers(plans["month"]) - ledger.first_month - end - 1
    amount = np.rint(plans["plan_revenue"].astype(float) * MONEY_SCALE)
    rows = plans.assign(at=at, amount=amount, manager_id=plans["manager_id"].astype(object))
    of_year = rows["month"].between(plan_levels["month"].min(), ledger.month_of(end))
    is_own = rows["client_id"].isna() & rows["manager_id"].notna()
    with_own = rows["manager_id"][of_year & is_own]
    ahead = (at >= 0) & (at < AHEAD)
    of_clients = _of_clients(ledger, end, rows[ahead], "client" in levels)
    of_clients = of_clients[~of_clients["manager_id"].isin(with_own)]
    sums = of_clients.groupby(["manager_id", "at"])["amount"].sum().unstack()
    found[1:] = sums.reindex(index=ledger.managers.astype(object), columns=range(AHEAD))
    own = rows[ahead & is_own & rows["manager_id"].isin(with_own)]
    whole = own[own["product_group"].isna()]
    of_company = [whole, own[~own["manager_id"].isin(whole["manager_id"])], of_clients]
    nobody = rows[ahead & rows["client_id"].isna() & rows["manager_id"].isna()]
    if "company" in levels:
        of_company = [nobody[nobody["product_group"].isna()]]
    elif levels == {"group"}:
        of_company = [nobody]
    found[0] = pd.concat(of_company).groupby("at")["amount"].sum().reindex(range(AHEAD))
    return _with_sum(found)


def _of_clients(ledger: Ledger, end: int, rows: pd.DataFrame, is_whole: bool) -> pd.DataFrame:
    """The plans of clients, manager_id the owner at the month's end; those that are not by product
    group where *is_whole*."""
    rows = rows[rows["client_id"].notna() & (rows["product_group"].isna() == is_whole)]
    place = np.append(matrices.owner(ledger, end), -1)[codes(rows["client_id"], ledger.clients)]
    owner = np.append(ledger.managers.astype(object), None)[place]
    is_new, named = rows["client_id"] == NEW, rows["manager_id"].fillna(UNASSIGNED)
    rows = rows.assign(manager_id=np.where(is_new, named, owner))
    return rows[rows["manager_id"].notna()]
