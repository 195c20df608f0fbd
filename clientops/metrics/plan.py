"""Plan: will each manager make the plan?

The keys that a row of plans names (client, manager, product group) are its *level*; levels are
never added to each other, and each of the company, a manager, the clients and the product groups
takes one for the year up to the month. The build has divided the rows by months.

Common parameters: *ledger* is the book's (ledger/matrices.py), *plans* and *sales_month* its
frames (schema: TABLES, FACTS). *month* is the first day of the month asked for,
*rules* are the thresholds. Money in the results is in the reporting currency.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger import matrices
from clientops.ledger.dimensions import with_names
from clientops.ledger.matrices import Ledger, codes
from clientops.ledger.ratios import money, ratio
from clientops.ledger.rows import empty, finish, with_manager_names
from clientops.schema import EVERYONE, MONEY_SCALE, NEW, UNASSIGNED, Headline, reason, table
from clientops.settings import Plan
from clientops.words import N_

LABELS = {  # of columns that only this topic has
    "level": N_("Planned for"),
    "basis": N_("Plan made of"),
    "gap": N_("Above or below the plan"),
    "fulfilment": N_("Plan fulfilled"),
    "months": N_("Months with a plan"),
    "gap_to_date": N_("Above or below the plan to date"),
    "fulfilment_to_date": N_("Plan fulfilled to date"),
}
REASON = N_("plan gap")
NO_PLAN = "(no plan)"  # the key of what clients bring without one
KEYS = ["client_id", "manager_id", "product_group"]
LEVEL_NAMES = ["company", "group", "manager", "manager group", "client", "client group"]
LEVELS = {  # the level of a dimension, and those taken where the year has none; see KEYS
    "*": ("company",),
    "client": ("client", "client group"),
    "manager": ("manager", "manager group"),
    "product_group": ("group", "manager group", "client group"),
}


class Year(NamedTuple):
    """The year up to a month, as rows of the ledger, and the plans in it."""

    start: int
    end: int
    rows: pd.DataFrame  # at (months from the start), amount (ten-thousandths), level, KEYS
    has: dict[str, np.ndarray]  # by level: in which of the months some row has a plan

    @property
    def months(self) -> int:
        """How many there are."""
        return self.end - self.start + 1

    def level_of(self, dimension: str) -> str:
        """The level that a dimension takes."""
        levels = LEVELS[dimension]
        return next((each for each in levels if self.has[each].any()), levels[0])

    def matrix(self, rows: pd.DataFrame, place: np.ndarray, number: int) -> tuple:
        """Plans by place and month, and whether there is a row; places below 0 are left out."""
        amount = np.zeros((number, self.months), dtype=np.int64)
        there = np.zeros((number, self.months), dtype=bool)
        rows, place = rows[place >= 0], place[place >= 0]
        np.add.at(amount, (place, rows["at"].to_numpy()), rows["amount"].to_numpy())
        there[place, rows["at"].to_numpy()] = True
        return amount, there


class Planned(NamedTuple):
    """Plans and revenue of some keys by month, in ten-thousandths; an array has a row per key."""

    amount: np.ndarray
    has: np.ndarray  # whether some row names the key
    revenue: np.ndarray
    level: np.ndarray  # whether some row of the key's level has a plan in the month

    @property
    def counted(self) -> np.ndarray:
        """The months that count: with a plan at the level, from the key's first one on."""
        return self.level & (self.has.cumsum(axis=1) > 0)


@table(
    "month:month level:word * plan:money",
    labels=LABELS,
    period="rows",
    whose="company",
    stored="all",
)
def plan_levels(
    ledger: Ledger, plans: pd.DataFrame, *, month: pd.Timestamp, rules: Plan = Plan()
) -> pd.DataFrame:
    """For whom there are plans in each month of the year.

    How: the rows of plans by what they name: a client, a manager, a product group, a client and a
    group, a manager and a group, or nothing (the company). The plans of a manager's other clients
    stand with the clients.

    Returns one row per month of the year up to the month and level with a plan in it: month, level,
    plan (their sum).
    """
    end = ledger.row(month)
    start, rows = _rows(ledger, plans, end, rules)
    sums = rows.groupby(["at", "level"], as_index=False, observed=True)["amount"].sum()
    sums["month"] = periods.month_starts(sums["at"] + ledger.first_month + start)
    return finish(sums.assign(plan=money(sums["amount"])), plan_levels)


@table(
    "month:month dimension:word key:id name:name manager_id:id manager_name:name basis:id "
    "plan:money revenue:money "
    "gap:money fulfilment:share months:whole plan_to_date:money revenue_to_date:money "
    "gap_to_date:money fulfilment_to_date:share window_months:whole",
    labels=LABELS,
    whose="company",
    stored="company",
    says=(
        N_("{name}: {fulfilment_to_date} of the plan to date ({gap_to_date})."),
        N_("{name}: no plan to be held against."),
    ),
    headline=Headline("fulfilment_to_date", N_("Plan fulfilled to date"), "up"),
    of_all=True,
)
def plan_fulfilment(
    ledger: Ledger,
    sales_month: pd.DataFrame,
    plans: pd.DataFrame,
    plan_levels: pd.DataFrame,
    group_months: pd.DataFrame,
    *,
    month: pd.Timestamp,
    rules: Plan = Plan(),
) -> pd.DataFrame:
    """How much of the plan is made, in the month and in the year to date, and what is missing.

    How: revenue against the plan in the months of the year (from `year_start` on) that have one,
    from the first planned one of the row on; months without one, and what clients without a plan
    bring, stand in `(no plan)`. A manager is held against the own plan, by who sold; where there is
    none, against the plans of the clients owned at each month's end and all that these clients
    bought. A handed-over client moves with its plan.

    Returns one row per dimension (`*`, client, manager, product_group) and key with a plan in the
    year: month, dimension, key, name (the key where unknown), manager_id (the client's owner at the
    month's end, `*` of the company's rows), manager_name, basis (`own`
    rows; sums of `managers`, `clients` or
    `groups`; empty for `(no plan)`), plan, revenue, gap (revenue − plan), fulfilment (empty for a
    plan that is not positive; all four where the month does not count), months (that count),
    plan_to_date, revenue_to_date, gap_to_date, fulfilment_to_date, window_months (of the year so
    far). Clients by gap_to_date, what is missing most first, `(no plan)` of each owner last.
    """
    end = ledger.row(month)
    if plan_levels.empty:
        return empty(plan_fulfilment)
    year = _year(ledger, plans, plan_levels, end, rules)
    owners = [matrices.owner(ledger, at) for at in range(year.start, end + 1)]
    index = _managers(ledger, sales_month, plans)
    at_home = codes(pd.Series(ledger.managers.astype(object)), index)  # places of owners in index
    owners = [np.where(each >= 0, at_home[each], -1) for each in owners]
    of_clients = _clients(ledger, year)
    of_managers, is_own = _of_managers(year, sales_month, ledger, of_clients, owners, index)
    groups, of_groups = _groups(year, group_months, ledger)
    company, basis = _company(year, of_managers, of_clients, of_groups, index == UNASSIGNED)
    bases = np.where(is_own, "own", "clients").astype(object)
    parts = [
        _finished(EVERYONE, [EVERYONE], company, [EVERYONE], basis),
        _client_rows(ledger, of_clients, owners[-1], _new(year, index), index),
        _finished("manager", index, of_managers, index, bases),
        _finished("product_group", groups, of_groups, EVERYONE, _of_groups(year)),
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame = with_names(frame, ledger.manager_table, ledger.client_table)
    for suffix in ("", "_to_date"):
        frame[f"gap{suffix}"] = frame[f"revenue{suffix}"] - frame[f"plan{suffix}"]
        frame[f"fulfilment{suffix}"] = ratio(frame[f"revenue{suffix}"], frame[f"plan{suffix}"])
    amounts = [f"{each}{suffix}" for each in ("plan", "revenue", "gap")
               for suffix in ("", "_to_date")]  # fmt: skip
    frame[amounts] = frame[amounts].astype(float) / MONEY_SCALE
    frame = with_manager_names(frame, ledger.manager_table)
    return finish(frame.assign(month=month, window_months=year.months), plan_fulfilment)


@reason(REASON, 8, money="-gap_to_date / months * 3", tells="plan_to_date revenue_to_date")
@table(
    "* manager_id:id client_id:id client_name:name plan_to_date:money revenue_to_date:money "
    "gap_to_date:money fulfilment_to_date:share months:whole window_months:whole",
    labels=LABELS,
)
def plan_gaps(plan_fulfilment: pd.DataFrame, *, month: pd.Timestamp) -> pd.DataFrame:
    """Which clients are below their plan, and by how much.

    How: the clients with a plan whose revenue of the year to date is below it, as in
    plan_fulfilment, by the money that is missing; never by rate.

    Returns a row per such client: manager_id (the owner), client_id, client_name (the id where
    unknown), plan_to_date, revenue_to_date, gap_to_date (below 0), fulfilment_to_date (empty for a
    plan that is not positive), months (that count), window_months (of the year so far).
    """
    rows = plan_fulfilment[plan_fulfilment["month"] == month]
    rows = rows[(rows["dimension"] == "client") & (rows["key"] != NO_PLAN)]
    rows = rows[rows["gap_to_date"] < 0]
    return finish(rows.rename(columns={"key": "client_id", "name": "client_name"}), plan_gaps)


def _rows(ledger: Ledger, plans: pd.DataFrame, end: int, rules: Plan) -> tuple[int, pd.DataFrame]:
    """The first month (row) of the year up to *end*, and the plans in it with their level."""
    number = ledger.first_month + end
    start = max(0, end - (number - rules.year_start + 1) % 12)
    at = periods.month_numbers(plans["month"]) - ledger.first_month
    inside = (start <= at) & (at <= end)
    rows = plans.loc[inside, KEYS].assign(at=at[inside] - start)
    amount = plans.loc[inside, "plan_revenue"].to_numpy(float)
    rows["amount"] = np.rint(amount * MONEY_SCALE).astype(np.int64)
    client, manager, group = (rows[key].notna().to_numpy() for key in KEYS)
    place = 2 * np.where(client, 2, manager.astype(int)) + group
    rows["level"] = pd.Categorical.from_codes(place, categories=LEVEL_NAMES)
    return start, rows


def _year(
    ledger: Ledger, plans: pd.DataFrame, plan_levels: pd.DataFrame, end: int, rules: Plan
) -> Year:
    """The year up to *end*; which levels have plans is told by those of the whole company."""
    start, rows = _rows(ledger, plans, end, rules)
    has = {each: np.zeros(end - start + 1, dtype=bool) for each in LEVEL_NAMES}
    at = periods.month_numbers(plan_levels["month"]) - ledger.first_month - start
    for level, place in zip(plan_levels["level"], at, strict=True):
        has[level][place] = True
    return Year(start, end, rows, has)


def _managers(ledger: Ledger, sales_month: pd.DataFrame, plans: pd.DataFrame) -> pd.Index:
    """All managers who own, sell or have a plan, in code-point order."""
    columns = [sales_month["manager_id"], plans["manager_id"].dropna()]
    known = [np.asarray(each.astype("category").cat.categories, dtype=object) for each in columns]
    owners = np.asarray(ledger.managers, dtype=object)
    return pd.Index(np.unique(np.concatenate([*known, owners, [UNASSIGNED]])), dtype=object)


def _clients(ledger: Ledger, year: Year) -> Planned:
    """The plans of every client, and what it bought, whoever sold."""
    level = year.level_of("client")
    rows = year.rows[(year.rows["level"] == level) & (year.rows["client_id"] != NEW)]
    who = codes(rows["client_id"], ledger.clients)
    revenue = np.diff(ledger.revenue[year.start : year.end + 2], axis=0).T
    return Planned(*year.matrix(rows, who, len(ledger.clients)), revenue, year.has[level])


def _new(year: Year, index: pd.Index) -> tuple[np.ndarray, np.ndarray]:
    """The plans of each manager's clients without one, and whether there is a row."""
    rows = year.rows[(year.rows["level"] == year.level_of("client"))
                     & (year.rows["client_id"] == NEW)]  # fmt: skip
    whose = rows["manager_id"].astype(object).fillna(UNASSIGNED)
    return year.matrix(rows, codes(whose, index), len(index))


def _of_managers(
    year: Year, sales_month: pd.DataFrame, ledger: Ledger, of_clients: Planned,
    owners: list[np.ndarray], index: pd.Index,
) -> tuple[Planned, np.ndarray]:  # fmt: skip
    """Each manager's plans and revenue, and whether the plan is the own one."""
    number = len(index)
    level = np.tile(of_clients.level, (number, 1))
    amount, has = (each.copy() for each in _new(year, index))
    revenue = np.zeros_like(amount)
    for at, owner in enumerate(owners):
        own = owner >= 0
        for sums, values in ((amount, of_clients.amount), (revenue, of_clients.revenue)):
            np.add.at(sums[:, at], owner[own], values[own, at])
        has[owner[own & of_clients.has[:, at]], at] = True
    credit = _by_month(sales_month, codes(sales_month["manager_id"], index), ledger, year, number)
    is_own = np.zeros(number, dtype=bool)
    for name in LEVELS["manager"]:
        rows = year.rows[year.rows["level"] == name]
        own, there = year.matrix(rows, codes(rows["manager_id"], index), number)
        taken = there.any(axis=1) & ~is_own
        amount[taken], has[taken], revenue[taken] = own[taken], there[taken], credit[taken]
        level[taken] = year.has[name]
        is_own |= taken
    return Planned(amount, has, revenue, level), is_own


def _by_month(
    sales: pd.DataFrame, place: np.ndarray, ledger: Ledger, year: Year, number: int
) -> np.ndarray:
    """Revenue by place (below 0: left out) and month of the year."""
    at = periods.month_numbers(sales["month"]) - ledger.first_month - year.start
    rows = np.flatnonzero((at >= 0) & (at < year.months) & (place >= 0))
    sums = np.zeros((number, year.months), dtype=np.int64)
    np.add.at(sums, (place[rows], at[rows]), sales["revenue"].to_numpy()[rows])
    return sums


def _of_groups(year: Year) -> str:
    """Of whose rows the plans of product groups are made."""
    whose = {"manager group": "managers", "client group": "clients"}
    return whose.get(year.level_of("product_group"), "own")


def _groups(year: Year, group_months: pd.DataFrame, ledger: Ledger) -> tuple[pd.Index, Planned]:
    """The product groups with a plan; their plans and revenue, whoever sold."""
    level = year.level_of("product_group")
    rows = year.rows[year.rows["level"] == level]
    groups = pd.Index(np.unique(rows["product_group"].to_numpy(object)), dtype=object)
    amount, has = year.matrix(rows, codes(rows["product_group"], groups), len(groups))
    place = codes(group_months["product_group"], groups)
    revenue = _by_month(group_months, place, ledger, year, len(groups))
    return groups, Planned(amount, has, revenue, year.has[level])


def _company(
    year: Year, of_managers: Planned, of_clients: Planned, of_groups: Planned, nobody: np.ndarray
) -> tuple[Planned, str]:
    """The company's plan against all revenue: its own rows, else the sum of its parts."""
    revenue = of_clients.revenue.sum(axis=0)
    rows = year.rows[year.rows["level"] == "company"]
    amount, has = year.matrix(rows, np.zeros(len(rows), dtype=np.int64), 1)
    if has.any():
        return Planned(amount, has, revenue[None], year.has["company"]), "own"
    planned = of_managers.has.any(axis=1)
    parts, basis = of_managers, "managers" if (planned & ~nobody).any() else "clients"
    if not planned.any():
        parts, basis = of_groups, "groups"
    planned = parts.has.any(axis=1)
    level = (parts.level & planned[:, None]).any(axis=0)
    amount, has = parts.amount.sum(axis=0)[None], parts.has.any(axis=0)[None]
    return Planned(amount, has, revenue[None], level), basis


def _sums(amount: np.ndarray, revenue: np.ndarray, counted: np.ndarray) -> dict[str, object]:
    """The columns of sums: of the last month where it counts, and of all that do."""
    now = pd.array(counted[:, -1], dtype="boolean")
    return {
        "plan": pd.Series(amount[:, -1], dtype="Int64").where(now),
        "revenue": pd.Series(revenue[:, -1], dtype="Int64").where(now),
        "plan_to_date": (amount * counted).sum(axis=1),
        "revenue_to_date": (revenue * counted).sum(axis=1),
        "months": counted.sum(axis=1),
    }


def _finished(
    dimension: str, keys: object, planned: Planned, manager_id: object, basis: object
) -> pd.DataFrame:
    """A row for each of the keys with a plan."""
    rows = np.flatnonzero(planned.has.any(axis=1))
    columns = {"key": keys, "manager_id": manager_id, "basis": basis}
    frame = pd.DataFrame({"dimension": dimension, **columns}, range(len(planned.has)), dtype=object)
    sums = _sums(planned.amount[rows], planned.revenue[rows], planned.counted[rows])
    return frame.iloc[rows].reset_index(drop=True).assign(**sums)


def _client_rows(
    ledger: Ledger, of_clients: Planned, owner: np.ndarray,
    new: tuple[np.ndarray, np.ndarray], index: pd.Index,
) -> pd.DataFrame:  # fmt: skip
    """The clients with a plan, what is missing most first, and what the others brought."""
    shown = owner >= 0
    planned = of_clients._replace(has=of_clients.has & shown[:, None])
    keys, owners = ledger.clients.astype(object), index.to_numpy(object)[owner]
    frame = _finished("client", keys, planned, owners, "own")
    gap = frame["revenue_to_date"] - frame["plan_to_date"]
    frame = frame.iloc[np.argsort(gap, kind="stable")]
    # Of each owner: what was brought in months that count for the level, not for the client.
    others = of_clients.revenue * (of_clients.level & ~of_clients.counted)
    amount, there = new
    revenue, has = np.zeros_like(amount), there.any(axis=1)
    np.add.at(revenue, owner[shown], others[shown])
    has[owner[shown & others.any(axis=1)]] = True
    level = np.tile(of_clients.level, (len(index), 1))
    # All months of the level count: as if each had its row.
    rest = Planned(amount, level & has[:, None], revenue, level)
    return pd.concat([frame, _finished("client", NO_PLAN, rest, index, None)])
