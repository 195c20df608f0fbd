"""The tables of the first page once more: slow, obvious and exact, for tests only.

Made from the written definitions alone, on the plain rows of `oracle` and of the other topics'.
"""

from fractions import Fraction

from tests.metrics import (
    oracle_activity,
    oracle_migration,
    oracle_regularity,
    oracle_retention,
)
from tests.metrics.oracle import (
    COMPANY,
    Settings,
    classified,
    exact,
    first_day,
    first_month,
    frozen_amounts,
    is_full,
    last_day,
    letter_by_amounts,
    manager_name,
    months_of_window,
    owner_on,
    portfolios,
    purchase_days,
    ratio,
    share_of,
    shifted,
)

# figure: unit, good direction, tolerance, and whether it is counted up in a month, of a window of
# months, or of a day.
FIGURES = {
    "revenue": ("money", "up", 0.05, "month"),
    "margin": ("money", "up", 0.05, "month"),
    "margin_rate": ("share", "up", 0.01, "month"),
    "active_clients": ("count", "up", 0.05, "month"),
    "average_purchase": ("money", "up", 0.05, "month"),
    "a_share": ("share", "up", 0.01, "window"),
    "x_share": ("share", "up", 0.02, "window"),
    "nrr": ("share", "up", 0.02, "window"),
    "late_clients": ("count", "down", 0.1, "day"),
    "revenue_missed": ("money", "down", 0.1, "day"),
    "a_coverage": ("share", "up", 0.05, "day"),
    "activities_per_day": ("number", "up", 0.05, "day"),
}


# --- the tables ---------------------------------------------------------------------------------


def headlines(ledger, month, as_of=None, calendar="", tolerances=None, **settings):
    """A row per manager and figure with a value, beside those of a month and of a year before."""
    if month < first_month(ledger):
        return []
    gone = days_gone(month, as_of, calendar)
    now, before, year_ago = (
        figures(ledger, shifted(month, -back), month, as_of, calendar, Settings(**settings))
        for back in (0, 1, 12)
    )
    rows = []
    for manager_id in sorted(now):
        for metric in sorted(FIGURES):
            unit, better, tolerance, of = FIGURES[metric]
            value = now[manager_id].get(metric)
            if value is None:
                continue
            older = [then.get(manager_id, {}).get(metric) for then in (before, year_ago)]
            if gone is not None and of == "window":
                older = [None, None]
            previous = older[0]
            change, year_change = (None if each is None else value - each for each in older)
            verdict = None
            if previous is not None:
                limit = exact((tolerances or {}).get(metric, tolerance))
                limit *= 1 if unit == "share" else abs(previous)
                up = "better" if better == "up" else "worse"
                down = "worse" if better == "up" else "better"
                verdict = "same" if abs(change) <= limit else up if change > 0 else down
            rows.append({
                "month": month,
                "manager_id": manager_id,
                "metric": metric,
                "unit": unit,
                "value": value,
                "previous": previous,
                "year_ago": older[1],
                "change": change,
                "year_change": year_change,
                "better": better,
                "verdict": verdict,
                "manager_name": manager_name(ledger, manager_id),
                "compared_days": gone if of == "month" else None,
            })  # fmt: skip
    return rows


def attention(ledger, month, as_of=None, min_loss=0, attention_months=3, **settings):
    """Each client once, under the reason with most money; `others` are its other reasons."""
    if month < first_month(ledger):
        return []
    s = Settings(**settings)
    until = as_of or last_day(month)
    asked = {"window_months": s.window_months}
    found = []  # client, reason, money; of equal amounts the first counts
    for row in oracle_regularity.overdue_clients(ledger, month, until, **asked):
        found.append((row["client_id"], row["status"], row["revenue_missed"]))
    for row in oracle_migration.client_migration(ledger, month, **settings):
        if row["direction"] == "down":
            lost = (row["revenue_before"] - row["revenue_after"]) / row["window_months"]
            was, now = row["from_class"], row["to_class"]
            if was[0] == "A" != now[0] and row["cause"] != "threshold":
                found.append((row["client_id"], "left A", lost * attention_months))
            elif was[1] == "X" != now[1]:
                found.append((row["client_id"], "left X", lost * attention_months))
    names = {}
    for row in classified(ledger, month, s):
        names[row["client_id"]] = row["client_name"]
        if row["margin"] is not None and row["margin"] < -exact(min_loss):
            found.append((row["client_id"], "loss maker", -row["margin"]))
    covered = len(months_of_window(ledger, month, s.window_months))
    for row in oracle_activity.untouched_clients(ledger, month, until, **asked):
        found.append((row["client_id"], "untouched", row["revenue"] / covered))
    rows = []
    for client_id in {client for client, _, _ in found}:
        reasons = [(reason, money) for client, reason, money in found
                   if client == client_id and money > 0]  # fmt: skip
        reasons.sort(key=lambda each: -each[1])  # stable
        if reasons:
            rows.append({
                "manager_id": owner_on(ledger, client_id, last_day(first_day(until))),
                "client_id": client_id,
                "client_name": names.get(client_id),
                "reason": reasons[0][0],
                "money": reasons[0][1],
                "others": [reason for reason, _ in reasons[1:]],
            })  # fmt: skip
    rows.sort(key=lambda row: (-row["money"], row["client_id"]))
    for at, row in enumerate(rows):
        before = [each for each in rows[:at] if each["manager_id"] == row["manager_id"]]
        row["priority"] = len(before) + 1
    return rows


# --- the figures of a month ---------------------------------------------------------------------


def figures(ledger, month, asked, as_of, calendar, s):
    """manager -> figure -> value; *month* is *asked* or an earlier one."""
    if month < first_month(ledger):
        return {}
    end = last_day(month) if as_of is None else min(as_of, last_day(month))
    by_window = {"window_months": s.window_months}
    by_calendar = {"calendar": calendar, "as_of": end}
    members = dict(portfolios(classified(ledger, month, s)))
    members = {who: [row for row in rows if row["counted"]] for who, rows in members.items()}
    result = {
        who: shares(ledger, month, asked, rows, s) | {"late_clients": 0, "revenue_missed": 0}
        for who, rows in members.items() if rows
    }  # fmt: skip
    for who, flows in brought(ledger, month, counted_up_to(month, asked, as_of, calendar), members):
        result.setdefault(who, {}).update(flows)
    for row in oracle_retention.revenue_retention(ledger, month, s.window_months):
        if row["month"] == month and row["nrr"] is not None:
            result.setdefault(row["manager_id"], {})["nrr"] = row["nrr"]
    for row in oracle_regularity.overdue_clients(ledger, month, end, **by_window):
        for who in (COMPANY, row["manager_id"]):
            result[who]["late_clients"] += row["status"] == "late"
            result[who]["revenue_missed"] += row["revenue_missed"]
    for row in oracle_activity.activity_coverage(ledger, month, **by_calendar, **by_window):
        if row["abc"] == "A":
            result.setdefault(row["manager_id"], {})["a_coverage"] = row["coverage"]
    for row in oracle_activity.manager_activity(ledger, month, **by_calendar):
        if row["kind"] == "*" and row["per_day"] is not None:
            result.setdefault(row["manager_id"], {})["activities_per_day"] = row["per_day"]
    return result


def shares(ledger, month, asked, rows, s):
    """Shares of A, by the amounts of the month asked for, and of X among counted clients."""
    _, frozen = frozen_amounts(ledger, asked, s)
    letters = None
    if frozen and is_full(ledger, month, s):
        letters = [letter_by_amounts(row["amount"], s.window_months, *frozen) for row in rows]
    return {
        "a_share": share_of("A", letters),
        "x_share": share_of("X", [row["xyz"] for row in rows]),
    }


def brought(ledger, month, last, members):
    """(manager, figures) of the lines of a month up to a day, by the owner at the month's end."""
    lines = [line for line in ledger.lines
             if first_day(line["shipped_on"]) == month and line["shipped_on"] <= last]  # fmt: skip
    owner = {line["client_id"]: owner_on(ledger, line["client_id"], last_day(month))
             for line in lines}  # fmt: skip
    counted = {who for who, rows in members.items() if rows}
    for who in sorted({*owner.values(), *counted, *([COMPANY] if lines else [])}):
        mine = [line for line in lines if who in (COMPANY, owner[line["client_id"]])]
        days = [purchase_days([line for line in mine if line["client_id"] == client])
                for client in {line["client_id"] for line in mine}]  # fmt: skip
        costed = [line for line in mine if line["cost"] is not None]
        revenue = sum((exact(line["revenue"]) for line in mine), Fraction(0))
        costed_revenue = sum((exact(line["revenue"]) for line in costed), Fraction(0))
        margin = costed_revenue - sum(exact(line["cost"]) for line in costed)
        yield (
            who,
            {
                "revenue": revenue,
                "margin": margin if costed else None,
                "margin_rate": ratio(margin, costed_revenue),
                "active_clients": sum(bool(each) for each in days),
                "average_purchase": ratio(revenue, sum(len(each) for each in days)),
            },
        )


# --- a month that is not over -------------------------------------------------------------------


def days_gone(month, as_of, calendar):
    """Working days up to the day; None where it is the month's last one or later."""
    days = oracle_activity.working_days(month, oracle_activity.Settings(calendar=calendar))
    if as_of is None or as_of >= days[-1]:
        return None
    return sum(day <= as_of for day in days)


def counted_up_to(month, asked, as_of, calendar):
    """The last day that counts in a month: the month's last, or that of as many working days."""
    gone = days_gone(asked, as_of, calendar)
    if gone is None:
        return last_day(month)
    if month == asked:
        return as_of
    days = oracle_activity.working_days(month, oracle_activity.Settings(calendar=calendar))
    if gone >= len(days):
        return last_day(month)
    return days[gone - 1] if gone else last_day(shifted(month, -1))
