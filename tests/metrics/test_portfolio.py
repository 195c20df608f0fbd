"""Portfolio tables on ledgers that can be worked out on paper."""

import numpy as np
import pandas as pd
import pytest

from clientops.ledger.matrices import read_ledger
from clientops.metrics import portfolio
from tests.ledgers import compute, every, frames, line, month_days


def classes_of(book, month, **rules):
    """client -> (abc, xyz, stage)"""
    table = compute(portfolio.client_classes, book, month, **rules)
    return {row.client_id: (row.abc, row.xyz, row.stage) for row in table.itertuples()}


def letters(amounts: dict[str, float], **rules) -> dict[str, str]:
    """Volume class of clients who bought once in 2025 for these amounts."""
    book = frames(shipments=[
        line(client, "2025-06-10", client, amount) for client, amount in amounts.items()
    ])  # fmt: skip
    return {client: abc for client, (abc, _, _) in classes_of(book, "2025-06", **rules).items()}


# --- abc ---


def test_a_ends_before_the_client_with_eighty_percent_ahead():
    # ahead of C3 are 80 of 100, exactly: no longer A. Ahead of C4 are 95: no longer B.
    amounts = {"C1": 50, "C2": 30, "C3": 15, "C4": 5}
    assert letters(amounts) == {"C1": "A", "C2": "A", "C3": "B", "C4": "C"}


def test_a_client_with_85_percent_is_a_alone():
    assert letters({"C1": 85, "C2": 10, "C3": 5}) == {"C1": "A", "C2": "B", "C3": "C"}


def test_ties_go_by_client_id_in_code_point_order():
    # five equal clients: ahead 0, 20, 40, 60 -> A; 80 -> B. "C10" < "C2" by code point.
    amounts = {"C2": 7, "C10": 7, "C1": 7, "c1": 7, "C3": 7}
    assert letters(amounts) == {"C1": "A", "C10": "A", "C2": "A", "C3": "A", "c1": "B"}


def test_shares_are_compared_exactly():
    # 0.1 + 0.7 is 0.7999999999999999 in floating point; here 80.0 % are ahead of C3, so it is B
    amounts = {"C1": 0.7, "C2": 0.1, "C3": 0.1, "C4": 0.1}
    assert letters(amounts) == {"C1": "A", "C2": "A", "C3": "B", "C4": "B"}


def test_returns_only_is_d_or_nothing():
    book = frames(shipments=[
        line("S1", "2025-06-02", "C1", 100),
        line("S2", "2025-06-03", "C2", 40),  # bought, then returned more
        line("R2", "2025-06-20", "C2", -50),
        line("R3", "2025-06-20", "C3", -10),  # returns only: no purchase
    ])  # fmt: skip
    found = classes_of(book, "2025-06")
    assert found["C2"] == ("D", "Z", "active")
    assert found["C3"] == ("-", "-", "prospect")
    quality = compute(portfolio.portfolio_quality, book, "2025-06")
    company = quality[quality["manager_id"] == "*"].set_index(["abc", "xyz"])
    assert company.loc[("-", "-"), ["clients", "revenue"]].tolist() == [0, -10]
    assert company.loc[("D", "Z"), ["clients", "revenue"]].tolist() == [1, -10]
    assert company["revenue"].sum() == 80


def test_a_purchase_is_a_day_with_a_shipment_of_positive_revenue_whoever_is_credited():
    book = frames(shipments=[
        line("S1", "2025-06-02", "C1", 100, "1"),
        line("S1", "2025-06-02", "C1", -100, "2"),  # the whole document is worth nothing
        line("S2", "2025-06-03", "C1", 5),
        line("S3", "2025-06-03", "C1", 5),
        line("S4", "2025-06-04", "C1", 800, "1"),
        line("R4", "2025-06-04", "C1", -1000, "1"),  # older goods come back: the purchase stands
        line("S5", "2025-06-05", "C1", -30, "1"),
        line("S5", "2025-06-05", "C1", 40, "2"),  # two managers' lines of one document: 10
        line("S6", "2025-06-06", "C1", 40, "2"),
        line("S6", "2025-06-06", "C1", -50, "2"),
    ])  # fmt: skip
    row = compute(portfolio.client_classes, book, "2025-06").iloc[0]
    assert (row.purchases, row.revenue) == (3, -190)
    assert (str(row.first_on.date()), str(row.last_on.date())) == ("2025-06-03", "2025-06-05")
    assert book["purchases"]["day"].dt.day.tolist() == [3, 4, 5]


def returned(*costs: float | None) -> list[dict]:
    """A sale of 100 that cost 60, and a return of 10 of each cost."""
    return [line("S1", "2025-06-02", "C1", 100, cost=60)] + [
        line(f"R{number}", "2025-06-03", "C1", -10, cost=cost) for number, cost in enumerate(costs)
    ]


def margin(lines: list[dict], **more) -> float:
    book = frames(shipments=lines, **more)
    return compute(portfolio.client_classes, book, "2025-06")["margin"].item()


def test_a_returns_cost_is_negative_whichever_way_it_is_written():
    # two without the sign against one with it: each is -6, and takes 10 - 6 of the margin of 40
    assert margin(returned(6, 6, -6)) == 40 - 3 * 4
    # as many with it as without: as written, 16 for the one and 4 for the other
    assert margin(returned(6, -6)) == 40 - 16 - 4
    assert margin(returned(6, -6, None, 0)) == 40 - 16 - 4 - 10
    assert margin(returned(6, -6), returns_cost="negative") == 40 - 2 * 4
    assert margin(returned(6, 6, -6), returns_cost="as written") == 40 - 2 * 16 - 4
    # quantity x unit cost decides like a cost that is given
    lines = [
        *returned(-6),
        *(
            line(f"Q{number}", "2025-06-04", "C1", -10, product_id="P1", quantity=quantity)
            for number, quantity in enumerate([2, 2])
        ),
    ]
    products = [{"product_id": "P1", "unit_cost": 3}]
    assert margin(lines, products=products) == 40 - 3 * 4


def test_absolute_cuts_are_money_per_covered_month():
    # two months covered: 100 and 40 a month on average
    book = frames(shipments=[
        line("S0", "2025-05-02", "C9", 1),
        line("S1", "2025-06-02", "C1", 200),
        line("S2", "2025-06-02", "C2", 199.99),
        line("S3", "2025-06-02", "C3", 80),
    ])  # fmt: skip
    found = classes_of(book, "2025-06", abc_cuts=(100.0, 40.0))
    assert {c: abc for c, (abc, _, _) in found.items()} == {
        "C1": "A", "C2": "B", "C3": "B", "C9": "C"
    }  # fmt: skip


def test_by_margin_unknown_margin_has_no_class():
    book = frames(shipments=[
        line("S1", "2025-06-02", "C1", 100, cost=10),  # margin 90
        line("S2", "2025-06-02", "C2", 500),  # unknown
        line("S3", "2025-06-02", "C3", 100, cost=120),  # margin -20
        line("S4", "2025-06-02", "C4", 100, cost=90),  # margin 10: 90 % are ahead
    ])  # fmt: skip
    found = classes_of(book, "2025-06", abc_by="margin")
    assert {c: abc for c, (abc, _, _) in found.items()} == {
        "C1": "A", "C2": "-", "C3": "D", "C4": "B"
    }  # fmt: skip


def test_cost_of_a_line_is_its_own_else_quantity_times_unit_cost():
    book = frames(
        shipments=[
            line("S1", "2025-06-02", "C1", 100, cost=10, product_id="P1", quantity=99),
            line("S2", "2025-06-02", "C1", 100, product_id="P1", quantity=3),  # 3 × 7.5
            line("S3", "2025-06-02", "C1", 100, product_id="P2", quantity=3),  # unknown
        ],
        products=[{"product_id": "P1", "unit_cost": 7.5}, {"product_id": "P2"}],
    )
    row = compute(portfolio.client_classes, book, "2025-06").iloc[0]
    assert (row.revenue, row.margin) == (300, (100 - 10) + (100 - 22.5))


# --- xyz ---


def test_a_quarterly_clockwork_buyer_is_regular_by_rhythm_not_by_months():
    days = ["2024-12-15", "2025-03-15", "2025-06-15", "2025-09-15", "2025-12-15"]
    book = frames(shipments=[line("S0", "2024-01-05", "C9", 1), *every(days, "C1", 10)])
    assert classes_of(book, "2025-12")["C1"][1] == "X"
    assert classes_of(book, "2025-12", xyz_by="months")["C1"][1] == "Y"
    # gaps 92, 92, 91 in the window; 16 days of silence are less than twice 92
    assert classes_of(book, "2025-12", xyz_by="rhythm")["C1"][1] == "X"


def test_rhythm_breaks_with_silence_longer_than_two_gaps():
    days = ["2025-01-01", "2025-01-11", "2025-01-21", "2025-01-31", "2025-02-08"]
    book = frames(shipments=every(days, "C1", 10))
    # four gaps, median 10: from 8 to 28 February are 20 days, just enough
    assert classes_of(book, "2025-02", xyz_by="rhythm")["C1"][1] == "X"
    book = frames(shipments=every([*days[:4], "2025-02-07"], "C1", 10))
    assert classes_of(book, "2025-02", xyz_by="rhythm")["C1"][1] == "Y"  # median 10, 21 days


def test_rhythm_wants_three_gaps():
    book = frames(shipments=every(["2025-01-01", "2025-01-11", "2025-01-21"], "C1", 10))
    assert classes_of(book, "2025-01", xyz_by="rhythm")["C1"][1] == "Y"


def test_months_count_from_the_first_purchase_ever_and_three_are_needed():
    old = line("S0", "2024-01-05", "C9", 1)
    late = frames(shipments=[old, *every(month_days("2025-10", 3), "C1", 10)])
    assert classes_of(late, "2025-12", xyz_by="months")["C1"][1] == "X"  # 3 of 3 months
    two = frames(shipments=[old, *every(month_days("2025-11", 2), "C1", 10)])
    assert classes_of(two, "2025-12", xyz_by="months")["C1"][1] == "Y"  # 2 of 2 are too few
    nine = frames(shipments=[old, *every(month_days("2025-01", 9), "C1", 10)])
    assert classes_of(nine, "2025-12", xyz_by="months")["C1"][1] == "X"  # 9 of 12: exactly 0.75
    eight = frames(shipments=[old, *every(["2025-01-10", *month_days("2025-03", 7)], "C1", 10)])
    assert classes_of(eight, "2025-12", xyz_by="months")["C1"][1] == "Y"


def test_cv_fills_months_without_revenue_with_zero():
    # 4 months covered: 30, 30, 30, 0 has mean 22.5, sd 12.99, cv 0.577
    book = frames(shipments=every(month_days("2025-01", 3), "C1", 30), data_until="2025-04-30")
    assert classes_of(book, "2025-04", xyz_by="cv")["C1"][1] == "Y"
    assert classes_of(book, "2025-04", xyz_by="cv", cv_cuts=(0.58, 1.0))["C1"][1] == "X"
    # exactly at the cut: 20 and 60 have mean 40, sd 20, cv 0.5; but X wants three months
    book = frames(shipments=[line("a", "2025-01-05", "C1", 20), line("b", "2025-02-05", "C1", 60)])
    assert classes_of(book, "2025-02", xyz_by="cv")["C1"][1] == "Y"


def test_one_purchase_is_z_by_every_method():
    book = frames(shipments=[line("S1", "2025-01-05", "C1", 20)])
    for method in ("either", "months", "rhythm", "cv"):
        assert classes_of(book, "2025-01", xyz_by=method)["C1"][1] == "Z"


# --- stage ---


def test_stages():
    book = frames(
        shipments=[
            line("S0", "2024-01-05", "OLD", 1),
            *every(month_days("2025-01", 12), "OLD", 1),
            line("S1", "2025-12-05", "NEW", 10),
            *every(["2025-08-05", "2025-12-05"], "BACK", 10),  # September to November without
            *every(["2025-09-05", "2025-12-05"], "STAYED", 10),  # only two months without
            line("S2", "2025-10-05", "RECENT", 10),  # October, November, December: within three
            line("S3", "2025-09-30", "LAPSED", 10),
            line("S4", "2024-12-31", "LOST", 10),
        ],
        clients=[
            {"client_id": "PROSPECT"},
            {"client_id": "FUTURE", "created_on": "2026-01-01"},
            {"client_id": "TODAY", "created_on": "2025-12-31"},
        ],
    )
    stages = {client: stage for client, (_, _, stage) in classes_of(book, "2025-12").items()}
    assert stages == {
        "OLD": "active", "NEW": "new", "BACK": "returned", "STAYED": "active", "RECENT": "active",
        "LAPSED": "lapsed", "LOST": "lost", "PROSPECT": "prospect", "TODAY": "prospect",
    }  # fmt: skip


def test_nobody_is_new_in_the_datas_first_year():
    book = frames(shipments=[line("S0", "2025-01-05", "C9", 1), line("S1", "2025-12-05", "C1", 1),
                             line("S2", "2026-01-05", "C2", 1)])  # fmt: skip
    assert classes_of(book, "2025-12")["C1"][2] == "active"  # 11 months of data before
    assert classes_of(book, "2026-01")["C2"][2] == "new"  # 12 months before


def test_the_first_months_window_is_cut_at_the_first_month():
    book = frames(shipments=every(month_days("2025-01", 3), "C1", 10))
    table = compute(portfolio.client_classes, book, "2025-02").iloc[0]
    assert (table.window_months, table.revenue, table.active_months) == (2, 20, 2)


# --- ownership ---


def test_a_handover_counts_from_the_end_of_its_month():
    days = month_days("2025-01", 4)
    book = frames(
        shipments=every(days, "C1", 10, "1"),
        assignments=[
            {"client_id": "C1", "manager_id": "1", "valid_from": "2025-01-01",
             "valid_to": "2025-03-30"},
            {"client_id": "C1", "manager_id": "2", "valid_from": "2025-03-31", "valid_to": None},
        ],
    )  # fmt: skip
    owners = {
        month: compute(portfolio.client_classes, book, month)["manager_id"].item()
        for month in ("2025-02", "2025-03", "2025-04")
    }
    assert owners == {"2025-02": "1", "2025-03": "2", "2025-04": "2"}


def test_of_overlapping_assignments_the_latest_holds_and_gaps_fall_back_on_the_client():
    book = frames(
        shipments=every(month_days("2025-01", 4), "C1", 10, "1"),
        clients=[{"client_id": "C1", "manager_id": "9"}],
        assignments=[
            {"client_id": "C1", "manager_id": "1", "valid_from": "2025-01-01",
             "valid_to": "2025-03-31"},
            {"client_id": "C1", "manager_id": "2", "valid_from": "2025-02-01",
             "valid_to": "2025-02-28"},
        ],
    )  # fmt: skip
    owners = [compute(portfolio.client_classes, book, month)["manager_id"].item()
              for month in ("2025-01", "2025-02", "2025-03", "2025-04")]  # fmt: skip
    assert owners == ["1", "2", "1", "9"]


def test_without_a_stated_owner_the_one_with_most_shipments_owns():
    book = frames(shipments=[
        line("S1", "2025-01-05", "C1", 1, "1"),
        line("S2", "2025-01-06", "C1", 1, "1"),
        line("S3", "2025-02-05", "C1", 900, "2"),  # money does not count, shipments do
        line("S4", "2025-02-06", "C1", 1, "2"),  # two each: the latest shipment decides
        line("R1", "2025-02-07", "C1", -1, "1"),  # a return is no shipment
        line("S5", "2025-02-05", "C2", 1),  # names nobody
    ])  # fmt: skip
    january = compute(portfolio.client_classes, book, "2025-01").set_index("client_id")
    february = compute(portfolio.client_classes, book, "2025-02").set_index("client_id")
    assert january["manager_id"].to_dict() == {"C1": "1"}
    assert february["manager_id"].to_dict() == {"C1": "2", "C2": "(unassigned)"}


def test_credit_falls_to_the_owner_of_the_day_where_a_line_names_nobody():
    book = frames(
        shipments=[line("S1", "2025-03-30", "C1", 1), line("S2", "2025-03-31", "C1", 2),
                   line("S3", "2025-03-31", "C1", 4, "7"), line("S4", "2025-03-31", "C9", 8)],
        assignments=[
            {"client_id": "C1", "manager_id": "1", "valid_from": "2025-01-01",
             "valid_to": "2025-03-30"},
            {"client_id": "C1", "manager_id": "2", "valid_from": "2025-03-31", "valid_to": None},
        ],
    )  # fmt: skip
    credit = book["sales_month"].groupby("manager_id")["revenue"].sum() / 10_000
    assert credit.to_dict() == {"1": 1, "2": 2, "7": 4, "(unassigned)": 8}


def test_a_shipment_id_counts_once_per_client_manager_and_day():
    book = frames(shipments=[
        line("S1", "2025-03-03", "C1", 1, "1"), line("S1", "2025-03-03", "C1", 2, "1"),
        line("S1", "2025-03-04", "C1", 1, "1"), line("S1", "2025-03-03", "C2", 1, "1"),
        line("S2", "2025-03-03", "C1", -1, "1"), line("S3", "2025-03-03", "C1", 0, "1"),
    ])  # fmt: skip
    assert book["sales_month"].set_index("client_id")["shipments"].to_dict() == {"C1": 2, "C2": 1}


# --- quality, load, comparison ---


def test_quality_shares_are_of_the_managers_own_total():
    book = frames(
        shipments=[line("S1", "2025-06-02", "C1", 60, "1"), line("S2", "2025-06-02", "C2", 20, "1"),
                   line("S3", "2025-06-02", "C3", 20, "2")],
        managers=[{"manager_id": "1", "manager_name": "Ann"}],
    )  # fmt: skip
    table = compute(portfolio.portfolio_quality, book, "2025-06")
    rows = [tuple(row) for row in table.drop(columns="month").itertuples(index=False)]
    # 60 and 20 are ahead of C3: 80 %, so it is B
    assert rows == [
        ("*", "*", "A", "Z", 2, 2 / 3, 80.0, 0.8),
        ("*", "*", "B", "Z", 1, 1 / 3, 20.0, 0.2),
        ("1", "Ann", "A", "Z", 2, 1.0, 80.0, 1.0),
        ("2", "2", "B", "Z", 1, 1.0, 20.0, 1.0),
    ]


def test_shares_of_a_portfolio_without_positive_revenue_are_empty():
    book = frames(shipments=[line("S1", "2025-06-02", "C1", 10, "1"),
                             line("R1", "2025-06-03", "C1", -10, "1")])  # fmt: skip
    row = compute(portfolio.portfolio_quality, book, "2025-06").query("manager_id == '1'").iloc[0]
    assert (row.abc, row.clients, row.client_share) == ("D", 1, 1.0)
    assert np.isnan(row.revenue_share)


def test_load_counts_clients_and_concentration():
    book = frames(shipments=[
        *(line(f"S{n}", "2025-06-02", f"C{n}", 10, "1") for n in range(6)),
        line("S9", "2025-06-02", "C9", 40, "2"),
        line("S8", "2025-06-02", "C8", 5),
    ])  # fmt: skip
    table = compute(portfolio.portfolio_load, book, "2025-06", clients_per_manager=(2, 5))
    table = table.set_index("manager_id")
    assert table["verdict"].fillna("").to_dict() == {
        "(unassigned)": "", "*": "", "1": "above", "2": "below"
    }  # fmt: skip
    assert table.loc["1", "top5_share"] == pytest.approx(50 / 60)
    assert table.loc["1", "hhi"] == pytest.approx(1 / 6)
    assert table.loc["2", ["top5_share", "hhi"]].tolist() == [1, 1]
    assert table["low"].isna().tolist() == [True, True, False, False]


def six_and_one(**tables):
    """Manager 1 with six clients, manager 2 with one, and one client of nobody's."""
    return frames(shipments=[
        *(line(f"S{n}", "2025-06-02", f"C{n}", 10, "1") for n in range(6)),
        line("S9", "2025-06-02", "C9", 40, "2"),
        line("S8", "2025-06-02", "C8", 5),
    ], **tables)  # fmt: skip


def test_nobody_is_judged_without_a_norm():
    table = compute(portfolio.portfolio_load, six_and_one(), "2025-06")
    assert table[["low", "high", "verdict"]].isna().all(axis=None)
    assert table["clients"].tolist() == [1, 8, 6, 1]


def test_a_team_may_have_a_norm_of_its_own():
    book = six_and_one(managers=[{"manager_id": "1", "team": "Retail"},
                                 {"manager_id": "2", "team": "Projects"}])  # fmt: skip
    of_teams = {"clients_per_manager_of": {"Retail": (6, 9)}}
    table = compute(portfolio.portfolio_load, book, "2025-06", **of_teams)
    table = table.set_index("manager_id")
    assert table.loc["1", ["low", "high", "verdict"]].tolist() == [6, 9, "within"]
    assert table.loc[["*", "(unassigned)", "2"], ["low", "high", "verdict"]].isna().all(axis=None)
    table = compute(
        portfolio.portfolio_load, book, "2025-06", clients_per_manager=(2, 5), **of_teams
    )
    assert table.set_index("manager_id")["verdict"].fillna("").to_dict() == {
        "(unassigned)": "", "*": "", "1": "within", "2": "below"
    }  # fmt: skip


def test_comparison_counts_each_combination_once():
    book = frames(shipments=[*every(month_days("2025-01", 12), "C1", 10, "1"),
                             line("S1", "2025-12-02", "C2", 10, "1")])  # fmt: skip
    table = compute(portfolio.xyz_comparison, book, "2025-12")
    rows = [tuple(row) for row in table.query("manager_id == '1'").itertuples(index=False)]
    assert rows == [("1", "X", "X", "X", 1, "1"), ("1", "Z", "Z", "Z", 1, "1")]


# --- trend ---


def fallen(down: int, up: int, steady: int = 1) -> dict[str, pd.DataFrame]:
    """Two full years of manager 1: clients that fall from, rise to or keep 100 a month."""
    lines = []
    for number in range(down + up + steady):
        first, second = (
            (100, 1) if number < down else (1, 100) if number < down + up else (100,) * 2
        )
        client = f"C{number:02}"
        lines += every(month_days("2024-01", 12), client, first, "1")
        lines += every(month_days("2025-01", 12), client, second, "1")
    return frames(shipments=lines)


def trend(book, month: str = "2025-12", **rules) -> pd.Series:
    table = compute(portfolio.portfolio_trend, book, month, **rules)
    return table[(table["manager_id"] == "1") & (table["month"] == pd.Timestamp(month))].iloc[0]


def test_six_clients_falling_below_the_a_amount_and_none_rising_is_worsening():
    row = trend(fallen(down=6, up=0, steady=2))
    assert (row.entered_a, row.left_a, row.verdict) == (0, 6, "worsening")
    assert row.p_value == pytest.approx(2 * 0.5**6)  # both tails of six coins


def test_five_are_not_enough_and_rising_is_improving():
    assert trend(fallen(down=5, up=0)).verdict == "steady"  # p = 0.0625
    row = trend(fallen(down=0, up=6))
    assert (row.entered_a, row.left_a, row.verdict) == (6, 0, "improving")
    row = trend(fallen(down=4, up=4))
    assert (row.verdict, row.p_value) == ("steady", 1)


def test_nobody_crossing_is_steady_without_p_value():
    row = trend(fallen(down=0, up=0, steady=3))
    assert row.verdict == "steady"
    assert np.isnan(row.p_value)


def test_two_full_windows_are_needed():
    row = trend(fallen(down=6, up=0), "2025-11")
    assert row.verdict == "too short"
    assert pd.isna(row.left_a)
    assert trend(fallen(down=6, up=0, steady=2), "2025-11", window_months=6).verdict != "too short"


def test_a_share_goes_by_frozen_amounts_and_is_empty_before_a_full_window():
    book = fallen(down=6, up=0, steady=2)
    table = compute(portfolio.portfolio_trend, book, "2025-11")
    own = table[table["manager_id"] == "1"].set_index("month")
    # the first full window ends in 2024-12 with eight equal clients: seven are A (6/8 are ahead of
    # the seventh), the last is B; so A* = B* = 1,200, and by amounts all eight are A
    shares = ["a_fixed_share", "b_fixed_share", "c_fixed_share"]
    assert own.loc["2024-12-01", shares].tolist() == [1.0, 0.0, 0.0]
    # in January six have 11 × 100 + 1 = 1,101 left: below A* and B*
    assert own.loc["2025-01-01", shares].tolist() == [0.25, 0.0, 0.75]
    counts = ["clients", "a_fixed", "b_fixed", "c_fixed"]
    assert own.loc["2024-12-01", counts].tolist() == [8, 8, 0, 0]
    assert own.loc["2025-01-01", counts].tolist() == [8, 2, 0, 6]
    early = compute(portfolio.portfolio_trend, book, "2024-12")
    before = early[early["month"] < "2024-12-01"]
    assert before[[*counts[1:], "a_fixed_share"]].isna().all(axis=None)


def test_number_and_share_of_regular_clients_stand_beside_each_other():
    # C1 buys in every month, C2 once a year and C3 only once
    book = frames(shipments=[
        *every(month_days("2024-01", 24), "C1", 10, "1"),
        *every(month_days("2024-01", 2, step=12), "C2", 10, "1"),
        *every(month_days("2025-12", 1), "C3", 10, "1"),
    ])  # fmt: skip
    row = trend(book)
    assert (row.clients, row.x_clients) == (3, 1)
    assert row.x_share == pytest.approx(1 / 3)


def test_a_share_can_rise_while_the_clients_above_the_amount_become_fewer():
    # four of eight equal clients stop: two of the other four halve, so 8 of 8 become 2 of 4
    lines = []
    for number in range(8):
        second = {0: 100, 1: 100, 2: 50, 3: 50}.get(number)
        lines += every(month_days("2024-01", 12), f"C{number}", 100, "1")
        lines += every(month_days("2025-01", 12), f"C{number}", second, "1") if second else []
    row = trend(frames(shipments=lines))
    assert (row.clients, row.a_fixed, row.a_fixed_share) == (4, 2, 0.5)


def test_who_is_lost_is_in_no_class_whatever_its_returns_earned():
    lines = [*every(month_days("2024-01", 24), "C1", 10, "1", cost=5),
             line("S1", "2024-01-15", "C2", 10, "1", 5),
             line("R1", "2025-11-20", "C2", -10, "1", -30)]  # fmt: skip
    row = trend(frames(shipments=lines), "2025-12", abc_by="margin")
    assert (row.clients, row.a_fixed, row.b_fixed, row.c_fixed) == (1, 1, 0, 0)


def test_a_handed_over_client_counts_for_its_owner_at_each_month():
    book = frames(
        shipments=every(month_days("2024-01", 24), "C1", 10),
        assignments=[
            {"client_id": "C1", "manager_id": "1", "valid_from": "2024-01-01",
             "valid_to": "2025-06-30"},
            {"client_id": "C1", "manager_id": "2", "valid_from": "2025-07-01", "valid_to": None},
        ],
    )  # fmt: skip
    table = compute(portfolio.portfolio_trend, book, "2025-12")
    months = table.groupby("manager_id")["month"].agg(["min", "max"]).map("{:%Y-%m}".format)
    assert months.loc["1"].tolist() == ["2025-01", "2025-06"]
    assert months.loc["2"].tolist() == ["2025-07", "2025-12"]


def test_the_company_has_crossings_but_no_verdict():
    table = compute(portfolio.portfolio_trend, fallen(down=6, up=0), "2025-12")
    company = table[table["manager_id"] == "*"].iloc[-1]
    assert (company.left_a, pd.isna(company.p_value), pd.isna(company.verdict)) == (6, True, True)


def test_stationary_portfolios_get_hardly_any_verdict():
    """Without any change over time at most 5 % of portfolios may be called better or worse."""
    random = np.random.default_rng(20260101)
    last, verdicts = pd.Timestamp("2025-12-01"), []
    nobody = pd.DataFrame({"client_id": [], "created_on": pd.Series(dtype="datetime64[us]")})
    names = pd.DataFrame({"manager_id": [], "manager_name": []})
    for _ in range(4):
        managers, clients = 50, 60
        owner = np.repeat(np.arange(managers), clients)
        size = random.lognormal(5, 1.2, len(owner))
        lines = []
        for month in month_days("2024-01", 24, day=15):
            bought = random.random(len(owner)) < 0.6
            amount = size * random.lognormal(0, 0.8, len(owner))
            lines.append(pd.DataFrame({
                "client_id": [f"C{n:05}" for n in np.flatnonzero(bought)],
                "manager_id": owner[bought].astype(str), "month": pd.Timestamp(f"{month[:7]}-01"),
                "day": pd.Timestamp(month),
                "revenue": np.round(amount[bought] * 10_000).astype(int),
            }))  # fmt: skip
        sales = pd.concat(lines, ignore_index=True)
        owners = pd.DataFrame({
            "client_id": [f"C{n:05}" for n in range(len(owner))], "manager_id": owner.astype(str),
            "from_month": pd.Timestamp("2024-01-01"), "to_month": pd.NaT,
        })  # fmt: skip
        ledger = read_ledger(
            sales.assign(cost=0, costed_revenue=0, costed_lines=0), sales[["client_id", "day"]],
            nobody, owners, names, pd.Timestamp("2024-01-01"), last,
        )  # fmt: skip
        table = portfolio.portfolio_trend(ledger, month=last)
        own = table[(table["manager_id"] != "*") & (table["month"] == "2025-12-01")]
        verdicts += own["verdict"].tolist()
    assert len(verdicts) == 200
    assert "too short" not in verdicts
    assert np.mean([verdict != "steady" for verdict in verdicts]) <= 0.05


# --- the sample's story ---


def test_ivanov_worsens_and_nobody_else(sample):
    table = sample.compute(portfolio.portfolio_trend, "2026-10")
    last = table[table["month"] == "2026-10-01"].set_index("manager_name")
    managers = last.drop(index=["*"])
    assert managers.index[managers["verdict"] == "worsening"].tolist() == ["Pavel Ivanov"]
    assert not (managers["verdict"] == "improving").any()
    ivanov = table[table["manager_name"] == "Pavel Ivanov"]["a_fixed_share"].tolist()
    assert ivanov[0] > 1.5 * ivanov[-1]


def test_the_handed_over_portfolio_changes_owner_in_april(sample):
    march = sample.compute(portfolio.client_classes, "2026-03").set_index("client_id")
    april = sample.compute(portfolio.client_classes, "2026-04").set_index("client_id")
    moved = march["manager_id"].reindex(april.index) != april["manager_id"]
    known = march["manager_id"].reindex(april.index).notna()
    table = pd.crosstab(march["manager_id"].reindex(april.index)[moved & known],
                        april["manager_id"][moved & known])  # fmt: skip
    assert table.index.tolist() == ["8"]
    assert table.loc["8"].to_dict() == {"7": 48, "9": 48}
