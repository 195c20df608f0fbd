"""Months and working days."""

import datetime

import numpy as np
import pandas as pd
import pytest

from clientops import periods
from clientops.errors import ClientOpsError

WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri")


@pytest.mark.parametrize("text", ["2026-10", "2026-10-01", datetime.date(2026, 10, 31),
                                  pd.Timestamp("2026-10-15 12:00")])  # fmt: skip
def test_a_month_is_its_first_day(text):
    assert periods.parse_month(text) == pd.Timestamp("2026-10-01")


@pytest.mark.parametrize("text", ["2026-13", "10/2026", "2026-10-02", "", "last", "202610"])
def test_what_is_no_month_is_an_error(text):
    with pytest.raises(ClientOpsError, match="not a month"):
        periods.parse_month(text)


@pytest.mark.parametrize(("month", "count", "expected"), [
    ("2026-01", -1, "2025-12"), ("2025-12", 1, "2026-01"), ("2024-02", 12, "2025-02"),
    ("2026-10", -34, "2023-12"), ("2026-10", 0, "2026-10"),
])  # fmt: skip
def test_adding_months(month, count, expected):
    assert periods.add_months(pd.Timestamp(month), count) == pd.Timestamp(expected)


def test_month_numbers_and_their_inverse():
    months = pd.DatetimeIndex(["1969-12-01", "1970-01-01", "2024-02-01"])
    numbers = periods.month_numbers(months)
    assert numbers.tolist() == [1969 * 12 + 11, 1970 * 12, 2024 * 12 + 1]
    assert (periods.month_starts(numbers) == months.to_numpy()).all()


def test_leap_february_ends_on_the_29th():
    assert periods.month_end(pd.Timestamp("2024-02-01")) == pd.Timestamp("2024-02-29")


def test_working_days_leave_out_weekends_and_observed_holidays():
    # 4 July 2026 is a Saturday, observed on Friday the 3rd
    july = periods.working_days(datetime.date(2026, 7, 1), datetime.date(2026, 7, 7), "US", WEEK)
    assert [str(day) for day in july] == ["2026-07-01", "2026-07-02", "2026-07-06", "2026-07-07"]


def test_subdivisions_have_their_own_holidays():
    easter_monday = datetime.date(2026, 4, 6)
    days = [periods.working_days(easter_monday, easter_monday, calendar, WEEK)
            for calendar in ("GB", "GB-ENG", "")]  # fmt: skip
    assert [len(day) for day in days] == [1, 0, 1]


def test_another_work_week():
    week = ("Sun", "Mon", "Tue", "Wed", "Thu")
    days = periods.working_days(datetime.date(2026, 10, 2), datetime.date(2026, 10, 4), "", week)
    assert days.tolist() == [datetime.date(2026, 10, 4)]


@pytest.mark.parametrize("calendar", ["XX", "GB-XXX", "Germany"])
def test_unknown_calendars_are_named(calendar):
    with pytest.raises(ClientOpsError, match="calendar"):
        periods.public_holidays(calendar)


@pytest.mark.parametrize(("until", "expected"), [
    ("2026-10-30", "2026-10"),  # Friday, the last working day
    ("2026-10-29", "2026-09"),
    ("2026-10-31", "2026-10"),
    ("2026-01-02", "2026-01"),  # nothing before: the first month of the data
])  # fmt: skip
def test_the_last_complete_month(until, expected):
    first = pd.Timestamp("2026-01-01")
    month = periods.last_complete_month(first, datetime.date.fromisoformat(until), "", WEEK)
    assert month == pd.Timestamp(expected)


def test_a_month_of_the_calendar_is_made_of_working_and_free_days():
    for month in pd.date_range("2023-01-01", "2027-12-01", freq="MS"):
        end = periods.month_end(month)
        working = periods.working_days(month, end, "EE", WEEK)
        assert 17 <= len(working) <= 23
        assert (np.diff(working.astype(int)) > 0).all()
