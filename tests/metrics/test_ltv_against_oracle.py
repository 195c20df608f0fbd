"""Every table of ltv and forecast against a second, slow and exact writing of its definitions."""

from random import Random

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from clientops import metrics
from tests import ledgers
from tests.metrics import oracle, oracle_ltv, oracle_plan
from tests.metrics.test_plan_against_oracle import LEVELS, plan_row
from tests.metrics.test_portfolio_against_oracle import FIRST, assert_same, small_ledgers

MONTHS = [0, 2, 10, 11, 13, 14, 16, 17, 22, 23, 24, 27, 31, 31]  # after FIRST
seeded = st.builds(
    lambda ledger, seed: (ledger, Random(f"{seed} {ledger}")),
    small_ledgers, st.integers(0, 1_000_000),
)  # fmt: skip
many = settings(max_examples=12)


def scene(random: Random, ledger: oracle.Ledger) -> oracle_plan.Ledger:
    """A small ledger of all months, with client groups, and at times plans."""
    lines = [
        {"shipment_id": f"F{number}", "client_id": random.choice(["C1", "C2", "C10", "Ä"]),
         "shipped_on": oracle.shifted(FIRST, number // 2), "manager_id": random.choice("12"),
         "revenue": random.choice([200, 90, 45, -30]), "cost": random.choice([None, 30])}
        for number in range(64)
    ]  # fmt: skip
    cards = [{**row, "client_group": random.choice(["Inns", "Shops", None])}
             for row in ledger.clients]  # fmt: skip
    return oracle_plan.Ledger(
        lines=ledger.lines + (lines if random.random() < 0.8 else []), clients=cards,
        managers=ledger.managers, assignments=ledger.assignments,
    )  # fmt: skip


def same(name: str, ledger: oracle_plan.Ledger, month, **changed) -> None:
    """Row by row."""
    frames = ledgers.frames(
        data_until="2026-08-31", shipments=ledger.lines, clients=ledger.clients,
        managers=ledger.managers, assignments=ledger.assignments, plans=ledger.plans,
    )  # fmt: skip
    ours = ledgers.compute(metrics.tables()[name], frames, f"{month:%Y-%m}", **changed)
    with ledgers.told(name):
        assert_same(ours, getattr(oracle_ltv, name)(ledger, month, **changed))


@many
@given(seeded)
def test_random_worths(seeded):
    """Returns larger than sales, nothing costed, first months, groups of one client."""
    ledger, random = seeded
    month, ledger = oracle.shifted(FIRST, random.choice(MONTHS)), scene(random, ledger)
    if month < oracle.first_month(ledger):
        return
    changed = {"ltv_years": random.choice([1, 5]), "min_clients": random.choice([1, 3, 30])}
    same("ltv_history", ledger, month, **changed)
    for name in ("ltv_model", "client_ltv", "ltv_backtest"):
        same(name, ledger, month)


@many
@given(seeded)
def test_random_forecasts(seeded):
    """Handovers, owners without buyers, growth unknown, months without a plan."""
    ledger, random = seeded
    month, ledger = oracle.shifted(FIRST, random.choice(MONTHS)), scene(random, ledger)
    if month < oracle.first_month(ledger):
        return
    levels = random.choice(LEVELS)
    ledger.plans = [
        {**plan_row(random, random.choice(levels), month), "months": None,
         "month": oracle.shifted(month, random.choice([0, -1, 1, 2, 3]))}
        for _ in range(random.choice([0, 1, 12, 40]))
    ]  # fmt: skip
    for name in ("forecast", "forecast_backtest"):
        same(name, ledger, month, min_clients=random.choice([1, 1, 2, 30]))


def test_a_month_that_runs_has_no_forecast():
    rows = [ledgers.line(f"S{at}", day, "C1", 100)
            for at, day in enumerate(ledgers.month_days("2024-01-01", 30))]  # fmt: skip
    frames = ledgers.frames(shipments=rows, data_until="2026-06-10")
    for name, number in (("forecast", 0), ("forecast_backtest", 2)):
        ours = ledgers.compute(metrics.tables()[name], frames, "2026-06",
                               as_of=pd.Timestamp("2026-06-10"))  # fmt: skip
        assert len(ours) == number
