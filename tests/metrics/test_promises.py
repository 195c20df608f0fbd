"""Missed calls and meetings that fell through, on diaries that can be worked out on paper."""

import pandas as pd
import pytest

from clientops.book import Viewer, open_book
from clientops.build import build
from clientops.metrics import promises
from clientops.settings import Activity
from tests.ledgers import compute, line, only_row
from tests.metrics.test_activity import MARCH, THEIRS, THREE, act, book, manager

# March 2026: the 1st is a Sunday, the 31st a Tuesday. Looked at: 2 to 31 March.


def kept(*rows: dict, month: str = MARCH, **changed) -> dict[tuple, tuple]:
    """manager, kind -> due, kept, oldest days"""
    diary = book(*rows, shipments=THREE, clients=THEIRS, managers=["1", "2"])
    table = compute(promises.promises, diary, month, **changed)
    return {(row.manager_id, row.kind): (row.due, row.kept, row.oldest_days)
            for row in table.itertuples()}  # fmt: skip


def waiting(*rows: dict, month: str = MARCH, **changed) -> dict[str, tuple]:
    """client -> owner, kind, day, days"""
    diary = book(*rows, shipments=THREE, clients=THEIRS, managers=["1", "2"])
    table = compute(promises.promises_open, diary, month, **changed)
    return {row.client_id: (row.manager_id, row.kind, f"{row.due_on:%m-%d}", row.days)
            for row in table.itertuples()}  # fmt: skip


def missed(when: str, manager_id: str = "1", client_id: str | None = "C1", kind: str = "call",
           outcome: str = "missed", **more) -> dict:  # fmt: skip
    return act(when, manager_id, kind, client_id, outcome=outcome, **more)


def test_kept_up_to_the_second_working_day_by_anyone():
    friday = missed("2026-03-06 15:00")
    for day, number in (("2026-03-10 23:59", 1), ("2026-03-11 00:01", 0), ("2026-03-06 15:00", 0),
                        ("2026-03-06 15:01", 1), ("2026-03-06 14:59", 0)):  # fmt: skip
        found = kept(friday, act(day, "2", "email", "C1"))
        oldest = pd.NA if number else 25
        keys = [("*", "*"), ("*", "call"), ("1", "*"), ("1", "call")]
        assert found == dict.fromkeys(keys, (1, number, oldest))
    late = act("2026-03-11", "2", "email", "C1")
    assert kept(friday, late, promise_grace=3)["1", "*"] == (1, 1, pd.NA)
    assert kept(missed("2026-03-07"), late)["1", "*"] == (1, 0, 24)  # Saturday: Monday, Tuesday
    holiday = missed("2026-04-02")  # Good Friday is free in Estonia: Monday, Tuesday
    late = act("2026-04-07", "1", "call", "C1")
    assert kept(holiday, late, month="2026-04")["1", "*"] == (1, 0, 28)
    assert kept(holiday, late, month="2026-04", calendar="EE")["1", "*"] == (1, 1, pd.NA)


def test_no_time_of_day_means_the_whole_day():
    for first, then, number in (
        ("2026-03-06 00:00", "2026-03-06 09:00", 1),
        ("2026-03-06 15:00", "2026-03-06 00:00", 1),
        ("2026-03-06 00:00", "2026-03-06 00:00", 1),
        ("2026-03-06 00:00", "2026-03-05 23:59", 0),
        ("2026-03-06 15:00", "2026-03-05 00:00", 0),
    ):
        found = kept(missed(first), act(then, "1", "call", "C1"))
        assert found["1", "call"][:2] == (1, number), (first, then)


def test_one_per_client_kind_and_day_the_last():
    rows = [
        missed("2026-03-06 09:00", "1"),
        missed("2026-03-06 10:00", "2"),  # the day's last: of 2
        missed("2026-03-06 09:00", "1", kind="meeting", outcome="Не состоялась"),
        missed("2026-03-09 09:00", "2", "C2"),
        missed("2026-03-09 09:00", "1", "C2"),  # at the same time: the larger manager
        missed("2026-03-09 09:00", "1", None),
        act("2026-03-06 09:30", "1", "call", "C1"),  # before the last call, after the meeting
    ]
    assert kept(*rows) == {
        ("*", "*"): (3, 1, 25), ("*", "call"): (2, 0, 25), ("*", "meeting"): (1, 1, pd.NA),
        ("1", "*"): (1, 1, pd.NA), ("1", "meeting"): (1, 1, pd.NA),
        ("2", "*"): (2, 0, 25), ("2", "call"): (2, 0, 25),
    }  # fmt: skip


def test_what_is_promised_and_when_it_is_due():
    for outcome in ("missed", "Planned", "overdue", "пропущенный", "не состоялось", "scheduled"):
        assert kept(missed("2026-03-06", outcome=outcome))["1", "*"] == (1, 0, 25)
    for outcome in ("unanswered", "voicemail", "cancelled", "done", "no answer", None):
        assert kept(missed("2026-03-06", outcome=outcome)) == {}
    days = [missed(day) for day in ("2026-03-01", "2026-03-02", "2026-03-27", "2026-03-30")]
    assert kept(*days)["1", "*"] == (2, 0, 29)  # 30 days; of the 30th the 1st of April is still due
    assert kept(*days, promise_days=31)["1", "*"] == (3, 0, 30)
    assert kept(*days, as_of=pd.Timestamp("2026-04-01"))["1", "*"] == (2, 0, 5)  # from 3 March on
    assert kept(*days, promised=("gone",)) == {}
    assert Activity().is_promised("не состоялись")
    assert not Activity().is_promised("отменён")


def test_a_short_call_is_no_contact():
    row = missed("2026-03-06")
    assert kept(row, act("2026-03-09", "1", "call", "C1", minutes=0.1))["1", "*"] == (1, 0, 25)
    assert kept(row, act("2026-03-09", "1", "call", "C1", minutes=0.5))["1", "*"][1] == 1
    assert kept(row, act("2026-03-09", "1", "call", "C2"))["1", "*"][1] == 0
    assert kept(row, act("2026-03-09", "1", "call", "C1", outcome="busy"))["1", "*"][1] == 0


def test_open_are_those_nobody_contacted_since():
    rows = [
        missed("2026-03-06", "2", "C2"),
        missed("2026-03-09", "2", "C2", "meeting"),  # the oldest stands for the client
        missed("2026-03-06", "1", "C1"),
        act("2026-03-20", "2", "email", "C1"),  # too late to be kept, but a contact
        missed("2026-03-23", "1", "C1"),  # and nothing since
        missed("2026-03-10", "1", "C3"),
        act("2026-03-31 12:00", "1", "call", "C3"),
        missed("2026-03-30", "1", "P1"),  # not due yet
    ]
    found = waiting(*rows)
    assert found == {"C1": ("1", "call", "03-23", 8), "C2": ("1", "call", "03-06", 25)}
    assert list(found) == ["C1", "C2"]  # by revenue, 80 and 15
    later = waiting(*rows, as_of=pd.Timestamp("2026-04-01"))
    assert list(later) == ["C1", "C2", "P1"]
    april = act("2026-04-01 10:00", "1", "call", "C1")
    assert list(waiting(*rows, april)) == ["C1", "C2"]  # after the day looked at
    table = compute(promises.promises_open, book(*rows, shipments=THREE, clients=THEIRS), MARCH)
    row = only_row(table, client_id="C2")
    assert (row.revenue, row.outcome, row.client_name) == (15, "missed", "C2")


def test_open_promises_are_the_owner_s_of_that_day():
    diary = book(
        missed("2026-03-06", "1"),
        managers=["1", manager("2")],
        shipments=[line("S1", "2026-01-05", "C1", 80, "1")],
        assignments=[
            {"client_id": "C1", "manager_id": "1", "valid_from": "2026-01-01",
             "valid_to": "2026-03-15"},
            {"client_id": "C1", "manager_id": "2", "valid_from": "2026-03-16"},
        ],
    )  # fmt: skip
    assert compute(promises.promises_open, diary, MARCH)["manager_id"].tolist() == ["2"]
    table = compute(promises.promises, diary, MARCH)
    assert set(table["manager_id"]) == {"*", "1"}  # who made it
    assert only_row(table, manager_id="1", kind="*").manager_name == "M1"
    assert only_row(table, manager_id="1", kind="*").kept_share == 0


@pytest.fixture(scope="module")
def firm(tmp_path_factory):
    """1 missed a call of 2's client on 6 March and 10 June; 2 returned it, which 1 cannot see."""
    folder = tmp_path_factory.mktemp("firm")
    (folder / "clientops.toml").write_text("[company]\ndata_until = 2026-06-17\n", encoding="utf-8")
    (folder / "shipments.csv").write_text(
        "shipment_id,shipped_on,client_id,revenue,manager_id\nS1,2026-01-15,A,100,1\n"
        "S2,2026-02-27,B,5.50,2\nS3,2026-06-15,B,5.50,2\n", encoding="utf-8",
    )  # fmt: skip
    (folder / "activities.csv").write_text(
        "happened_at,manager_id,kind,client_id,outcome\n"
        "2026-03-06 10:00,1,call,B,missed\n2026-03-09 10:00,2,call,B,done\n"
        "2026-03-10 10:00,1,call,A,missed\n2026-03-11 10:00,2,call,A,done\n"
        "2026-06-10 10:00,1,call,B,missed\n2026-06-11 10:00,2,call,B,done\n"
        "2026-06-11 10:00,2,meeting,A,planned\n", encoding="utf-8",
    )  # fmt: skip
    build(folder)
    return folder


@pytest.mark.parametrize("month", ["", MARCH, "2026-06"])
def test_a_managers_book_tells_what_others_did_about_it(firm, month):
    full = open_book(firm)
    own = open_book(firm, Viewer(role="manager", manager_ids=("1",)))
    whole = full.compute(promises.promises, month)
    assert len(whole)
    assert whole["kept"].sum() > 0
    mine = whole[whole["manager_id"].isin(["*", "1"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(own.compute(promises.promises, month), mine)
    waits = full.compute(promises.promises_open, month)
    waits = waits[waits["manager_id"] == "1"].reset_index(drop=True)
    pd.testing.assert_frame_equal(own.compute(promises.promises_open, month), waits,
                                  check_dtype=False)  # fmt: skip
    assert waits["client_id"].tolist() == ([] if month == MARCH else ["A"])
