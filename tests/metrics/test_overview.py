"""Overview: the figures of the month and the clients to call, worked out by hand."""

import pandas as pd
import pytest

from clientops.metrics import overview
from clientops.schema import DECLARED, MONEY_SCALE
from clientops.settings import Overview
from tests.ledgers import compute, every, frames, line, month_days

FLOWS = ["revenue", "margin", "margin_rate", "active_clients", "average_purchase"]
CHANGES = ["change", "change_rate", "year_change", "year_rate"]


def told(book: dict, month: str, manager_id: str = "*", **changed) -> pd.DataFrame:
    """The headlines of a month, one row per figure."""
    table = compute(overview.headlines, book, month, **changed)
    return table[table["manager_id"] == manager_id].set_index("metric")


def called(book: dict, month: str, **changed) -> pd.DataFrame:
    """The clients to call, one row per client."""
    return compute(overview.attention, book, month, **changed).set_index("client_id")


def checked(book: dict, month: str) -> dict[str, tuple]:
    """Of each state: how many were listed, came back, and the chance."""
    table = compute(overview.attention_check, book, month)
    return {row.state: (row.listed, row.back, row.chance) for row in table.itertuples()}


def day(text: str) -> dict[str, pd.Timestamp]:
    return {"as_of": pd.Timestamp(text)}


# ---------------------------------------------------------------- the figures of a month


def test_the_flows_of_a_month_by_hand():
    """Two purchases and a return; one line has no cost. 22 working days in January, 20 in
    February."""
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
    assert dict(now["change"][FLOWS]) == pytest.approx({
        "revenue": 430 - 200 * 20 / 22, "margin": 90 - 100 * 20 / 22,
        "margin_rate": 90 / 350 - 0.5, "active_clients": 1, "average_purchase": 430 / 3 - 200,
    })  # fmt: skip
    rate = 430 / (200 * 20 / 22) - 1
    assert now["change_rate"]["revenue"] == pytest.approx(rate)
    assert now["change_rate"]["active_clients"] == 1
    assert pd.isna(now["change_rate"]["margin_rate"])  # changes in points
    assert now["compared_days"].isna().all()
    month = compute(overview.portfolio_month, book, "2026-02").set_index("manager_id")
    assert list(month.index) == ["*", "1"]
    assert list(month["purchases"]) == [3, 3]


def test_before_a_year_of_data_nothing_is_judged():
    """The month before is told, better or worse is not said."""
    lines = every(month_days("2025-01", 13), "C1", 10, "1")
    eleven = told(frames(shipments=lines), "2025-12")
    assert eleven["previous"].notna()["revenue"]
    assert (
        eleven[["year_ago", "year_change", "year_rate", "against", "verdict"]].isna().all(axis=None)
    )
    thirteen = told(frames(shipments=lines), "2026-01")
    assert thirteen["verdict"]["revenue"] == "same"
    assert thirteen["against"]["revenue"] == "year"


def test_in_the_first_month_there_is_nothing_to_compare_with():
    book = frames(data_until="2026-01-31", shipments=every(["2026-01-05"], "C1", 10, "1"))
    table = compute(overview.headlines, book, "2026-01")
    assert set(table["metric"]) == {"revenue", "active_clients", "average_purchase", "a_share",
                                    "x_share", "quiet_clients", "revenue_missed"}  # fmt: skip
    empty = ["previous", "year_ago", *CHANGES, "against", "verdict"]
    assert table[empty].isna().all(axis=None)
    assert list(table["manager_id"].unique()) == ["*", "1"]


def test_money_of_a_month_is_compared_per_working_day():
    """21 working days in March 2025, 22 in March 2026: 105 and 110 are 5 a day."""
    lines = [line("A", "2025-03-10", "C1", 105, "1"), line("B", "2026-03-10", "C1", 110, "1")]
    now = told(frames(shipments=lines, data_until="2026-03-31"), "2026-03")
    assert now["year_change"]["revenue"] == pytest.approx(0)
    assert now["year_rate"]["revenue"] == pytest.approx(0)
    assert now["verdict"]["revenue"] == "same"
    assert now["year_change"]["average_purchase"] == 5  # as it is
    assert now["year_rate"]["average_purchase"] == pytest.approx(5 / 105)
    assert now["change"]["revenue"] == 110  # nothing in February


@pytest.mark.parametrize(
    ("calendar", "gone", "june", "year_ago"),
    [("US", 4, 21, 22), ("", 5, 22, 23)],  # 19 June 2026, 3 July 2026 and 4 July 2025 are holidays
)
def test_a_running_month_is_compared_per_working_day(calendar, gone, june, year_ago):
    """To Tuesday 7 July: 120 in 4 (5) days against 560 in June and 730 in July a year ago."""
    book = frames(shipments=[
        line("A", "2026-07-06", "C1", 100, "1"), line("B", "2026-07-07", "C2", 20, "1"),
        line("C", "2026-06-04", "C1", 60, "1"), line("D", "2026-06-25", "C1", 500, "1"),
        line("E", "2025-07-07", "C1", 30, "1"), line("F", "2025-07-28", "C1", 700, "1"),
    ])  # fmt: skip
    now = told(book, "2026-07", calendar=calendar, **day("2026-07-07"))
    revenue = now.loc["revenue"]
    assert (revenue["value"], revenue["previous"], revenue["year_ago"]) == (120, 560, 730)
    assert revenue["change"] == pytest.approx(120 - 560 * gone / june)
    assert revenue["year_change"] == pytest.approx(120 - 730 * gone / year_ago)
    assert revenue["year_rate"] == pytest.approx(120 / (730 * gone / year_ago) - 1)
    assert revenue["verdict"] == "worse"  # -10 and -24 %
    assert list(now.index[now["compared_days"].notna()]) == ["revenue"]
    assert revenue["compared_days"] == gone


def test_a_month_counts_whole_from_its_last_working_day_on():
    lines = [line("A", "2026-06-30", "C1", 1, "1"), line("B", "2026-05-28", "C1", 8, "1"),
             line("C", "2026-05-30", "C1", 8, "1")]  # fmt: skip
    now = told(frames(shipments=lines), "2026-05", **day("2026-05-29"))  # a Friday
    assert now["compared_days"].isna().all()
    assert (
        told(frames(shipments=lines), "2026-05", **day("2026-05-28"))["compared_days"]["revenue"]
        == 20
    )  # of 21


def test_without_costs_there_is_no_margin_and_without_activities_no_coverage():
    book = frames(shipments=every(month_days("2025-01", 14), "C1", 10, "1"))
    metrics = set(told(book, "2026-02").index)
    assert not metrics & {"margin", "margin_rate", "a_coverage", "activities_per_day"}
    assert metrics >= {"revenue", "a_share", "x_share", "nrr", "quiet_clients"}
    assert called(book, "2026-02").empty


def test_returns_only():
    """The return counts for the owner although nobody who counts is left."""
    book = frames(shipments=[line("S", "2025-01-10", "C1", 50, "1"),
                             line("R", "2026-02-10", "C1", -30, "1")])  # fmt: skip
    now = told(book, "2026-02", "1")
    assert dict(now["value"]) == {
        "revenue": -30, "active_clients": 0, "nrr": pytest.approx(-0.6), "quiet_clients": 0,
        "revenue_missed": 0,
    }  # fmt: skip
    assert called(book, "2026-02").empty


def test_returns_of_who_never_bought_are_the_ledgers():
    """C2 bought before the data begin: its return counts for the company and its owner, who owns
    a client who bought; manager 2, whose only client brought goods back, has no headline."""
    owners = [{"client_id": "C2", "manager_id": "1"}, {"client_id": "C3", "manager_id": "2"}]
    book = frames(data_until="2026-02-28", clients=owners, shipments=[
        line("S", "2026-02-10", "C1", 50, "1"), line("R", "2026-02-10", "C2", -30, "1"),
        line("T", "2026-02-11", "C3", -5, "2"),
    ])  # fmt: skip
    month = compute(overview.portfolio_month, book, "2026-02").set_index("manager_id")
    assert dict(month["revenue"]) == {"*": 15, "1": 20, "2": -5}
    table = compute(overview.headlines, book, "2026-02")
    assert dict(table[table["metric"] == "revenue"].set_index("manager_id")["value"]) == {
        "*": 15, "1": 20,
    }  # fmt: skip
    nobody = frames(shipments=[line("R", "2026-02-10", "C2", -30, "1")])
    assert dict(told(nobody, "2026-02")["value"]) == {
        "revenue": -30, "active_clients": 0, "quiet_clients": 0, "revenue_missed": 0,
    }  # fmt: skip


def test_an_owner_whose_clients_bought_nothing_has_zeros():
    lines = every(month_days("2026-01", 3), "C1", 10, "1") + every(["2026-02-10"], "C2", 7, "2")
    now = told(frames(shipments=lines), "2026-03", "2")
    assert now["value"]["revenue"] == now["value"]["active_clients"] == 0
    assert now["change"]["revenue"] == pytest.approx(-7 * 22 / 20)
    assert now["change_rate"]["revenue"] == -1
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


def test_a_value_before_of_a_shorter_window_is_unknown():
    """Data from January 2025. In May 5 months are covered, in April 4; from December 2025 on 12."""
    book = frames(shipments=every(month_days("2025-01", 25), "C1", 10, "1"))
    windows = ["a_share", "x_share", "quiet_clients", "revenue_missed"]
    assert told(book, "2025-05")["previous"][windows].isna().all()
    assert told(book, "2025-05")["previous"]["revenue"] == 10
    january = told(book, "2026-01")
    assert january["previous"][windows].notna().all()  # December covers 12
    assert january["year_ago"][windows].isna().all()  # the first month covers one
    assert january["verdict"][windows].isna().all()
    assert told(book, "2027-01")["verdict"][windows].notna().all()
    short = told(book, "2025-05", window_months=3)
    assert short["previous"][windows].notna().all()  # both cover 3


def test_quiet_clients_and_what_they_miss():
    """C1 buys for 300 every 100 days up to 5 February 2026: on 30 June it is 145 days, 45 overdue,
    at 4 x 300 in 12 months; the month before, on 31 May, 15. C2 is a C client, as quiet."""
    lines = every(HUNDREDS, "C1", 300, "1") + every(HUNDREDS, "C2", 1, "1")
    lines += every(month_days("2025-01", 18, day=15), "C3", 5, "2")
    now = told(frames(shipments=lines, data_until="2026-06-30"), "2026-06", "1")
    assert now["value"]["quiet_clients"] == 1
    assert now["value"]["revenue_missed"] == pytest.approx(100 * 45 / 30.4375)
    assert now["previous"]["revenue_missed"] == pytest.approx(100 * 15 / 30.4375)
    assert now["change_rate"]["revenue_missed"] == pytest.approx(2)  # three times as much
    other = told(frames(shipments=lines, data_until="2026-06-30"), "2026-06", "2")
    assert other["value"]["quiet_clients"] == other["value"]["revenue_missed"] == 0


# ---------------------------------------------------------------- verdicts


UNITS = {"revenue": "money", "margin_rate": "share", "a_share": "share", "x_share": "share",
         "a_coverage": "share", "nrr": "share", "activities_per_day": "number",
         "nps": "score"}  # fmt: skip


def judged(metric: str, value: float, year_ago: float | None, clients: int | None = None,
           half: float | None = None, **settings: float) -> pd.Series:  # fmt: skip
    """The row of one figure in February 2026, beside a February of as many working days; *half*: of
    the range in which it lies by chance."""
    of = {"metric": metric, "manager_id": "1", "clients": clients, "covered_months": None,
          "label": metric, "unit": UNITS.get(metric, "count"), "page": "", "place": 1,
          "better": "down" if metric == "quiet_clients" else "up",
          "per_day": metric == "revenue", "on_year": metric == "nrr"}  # fmt: skip
    rows = [of | {"month": pd.Timestamp("2026-02-01"), "value": value}]
    if year_ago is not None:
        rows.append(of | {"month": pd.Timestamp("2025-02-01"), "value": year_ago})
    if half is not None:
        rows = [r | {"low": r["value"] - half, "high": r["value"] + half} for r in rows]
    declared = pd.DataFrame(rows).reindex(columns=list(DECLARED["declared_headlines"]))
    declared = declared.astype(
        {"clients": "Int64", "covered_months": "Int64", "low": float, "high": float}
    )
    managers = frames(shipments=every(["2026-01-05"], "C1", 1))["managers"]
    return overview.headlines(declared, managers, month=pd.Timestamp("2026-02-01"),
                              rules=Overview(**settings)).iloc[0]  # fmt: skip


@pytest.mark.parametrize(
    ("metric", "value", "year_ago", "expected"),
    [
        ("revenue", 105, 100, "same"), ("revenue", 105.01, 100, "better"),
        ("revenue", 95, 100, "same"), ("revenue", 94.99, 100, "worse"),
        ("revenue", 94.5, 90, "same"),  # 5 %, which floats miss by a hair
        ("activities_per_day", 2.1, 2.0, "same"), ("activities_per_day", 2.11, 2.0, "better"),
        ("margin_rate", 0.26, 0.25, "same"), ("margin_rate", 0.2601, 0.25, "better"),
        ("margin_rate", 0.24, 0.25, "same"), ("margin_rate", 0.2399, 0.25, "worse"),
        ("margin_rate", 0.3, None, None), ("revenue", 100, None, None),
    ],
)  # fmt: skip
def test_a_verdict_needs_more_than_the_tolerance(metric, value, year_ago, expected):
    row = judged(metric, value, year_ago)
    assert (row["verdict"] if pd.notna(row["verdict"]) else None) == expected
    assert (row["against"] if pd.notna(row["against"]) else None) == (expected and "year")


@pytest.mark.parametrize(
    ("value", "year_ago", "half", "expected"),
    [(0.42, 0.3, 0.1, "same"), (0.2, 0.4, 0.1, "same"), (0.42, 0.3, 0.05, "better"),
     (0.2, 0.41, 0.1, "worse"), (0.42, None, 0.1, None)],
)  # fmt: skip
def test_an_estimate_is_not_judged_by_what_chance_may_bring(value, year_ago, half, expected):
    """A net promoter score, whose ranges of two years overlap."""
    row = judged("nps", value, year_ago, clients=300, half=half)
    assert (row["verdict"] if pd.notna(row["verdict"]) else None) == expected


@pytest.mark.parametrize(
    ("metric", "value", "year_ago", "clients", "expected"),
    [
        ("a_share", 0.5, 0.25, 4, "same"),  # .25 of 4 counted clients: one
        ("a_share", 0.30, 0.25, 20, "same"), ("a_share", 0.30, 0.25, 40, "better"),  # one; two
        ("x_share", 0.20, 0.25, 21, "worse"),  # 1.05 clients
        ("a_coverage", 0.5, 0.0, 2, "same"), ("a_coverage", 1.0, 0.0, 2, "better"),
        ("a_share", 0.255, 0.25, 1000, "same"),  # five clients, half a point
        ("active_clients", 11, 10, None, "same"), ("active_clients", 12, 10, None, "better"),
        ("active_clients", 98, 100, None, "same"),  # two, 2 %
        ("quiet_clients", 2, 1, None, "same"), ("quiet_clients", 3, 1, None, "worse"),
        ("quiet_clients", 1, 0, None, "same"), ("quiet_clients", 2, 0, None, "worse"),
        ("quiet_clients", 0, 2, None, "better"),
    ],
)  # fmt: skip
def test_shares_and_counts_of_clients_move_by_more_than_one(
    metric, value, year_ago, clients, expected
):
    assert judged(metric, value, year_ago, clients)["verdict"] == expected


@pytest.mark.parametrize(
    ("metric", "value", "year_ago", "expected"),
    [
        ("revenue", -94, -100, "better"), ("revenue", -101, -100, "worse"),
        ("revenue", 1, 0, "better"), ("revenue", -1, 0, "worse"), ("revenue", 0, 0, "same"),
        ("margin_rate", 0.005, 0.0, "same"), ("margin_rate", 0.02, -0.01, "better"),  # points
    ],
)  # fmt: skip
def test_where_the_value_before_is_not_positive_the_sign_decides(metric, value, year_ago, expected):
    row = judged(metric, value, year_ago)
    assert row["verdict"] == expected
    assert row["year_change"] == pytest.approx(value - year_ago)
    assert pd.isna(row["year_rate"])


@pytest.mark.parametrize(
    ("value", "year_ago", "expected"),
    [(0.99, 0.5, "same"), (0.9899, 0.5, "worse"), (1.01, 2.0, "same"), (1.0101, 2.0, "better"),
     (0.9, None, "worse")],
)  # fmt: skip
def test_net_retention_is_held_against_one(value, year_ago, expected):
    """It is a comparison with the year before already, also where it had no value then."""
    row = judged("nrr", value, year_ago)
    assert (row["verdict"], row["against"]) == (expected, "year")


def test_tolerances_are_settings():
    assert judged("revenue", 101, 100, tolerance=0.01)["verdict"] == "same"
    assert judged("revenue", 102, 100, tolerance=0.01)["verdict"] == "better"
    assert judged("margin_rate", 0.251, 0.25, tolerance_points=0.0)["verdict"] == "better"


def test_verdicts_of_a_ledger():
    """Eleven buy in January 2026, ten a year before, all for 10; the year before's are kept."""
    lines = [each for number in range(10) for each in every(["2025-01-08"], f"C{number}", 10, "1")]
    lines += [each for number in range(11) for each in every(["2026-01-07"], f"C{number}", 10, "1")]
    now = told(frames(shipments=lines, data_until="2026-01-31"), "2026-01")
    assert now["verdict"]["active_clients"] == "same"  # one more
    assert now["year_rate"]["active_clients"] == pytest.approx(0.1)
    # 100 in 23 working days, 110 in 22: 95.65 to 110, +15 %
    assert now["year_rate"]["revenue"] == pytest.approx(110 / (100 * 22 / 23) - 1)
    assert now["verdict"]["revenue"] == "better"
    assert (now["value"]["nrr"], now["verdict"]["nrr"]) == (1, "same")


# ---------------------------------------------------------------- the clients to call


# Five purchases 100 days apart, the last on 5 February 2026: late from 16 May on (after 100 days),
# silent from 5 August on (after 180).
HUNDREDS = [f"{each:%Y-%m-%d}" for each in pd.date_range("2025-01-01", "2026-02-05", freq="100D")]


def test_late_and_silent_are_worth_their_chance():
    """300 each time, 4 x 300 in the 12 months to February: 100 a month. On 30 June 45 days overdue,
    on 31 August 107, of which 90 count."""
    book = frames(shipments=every(HUNDREDS, "C1", 300, "1"), data_until="2026-08-31",
                  clients=[{"client_id": "C1", "client_name": "Hundred"}])  # fmt: skip
    row = called(book, "2026-06").loc["C1"]
    assert (row["reason"], row["client_name"], row["manager_id"]) == ("late", "Hundred", "1")
    assert row["money"] == pytest.approx(100 * 45 / 30.4375)
    assert row["worth"] == pytest.approx(0.5 * 100 * 45 / 30.4375)  # nobody was late in April
    assert (row["last_on"], row["expected_on"]) == (
        pd.Timestamp("2026-02-05"), pd.Timestamp("2026-05-16"),
    )  # fmt: skip
    assert (row["typical_gap_days"], row["overdue_days"]) == (100, 45)
    assert (row["priority"], row["topic"]) == (1, "regularity")
    assert row[["also", "from_class", "revenue_before", "margin", "last_touch"]].isna().all()
    silent = called(book, "2026-08").loc["C1"]
    assert silent["reason"] == "silent"
    assert silent["money"] == pytest.approx(100 * 90 / 30.4375)
    assert silent["worth"] == pytest.approx(0.3 * 100 * 90 / 30.4375)
    assert called(book, "2026-04").empty  # as of the month's end
    assert called(book, "2026-04", **day("2026-06-30"))["reason"]["C1"] == "late"  # as of that day


TWO_YEARS = (month_days("2025-01", 12), month_days("2026-01", 12))


def test_each_reason_of_two_windows():
    """C1 falls from A by its own sales, C2 grows, C3 stays, C4 turns from X to Y, C5 is lost; of
    C6, who was neither A nor X, nothing is told."""
    before, after = TWO_YEARS
    book = frames(shipments=[
        *every(before, "C1", 150, "1"), *every(after, "C1", 4, "1"),
        *every(before, "C2", 10, "2"), *every(after, "C2", 100, "2"),
        *every(before, "C3", 15, "1"), *every(after, "C3", 14, "1"),
        *every(before, "C4", 1, "1"), *every(after[:2] + after[-1:], "C4", 1, "1"),
        *every(before, "C5", 20, "1"), *every(before[:2], "C6", 1, "1"),
    ], data_until="2026-12-31")  # fmt: skip
    table = called(book, "2026-12")
    assert dict(table["reason"]) == {
        "C1": "fell from A", "C5": "lost", "C4": "no longer regular",
    }  # fmt: skip
    # A quarter of what a year brought less; lost: nobody was in October, so the chance is 0.1
    assert list(table["money"]) == pytest.approx([(1800 - 48) / 4, 240 / 4, (12 - 3) / 4])
    assert list(table["worth"]) == pytest.approx([438, 6, 2.25])
    row = table.loc["C1"]
    assert (row["from_class"], row["to_class"], row["window_months"]) == ("AX", "CX", 12)
    assert (row["revenue_before"], row["revenue_after"]) == (1800, 48)
    assert list(table["topic"].unique()) == ["migration"]
    earlier = called(book, "2026-11")  # the window before is not full
    assert not set(earlier["reason"]) & {"fell from A", "no longer regular", "lost"}


def test_who_was_lost_and_bought_since_is_not_called():
    before, _ = TWO_YEARS
    lines = [*every(before, "C5", 20, "1"), *every(month_days("2025-01", 25), "C1", 5, "1")]
    book = frames(shipments=lines, data_until="2027-01-10")
    assert called(book, "2026-12", **day("2027-01-10"))["reason"]["C5"] == "lost"
    back = frames(shipments=[*lines, line("N", "2027-01-08", "C5", 1, "1")],
                  data_until="2027-01-10")  # fmt: skip
    assert called(back, "2026-12")["reason"]["C5"] == "lost"  # as of the end of December
    assert "C5" not in called(back, "2026-12", **day("2027-01-10")).index


def test_of_equal_worth_the_first_reason_counts():
    """C1 fell from A and is no longer regular: both are told with what it brought less."""
    before, after = TWO_YEARS
    book = frames(shipments=[
        *every(before, "C1", 150, "1"), *every(after[:2] + after[-1:], "C1", 4, "1"),
        *every(before, "C2", 10, "2"), *every(after, "C2", 100, "2"),
    ], data_until="2026-12-31")  # fmt: skip
    row = called(book, "2026-12").loc["C1"]
    assert (row["reason"], row["also"]) == ("fell from A", "no longer regular")
    assert row["money"] == pytest.approx((1800 - 12) / 4)


def test_who_only_fell_because_others_grew_is_left_out():
    before, after = TWO_YEARS
    book = frames(shipments=[
        *every(before, "C1", 100, "1"), *every(after, "C1", 99, "1"),
        *every(before, "C2", 10, "2"), *every(after, "C2", 5000, "2"),
        *every(before, "C3", 90, "1"), *every(after, "C3", 90, "1"),
    ], data_until="2026-12-31")  # fmt: skip
    assert called(book, "2026-12").empty


CALL = {"happened_at": "2026-06-29 10:00", "manager_id": "1", "kind": "call", "client_id": "C9"}


@pytest.mark.parametrize(
    ("cost", "reason", "also", "money", "worth"),
    [
        # late: 147.84, half of which is more than the loss of 3 x 30 in 12 months: 22.50 in three
        (330, "late", "loss maker, untouched", 100 * 45 / 30.4375, 50 * 45 / 30.4375),
        # a loss of 3 x 200, in three months 150: more than 147.84, whatever the client's state
        (500, "loss maker", "late, untouched", 150, 150),
        # 3 x 110, in three months 82.50: less than 147.84, but more than half of it
        (410, "loss maker", "late, untouched", 82.5, 82.5),
    ],
)
def test_a_client_stands_once_under_its_largest_worth(cost, reason, also, money, worth):
    """Late, sold at a loss, of class A without a touch: three purchases of 300 in the window."""
    book = frames(shipments=[*every(HUNDREDS, "C1", 300, "1", cost=cost),
                             line("S", "2026-06-30", "C9", 1, "1")],
                  activities=[CALL], data_until="2026-06-30")  # fmt: skip
    table = called(book, "2026-06")
    assert list(table.index) == ["C1"]  # C9 is called and makes no loss
    row = table.loc["C1"]
    assert (row["reason"], row["also"]) == (reason, also)
    assert (row["money"], row["worth"]) == (pytest.approx(money), pytest.approx(worth))
    without = called(book, "2026-06", min_loss=10_000).loc["C1"]
    assert (without["reason"], without["also"]) == ("late", "untouched")


def test_untouched_clients_come_last_by_revenue():
    """Without money and worth, whatever they bring; C3 loses a little."""
    book = frames(shipments=[
        line("A", "2026-06-10", "C1", 400, "1"), line("B", "2026-06-10", "C2", 500, "1"),
        line("C", "2026-06-10", "C3", 10, "1", cost=11), line("D", "2026-06-10", "C9", 1, "1"),
    ], activities=[CALL], data_until="2026-06-30")  # fmt: skip
    table = called(book, "2026-06")
    assert list(table["reason"]) == ["loss maker", "untouched", "untouched"]
    assert list(table.index) == ["C3", "C2", "C1"]
    assert list(table["priority"]) == [1, 2, 3]
    assert (
        table.loc[["C1", "C2"], ["money", "worth", "last_touch", "revenue_before"]]
        .isna()
        .all(axis=None)
    )
    assert list(table["abc"][1:]) == ["A", "A"]
    assert list(table["topic"]) == ["profitability", "activity", "activity"]
    assert (table["revenue"]["C3"], table["margin"]["C3"]) == (10, -1)


def test_equal_worth_is_listed_by_client_and_counted_by_manager():
    """One month of data: a loss of 15 is 45 in three months, one of 5 is 15."""
    losing = [line(client, "2026-06-10", client, 10, manager, cost=cost)
              for client, manager, cost in [("C2", "1", 15), ("C10", "1", 15), ("C1", "2", 15),
                                            ("C3", "1", 25), ("C4", "2", 10)]]  # fmt: skip
    table = compute(overview.attention, frames(shipments=losing), "2026-06")
    assert list(table["client_id"]) == ["C3", "C1", "C10", "C2"]  # C4 loses nothing
    assert list(table["money"]) == list(table["worth"]) == [45, 15, 15, 15]
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


# ---------------------------------------------------------------- the chances


def test_chances_before_anything_is_counted():
    book = frames(shipments=every(month_days("2026-01", 2), "C1", 10, "1"))
    nothing = {"late": (0, 0, 0.5), "silent": (0, 0, 0.3), "lost": (0, 0, 0.1)}
    assert checked(book, "2026-01") == checked(book, "2026-02") == nothing


def test_the_chance_of_the_late_and_the_silent():
    """C1, C2, C3 are late at the end of June; C1 buys on 10 July, C2 on 2 September (too late to
    count, as then it is silent), and C3 never."""
    lines = [each for client in ("C1", "C2", "C3") for each in every(HUNDREDS, client, 300, "1")]
    lines += [line("N1", "2026-07-10", "C1", 9, "1"), line("N2", "2026-09-02", "C2", 9, "1")]
    book = frames(shipments=lines, data_until="2026-10-31")
    nobody = {"silent": (0, 0, 0.3), "lost": (0, 0, 0.1)}
    assert checked(book, "2026-08") == {"late": (3, 1, pytest.approx((1 + 5) / 13))} | nobody
    # at the end of August: C2 and C3 silent for 207 days, C1 with 52 of its usual 100
    assert checked(book, "2026-10") == {
        "late": (0, 0, 0.5), "silent": (2, 1, pytest.approx((1 + 3) / 12)), "lost": (0, 0, 0.1),
    }  # fmt: skip
    # the list takes the chances of its month: in August those who are silent take 0.3
    table = called(book, "2026-08")
    assert list(table.index) == ["C2", "C3"]
    assert list(table["worth"] / table["money"]) == pytest.approx([0.3, 0.3])
    row = called(book, "2026-10").loc["C3"]
    assert row["worth"] == pytest.approx(row["money"] / 3)


def test_the_chance_of_the_lost():
    """Three X clients bought in each month of 2025 and in none of 2026, C3 once more in January
    2027; C4, who was neither A nor X, is not asked of."""
    before, _ = TWO_YEARS
    lines = [each for client in ("C1", "C2", "C3") for each in every(before, client, 20, "1")]
    lines += every(before[:2], "C4", 1, "1") + every(month_days("2025-01", 27), "C5", 20, "1")
    lines += [line("N", "2027-01-08", "C3", 5, "1")]
    book = frames(shipments=lines, data_until="2027-03-31")
    assert checked(book, "2027-02")["lost"] == (3, 1, pytest.approx((1 + 1) / 13))
    assert checked(book, "2027-01")["lost"][:2] == (0, 0)  # in November no window before was full
    row = called(book, "2027-02").loc["C1"]
    assert row["reason"] == "lost"
    assert row["worth"] == pytest.approx(row["money"] * 2 / 13)


# ---------------------------------------------------------------- the shipped data


def test_figures_have_their_order_and_their_pages(sample):
    table = sample.compute(overview.headlines)
    own = table[table["manager_id"] == "*"].sort_values("place")
    known = [*FLOWS, "a_share", "x_share", "quiet_clients", "revenue_missed", "activities_per_day",
             "a_coverage", "nrr"]  # fmt: skip
    assert [each for each in own["metric"] if each in known] == known
    assert own["place"].is_unique
    assert own[["label", "unit", "topic"]].ne("").all(axis=None)
    assert set(table["manager_name"]) >= {"*", "(unassigned)"}


def test_the_company_is_all_managers_together(sample):
    table = sample.compute(overview.headlines)
    sums = table[table["manager_id"] != "*"].groupby("metric")["value"].sum()
    everyone = table[table["manager_id"] == "*"].set_index("metric")["value"]
    for metric in ("revenue", "margin", "active_clients", "quiet_clients", "revenue_missed"):
        assert sums[metric] == pytest.approx(everyone[metric], abs=1e-6)


def test_the_list_of_the_sample(sample):
    table = sample.compute(overview.attention)
    assert not table["client_id"].duplicated().any()
    paid = table[table["worth"].notna()]
    assert paid["worth"].gt(0).all()
    assert paid["worth"].is_monotonic_decreasing
    assert paid["worth"].le(paid["money"] + 1e-9).all()
    assert set(table["reason"][len(paid) :]) == {"untouched"}
    assert set(table["reason"]) >= {"late", "silent", "lost", "fell from A", "plan gap"}
    assert table["also"].str.contains("loss maker").any()  # below its plan by more than it loses
    places = table.groupby("manager_id")["priority"]
    assert places.apply(lambda own: list(own) == list(range(1, len(own) + 1))).all()


@pytest.mark.parametrize("name", ["sample", "northwind", "adventureworks"])
def test_stored_figures_are_those_of_each_month(name, request):
    """headline_values hold what the headlines of each month tell."""
    book = request.getfixturevalue(name)
    months = pd.date_range(book.first_month, book.last_month, freq="MS")
    for month in months[[0, 1, 11, 12, 13, -2, -1]]:
        table = book.compute(overview.headlines, month)
        values = table.set_index(["manager_id", "metric"])["value"]
        history = book.headline_values[book.headline_values["month"] == month]
        history = history.set_index(["manager_id", "metric"])["value"].dropna().sort_index()
        pd.testing.assert_series_equal(history, values.sort_index(), check_index_type=False)


def test_a_figure_month_by_month(sample):
    table = sample.compute(overview.headline_history)
    assert table["month"].max() == sample.month
    assert table["month"].nunique() == 13
    last = (
        table[table["month"] == sample.month].set_index(["manager_id", "metric"])["value"].dropna()
    )
    now = sample.compute(overview.headlines).set_index(["manager_id", "metric"])["value"]
    pd.testing.assert_series_equal(last.sort_index(), now.sort_index())
    assert sample.compute(overview.headline_history, history_months=2)["month"].nunique() == 2
    told = sample.headline_values.set_index(["month", "manager_id", "metric"])["value"].dropna()
    for row in table.itertuples():
        now, then = row.month, row.month - pd.DateOffset(years=1)
        for value, month in ((row.value, now), (row.year_ago, then)):
            known = told.get((month, row.manager_id, row.metric))
            assert pd.isna(value) if known is None else value == known
    assert (table["until"] == table["month"] + pd.offsets.MonthEnd(0)).all()
    running = sample.compute(overview.headline_history, sample.last_month)
    assert running["until"].max() == sample.data_until


def test_revenue_by_month_is_the_ledgers(sample):
    table = sample.compute(overview.headline_history, sample.last_month)
    ours = table[(table["manager_id"] == "*") & (table["metric"] == "revenue")].set_index("month")
    theirs = sample.sales_month.groupby("month")["revenue"].sum() / MONEY_SCALE
    pd.testing.assert_series_equal(ours["value"], theirs[ours.index], check_names=False)


def test_a_manager_sees_the_company_but_no_colleague(sample, manager_book):
    """The company's figures from the store, as the company's own book tells them."""
    book = manager_book("1")
    for function in (overview.headlines, overview.headline_history):
        assert set(book.compute(function)["manager_id"]) == {"*", "1"}
        own, whole = book.compute(function), sample.compute(function)
        expected = whole[whole["manager_id"].isin(["*", "1"])].reset_index(drop=True)
        pd.testing.assert_frame_equal(own, expected)
    assert set(book.compute(overview.attention)["manager_id"]) == {"1"}
    check = book.compute(overview.attention_check)
    pd.testing.assert_frame_equal(check, sample.compute(overview.attention_check))


def test_a_managers_list_is_the_own_part_of_the_companys(sample, manager_book):
    whole = sample.compute(overview.attention)
    own = whole[whole["manager_id"] == "1"].reset_index(drop=True)
    pd.testing.assert_frame_equal(manager_book("1").compute(overview.attention), own)


def test_with_changed_settings_a_manager_sees_nothing_of_the_company(manager_book):
    """What is shown does not add up to it."""
    for changed in ({"window_months": 6}, {"tolerance": 0.2}):
        table = manager_book("1").compute(overview.headlines, **changed)
        assert set(table["manager_id"]) == {"1"}


def test_who_owns_no_client_has_no_rows(manager_book):
    """Never the company's as own; 8 left and handed its clients over."""
    for nobody in ("77", "8"):
        book = manager_book(nobody)
        assert book.compute(overview.attention).empty
        assert book.compute(overview.headlines).empty
        assert book.compute(overview.headlines, window_months=6).empty
        assert book.compute(overview.portfolio_month).empty
