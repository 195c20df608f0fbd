"""Ranks of the pages."""

import pytest

from clientops.metrics import profitability
from tests.cards import form
from tests.figures.drawn import patches, texts

EARNERS = form("profitability", "profitability")


def test_bars_and_waterfall_are_those_of_the_frame(sample):
    rows = sample.compute(profitability.profitability, dimension="manager")
    bars = patches(EARNERS(rows))
    falling = rows["margin"].sort_values(ascending=False)
    assert [bar.get_width() for bar in bars] == pytest.approx(falling.tolist())
    steps = sample.compute(profitability.margin_bridge, dimension="*")
    bars = patches(form("profitability", "margin_bridge")(steps))
    row = steps.iloc[0]
    lines = "margin_before margin_after price cost volume mix new lost change".split()
    assert [bar.get_width() for bar in bars] == pytest.approx(row[lines].tolist(), abs=0.01)
    end = bars[-2].get_x() + bars[-2].get_width()
    assert end == pytest.approx(row["change"], abs=0.01)  # the steps lead to their sum


def test_beyond_the_most_keys_both_ends_are_shown_and_the_others_counted(sample):
    rows = sample.compute(profitability.profitability, dimension="client")
    shown = texts(EARNERS(rows))
    assert f"… {rows['margin'].notna().sum() - 20} more" in shown
    assert {"Autumn Beacon Grocers", "Grand Hotel Meretorn"} <= set(shown)
