"""Activity tables on diaries that can be worked out on paper."""

import numpy as np
import pandas as pd
import pytest

from clientops.book import Viewer, open_book
from clientops.errors import ClientOpsError
from clientops.metrics import activity
from clientops.settings import Activity, read_settings
from tests.conftest import build_for_all
from tests.ledgers import compute, frames, line, only_row

# March 2026: the 1st is a Sunday; 22 working days, the last one is Tuesday the 31st.
MARCH = "2026-03"
TABLES = [activity.manager_activity, activity.activity_daily, activity.activity_coverage,
          activity.activity_funnel, activity.untouched_clients, activity.touch_mix]  # fmt: skip


def act(when: str, manager_id: str, kind: str, client_id: str | None = None, **more) -> dict:
    """One row of activities; a day alone means ten o'clock."""
    when = when if " " in when else f"{when} 10:00"
    return {"happened_at": when, "manager_id": manager_id, "kind": kind, "client_id": client_id,
            **more}  # fmt: skip


def manager(manager_id: str, hired_on: str | None = "2020-01-01", left_on: str | None = None):
    return {"manager_id": manager_id, "manager_name": f"M{manager_id}", "hired_on": hired_on,
            "left_on": left_on}  # fmt: skip


def book(*activities: dict, managers=("1",), shipments=(), **tables):
    managers = [each if isinstance(each, dict) else manager(each) for each in managers]
    shipments = list(shipments) or [line("S1", "2026-01-05", "C1", 100, "1")]
    return frames(data_until="2026-06-30", shipments=shipments, activities=list(activities),
                  managers=managers, **tables)  # fmt: skip


# --- manager_activity ---


def test_activities_per_working_day_against_the_norm():
    diary = book(
        act("2026-03-02", "1", "call"),
        act("2026-03-02", "1", "call"),
        act("2026-03-03", "1", "meeting", "C1"),
        act("2026-03-03", "1", "call", outcome="unanswered"),
        act("2026-03-04", "1", "call", outcome="done"),
        act("2026-03-04", "2", "email"),
        managers=["1", "2", "3"],
    )
    table = compute(activity.manager_activity, diary, MARCH, norms={"call": 0.125, "fax": 9})
    assert len(table) == 4 * 4  # three managers and the company; three kinds and all of them
    calls = only_row(table, manager_id="1", kind="call")
    assert (calls.manager_name, calls.activities, calls.working_days) == ("M1", 3, 22)
    assert calls.per_day == pytest.approx(3 / 22)
    assert calls.attainment == pytest.approx(3 / 22 / 0.125)
    assert (calls.verdict, calls.days_without) == ("reached", 20)
    assert only_row(table, manager_id="1", kind="*").activities == 4
    assert only_row(table, manager_id="1", kind="*").days_without == 19
    none = only_row(table, manager_id="3", kind="call")
    assert (none.activities, none.per_day, none.attainment, none.verdict) == (0, 0, 0, "below")
    assert none.days_without == 22
    company = only_row(table, manager_id="*", kind="call")
    assert (company.activities, company.working_days, company.norm) == (3, 22, 3 * 0.125)
    assert company.attainment == pytest.approx(3 / 22 / 0.375)
    assert (company.verdict, company.days_without) == ("below", 20)
    meetings = only_row(table, manager_id="1", kind="meeting")
    assert meetings[["norm", "attainment", "verdict"]].isna().all()


def test_a_norm_of_all_kinds_and_the_share_that_reaches_it():
    diary = book(act("2026-03-02", "1", "call"), act("2026-03-02", "1", "email"))
    norms = {"*": 2.5 / 22}
    for share, verdict in ((0.8, "reached"), (0.81, "below")):
        table = compute(activity.manager_activity, diary, MARCH, norms=norms, norm_reached=share)
        assert (
            only_row(table, manager_id="1", kind="*").verdict == verdict
        )  # 2 of 2.5: exactly 80 %


def test_a_free_day_counts_on_the_next_working_day_of_the_month_else_on_the_last():
    diary = book(
        act("2026-03-07", "1", "call"),  # Saturday
        act("2026-03-08 23:59", "1", "call"),  # Sunday
        act("2026-05-30", "1", "call"),  # Saturday: no working day of May follows
        act("2026-05-31", "1", "call"),
        act("2026-02-24", "1", "call"),  # a Tuesday, public holiday in Estonia
    )

    def busy(month: str, **company) -> dict[str, int]:
        table = compute(activity.activity_daily, diary, month, **company)
        table = table[(table["manager_id"] == "1") & (table["activities"] > 0)]
        return {f"{row.day:%m-%d}": row.activities for row in table.itertuples()}

    assert busy(MARCH) == {"03-09": 2}
    assert busy("2026-05") == {"05-29": 2}
    assert busy("2026-02", calendar="EE") == {"02-25": 1}
    assert busy("2026-02") == {"02-24": 1}
    assert busy(MARCH, work_week=("Sat", "Sun")) == {"03-07": 1, "03-08": 1}


def test_managers_hired_and_gone_in_the_month():
    diary = book(
        act("2026-03-02", "1", "call"),  # before he was hired
        act("2026-03-31", "1", "call"),
        act("2026-03-02", "2", "call"),
        act("2026-03-20", "2", "call"),  # after he left
        act("2026-03-20", "4", "call"),  # gone long ago, and active
        managers=[
            manager("1", hired_on="2026-03-30"),
            manager("2", left_on="2026-03-03"),
            manager("3", left_on="2026-02-28"),
            manager("4", left_on="2025-12-31"),
            manager("5", hired_on="2026-04-01"),
        ],
    )
    table = compute(activity.manager_activity, diary, MARCH, norms={"call": 1.0})
    table = table[table["kind"] == "call"].set_index("manager_id")
    assert table.index.tolist() == ["*", "1", "2", "4"]
    assert table["working_days"].tolist() == [22, 2, 2, 0]
    assert table["activities"].tolist() == [5, 2, 2, 1]
    assert table["days_without"].tolist() == [19, 1, 1, 0]
    assert table.loc["2", "per_day"] == 1.0
    assert np.isnan(table.loc["4", "per_day"])
    assert np.isnan(table.loc["4", "attainment"])
    assert table.loc["*", "norm"] == 3.0  # managers counted
    daily = compute(activity.activity_daily, diary, MARCH)
    there = daily[daily["employed"]].groupby("manager_id")["day"].nunique()
    assert there.to_dict() == {"*": 22, "1": 2, "2": 2}


def test_managers_without_dates_are_shown_when_active_of_late():
    diary = book(
        act("2026-01-30", "7", "call"),  # not among the managers
        act("2025-12-31", "8", "call"),
        act("2026-01-30", "9", "call", outcome="missed"),
        managers=["1", manager("2", hired_on=None)],
    )
    table = compute(activity.manager_activity, diary, MARCH)
    assert sorted(set(table["manager_id"])) == ["*", "1", "7"]
    assert only_row(table, manager_id="7", kind="*").manager_name == "7"
    assert only_row(table, manager_id="7", kind="*").working_days == 22
    shorter = compute(activity.manager_activity, diary, MARCH, hired_unknown_months=2)
    assert sorted(set(shorter["manager_id"])) == ["*", "1"]


def test_a_running_month_ends_with_the_data():
    diary = book(act("2026-03-02", "1", "call"), act("2026-03-08", "1", "call"))
    until = pd.Timestamp("2026-03-08")  # a Sunday after five working days
    table = compute(activity.manager_activity, diary, MARCH, as_of=until, norms={"call": 0.4})
    row = only_row(table, manager_id="1", kind="call")
    assert (row.working_days, row.activities, row.days_without) == (5, 2, 3)
    assert row.attainment == 1.0
    daily = compute(activity.activity_daily, diary, MARCH, as_of=until)
    assert daily["day"].nunique() == 5
    assert (
        only_row(daily, manager_id="1", day="2026-03-06").activities == 1
    )  # the last one there is
    before = compute(activity.manager_activity, diary, MARCH, as_of=pd.Timestamp("2026-03-01"))
    assert before.empty  # nothing is recorded yet
    whole = compute(activity.manager_activity, diary, MARCH)
    late = compute(activity.manager_activity, diary, MARCH, as_of=pd.Timestamp("2026-04-20"))
    pd.testing.assert_frame_equal(whole, late)
    # the last working day is reached: the month is complete, its last weekend counts too
    may = book(act("2026-05-30", "1", "call"))
    done = compute(activity.manager_activity, may, "2026-05", as_of=pd.Timestamp("2026-05-29"))
    assert only_row(done, manager_id="1", kind="*").activities == 1


def test_a_month_that_begins_with_a_weekend_and_has_no_working_day_yet():
    diary = book(act("2026-02-27", "1", "call"), act("2026-03-01", "1", "call"))
    until = pd.Timestamp("2026-03-01")
    row = only_row(compute(activity.manager_activity, diary, MARCH, as_of=until),
             manager_id="1", kind="*")  # fmt: skip
    assert (row.activities, row.working_days, row.days_without) == (1, 0, 0)
    assert np.isnan(row.per_day)
    assert compute(activity.activity_daily, diary, MARCH, as_of=until).empty


def test_nothing_is_told_of_a_time_before_the_first_row():
    diary = book(act("2026-04-02", "1", "call", "C1"))
    for table in TABLES:
        assert compute(table, diary, MARCH).empty
        assert compute(table, book(), MARCH).empty  # a table without rows
    assert len(compute(activity.manager_activity, diary, "2026-04"))


def test_a_kind_is_known_from_its_first_row_on_whatever_came_of_it():
    diary = book(
        act("2026-03-02", "1", "call"),
        act("2026-03-02", "1", "meeting", outcome="cancelled"),
        act("2026-04-02", "1", "email"),
    )
    table = compute(activity.manager_activity, diary, MARCH)
    assert table[table["manager_id"] == "1"]["kind"].tolist() == ["*", "call", "meeting"]
    assert only_row(table, manager_id="1", kind="meeting").activities == 0


def test_what_came_of_it_in_two_languages():
    """Ten rows: by six nothing was done, by an unknown word, an empty one and two others it was."""
    words = ["No Answer", " voicemail ", "Отменён", "просроченная", "не состоялось", "CANCELED",
             "done", "выполнено", "weather", None]  # fmt: skip
    diary = book(*(act("2026-03-02", "1", "call", "C1", outcome=word) for word in words))
    table = compute(activity.manager_activity, diary, MARCH)
    assert only_row(table, manager_id="1", kind="call").activities == 4
    table = compute(activity.manager_activity, diary, MARCH, not_done=("Weather", "ОТМЕНЕН"))
    assert only_row(table, manager_id="1", kind="call").activities == 8


def test_every_ending_of_what_was_not_done():
    rules = Activity()
    for stem in ("пропущен", "отменен", "запланирован", "просрочен"):
        for ending in ("", "а", "о", "ы", "ный", "ная", "ное", "ные"):
            assert not rules.is_done(stem + ending)
    assert [word for word in ("не состоялся", "не состоялась", "не состоялось", "не состоялись",
            "нет ответа", "не отвечен", "недозвон", "занято", "автоответчик", "busy", "failed",
            "declined", "planned", "not held", "missed", "scheduled", "overdue", "unanswered")
            if rules.is_done(word)] == []  # fmt: skip
    assert rules.is_done("состоялась")
    assert rules.is_done("отмена")  # another word: counts as done and is listed
    assert not rules.knows("отмена")
    assert rules.knows(" Состоялась")
    assert rules.knows("")


def test_the_daily_table_has_every_working_day_manager_and_kind():
    diary = book(act("2026-03-02", "1", "call"), act("2026-03-03", "2", "email"),
                 managers=["1", "2"])  # fmt: skip
    table = compute(activity.activity_daily, diary, MARCH)
    assert len(table) == 22 * 3 * 2
    assert "*" not in set(table["kind"])
    assert table["activities"].sum() == 2 * 2
    assert only_row(table, day="2026-03-03", manager_id="*", kind="email").activities == 1


# --- activity_coverage ---

# C1 is A, C2 is B, C3 is C by revenue of 80, 15 and 5; all belong to manager 1.
THREE = [
    line("S1", "2026-01-05", "C1", 80, "1", cost=60),
    line("S2", "2026-01-05", "C2", 15, "1", cost=5),
    line("S3", "2026-01-05", "C3", 5, "1"),
]
THEIRS = [{"client_id": each, "manager_id": "1"} for each in ("C1", "C2", "C3", "P1")]


def coverage(*activities: dict, month: str = MARCH, **changed) -> pd.DataFrame:
    diary = book(*activities, shipments=THREE, clients=THEIRS, managers=["1", "2"])
    return compute(activity.activity_coverage, diary, month, **changed)


def test_touched_within_the_last_days_of_the_month():
    for day, touched in (("2026-03-18", 1), ("2026-03-17 23:59", 0), ("2026-03-31 23:59", 1)):
        row = only_row(coverage(act(day, "2", "call", "C1")), manager_id="1", abc="A")
        assert (row.clients, row.touched, row.touched_by_owner) == (1, touched, 0)
        assert (row.coverage, row.activities) == (touched, 1)
    for day, touched in (("2026-03-02", 1), ("2026-03-01", 0)):
        assert (
            only_row(coverage(act(day, "1", "call", "C2")), manager_id="1", abc="B").touched
            == touched
        )
    for day, touched in (("2026-01-01", 1), ("2025-12-31", 0)):
        row = only_row(coverage(act(day, "1", "call", "C3")), manager_id="1", abc="C")
        assert (row.touched, row.touched_by_owner, row.activities) == (touched, touched, 0)


def test_what_is_no_touch():
    rows = [
        act("2026-03-20", "1", "call", "C1", minutes=0.4),
        act("2026-03-20", "1", "call", "C1", outcome="unanswered"),
        act("2026-03-20", "1", "call", None, minutes=9),
    ]
    row = only_row(coverage(*rows), manager_id="1", abc="A")
    assert (row.touched, row.activities) == (0, 1)  # too short, and yet an activity
    assert only_row(coverage(*rows, min_call_minutes=0.4), manager_id="1", abc="A").touched == 1
    unknown = act("2026-03-20", "1", "call", "C1")
    assert only_row(coverage(unknown), manager_id="1", abc="A").touched == 1


def test_attention_beside_money():
    table = coverage(
        act("2026-03-02", "1", "call", "C1"),
        act("2026-03-02", "2", "call", "C3"),
        act("2026-03-02", "2", "email", "C3"),
        act("2026-03-02", "2", "email", "C2"),
        act("2026-03-02", "2", "email", "P1"),  # a prospect
        act("2026-03-02", "2", "email", "X9"),  # in no other table
        act("2026-03-02", "2", "email", None),
    )
    own = table[table["manager_id"] == "1"].set_index("abc")
    assert own["activities"].to_dict() == {"A": 1, "B": 1, "C": 2, "prospect": 1}
    assert own["activity_share"].tolist()[:3] == [0.25, 0.25, 0.5]
    # margin 20 and 10 of costed lines; the uncosted one of C3 is no margin
    assert own["margin_share"].tolist()[:3] == pytest.approx([2 / 3, 1 / 3, 0])
    assert set(own["share_by"].dropna()) == {"margin"}
    assert own.loc["prospect", ["activity_share", "margin_share", "share_by"]].isna().all()


def test_activities_add_up_to_all_of_the_month():
    """Seven, of which three are left: a client gone, one in no table, nobody."""
    gone = [line("S4", "2025-02-05", "C4", 900, "1"), line("R5", "2026-02-05", "C5", -9, "2")]
    diary = book(
        act("2026-03-02", "2", "call", "C1"),
        act("2026-03-02", "2", "email", "C4"),  # bought before the window only
        act("2026-03-02", "1", "email", "X9"),  # in no other table
        act("2026-03-02", "2", "email", "C5"),  # gave back, and never bought: a prospect
        act("2026-03-02", "3", "email", None),  # 3 owns nobody
        act("2026-03-03", "3", "email", None, outcome="busy"),
        act("2026-03-02", "1", "email", "P1"),
        act("2026-03-02", "1", "email", None, minutes=0.1),
        shipments=THREE + gone,
        clients=[*THEIRS, {"client_id": "C4", "manager_id": "1"},
                 {"client_id": "C5", "manager_id": "2"},
                 {"client_id": "P2", "manager_id": "1", "created_on": "2026-04-01"}],
        managers=["1", "2", "3"],
    )  # fmt: skip
    table = compute(activity.activity_coverage, diary, MARCH)
    company = table[table["manager_id"] == "*"].set_index("abc")["activities"]
    assert company.to_dict() == {"-": 4, "A": 1, "B": 0, "C": 0, "prospect": 2}
    left = table[table["abc"] == "-"].set_index("manager_id")
    assert left["activities"].to_dict() == {"*": 4, "(unassigned)": 1, "1": 2, "3": 1}
    empty = ["clients", "touched", "touched_by_owner", "coverage", "activity_share",
             "margin_share", "share_by"]  # fmt: skip
    assert left[empty].isna().all(axis=None)
    assert left.loc["3", "manager_name"] == "M3"
    assert (
        only_row(table, manager_id="2", abc="prospect").clients == 1
    )  # C5; P2 is known from April on
    assert only_row(table, manager_id="*", abc="prospect").clients == 2


def test_prospects_are_touched_within_thirty_days():
    for day, touched in (("2026-03-02", 1), ("2026-03-01", 0)):
        row = only_row(coverage(act(day, "2", "call", "P1")), manager_id="1", abc="prospect")
        assert (row.clients, row.touched, row.touched_by_owner) == (1, touched, 0)
        assert (row.coverage, row.activities) == (touched, 1)
    days = {"A": 14, "B": 30, "C": 90, "prospect": 31}
    early = coverage(act("2026-03-01", "1", "call", "P1"), touch_days=days)
    assert only_row(early, manager_id="1", abc="prospect").touched_by_owner == 1


def test_shares_are_of_revenue_where_nothing_is_costed_and_empty_without_activities():
    uncosted = [each | {"cost": None} for each in THREE]
    diary = book(act("2026-02-20", "1", "call", "C1"), shipments=uncosted, clients=THEIRS)
    table = compute(activity.activity_coverage, diary, MARCH)
    own = table[(table["manager_id"] == "1") & (table["abc"] != "prospect")]
    assert own["margin_share"].tolist() == [0.80, 0.15, 0.05]
    assert set(own["share_by"]) == {"revenue"}
    assert own["activity_share"].isna().all()
    loss = [line("S1", "2026-01-05", "C1", 80, "1", cost=90)]
    diary = book(act("2026-03-20", "1", "call", "C1"), shipments=loss)
    row = only_row(compute(activity.activity_coverage, diary, MARCH), manager_id="1")
    assert np.isnan(row.margin_share)
    assert row.activity_share == 1


def test_a_client_handed_over_counts_for_its_new_owner_with_all_its_activities():
    diary = book(
        act("2026-03-05", "1", "call", "C1"),
        act("2026-03-20", "1", "call", "C1"),
        managers=["1", "2"],
        assignments=[
            {"client_id": "C1", "manager_id": "1", "valid_from": "2026-01-01",
             "valid_to": "2026-03-15"},
            {"client_id": "C1", "manager_id": "2", "valid_from": "2026-03-16"},
        ],
    )  # fmt: skip
    table = compute(activity.activity_coverage, diary, MARCH)
    assert set(table["manager_id"]) == {"*", "2"}
    row = only_row(table, manager_id="2")
    assert (row.touched, row.touched_by_owner, row.activities) == (1, 0, 2)


def test_coverage_of_a_running_month_looks_back_from_the_data_s_end():
    touch = act("2026-02-27", "1", "call", "C1")
    until = pd.Timestamp("2026-03-12")  # 14 days: from 27 February on
    assert only_row(coverage(touch, as_of=until), manager_id="1", abc="A").touched == 1
    until = pd.Timestamp("2026-03-13")
    assert only_row(coverage(touch, as_of=until), manager_id="1", abc="A").touched == 0
    assert only_row(coverage(touch, as_of=until), manager_id="1", abc="A").activities == 0


# --- activity_funnel ---


def steps(table: pd.DataFrame, manager_id: str) -> dict[str, tuple]:
    """step -> count, outside; in the table's order"""
    rows = table[table["manager_id"] == manager_id]
    return {row.step: (row.count, row.outside) for row in rows.itertuples()}


def funnel(*activities: dict, shipments=(), **changed) -> pd.DataFrame:
    diary = book(*activities, shipments=shipments, managers=["1", "2"])
    return compute(activity.activity_funnel, diary, MARCH, **changed)


def test_a_client_counts_at_a_step_only_after_every_step_before():
    table = funnel(
        *(act("2026-03-02", "1", "call", each) for each in ("C1", "C1", "C2", "C3", "C4")),
        act("2026-01-02", "1", "meeting", "C1"),  # earlier than the call
        act("2026-03-03", "1", "meeting", "C2"),
        act("2026-03-03", "1", "meeting", "C9"),  # never called
        act("2026-03-04", "1", "offer", "C2"),
        act("2026-03-04", "1", "offer", "C3"),  # never met
        act("2025-12-31", "1", "call", "C8"),  # too long ago
        act("2026-03-04", "1", "email", "C7"),  # no step
        shipments=[
            line("S1", "2026-03-05", "C2", 100, "1"),
            line("S2", "2026-03-05", "C3", 100, "1"),
            line("S3", "2026-03-05", "C4", 100, "2"),  # credited to another
            line("R4", "2026-03-05", "C1", -100, "1"),  # a return
            line("S5", "2025-12-31", "C4", 100, "1"),
        ],
    )
    assert steps(table, "1") == {
        "call": (4, 0), "meeting": (2, 1), "offer": (1, 1), "shipment": (1, 1)
    }  # fmt: skip
    own = table[table["manager_id"] == "1"].set_index("step")
    assert own["conversion"].tolist()[1:] == [0.5, 0.5, 1.0]
    assert np.isnan(own.loc["call", "conversion"])
    assert set(table["manager_id"]) == {"*", "1"}  # 2 sold, and reached nobody
    assert steps(table, "*")["shipment"] == (1, 2)  # C4 bought of 2


def test_steps_nobody_ever_recorded_are_left_out():
    rows = [act("2026-03-02", "1", "call", "C1"), act("2026-03-02", "1", "invoice", "C1")]
    shipped = [line("S1", "2026-03-05", "C1", 100, "1")]
    assert steps(funnel(*rows, shipments=shipped), "1") == {
        "call": (1, 0), "invoice": (1, 0), "shipment": (1, 0)
    }  # fmt: skip
    # recorded by somebody, in another month: then it is a step that was missed
    met = act("2025-03-02", "2", "meeting", "C1", outcome="cancelled")
    table = funnel(*rows, met, shipments=shipped)
    assert steps(table, "1") == {
        "call": (1, 0), "meeting": (0, 0), "invoice": (0, 1), "shipment": (0, 1)
    }  # fmt: skip
    own = table[table["manager_id"] == "1"]
    assert own["conversion"].isna().tolist() == [True, False, True, True]
    later = act("2026-04-02", "2", "meeting", "C1")
    assert "meeting" not in steps(funnel(*rows, later, shipments=shipped), "1")


def test_the_company_reaches_a_client_together():
    table = funnel(
        act("2026-03-02", "1", "call", "C1"),
        act("2026-03-02", "2", "meeting", "C1"),
        act("2026-03-02", "2", "call", "C1", minutes=0.1),
        shipments=[line("S1", "2026-03-05", "C1", 100)],
    )
    assert steps(table, "1")["meeting"] == (0, 0)
    assert steps(table, "2") == {"call": (0, 0), "meeting": (0, 1), "shipment": (0, 0)}
    assert steps(table, "*") == {"call": (1, 0), "meeting": (1, 0), "shipment": (1, 0)}


def test_a_longer_funnel_says_so():
    table = funnel(act("2025-12-31", "1", "call", "C1"), funnel_months=4)
    assert table["window_months"].tolist() == [4] * 4
    assert steps(table, "1")["call"] == (1, 0)


# --- untouched_clients ---


def untouched(*activities: dict, month: str = MARCH, **changed) -> dict[str, tuple]:
    """client -> abc, days since, within how many"""
    diary = book(*activities, shipments=THREE, clients=THEIRS)
    table = compute(activity.untouched_clients, diary, month, **changed)
    return {row.client_id: (row.abc, row.days_since, row.touch_days) for row in table.itertuples()}


def test_untouched_large_and_medium_clients_the_largest_first():
    rows = [act("2026-03-17", "2", "call", "C1"), act("2026-03-02", "1", "meeting", "C2")]
    assert untouched(*rows) == {"C1": ("A", 14, 14)}  # C2: 29 days ago
    in_time = act("2026-03-18", "2", "call", "C1")
    assert untouched(*rows, in_time) == {}
    short = act("2026-03-18", "2", "call", "C1", minutes=0.1)
    assert list(untouched(*rows, short)) == ["C1"]
    assert untouched(act("2026-03-17", "2", "call", "C3")) == {
        "C1": ("A", pd.NA, 14), "C2": ("B", pd.NA, 30)
    }  # fmt: skip


def test_untouched_as_of_a_day():
    row = act("2026-03-17", "2", "call", "C1")
    assert "C1" not in untouched(row, as_of=pd.Timestamp("2026-03-30"))
    assert untouched(row, as_of=pd.Timestamp("2026-04-20"))["C1"] == ("A", 34, 14)
    # classes by the month asked for, activities up to the day
    later = act("2026-04-19", "2", "call", "C1")
    assert "C1" not in untouched(row, later, as_of=pd.Timestamp("2026-04-20"))
    assert untouched(row, later)["C1"] == ("A", 14, 14)


def test_untouched_clients_have_their_money_and_their_owner_of_that_day():
    diary = book(
        act("2026-01-17", "2", "call", "C1"),
        shipments=THREE,
        clients=[{"client_id": "C1", "client_name": "One"}],
        assignments=[
            {"client_id": "C1", "manager_id": "1", "valid_from": "2026-01-01",
             "valid_to": "2026-03-31"},
            {"client_id": "C1", "manager_id": "2", "valid_from": "2026-04-01"},
        ],
    )  # fmt: skip
    table = compute(activity.untouched_clients, diary, MARCH)
    assert table["client_id"].tolist() == ["C1", "C2"]
    first = table.iloc[0]
    assert (first.manager_id, first.client_name) == ("1", "One")
    assert (first.revenue, first.margin) == (80, 20)
    assert first.last_touch == pd.Timestamp("2026-01-17")
    assert table.iloc[1]["client_name"] == "C2"
    april = compute(
        activity.untouched_clients, diary, MARCH, as_of=pd.Timestamp("2026-04-02")
    ).iloc[0]
    assert april.manager_id == "2"


def test_untouched_and_coverage_by_the_clients_group_else_the_owner_s_team():
    """C1 (A): shops say 20 days; C2 (B): no group, field says 40; C3 (C): only all clients do."""
    diary = book(
        act("2026-03-17", "1", "call", "C1"),  # 14 days ago
        act("2026-02-24", "1", "call", "C2"),  # 35
        act("2026-01-01", "1", "call", "C3"),  # 89
        act("2026-03-26", "1", "call", "P1"),  # 5
        shipments=THREE,
        clients=[{"client_id": "C1", "manager_id": "1", "client_group": "shops"},
                 {"client_id": "C2", "manager_id": "1"},
                 {"client_id": "C3", "manager_id": "1", "client_group": "none named"},
                 {"client_id": "P1", "manager_id": "1", "client_group": "shops"}],
        managers=[manager("1") | {"team": "field"}],
    )  # fmt: skip
    of_groups = {"shops": {"A": 20, "prospect": 5}, "field": {"A": 1, "B": 36, "prospect": 60}}

    def touched(**changed) -> dict:
        table = compute(activity.activity_coverage, diary, MARCH, **changed)
        return table[table["manager_id"] == "1"].set_index("abc")["touched"].to_dict()

    def late(**changed) -> dict:
        table = compute(activity.untouched_clients, diary, MARCH, **changed)
        return table.set_index("client_id")["touch_days"].to_dict()

    assert touched() == {"A": 0, "B": 0, "C": 1, "prospect": 1}
    assert touched(touch_days_of=of_groups) == {"A": 1, "B": 1, "C": 1, "prospect": 0}
    assert late() == {"C1": 14, "C2": 30}
    assert late(touch_days_of=of_groups) == {}
    of_groups["shops"]["A"] = 14  # on day 14 a contact is due
    of_groups["field"]["B"] = 35
    assert late(touch_days_of=of_groups) == {"C1": 14, "C2": 35}
    assert touched(touch_days_of=of_groups) == {"A": 0, "B": 0, "C": 1, "prospect": 0}


def test_touch_days_of_name_known_classes(tmp_path):
    text = "[settings.activity]\ntouch_days_of = { Retail = { A = 7, D = 30 } }\n"
    (tmp_path / "clientops.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ClientOpsError, match="touch_days_of Retail names D; it takes A, B and C"):
        read_settings(tmp_path)


# --- touch_mix ---


def test_topics_among_those_that_have_one():
    diary = book(
        act("2026-03-02", "1", "call", "C1", topic="useful"),
        act("2026-03-02", "1", "call", "C1", topic="useful"),
        act("2026-03-02", "1", "call", "C1", topic="offer"),
        act("2026-03-02", "1", "call", "C1", topic="weather"),
        act("2026-03-02", "1", "call", "C1"),
        act("2026-03-02", "1", "call", None, topic="company"),  # no touch
        act("2026-03-02", "1", "call", "C1", topic="company", minutes=0.1),
        act("2026-03-02", "2", "call", "C1"),  # without any topic
        managers=["1", "2"],
    )
    table = compute(activity.touch_mix, diary, MARCH)
    assert set(table["manager_id"]) == {"*", "1"}
    own = table[table["manager_id"] == "1"].set_index("topic")
    assert own["activities"].to_dict() == {"company": 0, "offer": 1, "untold": 2, "useful": 2}
    assert own["share"].tolist()[:2] == pytest.approx([0, 1 / 3])
    assert own.loc["useful", "share"] == pytest.approx(2 / 3)
    assert own.loc["untold", ["share", "norm"]].isna().all()
    assert own["norm"].dropna().tolist() == [1 / 3] * 3
    assert only_row(table, manager_id="*", topic="untold").activities == 3


# --- settings, absent tables, scope ---


def test_touch_days_name_the_three_classes(tmp_path):
    (tmp_path / "clientops.toml").write_text(
        "[settings.activity]\ntouch_days = { A = 7, B = 30 }\n", encoding="utf-8"
    )
    with pytest.raises(ClientOpsError, match="touch_days names A, B; it takes A, B and C"):
        read_settings(tmp_path)
    assert Activity().touch_days == {"A": 14, "B": 30, "C": 90, "prospect": 30}


def test_without_activities_a_line_names_the_table(northwind, adventureworks):
    for real in (northwind, adventureworks):
        for table in (activity.manager_activity, activity.untouched_clients):
            with pytest.raises(ClientOpsError, match=r"add activities\.csv"):
                real.compute(table)


def test_a_managers_book_gives_the_same_rows(tmp_path):
    """Kinds only others recorded, and clients of others whom the manager called, count alike."""
    (tmp_path / "shipments.csv").write_text(
        "shipment_id,shipped_on,client_id,revenue,manager_id\nS1,2026-01-15,A,100,1\n"
        "S2,2026-02-27,B,5.50,2\nS3,2026-03-31,B,5.50,2\n", encoding="utf-8",
    )  # fmt: skip
    (tmp_path / "managers.csv").write_text(
        "manager_id,manager_name,hired_on\n1,One,2020-01-31\n2,Two,2020-01-31\n", encoding="utf-8"
    )
    (tmp_path / "activities.csv").write_text(
        "happened_at,manager_id,kind,client_id,topic,minutes,outcome\n"
        "2026-03-16 10:00,1,call,A,useful,1,done\n2026-03-17 10:00,1,call,B,offer,1,done\n"
        "2026-03-18 10:00,1,call,,offer,1,done\n2026-03-18 10:00,1,call,C,offer,1,done\n"
        "2026-03-19 10:00,2,meeting,B,offer,1,done\n", encoding="utf-8",
    )  # fmt: skip
    build_for_all(tmp_path)
    full = open_book(tmp_path)
    own = open_book(tmp_path, Viewer(role="manager", manager_ids=("1",)))
    assert set(own.activities["manager_id"]) == {"1"}
    for table in TABLES:
        whole = full.compute(table, MARCH)
        whole = whole[whole["manager_id"] == "1"].reset_index(drop=True)
        pd.testing.assert_frame_equal(own.compute(table, MARCH), whole)
    rows = own.compute(activity.manager_activity, MARCH)
    assert rows["kind"].tolist() == ["*", "call", "meeting"]
    assert steps(own.compute(activity.activity_funnel, MARCH), "1")["call"] == (3, 0)


# --- the sample's story ---


def test_rebaste_calls_much_and_never_meets_and_nobody_else(sample):
    year = []
    for month in pd.date_range("2025-11-01", "2026-10-01", freq="MS"):
        table = sample.compute(activity.manager_activity, month)
        table = table[table["manager_id"] != "*"].set_index("manager_name")
        met = table[table["kind"] == "meeting"]["activities"]
        assert met.index[met == 0].tolist() == ["Toomas Rebaste"]
        calls = table[table["kind"] == "call"]["activities"]
        assert calls.idxmax() == "Toomas Rebaste"
        year.append(calls)
    calls = pd.concat(year).groupby(level=0).sum().sort_values()
    assert calls.iloc[-1] > 2 * calls.iloc[-2]
    funnel = sample.compute(activity.activity_funnel, "2026-10")
    own = funnel[funnel["manager_name"] == "Toomas Rebaste"].set_index("step")
    assert own["count"].tolist()[1:] == [0] * 4
    others = funnel[(funnel["step"] == "meeting") & (funnel["manager_name"] != "Toomas Rebaste")]
    assert (others["count"] > 15).all()


def test_kaskla_is_gone_after_march(sample):
    march = sample.compute(activity.manager_activity, "2026-03")
    assert only_row(march, manager_id="8", kind="*").working_days == 22
    assert "8" not in set(sample.compute(activity.manager_activity, "2026-04")["manager_id"])
    heirs = sample.compute(activity.activity_coverage, "2026-04")
    assert "8" not in set(heirs["manager_id"])
