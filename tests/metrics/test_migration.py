"""Migration tables on ledgers that can be worked out on paper, and against a second writing."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientops.errors import ClientOpsError
from clientops.metrics import migration, portfolio
from tests import ledgers
from tests.ledgers import compute, every, frames, line, month_days
from tests.metrics import oracle, oracle_migration
from tests.metrics.test_portfolio_against_oracle import (
    FIRST,
    assert_same,
    frames_of,
    rules,
    small_ledgers,
)

TABLES = ["client_migration", "class_leavers", "migration_matrix", "migration_causes",
          "migration_bridge", "class_path"]  # fmt: skip
LINES = ["new", "returned", "growth", "decline", "lost", "transferred_in", "transferred_out"]
COMPARING = TABLES[:5]


def two_years(before: dict[str, float], after: dict[str, float], manager: str = "1", **tables):
    """The book of clients who bought once in June 2024 and once in June 2025 for these amounts."""
    lines = [
        line(f"{client}-{year}", f"{year}-06-10", client, amount, manager)
        for year, amounts in ((2024, before), (2025, after))
        for client, amount in amounts.items()
    ]
    first = line("S0", "2024-01-01", "ZERO", 0, manager)  # so that both windows are full
    return frames(shipments=[first, *lines], data_until="2025-12-31", **tables)


def clients_of(book, month="2025-12", **more) -> pd.DataFrame:
    return compute(migration.client_migration, book, month, **more).set_index("client_id")


def moved(book, month="2025-12", **more) -> dict[str, tuple]:
    """client -> (class before, class now, direction, cause)"""
    table = clients_of(book, month, **more).astype(object)
    table["cause"] = table["cause"].where(table["cause"].notna(), None)
    columns = ["from_class", "to_class", "direction", "cause"]
    return {row[0]: row[1:] for row in table[columns].itertuples(name=None)}


def bridge_of(book, month="2025-12", manager="1", **more) -> pd.Series:
    table = compute(migration.migration_bridge, book, month, **more)
    return table.set_index("manager_id").loc[manager]


# A in 2024: C1 and C2 (50 of 100 are ahead of C2), B: C3 (80 ahead), C: C4 (95 ahead).
# So the cut-offs are A* = 30 and B* = 15.
BEFORE = {"C1": 50, "C2": 30, "C3": 15, "C4": 5}


# --- direction and cause ---


def test_everybody_doubling_moves_nobody():
    found = moved(two_years(BEFORE, {client: 2 * money for client, money in BEFORE.items()}))
    assert set(found.values()) == {
        ("AZ", "AZ", "same", None), ("BZ", "BZ", "same", None), ("CZ", "CZ", "same", None)
    }  # fmt: skip


def test_who_falls_because_another_grew_fell_by_the_threshold_only():
    # 500 of 550 are ahead of C2 (91 %: B), 530 of C3 (96 %: C); what they buy has not changed
    found = moved(two_years(BEFORE, BEFORE | {"C1": 500}))
    assert found["C1"] == ("AZ", "AZ", "same", None)
    assert found["C2"] == ("AZ", "BZ", "down", "threshold")
    assert found["C3"] == ("BZ", "CZ", "down", "threshold")


def test_who_crosses_the_old_cut_off_too_moved_by_own_sales():
    # 80, 60, 20, 5: 80 of 165 are ahead of C3 (A), 140 of C2 (85 %: B), 160 of C4 (97 %: C)
    found = moved(two_years(BEFORE, {"C1": 80, "C3": 60, "C2": 20, "C4": 5}))
    assert found["C2"] == ("AZ", "BZ", "down", "own")  # 20 is between B* = 15 and A* = 30
    assert found["C3"] == ("BZ", "AZ", "up", "own")  # 60 ≥ 30
    assert found["C4"] == ("CZ", "CZ", "same", None)


def test_own_sales_and_threshold_together():
    # 50, 15, 5, 5: 50 of 75 are ahead of C3 (A), 65 of C2 (87 %: B), 70 of C4 (93 %: B)
    found = moved(two_years(BEFORE, {"C1": 50, "C3": 15, "C2": 5, "C4": 5}))
    assert found["C2"] == ("AZ", "BZ", "down", "both")  # 5 was C by the old cut-offs
    assert found["C3"] == ("BZ", "AZ", "up", "threshold")
    assert found["C4"] == ("CZ", "BZ", "up", "threshold")


def test_unchanged_sales_are_never_the_cause_even_in_a_tie():
    # five equal clients: C5 is B only by its id; when C1 is gone, C5 is A with the same money
    before = {f"C{number}": 7 for number in range(1, 6)}
    after = {client: 7 for client in before if client != "C1"} | {"C9": 1}
    found = moved(two_years(before, after))
    assert found["C5"] == ("BZ", "AZ", "up", "threshold")


def test_with_absolute_cuts_every_move_is_the_clients_own():
    # 24 and 12 a year; whatever the others do
    found = moved(two_years(BEFORE, {"C1": 500, "C2": 20, "C3": 15, "C4": 30}), abc_cuts=(2, 1))
    assert found["C2"] == ("AZ", "BZ", "down", "own")
    assert found["C4"] == ("CZ", "AZ", "up", "own")
    assert found["C3"] == ("BZ", "BZ", "same", None)


def test_new_returned_lost_and_returns_only():
    book = frames(
        shipments=[
            line("S0", "2023-01-05", "BACK", 10),
            *every(["2024-06-10", "2025-06-10"], "STAYS", 100),
            line("S1", "2025-02-05", "NEW", 10),
            line("S2", "2025-02-05", "BACK", 10),
            line("S3", "2024-12-31", "LOST", 10),
            line("R4", "2025-01-05", "LOST", -4),
            line("R5", "2025-01-05", "RETURNS", -5),  # never bought at all
            line("S6", "2023-02-05", "OLD", 10),
            line("R6", "2024-02-05", "OLD", -1),  # bought long ago, returned since
            line("S7", "2023-02-05", "GONE", 10),  # nothing in either window
        ],
        clients=[{"client_id": "PROSPECT"}, {"client_id": "NEW", "created_on": "2025-02-01"}],
        data_until="2025-12-31",
    )
    assert moved(book) == {
        "STAYS": ("AZ", "AZ", "same", None),
        "NEW": ("--", "BZ", "new", None),
        "BACK": ("--", "BZ", "returned", None),
        "LOST": ("BZ", "--", "lost", None),
        "RETURNS": ("--", "--", "same", None),
        "OLD": ("--", "--", "same", None),
    }
    table = clients_of(book)
    assert table.loc["NEW", ["from_stage", "to_stage"]].tolist() == ["prospect", "lapsed"]
    assert table.loc["BACK", "from_stage"] == "lost"
    assert table.loc["LOST", ["from_stage", "to_stage"]].tolist() == ["new", "lost"]
    assert table.loc["LOST", ["revenue_before", "revenue_after", "revenue_change"]].tolist() == [
        10, -4, -14
    ]  # fmt: skip


def test_d_is_below_c_and_regularity_decides_where_the_volume_class_stays():
    days_2024, days_2025 = month_days("2024-01", 12), month_days("2025-01", 12)
    book = frames(shipments=[
        *every(days_2024, "C1", 100), *every(days_2025, "C1", 100),
        *every(days_2024, "C2", 100), *every(days_2025[:2], "C2", 600),  # regular no more
        line("S3", "2024-03-05", "C3", 5), line("S4", "2025-03-05", "C3", 5),
        line("R4", "2025-03-06", "C3", -6),  # bought, and returned more
    ])  # fmt: skip
    found = moved(book)
    assert found["C1"] == ("AX", "AX", "same", None)
    assert found["C2"] == ("AX", "AY", "down", None)
    assert found["C3"] == ("CZ", "DZ", "down", "own")


def test_by_margin_the_cause_goes_by_margin():
    costs = {"C1": 500, "C2": 0, "C3": 0, "C4": 0}
    lines = []
    for year, extra in ((2024, 0), (2025, 450)):
        for client, margin in BEFORE.items():
            gain = margin + (extra if client == "C1" else 0)
            lines.append(line(f"{client}-{year}", f"{year}-06-10", client, gain + costs[client],
                              cost=costs[client]))  # fmt: skip
    book = frames(shipments=[line("S0", "2024-01-01", "ZERO", 0), *lines],
                  data_until="2025-12-31")  # fmt: skip
    found = moved(book, abc_by="margin")
    assert found["C2"] == ("AZ", "BZ", "down", "threshold")


def test_leavers_were_in_a_or_x_and_the_biggest_loss_stands_first():
    days_2024, days_2025 = month_days("2024-01", 12), month_days("2025-01", 12)
    book = frames(shipments=[
        *every(days_2024, "C1", 100), *every(days_2025, "C1", 100),  # AX, as before
        *every(days_2024, "C2", 100), *every(days_2025[:2], "C2", 630),  # AY, with more revenue
        *every(days_2024, "C3", 100),  # AX, gone
        *every(days_2024, "C4", 10), line("S4", "2025-02-01", "C4", 30),  # CX, now CZ
        *every(days_2024[:2], "C5", 1),  # CY, gone: had nothing to lose
    ], data_until="2025-12-31")  # fmt: skip
    table = compute(migration.class_leavers, book, "2025-12")
    assert table["client_id"].tolist() == ["C3", "C4", "C2"]
    assert table["revenue_change"].tolist() == [-1200, -90, 60]
    assert table["to_class"].tolist() == ["--", "CZ", "AY"]


# --- windows ---


def test_from_month_must_be_earlier_and_in_the_data():
    book = two_years(BEFORE, BEFORE | {"C1": 500})
    for name in COMPARING:
        function = getattr(migration, name)
        for late in ("2025-12", "2026-01"):
            with pytest.raises(ClientOpsError, match=f"from_month {late} is not before month 2025"):
                compute(function, book, "2025-12", from_month=pd.Timestamp(late))
        assert compute(function, book, "2024-12").empty  # a year before, there are no data
        assert len(compute(function, book, "2025-06"))  # six months against the same a year before


def test_both_windows_have_as_many_months_as_the_earlier_one_covers():
    # data begin in January; from February there are two months, so July and August count now
    book = frames(shipments=[
        *every(month_days("2025-01", 8), "C1", 10),
        line("S1", "2025-01-05", "C2", 30), line("S2", "2025-06-05", "C2", 900),  # in neither
        line("S3", "2025-08-05", "C3", 90),
    ], data_until="2025-08-31")  # fmt: skip
    table = clients_of(book, "2025-08", from_month=pd.Timestamp("2025-02"))
    assert table["window_months"].tolist() == [2, 2, 2]
    assert table["revenue_before"].tolist() == [20, 30, 0]
    assert table["revenue_after"].tolist() == [20, 0, 90]
    # of 50, 30 are ahead of C1 (60 %: A); of 110, 90 are (82 %: B), and 20 was A* then
    assert moved(book, "2025-08", from_month=pd.Timestamp("2025-02")) == {
        "C1": ("AY", "BY", "down", "threshold"),
        "C2": ("AZ", "--", "lost", None),
        "C3": ("--", "AZ", "new", None),
    }
    row = bridge_of(book, "2025-08", "*", from_month=pd.Timestamp("2025-02"))
    assert row[["opening", "new", "growth", "decline", "lost", "closing"]].tolist() == [
        50, 90, 0, 0, -30, 110
    ]  # fmt: skip


def test_a_one_month_step_compares_a_month_with_the_same_a_year_before():
    # 12 months to November against 12 months to December: 2024-12 goes, 2025-12 comes
    book = frames(shipments=[*every(month_days("2024-01", 23), "C1", 10),
                             line("S1", "2025-12-05", "C1", 25)])  # fmt: skip
    row = bridge_of(book, "2025-12", "*", from_month=pd.Timestamp("2025-11"))
    assert row[["opening", "growth", "closing", "window_months"]].tolist() == [120, 15, 135, 12]


def test_windows_of_one_month_with_a_longer_lapse():
    book = frames(shipments=[line("S1", "2025-01-05", "C1", 10), line("S2", "2025-03-05", "C1", 9),
                             line("S3", "2025-04-05", "C2", 5)])  # fmt: skip
    table = clients_of(book, "2025-04", from_month=pd.Timestamp("2025-01"))
    assert table["direction"].to_dict() == {"C1": "lost", "C2": "new"}
    assert table["to_stage"].to_dict() == {"C1": "lost", "C2": "new"}


# --- matrix and causes ---


def test_matrix_counts_every_client_once():
    book = two_years(BEFORE, BEFORE | {"C1": 500}, managers=[{"manager_id": "1",
                                                             "manager_name": "Ann"}])  # fmt: skip
    table = compute(migration.migration_matrix, book, "2025-12")
    hidden = ["from_month", "to_month", "from_abc", "to_abc", "from_xyz", "to_xyz"]
    own = table[table["manager_id"] == "1"].drop(columns=hidden)
    assert [tuple(row) for row in own.itertuples(index=False)] == [
        ("1", "Ann", "AZ", "AZ", 1, 50.0, 500.0, 450.0, 12),
        ("1", "Ann", "AZ", "BZ", 1, 30.0, 30.0, 0.0, 12),
        ("1", "Ann", "BZ", "CZ", 1, 15.0, 15.0, 0.0, 12),
        ("1", "Ann", "CZ", "CZ", 1, 5.0, 5.0, 0.0, 12),
    ]
    company = table[table["manager_id"] == "*"]
    assert company["clients"].tolist() == own["clients"].tolist()
    assert set(table["from_month"]) == {pd.Timestamp("2024-12")}
    assert set(table["to_month"]) == {pd.Timestamp("2025-12")}


def test_causes_count_only_moves_of_the_volume_class():
    book = two_years(BEFORE, {"C1": 50, "C3": 15, "C2": 5, "C4": 5, "NEW": 1})
    table = compute(migration.migration_causes, book, "2025-12")
    rows = table.loc[table["manager_id"] == "*", ["direction", "cause", "clients"]]
    assert rows.to_numpy().tolist() == [["down", "both", 1], ["up", "threshold", 2]]
    own = table[table["manager_id"] == "1"]
    assert own["p_value"].tolist() == [1, 1]  # one down and two up say nothing
    assert set(own["balance"]) == {"balanced"}
    assert table.loc[table["manager_id"] == "*", ["p_value", "balance"]].isna().all(axis=None)


@pytest.mark.parametrize("source", ["sample", "northwind", "adventureworks"])
def test_the_matrix_adds_up_to_portfolio_quality(source, request):
    """By the class now to the counted clients of the month, by the class before to those then."""
    book = request.getfixturevalue(source)
    for months_ago, window in ((0, 6), (3, 3), (9, 6)):
        month = book.month - pd.DateOffset(months=months_ago)
        matrix = book.compute(migration.migration_matrix, month, window_months=window)
        assert matrix["window_months"].eq(window).all()
        for column, at, whose in (("to_class", month, None), ("from_class", None, "*")):
            at = at if at is not None else month - pd.DateOffset(months=window)
            quality = book.compute(portfolio.portfolio_quality, at, window_months=window)
            quality = quality[quality["clients"] > 0]
            cells = quality.set_index(["manager_id", quality["abc"] + quality["xyz"]])["clients"]
            ours = matrix[matrix[column] != "--"].groupby(["manager_id", column])["clients"].sum()
            if whose:  # then the owners were others
                cells, ours = cells.loc[whose], ours.loc[whose]
            assert ours.to_dict() == cells.to_dict()


# --- bridge ---


def handed_over():
    """Client C1 goes from 1 to 2 in May 2025, C2 stays with 1, C3 is new and goes too."""
    spell = {"valid_from": "2024-01-01", "valid_to": "2025-04-30", "manager_id": "1"}
    later = {"valid_from": "2025-05-01", "valid_to": None, "manager_id": "2"}
    return frames(
        shipments=[
            *every(month_days("2024-01", 24), "C1", 10),
            *every(month_days("2024-01", 24), "C2", 5),
            *every(month_days("2025-02", 11), "C3", 1),
        ],
        clients=[{"client_id": "C2", "manager_id": "1"}],
        assignments=[
            {"client_id": "C1"} | spell, {"client_id": "C1"} | later,
            {"client_id": "C3"} | spell, {"client_id": "C3"} | later,
        ],
    )  # fmt: skip


def test_a_handover_goes_out_of_one_bridge_and_into_another():
    book = handed_over()
    table = compute(migration.migration_bridge, book, "2025-12").set_index("manager_id")
    columns = ["opening", *LINES, "closing"]
    # C3 had no line a year before: nobody handed it over, it is new with its owner of today
    assert table.loc["1", columns].tolist() == [180, 0, 0, 0, 0, 0, 0, -120, 60]
    assert table.loc["2", columns].tolist() == [0, 11, 0, 0, 0, 0, 120, 0, 131]
    assert table.loc["*", columns].tolist() == [180, 11, 0, 0, 0, 0, 0, 0, 191]
    assert table["transferred_share"].fillna(-1).tolist() == [120 / 180, 120 / 180, -1]
    assert table["ownership"].astype(object).where(table["ownership"].notna(), None).tolist() == [
        "unclear", "unclear", None
    ]  # fmt: skip
    mild = compute(migration.migration_bridge, book, "2025-12", warn_transferred=2 / 3)
    assert mild["ownership"].dropna().tolist() == ["clear", "clear"]
    owners = clients_of(book)["manager_id"]
    assert owners.to_dict() == {"C1": "2", "C2": "1", "C3": "2"}


def test_after_the_handover_and_before_it_there_is_none():
    book = handed_over()
    for month in ("2025-04", "2025-12"):
        earlier = pd.Timestamp(month) - pd.DateOffset(months=1)
        table = compute(migration.migration_bridge, book, month, from_month=earlier)
        assert (table[["transferred_in", "transferred_out"]] == 0).all(axis=None)
    may = compute(migration.migration_bridge, book, "2025-05", from_month=pd.Timestamp("2025-04"))
    may = may.set_index("manager_id")
    # with lines up to April, C3 too is handed over: three months for 1 each before, four now
    assert may.loc["1", ["opening", "transferred_out", "closing"]].tolist() == [183, -123, 60]
    assert may.loc["2", ["opening", "transferred_in", "closing"]].tolist() == [0, 124, 124]


def test_there_and_back_again_is_no_transfer():
    book = frames(
        shipments=every(month_days("2024-01", 24), "C1", 10),
        clients=[{"client_id": "C1", "manager_id": "1"}],
        assignments=[{"client_id": "C1", "manager_id": "2", "valid_from": "2025-03-01",
                      "valid_to": "2025-06-30"}],
    )  # fmt: skip
    table = compute(migration.migration_bridge, book, "2025-12")
    assert table["manager_id"].tolist() == ["*", "1"]
    assert (table["transferred_in"] == 0).all()


def test_from_nobody_to_somebody_is_a_transfer():
    book = frames(
        shipments=every(month_days("2024-01", 24), "C1", 10),
        assignments=[{"client_id": "C1", "manager_id": "1", "valid_from": "2025-03-01",
                      "valid_to": None}],
    )  # fmt: skip
    table = compute(migration.migration_bridge, book, "2025-12").set_index("manager_id")
    assert table.loc["(unassigned)", ["opening", "transferred_out", "closing"]].tolist() == [
        120, -120, 0
    ]  # fmt: skip
    assert table.loc["1", ["opening", "transferred_in", "closing"]].tolist() == [0, 120, 120]


def test_returns_stand_in_the_lines_of_the_bridge():
    book = frames(shipments=[
        *every(["2024-06-10", "2025-06-10"], "C1", 100, "1"),
        line("S2", "2024-06-10", "C2", 10, "1"), line("R2", "2025-01-10", "C2", -4, "1"),  # lost
        line("R3", "2025-01-10", "C3", -3, "1"),  # returns only, never bought: (unassigned)
        line("S4", "2025-01-10", "C4", 5, "1"), line("R4", "2025-01-11", "C4", -7, "1"),  # new
        line("S0", "2024-01-05", "C1", 1, "1"),
    ], data_until="2025-12-31", clients=[{"client_id": "C3", "manager_id": "1"}])  # fmt: skip
    row = bridge_of(book)
    assert row[["opening", *LINES, "closing"]].tolist() == [
        111, -2, 0, 0, -1 - 3, -14, 0, 0, 91
    ]  # fmt: skip


def test_up_and_down_are_of_volume_classes_and_tested_by_sign():
    before = {f"C{number:02}": 1 for number in range(6)} | {"BIG": 100}
    after = dict.fromkeys(before, 50) | {"BIG": 100}
    row = bridge_of(two_years(before, after))
    # 100 of 106 were with BIG alone: C00 was B (94 % ahead), the others C; now all but C05 are A
    assert (row.up_clients, row.down_clients) == (6, 0)
    assert row.p_value == pytest.approx(2 * 0.5**6)
    assert np.isnan(bridge_of(two_years(before, after), manager="*").p_value)
    assert np.isnan(bridge_of(two_years(before, before)).p_value)


def test_one_client_and_nobody():
    row = bridge_of(two_years({"C1": 10}, {"C1": 10}))
    assert row[["opening", "growth", "decline", "closing"]].tolist() == [10, 0, 0, 10]
    nobody = frames(shipments=[line("R1", "2024-01-05", "C1", 0, "1")], data_until="2025-12-31")
    for name in COMPARING:
        assert compute(getattr(migration, name), nobody, "2025-12").empty


# --- path ---


# --- the flow of a class ---

INS = ["new", "returned", "up_in", "down_in", "transferred_in"]
OUTS = ["up_out", "down_out", "lost", "transferred_out"]


def flow_of(book, month="2025-12", manager="1", **more) -> dict[tuple, dict]:
    """(scale, class) -> the lines that are not zero"""
    table = compute(migration.class_flow, book, month, **more)
    rows = table[table["manager_id"] == manager].set_index(["scale", "class"])
    lines = rows[["opening", *INS, *OUTS, "closing"]]
    return {key: {k: v for k, v in row.items() if v} for key, row in lines.iterrows()}


def test_who_comes_to_a_class_and_who_leaves_it():
    # cut-offs A* = 30, B* = 15. Now: C5 60, C3 25 of 90: A; C4 5 (85 of 90 ahead): B.
    # C1 and C2 are lost, C3 rose from B, C4 from C, C5 is new.
    book = two_years(BEFORE, {"C3": 25, "C4": 5, "C5": 60})
    found = flow_of(book)
    assert {key: lines for key, lines in found.items() if key[0] == "abc"} == {
        ("abc", "A"): {"opening": 2, "new": 1, "up_in": 1, "lost": 2, "closing": 2},
        ("abc", "B"): {"opening": 1, "up_in": 1, "up_out": 1, "closing": 1},
        ("abc", "C"): {"opening": 1, "up_out": 1},
    }
    # everybody bought once in each window: Z, in which nobody moves
    assert found["xyz", "Z"] == {"opening": 4, "new": 1, "lost": 2, "closing": 3}
    assert flow_of(book, manager="*") == found


def test_up_and_down_go_by_the_letter_of_the_scale():
    # C1 stays A but buys once instead of monthly; C2 stays A too and becomes regular
    book = frames(shipments=[
        *every(month_days("2024-01", 12), "C1", 10, "1"), line("S1", "2024-05-05", "C2", 120, "1"),
        line("S2", "2025-05-05", "C1", 120, "1"), *every(month_days("2025-01", 12), "C2", 10, "1"),
    ], data_until="2025-12-31")  # fmt: skip
    assert flow_of(book) == {
        ("abc", "A"): {"opening": 2, "closing": 2},
        ("xyz", "X"): {"opening": 1, "up_in": 1, "down_out": 1, "closing": 1},
        ("xyz", "Z"): {"opening": 1, "down_in": 1, "up_out": 1, "closing": 1},
    }


def test_returned_came_from_no_class():
    book = frames(shipments=[
        line("S1", "2023-05-05", "C1", 10, "1"), *every(month_days("2024-01", 24), "C2", 10, "1"),
        line("S2", "2025-05-05", "C1", 500, "1"),
    ])  # fmt: skip
    found = flow_of(book)
    assert found["abc", "A"] == {"opening": 1, "returned": 1, "down_out": 1, "closing": 1}
    assert found["abc", "B"] == {"down_in": 1, "closing": 1}
    assert found["xyz", "Z"] == {"returned": 1, "closing": 1}


def test_a_handover_goes_out_of_one_flow_and_into_another():
    book = handed_over()
    # C1 (10 a month) is A in both windows, C2 (5 a month) has 120 of 180 ahead: A; C3 is C, new
    # with its owner of today, and regular like all of them
    first, second = flow_of(book), flow_of(book, manager="2")
    assert first["abc", "A"] == {"opening": 2, "transferred_out": 1, "closing": 1}
    assert second["abc", "A"] == {"transferred_in": 1, "closing": 1}
    assert second["xyz", "X"] == {"new": 1, "transferred_in": 1, "closing": 2}
    company = flow_of(book, manager="*")
    assert company["xyz", "X"] == {"opening": 2, "new": 1, "closing": 3}
    assert company["abc", "A"] == {"opening": 2, "closing": 2}


def test_by_margin_who_bought_without_a_known_margin_stands_in_no_class():
    book = frames(shipments=[
        line("S1", "2024-05-05", "C1", 100, "1", cost=50), line("S2", "2024-01-05", "C2", 9, "1"),
        line("S3", "2025-05-05", "C1", 100, "1"), line("S4", "2025-12-05", "C2", 9, "1", cost=1),
    ])  # fmt: skip
    assert {k: v for k, v in flow_of(book, abc_by="margin").items() if k[0] == "abc"} == {
        ("abc", "A"): {"opening": 1, "up_in": 1, "down_out": 1, "closing": 1},
        ("abc", "-"): {"opening": 1, "down_in": 1, "up_out": 1, "closing": 1},
    }


@pytest.mark.parametrize("source", ["sample", "adventureworks"])
def test_the_flow_adds_up_and_closes_with_the_portfolios_cells(source, request):
    book = request.getfixturevalue(source)
    flow = book.compute(migration.class_flow)
    assert (flow["opening"] + flow[INS].sum(axis=1) - flow[OUTS].sum(axis=1)).equals(
        flow["closing"]
    )
    assert (flow[[*INS, *OUTS, "opening", "closing"]] >= 0).all(axis=None)
    cells = book.compute(portfolio.portfolio_quality)
    for scale in ("abc", "xyz"):
        expected = cells.groupby(["manager_id", scale])["clients"].sum()
        own = flow[flow["scale"] == scale].set_index(["manager_id", "class"])["closing"]
        expected, own = expected[expected > 0], own[own > 0]
        assert own.to_dict() == expected.to_dict()


def test_class_path_is_the_class_of_every_month():
    book = frames(
        shipments=[line("S0", "2024-01-05", "C0", 1),
                   *every(month_days("2025-10", 3), "C1", 10, "1")],
        clients=[{"client_id": "C1", "client_name": "One", "manager_id": "1"},
                 {"client_id": "C2", "created_on": "2025-12-03"}],
    )  # fmt: skip
    table = compute(migration.class_path, book, "2025-12", client_id="C1")
    assert table["month"].tolist() == pd.date_range("2025-01", "2025-12", freq="MS").tolist()
    assert table["class"].tolist() == ["--"] * 9 + ["AZ", "AY", "AX"]
    assert table["stage"].tolist() == ["prospect"] * 9 + ["new", "active", "active"]
    assert table["revenue"].tolist() == [0] * 9 + [10, 20, 30]
    assert set(table["client_name"]) == {"One"}
    whole = compute(migration.class_path, book, "2025-12", path_months=2)
    assert whole.groupby("client_id").size().to_dict() == {"C0": 2, "C1": 2, "C2": 1}
    with pytest.raises(ClientOpsError, match="unknown client C9"):
        compute(migration.class_path, book, "2025-12", client_id="C9")


@pytest.mark.parametrize("source", ["sample", "northwind"])
def test_the_path_is_what_the_build_has_stored(source, request):
    book = request.getfixturevalue(source)
    path = book.compute(migration.class_path)
    stored = book.classes.astype({"client_id": str, "abc": str, "xyz": str, "stage": str})
    months = pd.date_range(end=book.month, periods=12, freq="MS")
    stored = stored[stored["month"].isin(months)].sort_values(["client_id", "month"])
    assert path["class"].tolist() == (stored["abc"] + stored["xyz"]).tolist()
    assert path["stage"].tolist() == stored["stage"].tolist()
    np.testing.assert_allclose(path["revenue"], stored["revenue"] / 10_000, atol=1e-6)
    for client in path["client_id"].unique()[:40]:  # alone they are what they are among all
        own = path[path["client_id"] == client].reset_index(drop=True)
        alone = book.compute(migration.class_path, client_id=client)
        pd.testing.assert_frame_equal(alone, own)


# --- in a book that holds only a part ---


@pytest.mark.parametrize("name", COMPARING)
def test_a_manager_may_compare_with_any_month(name, sample, manager_book):
    """Near the data's first month windows are short; the company's cut-offs are there for all."""
    function = getattr(migration, name)
    for manager in ("1", "7", "8"):
        for month, earlier in (
            ("2026-10", "2023-11"),
            ("2026-04", "2024-08"),
            ("2025-02", "2025-01"),
        ):
            own = manager_book(manager).compute(function, month, from_month=earlier)
            whole = sample.compute(function, month, from_month=earlier)
            whole = whole[whole["manager_id"] == manager].reset_index(drop=True)
            assert len(whole) or manager == "8"  # who handed everything over
            pd.testing.assert_frame_equal(own, whole)


def test_the_stored_cut_offs_of_short_windows_are_those_of_the_ledger(sample):
    month, earlier = pd.Timestamp("2026-10-01"), pd.Timestamp("2024-05-01")
    ledger = dataclasses.replace(sample.ledger, cuts=sample.cuts.iloc[:0])
    assert len(sample.ledger.cuts)
    worked_out = migration.client_migration(ledger, month=month, from_month=earlier)
    stored = sample.compute(migration.client_migration, month, from_month=earlier)
    assert stored["window_months"].eq(7).all()
    pd.testing.assert_frame_equal(stored, worked_out)


# --- against the second writing ---


@settings(max_examples=10)
@given(small_ledgers, st.sampled_from([0, 1, 11, 12, 14, 23, 24, 31]),
       st.one_of(st.none(), st.integers(0, 30)), rules)  # fmt: skip
def test_random_ledgers(ledger, at, from_at, changed):
    """Ties, returns, handovers, short and overlapping windows: all tables, row by row."""
    asked = oracle.shifted(FIRST, at)
    if changed.get("window_months", 12) < changed.get("lapse_months", 3):
        return
    frames = frames_of(ledger)
    more = {}
    if from_at is not None and from_at < at:
        more["from_month"] = oracle.shifted(FIRST, from_at)
    for name in TABLES:
        own = {} if name == "class_path" else more
        ours = ledgers.compute(getattr(migration, name), frames, f"{asked:%Y-%m}",
                               **{key: pd.Timestamp(value) for key, value in own.items()},
                               **changed)  # fmt: skip
        assert_same(ours, getattr(oracle_migration, name)(ledger, asked, **own, **changed))


@settings(max_examples=10)
@given(small_ledgers, st.integers(1, 31), st.integers(1, 30))
def test_the_bridge_adds_up_exactly(ledger, at, back):
    """opening + the signed lines = closing, in whole ten-thousandths, for everybody."""
    month = pd.Timestamp(oracle.shifted(FIRST, at))
    earlier = pd.Timestamp(oracle.shifted(FIRST, at - back))
    book = frames_of(ledger)
    table = compute(migration.migration_bridge, book, f"{month:%Y-%m}", from_month=earlier)
    whole = (table[["opening", *LINES, "closing"]] * 10_000).round().astype("int64")
    assert (whole["opening"] + whole[LINES].sum(axis=1) == whole["closing"]).all()
    parts, company = (whole[(table["manager_id"] == "*") == each].sum() for each in (False, True))
    assert parts[["opening", "closing"]].tolist() == company[["opening", "closing"]].tolist()
    listed = compute(migration.client_migration, book, f"{month:%Y-%m}", from_month=earlier)
    sums = listed.groupby("manager_id")["revenue_after"].sum()
    closing = table.set_index("manager_id")["closing"].drop("*", errors="ignore")
    np.testing.assert_allclose(*sums.align(closing, fill_value=0), atol=1e-6)


# --- the sample's stories ---


def test_ivanovs_clients_fall_by_their_own_sales_and_nobody_elses(sample):
    table = sample.compute(migration.migration_causes, "2026-10")
    managers = table[table["manager_id"] != "*"]
    one_sided = managers[managers["balance"] != "balanced"]
    assert set(one_sided["manager_name"]) == {"Pavel Ivanov"}
    assert set(one_sided["balance"]) == {"mostly down"}
    clients = one_sided.set_index(["direction", "cause"])["clients"].to_dict()
    assert clients.keys() == {("down", "own"), ("up", "own")}  # never by higher thresholds
    assert clients["down", "own"] == 3 * clients["up", "own"]
    bridge = sample.compute(migration.migration_bridge, "2026-10").set_index("manager_name")
    others = bridge.drop(index=["*", "Pavel Ivanov"])["p_value"]
    assert bridge.loc["Pavel Ivanov", "p_value"] < 0.01
    assert others.min() > 0.05


def test_ivanov_lost_most_a_clients_to_lower_classes(sample):
    table = sample.compute(migration.class_leavers, "2026-10")
    fell = table[(table["from_abc"] == "A") & (table["direction"] == "down")]
    counts = fell[fell["to_abc"] != "A"].groupby("manager_id").size()
    assert counts.idxmax() == "1"
    assert counts["1"] > 2 * counts.drop("1").max()


def test_the_handed_over_portfolio_stands_in_three_bridges(sample):
    """Kaskla's 96 clients went to Sokolova and Põldsaar on 1 April: a move, nobody's loss."""
    april = sample.compute(migration.migration_bridge, "2026-04", from_month="2026-03")
    april = april.set_index("manager_id")
    assert april.loc["8", "opening"] == pytest.approx(931_536, abs=0.5)
    assert april.loc["8", ["closing", "decline", "lost"]].tolist() == [0, 0, 0]
    assert april.loc["8", "transferred_out"] == -april.loc["8", "opening"]
    assert (april["transferred_in"] > 0).to_dict() == {
        key: key in ("7", "9") for key in april.index
    }  # fmt: skip
    assert april["ownership"].to_dict() == {
        key: "unclear" if key == "8" else "clear" for key in april.index
    }  # fmt: skip
    year = sample.compute(migration.migration_bridge, "2026-10").set_index("manager_id")
    assert year.loc["*", "ownership"] == "clear"
    assert set(year.index[year["ownership"] == "unclear"]) == {"8"}


def test_canteens_leave_whoever_owns_them(sample):
    table = sample.compute(migration.client_migration, "2026-10", window_months=6)
    groups = sample.clients.set_index("client_id")["client_group"]
    lost = table["direction"].eq("lost")  # bought from November to April, and not since
    bought = table["from_class"] != "--"
    share = lost[bought].groupby(table["client_id"].map(groups)[bought]).mean()
    assert share.idxmax() == "Canteens"
    assert share["Canteens"] > 2 * share.drop("Canteens").max()
