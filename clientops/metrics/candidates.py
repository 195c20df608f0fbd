"""Candidates: who is about to reach class A or X?

Clients count for their owner at the month's end; classes are those of the whole company.

Common parameters: *ledger* is the book's (ledger/matrices.py); *sales_day*, *activities*
are its frames; *overdue_clients*, *repeat_ladder* tables of the same month. *month* is the first
day of the month asked for. *rules* and the like are the thresholds. Money in the results is in the
reporting currency. Without sales the tables are empty.
"""

import math
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger import activity_log, classes, cohorts, matrices
from clientops.ledger.classes import ABC, XYZ
from clientops.ledger.matrices import Ledger
from clientops.ledger.ratios import money, ratio
from clientops.ledger.rhythm import overdue
from clientops.ledger.rows import dates, empty, finish
from clientops.schema import EVERYONE, table
from clientops.settings import Activity, Portfolio, Regularity, Retention
from clientops.words import N_

LABELS = {  # of columns that only this topic has
    "target": N_("Class within reach"),
    "missing_money": N_("Missing to A"),
    "missing_months": N_("Months missing to X"),
    "pace": N_("A year at this pace"),
    "listed": N_("Were on the list"),
    "reached": N_("Reached the class"),
    "rate": N_("Share who reached it"),
    "base": N_("Share of the obvious list"),
    "lift": N_("Times as good"),
}


@table(
    "month:month manager_id:id client_id:id client_name:name target:word abc:word xyz:word "
    "revenue:money missing_money:money missing_months:whole? pace:money last_on:date "
    "last_touch:date",
    labels=LABELS,
)
def class_candidates(
    ledger: Ledger,
    overdue_clients: pd.DataFrame,
    repeat_ladder: pd.DataFrame,
    activities: pd.DataFrame | None = None,
    *,
    month: pd.Timestamp,
    rules: Portfolio = Portfolio(),
    activity: Activity = Activity(),
) -> pd.DataFrame:
    """Clients who are about to reach class A or X, those who miss least first.

    How: of the clients who bought in the window and are not late or silent. Who bought only once
    ever is left out unless at least half of the company's clients who had the time to come back
    made a second purchase. Within reach of A are clients in B and C whose pace is at least
    `candidate_pace` (0.8) of the smallest amount in A: the pace is the mean of the window's revenue
    and of what the last half of its months would make in as many months as the window has, so that
    half of a growth goes on. Within reach of X are clients in Y who miss one month with a purchase
    to be regular by months. A client may be within reach of both.

    Returns one row per client and target: month, manager_id (owner at the month's end), client_id,
    client_name (the id where unknown), target (`A`, `X`), abc, xyz, revenue (of the window),
    missing_money (smallest amount in A − the window's, at least 0), missing_months (1; empty for
    A), pace (empty for X, as is missing_money), last_on (last purchase), last_touch (last contact
    by anyone up to the month's end; empty where none or without activities). The last half of the
    months is rounded up. By margin (`abc_by`) missing_money and pace are margin. A by
    missing_money, X by revenue from the largest on, equals by client_id; no X where `xyz_by` is
    neither months nor either.
    """
    end = ledger.row(month)
    quiet = ledger.clients.isin(overdue_clients["client_id"].astype(object))
    second = repeat_ladder[
        (repeat_ladder["manager_id"] == EVERYONE) & (repeat_ladder["purchase_no"] == 2)
    ]
    found = _candidates(ledger, end, rules, quiet, bool((second["conversion"] >= 0.5).any()))
    owner, span = matrices.owner(ledger, end), matrices.window(end, rules.window_months)
    touched = activity_log.last_touch(ledger, activities, periods.month_end(month), activity)
    revenue = span.sum(ledger.revenue)
    # No purchase: no candidate, whatever day this gives.
    days = np.append(ledger.days, 0)
    last = days[ledger.starts + ledger.purchases[end + 1] - 1]
    frame = pd.DataFrame(
        {
            "month": ledger.month_of(end),
            "manager_id": ledger.managers.astype(object).take(owner),
            "client_id": ledger.clients.astype(object),
            "client_name": ledger.names,
            "abc": ABC[classes.abc(ledger, end, rules)],
            "xyz": XYZ[classes.xyz(ledger, end, rules, rules.xyz_by)],
            "revenue": money(revenue),
            "last_on": dates(last),
            "last_touch": dates(touched),
        }
    )
    to_a = np.flatnonzero(found.to_a)
    to_a = to_a[np.argsort(found.missing[to_a], kind="stable")]
    to_x = np.flatnonzero(found.to_x)
    to_x = to_x[np.argsort(-revenue[to_x], kind="stable")]
    more = {"missing_money": money(found.missing[to_a]), "pace": money(found.pace[to_a])}
    near_a = frame.iloc[to_a].assign(target="A", missing_months=None, **more)
    near_x = frame.iloc[to_x].assign(
        target="X", missing_months=1, missing_money=np.nan, pace=np.nan
    )
    types = class_candidates.about.types
    return finish(pd.concat([each.astype(types) for each in (near_a, near_x)]), class_candidates)


@table(
    "month:month target:word * listed:count reached:count rate:share base:share lift:number "
    "verdict:word",
    labels=LABELS,
    whose="company",
    stored="all",
)
def candidates_check(
    ledger: Ledger,
    sales_day: pd.DataFrame,
    *,
    month: pd.Timestamp,
    rules: Portfolio = Portfolio(),
    regularity: Regularity = Regularity(),
    retention: Retention = Retention(),
) -> pd.DataFrame:
    """Whether the candidates of half a window ago reached their class, and more than others did.

    How: the company's list of class_candidates as it was half a window ago (`window_months` / 2,
    rounded down), held against the classes of the month. The obvious list is as many clients of the
    same classes: for A those in B and C with the largest window revenue then, for X those in Y with
    most months with a purchase, then the largest window revenue. lift is the share who reached the
    class divided by that of the obvious list; the verdict is `better` from 1.1 (`candidate_lift`)
    on, else `same`.

    Returns one row per target: month, target (`A`, `X`), listed (clients on the list then), reached
    (of them, in the class now), rate (their share), base (share of the obvious list), lift (rate /
    base; empty where base is 0), verdict (empty without a lift). No row where nobody was listed or
    that window was not full. By margin (`abc_by`) the largest margin takes the place of revenue;
    equals by client_id.
    """
    end = ledger.row(month)
    then = end - rules.window_months // 2
    if then + 1 < rules.window_months:
        return empty(candidates_check)
    until = periods.month_end(ledger.month_of(then))
    quiet = np.zeros(len(ledger.clients), dtype=bool)
    quiet[overdue(ledger, sales_day, until, regularity, rules).client] = True
    found = _candidates(ledger, then, rules, quiet, _come_back(ledger, sales_day, until, retention))
    span = matrices.window(then, rules.window_months)
    amount = span.sum(classes.amounts(ledger, rules.abc_by))
    active = ledger.bought[span.start : span.end + 1].sum(axis=0)
    abc, xyz = classes.abc(ledger, then, rules), classes.xyz(ledger, then, rules, rules.xyz_by)
    shown = matrices.owner(ledger, then) >= 0
    asked = {
        "A": (found.to_a, np.isin(abc, [classes.B, classes.C]), [-amount],
              classes.abc(ledger, end, rules) == classes.A),
        "X": (found.to_x, xyz == classes.Y, [-amount, -active],
              classes.xyz(ledger, end, rules, rules.xyz_by) == classes.X),
    }  # fmt: skip
    rows = []
    for target, (listed, same, order, now) in asked.items():
        number, others = int(listed.sum()), np.flatnonzero(same & shown)
        others = others[np.lexsort([each[others] for each in order])][:number]
        counts = (target, number, int(now[listed].sum()), int(now[others].sum()))
        rows += [counts] if number else []
    frame = pd.DataFrame(rows, columns=["target", "listed", "reached", "others"])
    frame["rate"] = ratio(frame["reached"], frame["listed"])
    frame["base"] = ratio(frame["others"], frame["listed"])
    frame["lift"] = ratio(frame["reached"], frame["others"])  # of as many
    verdict = np.where(frame["lift"] >= rules.candidate_lift, "better", "same")
    frame["verdict"] = np.where(frame["lift"].notna(), verdict, None)
    frame["month"] = ledger.month_of(end)
    return finish(frame, candidates_check)


class _Candidates(NamedTuple):
    """Arrays over the clients of a ledger."""

    to_a: np.ndarray  # whether within reach of A
    to_x: np.ndarray
    missing: np.ndarray  # to A, ten-thousandths
    pace: np.ndarray  # ten-thousandths


def _candidates(
    ledger: Ledger, end: int, rules: Portfolio, quiet: np.ndarray, with_first: bool
) -> _Candidates:
    """Who is within reach of A and X at a month's end.

    *quiet*: who is late or silent. *with_first*: also clients with one purchase ever.
    """
    span = matrices.window(end, rules.window_months)
    able = classes.counted(ledger, end, rules) & (matrices.owner(ledger, end) >= 0) & ~quiet
    able &= (ledger.purchases[end + 1] > 1) | with_first
    abc, xyz = classes.abc(ledger, end, rules), classes.xyz(ledger, end, rules, rules.xyz_by)
    cut, half = classes.cut_off_of(ledger, end, rules), (span.months + 1) // 2
    amounts = classes.amounts(ledger, rules.abc_by)
    amount, recent = span.sum(amounts), matrices.window(end, half).sum(amounts)
    twice = half * amount + span.months * recent  # 2 × half × pace, a whole number
    to_a = able & np.isin(abc, [classes.B, classes.C])
    limit = cut.a_amount if cut else 0
    to_a &= twice >= math.ceil(Fraction(str(rules.candidate_pace)) * 2 * half * limit)
    to_x = able & (xyz == classes.Y) & (rules.xyz_by in ("months", "either"))
    to_x &= classes.regular_by_months(ledger, span, rules, more=1)
    return _Candidates(to_a, to_x, np.maximum(limit - amount, 0), twice / (2 * half))


def _come_back(
    ledger: Ledger, sales_day: pd.DataFrame, until: pd.Timestamp, rules: Retention
) -> bool:
    """Whether at least half of those who had the time made a second purchase by a day."""
    climbed = cohorts.steps(ledger, sales_day, 2)
    last = np.datetime64(until, "D").astype(np.int64)
    mature = (climbed.key == 1) & (climbed.before < last - rules.mature_days)
    came = mature & (climbed.day <= last)
    return bool(mature.any() and 2 * came.sum() >= mature.sum())
