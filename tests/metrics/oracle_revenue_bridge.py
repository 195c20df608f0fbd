"""The bridge of revenue once more: slow, obvious and exact, for tests only.

Made from the written definition alone, in ints and Fractions; see `oracle` and, for lines with
products and clients with groups, `oracle_profitability`.
"""

from fractions import Fraction

from tests.metrics import oracle
from tests.metrics.oracle import exact, first_day, grouped, shifted
from tests.metrics.oracle_profitability import compared_months, keyed, name_of

DIMENSIONS = ("*", "client_group", "manager", "product_group", "region")
LINES = ("price", "volume", "assortment", "new", "returned", "lost", "handed_over")


def revenue_bridge(ledger, month, window_months=12):
    """One row per dimension and key with a line in the compared months or a year before."""
    window = oracle.months_of_window(ledger, month, window_months)
    now = compared_months(ledger, window)
    then = [shifted(each, -12) for each in now]
    within = [line for line in ledger.lines if first_day(line["shipped_on"]) in {*now, *then}]
    rows = []
    for dimension in DIMENSIONS:
        for key, own in grouped(within, keyed(ledger, dimension)):
            before, after = money(own, then), money(own, now)
            lines = dict.fromkeys(LINES, Fraction(0))
            kept = []  # lines of clients of both years
            for client_id, theirs in grouped(own, lambda line: line["client_id"]):
                fate = fate_of(ledger, client_id, window, now, then)
                change = money(theirs, now) - money(theirs, then)
                if fate == "both" and dimension == "manager" and in_one_only(theirs, now, then):
                    fate = "handed_over"
                if fate == "both":
                    kept += theirs
                else:
                    lines["assortment" if fate == "neither" else fate] += change
            price, volume, other, is_compared = by_product(kept, now, then)
            lines["price"], lines["volume"] = price, volume
            lines["assortment"] += other
            rest = "volume" if is_compared else "assortment"
            lines = {name: round(amount, 2) for name, amount in lines.items()}
            lines[rest] = after - before - sum(lines[name] for name in LINES if name != rest)
            rows.append({
                "dimension": dimension,
                "key": key,
                "name": name_of(ledger, dimension, key),
                "before": before,
                **lines,
                "after": after,
                "window_months": len(now),
            })  # fmt: skip
    return rows


def fate_of(ledger, client_id, window, now, then):
    """both, lost, new, returned or neither: by what the client bought of the whole company."""
    lines = [line for line in ledger.lines if line["client_id"] == client_id]
    before, after = money(lines, then) > 0, money(lines, now) > 0
    if before and after:
        return "both"
    if before:
        return "lost"
    if not after:
        return "neither"
    bought = oracle.purchase_days(lines)
    return "returned" if any(day < window[0] for day in bought) else "new"


def in_one_only(lines, now, then):
    """Whether there are lines of one of the two years only."""
    years = [any(first_day(line["shipped_on"]) in months for line in lines)
             for months in (now, then)]  # fmt: skip
    return sum(years) == 1


def by_product(lines, now, then):
    """Price, volume, the change of all other lines, and whether any product could be compared."""
    price = volume = other = Fraction(0)
    is_compared = False
    for product, own in grouped(lines, lambda line: line["product_id"] or ""):
        r0, r1, q0, q1 = money(own, then), money(own, now), units(own, then), units(own, now)
        if product and q0 > 0 and q1 > 0:
            price += (r1 / q1 - r0 / q0) * q1
            volume += r0 / q0 * (q1 - q0)
            is_compared = True
        else:
            other += r1 - r0
    return price, volume, other, is_compared


def money(lines, months):
    return total(lines, months, "revenue")


def units(lines, months):
    return total(lines, months, "quantity")


def total(lines, months, column):
    return sum((exact(line[column] or 0) for line in lines
                if first_day(line["shipped_on"]) in months), Fraction(0))  # fmt: skip
