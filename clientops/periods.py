"""Months, windows and working days. Nothing here knows what day it is today.

A month is a `pandas.Timestamp` of its first day. Arithmetic runs on month numbers (year × 12 +
month − 1), which are plain integers and so can index the columns of a matrix.
"""

import contextlib
import datetime
import functools
import re

import holidays
import numpy as np
import pandas as pd

from clientops.errors import ClientOpsError, nearest

DAYS_PER_MONTH = 30.4375  # 365.25 / 12
_EPOCH = 1970 * 12  # month number of January 1970


def parse_month(text: object) -> pd.Timestamp:
    """The first day of `2026-10` (also a date in the month); anything else is an error."""
    if isinstance(text, datetime.date):  # a Timestamp is one
        return pd.Timestamp(text.year, text.month, 1)
    if match := re.fullmatch(r"(\d{4})-(\d{2})(-01)?", str(text).strip()):
        year, month = int(match[1]), int(match[2])
        if 1 <= month <= 12 and 1900 <= year <= 2200:
            return pd.Timestamp(year, month, 1)
    raise ClientOpsError("month {given!r} is not a month such as 2026-10", given=str(text))


def month_number(day: datetime.date) -> int:
    """Year × 12 + month − 1: consecutive months have consecutive numbers."""
    return day.year * 12 + day.month - 1


def month_numbers(days: pd.Series | pd.DatetimeIndex) -> np.ndarray:
    """Month numbers of many days at once (int64); days must not be missing."""
    values = np.asarray(days, dtype="datetime64[M]")
    return values.astype(np.int64) + _EPOCH


def month_starts(numbers: np.ndarray) -> np.ndarray:
    """The inverse of `month_numbers`: first days as datetime64[us]."""
    months = (np.asarray(numbers, dtype=np.int64) - _EPOCH).astype("datetime64[M]")
    return months.astype("datetime64[us]")


def add_months(month: pd.Timestamp, count: int) -> pd.Timestamp:
    """The month *count* months later (earlier where negative)."""
    year, index = divmod(month_number(month) + count, 12)
    return pd.Timestamp(year, index + 1, 1)


def month_end(month: pd.Timestamp) -> pd.Timestamp:
    """The last calendar day of the month."""
    return add_months(month, 1) - pd.Timedelta(days=1)


def label(month: pd.Timestamp) -> str:
    """`2026-10`: how a month is written on the command line and in messages."""
    return f"{month:%Y-%m}"


@functools.cache
def public_holidays(calendar: str) -> object:
    """The public holidays of `US` or `GB-ENG`, observed days included; none for an empty text."""
    if not calendar:
        return holidays.HolidayBase()
    country, _, subdivision = calendar.partition("-")
    # By its code, not by the name of its class; and all calendars are read only to help with it.
    if country.isupper() and len(country) in (2, 3):
        with contextlib.suppress(NotImplementedError):
            return holidays.country_holidays(country, subdiv=subdivision or None, observed=True)
    supported = holidays.list_supported_countries(include_aliases=True)
    if country not in supported:
        hint = nearest(country, supported)
        raise ClientOpsError("calendar {calendar!r}: no holidays known for {country!r}; {hint}",
                             calendar=calendar, country=country, hint=hint)  # fmt: skip
    hint = nearest(subdivision, supported[country])
    raise ClientOpsError("calendar {calendar!r}: {country} has no {subdivision!r}; {hint}",
                         calendar=calendar, country=country, subdivision=subdivision,
                         hint=hint)  # fmt: skip


def working_days(
    first: datetime.date,
    last: datetime.date,
    calendar: str = "",
    work_week: tuple[str, ...] = ("Mon", "Tue", "Wed", "Thu", "Fri"),
) -> np.ndarray:
    """The working days from *first* to *last*, both included, as datetime64[D].

    Days of the work week less public holidays of *calendar* (source: Python's `holidays`).
    """
    days = np.arange(np.datetime64(first, "D"), np.datetime64(last, "D") + 1)
    closed = public_holidays(calendar)
    free = [day for year in range(first.year, last.year + 1) for day in _holidays(closed, year)]
    mask = [name in work_week for name in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")]
    return days[np.is_busday(days, weekmask=mask, holidays=np.array(free, dtype="datetime64[D]"))]


def _holidays(closed: object, year: int) -> list[datetime.date]:
    """One year's holidays. `holidays` works them out when a year is first asked for."""
    datetime.date(year, 1, 1) in closed  # noqa: B015
    return [day for day in closed if day.year == year]


def is_complete(
    month: pd.Timestamp, data_until: datetime.date, calendar: str, work_week: tuple[str, ...]
) -> bool:
    """Whether the data reach the month's last working day."""
    days = working_days(month, month_end(month), calendar, work_week)
    last = days[-1] if len(days) else np.datetime64(month_end(month), "D")
    return np.datetime64(data_until, "D") >= last


def last_complete_month(
    first_month: pd.Timestamp,
    data_until: datetime.date,
    calendar: str,
    work_week: tuple[str, ...],
) -> pd.Timestamp:
    """The default month: the last complete one; the first of the data where none is complete."""
    month = parse_month(data_until)
    if not is_complete(month, data_until, calendar, work_week):
        month = add_months(month, -1)
    return max(month, first_month)
