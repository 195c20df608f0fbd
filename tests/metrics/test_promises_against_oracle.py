"""The tables of promises against a second, slow and exact writing of their definitions."""

import dataclasses
import datetime
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientops import metrics
from tests import ledgers
from tests.metrics import oracle, oracle_promises
from tests.metrics.test_portfolio_against_oracle import assert_same, unique

TABLES = ["promises", "promises_open"]
# The end of a month, its last working days, the middle of one, Christmas in Estonia.
DATES = [datetime.date(2026, 3, 31), datetime.date(2026, 2, 27), datetime.date(2026, 3, 11),
         datetime.date(2026, 1, 4), datetime.date(2025, 12, 31)]  # fmt: skip
CLIENTS = ["C1", "C1", "C2", "Ä"]
PEOPLE = ["1", "2", "10"]

# --- by hand ------------------------------------------------------------------------------------
# March 2026 ends on a Tuesday. Monday the 2nd, 9th, 16th, 23rd, 30th; the 1st is a Sunday.


def at(text):
    """A time of day; a day alone has none."""
    return datetime.datetime.fromisoformat(text)


def act(when, client_id="C1", outcome=None, manager_id="1", kind="call", minutes=None):
    return {"happened_at": at(when), "manager_id": manager_id, "kind": kind, "topic": None,
            "client_id": client_id, "minutes": minutes, "outcome": outcome}  # fmt: skip


def sale(day, client_id, revenue, manager_id=None):
    return {"shipment_id": f"{client_id}-{day}", "shipped_on": datetime.date.fromisoformat(day),
            "client_id": client_id, "manager_id": manager_id, "revenue": revenue,
            "cost": None}  # fmt: skip


def client(client_id, manager_id=None, name=None):
    return {"client_id": client_id, "client_name": name, "manager_id": manager_id,
            "created_on": None}  # fmt: skip


def held(client_id, manager_id, first, last=None):
    last = last and datetime.date.fromisoformat(last)
    return {"client_id": client_id, "manager_id": manager_id,
            "valid_from": datetime.date.fromisoformat(first), "valid_to": last}  # fmt: skip


def diary(*activities, lines=(), **tables):
    lines = list(lines) or [sale("2026-01-05", "C9", 100)]
    return oracle.Ledger(lines=lines, activities=list(activities), **tables)


MARCH = datetime.date(2026, 3, 1)
# fmt: off
# name -> ledger, settings, (who, kind, due, kept, oldest_days) of promises, and
# (owner, client, kind, day of March, days, revenue) of promises_open
BY_HAND = {
    # Fri 6 + 2 working days is Tue 10: a call then keeps it, one on Wed 11 doesn't.
    "the last day of grace": (
        diary(act("2026-03-06 10:00", "C1", "missed"), act("2026-03-10 23:59"),
              act("2026-03-06 10:00", "C2", "missed"), act("2026-03-11 00:00", "C2")),
        {},
        [("*", "*", 2, 1, 25), ("*", "call", 2, 1, 25), ("1", "*", 2, 1, 25),
         ("1", "call", 2, 1, 25)],
        [],  # C2 was called, if too late
    ),
    # Sat 7: the second working day after it is Tue 10.
    "a promise of a Saturday": (
        diary(act("2026-03-07 10:00", "C1", "planned"), act("2026-03-10 12:00"),
              act("2026-03-07 10:00", "C2", "planned"), act("2026-03-11 12:00", "C2"),
              act("2026-03-07 10:00", "C3", "planned"), act("2026-03-08 12:00", "C3")),
        {},
        [("*", "*", 3, 2, 24), ("*", "call", 3, 2, 24), ("1", "*", 3, 2, 24),
         ("1", "call", 3, 2, 24)],
        [],
    ),
    # At noon: 11:00 is before, 12:00 not after it; without a time of day either may be the first.
    "after it, by the clock where both have one": (
        diary(act("2026-03-09 12:00", "C1", "missed"), act("2026-03-09 11:00", "C1"),
              act("2026-03-09 12:00", "C2", "missed"), act("2026-03-09 12:00", "C2"),
              act("2026-03-09 12:00", "C3", "missed"), act("2026-03-09 12:00:01", "C3"),
              act("2026-03-09 12:00", "C4", "missed"), act("2026-03-09 00:00", "C4"),
              act("2026-03-09 00:00", "C5", "missed"), act("2026-03-09 08:00", "C5"),
              act("2026-03-09 00:00", "C6", "missed"), act("2026-03-08 23:00", "C6")),
        {},
        [("*", "*", 6, 3, 22), ("*", "call", 6, 3, 22), ("1", "*", 6, 3, 22),
         ("1", "call", 6, 3, 22)],
        [("(unassigned)", "C1", "call", 9, 22, 0), ("(unassigned)", "C2", "call", 9, 22, 0),
         ("(unassigned)", "C6", "call", 9, 22, 0)],
    ),
    # 30 days up to the 31st begin on the 2nd; of Fri 27 the grace ends on Tue 31, of Mon 30 later.
    "the days looked at": (
        diary(act("2026-03-01 10:00", "C1", "missed"), act("2026-03-02 10:00", "C2", "missed"),
              act("2026-03-27 10:00", "C3", "missed"), act("2026-03-30 10:00", "C4", "missed"),
              act("2026-04-01 10:00", "C3")),
        {},
        [("*", "*", 2, 0, 29), ("*", "call", 2, 0, 29), ("1", "*", 2, 0, 29),
         ("1", "call", 2, 0, 29)],
        [("(unassigned)", "C2", "call", 2, 29, 0), ("(unassigned)", "C3", "call", 27, 4, 0)],
    ),
    # C1 on the 9th: one call, the last, of 10 (of 14:00 "2" is the larger text), and one meeting.
    "several a day": (
        diary(act("2026-03-09 09:00", "C1", "missed", "2"),
              act("2026-03-09 14:00", "C1", "overdue", "10"),
              act("2026-03-09 14:00", "C1", "missed", "2"),
              act("2026-03-09 12:00", "C1", "not held", "1", "meeting"),
              act("2026-03-09 13:00", "C1", None, "3")),
        {},
        [("*", "*", 2, 1, 22), ("*", "call", 1, 0, 22), ("*", "meeting", 1, 1, None),
         ("1", "*", 1, 1, None), ("1", "meeting", 1, 1, None),
         ("2", "*", 1, 0, 22), ("2", "call", 1, 0, 22)],
        [("(unassigned)", "C1", "call", 9, 22, 0)],
    ),
    # No promises: cancelled, an unanswered dial, a voicemail, no client. No touches: the same, and
    # six seconds. An outcome nobody knows is a touch.
    "what is a promise, and what keeps one": (
        diary(act("2026-03-03 10:00", "C1", " Cancelled"), act("2026-03-03 10:00", "C2", "отменён"),
              act("2026-03-03 10:00", "C3", "unanswered"),
              act("2026-03-03 10:00", "C4", "Voicemail"), act("2026-03-03 10:00", None, "missed"),
              act("2026-03-03 10:00", "C5", "НЕ СОСТОЯЛАСЬ "),
              act("2026-03-04 10:00", "C5", "недозвон"),
              act("2026-03-03 10:00", "C6", "Запланировано"),
              act("2026-03-04 10:00", "C6", "перенёс"),
              act("2026-03-03 10:00", "C7", "пропущенный"),
              act("2026-03-04 10:00", "C7", minutes=0.1)),
        {},
        [("*", "*", 3, 1, 28), ("*", "call", 3, 1, 28), ("1", "*", 3, 1, 28),
         ("1", "call", 3, 1, 28)],
        [("(unassigned)", "C5", "call", 3, 28, 0), ("(unassigned)", "C7", "call", 3, 28, 0)],
    ),
    # C1: promised on the 3rd, called on the 12th (late), promised again on the 16th and the 18th:
    # open since the 16th. C2 was handed over on the 20th. C1's window: 500 − 200.
    "the oldest without a touch since": (
        diary(act("2026-03-03 10:00", "C1", "missed"), act("2026-03-12 10:00", "C1"),
              act("2026-03-16 10:00", "C1", "missed"),
              act("2026-03-18 10:00", "C1", "missed", kind="meeting"),
              act("2026-03-10 10:00", "C2", "missed"),
              lines=[sale("2026-01-05", "C1", 500, "1"), sale("2026-03-05", "C1", -200, "1"),
                     sale("2025-03-31", "C2", 900, "1"), sale("2026-02-05", "C2", 301, "1")],
              assignments=[held("C2", "1", "2025-01-01", "2026-03-19"),
                           held("C2", "2", "2026-03-20")]),
        {},
        [("*", "*", 4, 0, 28), ("*", "call", 3, 0, 28), ("*", "meeting", 1, 0, 13),
         ("1", "*", 4, 0, 28), ("1", "call", 3, 0, 28), ("1", "meeting", 1, 0, 13)],
        [("2", "C2", "call", 10, 21, 301), ("1", "C1", "call", 16, 15, 300)],
    ),
    # On the 11th: the owner of that day. Of Fri 6 the grace ends on the 10th, of the 10th later.
    "as of a day": (
        diary(act("2026-03-06 10:00", "C1", "missed", "2"), act("2026-03-10 10:00", "C2", "missed"),
              act("2026-03-12 10:00", "C1"),
              assignments=[held("C1", "1", "2026-01-01", "2026-03-11"),
                           held("C1", "2", "2026-03-12")]),
        {"as_of": datetime.date(2026, 3, 11)},
        [("*", "*", 1, 0, 5), ("*", "call", 1, 0, 5), ("2", "*", 1, 0, 5), ("2", "call", 1, 0, 5)],
        [("1", "C1", "call", 6, 5, 0)],
    ),
    # Estonia is closed from 24 to 26 December (Wednesday to Friday) and at New Year: of Tue 23
    # the second working day is Tue 30, of Mon 29 it is the 31st, of Tue 30 it is 2 January.
    "holidays": (
        diary(act("2025-12-23 10:00", "C1", "missed"), act("2025-12-30 10:00", "C1"),
              act("2025-12-23 10:00", "C2", "missed"), act("2025-12-31 10:00", "C2"),
              act("2025-12-29 10:00", "C3", "missed"), act("2025-12-30 10:00", "C4", "missed"),
              lines=[sale("2025-12-05", "C9", 100)]),
        {"calendar": "EE", "as_of": datetime.date(2025, 12, 31)},
        [("*", "*", 3, 1, 8), ("*", "call", 3, 1, 8), ("1", "*", 3, 1, 8), ("1", "call", 3, 1, 8)],
        [("(unassigned)", "C3", "call", 29, 2, 0)],
    ),
}
# fmt: on


@pytest.mark.parametrize("case", BY_HAND)
def test_oracle_by_hand(case):
    ledger, changed, told, still_open = BY_HAND[case]
    month = changed.get("as_of", MARCH).replace(day=1)
    rows = oracle_promises.promises(ledger, month, **changed)
    columns = ("manager_id", "kind", "due", "kept", "oldest_days")
    assert [tuple(row[column] for column in columns) for row in rows] == told
    assert all(row["kept_share"] == Fraction(row["kept"], row["due"]) for row in rows)
    rows = oracle_promises.promises_open(ledger, month, **changed)
    assert [(r["manager_id"], r["client_id"], r["kind"], r["due_on"].day, r["days"], r["revenue"])
            for r in rows] == still_open  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("case", BY_HAND)
def test_table_by_hand(case, name):
    ledger, changed, *_ = BY_HAND[case]
    compare(name, ledger, changed.get("as_of", MARCH).replace(day=1), **changed)


DONE = ["", "done", "Held ", "состоялась", "перезвонить", "busybody", "не пропущен"]
NOT_DONE = ["missed", "CANCELLED", "canceled ", "Planned", "no answer", "not held", "voicemail",
            "busy", "failed", "declined", "пропущен", "Отменён", "отменено", "запланированные",
            "просрочена", "Не состоялось", "нет ответа", "НЕ ОТВЕЧЕН", "недозвон", "занято",
            "автоответчик"]  # fmt: skip


@pytest.mark.parametrize("outcome", [None, *DONE, *NOT_DONE])
def test_which_outcomes_are_done(outcome):
    """As the oracle sees it, and as every table does: one done activity is counted."""
    row = act("2026-03-10 10:00", "C1", outcome)
    is_done = outcome not in NOT_DONE
    assert oracle_promises.is_done(row, oracle_promises.Settings()) is is_done
    ledger = diary(row, managers=[{"manager_id": "1", "manager_name": None}])
    table = metrics.tables()["manager_activity"]
    rows = ledgers.compute(table, frames_until(ledger, MARCH, None), "2026-03")
    company = rows[(rows["manager_id"] == "*") & (rows["kind"] == "*")]
    assert company["activities"].sum() == is_done


# --- at random ----------------------------------------------------------------------------------

promised = st.sampled_from(["missed", "Scheduled", " planned", "overdue", "Not held", "пропущен",
                            "Пропущенный", "запланирована", "просрочены", "не состоялся",
                            "НЕ СОСТОЯЛАСЬ "])  # fmt: skip
not_promised = st.sampled_from(["cancelled", "Отменён", "unanswered", "No Answer", "voicemail",
                                "недозвон", "busy", "занято", "declined"])  # fmt: skip
was_done = st.sampled_from([None, None, "done", "Held", "состоялся", "answered", "кто знает"])
times = st.sampled_from([datetime.time(0), datetime.time(0), datetime.time(9), datetime.time(12),
                         datetime.time(12, 0, 1), datetime.time(23, 59, 59)])  # fmt: skip


def row_of(day, time, **row):
    return {"happened_at": datetime.datetime.combine(day, time), "topic": None, **row}


@st.composite
def episodes(draw, date):
    """A promise or what looks like one, and what came after it, or before it on the same day."""
    # From the day before all that is looked at to the days whose grace is not over.
    back = st.one_of(st.integers(3, 14), st.integers(-1, 33))
    day = date - datetime.timedelta(days=draw(back))
    client_id = draw(st.sampled_from(CLIENTS))
    rows = [
        row_of(day, draw(times), client_id=client_id, manager_id=draw(st.sampled_from(PEOPLE)),
               kind=draw(st.sampled_from(["call", "call", "meeting"])), minutes=None,
               outcome=draw(st.one_of(promised, promised, promised, not_promised)))
        for _ in range(draw(st.sampled_from([1, 1, 2, 3])))
    ]  # fmt: skip
    for _ in range(draw(st.sampled_from([1, 1, 0, 2]))):
        later = day + datetime.timedelta(days=draw(st.sampled_from([2, 3, 4, 0, 1, 5, -1])))
        rows.append(
            row_of(later, draw(times), manager_id=draw(st.sampled_from(PEOPLE)), kind="call",
                   client_id=draw(st.sampled_from([client_id, client_id, client_id, "C2", None])),
                   minutes=draw(st.sampled_from([None, None, 0.5, 0.4999, 12])),
                   outcome=draw(st.one_of(was_done, was_done, not_promised)))
        )  # fmt: skip
    return rows


@st.composite
def diaries(draw, date):
    """A ledger up to the date, with a diary that goes on for a few days after it."""
    back = st.integers(0, 500).map(lambda days: date - datetime.timedelta(days=days))
    lines = draw(st.lists(st.builds(
        lambda day, client_id, manager_id, revenue: sale(str(day), client_id, revenue, manager_id),
        back, st.sampled_from(CLIENTS), st.sampled_from([None, *PEOPLE]), st.integers(-90, 300),
    ), min_size=1, max_size=8))  # fmt: skip
    near = st.integers(-3, 40).map(lambda days: date - datetime.timedelta(days=days))
    # Who will own a client after the date, yet in its month, is a case of its own, by hand.
    month_end = oracle.last_day(date.replace(day=1))
    spells = [
        row
        for row in draw(st.lists(st.builds(
            lambda client_id, who, first, last: held(client_id, who, str(first),
                                                     last and str(last)),
            st.sampled_from(CLIENTS), st.sampled_from(PEOPLE), near, st.none() | near,
        ), max_size=4))
        if not date < row["valid_from"] <= month_end
        and not (row["valid_to"] and date <= row["valid_to"] < month_end)
    ]  # fmt: skip
    rows = [row for each in draw(st.lists(episodes(date), min_size=4, max_size=9)) for row in each]
    known = st.builds(
        client,
        st.sampled_from([*CLIENTS, "P1"]),
        st.sampled_from([None, *PEOPLE]),
        st.sampled_from([None, "Name"]),
    )
    return oracle.Ledger(
        lines=unique(lines, "shipment_id"),
        clients=unique(draw(st.lists(known, max_size=3)), "client_id"),
        managers=[{"manager_id": "1", "manager_name": "One"}],
        assignments=unique(spells, "client_id", "manager_id", "valid_from"),
        activities=unique(rows, "client_id", "kind", "happened_at", "manager_id"),
    )


rules = st.fixed_dictionaries(
    {},
    optional={
        "promise_days": st.sampled_from([1, 7, 30]),
        "promise_grace": st.sampled_from([0, 1, 5]),
        "promised": st.just(("Missed", "НЕ СОСТОЯЛСЯ")),
        "min_call_minutes": st.sampled_from([0, 0.5001]),
        "window_months": st.sampled_from([3, 6]),
        "calendar": st.just("EE"),
        "work_week": st.sampled_from([("Mon", "Sat"), ("Sun", "Mon", "Tue", "Wed", "Thu")]),
    },
)


def frames_until(ledger, month, as_of):
    return ledgers.frames(
        data_until=str(as_of or oracle.last_day(month)), shipments=ledger.lines,
        clients=ledger.clients, managers=ledger.managers, assignments=ledger.assignments,
        activities=ledger.activities,
    )  # fmt: skip


def compare(name, ledger, month, as_of=None, **changed):
    """A table and the oracle's, row by row."""
    theirs = getattr(oracle_promises, name)(ledger, month, as_of, **changed)
    if as_of is not None:
        changed["as_of"] = pd.Timestamp(as_of)
    frames = frames_until(ledger, month, as_of)
    if name == "promises":  # which knows of no window
        changed.pop("window_months", None)
    ours = ledgers.compute(metrics.tables()[name], frames, f"{month:%Y-%m}", **changed)
    assert_same(ours, theirs)


@settings(max_examples=15)
@given(st.data(), st.sampled_from(DATES), rules)
def test_random_promises(data, date, changed):
    """Kept in time and a day late, at midnight, on weekends, several a day, handed over."""
    ledger = data.draw(diaries(date))
    month = date.replace(day=1)
    if data.draw(st.booleans()):  # what the last complete month says on a day of the running one
        month = oracle.shifted(month, -1)
    if month < oracle.first_month(ledger):
        month = date.replace(day=1)
        ledger = dataclasses.replace(ledger, lines=[*ledger.lines, sale(str(month), "C9", 1)])
    as_of = None if date == oracle.last_day(month) else date
    for name in TABLES:
        with ledgers.told(name):
            compare(name, ledger, month, as_of, **changed)
