"""A grid of bars, and strips of days."""

import pandas as pd
import pytest
from matplotlib.colors import to_hex

from clientops.figures import paint
from clientops.metrics import activity
from tests.cards import form
from tests.figures.drawn import patches, texts
from tests.made import (
    kinds_frame,
)


def test_bars_of_kinds_are_as_long_as_their_values_and_orange_below_the_norm():
    rows = [
        ("Ivanov", "*", 100, None, None, 0),
        ("Ivanov", "call", 100, 4, "reached", 0),
        ("Petrova", "*", 50, None, None, 0),
        ("Petrova", "call", 50, 4, "below", 3),
    ]
    figure = form("activity", "manager_activity")(kinds_frame(*rows))
    bars = [each for each in patches(figure) if each.get_gid() == "bar"]
    assert bars[1].get_width() == pytest.approx(bars[0].get_width() / 2)
    assert [to_hex(bar.get_facecolor()) for bar in bars] == [paint.ACTUAL, paint.BAD]
    drawn = texts(figure)
    assert {"Call", "| 4", "5", "2.50 ▼"} <= set(drawn)
    assert drawn.index("Ivanov") < drawn.index("Petrova")


def test_a_hundred_managers_are_cut_and_counted(sample):
    table = sample.compute(activity.touch_mix)
    one = table[table["manager_id"] == "1"]
    many = pd.concat([one.assign(manager_id=str(n), manager_name=f"M{n}") for n in range(100)])
    assert "76 more managers are in the table." in texts(form("activity", "touch_mix")(many))
