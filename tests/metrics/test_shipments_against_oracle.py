"""shipment_regularity and shipment_counts, of sellers and of portfolios, against the oracle."""

import datetime
import itertools
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientops import metrics
from tests import ledgers
from tests.metrics import oracle, oracle_shipments
from tests.metrics.test_portfolio_against_oracle import assert_same, unique
from tests.metrics.test_promises_against_oracle import client, held, sale

TABLES = ["shipment_regularity", "shipment_counts"]
PEOPLE = ["1", "2", "10"]
CLIENTS = ["C1", "C2", "C3", "Ä"]

# --- by hand ------------------------------------------------------------------------------------
# June 2026 begins on a Monday and has 22 working days, the last five from Wed 24 on. Its whole
# weeks begin on the 1st, 8th, 15th and 22nd.

JUNE = datetime.date(2026, 6, 1)


def june():
    """1 sold to C1 and C2, 2 to C3 and once to C1; C2 is 2's by the end of June, C3 too."""
    return oracle.Ledger(
        lines=[
            sale("2026-06-02", "C1", 100, "1"),
            sale("2026-06-13", "C2", 50, "1"),  # a Saturday: day 15, week of the 8th
            sale("2026-06-21", "C1", 30, "2"),  # a Sunday: day 22, week of the 15th
            sale("2026-06-20", "C3", 20, "2"),  # a Saturday: day 22, week of the 15th
            sale("2026-06-23", "C3", 60, "2"),
            sale("2026-06-30", "C3", -10, "2"),  # no shipment, but revenue
        ],
        assignments=[held("C1", "1", "2026-01-01"), held("C2", "1", "2026-01-01", "2026-06-20"),
                     held("C2", "2", "2026-06-21"), held("C3", "2", "2026-01-01")],
        managers=[{"manager_id": "2", "manager_name": "Two",
                   "left_on": datetime.date(2026, 6, 22)}],
    )  # fmt: skip


def active(ledger, grain, manager_id, whose, month=JUNE):
    """Day of the period -> shipments, where there are any, and how many periods there are."""
    rows = [row for row in oracle_shipments.shipment_counts(ledger, month, whose, window_months=1)
            if (row["grain"], row["manager_id"]) == (grain, manager_id)]  # fmt: skip
    found = {row["period_start"].day: row["shipments"] for row in rows if row["shipments"]}
    return found, len(rows)


def test_oracle_by_hand_of_sellers():
    # 2 sold from Sunday the 21st, counted on Monday the 22nd, the day on which 2 left
    assert active(june(), "day", "1", "credit") == ({2: 1, 15: 1}, 21)  # from Tue 2
    assert active(june(), "day", "2", "credit") == ({22: 2}, 1)
    # from the 2nd on the first whole week is that of the 8th
    assert active(june(), "week", "1", "credit") == ({8: 1}, 3)
    assert active(june(), "week", "2", "credit") == ({}, 0)  # from 20 to 22 June: no whole week
    assert active(june(), "month", "2", "credit") == ({1: 2}, 1)
    assert active(june(), "week", "*", "credit") == ({8: 1, 15: 2, 22: 1}, 3)
    rows = oracle_shipments.shipment_regularity(june(), JUNE, window_months=1)
    assert [(row["grain"], row["manager_id"]) for row in rows] == [
        ("day", "*"), ("day", "1"), ("day", "2"), ("month", "*"), ("month", "1"), ("month", "2"),
        ("week", "*"), ("week", "1")]  # fmt: skip


def test_oracle_by_hand_of_portfolios():
    """1 has C1, to whom 2 sold too; 2 has C2, to whom 1 sold, and C3, also after leaving."""
    assert active(june(), "day", "1", "portfolio") == ({2: 1, 22: 1}, 21)
    # C2's of the 13th counts on the 15th: 12 working days from then on
    assert active(june(), "day", "2", "portfolio") == ({15: 1, 22: 1, 23: 1}, 12)
    assert active(june(), "week", "1", "portfolio") == ({15: 1}, 3)
    # from the 13th on only the weeks of the 15th and 22nd are whole
    assert active(june(), "week", "2", "portfolio") == ({15: 1, 22: 1}, 2)
    assert active(june(), "week", "*", "portfolio") == active(june(), "week", "*", "credit")
    rows = oracle_shipments.shipment_regularity(june(), JUNE, "portfolio", window_months=1)
    two = next(row for row in rows if (row["grain"], row["manager_id"]) == ("day", "2"))
    assert (two["shipments"], two["clients"], two["active_periods"]) == (3, 2, 3)
    assert (two["mean"], two["longest_gap"]) == (Fraction(1, 4), 5)  # 24, 25, 26, 29, 30
    # −10 of 50 + 20 + 60 − 10 since the 24th; five of the 12 working days
    assert (two["last_week_share"], two["last_week_norm"]) == (Fraction(-10, 120), Fraction(5, 12))


def test_oracle_by_hand_of_the_end_of_a_month():
    """May 2026 ends on a Sunday: working days to Fri 29, the last five from Mon 25 on."""
    ledger = oracle.Ledger(lines=[
        sale("2026-05-04", "C1", 100, "1"),
        sale("2026-05-23", "C1", 40, "1"),  # a Saturday: on Mon 25, yet not of the last week
        sale("2026-05-31", "C1", 60, "1"),  # a Sunday: on Fri 29
    ])  # fmt: skip
    may = datetime.date(2026, 5, 1)
    assert active(ledger, "day", "1", "credit", may) == ({4: 1, 25: 1, 29: 1}, 20)
    assert active(ledger, "week", "1", "credit", may) == ({4: 1, 18: 1, 25: 1}, 4)
    for row in oracle_shipments.shipment_regularity(ledger, may, window_months=1):
        assert (row["last_week_share"], row["last_week_norm"]) == (
            Fraction(60, 200), Fraction(5, 20))  # fmt: skip


@pytest.mark.parametrize("whose", ["credit", "portfolio"])
@pytest.mark.parametrize("name", TABLES)
def test_tables_by_hand(name, whose):
    compare(name, june(), JUNE, whose, window_months=3)


# --- at random ----------------------------------------------------------------------------------

END = datetime.date(2026, 5, 31)  # a Sunday
back = st.one_of(st.integers(0, 20), st.integers(0, 200), st.integers(-5, 420))
days = back.map(lambda number: END - datetime.timedelta(days=number))
saturdays = st.integers(0, 60).map(lambda n: END - datetime.timedelta(days=1 + 7 * n))
# People come and go on days that everybody works: whether a Saturday's shipment, counted on Monday,
# is of the time before or after is not said.
fridays = st.integers(0, 40).map(lambda n: datetime.date(2026, 5, 15) - datetime.timedelta(7 * n))
thursdays = fridays.map(lambda day: day - datetime.timedelta(days=1))


@st.composite
def shipments(draw):
    """One seller's to one client on one day, in one or two lines."""
    day = draw(st.one_of(days, days, saturdays))
    client_id = draw(st.sampled_from(CLIENTS))
    seller = draw(st.sampled_from([None, *PEOPLE]))
    shipment_id = f"{client_id}-{day}-{seller}-{draw(st.sampled_from('ab'))}"
    money = draw(st.lists(st.one_of(st.just(100), st.integers(-150, 400)), min_size=1, max_size=2))
    return [{**sale(str(day), client_id, each, seller), "shipment_id": shipment_id}
            for each in money]  # fmt: skip


spell = st.builds(
    lambda client_id, who, first, last: held(client_id, who, str(first), last and str(last)),
    st.sampled_from(CLIENTS), st.sampled_from(PEOPLE), days, st.none() | days,
)  # fmt: skip
manager = st.fixed_dictionaries(
    {
        "manager_id": st.sampled_from(PEOPLE),
        "manager_name": st.sampled_from([None, "One"]),
        "hired_on": st.none() | thursdays,
        "left_on": st.none() | fridays,
    }
)
small_ledgers = st.builds(
    lambda lines, clients, managers, spells: oracle.Ledger(
        lines=[line for each in lines for line in each],
        clients=unique(clients, "client_id"),
        managers=unique(managers, "manager_id"),
        assignments=unique(spells, "client_id", "manager_id", "valid_from"),
    ),
    st.lists(shipments(), min_size=1, max_size=18),
    st.lists(st.builds(client, st.sampled_from(CLIENTS), st.sampled_from([None, *PEOPLE])),
             max_size=2),
    st.lists(manager, max_size=3),
    st.lists(spell, max_size=3),
)  # fmt: skip


def compare(name, ledger, month, whose, **changed):
    """A table and the oracle's, row by row."""
    theirs = getattr(oracle_shipments, name)(ledger, month, whose, **changed)
    frames = ledgers.frames(
        data_until="2026-06-30", shipments=ledger.lines, clients=ledger.clients,
        managers=ledger.managers, assignments=ledger.assignments,
    )  # fmt: skip
    table = metrics.tables()[name]
    ours = ledgers.compute(table, frames, f"{month:%Y-%m}", whose=whose, **changed)
    assert_same(ours, theirs)


@settings(max_examples=15)
@given(small_ledgers, st.sampled_from([0, 0, 1, 4, 12]), st.sampled_from([3, 6, 12]),
       st.sampled_from(["", "EE"]))  # fmt: skip
def test_random_shipments(ledger, months_ago, window_months, calendar):
    """Weekends, holidays, handovers, several sellers of a client, people who came and went."""
    month = oracle.shifted(END.replace(day=1), -months_ago)
    if month < oracle.first_month(ledger):
        return
    for name, whose in itertools.product(TABLES, ["credit", "portfolio"]):
        with ledgers.told(f"{name} by {whose}"):
            compare(name, ledger, month, whose, window_months=window_months, calendar=calendar)
