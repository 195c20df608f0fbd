"""Potential: how much of what clients buy from everybody do they buy from us?

A *potential* is a client's latest estimate by the month's end (one without a day is older than
any; of one day the larger), of each product group. The row without a group is the client's whole;
where there is none, the sum of its groups is.

Common parameters: *ledger* is the book's (ledger/matrices.py), *potentials* its frame
(schema: TABLES), *client_groups* a sum that the book makes (schema: SUMS). *month* is the first day
of the month asked for, *rules* and *portfolio* are the thresholds. Money in the results is in the
reporting currency.
"""

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger import classes, matrices, two_windows
from clientops.ledger.dimensions import KEYS, client_keys, sums_by_dimension, with_names
from clientops.ledger.matrices import Ledger, codes, known_by
from clientops.ledger.ratios import money, ratio
from clientops.ledger.rows import finish
from clientops.schema import EVERYONE, MONEY_SCALE, NEW, table
from clientops.settings import Plan, Portfolio
from clientops.words import N_

LABELS = {  # of columns that only this topic has
    "potential": N_("Buys a year, from everybody"),
    "share": N_("Our share"),
    "headroom": N_("Still to win a year"),
    "as_of": N_("Estimated on"),
    "note": N_("Note"),
    "known": N_("Clients with an estimate"),
    "known_revenue_share": N_("Share of revenue with an estimate"),
    "buyers_share": N_("Share who buy from us"),
    "months": N_("Months compared"),
    "last_year": N_("Last 12 months"),
    "base": N_("As usual a year later"),
    "proposal": N_("Proposed plan"),
    "share_of_manager": N_("Share of the manager's plan"),
    "plan_month": N_("Planned from"),
    "plan_months": N_("Planned months"),
}
YEAR = 12  # months
AMOUNTS = ["revenue", "potential", "headroom"]


@table(
    "* client_id:id client_name:name manager_id:id product_group:name revenue:money "
    "potential:money share:share headroom:money as_of:date note:text",
    labels=LABELS,
    says=N_("Clients and product groups with an estimate: {rows}."),
)
def client_penetration(
    ledger: Ledger,
    potentials: pd.DataFrame,
    client_groups: pd.DataFrame,
    *,
    month: pd.Timestamp,
    rules: Plan = Plan(),
) -> pd.DataFrame:
    """How much of what a client buys is ours, and what is left to sell.

    How: revenue of the 12 months up to the month against the client's potential, for a client who
    bought first during these months against as many twelfths of it. headroom is what is left of the
    potential of a year. A share above 1 says that the estimate is too low: note `above`. An
    estimate older than `potential_days` is `stale`, and still counted.

    Returns one row per client with a potential and product group, and the client's whole as `*`:
    client_id, client_name (the id where unknown), manager_id (the owner at the month's end),
    product_group, revenue, potential (of a year), share (empty where it is 0), headroom, as_of,
    note.
    """
    end = ledger.row(month)
    frame = _estimates(ledger, potentials, client_groups, end)
    owner = matrices.owner(ledger, end)
    frame = frame[owner[frame["who"]] >= 0].sort_values(["who", "product_group"])
    who = frame["who"].to_numpy()
    day = ledger.month_of(end + 1) - pd.Timedelta(days=1 + rules.potential_days)
    notes = np.where(frame["share"] > 1, "above", ""), np.where(frame["as_of"] < day, "stale", "")
    both = pd.Series(np.where((notes[0] != "") & (notes[1] != ""), ", ", ""), frame.index)
    frame = frame.assign(
        client_id=ledger.clients[who].astype(object),
        client_name=ledger.names[who],
        manager_id=ledger.managers.astype(object).take(owner[who]),
        note=(notes[0] + both + notes[1]).replace("", None),
    )
    frame[AMOUNTS] = money(frame[AMOUNTS])
    return finish(frame, client_penetration)


@table(
    "dimension:word key:id * name:name clients:count known:count known_revenue_share:share "
    "potential:money revenue:money share:share headroom:money buyers_share:share",
    labels=LABELS,
    stored="company",
    says=(
        N_("{name}: we have {share} of what clients with an estimate buy; {headroom} a year is "
           "left to win."),
        N_("{name}: nobody has an estimate."),
    ),
)  # fmt: skip
def penetration(
    ledger: Ledger,
    potentials: pd.DataFrame,
    client_groups: pd.DataFrame,
    *,
    month: pd.Timestamp,
    portfolio: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """Where there is most left to win: our share of what clients buy.

    How: sums of client_penetration over the clients with a potential, those among them who never
    bought included: revenue of the 12 months up to the month over the potential of as many months
    as each has been buying. Of the others known_revenue_share alone tells, how much of the revenue
    is that of clients with a potential. By product group only rows that name one count.

    Returns one row per dimension (`*`, client_group, manager: the owner at the month's end,
    product_group, region) and key: dimension, key, name (the key where unknown), clients (neither
    prospect nor lost, and those with a potential), known (those with one), known_revenue_share,
    potential (of a year), revenue (theirs), share, headroom, buyers_share (of known: who bought in
    the 12 months; of a product group: with positive revenue in it).
    """
    end = ledger.row(month)
    estimates = _estimates(ledger, potentials, client_groups, end)
    of_groups = estimates["product_group"] != EVERYONE
    whole, parts = estimates[~of_groups].set_index("who"), estimates[of_groups]
    counted = classes.counted(ledger, end, portfolio)
    year, owner = matrices.window(end, YEAR), matrices.owner(ledger, end)
    frame = pd.DataFrame({"total": year.sum(ledger.revenue)}).join(whole[[*AMOUNTS, "due"]])
    frame["known"] = frame["potential"].notna()
    frame["buyers"] = frame["known"] & (year.sum(ledger.purchases) > 0)
    frame["who"], frame["clients"] = frame.index, 1
    frame["manager_id"] = np.append(ledger.managers.astype(object), "")[owner]
    shown = (counted | frame["known"].to_numpy()) & (owner >= 0)
    columns = ["clients", "known", "total", *AMOUNTS, "due", "buyers"]
    keys = client_keys(ledger)
    rows = sums_by_dimension(frame[shown], keys, columns)
    # Of product groups: all clients that count, and what they bought of it.
    parts = parts[shown[parts["who"]]]
    parts = parts.assign(known=True, buyers=parts["revenue"] > 0, clients=~counted[parts["who"]])
    groups = pd.Index(parts["product_group"].unique())
    sold = client_groups[shown[codes(client_groups["client_id"], ledger.clients)]]
    place = codes(sold["product_group"], groups) + 1
    totals = np.bincount(place, sold["year_revenue"], len(groups) + 1)[1:]
    clients = int((counted & (owner >= 0)).sum())
    more = pd.DataFrame({"product_group": groups, "total": totals, "clients": clients})
    more = pd.concat([parts, more])[["product_group", *columns]].astype(
        dict.fromkeys(columns, float)
    )
    groups = more.groupby("product_group")[columns].sum()
    sums = pd.concat([rows, pd.concat({"product_group": groups}, names=KEYS)]).reset_index()
    sums["known_revenue_share"] = ratio(sums["revenue"], sums["total"])
    sums["share"] = ratio(sums["revenue"], sums["due"])
    sums["buyers_share"] = ratio(sums["buyers"], sums["known"])
    sums[AMOUNTS] = money(sums[AMOUNTS])
    return finish(with_names(sums, ledger.manager_table), penetration)


@table(
    "month:month * nrr:share months:whole",
    labels=LABELS,
    period="two windows",
    whose="company",
    stored="all",
)
def year_retention(ledger: Ledger, *, month: pd.Timestamp) -> pd.DataFrame:
    """How much of a year's revenue the same clients brought in the year after.

    How: as revenue_retention says it of the company, but always by 12 months against the 12 before,
    however long the window is.

    Returns one row: month, nrr (empty where nothing was sold in the year before), months (of the
    year before that are in the data).
    """
    end = ledger.row(month)
    nrr, months = two_windows.year_retention(ledger, end)
    return finish(pd.DataFrame({"month": [month], "nrr": nrr, "months": months}), year_retention)


@table(
    "manager_id:id client_id:id * client_name:name last_year:money base:money proposal:money "
    "share_of_manager:share plan_month:month plan_months:whole",
    labels=LABELS,
    adds_up="proposal=some",
    form="plans: month=plan_month months=plan_months manager_id client_id plan_revenue=proposal",
)
def plan_proposal(
    ledger: Ledger,
    year_retention: pd.DataFrame,
    client_groups: pd.DataFrame,
    potentials: pd.DataFrame | None = None,
    *,
    month: pd.Timestamp,
    rules: Plan = Plan(),
) -> pd.DataFrame:
    """A plan for the next 12 months, client by client, to be corrected by who knows them.

    How: what the client bought in the 12 months up to the month, times what the company's clients
    usually bring a year later (net revenue retention; 1 where that is not known of 12 months); and
    `headroom_share` of what is left of its potential, never above the potential. Each manager's new
    clients, as `(new)`, are to bring what they brought in these 12 months.

    Returns one row per client with revenue in the 12 months or a potential, and `(new)` of each
    owner where 24 months are known: manager_id (the owner at the month's end), client_id,
    client_name (the id where unknown), last_year (empty for `(new)`), base, proposal,
    share_of_manager (of the proposals of the manager), plan_month, plan_months (the months that it
    is for, from which on). The workbook has a sheet to be corrected and handed back as plans.
    """
    end = ledger.row(month)
    before, after = two_windows.two_years(ledger, end)
    months, nrr = (year_retention[name].iloc[0] for name in ("months", "nrr"))
    is_known = months == YEAR
    frame = pd.DataFrame({"last_year": after, "potential": np.nan, "headroom": 0.0})
    if potentials is not None:
        found = _estimates(ledger, potentials, client_groups, end)
        found = found[found["product_group"] == EVERYONE].set_index("who")
        frame.loc[found.index, ["potential", "headroom"]] = found[["potential", "headroom"]]
    frame["owner"] = matrices.owner(ledger, end)
    listed = frame[(frame["owner"] >= 0) & ((after != 0) | frame["potential"].notna())]
    base = listed["last_year"].clip(lower=0) * (nrr if is_known and nrr == nrr else 1)
    more = base + rules.headroom_share * listed["headroom"]
    most = np.fmax(base, listed["potential"])
    listed = listed.assign(
        client_id=ledger.clients.astype(object)[listed.index],
        client_name=ledger.names[listed.index],
        base=base,
        proposal=np.minimum(more, most),
    )
    traded = frame[(frame["owner"] >= 0) & ((before != 0) | (after != 0))]
    new = traded["last_year"].where(before[traded.index] <= 0, 0).groupby(traded["owner"]).sum()
    new = new.clip(lower=0).rename("base").reset_index().assign(client_id=NEW, client_name=NEW)
    parts = [listed, new.assign(proposal=new["base"])] if is_known else [listed]
    frame = pd.concat(parts, ignore_index=True)
    frame["manager_id"] = ledger.managers.astype(object).take(frame["owner"])
    whole = frame.groupby("owner")["proposal"].transform("sum")
    frame["share_of_manager"] = ratio(frame["proposal"], whole)
    amounts = ["last_year", "base", "proposal"]
    frame[amounts] = money(frame[amounts])
    frame = frame.assign(plan_month=ledger.month_of(end + 1), plan_months=YEAR)
    return finish(frame, plan_proposal)


def _estimates(
    ledger: Ledger, potentials: pd.DataFrame, client_groups: pd.DataFrame, end: int
) -> pd.DataFrame:
    """Revenue, potential, due (that of the covered months), headroom (ten-thousandths), share and
    as_of of each client (who: position) and product group; `*` is the whole."""
    last = periods.month_end(ledger.month_of(end))
    rows = potentials[~(potentials["as_of"] > last)]
    rows = pd.DataFrame(
        {
            "who": known_by(ledger, rows["client_id"], end),
            "product_group": rows["product_group"].astype(object).fillna(EVERYONE),
            "potential": np.rint(rows["annual_purchases"].astype(float) * MONEY_SCALE),
            "as_of": rows["as_of"].astype("datetime64[us]"),
        }
    )
    rows = rows[rows["who"] >= 0].sort_values(["as_of", "potential"], na_position="first")
    rows = rows.drop_duplicates(["who", "product_group"], keep="last")
    is_whole = rows["product_group"] == EVERYONE
    parts = rows[~is_whole & ~rows["who"].isin(rows.loc[is_whole, "who"])]
    sums = parts.groupby("who")["potential"].transform("sum")
    # Of each client the first row is the oldest, or one without a day.
    sums = parts.assign(potential=sums, product_group=EVERYONE).drop_duplicates("who")
    frame = pd.concat([rows, sums], ignore_index=True)
    who = frame["who"].to_numpy(np.int64)
    groups = pd.Index(frame["product_group"].unique())
    bought = _pairs(ledger, client_groups, groups)
    pairs = who * len(groups) + groups.get_indexer(frame["product_group"])
    year = matrices.window(end, YEAR).sum(ledger.revenue)[who]
    is_whole = frame["product_group"] == EVERYONE
    frame["revenue"] = np.where(is_whole, year, bought.reindex(pairs, fill_value=0))
    first = ledger.first_bought[who]
    covered = np.where(first <= end, np.minimum(end - first + 1, YEAR), YEAR)
    frame["due"] = frame["potential"] * covered / YEAR
    left = frame["potential"] - frame["revenue"] * YEAR / covered
    frame["headroom"] = left.clip(lower=0).clip(upper=frame["potential"].clip(lower=0))
    frame["share"] = ratio(frame["revenue"], frame["due"])
    return frame


def _pairs(ledger: Ledger, client_groups: pd.DataFrame, groups: pd.Index) -> pd.Series:
    """What was bought in 12 months, by position of the client × number of *groups* + group."""
    group = codes(client_groups["product_group"], groups)
    rows, group = client_groups[group >= 0], group[group >= 0].astype(np.int64)
    pairs = codes(rows["client_id"], ledger.clients) * len(groups) + group
    return pd.Series(rows["year_revenue"].to_numpy(), index=pairs)
