"""Profitability: who earns, who costs?

Cost of a line is its own cost, else quantity × the product's unit_cost; else the line is uncosted:
it counts in revenue, and in neither cost nor margin nor the revenue that margin rates are of.
`profitability` and `margin_bridge` are of credit (who sold), the others of portfolios (a client
counts for its owner at the end of the month).

Common parameters: *key_sales*, *product_sales* are sums that the book makes for the month
(schema: SUMS), *ledger* is the book's (ledger/matrices.py), *clients*, *managers* its frames.
*month* is the first day of the month asked for; the window is the `window_months`
of *portfolio* that end with it, cut at the first month of the data. The year before: of these
months those whose month a year earlier is in the data are compared, with just these earlier months.
*dimension* asks for one of the dimensions (default: all). *rules* are the thresholds. Money in the
results is in the reporting currency.
"""

from fractions import Fraction

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger import matrices
from clientops.ledger.dimensions import with_names
from clientops.ledger.matrices import Ledger
from clientops.ledger.ratios import money, ratio
from clientops.ledger.rows import empty, finish
from clientops.schema import MONEY_SCALE, reason, table
from clientops.settings import Portfolio, Profitability
from clientops.words import N_

CENT = MONEY_SCALE // 100
MOST_SHARE = 0.8  # of all that is earned: few clients bring it

LABELS = {  # of columns that only this topic has
    "cost": N_("Cost"),
    "uncosted_revenue": N_("Revenue without cost"),
    "prev_margin_rate": N_("Margin rate the year before"),
    "prev_months": N_("Months compared"),
    "rate_effect": N_("Margin by the change of the rate"),
    "rate_of_all": N_("Margin rate of all"),
    "articles_share": N_("Articles added and dropped, share of all movement"),
    "is_most": N_("80 % of all that is earned reached"),
    "margin_before": N_("Margin the year before"),
    "volume": N_("Volume"),
    "mix": N_("Mix"),
    "margin_after": N_("Margin now"),
    "rank": N_("Rank"),
    "cumulative_margin": N_("Margin added up"),
    "cumulative_share": N_("Share added up"),
}


@table(
    "dimension:word key:id * name:name revenue:money cost:money margin:money margin_rate:share "
    "revenue_share:share margin_share:share clients:whole uncosted_revenue:money "
    "window_months:whole prev_margin_rate:share prev_months:whole? rate_change:share "
    "rate_effect:money rate_of_all:share",
    labels=LABELS
    | {
        "revenue": N_("Revenue sold"),
        "margin": N_("Margin on sales"),
        "revenue_share": N_("Share of sales"),
        "margin_share": N_("Share of the margin on sales"),
    },
    whose="credit",
    adds_up="revenue cost margin uncosted_revenue",
)
def profitability(
    key_sales: pd.DataFrame,
    clients: pd.DataFrame,
    managers: pd.DataFrame,
    *,
    month: pd.Timestamp,
    portfolio: Portfolio = Portfolio(),
    dimension: str = "",
) -> pd.DataFrame:
    """Revenue, cost and margin by client, client group, manager, product group and region.

    How: net revenue of the window, by who sold. Margin is revenue less cost of the lines whose cost
    is known; margin_rate is margin over the revenue of just these lines; uncosted_revenue is the
    revenue of the others. Where nothing of a key is costed, cost, margin and rate are empty. Shares
    are of all that is looked at: of one manager's sales, where only that manager is looked at.
    prev_margin_rate is the rate of the same months a year before, as far as the data go back:
    prev_months of them; rate_change is the change since, rate_effect what it is of the revenue with
    a cost. rate_of_all is the rate of all that is looked at.

    Returns one row per dimension (client, client_group, manager, product_group, region) and key
    with a line in the window; what has no group or region is `(none)`: dimension, key, name (the
    key where unknown), revenue, cost, margin, margin_rate, revenue_share, margin_share (empty where
    the total is not positive), clients (distinct, with any line), uncosted_revenue, window_months
    (months really covered), prev_margin_rate, prev_months (both empty where no month is compared),
    rate_change, rate_effect, rate_of_all.
    """
    table = _asked(key_sales, month, portfolio, dimension)
    table = table[table["clients"] > 0].copy()
    margin = _margin(table["costed_revenue"], table["cost"], table["costed_lines"])
    totals = table.assign(margin=margin.fillna(0)).groupby("dimension")
    totals = totals[["revenue", "costed_revenue", "margin"]].sum()
    totals = totals.loc[table["dimension"]]
    before = table["before_costed_revenue"] - table["before_cost"]
    table["margin_rate"] = ratio(margin, table["costed_revenue"])
    table["revenue_share"] = ratio(table["revenue"], totals["revenue"])
    table["margin_share"] = ratio(margin, totals["margin"])
    table["prev_margin_rate"] = ratio(before, table["before_costed_revenue"])
    table["rate_change"] = table["margin_rate"] - table["prev_margin_rate"]
    table["rate_effect"] = money(table["rate_change"] * table["costed_revenue"])
    table["rate_of_all"] = ratio(totals["margin"], totals["costed_revenue"])
    table["window_months"] = _months(table["from_month"], month)
    table["prev_months"] = _months(table["compared_from_month"], month)
    table["uncosted_revenue"] = money(table["revenue"] - table["costed_revenue"])
    table["revenue"], table["margin"] = money(table["revenue"]), money(margin)
    table["cost"] = money(table["cost"].where(table["costed_lines"] > 0))
    return finish(with_names(table, managers, clients), profitability)


@table(
    "dimension:word key:id * name:name margin_before:money price:money cost:money volume:money "
    "mix:money new:money lost:money margin_after:money window_months:whole change:money "
    "articles_share:share",
    labels=LABELS
    | {
        "cost": N_("Purchase cost"),
        "new": N_("Articles added"),
        "lost": N_("Articles dropped"),
        "change": N_("Change of the margin"),
    },
    period="two windows",
    whose="credit",
    adds_up="margin_before margin_after change",
)
def margin_bridge(
    product_sales: pd.DataFrame,
    managers: pd.DataFrame,
    *,
    month: pd.Timestamp,
    portfolio: Portfolio = Portfolio(),
    rules: Profitability = Profitability(),
    dimension: str = "",
) -> pd.DataFrame:
    """Why the margin is not what it was a year before: price, cost, volume, mix, articles.

    How: costed lines of the window, by who sold, against the same months a year before, product by
    product within each key. Common products have a net quantity above 0 in both. With q the
    quantity, p revenue and c cost per unit, 0 before and 1 now, summed over the common products:
    price is Σ(p1 − p0)·q1; cost is −Σ(c1 − c0)·q1; volume is M0·(Σp0·q1 / Σp0·q0 − 1) where M0 is
    their margin before (0 where their revenue before is not positive). new is the margin now of all
    other products (articles added), lost the margin before of all others, taken off (articles
    dropped); both hold products that have no quantity. Every line is rounded to the cent, and mix
    is what remains, so that margin_before and the six steps add up to margin_after to the cent.
    Products of `bridge_exclude` (services, manual lines) are left out. The steps of keys do not add
    up to those of `*`, which sees the products of all of them together.

    Returns one row per dimension (`*`: everything looked at, manager, product_group, client_group,
    region) and key with a costed line: dimension, key, name (the key where unknown), margin_before,
    price, cost, volume, mix, new, lost, margin_after, window_months (months compared), change (of
    the margin), articles_share (new and lost in the movement of all six steps, without signs). No
    rows where no month of the window is in the data a year earlier.
    """
    table = _asked(product_sales, month, portfolio, dimension)
    table = table[table["compared_from_month"].notna()]
    table = table[~table["product_id"].isin(rules.bridge_exclude)]
    if table.empty:
        return empty(margin_bridge)
    lines = _product_lines(table).groupby([table["dimension"], table["key"]])
    sums = lines.sum().reset_index()
    growth = ratio(sums["carried_revenue"], sums["common_revenue"]) - 1
    sums["volume"] = np.nan_to_num(sums["common_margin"] * growth)
    steps = ["price", "cost", "volume", "new", "lost"]
    ends = ["margin_before", "margin_after"]
    # Whole cents. A float a hair beside half a cent is half a cent: the order of rows is no matter.
    sums[steps + ends] = np.rint((sums[steps + ends] / CENT).round(6))
    sums["change"] = sums["margin_after"] - sums["margin_before"]
    sums["mix"] = sums["change"] - sums[steps].sum(axis=1)
    moved = sums[[*steps, "mix"]].abs()
    sums["articles_share"] = ratio(moved["new"] + moved["lost"], moved.sum(axis=1))
    amounts = [*steps, *ends, "mix", "change"]
    sums[amounts] = sums[amounts] / 100 + 0.0  # no negative zero
    sums["window_months"] = int(_months(table["compared_from_month"], month).iloc[0])
    return finish(with_names(sums, managers), margin_bridge)


@table(
    "rank:whole * client_id:id client_name:name margin:money cumulative_margin:money "
    "cumulative_share:share is_most:flag",
    labels=LABELS,
    adds_up="margin",
)
def whale_curve(
    ledger: Ledger,
    *,
    month: pd.Timestamp,
    portfolio: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """Clients from the most to the least profitable, and the margin they add up to.

    How: window margin of each client with a costed line, the largest first (ties: by client
    number). cumulative_margin adds them up; cumulative_share holds that against the sum of the
    positive margins alone: the curve rises to 100 % and falls from there by what loss makers cost.

    Returns one row per client, ranked from 1: rank, client_id, client_name (the id where unknown),
    margin, cumulative_margin, cumulative_share (empty where no margin is positive), is_most (true
    for the first client with whom 80 % of the positive margins are reached).
    """
    table = _client_margins(ledger, month, portfolio)
    table = table[table["costed_lines"] > 0]
    table = table.sort_values(["margin", "client_id"], ascending=[False, True], ignore_index=True)
    cumulative = table["margin"].cumsum()
    table["cumulative_share"] = ratio(cumulative, table["margin"].clip(lower=0).sum())
    reached = table["cumulative_share"] >= MOST_SHARE
    table["is_most"] = reached & ~reached.shift(fill_value=False).cummax()
    table["cumulative_margin"], table["margin"] = money(cumulative), money(table["margin"])
    return finish(table.assign(rank=table.index + 1), whale_curve)


@reason("loss maker", 6, money="-margin / window_months * 3", is_certain=True,
        tells="revenue margin window_months")  # fmt: skip
@table(
    "* client_id:id client_name:name manager_id:id revenue:money margin:money margin_rate:share "
    "uncosted_revenue:money window_months:whole",
    labels=LABELS,
    adds_up="revenue=some margin=some uncosted_revenue=some",
)
def loss_makers(
    ledger: Ledger,
    *,
    month: pd.Timestamp,
    portfolio: Portfolio = Portfolio(),
    rules: Profitability = Profitability(),
) -> pd.DataFrame:
    """Clients whose goods cost more than they brought.

    How: clients whose window margin (revenue less cost of the lines whose cost is known) is below
    −`min_loss`, the largest loss first. Revenue of lines without a cost is told beside it: with
    their cost the loss would be another.

    Returns one row per client: client_id, client_name (the id where unknown), manager_id (owner at
    the month's end), revenue, margin, margin_rate (of the costed revenue; empty where that is not
    positive), uncosted_revenue, window_months (months really covered).
    """
    table = _client_margins(ledger, month, portfolio)
    table = table[table["margin"] < -int(Fraction(str(rules.min_loss)) * MONEY_SCALE)]
    table = table.sort_values(["margin", "client_id"], ignore_index=True)
    table["margin_rate"] = ratio(table["margin"], table["costed_revenue"])
    table["uncosted_revenue"] = money(table["revenue"] - table["costed_revenue"])
    table["revenue"], table["margin"] = money(table["revenue"]), money(table["margin"])
    return finish(table, loss_makers)


def _asked(
    sums: pd.DataFrame, month: pd.Timestamp, portfolio: Portfolio, dimension: str
) -> pd.DataFrame:
    """The sums of the window and dimension asked for, should there be others."""
    first = periods.add_months(month, 1 - portfolio.window_months)
    asked = (sums["to_month"] == month) & (sums["from_month"] >= first)
    return sums[asked & (sums["dimension"] == dimension)] if dimension else sums[asked]


def _months(first: pd.Series, month: pd.Timestamp) -> pd.Series:
    """How many months there are from *first* to *month*; missing where there is no first."""
    years, months = month.year - first.dt.year, month.month - first.dt.month
    return (years * 12 + months + 1).astype("Int64")


def _margin(costed_revenue: pd.Series, cost: pd.Series, costed_lines: pd.Series) -> pd.Series:
    """Margin in whole ten-thousandths; missing where nothing is costed."""
    return (costed_revenue - cost).astype("Int64").where(costed_lines > 0)


def _product_lines(table: pd.DataFrame) -> pd.DataFrame:
    """What each product of a key adds to the lines of its bridge, in ten-thousandths."""
    revenue, cost, quantity = (table[c] for c in ("costed_revenue", "cost", "costed_quantity"))
    before = {c: table[f"before_{c}"] for c in ("costed_revenue", "cost", "costed_quantity")}
    common = (quantity > 0) & (before["costed_quantity"] > 0)
    growth = (quantity / before["costed_quantity"].where(common)).astype(float)  # q1 / q0
    carried_revenue = (before["costed_revenue"] * growth).fillna(0)  # p0 · q1
    carried_cost = (before["cost"] * growth).fillna(0)  # c0 · q1
    margin, margin_before = revenue - cost, before["costed_revenue"] - before["cost"]
    return pd.DataFrame(
        {
            "margin_before": margin_before,
            "margin_after": margin,
            "price": revenue.where(common, 0) - carried_revenue,
            "cost": carried_cost - cost.where(common, 0),
            "new": margin.mask(common, 0),
            "lost": -margin_before.mask(common, 0),
            "common_revenue": before["costed_revenue"].where(common, 0),
            "common_margin": margin_before.where(common, 0),
            "carried_revenue": carried_revenue,
        }
    )


def _client_margins(ledger: Ledger, month: pd.Timestamp, portfolio: Portfolio) -> pd.DataFrame:
    """Window sums in ten-thousandths of every client who has an owner at the month's end."""
    end = ledger.row(month)
    owner = matrices.owner(ledger, end)
    owned = np.flatnonzero(owner >= 0)
    window = matrices.window(end, portfolio.window_months)
    sums = {
        "revenue": ledger.revenue,
        "margin": ledger.margin,
        "costed_revenue": ledger.costed_revenue,
        "costed_lines": ledger.costed,
    }
    frame = pd.DataFrame({name: window.sum(matrix)[owned] for name, matrix in sums.items()})
    return frame.assign(
        client_id=ledger.clients[owned].astype(object),
        client_name=ledger.names[owned],
        manager_id=ledger.managers.astype(object).take(owner[owned]),
        window_months=window.months,
    )
