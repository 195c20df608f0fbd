"""Discounts, written once more from METRICS.md: slow and exact. Shares no code with the package.

Lines are dictionaries: shipped_on, client_id, manager_id, product_id, revenue, cost, discount, the
latter two None where unknown; all have a manager. Every client has an owner."""

from fractions import Fraction


def month_of(day):
    return day.year * 12 + day.month - 1


def over(top, bottom):
    return Fraction(top) / bottom if bottom > 0 else None


def sold(lines, first, last):
    return [line for line in lines if first <= month_of(line["shipped_on"]) <= last]


def letters(lines):
    """A, B, C, D of who bought; None of who did not (the tests have a shipment a line)."""
    money = {}
    for line in lines:
        money[line["client_id"]] = money.get(line["client_id"], 0) + Fraction(line["revenue"])
    buyers = {line["client_id"] for line in lines if line["revenue"] > 0}
    found = dict.fromkeys(buyers, "D")
    ranked = sorted((c for c in buyers if money[c] > 0), key=lambda c: (-money[c], c))
    total, before = sum(money[client] for client in ranked), Fraction(0)
    for client in ranked:
        found[client] = "A" if before < total * Fraction(4, 5) else (
            "B" if before < total * Fraction(19, 20) else "C")  # fmt: skip
        before += money[client]
    return found


def rate(lines):
    """Of list revenue and discount: both sums."""
    known = [line for line in lines if line["revenue"] > 0 and line["discount"] is not None]
    discount = sum(Fraction(line["discount"]) for line in known)
    return discount + sum(Fraction(line["revenue"]) for line in known), discount


def margin_rate(lines):
    costed = [line for line in lines if line["cost"] is not None]
    revenue = sum(Fraction(line["revenue"]) for line in costed)
    return over(revenue - sum(Fraction(line["cost"]) for line in costed), revenue)


def discounts(lines, clients, products, month, window, growth=0.05, drop=0.01):
    """{(dimension, key): columns}; *clients*, *products*: their groups; *month*: as a number."""
    start = min(month_of(line["shipped_on"]) for line in lines)
    first = max(start, month - window + 1)
    compared = max(first, start + 12)
    now = sold(lines, first, month)
    class_of = letters(now)
    keys = {
        "*": lambda line: "*", "client": lambda line: line["client_id"],
        "client_group": lambda line: clients.get(line["client_id"]) or "(none)",
        "manager": lambda line: line["manager_id"],
        "product_group": lambda line: products.get(line["product_id"]) or "(none)",
    }  # fmt: skip
    found = {}
    for dimension, of in keys.items():
        for key in {of(line) for line in now}:
            own = [line for line in now if of(line) == key]
            listed, discount = rate(own)
            if listed <= 0:
                continue
            after = [line for line in sold(lines, compared, month) if of(line) == key]
            before = [line for line in sold(lines, compared - 12, month - 12) if of(line) == key]
            revenues = [sum(Fraction(line["revenue"]) for line in each) for each in (after, before)]
            rates = margin_rate(after), margin_rate(before)
            row = {
                "list_revenue": listed, "discount": discount,
                "discount_rate": discount / listed, "margin_rate": margin_rate(own),
                "rate_change": None if None in rates else rates[0] - rates[1],
                "revenue_change": over(revenues[0] - revenues[1], revenues[1]),
                "peer_rate": None, "beyond_peers": None,
            }  # fmt: skip
            if dimension == "client" and key in class_of:
                peers = peers_of(key, clients, class_of, now)
                row["peer_rate"] = peers
                row["beyond_peers"] = discount - peers * listed
            up, down = row["revenue_change"], row["rate_change"]
            is_known = up is not None and down is not None
            is_up = is_known and up > Fraction(str(growth))
            row["costs_margin"] = is_up and down < -Fraction(str(drop))
            found[dimension, key] = row
    return found


def peers_of(client, clients, class_of, lines):
    alike = [c for c in class_of if class_of[c] == class_of[client]]
    alike = [c for c in alike if rate([x for x in lines if x["client_id"] == c])[0] > 0]
    near = [c for c in alike if (clients.get(c) or "") == (clients.get(client) or "")]
    alike = near if len(near) >= 10 else alike
    listed, discount = rate([line for line in lines if line["client_id"] in alike])
    return discount / listed
