"""Bars to both sides."""

from tests.cards import form
from tests.figures.drawn import patches, texts
from tests.made import (
    causes_frame,
)


def test_causes_draw_each_manager_with_most_downs_first():
    figure = form("migration", "migration_causes")(causes_frame(
        ("*", "*", "down", "own", 9, None, None), ("1", "Ann", "up", "own", 2, 1, "balanced"),
        ("2", "Bo", "down", "own", 4, 1, "balanced"), ("2", "Bo", "down", "both", 1, 1, "balanced"),
        ("2", "Bo", "up", "threshold", 1, 1, "balanced"),
    ))  # fmt: skip
    said = texts(figure)
    assert said.index("Bo") < said.index("Ann")
    assert {"5 ▼", "1 ▲", "2 ▲", "0", "own purchases", "the bar moved"} <= set(said)
    widths = [bar.get_width() for bar in patches(figure) if bar.get_width() < 0]
    assert widths == [-4, -1]
