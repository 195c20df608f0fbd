"""The tables of the first page against a second, slow and exact writing of their definitions."""

import datetime
import random

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientops.metrics import overview
from tests.ledgers import compute
from tests.metrics import oracle, oracle_overview
from tests.metrics.test_portfolio_against_oracle import FIRST, assert_same, frames_of, small_ledgers

random_ledgers = settings(max_examples=10)
months = st.sampled_from([0, 1, 2, 11, 12, 13, 14, 24, 26, 31])
last_days = st.one_of(st.none(), st.integers(0, 27))  # none: the month's last one
rules = st.fixed_dictionaries(
    {},
    optional={
        "window_months": st.sampled_from([3, 6, 12]),
        "xyz_by": st.sampled_from(["either", "cv"]),
    },
)


def asked_of(
    ledger: oracle.Ledger, month: int, day: int | None, before: int = 0
) -> tuple[oracle.Ledger, datetime.date, datetime.date | None]:
    """What is known on a day, of which month, and the day: in the month or in the one after it."""
    asked = oracle.shifted(FIRST, month)
    if day is None:
        return ledger, oracle.shifted(asked, -before), None
    until = asked + datetime.timedelta(days=day)
    return oracle_overview.known(ledger, until), oracle.shifted(asked, -before), until


def until_of(until: datetime.date | None) -> dict[str, pd.Timestamp]:
    return {} if until is None else {"as_of": pd.Timestamp(until)}


def compare(table, ledger, asked, until=None, **changed) -> None:
    """Ours and theirs, row by row, in all columns of theirs."""
    if not ledger.lines or asked < oracle.first_month(ledger):  # a month that no book has
        return
    theirs = getattr(oracle_overview, table)(
        ledger, asked, *([] if table == "attention_check" else [until]), **changed
    )
    ours = compute(getattr(overview, table), frames_of(ledger), f"{asked:%Y-%m}",
                   **until_of(until), **changed)  # fmt: skip
    if table == "headlines":  # what a buyer is worth: oracle_ltv.py
        ours = ours[ours["metric"] != "expected"].reset_index(drop=True)
    tells = [row.pop("tells", {}) for row in theirs]
    columns = list(theirs[0]) if theirs else ["manager_id"]
    if theirs:
        assert_same(ours[columns], theirs)
    else:
        assert ours.empty
    for place, told in enumerate(tells):
        assert_same(ours.iloc[[place]][list(told)], [told])


@random_ledgers
@given(small_ledgers, months, last_days, st.sampled_from(["", "US"]), rules,
       st.sampled_from([0.05, 0.5]), st.sampled_from([0.01, 0.0]))  # fmt: skip
def test_headlines_of_random_ledgers(ledger, month, day, calendar, changed, tolerance, points):
    """First months, months that are not over, holidays, handovers, returns: every row."""
    ledger, asked, until = asked_of(ledger, month, day)
    tolerances = {"tolerance": tolerance, "tolerance_points": points}
    compare("headlines", ledger, asked, until, calendar=calendar, **tolerances, **changed)


@random_ledgers
@given(small_ledgers, months, last_days)
def test_portfolio_month_of_random_ledgers(ledger, month, day):
    """Owners of clients with a line so far, and the company."""
    ledger, asked, until = asked_of(ledger, month, day)
    compare("portfolio_month", ledger, asked, until)


@random_ledgers
@given(small_ledgers, months, last_days, st.sampled_from([0, 1]), rules,
       st.sampled_from([0, 50.5]))  # fmt: skip
def test_attention_of_random_ledgers(ledger, month, day, before, changed, min_loss):
    """One row per client under its largest worth; as of a day in the month or after it."""
    ledger, asked, until = asked_of(ledger, month, day, before)
    compare("attention", ledger, asked, until, min_loss=min_loss, **changed)


@random_ledgers
@given(small_ledgers, months, rules)
def test_attention_check_of_random_ledgers(ledger, month, changed):
    """Who came back in two months."""
    compare("attention_check", ledger, oracle.shifted(FIRST, month), **changed)


def busy_ledger(seed: int) -> oracle.Ledger:
    """Clients who change their pace and their size in 2024 to 2026, three managers, calls."""
    chance = random.Random(seed)
    lines, spells, calls = [], [], []
    for number in range(22):
        client, manager = f"C{number}", chance.choice(["1", "2", None])
        day, end = chance.randrange(200), chance.choice([500, 850, 950, 950])
        gap, size = chance.choice([10, 30, 45]), chance.choice([20, 100, 900])
        while day < end:
            cost = None if number % 7 == 6 else size * chance.choice([0.5, 0.75, 1.25])
            revenue = size * chance.choice([1, 1, 1.5]) * chance.choice([1] * 9 + [-1])
            lines.append({"shipment_id": f"{client}-{day}", "client_id": client,
                          "shipped_on": FIRST + datetime.timedelta(days=day), "cost": cost,
                          "manager_id": manager, "revenue": revenue})  # fmt: skip
            day += max(1, round(gap * chance.uniform(0.7, 1.3)))
            if chance.random() < 0.03:
                gap, size = chance.choice([10, 30, 45, 120]), size * chance.choice([0.25, 1, 2])
        if chance.random() < 0.3:
            handed = FIRST + datetime.timedelta(days=chance.randrange(950))
            spells.append({"client_id": client, "manager_id": "3", "valid_from": handed,
                           "valid_to": None})  # fmt: skip
        for _ in range(chance.randrange(12)):
            at = datetime.datetime(2024, 1, 1, 9) + datetime.timedelta(days=chance.randrange(950))
            calls.append({"happened_at": at, "manager_id": "1", "kind": "call", "topic": None,
                          "client_id": client, "minutes": None, "outcome": None})  # fmt: skip
    managers = [{"manager_id": "1", "manager_name": "One"}]
    return oracle.Ledger(lines, [], managers, spells, calls)


@pytest.mark.parametrize(("seed", "asked", "until"), [
    (1, "2026-06-01", None), (2, "2025-01-01", None), (3, "2025-12-01", None),
    (4, "2026-06-01", "2026-07-14"), (5, "2026-05-01", "2026-05-19"),
])  # fmt: skip
def test_all_tables_of_a_busy_ledger(seed, asked, until):
    """So many clients that every reason and every verdict is there."""
    asked = datetime.date.fromisoformat(asked)
    until = until and datetime.date.fromisoformat(until)
    ledger = busy_ledger(seed)
    if until:
        ledger = oracle_overview.known(ledger, until)
    for table in ("portfolio_month", "headlines"):  # of the month, whatever the day
        compare(table, ledger, asked, until and min(until, oracle.last_day(asked)))
    compare("attention", ledger, asked, until)
    compare("attention_check", ledger, asked)
