"""Strips of days."""

import pandas as pd

from tests.cards import form
from tests.figures.drawn import lines, texts


def test_strips_have_a_ring_for_a_day_without_and_nothing_where_nobody_was():
    days = pd.to_datetime(["2026-10-01", "2026-10-02", "2026-10-05"])
    frame = pd.DataFrame({
        "day": list(days) * 2, "manager_id": ["1"] * 3 + ["2"] * 3,
        "manager_name": ["Ivanov"] * 3 + ["Petrova"] * 3, "kind": "call",
        "activities": [3, 0, 5, 0, 0, 4], "employed": [True] * 3 + [False, False, True],
    })  # fmt: skip
    figure = form("activity", "activity_daily")(frame)
    assert len(lines(figure, "empty")) == 1
    assert {"3", "5", "4", "none"} <= set(texts(figure))
