"""The bridge of revenue: why it is not what it was a year before.

*fate_sales* is a sum that the book makes for the month (schema: SUMS), *managers* its frame.
*month* is the first day of the month asked for; of the `window_months` of *portfolio* that end with
it those are compared whose month a year earlier is in the data. *dimension* asks for one of the
dimensions (default: all). Money in the results is in the reporting currency.
"""

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger.dimensions import KEYS, with_names
from clientops.ledger.ratios import money
from clientops.ledger.rows import finish
from clientops.schema import MONEY_SCALE, NONE, table
from clientops.settings import Portfolio
from clientops.words import N_

CENT = MONEY_SCALE // 100
STEPS = ["price", "volume", "assortment", "new", "returned", "lost", "handed_over"]


@table(
    "dimension:word key:id * name:name before:money price:money volume:money assortment:money "
    "new:money returned:money lost:money handed_over:money after:money window_months:whole",
    labels={
        "before": N_("Sales the year before"),
        "price": N_("Price"),
        "volume": N_("Volume"),
        "assortment": N_("Assortment"),
        "new": N_("New clients"),
        "returned": N_("Returned clients"),
        "lost": N_("Lost clients"),
        "handed_over": N_("Handed over"),
        "after": N_("Sales now"),
    },
    period="two windows",
    whose="credit",
    adds_up="before after",
)
def revenue_bridge(
    fate_sales: pd.DataFrame,
    managers: pd.DataFrame,
    *,
    month: pd.Timestamp,
    portfolio: Portfolio = Portfolio(),
    dimension: str = "",
) -> pd.DataFrame:
    """Why revenue is not what it was a year before: price, volume, assortment, clients.

    How: net revenue of the window, by who sold, against the same months a year before. Of clients
    with positive revenue in both years, in the whole company, the articles with a net quantity
    above 0 in both are compared within each key, over all these clients together: price is
    Σ(p1 − p0)·q1 and volume Σp0·(q1 − q0), with q the quantity and p the revenue per unit, 0 before
    and 1 now; assortment is the change of all their other lines (articles added or dropped, lines
    without article or quantity). All other clients count whole: lost without positive revenue now;
    without it the year before new, or returned where they had bought before the window; in
    assortment where they have none in either. With a manager, clients of both years to whom this
    manager sold in one of them only are handed_over. Lines are rounded to the cent, volume
    takes the rest (assortment, where no article can be compared), so that before and the lines add
    up to after exactly. before and after of the keys add up to those of `*`, their lines need not.

    Returns one row per dimension (`*`: everything looked at, manager, product_group, client_group,
    region) and key with a line in the months compared or a year before: dimension, key, name (the
    key where unknown), before, price, volume, assortment, new, returned, lost, handed_over (0 but
    for managers), after, window_months (months compared). No rows where no month of the window is
    in the data a year earlier.
    """
    first = periods.add_months(month, 1 - portfolio.window_months)
    is_asked = (fate_sales["to_month"] == month) & (fate_sales["from_month"] >= first)
    if dimension:
        is_asked &= fate_sales["dimension"] == dimension
    rows = fate_sales[is_asked]
    sums = _lines(rows).groupby([rows[key] for key in KEYS]).sum().reset_index()
    # Whole cents. A float a hair beside half a cent is half a cent: the order of rows is no matter.
    sums[STEPS] = (np.rint((sums[STEPS] / CENT).round(6)) * CENT).astype("int64")
    rest = sums["after"] - sums["before"] - sums[STEPS].sum(axis=1)
    sums["volume"] = rest.where(sums["compared"] > 0, 0)
    sums["assortment"] += rest.where(sums["compared"] == 0, 0)
    amounts = ["before", *STEPS, "after"]
    sums[amounts] = money(sums[amounts])
    compared = rows["compared_from_month"].min()
    months = 0 if rows.empty else periods.month_number(month) - periods.month_number(compared) + 1
    return finish(with_names(sums.assign(window_months=months), managers), revenue_bridge)


def _lines(rows: pd.DataFrame) -> pd.DataFrame:
    """What each row adds to the lines of its key's bridge, volume aside, in ten-thousandths; and
    whether it is an article to be compared."""
    fate, quantity, quantity_before = rows["fate"], rows["quantity"], rows["before_quantity"]
    compared = (fate == "both") & (rows["product_id"] != NONE)
    compared &= (quantity > 0) & (quantity_before > 0)
    growth = (quantity / quantity_before.where(compared)).astype(float)  # q1 / q0
    carried = (rows["before_revenue"] * growth).fillna(0)  # p0 · q1
    change = rows["revenue"] - rows["before_revenue"]
    whole = {name: change.where(fate == name, 0) for name in ("new", "returned", "lost")}
    return pd.DataFrame(
        {
            "before": rows["before_revenue"],
            "after": rows["revenue"],
            "price": rows["revenue"].where(compared, 0) - carried,
            "volume": 0,
            "assortment": change.where(fate.isin(["both", "neither"]) & ~compared, 0),
            **whole,
            "handed_over": change.where(fate == "moved", 0),
            "compared": compared.astype("int64"),
        }
    )
