"""Retention tables on ledgers that can be worked out on paper."""

import numpy as np
import pandas as pd
import pytest

from clientops import Viewer, open_book
from clientops.errors import ClientOpsError
from clientops.ledger.matrices import read_ledger
from clientops.ledger.rhythm import rhythms
from clientops.metrics import retention
from clientops.settings import Regularity
from tests.conftest import SAMPLE
from tests.ledgers import compute, every, frames, line, month_days


def rows(table: pd.DataFrame, columns: str, **where) -> list[tuple]:
    """Cells of the rows where the columns have these values; what is missing is None."""
    for column, value in where.items():
        table = table[table[column] == value]
    table = table[columns.split()]
    return [tuple(None if pd.isna(value) else value for value in row)
            for row in table.itertuples(index=False)]  # fmt: skip


def twice(client: str, before: float, after: float, manager: str = "1") -> list[dict]:
    """A client with an amount in May 2024 and one in May 2025."""
    lines = [line(f"{client}-4", "2024-05-10", client, before, manager),
             line(f"{client}-5", "2025-05-10", client, after, manager)]  # fmt: skip
    return [each for each in lines if each["revenue"]]


# --- revenue retention ---

BRIDGE = "opening expansion contraction churned new closing"


def test_every_line_of_the_bridge():
    book = frames(shipments=[
        line("S0", "2024-01-05", "OLD", 1, "1"),  # the data begin here; neither year has it
        *twice("MORE", 100, 150),
        *twice("LESS", 100, 40),
        *twice("GONE", 100, 0),
        *twice("RETURNS", 100, -20),  # gave back more than it bought: churned with all of it
        *twice("NEW", 0, 70),
        *twice("AGAIN", -30, 60),  # only returns before: not among the opening ones
    ])  # fmt: skip
    table = compute(retention.revenue_retention, book, "2025-05", window_months=3)
    expected = (400, 50, 60, 220, 130, 300)
    last = table[table["month"] == "2025-05-01"]
    assert rows(last, BRIDGE, manager_id="*") == [expected]
    assert rows(last, BRIDGE, manager_id="1") == [expected]
    # (400 + 50 - 60 - 220) / 400; min(before, after) is 100 + 40 + 0 + 0
    assert rows(last, "nrr grr clients_opening clients_kept client_retention window_months",
                manager_id="*") == [(170 / 400, 140 / 400, 4, 2, 0.5, 3)]  # fmt: skip


def test_without_opening_revenue_the_rates_are_empty():
    book = frames(shipments=[line("S0", "2024-01-05", "C0", 1, "2"), *twice("C1", -30, 60)])
    table = compute(retention.revenue_retention, book, "2025-05", window_months=3)
    assert rows(table, f"{BRIDGE} nrr grr client_retention", month=pd.Timestamp("2025-05-01"),
                manager_id="1") == [(0, 0, 0, 0, 60, 60, None, None, None)]  # fmt: skip


def test_only_months_whose_month_a_year_before_is_in_the_data():
    book = frames(shipments=every(month_days("2024-03", 26), "C1", 10, "1"))
    lengths = {}
    for month in ("2025-02", "2025-03", "2025-05", "2026-02", "2026-04"):
        table = compute(retention.revenue_retention, book, month)
        own = table[table["manager_id"] == "1"]
        lengths[month] = [(f"{row.month:%Y-%m}", row.window_months, row.opening, row.closing)
                          for row in own.itertuples()]  # fmt: skip
    assert lengths == {
        "2025-02": [],  # February 2024 is not in the data
        "2025-03": [("2025-03", 1, 10, 10)],
        "2025-05": [("2025-05", 3, 30, 30)],  # April would be another length: not shown beside it
        "2026-02": [("2026-02", 12, 120, 120)],
        "2026-04": [(month, 12, 120, 120) for month in ("2026-02", "2026-03", "2026-04")],
    }


def test_a_leap_day_belongs_to_its_month():
    book = frames(shipments=[line("S1", "2024-02-29", "C1", 10, "1"),
                             line("S2", "2025-02-28", "C1", 8, "1")])  # fmt: skip
    table = compute(retention.revenue_retention, book, "2025-02")
    assert rows(table, "opening closing nrr", manager_id="1") == [(10, 8, 0.8)]


def test_a_client_counts_with_both_years_for_its_owner_at_the_month():
    book = frames(
        shipments=every(month_days("2024-01", 26), "C1", 10, "1"),
        assignments=[
            {"client_id": "C1", "manager_id": "1", "valid_from": "2024-01-01",
             "valid_to": "2026-01-15"},
            {"client_id": "C1", "manager_id": "2", "valid_from": "2026-01-16", "valid_to": None},
        ],
    )  # fmt: skip
    table = compute(retention.revenue_retention, book, "2026-02")
    owners = {f"{row.month:%Y-%m}": (row.manager_id, row.opening) for row in
              table[table["manager_id"] != "*"].itertuples()}  # fmt: skip
    assert owners == {"2025-12": ("1", 120), "2026-01": ("2", 120), "2026-02": ("2", 120)}


def test_more_months_than_trend_months_are_not_shown():
    book = frames(shipments=every(month_days("2023-01", 40), "C1", 10, "1"))
    for shown in (12, 3):
        table = compute(retention.revenue_retention, book, "2026-04", trend_months=shown)
        assert len(table[table["manager_id"] == "1"]) == shown


def test_nobody_bought():
    book = frames(shipments=[line("R1", "2024-05-05", "C1", -10, "1"),
                             line("R2", "2025-05-05", "C1", -10, "1")])  # fmt: skip
    for function in (retention.cohort_retention, retention.cohort_quarters,
                     retention.repeat_ladder, retention.client_survival):  # fmt: skip
        assert compute(function, book, "2025-05").empty
    table = compute(retention.revenue_retention, book, "2025-05", window_months=3)
    expected = (0, 0, 0, 0, -10, -10, None)  # who only gave back is nobody's client
    assert rows(table, f"{BRIDGE} nrr", manager_id="(unassigned)") == [expected]


# --- cohorts ---


def test_a_cohort_month_by_month():
    book = frames(data_until="2025-06-30", shipments=[
        line("S0", "2025-01-05", "OLD", 50, "1"),
        *every(["2025-02-05", "2025-03-05", "2025-06-05"], "C1", 10, "1"),
        line("S2", "2025-02-20", "C2", 30, "1"),
        line("R2", "2025-04-20", "C2", -6, "2"),  # a return is no purchase, but revenue
    ])  # fmt: skip
    table = compute(retention.cohort_retention, book, "2025-06")
    columns = "age clients retained retention retained_quarter revenue revenue_retention"
    february = table[table["cohort"] == "2025-02-01"]
    assert rows(february, columns, manager_id="1") == rows(february, columns, manager_id="*") == [
        (0, 2, 2, 1.0, None, 40, 1.0),
        (1, 2, 1, 0.5, None, 10, 0.25),
        (2, 2, 0, 0.0, None, -6, -0.15),
        (3, 2, 0, 0.0, 1, 0, 0.0),  # March, April, May
        (4, 2, 1, 0.5, 1, 10, 0.25),  # April, May, June
    ]  # fmt: skip
    assert set(february["existing"]) == {False}
    assert rows(table, "existing age retained", manager_id="1", cohort=pd.Timestamp("2025-01-01")) \
        == [(True, age, int(age == 0)) for age in range(6)]  # fmt: skip


def test_cells_after_the_month_are_absent():
    book = frames(shipments=[line("S0", "2025-01-05", "C0", 5, "1"),
                             *every(month_days("2025-02", 6), "C1", 10, "1")])  # fmt: skip
    table = compute(retention.cohort_retention, book, "2025-03")
    own = table[table["manager_id"] == "1"]
    ages = own.groupby(own["cohort"].dt.strftime("%Y-%m"))["age"].max().to_dict()
    assert ages == {"2025-01": 2, "2025-02": 1}


def test_the_first_sale_is_credited_to_who_sold_most_on_that_day():
    book = frames(
        shipments=[
            line("S0", "2025-01-05", "C0", 5, "9"),
            line("S1", "2025-02-05", "C1", 40, "1"), line("S2", "2025-02-05", "C1", 60, "2"),
            line("S3", "2025-02-05", "C2", 50, "2"), line("S4", "2025-02-05", "C2", 50, "10"),
            line("S5", "2025-02-04", "C3", 10, "1"), line("S5", "2025-02-04", "C3", -10, "1"),
            line("S6", "2025-02-05", "C3", 10, "2"),  # the shipment of the 4th nets to zero
            line("S7", "2025-02-05", "C4", 10),  # names nobody: the owner's of that day
            line("S8", "2025-03-05", "C4", 90, "2"),
        ],
        assignments=[
            {"client_id": "C4", "manager_id": "3", "valid_from": "2025-02-01",
             "valid_to": "2025-02-05"},
            {"client_id": "C4", "manager_id": "2", "valid_from": "2025-02-06", "valid_to": None},
        ],
    )  # fmt: skip
    table = compute(retention.cohort_retention, book, "2025-03")
    found = rows(table, "manager_id clients", cohort=pd.Timestamp("2025-02-01"), age=0)
    # of equal revenue the smaller id by code point: "10" < "2"
    assert found == [("*", 4), ("10", 1), ("2", 2), ("3", 1)]
    assert rows(table, "manager_id revenue", cohort=pd.Timestamp("2025-02-01"), age=1,
                manager_id="3") == [("3", 90)]  # fmt: skip


def test_a_handover_leaves_the_cohort_with_who_won_it():
    book = frames(
        shipments=[line("S0", "2025-01-05", "C0", 5, "1"),
                   *every(month_days("2025-02", 2), "C1", 10, "1"),
                   *every(month_days("2025-04", 2), "C1", 20, "2")],
        assignments=[{"client_id": "C1", "manager_id": "2", "valid_from": "2025-04-01",
                      "valid_to": None}],
    )  # fmt: skip
    table = compute(retention.cohort_retention, book, "2025-05")
    assert rows(table, "manager_id revenue", cohort=pd.Timestamp("2025-02-01"), age=3) == [
        ("*", 20), ("1", 20)
    ]  # fmt: skip


def test_a_first_month_that_ends_below_zero_has_no_revenue_retention():
    book = frames(shipments=[
        line("S0", "2025-01-05", "C0", 5, "1"), line("S1", "2025-02-05", "C1", 10, "1"),
        line("R1", "2025-02-06", "C1", -10, "1"), line("S2", "2025-03-05", "C1", 10, "1"),
    ])  # fmt: skip
    table = compute(retention.cohort_retention, book, "2025-03")
    assert rows(table, "age revenue revenue_retention", manager_id="1",
                cohort=pd.Timestamp("2025-02-01")) == [(0, 0, None), (1, 10, None)]  # fmt: skip


def test_quarters_of_a_cohort():
    book = frames(data_until="2025-12-31", shipments=[
        line("S0", "2024-12-05", "OLD", 50, "1"),
        # first in January: quarter 0 is January to March, quarter 1 April to June, 2 to September
        *every(["2025-01-05", "2025-02-05", "2025-06-05", "2025-07-05"], "C1", 10, "1"),
        # first in March: quarter 0 is March to May, quarter 1 June to August, 2 to November
        *every(["2025-03-05", "2025-11-05"], "C2", 30, "1"),
    ])  # fmt: skip
    columns = "age clients retained retention revenue revenue_retention"
    table = compute(retention.cohort_quarters, book, "2025-11")
    first = table[table["cohort"] == "2025-01-01"]
    expected = [(0, 2, 2, 1.0, 50, 1.0), (1, 2, 1, 0.5, 10, 0.2), (2, 2, 2, 1.0, 40, 0.8)]
    assert rows(first, columns, manager_id="1") == rows(first, columns, manager_id="*") == expected
    won = table[table["cohort"].isna()]
    assert rows(won, columns, manager_id="1") == expected
    assert rows(table, "cohort age", existing=True, manager_id="1") == [
        (pd.Timestamp("2024-10-01"), age) for age in range(4)
    ]  # fmt: skip
    # a month earlier the third quarter of the second client is not over
    table = compute(retention.cohort_quarters, book, "2025-10")
    assert rows(table[table["cohort"] == "2025-01-01"], "age", manager_id="1") == [(0,), (1,)]
    won = table[table["cohort"].isna()]
    assert rows(won, columns, manager_id="1") == [*expected[:2], (2, 1, 1, 1.0, 10, 0.5)]


# --- the repeat ladder ---


def test_the_ladder_asks_those_who_had_the_time():
    book = frames(data_until="2025-12-31", shipments=[
        *every(["2025-01-01", "2025-01-11", "2025-02-10"], "C1", 10, "1"),  # 10 and 30 days
        *every(["2025-01-01", "2025-01-21"], "C2", 10, "1"),  # 20 days
        line("S3", "2025-07-03", "C3", 10, "1"),  # 181 days before the 31st of December
        line("S4", "2025-07-04", "C4", 10, "1"),  # 180: had not the time
        line("S5", "2025-07-04", "C4", 10, "1"),  # the same day is the same purchase
    ])  # fmt: skip
    table = compute(retention.repeat_ladder, book, "2025-12", ladder_steps=4)
    columns = "purchase_no clients mature conversion median_days"
    assert rows(table, columns, manager_id="1") == rows(table, columns, manager_id="*") == [
        (1, 4, None, None, None),
        (2, 2, 3, 2 / 3, 15.0),
        (3, 1, 2, 0.5, 30.0),
        (4, 0, 1, 0.0, None),
    ]  # fmt: skip


def test_who_comes_back_before_the_time_is_over_counts_as_client_but_not_as_mature():
    book = frames(data_until="2025-03-31", shipments=every(month_days("2025-01", 3), "C1", 9, "1"))
    table = compute(retention.repeat_ladder, book, "2025-03", ladder_steps=3)
    assert rows(table, "clients mature conversion median_days", manager_id="1") == [
        (1, None, None, None), (1, 0, None, 31.0), (1, 0, None, 28.0)
    ]  # fmt: skip


# --- survival ---


def survival(book, month: str, manager: str = "1", **rules) -> list[tuple]:
    table = compute(retention.client_survival, book, month, **rules)
    columns = "months at_risk ended survival came_back"
    return [(round(months * 30.4375), *rest) for months, *rest in
            rows(table, columns, manager_id=manager)]  # fmt: skip


def test_survival_by_hand():
    # on 31 December: silent for more than 180 days means last bought before 4 July
    book = frames(data_until="2025-12-31", shipments=[
        line("S1", "2025-01-10", "ONCE", 10, "1"),  # ended at 0
        *every(["2025-01-01", "2025-03-02"], "SHORT", 10, "1"),  # ended after 60 days
        *every(["2025-01-01", "2025-07-03"], "ENDED", 10, "1"),  # 181 days silent: after 183 days
        *every(["2025-02-01", "2025-07-04"], "ALIVE", 10, "1"),  # 180: known to live 153 days
        *every(["2025-01-01", "2025-12-30"], "BUYS", 10, "1"),  # known to live 184 days
        line("S6", "2025-07-05", "YOUNG", 10, "1"),  # first seen after 4 July: left out
    ])  # fmt: skip
    # by the smallest of all gaps, 60 days, everybody's threshold is 180; ENDED and BUYS waited
    # longer than that and came back
    assert survival(book, "2025-12", late_quantile=0.0) == [
        (0, 5, 1, 0.8, 2), (60, 4, 1, pytest.approx(0.6), 2), (183, 2, 1, pytest.approx(0.3), 2)
    ]  # fmt: skip
    # by the nine-tenths quantile of 60, 153, 183, 363 it is 183 + 0.7 × 180 = 309: only ONCE has
    # ended, and only BUYS came back after more
    assert survival(book, "2025-12") == [(0, 5, 1, 0.8, 1)]


def test_an_own_slow_rhythm_is_no_end():
    slow = ["2023-01-10", "2023-07-29", "2024-02-14", "2024-09-01"]  # 200 days each
    book = frames(data_until="2025-03-31", shipments=every(slow, "C1", 10, "1"))
    # silent for 211 days at the end of March, for 182 at that of February
    assert survival(book, "2025-02") == [(0, 1, 0, 1.0, 0)]
    assert survival(book, "2025-03") == [(0, 1, 0, 1.0, 0), (600, 1, 1, 0.0, 0)]
    assert survival(book, "2025-02", min_gaps=4) == [(0, 1, 0, 1.0, 0)]  # the company's gaps: 200


def test_with_few_gaps_the_companys_quantile_holds():
    lines = [
        *every(["2024-01-01", "2024-10-27"], "SLOW", 10, "2"),  # 300 days
        *every(["2024-01-01", "2024-03-01"], "C1", 10, "1"),
    ]  # 60 days, then silent for 275
    book = frames(data_until="2024-12-01", shipments=lines)
    # 60 and 300: the quantile is 60 + 0.9 × 240 = 276 days
    assert survival(book, "2024-11") == [(0, 1, 0, 1.0, 0)]  # silent for 274 days
    assert survival(book, "2024-12") == [(0, 1, 0, 1.0, 0), (60, 1, 1, 0.0, 0)]  # for 305
    # what is known at a month does not change with what comes later
    later = frames(shipments=[*lines, *every(["2025-12-01", "2025-12-02"], "SLOW", 10, "2")])
    assert survival(later, "2024-12") == [(0, 1, 0, 1.0, 0), (60, 1, 1, 0.0, 0)]


def test_the_companys_gaps_are_those_of_all_clients(sample, manager_book):
    theirs = rhythms(sample.ledger, pd.Timestamp("2025-03-31")).all_gaps
    gaps = sample.gaps[sample.gaps["month"] <= "2025-03-01"]
    np.testing.assert_array_equal(np.sort(theirs), np.sort(np.repeat(gaps["days"], gaps["gaps"])))
    rules = Regularity()
    ours = retention._company_gap(sample.gaps, pd.Timestamp("2025-03-01"), rules)
    assert ours == round(float(np.quantile(theirs, rules.late_quantile)), 6)
    pd.testing.assert_frame_equal(manager_book("1").gaps, sample.gaps)


def test_owner_at_the_month():
    book = frames(
        shipments=every(["2024-01-01", "2024-02-01"], "C1", 10, "1"),
        data_until="2025-12-31",
        assignments=[{"client_id": "C1", "manager_id": "2", "valid_from": "2024-06-01",
                      "valid_to": None}],
    )  # fmt: skip
    table = compute(retention.client_survival, book, "2025-01")
    assert set(table["manager_id"]) == {"*", "2"}


def lifetimes(random: np.random.Generator, clients: int) -> tuple[pd.DataFrame, ...]:
    """Clients who buy every 20 days for an exponential time of 400 days on average."""
    start = random.integers(0, 1000, clients)
    lived = random.exponential(400, clients) // 20 + 1
    client = np.repeat(np.arange(clients), lived.astype(int))
    step = np.arange(len(client)) - np.repeat(lived.cumsum() - lived, lived.astype(int))
    day = start[client] + 20 * step.astype(int)
    day = pd.Timestamp("2023-01-01") + pd.to_timedelta(day, unit="D")
    bought = pd.DataFrame({"client_id": [f"C{n:05}" for n in client], "day": day})
    bought = bought[bought["day"] <= "2025-12-31"].reset_index(drop=True)
    month = bought["day"].dt.to_period("M").dt.to_timestamp()
    amounts = dict.fromkeys(["cost", "costed_revenue", "costed_lines"], 0)
    sales = bought.assign(month=month, revenue=10_000, **amounts)
    gap = bought.groupby("client_id")["day"].diff().dt.days
    gaps = pd.DataFrame({"month": month, "days": gap, "gaps": 1}).dropna().astype({"days": int})
    return sales, bought, gaps


def test_survival_of_known_lifetimes_is_unbiased_within_its_band():
    """At 6, 12, 18 and 24 months, on average of many ledgers and inside nearly every band."""
    random = np.random.default_rng(7)
    at = np.array([6, 12, 18, 24])
    truth = np.exp(-(np.floor(at * 30.4375 / 20) + 1) * 20 / 400)  # still buying after that day
    first, month = pd.Timestamp("2023-01-01"), pd.Timestamp("2025-12-01")
    nobody = pd.DataFrame({"client_id": [], "created_on": pd.Series(dtype="datetime64[us]")})
    managers = pd.DataFrame({"manager_id": [], "manager_name": []})
    estimates, inside = [], []
    for _ in range(60):
        sales, bought, gaps = lifetimes(random, 400)
        ids = bought["client_id"].unique()
        owners = pd.DataFrame({"client_id": ids, "manager_id": "1", "to_month": pd.NaT,
                               "from_month": first})  # fmt: skip
        ledger = read_ledger(sales, bought, nobody, owners, managers, first, month)
        table = retention.client_survival(ledger, gaps, month=month)
        own = table[table["manager_id"] == "1"].set_index("months")
        then = own.iloc[np.searchsorted(own.index, at, side="right") - 1]
        estimates.append(then["survival"].to_numpy())
        inside.append((then["low"] <= truth) & (truth <= then["high"]))
    mean, spread = np.mean(estimates, axis=0), np.std(estimates, axis=0) / np.sqrt(60)
    assert (abs(mean - truth) < 3 * spread).all(), (mean, truth, spread)
    assert np.mean(inside) > 0.9


# --- whose book ---


def test_a_manager_reads_the_stored_rows_of_clients_handed_over(sample, manager_book):
    """What the clients won by manager 8 did since the handover is told as numbers of many."""
    own = manager_book("8")
    table = own.compute(retention.cohort_retention)
    assert set(table["manager_id"]) == {"*", "8"}
    assert table[table["manager_id"] == "8"].groupby("cohort")["age"].max().iloc[0] == 35
    for changed in ({"mature_days": 30}, {"ladder_steps": 3}):
        with pytest.raises(ClientOpsError, match="rests on clients of the whole company"):
            own.compute(retention.repeat_ladder, **changed)
    with pytest.raises(ClientOpsError, match="rests on clients of the whole company"):
        own.of_clients(["C0001"]).compute(retention.cohort_retention)
    lead = open_book(SAMPLE, Viewer(role="lead", teams=("South",)),
                     store_folder=sample._snapshot.parent)  # fmt: skip
    first, *_ = lead.manager_ids
    table = lead.of_managers([first]).compute(retention.repeat_ladder)
    assert set(table["manager_id"]) == {"*", first}


# --- the sample's stories ---


def test_ivanov_loses_most_of_last_years_revenue(sample):
    table = sample.compute(retention.revenue_retention, "2026-10")
    last = table[
        (table["month"] == "2026-10-01") & ~table["manager_id"].isin(["*", "(unassigned)"])
    ]
    nrr = last.set_index("manager_name")["nrr"].sort_values()
    assert nrr.index[0] == "Pavel Ivanov"
    assert nrr.iloc[0] < 0.7
    assert (nrr.iloc[1:] > 0.8).all()  # nobody else comes near


def test_canteens_leave_and_no_other_group(sample):
    kept = {}
    for group, clients in sample.clients.groupby("client_group"):
        part = sample.of_clients(clients["client_id"])
        table = part.compute(retention.revenue_retention, "2026-10", window_months=6)
        last = table[(table["month"] == "2026-10-01") & (table["manager_id"] == "*")]
        kept[group] = last["client_retention"].item()
    assert kept.pop("Canteens") < 0.4
    assert min(kept.values()) > 0.7


def test_a_portfolio_that_changed_hands_is_retained_by_its_new_owners(sample):
    table = sample.compute(retention.revenue_retention, "2026-10")
    months = table[table["manager_id"] == "8"]["month"]
    assert months.max() == pd.Timestamp("2026-03-01")
    opening = table.pivot(index="month", columns="manager_id", values="opening")
    for heir in ("7", "9"):
        assert opening.loc["2026-04-01", heir] > 1.15 * opening.loc["2026-03-01", heir]
    # the cohorts stay with who won them
    cohorts = sample.compute(retention.cohort_retention, "2026-10")
    assert cohorts[cohorts["manager_id"] == "8"]["age"].max() == 35
