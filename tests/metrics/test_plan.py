"""Plans and their fulfilment: numbers a reader can check on paper."""

import datetime

import pandas as pd
import pytest

from clientops import Viewer, open_book
from clientops.build import build
from clientops.metrics.plan import plan_fulfilment, plan_gaps, plan_levels
from tests.ledgers import compute, every, frames, line, month_days, only_row

COLUMNS = ["plan_to_date", "revenue_to_date", "months"]


def plan(month: str, money: float, **keys) -> dict:
    """One row of plans."""
    return {"month": f"{month}-01", "plan_revenue": money, **keys}


def owned(**owners: str) -> list[dict]:
    """Clients and whose they are."""
    return [{"client_id": key, "manager_id": value} for key, value in owners.items()]


def told(book: dict, month: str, dimension: str = "*", key: str | None = None, **changed):
    """The row of a key."""
    table = compute(plan_fulfilment, book, month, **changed)
    return only_row(table, dimension=dimension, key=key or dimension)


SALES = [
    *every(month_days("2026-01-01", 6), "C1", 100, "7"),
    *every(month_days("2026-01-01", 6), "C2", 10, "8"),
]


def test_without_plans_there_is_nothing():
    assert compute(plan_fulfilment, frames(shipments=SALES), "2026-03").empty


def test_a_plan_of_nothing_counts_and_has_no_rate():
    book = frames(shipments=SALES, plans=[plan("2026-01", 0, months=3, client_id="C1")])
    row = told(book, "2026-03", "client", "C1")
    assert row[["plan", "gap", *COLUMNS]].tolist() == [0, 100, 0, 300, 3]
    assert row[["fulfilment", "fulfilment_to_date"]].isna().all()


def test_a_plan_from_april_on_is_held_against_sales_from_april_on():
    rows = [plan(month, 90, client_id="C1") for month in ("2026-04", "2026-05")]
    book = frames(shipments=SALES, clients=owned(C1="7", C2="8"), plans=rows)
    row = told(book, "2026-06", "client", "C1")
    assert row[COLUMNS].tolist() == [180, 200, 2]
    assert pd.isna(row["plan"])  # nobody has a plan in June
    assert told(book, "2026-05")[COLUMNS].tolist() == [180, 220, 2]
    others = told(book, "2026-05", "client", "(no plan)")
    assert others[["manager_id", *COLUMNS]].tolist() == ["8", 0, 20, 2]


def test_what_came_before_a_clients_first_plan_stands_without_one():
    rows = [plan("2026-01", 90, client_id="C1"), plan("2026-02", 9, client_id="C2")]
    book = frames(shipments=SALES, clients=owned(C1="7", C2="7"), plans=rows)
    assert told(book, "2026-02", "client", "C2")[COLUMNS].tolist() == [9, 10, 1]
    assert told(book, "2026-02", "client", "(no plan)")[COLUMNS].tolist() == [0, 10, 2]
    assert told(book, "2026-02")[COLUMNS].tolist() == [99, 220, 2]
    clients = compute(plan_fulfilment, book, "2026-02").query("dimension == 'client'")
    assert clients[COLUMNS[:2]].sum().tolist() == [99, 220]


def test_a_missing_month_is_a_plan_of_nothing():
    rows = [plan("2026-01", 90, client_id="C1"), plan("2026-03", 90, client_id="C1"),
            plan("2026-02", 5, client_id="C2")]  # fmt: skip
    book = frames(shipments=SALES, plans=rows)
    assert told(book, "2026-03", "client", "C1")[COLUMNS].tolist() == [180, 300, 3]
    alone = frames(shipments=SALES, plans=rows[:2])
    assert told(alone, "2026-03", "client", "C1")[COLUMNS].tolist() == [180, 200, 2]


def test_a_client_handed_over_moves_plan_and_sales_on_one_day():
    spells = [{"client_id": "C1", "manager_id": "7", "valid_from": "2020-01-01",
               "valid_to": "2026-03-31"},
              {"client_id": "C1", "manager_id": "8", "valid_from": "2026-04-01"}]  # fmt: skip
    book = frames(shipments=SALES, assignments=spells, clients=owned(C2="8"),
                  plans=[plan("2026-01", 540, months=6, client_id="C1")])  # fmt: skip
    old, new = (told(book, "2026-06", "manager", key) for key in "78")
    assert old["basis"] == new["basis"] == "clients"
    assert old["months"] == 6
    assert old["revenue_to_date"] == 300
    assert new["months"] == 3
    assert new["revenue_to_date"] == 330  # with C2, who has no plan
    assert old["plan_to_date"] + new["plan_to_date"] == pytest.approx(540)
    row = told(book, "2026-06", "client", "C1")
    assert row[["manager_id", *COLUMNS]].tolist() == ["8", 540, 600, 6]


def test_own_rows_go_before_those_of_clients_and_count_what_the_manager_sold():
    book = frames(
        shipments=[*SALES, line("X", "2026-02-20", "C1", 1000, "8")],
        clients=owned(C1="7", C2="8"),
        plans=[plan("2026-01", 50, client_id="C1", manager_id="9"),
               plan("2026-01", 7, client_id="C2"),
               plan("2026-02", 800, manager_id="8")],
    )  # fmt: skip
    own = told(book, "2026-02", "manager", "8")
    assert own[["basis", *COLUMNS]].tolist() == ["own", 800, 1010, 1]
    theirs = told(book, "2026-02", "manager", "7")  # what stands beside a client is nobody's plan
    assert theirs[["basis", *COLUMNS]].tolist() == ["clients", 50, 100, 1]
    whole = told(book, "2026-02")  # the managers' sum, whatever it is made of
    assert whole[["basis", *COLUMNS]].tolist() == ["managers", 850, 1220, 2]


def test_levels_that_disagree_are_never_added():
    rows = [plan("2026-01", 1000), plan("2026-01", 70, manager_id="7"),
            plan("2026-01", 30, manager_id="8"), plan("2026-01", 5, client_id="C1")]  # fmt: skip
    assert told(frames(shipments=SALES, plans=rows), "2026-01")["plan"] == 1000
    assert told(frames(shipments=SALES, plans=rows[1:]), "2026-01")["plan"] == 100
    levels = compute(plan_levels, frames(shipments=SALES, plans=rows), "2026-01")
    assert dict(zip(levels["level"], levels["plan"], strict=True)) == {
        "client": 5, "company": 1000, "manager": 100
    }  # fmt: skip


def test_clients_by_product_group_are_added_up():
    goods = {"P1": "Food", "P2": "Tools"}
    sales = [line("S1", "2026-01-05", "C1", 60, "7", product_id="P1"),
             line("S2", "2026-01-06", "C1", 15, "7", product_id="P2"),
             line("S3", "2026-01-07", "C2", 5, "7")]  # fmt: skip
    book = frames(
        shipments=sales, products=[{"product_id": k, "product_group": v} for k, v in goods.items()],
        plans=[plan("2026-01", 50, client_id="C1", product_group="Food"),
               plan("2026-01", 30, client_id="C1", product_group="Tools")],
    )  # fmt: skip
    assert told(book, "2026-01", "client", "C1")[COLUMNS].tolist() == [80, 75, 1]
    food = told(book, "2026-01", "product_group", "Food")
    assert food[["basis", *COLUMNS]].tolist() == ["clients", 50, 60, 1]
    assert told(book, "2026-01")[COLUMNS].tolist() == [80, 80, 1]


def test_new_clients_have_a_plan_of_their_own():
    rows = [
        plan("2026-01", 90, client_id="C1"),
        plan("2026-01", 20, client_id="(new)", manager_id="7"),
    ]
    book = frames(shipments=SALES, clients=owned(C1="7", C2="8"), plans=rows)
    table = compute(plan_fulfilment, book, "2026-01").query("key == '(no plan)'")
    assert table[["manager_id", "plan", "revenue"]].to_numpy().tolist() == [
        ["7", 20, 0],
        ["8", 0, 10],
    ]
    assert told(book, "2026-01", "manager", "7")[COLUMNS].tolist() == [110, 100, 1]


def test_returns_larger_than_sales_are_shown():
    sales = [*SALES, line("R", "2026-02-15", "C1", -500, "7")]
    book = frames(shipments=sales, plans=[plan("2026-02", 100, manager_id="7")])
    assert told(book, "2026-02", "manager", "7")["fulfilment"] == pytest.approx(-4.0)


def test_a_manager_who_left_keeps_the_plan():
    book = frames(shipments=SALES[:3], plans=[plan("2026-01", 60, months=6, manager_id="7")],
                  managers=[{"manager_id": "7", "left_on": datetime.date(2026, 3, 31)}],
                  data_until="2026-06-30")  # fmt: skip
    row = told(book, "2026-06", "manager", "7")
    assert row[["months", "revenue_to_date", "revenue"]].tolist() == [6, 300, 0]


def test_the_year_begins_where_the_setting_says_and_not_before_the_data():
    rows = [
        plan(f"{month:%Y-%m}", 10) for month in pd.date_range("2025-10-01", periods=9, freq="MS")
    ]
    book = frames(shipments=SALES, plans=rows)
    assert told(book, "2026-06")["months"] == 6
    assert told(book, "2026-06", year_start=4)["months"] == 3
    assert told(book, "2026-02", year_start=4)["months"] == 2  # since January, the data's first


def test_the_clients_with_most_missing_come_first():
    rows = [plan("2026-01", 900, client_id="C1"), plan("2026-01", 500, client_id="C2"),
            plan("2026-01", 500, client_id="C0")]  # fmt: skip
    book = frames(shipments=SALES, plans=rows, clients=owned(C0="8", C1="7", C2="8"))
    gaps = compute(plan_gaps, book, "2026-01")
    assert gaps["client_id"].tolist() == ["C1", "C0", "C2"]
    assert gaps["gap_to_date"].tolist() == [-800, -500, -490]
    clients = compute(plan_fulfilment, book, "2026-01").query("dimension == 'client'")
    assert clients["key"].tolist() == ["C1", "C0", "C2"]


# --- how rows are read ---


SHIPMENTS = "shipment_id,shipped_on,client_id,manager_id,revenue\n"


def built(tmp_path, plans: str, shipments: str = "S,2025-01-15,C,7,100\nT,2025-02-14,C,7,300\n"
          "U,2025-03-14,C,7,0.03\nV,2026-03-31,C,7,50\n"):  # fmt: skip
    (tmp_path / "shipments.csv").write_text(SHIPMENTS + shipments)
    (tmp_path / "plans.csv").write_text(plans)
    (tmp_path / "clientops.toml").write_text("[settings.ingest]\nmax_reject_share = 0.9\n")
    build(tmp_path, tmp_path / "store")
    return open_book(tmp_path, store_folder=tmp_path / "store")


def test_a_quarter_is_divided_like_the_year_before(tmp_path, few_rows):
    book = built(tmp_path, "month,plan_revenue,months,manager_id\n2026-01-01,800,3,7\n")
    parts = [round(800 * money / 400.03, 2) for money in (100, 300)]
    assert book.plans["plan_revenue"].tolist() == [*parts, round(800 - sum(parts), 2)]
    assert book.plans["months"].tolist() == [1, 1, 1]


def test_without_a_year_before_working_days_divide(tmp_path, few_rows):
    book = built(
        tmp_path, "month,plan_revenue,months,client_id,manager_id\n2026-02-01,-200,3,C,7\n"
    )
    # 20, 22 and 22 of them; April 2025 sold nothing
    assert book.plans["plan_revenue"].tolist() == [-62.5, -68.75, -68.75]
    assert book.plans["manager_id"].isna().all()  # the row is the client's


def test_halves_go_to_the_even_cent(tmp_path, few_rows):
    shipments = (
        "".join(f"S{n},2025-0{n}-10,C,7,100\n" for n in (1, 2, 3, 4)) + "V,2026-03-31,C,7,5\n"
    )
    book = built(tmp_path, "month,plan_revenue,months\n2026-01-01,0.50,4\n", shipments)
    assert book.plans["plan_revenue"].tolist() == [0.12, 0.12, 0.12, 0.14]


def test_another_day_and_another_number_of_months_are_rejects(tmp_path, few_rows):
    book = built(tmp_path, "month,plan_revenue,months\n2026-01-01,5,12\n2025-12-29,9,3\n"
                 "2026-02,9,13\n2026-02,3,\n")  # fmt: skip
    assert book.plans["plan_revenue"].sum() == pytest.approx(8)
    rejects = pd.read_csv(next((tmp_path / "store").glob("*/rejects/plans.csv")))
    assert rejects["reason"].tolist() == [
        "not the first day of a month from 1970 to 2100", "not from 1 to 12"
    ]  # fmt: skip


def test_rows_that_repeat_and_plans_in_pieces_are_asked_about(tmp_path, few_rows):
    book = built(tmp_path, "month,plan_revenue,manager_id\n2026-01-01,0.2,7\n2026-01-01,0.3,7\n"
                 "2026-03-01,0.1,7\n")  # fmt: skip
    found = book.data_quality.query("table == 'plans'").set_index("check")
    twice = found.loc["several rows of one month and the same keys: they are added"]
    assert twice["rows"] == 2
    odd = found.filter(like="is the plan in pieces or in thousands?", axis=0).iloc[0]
    assert odd["example"] == "manager_id: 1 for 50"


def test_a_manager_sees_own_plans_and_those_of_owned_clients(tmp_path):
    (tmp_path / "clients.csv").write_text("client_id,manager_id\nC,7\nD,8\n")
    full = built(tmp_path, "month,plan_revenue,client_id,manager_id\n2026-01-01,1,,\n"
                 "2026-01-01,2,C,8\n2026-01-01,4,D,7\n2026-01-01,8,(new),7\n2026-01-01,16,(new),8\n2026-01-01,32,,8\n",
                 "S,2026-01-15,C,7,100\nT,2026-01-16,D,8,10\n")  # fmt: skip
    own = open_book(tmp_path, Viewer(role="manager", manager_ids=("7",)),
                    store_folder=tmp_path / "store")  # fmt: skip
    assert sorted(own.plans["plan_revenue"]) == [2, 8]
    assert list(own.manager_ids) == ["7"]
    table, whole = (book.compute(plan_fulfilment, "2026-01") for book in (own, full))
    expected = whole[whole["manager_id"].isin(["7", "*"])]
    pd.testing.assert_frame_equal(table, expected.reset_index(drop=True))
    assert whole["plan_to_date"].tolist() == [1, 4, 2, 8, 16, 10, 32]


def test_published_quotas_of_adventureworks(adventureworks):
    """As Microsoft publishes for 2013; the company over all twelve quarters."""
    table = adventureworks.compute(plan_fulfilment, "2013-12").set_index("key")
    rates = table.loc[["282", "291", "289", "*"], "fulfilment_to_date"].round(4).tolist()
    assert rates == [0.8822, 0.8014, 0.9592, 0.8381]
    years = [told_of(adventureworks, f"{year}-12") for year in (2011, 2012, 2013)]
    planned, sold = (sum(row[column] for row in years) for column in COLUMNS[:2])
    assert round(sold / planned, 4) == 0.8405
    assert planned == 95_714_000
    quarters = adventureworks.plans.groupby(
        ["manager_id", adventureworks.plans["month"].dt.to_period("Q")], observed=True
    )["plan_revenue"]
    assert len(quarters) == 163
    assert (quarters.sum().round(6) % 1000 == 0).all()  # again the quotas, to the cent


def told_of(book, month: str) -> pd.Series:
    return only_row(book.compute(plan_fulfilment, month), dimension="*")
