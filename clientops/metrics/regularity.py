"""Regularity: how steadily do shipments go out, and who is late?

Shipments are counted for who sold (*whose* "credit") or who owns the client ("portfolio"). Late
clients stand with their owner.

Common parameters: *ledger* is the book's (ledger/matrices.py), *sales_day*, *clients*,
*shared_shipments* its frames (schema: FACTS; money in ten-thousandths). *month* is the first day of
the month asked for, *as_of* the last day looked at (None: the month's end), *until* the last day of
the month asked for that counts, *company* knows which days people work, *rules* and *portfolio* are
the thresholds. Money in the results is in the reporting currency.
Without sales the tables are empty.
"""

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger import classes, matrices
from clientops.ledger.classes import ABC, XYZ
from clientops.ledger.matrices import Ledger
from clientops.ledger.ratios import money, ratio
from clientops.ledger.rhythm import overdue
from clientops.ledger.rows import empty, finish, name_managers, names_of
from clientops.ledger.shipping_days import (
    Window,
    by_period,
    counts,
    grains,
    month_ends,
    read_shipped,
    whole,
)
from clientops.ledger.statistics import sign_test
from clientops.schema import UNASSIGNED, Headline, reason, table
from clientops.settings import Company, Portfolio, Regularity
from clientops.words import N_

LABELS = {  # of columns that only this topic has
    "grain": N_("Period"),
    "period_start": N_("From"),
    "periods": N_("Periods"),
    "active_periods": N_("Periods with a shipment"),
    "shipments": N_("Shipments"),
    "mean": N_("Shipments per period"),
    "sd": N_("Standard deviation"),
    "cv": N_("Variation"),
    "longest_gap": N_("Longest gap, periods"),
    "last_week_share": N_("Revenue in the last days of months"),
    "last_week_norm": N_("Share of these days"),
    "rush_months": N_("Months with a rush at the end"),
    "status": N_("Status"),
    "late_after_days": N_("Late after, days"),
    "overdue_days": N_("Days beyond the typical gap"),
    "whole": N_("Whole period"),
    "monthly_revenue": N_("Revenue per month"),
    "revenue_missed": N_("Revenue missed"),
}


_WAITS = "last_on typical_gap_days overdue_days expected_on"  # what tells of a late client


@table(
    "grain:word manager_id:id * manager_name:name periods:whole active_periods:whole "
    "shipments:count clients:count mean:number sd:number cv:number longest_gap:whole "
    "last_week_share:share last_week_norm:share rush_months:count verdict:word",
    labels=LABELS,
    whose="credit",
)
def shipment_regularity(
    ledger: Ledger,
    sales_day: pd.DataFrame,
    shared_shipments: pd.DataFrame,
    *,
    until: pd.Timestamp,
    whose: str = "credit",
    company: Company = Company(),
    rules: Regularity = Regularity(),
    portfolio: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """How evenly each manager's shipments are spread over days, weeks and months.

    How: shipments per working day, week and month of the window, those without any included. A
    shipment counts for who sold it (`whose` = "portfolio": for who owns the client at the month's
    end, whoever sold), once per client and day, where its revenue is positive; for the company once
    in a period, however many clients, managers and days share it. Among the working days, one on a
    day off counts on the next of the same month, after the last one on that one; in weeks and last
    days it stays on its own date. Periods run from the later of the window's start
    and the first shipment ever to the window's end; for who sold from hired_on to left_on at most.
    Weeks start on Monday and count when they lie wholly inside, so that they may hold fewer
    shipments than the months. cv is the standard deviation (population) divided by the mean. The
    last days of a month begin with the fifth-last (`rush_days`) working day: last_week_share is
    their share of net revenue, last_week_norm the share of the working days among them in all.
    The verdict is `above` where that share is beyond 1.5 times the norm (`rush_ratio`) and was
    beyond the month's own norm in so many months that a sign test (two-sided) gives p < 0.05
    (`rush_p`), else `within`.

    Returns one row per period length and manager with a line in these periods, and the company as
    `*`; without a whole week no row of weeks: grain (day, week, month), manager_id, manager_name,
    periods, active_periods (with a shipment), shipments, clients (distinct, with a shipment), mean
    and sd (shipments per period), cv (empty without shipments), longest_gap (periods in a row
    without a shipment), last_week_share (empty where revenue is not positive), last_week_norm,
    rush_months (months with a share beyond their norm), verdict (empty for `*`, (unassigned) and
    without a share); the last four are the same on each row of a manager.
    """
    window = read_shipped(
        ledger, sales_day, shared_shipments, until, whose, portfolio.window_months, company
    )  # fmt: skip
    if window is None:
        return empty(shipment_regularity)
    rush = _rush(window, rules, company)
    tables = []
    for grain in grains(window.dated):
        shipped = window.counted if grain.name == "day" else window.dated
        inside, shipments, _revenue, _clients, clients = counts(shipped, grain)
        number, total = inside.sum(axis=1), shipments.sum(axis=1)
        root = np.sqrt(number * (shipments**2).sum(axis=1) - total**2)
        table = pd.DataFrame(
            {
                "grain": grain.name,
                "manager": np.arange(len(number)) - 1,
                "periods": number,
                "active_periods": (shipments > 0).sum(axis=1),
                "shipments": total,
                "clients": clients,
                "mean": ratio(total, number),
                "sd": ratio(root, number),
                "cv": ratio(root, total),
                "longest_gap": _longest_run(inside & (shipments == 0)),
            }
        )
        tables.append(table.join(rush)[shipped.sold & (number > 0)])
    frame = pd.concat(tables, ignore_index=True)
    named = name_managers(frame, ledger.manager_table, window.dated.managers)
    return finish(named, shipment_regularity)


@table(
    "grain:word period_start:date manager_id:id * manager_name:name shipments:count "
    "clients:count revenue:money whole:flag",
    labels=LABELS,
    whose="credit",
)
def shipment_counts(
    ledger: Ledger,
    sales_day: pd.DataFrame,
    shared_shipments: pd.DataFrame,
    *,
    until: pd.Timestamp,
    whose: str = "credit",
    company: Company = Company(),
    portfolio: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """Each manager's shipments in every working day, week and month, those without any included.

    How: a shipment counts for who sold it (`whose` = "portfolio": for who owns the client at the
    month's end, whoever sold), once per client and day, where its revenue is positive; for the
    company once in a period, however many clients, managers and days share it. Among the working
    days, one on a day off counts on the next of the same month, after the last one on that
    one, and so does its revenue; in weeks it stays on its own date. Periods run from the later of
    the window's start and the first shipment ever to the window's end; for who sold from hired_on
    to left_on at most. Weeks start on Monday and count when they lie wholly inside, so that their
    sum may be less than that of the months.

    Returns one row per period and manager with a line in any of them, and the company as `*`: grain
    (day, week, month), period_start (of the first and last month also where only a part counts),
    manager_id, manager_name, shipments, clients (distinct, with a shipment), revenue (net, returns
    included), whole (whether all working days of the period are looked at).
    """
    window = read_shipped(
        ledger, sales_day, shared_shipments, until, whose, portfolio.window_months, company
    )  # fmt: skip
    if window is None:
        return empty(shipment_counts)
    tables = []
    for grain in grains(window.dated):
        shipped = window.counted if grain.name == "day" else window.dated
        inside, shipments, revenue, clients, _clients = counts(shipped, grain)
        manager, period = np.nonzero(inside & shipped.sold[:, None])
        start = shipped.first_day + grain.start[period]
        table = pd.DataFrame(
            {
                "grain": grain.name,
                "period_start": start.astype("datetime64[us]"),
                "manager": manager - 1,
                "shipments": shipments[manager, period],
                "clients": clients[manager, period],
                "revenue": money(revenue[manager, period]),
                "whole": whole(shipped, grain, company)[manager, period],
            }
        )
        tables.append(table)
    frame = pd.concat(tables, ignore_index=True)
    named = name_managers(frame, ledger.manager_table, window.dated.managers)
    return finish(named, shipment_counts)


@reason("late", 1, rows="status == 'late'", money="revenue_missed", state="late", tells=_WAITS)
@reason(
    "silent", 2, rows="status == 'silent'", money="revenue_missed", state="silent", tells=_WAITS
)
@table(
    "client_id:id * client_name:name manager_id:id abc:word xyz:word status:word last_on:date "
    "purchases:count typical_gap_days:days late_after_days:days days_since:whole "
    "overdue_days:days expected_on:date monthly_revenue:money revenue_missed:money phone:text "
    "email:text",
    labels=LABELS,
    period="as of",
    adds_up="monthly_revenue revenue_missed",
    headline=(
        Headline("client_id", N_("Quiet A and B clients"), "down", metric="quiet_clients",
                 rows="abc in ('A', 'B')", several="count", of_window=True),
        Headline("revenue_missed", N_("Revenue missed by A and B clients"), "down",
                 rows="abc in ('A', 'B')", several="sum", of_window=True),
    ),
)  # fmt: skip
def overdue_clients(
    ledger: Ledger,
    sales_day: pd.DataFrame,
    clients: pd.DataFrame,
    *,
    month: pd.Timestamp,
    as_of: pd.Timestamp | None = None,
    rules: Regularity = Regularity(),
    portfolio: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """Clients who should have bought again by their own rhythm, and the revenue missed so far.

    How: a client is late to order when the days since its last purchase exceed late_after_days, the
    0.9 quantile (`late_quantile`) of its own gaps between purchases: nine in ten of its waits were
    shorter. It takes at least 3 gaps (`min_gaps`), a purchase in the `window_months` months that
    end with the day's month, and a positive monthly_revenue: the net revenue of the whole
    `window_months` months that end with the last purchase's, divided by the months the data cover
    of them. Late to order (`late`) up to twice late_after_days, at least 90 days
    (`silent_after_days`), and up to 180 days (`silent_days`); who stopped buying (`silent`) waits
    longer, and rarely comes back. expected_on is the last
    purchase plus the typical (median) gap, overdue_days the days since without it; revenue_missed
    is monthly_revenue × overdue_days (at most 90: `missed_days`) / 30.4375. A purchase is a day
    with a shipment of positive revenue. All history up to the day counts, which is the end of the
    data unless a month is asked for.

    Returns one row per such client, the late before the silent, then by revenue_missed
    descending: client_id, client_name (the id where unknown), manager_id (owner on the day), abc,
    xyz (of the month), status, last_on, purchases (days, ever), typical_gap_days, late_after_days
    (to 1e-6), days_since, overdue_days, expected_on (rounded up), monthly_revenue, revenue_missed,
    phone, email (of the client; empty where unknown).
    """
    until = periods.month_end(month) if as_of is None else as_of
    now = ledger.row(periods.parse_month(until))
    if now < 0:
        return empty(overdue_clients)
    asked = max(0, min(ledger.row(month), now))
    found = overdue(ledger, sales_day, until, rules, portfolio)
    shown, typical = found.client, found.typical_gap
    owner = matrices.owner(ledger, now)
    ids = ledger.clients[shown].astype(object)
    frame = pd.DataFrame(
        {
            "client_id": ids,
            "client_name": ledger.names[shown],
            "manager_id": ledger.managers.astype(object)[owner[shown]],
            "abc": ABC[classes.abc(ledger, asked, portfolio)][shown],
            "xyz": XYZ[classes.xyz(ledger, asked, portfolio, portfolio.xyz_by)][shown],
            "status": np.where(found.late, "late", "silent"),
            "last_on": found.last_day,
            "purchases": found.purchases,
            "typical_gap_days": typical,
            "late_after_days": found.late_after,
            "days_since": found.since,
            "overdue_days": found.since - typical,
            "expected_on": found.last_day + np.ceil(typical).astype(np.int64),
            "monthly_revenue": found.monthly_revenue,
            "revenue_missed": found.revenue_missed,
            "phone": names_of(clients, "client_id", "phone").reindex(ids).array,
            "email": names_of(clients, "client_id", "email").reindex(ids).array,
        }
    )
    order = np.lexsort((-found.missed, ~found.late))  # stable: ties stay in the order of their ids
    return finish(frame, overdue_clients).iloc[order].reset_index(drop=True)


def _rush(window: Window, rules: Regularity, company: Company) -> pd.DataFrame:
    """How much of each manager's revenue leaves in the last working days of the months: by the
    shipments' own dates, among the working days that they are counted by."""
    shipped = window.dated
    last = month_ends(shipped, rules.rush_days, company)
    works = window.counted.inside & window.counted.works
    share = ratio(shipped.revenue[:, last].sum(axis=1), shipped.revenue.sum(axis=1))
    norm = ratio(works[:, last].sum(axis=1), works.sum(axis=1))
    month = next(grain for grain in grains(shipped) if grain.name == "month")
    revenue, in_last, days, last_days = (
        by_period(values, month)
        for values in (shipped.revenue, shipped.revenue * last, works, works & last)
    )
    told = (revenue > 0) & (last_days > 0)  # months that tell something
    up = (told & (in_last * days > last_days * revenue)).sum(axis=1)
    down = told.sum(axis=1) - up
    beyond = np.flatnonzero((share > rules.rush_ratio * norm) & (up > down))
    verdict = np.where(np.isnan(share), None, "within").astype(object)
    verdict[[at for at in beyond if sign_test(up[at], down[at]) < rules.rush_p]] = "above"
    verdict[0] = None  # nobody in particular
    verdict[1:][shipped.managers == UNASSIGNED] = None
    return pd.DataFrame(
        {"last_week_share": share, "last_week_norm": norm, "rush_months": up, "verdict": verdict}
    )


def _longest_run(flags: np.ndarray) -> np.ndarray:
    """The longest run of true cells in each row."""
    place = np.arange(flags.shape[1])
    last_false = np.maximum.accumulate(np.where(flags, -1, place), axis=1)
    return (place - last_false).max(axis=1, initial=0)
