"""Flow between classes, candidates and their check, trend and load: a second, exact writing.

The second writing itself is held to small cases worked by hand, first.
"""

import datetime
import random
from fractions import Fraction

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientops import metrics
from tests import ledgers
from tests.metrics import oracle, oracle_portfolio_more
from tests.metrics.test_portfolio_against_oracle import (
    FIRST,
    assert_same,
    frames_of,
    small_ledgers,
)

CUTS = {"abc_cuts": (100, 10)}  # money per month from which a client is A, B


def day_of(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def sold(client: str, *sales: tuple[str, float], cost: float | None = None) -> list[dict]:
    """Lines of a client by manager 1: (day, revenue)."""
    return [{"shipment_id": f"{client}-{day}-{money}", "shipped_on": day_of(day), "cost": cost,
             "client_id": client, "manager_id": "1", "revenue": money}
            for day, money in sales]  # fmt: skip


def monthly(client: str, months: str, money: float, day: int = 10, **more) -> list[dict]:
    """The same sale in each of the months, written "2025-01 2025-03"."""
    return sold(client, *((f"{month}-{day:02}", money) for month in months.split()), **more)


def year(first: int, last: int) -> str:
    """The months from one to the other of 2025."""
    return " ".join(f"2025-{month:02}" for month in range(first, last + 1))


def call(client: str | None, at: str, **more) -> dict:
    return {"happened_at": datetime.datetime.fromisoformat(at), "manager_id": "7",
            "client_id": client, "kind": "call", "topic": None, "minutes": None, "outcome": None,
            **more}  # fmt: skip


# --- flow by hand -------------------------------------------------------------------------------


def flow_ledger() -> oracle.Ledger:
    """Windows January to March and April to June; by CUTS A is 300 in a window, B 30."""
    lines = [
        *sold("Back", ("2024-10-10", 10), ("2025-05-10", 10)),  # C Z after half a year of nothing
        *sold("Give", ("2025-02-10", 5), ("2025-02-11", -5), ("2025-04-10", 5)),  # D Z, then C Z
        *sold("Left", ("2025-01-10", 300)),  # A Z, then nothing
        *sold("Move", ("2025-01-10", 150), ("2025-03-10", 150)),  # A Y with manager 1,
        *sold("Move", ("2025-04-10", 10), ("2025-05-10", 10), ("2025-06-10", 10)),  # B X with 2
        *sold("New", ("2025-04-10", 300)),  # A Z
        *sold("Stay", ("2025-01-10", 5), ("2025-04-10", 5)),  # C Z twice
        *sold("Up", ("2025-02-10", 30), ("2025-05-10", 300)),  # B Z (30 / 3 = 10), then A Z
        *sold("Void", ("2025-05-10", -7)),  # a return only: in neither window
    ]
    spells = [{"client_id": "Move", "manager_id": "1", "valid_from": day_of("2025-01-01"),
               "valid_to": day_of("2025-03-31")},
              {"client_id": "Move", "manager_id": "2", "valid_from": day_of("2025-04-01"),
               "valid_to": None}]  # fmt: skip
    rows = {row["client_id"]: "1" for row in lines if row["client_id"] != "Move"}
    clients = [{"client_id": key, "client_name": None, "manager_id": owner, "created_on": None}
               for key, owner in rows.items()]  # fmt: skip
    return oracle.Ledger(lines=lines, clients=clients, assignments=spells)


def test_the_second_writing_of_the_flow_by_hand():
    rows = oracle_portfolio_more.class_flow(
        flow_ledger(), day_of("2025-06-01"), window_months=3, **CUTS
    )
    told = [(row["manager_id"], row["class"],
             {flow: row[flow] for flow in oracle_portfolio_more.FLOWS if row[flow]})
            for row in rows]  # fmt: skip
    # Company, xyz: Z Give, Left, Stay, Up before = 4; + New + Back − Left = 5.
    z = {"opening": 4, "new": 1, "returned": 1, "lost": 1, "closing": 5}
    assert told == [
        # Left and Move before; + New, + Up from B, − Move down to B, − Left: New and Up.
        ("*", "A", {"opening": 2, "new": 1, "up_in": 1, "down_out": 1, "lost": 1, "closing": 2}),
        ("*", "B", {"opening": 1, "down_in": 1, "up_out": 1, "closing": 1}),  # Up, then Move
        ("*", "C", {"opening": 1, "returned": 1, "up_in": 1, "closing": 3}),  # Stay, Back, Give
        ("*", "D", {"opening": 1, "up_out": 1}),  # Give: bought for 5, gave 5 back
        ("*", "X", {"up_in": 1, "closing": 1}),  # Move: down by volume, up by regularity
        ("*", "Y", {"opening": 1, "up_out": 1}),
        ("*", "Z", z),
        ("1", "A", {"opening": 2, "new": 1, "up_in": 1, "lost": 1, "transferred_out": 1,
                    "closing": 2}),
        ("1", "B", {"opening": 1, "up_out": 1}),
        ("1", "C", {"opening": 1, "returned": 1, "up_in": 1, "closing": 3}),
        ("1", "D", {"opening": 1, "up_out": 1}),
        ("1", "Y", {"opening": 1, "transferred_out": 1}),
        ("1", "Z", z),
        ("2", "B", {"transferred_in": 1, "closing": 1}),
        ("2", "X", {"transferred_in": 1, "closing": 1}),
    ]  # fmt: skip
    assert {row["scale"] for row in rows if row["class"] in "ABCD"} == {"abc"}
    assert rows[0]["from_month"] == day_of("2025-03-01")
    assert {row["window_months"] for row in rows} == {3}


def test_by_margin_who_bought_at_unknown_margin_stands_in_a_cell_of_its_own():
    ledger = oracle.Ledger(lines=[
        *sold("Known", ("2025-01-10", 900), ("2025-04-10", 900), cost=100),
        *sold("Told", ("2025-01-10", 900)),  # margin unknown, then 800: from - up to A
        *sold("Told", ("2025-04-11", 900), cost=100),
        *sold("Void", ("2025-04-10", -7)),
    ])  # fmt: skip
    rows = oracle_portfolio_more.class_flow(
        ledger, day_of("2025-06-01"), window_months=3, abc_by="margin", **CUTS
    )
    cells = {row["class"]: [row[flow] for flow in ("opening", "up_in", "up_out", "closing")]
             for row in rows if (row["manager_id"], row["scale"]) == ("*", "abc")}  # fmt: skip
    assert cells == {"-": [1, 0, 1, 0], "A": [1, 1, 0, 2]}


# --- candidates by hand -------------------------------------------------------------------------


def candidates(ledger, month, **changed) -> list[tuple]:
    rows = oracle_portfolio_more.class_candidates(ledger, day_of(month), **CUTS | changed)
    return [(row["target"], row["client_id"], row["missing_money"], row["pace"]) for row in rows]


def test_half_of_the_growth_goes_on():
    # A is 12 × 100 = 1200 in the window of 2025, so a pace of 0.8 × 1200 = 960 is asked for.
    ledger = oracle.Ledger(lines=[
        *monthly("Big", year(1, 12), 1000),  # A
        *monthly("Edge", year(7, 12), Fraction(640, 6)),  # (640 + 640 / 6 × 12) / 2 = 960: listed
        *monthly("Grows", year(7, 12), 130),  # (780 + 1560) / 2 = 1170, missing 1200 − 780 = 420
        *monthly("Less", year(7, 12), 106),  # 1.5 × 636 = 954
        *monthly("Near", year(2, 12), 106),  # (1166 + 636 × 2) / 2 = 1219, missing 34
        *monthly("Stops", year(1, 6), 199),  # (1194 + 0) / 2; and half a year silent
    ])  # fmt: skip
    assert candidates(ledger, "2025-12-01") == [
        ("A", "Near", 34, 1219), ("A", "Grows", 420, 1170), ("A", "Edge", 560, 960)
    ]  # fmt: skip
    asked = [row[1] for row in candidates(ledger, "2025-12-01", candidate_pace=0.7)]
    assert asked == ["Near", "Grows", "Edge", "Less"]


def test_the_larger_half_of_an_odd_number_of_months():
    # Data from January on, five months covered at the end of May, three of them the last half;
    # A is 500: 300 in March to May make (300 + 300 / 3 × 5) / 2 = 400 = 0.8 × 500, just enough.
    ledger = oracle.Ledger(lines=[
        *monthly("Big", year(1, 5), 1000),
        *monthly("Three", year(3, 5), 100),
        *monthly("Two", year(4, 5), 149),  # (298 + 298 / 3 × 5) / 2 = 397.33; halves of 2.5: 447
    ])  # fmt: skip
    assert [row for row in candidates(ledger, "2025-05-01") if row[0] == "A"] == [
        ("A", "Three", 200, 400)
    ]  # fmt: skip


def test_by_margin_pace_and_missing_money_are_margin():
    # 120 of revenue at a cost of 10: a margin of 110 a month, 660 in the window; pace 990 of 1200.
    ledger = oracle.Ledger(lines=[
        *monthly("Big", year(1, 12), 1000, cost=10),
        *monthly("Grows", year(7, 12), 120, cost=10),
        *monthly("Dear", year(7, 12), 120, cost=100),  # margin 20 a month, pace 180
        *monthly("Dark", year(7, 12), 120),  # margin unknown: abc is -
    ])  # fmt: skip
    assert candidates(ledger, "2025-12-01", abc_by="margin") == [("A", "Grows", 540, 990)]


def test_relative_a_is_the_smallest_money_in_a():
    # 1000 + 700 + 600 = 2300: before Second .435 and before Third .739, both A; Fourth (100 more,
    # 2400) has .958 before it: C. B has nobody. A* = 600, Fourth's pace 150 < 480.
    ledger = oracle.Ledger(lines=[
        *sold("First", ("2025-01-10", 500), ("2025-12-10", 500)),
        *sold("Fourth", ("2025-11-10", 50), ("2025-12-10", 50)),
        *sold("Second", ("2025-01-10", 350), ("2025-12-10", 350)),
        *sold("Third", ("2025-01-10", 300), ("2025-12-10", 300)),
    ])  # fmt: skip
    # But it bought in both months since its first purchase: one more makes it X.
    short_of_x = ("X", "Fourth", None, None)
    assert candidates(ledger, "2025-12-01", abc_cuts=None) == [short_of_x]
    # At 0.25 × 600 = 150 it is listed, with 500 to go.
    assert candidates(ledger, "2025-12-01", abc_cuts=None, candidate_pace=0.25) == [
        ("A", "Fourth", 500, 150), short_of_x
    ]  # fmt: skip


def test_a_single_purchase_counts_where_half_of_the_others_came_again():
    # 700 in November: a pace of (700 + 1400) / 2 = 1050. Old enough at the year's end are the
    # clients whose first purchase is more than 180 days old: before 4 July.
    once = sold("Once", ("2025-11-10", 700))
    again = sold("Again", ("2025-01-10", 10), ("2025-02-10", 10))
    never = sold("Never", ("2025-07-03", 10))  # 181 days
    second = sold("Second", ("2025-01-11", 10))
    young = sold("Young", ("2025-07-04", 10))  # 180 days

    def listed(*lines: list[dict]) -> list[str]:
        ledger = oracle.Ledger(lines=[row for each in lines for row in each])
        return [row[1] for row in candidates(ledger, "2025-12-01")]

    old = sold("Start", ("2025-01-01", 1))  # the data begin; one more who never came again
    assert listed(once, again, old) == ["Once"]  # 1 of 2
    assert listed(once, again, old, young) == ["Once"]
    assert listed(once, again, old, never) == []  # 1 of 3
    assert listed(once, again, old, second) == []
    assert listed(once, young) == []  # nobody old enough: not known


def test_who_is_late_or_silent_is_no_candidate():
    # Every 10 days from 1 October to 30 November; 0.9 of the gaps are at most 10 days. 31 days of
    # nothing up to the year's end: away. With one more on 25 December: 6 days, listed.
    days = [day_of("2025-10-01") + datetime.timedelta(days=10 * number) for number in range(7)]
    away = sold("Away", *((day.isoformat(), 100) for day in days))
    ledger = oracle.Ledger(lines=[*monthly("Big", year(1, 12), 1000), *away])
    assert candidates(ledger, "2025-12-01") == []
    ledger.lines += sold("Away", ("2025-12-25", 100))
    assert [row[:2] for row in candidates(ledger, "2025-12-01")] == [("A", "Away")]


def test_one_active_month_short_of_x():
    def listed(ledger, month="2025-12-01", **changed):
        rows = oracle_portfolio_more.class_candidates(ledger, day_of(month), **CUTS | changed)
        return [(row["client_id"], row["missing_months"], row["missing_money"], row["pace"])
                for row in rows if row["target"] == "X"]  # fmt: skip

    eight = "2025-01 2025-02 2025-03 2025-04 2025-05 2025-06 2025-11 2025-12"
    lines = [
        *monthly("Big", year(1, 12), 1000),  # X
        *monthly("Eight", eight, 1),  # 0.75 × 12 = 9 are needed
        *monthly("Seven", eight[8:], 2),
        # First bought in October: 3 months possible, 0.75 × 3 = 2.25, at least 3 needed; has 2.
        *monthly("Recent", "2025-10 2025-12", 3),
        # First bought in December: 1 month possible, yet 3 are needed; has 1 (but two purchases).
        *monthly("Twice", "2025-12", 4),
        *monthly("Twice", "2025-12", 4, day=20),
        # Bought in both months since: 2 of 3 that are needed.
        *monthly("Both", year(11, 12), 3),
    ]  # fmt: skip
    ledger = oracle.Ledger(lines=lines)
    short = [(client, 1, None, None) for client in ("Eight", "Both", "Recent")]
    # By revenue descending: 8, and twice 6; not by missing money, which is empty.
    assert listed(ledger, xyz_by="months") == short
    assert [row[0] for row in listed(ledger, x_active_share=0.65)] == ["Seven", "Both", "Recent"]
    # Eight is X there: 0.65 × 12 = 7.8.
    assert listed(ledger, xyz_by="cv") == listed(ledger, xyz_by="rhythm") == []


def test_last_touch_is_done_long_enough_by_anybody_and_by_the_months_end():
    lines = [*monthly("Big", year(1, 12), 1000), *monthly("Grows", year(7, 12), 130)]
    calls = [
        call("Grows", "2025-11-03 10:00"),
        call("Grows", "2025-12-01 10:00", outcome="missed"),
        call("Grows", "2025-12-02 10:00", minutes=0.4),
        call("Grows", "2026-01-01 00:00"),
        call(None, "2025-12-03 10:00"),
    ]
    ledger = oracle.Ledger(lines=lines, activities=calls)
    (row,) = oracle_portfolio_more.class_candidates(ledger, day_of("2025-12-01"), **CUTS)
    assert (row["client_id"], row["last_touch"]) == ("Grows", day_of("2025-11-03"))
    ledger.activities = []
    (row,) = oracle_portfolio_more.class_candidates(ledger, day_of("2025-12-01"), **CUTS)
    assert row["last_touch"] is None


# --- the check by hand --------------------------------------------------------------------------


def checked_ledger() -> oracle.Ledger:
    """Windows of 4 months: the list of April (A: 400, a pace of 320) against the classes of June.

    A in April: One and Two, 150 in March and in April: (300 + 300 / 2 × 4) / 2 = 450. Sold (380 +
    15) had it all in the first half: 395 / 2 = 197.5. In June (March to June) One has 300 + 150 =
    450: A; Two 300: B; Sold 400: A. X in April needs 3 active months; One, Two and Sold have 2 each
    and two purchases. In June One has 3 of 4: X; Two 2: Y; Sold 1: Z.
    """
    return oracle.Ledger(lines=[
        *monthly("One", year(3, 5), 150),
        *monthly("Two", year(3, 4), 150),
        *sold("Sold", ("2025-01-10", 380), ("2025-02-10", 15), ("2025-06-10", 400)),
    ])  # fmt: skip


def test_the_list_of_half_a_window_ago_against_the_obvious_one():
    rows = oracle_portfolio_more.candidates_check(
        checked_ledger(), day_of("2025-06-01"), window_months=4, **CUTS
    )
    # Obvious for A: the two largest of B and C in April, Sold with 395 and One (300, before Two):
    # both are A in June. For X the same three are listed and obvious.
    half, third = Fraction(1, 2), Fraction(1, 3)
    month = day_of("2025-06-01")
    assert rows == [
        {"month": month, "target": "A", "listed": 2, "reached": 1, "rate": half,
         "base": 1, "lift": half},
        {"month": month, "target": "X", "listed": 3, "reached": 1, "rate": third,
         "base": third, "lift": 1},
    ]  # fmt: skip


def test_obvious_for_x_are_the_most_active_months_then_the_most_money():
    # Windows of 6 months: the list of June against the classes of September. X by months needs 5 of
    # 6, of a client since May at least 3. Recent has 2: listed. Odd and Old have 3 of 6 and Old the
    # more money: obvious; Rich has 2. In September Old has 5 of 6 (April, May, July to September).
    ledger = oracle.Ledger(lines=[
        *monthly("Odd", "2025-01 2025-03 2025-05", 20),
        *monthly("Old", "2025-01 2025-04 2025-05 2025-07 2025-08 2025-09", 30),
        *monthly("Recent", "2025-05 2025-06", 1),
        *monthly("Rich", "2025-01 2025-06", 700),
    ])  # fmt: skip
    (row,) = oracle_portfolio_more.candidates_check(
        ledger, day_of("2025-09-01"), window_months=6, xyz_by="months", **CUTS
    )
    told = [row[column] for column in ("target", "listed", "reached", "rate", "base", "lift")]
    assert told == ["X", 1, 0, 0, 1, 0]


def test_obvious_for_a_are_the_largest_by_margin_where_abc_goes_by_it():
    # Windows of 4 months as above, A from a margin of 400. In April One has 150 + 150 and a pace of
    # 450: listed; Fat has a revenue of 900 at a margin of 100, Thin 350 at 350: obvious. Neither
    # half of these was of late: paces of 50 and 175. In June One has 450 and Thin, with 400 in
    # June, 400: A.
    ledger = oracle.Ledger(lines=[
        *sold("Fat", ("2025-01-10", 900), cost=800),
        *monthly("One", year(3, 5), 150, cost=0),
        *sold("Thin", ("2025-01-10", 350), cost=0),
        *sold("Thin", ("2025-06-10", 500), cost=100),
    ])  # fmt: skip
    row = oracle_portfolio_more.candidates_check(
        ledger, day_of("2025-06-01"), window_months=4, abc_by="margin", **CUTS
    )[0]
    told = [row[column] for column in ("target", "listed", "reached", "rate", "base", "lift")]
    assert told == ["A", 1, 1, 1, 1, 1]


def test_no_row_without_a_full_window_then_or_without_anybody_listed():
    def targets(month, **changed):
        rows = oracle_portfolio_more.candidates_check(
            checked_ledger(), day_of(month), window_months=4, **CUTS | changed
        )
        return [row["target"] for row in rows]

    assert targets("2025-05-01") == []  # the list of March: three months covered
    assert targets("2025-06-01", candidate_pace=1.13) == ["X"]  # 450 < 452
    assert targets("2025-06-01", xyz_by="rhythm") == ["A"]


def test_lift_is_empty_where_nobody_of_the_obvious_list_got_there():
    ledger = checked_ledger()
    ledger.lines = [row for row in ledger.lines if row["shipped_on"] < day_of("2025-05-01")]
    rows = oracle_portfolio_more.candidates_check(
        ledger, day_of("2025-06-01"), window_months=4, **CUTS
    )
    assert [(row["reached"], row["rate"], row["base"], row["lift"]) for row in rows] == [
        (0, 0, 0, None), (0, 0, 0, None)
    ]  # fmt: skip


# --- trend and load by hand ---------------------------------------------------------------------


def test_the_fixed_amounts_count_clients_too():
    # Windows of 3 months; the first full one shown ends in March: by CUTS A is 100 a month.
    ledger = oracle.Ledger(lines=[
        *monthly("Big", year(1, 4), 100),  # A in every month; X from March on
        *sold("Gift", ("2025-03-10", 20), ("2025-03-11", -20)),  # counted, yet no letter
        *sold("Up", ("2025-02-10", 30), ("2025-04-10", 270)),  # B in March, A (300) in April
    ])  # fmt: skip
    rows = oracle.portfolio_trend(ledger, day_of("2025-04-01"), window_months=3, **CUTS)
    told = [[row[column] for column in ("clients", "a_fixed", "b_fixed", "c_fixed", "x_clients",
                                        "a_fixed_share", "x_share")]
            for row in rows if row["manager_id"] == "*"]  # fmt: skip
    third = Fraction(1, 3)
    assert told == [
        [1, None, None, None, 0, None, 0],
        [2, None, None, None, 0, None, 0],
        [3, 1, 1, 0, 1, third, third],
        [3, 2, 0, 0, 1, 2 * third, third],
    ]
    assert {row["a_slope"] for row in rows if row["manager_id"] == "*"} == {third}


def test_a_team_has_its_own_norm():
    lines = [{**row, "manager_id": manager}
             for manager, number in (("1", 1), ("2", 2), ("3", 3), (None, 1))
             for client in range(number)
             for row in sold(f"{manager}-{client}", ("2025-06-10", 10))]  # fmt: skip
    managers = [{"manager_id": "1", "manager_name": None, "team": "Retail"},
                {"manager_id": "2", "manager_name": None, "team": "Export"}]  # fmt: skip
    ledger = oracle.Ledger(lines=lines, managers=managers)

    def told(**norms):
        rows = oracle.portfolio_load(ledger, day_of("2025-06-01"), **norms)
        return {row["manager_id"]: (row["low"], row["high"], row["verdict"]) for row in rows}

    none = (None, None, None)
    assert told() == dict.fromkeys(["(unassigned)", "*", "1", "2", "3"], none)
    assert told(clients_per_manager_of={"Retail": (2, 3)}) == {
        "(unassigned)": none, "*": none, "1": (2, 3, "below"), "2": none, "3": none
    }  # fmt: skip
    assert told(clients_per_manager=(0, 2), clients_per_manager_of={"Retail": (1, 1)}) == {
        "(unassigned)": none, "*": none, "1": (1, 1, "within"), "2": (0, 2, "within"),
        "3": (0, 2, "above"),
    }  # fmt: skip


# --- random ledgers in which somebody is about to rise ------------------------------------------


CLIENTS = ["C1", "C2", "C10", "Ä", "c2", *(f"D{number}" for number in range(9))]


def rising_lines(chance: random.Random) -> list[dict]:
    """Clients who buy evenly, grow, sink, buy in some months only, once, or stop."""
    lines = []
    kinds = ["even grows grows jumps jumps sinks some some once stops", "even grows once once once"]
    kinds = chance.choice([kinds[0], *kinds]).split()
    for client in CLIENTS[: chance.randrange(4, 15)]:
        kind = chance.choice(kinds)
        manager, size = chance.choice(["1", "2", "10", None]), chance.choice([40, 60, 100, 150])
        start = chance.choice([0, 0, 3, 9, 12, 14, 16, 20])
        end = chance.randrange(start + 1, 28) if kind == "stops" else 28
        share, jump = chance.choice([0.6, 0.7, 0.75]), chance.randrange(8, 26)
        months = [chance.randrange(start, 28)] if kind == "once" else range(start, end)
        for month in months:
            if kind == "some" and chance.random() > share:
                continue
            growth = {"grows": month - start + 1, "sinks": 2 * (28 - month),
                      "jumps": 4 if month < jump else 20}.get(kind, 8)  # fmt: skip
            day = chance.choice([5, 12, 12, 26]) if kind == "some" else 12 + chance.randrange(3)
            money = size * growth if kind != "once" else size * 60
            lines.append({
                "shipment_id": f"M{month}",
                "shipped_on": oracle.shifted(FIRST, month).replace(day=day),
                "client_id": client,
                "manager_id": manager,
                "revenue": money,
                "cost": chance.choice([money // 2, money // 2, money // 4, None]),
                "product_id": None,
                "quantity": None,
            })  # fmt: skip
    return lines


def calls_of(chance: random.Random) -> list[dict]:
    """Done, missed and too short ones, in every month."""
    start = datetime.datetime(2024, 1, 1, 9)
    return [
        call(chance.choice(CLIENTS), str(start + datetime.timedelta(days=chance.randrange(900))),
             minutes=chance.choice([None, 10, 0.4]), outcome=chance.choice([None, "missed"]))
        for _ in range(chance.randrange(60))
    ]  # fmt: skip


def joined(ledger: oracle.Ledger, chance: random.Random, keep: int) -> oracle.Ledger:
    """Some lines, names, handovers and activities of a ledger beside clients who rise."""
    return oracle.Ledger(
        lines=rising_lines(chance) + ledger.lines[:keep],
        clients=ledger.clients,
        managers=ledger.managers,
        assignments=ledger.assignments,
        activities=ledger.activities + calls_of(chance),
    )


rising_ledgers = st.builds(
    joined, small_ledgers, st.integers(0, 10**6).map(random.Random), st.integers(0, 8)
).filter(lambda ledger: ledger.lines)
ENDS = [0, 4, 11, 13, 17, 20, 23, 27]
RULES = {
    "window_months": st.sampled_from([3, 5, 6, 12]),
    "abc_by": st.sampled_from(["revenue", "margin"]),
    "xyz_by": st.sampled_from(["either", "months", "rhythm", "cv"]),
    "abc_cuts": st.sampled_from([(700.0, 100.5), (1000.0, 1000.0)]),
    "lapse_months": st.sampled_from([1, 2, 3]),
    "x_active_share": st.sampled_from([0.5, 0.8, 1.0]),
}
rules = st.fixed_dictionaries({}, optional=RULES)
pace = st.fixed_dictionaries({}, optional={"candidate_pace": st.sampled_from([0.5, 1.0])})
many = settings(max_examples=10)
norm = st.sampled_from([(1, 2), (0, 0), (3, 9)])
load_rules = st.fixed_dictionaries(
    {}, optional={"clients_per_manager": norm,
                  "clients_per_manager_of": st.dictionaries(st.sampled_from(["Retail", "Export"]),
                                                            norm)},
)  # fmt: skip
teams = st.lists(
    st.fixed_dictionaries({"manager_id": st.sampled_from(["1", "2", "10"]),
                           "manager_name": st.sampled_from([None, "One"]),
                           "team": st.sampled_from([None, "Retail", "Export"])}),
    max_size=3, unique_by=lambda row: row["manager_id"],
)  # fmt: skip


def compare(name, second, ledger, month, times=None, **changed) -> None:
    """Ours and theirs, row by row, in all columns of theirs."""
    if month < oracle.first_month(ledger):
        return
    theirs = second(ledger, month, **times or {}, **changed)
    ours = ledgers.compute(
        metrics.tables()[name], frames_of(ledger), f"{month:%Y-%m}",
        **{key: pd.Timestamp(value) for key, value in (times or {}).items()}, **changed,
    )  # fmt: skip
    if theirs:
        assert_same(ours[list(theirs[0])], theirs)
    else:
        assert ours.empty


def there(*names: str) -> pytest.MarkDecorator:
    missing = [name for name in names if name not in metrics.tables()]
    return pytest.mark.skipif(bool(missing), reason=f"no table {', '.join(missing)}")


@there("class_flow")
@many
@given(rising_ledgers, st.sampled_from(ENDS), st.none() | st.integers(1, 14), rules)
def test_class_flow(ledger, end, back, changed):
    """Handovers, returns only, unknown margins, short and overlapping windows."""
    month = oracle.shifted(FIRST, end)
    times = {"from_month": oracle.shifted(month, -back)} if back else {}
    if times and times["from_month"] < oracle.first_month(ledger):
        return
    compare("class_flow", oracle_portfolio_more.class_flow, ledger, month, times, **changed)


@there("class_candidates")
@many
@given(rising_ledgers, st.sampled_from(ENDS), rules, pace)
def test_class_candidates(ledger, end, changed, more):
    """Growth, returns, late clients, single purchases, touches, both targets."""
    month = oracle.shifted(FIRST, end)
    compare("class_candidates", oracle_portfolio_more.class_candidates, ledger, month,
            **changed, **more)  # fmt: skip


@there("candidates_check")
@many
@given(rising_ledgers, st.sampled_from(ENDS), rules, pace)
def test_candidates_check(ledger, end, changed, more):
    """The list of half a window ago."""
    month = oracle.shifted(FIRST, end)
    compare("candidates_check", oracle_portfolio_more.candidates_check, ledger, month,
            **changed, **more)  # fmt: skip


@there("class_flow")  # which came with these columns
@many
@given(rising_ledgers, st.sampled_from(ENDS), rules)
def test_portfolio_trend(ledger, end, changed):
    """Growing clients cross the fixed amounts."""
    month = oracle.shifted(FIRST, end)
    compare("portfolio_trend", oracle.portfolio_trend, ledger, month, **changed)


@there("class_flow")
@many
@given(rising_ledgers, st.sampled_from(ENDS), teams, load_rules)
def test_portfolio_load(ledger, end, managers, changed):
    """No norm, one for all, some by team."""
    ledger.managers = managers
    month = oracle.shifted(FIRST, end)
    compare("portfolio_load", oracle.portfolio_load, ledger, month, **changed)


@many
@given(rising_ledgers, st.sampled_from([23, 27]), rules)
def test_the_flow_ends_at_the_counts_of_the_month(ledger, end, changed):
    """Of the second writing: where both windows are full it closes with portfolio_quality."""
    month = oracle.shifted(FIRST, end)
    rules = oracle.Settings(**changed)
    if not oracle.is_full(ledger, oracle.shifted(month, -rules.window_months), rules):
        return
    closing, counted = {}, {}
    for row in oracle_portfolio_more.class_flow(ledger, month, **changed):
        if row["closing"]:
            closing[row["manager_id"], row["scale"], row["class"]] = row["closing"]
    for row in oracle.portfolio_quality(ledger, month, **changed):
        for scale in ("abc", "xyz"):
            key = row["manager_id"], scale, row[scale]
            counted[key] = counted.get(key, 0) + row["clients"]
    assert closing == {key: clients for key, clients in counted.items() if clients}


def test_there_are_candidates_in_such_ledgers():
    """Or the comparisons would compare nothing with nothing."""
    listed, ways, checks, lifts = {"A": 0, "X": 0}, set(), 0, 0
    for seed in range(20):
        ledger = oracle.Ledger(lines=rising_lines(random.Random(seed)))
        for end in (17, 23, 27):
            month = oracle.shifted(FIRST, end)
            for row in oracle_portfolio_more.class_candidates(ledger, month, xyz_by="months"):
                listed[row["target"]] += 1
            for row in oracle_portfolio_more.candidates_check(ledger, month, xyz_by="months"):
                checks += 1
                lifts += row["lift"] not in (None, 1)
            for row in oracle_portfolio_more.class_flow(ledger, month):
                ways |= {flow for flow in oracle_portfolio_more.FLOWS if row[flow]}
    assert min(listed.values()) >= 15, listed
    assert checks >= 15, checks
    assert lifts >= 1, lifts
    assert ways >= {"opening", "new", "up_in", "up_out", "down_in", "down_out", "lost", "closing"}


def busy_case(seed: int) -> tuple[oracle.Ledger, datetime.date, dict, dict]:
    """A ledger of many clients, a late month and some rules, all by chance."""
    chance = random.Random(seed)
    ledger = oracle.Ledger(lines=rising_lines(chance), activities=calls_of(chance))
    for client in chance.sample(CLIENTS, 4):
        ledger.assignments.append({
            "client_id": client, "manager_id": chance.choice(["1", "2"]), "valid_to": None,
            "valid_from": oracle.shifted(FIRST, chance.randrange(28)),
        })  # fmt: skip
    changed = {"xyz_by": chance.choice(["either", "months", "months"]),
               "window_months": chance.choice([3, 5, 6, 12])}  # fmt: skip
    if chance.random() < 0.3:
        changed["abc_by"] = "margin"
    if chance.random() < 0.3:
        changed["abc_cuts"] = (700.0, 100.5)
    pace = chance.choice([{}, {}, {"candidate_pace": 0.5}])
    return ledger, oracle.shifted(FIRST, chance.choice([17, 20, 23, 27])), changed, pace


@there("class_flow", "class_candidates", "candidates_check")
@pytest.mark.parametrize("seed", range(20))
def test_busy_ledgers(seed):
    """So many clients that every exception and every lift is there."""
    ledger, month, changed, pace = busy_case(seed)
    compare("class_flow", oracle_portfolio_more.class_flow, ledger, month, **changed)
    for name in ("class_candidates", "candidates_check"):
        second = getattr(oracle_portfolio_more, name)
        compare(name, second, ledger, month, **changed, **pace)
