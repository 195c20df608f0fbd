"""The one rule for ratios: sums over sums, and empty where the denominator is ≤ 0 or unknown."""

import numpy as np
import pandas as pd

from clientops.schema import MONEY_SCALE


def ratio(numerator: object, denominator: object) -> np.ndarray:
    """numerator / denominator, element by element, as float64; NaN where denominator ≤ 0 or NaN."""
    top = np.asarray(numerator, dtype=float)
    bottom = np.asarray(denominator, dtype=float)
    top, bottom = np.broadcast_arrays(top, bottom)
    return np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)


def money(whole: object) -> object:
    """Whole ten-thousandths as money in the reporting currency (float64, nearest to the sum)."""
    return (whole if isinstance(whole, pd.Series) else np.asarray(whole)) / MONEY_SCALE
