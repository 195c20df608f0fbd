"""Curves, and panels without one."""

from clientops.metrics import retention
from tests.cards import form
from tests.figures.drawn import lines, texts
from tests.made import (
    survival_frame,
)


def test_survival_holds_to_the_last_month_known():
    frame = survival_frame(
        ("*", "*", 0.0, 100, 10, 0.90, 0.85, 0.94, 30.0),
        ("*", "*", 8.0, 80, 10, 0.80, 0.70, 0.86, 30.0),
        ("1", "Ivanov", 0.0, 60, 5, 0.95, 0.9, 0.99, 14.0),
    )
    figure = form("retention", "client_survival")(frame.iloc[:2])
    (line,) = lines(figure, "line")
    assert list(line.get_xdata()) == [0, 8, 30]
    assert list(line.get_ydata()) == [0.9, 0.8, 0.8]
    drawn = texts(figure)
    assert {"90%", "80%"} <= set(drawn)
    assert "Ended at once: 10 · Came back after their end: 3" in drawn
    (own,) = lines(form("retention", "client_survival")(frame), "line")
    assert list(own.get_xdata()) == [0, 14]
    assert lines(form("retention", "client_survival")(frame), "company")
    assert "95% after 12 months" in texts(form("retention", "client_survival", 1)(frame))


def test_managers_without_a_rate_now_have_no_panel(adventureworks):
    table = adventureworks.compute(retention.revenue_retention)
    now = table[(table["month"] == table["month"].max()) & table["nrr"].notna()]
    assert len(lines(form("retention", "revenue_retention")(table), "line")) == len(now) - 1
