"""The activity tables once more: slow, obvious and exact, for tests only.

Made from the written definitions alone, row by row and day by day. Shares are Fractions. A
manager's hired_on and left_on may be missing from its row. *as_of* None is the month's end.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction

import holidays

from tests.metrics.oracle import (
    COMPANY,
    classified,
    exact,
    first_day,
    last_day,
    manager_name,
    months_of_window,
    owner_on,
    ratio,
    shifted,
    with_costs,
)
from tests.metrics.oracle import Settings as Classes

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
TOPICS = ("useful", "company", "offer")


@dataclass(frozen=True)
class Settings:
    """Thresholds of the activity tables and the company's calendar, with their defaults."""

    not_done: tuple = (
        "missed",
        "cancelled",
        "canceled",
        "scheduled",
        "planned",
        "overdue",
        "unanswered",
        "no answer",
        "not held",
        "voicemail",
        "busy",
        "failed",
        "declined",
        "нет ответа",
        "не отвечен",
        "недозвон",
        "занято",
        "автоответчик",
    )  # fmt: skip; and the Russian words with endings, which no ledger here has
    min_call_minutes: float = 0.5
    norms: dict = field(default_factory=dict)
    norm_reached: float = 0.8
    touch_days: dict = field(default_factory=lambda: {"A": 14, "B": 30, "C": 90, "prospect": 30})
    touch_days_of: dict = field(default_factory=dict)
    funnel_months: int = 3
    funnel_steps: tuple = ("call", "meeting", "offer", "invoice")
    hired_unknown_months: int = 3
    window_months: int = 12
    calendar: str = ""
    work_week: tuple = WEEKDAYS[:5]


# --- the tables ---------------------------------------------------------------------------------


def manager_activity(ledger, month, as_of=None, **settings):
    """One row per manager shown and kind ever recorded, and kind "*"; "*" is the company."""
    s = Settings(**settings)
    end, days = looked_at(month, as_of, s)
    kinds = recorded_kinds(ledger, end)
    people = shown_managers(ledger, month, end, s)
    rows = []
    for manager_id in [COMPANY, *people] if kinds and people else []:
        mine = [row for row in done(ledger, month, end, s) if manager_id in (COMPANY, who(row))]
        own_days = [day for day in days if employed(ledger, manager_id, day)]
        for kind in [COMPANY, *kinds]:
            of_kind = [row for row in mine if kind in (COMPANY, row["kind"])]
            busy = {counts_on(row, days) for row in of_kind}
            norm = exact(s.norms[kind]) if kind in s.norms else None
            if norm is not None and manager_id == COMPANY:
                norm *= len(people)
            per_day = ratio(len(of_kind), len(own_days))
            known = norm is not None and per_day is not None
            attainment = per_day / norm if known else None
            reached = known and attainment >= exact(s.norm_reached)
            rows.append({
                "month": month,
                "manager_id": manager_id,
                "manager_name": manager_name(ledger, manager_id),
                "kind": kind,
                "activities": len(of_kind),
                "working_days": len(own_days),
                "per_day": per_day,
                "norm": norm,
                "attainment": attainment,
                "days_without": sum(day not in busy for day in own_days),
                "verdict": None if not known else "reached" if reached else "below",
            })  # fmt: skip
    return rows


def activity_daily(ledger, month, as_of=None, **settings):
    """Every working day × manager shown × kind ever recorded."""
    s = Settings(**settings)
    end, days = looked_at(month, as_of, s)
    kinds, people = recorded_kinds(ledger, end), shown_managers(ledger, month, end, s)
    rows = done(ledger, month, end, s)
    return [
        {"day": day, "manager_id": manager_id, "manager_name": manager_name(ledger, manager_id),
         "kind": kind,
         "activities": sum(counts_on(row, days) == day and row["kind"] == kind
                           and manager_id in (COMPANY, who(row)) for row in rows),
         "employed": employed(ledger, manager_id, day)}
        for day in days
        for manager_id in ([COMPANY, *people] if people else [])
        for kind in kinds
    ]  # fmt: skip


def activity_coverage(ledger, month, as_of=None, **settings):
    """Per owner at the month's end and class; "-" for the activities with others and nobody."""
    s = Settings(**settings)
    end, _ = looked_at(month, as_of, s)
    if not recorded_kinds(ledger, end):
        return []
    owner, known = portfolio_at(ledger, month, last_day(month), s)
    classed = {client: "prospect" if row["stage"] == "prospect" else row["abc"]
               for client, row in known.items()
               if row["stage"] == "prospect" or row["abc"] in ("A", "B", "C")}  # fmt: skip
    touched = touches(ledger, None, end, s)
    activities = done(ledger, month, end, s)
    alone = [row for row in activities if row["client_id"] is None]
    rows = []
    for manager_id in sorted({*owner.values(), *map(who, alone), COMPANY}):
        mine = [client for client in owner if manager_id in (COMPANY, owner[client])]
        cells = {letter: [] for letter in ["-", *"ABC", "prospect"]}
        for client in mine:
            cells[classed.get(client, "-")].append(client)
        whole = [client for letter in "ABC" for client in cells[letter]]
        worth, by = worth_of(ledger, whole, month, s)
        of_whole = [row for row in activities if row["client_id"] in whole]
        for letter, clients in cells.items():
            is_class = letter != "-"
            own = [row for row in activities if row["client_id"] in clients]
            if not is_class:
                own += [row for row in alone if manager_id in (COMPANY, who(row))]
            if not (clients if is_class else own):
                continue
            since = end - timedelta(days=s.touch_days.get(letter, 30) - 1) if is_class else None
            recent = [row for row in touched if is_class and day_of(row) >= since]
            by_anyone = {row["client_id"] for row in recent}
            by_owner = {
                row["client_id"] for row in recent if owner.get(row["client_id"]) == who(row)
            }
            reached = len(by_anyone & set(clients))
            rows.append({
                "month": month,
                "manager_id": manager_id,
                "manager_name": manager_name(ledger, manager_id),
                "abc": letter,
                "clients": len(clients) if is_class else None,
                "touched": reached if is_class else None,
                "touched_by_owner": len(by_owner & set(clients)) if is_class else None,
                "coverage": ratio(reached, len(clients)) if is_class else None,
                "activities": len(own),
                "activity_share": ratio(len(own), len(of_whole)) if letter in "ABC" else None,
                "margin_share": ratio(sum(worth[client] for client in clients),
                                      sum(worth.values())) if letter in "ABC" else None,
                "share_by": by if letter in "ABC" else None,
            })  # fmt: skip
    return rows


def activity_funnel(ledger, month, **settings):
    """Clients reached at each recorded step and at all before; outside: at it, not at all before.

    A manager without any client at a step before the shipment has no rows.
    """
    s = Settings(**settings)
    months = [shifted(month, -back) for back in range(s.funnel_months)]
    steps = [step for step in s.funnel_steps if step in recorded_kinds(ledger, last_day(month))]
    reached = [
        (who(row), row["kind"], row["client_id"])
        for row in touches(ledger, months[-1], last_day(month), s)
    ]
    reached += [(manager_id, "shipment", client_id)
                for manager_id, client_id, day in credited_shipments(ledger)
                if first_day(day) in months]  # fmt: skip
    people = sorted({manager_id for manager_id, step, _ in reached if step in steps})
    rows = []
    for manager_id in [COMPANY, *people] if people else []:
        through = before = None
        for step in [*steps, "shipment"]:
            at = {client for manager, kind, client in reached
                  if kind == step and manager_id in (COMPANY, manager)}  # fmt: skip
            through = at if through is None else through & at
            rows.append({
                "month": month,
                "manager_id": manager_id,
                "manager_name": manager_name(ledger, manager_id),
                "step": step,
                "count": len(through),
                "conversion": None if before is None else ratio(len(through), before),
                "outside": len(at - through),
                "window_months": s.funnel_months,
            })  # fmt: skip
            before = len(through)
    return rows


def untouched_clients(ledger, month, as_of=None, **settings):
    """A and B clients whose last touch is touch_days ago or longer, by revenue falling."""
    s = Settings(**settings)
    today = as_of or last_day(month)
    if not recorded_kinds(ledger, today):
        return []
    owner, classed = portfolio_at(ledger, month, max(today, last_day(month)), s)
    rows = []
    for client_id, row in classed.items():
        if row["abc"] not in ("A", "B"):
            continue
        days = [day_of(touch) for touch in touches(ledger, None, today, s)
                if touch["client_id"] == client_id]  # fmt: skip
        allowed = s.touch_days[row["abc"]]
        since = (today - max(days)).days if days else None
        if days and since < allowed:
            continue
        rows.append({
            "manager_id": owner[client_id],
            "client_id": client_id,
            "client_name": row["client_name"],
            "abc": row["abc"],
            "last_touch": max(days) if days else None,
            "days_since": since,
            "touch_days": allowed,
            "revenue": row["revenue"],
            "margin": row["margin"],
        })  # fmt: skip
    return sorted(rows, key=lambda row: (-row["revenue"], row["client_id"]))


def touch_mix(ledger, month, **settings):
    """Touches by topic of who did them; nobody without a topic."""
    s = Settings(**settings)
    rows = touches(ledger, month, last_day(month), s)
    people = sorted({who(row) for row in rows})
    result = []
    for manager_id in [COMPANY, *people]:
        mine = [row["topic"] for row in rows if manager_id in (COMPANY, who(row))]
        told = [topic for topic in mine if topic in TOPICS]
        for topic in sorted([*TOPICS, "untold"]) if told else []:
            is_told = topic in TOPICS
            number = mine.count(topic) if is_told else len(mine) - len(told)
            result.append({
                "month": month,
                "manager_id": manager_id,
                "manager_name": manager_name(ledger, manager_id),
                "topic": topic,
                "activities": number,
                "share": Fraction(number, len(told)) if is_told else None,
                "norm": Fraction(1, 3) if is_told else None,
            })  # fmt: skip
    return result


# --- activities ---------------------------------------------------------------------------------


def done(ledger, first, last, s):
    """Rows from one day to another whose outcome does not say that nothing was done."""
    return [row for row in ledger.activities
            if (first is None or first <= day_of(row)) and day_of(row) <= last
            and (row["outcome"] or "").strip().casefold().replace("ё", "е")
            not in s.not_done]  # fmt: skip


def touches(ledger, first, last, s):
    """Those with a client, and long enough where that is known."""
    least = exact(s.min_call_minutes)
    return [row for row in done(ledger, first, last, s) if row["client_id"] is not None
            and (row["minutes"] is None or exact(row["minutes"]) >= least)]  # fmt: skip


def recorded_kinds(ledger, end):
    """Kinds of any row up to the day, whatever came of it."""
    return sorted({row["kind"] for row in ledger.activities if day_of(row) <= end})


def day_of(row):
    """The day it happened on."""
    return row["happened_at"].date()


def who(row):
    """Who did it."""
    return row["manager_id"]


# --- days ---------------------------------------------------------------------------------------


def working_days(month, s):
    """The month's days of the work week that are no public holidays."""
    closed = ()
    if s.calendar:
        closed = holidays.country_holidays(s.calendar, years=month.year)
    days = [month + timedelta(days=back) for back in range((last_day(month) - month).days + 1)]
    return [day for day in days if WEEKDAYS[day.weekday()] in s.work_week and day not in closed]


def looked_at(month, as_of, s):
    """The last day looked at and the working days: all, unless the data end before the last one."""
    days = working_days(month, s)
    last = days[-1] if days else last_day(month)
    if as_of is None or as_of >= last:
        return last_day(month), days
    return as_of, [day for day in days if day <= as_of]


def counts_on(row, days):
    """Its own day, else the next working day, else the last one; None without any."""
    later = [day for day in days if day >= day_of(row)]
    return later[0] if later else days[-1] if days else None


# --- managers -----------------------------------------------------------------------------------


def dates_of(ledger, manager_id):
    """First and last day of a manager, None where unknown."""
    for row in ledger.managers:
        if row["manager_id"] == manager_id:
            return row.get("hired_on"), row.get("left_on")
    return None, None


def employed(ledger, manager_id, day):
    """Whether the manager was there on the day; the company always is."""
    hired, left = dates_of(ledger, manager_id)
    return (hired is None or hired <= day) and (left is None or day <= left)


def shown_managers(ledger, month, end, s):
    """Hired by the end and not left before the month, or active in it; hired unknown: of late."""
    start = shifted(month, 1 - s.hired_unknown_months)
    active = {who(row) for row in done(ledger, month, end, s)}
    lately = {who(row) for row in done(ledger, start, end, s)}
    shown = set(active)
    for manager_id in {row["manager_id"] for row in ledger.managers} | lately:
        hired, left = dates_of(ledger, manager_id)
        was_hired = manager_id in lately if hired is None else hired <= end
        if was_hired and (left is None or left >= month):
            shown.add(manager_id)
    return sorted(shown)


# --- clients ------------------------------------------------------------------------------------


def portfolio_at(ledger, month, day, s):
    """Owner of every client of any table on a day, and the clients known by the month."""
    clients = {row["client_id"] for table in (ledger.lines, ledger.clients, ledger.assignments,
                                              ledger.activities) for row in table}  # fmt: skip
    owner = {client: owner_on(ledger, client, last_day(first_day(day)))
             for client in clients - {None}}  # fmt: skip
    rows = classified(ledger, month, Classes(window_months=s.window_months))
    return owner, {row["client_id"]: row for row in rows}


def worth_of(ledger, clients, month, s):
    """Window margin of the clients; their revenue where no line of any is costed; which it is."""
    window = months_of_window(ledger, month, s.window_months)
    lines = [line for line in with_costs(ledger) if line["client_id"] in clients]
    lines = [line for line in lines if first_day(line["shipped_on"]) in window]
    costed = [line for line in lines if line["cost"] is not None]
    worth = {client: Fraction(0) for client in clients}
    for line in costed or lines:
        cost = exact(line["cost"]) if costed else 0
        worth[line["client_id"]] += exact(line["revenue"]) - cost
    return worth, "margin" if costed else "revenue"


def credited_shipments(ledger):
    """(credit, client, day) of every shipment whose revenue there is positive."""
    net = {}
    for line in ledger.lines:
        day, client = line["shipped_on"], line["client_id"]
        credit = line["manager_id"] or owner_on(ledger, client, day)
        key = credit, client, day, line["shipment_id"]
        net[key] = net.get(key, 0) + exact(line["revenue"])
    return [key[:3] for key, money in net.items() if money > 0]
