"""Waterfalls of the pages."""

import pytest

from clientops.metrics import migration
from tests.cards import form
from tests.figures.drawn import patches, texts
from tests.made import (
    OCT,
    revenue_frame,
)


def test_the_bridge_visibly_adds_up(sample):
    frame = sample.compute(migration.migration_bridge)
    figure = form("migration", "migration_bridge")(frame)
    row = frame[frame["manager_id"] == "*"].iloc[0]
    steps = [bar.get_width() for bar in patches(figure)]
    assert steps[:2] == pytest.approx([row["opening"], row["closing"]])
    assert sum(steps[2:-1]) == pytest.approx(steps[-1])  # small beside them: on their own scale
    assert steps[-1] == pytest.approx(row["closing"] - row["opening"])
    assert {"12 months to Oct 2025", "Lost", "12 months to Oct 2026"} <= set(texts(figure))
    assert "Handed over" not in texts(figure)
    own = form("migration", "migration_bridge")(frame[frame["manager_id"].isin(["*", "7"])])
    assert {"Taken over", "Handed over"} <= set(texts(own))


def test_the_bridge_is_the_row_of_the_month():
    frame = revenue_frame((OCT, "*", "*", 0.87, 0.72, 100, 80, 0.8))
    drawn = texts(form("retention", "revenue_retention", 2)(frame))
    for text in ("€1K", "+€150", "−€60", "−€220", "+€130"):
        assert text in drawn
