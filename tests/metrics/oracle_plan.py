"""The plan tables once more: slow, obvious and exact, for tests only.

Made from the written definitions alone, month by month, key by key. Money is a Fraction.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from tests.metrics import oracle
from tests.metrics.oracle import (
    COMPANY,
    UNASSIGNED,
    exact,
    first_day,
    first_month,
    last_day,
    manager_name,
    months_of_window,
    owner_on,
    ratio,
    shifted,
)

NEW, NO_PLAN = "(new)", "(no plan)"


@dataclass
class Ledger(oracle.Ledger):
    """The source tables, with plans, potentials and products.

    plans: month, plan_revenue, months, client_id, manager_id, product_group; potentials: client_id,
    annual_purchases, product_group, as_of; products: product_id, product_group; any but the money
    and the plan's month may be None.
    """

    plans: list = field(default_factory=list)
    potentials: list = field(default_factory=list)
    products: list = field(default_factory=list)


@dataclass(frozen=True)
class Settings:
    """Thresholds of the plan tables, with their defaults."""

    year_start: int = 1
    pace_months: int = 6
    potential_days: int = 730
    headroom_share: float = 0.10
    min_peers: int = 10
    cross_sell_per_client: int = 3


def settings_of(changed):
    """The settings of plans, and those of the portfolio."""
    own = {key: changed[key] for key in changed if key in Settings.__dataclass_fields__}
    return Settings(**own), oracle.Settings(**{k: v for k, v in changed.items() if k not in own})


# --- plans by month -----------------------------------------------------------------------------


def working_days(month):
    """Monday to Friday."""
    days = [month + timedelta(days=number) for number in range((last_day(month) - month).days + 1)]
    return [day for day in days if day.weekday() < 5]


def monthly(ledger, until):
    """Every plan row once per month, without the manager beside a client."""
    rows = []
    for row in ledger.plans:
        months = [shifted(row["month"], k) for k in range(row.get("months") or 1)]
        before = [sold(ledger.lines, shifted(each, -12)) for each in months]
        known = [first_month(ledger) <= shifted(each, -12)
                 and working_days(shifted(each, -12))[-1] <= until for each in months]  # fmt: skip
        if not all(known) or min(before) <= 0:
            before = [Fraction(len(working_days(each))) for each in months]
        amount, left = exact(row["plan_revenue"]), exact(row["plan_revenue"])
        for place, each in enumerate(months):
            part = round(amount * before[place] / sum(before), 2)
            part = left if place == len(months) - 1 else part
            left -= part
            client = row.get("client_id")
            rows.append({
                "month": each, "amount": part, "client_id": client,
                "manager_id": row.get("manager_id") if client in (None, NEW) else None,
                "product_group": row.get("product_group"),
            })  # fmt: skip
    return rows


def sold(lines, month):
    """Net revenue of the lines of a month."""
    return sum((exact(line["revenue"]) for line in lines if first_day(line["shipped_on"]) == month),
               Fraction(0))  # fmt: skip


def year_of(ledger, month, s):
    """The months of the plan's year up to a month, from the data's first on."""
    months = [month]
    while months[0].month != s.year_start:
        months.insert(0, shifted(months[0], -1))
    return [each for each in months if each >= first_month(ledger)]


def named(row):
    """The keys that a row names, each by its first letter."""
    keys = [key[0] for key in ("client_id", "manager_id", "product_group") if row[key] is not None]
    return "".join(keys).replace("cm", "c")  # of (new), the manager says whose clients


# --- plan_fulfilment ----------------------------------------------------------------------------


@dataclass
class Key:
    """One row to be: plans by month, revenue by month, the months of its level."""

    dimension: str
    key: str
    manager_id: str
    basis: str | None
    plan: dict
    revenue: dict
    level: list
    all_months: bool = False  # not only from its first month with a plan


def plan_fulfilment(ledger, month, until=date(2026, 8, 31), **changed):
    """One row per dimension and key with a plan in the year."""
    s, _ = settings_of(changed)
    year = year_of(ledger, month, s)
    rows = [row for row in monthly(ledger, until) if row["month"] in year]
    managers, clients = manager_keys(ledger, rows, year), client_keys(ledger, rows, year)
    groups = group_keys(ledger, rows, year)
    told = [told_of(ledger, key, month)
            for key in [*company_keys(ledger, rows, year, managers, groups), *managers, *groups,
                        *clients]]  # fmt: skip
    order = {COMPANY: 0, "client": 1, "manager": 2, "product_group": 3}

    def place(row):
        last = row["key"] == NO_PLAN
        gap = row["gap_to_date"] if row["dimension"] == "client" and not last else 0
        return order[row["dimension"]], last, gap, row["key"], row["manager_id"]

    return sorted(told, key=place)


def told_of(ledger, key, month):
    """The row of a key."""
    first = min(key.plan) if key.plan else None
    months = [each for each in key.level if key.all_months or each >= first]
    now = month in months
    plan, revenue = key.plan.get(month, Fraction(0)), key.revenue.get(month, Fraction(0))
    plans = sum((key.plan.get(each, Fraction(0)) for each in months), Fraction(0))
    revenues = sum((key.revenue.get(each, Fraction(0)) for each in months), Fraction(0))
    names = {row["client_id"]: row["client_name"] for row in ledger.clients}
    name = key.key
    if key.dimension == "manager":
        name = manager_name(ledger, key.key)
    if key.dimension == "client":
        name = names.get(key.key) or key.key
    return {
        "month": month, "dimension": key.dimension, "key": key.key, "name": name,
        "manager_id": key.manager_id, "basis": key.basis,
        "plan": plan if now else None,
        "revenue": revenue if now else None,
        "gap": revenue - plan if now else None,
        "fulfilment": ratio(revenue, plan) if now else None,
        "months": len(months),
        "plan_to_date": plans, "revenue_to_date": revenues, "gap_to_date": revenues - plans,
        "fulfilment_to_date": ratio(revenues, plans),
    }  # fmt: skip


def chosen(rows, *levels):
    """The rows of the first level that the year has."""
    for level in levels:
        found = [row for row in rows if named(row) == level]
        if found:
            return found
    return []


def client_level(rows):
    return chosen(rows, "c", "cp")


def by_month(rows):
    """Rows added up by month."""
    sums = {}
    for row in rows:
        sums[row["month"]] = sums.get(row["month"], Fraction(0)) + row["amount"]
    return sums


def months_in(rows):
    return sorted({row["month"] for row in rows})


def revenue_by_month(lines, year):
    return {each: sold(lines, each) for each in year}


def client_keys(ledger, rows, year):
    """Clients with a plan; and for each owner, what came without one."""
    rows = client_level(rows)
    if not rows:
        return []
    level, month, keys = months_in(rows), year[-1], []
    left = {}  # owner: month: revenue of lines that stand with no client's plan
    brought = set()
    everybody = {line["client_id"] for line in ledger.lines}
    for client_id in sorted(everybody | {row["client_id"] for row in rows} - {NEW}):
        own = by_month([row for row in rows if row["client_id"] == client_id])
        lines = [line for line in ledger.lines if line["client_id"] == client_id]
        revenue = revenue_by_month(lines, year)
        owner = owner_on(ledger, client_id, last_day(month))
        if own:
            keys.append(Key("client", client_id, owner, "own", own, revenue, level))
        for each in level:
            if (not own or each < min(own)) and revenue[each]:
                of_owner = left.setdefault(owner, {})
                of_owner[each] = of_owner.get(each, Fraction(0)) + revenue[each]
                brought.add(owner)
    new = new_rows(rows)
    for owner in sorted(brought | set(new)):
        keys.append(Key("client", NO_PLAN, owner, None, new.get(owner, {}), left.get(owner, {}),
                        level, all_months=True))  # fmt: skip
    return keys


def new_rows(rows):
    """Plans of each manager's clients without one, by month."""
    whose = {row["manager_id"] or UNASSIGNED for row in rows if row["client_id"] == NEW}
    return {each: by_month([row for row in rows if row["client_id"] == NEW
                            and (row["manager_id"] or UNASSIGNED) == each])
            for each in whose}  # fmt: skip


def credited(ledger, manager_id):
    """The lines of whom the manager sold to."""
    return [line for line in ledger.lines
            if (line["manager_id"] or owner_on(ledger, line["client_id"], line["shipped_on"]))
            == manager_id]  # fmt: skip


def manager_keys(ledger, rows, year):
    """Managers with own rows, else with clients (at each month's end) or new ones with a plan."""
    of_clients, keys = client_level(rows), []
    level = months_in(of_clients)
    plans, lines = {}, {}
    for each in year:
        for row in of_clients:
            if row["month"] == each and row["client_id"] != NEW:
                owner = owner_on(ledger, row["client_id"], last_day(each))
                plans.setdefault(owner, []).append(row)
        for line in ledger.lines:
            if first_day(line["shipped_on"]) == each:
                owner = owner_on(ledger, line["client_id"], last_day(each))
                lines.setdefault(owner, []).append(line)
    for owner, amounts in new_rows(of_clients).items():
        plans.setdefault(owner, []).extend({"month": k, "amount": v} for k, v in amounts.items())
    own = {row["manager_id"] for row in rows if named(row) in ("m", "mp")}
    for manager_id in sorted(own | set(plans)):
        mine = [row for row in rows if row["manager_id"] == manager_id]
        found = chosen(mine, "m", "mp")
        if found:
            of_level = months_in([row for row in rows if named(row) == named(found[0])])
            revenue = revenue_by_month(credited(ledger, manager_id), year)
            keys.append(Key("manager", manager_id, manager_id, "own", by_month(found), revenue,
                            of_level))  # fmt: skip
        else:
            revenue = revenue_by_month(lines.get(manager_id, []), year)
            keys.append(Key("manager", manager_id, manager_id, "clients",
                            by_month(plans[manager_id]), revenue, level))  # fmt: skip
    return keys


def group_of(ledger, line):
    """The product group of a line."""
    groups = {row["product_id"]: row["product_group"] for row in ledger.products}
    return groups.get(line.get("product_id")) or "(none)"


def group_keys(ledger, rows, year):
    """Product groups with a plan."""
    rows = chosen(rows, "p", "mp", "cp")
    basis = {"p": "own", "mp": "managers", "cp": "clients"}
    keys = []
    for group in sorted({row["product_group"] for row in rows}):
        own = [row for row in rows if row["product_group"] == group]
        lines = [line for line in ledger.lines if group_of(ledger, line) == group]
        keys.append(Key("product_group", group, COMPANY, basis[named(own[0])], by_month(own),
                        revenue_by_month(lines, year), months_in(rows)))  # fmt: skip
    return keys


def company_keys(ledger, rows, year, managers, groups):
    """The company's own rows, else the managers' sum, else the clients', else the groups'."""
    revenue = revenue_by_month(ledger.lines, year)
    own = chosen(rows, "")
    if own:
        return [Key(COMPANY, COMPANY, COMPANY, "own", by_month(own), revenue, months_in(own))]
    parts, basis = managers, "managers"
    if {key.key for key in managers} == {UNASSIGNED}:  # who is no manager
        basis = "clients"
    if not managers:
        parts, basis = groups, "groups"
    if not parts:
        return []
    plan = by_month([{"month": k, "amount": v} for key in parts for k, v in key.plan.items()])
    level = sorted({each for key in parts for each in key.level})
    return [Key(COMPANY, COMPANY, COMPANY, basis, plan, revenue, level)]


# --- plan_pace ----------------------------------------------------------------------------------


def plan_pace(ledger, month, until=None, **changed):
    """One row per manager with a plan or revenue in the month; *until*: the last day of it."""
    s, _ = settings_of(changed)
    days = working_days(month)
    until = until or last_day(month)
    if until >= days[-1]:
        until = last_day(month)
    left = len([day for day in days if day > until])
    planned = {row["key"]: row for row in plan_fulfilment(ledger, month, **changed)
               if row["dimension"] in (COMPANY, "manager")}  # fmt: skip
    who = {line["manager_id"] or owner_on(ledger, line["client_id"], line["shipped_on"])
           for line in ledger.lines}  # fmt: skip
    rows = []
    for manager_id in sorted({COMPANY, *who, *planned}):
        row = planned.get(manager_id, {"plan": None, "basis": None})
        if manager_id == COMPANY:
            lines = ledger.lines
        elif row["basis"] == "clients":
            owner = {line["client_id"]: owner_on(ledger, line["client_id"], last_day(month))
                     for line in ledger.lines}  # fmt: skip
            lines = [line for line in ledger.lines if owner[line["client_id"]] == manager_id]
        else:
            lines = credited(ledger, manager_id)
        lines = [line for line in on_days(lines) if line["shipped_on"] <= until]
        now = [line for line in lines if first_day(line["shipped_on"]) == month]
        if not now and row["plan"] is None:
            continue
        rows.append({
            "month": month, "manager_id": manager_id,
            "manager_name": manager_name(ledger, manager_id), "day": until,
            "working_day": len(days) - left, "working_days": len(days),
            **pace(lines, now, month, left, row["plan"], s),
        })  # fmt: skip
    return rows


def on_days(lines):
    """What stands on days with revenue, as one line of each client, manager and day."""
    sums = {}
    for line in lines:
        key = line["client_id"], line["manager_id"], line["shipped_on"]
        sums[key] = sums.get(key, 0) + exact(line["revenue"])
    return [{"shipped_on": key[2], "revenue": money} for key, money in sums.items() if money]


def pace(lines, now, month, left, plan, s):
    """The numbers of one row."""
    to_date = sum((line["revenue"] for line in now), Fraction(0))
    first = min((first_day(line["shipped_on"]) for line in lines), default=month)
    before = [shifted(month, -back) for back in range(1, 13)]
    before = [each for each in before if each >= first]
    rests = []
    for each in before:
        days = working_days(each)
        begin = days[-left] if 0 < left <= len(days) else each
        rests.append(sum((line["revenue"] for line in lines if line["shipped_on"] >= begin
                          and first_day(line["shipped_on"]) == each), Fraction(0)))  # fmt: skip
    whole = sum((sold(lines, each) for each in before), Fraction(0))
    known = len(before) >= s.pace_months or left == 0
    rest, low, high, due = None, None, None, None
    if left == 0:
        rest, low, high, due = 0, to_date, to_date, plan
    elif known:
        rest = sum(rests) / Fraction(len(rests))
        low, high = to_date + min(rests), to_date + max(rests)
        due = plan * (1 - sum(rests) / whole) if plan is not None and whole > 0 else None
    needed = max(0, plan - to_date) / Fraction(left) if plan is not None and left else None
    verdict = None
    if known and plan is not None:
        verdict = "ahead" if low >= plan else "behind" if high < plan else "open"
    return {
        "to_date": to_date, "plan": plan, "due": due, "rest": rest,
        "projected": to_date + rest if known else None, "low": low, "high": high,
        "needed_per_day": needed, "verdict": verdict,
    }  # fmt: skip


# --- potential ----------------------------------------------------------------------------------


def known_clients(ledger, month):
    """Clients with a line by the month's end, or in clients and created by then."""
    end = last_day(month)
    found = {line["client_id"] for line in ledger.lines if line["shipped_on"] <= end}
    return found | {row["client_id"] for row in ledger.clients
                    if row["created_on"] is None or row["created_on"] <= end}  # fmt: skip


def estimates(ledger, month):
    """client_id -> product group (`*`: all) -> (potential of a year, day or None)."""
    end, found = last_day(month), {}
    for row in ledger.potentials:
        if row["client_id"] not in known_clients(ledger, month):
            continue
        if row["as_of"] is not None and row["as_of"] > end:
            continue
        groups = found.setdefault(row["client_id"], {})
        group, new = row["product_group"] or COMPANY, (exact(row["annual_purchases"]), row["as_of"])

        def age(estimate):
            return estimate[1] or date.min, estimate[0]

        if group not in groups or age(new) > age(groups[group]):
            groups[group] = new
    for groups in found.values():
        if COMPANY not in groups:
            days = [day for _, day in groups.values()]
            groups[COMPANY] = (sum(money for money, _ in groups.values()),
                               None if None in days else min(days))  # fmt: skip
    return found


def bought_of(ledger, client_id, group, months):
    """Net revenue of a client in some months, of one product group or of all."""
    return sum((exact(line["revenue"]) for line in ledger.lines
                if line["client_id"] == client_id and first_day(line["shipped_on"]) in months
                and group in (COMPANY, group_of(ledger, line))), Fraction(0))  # fmt: skip


def purchases_of(ledger, client_id, month):
    end = last_day(month)
    lines = [line for line in ledger.lines
             if line["client_id"] == client_id and line["shipped_on"] <= end]  # fmt: skip
    return oracle.purchase_days(lines)


def penetrations(ledger, month):
    """Of each client and group: what both penetration tables are made of."""
    year, rows = [shifted(month, -back) for back in range(12)], []
    for client_id, groups in estimates(ledger, month).items():
        days = purchases_of(ledger, client_id, month)
        covered = 12
        if days:
            covered = min(12, oracle.months_apart(first_day(days[0]), month) + 1)
        for group, (potential, as_of) in groups.items():
            revenue = bought_of(ledger, client_id, group, year)
            left = potential - revenue * Fraction(12, covered)
            rows.append({
                "client_id": client_id, "product_group": group, "revenue": revenue,
                "potential": potential, "as_of": as_of, "due": potential * Fraction(covered, 12),
                "headroom": min(max(left, Fraction(0)), potential),
                "buyer": any(first_day(day) in year for day in days) if group == COMPANY
                else revenue > 0,
            })  # fmt: skip
    return rows


def client_penetration(ledger, month, **changed):
    """One row per client with a potential and group."""
    s, _ = settings_of(changed)
    names = {row["client_id"]: row["client_name"] for row in ledger.clients}
    rows = []
    order = sorted(penetrations(ledger, month),
                   key=lambda row: (row["client_id"], row["product_group"]))  # fmt: skip
    for row in order:
        share = ratio(row["revenue"], row["due"])
        notes = ["above"] if share is not None and share > 1 else []
        if row["as_of"] and (last_day(month) - row["as_of"]).days > s.potential_days:
            notes.append("stale")
        rows.append({
            "client_id": row["client_id"], "client_name": names.get(row["client_id"]),
            "manager_id": owner_on(ledger, row["client_id"], last_day(month)),
            "product_group": row["product_group"], "revenue": row["revenue"],
            "potential": row["potential"], "share": share, "headroom": row["headroom"],
            "as_of": row["as_of"], "note": ", ".join(notes) or None,
        })  # fmt: skip
    return rows


def penetration(ledger, month, **changed):
    """One row per dimension and key with clients that count."""
    _, classes = settings_of(changed)
    counted = {row["client_id"] for row in oracle.classified(ledger, month, classes)
               if row["counted"]}  # fmt: skip
    every = penetrations(ledger, month)
    year = [shifted(month, -back) for back in range(12)]
    members, known = {}, {}
    for client_id in counted | {row["client_id"] for row in every}:
        card = next((row for row in ledger.clients if row["client_id"] == client_id), {})
        for key in ((COMPANY, COMPANY), ("manager", owner_on(ledger, client_id, last_day(month))),
                    ("client_group", card.get("client_group") or "(none)"),
                    ("region", card.get("region") or "(none)")):  # fmt: skip
            members.setdefault(key, set()).add(client_id)
            mine = [row for row in every if row["client_id"] == client_id]
            known.setdefault(key, []).extend(r for r in mine if r["product_group"] == COMPANY)
    for group in {row["product_group"] for row in every} - {COMPANY}:
        own = [row for row in every if row["product_group"] == group]
        members["product_group", group] = counted | {row["client_id"] for row in own}
        known["product_group", group] = own
    rows = []
    for (dimension, key), clients in sorted(members.items()):
        own = known[dimension, key]
        group = key if dimension == "product_group" else COMPANY
        everybody = counted | {row["client_id"] for row in every}
        of_all = everybody if dimension == "product_group" else clients
        revenue = sum((row["revenue"] for row in own), Fraction(0))
        total = sum((bought_of(ledger, each, group, year) for each in of_all), Fraction(0))
        rows.append({
            "dimension": dimension, "key": key,
            "name": manager_name(ledger, key) if dimension == "manager" else key,
            "clients": len(clients), "known": len(own),
            "known_revenue_share": ratio(revenue, total),
            "potential": sum((row["potential"] for row in own), Fraction(0)),
            "revenue": revenue,
            "share": ratio(revenue, sum((row["due"] for row in own), Fraction(0))),
            "headroom": sum((row["headroom"] for row in own), Fraction(0)),
            "buyers_share": ratio(sum(row["buyer"] for row in own), len(own)),
        })  # fmt: skip
    return rows


# --- cross-sell ---------------------------------------------------------------------------------


def buying(ledger, month, classes):
    """(client_id, row, product group -> revenue) of the clients with positive window revenue."""
    window = months_of_window(ledger, month, classes.window_months)
    found = []
    for row in oracle.classified(ledger, month, classes):
        if row["revenue"] <= 0:
            continue
        card = next((c for c in ledger.clients if c["client_id"] == row["client_id"]), {})
        groups = {}
        for line in ledger.lines:
            if line["client_id"] == row["client_id"] and first_day(line["shipped_on"]) in window:
                group = group_of(ledger, line)
                groups[group] = groups.get(group, Fraction(0)) + exact(line["revenue"])
        found.append({**row, "kind": card.get("client_group") or "(none)", "groups": groups})
    return found


def cells_of(ledger, month, changed):
    """All cells that would be listed without a limit, the best first."""
    s, classes = settings_of(changed)
    clients = buying(ledger, month, classes)
    months = len(months_of_window(ledger, month, classes.window_months))
    groups = {group for row in clients for group in row["groups"]} - {"(none)"}
    cells = []
    for row in clients:
        peers = [other for other in clients if other["kind"] == row["kind"]]
        if len(peers) < s.min_peers:
            peers = clients
        for group in groups:
            buyers = [peer for peer in peers if peer["groups"].get(group, 0) > 0]
            if not row["counted"] or row["groups"].get(group, 0) > 0 or not buyers:
                continue
            share = Fraction(len(buyers), len(peers))
            part = oracle.median([peer["groups"][group] / peer["revenue"] for peer in buyers])
            cells.append({
                "manager_id": row["manager_id"], "client_id": row["client_id"],
                "client_name": row["client_name"], "product_group": group, "peers": len(peers),
                "peers_buying": share, "promise": share * part * row["revenue"] * 12 / months,
            })  # fmt: skip
    return sorted(cells, key=lambda cell: (-cell["peers_buying"], -cell["promise"],
                                           cell["client_id"], cell["product_group"]))  # fmt: skip


def cross_sell(ledger, month, **changed):
    """The best cells of each client."""
    s, _ = settings_of(changed)
    listed, count = [], {}
    for cell in cells_of(ledger, month, changed):
        count[cell["client_id"]] = count.get(cell["client_id"], 0) + 1
        if count[cell["client_id"]] <= s.cross_sell_per_client:
            listed.append(cell)
    return listed


def cross_sell_check(ledger, month, **changed):
    """All cells of six months before, and those that were bought since."""
    then = shifted(month, -6)
    if shifted(month, -17) < first_month(ledger):
        return []
    since = [shifted(month, -back) for back in range(6)]
    cells = cells_of(ledger, then, changed)
    rows = []
    for group in [COMPANY, *sorted({cell["product_group"] for cell in cells})]:
        own = [cell for cell in cells if group in (COMPANY, cell["product_group"])]
        if not own:
            continue
        started = [bought_of(ledger, cell["client_id"], cell["product_group"], since) > 0
                   for cell in own]  # fmt: skip
        top = started[: -(-len(own) // 10)]
        rows.append({"product_group": group, "cells": len(own),
                     "started": ratio(sum(started), len(own)),
                     "started_top": ratio(sum(top), len(top))})  # fmt: skip
    return rows


# --- plan_proposal ------------------------------------------------------------------------------


def plan_proposal(ledger, month, **changed):
    """One row per client with revenue in 12 months or a potential, and (new) of each owner."""
    s, _ = settings_of(changed)
    now = [shifted(month, -back) for back in range(12)]
    then = [shifted(each, -12) for each in now]
    is_known = min(then) >= first_month(ledger)
    everybody = {line["client_id"] for line in ledger.lines}
    before, after = ({each: bought_of(ledger, each, COMPANY, months) for each in everybody}
                     for months in (then, now))  # fmt: skip
    opening = [each for each in everybody if before[each] > 0]
    nrr = ratio(sum(after[each] for each in opening), sum(before[each] for each in opening))
    if not is_known or nrr is None:
        nrr = Fraction(1)
    potentials = {row["client_id"]: row for row in penetrations(ledger, month)
                  if row["product_group"] == COMPANY}  # fmt: skip
    names = {row["client_id"]: row["client_name"] for row in ledger.clients}
    rows = []
    for client_id in {each for each in everybody if after[each]} | set(potentials):
        last_year = after.get(client_id, Fraction(0))
        base = max(Fraction(0), last_year) * nrr
        proposal = base
        if client_id in potentials:
            row = potentials[client_id]
            proposal = min(base + exact(s.headroom_share) * row["headroom"],
                           max(base, row["potential"]))  # fmt: skip
        rows.append({"manager_id": owner_on(ledger, client_id, last_day(month)),
                     "client_id": client_id, "client_name": names.get(client_id),
                     "last_year": last_year, "base": base, "proposal": proposal})  # fmt: skip
    if is_known:
        new = {}
        for each in everybody:
            if before[each] or after[each]:
                owner = owner_on(ledger, each, last_day(month))
                new[owner] = new.get(owner, 0) + (after[each] if before[each] <= 0 else 0)
        rows += [{"manager_id": owner, "client_id": NEW, "client_name": NEW, "last_year": None,
                  "base": max(Fraction(0), money), "proposal": max(Fraction(0), money)}
                 for owner, money in new.items()]  # fmt: skip
    for row in rows:
        row["share_of_manager"] = ratio(row["proposal"], sum(
            other["proposal"] for other in rows if other["manager_id"] == row["manager_id"]
        ))  # fmt: skip
        row |= {"plan_month": shifted(month, 1), "plan_months": 12}
    return sorted(rows, key=lambda row: (row["manager_id"], row["client_id"]))
