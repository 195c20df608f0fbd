"""Columns of months beside the year before."""

import pandas as pd
import pytest

from clientops import figures, words
from tests.figures.drawn import texts

MONTHS = pd.date_range("2025-11-01", periods=3, freq="MS")
ROWS = pd.DataFrame({
    "month": [*MONTHS, *MONTHS], "manager_id": ["*"] * 3 + ["1"] * 3, "metric": "revenue",
    "value": [10.0, 20.0, 5.0, 1.0, -2.0, None], "year_ago": [8.0, None, 16.0, 3.0, 1.0, 1.0],
    "until": [*MONTHS + pd.offsets.MonthEnd(0)][:2] * 1 + [pd.Timestamp("2026-01-10")]
             + [*MONTHS + pd.offsets.MonthEnd(0)][:2] + [pd.Timestamp("2026-01-10")],
})  # fmt: skip


def drawn(subject: str, width: int = figures.WIDE):
    with words.telling(None, subject):
        return figures.months_of_year(ROWS, value="value", previous="year_ago", until="until",
                                      unit="money", label="revenue", width=width)  # fmt: skip


def heights(figure, gid: str) -> list[float]:
    patches = [patch for axes in figure.axes for patch in axes.patches if patch.get_gid() == gid]
    return [patch.get_height() for patch in patches]


@pytest.mark.parametrize(("subject", "now", "before"), [
    ("*", [10, 20, 5], [8, 16]), ("1", [1, -2], [3, 1, 1]), ("", [1, -2], [3, 1, 1]),
])  # fmt: skip
def test_a_column_per_month_and_one_behind_it(subject, now, before):
    figure = drawn(subject)
    assert heights(figure, "now") == now and heights(figure, "before") == before


def test_a_month_that_is_not_over_is_hatched_and_said():
    figure = drawn("*")
    hatched = [patch for axes in figure.axes for patch in axes.patches
               if patch.get_gid() == "now" and patch.get_hatch()]  # fmt: skip
    assert [patch.get_height() for patch in hatched] == [5]
    assert {"month not over", "€20", "2025", "2026", "Nov"} <= set(texts(figure))
    figures.svg(drawn("1", figures.PHONE), "")


def test_a_workbook_draws_the_same():
    options = {"value": "value", "previous": "year_ago", "unit": "money", "label": "revenue"}
    with words.telling(None, "*"):
        chart = figures.chart(figures.months_of_year, ROWS, options)
    assert chart.data["Revenue"].tolist() == [10, 20, 5] and chart.unit == "money"


def test_only_the_year_before_is_known():
    gone = ROWS.assign(value=float("nan"))
    with words.telling(None, "*"):
        figure = figures.months_of_year(
            gone, value="value", previous="year_ago", unit="money", width=figures.PHONE
        )
    assert heights(figure, "now") == [] and heights(figure, "before") == [8, 16]


def test_nothing_known():
    with words.telling(None, "9"):
        figure = figures.months_of_year(ROWS, value="value", previous="year_ago")
    assert texts(figure) == ["There is nothing to show yet."]
