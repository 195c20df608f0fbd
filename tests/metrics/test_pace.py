"""The pace of a month: numbers a reader can check on paper."""

import pandas as pd
import pytest

from clientops.metrics.pace import plan_pace
from tests.ledgers import compute, frames, line, month_days, only_row

# Seven months of 100 on the 5th and 60 on the 28th, 25 of them in April and 90 in May.
REST = {"2026-04": 25, "2026-05": 90}
PAST = [
    line(f"{day}-{at}", day, "C1", REST.get(day[:7], 60) if at == 28 else 100, "7")
    for at in (5, 28)
    for day in month_days("2026-01-01", 7, at)
]
NOW = line("now", "2026-08-04", "C1", 100, "7")


def told(plan: float | None, until: str = "2026-08-12", past: list[dict] = PAST, **changed):
    """The manager's row of August, up to a day."""
    plans = [] if plan is None else [
        {"month": "2026-08-01", "plan_revenue": plan, "manager_id": "7"}
    ]  # fmt: skip
    book = frames(shipments=[*past, NOW], plans=plans, data_until=until)
    table = compute(plan_pace, book, "2026-08", as_of=pd.Timestamp(until), **changed)
    return only_row(table, manager_id="7")


@pytest.mark.parametrize(
    ("plan", "verdict"), [(125, "ahead"), (125.01, "open"), (190, "open"), (190.01, "behind")]
)
def test_the_least_and_the_most_of_the_months_before_decide(plan, verdict):
    row = told(plan)
    assert (row["working_day"], row["working_days"]) == (8, 21)
    assert row["to_date"] == 100
    assert row["rest"] == pytest.approx((5 * 60 + 25 + 90) / 7)
    assert row[["low", "high"]].tolist() == [125, 190]
    assert row["projected"] == 100 + row["rest"]
    assert row["due"] == pytest.approx(plan * 700 / 1115)
    assert row["needed_per_day"] == pytest.approx((plan - 100) / 13)
    assert row["verdict"] == verdict


def test_without_six_months_there_is_no_verdict():
    row = told(150, past=[each for each in PAST if each["shipped_on"] >= "2026-03"])
    assert row[["due", "rest", "projected", "low", "high", "verdict"]].isna().all()
    assert row["needed_per_day"] == pytest.approx(50 / 13)
    assert told(150, past=[each for each in PAST if each["shipped_on"] >= "2026-02"])["low"] == 125


@pytest.mark.parametrize(("plan", "verdict"), [(100, "ahead"), (100.01, "behind")])
def test_a_month_that_is_over_needs_no_past(plan, verdict):
    row = told(plan, until="2026-08-31", past=[])
    assert row[["rest", "low", "high", "projected"]].tolist() == [0, 100, 100, 100]
    assert row["due"] == plan
    assert pd.isna(row["needed_per_day"])
    assert row["verdict"] == verdict


def test_without_a_plan_nothing_is_judged():
    row = told(None)
    assert row["high"] == 190
    assert row[["plan", "due", "needed_per_day", "verdict"]].isna().all()


def test_where_the_plan_is_the_clients_so_are_sales():
    """A client handed over brings its past to the new owner."""
    spells = [{"client_id": "C1", "manager_id": "7", "valid_from": "2020-01-01",
               "valid_to": "2026-07-31"},
              {"client_id": "C1", "manager_id": "8", "valid_from": "2026-08-01"}]  # fmt: skip
    plans = [{"month": "2026-08-01", "plan_revenue": 150, "client_id": "C1"}]
    book = frames(shipments=[*PAST, NOW], assignments=spells, data_until="2026-08-12", plans=plans)
    table = compute(plan_pace, book, "2026-08", as_of=pd.Timestamp("2026-08-12"))
    row = only_row(table, manager_id="8")
    assert row[["to_date", "plan", "low", "high", "verdict"]].tolist() == [
        100, 150, 125, 190, "open"
    ]  # fmt: skip
    assert only_row(table, manager_id="7")["to_date"] == 100  # sold, without a plan
