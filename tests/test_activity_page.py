"""What activity says and draws: every number is in the frame, whatever part of it is shown."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

from clientops import figures, findings, metrics
from clientops.figures import paint
from clientops.metrics import activity
from tests.cards import form
from tests.test_figures import HOSTILE, lines, patches, texts
from tests.told import told

OCT = pd.Timestamp("2026-10-01")
TOLD = {
    "manager_activity": [
        (findings.activity_per_day, form("activity", "manager_activity")),
        (findings.idle_days, form("activity", "manager_activity", 1)),
    ],
    "activity_daily": [(findings.busy_days, form("activity", "activity_daily"))],
    "activity_coverage": [
        (findings.coverage, form("activity", "activity_coverage")),
        (findings.attention_and_money, form("activity", "activity_coverage", 1)),
    ],
    "activity_funnel": [
        (findings.funnel, form("activity", "activity_funnel")),
        (findings.funnel_by_manager, form("activity", "activity_funnel", 1)),
    ],
    "touch_mix": [(findings.topic_mix, form("activity", "touch_mix"))],
    "promises": [(findings.promises_kept, form("activity", "promises"))],
    "promises_open": [(findings.promises_waiting, form("activity", "promises_open"))],
    "untouched_clients": [(findings.untouched, form("activity", "untouched_clients"))],
}


def kinds_frame(*rows) -> pd.DataFrame:
    """Rows of name, kind, activities, norm, verdict and days without, of 20 working days."""
    columns = ["manager_name", "kind", "activities", "norm", "verdict", "days_without"]
    frame = pd.DataFrame(rows, columns=columns)
    ids = frame["manager_name"].map({"*": "*", "Ivanov": "1", "Petrova": "2", "Saar": "3"})
    per_day = frame["activities"] / 20
    return frame.assign(month=OCT, manager_id=ids, working_days=20, per_day=per_day,
                        norm=frame["norm"].astype(float),
                        attainment=per_day / frame["norm"].astype(float))  # fmt: skip


def coverage_frame(*rows) -> pd.DataFrame:
    columns = ["manager_id", "manager_name", "abc", "clients", "touched", "activity_share",
               "margin_share"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(coverage=frame["touched"] / frame["clients"], share_by="margin")


def funnel_frame(*rows) -> pd.DataFrame:
    columns = ["manager_id", "manager_name", "step", "count", "conversion", "outside"]
    return pd.DataFrame(rows, columns=columns).assign(month=OCT, window_months=3)


# ---------------------------------------------------------------- sentences


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
        "Ivanov: no meeting in 20 working days. The company: 15 activities a working day. Below "
        "the norm per day: Saar (call 2.50 of 4)."
    )
    one = frame[frame["manager_name"].isin(["*", "Ivanov"])]
    assert told(findings.activity_per_day, one, "1") == (
        "Ivanov: 5 activities a working day. Below the norm per day: meeting 0 of 1."
    )
    good = frame[~frame["manager_name"].isin(["Ivanov", "Saar"]) | (frame["kind"] == "*")]
    assert told(findings.activity_per_day, good).endswith("Every norm is reached.")
    free = frame.assign(norm=np.nan, attainment=np.nan, verdict=None)
    assert told(findings.activity_per_day, free) == (
        "Ivanov: no meeting in 20 working days. The company: 15 activities a working day. No "
        "norm is set."
    )
    assert told(findings.activity_per_day, frame.iloc[:0]) == (
        "No activity is recorded up to this month."
    )
    several = frame[frame["manager_name"] != "*"]
    assert told(findings.activity_per_day, several, "") == (
        "Ivanov: no meeting in 20 working days. Below the norm per day: Saar (call 2.50 of 4)."
    )
    assert told(findings.idle_days, frame) == "Working days without any activity: Ivanov (1 of 20)."
    assert told(findings.idle_days, frame[frame["manager_name"] == "Saar"], "3") == (
        "No working day passed without any activity."
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
        "The company: 75% of 20 A clients, 90% of 10 B clients contacted in time. Most A clients "
        "with Petrova (100%), fewest with Ivanov (50%)."
    )
    assert told(findings.attention_and_money, frame) == (
        "The company: A clients get 50% of the activities and bring 80% of the margin. The two are "
        "furthest apart with Ivanov: 30% against 70%."
    )
    one = frame[frame["manager_id"].isin(["*", "1"])]
    assert told(findings.coverage, one, "1") == (
        "Ivanov: 50% of 10 A clients contacted in time. The company: 75% of A clients."
    )
    assert told(findings.attention_and_money, one.assign(share_by="revenue"), "1") == (
        "Ivanov: A clients get 30% of the activities and bring 70% of the revenue."
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
        "The company: 100 clients reached by call. Of these went on: 25 meeting (25%), 5 shipment "
        "(20%). Bought without every step: 60 clients."
    )
    assert told(findings.funnel_by_manager, frame) == (
        "The funnel ends early: Ivanov (60 before the meeting, none further). Most come through "
        "with Saar: 5 clients."
    )
    drawn = texts(form("activity", "activity_funnel")(frame))
    assert {"100", "25", "25%", "3", "5", "20%", "60"} <= set(drawn)


def test_promises_kept_and_waiting():
    columns = ["manager_id", "manager_name", "kind", "due", "kept", "oldest_days"]
    rows = [("*", "*", "*", 10, 4, 20), ("*", "*", "call", 10, 4, 20),
            ("1", "Ivanov", "*", 6, 3, 20), ("1", "Ivanov", "call", 6, 3, 20),
            ("2", "Petrova", "*", 4, 1, 9), ("2", "Petrova", "call", 4, 1, 9)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    frame = frame.assign(kept_share=frame["kept"] / frame["due"])
    assert told(findings.promises_kept, frame) == (
        "The company: 40% of 10 missed calls and meetings that fell through were made good in "
        "time. Most often with Ivanov (50%), most rarely with Petrova (25%)."
    )
    assert told(findings.promises_kept, frame.iloc[:4], "1") == (
        "Ivanov: 50% of 6 missed calls and meetings that fell through were made good in time. The "
        "company: 40%."
    )
    assert told(findings.promises_kept, frame.iloc[:0]) == (
        "No missed call and no meeting that fell through had to be made good by this day."
    )
    columns = ["manager_id", "client_id", "client_name", "kind", "due_on", "days", "outcome",
               "revenue"]  # fmt: skip
    rows = [("1", "C1", "Big", "call", OCT, 17, "missed", 2_000_000.0),
            ("1", "C2", "Small", "meeting", OCT, 17, "planned", 500.0)]  # fmt: skip
    waiting = pd.DataFrame(rows, columns=columns)
    assert told(findings.promises_waiting, waiting) == (
        "2 clients wait after a missed call or a meeting that fell through: €2M of window revenue. "
        "The largest: Big (€2M), call 17 days ago."
    )
    assert told(findings.promises_waiting, waiting.iloc[:0]) == (
        "No client waits after a missed call or a meeting that fell through."
    )


def test_topics_and_untouched_clients():
    topics = ["company", "offer", "untold", "useful"]
    frame = pd.DataFrame({
        "manager_id": ["*"] * 4 + ["1"] * 4, "manager_name": ["*"] * 4 + ["Ivanov"] * 4,
        "topic": topics * 2, "activities": [2, 5, 10, 3] * 2,
        "share": [0.2, 0.5, np.nan, 0.3] * 2, "norm": [1 / 3, 1 / 3, np.nan, 1 / 3] * 2,
    })  # fmt: skip
    assert told(findings.topic_mix, frame) == (
        "The company: of the contacts with a topic 50% offer, 30% useful, 20% company; even would "
        "be 33% each."
    )
    assert told(findings.topic_mix, frame, "1").startswith("Ivanov: of the contacts with a topic 5")
    clients = pd.DataFrame({
        "client_name": ["Big", "Small"], "abc": ["A", "B"], "days_since": [17, None],
        "touch_days": [14, 30], "revenue": [2_000_000.0, 500.0],
    }).astype({"days_since": "Int64"})  # fmt: skip
    assert told(findings.untouched, clients) == (
        "2 A and B clients were not contacted in time: €2M of window revenue. The largest: Big "
        "(€2M), last contacted 17 days ago."
    )
    assert told(findings.untouched, clients.iloc[1:]) == (
        "1 A or B client was not contacted in time: €500 of window revenue. The largest: Small "
        "(€500), never contacted."
    )
    drawn = texts(form("activity", "untouched_clients")(clients))
    assert {"Big", "€2M", "17", "€500", "never", "A clients"} <= set(drawn)


def parts_of(frame: pd.DataFrame) -> list[pd.DataFrame]:
    ids = frame["manager_id"]
    some = [each for each in ids.unique() if each != "*"][:2]
    return [frame, frame.iloc[:0], frame[ids == "*"], frame[ids != "*"],
            *(frame[ids.isin(["*", each])] for each in some),
            *(frame[ids == each] for each in some)]  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_every_part_of_every_month_gives_whole_sentences_and_figures(name, sample):
    asked = [("2024-06", {}), ("2025-05", {}), ("2026-10", {}), ("2026-03", {})]
    if name == "manager_activity":
        asked += [("2026-10", {"norms": {}}), ("2026-10", {"norms": {"call": 90.0, "*": 1.0}})]
    for month, changed in asked:
        frame = sample.compute(metrics.tables()[name], month, **changed)
        for part in parts_of(frame):
            for says, figure in TOLD[name]:
                said = told(says, part)
                assert said.endswith("."), said
                assert not re.search(r"[{}]|\bnan\b|\bNone\b(?! of)|<NA>|[Nn]aT", said), said
                figure(part, width=figures.WIDE)


def test_the_sample_tells_its_story_and_blames_nobody_else(sample):
    table = sample.compute(activity.manager_activity, "2026-10")
    assert told(findings.activity_per_day, table).startswith(
        "Toomas Rebaste: no meeting in 22 working days. The company: "
    )
    table = sample.compute(activity.activity_funnel, "2026-10")
    assert told(findings.funnel_by_manager, table) == (
        "The funnel ends early: Toomas Rebaste (91 before the meeting, none further). Most come "
        "through with Liis Tammeoks: 13 clients."
    )


# ---------------------------------------------------------------- figures


def test_bars_of_kinds_are_as_long_as_their_values_and_orange_below_the_norm():
    rows = [
        ("Ivanov", "*", 100, None, None, 0),
        ("Ivanov", "call", 100, 4, "reached", 0),
        ("Petrova", "*", 50, None, None, 0),
        ("Petrova", "call", 50, 4, "below", 3),
    ]
    figure = form("activity", "manager_activity")(kinds_frame(*rows))
    bars = [each for each in patches(figure) if each.get_gid() == "bar"]
    assert bars[1].get_width() == pytest.approx(bars[0].get_width() / 2)
    assert [to_hex(bar.get_facecolor()) for bar in bars] == [paint.ACTUAL, paint.BAD]
    drawn = texts(figure)
    assert {"call", "| 4", "5", "2.50 ▼"} <= set(drawn)
    assert drawn.index("Ivanov") < drawn.index("Petrova")


def test_strips_have_a_ring_for_a_day_without_and_nothing_where_nobody_was():
    days = pd.to_datetime(["2026-10-01", "2026-10-02", "2026-10-05"])
    frame = pd.DataFrame({
        "day": list(days) * 2, "manager_id": ["1"] * 3 + ["2"] * 3,
        "manager_name": ["Ivanov"] * 3 + ["Petrova"] * 3, "kind": "call",
        "activities": [3, 0, 5, 0, 0, 4], "employed": [True] * 3 + [False, False, True],
    })  # fmt: skip
    figure = form("activity", "activity_daily")(frame)
    assert len(lines(figure, "empty")) == 1
    assert {"3", "5", "4", "none"} <= set(texts(figure))


def test_a_hundred_managers_are_cut_and_counted(sample):
    table = sample.compute(activity.touch_mix)
    one = table[table["manager_id"] == "1"]
    many = pd.concat([one.assign(manager_id=str(n), manager_name=f"M{n}") for n in range(100)])
    assert "76 more managers are in the table." in texts(form("activity", "touch_mix")(many))


@pytest.mark.parametrize("width", [figures.PHONE, figures.WIDE, figures.FULL])
@pytest.mark.parametrize("name", TOLD)
def test_nothing_is_cut_off(name, sample, width):
    table = sample.compute(metrics.tables()[name])
    names = dict(zip(table["manager_id"].unique(), ["*", *HOSTILE, "x", "y", "z"], strict=False))
    whose = "manager_name" if "manager_name" in table else "client_name"
    hostile = table.assign(**{whose: table["manager_id"].map(names).fillna("w")})
    for frame in (table, hostile):
        for _says, figure in TOLD[name]:
            drawn = figure(frame, width=width)
            FigureCanvasAgg(drawn).draw()
            for text in (text for axes in drawn.axes for text in axes.texts):
                box = text.get_window_extent()
                if not text.get_text():
                    continue
                assert box.x0 >= -2, text.get_text()
                assert box.x1 <= drawn.bbox.width + 2, text.get_text()
                assert box.y0 >= -2, text.get_text()
                assert box.y1 <= drawn.bbox.height + 2, text.get_text()
