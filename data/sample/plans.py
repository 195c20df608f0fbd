"""What was planned for 2026, and what clients buy of food and supplies from everybody."""

from collections import Counter
from datetime import date

import world
from population import Client, day_between, stream

Sold = Counter  # cents by keys, a month as (year, month)


def credited(clients: list[Client], lines: list[list]) -> Sold:
    """By who sold, else the owner on the day, and month."""
    owners, sold = {client.client_id: client for client in clients}, Counter()
    for _, day, client_id, manager, *_, revenue, _cost, _discount in lines:
        manager = manager or owners[client_id].owner(day)
        sold[manager, day.year, day.month] += revenue
    return sold


def make_plans(clients: list[Client], lines: list[list]) -> list[list]:
    """One team by manager, the other by client; for clients a year at a time."""
    sold, year = credited(clients, lines), world.PLAN_YEAR
    rows = []
    for manager, factor in world.PLANS_BY_MANAGER.items():
        months = [sold[manager, year - 1, month] for month in range(1, 13)]
        if manager == world.FADING_MANAGER:  # planned as if his clients bought as ever
            so_far = sum(sold[manager, year, month] for month in range(1, 11))
            factor = so_far / world.FADING_FULFILMENT / sum(months[:10])
        plans = [money * factor for money in months]
        if manager == world.MONTH_END_MANAGER:  # gets where he wants to get to
            rng = stream("plans", manager)
            for month in range(1, 11):
                plans[month - 1] = sold[manager, year, month] * rng.uniform(0.985, 1.015)
        step = 3 if manager == world.QUARTERS_MANAGER else 1
        for at in range(0, 12, step):
            money = whole(sum(plans[at : at + step]), 100)
            rows.append([date(year, at + 1, 1), money, step if step > 1 else "", "", manager, ""])
    bought = of_clients(lines, date(year - 1, 1, 1), date(year - 1, 12, 31))
    for client in clients:
        planned = client.group != world.UNPLANNED_GROUP and bought[client.client_id] > 0
        if planned:
            growth = stream("plans", client.client_id).gauss(*world.CLIENT_GROWTH)
            money = whole(bought[client.client_id] * (1 + growth), 50)
            money = "0" if client.client_id == world.NO_HOPE_CLIENT else money
            rows.append([date(year, 1, 1), money, 12, client.client_id, "", ""])
    for manager, money in world.PLANS_FOR_NEW.items():
        rows.append([date(year, 1, 1), money, 12, "(new)", manager, ""])
    return sorted(rows, key=lambda row: (row[0], row[4], row[3]))


def of_clients(lines: list[list], first: date, last: date) -> Sold:
    """By client, from one day to another."""
    sold = Counter()
    for _, day, client_id, *_, revenue, _cost, _discount in lines:
        sold[client_id] += revenue if first <= day <= last else 0
    return sold


def whole(cents: float, unit: int) -> str:
    """A round sum of money: who plans does not count cents."""
    return f"{max(1, round(cents / 100 / unit)) * unit}"


def make_potentials(clients: list[Client], lines: list[list]) -> list[list]:
    """Estimates of what clients buy a year, of hotels by product group."""
    first, last = world.POTENTIAL_YEAR
    bought, rows, known = of_clients(lines, first, last), [], []
    groups = Counter()
    of_product = {p.product_id: p.group for client in clients for p in client.products}
    for _, day, client_id, _, product_id, *_, revenue, _cost, _discount in lines:
        groups[client_id, of_product[product_id]] += revenue if first <= day <= last else 0
    for client in clients:
        rng = stream("potentials", client.client_id)
        if rng.random() < world.POTENTIAL_SHARE:
            known.append((client, rng))
    trading = [
        client
        for client, _ in known
        if bought[client.client_id] > world.LOW_POTENTIALS_FROM
        and client.group != world.CLEANING_GROUP
        and client.card_region != world.FAINT_REGION
    ]
    low = {c.client_id for c in stream("low potentials").sample(trading, world.LOW_POTENTIALS)}
    stale = stream("stale potentials").sample([c for c, _ in known], world.STALE_POTENTIALS)
    stale = {client.client_id for client in stale}
    for client, rng in known:
        days = world.STALE_DAYS if client.client_id in stale else world.POTENTIAL_DAYS
        as_of = day_between(rng, *days)
        faint = client.region == world.FAINT_REGION
        share = rng.uniform(*(world.FAINT_SHARES if faint else world.OUR_SHARES))
        share = rng.uniform(1.05, 1.3) if client.client_id in low else share
        months = min(12, max(1, (last - client.first_on).days // 30))
        money = bought[client.client_id] * 12 / months
        if money <= 0:  # stopped, or never began: nobody expects much
            money = share * min(world.GROUPS[client.group][1] * 6, world.LARGEST_UNKNOWN)
        parts = {"": money / share}
        if client.group == world.CLEANING_GROUP:
            sold = {group: groups[client.client_id, group] for group in world.PRODUCTS}
            parts = {group: cents * 12 / months / share for group, cents in sold.items()
                     if cents > 0}  # fmt: skip
            parts.setdefault(world.CLEANING, money / share / 12)
        rows += [[client.client_id, whole(amount, 100), group, as_of]
                 for group, amount in parts.items()]  # fmt: skip
    return sorted(rows, key=lambda row: (row[0], row[2]))
