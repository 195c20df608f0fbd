"""Retention: who stays, who comes back, who goes silent?

Cohorts and the repeat ladder stand with the manager who made a client's first sale (the one with
most revenue on that day, then the smaller id); revenue retention and survival with the owner.

Common parameters: *ledger* is the book's (ledger/matrices.py), *sales_day*, *gaps* are
its frames (schema: FACTS; money in ten-thousandths). *month* is the first day of the month asked
for. *rules*, *portfolio* and *regularity* are the thresholds. Money in the results is in the
reporting currency. Without sales the tables are empty.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger import matrices
from clientops.ledger.cohorts import cells, sellers, steps
from clientops.ledger.matrices import Ledger, once
from clientops.ledger.ratios import money, ratio
from clientops.ledger.rhythm import Rhythm, rhythms
from clientops.ledger.rows import empty, finish, name_managers, name_owners
from clientops.ledger.statistics import kaplan_meier
from clientops.schema import Headline, table
from clientops.settings import Portfolio, Regularity, Retention
from clientops.words import N_

LABELS = {  # of columns that only this topic has, or that others use otherwise
    "opening": N_("The year before"),
    "closing": N_("Now"),
    "new": N_("New and returned"),
    "conversion": N_("Share who came back"),
    "cohort": N_("First purchase in"),
    "existing": N_("Earlier clients"),
    "age": N_("Months since"),
    "retained": N_("Bought again"),
    "retention": N_("Share who bought"),
    "retained_quarter": N_("Bought within the quarter"),
    "revenue_retention": N_("Revenue against month 0"),
    "expansion": N_("Bought more"),
    "contraction": N_("Bought less"),
    "churned": N_("Stopped buying"),
    "grr": N_("Gross revenue retention"),
    "clients_opening": N_("Clients a year before"),
    "clients_kept": N_("Clients kept"),
    "client_retention": N_("Clients kept, share"),
    "purchase_no": N_("Purchase number"),
    "mature": N_("Had the time to come back"),
    "median_days": N_("Median days between"),
    "months": N_("Months since the first purchase"),
    "at_risk": N_("Clients watched"),
    "ended": N_("Ended"),
    "survival": N_("Still clients"),
    "watched_months": N_("Watched for months"),
    "came_back": N_("Came back after their end"),
}


@table(
    "month:month manager_id:id * manager_name:name opening:money expansion:money "
    "contraction:money churned:money new:money closing:money nrr:share grr:share "
    "clients_opening:count clients_kept:count client_retention:share window_months:whole",
    labels=LABELS,
    period="two windows",
    adds_up="opening expansion contraction churned new closing=revenue clients_opening "
    "clients_kept",
    stored="company",
    headline=Headline("nrr", N_("Net revenue retention"), "up", on_year=True),
)
def revenue_retention(
    ledger: Ledger,
    *,
    month: pd.Timestamp,
    portfolio: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """How much of the year before's revenue the same clients still bring.

    How: each client's revenue of the window against the same months a year before, only those whose
    month a year before is in the data. Clients with revenue before are the opening ones: expansion
    is what those who buy more add, contraction what those who buy less take away, churned what
    those without revenue now took with them. new is the revenue of the others. opening + expansion
    − contraction − churned + new = closing. Net revenue retention (nrr) is (opening + expansion −
    contraction − churned) / opening; gross (grr) counts each client at most at its revenue before.
    A client counts for its owner at the end of the row's month.

    Returns one row per month and manager with revenue in either year, and the company as `*`:
    month, manager_id, manager_name, opening, expansion, contraction, churned, new, closing, nrr,
    grr, clients_opening, clients_kept (of these, with revenue now), client_retention (their share),
    window_months (months compared). The last `trend_months` months up to the month; those with
    fewer months to compare than the window only as the month itself. The three rates are empty
    where opening is not positive.
    """
    end = ledger.row(month)
    shown = range(max(0, end - portfolio.trend_months + 1), end + 1)
    full = [at for at in shown if at == end or _compared(at, portfolio) == portfolio.window_months]
    months = [_year_on_year(ledger, at, portfolio) for at in full if _compared(at, portfolio) > 0]
    if not months:
        return empty(revenue_retention)
    frame = pd.concat(months, ignore_index=True)
    amounts = ["opening", "expansion", "contraction", "churned", "new", "closing"]
    frame[amounts] = money(frame[amounts].to_numpy())
    return finish(name_owners(frame, ledger), revenue_retention)


@table(
    "manager_id:id cohort:month existing:flag age:whole * clients:count retained:count "
    "retention:share retained_quarter:count? revenue:money revenue_retention:share "
    "manager_name:name month:month",
    labels=LABELS,
    period="all",
    whose="credit",
    adds_up="clients retained revenue",
    stored="all",
    settles="month",
)
def cohort_retention(
    ledger: Ledger,
    sales_day: pd.DataFrame,
    *,
    month: pd.Timestamp,
) -> pd.DataFrame:
    """How many of the clients won in a month still buy, and for how much, month by month since.

    How: a cohort is the clients whose first purchase ever is in one month; they count for the
    manager who made that sale. age is the number of months since. retained bought in the month of
    that age, retained_quarter in one of the three months that end with it. revenue is all net
    revenue of the cohort in the month, whoever sold; revenue_retention holds it against the first
    month's. Who bought in the data's first month may have been a client before: these are marked
    `existing` and kept apart.

    Returns one row per manager, cohort and age up to the month (what is later is no row, not zero),
    and the company as `*`: manager_id, cohort, existing, age, clients, retained, retention (their
    share), retained_quarter (empty before age 3), revenue, revenue_retention (empty where the first
    month's revenue is not positive), manager_name, month (of that age).
    """
    end = ledger.row(month)
    sold, found = sellers(ledger, sales_day), cells(ledger, sales_day)
    found = found[found["cohort"] + found["age"] <= end]
    first = found.groupby(["manager", "cohort"])["revenue"].transform("first")
    frame = found.assign(
        cohort=periods.month_starts(found["cohort"] + ledger.first_month),
        month=periods.month_starts(found["cohort"] + found["age"] + ledger.first_month),
        existing=found["cohort"] == 0,
        retention=ratio(found["retained"], found["clients"]),
        retained_quarter=found["quarter"].where(found["age"] >= 3),
        revenue=money(found["revenue"]),
        revenue_retention=ratio(found["revenue"], first),
    )
    return finish(name_managers(frame, ledger.manager_table, sold.managers), cohort_retention)


@table(
    "manager_id:id cohort:month existing:flag age:whole * clients:count retained:count "
    "retention:share revenue:money revenue_retention:share manager_name:name",
    labels=LABELS
    | {
        "cohort": N_("First purchase in the quarter from"),
        "age": N_("Quarters since"),
        "revenue_retention": N_("Revenue against quarter 0"),
    },
    period="all",
    whose="credit",
    stored="all",
)
def cohort_quarters(
    ledger: Ledger,
    sales_day: pd.DataFrame,
    *,
    month: pd.Timestamp,
) -> pd.DataFrame:
    """How many of the clients won in a quarter still buy, and for how much, quarter by quarter.

    How: the cohorts of a calendar quarter together. age counts quarters since each client's own
    first month: age 0 is that month and the two after it, age 1 the next three. retained bought in
    one of the three months; revenue is all net revenue of the clients in them, whoever sold, and
    revenue_retention holds it against age 0. A quarter shows only when all its clients have lived
    through it. The rows without a cohort are all clients that were won and are old enough, without
    earlier clients (the cohort of the data's first month, marked `existing`).

    Returns one row per manager (who made the first sale), cohort and age, and the company as `*`:
    manager_id, cohort (first month of the quarter; empty: all together), existing, age, clients,
    retained, retention (their share), revenue, revenue_retention (empty where the revenue of age 0
    is not positive), manager_name.
    """
    end = ledger.row(month)
    sold, found = sellers(ledger, sales_day), cells(ledger, sales_day)
    found = found[found["cohort"] + found["age"] <= end]
    found = found.assign(
        retained=found["quarter"].where(found["age"] % 3 == 2, 0), age=found["age"] // 3, months=1
    )
    sums = {"clients": "first", "retained": "sum", "revenue": "sum", "months": "sum"}
    found = found.groupby(["manager", "cohort", "age"], as_index=False).agg(sums)
    quarter = (found["cohort"] + ledger.first_month) // 3 * 3
    found = found.assign(
        start=found.groupby(["manager", "cohort"])["revenue"].transform("first"),
        existing=found["cohort"] == 0,
        cohort=periods.month_starts(quarter),
        cohorts=found["age"] == 0,
    )
    keys = ["manager", "cohort", "existing"]
    found["cohorts"] = found.groupby(keys)["cohorts"].transform("sum")  # of the quarter
    found = found[found["months"] == 3].assign(complete=1)
    summed = ["clients", "retained", "revenue", "start", "complete"]
    each = found.groupby([*keys, "age", "cohorts"], as_index=False)[summed].sum()
    each = each[each["complete"] == each["cohorts"]]
    won = found[~found["existing"]].groupby(["manager", "age"], as_index=False)[summed].sum()
    frame = pd.concat([each, won.assign(cohort=pd.NaT, existing=False)], ignore_index=True)
    frame["retention"] = ratio(frame["retained"], frame["clients"])
    frame["revenue_retention"] = ratio(frame["revenue"], frame["start"])
    frame["revenue"] = money(frame["revenue"])
    return finish(name_managers(frame, ledger.manager_table, sold.managers), cohort_quarters)


@table(
    "manager_id:id purchase_no:whole * clients:count mature:count? conversion:share "
    "median_days:days manager_name:name",
    labels=LABELS,
    period="all",
    whose="credit",
    adds_up="clients",
    stored="all",
)
def repeat_ladder(
    ledger: Ledger,
    sales_day: pd.DataFrame,
    *,
    month: pd.Timestamp,
    rules: Retention = Retention(),
) -> pd.DataFrame:
    """How many clients come back for a second, a third, a tenth purchase, and how soon.

    How: a purchase is a day with a shipment of positive revenue; purchases count from the first
    ever up to the month's end. Only clients who had the time to come back are asked whether they
    did: mature are those whose purchase before is more than `mature_days` (180) days old at the
    month's end, conversion is the share of them who made the next one. Clients count for the
    manager who made their first sale.

    Returns one row per manager and purchase_no from 1 to `ladder_steps` (10), and the company as
    `*`: manager_id, purchase_no, clients (who made it), mature, conversion (empty where mature is
    0), median_days (from the purchase before, of all who made it; empty where nobody did),
    manager_name. mature, conversion and median_days are empty for the first purchase.
    """
    sold = sellers(ledger, sales_day)
    climbed = steps(ledger, sales_day, rules.ladder_steps)
    last = np.datetime64(periods.month_end(month), "D").astype(np.int64)
    made, mature = climbed.day <= last, climbed.before < last - rules.mature_days
    size = (len(sold.managers) + 1) * climbed.number
    clients, ready, came = (
        np.bincount(climbed.key[rows], minlength=size) for rows in (made, mature, made & mature)
    )
    gap, begin = np.append(climbed.gap[made], 0), clients.cumsum() - clients
    middle = gap[begin + np.maximum(clients - 1, 0) // 2] + gap[begin + clients // 2]
    frame = pd.DataFrame({"manager": np.repeat(np.arange(-1, len(sold.managers)), climbed.number)})
    frame["purchase_no"] = np.tile(np.arange(1, climbed.number + 1), len(sold.managers) + 1)
    again = frame["purchase_no"] > 1
    frame["clients"] = clients
    frame["mature"] = pd.Series(ready).where(again)
    frame["conversion"] = ratio(came, frame["mature"])
    frame["median_days"] = pd.Series(middle / 2).where(again & (clients > 0))
    there = np.repeat(clients[:: climbed.number] > 0, climbed.number)
    return finish(name_managers(frame[there], ledger.manager_table, sold.managers), repeat_ladder)


@table(
    "manager_id:id months:number * at_risk:whole ended:count survival:share low:share "
    "high:share came_back:whole watched_months:number manager_name:name",
    labels=LABELS | {"low": N_("95 % from"), "high": N_("95 % to")},
    period="all",
    adds_up="ended",
)
def client_survival(
    ledger: Ledger,
    gaps: pd.DataFrame,
    *,
    month: pd.Timestamp,
    regularity: Regularity = Regularity(),
) -> pd.DataFrame:
    """How long clients stay: the share that still buys so many months after the first purchase.

    How: a client has ended when it has been silent at the month's end for longer than its own
    threshold: `silent_days` (180), or the `late_quantile` (0.9) quantile of its own gaps between
    purchases where that is longer; with fewer than `min_gaps` (3) gaps that of all clients' gaps.
    Its lifetime runs from the first to the last purchase. An end less than a threshold old cannot
    be seen yet, so the others are known to live up to the month's end less their threshold, and
    clients first seen after that are left out. Kaplan–Meier with a log-log band of 95 %. Clients
    who bought once and ended have a lifetime of 0. Owner at the month's end.

    Returns one row per manager and lifetime that ended, and for months = 0, and the company as `*`:
    manager_id, months (of 30.4375 days), at_risk (clients known to live at least as long), ended,
    survival, low, high (empty where survival is 0 or 1), came_back (clients with a gap longer than
    their threshold), watched_months (the longest life known: beyond it nothing is known; like
    came_back the same on each row of a manager), manager_name.
    """
    end = ledger.row(month)
    until = periods.month_end(month)
    own = rhythms(ledger, until, regularity.late_quantile)
    lives = _lives(own, until, _company_gap(gaps, month, regularity), regularity)
    return _survival(lives, matrices.owner(ledger, end), ledger)


# ---------------------------------------------------------------- revenue, against the year before


def _compared(at: int, rules: Portfolio) -> int:
    """How many months of the window that ends with month *at* have theirs a year before."""
    return at - max(at - rules.window_months + 1, 12) + 1


@once
def _year_on_year(ledger: Ledger, at: int, rules: Portfolio) -> pd.DataFrame:
    """Whole amounts, clients and rates of each owner and of the company (−1) at a month."""
    months = _compared(at, rules)
    after = matrices.Window(at - months + 1, at).sum(ledger.revenue)
    before = matrices.Window(at - 12 - months + 1, at - 12).sum(ledger.revenue)
    opening, kept = before > 0, (before > 0) & (after > 0)
    frame = pd.DataFrame(
        {
            "manager": matrices.owner(ledger, at),
            "opening": np.where(opening, before, 0),
            "expansion": np.where(kept, np.maximum(after - before, 0), 0),
            "contraction": np.where(kept, np.maximum(before - after, 0), 0),
            "churned": np.where(opening & ~kept, before - after, 0),
            "new": np.where(opening, 0, after),
            "closing": after,
            "gross": np.where(opening, np.minimum(before, np.maximum(after, 0)), 0),
            "clients_opening": opening.astype(np.int64),
            "clients_kept": kept.astype(np.int64),
        }
    )
    frame = frame[(frame["manager"] >= 0) & ((before != 0) | (after != 0))]
    sums = frame.groupby("manager", as_index=False).sum()
    company = sums.sum().to_frame().T.assign(manager=-1)
    sums = pd.concat([company, sums], ignore_index=True) if len(sums) else sums
    stayed = sums["opening"] + sums["expansion"] - sums["contraction"] - sums["churned"]
    sums["nrr"] = ratio(stayed, sums["opening"])
    sums["grr"] = ratio(sums["gross"], sums["opening"])
    sums["client_retention"] = ratio(sums["clients_kept"], sums["clients_opening"])
    return sums.assign(month=ledger.month_of(at), window_months=months)


# ---------------------------------------------------------------- survival


class _Lives(NamedTuple):
    """Of every client of the ledger, in days; what is not known to have lived is left out."""

    seen: np.ndarray  # whether its life counts
    days: np.ndarray  # from the first purchase to the last, or to the last day an end can be seen
    ended: np.ndarray
    came_back: np.ndarray  # after a gap longer than its threshold


def _lives(own: Rhythm, until: pd.Timestamp, company_gap: float, rules: Regularity) -> _Lives:
    """Lifetimes up to the day *until*, censored where their end cannot be seen yet."""
    usual = np.where(own.gaps >= rules.min_gaps, own.late_after, company_gap)
    threshold = np.fmax(rules.silent_days, usual)
    today = np.datetime64(until, "D").astype(np.int64)
    ended = today - own.last_day > threshold
    lived = np.where(ended, own.last_day, today - threshold) - own.first_day
    stop = own.gaps.cumsum()  # gaps ascend within a client: its longest stands last
    longest = np.append(0, own.all_gaps)[np.where(own.gaps > 0, stop, 0)]
    return _Lives((own.purchases > 0) & (lived >= 0), lived, ended, longest > threshold)


def _company_gap(gaps: pd.DataFrame, month: pd.Timestamp, rules: Regularity) -> float:
    """The quantile of all clients' gaps up to the month, in days to 1e-6; NaN without any."""
    gaps = gaps[gaps["month"] <= month].groupby("days")["gaps"].sum()
    number = int(gaps.sum())
    if not number:
        return float("nan")
    place = (number - 1) * rules.late_quantile
    low = int(place)
    at = np.searchsorted(gaps.cumsum(), [low, min(low + 1, number - 1)], side="right")
    below, above = gaps.index[at]
    return round(float(below + (above - below) * (place - low)), 6)


def _survival(lives: _Lives, owner: np.ndarray, ledger: Ledger) -> pd.DataFrame:
    """`client_survival` of these lives."""
    tables = []
    for manager in (-1, *range(len(ledger.managers))):
        own = (owner >= 0) if manager < 0 else (owner == manager)
        counted = own & lives.seen
        days = lives.days[counted]
        table = kaplan_meier(days, lives.ended[counted])
        table["came_back"] = int((own & lives.came_back).sum())
        tables.append(table.assign(manager=manager, watched=days.max(initial=0.0)))
    frame = pd.concat(tables, ignore_index=True)
    frame["months"] = frame["time"] / periods.DAYS_PER_MONTH
    frame["watched_months"] = frame["watched"] / periods.DAYS_PER_MONTH
    return finish(name_owners(frame, ledger), client_survival)
