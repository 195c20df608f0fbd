"""Discounts: who gets more than the like of them, and whose growth costs the margin?

The list revenue is revenue and discount of the lines of positive revenue whose discount is known
(0 is known; below 0 it is a surcharge). Of credit: who sold.

Common parameters: *ledger* is the book's (ledger/matrices.py), *discount_sales* and
*client_discounts* are sums that it makes for the month (schema: SUMS), *client_classes* and
*discount_peers* tables of that name. *month* is the
first day of the month asked for; the window is the `window_months` of *portfolio* that end with it,
cut at the first month of the data. *rules* are the thresholds. Money in the results is in the
reporting currency.
"""

import numpy as np
import pandas as pd

from clientops.ledger import classes
from clientops.ledger.dimensions import client_keys, with_names
from clientops.ledger.matrices import Ledger, codes
from clientops.ledger.ratios import money, ratio
from clientops.ledger.rows import empty, finish
from clientops.schema import table
from clientops.settings import Portfolio, Profitability
from clientops.words import N_

MIN_PEERS = 10  # clients of a group and letter that one is held against; fewer: of the letter
LABELS = {
    "list_revenue": N_("Revenue at list prices"),
    "discount": N_("Discount"),
    "discount_rate": N_("Discount rate"),
    "peer_rate": N_("Discount rate of clients like it"),
    "beyond_peers": N_("Discount beyond clients like it"),
    "revenue_change": N_("Change of revenue in percent"),
    "costs_margin": N_("Revenue up, margin rate down"),
}


@table(
    "client_group:name abc:word * clients:count discount_rate:share peer_rate:share",
    labels=LABELS,
    whose="credit",
    stored="all",
    of_all=True,
)
def discount_peers(
    ledger: Ledger,
    client_discounts: pd.DataFrame,
    *,
    month: pd.Timestamp,
    portfolio: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """What discount clients of one group and volume class get.

    How: discounts of the window by revenue at list prices, sums over sums, of all clients of the
    group and letter; where they are fewer than 10, clients like them are all of the letter.

    Returns one row per client group (`(none)`: without one) and letter (abc) with revenue at list
    prices: client_group, abc, clients, discount_rate, peer_rate (what each is held against).
    """
    end = ledger.row(month)
    rows = client_discounts[client_discounts["list_revenue"] > 0].assign(clients=1)
    who = codes(rows["client_id"], ledger.clients)
    rows["abc"] = classes.ABC[classes.abc(ledger, end, portfolio)][who]
    rows["client_group"] = client_keys(ledger)["client_group"][who]
    columns = ["clients", "discount", "list_revenue"]
    cells = rows.groupby(["client_group", "abc"])[columns].sum().reset_index()
    letters = cells.groupby("abc")[columns].sum()
    of_letter = ratio(letters["discount"], letters["list_revenue"])
    cells["discount_rate"] = ratio(cells["discount"], cells["list_revenue"])
    others = cells["abc"].map(dict(zip(letters.index, of_letter, strict=True)))
    cells["peer_rate"] = cells["discount_rate"].where(cells["clients"] >= MIN_PEERS, others)
    return finish(cells, discount_peers)


@table(
    "dimension:word key:id * name:name list_revenue:money discount:money discount_rate:share "
    "peer_rate:share beyond_peers:money margin_rate:share rate_change:share revenue_change:share "
    "costs_margin:flag",
    labels=LABELS,
    whose="credit",
    adds_up="list_revenue discount",
)
def discounts(
    ledger: Ledger,
    discount_sales: pd.DataFrame,
    client_classes: pd.DataFrame,
    discount_peers: pd.DataFrame,
    *,
    month: pd.Timestamp,
    portfolio: Portfolio = Portfolio(),
    rules: Profitability = Profitability(),
    dimension: str = "",
) -> pd.DataFrame:
    """Who gets which discount, who more than clients like it, and what that does to the margin.

    How: discounts of the window by revenue at list prices, by who sold. A client is held against
    all clients of its group and volume class (of the class alone where they are fewer than 10).
    The changes are those of all lines in the months that a year before has, against it. Revenue up
    and margin rate down is said where revenue rose by more than `discount_growth` while the rate
    fell by more than `discount_drop` points.

    Returns one row per dimension (`*`: everything looked at, client, client_group, manager,
    product_group) and key with list revenue: dimension, key, name (the key where unknown),
    list_revenue, discount, discount_rate, peer_rate (of clients whose class is known: those owned
    at the month's end), beyond_peers (discount less what it were at that rate), margin_rate (of the
    window's costed lines), rate_change (in points), revenue_change (both empty where there is no
    year before), costs_margin.
    """
    table = _asked(discount_sales, month, portfolio)
    table = table[table["dimension"] == dimension] if dimension else table
    table = table[table["list_revenue"] > 0].reset_index(drop=True)
    if table.empty:
        return empty(discounts)
    table["discount_rate"] = ratio(table["discount"], table["list_revenue"])
    peers = discount_peers.set_index(["client_group", "abc"])["peer_rate"]
    own = _of_clients(table, client_classes, ledger).set_index("key")
    at = pd.MultiIndex.from_frame(own[["client_group", "abc"]])
    rates = pd.Series(peers.reindex(at).to_numpy(float), own.index)
    of_client = table["key"].map(rates.to_dict()).astype(float)
    table["peer_rate"] = of_client.where(table["dimension"] == "client")
    table["beyond_peers"] = money(table["discount"] - table["peer_rate"] * table["list_revenue"])
    table["margin_rate"] = _rate(table, "")
    table["rate_change"] = _rate(table, "compared_") - _rate(table, "before_")
    change = table["compared_revenue"] - table["before_revenue"]
    table["revenue_change"] = ratio(change, table["before_revenue"])
    is_up = table["revenue_change"] > rules.discount_growth
    table["costs_margin"] = is_up & (table["rate_change"] < -rules.discount_drop)
    table["list_revenue"], table["discount"] = (
        money(table[each]) for each in ("list_revenue", "discount")
    )
    named = with_names(table, ledger.manager_table, ledger.client_table)
    return finish(named, discounts)


def _asked(sums: pd.DataFrame, month: pd.Timestamp, portfolio: Portfolio) -> pd.DataFrame:
    """The sums of the window asked for, should there be others."""
    first = month - pd.DateOffset(months=portfolio.window_months - 1)
    return sums[(sums["to_month"] == month) & (sums["from_month"] >= first)]


def _rate(table: pd.DataFrame, prefix: str) -> np.ndarray:
    """Margin by revenue of costed lines."""
    revenue = table[f"{prefix}costed_revenue"]
    return ratio(revenue - table[f"{prefix}cost"], revenue)


def _of_clients(table: pd.DataFrame, client_classes: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """The rows of clients whose class is known, with their group and letter (abc)."""
    rows = table[table["dimension"] == "client"]
    letters = client_classes.set_index(client_classes["client_id"].astype(object))["abc"]
    groups = client_keys(ledger)["client_group"]
    rows = rows.assign(
        abc=rows["key"].map(letters.to_dict()),
        client_group=groups[ledger.clients.get_indexer(rows["key"])],
    )
    return rows[rows["abc"].notna()]
