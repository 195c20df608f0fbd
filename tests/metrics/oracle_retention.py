"""The retention tables once more: slow, obvious and exact, for tests only.

Made from the written definitions alone, client by client, with Fractions; floats only where a root
or a logarithm is asked for. A *row* is a plain dict as in `oracle`.
"""

import math
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise

from tests.metrics.oracle import (
    COMPANY,
    UNASSIGNED,
    exact,
    first_day,
    first_month,
    last_day,
    manager_name,
    median,
    months_apart,
    months_of_window,
    most_shipments,
    owner_by,
    purchase_days,
    ratio,
    shifted,
    shipments_of,
)

Z_95 = 1.959963984540054  # two-sided 95 % of the normal distribution


# --- revenue retention ----------------------------------------------------------------------------


def revenue_retention(ledger, month, window_months=12):
    """The last twelve months; one with fewer comparable months than asked for only as m itself."""
    rows = []
    for shown in months_of_window(ledger, month, 12):
        compared = [each for each in months_of_window(ledger, shown, window_months)
                    if shifted(each, -12) >= first_month(ledger)]  # fmt: skip
        if compared and (shown == month or len(compared) == window_months):
            rows += _against_the_year_before(ledger, shown, compared)
    return rows


def _against_the_year_before(ledger, shown, compared):
    before, after = {}, {}
    for line in ledger.lines:
        month, client = first_day(line["shipped_on"]), line["client_id"]
        if month in compared:
            after[client] = after.get(client, 0) + exact(line["revenue"])
        if shifted(month, 12) in compared:
            before[client] = before.get(client, 0) + exact(line["revenue"])
    pairs = {}
    for client in sorted({*before, *after}):
        pair = before.get(client, Fraction(0)), after.get(client, Fraction(0))
        if pair != (0, 0):
            for manager in (COMPANY, owner_at(ledger, client, shown)):
                pairs.setdefault(manager, []).append(pair)
    rows = []
    for manager, own in sorted(pairs.items()):
        opening = sum(b for b, _ in own if b > 0)
        expansion = sum(max(a - b, 0) for b, a in own if b > 0 and a > 0)
        contraction = sum(max(b - a, 0) for b, a in own if b > 0 and a > 0)
        churned = sum(b - a for b, a in own if b > 0 and a <= 0)
        new = sum(a for b, a in own if b <= 0)
        closing = sum(a for _, a in own)
        assert opening + expansion - contraction - churned + new == closing
        clients = sum(b > 0 for b, _ in own)
        kept = sum(b > 0 and a > 0 for b, a in own)
        rows.append({
            "month": shown,
            "manager_id": manager,
            "manager_name": manager_name(ledger, manager),
            "opening": opening,
            "expansion": expansion,
            "contraction": contraction,
            "churned": churned,
            "new": new,
            "closing": closing,
            "nrr": ratio(opening + expansion - contraction - churned, opening),
            "grr": ratio(sum(min(b, max(a, 0)) for b, a in own if b > 0), opening),
            "clients_opening": clients,
            "clients_kept": kept,
            "client_retention": ratio(kept, clients),
            "window_months": len(compared),
        })  # fmt: skip
    return rows


# --- cohorts --------------------------------------------------------------------------------------


def cohort_retention(ledger, month):
    """Every manager × cohort × age up to the month."""
    rows = []
    for (manager, cohort), clients in sorted(cohorts_of(ledger, month).items()):
        start = revenue_in(ledger, clients, [cohort])
        for age in range(months_apart(cohort, month) + 1):
            at = shifted(cohort, age)
            retained = buyers(ledger, clients, [at])
            revenue = revenue_in(ledger, clients, [at])
            rows.append({
                "manager_id": manager,
                "cohort": cohort,
                "existing": cohort == first_month(ledger),
                "age": age,
                "clients": len(clients),
                "retained": retained,
                "retention": Fraction(retained, len(clients)),
                "retained_quarter": buyers(ledger, clients, [at, shifted(at, -1), shifted(at, -2)])
                if age >= 3 else None,
                "revenue": revenue,
                "revenue_retention": ratio(revenue, start),
                "manager_name": manager_name(ledger, manager),
            })  # fmt: skip
    return rows


def cohort_quarters(ledger, month):
    """The cohorts of a calendar quarter together, and all that were won (cohort empty)."""
    groups, won = {}, {}
    for (manager, cohort), clients in cohorts_of(ledger, month).items():
        quarter = cohort.replace(month=(cohort.month - 1) // 3 * 3 + 1)
        existing = cohort == first_month(ledger)
        groups.setdefault((manager, quarter, existing), []).append((cohort, clients))
        if not existing:
            won.setdefault(manager, []).append((cohort, clients))
    rows = []
    for (manager, quarter, existing), members in groups.items():
        for age in range(1000):
            if any(shifted(cohort, 3 * age + 2) > month for cohort, _ in members):
                break
            rows.append(_quarter(ledger, manager, quarter, existing, age, members))
    for manager, members in won.items():
        for age in range(1000):
            old = [each for each in members if shifted(each[0], 3 * age + 2) <= month]
            if not old:
                break
            rows.append(_quarter(ledger, manager, None, False, age, old))
    late = first_day(month).replace(year=9000)
    return sorted(rows, key=lambda row: (row["manager_id"], row["cohort"] or late,
                                         row["existing"], row["age"]))  # fmt: skip


def _quarter(ledger, manager, quarter, existing, age, members):
    """One row: months 3·age … 3·age + 2 of every member cohort, against its months 0 … 2."""
    clients = sum(len(each) for _, each in members)
    now = [(each, [shifted(cohort, 3 * age + step) for step in range(3)])
           for cohort, each in members]  # fmt: skip
    then = [(each, [shifted(cohort, step) for step in range(3)]) for cohort, each in members]
    retained = sum(buyers(ledger, *pair) for pair in now)
    revenue = sum(revenue_in(ledger, *pair) for pair in now)
    return {
        "manager_id": manager,
        "cohort": quarter,
        "existing": existing,
        "age": age,
        "clients": clients,
        "retained": retained,
        "retention": Fraction(retained, clients),
        "revenue": revenue,
        "revenue_retention": ratio(revenue, sum(revenue_in(ledger, *pair) for pair in then)),
        "manager_name": manager_name(ledger, manager),
    }


def cohorts_of(ledger, month):
    """(manager, month of the first purchase) -> clients; also for the company."""
    found = {}
    for client in {line["client_id"] for line in ledger.lines}:
        days = days_of(ledger, client, month)
        if days:
            for manager in (COMPANY, seller_of(ledger, client, days[0])):
                found.setdefault((manager, first_day(days[0])), []).append(client)
    return found


def seller_of(ledger, client, day):
    """Who sold that day: most revenue, then the smaller id; a line without one: the day's owner."""
    money = {}
    for line in ledger.lines:
        if line["client_id"] == client and line["shipped_on"] == day:
            seller = line["manager_id"] or credited_on(ledger, client, day)
            money[seller] = money.get(seller, 0) + exact(line["revenue"])
    return min(money, key=lambda seller: (-money[seller], seller))


def credited_on(ledger, client, day):
    """The owner on the day of a purchase: whoever is stated, else who shipped most up to the
    month's end."""
    stated = owner_by(ledger, client, [], day, 12)
    if stated != UNASSIGNED:
        return stated
    window = [shifted(first_day(day), -back) for back in range(12)]
    shipments = shipments_of(lines_of(ledger, client))
    return most_shipments([each for each in shipments if first_day(each[1]) in window])


def buyers(ledger, clients, months):
    """How many of the clients bought in one of the months."""
    return sum(
        any(first_day(day) in months for day in purchase_days(lines_of(ledger, client)))
        for client in clients
    )


def revenue_in(ledger, clients, months):
    return sum((exact(line["revenue"]) for line in ledger.lines
                if line["client_id"] in clients and first_day(line["shipped_on"]) in months),
               Fraction(0))  # fmt: skip


# --- ladder ---------------------------------------------------------------------------------------


def repeat_ladder(ledger, month, mature_days=180, ladder_steps=10):
    """Every manager × n-th purchase."""
    histories = {}
    for client in {line["client_id"] for line in ledger.lines}:
        days = days_of(ledger, client, month)
        if days:
            for manager in (COMPANY, seller_of(ledger, client, days[0])):
                histories.setdefault(manager, []).append(days)
    rows = []
    for manager, own in sorted(histories.items()):
        for number in range(1, ladder_steps + 1):
            made = [days for days in own if len(days) >= number]
            row = {"manager_id": manager, "purchase_no": number, "clients": len(made),
                   "mature": None, "conversion": None, "median_days": None}  # fmt: skip
            if number > 1:
                mature = [days for days in own if len(days) >= number - 1
                          and (last_day(month) - days[number - 2]).days > mature_days]  # fmt: skip
                waits = [(days[number - 1] - days[number - 2]).days for days in made]
                row["mature"] = len(mature)
                row["conversion"] = ratio(sum(len(d) >= number for d in mature), len(mature))
                row["median_days"] = median(waits) if waits else None
            rows.append({**row, "manager_name": manager_name(ledger, manager)})
    return rows


# --- survival -------------------------------------------------------------------------------------


def client_survival(ledger, month, silent_days=180, late_quantile=0.9, min_gaps=3):
    """Kaplan–Meier of every owner's clients and of the company."""
    histories = {client: days_of(ledger, client, month)
                 for client in {line["client_id"] for line in ledger.lines}}  # fmt: skip
    histories = {client: days for client, days in histories.items() if days}
    gaps = [gap for days in histories.values() for gap in gaps_of(days)]
    companys = quantile(gaps, late_quantile)
    lives, back = {}, {}
    for client, days in histories.items():
        own = gaps_of(days)
        usual = quantile(own, late_quantile) if len(own) >= min_gaps else companys
        threshold = max(silent_days, usual or 0)
        ended = (last_day(month) - days[-1]).days > threshold
        seen_until = (last_day(month) - days[0]).days - threshold
        for manager in (COMPANY, owner_at(ledger, client, month)):
            back[manager] = back.get(manager, 0) + (max(own, default=0) > threshold)
            if ended:
                lives.setdefault(manager, []).append((Fraction((days[-1] - days[0]).days), True))
            elif seen_until >= 0:
                lives.setdefault(manager, []).append((seen_until, False))
    return [row for manager, own in sorted(lives.items())
            for row in _kaplan_meier(ledger, manager, own, back[manager])]  # fmt: skip


def _kaplan_meier(ledger, manager, lives, came_back):
    survival, variance, rows = Fraction(1), Fraction(0), []
    for time in sorted({Fraction(0), *(time for time, ended in lives if ended)}):
        at_risk = sum(life >= time for life, _ in lives)
        ended = sum(life == time and over for life, over in lives)
        survival *= 1 - Fraction(ended, at_risk)
        low = high = None
        if 0 < survival < 1:
            variance += Fraction(ended, at_risk * (at_risk - ended))
            spread = Z_95 * math.sqrt(variance) / abs(math.log(survival))
            low, high = (float(survival) ** math.exp(sign * spread) for sign in (1, -1))
        rows.append({
            "manager_id": manager,
            "months": float(time / exact(30.4375)),
            "at_risk": at_risk,
            "ended": ended,
            "survival": survival,
            "low": low,
            "high": high,
            "came_back": came_back,
            "watched_months": float(max(life for life, _ in lives)) / 30.4375,
            "manager_name": manager_name(ledger, manager),
        })  # fmt: skip
    return rows


def quantile(numbers, share):
    """With linear interpolation, rounded to 1e-6; None without numbers."""
    if not numbers:
        return None
    ranked, place = sorted(numbers), (len(numbers) - 1) * exact(share)
    low = math.floor(place)
    high = min(low + 1, len(ranked) - 1)
    return round(ranked[low] + (ranked[high] - ranked[low]) * (place - low), 6)


# --- small things ---------------------------------------------------------------------------------


def lines_of(ledger, client):
    return [line for line in ledger.lines if line["client_id"] == client]


def days_of(ledger, client, month):
    """The client's purchases up to the end of the month."""
    days = purchase_days(lines_of(ledger, client))
    return [day for day in days if day < last_day(month) + timedelta(days=1)]


def gaps_of(days):
    return [(later - earlier).days for earlier, later in pairwise(days)]


def owner_at(ledger, client, month):
    """The owner at the month's end, by what was known then."""
    lines = [line for line in lines_of(ledger, client) if line["shipped_on"] <= last_day(month)]
    return owner_by(ledger, client, lines, last_day(month), 12)
