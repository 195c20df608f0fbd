"""The sample's files read with nothing but Python, and what can be counted on them by hand.

The stories are held against these few lines, never against tables of the package.
"""

import csv
import difflib
import importlib
import math
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from functools import cache
from itertools import combinations
from types import ModuleType

import pytest

from tests.conftest import SAMPLE

YEAR, YEAR_BEFORE = ("2025-11-01", "2026-10-31"), ("2024-11-01", "2025-10-31")
OCTOBER, DATA_END = "2026-10-31", "2026-11-18"
LEGAL_FORMS = {"ou", "as", "ltd"}


@cache
def rows(table: str) -> list[dict]:
    """A file as it stands."""
    with (SAMPLE / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def generator(name: str) -> ModuleType:
    """A module of the generator: what it planted, before chance had its share."""
    with pytest.MonkeyPatch.context() as patched:
        patched.syspath_prepend(SAMPLE)
        patched.setattr(sys, "dont_write_bytecode", True)
        return importlib.import_module(name)


@cache
def planted() -> list:
    """The clients as the generator makes them."""
    population = generator("population")
    return population.make_clients(population.make_products())


@cache
def cards() -> dict[str, dict]:
    return {row["client_id"]: row for row in rows("clients")}


@cache
def groups_of_products() -> dict[str, str]:
    return {row["product_id"]: row["product_group"] for row in rows("products")}


@cache
def spells() -> dict[str, list]:
    found = defaultdict(list)
    for row in rows("assignments"):
        valid_to = row["valid_to"] or "9999"
        found[row["client_id"]].append((row["valid_from"], valid_to, row["manager_id"]))
    return found


def owner(client_id: str, day: str) -> str:
    """Whose client on a day; empty: nobody's."""
    for first, last, manager in spells().get(client_id, ()):
        if first <= day <= last:
            return manager
    return cards()[client_id]["manager_id"]


def cents(text: str) -> int:
    return round(float(text) * 100)


@cache
def lines(first: str, last: str) -> list[dict]:
    return [row for row in rows("shipments") if first <= row["shipped_on"] <= last]


def credit(line: dict) -> str:
    return line["manager_id"] or owner(line["client_id"], line["shipped_on"])


@cache
def revenue(first: str, last: str) -> Counter:
    """Cents by client."""
    money = Counter()
    for line in lines(first, last):
        money[line["client_id"]] += cents(line["revenue"])
    return money


@cache
def purchases() -> dict[str, list[str]]:
    """The days on which each client bought."""
    shipments = Counter()
    for line in rows("shipments"):
        key = line["client_id"], line["shipped_on"], line["shipment_id"]
        shipments[key] += cents(line["revenue"])
    days = defaultdict(set)
    for (client_id, day, _), money in shipments.items():
        if money > 0:
            days[client_id].add(day)
    return {client_id: sorted(found) for client_id, found in days.items()}


def bought(client_id: str, first: str, last: str) -> bool:
    return any(first <= day <= last for day in purchases().get(client_id, ()))


@cache
def classes(first: str, last: str) -> dict[str, str]:
    """A, B or C of every client with revenue."""
    money = revenue(first, last)
    ranked = sorted((key for key in money if money[key] > 0), key=lambda key: (-money[key], key))
    total, before, found = sum(money[key] for key in ranked), 0, {}
    for key in ranked:
        found[key] = "A" if before * 5 < total * 4 else "B" if before * 20 < total * 19 else "C"
        before += money[key]
    return found


def least_a(first: str, last: str) -> int:
    """The smallest revenue in A."""
    found = classes(first, last)
    return min(revenue(first, last)[key] for key in found if found[key] == "A")


def two_sided(ups: int, downs: int) -> float:
    """The sign test."""
    count = ups + downs
    chances = [math.comb(count, each) / 2**count for each in range(count + 1)]
    return min(1, sum(each for each in chances if each <= chances[ups] * (1 + 1e-9)))


def year_up_to(year: int, month: int) -> tuple[str, str]:
    """First and last day (there may be no such day) of the twelve months that end so."""
    first = f"{year}-01-01" if month == 12 else f"{year - 1}-{month + 1:02d}-01"
    return first, f"{year}-{month:02d}-31"


def crossings(month: date) -> dict[str, tuple[int, int]]:
    """By owner: who rose above A's smallest revenue of the year before, and who fell below it."""
    first, last = year_up_to(month.year, month.month)
    first_before, last_before = year_up_to(month.year - 1, month.month)
    now, before = revenue(first, last), revenue(first_before, last_before)
    least = least_a(first_before, last_before)
    ups, downs = Counter(), Counter()
    for client_id in cards():
        ups[owner(client_id, last)] += before[client_id] < least <= now[client_id]
        downs[owner(client_id, last)] += now[client_id] < least <= before[client_id]
    return {manager: (ups[manager], downs[manager]) for manager in ups if manager}


def kept(manager: str, year: int, month: int, clients: Iterable[str] = ()) -> float:
    """Of what those of a manager's clients (or of some) who bought in the year before brought then,
    what they bring in the twelve months that end so."""
    first, last = year_up_to(year, month)
    before = year_up_to(year - 1, month)
    own = [key for key in clients or cards() if owner(key, last) == manager]
    own = [key for key in own if bought(key, *before)]
    now, then = revenue(first, last), revenue(*before)
    return sum(now[key] for key in own) / sum(then[key] for key in own)


def formula(day: str) -> dict[str, float]:
    """Revenue so far by the months since a client's first purchase, times 12: of each who had
    bought by the last day of a month, in cents."""
    first = {key: days[0] for key, days in purchases().items() if days[0] <= day}
    years = {key: int(day[:4]) - int(bought_on[:4]) for key, bought_on in first.items()}
    months = {key: 12 * years[key] + int(day[5:7]) - int(first[key][5:7]) + 1 for key in first}
    so_far = revenue("", day)
    return {key: max(0, 12 * so_far[key] / months[key]) for key in first}


def margins(first: str, last: str) -> dict[str, tuple[int, int]]:
    """By client: margin and revenue of the lines whose cost is known, in cents."""
    unit_costs = {row["product_id"]: row["unit_cost"] for row in rows("products")}
    found: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for line in lines(first, last):
        unit_cost = unit_costs[line["product_id"]]
        if not line["cost"] and not unit_cost:
            continue
        cost = line["cost"] or float(line["quantity"]) * float(unit_cost)
        money = cents(line["revenue"])
        margin, costed = found[line["client_id"]]
        found[line["client_id"]] = margin + money - cents(cost), costed + money
    return found


def discount_rate(first: str, last: str, manager: str) -> float:
    """Of the list price, where a discount is known."""
    taken, left = 0, 0
    for line in lines(first, last):
        if line["discount"] and cents(line["revenue"]) > 0 and credit(line) == manager:
            taken += cents(line["discount"])
            left += cents(line["revenue"])
    return taken / (taken + left)


def last_answers(first: str, last: str) -> list[dict]:
    """Answers that count: of each client the last, and all that name none."""
    found = {}
    for place, row in enumerate(rows("surveys")):
        if row["score"] and first <= row["responded_on"] <= last:
            key = row["client_id"] or place
            newer = key not in found or found[key]["responded_on"] <= row["responded_on"]
            found[key] = row if newer else found[key]
    return list(found.values())


def counted(answers: list[dict]) -> tuple[int, int, int]:
    """Promoters, passives, detractors."""
    scores = [int(row["score"]) for row in answers]
    promoters, detractors = sum(one >= 9 for one in scores), sum(one < 7 for one in scores)
    return promoters, len(scores) - promoters - detractors, detractors


def nps(answers: list[dict]) -> float:
    promoters, passives, detractors = counted(answers)
    return (promoters - detractors) / (promoters + passives + detractors)


def p_value(answers: list[dict], before: list[dict]) -> float:
    """That both are of one mind, by the normal distribution."""
    variance = 0.0
    for part in (answers, before):
        promoters, _, detractors = (each / len(part) for each in counted(part))
        variance += (promoters + detractors - (promoters - detractors) ** 2) / len(part)
    return math.erfc(abs(nps(answers) - nps(before)) / math.sqrt(2 * variance))


def plain(name: str) -> str:
    """A name without case, accents, punctuation and legal form."""
    text = unicodedata.normalize("NFKD", name).casefold()
    text = "".join(char for char in text if not unicodedata.combining(char))
    words = re.sub(r"[^\w\s]", " ", re.sub(r"[./'’]", "", text)).split()
    return " ".join([word for word in words if word not in LEGAL_FORMS] or words)


def telephone(phone: str) -> str:
    """The digits of a number, its country first."""
    return re.sub(r"\D", "", phone).removeprefix("00")


def alike(first: str, second: str) -> bool:
    first, second = sorted((plain(first), plain(second)))
    same_word = first.split()[:1] == second.split()[:1]
    return same_word or difflib.SequenceMatcher(None, first, second).ratio() >= 0.85


def duplicates() -> dict[tuple[str, str], str]:
    """Pairs of cards that are one client, and by what they show it."""
    by: dict[tuple[str, str], list[dict]] = defaultdict(list)
    for card in cards().values():
        by["email", card["email"].strip().casefold()].append(card)
        by["phone", telephone(card["phone"])].append(card)
        by["name", plain(card["client_name"])].append(card)
    found = {}
    for kind in ("name", "phone", "email"):  # what is surer comes later and stands
        for (what, text), same in by.items():
            if what != kind or not text or not 2 <= len(same) <= 3:
                continue
            for one, other in combinations(same, 2):
                towns = {one["region"], other["region"]} - {""}
                likely = {
                    "email": True,
                    "phone": alike(one["client_name"], other["client_name"]),
                    "name": len(towns) < 2,
                }[kind]
                if likely:
                    found[one["client_id"], other["client_id"]] = kind
    return found
