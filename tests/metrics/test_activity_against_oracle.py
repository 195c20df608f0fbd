"""Every activity table against a second, slow and exact writing of its definitions."""

import dataclasses
import datetime

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from clientops.metrics import activity
from tests import ledgers
from tests.metrics import oracle, oracle_activity
from tests.metrics.test_portfolio_against_oracle import (
    assert_same,
    frames_of,
    small_ledgers,
    unique,
)

MONTHS = [datetime.date(2024, 1, 1), datetime.date(2025, 3, 1), datetime.date(2026, 8, 1)]
norms = st.dictionaries(st.sampled_from(["call", "meeting", "*", "fax"]),
                        st.sampled_from([0.1, 0.25, 4]), max_size=3)  # fmt: skip
days = st.fixed_dictionaries(
    {},
    optional={"calendar": st.just("EE"), "work_week": st.sampled_from([("Sat",), ("Mon", "Sun")])},
)
rules = {
    "not_done": st.sampled_from([(), ("done",)]),
    "min_call_minutes": st.sampled_from([0, 0.5001]),
}
TOUCH_DAYS = st.fixed_dictionaries(
    {each: st.sampled_from([1, 5, 40, 200]) for each in "ABC"},
    optional={"prospect": st.sampled_from([1, 40])},
)
SETTINGS = {
    "manager_activity": {"norms": norms, "hired_unknown_months": st.sampled_from([1, 3])},
    "activity_daily": {"hired_unknown_months": st.sampled_from([1, 3])},
    "activity_coverage": {"touch_days": TOUCH_DAYS, "window_months": st.sampled_from([3, 12])},
    "activity_funnel": {
        "funnel_months": st.sampled_from([1, 3, 24]),
        "funnel_steps": st.sampled_from([("call",), ("email", "call"), ("fax",)]),
    },
    "untouched_clients": {"touch_days": TOUCH_DAYS, "window_months": st.sampled_from([3, 12])},
    "touch_mix": {},
}
RUNNING = ["manager_activity", "activity_daily", "activity_coverage"]  # those that stop with data
employment = st.sampled_from([None, None, datetime.date(2024, 1, 10), datetime.date(2025, 3, 31),
                              datetime.date(2026, 8, 12), datetime.date(2026, 9, 1)])  # fmt: skip
manager = st.fixed_dictionaries(
    {
        "manager_id": st.sampled_from(["1", "2", "3"]),
        "manager_name": st.sampled_from([None, "One"]),
        "hired_on": employment,
        "left_on": employment,
    }
)


@settings(max_examples=12)
@given(small_ledgers, st.lists(manager, max_size=3), st.sampled_from(MONTHS), st.data())
def test_random_activities(ledger, managers, month, data):
    """Weekends, holidays, running months, leavers, handovers: every table, row by row."""
    if month < oracle.first_month(ledger):
        return
    ledger = dataclasses.replace(ledger, managers=unique(managers, "manager_id"))
    for name in SETTINGS:
        with ledgers.told(name):
            compare(name, ledger, month, data)


def compare(name: str, ledger: oracle.Ledger, month: datetime.date, data: st.DataObject) -> None:
    """A table and the oracle's at random settings."""
    changed = data.draw(st.fixed_dictionaries({}, optional=rules | SETTINGS[name]))
    if name in RUNNING:
        changed |= data.draw(days)
    past = name in [*RUNNING, "untouched_clients"]
    as_of = data.draw(st.none() | st.integers(0, 40)) if past else None
    if as_of is not None:
        as_of = month + datetime.timedelta(days=as_of)
        changed["as_of"] = as_of
    theirs = getattr(oracle_activity, name)(ledger, month, **changed)
    if as_of is not None:
        changed["as_of"] = pd.Timestamp(as_of)
    frames = frames_of(ledger)
    ours = ledgers.compute(getattr(activity, name), frames, f"{month:%Y-%m}", **changed)
    assert_same(ours, theirs)
