"""activity_coverage against a second, slow and exact writing of its definition."""

import datetime
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientops import metrics
from tests import ledgers
from tests.metrics import oracle, oracle_coverage, oracle_promises
from tests.metrics.test_portfolio_against_oracle import assert_same, unique
from tests.metrics.test_promises_against_oracle import (
    act,
    client,
    held,
    not_promised,
    promised,
    row_of,
    sale,
    times,
    was_done,
)

MARCH = datetime.date(2026, 3, 1)  # ends on a Tuesday
PEOPLE = ["1", "2", "10"]
ALL = ["C1", "C2", "C3", "P1", "P2", "Ä"]

# --- by hand ------------------------------------------------------------------------------------


def a_base(*activities, **more):
    """A1 bought for 800, B1 for 150, C1 for 50 (none ahead; 0.80; 0.95); P1 and P2 never bought.

    X1 bought before the window only. 1 owns A1, P1 and X1, 2 owns B1 and C1, nobody P2.
    """
    tables = {
        "lines": [sale("2026-02-05", "A1", 800), sale("2026-02-06", "B1", 150),
                  sale("2026-03-02", "C1", 50), sale("2024-05-06", "X1", 70)],
        "clients": [client("A1", "1"), client("B1", "2"), client("C1", "2"), client("P1", "1"),
                    client("X1", "1"), client("P2")],
        "managers": [{"manager_id": "1", "manager_name": "One"}],
    }  # fmt: skip
    return oracle.Ledger(activities=list(activities), **{**tables, **more})


def rows_of(ledger, **changed):
    """(who, class, clients, touched, by their owner, activities) of March."""
    columns = ("manager_id", "abc", "clients", "touched", "touched_by_owner", "activities")
    rows = oracle_coverage.activity_coverage(ledger, MARCH, **changed)
    return [tuple(row[column] for column in columns) for row in rows]


DIARY = (
    act("2026-03-18 10:00", "A1", None, "2"),  # 13 days before the 31st: within 14, not by its 1
    act("2026-03-17 10:00", "A1", None, "1"),  # 14 days before
    act("2026-03-01 00:00", "B1", "done", "2"),  # 30 days before: not within 30
    act("2026-02-28 10:00", "C1", "Held", "2"),  # of another month, within 90
    act("2026-03-02 10:00", "P1", "перезвонить", "1"),  # 29 days before
    act("2026-03-20 10:00", "P2", "Не состоялся", "1"),  # never took place
    act("2026-03-20 10:00", "X1", None, "1"),  # no class, no prospect
    act("2026-03-20 10:00", "Q1", None, "1"),  # nobody knows this client, nobody owns it
    act("2026-03-20 10:00", None, None, "10"),  # without a client: of who did it
    act("2026-03-20 10:00", "B1", minutes=0.1),  # an activity, no touch
    act("2026-04-01 10:00", "B1"),  # after the month
)


def test_oracle_by_hand():
    assert rows_of(a_base(*DIARY)) == [
        ("(unassigned)", "-", None, None, None, 1),  # Q1
        ("(unassigned)", "prospect", 1, 0, 0, 0),
        ("*", "-", None, None, None, 3),  # X1, Q1, nobody: 3 + 2 + 2 + 0 + 1 = 8 of March
        ("*", "A", 1, 1, 0, 2),
        ("*", "B", 1, 0, 0, 2),
        ("*", "C", 1, 1, 1, 0),
        ("*", "prospect", 2, 1, 1, 1),
        ("1", "-", None, None, None, 1),  # X1
        ("1", "A", 1, 1, 0, 2),
        ("1", "prospect", 1, 1, 1, 1),
        ("10", "-", None, None, None, 1),
        ("2", "B", 1, 0, 0, 2),
        ("2", "C", 1, 1, 1, 0),
    ]


def test_oracle_shares_by_hand():
    rows = {(row["manager_id"], row["abc"]): row
            for row in oracle_coverage.activity_coverage(a_base(*DIARY), MARCH)}  # fmt: skip
    # the four activities with A1, B1 and C1; of the money 800 + 150 + 50
    assert [rows["*", abc]["activity_share"] for abc in "ABC"] == [Fraction(1, 2)] * 2 + [0]
    assert [rows["*", abc]["margin_share"] for abc in "ABC"] == [
        Fraction(8, 10), Fraction(15, 100), Fraction(5, 100)]  # fmt: skip
    assert rows["2", "B"]["margin_share"] == Fraction(150, 200)
    assert rows["1", "A"]["activity_share"] == rows["1", "A"]["margin_share"] == 1
    for abc in ("-", "prospect"):
        assert rows["*", abc]["activity_share"] is rows["*", abc]["margin_share"] is None
    assert rows["*", "-"]["coverage"] is None
    assert rows["*", "prospect"]["coverage"] == Fraction(1, 2)


def test_oracle_touch_days_of_by_hand():
    """B1 of the group Big and P1, whose 1 is of the team North, each letter by itself."""
    clients = [{**client("A1", "1"), "client_group": "Big"}, {**client("P1", "1")},
               {**client("B1", "1"), "client_group": "Big"}]  # fmt: skip
    managers = [{"manager_id": "1", "manager_name": None, "team": "North"}]
    ledger = a_base(*DIARY, clients=clients, managers=managers)

    def touched(**of):
        return {abc: n for who, abc, _, n, _, _ in rows_of(ledger, touch_days_of=of) if who == "1"}

    usual = {"A": 1, "B": 0, "prospect": 1}
    for of, changed in (
        ({}, {}),
        ({"Big": {"B": 31}}, {"B": 1}),  # touched 30 days before
        ({"North": {"B": 31, "prospect": 29}}, {"B": 1, "prospect": 0}),
        ({"North": {"B": 31}, "Big": {"B": 30}}, {}),  # the group goes first
        ({"North": {"A": 13}, "Big": {"B": 31}}, {"A": 0, "B": 1}),  # what it does not name
        ({"Small": {"A": 1}}, {}),
    ):
        found = touched(**of)
        assert {abc: found[abc] for abc in usual} == usual | changed, of


def test_table_by_hand():
    compare(a_base(*DIARY), MARCH)
    handed_over = [held("A1", "10", "2026-03-31"), held("P1", "2", "2026-04-01")]
    compare(a_base(*DIARY, assignments=handed_over), MARCH)
    later = [{**client("P1", "1"), "created_on": datetime.date(2026, 3, 31)},
             {**client("P2", "1"), "created_on": datetime.date(2026, 4, 1)}]  # fmt: skip
    compare(a_base(*DIARY, clients=later), MARCH)


# --- at random ----------------------------------------------------------------------------------

# Around March 2026, and years before: so long ago that the purchase is outside every window.
days = st.one_of(st.integers(0, 60), st.integers(0, 900)).map(
    lambda back: datetime.date(2026, 4, 4) - datetime.timedelta(days=back)
)


@st.composite
def sales(draw):
    """A sale or, with a cost that takes money too, a return; a client's of a day are one line.

    So what a purchase is and which way a return's cost goes are left to other tests.
    """
    revenue = draw(st.one_of(st.sampled_from([100, 50, 0]), st.integers(-200, 900)))
    cost = draw(st.one_of(st.none(), st.integers(0, 700)))
    row = sale(str(draw(days)), draw(st.sampled_from(["C1", "C2", "C3", "Ä"])), revenue,
               draw(st.sampled_from([None, *PEOPLE])))  # fmt: skip
    return {**row, "cost": -cost if cost and revenue < 0 else cost}


activity = st.builds(
    row_of, days, times, manager_id=st.sampled_from([*PEOPLE, "7"]),
    kind=st.sampled_from(["call", "meeting"]), minutes=st.sampled_from([None, None, 0.5, 0.4999]),
    client_id=st.sampled_from([*ALL, "P1", "Q1", None]),
    outcome=st.one_of(was_done, was_done, was_done, promised, not_promised),
)  # fmt: skip
known_client = st.fixed_dictionaries(
    {
        "client_id": st.sampled_from([*ALL, "P1"]),
        "client_name": st.none(),
        "manager_id": st.sampled_from([None, *PEOPLE]),
        "created_on": st.one_of(st.none(), st.none(), days),
        "client_group": st.sampled_from([None, "Big", "North"]),
    }
)
manager = st.fixed_dictionaries(
    {
        "manager_id": st.sampled_from(PEOPLE),
        "manager_name": st.sampled_from([None, "One"]),
        "team": st.sampled_from([None, "North", "South"]),
    }
)
spell = st.builds(
    lambda client_id, who, first, last: held(client_id, who, str(first), last and str(last)),
    st.sampled_from(ALL), st.sampled_from(PEOPLE), days, st.none() | days,
)  # fmt: skip
diaries = st.builds(
    lambda lines, clients, managers, spells, activities: oracle.Ledger(
        lines=unique(lines, "client_id", "shipped_on"),
        clients=unique(clients, "client_id"),
        managers=unique(managers, "manager_id"),
        assignments=unique(spells, "client_id", "manager_id", "valid_from"),
        activities=activities,
    ),
    st.lists(sales(), min_size=1, max_size=10),
    st.lists(known_client, max_size=6),
    st.lists(manager, max_size=3),
    st.lists(spell, max_size=3),
    st.lists(activity, min_size=1, max_size=25),
)
LETTERS = ["A", "B", "C", "prospect"]
RUNNING = [datetime.date(2026, 3, 30), datetime.date(2026, 3, 15)]
numbers = st.sampled_from([1, 7, 14, 31, 200])
rules = st.fixed_dictionaries(
    {},
    optional={
        "touch_days": st.fixed_dictionaries(dict.fromkeys(LETTERS, numbers)),
        "touch_days_of": st.dictionaries(
            st.sampled_from(["Big", "North", "South"]),
            st.dictionaries(st.sampled_from(LETTERS), numbers, min_size=1),
        ),
        "min_call_minutes": st.sampled_from([0, 0.5001]),
        "not_done": st.sampled_from([(), ("  Done", "КТО ЗНАЕТ")]),
        "window_months": st.sampled_from([3, 6]),
    },
)  # fmt: skip


def compare(ledger, month, as_of=None, **changed):
    """The table and the oracle's, row by row."""
    theirs = oracle_coverage.activity_coverage(ledger, month, as_of, **changed)
    frames = ledgers.frames(
        data_until="2026-04-30", shipments=ledger.lines, clients=ledger.clients,
        managers=ledger.managers, assignments=ledger.assignments, activities=ledger.activities,
    )  # fmt: skip
    if as_of is not None:
        changed["as_of"] = pd.Timestamp(as_of)
    table = metrics.tables()["activity_coverage"]
    assert_same(ledgers.compute(table, frames, f"{month:%Y-%m}", **changed), theirs)


@settings(max_examples=15)
@given(diaries, st.sampled_from([MARCH, MARCH, datetime.date(2025, 11, 1)]), rules,
       st.sampled_from([None, None, None, *RUNNING]))  # fmt: skip
def test_random_coverage(ledger, month, changed, as_of):
    """Prospects, activities without a client, handovers, groups and teams of their own."""
    if month < oracle.first_month(ledger):
        return
    compare(ledger, month, as_of if month == MARCH else None, **changed)


@settings(max_examples=15)
@given(diaries, rules)
def test_oracle_adds_up(ledger, changed):
    """The company's and all managers' activities are those of the month, each once."""
    if oracle.first_month(ledger) > MARCH:
        return
    rows = oracle_coverage.activity_coverage(ledger, MARCH, **changed)
    s = oracle_coverage.Settings(**changed)
    of_month = [row for row in ledger.activities if oracle_coverage.day_of(row).replace(day=1)
                == MARCH and oracle_promises.is_done(row, s)]  # fmt: skip
    if rows:
        company = [row["activities"] for row in rows if row["manager_id"] == "*"]
        others = [row["activities"] for row in rows if row["manager_id"] != "*"]
        assert sum(company) == sum(others) == len(of_month)


@pytest.mark.parametrize("team", [None, "North"])
def test_oracle_without_a_team(team):
    """A client nobody owns goes by touch_days, whatever a team of no name has."""
    ledger = a_base(*DIARY, managers=[{"manager_id": "1", "manager_name": None, "team": team}])
    rows = rows_of(ledger, touch_days_of={"North": {"A": 13}})
    assert [row[3] for row in rows if row[:2] == ("1", "A")] == [0 if team else 1]
