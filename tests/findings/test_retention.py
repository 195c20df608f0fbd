"""What retention says: every number is in the frame, whatever part of it is shown."""

import pandas as pd

from clientops import findings
from clientops.metrics import retention
from tests.cards import form
from tests.figures.drawn import texts
from tests.made import (
    OCT,
    ladder_frame,
    revenue_frame,
    survival_frame,
)
from tests.told import told


def test_revenue_kept():
    frame = revenue_frame(
        (OCT - pd.DateOffset(months=1), "*", "*", 0.95, 0.8, 90, 70, 0.78),
        (OCT, "*", "*", 0.87, 0.72, 100, 80, 0.8),
        (OCT, "1", "Ivanov", 0.60, 0.5, 50, 30, 0.6),
        (OCT, "2", "Petrova", 1.10, 0.9, 50, 50, 1.0),
        (OCT, "3", "Saar", 0.90, 0.9, 9, 8, 0.9),
        (OCT, "4", "Nobody", None, None, 0, 0, None),
    )
    assert told(findings.revenue_kept, frame) == (
        "The company: clients bring 87% of their revenue of a year before, 95% in September 2026; "
        "80% of them still buy."
    )
    assert told(findings.revenue_kept_by_manager, frame) == (
        "Clients' revenue against a year before, highest: Petrova (110%); lowest: Ivanov (60%)."
    )
    one = frame[frame["manager_id"].isin(["*", "2"])]
    assert told(findings.revenue_kept_by_manager, one, "2") == (
        "Petrova: clients bring 110% of their revenue of a year before. The company: 87%."
    )
    assert told(findings.revenue_kept, frame, "4") == (
        "Nobody: no client brought revenue in the year before, so there is none to keep."
    )
    young = revenue_frame((OCT, "*", "*", 0.5, 0.5, 4, 3, 1.0), months=2)
    assert told(findings.revenue_kept, young) == (
        "The company: clients bring 50% of their revenue of a year before; 100% of them still buy."
    )


def test_a_manager_who_handed_over_has_nothing_to_compare():
    frame = revenue_frame(
        (OCT - pd.DateOffset(months=7), "8", "Kaskla", 0.92, 0.7, 75, 63, 0.84),
        (OCT - pd.DateOffset(months=7), "*", "*", 0.95, 0.8, 90, 70, 0.78),
        (OCT, "*", "*", 0.87, 0.72, 100, 80, 0.8),
    )
    for says in (findings.revenue_kept, findings.revenue_moves):
        assert told(says, frame, "8") == (
            "Kaskla: no client with revenue to compare after March 2026."
        )
    assert texts(form("retention", "revenue_retention", 2)(frame)) == [
        "There is nothing to show yet."
    ]
    assert told(findings.revenue_kept_by_manager, frame) == (
        "None of the managers shown has clients with revenue in the year before."
    )


def test_revenue_moves():
    frame = revenue_frame((OCT, "*", "*", 0.87, 0.72, 100, 80, 0.8))
    assert told(findings.revenue_moves, frame) == (
        "The company: revenue €1K a year before, €1K now; largest step: Stopped buying "
        "(−\u2060€220)."
    )


def test_several_managers_without_the_company():
    frame = revenue_frame((OCT, "1", "Ivanov", 0.6, 0.5, 5, 3, 0.6),
                          (OCT, "2", "Petrova", 1.1, 0.9, 5, 5, 1.0))  # fmt: skip
    for subject in ("*", ""):
        assert told(findings.revenue_kept, frame, subject) == (
            "Some figures have no sum of several managers: choose one manager to see them."
        )
    assert texts(form("retention", "revenue_retention", 1)(frame)) == [
        "There is nothing to show yet."
    ]


def test_cohorts():
    columns = ["manager_id", "manager_name", "cohort", "existing", "age", "clients", "retained",
               "retention", "revenue", "revenue_retention"]  # fmt: skip
    rows = [("*", "*", pd.NaT, False, age, 100 - 10 * age, 50, share, 10.0, share + 0.1)
            for age, share in enumerate([1.0, 0.6, 0.5, 0.5, 0.4, 0.3])]  # fmt: skip
    rows += [("*", "*", OCT, True, 1, 999, 999, 1.0, 10.0, 1.0)]  # old stock is not told about
    frame = pd.DataFrame(rows, columns=columns)
    assert told(findings.cohorts_kept, frame) == (
        "The company: 60% of 90 clients won early enough bought again in the quarter after the "
        "first. In the quarter a year after it 40% did, of those who had the time."
    )
    assert told(findings.cohort_revenue, frame) == (
        "The company: clients won bring 70% of the revenue of their first quarter in the next. A "
        "year after it, those won early enough bring 50%."
    )
    own = frame.assign(manager_id="1", manager_name="Ivanov")
    assert told(findings.cohorts_kept, own, "1").startswith("Ivanov: 60% of 90 clients won")
    assert told(findings.cohorts_kept, frame.iloc[-1:]).startswith("No client was won early enough")


def test_cohort_months_adds_up_the_last_twelve():
    months = pd.date_range("2025-01-01", periods=15, freq="MS")
    frame = pd.DataFrame({
        "manager_id": "*", "manager_name": "*", "cohort": months, "existing": months == months[0],
        "age": 3, "clients": 10, "retained_quarter": 4,
    }).astype({"retained_quarter": "Int64"})  # fmt: skip
    assert told(findings.cohort_months, frame) == (
        "The company: 48 of 120 clients won from April 2025 to March 2026 bought again in the "
        "three months after the first."
    )
    assert told(findings.cohort_months, frame.iloc[:2].assign(retained_quarter=0)) == (
        "The company: 0 of 10 clients won in February 2025 bought again in the three months "
        "after the "
        "first."
    )
    assert told(findings.cohort_months, frame.iloc[:1]).startswith("No client was won early enough")


def test_ladder():
    frame = ladder_frame(
        ("*", "*", 1, None, None, None),
        ("*", "*", 2, 100, 0.62, 31.0),
        ("*", "*", 3, 60, 0.9, 30.0),
        ("*", "*", 4, 0, None, None),
        ("1", "Ivanov", 2, 40, 0.5, 31.0),
        ("2", "Petrova", 2, 60, 0.7, None),
    )
    assert told(findings.ladder, frame) == (
        "The company: 62% of the 100 clients who had the time made a second purchase; "
        "median days between: 31."
    )
    assert told(findings.second_purchase, frame) == (
        "Clients who made a second purchase, most: Petrova (70%); fewest: Ivanov (50%)."
    )
    one = frame[frame["manager_id"].isin(["*", "1"])]
    assert told(findings.ladder, one, "1") == (
        "Ivanov: 50% of the 40 clients who had the time made a second purchase; median "
        "days between: 31."
    )
    assert told(findings.second_purchase, one, "1") == (
        "Ivanov: 50% of 40 clients who had the time made a second purchase. The company: 62%."
    )


def test_survival():
    frame = survival_frame(
        ("*", "*", 0.0, 100, 10, 0.90, 0.85, 0.94, 30.0),
        ("*", "*", 8.0, 80, 10, 0.80, 0.70, 0.86, 30.0),
        ("*", "*", 20.0, 40, 20, 0.40, 0.30, 0.55, 30.0),
        ("1", "Ivanov", 0.0, 60, 0, 1.00, None, None, 14.0),
        ("2", "Petrova", 0.0, 40, 10, 0.75, 0.60, 0.85, 30.0),
        ("3", "Young", 0.0, 5, 0, 1.00, None, None, 2.0),
    )
    assert told(findings.survival, frame) == (
        "The company: 80% of clients still buy a year after their first purchase, 40% after two "
        "years. Half of them have stopped after 20 months."
    )
    assert told(findings.survival_by_manager, frame) == (
        "Clients who still buy after a year, most: Ivanov (100%); fewest: Petrova (75%)."
    )
    two = frame[frame["manager_id"].isin(["*", "2"])]
    assert told(findings.survival, two, "2").startswith("Petrova: 75% of clients still buy a year")
    assert told(findings.survival_by_manager, two, "2") == (
        "Petrova: after a year 75% of 40 clients still buy. The company: 80%."
    )
    assert told(findings.survival, frame, "1") == (
        "No client has been silent long enough to have ended."
    )


def test_the_sample_tells_its_story_and_blames_nobody_else(sample):
    table = sample.compute(retention.revenue_retention, "2026-10")
    last = table[table["month"] == OCT].set_index("manager_name").drop(["*", "(unassigned)"])
    rates = last["nrr"].dropna()
    assert rates.idxmin() == "Pavel Ivanov"
    assert told(findings.revenue_kept_by_manager, table) == (
        f"Clients' revenue against a year before, highest: {rates.idxmax()} ({rates.max():.0%}); "
        f"lowest: Pavel Ivanov ({rates.min():.0%})."
    )
    for one in ("2", "3", "4", "5", "6", "7", "9"):
        assert "Ivanov" not in told(findings.revenue_kept, table, one)
