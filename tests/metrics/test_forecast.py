"""What comes next: frames that can be checked on paper."""

import numpy as np
import pandas as pd
import pytest

from clientops.metrics import forecast as topic
from tests.ledgers import compute, every, frames, line, month_days, only_row

FORECAST, BACKTEST = topic.forecast, topic.forecast_backtest
# One client a month: 100 in the first year, 121 in each month after it; of manager 1.
GROWING = every(month_days("2024-01-01", 12), "C1", 100, "1") + [
    line(f"later-{day}", day, "C1", 121, "1") for day in month_days("2025-01-01", 18)
]


def rows(table: pd.DataFrame, manager_id: str = "*", months: int = 1) -> pd.DataFrame:
    return table[(table["manager_id"] == manager_id) & (table["months"] == months)]


def test_half_of_the_growth_goes_on():
    """In June 2025 the last 6 months brought 1.21 times those of 2024: √1.21 = 1.1."""
    table = compute(FORECAST, frames(shipments=GROWING), "2025-06", min_clients=1)
    company = rows(table)
    assert company["month"].dt.strftime("%Y-%m").tolist() == ["2025-07", "2025-08", "2025-09"]
    assert company["forecast"].tolist() == pytest.approx([110] * 3)
    assert company["last_year"].tolist() == [100] * 3
    assert rows(table, months=3)["forecast"].tolist() == pytest.approx([330])
    assert rows(table, "1")["forecast"].tolist() == pytest.approx([110] * 3)
    assert table[["low", "high", "plan"]].isna().all(axis=None)


@pytest.mark.parametrize(("month", "told"), [("2025-02", 121), ("2025-03", 110), ("2024-02", 100)])
def test_under_15_months_the_mean_of_the_last_three(month, told):
    """February 2025 is the 14th month: (100 + 121 + 121) / 3; March the 15th."""
    expected = {121: (100 + 121 + 121) / 3}.get(told, told)
    table = compute(FORECAST, frames(shipments=GROWING), month)
    assert rows(table)["forecast"].tolist() == pytest.approx([expected] * 3)


@pytest.mark.parametrize(("month", "is_told"), [("2025-12", False), ("2026-01", True)])
def test_an_interval_takes_25_months(month, is_told):
    """The origins March to October 2025 told 330 of what brought 363, the last 1.1 × 321."""
    table = compute(FORECAST, frames(shipments=GROWING), month, min_clients=1)
    assert table["forecast"].notna().all()
    assert (table[["low", "high"]].notna() == is_told).all(axis=None)
    check = compute(BACKTEST, frames(shipments=GROWING), month, min_clients=1)
    assert check["inside"].isna().all()  # no origin had an interval
    if is_told:
        company, own = rows(table, months=3).iloc[0], rows(table, "1", months=3).iloc[0]
        assert company["forecast"] == pytest.approx(3 * 121 * np.sqrt(6 * 121 / (5 * 100 + 121)))
        assert company["low"] == pytest.approx(company["forecast"] * 363 / (1.1 * 321))
        assert company["high"] == pytest.approx(company["forecast"] * 1.1)
        assert own["high"] == pytest.approx(company["high"])  # all but one of eight are 1.1
        assert company["low"] < own["low"] < company["high"]
        assert check["origins"].tolist() == [8] * 4


def test_a_managers_part_is_that_of_the_clients_owned_now():
    """C2 went to manager 2 in May, with its past; returns larger than sales are a part of 0."""
    months = month_days("2024-01-01", 18)
    lines = [*every(months, "C1", 300, "1"), *every(months, "C2", 100, "1"),
             *every(months[:12], "C3", 50, "3"), line("R", "2025-06-20", "C3", -90)]  # fmt: skip
    spells = [{"client_id": "C2", "manager_id": "1", "valid_from": "2020-01-01",
               "valid_to": "2025-04-30"},
              {"client_id": "C2", "manager_id": "2", "valid_from": "2025-05-01"},
              {"client_id": "C4", "manager_id": "4", "valid_from": "2020-01-01"}]  # fmt: skip
    table = compute(FORECAST, frames(shipments=lines, assignments=spells), "2025-06", min_clients=1)
    company = rows(table)["forecast"].iloc[0]
    assert rows(table, "1")["forecast"].iloc[0] == pytest.approx(0.75 * company)
    assert rows(table, "2")["forecast"].iloc[0] == pytest.approx(0.25 * company)
    assert rows(table, "2")["last_year"].tolist() == [100] * 3
    assert set(table["manager_id"]) == {"*", "1", "2", "3"}  # nobody's client tells nothing
    assert rows(table, "3")["forecast"].isna().all()  # who bought nothing in the 6 months
    assert rows(table, "3")["last_year"].tolist() == [50] * 3
    small = compute(FORECAST, frames(shipments=lines, assignments=spells), "2025-06")
    others = small[small["manager_id"] != "*"]
    assert others[["forecast", "low", "high"]].isna().all(axis=None)
    assert rows(small)["forecast"].notna().all()


def test_plans_of_the_months_ahead():
    """By the level of the year up to the month; of managers only that of their clients."""
    plans = [{"month": f"2025-{at:02}-01", "plan_revenue": 10 * at, "client_id": "C1"}
             for at in range(1, 9)]  # fmt: skip
    plans += [{"month": f"2025-{at:02}-01", "plan_revenue": 1000, "manager_id": "9"}
              for at in (7, 8, 9)]  # fmt: skip
    table = compute(FORECAST, frames(shipments=GROWING, plans=plans), "2025-06")
    assert rows(table, "1")["plan"].tolist()[:2] == [70, 80]
    assert rows(table)["plan"].tolist()[:2] == [70, 80]  # nobody has an own plan up to June
    assert rows(table)["plan"].isna().tolist() == [False, False, True]
    assert rows(table, months=3)["plan"].isna().all()  # not of all months
    own = [{"month": f"2025-{at:02}-01", "plan_revenue": 500, "manager_id": "1"}
           for at in range(1, 13)]  # fmt: skip
    table = compute(FORECAST, frames(shipments=GROWING, plans=own), "2025-06")
    assert rows(table, months=3)["plan"].tolist() == [1500]
    assert rows(table, "1")["plan"].isna().all()  # of what is sold: this is the portfolio


def test_backtests_never_see_the_future(sample):
    """Cut at an origin, the ledger tells what the backtest takes it for told."""
    month = sample.month
    check = sample.compute(BACKTEST).set_index(["level", "method"])
    told, came, last = {}, {}, {}
    ledger = sample.ledger
    for back in range(3, 15):
        origin = month - pd.DateOffset(months=back)
        row = only_row(sample.compute(FORECAST, origin), manager_id="*", months=3)
        told[back], last[back] = row["forecast"], row["last_year"]
        at = ledger.row(origin)
        came[back] = (ledger.revenue[at + 4] - ledger.revenue[at + 1]).sum() / 1e4
    told, came, last = map(pd.Series, (told, came, last))
    for method, predicted in (("season", told), ("last_year", last)):
        row = check.loc[("company", method)]
        assert row["origins"] == 12
        assert row["error"] == pytest.approx((predicted - came).abs().sum() / came.sum())
        assert row["bias"] == pytest.approx((predicted - came).sum() / came.sum())
    now = only_row(sample.compute(FORECAST), manager_id="*", months=3)
    assert now["low"] / now["forecast"] == pytest.approx((came / told).min())
    assert now["high"] / now["forecast"] == pytest.approx((came / told).max())
