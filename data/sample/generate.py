"""Write the demo data: an invented wholesale distributor, its clients and its ledger.

    python data/sample/generate.py [OUTPUT_DIR]

Standard library only, seeded and without a clock: every run writes the same bytes. world.py holds
the numbers and words that shape the result, the stories to be found among them; population.py
makes products and clients of them, this file what happened. Money is counted in whole cents.
"""

import csv
import sys
from collections import defaultdict
from datetime import date, datetime, time, timedelta
from math import exp, log, sqrt
from pathlib import Path
from random import Random

import world
from cards import fill_cards
from money import make_invoices, make_payments, make_stock
from plans import make_plans, make_potentials
from population import (
    DAYS_PER_YEAR,
    ONE_DAY,
    Client,
    Product,
    draw,
    is_working_day,
    last_working_days,
    make_clients,
    make_products,
    near_working_day,
    price_and_cost,
    stream,
)
from surveys import make_surveys

# --- Shipments --------------------------------------------------------------------------------


def make_shipments(clients: list[Client]) -> list[list]:
    """All lines in the order of the file, returns numbered apart."""
    lines = []
    for client in clients:
        days = order_days(stream("order days", client.client_id), client)
        rng = stream("orders", client.client_id)
        for order, day in enumerate(days):
            lines += make_order(rng, client, order, day)
    lines.sort(key=lambda line: line[:4])
    numbers = {"S": {}, "R": {}}
    rows = []
    for day, kind, client_id, order, *rest in lines:
        known = numbers[kind]
        number = known.setdefault((day, client_id, order), len(known) + 1)
        rows.append([f"{kind}{number:05d}", day, client_id, *rest])
    return rows


def order_days(rng: Random, client: Client) -> list[date]:
    """The days on which the client orders, by its own rhythm."""
    days, when = [], 0.0
    while client.order_value:
        day = client.first_on + ONE_DAY * round(when)
        if day > client.last_on:
            break
        days.append(shipping_day(rng, client, day))
        if client.jitter is None:
            when += client.gap_days * exp(rng.gauss(0, 1.2)) if client.gap_days else 10_000
        else:
            when += client.gap_days * max(0.3, rng.gauss(1, client.jitter))
    return [day for day in days if day <= world.DATA_END]


def shipping_day(rng: Random, client: Client, day: date) -> date:
    """The day on which an order leaves: near its day, or at the month's end with one manager."""
    if client.manager == world.MONTH_END_MANAGER and rng.random() < world.MONTH_END_SHARE:
        return rng.choice(last_working_days(day, world.MONTH_END_DAYS))
    return near_working_day(rng, day)


def order_level(client: Client, day: date) -> float:
    """Season, the client's own growth, and the fading of one story."""
    level = world.GROUPS[client.group][2][day.month - 1] / 100
    level *= exp(client.drift * ((day - world.DATA_START).days / DAYS_PER_YEAR - 1.5))
    if client.fades_from and day > client.fades_from:
        months = (day - client.fades_from).days / (DAYS_PER_YEAR / 12)
        level *= max(world.FADING_FLOOR, 1 - world.FADING_PER_MONTH * months)
    return level * (1 + world.GENEROUS_GROWTH * generosity(client, day))


def generosity(client: Client, day: date) -> float:
    """How far one manager's discounts have crept up on a day, from 0 to 1; else 0."""
    if client.owner(day) != world.GENEROUS_MANAGER:
        return 0
    days = (world.GENEROUS_FULL - world.GENEROUS_FROM).days
    return min(max((day - world.GENEROUS_FROM).days / days, 0), 1)


def choose(rng: Random, client: Client, day: date, count: int) -> list[Product]:
    """The articles of an order: none that is dead by then, and cleaning goods where taken."""
    living = client.products
    if day >= world.DEAD_FROM:
        living = [one for one in living if one.product_id not in world.DEAD_PRODUCTS]
    chosen = rng.sample(living, min(count, len(living)))
    without = all(one.group != world.CLEANING for one in chosen)
    if client.takes_cleaning and rng.random() < world.CLEANING_ORDERS and without:
        chosen[-1] = rng.choice([one for one in living if one.group == world.CLEANING])
    return chosen


def make_order(rng: Random, client: Client, order: int, day: date) -> list[tuple]:
    """The lines of one order, and what comes back of them."""
    manager = credit(rng, client, day)
    value = client.order_value * order_level(client, day) * exp(rng.gauss(0, world.ORDER_NOISE))
    articles = choose(rng, client, day, draw(rng, world.LINES_PER_ORDER))
    lines = []
    for product in articles:
        wanted = value / len(articles) * rng.uniform(0.5, 1.5)
        quantity = max(1, round(wanted / product.price))
        key = day, "S", client.client_id, order, manager, product.product_id
        lines.append((*key, quantity, *line_money(rng, client, product, day, quantity)))
        back_on = near_working_day(rng, day + ONE_DAY * rng.randint(4, 20))
        if rng.random() < world.RETURN_SHARE and back_on <= world.DATA_END:
            back = -rng.randint(1, max(1, quantity // 2))
            key = back_on, "R", client.client_id, order, client.owner(back_on), product.product_id
            lines.append((*key, back, *line_money(rng, client, product, back_on, back)))
    return lines


def credit(rng: Random, client: Client, day: date) -> str:
    """Who ships: the owner; now and then a colleague, or nobody is entered."""
    owner = client.owner(day)
    chance = rng.random()
    if not owner:
        return client.seller
    if chance < world.NO_MANAGER_SHARE:
        return ""
    return colleague(rng, owner, day) if chance > 1 - world.COLLEAGUE_SHARE else owner


def colleague(rng: Random, owner: str, day: date) -> str:
    """Another manager employed on that day."""
    gone = {owner, world.LEAVING_MANAGER} if day > world.LEFT_ON else {owner}
    return rng.choice([row[0] for row in world.MANAGERS if row[0] not in gone])


def line_money(
    rng: Random, client: Client, product: Product, day: date, quantity: int
) -> tuple[int, int | None, int | None]:
    """Revenue, cost and discount of a line in cents; some are unknown, discounts of returns all."""
    price, cost = price_and_cost(product, day)
    losing = client.client_id == world.LOSS_CLIENT and day >= world.LOSS_FROM
    discount = client.discount + world.GENEROUS_MORE * generosity(client, day)
    discount = world.LOSS_DISCOUNT if losing else discount
    uncosted = product.product_id in world.UNCOSTED_PRODUCTS
    missing = world.MISSING_COST_UNCOSTED if uncosted else world.MISSING_COST
    revenue = round(quantity * price * (1 - discount))
    untold = rng.random() < world.NO_DISCOUNT_SHARE or quantity < 0
    given = None if untold else quantity * price - revenue
    return revenue, None if rng.random() < missing else quantity * cost, given


# --- Activities -------------------------------------------------------------------------------


def make_activities(clients: list[Client]) -> list[list]:
    """What the managers did, working day by working day."""
    rows = []
    for manager, *_ in world.MANAGERS:
        rng = stream("activities", manager)
        portfolios: dict[tuple, tuple] = {}
        day = world.ACTIVITIES_START
        while day <= (world.LEFT_ON if manager == world.LEAVING_MANAGER else world.DATA_END):
            if works(rng, manager, day):
                month = (day.year, day.month)
                if month not in portfolios:
                    portfolios[month] = portfolio(clients, manager, day)
                rows += day_of_work(rng, manager, day, portfolios[month])
            day += ONE_DAY
    return sorted(rows)


def works(rng: Random, manager: str, day: date) -> bool:
    """Working days less summer leave and a sick day now and then; a rare Saturday."""
    first_week = 25 + int(manager)
    on_leave = first_week <= day.isocalendar().week < first_week + world.LEAVE_WEEKS
    chance = 0.98 if is_working_day(day) else 0.02 if day.weekday() == 5 else 0
    return rng.random() < chance and not on_leave


def portfolio(clients: list[Client], manager: str, day: date) -> tuple[list[str], list[float]]:
    """The clients a manager may speak to in a month: the own ones by size, few of the others."""
    weights: dict[str, float] = defaultdict(float)
    for client in clients:
        gone = client.last_on + 120 * ONE_DAY < day
        if client.created_on <= day and not gone and client.owner(day):
            own = client.owner(day) == manager
            share = 1 if own else world.COLLEAGUE_TOUCH_SHARE / len(world.MANAGERS)
            weights[client.client_id] = share * (sqrt(client.yearly_value) + 400)
    return list(weights), list(weights.values())


def day_of_work(rng: Random, manager: str, day: date, contacts: tuple) -> list[list]:
    """The activities of one manager on one day."""
    rows = []
    pace = world.PHONE_PACE if manager == world.PHONE_MANAGER else world.PACE
    for kind, rate in pace.items():
        chance = rate * world.ZEAL[manager] / 24
        for _ in range(sum(rng.random() < chance for _ in range(24))):
            moment = datetime.combine(day, time(9)) + timedelta(minutes=rng.randrange(525))
            nobody = rng.random() < world.NO_CLIENT_SHARE and kind in ("call", "email")
            client_id = "" if nobody else partner(rng, contacts, day)
            outcome = draw(rng, world.OUTCOMES[kind])
            topic = draw(rng, world.TOPICS[kind]) if outcome == "done" else ""
            minutes = duration(rng, kind) if outcome == "done" else ""
            when = f"{moment:%Y-%m-%d %H:%M}"
            rows.append([when, manager, kind, client_id, topic, minutes, outcome])
    return rows


def partner(rng: Random, contacts: tuple, day: date) -> str:
    """With whom: anybody but the client whom nobody spoke to any more."""
    client_id = rng.choices(*contacts)[0]
    while client_id == world.UNHEARD_CLIENT and day >= world.UNHEARD_SINCE:
        client_id = rng.choices(*contacts)[0]
    return client_id


def duration(rng: Random, kind: str) -> str:
    """Minutes of a call or a meeting, else unknown."""
    if kind == "call":
        return f"{exp(rng.gauss(log(4), 0.9)):.1f}"
    return str(rng.choice((30, 45, 60, 60, 90))) if kind == "meeting" else ""


# --- Files ------------------------------------------------------------------------------------


def money(cents: int | None) -> str:
    """Cents as a decimal number; empty where unknown."""
    return "" if cents is None else f"{cents / 100:.2f}"


def client_rows(clients: list[Client]) -> list[list]:
    """Rows of clients.csv, with today's owner; some cards still name the one before."""
    return [
        [
            client.client_id,
            client.name,
            client.card_group,
            client.card_region,
            client.manager if client.stale_card else client.owner(world.DATA_END),
            client.phone,
            client.email,
            client.tags,
            client.created_on,
            client.verified_on or "",
        ]
        for client in clients
    ]


def assignment_rows(clients: list[Client]) -> list[list]:
    """Two spells for every client that was handed over; the others never changed hands."""
    rows = []
    for client in clients:
        if client.heir:
            rows.append([client.client_id, client.manager, client.created_on, world.LEFT_ON])
            rows.append([client.client_id, client.heir, world.LEFT_ON + ONE_DAY, ""])
    return rows


def product_rows(products: list[Product]) -> list[list]:
    """Rows of products.csv, with the unit cost of the last day; for a few it is unknown."""
    rows = []
    for product in products:
        unknown = product.product_id in world.UNCOSTED_PRODUCTS
        cost = None if unknown else price_and_cost(product, world.DATA_END)[1]
        rows.append([product.product_id, product.name, product.group, money(cost)])
    return rows


def shipment_rows(lines: list[list]) -> list[list]:
    """Rows of shipments.csv, money as decimal numbers."""
    return [[*line[:-3], *map(money, line[-3:])] for line in lines]


def write(folder: Path, table: str, rows: list) -> None:
    """One table as CSV: UTF-8, comma, LF."""
    with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(world.COLUMNS[table].split())
        writer.writerows(rows)


def main(folder: Path) -> None:
    """All tables of the world into a folder."""
    products = make_products()
    clients = make_clients(products)
    fill_cards(clients)
    folder.mkdir(parents=True, exist_ok=True)
    lines = make_shipments(clients)
    write(folder, "shipments", shipment_rows(lines))
    invoices = make_invoices(clients, lines)
    paid = make_payments(clients, invoices)
    write(folder, "receivables", [[*row[:3], money(row[3]), row[4]] for row in invoices])
    write(folder, "payments", [[*row[:2], money(row[2]), row[3]] for row in paid])
    write(folder, "stock", [[*row[:2], money(row[2])] for row in make_stock(products, lines)])
    write(folder, "clients", client_rows(clients))
    write(folder, "managers", world.MANAGERS)
    write(folder, "assignments", assignment_rows(clients))
    write(folder, "products", product_rows(products))
    write(folder, "activities", make_activities(clients))
    write(folder, "surveys", make_surveys(clients))
    write(folder, "plans", make_plans(clients, lines))
    write(folder, "potentials", make_potentials(clients, lines))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
