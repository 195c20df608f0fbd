"""Turnover, written once more from METRICS.md: slow, day by day, in exact fractions.

It shares no code with the package. A `Ledger` holds rows as dictionaries; days are dates.
"""

import datetime
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction

ONE_DAY = datetime.timedelta(days=1)
ORDER = ("invoice", "credit note", "payment", "other")


@dataclass
class Ledger:
    """receivables: invoice_id, client_id, invoiced_on, amount, due_on, paid_on, paid_amount;
    payments: paid_on, client_id, amount, invoice_id; owners: client → [(first day, manager)], the
    last that has begun holds; cards: client → (group, region)."""

    receivables: list = field(default_factory=list)
    payments: list = field(default_factory=list)
    owners: dict = field(default_factory=dict)
    cards: dict = field(default_factory=dict)
    stock: list = field(default_factory=list)  # month, product_id, stock_value
    lines: list = field(default_factory=list)  # shipped_on, product_id, revenue, cost
    products: dict = field(default_factory=dict)  # product → group


@dataclass
class Item:
    """Something that is owed."""

    client: str
    invoice_id: str | None
    invoiced_on: datetime.date
    due_on: datetime.date
    amount: Fraction
    left: Fraction

    def order(self):
        return self.due_on, self.invoiced_on, self.invoice_id or ""


class Books:
    """The accounts of all clients at the end of a day, and all that came to meet invoices."""

    def __init__(self, ledger: Ledger, payment_days: int = 30):
        self.ledger, self.payment_days = ledger, payment_days
        self.items: list[Item] = []
        self.advance: dict[str, list] = defaultdict(list)  # client → [amount, by a payment]
        self.met: list = []  # item, day, amount, by a payment
        self.open_at: dict = {}  # day → what is open of each client
        self.advance_at: dict = {}
        self.left_at: dict = {}  # day → [(item, what is open of it)]

    def run(self, first: datetime.date, last: datetime.date) -> "Books":
        day = first
        while day <= last:
            for client in sorted({r["client_id"] for r in self.all_rows()}):
                self.settle(client, day)
            self.left_at[day] = [(item, item.left) for item in self.items]
            self.advance_at[day] = {c: sum(lot[0] for lot in lots)
                                    for c, lots in self.advance.items()}  # fmt: skip
            day += ONE_DAY
        return self

    def all_rows(self):
        return self.ledger.receivables + self.ledger.payments

    def due(self, row):
        return row.get("due_on") or row["invoiced_on"] + self.payment_days * ONE_DAY

    def settle(self, client, day):
        own = [r for r in self.ledger.receivables
               if r["client_id"] == client and r["invoiced_on"] == day]  # fmt: skip
        sent = [Item(client, r["invoice_id"], day, self.due(r), Fraction(r["amount"]),
                     Fraction(r["amount"])) for r in own if r["amount"] > 0]  # fmt: skip
        for item in sorted(sent, key=Item.order):
            self.items.append(item)
            lots, self.advance[client] = self.advance[client], []
            for amount, paid in lots:
                rest = self.meet(item, day, amount, paid)
                if rest:
                    self.advance[client].append([rest, paid])
        for row in own:
            if row["amount"] < 0:
                self.give(client, day, -Fraction(row["amount"]), False)
        named, other = self.paid(client, day)
        for item, amount in named:
            other += self.meet(item, day, item.left if amount is None else amount, True)
        if other > 0:
            self.give(client, day, other, True)
        while other < 0 and self.advance[client]:
            lot = self.advance[client][0]
            taken = min(lot[0], -other)
            lot[0] -= taken
            other += taken
            if not lot[0]:
                self.advance[client].pop(0)
        if other < 0:
            self.items.append(Item(client, None, day, day, -other, -other))

    def paid(self, client, day):
        """What came that day: for an invoice that is there, and all the rest."""
        named, other = defaultdict(Fraction), Fraction(0)
        there = {i.invoice_id: i for i in self.items if i.client == client and i.invoice_id}
        if self.ledger.payments:
            for row in self.ledger.payments:
                if row["client_id"] == client and row["paid_on"] == day:
                    if row.get("invoice_id") in there:
                        named[row["invoice_id"]] += Fraction(row["amount"])
                    else:
                        other += Fraction(row["amount"])
            other += sum(amount for amount in named.values() if amount < 0)
            return [(there[i], amount) for i, amount in named.items() if amount >= 0], other
        found = []
        for row in self.ledger.receivables:
            if row["client_id"] != client or row["amount"] <= 0 or not row.get("paid_on"):
                continue
            amount = row.get("paid_amount")
            if amount is None:
                if max(row["paid_on"], row["invoiced_on"]) == day:
                    found.append((there[row["invoice_id"]], None))
            elif row["paid_on"] == day:
                if row["invoice_id"] in there and amount >= 0:
                    found.append((there[row["invoice_id"]], Fraction(amount)))
                else:
                    other += Fraction(amount)
        return found, other

    def meet(self, item, day, amount, paid):
        """Returns what is too much for it."""
        part = min(item.left, amount)
        item.left -= part
        if part:
            self.met.append((item, day, part, paid))
        return amount - part

    def give(self, client, day, amount, paid):
        for item in sorted((i for i in self.items if i.client == client), key=Item.order):
            amount = self.meet(item, day, amount, paid)
        if amount:
            self.advance[client].append([amount, paid])


def owner(ledger, client, day):
    held = [manager for first, manager in ledger.owners.get(client, []) if first <= day]
    return held[-1] if held else "(unassigned)"


def keys_of(ledger, client, day):
    """Every dimension and key that a client stands in."""
    group, region = ledger.cards.get(client, (None, None))
    return {("*", "*"), ("manager", owner(ledger, client, day)), ("client", client),
            ("client_group", group or "(none)"), ("region", region or "(none)")}  # fmt: skip


def over(top, bottom):
    return top / bottom if bottom is not None and bottom > 0 else None


def receivables_turnover(ledger, books, first, last):
    """{(dimension, key): columns}: of the window from one day to another."""
    found = defaultdict(lambda: defaultdict(Fraction))
    for row in ledger.receivables:
        if first <= row["invoiced_on"] <= last:
            for key in keys_of(ledger, row["client_id"], last):
                found[key]["invoiced"] += Fraction(row["amount"])
    day = first
    while day <= last:
        for item, left in books.left_at[day]:
            if left:
                for key in keys_of(ledger, item.client, last):
                    found[key]["days"] += left
        for row in ledger.payments:
            if row["paid_on"] == day:
                for key in keys_of(ledger, row["client_id"], last):
                    found[key]["days"] += 0
        day += ONE_DAY
    for item, left in books.left_at[last]:
        for key in keys_of(ledger, item.client, last) if left else ():
            found[key]["closing"] += left
            found[key]["overdue"] += left if item.due_on < last else 0
    for client, amount in books.advance_at[last].items():
        for key in keys_of(ledger, client, last) if amount else ():
            found[key]["advance"] += amount
    for item, on, amount, paid in books.met:
        if first <= on <= last:
            for key in keys_of(ledger, item.client, last):
                found[key]["days"] += 0
                if paid and item.invoice_id:
                    found[key]["paid"] += amount
                    found[key]["paid_days"] += amount * (on - item.invoiced_on).days
                    found[key]["late_days"] += amount * (on - item.due_on).days
    tells = any(r.get("due_on") for r in ledger.receivables)
    return {key: {
        "invoiced": s["invoiced"], "average_balance": s["days"] / ((last - first).days + 1),
        "dso": over(s["days"], s["invoiced"]), "turns": over(365, over(s["days"], s["invoiced"])),
        "days_to_pay": over(s["paid_days"], s["paid"]),
        "days_late": over(s["late_days"], s["paid"]) if tells else None,
        "closing": s["closing"], "overdue": s["overdue"],
        "overdue_share": over(s["overdue"], s["closing"]), "advance": s["advance"],
    } for key, s in found.items()}  # fmt: skip


def part_of(days):
    parts = {0: "not_due", 30: "days_1_30", 60: "days_31_60", 90: "days_61_90"}
    return next((name for most, name in parts.items() if days <= most), "over_90")


def receivables_ageing(ledger, books, day, habits, grace=7):
    """Rows in order; *habits*: days late by dimension and key."""
    rows = {}
    for item, left in books.left_at[day]:
        if left:
            boss = owner(ledger, item.client, day)
            for key in ((boss, item.client), (boss, "*"), ("*", "*")):
                row = rows.setdefault(key, defaultdict(Fraction, oldest=item.due_on))
                days = (day - item.due_on).days
                row["open"] += left
                row[part_of(days)] += left
                row["overdue"] += left if days > 0 else 0
                row["to_claim"] += left if days > grace else 0
                row["oldest"] = min(row["oldest"] or item.due_on, item.due_on)
    for client, amount in books.advance_at[day].items():
        boss = owner(ledger, client, day)
        for key in ((boss, client), (boss, "*"), ("*", "*")) if amount else ():
            rows.setdefault(key, defaultdict(Fraction, oldest=None))["advance"] += amount
    result = []
    for (boss, client), row in rows.items():
        of = (
            ("client", client)
            if client != "*"
            else ("manager", boss)
            if boss != "*"
            else ("*",) * 2
        )
        late = habits.get(of, {}).get("days_late")
        told = {name: row[name] for name in ("open", "not_due", "days_1_30", "days_31_60",
                "days_61_90", "over_90", "overdue", "advance", "to_claim")}  # fmt: skip
        told |= {
            "manager_id": boss,
            "client_id": client,
            "oldest_due_on": row["oldest"],
            "days_late": late,
        }
        result.append(told)
    return sorted(result, key=lambda r: (-r["overdue"], r["manager_id"], r["client_id"]))


def debtors(ageing, day, grace=7):
    """Of the rows of receivables_ageing."""
    rows = [dict(row) for row in ageing if row["overdue"] and row["client_id"] != "*"]
    for row in rows:
        row["days_overdue"] = (day - row["oldest_due_on"]).days
        row["beyond_habit"] = row["days_overdue"] - max(row["days_late"] or 0, 0)
        row["verdict"] = "unusual" if row["beyond_habit"] > grace else "as usual"
    told = ("manager_id", "client_id", "overdue", "oldest_due_on", "days_overdue", "days_late",
            "beyond_habit", "verdict", "to_claim")  # fmt: skip
    return [{name: row[name] for name in told} for row in rows]


def goods_turnover(ledger, first, last, last_month):
    """{(dimension, key): columns} of the window whose first month begins *first*."""
    before = (first - ONE_DAY).replace(day=1)
    points = sorted({r["month"] for r in ledger.stock if before <= r["month"] <= last_month})
    weights = [Fraction(1)] * len(points)
    if len(points) >= 3:
        weights[0] = weights[-1] = Fraction(1, 2)
    of, found = ledger.products, {}
    sold = [line for line in ledger.lines if first <= line["shipped_on"] <= last]
    articles = {r["product_id"] for r in ledger.stock if r["month"] in points}
    articles |= {line["product_id"] or "(none)" for line in sold if line["cost"] is not None}
    for article in articles:
        value = dict.fromkeys(points, Fraction(0))
        value |= {r["month"]: Fraction(r["stock_value"]) for r in ledger.stock
                  if r["product_id"] == article and r["month"] in points}  # fmt: skip
        own = [line for line in sold if (line["product_id"] or "(none)") == article]
        cost = sum(Fraction(line["cost"]) for line in own if line["cost"] is not None)
        closing = value[points[-1]] if points else 0
        part = {
            "weighted": sum(w * value[p] for w, p in zip(weights, points, strict=True)),
            "closing_stock": closing, "cost": cost, "dead_stock": closing if cost <= 0 else 0,
            "revenue": sum(Fraction(line["revenue"]) for line in own),
            "uncosted": sum(Fraction(line["revenue"]) for line in own if line["cost"] is None),
        }  # fmt: skip
        for key in (
            ("*", "*"),
            ("product", article),
            ("product_group", of.get(article) or "(none)"),
        ):
            sums = found.setdefault(key, dict.fromkeys(part, Fraction(0)))
            for name in part:
                sums[name] += part[name]
    days = (last - first).days + 1
    for sums in found.values():
        average = sums.pop("weighted") / sum(weights) if points else None
        length = None if average is None else over(average * days, sums["cost"])
        sums |= {"average_stock": average, "stock_days": length, "turns": over(365, length),
                 "uncosted_share": over(sums.pop("uncosted"), sums.pop("revenue")),
                 "points": len(points)}  # fmt: skip
    return found
