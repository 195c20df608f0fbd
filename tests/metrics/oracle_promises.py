"""Outcomes and promises once more: slow, obvious and exact, for tests only.

Made from the written definitions alone, row by row and day by day; money and shares are Fractions.
A *promise* is one row of activities; its day is the one it is dated on, also where nobody works.
*as_of* None is the month's end.
"""

from dataclasses import dataclass
from datetime import time, timedelta
from fractions import Fraction
from functools import cache

import holidays

from tests.metrics.oracle import (
    COMPANY,
    exact,
    last_day,
    manager_name,
    months_of_window,
    owner_on,
)

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ENDINGS = ("", "а", "о", "ы", "ный", "ная", "ное", "ные")


def with_endings(*words):
    return tuple(word + ending for word in words for ending in ENDINGS)


DID_NOT_TAKE_PLACE = tuple("не состоял" + ending for ending in ("ся", "ась", "ось", "ись"))
NOT_DONE = (
    "missed", "cancelled", "canceled", "scheduled", "planned", "overdue", "unanswered",
    "no answer", "not held", "voicemail", "busy", "failed", "declined",
    *with_endings("пропущен", "отменен", "запланирован", "просрочен"),
    *DID_NOT_TAKE_PLACE,
    "нет ответа", "не отвечен", "недозвон", "занято", "автоответчик",
)  # fmt: skip
PROMISED = (
    "missed", "scheduled", "planned", "overdue", "not held",
    *with_endings("пропущен", "запланирован", "просрочен"),
    *DID_NOT_TAKE_PLACE,
)  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """What the tables of promises go by, with the defaults."""

    not_done: tuple = NOT_DONE
    promised: tuple = PROMISED
    promise_days: int = 30
    promise_grace: int = 2
    min_call_minutes: float = 0.5
    window_months: int = 12
    calendar: str = ""
    work_week: tuple = WEEKDAYS[:5]


# --- the tables ---------------------------------------------------------------------------------


def promises(ledger, month, as_of=None, **settings):
    """One row per who made a promise that is due, and kind; "*" are the company and all kinds."""
    s, date = Settings(**settings), as_of or last_day(month)
    due = promises_due(ledger, date, s)
    rows = []
    for manager_id in sorted({who for row in due for who in (COMPANY, row["manager_id"])}):
        mine = [row for row in due if manager_id in (COMPANY, row["manager_id"])]
        for kind in sorted({each for row in mine for each in (COMPANY, row["kind"])}):
            of_kind = [row for row in mine if kind in (COMPANY, row["kind"])]
            kept = [row for row in of_kind if is_kept(ledger, row, s)]
            rows.append({
                "manager_id": manager_id,
                "manager_name": manager_name(ledger, manager_id),
                "kind": kind,
                "due": len(of_kind),
                "kept": len(kept),
                "kept_share": Fraction(len(kept), len(of_kind)),
                "oldest_days": max(
                    ((date - day_of(row)).days for row in of_kind if not is_kept(ledger, row, s)),
                    default=None,
                ),
            })  # fmt: skip
    return rows


def promises_open(ledger, month, as_of=None, **settings):
    """One row per client with a promise after which nobody touched it: the oldest such promise.

    Owners are those of the month of the date, as everywhere: at its end.
    """
    s, date = Settings(**settings), as_of or last_day(month)
    names = {row["client_id"]: row["client_name"] for row in ledger.clients}
    by_client = {}
    for row in promises_due(ledger, date, s):
        if not touches_after(ledger, row, date, s):
            by_client.setdefault(row["client_id"], []).append(row)
    rows = []
    for client_id, untouched in by_client.items():
        oldest = min(untouched, key=lambda row: (row["happened_at"], row["kind"]))
        rows.append({
            "manager_id": owner_on(ledger, client_id, date),
            "client_id": client_id,
            "client_name": names.get(client_id),
            "kind": oldest["kind"],
            "due_on": day_of(oldest),
            "days": (date - day_of(oldest)).days,
            "outcome": oldest["outcome"],
            "revenue": window_revenue(ledger, client_id, month, s),
        })  # fmt: skip
    return sorted(rows, key=lambda row: (-row["revenue"], row["client_id"]))


# --- outcomes -----------------------------------------------------------------------------------


def normal(outcome):
    """As outcomes are compared: trimmed, case-folded, ё as е."""
    return outcome.strip().casefold().replace("ё", "е")


def is_one_of(outcome, listed):
    """Whether an outcome stands in a list; an empty one stands in none."""
    return outcome is not None and normal(outcome) in {normal(each) for each in listed}


def is_done(row, s):
    """Whether anything was done: an outcome that is not known counts as done."""
    return not is_one_of(row["outcome"], s.not_done)


def is_touch(row, s):
    """Done, with a client, and long enough where that is known."""
    is_long = row["minutes"] is None or exact(row["minutes"]) >= exact(s.min_call_minutes)
    return is_done(row, s) and row["client_id"] is not None and is_long


# --- promises -----------------------------------------------------------------------------------


def promises_due(ledger, date, s):
    """Of the last promise_days days, the date's included, those whose grace is over on the date.

    One per client, kind and day: the day's last, and of one moment the one of the larger id.
    """
    last = {}
    for row in ledger.activities:
        if row["client_id"] is None or not is_one_of(row["outcome"], s.promised):
            continue
        if not 0 <= (date - day_of(row)).days < s.promise_days:
            continue
        if last_day_of_grace(day_of(row), s) > date:
            continue
        key = row["client_id"], row["kind"], day_of(row)
        order = row["happened_at"], row["manager_id"]
        if key not in last or order > (last[key]["happened_at"], last[key]["manager_id"]):
            last[key] = row
    return list(last.values())


def is_kept(ledger, promise, s):
    """A touch of the client, by anyone, after it and not after its last day of grace."""
    return bool(touches_after(ledger, promise, last_day_of_grace(day_of(promise), s), s))


def touches_after(ledger, promise, until, s):
    """Touches of the client after the promise, up to a day."""
    return [row for row in ledger.activities
            if row["client_id"] == promise["client_id"] and is_touch(row, s)
            and is_after(row, promise) and day_of(row) <= until]  # fmt: skip


def is_after(row, promise):
    """By the clock where both have a time of day, else on that day or later."""
    if time(0) in (row["happened_at"].time(), promise["happened_at"].time()):
        return day_of(row) >= day_of(promise)
    return row["happened_at"] > promise["happened_at"]


def last_day_of_grace(day, s):
    """So many working days later; without any grace the day itself."""
    left = s.promise_grace
    while left > 0:
        day += timedelta(days=1)
        left -= works_on(day, s)
    return day


def works_on(day, s):
    """Whether the day is of the work week and no public holiday."""
    return WEEKDAYS[day.weekday()] in s.work_week and day not in closed(s.calendar, day.year)


@cache
def closed(calendar, year):
    """The public holidays of a year; none without a calendar."""
    return set(holidays.country_holidays(calendar, years=year)) if calendar else set()


def day_of(row):
    return row["happened_at"].date()


def window_revenue(ledger, client_id, month, s):
    """Net revenue of the client in the window that ends with the month; 0 without any line."""
    window = months_of_window(ledger, month, s.window_months)
    return sum((exact(line["revenue"]) for line in ledger.lines
                if line["client_id"] == client_id
                and line["shipped_on"].replace(day=1) in window), Fraction(0))  # fmt: skip
