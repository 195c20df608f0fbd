"""Every plan table against a second, slow and exact writing of its definitions."""

import dataclasses
import datetime
from random import Random

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from clientops import metrics
from tests import ledgers
from tests.metrics import oracle, oracle_plan
from tests.metrics.test_portfolio_against_oracle import FIRST, assert_same, small_ledgers

TABLES = ["plan_fulfilment", "client_penetration", "penetration", "cross_sell", "cross_sell_check",
          "plan_proposal"]  # fmt: skip
CLIENTS = ["C1", "C2", "C10", "Ä", "c2"]
GROUPS = ["Food", "Tools", None]
LEVELS = [  # which keys rows of plans name: client, manager, product group
    ("",), ("m",), ("c",), ("c", "new"), ("p",), ("cp",), ("mp",), ("cm",), ("m", "c", "new"),
    ("", "m", "p"), ("c", "cp"), ("m", "mp", "c"), ("cp", "p"), ("new",), ("mp", "cp"),
]  # fmt: skip
seeded = st.builds(
    lambda ledger, seed: (ledger, Random(f"{seed} {ledger}")),
    small_ledgers, st.integers(0, 1_000_000),
)  # fmt: skip
many = settings(max_examples=8)
MONTHS = [0, 2, 8, 12, 18, 23, 24, 30, 31]  # after FIRST


def scene(random: Random, ledger: oracle.Ledger, month: datetime.date) -> oracle_plan.Ledger:
    """A small ledger with plans, potentials and product groups around a month asked for."""
    products = [{"product_id": f"P{at}", "product_group": random.choice(GROUPS), "unit_cost": None}
                for at in (1, 2)]  # fmt: skip
    levels = random.choice(LEVELS)
    plans = [plan_row(random, random.choice(levels), month)
             for _ in range(random.choice([0, 1, 4, 12, 30]))]  # fmt: skip
    fields = {field.name: getattr(ledger, field.name) for field in dataclasses.fields(ledger)}
    cards = [{**row, "client_group": random.choice(["Inns", "Shops", None]),
              "region": random.choice(["N", None])} for row in ledger.clients]  # fmt: skip
    rows = range(random.choice([0, 2, 8, 20]))
    potentials = [potential_row(random, month) for _ in rows]
    fields |= {"clients": cards}
    return oracle_plan.Ledger(**fields, plans=plans, products=products, potentials=potentials)


def plan_row(random: Random, level: str, month: datetime.date) -> dict:
    """A row of one level, in or about the year of the month."""
    client = random.choice([*CLIENTS, "P1", "P9"])
    return {
        "month": oracle.shifted(month, random.choice([0, 0, -1, -2, -5, -11, 1, 5])),
        "plan_revenue": random.choice([0, 100, 33.33, 1000.01, -50, 0.05]),
        "months": random.choice([None, None, 1, 3, 12]),
        "client_id": "(new)" if level == "new" else client if "c" in level else None,
        "manager_id": random.choice(["1", "2", "10"]) if set(level) & set("mw") else None,
        "product_group": random.choice(GROUPS[:2]) if "p" in level else None,
    }


def potential_row(random: Random, month: datetime.date) -> dict:
    """An estimate of one client, about two years old at times."""
    end = oracle.last_day(month)
    days = random.choice([0, -1, 1, 5, 729, 730, 731, 900])
    return {
        "client_id": random.choice([*CLIENTS, "P1", "P9"]),
        "annual_purchases": random.choice([0, 100, 500, 2000.5]),
        "product_group": random.choice(GROUPS),
        "as_of": random.choice([None, end - datetime.timedelta(days=days)]),
    }


def frames_of(ledger: oracle_plan.Ledger) -> dict[str, pd.DataFrame]:
    return ledgers.frames(
        data_until="2026-08-31", shipments=ledger.lines, clients=ledger.clients,
        managers=ledger.managers, assignments=ledger.assignments, plans=ledger.plans,
        potentials=ledger.potentials, products=ledger.products,
    )  # fmt: skip


@many
@given(seeded)
def test_random_plans(seeded):
    """Levels that disagree, handovers, returns, quarters, months before the data: row by row."""
    ledger, random = seeded
    month = oracle.shifted(FIRST, random.choice(MONTHS))
    ledger = scene(random, ledger, month)
    if month < oracle.first_month(ledger):
        return
    changed = {"year_start": random.choice([1, 1, 4, 12]), "window_months": random.choice([12, 3]),
               "min_peers": random.choice([1, 2, 10])}  # fmt: skip
    book = ledgers.small_book(frames_of(ledger), f"{month:%Y-%m}")
    for name in TABLES:
        function = metrics.tables()[name]
        known = {key: value for key, value in changed.items() if key in book.rules_of(function)}
        ours = book.compute(function, f"{month:%Y-%m}", **known)
        with ledgers.told(name):
            assert_same(ours, getattr(oracle_plan, name)(ledger, month, **known))


@many
@given(seeded)
def test_random_running_months(seeded):
    """Any day of the month asked for, with few and many months before it."""
    ledger, random = seeded
    month = oracle.shifted(FIRST, random.choice(MONTHS))
    ledger = scene(random, ledger, month)
    until = month + datetime.timedelta(days=random.randrange(31))
    until = min(until, oracle.last_day(month))
    ledger.lines = [line for line in ledger.lines if line["shipped_on"] <= until]
    if not ledger.lines or month < oracle.first_month(ledger):
        return
    changed = {"pace_months": random.choice([1, 2, 6])}
    book = ledgers.small_book(frames_of(ledger), f"{month:%Y-%m}", pd.Timestamp(until))
    ours = book.compute(metrics.tables()["plan_pace"], f"{month:%Y-%m}", **changed)
    assert_same(ours, oracle_plan.plan_pace(ledger, month, until, **changed))
