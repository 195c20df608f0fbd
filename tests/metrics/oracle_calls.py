"""The lists of calls once more: slow, obvious and exact, for tests only.

Made from the written definitions alone, on the rows of `oracle` and of the first page's.
"""

import datetime
from fractions import Fraction

import holidays

from tests.metrics import oracle_activity, oracle_overview
from tests.metrics.oracle import (
    COMPANY,
    Settings,
    classified,
    first_day,
    first_month,
    last_day,
    owner_on,
    purchase_days,
    ratio,
    shifted,
)

PLACES = (
    (6, ("late",)),
    (4, ("invoice overdue",)),
    (4, ("fell from A", "no longer regular")),
    (2, ("plan gap",)),
    (2, ("untouched",)),
    (2, ("silent", "lost")),
)
IN_ORDER = oracle_overview.REASONS


def call_list(ledger, month, as_of=None, list_rows=20, rest_days=5, calendar="", places=PLACES,
              **settings):  # fmt: skip
    """Each owner's list, place by place."""
    if first_month(ledger) is None or month < first_month(ledger):
        return []
    s = Settings(**settings)
    until = as_of or last_day(month)
    ledger = oracle_overview.known(ledger, until)
    revenue = {row["client_id"]: row["revenue"] for row in classified(ledger, month, s)}
    told = oracle_overview.reasons(ledger, month, until, 0, s)
    gone = {each["client"] for each in told if each["reason"] in ("silent", "lost")}
    rests = resting(ledger, until, rest_days, calendar)
    told = [each for each in told if each["client"] not in rests]
    owner = {each["client"]: owner_on(ledger, each["client"], last_day(first_day(until)))
             for each in told}  # fmt: skip
    rows = []
    for manager_id in sorted({*owner.values()} - {"(unassigned)"}):
        if not in_office(ledger, manager_id, until):
            continue
        own = [each for each in told if owner[each["client"]] == manager_id]
        for place, each in enumerate(placed(own, gone, revenue, places)[:list_rows], 1):
            client = each["client"]
            rows.append({
                "manager_id": manager_id,
                "place": place,
                "client_id": client,
                "client_name": oracle_overview.client_name(ledger, client),
                "reason": each["reason"],
                "money": each["money"],
                "last_on": max(bought(ledger, client), default=None),
                "last_touch": last_touch(ledger, client, until),
                "tells": each["tells"],
            })  # fmt: skip
    return rows


def call_check(ledger, month):
    """Who of those listed two months before bought within 60 days, and who like them did."""
    then = shifted(month, -2)
    listed = call_list(ledger, then)
    if not listed:
        return []
    end = min(last_day(then) + datetime.timedelta(days=60), last_day(month))
    on_a_list = {row["client_id"] for row in listed}
    classes = {row["client_id"]: row for row in classified(ledger, then, Settings())}

    def buys(client):
        return any(last_day(then) < day <= end for day in bought(ledger, client))

    def base_of(client):
        own = classes[client]["abc"], classes[client]["xyz"]
        like = [key for key, row in classes.items() if row["counted"] and key not in on_a_list
                and (row["abc"], row["xyz"]) == own]  # fmt: skip
        return ratio(sum(map(buys, like)), len(like))

    rows = []
    for reason in sorted({COMPANY, *(row["reason"] for row in listed)}):
        own = [row["client_id"] for row in listed if reason in (COMPANY, row["reason"])]
        if reason != COMPANY and len(own) < 30:
            continue
        bases = [base for base in map(base_of, own) if base is not None]
        rate = Fraction(sum(map(buys, own)), len(own))
        base = sum(bases) / Fraction(len(bases)) if bases else None
        rows.append({
            "reason": reason, "listed": len(own), "bought": sum(map(buys, own)), "rate": rate,
            "base": base, "lift": None if base is None else ratio(rate, base),
        })  # fmt: skip
    return rows


def placed(told, gone, revenue, places):
    """The reasons by which clients of one owner get a place, in the order of the list."""
    chosen = []

    def free(each):
        return each["client"] not in [other["client"] for other in chosen]

    def by_money(each):
        told = each["money"] is not None
        return (not told, -(each["money"] if told else revenue[each["client"]]), each["client"],
                IN_ORDER.index(each["reason"]))  # fmt: skip

    for number, names in places:
        full = len(chosen) + number
        for each in sorted(told, key=by_money):
            is_right = each["client"] not in gone or names in (
                ("silent", "lost"),
                ("invoice overdue",),
            )
            if each["reason"] in names and is_right and free(each) and len(chosen) < full:
                chosen.append(each)
    for each in sorted(told, key=by_money):
        full = sum(number for number, _names in places)
        if each["client"] not in gone and free(each) and len(chosen) < full:
            chosen.append(each)
    return chosen


def resting(ledger, until, rest_days, calendar):
    """Whom anybody had a contact with on or after the so-many-th-last working day."""
    free = holidays.country_holidays(calendar) if calendar else ()
    day, left = until + datetime.timedelta(days=1), rest_days
    while left:
        day -= datetime.timedelta(days=1)
        left -= day.weekday() < 5 and day not in free
    touched = {each["client_id"]: last_touch(ledger, each["client_id"], until)
               for each in ledger.activities}  # fmt: skip
    return {client for client, last in touched.items() if last and last >= day}


def last_touch(ledger, client_id, until):
    touches = oracle_activity.touches(ledger, None, until, oracle_activity.Settings())
    return max((oracle_activity.day_of(each) for each in touches
                if each["client_id"] == client_id), default=None)  # fmt: skip


def bought(ledger, client_id):
    return purchase_days([line for line in ledger.lines if line["client_id"] == client_id])


def in_office(ledger, manager_id, day):
    for row in ledger.managers:
        if row["manager_id"] == manager_id and row.get("left_on"):
            return row["left_on"] > day
    return True
