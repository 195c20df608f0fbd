"""Few statistics in the form the tables need.

scipy.stats takes a second to import: only those who test something wait for it.
"""

import math
from statistics import NormalDist

import numpy as np
import pandas as pd


def sign_test(up: int, down: int) -> float:
    """Two-sided p-value of the sign test: as many ups as downs expected. NaN where neither is.

    Source: exact binomial test with probability ½ (scipy.stats.binomtest).
    """
    from scipy import stats

    return stats.binomtest(up, up + down).pvalue if up + down else float("nan")


def sign_tests(ups: pd.Series, downs: pd.Series) -> pd.Series:
    """What the sign test says of each pair of counts."""
    pairs = zip(ups, downs, strict=True)
    return pd.Series([sign_test(int(up), int(down)) for up, down in pairs], ups.index, float)


def net_share(
    up: pd.Series, down: pd.Series, number: pd.Series, added: float = 0
) -> tuple[pd.Series, pd.Series]:
    """The difference of two shares of one sample, and its variance; NaN where *number* is 0.

    *added*: so many cases more, a quarter of them to each end (Rocks, Interval estimation for the
    net promoter score, 2016: adjusted Wald, 3 cases).
    """
    total = (number + added).where(number > 0)
    share, other = ((each + added / 4) / total for each in (up, down))
    return share - other, (share + other - (share - other) ** 2) / total


def difference_p(difference: pd.Series, variance: pd.Series) -> pd.Series:
    """Two-sided p-value of a normal difference; NaN where the variance is 0 or unknown."""
    away = difference.abs() / np.sqrt(2 * variance.where(variance > 1e-12))
    return away.map(math.erfc)


def slope(values: np.ndarray, steps: np.ndarray) -> float:
    """Theil–Sen slope: the median of the slopes of all pairs of points; NaN with fewer than two.

    Missing values are left out. Source: scipy.stats.theilslopes.
    """
    from scipy import stats

    known = ~np.isnan(values)
    if known.sum() < 2:
        return float("nan")
    return stats.theilslopes(values[known], steps[known])[0]


def twice_median(values: np.ndarray, begin: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """2 × the median of values[begin:stop] for each pair, as integers."""
    length = stop - begin
    if not len(length):
        return length
    owner = np.repeat(np.arange(len(length)), length)
    first = np.concatenate(([0], length.cumsum()[:-1]))
    flat = values[np.arange(length.sum()) - np.repeat(first - begin, length)]
    flat = flat[np.lexsort((flat, owner))]
    return flat[first + (length - 1) // 2] + flat[first + length // 2]


def kaplan_meier(
    lifetimes: np.ndarray, ended: np.ndarray, confidence: float = 0.95
) -> pd.DataFrame:
    """Kaplan–Meier: which share lives longer than each lifetime, where some ends are not seen yet.

    *lifetimes*: from the start to the end, or, where *ended* is false, to the last moment at which
    the end would have been seen. At each time at which lives ended, survival is multiplied by
    1 − ended / at_risk; at_risk are those with a lifetime at least as long. The band is
    survival ** exp(± z × √Greenwood / log survival), which stays between 0 and 1; Greenwood is the
    sum of ended / (at_risk × (at_risk − ended)) up to the time.

    Returns one row for 0 and for every lifetime that ended, ascending: time, at_risk, ended,
    survival, low, high (both empty where survival is 0 or 1). Nobody: no rows.
    """
    columns = ["time", "at_risk", "ended", "survival", "low", "high"]
    if not len(lifetimes):
        return pd.DataFrame({column: pd.Series(dtype=float) for column in columns})
    everyone, ends = np.sort(lifetimes), np.sort(lifetimes[ended])
    time = np.unique(np.append(ends, 0.0))
    at_risk = len(everyone) - np.searchsorted(everyone, time)
    deaths = np.searchsorted(ends, time, side="right") - np.searchsorted(ends, time)
    survival = np.cumprod((at_risk - deaths) / at_risk)
    inside = (survival > 0) & (survival < 1)
    low, high = np.full((2, len(time)), np.nan)
    greenwood = (deaths[inside] / (at_risk[inside] * (at_risk[inside] - deaths[inside]))).cumsum()
    within = survival[inside]
    spread = NormalDist().inv_cdf(0.5 + confidence / 2) * np.sqrt(greenwood) / -np.log(within)
    low[inside], high[inside] = within ** np.exp(spread), within ** np.exp(-spread)
    columns = dict(zip(columns, (time, at_risk, deaths, survival, low, high), strict=True))
    return pd.DataFrame(columns)
