"""Regularity tables on ledgers that can be worked out on paper, on random ones, on the sample."""

import datetime
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientops import figures, findings
from clientops.errors import ClientOpsError
from clientops.ledger import rhythm
from clientops.metrics import regularity
from tests import no_rows
from tests.cards import form
from tests.ledgers import compute, every, frames, line, small_book
from tests.metrics import oracle_regularity as oracle
from tests.metrics.test_portfolio_against_oracle import assert_same, frames_of, small_ledgers
from tests.told import told

ONE_MONTH = {"window_months": 1, "lapse_months": 1}


def regular(book, month, manager="1", **more) -> pd.DataFrame:
    """A manager's rows of shipment_regularity by the length of the period."""
    table = compute(regularity.shipment_regularity, book, month, **more)
    return table[table["manager_id"] == manager].set_index("grain")


def counted(book, month, grain, manager="1", **more) -> dict[str, int]:
    """period -> shipments of a manager in shipment_counts."""
    table = compute(regularity.shipment_counts, book, month, **more)
    own = table[(table["manager_id"] == manager) & (table["grain"] == grain)]
    return dict(zip(own["period_start"].dt.strftime("%m-%d"), own["shipments"], strict=True))


def active(book, month, grain="day", manager="1", **more) -> dict[str, int]:
    """Only the periods with a shipment."""
    return {day: n for day, n in counted(book, month, grain, manager, **more).items() if n}


def june() -> dict[str, pd.DataFrame]:
    """June 2026 begins on a Monday and has 22 working days."""
    return frames(
        shipments=[
            line("S1", "2026-06-01", "C1", 100, "1"),
            line("S2", "2026-06-02", "C1", 50, "1"),
            line("S2", "2026-06-02", "C2", 50, "1"),  # the same id for another client: once more
            line("S2", "2026-06-02", "C2", 10, "1"),  # another line of it: no more
            line("S3", "2026-06-10", "C1", 40, "1"),
            line("S4", "2026-06-13", "C3", 50, "1"),  # a Saturday: counts on Monday 15
            line("S5", "2026-06-28", "C2", 100, "1"),  # a Sunday: counts on Monday 29
            line("R5", "2026-06-30", "C2", -20, "1"),  # a return is no shipment, but revenue
        ],
        managers=[{"manager_id": "1", "manager_name": "Ann"}],
    )


# --- shipment_regularity ---


def test_a_month_by_hand():
    table = regular(june(), "2026-06", **ONE_MONTH)
    day, week, month = (table.loc[grain] for grain in ("day", "week", "month"))
    assert (day.periods, day.active_periods, day.shipments, day.clients) == (22, 5, 6, 3)
    assert day["mean"] == pytest.approx(6 / 22)
    assert day.sd == pytest.approx(math.sqrt(8 / 22 - (6 / 22) ** 2))  # one day with 2, four with 1
    assert day.cv == pytest.approx(day.sd / day["mean"])
    assert day.longest_gap == 9  # 16 to 26 June
    # 3, 2 with Saturday's, 0, 1 of Sunday 28; the week of 29 June is not wholly inside
    assert (week.periods, week.active_periods, week.shipments, week.clients) == (4, 3, 6, 3)
    assert (week["mean"], week.longest_gap) == (1.5, 1)
    assert week.sd == pytest.approx(math.sqrt((9 + 4 + 1) / 4 - 1.5**2))
    assert (month.periods, month.shipments, month.sd, month.cv) == (1, 6, 0, 0)
    assert set(table["manager_name"]) == {"Ann"}


def test_for_the_company_a_shipment_counts_once_in_a_period():
    """Shared by clients, managers or days; a number of another year is another shipment."""
    assert counted(june(), "2026-06", "month", "*", **ONE_MONTH) == {"06-01": 5}
    assert regular(june(), "2026-06", "*", **ONE_MONTH)["shipments"].to_dict() == {
        "day": 5, "week": 5, "month": 5}  # fmt: skip
    days = ["2025-06-01", "2026-05-29", "2026-06-01", "2026-06-03", "2026-06-30"]
    parts = [line("7", day, "C1", 100, manager) for day in days for manager in "12"]
    book = frames(shipments=[*parts, line("8", "2026-06-03", "C2", 5), line("8", "2026-06-03", "C1",
                                                                            -3)])  # fmt: skip
    assert active(book, "2026-06", "month", "*", window_months=3) == {"05-01": 1, "06-01": 2}
    assert active(book, "2026-06", "week", "*", window_months=3) == {"05-25": 1, "06-01": 2}
    assert active(book, "2026-06", "day", "*", window_months=3) == {
        "05-29": 1, "06-01": 1, "06-03": 2, "06-30": 1}  # fmt: skip
    assert active(book, "2026-06", "month", "1", window_months=3) == {"05-01": 1, "06-01": 3}


def test_the_last_days_of_a_month_and_their_norm():
    table = regular(june(), "2026-06", **ONE_MONTH)
    # the last five working days are 24, 25, 26, 29, 30 June: 100 − 20 of 380
    assert table["last_week_share"].tolist() == pytest.approx([80 / 380] * 3)
    assert table["last_week_norm"].tolist() == pytest.approx([5 / 22] * 3)
    assert set(table["verdict"]) == {"within"}
    two = regular(june(), "2026-06", **ONE_MONTH, rush_days=1)  # only 30 June
    assert two["last_week_share"].tolist() == pytest.approx([-20 / 380] * 3)
    assert two["last_week_norm"].tolist() == pytest.approx([1 / 22] * 3)


def rushing(months: int, others: int = 0) -> dict[str, pd.DataFrame]:
    """Manager 1 ships 100 on the last day of each month (28 February …) and 10 on the 10th."""
    ends = [f"{day:%Y-%m-%d}" for day in pd.date_range("2026-01-01", periods=months, freq="BME")]
    tenth = [f"{day[:8]}10" for day in ends]
    return frames(
        shipments=[*every(ends, "C1", 100, "1"), *every(tenth, "C2", 10, "1"),
                   *every(tenth[:others], "C3", 900, "1")]
    )  # fmt: skip


def test_a_rush_is_large_and_in_so_many_months_that_it_is_no_accident():
    # the share is 10/11 against a norm below a quarter; six months of six have p = 2/64
    assert set(regular(rushing(6), "2026-06")["verdict"]) == {"above"}
    assert set(regular(rushing(6), "2026-06")["rush_months"]) == {6}
    assert set(regular(rushing(5), "2026-05")["verdict"]) == {"within"}  # p = 2/32
    assert set(regular(rushing(5), "2026-05", rush_p=0.1)["verdict"]) == {"above"}
    # two months in which most leaves on the 10th: 600 of 2460 are 24 %, the norm 24 %
    assert set(regular(rushing(6, others=2), "2026-06")["verdict"]) == {"within"}
    assert set(regular(rushing(6), "2026-06", rush_ratio=5.0)["verdict"]) == {"within"}
    company = regular(rushing(6), "2026-06", manager="*")
    assert company["verdict"].isna().all()


def test_without_positive_revenue_there_is_no_share():
    book = frames(shipments=[line("S1", "2026-06-03", "C1", 10, "1"),
                             line("R1", "2026-06-29", "C1", -10, "1")])  # fmt: skip
    table = regular(book, "2026-06", **ONE_MONTH)
    assert table["last_week_share"].isna().all()
    assert table["verdict"].isna().all()
    assert table["last_week_norm"].tolist() == pytest.approx([5 / 20] * 3)  # from 3 June on


def test_a_shipment_counts_on_the_next_working_day_of_its_month_else_the_last_one():
    # 3 July 2026 is free in the US (the 4th is a Saturday); 31 October 2026 is a Saturday
    book = frames(shipments=every(["2026-07-03", "2026-07-31", "2026-10-31"], "C1", 10, "1"))
    assert active(book, "2026-07", calendar="US") == {"07-06": 1, "07-31": 1}
    assert active(book, "2026-07") == {"07-03": 1, "07-31": 1}
    assert active(book, "2026-10", **ONE_MONTH) == {"10-30": 1}
    # 3 July counts on Saturday 4; 31 July is after the last Saturday, the 25th
    assert active(book, "2026-07", work_week=("Sat",)) == {"07-04": 1, "07-25": 1}


def test_a_leap_day_is_a_working_day():
    book = frames(shipments=every(["2024-02-01", "2024-02-22", "2024-02-29"], "C1", 10, "1"))
    table = regular(book, "2024-02")
    assert table.loc["day", "periods"] == 21
    # the last five are 23, 26, 27, 28, 29 February
    assert table["last_week_share"].tolist() == pytest.approx([1 / 3] * 3)
    assert active(book, "2024-02") == {"02-01": 1, "02-22": 1, "02-29": 1}


def test_employment_limits_the_manager_but_not_the_company():
    days = ["2026-01-05", "2026-02-02", "2026-03-02", "2026-06-01"]
    book = frames(
        shipments=every(days, "C1", 10, "1"),
        managers=[{"manager_id": "1", "hired_on": "2026-02-01", "left_on": "2026-03-31"}],
    )
    own = regular(book, "2026-06")
    # 20 working days in February and 22 in March; the weeks from 2 February to 29 March
    assert own["periods"].to_dict() == {"day": 42, "month": 2, "week": 8}
    assert own["shipments"].to_dict() == {"day": 2, "month": 2, "week": 2}
    company = regular(book, "2026-06", manager="*")
    assert company["shipments"].to_dict() == {"day": 4, "month": 4, "week": 4}
    assert company["periods"].to_dict() == {"day": 127, "month": 6, "week": 25}
    assert "1" not in set(
        compute(regularity.shipment_counts, book, "2026-06", window_months=3)["manager_id"]
    )


def test_periods_begin_with_the_first_shipment_ever():
    book = frames(shipments=[
        *every(["2026-04-01", "2026-06-17"], "C1", 10, "1"),
        *every(["2026-06-10", "2026-06-24"], "C2", 10, "2"),
        line("R1", "2026-06-02", "C3", -10, "2"),  # a return before is no shipment
        line("R2", "2026-06-02", "C3", -10, "3"),  # never any shipment: no row
        line("S9", "2026-03-02", "C4", 10, "4"),  # no line in the window: no row
    ])  # fmt: skip
    table = compute(regularity.shipment_regularity, book, "2026-06", **ONE_MONTH)
    days = table[table["grain"] == "day"].set_index("manager_id")["periods"].to_dict()
    assert days == {"*": 22, "1": 22, "2": 15}
    # Wednesday 10 June: of the weeks, those from 15 and 22 June are wholly inside
    assert counted(book, "2026-06", "week", "2", **ONE_MONTH) == {"06-15": 0, "06-22": 1}
    assert counted(book, "2026-06", "month", "2", **ONE_MONTH) == {"06-01": 2}
    money = compute(regularity.shipment_counts, book, "2026-06", **ONE_MONTH)
    months = money[money["grain"] == "month"].set_index("manager_id")["revenue"].to_dict()
    assert months == {"*": 10, "1": 10, "2": 20}  # 30 less two returns


def test_one_shipment_on_the_last_day_has_no_whole_week():
    book = frames(shipments=[line("S1", "2026-06-30", "C1", 10, "1")])
    table = regular(book, "2026-06")
    assert table["periods"].to_dict() == {"day": 1, "month": 1}
    assert table.loc["day", ["last_week_share", "last_week_norm"]].tolist() == [1, 1]


def test_a_window_without_a_shipment_shows_zeros():
    book = frames(shipments=[line("S1", "2026-01-05", "C1", 10, "1"),
                             line("R1", "2026-06-05", "C1", -5, "1")])  # fmt: skip
    day = regular(book, "2026-06", **ONE_MONTH).loc["day"]
    assert (day.periods, day.active_periods, day.shipments, day.longest_gap) == (22, 0, 0, 22)
    assert (day["mean"], day.sd) == (0, 0)
    assert np.isnan(day.cv)


@pytest.mark.parametrize("name", ["shipment_regularity", "shipment_counts", "overdue_clients"])
def test_nobody_bought(name):
    function = getattr(regularity, name)
    book = frames(shipments=[line("R1", "2026-06-05", "C1", -5, "1")])
    assert compute(function, book, "2026-06").empty
    assert compute(function, book, "2026-05").empty


def test_a_month_that_runs_ends_where_the_data_do():
    book = frames(shipments=every(["2026-06-01", "2026-06-10", "2026-06-13"], "C1", 10, "1"))
    until = {"as_of": pd.Timestamp("2026-06-14"), **ONE_MONTH}
    # Saturday 13 has no working day after it yet: it counts on Friday 12
    assert active(book, "2026-06", **until) == {"06-01": 1, "06-10": 1, "06-12": 1}
    table = regular(book, "2026-06", **until)
    assert table["periods"].to_dict() == {"day": 10, "month": 1, "week": 2}
    assert table["last_week_norm"].tolist() == [0, 0, 0]  # they are still to come
    # 29 May 2026 is the last working day: the month and its last week are complete
    book = frames(shipments=every(["2026-05-04", "2026-05-29"], "C1", 10, "1"))
    until = {"as_of": pd.Timestamp("2026-05-29"), **ONE_MONTH}
    assert list(counted(book, "2026-05", "week", **until)) == ["05-04", "05-11", "05-18", "05-25"]


def weekend() -> dict[str, pd.DataFrame]:
    """Saturday shipments, and a client whom manager 2 owns and others sold to."""
    return frames(
        shipments=[
            line("S1", "2026-06-01", "C1", 10, "1"),
            line("S2", "2026-06-13", "C1", 20, "1"),  # a Saturday
            line("S3", "2026-06-27", "C2", 70, "3"),  # a Saturday among the last days
        ],
        clients=[{"client_id": "C1", "manager_id": "2"}, {"client_id": "C2", "manager_id": "2"}],
        managers=[{"manager_id": "2", "hired_on": "2026-06-20", "left_on": "2026-06-25"}],
        data_until="2026-06-30",
    )


def test_weeks_and_last_days_go_by_the_shipments_own_date():
    book = weekend()
    weeks = counted(book, "2026-06", "week", "*", **ONE_MONTH)
    assert weeks == {"06-01": 1, "06-08": 1, "06-15": 0, "06-22": 1}
    assert active(book, "2026-06", "day", "*", **ONE_MONTH) == {"06-01": 1, "06-15": 1, "06-29": 1}
    # from the fifth-last working day, the 24th, on
    assert set(regular(book, "2026-06", "*", **ONE_MONTH)["last_week_share"]) == {70 / 100}
    last = regular(book, "2026-06", "*", **ONE_MONTH, rush_days=2)  # from Monday 29 on
    assert set(last["last_week_share"]) == {0}


def test_a_portfolio_is_of_the_clients_owned_at_the_end_whoever_sold():
    book = weekend()
    table = compute(regularity.shipment_counts, book, "2026-06", whose="portfolio", **ONE_MONTH)
    months = table[table["grain"] == "month"].set_index("manager_id")
    assert months["shipments"].to_dict() == {"*": 3, "2": 3}  # its dates of employment cut nothing
    assert months["revenue"].to_dict() == {"*": 100, "2": 100}
    sold = compute(regularity.shipment_counts, book, "2026-06", **ONE_MONTH)
    months = sold[sold["grain"] == "month"].set_index("manager_id")
    assert months["revenue"].to_dict() == {"*": 100, "1": 30, "3": 70}
    with pytest.raises(ClientOpsError, match="whose: 'owner'"):
        compute(regularity.shipment_counts, book, "2026-06", whose="owner")


# --- shipment_counts ---


def test_counts_hold_every_period_of_manager_and_company():
    table = compute(regularity.shipment_counts, june(), "2026-06", **ONE_MONTH)
    assert table.groupby(["grain", "manager_id"]).size().to_dict() == {
        ("day", "*"): 22, ("day", "1"): 22, ("month", "*"): 1, ("month", "1"): 1,
        ("week", "*"): 4, ("week", "1"): 4,
    }  # fmt: skip
    second = table[table["period_start"] == "2026-06-02"].iloc[0]
    assert (second.shipments, second.clients, second.revenue) == (1, 2, 110)
    last = table[table["period_start"] == "2026-06-30"].iloc[0]
    assert (last.shipments, last.clients, last.revenue) == (0, 0, -20)
    first_week = table[(table["grain"] == "week") & (table["manager_id"] == "1")].iloc[0]
    assert (first_week.shipments, first_week.clients, first_week.revenue) == (3, 2, 210)


def test_managers_of_one_client_are_told_apart_and_the_client_is_one():
    book = frames(shipments=[line("S1", "2026-06-02", "C1", 10, "1"),
                             line("S1", "2026-06-02", "C1", 10, "2")])  # fmt: skip
    table = compute(regularity.shipment_counts, book, "2026-06", **ONE_MONTH)
    months = table[table["grain"] == "month"].set_index("manager_id")
    assert months["shipments"].to_dict() == {"*": 1, "1": 1, "2": 1}
    assert months["clients"].to_dict() == {"*": 1, "1": 1, "2": 1}


def test_days_and_months_of_managers_add_up_to_the_ledger(sample):
    table = sample.compute(regularity.shipment_counts)
    sums = table.groupby(["grain", table["manager_id"] == "*"])[["shipments", "revenue"]].sum()
    for grain in ("day", "month"):
        assert sums.loc[(grain, False)].tolist() == pytest.approx(sums.loc[(grain, True)].tolist())
    year = sample.sales_month["month"].between("2025-11-01", "2026-10-01")
    ledger = sample.sales_month[year]
    assert sums.loc[("month", True), "shipments"] == ledger["shipments"].sum()
    assert sums.loc[("month", True), "revenue"] == pytest.approx(ledger["revenue"].sum() / 10_000)


# --- overdue_clients ---


def days_after(start: str, *gaps: int) -> list[str]:
    """Days with these gaps between them, the first on *start*."""
    return [f"{pd.Timestamp(start) + pd.Timedelta(days=n):%Y-%m-%d}" for n in np.cumsum([0, *gaps])]


def overdue(book, as_of, **more) -> pd.DataFrame:
    table = compute(regularity.overdue_clients, book, as_of[:7], as_of=pd.Timestamp(as_of), **more)
    return table.set_index("client_id")


def rhythm_of_ten() -> dict[str, pd.DataFrame]:
    """Gaps 10, 20, 10, 10: the last purchase is on 20 February 2026, late after 17 days."""
    return frames(
        shipments=every(days_after("2026-01-01", 10, 20, 10, 10), "C1", 30, "1"),
        clients=[{"client_id": "C1", "client_name": "One", "phone": "555", "email": "a@b.example"}],
        data_until="2026-12-31",
    )


def test_late_after_the_quantile_of_the_own_gaps_silent_after_a_quarter_of_a_year():
    book = rhythm_of_ten()
    # 0.9 × 3 = place 2.7 of 10, 10, 10, 20: 10 + 0.7 × 10
    assert overdue(book, "2026-03-09").empty  # 17 days
    row = overdue(book, "2026-03-10").loc["C1"]  # 18 days
    assert (row.typical_gap_days, row.late_after_days, row.days_since) == (10, 17, 18)
    assert (row.status, row.overdue_days, row.purchases) == ("late", 8, 5)
    assert (str(row.last_on.date()), str(row.expected_on.date())) == ("2026-02-20", "2026-03-02")
    assert (row.client_name, row.phone, row.email) == ("One", "555", "a@b.example")
    # 150 in the two months that the data cover up to February
    assert row.monthly_revenue == 75
    assert row.revenue_missed == pytest.approx(75 * 8 / 30.4375)
    assert overdue(book, "2026-05-21").loc["C1", "status"] == "late"  # 90 days
    assert overdue(book, "2026-05-22").loc["C1", "status"] == "silent"
    twice = {"silent_after_days": 30}  # where that is less than twice 17
    assert overdue(book, "2026-03-26", **twice).loc["C1", "status"] == "late"  # 34 days
    assert overdue(book, "2026-03-27", **twice).loc["C1", "status"] == "silent"
    assert overdue(book, "2026-12-31").loc["C1", "revenue_missed"] == pytest.approx(
        75 * 90 / 30.4375
    )
    row = overdue(book, "2026-12-31", missed_days=30).loc["C1"]
    assert (row.overdue_days, row.revenue_missed) == (304, pytest.approx(75 * 30 / 30.4375))
    assert overdue(book, "2026-03-10", late_quantile=1.0).empty
    assert overdue(book, "2026-03-10", late_quantile=0.5).loc["C1", "late_after_days"] == 10
    assert overdue(book, "2026-03-10", min_gaps=5).empty


def test_a_long_wait_is_silent_whatever_the_rhythm():
    book = frames(shipments=every(days_after("2025-01-01", 100, 100, 100), "C1", 30, "1"),
                  data_until="2026-12-31")  # fmt: skip
    assert overdue(book, "2026-04-26").loc["C1", "status"] == "late"  # 180 days after 28 October
    assert overdue(book, "2026-04-27").loc["C1", "status"] == "silent"
    assert overdue(book, "2026-04-27", silent_days=181).loc["C1", "status"] == "late"


def test_nobody_who_buys_weekly_is_written_off_after_two_weeks():
    days = days_after("2026-01-01", *[7] * 12)  # to 26 March
    book = frames(shipments=every(days, "C1", 30, "1"), data_until="2026-12-31")
    assert overdue(book, "2026-04-02").empty  # 7 days
    for quiet in (8, 14, 15, 21, 35, 90):
        on = days_after("2026-03-26", quiet)[1]
        assert overdue(book, on).loc["C1", "status"] == "late", quiet
    assert overdue(book, days_after("2026-03-26", 91)[1]).loc["C1", "status"] == "silent"


def test_a_purchase_in_the_window_three_gaps_and_revenue_are_needed():
    days = days_after("2025-01-01", 10, 10, 10)  # to 31 January 2025
    book = frames(
        shipments=[
            *every(days, "C1", 30, "1"),
            *every(days[1:], "FEW", 30, "1"),
            *every(days, "RETURNS", 30, "1"),
            line("R1", "2025-01-15", "RETURNS", -120, "1"),
            *every(days[:-1], "BACK", 30, "1"),  # to 21 January
            line("R3", "2025-01-28", "BACK", -90, "1"),  # all of it, in the month of the last one
            *every(days, "LATER", 30, "1"),
            line("R2", "2025-02-15", "LATER", -120, "1"),  # in a month after it: no matter
        ],
        data_until="2026-12-31",
    )
    assert set(overdue(book, "2025-12-31").index) == {"C1", "LATER"}
    assert overdue(book, "2025-12-31")["monthly_revenue"].tolist() == [120, 120]
    soon = overdue(book, "2025-01-27", min_gaps=1, late_quantile=0.0)
    assert "BACK" not in soon.index  # six days since are within its gaps of ten
    assert overdue(book, "2026-01-01").empty
    assert overdue(book, "2025-04-01", window_months=3).empty
    assert set(overdue(book, "2025-03-31", window_months=3).index) == {"C1", "LATER"}


def test_half_days_are_rounded_up_to_the_expected_day():
    book = frames(shipments=every(days_after("2026-01-01", 10, 10, 11, 11), "C1", 30, "1"),
                  data_until="2026-12-31")  # fmt: skip
    row = overdue(book, "2026-03-01").loc["C1"]
    assert (row.typical_gap_days, row.days_since, row.overdue_days) == (10.5, 17, 6.5)
    assert str(row.expected_on.date()) == "2026-02-23"  # 12 February and 11 days


def test_rows_come_late_before_silent_then_by_the_money_missed():
    early, recent = days_after("2026-01-01", 10, 10, 10), days_after("2026-02-13", 10, 10, 10)
    book = frames(
        shipments=[
            *every(early, "BIG", 900, "1"),  # 59 days since
            *every(early, "BIGGER", 950, "1"),
            *every(recent, "b", 50, "1"),  # 16 days since: late
            *every(recent, "a", 50, "1"),
            *every(recent, "c", 70, "1"),
        ],
        data_until="2026-03-31",
    )
    table = compute(regularity.overdue_clients, book, "2026-03", silent_after_days=50)
    assert table["client_id"].tolist() == ["c", "a", "b", "BIGGER", "BIG"]
    assert table["status"].tolist() == ["late"] * 3 + ["silent"] * 2


def test_nothing_after_the_day_matters():
    days = days_after("2026-01-01", 10, 10, 10)
    past = frames(shipments=every(days, "C1", 30, "1"), data_until="2026-02-15")
    future = frames(
        shipments=[*every(days, "C1", 30, "1"), *every(["2026-02-16", "2026-02-20"], "C1", 9, "2"),
                   *every(["2026-02-16", "2026-02-20"], "C2", 99, "2")],
        data_until="2026-02-28",
    )  # fmt: skip
    told = overdue(past, "2026-02-15").drop(columns=["abc", "xyz"])
    pd.testing.assert_frame_equal(told, overdue(future, "2026-02-15")[told.columns])


def test_classes_are_those_of_the_month_and_the_owner_that_of_the_day():
    days = days_after("2026-01-01", 7, 7, 7)
    book = frames(
        shipments=every(days, "C1", 30, "1"),
        assignments=[
            {"client_id": "C1", "manager_id": "1", "valid_from": "2025-01-01",
             "valid_to": "2026-01-31"},
            {"client_id": "C1", "manager_id": "2", "valid_from": "2026-02-01", "valid_to": None},
        ],
        data_until="2026-02-10",
    )  # fmt: skip
    # January is the last complete month; the data end in February
    as_of = pd.Timestamp("2026-02-10")
    row = compute(regularity.overdue_clients, book, "2026-01", as_of=as_of).iloc[0]
    assert (row.manager_id, row.abc, row.xyz) == ("2", "A", "X")
    assert (row.days_since, row.status) == (19, "late")
    february = compute(regularity.overdue_clients, book, "2026-02", as_of=as_of).iloc[0]
    assert february.xyz == "Y"  # 18 days by the end of February are more than twice the median


def test_rhythm_tells_gaps_from_the_first_one_on():
    book = frames(shipments=[*every(days_after("2026-01-01", 5), "C1", 1, "1"),
                             line("S2", "2026-01-09", "C2", 1, "1"),
                             line("R3", "2026-01-09", "C3", -1, "1")])  # fmt: skip
    ledger = small_book(book, "2026-01").ledger
    own = rhythm.rhythms(ledger, pd.Timestamp("2026-01-31"))
    assert own.purchases.tolist() == [2, 1, 0]
    assert own.gaps.tolist() == [1, 0, 0]
    np.testing.assert_array_equal(own.typical_gap, [5, np.nan, np.nan])
    np.testing.assert_array_equal(own.late_after, [5, np.nan, np.nan])
    assert own.all_gaps.tolist() == [5]
    earlier = rhythm.rhythms(ledger, pd.Timestamp("2026-01-05"))
    assert earlier.purchases.tolist() == [1, 0, 0]
    assert earlier.all_gaps.size == 0


# --- random ledgers ---

FIRST = datetime.date(2024, 1, 1)
dates = st.integers(0, 950).map(lambda number: FIRST + datetime.timedelta(days=number))
# Around a leap day, Thanksgiving, Christmas and New Year, and months that end on a weekend.
close_days = st.one_of(
    st.integers(0, 20).map(lambda n: datetime.date(2024, 2, 20) + datetime.timedelta(days=n)),
    st.integers(0, 75).map(lambda n: datetime.date(2024, 11, 20) + datetime.timedelta(days=n)),
)
close_lines = st.lists(
    st.fixed_dictionaries({
        "shipment_id": st.sampled_from(["S1", "S2"]), "shipped_on": close_days,
        "client_id": st.sampled_from(["C1", "C2"]), "manager_id": st.sampled_from([None, "1", "2"]),
        "revenue": st.sampled_from([100, 50, 33, -100, 0]), "cost": st.none(),
    }), max_size=25,
)  # fmt: skip
employed = st.lists(
    st.fixed_dictionaries({
        "manager_id": st.sampled_from(["1", "2", "10"]),
        "manager_name": st.sampled_from([None, "One"]),
        "hired_on": st.one_of(st.none(), dates, close_days),
        "left_on": st.one_of(st.none(), dates, close_days),
    }), max_size=3, unique_by=lambda row: row["manager_id"],
)  # fmt: skip


@st.composite
def ledgers_of_shipments(draw: st.DrawFn):
    """Random ledgers, dense about the ends of some months, with dates of employment."""
    ledger = draw(small_ledgers)
    ledger.lines += draw(close_lines)
    ledger.managers = draw(employed)
    for row in ledger.clients:
        row["phone"] = draw(st.sampled_from([None, "555"]))
    return ledger


random_ledgers = settings(max_examples=8)
some_month = st.sampled_from(
    ["2024-01", "2024-02", "2024-11", "2024-12", "2025-01", "2025-03", "2026-05", "2026-08"]
)


@random_ledgers
@given(ledgers_of_shipments(), some_month, st.sampled_from(["", "US"]), st.sampled_from([3, 12]),
       st.sampled_from([1, 5, 30]), st.sampled_from(["credit", "portfolio"]))  # fmt: skip
def test_shipments_of_random_ledgers(ledger, month, calendar, window, rush_days, whose):
    asked = datetime.date.fromisoformat(f"{month}-01")
    book = frames_of(ledger)
    given_ = {"calendar": calendar, "window_months": window, "whose": whose}
    ours = compute(regularity.shipment_counts, book, month, **given_)
    assert_same(ours, oracle.shipment_counts(ledger, asked, **given_))
    given_ |= {"rush_days": rush_days, "rush_p": 0.6}
    ours = compute(regularity.shipment_regularity, book, month, **given_)
    assert_same(ours, oracle.shipment_regularity(ledger, asked, **given_))


rules = st.fixed_dictionaries(
    {},
    optional={
        "min_gaps": st.sampled_from([1, 3, 4]),
        "late_quantile": st.sampled_from([0.5, 0.9, 0.75, 1.0]),
        "silent_days": st.sampled_from([30, 180]),
        "silent_after_days": st.sampled_from([0, 20, 90]),
        "missed_days": st.sampled_from([5, 90]),
        "window_months": st.sampled_from([3, 6, 12]),
    },
)


@random_ledgers
@given(ledgers_of_shipments(), some_month, st.one_of(st.none(), st.integers(0, 27)), rules)
def test_overdue_clients_of_random_ledgers(ledger, month, day, changed):
    asked = datetime.date.fromisoformat(f"{month}-01")
    if asked < oracle.first_day(min(line["shipped_on"] for line in ledger.lines)):
        return
    as_of = None if day is None else asked + datetime.timedelta(days=day)
    later = {} if as_of is None else {"as_of": pd.Timestamp(as_of)}
    ours = compute(regularity.overdue_clients, frames_of(ledger), month, **later, **changed)
    assert_same(ours, oracle.overdue_clients(ledger, asked, as_of, **changed))


# --- the sample ---


def test_the_planted_rush_is_found_in_every_month_and_nobody_else_blamed(sample):
    for months_ago in range(0, 24, 3):
        month = sample.month - pd.DateOffset(months=months_ago)
        table = sample.compute(regularity.shipment_regularity, month)
        assert set(table[table["verdict"] == "above"]["manager_id"]) == {"3"}, month
    table = sample.compute(regularity.shipment_regularity).set_index(["grain", "manager_id"])
    week = table.loc["week"]
    assert f"{week.loc['3', 'last_week_share']:.0%}" == "63%"
    assert f"{week.loc['3', 'last_week_norm']:.0%}" == "24%"
    in_office = week.loc[["1", "2", "4", "5", "6", "7", "9"], "last_week_share"]
    assert in_office.between(0.19, 0.33).all()


def test_no_manager_of_real_ledgers_is_blamed_for_a_few_large_orders(northwind, adventureworks):
    for book in (northwind, adventureworks):
        for months_ago in (0, 3, 6, 9):
            month = book.month - pd.DateOffset(months=months_ago)
            table = book.compute(regularity.shipment_regularity, month)
            assert not (table["verdict"] == "above").any(), (book, month)


@pytest.mark.parametrize("function", [regularity.shipment_counts, regularity.shipment_regularity])
def test_a_managers_book_says_the_same_of_its_portfolio(sample, manager_book, function):
    for month in ("2026-10", "2026-05", "2024-04"):
        whole = sample.compute(function, month, whose="portfolio")
        own = whole[whole["manager_id"] == "2"].reset_index(drop=True)
        seen = manager_book("2").compute(function, month, whose="portfolio")
        pd.testing.assert_frame_equal(seen, own)


def test_the_manager_who_left_is_looked_at_until_then(sample):
    table = sample.compute(regularity.shipment_counts)
    own = table[(table["manager_id"] == "8") & (table["grain"] == "day")]
    assert str(own["period_start"].max().date()) == "2026-03-31"


def test_the_planted_clockwork_client_leads_the_late(sample):
    table = sample.compute(regularity.overdue_clients)
    first = table.iloc[0]
    assert (first.client_id, first.abc, first.status) == ("C0233", "A", "late")
    assert (first.typical_gap_days, first.late_after_days, first.days_since) == (7, 7, 54)
    assert str(first.expected_on.date()) == "2026-10-02"
    assert first.revenue_missed == pytest.approx(first.monthly_revenue * 47 / 30.4375)
    weekly = table[(table["typical_gap_days"] == 7) & table["abc"].isin(["A", "B"])]
    assert weekly[weekly["days_since"].between(14, 63)]["client_id"].tolist() == ["C0233"]
    before = sample.compute(regularity.overdue_clients, "2026-09")
    assert "C0233" not in set(before["client_id"])


# --- what is said and drawn ---

TOLD = {
    "shipment_regularity": [
        (findings.month_end_rush, form("regularity", "shipment_regularity")),
        (findings.evenness, form("regularity", "shipment_regularity", 1)),
    ],
    "shipment_counts": [
        (findings.shipment_months, form("regularity", "shipment_counts")),
    ],
    "overdue_clients": [(findings.overdue, form("regularity", "overdue_clients"))],
}


def assert_told(tables: dict[str, pd.DataFrame], subject: str = "*") -> list[str]:
    """Every sentence ends, and every figure is drawn at every width."""
    said = []
    for name, pairs in TOLD.items():
        for says, figure in pairs:
            said.append(told(says, tables[name], subject))
            assert said[-1].endswith("."), said[-1]
            assert "{" not in said[-1], said[-1]
            for width in (figures.FULL, figures.WIDE, figures.PHONE):
                assert figures.svg(figure(tables[name], width=width), said[-1]).startswith("<svg")
    return said


def of_managers(tables: dict[str, pd.DataFrame], *managers: str) -> dict[str, pd.DataFrame]:
    return {name: t[t["manager_id"].isin(managers)] for name, t in tables.items()}


def test_words_on_the_sample(sample):
    tables = {name: sample.compute(getattr(regularity, name)) for name in TOLD}
    rush, even, months, late = assert_told(tables)
    assert rush == (
        "Marek Saarniit: 63% of revenue in the last working days of the month, more than even "
        "(24%) in 12 of 12 months. The others: 20% to 32%."
    )
    assert even == (
        "Largest variation from week to week: Marek Saarniit (0.78); smallest: Pavel Ivanov "
        "(0.17). The longest time without a shipment: 5 working days (Marek Saarniit)."
    )
    assert months == (
        "The company: most shipments in December 2025 (650), fewest in February 2026 (520)."
    )
    assert late.startswith("35 clients are late to order (€91.5K missed so far), first Saarepuu ")
    rush, even, *_ = assert_told(of_managers(tables, "*", "1"), "1")
    assert rush.startswith("Pavel Ivanov: 26% of revenue in the last working days of the month; ")
    assert even.startswith("Pavel Ivanov: variation of 0.17 from week to week, at most 2 working ")
    assert_told(of_managers(tables, "8"), "8")
    assert_told(of_managers(tables, "(unassigned)"), "(unassigned)")
    assert_told(of_managers(tables, "nobody"), "nobody")


def test_words_on_other_ledgers(northwind, adventureworks):
    for book in (northwind, adventureworks):
        for month in (book.month, book.first_month):
            tables = {name: book.compute(getattr(regularity, name), month) for name in TOLD}
            rush, *_ = assert_told(tables)
            assert rush.startswith("Nobody keeps shipments back")
    assert "0% to 0%" not in rush


def test_words_without_rows_and_with_little():
    day = pd.Timestamp("2026-10-01")
    nothing = {
        name: getattr(regularity, name)(
            *no_rows.frames(getattr(regularity, name)),
            **({"month": day} if name == "overdue_clients" else {"until": day}),
        )
        for name in TOLD
    }
    assert_told(nothing)
    for book in (
        frames(shipments=[line("S1", "2026-06-30", "C1", 10, "1")]),  # no whole week
        frames(shipments=[line("S1", "2026-06-03", "C1", 10, "1"),  # no revenue in the end
                          line("R1", "2026-06-29", "C1", -10, "1")]),
        rhythm_of_ten(),
        rushing(6),
    ):  # fmt: skip
        month = f"{book['sales_month']['month'].max():%Y-%m}"
        assert_told({name: compute(getattr(regularity, name), book, month) for name in TOLD})


def test_strips_show_what_was_empty():
    book = frames(shipments=every(["2026-04-01", "2026-06-30"], "C1", 10, "1"))
    table = compute(regularity.shipment_counts, book, "2026-06")
    figure = form("regularity", "shipment_counts")(table)
    empty = [each for axes in figure.axes for each in axes.lines if each.get_gid() == "empty"]
    assert len(empty) == 1  # May
