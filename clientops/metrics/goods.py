"""Turnover by goods: how long does our money lie in stock?

*stock*, *products* and *table_days* are frames of the book, *goods_sales* a sum that it makes for
the month (schema: TABLES, FACTS, SUMS), of the whole company whoever is looked at: what is in
stock is nobody's. *month* is the first day of the month asked for, *until* its last day that counts
(None: its end); the window is the `window_months` of *portfolio* that end with it, cut at the first
month of the data. Money in the results is in the reporting currency.
"""

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger import matrices
from clientops.ledger.matrices import Ledger
from clientops.ledger.ratios import money, ratio
from clientops.ledger.rows import finish, names_of
from clientops.schema import EVERYONE, MONEY_SCALE, NONE, table
from clientops.settings import Portfolio
from clientops.words import N_

DAYS_OF_YEAR = 365
HALVES_FROM = 3  # points, from which on the first and the last count half


@table(
    "dimension:word key:id * name:name cost:money average_stock:money stock_days:days turns:number "
    "closing_stock:money dead_stock:money uncosted_share:share points:count window_months:whole",
    labels={
        "dimension": N_("By"),
        "cost": N_("Cost of goods sold"),
        "average_stock": N_("Average stock"),
        "stock_days": N_("Days in stock"),
        "turns": N_("Turns a year"),
        "closing_stock": N_("Stock at the end"),
        "dead_stock": N_("Dead stock"),
        "uncosted_share": N_("Share of revenue without cost"),
        "points": N_("Month ends counted"),
    },
    whose="company",
    stored="all",
    of_all=True,
    says=(
        N_("{name}: goods lie {stock_days} days in stock; {dead_stock} of it is dead."),
        N_("{name}: {closing_stock} in stock, and nothing of it was sold."),
    ),
)
def goods_turnover(
    ledger: Ledger,
    stock: pd.DataFrame,
    goods_sales: pd.DataFrame,
    products: pd.DataFrame,
    *,
    month: pd.Timestamp,
    until: pd.Timestamp | None = None,
    portfolio: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """How many days goods lie in stock, and what does not sell at all.

    How: the average stock at cost by the cost of the goods sold in the window (never by revenue),
    times its days. The average is that of the month ends there are, from the month before the
    window on; of three and more the first and the last count half. An article without a row in a
    month that has others had no stock then. What is in stock at the last of these month ends of an
    article that nothing was sold of is dead stock. Revenue of lines without cost is told as a
    share.

    Returns one row per dimension (`*`, product, product_group) and key of articles with a row of
    stock in these months or a costed line in the window: dimension, key (`(none)`: lines without an
    article, articles without a group), name (the key where unknown), cost, average_stock (empty
    without a month end), stock_days, turns (365 / stock_days; both empty where the cost is not
    positive), closing_stock, dead_stock, uncosted_share (of the window's revenue), points (month
    ends there are), window_months. Groups are sums over sums.
    """
    end = ledger.row(month)
    window = matrices.window(end, portfolio.window_months)
    at = periods.month_numbers(stock["month"]) - ledger.first_month
    inside = (at >= window.start - 1) & (at <= end)
    points, place = np.unique(at[inside], return_inverse=True)
    weights = np.ones(len(points))
    if len(points) >= HALVES_FROM:
        weights[[0, -1]] = 0.5
    rows = stock[inside]
    value = np.rint(rows["stock_value"].to_numpy(float) * MONEY_SCALE).astype(np.int64)
    stocked = pd.DataFrame(
        {
            "product_id": rows["product_id"].astype(object),
            "weighted": 2 * weights[place].astype(float) * value,
            "closing_stock": np.where(place == len(points) - 1, value, 0),
        }
    )
    sold = goods_sales.loc[goods_sales["to_month"] == month, ["product_id", *_SOLD]]
    sums = pd.concat([stocked, sold.astype({"product_id": object})]).groupby("product_id")
    frame = sums[["weighted", "closing_stock", *_SOLD]].sum()
    is_stocked = frame.index.isin(stocked["product_id"])
    frame = frame[is_stocked | (frame["costed_lines"] > 0)].astype("int64").reset_index()
    frame["dead_stock"] = frame["closing_stock"].where(frame["cost"] <= 0, 0)
    groups = names_of(products, "product_id", "product_group").reindex(frame["product_id"])
    parts = {
        EVERYONE: frame.assign(key=EVERYONE),
        "product": frame.assign(key=frame["product_id"]),
        "product_group": frame.assign(key=groups.fillna(NONE).to_numpy()),
    }
    sums = [
        part.drop(columns="product_id").groupby("key", as_index=False).sum().assign(dimension=name)
        for name, part in parts.items()
    ]
    made = pd.concat(sums, ignore_index=True)
    last = periods.month_end(month) if until is None else until
    days = (pd.Timestamp(last) - ledger.month_of(window.start)).days + 1
    made["average_stock"] = ratio(made["weighted"], 2 * weights.sum() if len(points) else np.nan)
    made["stock_days"] = ratio(made["average_stock"] * days, made["cost"])
    made["turns"] = ratio(DAYS_OF_YEAR, made["stock_days"])
    made["uncosted_share"] = ratio(made["revenue"] - made["costed_revenue"], made["revenue"])
    amounts = ["cost", "average_stock", "closing_stock", "dead_stock"]
    made[amounts] = money(made[amounts])
    named = names_of(products, "product_id", "product_name").reindex(made["key"])
    is_named = (made["dimension"] == "product").to_numpy() & named.notna().to_numpy()
    made["name"] = np.where(is_named, named, made["key"])
    made = made.assign(points=len(points), window_months=window.months)
    return finish(made, goods_turnover)


@table(
    "* product_id:id product_name:name dead_stock:money",
    labels={
        "product_id": N_("Article number"),
        "product_name": N_("Article"),
        "dead_stock": N_("Dead stock"),
    },
    whose="company",
    adds_up="dead_stock",
    of_all=True,
)
def dead_goods(goods_turnover: pd.DataFrame, *, month: pd.Timestamp) -> pd.DataFrame:
    """Which articles lie in stock of which nothing was sold.

    How: articles with stock at the last month end there is, and without any cost of goods sold in
    the window.

    Returns one row per such article, the most valuable first: product_id, product_name (the id
    where unknown), dead_stock (at cost).
    """
    rows = goods_turnover[goods_turnover["dimension"] == "product"]
    rows = rows[rows["dead_stock"] > 0].rename(
        columns={"key": "product_id", "name": "product_name"}
    )
    return finish(
        rows.sort_values(["dead_stock", "product_id"], ascending=[False, True]), dead_goods
    )


_SOLD = ["revenue", "costed_revenue", "cost", "costed_lines"]
