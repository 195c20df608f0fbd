"""Every table is finished alike: its rows are sorted as pandas sorts them."""

import pandas as pd
import pytest

from clientops.ledger.rows import finish
from clientops.schema import table

DAYS = pd.to_datetime(["2026-02-01", None, "2025-12-01", "2026-02-01", None, "2025-12-01"])
FRAME = pd.DataFrame({
    "place": range(6), "month": DAYS, "name": ["b", "a", None, "a", "ё", "B"],
    "clients": pd.array([2, None, 10, 2, 2, -1], dtype="Int64"),
    "revenue": [0.5, float("nan"), -3.0, 0.5, 0.5, 100.0],
}, index=[9, 9, 3, 2, 1, 0])  # fmt: skip
UNITS = {"month": "month", "name": "name", "clients": "count?", "revenue": "money"}


@pytest.mark.parametrize("keys", [
    "month", "name", "revenue", "clients", "month name", "name month", "clients revenue",
    "revenue clients name",
])  # fmt: skip
@pytest.mark.parametrize("rows", [6, 1, 0])
def test_rows_are_sorted_by_their_keys_as_pandas_does(keys, rows):
    rest = [each for each in UNITS if each not in keys.split()]
    named = [*(f"{each}:{UNITS[each]}" for each in keys.split()), "*",
             *(f"{each}:{UNITS[each]}" for each in rest), "place:whole"]  # fmt: skip

    @table(" ".join(named))
    def made():
        pass

    frame = FRAME.head(rows).astype(made.about.types)
    expected = frame.sort_values(keys.split(), kind="stable", ignore_index=True)
    pd.testing.assert_frame_equal(finish(frame, made), expected[list(made.about.types)])
