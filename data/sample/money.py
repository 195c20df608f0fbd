"""What was invoiced and paid since the new accounts, and what lay in stock.

Every shipment since then has an invoice, every return a credit note, both with VAT. Most clients
pay each invoice by its number, near the day it is due; the stories pay otherwise. Payments draw
from streams of their own, client by client.
"""

from collections import defaultdict
from datetime import date, timedelta
from random import Random

import world
from population import ONE_DAY, Client, Product, is_working_day, stream

ACCOUNTS_FROM, VAT = date(2025, 7, 1), 0.24  # of invoices; before, they were kept on paper
TERMS = {"Retail chains": 21, "Hotels": 14, "Restaurants": 14, "Canteens": 30, "Resellers": 14}
NO_DUE_SHARE = 0.03  # of invoices do not tell when they are due
LATE_MEAN, LATE_SPREAD = (-2, 9), 4  # days late: between these for a client, and from day to day
PARTLY_SHARE, NO_NUMBER_SHARE = 0.03, 0.06  # paid in two parts; without the invoice's number
NEVER_SHARE, NEVER_DAYS = 0.25, 40  # of the last invoices of who has stopped stay open

# --- Stories ----------------------------------------------------------------------------------

CHAIN_DAYS_LATE = 45  # world.CHAIN_CLIENT pays so late every time
DISPUTED_CLIENT, DISPUTED_DUE = "C0702", date(2026, 5, 2)  # one invoice, 200 days before the end
SUDDEN_CLIENT, SUDDEN_FROM = "C0634", date(2026, 9, 21)  # was never late; has not paid since
LUMP_TAG, LUMP_DAY = "hotel group", 12  # once a month what is due, in round sums, without numbers
ADVANCE_TAG, ADVANCE_MONTHS = "pays in advance", 2  # what they will take in these, up to the end
# In the last days of December 2025 what goes out in January was invoiced: prices rose.
EARLY_FROM, EARLY_TO, EARLY_ON = date(2026, 1, 1), date(2026, 1, 31), date(2025, 12, 29)

STOCK_FROM = date(2024, 10, 1)
STOCK_DAYS = {world.CLEANING: 300}  # of a group; others: between these
STOCK_DAYS_USUAL, STOCK_NOISE = (25, 55), 0.08
DEAD_STOCK = (650_000, 1_400_000)  # cents of an article that nobody buys any more


def make_invoices(clients: list[Client], rows: list[list]) -> list[list]:
    """Rows of receivables.csv, in the order of shipments; *rows*: those of shipments.csv."""
    known = {client.client_id: client for client in clients}
    amounts: dict[tuple, int] = defaultdict(int)
    for shipment_id, day, client_id, *_, revenue, _cost, _discount in rows:
        if day >= ACCOUNTS_FROM:
            amounts[day, client_id, shipment_id] += revenue
    invoices, rng = [], stream("invoices")
    for (day, client_id, shipment_id), net in amounts.items():
        on = EARLY_ON if EARLY_FROM <= day <= EARLY_TO and net > 0 else day
        due = on + ONE_DAY * TERMS[known[client_id].group]
        due = "" if net < 0 or rng.random() < NO_DUE_SHARE else due
        invoices.append([f"F{shipment_id}", client_id, on, round(net * (1 + VAT)), due])
    disputed = next(row for row in invoices if may_be_disputed(row))
    disputed[4] = DISPUTED_DUE
    return sorted(invoices, key=lambda row: (row[2], row[0]))


def may_be_disputed(row: list) -> bool:
    """Whether an invoice may be the one that is disputed."""
    _number, client_id, _day, amount, due = row
    return client_id == DISPUTED_CLIENT and amount > 0 and due and due >= DISPUTED_DUE


def make_payments(clients: list[Client], invoices: list[list]) -> list[list]:
    """Rows of payments.csv: day, client, cents, invoice."""
    own: dict[str, list] = defaultdict(list)
    for row in invoices:
        own[row[1]].append(row)
    rows = []
    for client in clients:
        rng = stream("payments", client.client_id)
        if LUMP_TAG in client.tags:
            rows += lumps(client, own[client.client_id])
        elif ADVANCE_TAG in client.tags:
            rows += advances(client, own[client.client_id])
        else:
            rows += payments(rng, client, own[client.client_id])
    return sorted(
        (row for row in rows if row[0] <= world.DATA_END), key=lambda row: (*row[:2], row[3])
    )


def payments(rng: Random, client: Client, invoices: list[list]) -> list[list]:
    """What an ordinary client pays, invoice by invoice, and the two stories of single ones."""
    rows, usual = [], rng.uniform(*LATE_MEAN)
    credit = -sum(amount for *_, amount, _due in invoices if amount < 0)
    for number, client_id, on, amount, due in invoices:
        late = round(rng.gauss(usual, LATE_SPREAD))
        partly, unnumbered = rng.random() < PARTLY_SHARE, rng.random() < NO_NUMBER_SHARE
        has_stopped = client.last_on - ONE_DAY * NEVER_DAYS < on and client.last_on < world.DATA_END
        lost = rng.random() < NEVER_SHARE and has_stopped and client_id != world.SILENT_CLIENT
        if client_id == world.CHAIN_CLIENT:
            late, partly, unnumbered = CHAIN_DAYS_LATE + rng.choice((-1, 0, 0, 1)), False, False
        elif client_id == SUDDEN_CLIENT:
            late, partly = min(late, 0), False
            lost = on >= SUDDEN_FROM
        if amount <= 0 or lost or (client_id == DISPUTED_CLIENT and due == DISPUTED_DUE):
            continue
        taken = min(credit, amount)  # what came back is taken off the next invoices
        credit -= taken
        amount -= taken
        day = working_day(max(on, (due or on + ONE_DAY * 30) + ONE_DAY * late))
        parts = [(day, amount)]
        if partly:
            first = amount * rng.randint(3, 7) // 10
            parts = [
                (day, first),
                (working_day(day + ONE_DAY * rng.randint(7, 30)), amount - first),
            ]
        rows += [
            [when, client_id, part, "" if unnumbered else number] for when, part in parts if part
        ]
    return rows


def working_day(day: date) -> date:
    """The day, or the first working day after it: banks work no others."""
    while not is_working_day(day):
        day += ONE_DAY
    return day


def lumps(client: Client, invoices: list[list]) -> list[list]:
    """Once a month all that is due by then, rounded up to the hundred, and no word for what."""
    rows, paid = [], 0
    for month in months(ACCOUNTS_FROM, world.DATA_END):
        day = working_day(month.replace(day=LUMP_DAY))
        due = sum(row[3] for row in invoices if row[2] + timedelta(days=14) <= day)
        if due > paid:
            lump = -(-(due - paid) // 10_000) * 10_000
            rows.append([day, client.client_id, lump, ""])
            paid += lump
    return rows


def advances(client: Client, invoices: list[list]) -> list[list]:
    """Every other month, before it begins, what it will take, rounded up."""
    rows, paid = [], 0
    for at, month in enumerate(months(ACCOUNTS_FROM, world.DATA_END)):
        last = months(month, month + timedelta(days=31 * ADVANCE_MONTHS))[-1]
        wanted = sum(row[3] for row in invoices if row[2] < last)
        if at % ADVANCE_MONTHS == 0 and wanted > paid:
            lump = -(-(wanted - paid) // 50_000) * 50_000
            rows.append([working_day(month), client.client_id, lump, ""])
            paid += lump
    return rows


def months(first: date, last: date) -> list[date]:
    """First days of the months from one day to another."""
    found, day = [], first.replace(day=1)
    while day <= last:
        found.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    return found


def make_stock(products: list[Product], rows: list[list]) -> list[list]:
    """Rows of stock.csv: at cost, at the end of each month that is over."""
    costs: dict[tuple, int] = defaultdict(int)
    for _shipment, day, _client, _manager, product_id, _quantity, _revenue, cost, _discount in rows:
        costs[product_id, day.year * 12 + day.month] += cost or 0
    stock = []
    for product in products:
        rng, of_group = stream("stock", product.product_id), STOCK_DAYS.get(product.group)
        days = of_group or rng.uniform(*STOCK_DAYS_USUAL)
        dead = rng.randint(*DEAD_STOCK)
        for month in months(STOCK_FROM, world.DATA_END)[:-1]:
            at = month.year * 12 + month.month
            monthly = sum(costs[product.product_id, at - back] for back in range(6)) / 6
            value = monthly * days / 30.4 * rng.gauss(1, STOCK_NOISE)
            if product.product_id in world.DEAD_PRODUCTS and month >= world.DEAD_FROM:
                value = dead
            if value > 0:
                stock.append([month, product.product_id, round(value)])
    return sorted(stock, key=lambda row: row[:2])
