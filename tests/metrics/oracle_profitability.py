"""The profitability tables once more: slow, obvious and exact, for tests only.

Made from the written definitions alone, in ints and Fractions; see `oracle`. Lines have in addition
product_id and quantity (None where unknown), clients client_group and region.
"""

from dataclasses import dataclass, field, replace
from fractions import Fraction

from tests.metrics import oracle
from tests.metrics.oracle import (
    exact,
    first_day,
    grouped,
    last_day,
    manager_name,
    owner_by,
    owner_on,
    ratio,
    shifted,
    shipments_of,
    with_costs,
)

NONE = "(none)"


@dataclass
class Ledger(oracle.Ledger):
    """products: product_id, product_group or None, unit_cost or None."""

    products: list = field(default_factory=list)


def profitability(ledger, month, window_months=12):
    """One row per dimension and key with a line in the window, by who sold."""
    window = oracle.months_of_window(ledger, month, window_months)
    compared = compared_months(ledger, window)
    rows = []
    for dimension in ("client", "client_group", "manager", "product_group", "region"):
        of_key = keyed(ledger, dimension)
        lines = [line for line in with_costs(ledger) if first_day(line["shipped_on"]) in window]
        earlier = [line for line in with_costs(ledger)
                   if shifted(first_day(line["shipped_on"]), 12) in compared]  # fmt: skip
        total = sum(exact(line["revenue"]) for line in lines)
        total_margin = sum(margin_of(ledger, line) or 0 for line in lines)
        for key, own in grouped(lines, of_key):
            costed = [line for line in own if line["cost"] is not None]
            revenue = sum(exact(line["revenue"]) for line in own)
            costed_revenue = sum(exact(line["revenue"]) for line in costed)
            margin = sum(margin_of(ledger, line) for line in costed) if costed else None
            rows.append({
                "dimension": dimension,
                "key": key,
                "name": name_of(ledger, dimension, key),
                "revenue": revenue,
                "cost": costed_revenue - margin if costed else None,
                "margin": margin,
                "margin_rate": ratio(margin, costed_revenue) if costed else None,
                "revenue_share": ratio(revenue, total),
                "margin_share": ratio(margin, total_margin) if costed else None,
                "clients": len({line["client_id"] for line in own}),
                "uncosted_revenue": revenue - costed_revenue,
                "window_months": len(window),
                "prev_margin_rate": rate(ledger, [x for x in earlier if of_key(x) == key]),
                "prev_months": len(compared) or None,
            })  # fmt: skip
            now, then = rows[-1]["margin_rate"], rows[-1]["prev_margin_rate"]
            rows[-1]["rate_change"] = None if None in (now, then) else now - then
    return rows


def margin_bridge(ledger, month, window_months=12, bridge_exclude=()):
    """One row per dimension and key with a costed line in the compared months or a year before."""
    window = oracle.months_of_window(ledger, month, window_months)
    compared = compared_months(ledger, window)
    before = [shifted(each, -12) for each in compared]
    rows = []
    for dimension in ("*", "client_group", "manager", "product_group", "region"):
        lines = [line for line in with_costs(ledger)
                 if first_day(line["shipped_on"]) in {*compared, *before}
                 and line["cost"] is not None
                 and (line["product_id"] or NONE) not in bridge_exclude]  # fmt: skip
        for key, own in grouped(lines, keyed(ledger, dimension)):
            sums0, sums1 = (by_product(ledger, own, months) for months in (before, compared))
            rows.append({
                "dimension": dimension,
                "key": key,
                "name": name_of(ledger, dimension, key),
                **bridge(sums0, sums1),
                "window_months": len(compared),
            })  # fmt: skip
            rows[-1]["change"] = rows[-1]["margin_after"] - rows[-1]["margin_before"]
    return rows


def bridge(sums0, sums1):
    """The lines of one bridge, from product -> (revenue, cost, quantity) before and now."""
    nothing = (Fraction(0), Fraction(0), Fraction(0))
    price = cost = new = lost = Fraction(0)
    common_revenue = common_margin = carried = Fraction(0)
    for product in {*sums0, *sums1}:
        (r0, c0, q0), (r1, c1, q1) = sums0.get(product, nothing), sums1.get(product, nothing)
        if q0 > 0 and q1 > 0:
            price += (r1 / q1 - r0 / q0) * q1
            cost -= (c1 / q1 - c0 / q0) * q1
            common_revenue += r0
            common_margin += r0 - c0
            carried += r0 / q0 * q1
        else:
            new += r1 - c1
            lost -= r0 - c0
    volume = common_margin * (carried / common_revenue - 1) if common_revenue > 0 else 0
    lines = {
        "margin_before": sum(r - c for r, c, _ in sums0.values()),
        "price": price,
        "cost": cost,
        "volume": volume,
        "mix": None,
        "new": new,
        "lost": lost,
        "margin_after": sum(r - c for r, c, _ in sums1.values()),
    }
    lines = {name: line if line is None else round(Fraction(line), 2) for name, line in
             lines.items()}  # fmt: skip
    steps = sum(lines[name] for name in ("price", "cost", "volume", "new", "lost"))
    return lines | {"mix": lines["margin_after"] - lines["margin_before"] - steps}


def whale_curve(ledger, month, window_months=12):
    """Costed clients of the portfolios by margin, the largest first."""
    ranked = [row for row in client_sums(ledger, month, window_months) if row["margin"] is not None]
    ranked.sort(key=lambda row: (-row["margin"], row["client_id"]))
    positive = sum(max(row["margin"], 0) for row in ranked)
    rows, cumulative = [], Fraction(0)
    for rank, row in enumerate(ranked, 1):
        cumulative += row["margin"]
        rows.append({
            "rank": rank,
            "client_id": row["client_id"],
            "client_name": row["client_name"],
            "margin": row["margin"],
            "cumulative_margin": cumulative,
            "cumulative_share": ratio(cumulative, positive),
        })  # fmt: skip
    return rows


def loss_makers(ledger, month, window_months=12, min_loss=0):
    """Clients whose window margin is below −min_loss, the largest loss first."""
    rows = [row for row in client_sums(ledger, month, window_months)
            if row["margin"] is not None and row["margin"] < -exact(min_loss)]  # fmt: skip
    return [
        {
            "client_id": row["client_id"],
            "client_name": row["client_name"],
            "manager_id": row["manager_id"],
            "revenue": row["revenue"],
            "margin": row["margin"],
            "margin_rate": ratio(row["margin"], row["costed_revenue"]),
            "uncosted_revenue": row["revenue"] - row["costed_revenue"],
        }
        for row in sorted(rows, key=lambda row: (row["margin"], row["client_id"]))
    ]


# --- parts --------------------------------------------------------------------------------------


def margin_of(ledger, line):
    """Revenue less cost; None where the line is not costed."""
    cost = line["cost"]
    return None if cost is None else exact(line["revenue"]) - cost


def rate(ledger, lines):
    """Margin over revenue, both of the costed lines."""
    costed = [line for line in lines if line["cost"] is not None]
    margin = sum(margin_of(ledger, line) for line in costed)
    return ratio(margin, sum(exact(line["revenue"]) for line in costed))


def by_product(ledger, lines, months):
    """product -> (revenue, cost, quantity) of the costed lines in the months."""
    sums = {}
    for line in lines:
        if first_day(line["shipped_on"]) in months:
            product = line["product_id"] or NONE
            revenue, cost, quantity = sums.get(product, (Fraction(0),) * 3)
            sums[product] = (
                revenue + exact(line["revenue"]),
                cost + line["cost"],
                quantity + exact(line["quantity"] or 0),
            )
    return sums


def compared_months(ledger, window):
    """The months of the window whose month a year earlier is in the data."""
    return [each for each in window if shifted(each, -12) >= oracle.first_month(ledger)]


def keyed(ledger, dimension):
    """line -> its key in the dimension."""
    clients = {row["client_id"]: row for row in ledger.clients}
    products = {row["product_id"]: row for row in ledger.products}
    return {
        "*": lambda line: "*",
        "client": lambda line: line["client_id"],
        "manager": lambda line: seller(ledger, line),
        "client_group": lambda line: clients.get(line["client_id"], {}).get("client_group") or NONE,
        "region": lambda line: clients.get(line["client_id"], {}).get("region") or NONE,
        "product_group": lambda line: (
            products.get(line["product_id"], {}).get("product_group") or NONE
        ),
    }[dimension]


def seller(ledger, line):
    """Credit: the line's manager, else the client's owner on that day.

    By most shipments: those of the whole month of the last shipment count, also later in it.
    """
    if line["manager_id"] is not None:
        return line["manager_id"]
    client_id, day = line["client_id"], line["shipped_on"]
    stated = owner_by(ledger, client_id, [], day, 12)
    lines = [each for each in with_costs(ledger) if each["client_id"] == client_id]
    shipped = [on for _, on in shipments_of(lines) if on <= day]
    if stated != oracle.UNASSIGNED or not shipped:
        return stated
    unassigned = replace(ledger, assignments=[])
    return owner_by(unassigned, client_id, lines, last_day(first_day(max(shipped))), 12)


def name_of(ledger, dimension, key):
    """The name of a client or manager, or the id where no name is known; else the key."""
    if dimension == "manager":
        return manager_name(ledger, key)
    if dimension == "client":
        return client_name(ledger, key)
    return key


def client_name(ledger, client_id):
    names = {row["client_id"]: row["client_name"] for row in ledger.clients}
    return names.get(client_id) or client_id


def client_sums(ledger, month, window_months):
    """Window sums of every client with a line or in clients, with its owner at the month's end."""
    window = oracle.months_of_window(ledger, month, window_months)
    known = {row["client_id"] for row in [*ledger.lines, *ledger.clients]}
    rows = []
    for client_id in known:
        lines = [line for line in with_costs(ledger) if line["client_id"] == client_id
                 and first_day(line["shipped_on"]) in window]  # fmt: skip
        costed = [line for line in lines if line["cost"] is not None]
        rows.append({
            "client_id": client_id,
            "client_name": client_name(ledger, client_id),
            "manager_id": owner_on(ledger, client_id, last_day(month)),
            "revenue": sum(exact(line["revenue"]) for line in lines),
            "costed_revenue": sum(exact(line["revenue"]) for line in costed),
            "margin": sum(margin_of(ledger, line) for line in costed) if costed else None,
        })  # fmt: skip
    return rows
