"""Activity: numbers a reader can check on paper."""

import pandas as pd
import pytest

from clientops.metrics import activity
from tests import ledgers


def row(day: str, manager_id: str, kind: str, client_id: str | None = None, **more) -> dict:
    """One line of activities."""
    return {"happened_at": f"{day} 10:00", "manager_id": manager_id, "kind": kind,
            "client_id": client_id, **more}  # fmt: skip


@pytest.fixture(scope="module")
def book() -> dict[str, pd.DataFrame]:
    return ledgers.frames(
        data_until="2026-10-31",
        shipments=[
            ledgers.line("S1", "2026-10-05", "A", 800, "1"),
            ledgers.line("S2", "2026-10-06", "B", 120, "1"),
            ledgers.line("S3", "2026-10-07", "C", 30, "2"),
        ],
        managers=[{"manager_id": "1", "hired_on": "2020-01-01"},
                  {"manager_id": "2", "hired_on": "2026-10-19"}],
        activities=[
            row("2026-10-01", "1", "call", "A"),
            row("2026-10-02", "1", "call", "A", outcome="missed"),
            row("2026-10-03", "1", "call"),  # a Saturday counts on Monday
            row("2026-10-20", "2", "meeting", "C", minutes=0.2),
            row("2026-10-21", "1", "meeting", "A", topic="useful"),
        ],
    )  # fmt: skip


def test_what_was_not_done_is_no_activity_and_norms_are_per_working_day(book):
    table = ledgers.compute(activity.manager_activity, book, "2026-10", norms={"call": 0.5})
    table = table.set_index(["manager_id", "kind"])
    assert table.loc[("1", "call"), "activities"] == 2
    assert table.loc[("1", "call"), "working_days"] == 22
    assert table.loc[("1", "call"), "per_day"] == pytest.approx(2 / 22)
    assert table.loc[("1", "call"), "attainment"] == pytest.approx(2 / 22 / 0.5)
    assert table.loc[("2", "*"), "working_days"] == 10  # hired on the 19th
    assert table.loc[("1", "*"), "days_without"] == 19


def test_an_activity_on_a_day_off_counts_on_the_next_working_day(book):
    table = ledgers.compute(activity.activity_daily, book, "2026-10")
    calls = table[(table["manager_id"] == "1") & (table["kind"] == "call")].set_index("day")
    assert calls["activities"].to_dict()[pd.Timestamp("2026-10-05")] == 1
    assert calls["activities"].sum() == 2


def test_a_call_too_short_is_no_touch(book):
    table = ledgers.compute(activity.activity_coverage, book, "2026-10").set_index(
        ["manager_id", "abc"]
    )
    assert table.loc[("1", "A"), "touched"] == 1  # on the 21st, within 14 days
    assert table.loc[("*", "A"), "coverage"] == 1.0
    assert table.loc[("2", "C"), "touched"] == 0


def test_the_funnel_counts_who_went_through_each_step(book):
    table = ledgers.compute(activity.activity_funnel, book, "2026-10")
    steps = table[table["manager_id"] == "1"].set_index("step")["count"]
    assert steps.to_dict() == {"call": 1, "meeting": 1, "shipment": 1}


def test_large_clients_nobody_touched_are_listed_by_revenue(book):
    table = ledgers.compute(activity.untouched_clients, book, "2026-10")
    assert table["client_id"].tolist() == ["B"]
    assert table["last_touch"].isna().all()


def test_the_mix_of_touches_is_among_those_with_a_topic(book):
    table = ledgers.compute(activity.touch_mix, book, "2026-10")
    useful = table[(table["manager_id"] == "1") & (table["topic"] == "useful")].iloc[0]
    assert (useful.activities, useful.share) == (1, 1.0)
