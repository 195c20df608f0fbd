"""What activity says: every number is in the frame, whatever part of it is shown."""

import numpy as np
import pandas as pd

from clientops import findings
from clientops.metrics import activity
from tests.cards import form
from tests.figures.drawn import texts
from tests.made import (
    coverage_frame,
    funnel_frame,
    kinds_frame,
)
from tests.told import told


def test_activity_per_day():
    rows = [
        ("*", "*", 300, None, None, 0),
        ("*", "call", 280, 12, "reached", 0),
        ("*", "meeting", 20, 3, "below", 5),
        ("Ivanov", "*", 100, None, None, 1),
        ("Ivanov", "call", 100, 4, "reached", 1),
        ("Ivanov", "meeting", 0, 1, "below", 20),
        ("Petrova", "*", 150, None, None, 0),
        ("Petrova", "call", 130, 4, "reached", 0),
        ("Petrova", "meeting", 20, 1, "reached", 0),
        ("Saar", "*", 50, None, None, 0),
        ("Saar", "call", 50, 4, "below", 0),
        ("Saar", "meeting", 20, 1, "reached", 0),
    ]
    frame = kinds_frame(*rows)
    assert told(findings.activity_per_day, frame) == (
        "The company: 15 activities per working day. Furthest below a norm: Ivanov (meeting: 0 of "
        "1)."
    )
    one = frame[frame["manager_name"].isin(["*", "Ivanov"])]
    assert told(findings.activity_per_day, one, "1") == (
        "Ivanov: 5 activities per working day. Furthest below a norm: meeting, 0 of 1."
    )
    good = frame[~frame["manager_name"].isin(["Ivanov", "Saar"]) | (frame["kind"] == "*")]
    assert told(findings.activity_per_day, good).endswith("Every norm is reached.")
    almost = good.assign(attainment=good["attainment"].clip(upper=0.91))
    assert told(findings.activity_per_day, almost).endswith(
        "Nobody is far below a norm; furthest: Petrova (call: 6.50 of 4)."
    )
    free = frame.assign(norm=np.nan, attainment=np.nan, verdict=None)
    assert told(findings.activity_per_day, free) == (
        "The company: 15 activities per working day. No norm is set. Without any: Ivanov (meeting)."
    )
    assert told(findings.activity_per_day, frame.iloc[:0]) == (
        "No activity is recorded up to this month."
    )
    several = frame[frame["manager_name"] != "*"]
    assert told(findings.activity_per_day, several, "") == (
        "Furthest below a norm: Ivanov (meeting: 0 of 1)."
    )
    assert told(findings.idle_days, frame) == (
        "1 manager had working days without any activity: Ivanov (1 of 20)."
    )
    assert told(findings.idle_days, frame[frame["manager_name"] == "Saar"], "3") == (
        "Nobody had a working day without any activity."
    )


def test_coverage_and_attention():
    frame = coverage_frame(
        ("*", "*", "-", 0, 0, None, None),
        ("*", "*", "A", 20, 15, 0.5, 0.8),
        ("*", "*", "B", 10, 9, 0.3, 0.2),
        ("1", "Ivanov", "A", 10, 5, 0.3, 0.7),
        ("2", "Petrova", "A", 10, 10, 0.7, 0.9),
    )
    assert told(findings.coverage, frame) == (
        "The company: 75% of A clients contacted in time. Most: Petrova (100%); fewest: Ivanov "
        "(50%)."
    )
    assert told(findings.attention_and_money, frame) == (
        "The company: of A, B and C clients together, A get 50% of the activities and bring 80% of "
        "the margin. The two are furthest apart: Ivanov."
    )
    one = frame[frame["manager_id"].isin(["*", "1"])]
    assert told(findings.coverage, one, "1") == (
        "Ivanov: 50% of A clients contacted in time. The company: 75%."
    )
    assert told(findings.attention_and_money, one.assign(share_by="revenue"), "1") == (
        "Ivanov: of A, B and C clients together, A get 30% of the activities and bring 70% of the "
        "revenue."
    )
    unknown = one.assign(activity_share=one["activity_share"].where(one["manager_id"] == "*"))
    assert told(findings.attention_and_money, unknown, "1") == (
        "There are no activities with A, B or C clients to hold beside their money."
    )


def test_the_funnel_and_who_bought_outside():
    frame = funnel_frame(
        ("*", "*", "call", 100, None, 0),
        ("*", "*", "meeting", 25, 0.25, 3),
        ("*", "*", "shipment", 5, 0.2, 60),
        ("1", "Ivanov", "call", 60, None, 0),
        ("1", "Ivanov", "meeting", 0, 0.0, 1),
        ("1", "Ivanov", "shipment", 0, None, 30),
        ("2", "Petrova", "call", 9, None, 0),
        ("2", "Petrova", "meeting", 0, 0.0, 1),  # too few to blame anybody
        ("2", "Petrova", "shipment", 0, None, 30),
        ("3", "Saar", "call", 31, None, 0),
        ("3", "Saar", "meeting", 25, 0.8, 1),
        ("3", "Saar", "shipment", 5, 0.2, 30),
    )
    assert told(findings.funnel, frame) == (
        "The company: of 100 clients reached by call, 5 came through to the shipment; bought "
        "without all steps: 60. The smallest part goes on to the shipment."
    )
    assert told(findings.funnel_by_manager, frame) == (
        "The funnel ends early: Ivanov (before the meeting). Clients who came through all steps, "
        "most: Saar (5)."
    )
    few = frame[frame["manager_id"] == "2"]
    assert told(findings.funnel_by_manager, few, "2") == "Nobody came through all steps."
    drawn = texts(form("activity", "activity_funnel")(frame))
    assert {"100", "25", "25%", "3", "5", "20%", "60"} <= set(drawn)


def test_topics_and_untouched_clients():
    topics = ["company", "offer", "untold", "useful"]
    frame = pd.DataFrame({
        "manager_id": ["*"] * 4 + ["1"] * 4, "manager_name": ["*"] * 4 + ["Ivanov"] * 4,
        "topic": topics * 2, "activities": [2, 5, 10, 3] * 2,
        "share": [0.2, 0.5, np.nan, 0.3] * 2, "norm": [1 / 3, 1 / 3, np.nan, 1 / 3] * 2,
    })  # fmt: skip
    assert told(findings.topic_mix, frame) == (
        "The company: the most frequent topic is offer (50%); even would be 33%."
    )
    assert told(findings.topic_mix, frame, "1").startswith(
        "Ivanov: the most frequent topic is offer"
    )
    clients = pd.DataFrame({
        "client_name": ["Big", "Small"], "abc": ["A", "B"], "days_since": [17, None],
        "touch_days": [14, 30], "revenue": [2_000_000.0, 500.0],
        "last_touch": [pd.Timestamp("2026-10-14"), pd.NaT],
    }).astype({"days_since": "Int64"})  # fmt: skip
    assert told(findings.untouched, clients) == (
        "2 A and B clients were not contacted in time. The largest: Big (€2M), days since the last "
        "contact: 17."
    )
    assert told(findings.untouched, clients.iloc[1:]) == (
        "1 A or B client was not contacted in time. The largest: Small (€500), never contacted."
    )
    assert told(findings.longest_untouched, clients) == (
        "1 A or B client was never contacted. Longest without a contact: Big, since Oct 14, 2026."
    )
    drawn = texts(form("activity", "untouched_clients")(clients))
    assert {"Big", "€2M", "17", "€500", "never", "A clients"} <= set(drawn)


def test_the_sample_tells_its_story_and_blames_nobody_else(sample):
    table = sample.compute(activity.manager_activity, "2026-10")
    assert told(findings.activity_per_day, table).endswith(
        "Furthest below a norm: Toomas Rebaste (meeting: 0 of 0.75)."
    )
    table = sample.compute(activity.activity_funnel, "2026-10")
    steps = table.pivot(index="manager_name", columns="step", values="count").drop(index="*")
    assert steps.loc["Toomas Rebaste", "meeting"] == 0  # a story of the sample
    last = steps.drop(index="(unassigned)", errors="ignore")["shipment"]
    assert told(findings.funnel_by_manager, table) == (
        "The funnel ends early: Toomas Rebaste (before the meeting). Clients who came through all "
        f"steps, most: {last.idxmax()} ({last.max()})."
    )
