"""Two statistics, from scipy, in the form the tables need.

scipy.stats takes a second to import: only those who test something wait for it.
"""

import numpy as np


def sign_test(up: int, down: int) -> float:
    """Two-sided p-value of the sign test: as many ups as downs expected. NaN where neither is.

    Source: exact binomial test with probability ½ (scipy.stats.binomtest).
    """
    from scipy import stats

    return stats.binomtest(up, up + down).pvalue if up + down else float("nan")


def slope(values: np.ndarray, steps: np.ndarray) -> float:
    """Theil–Sen slope: the median of the slopes of all pairs of points; NaN with fewer than two.

    Missing values are left out. Source: scipy.stats.theilslopes.
    """
    from scipy import stats

    known = ~np.isnan(values)
    if known.sum() < 2:
        return float("nan")
    return stats.theilslopes(values[known], steps[known])[0]
