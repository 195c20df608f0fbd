"""Cross-sell: what else would a client buy, as others of its kind do?

*ledger* is the book's (ledger/matrices.py), *client_groups* a sum that the book makes (schema:
SUMS), *group_shares* the table of that name. *month* is the first day of the month asked for,
*rules* and *portfolio* are the thresholds. Money in the results is in the reporting currency.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from clientops.ledger import classes, matrices
from clientops.ledger.dimensions import client_keys
from clientops.ledger.matrices import Ledger, codes
from clientops.ledger.ratios import money, ratio
from clientops.ledger.rows import empty, finish
from clientops.schema import EVERYONE, NONE, SINCE_MONTHS, table
from clientops.settings import Plan, Portfolio
from clientops.words import N_

LABELS = {  # of columns that only this topic has
    "buyers": N_("Clients who buy it"),
    "buyers_share": N_("Share who buy it"),
    "median_share": N_("Usual part of what they buy"),
    "peers": N_("Clients of its kind"),
    "peers_buying": N_("Share of them who buy it"),
    "promise": N_("A year, if it became typical"),
    "cells": N_("Offers"),
    "started": N_("Started to buy"),
    "started_top": N_("Of the first tenth"),
}


class Shares(NamedTuple):
    """Who buys what: k kinds of clients (client groups, the last: all) by g product groups."""

    kinds: pd.Index
    groups: pd.Index
    clients: np.ndarray  # k: clients with positive window revenue
    buyers: np.ndarray  # k × g: of these, with positive revenue in the product group
    median: np.ndarray  # k × g: their median share of the product group in their revenue


class Cells(NamedTuple):
    """What clients do not buy yet and others of their kind do; an array has a row per cell."""

    who: np.ndarray  # position of the client
    group: np.ndarray  # position in the product groups
    peers: np.ndarray
    buying: np.ndarray  # share of the peers
    promise: np.ndarray  # ten-thousandths a year


@table(
    "client_group:name product_group:name * clients:count buyers:count buyers_share:share "
    "median_share:share",
    labels=LABELS,
    whose="company",
    stored="all",
)
def group_shares(
    ledger: Ledger,
    client_groups: pd.DataFrame,
    *,
    month: pd.Timestamp,
    portfolio: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """What clients of a kind buy, and how large a part of their purchases it is.

    How: of the clients with positive revenue in the window, by client group and all together, those
    with positive revenue in a product group, and the median of its share in their revenue.

    Returns one row per client group (`*`: all clients) and product group that anybody buys:
    client_group, product_group, clients, buyers, buyers_share, median_share (of the buyers; empty
    without any).
    """
    end = ledger.row(month)
    window = matrices.window(end, portfolio.window_months).sum(ledger.revenue)
    shares = _shares(ledger, client_groups, client_groups["revenue"], window)
    kind, group = (each.ravel() for each in np.indices(shares.buyers.shape))
    frame = pd.DataFrame(
        {
            "client_group": shares.kinds[kind],
            "product_group": shares.groups[group],
            "clients": shares.clients[kind],
            "buyers": shares.buyers[kind, group],
            "buyers_share": ratio(shares.buyers[kind, group], shares.clients[kind]),
            "median_share": shares.median[kind, group],
        }
    )
    return finish(frame, group_shares)


@table(
    "* manager_id:id client_id:id client_name:name product_group:name peers:count "
    "peers_buying:share promise:money",
    labels=LABELS,
    says=N_("{client_name} and {product_group}: {peers_buying} of the clients of its kind buy it."),
)
def cross_sell(
    ledger: Ledger,
    client_groups: pd.DataFrame,
    group_shares: pd.DataFrame,
    *,
    month: pd.Timestamp,
    portfolio: Portfolio = Portfolio(),
    rules: Plan = Plan(),
) -> pd.DataFrame:
    """What each client does not buy from us yet, and most clients of its kind do.

    How: product groups without revenue in the window, of counted clients with revenue. Its kind is
    the clients of the same client group, where they are at least `min_peers`, else all. The promise
    is the usual size of the product group with those who buy it, times the share who do: its size
    if it became typical, no forecast. Each client has its `cross_sell_per_client` groups that most
    of its kind buy.

    Returns one row per client and product group, those that most of the kind buy first: manager_id
    (owner at the month's end), client_id, client_name (the id where unknown), product_group, peers
    (clients of its kind), peers_buying (share of them), promise (revenue a year).
    """
    end = ledger.row(month)
    window = matrices.window(end, portfolio.window_months)
    bought = client_groups.assign(amount=client_groups["revenue"])
    cells = _cells(ledger, bought, _given(group_shares), window, portfolio, rules,
                   most=rules.cross_sell_per_client)  # fmt: skip
    groups = pd.Index(np.unique(group_shares["product_group"].astype(object)), dtype=object)
    owner = matrices.owner(ledger, end)
    cells = _taken(cells, owner[cells.who] >= 0)
    cells = _taken(cells, _order(cells))
    frame = pd.DataFrame(
        {
            "manager_id": ledger.managers.astype(object).take(owner[cells.who]),
            "client_id": ledger.clients[cells.who].astype(object),
            "client_name": ledger.names[cells.who],
            "product_group": groups[cells.group],
            "peers": cells.peers,
            "peers_buying": cells.buying,
            "promise": money(cells.promise),
        }
    )
    return finish(frame, cross_sell)


@table(
    "product_group:name * cells:count started:share started_top:share",
    labels=LABELS,
    period="month",
    whose="company",
    stored="all",
)
def cross_sell_check(
    ledger: Ledger,
    client_groups: pd.DataFrame,
    *,
    month: pd.Timestamp,
    portfolio: Portfolio = Portfolio(),
    rules: Plan = Plan(),
) -> pd.DataFrame:
    """Whether the list of what else to sell is better than chance.

    How: all that cross_sell would have listed six months before, without its limit for each client,
    and who has bought of it in the six months since; and of the tenth that stood first.

    Returns one row per product group, and all as `*`: product_group, cells (clients who did not buy
    it), started (share of them who bought since), started_top (of the first tenth). No rows under
    18 months of data.
    """
    end = ledger.row(month)
    if end + 1 < 3 * SINCE_MONTHS:
        return empty(cross_sell_check)
    window = matrices.window(end - SINCE_MONTHS, portfolio.window_months)
    amount = window.sum(ledger.revenue)
    shares = _shares(ledger, client_groups, client_groups["revenue_then"], amount)
    bought = client_groups.assign(amount=client_groups["revenue_then"])
    cells = _cells(ledger, bought, shares, window, portfolio, rules)
    cells = _taken(cells, _order(cells))
    since = client_groups[client_groups["revenue_since"] > 0]
    started = _matrix(ledger, since, shares.groups)[cells.who, cells.group]
    rows = []
    for group, name in [(None, EVERYONE), *enumerate(shares.groups)]:
        own = started if group is None else started[cells.group == group]
        top = own[: -(-len(own) // 10)]
        rows.append((name, len(own), ratio(own.sum(), len(own)), ratio(top.sum(), len(top))))
    frame = pd.DataFrame(rows, columns=list(cross_sell_check.about.units))
    return finish(frame[frame["cells"] > 0], cross_sell_check)


def _matrix(ledger: Ledger, rows: pd.DataFrame, groups: pd.Index) -> np.ndarray:
    """Clients × product groups: whether there is a row."""
    there = np.zeros((len(ledger.clients), len(groups)), dtype=bool)
    who, group = codes(rows["client_id"], ledger.clients), codes(rows["product_group"], groups)
    known = (who >= 0) & (group >= 0)
    there[who[known], group[known]] = True
    return there


def _shares(
    ledger: Ledger, client_groups: pd.DataFrame, amount: pd.Series, window: np.ndarray
) -> Shares:
    """Who buys what in a window; *window*: the revenue of every client there, *amount*: that of the
    rows of client_groups."""
    of_client = client_keys(ledger)["client_group"]
    kinds = pd.Index([*np.sort(pd.unique(of_client[window > 0])), EVERYONE], dtype=object)
    who = codes(client_groups["client_id"], ledger.clients)
    counts = (amount > 0) & (client_groups["product_group"] != NONE) & (window[who] > 0)
    who, rows = who[counts], client_groups["product_group"][counts]
    groups = pd.Index(np.sort(rows.unique().astype(object)), dtype=object)
    kind, group = kinds.get_indexer(of_client)[who], codes(rows, groups)
    cells = np.concatenate([kind, np.full(len(who), len(kinds) - 1)]) * len(groups)
    cells += np.tile(group, 2)
    found = pd.Series(np.tile(ratio(amount[counts], window[who]), 2)).groupby(cells).median()
    shape = (len(kinds), len(groups))
    buyers = np.bincount(cells, minlength=len(kinds) * len(groups)).reshape(shape)
    median = np.full(shape, np.nan)
    median.flat[found.index] = found
    clients = np.bincount(kinds.get_indexer(of_client[window > 0]), minlength=len(kinds))
    clients[-1] = clients.sum()
    return Shares(kinds, groups, clients, buyers, median)


def _given(table: pd.DataFrame) -> Shares:
    """The same, as the table group_shares tells it."""
    names = [np.unique(table[name].astype(object)) for name in ("client_group", "product_group")]
    kinds = pd.Index([*(each for each in names[0] if each != EVERYONE), EVERYONE], dtype=object)
    groups = pd.Index(names[1], dtype=object)
    at = codes(table["client_group"], kinds), codes(table["product_group"], groups)
    clients = np.zeros(len(kinds), dtype=np.int64)
    buyers, median = (np.zeros((len(kinds), len(groups))) for _ in range(2))
    clients[at[0]], buyers[at], median[at] = (
        table["clients"],
        table["buyers"],
        table["median_share"],
    )
    return Shares(kinds, groups, clients, buyers, median)


def _cells(
    ledger: Ledger, bought: pd.DataFrame, shares: Shares, window: matrices.Window,
    portfolio: Portfolio, rules: Plan, most: int = 0,
) -> Cells:  # fmt: skip
    """What counted clients with revenue do not buy, and some of their kind do; *bought*: rows of
    client_groups with the amount of the window; *most*: so many of each client, the first."""
    revenue = window.sum(ledger.revenue)
    is_asked = classes.counted(ledger, window.end, portfolio) & (revenue > 0)
    kind = shares.kinds.get_indexer(client_keys(ledger)["client_group"])
    kind = np.where((kind >= 0) & (shares.clients[kind] >= rules.min_peers), kind, -1)
    has = _matrix(ledger, bought[bought["amount"] > 0], shares.groups)
    # With one client's revenue, the order is that of its kind.
    buying = ratio(shares.buyers, shares.clients[:, None])
    order = np.lexsort((-buying * shares.median, -buying))[kind]
    is_open = np.take_along_axis(~has & (shares.buyers[kind] > 0), order, axis=1)
    is_open &= is_asked[:, None]
    if most:
        is_open &= is_open.cumsum(axis=1) <= most
    who, place = np.nonzero(is_open)
    group, kind = order[who, place], kind[who]
    share = buying[kind, group]
    promise = share * shares.median[kind, group] * (revenue[who] * 12 / window.months)
    return Cells(who, group, shares.clients[kind], share, promise)


def _order(cells: Cells) -> np.ndarray:
    """Those that most peers buy first, then by promise; as they are by client and product group."""
    return np.lexsort((-cells.promise, -cells.buying))


def _taken(cells: Cells, rows: np.ndarray) -> Cells:
    """Some of the cells, or all in another order."""
    return Cells(*(each[rows] for each in cells))
