"""The cost of a line of a shipment, as SQL (s: shipments, i: products), and the sign of a return's.

A return's cost is negative. Some systems write it without the sign: where more lines with revenue
below 0 have a positive cost than a negative one, a positive one there counts as negative.
"""

GIVEN = "coalesce(s.cost, cast(s.quantity * i.unit_cost as decimal(18,4)))"
JOIN = "left join products as i on i.product_id = s.product_id"


def is_turned(returns_cost: str) -> str:
    """SQL for whether a positive cost of a return counts as negative.

    *returns_cost*: "negative", "as written"; empty: decided by all returns.
    """
    if returns_cost:
        return "true" if returns_cost == "negative" else "false"
    return (
        "(select coalesce(sum(case when r.cost > 0 then 1 when r.cost < 0 then -1 else 0 end), 0) "
        f"> 0 from (select {GIVEN} as cost from shipments as s {JOIN} where s.revenue < 0) as r)"
    )


def counted(returns_cost: str) -> str:
    """SQL for the cost that counts."""
    return (
        f"case when s.revenue < 0 and {GIVEN} > 0 and {is_turned(returns_cost)} "
        f"then -{GIVEN} else {GIVEN} end"
    )
