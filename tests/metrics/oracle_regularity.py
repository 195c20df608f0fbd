"""The regularity tables once more: slow, obvious and exact, for tests only.

Made from the written definitions alone, line by line and day by day. Money, shares and gaps are
Fractions; floats are only the square root of a spread and a p-value. A manager's hired_on and
left_on may be missing from its row.
"""

import math
from datetime import timedelta
from fractions import Fraction
from functools import cache
from itertools import groupby, pairwise

import holidays
from scipy.stats import binomtest

from tests.metrics.oracle import (
    COMPANY,
    UNASSIGNED,
    classified,
    exact,
    first_day,
    last_day,
    manager_name,
    median,
    months_of_window,
    most_shipments,
    owner_by,
    owner_on,
    purchase_days,
    ratio,
    shifted,
    shipments_of,
)
from tests.metrics.oracle import Settings as Classes

OWNER_MONTHS = 12  # window of the most-shipments rule
GRAINS = ("day", "month", "week")  # in the order of their names


# --- the tables ---------------------------------------------------------------------------------


def shipment_counts(ledger, month, calendar="", window_months=12, whose="credit"):
    """One row per period length, period and manager with a line in the time looked at."""
    rows = []
    for grain in GRAINS:
        spans = looked_at(ledger, month, grain, calendar, window_months, whose)
        for manager_id, (start, end, lines) in spans.items():
            for period in periods_of(grain, start, end, calendar):
                inside = [line for line in lines if period[0] <= line["on"] <= period[1]]
                rows.append({
                    "grain": grain,
                    "period_start": period[0],
                    "manager_id": manager_id,
                    "manager_name": manager_name(ledger, manager_id),
                    **shipped(inside),
                    **({"shipments": len({key[-1] for *_, key in shipments_in(inside)})}
                       if manager_id == COMPANY else {}),
                })  # fmt: skip
    return sorted(rows, key=lambda r: (r["grain"], r["period_start"], r["manager_id"]))


def shipment_regularity(ledger, month, calendar="", window_months=12, whose="credit", rush_days=5,
                        rush_ratio=1.5, rush_p=0.05):  # fmt: skip
    """One row per period length and manager with a line, and such a period, in the time looked
    at."""
    counts = shipment_counts(ledger, month, calendar, window_months, whose)
    by_date = looked_at(ledger, month, "month", calendar, window_months, whose)
    rows = []
    for grain in GRAINS:
        for manager_id, (start, end, lines) in looked_at(
            ledger, month, grain, calendar, window_months, whose
        ).items():
            own = [row["shipments"] for row in counts
                   if (row["grain"], row["manager_id"]) == (grain, manager_id)]  # fmt: skip
            if not own:
                continue
            spans = periods_of(grain, start, end, calendar)
            inside = [
                line for line in lines
                if any(first <= line["on"] <= last for first, last in spans)
            ]  # fmt: skip
            mean = Fraction(sum(own), len(own))
            deviation = math.sqrt(sum((each - mean) ** 2 for each in own) / len(own))
            rows.append({
                "grain": grain,
                "manager_id": manager_id,
                "manager_name": manager_name(ledger, manager_id),
                "periods": len(own),
                "active_periods": sum(each > 0 for each in own),
                "shipments": sum(own),
                "clients": shipped(inside)["clients"],
                "mean": mean,
                "sd": deviation,
                "cv": deviation / float(mean) if sum(own) > 0 else None,
                "longest_gap": longest_run([each == 0 for each in own]),
                **rush(manager_id, *by_date.get(manager_id, (end, start, [])), calendar,
                       rush_days, rush_ratio, rush_p),
            })  # fmt: skip
    return rows


def overdue_clients(ledger, month, as_of=None, min_gaps=3, late_quantile=0.9, silent_days=180,
                    missed_days=90, window_months=12, silent_after_days=90):  # fmt: skip
    """One row per overdue client: the late first, then by the revenue missed."""
    until = as_of or last_day(month)
    classes = classified(ledger, month, Classes(window_months=window_months))
    letters = {row["client_id"]: row for row in classes}
    known = {row["client_id"]: row for row in ledger.clients}
    rows = []
    for client_id in sorted({line["client_id"] for line in ledger.lines}):
        lines = [line for line in ledger.lines
                 if line["client_id"] == client_id and line["shipped_on"] <= until]  # fmt: skip
        days = purchase_days(lines)
        gaps = sorted((later - earlier).days for earlier, later in pairwise(days))
        if len(gaps) < min_gaps:
            continue
        typical, late_after = median(gaps), round(quantile(gaps, exact(late_quantile)), 6)
        since, last_on = (until - days[-1]).days, days[-1]
        before = months_of_window(ledger, first_day(last_on), window_months)
        revenue = sum(exact(line["revenue"]) for line in lines
                      if first_day(line["shipped_on"]) in before)  # fmt: skip
        recent = first_day(last_on) in months_of_window(ledger, first_day(until), window_months)
        if since <= late_after or revenue <= 0 or not recent:
            continue
        late = since <= max(2 * late_after, silent_after_days) and since <= silent_days
        monthly = revenue / len(before)
        rows.append({
            "client_id": client_id,
            "client_name": known.get(client_id, {}).get("client_name"),
            "manager_id": owner_on(ledger, client_id, last_day(first_day(until))),
            "abc": letters[client_id]["abc"],
            "xyz": letters[client_id]["xyz"],
            "status": "late" if late else "silent",
            "last_on": last_on,
            "purchases": len(days),
            "typical_gap_days": typical,
            "late_after_days": late_after,
            "days_since": since,
            "overdue_days": since - typical,
            "expected_on": last_on + timedelta(days=math.ceil(typical)),
            "monthly_revenue": monthly,
            "revenue_missed": monthly * min(since - typical, missed_days) / exact(30.4375),
            "phone": known.get(client_id, {}).get("phone"),
            "email": known.get(client_id, {}).get("email"),
        })  # fmt: skip
    return sorted(rows, key=lambda r: (r["status"], -r["revenue_missed"], r["client_id"]))


# --- who is looked at, and when -----------------------------------------------------------------


def looked_at(ledger, month, grain, calendar, window_months, whose):
    """{manager_id: (first day, last day, lines)} of the company and every manager with a line.

    A line is on its own date; where days are looked at, on a working day. By credit, or of the
    owner of its client at the month's end.
    """
    window = months_of_window(ledger, month, window_months)
    lines = [
        {**line,
         "on": counts_on(line["shipped_on"], calendar) if grain == "day" else line["shipped_on"],
         "credit": credit(ledger, line),
         "manager": credit(ledger, line) if whose == "credit"
         else owner_on(ledger, line["client_id"], last_day(month))}
        for line in ledger.lines if line["shipped_on"] <= last_day(month)
    ]  # fmt: skip
    people = {row["manager_id"]: row for row in ledger.managers} if whose == "credit" else {}
    spans = {}
    for manager_id in sorted({COMPANY, *(line["manager"] for line in lines)}):
        own = [line for line in lines if manager_id in (COMPANY, line["manager"])]
        first = [day for (_, _, day, _) in shipments_in(own)]
        if not window or not first:
            continue
        dates = people.get(manager_id, {})
        start = max(filter(None, [window[0], min(first), dates.get("hired_on")]))
        end = min(filter(None, [last_day(month), dates.get("left_on")]))
        inside = [line for line in own if start <= line["on"] <= end]
        if inside:
            spans[manager_id] = (start, end, inside)
    return spans


def credit(ledger, line):
    """The line's own manager, else the client's owner on that day.

    By most shipments: in the whole months up to that of the last shipment up to the day.
    """
    client_id, day = line["client_id"], line["shipped_on"]
    stated = line["manager_id"] or owner_by(ledger, client_id, [], day, OWNER_MONTHS)
    shipments = shipments_of([row for row in ledger.lines if row["client_id"] == client_id])
    known = [shipped_on for _, shipped_on in shipments if shipped_on <= day]
    if stated != UNASSIGNED or not known:
        return stated
    last = first_day(max(known))
    start, end = shifted(last, 1 - OWNER_MONTHS), last_day(last)
    return most_shipments([each for each in shipments if start <= each[1] <= end])


def shipments_in(lines):
    """(client, manager, day it stands on, shipment) with positive revenue on their own day."""
    net, day = {}, {}
    for line in lines:
        key = (line["client_id"], line["credit"], line["shipped_on"], line["shipment_id"])
        net[key] = net.get(key, 0) + exact(line["revenue"])
        day[key] = line["on"]
    return [(key[0], key[1], day[key], key[2:]) for key, money in net.items() if money > 0]


def shipped(lines):
    """Shipments, clients and revenue of some lines."""
    found = shipments_in(lines)
    return {
        "shipments": len(found),
        "clients": len({client_id for client_id, *_ in found}),
        "revenue": sum((exact(line["revenue"]) for line in lines), Fraction(0)),
    }


# --- days, weeks, months ------------------------------------------------------------------------


def days_between(first, last):
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@cache
def free_days(calendar, year):
    return set(holidays.country_holidays(calendar, years=year)) if calendar else set()


@cache
def is_working(day, calendar):
    """Monday to Friday, and no public holiday."""
    return day.weekday() < 5 and day not in free_days(calendar, day.year)


def working_days(first, last, calendar):
    return [day for day in days_between(first, last) if is_working(day, calendar)]


@cache
def counts_on(day, calendar):
    """The next working day of the month, else its last one."""
    month = working_days(first_day(day), last_day(first_day(day)), calendar)
    later = [each for each in month if each >= day]
    return later[0] if later else month[-1]


def periods_of(grain, start, end, calendar):
    """(first day, last day) of every period from start to end."""
    if grain == "day":
        return [(day, day) for day in working_days(start, end, calendar)]
    if grain == "week":
        weeks = [(day, day + timedelta(days=6)) for day in days_between(start, end)
                 if day.weekday() == 0]  # fmt: skip
        return [week for week in weeks if week[1] <= end]
    months = sorted({first_day(day) for day in days_between(start, end)})
    return [(month, last_day(month)) for month in months]


def longest_run(flags):
    return max((len(list(run)) for is_true, run in groupby(flags) if is_true), default=0)


def quantile(ranked, share):
    """Linear between the two numbers around place (n − 1) × share."""
    place = (len(ranked) - 1) * share
    low = math.floor(place)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (ranked[high] - ranked[low]) * (place - low)


# --- the end of the month -----------------------------------------------------------------------


def rush(manager_id, start, end, lines, calendar, rush_days, rush_ratio, rush_p):
    """Revenue on the last working days of the months against their share of the working days."""
    working = working_days(start, end, calendar)
    last = {}  # month -> its fifth-last working day
    for month in {first_day(day) for day in days_between(start, end)}:
        last[month] = working_days(month, last_day(month), calendar)[-rush_days:][0]

    def parts(month=None):
        own = [line for line in lines if month in (None, first_day(line["on"]))]
        days = [day for day in working if month in (None, first_day(day))]
        money = sum((exact(line["revenue"]) for line in own), 0)
        in_last = sum((exact(line["revenue"]) for line in own
                       if line["on"] >= last[first_day(line["on"])]), 0)  # fmt: skip
        norm = ratio(sum(day >= last[first_day(day)] for day in days), len(days))
        return ratio(in_last, money), norm

    share, norm = parts()
    told = [parts(month) for month in sorted(last)]
    told = [(part, even) for part, even in told if part is not None and even]
    beyond = sum(part > even for part, even in told)
    verdict = None
    if manager_id not in (COMPANY, UNASSIGNED) and share is not None:
        verdict = "within"
        if share > exact(rush_ratio) * norm and 2 * beyond > len(told):
            chance = binomtest(beyond, len(told)).pvalue
            verdict = "above" if chance < rush_p else "within"
    return {"last_week_share": share, "last_week_norm": norm, "rush_months": beyond,
            "verdict": verdict}  # fmt: skip
