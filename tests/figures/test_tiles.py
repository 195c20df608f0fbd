"""The tiles of the first page."""

import pandas as pd
import pytest

from clientops import figures
from clientops.figures import paint
from tests.figures.drawn import texts
from tests.made import (
    COMPANY,
    OCT,
)


def test_tiles_show_value_change_and_months():
    history = pd.DataFrame(
        {"month": [OCT - pd.DateOffset(months=back) for back in (2, 1, 0)], "manager_id": "*",
         "metric": "revenue", "value": [1.0, 3.0, 2.0]}
    )  # fmt: skip
    frame = COMPANY[COMPANY["manager_id"] == "*"]
    figure = figures.tiles(frame, history=history, width=figures.FULL)
    written = texts(figure)
    assert written[:4] == ["Revenue", "€855K", "= same −14% on Oct 2025", "−3.9% on Sep 2026"]
    row = frame[frame["metric"] == "revenue"].iloc[0]
    assert round(row["year_change"] / row["year_ago"], 2) == -0.14
    assert round(row["change"] / row["previous"], 3) == -0.039
    assert "−2.0 points on Sep 2026" in " ".join(written)
    line, dot = [list(each.get_ydata()) for each in figure.axes[0].lines if each.get_gid() is None]
    assert line[1] < line[0] and line[2] - line[0] == pytest.approx((line[1] - line[0]) / 2)
    assert dot == line[-1:]
    running = figures.tiles(frame.assign(compared_days=5), history=history)
    drawn = [list(each.get_ydata()) for axes in running.axes for each in axes.lines]
    assert [len(each) for each in drawn] == [2]  # a month that is not over is no point of the line


def test_tiles_lead_to_their_topics():
    frame = COMPANY[COMPANY["manager_id"] == "*"]
    links = {"profitability": "/profitability?month=2026-10"}
    drawn = figures.svg(figures.tiles(frame, links=links))
    assert drawn.count('href="/profitability?month=2026-10"') == 2  # revenue and margin


@pytest.mark.parametrize(("number", "most", "columns", "deep"), [
    (13, 6, 5, 3), (12, 6, 6, 2), (1, 6, 1, 1), (7, 6, 4, 2), (9, 8, 5, 2), (5, 2, 2, 3),
])  # fmt: skip
def test_no_row_is_a_stump(number, most, columns, deep):
    assert paint.rows_of(number, most) == (columns, deep)
