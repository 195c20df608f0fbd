"""Who is about to reach A or X, on ledgers that can be worked out on paper."""

import pandas as pd
import pytest

from clientops.metrics import candidates
from tests.ledgers import compute, every, frames, line, month_days


def near(book, month="2025-12", **more):
    """(target, client) -> (missing money, pace)"""
    table = compute(candidates.class_candidates, book, month, **more)
    return {(row.target, row.client_id): (row.missing_money, row.pace)
            for row in table.itertuples()}  # fmt: skip


YEAR = [
    *every(month_days("2025-01", 12), "BIG", 400, "1"),
    *every(month_days("2025-01", 12), "EVEN", 100, "1"),
    *every(month_days("2025-01", 6), "GROWS", 10, "1"),
    *every(month_days("2025-07", 6), "GROWS", 110, "1"),
    *every(month_days("2025-01", 12), "SMALL", 10, "1"),
]


def test_half_of_the_growth_goes_on():
    # BIG has 4,800 of 6,840 (70 %), EVEN 1,200 more (88 %): A* = 1,200. GROWS has 720; its last
    # six months make 1,320 a year, so the pace is 1,020 >= 0.8 x 1,200 = 960. SMALL's pace is 120.
    book = frames(shipments=YEAR)
    assert {key: each for key, each in near(book).items() if key[0] == "A"} == {
        ("A", "GROWS"): (480, 1020)
    }
    assert ("A", "GROWS") in near(book, candidate_pace=0.85)  # 1,020 exactly
    assert ("A", "GROWS") not in near(book, candidate_pace=0.86)


def test_one_month_short_of_regular():
    # nine of twelve months make X: eight are one short, seven two. Evenly spaced for nobody.
    months = ["01", "02", "03", "04", "05", "08", "09", "12"]
    book = frames(shipments=[
        *every([f"2025-{m}-03" for m in months], "C1", 10, "1"),
        *every([f"2025-{m}-03" for m in months[1:]], "C2", 10, "1"),
        *every(month_days("2025-01", 12), "C3", 10, "1"),
    ])  # fmt: skip
    table = compute(candidates.class_candidates, book, "2025-12", xyz_by="months")
    # C2 began in February: eleven months, of which 8.25 make X: seven are two short
    own = table[table["target"] == "X"]
    assert own["client_id"].tolist() == ["C1"]
    assert own["missing_months"].tolist() == [1]
    assert own[["missing_money", "pace", "last_touch"]].isna().all(axis=None)
    assert (
        compute(candidates.class_candidates, book, "2025-12", xyz_by="cv")
        .query("target == 'X'")
        .empty
    )


def test_who_bought_once_is_left_out_unless_half_come_back():
    # nine large clients bought 50 on two days: A* = 100. ONCE has 90 of December: as B client, with
    # a pace of (90 + 90 / 6 x 11) / 2 = 127.50. Mature are the large ones and the small.
    days = ["2025-02-10", "2025-02-20"]

    def book(small: int):
        return frames(shipments=[
            *(each for n in range(9) for each in every(days, f"BIG{n}", 50)),
            *(line(f"S{n}", "2025-02-10", f"SMALL{n}", 1) for n in range(small)),
            line("S", "2025-12-10", "ONCE", 90),
        ], data_until="2025-12-31")  # fmt: skip

    assert near(book(small=9)) == {("A", "ONCE"): (10, 127.5)}  # nine of eighteen came back
    assert near(book(small=10)) == {}


def test_the_last_contact_stands_beside():
    done = [{"happened_at": "2025-12-03 10:00", "manager_id": "2", "kind": "call",
             "client_id": "GROWS"}]  # fmt: skip
    table = compute(candidates.class_candidates, frames(shipments=YEAR, activities=done), "2025-12")
    touched = table.set_index("client_id")["last_touch"]
    assert f"{touched['GROWS']:%Y-%m-%d}" == "2025-12-03"


def test_the_check_holds_the_list_of_half_a_window_ago_against_the_classes():
    # As above, and GROWS keeps 110 a month in 2026: 1,320 of the year to June, EVEN 1,200.
    # In June: BIG 4,800, GROWS 1,320 (65 % ahead), EVEN 1,200 (83 % ahead, so B): GROWS reached A.
    more = [
        *every(month_days("2026-01", 6), "BIG", 400, "1"),
        *every(month_days("2026-01", 6), "EVEN", 100, "1"),
        *every(month_days("2026-01", 6), "GROWS", 110, "1"),
        *every(month_days("2026-01", 6), "SMALL", 10, "1"),
    ]
    book = frames(shipments=[*YEAR, *more])
    table = compute(candidates.candidates_check, book, "2026-06").set_index("target")
    # the obvious list is the largest of B and C: GROWS too, so the list was no better
    assert table.loc["A", ["listed", "reached", "rate", "base", "lift"]].tolist() == [1, 1, 1, 1, 1]
    assert compute(candidates.candidates_check, book, "2026-05").empty  # no full window in November


@pytest.mark.parametrize("months_ago", [0, 9])
def test_on_the_sample_every_candidate_is_below_its_class(sample, months_ago):
    month = f"{sample.month - pd.DateOffset(months=months_ago):%Y-%m}"
    table = sample.compute(candidates.class_candidates, month)
    assert set(table["target"]) == {"A", "X"}
    assert set(table.loc[table["target"] == "A", "abc"]) <= {"B", "C"}
    assert set(table.loc[table["target"] == "X", "xyz"]) == {"Y"}
