"""Shipments per day, week and month once more: of whom who sold, or of the clients owned.

Slow, obvious and exact, for tests only; made from the written definitions alone. Days and months
count a shipment on its working day, weeks and the end of the month on its own day. A shipment id
is one client's, one credit's and one day's.
"""

import math
from fractions import Fraction

from tests.metrics.oracle import (
    COMPANY,
    exact,
    first_day,
    last_day,
    manager_name,
    months_of_window,
    owner_on,
    ratio,
)
from tests.metrics.oracle_regularity import (
    GRAINS,
    counts_on,
    credit,
    longest_run,
    periods_of,
    working_days,
)

LAST_DAYS = 5  # the end of a month begins with the fifth-last working day


# --- the tables ---------------------------------------------------------------------------------


def shipment_counts(ledger, month, whose="credit", calendar="", window_months=12):
    """One row per grain, period and manager, zeros included."""
    rows = [
        {"grain": grain, "period_start": first, "manager_id": manager_id,
         **shipped([line for line in lines if first <= line[counted_by(grain)] <= last])}
        for grain, manager_id, periods, lines in looked_at(
            ledger, month, whose, calendar, window_months)
        for first, last in periods
    ]  # fmt: skip
    return sorted(rows, key=lambda r: (r["grain"], r["period_start"], r["manager_id"]))


def shipment_regularity(ledger, month, whose="credit", calendar="", window_months=12):
    """One row per grain and manager with at least one period."""
    rows = []
    for grain, manager_id, periods, lines in looked_at(
        ledger, month, whose, calendar, window_months
    ):
        within = [[line for line in lines if first <= line[counted_by(grain)] <= last]
                  for first, last in periods]  # fmt: skip
        numbers = [shipped(each)["shipments"] for each in within]
        mean = Fraction(sum(numbers), len(numbers))
        variance = sum((each - mean) ** 2 for each in numbers) / len(numbers)
        rows.append({
            "grain": grain,
            "manager_id": manager_id,
            "manager_name": manager_name(ledger, manager_id),
            "periods": len(numbers),
            "active_periods": sum(each > 0 for each in numbers),
            "shipments": sum(numbers),
            "clients": shipped([line for each in within for line in each])["clients"],
            "mean": mean,
            "sd": math.sqrt(variance),
            "cv": math.sqrt(variance) / float(mean) if mean > 0 else None,
            "longest_gap": longest_run([each == 0 for each in numbers]),
            **last_week(ledger, month, manager_id, whose, calendar, window_months),
        })  # fmt: skip
    return rows


# --- who is looked at, and when -----------------------------------------------------------------


def counted_by(grain):
    """Weeks go by the own day of a shipment, days and months by its working day."""
    return "shipped_on" if grain == "week" else "counts_on"


def looked_at(ledger, month, whose, calendar, window_months):
    """(grain, manager_id, periods, lines) wherever there are periods and a line of the time."""
    found = []
    for grain in GRAINS:
        for manager_id in people(ledger, month, whose):
            span = span_of(ledger, month, manager_id, whose, calendar, window_months,
                           counted_by(grain))  # fmt: skip
            if span is None:
                continue
            start, end, lines = span
            periods = periods_of(grain, start, end, calendar) if start <= end else []
            if periods and lines:
                found.append((grain, manager_id, periods, lines))
    return found


def people(ledger, month, whose):
    lines = lines_of(ledger, month, COMPANY, whose, "")
    return sorted({COMPANY, *(line["whose"] for line in lines)})


def lines_of(ledger, month, manager_id, whose, calendar):
    """A manager's lines up to the month's end, with the day they count on and whose they are."""
    lines = []
    for line in ledger.lines:
        if line["shipped_on"] > last_day(month):
            continue
        is_owned = whose == "portfolio"
        belongs = owner_on(ledger, line["client_id"], last_day(month)) if is_owned else credit(
            ledger, line)  # fmt: skip
        if manager_id in (COMPANY, belongs):
            lines.append({**line, "whose": belongs,
                          "counts_on": counts_on(line["shipped_on"], calendar)})  # fmt: skip
    return lines


def span_of(ledger, month, manager_id, whose, calendar, window_months, by):
    """First day, last day and the lines between them; None without a shipment ever.

    From the latest of the window's first day, the first shipment and hired_on to left_on; a
    portfolio is not cut by when its owner came and went.
    """
    window = months_of_window(ledger, month, window_months)
    lines = lines_of(ledger, month, manager_id, whose, calendar)
    first = [line[by] for line in lines if positive(lines, line)]
    if not window or not first:
        return None
    start, end = max(window[0], min(first)), last_day(month)
    for row in ledger.managers if whose == "credit" else []:
        if row["manager_id"] == manager_id:
            start = max(start, row.get("hired_on") or start)
            end = min(end, row.get("left_on") or end)
    return start, end, [line for line in lines if start <= line[by] <= end]


def positive(lines, line):
    """Whether the shipment that the line belongs to has positive revenue."""
    return sum(exact(each["revenue"]) for each in lines
               if shipment_of(each) == shipment_of(line)) > 0  # fmt: skip


def shipment_of(line):
    return line["client_id"], line["whose"], line["shipped_on"], line["shipment_id"]


def shipped(lines):
    """Shipments with positive revenue, their clients, and all revenue."""
    found = [line for line in lines if positive(lines, line)]
    return {
        "shipments": len({shipment_of(line) for line in found}),
        "clients": len({line["client_id"] for line in found}),
        "revenue": sum((exact(line["revenue"]) for line in lines), Fraction(0)),
    }


# --- the end of the month -----------------------------------------------------------------------


def last_week(ledger, month, manager_id, whose, calendar, window_months):
    """Revenue from each month's fifth-last working day on, and these working days' share of all.

    By the own day of each shipment: a Saturday's after the last working day is of the end.
    """
    span = span_of(ledger, month, manager_id, whose, calendar, window_months, "shipped_on")
    if span is None:
        return {"last_week_share": None, "last_week_norm": None}
    lines = span[2]

    def is_late(day):
        of_month = working_days(first_day(day), last_day(first_day(day)), calendar)
        return day >= of_month[-LAST_DAYS:][0]

    money = sum((exact(line["revenue"]) for line in lines), Fraction(0))
    late = sum((exact(line["revenue"]) for line in lines if is_late(line["shipped_on"])),
               Fraction(0))  # fmt: skip
    # All working days are those that days are counted by.
    first, end, _ = span_of(ledger, month, manager_id, whose, calendar, window_months, "counts_on")
    days = working_days(first, end, calendar) if first <= end else []
    return {
        "last_week_share": ratio(late, money),
        "last_week_norm": ratio(sum(is_late(day) for day in days), len(days)),
    }
