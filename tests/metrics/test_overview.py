"""Overview: the figures of the month and the clients to call, worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from clientops import periods, store
from clientops.metrics import overview, pulse
from clientops.settings import Overview
from tests.ledgers import compute, every, frames, line, month_days

FLOWS = ["revenue", "margin", "margin_rate", "active_clients", "average_purchase"]


def told(book: dict, month: str, manager_id: str = "*", **changed) -> pd.DataFrame:
    """The headlines of a month, one row per figure."""
    table = compute(overview.headlines, book, month, **changed)
    return table[table["manager_id"] == manager_id].set_index("metric")


def called(book: dict, month: str, **changed) -> pd.DataFrame:
    """The clients to call, one row per client."""
    return compute(overview.attention, book, month, **changed).set_index("client_id")


def day(text: str) -> dict[str, pd.Timestamp]:
    return {"as_of": pd.Timestamp(text)}


# ---------------------------------------------------------------- the figures of a month


def test_the_flows_of_a_month_by_hand():
    """Two purchases and a return; one line has no cost."""
    book = frames(data_until="2026-02-28", shipments=[
        line("S0", "2026-01-05", "C1", 200, "1", cost=100),
        line("S1", "2026-02-03", "C1", 300, "1", cost=200),
        line("S2", "2026-02-10", "C1", 100, "1"),
        line("S3", "2026-02-10", "C2", 50, "1", cost=60),
        line("R1", "2026-02-12", "C2", -20, "1"),
    ])  # fmt: skip
    now = told(book, "2026-02")
    assert dict(now["value"][FLOWS]) == pytest.approx({
        "revenue": 430, "margin": 90, "margin_rate": 90 / 350, "active_clients": 2,
        "average_purchase": 430 / 3,
    })  # fmt: skip
    assert list(now["previous"][FLOWS]) == [200, 100, 0.5, 1, 200]
    assert now["change"]["revenue"] == 230
    assert dict(now["verdict"][FLOWS]) == {
        "revenue": "better", "margin": "worse", "margin_rate": "worse", "active_clients": "better",
        "average_purchase": "worse",
    }  # fmt: skip
    assert now["year_ago"].isna().all()
    assert now["compared_days"].isna().all()


def test_in_the_first_month_there_is_nothing_to_compare_with():
    book = frames(data_until="2026-01-31", shipments=every(["2026-01-05"], "C1", 10, "1"))
    table = compute(overview.headlines, book, "2026-01")
    assert set(table["metric"]) == {"revenue", "active_clients", "average_purchase", "x_share",
                                    "late_clients", "revenue_missed"}  # fmt: skip
    assert table[["previous", "year_ago", "change", "year_change", "verdict"]].isna().all(axis=None)
    assert list(table["manager_id"].unique()) == ["*", "1"]
    assert compute(overview.headlines, book, "2025-12").empty
    assert compute(overview.attention, book, "2025-12").empty


def test_figures_have_the_order_names_and_topics_of_their_list(sample):
    table = sample.compute(overview.headlines)
    own = table[table["manager_id"] == "*"].sort_values("place")
    for column in ("metric", "label", "unit", "better", "topic"):
        assert list(own[column]) == [getattr(each, column) for each in pulse.HEADLINES]
    assert list(own["place"]) == list(range(1, 13))
    assert set(table["manager_name"]) >= {"*", "Pavel Ivanov", "(unassigned)"}


RUNNING = [
    line("A", "2026-07-06", "C1", 100, "1"), line("B", "2026-07-07", "C2", 20, "1"),
    line("C", "2026-06-04", "C1", 60, "1"), line("D", "2026-06-05", "C1", 500, "1"),
    line("E", "2025-07-07", "C1", 30, "1"), line("F", "2025-07-08", "C1", 700, "1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("calendar", "gone", "previous", "year_ago"),
    [("US", 4, 60, 30), ("", 5, 560, 30)],  # 3 July 2026 is a holiday in the US, as is 4 July 2025
)
def test_a_running_month_is_compared_with_as_many_working_days(calendar, gone, previous, year_ago):
    """To Tuesday 7 July: the first days of June to the 4th (5th), of July 2025 to the 7th."""
    book = frames(shipments=RUNNING)
    now = told(book, "2026-07", calendar=calendar, **day("2026-07-07"))
    assert now["value"]["revenue"] == 120
    assert now["previous"]["revenue"] == previous
    assert now["year_ago"]["revenue"] == year_ago
    assert set(now["compared_days"][["revenue", "active_clients"]]) == {gone}
    windows = now.loc[["a_share", "x_share"]]
    assert windows["value"].notna().all()  # shown, but held against no whole window
    assert windows[["previous", "year_ago", "verdict", "compared_days"]].isna().all(axis=None)
    assert now["previous"].notna()["late_clients"]  # as of a day


def test_a_month_counts_whole_from_its_last_working_day_on():
    lines = [*RUNNING, line("G", "2026-06-30", "C1", 1, "1"), line("H", "2026-05-30", "C1", 8, "1")]
    now = told(frames(shipments=lines), "2026-05", **day("2026-05-29"))  # a Friday
    assert now["value"]["revenue"] == 8
    assert now["compared_days"].isna().all()
    weekend = told(frames(shipments=lines), "2026-08", **day("2026-08-02"))  # a Sunday
    assert weekend["value"]["revenue"] == weekend["previous"]["revenue"] == 0
    assert weekend["compared_days"]["revenue"] == 0


def test_without_costs_there_is_no_margin_and_without_activities_no_coverage():
    book = frames(shipments=every(month_days("2025-01", 14), "C1", 10, "1")) | {"activities": None}
    metrics = set(told(book, "2026-02").index)
    assert not metrics & {"margin", "margin_rate", "a_coverage", "activities_per_day"}
    assert metrics >= {"revenue", "a_share", "x_share", "nrr", "late_clients"}
    assert set(called(book, "2026-02")["reason"]) == set()


def test_returns_only():
    """The return counts for the owner although nobody who counts is left."""
    book = frames(shipments=[line("S", "2025-01-10", "C1", 50, "1"),
                             line("R", "2026-02-10", "C1", -30, "1")])  # fmt: skip
    now = told(book, "2026-02", "1")
    assert dict(now["value"]) == {"revenue": -30, "active_clients": 0, "nrr": pytest.approx(-0.6)}
    assert called(book, "2026-02").empty


def test_an_owner_whose_clients_bought_nothing_has_zeros():
    lines = every(month_days("2026-01", 3), "C1", 10, "1") + every(["2026-02-10"], "C2", 7, "2")
    now = told(frames(shipments=lines), "2026-03", "2")
    assert now["value"]["revenue"] == now["value"]["active_clients"] == 0
    assert now["change"]["revenue"] == -7
    assert now["verdict"]["revenue"] == "worse"
    assert "average_purchase" not in now.index


def test_a_client_handed_over_counts_for_its_owner_at_the_end_of_each_month():
    book = frames(
        shipments=[*every(month_days("2026-01", 3), "C1", 10, "1"),
                   *every(month_days("2026-01", 3), "C2", 1, "2")],
        assignments=[{"client_id": "C1", "manager_id": "1", "valid_from": "2026-01-01",
                      "valid_to": "2026-03-15"},
                     {"client_id": "C1", "manager_id": "2", "valid_from": "2026-03-16"}],
        data_until="2026-03-31",
    )  # fmt: skip
    assert compute(overview.headlines, book, "2026-03").query("manager_id == '1'").empty
    new = told(book, "2026-03", "2")
    assert (new["value"]["revenue"], new["previous"]["revenue"]) == (11, 1)
    assert told(book, "2026-02", "1")["value"]["revenue"] == 10


def test_the_company_is_all_managers_together(sample):
    table = sample.compute(overview.headlines)
    sums = table[table["manager_id"] != "*"].groupby("metric")["value"].sum()
    everyone = table[table["manager_id"] == "*"].set_index("metric")["value"]
    for metric in ("revenue", "margin", "active_clients", "late_clients", "revenue_missed"):
        assert sums[metric] == pytest.approx(everyone[metric], abs=1e-6)


# ---------------------------------------------------------------- verdicts


def verdict(metric: str, value: float, previous: float, **tolerances: float) -> str:
    """The verdict of one figure of one manager."""
    table = [pd.DataFrame({metric: [each]}, index=["1"]) for each in (value, previous, np.nan)]
    managers = frames(shipments=every(["2026-01-05"], "C1", 1))["managers"]
    month = pd.Timestamp("2026-02-01")
    look = pulse.Look({"managers": managers}, {Overview: Overview(tolerances)}, month,
                      periods.month_end(month), None)  # fmt: skip
    return overview._told(look, *table)["verdict"].iloc[0]


@pytest.mark.parametrize(
    ("metric", "value", "previous", "expected"),
    [
        ("revenue", 105, 100, "same"), ("revenue", 105.01, 100, "better"),
        ("revenue", 95, 100, "same"), ("revenue", 94.99, 100, "worse"),
        ("revenue", 94.5, 90, "same"),  # 5 %, which floats miss by a hair
        ("revenue", -94, -100, "better"), ("revenue", 1, 0, "better"), ("revenue", 0, 0, "same"),
        ("a_share", 0.26, 0.25, "same"), ("a_share", 0.2601, 0.25, "better"),
        ("a_share", 0.24, 0.25, "same"), ("a_share", 0.2399, 0.25, "worse"),
        ("late_clients", 11, 10, "same"), ("late_clients", 12, 10, "worse"),
        ("late_clients", 8, 10, "better"),
    ],
)  # fmt: skip
def test_a_verdict_needs_more_than_the_tolerance(metric, value, previous, expected):
    assert verdict(metric, value, previous) == expected


def test_tolerances_are_settings():
    assert verdict("revenue", 101, 100, revenue=0.01) == "same"
    assert verdict("revenue", 102, 100, revenue=0.01) == "better"
    assert verdict("a_share", 0.26, 0.25, a_share=0) == "better"


# ---------------------------------------------------------------- the clients to call


WEEKS = [f"{each:%Y-%m-%d}" for each in pd.date_range("2026-01-05", "2026-06-01", freq="7D")]


def test_a_late_client_by_hand():
    """22 Mondays to 1 June, 100 each: by 30 June 22 days overdue, at 2,200 in 6 months."""
    book = frames(shipments=every(WEEKS, "C1", 100, "1"), data_until="2026-06-30",
                  clients=[{"client_id": "C1", "client_name": "Weekly"}])  # fmt: skip
    row = called(book, "2026-06").loc["C1"]
    assert row["money"] == pytest.approx(2200 / 6 * 22 / 30.4375)
    assert row["reason"] == "silent"  # beyond twice seven days
    assert row["detail"] == "Last bought on 1 Jun 2026, usually every 7 days: 22 days overdue."
    assert (row["manager_id"], row["client_name"]) == ("1", "Weekly")
    assert (row["priority"], row["topic"]) == (1, "regularity")
    assert called(book, "2026-06", **day("2026-06-10"))["reason"]["C1"] == "late"
    assert called(book, "2026-05", **day("2026-06-10"))["reason"]["C1"] == "late"  # as of that day
    assert called(book, "2026-05").empty  # as of the month's end


def test_a_client_stands_once_under_its_largest_money():
    """Sold at a loss, silent, and of class A without a touch; only the largest is the reason."""
    touch = {"happened_at": "2026-06-01 10:00", "manager_id": "1", "kind": "call",
             "client_id": "C2"}  # fmt: skip
    book = frames(
        shipments=every(WEEKS, "C1", 100, "1", cost=120) + every(["2026-06-30"], "C2", 1, "1"),
        activities=[touch], data_until="2026-06-30",
    )  # fmt: skip
    table = called(book, "2026-06")
    row = table.loc["C1"]
    assert (row["reason"], row["money"]) == ("loss maker", pytest.approx(22 * 20))
    assert row["detail"] == (
        "Lost 440 on revenue of 2,200. Also: A client, never touched; silent since 8 Jun 2026."
    )
    assert list(table.index) == ["C1"]  # C2 has margin of nothing and class C
    cheaper = called(book, "2026-06", min_loss=440.0).loc["C1"]
    assert (cheaper["reason"], cheaper["money"]) == ("untouched", pytest.approx(2200 / 6))
    assert cheaper["detail"] == "A client, never touched. Also: silent since 8 Jun 2026."


def test_who_left_a_or_x_still_buys_and_buys_less():
    """C1 falls from A to B by its own sales, C3 stays; C2 grows; C4 turns from X to Y."""
    before, after = month_days("2025-01", 12), month_days("2026-01", 12)
    book = frames(shipments=[
        *every(before, "C1", 150, "1"), *every(after, "C1", 4, "1"),
        *every(before, "C2", 10, "2"), *every(after, "C2", 100, "2"),
        *every(before, "C3", 15, "1"), *every(after, "C3", 14, "1"),
        *every(before, "C4", 1, "1"), *every(after[:2] + after[-1:], "C4", 1, "1"),
    ], data_until="2026-12-31")  # fmt: skip
    table = called(book, "2026-12")
    assert list(table.index) == ["C1", "C4"]
    assert list(table["reason"]) == ["left A", "left X"]
    assert list(table["money"]) == [pytest.approx((150 - 4) * 3), pytest.approx(9 / 12 * 3)]
    assert table["detail"]["C1"] == "From AX to CX: 1,800 before, 48 now, in 12 months each."
    assert called(book, "2026-12", attention_months=1)["money"]["C1"] == pytest.approx(146)


def test_who_only_fell_because_others_grew_is_left_out():
    before, after = month_days("2025-01", 12), month_days("2026-01", 12)
    book = frames(shipments=[
        *every(before, "C1", 100, "1"), *every(after, "C1", 99, "1"),
        *every(before, "C2", 10, "2"), *every(after, "C2", 5000, "2"),
        *every(before, "C3", 90, "1"), *every(after, "C3", 90, "1"),
    ], data_until="2026-12-31")  # fmt: skip
    assert called(book, "2026-12").empty


def test_equal_amounts_are_listed_by_client_and_counted_by_manager():
    losing = [line(client, "2026-06-10", client, 10, manager, cost=cost)
              for client, manager, cost in [("C2", "1", 15), ("C10", "1", 15), ("C1", "2", 15),
                                            ("C3", "1", 25), ("C4", "2", 10)]]  # fmt: skip
    table = compute(overview.attention, frames(shipments=losing), "2026-06")
    assert list(table["client_id"]) == ["C3", "C1", "C10", "C2"]  # C4 loses nothing
    assert list(table["money"]) == [15, 5, 5, 5]
    assert list(table["manager_id"]) == ["1", "2", "1", "1"]
    assert list(table["priority"]) == [1, 1, 2, 3]
    assert list(table["client_name"]) == list(table["client_id"])  # unknown


def test_clients_are_called_by_their_owner_on_that_day():
    """Sold at a loss in June, handed over on 3 July: on 7 July the new owner's business."""
    book = frames(
        shipments=[line("S", "2026-06-10", "C1", 10, "1", cost=15),
                   line("T", "2026-07-06", "C2", 1, "1")],
        assignments=[{"client_id": "C1", "manager_id": "1", "valid_from": "2026-01-01",
                      "valid_to": "2026-07-02"},
                     {"client_id": "C1", "manager_id": "2", "valid_from": "2026-07-03"}],
        data_until="2026-07-07",
    )  # fmt: skip
    assert called(book, "2026-06", **day("2026-07-07"))["manager_id"]["C1"] == "2"
    assert called(book, "2026-06")["manager_id"]["C1"] == "1"


def test_the_planted_stories_of_the_sample(sample):
    table = sample.compute(overview.attention).set_index("client_id")
    clockwork, loser = table.loc["C0233"], table.loc["C0107"]
    assert (clockwork["manager_id"], clockwork["priority"]) == ("2", 1)
    assert clockwork["reason"] == "silent"
    assert clockwork["detail"].startswith("Last bought on 25 Sep 2026, usually every 7 days: 28")
    assert (loser["manager_id"], loser["priority"]) == ("4", 1)
    assert (loser["reason"], loser["money"]) == ("loss maker", 20135.20)
    left = table[table["reason"] == "left A"]["manager_id"].value_counts()
    assert left.index[0] == "1"  # Pavel Ivanov's portfolio
    assert left.iloc[0] > left.iloc[1:].sum()
    groups = sample.clients.set_index("client_id")["client_group"]
    silent = table.index[table["reason"] == "silent"]
    assert groups[silent].value_counts().index[0] == "Canteens"
    assert "8" not in set(table["manager_id"])  # who left
    assert not table.index.duplicated().any()
    assert table["money"].gt(0).all()
    assert table["money"].is_monotonic_decreasing


# ---------------------------------------------------------------- what the build stores


@pytest.mark.parametrize("name", ["sample", "northwind", "adventureworks"])
def test_stored_figures_are_those_of_each_month(name, request):
    """headline_values, and the company's rows that a manager's book takes from the store."""
    book = request.getfixturevalue(name)
    with store.connect() as con:
        stored = con.read_parquet(str(book._snapshot / "company" / "headlines.parquet")).df()
    months = pd.date_range(book.first_month, book.last_month, freq="MS")
    for month in months[[0, 1, 10, 11, 12, 13, -13, -2, -1]]:
        table = book.compute(overview.headlines, month)
        values = table.set_index(["manager_id", "metric"])["value"]
        history = book.headline_values[book.headline_values["month"] == month]
        history = history.set_index(["manager_id", "metric"])["value"].sort_index()
        pd.testing.assert_series_equal(history, values.sort_index(), check_index_type=False)
        rows = stored[stored["asked"] == month].drop(columns=["asked", "asked_until"])
        company_rows = table[table["manager_id"] == "*"].reset_index(drop=True)
        rows = rows.sort_values("metric", ignore_index=True).astype(table.dtypes)
        pd.testing.assert_frame_equal(rows, company_rows)


def test_a_figure_month_by_month(sample):
    table = sample.compute(overview.headline_history)
    assert table["month"].min() == pd.Timestamp("2025-10-01")
    assert table["month"].max() == sample.month
    assert table["month"].nunique() == 13
    last = table[table["month"] == sample.month].set_index(["manager_id", "metric"])["value"]
    now = sample.compute(overview.headlines).set_index(["manager_id", "metric"])["value"]
    pd.testing.assert_series_equal(last.sort_index(), now.sort_index())
    assert sample.compute(overview.headline_history, history_months=2)["month"].nunique() == 2


def test_a_manager_sees_the_company_but_no_colleague(manager_book):
    book = manager_book("1")
    for function in (overview.headlines, overview.headline_history):
        assert set(book.compute(function)["manager_id"]) == {"*", "1"}
    assert set(book.compute(overview.attention)["manager_id"]) == {"1"}


# ---------------------------------------------------------------- what the build noticed


def test_data_quality_shows_what_the_sample_lacks(sample):
    table = sample.compute(overview.data_quality)
    found = set(zip(table["table"], table["check"], strict=True))
    assert ("products", "no unit cost") in found
    assert ("shipments", "no manager: credit falls to the client's owner") in found
    assert table["rows"].gt(0).all()
    assert table["share"].between(0, 1).all()
    assert list(table.sort_values(["table", "check"]).index) == list(table.index)


def test_a_manager_sees_nothing_of_it(manager_book):
    assert manager_book("1").compute(overview.data_quality).empty
