"""Pace: will the running month reach its plan?

*ledger* is the book's (ledger/matrices.py), *sales_day* its frame (schema: FACTS),
*plan_fulfilment* the table of that name. *month* is the first day of the month asked for,
*until* its last day that counts. Money in the results is in the reporting currency.
"""

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger import matrices
from clientops.ledger.matrices import Ledger, codes
from clientops.ledger.ratios import money, ratio
from clientops.ledger.rows import finish, name_managers
from clientops.schema import EVERYONE, table
from clientops.settings import Company, Plan
from clientops.words import N_

LABELS = {  # of columns that only this topic has
    "day": N_("Up to"),
    "working_day": N_("Working day"),
    "to_date": N_("So far"),
    "due": N_("Usual by this day"),
    "rest": N_("Usually still to come"),
    "projected": N_("Expected"),
    "needed_per_day": N_("Needed per working day"),
}
VERDICTS = (N_("ahead"), N_("behind"), N_("open"))
PAST = 12  # months before from which the rest of a month is told


@table(
    "month:month manager_id:id * manager_name:name day:date working_day:whole working_days:whole "
    "to_date:money plan:money due:money rest:money projected:money low:money high:money "
    "needed_per_day:money verdict:word",
    labels=LABELS,
    period="running",
    whose="credit",
    stored="company",
    says=(
        N_("{manager_name}: {low} to {high} expected; the plan is {plan}."),
        N_("{manager_name}: {to_date} so far; the plan is {plan}."),
    ),
    of_all=True,
)
def plan_pace(
    ledger: Ledger,
    sales_day: pd.DataFrame,
    plan_fulfilment: pd.DataFrame,
    *,
    month: pd.Timestamp,
    until: pd.Timestamp,
    company: Company = Company(),
    rules: Plan = Plan(),
) -> pd.DataFrame:
    """Whether the month will reach its plan, and between what amounts it will end.

    How: what came so far, and what came in each of the 12 months before on and after the same
    working day counted from the month's end. rest is their mean, low and high lie as far as the
    least and the most of them; due is the part of the plan that is usually there by this day. The
    verdict is `ahead` where even low reaches the plan, `behind` where not even high does, else
    `open`. A month that is over is what it is. By who sold, or of the clients owned where the plan
    is theirs.

    Returns one row per manager with a plan or revenue in the month, and the company as `*`: month,
    manager_id, manager_name (the id where unknown), day (the last that counts), working_day (of
    the month, by then), working_days, to_date, plan (empty: none), due, rest, projected
    (to_date + rest), low, high (all five empty with less than `pace_months` months before, from the
    first revenue on), needed_per_day (what is missing, by the working days left; empty when none
    is), verdict; due, needed_per_day and verdict are empty without a plan.
    """
    end = ledger.row(month)
    days = periods.working_days(
        month, periods.month_end(month), company.calendar, company.work_week
    )
    left = int((days > np.datetime64(until, "D")).sum())
    planned = plan_fulfilment[plan_fulfilment["dimension"].isin([EVERYONE, "manager"])]
    planned = planned.set_index(planned["key"].astype(object))
    index = matrices.client_index(sales_day["manager_id"]).astype(object)
    index = index.union(ledger.managers.astype(object)).union(
        planned.index.drop(EVERYONE, errors="ignore")
    )
    planned = planned.reindex(index.insert(0, EVERYONE))
    sales = sales_day[(sales_day["revenue"] != 0) & (sales_day["day"] <= until)]
    slots, late = _slots(sales, month, _begins(month, left, company))
    home = index.get_indexer(ledger.managers.astype(object))
    owner = matrices.owner(ledger, end)[codes(sales["client_id"], ledger.clients)]
    places = codes(sales["manager_id"], index), np.where(owner >= 0, home[owner], -1)
    sold, owned = (_sums(sales, each, slots, late, len(index)) for each in places)
    is_owned = np.array(planned["basis"] == "clients")
    is_owned[0] = False  # the company's is all that was sold
    revenue, rest, seen = np.where(is_owned[:, None], owned, sold)
    frame = pd.DataFrame(
        {
            "manager": np.arange(-1, len(index)),
            "plan": planned["plan"].to_numpy(),
            "to_date": money(revenue[:, -1]),
        }
    )
    past = seen[:, :-1].cumsum(axis=1)[:, 1:] > 0  # month by month, from the first revenue on
    _judge(frame, money(revenue[:, 1:-1]), money(rest[:, 1:-1]), past, left, rules)
    named = name_managers(frame, ledger.manager_table, index)
    frame = named[frame["plan"].notna() | (seen[:, -1] > 0)]
    counts = {"working_day": len(days) - left, "working_days": len(days)}
    return finish(frame.assign(month=month, day=until, **counts), plan_pace)


def _begins(month: pd.Timestamp, left: int, company: Company) -> np.ndarray:
    """In each of the months before, the day from which on as many working days were left."""
    begins = []
    for back in range(PAST, 0, -1):
        first = periods.add_months(month, -back)
        last = periods.month_end(first)
        days = periods.working_days(first, last, company.calendar, company.work_week)
        begins.append(days[-left] if 0 < left <= len(days) else np.datetime64(first, "D"))
    return np.array(begins)


def _slots(
    sales: pd.DataFrame, month: pd.Timestamp, begins: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The month of each line, 0 for all before the 12, 13 for the one asked for, 14 behind it; and
    whether the line is of the month's rest."""
    slots = sales["month"].to_numpy() - periods.month_number(month) + PAST + 1
    slots = np.clip(slots, 0, PAST + 2)
    never = np.datetime64("2200-01-01")
    begins = np.concatenate([[never], begins, [never, never]])
    return slots, sales["day"].to_numpy("datetime64[D]") >= begins[slots]


def _sums(
    sales: pd.DataFrame, place: np.ndarray, slots: np.ndarray, late: np.ndarray, number: int
) -> np.ndarray:
    """Revenue, rest and lines by manager (the company first) and slot, as whole numbers."""
    sums = np.zeros((3, number + 1, PAST + 2), dtype=np.int64)
    rows = np.flatnonzero((place >= 0) & (slots <= PAST + 1))
    revenue = sales["revenue"].to_numpy()[rows]
    # By one index this takes a fraction of the time that it takes by two.
    at = np.ravel_multi_index((place[rows] + 1, slots[rows]), sums.shape[1:])
    for cells, values in zip(sums, (revenue, revenue * late[rows], 1), strict=True):
        np.add.at(cells.reshape(-1), at, values)
    sums[:, 0] = sums.sum(axis=1)
    return sums


def _judge(
    frame: pd.DataFrame, revenue: np.ndarray, rest: np.ndarray, past: np.ndarray, left: int,
    rules: Plan,
) -> None:  # fmt: skip
    """Add rest, projected, low, high, due, needed_per_day and verdict."""
    months = past.sum(axis=1)
    usual = {
        "rest": ratio((rest * past).sum(axis=1), months),
        "low": np.where(past, rest, np.inf).min(axis=1),
        "high": np.where(past, rest, -np.inf).max(axis=1),
        "came": 1 - ratio((rest * past).sum(axis=1), (revenue * past).sum(axis=1)),
    }
    over = {"rest": 0.0, "low": 0.0, "high": 0.0, "came": 1.0}
    known = (months >= rules.pace_months) | (left == 0)
    rest, low, high, came = (
        np.where(known, over[name] if left == 0 else usual[name], np.nan) for name in usual
    )
    plan, to_date = frame["plan"].to_numpy(), frame["to_date"].to_numpy()
    frame["rest"], frame["projected"] = rest, to_date + rest
    frame["low"], frame["high"] = to_date + low, to_date + high
    frame["due"] = plan * came
    frame["needed_per_day"] = ratio(np.maximum(0, plan - to_date), left)
    verdict = np.where(frame["high"] < plan, "behind", "open").astype(object)
    verdict[frame["low"] >= plan] = "ahead"
    frame["verdict"] = np.where(known & ~np.isnan(plan), verdict, None)
