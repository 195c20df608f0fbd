"""Portfolio: is each manager's portfolio getting better?

All tables are of portfolios: a client counts for its owner at the end of the month. Classes are
those of the whole company, whoever looks: a client's own window amount is held against the stored
cut-offs. The letters and stages themselves are made in `classes`.

Common parameters: *ledger* is the book's (ledger/matrices.py). *month* is the first
day of the month asked for. *rules* are the thresholds. Money in the results is in the reporting
currency. Without sales the tables are empty.
"""

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger import classes, matrices
from clientops.ledger.classes import ABC, STAGES, XYZ
from clientops.ledger.matrices import Ledger, once
from clientops.ledger.ratios import money, ratio
from clientops.ledger.rows import finish, name_owners, names_of, with_company
from clientops.ledger.statistics import sign_tests, slope
from clientops.schema import EVERYONE, UNASSIGNED, Headline, table
from clientops.settings import Portfolio
from clientops.words import N_

LABELS = {  # of columns that only this topic has
    "low": N_("Target: fewest clients"),
    "high": N_("Target: most clients"),
    "active_months": N_("Months with a purchase"),
    "client_share": N_("Share of clients"),
    "a_fixed": N_("Clients above the A amount"),
    "b_fixed": N_("Clients between the B and the A amount"),
    "c_fixed": N_("Clients below the B amount"),
    "x_clients": N_("Regular clients"),
    "a_fixed_share": N_("Share above the A amount"),
    "b_fixed_share": N_("Share between the B and the A amount"),
    "c_fixed_share": N_("Share below the B amount"),
    "x_share": N_("Share of regular clients"),
    "a_slope": N_("Change of the share above the A amount per month"),
    "entered_a": N_("Rose above the A amount"),
    "left_a": N_("Fell below the A amount"),
    "top5_share": N_("Share of the five largest clients"),
    "hhi": N_("Concentration (Herfindahl)"),
    "xyz_months": N_("Regularity by months"),
    "xyz_rhythm": N_("Regularity by rhythm"),
    "xyz_cv": N_("Regularity by variation"),
}


@table(
    "month:month client_id:id * client_name:name manager_id:id abc:word xyz:word stage:word "
    "revenue:money margin:money purchases:count active_months:count first_on:date last_on:date "
    "window_months:whole",
    labels=LABELS,
    adds_up="revenue margin",
)
def client_classes(
    ledger: Ledger,
    *,
    month: pd.Timestamp,
    rules: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """Every client's volume class, regularity class and stage.

    How: the window is the `window_months` months that end with the month, cut at the first month of
    the data. abc ranks clients with positive window revenue: A while those ranked ahead hold less
    than 80 % of it, B while less than 95 %, else C; D bought but revenue is not positive; `-` no
    purchase. xyz: X regular (bought in three quarters of the months, or at an even rhythm that
    still holds), Y bought more than once, Z once. A purchase is a day with a shipment of positive
    revenue.

    Returns one row per client known by the month: month, client_id, client_name (the id where
    unknown), manager_id (owner at the month's end), abc, xyz, stage, revenue and margin of the
    window (margin of the costed lines; empty where nothing is costed), purchases (days) and
    active_months of the window, first_on and last_on (purchases ever up to the month; empty where
    none), window_months (months really covered).
    """
    end = ledger.row(month)
    span = matrices.window(end, rules.window_months)
    owner = matrices.owner(ledger, end)
    shown = np.flatnonzero((ledger.known_from <= end) & (owner >= 0))
    costed = span.sum(ledger.costed) > 0
    count = ledger.purchases[end + 1]
    days = np.append(ledger.days, 0).astype("datetime64[D]").astype("datetime64[us]")
    first_on, last_on = days[ledger.starts], days[ledger.starts + count - 1]
    frame = pd.DataFrame(
        {
            "month": ledger.month_of(end),
            "client_id": ledger.clients.astype(object),
            "client_name": ledger.names,
            "manager_id": ledger.managers.astype(object).take(owner),
            "abc": ABC[classes.abc(ledger, end, rules)],
            "xyz": XYZ[classes.xyz(ledger, end, rules, rules.xyz_by)],
            "stage": STAGES[classes.stage(ledger, end, rules)],
            "revenue": money(span.sum(ledger.revenue)),
            "margin": np.where(costed, money(span.sum(ledger.margin)), np.nan),
            "purchases": span.sum(ledger.purchases),
            "active_months": ledger.bought[span.start : span.end + 1].sum(axis=0),
            "first_on": np.where(count > 0, first_on, np.datetime64("NaT", "us")),
            "last_on": np.where(count > 0, last_on, np.datetime64("NaT", "us")),
            "window_months": span.months,
        }
    ).iloc[shown]
    return finish(frame, client_classes)


@table(
    "month:month manager_id:id manager_name:name abc:word xyz:word * clients:count "
    "client_share:share revenue:money revenue_share:share",
    labels=LABELS,
    adds_up="clients revenue",
    stored="company",
    headline=(
        Headline("client_share", N_("Share of A clients"), "up", metric="a_share",
                 rows="abc == 'A'", several="sum", of="clients", of_window=True),
        Headline("client_share", N_("Share of regular clients"), "up", metric="x_share",
                 rows="xyz == 'X'", several="sum", of="clients", of_window=True),
    ),
)  # fmt: skip
def portfolio_quality(
    ledger: Ledger,
    *,
    month: pd.Timestamp,
    rules: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """Clients and revenue of each manager in every cell of ABC × XYZ.

    How: each counted client (neither prospect nor lost) stands in the cell of its classes, with its
    window revenue. Revenue of clients that are not counted stands in the cell `-`, `-` with no
    client, so that the cells add up to the ledger. client_share and revenue_share are shares of the
    manager's counted clients and window revenue; empty where that total is not positive.

    Returns one row per manager and cell with counted clients or revenue, and the company as `*`:
    month, manager_id, manager_name, abc, xyz, clients, client_share, revenue, revenue_share.
    """
    end = ledger.row(month)
    counted = classes.counted(ledger, end, rules)
    abc, xyz = classes.abc(ledger, end, rules), classes.xyz(ledger, end, rules, rules.xyz_by)
    frame = pd.DataFrame(
        {
            "manager": matrices.owner(ledger, end),
            "abc": np.where(counted, abc, classes.NO_ABC),
            "xyz": np.where(counted, xyz, classes.NO_XYZ),
            "clients": counted.astype(np.int64),
            "revenue": matrices.window(end, rules.window_months).sum(ledger.revenue),
        }
    )
    frame = frame[(frame["manager"] >= 0) & (counted | (frame["revenue"] != 0))]
    cells = with_company(frame).groupby(["manager", "abc", "xyz"], as_index=False).sum()
    totals = cells.groupby("manager")[["clients", "revenue"]].transform("sum")
    cells["client_share"] = ratio(cells["clients"], totals["clients"])
    cells["revenue_share"] = ratio(cells["revenue"], totals["revenue"])
    cells["revenue"] = money(cells["revenue"])
    cells["abc"], cells["xyz"] = ABC[cells["abc"]], XYZ[cells["xyz"]]
    cells["month"] = ledger.month_of(end)
    return finish(name_owners(cells, ledger), portfolio_quality)


@table(
    "month:month manager_id:id * manager_name:name clients:count a_fixed:count? b_fixed:count? "
    "c_fixed:count? x_clients:count a_fixed_share:share b_fixed_share:share c_fixed_share:share "
    "x_share:share a_slope:share entered_a:count? left_a:count? p_value:number verdict:word",
    labels=LABELS,
    adds_up="clients x_clients",
    stored="company",
)
def portfolio_trend(
    ledger: Ledger,
    *,
    month: pd.Timestamp,
    rules: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """Whether each manager's portfolio improves or worsens beyond chance.

    How: counted clients (neither prospect nor lost) of the owner at the row's month, and shares of
    them. The A amount and the B amount are the smallest window revenue in A and in B of the first
    shown month whose window is full; they stay the same for all months, so that nobody falls
    because others grow: this is not the A of the classes, which is held against everybody else.
    Months before that one have no such numbers. The verdict is a two-sided sign test (p < 0.05) of
    the clients who crossed the A amount of the window one window earlier, upwards against
    downwards, between that window and the one of the month, which do not overlap; it counts for the
    owner at the month. `too short` unless both windows are full. a_slope is the Theil–Sen slope of
    a_fixed_share per month: a description, not a test.

    Returns one row per manager with counted clients and month of the last `trend_months`, and the
    company as `*` (without p_value and verdict): month, manager_id, manager_name, clients
    (counted), a_fixed (of them, with at least the A amount), b_fixed (less, but at least the B
    amount), c_fixed (less, but more than 0), x_clients (in class X of the row's month),
    a_fixed_share, b_fixed_share, c_fixed_share, x_share (the four as shares of clients), a_slope,
    entered_a, left_a, p_value, verdict; the last five are the same on each row of a manager. By
    margin (`abc_by`) the amounts are margin. a_fixed to c_fixed and their shares are empty before
    the first full window, p_value where nobody crossed, entered_a and left_a where it is too short.
    """
    end = ledger.row(month)
    shown = range(max(0, end - rules.trend_months + 1), end + 1)
    frozen = _frozen(ledger, end, rules)
    counts = np.concatenate([_month_counts(ledger, at, rules, frozen) for at in shown])
    frame = pd.DataFrame(counts, columns=["at", "manager", "clients", "x_clients", *_FIXED])
    frame = frame.astype({"at": int, "manager": int})
    frame["month"] = periods.month_starts(ledger.first_month + frame["at"])
    for column in ("x_clients", *_FIXED):
        share = f"{column.removesuffix('_clients')}_share"
        frame[share] = ratio(frame[column], frame["clients"])
    steps = frame["at"].to_numpy()
    slopes = {
        manager: slope(frame["a_fixed_share"].to_numpy()[rows], steps[rows])
        for manager, rows in frame.groupby("manager").indices.items()
    }
    frame["a_slope"] = frame["manager"].map(slopes)
    verdicts = _verdicts(ledger, end, rules)
    frame = frame.merge(verdicts, on="manager", how="left", validate="many_to_one")
    return finish(name_owners(frame, ledger), portfolio_trend)


@table(
    "month:month manager_id:id * manager_name:name clients:count low:whole? high:whole? "
    "verdict:word top5_share:share hhi:number",
    labels=LABELS,
    adds_up="clients",
    of_all=True,
)
def portfolio_load(
    ledger: Ledger,
    *,
    month: pd.Timestamp,
    rules: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """How many clients each manager looks after, and how much hangs on few of them.

    How: counted clients (neither prospect nor lost) against the norm of the manager's team
    (`clients_per_manager_of`), else that of all (`clients_per_manager`): `below`, `within` (its
    ends included), `above`. Nothing is judged where neither is set. Concentration is over the
    clients with positive window revenue: top5_share is the share of the five largest, hhi the sum
    of the squared shares (1: a single client).

    Returns one row per manager with counted clients or positive revenue, and the company as `*`:
    month, manager_id, manager_name, clients, low, high, verdict (these three empty without a norm,
    for `*` and for (unassigned)), top5_share, hhi (empty where no revenue is positive).
    """
    end = ledger.row(month)
    revenue = matrices.window(end, rules.window_months).sum(ledger.revenue)
    counted = classes.counted(ledger, end, rules)
    frame = pd.DataFrame(
        {
            "manager": matrices.owner(ledger, end),
            "clients": counted.astype(np.int64),
            "revenue": np.maximum(revenue, 0),
        }
    )
    frame = frame[(frame["manager"] >= 0) & (counted | (revenue > 0))]
    frame = with_company(frame).sort_values("revenue", ascending=False, kind="stable")
    frame["square"] = frame["revenue"].astype(float) ** 2
    groups = frame.groupby("manager")
    frame["top5"] = frame["revenue"].where(groups.cumcount() < 5, 0)
    load = frame.groupby("manager", as_index=False).sum()
    load["top5_share"] = ratio(load["top5"], load["revenue"])
    load["hhi"] = ratio(load["square"], load["revenue"].astype(float) ** 2)
    load["month"] = ledger.month_of(end)
    load = name_owners(load, ledger)
    norms = _norms(load["manager_id"], ledger.manager_table, rules)
    load["low"], load["high"] = norms["low"], norms["high"]
    load["verdict"] = np.select(
        [load["low"].isna(), load["clients"] < load["low"], load["clients"] > load["high"]],
        [None, "below", "above"],
        "within",
    )
    return finish(load, portfolio_load)


@table(
    "manager_id:id xyz_months:word xyz_rhythm:word xyz_cv:word * clients:count manager_name:name",
    labels=LABELS,
    adds_up="clients",
)
def xyz_comparison(
    ledger: Ledger,
    *,
    month: pd.Timestamp,
    rules: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """How far the three ways to call a client regular agree.

    How: every counted client's class by active months, by rhythm of its gaps, and by the variation
    of its monthly revenue; one row per combination that occurs.

    Returns manager_id, xyz_months, xyz_rhythm, xyz_cv, clients, manager_name, with the company as
    `*`.
    """
    end = ledger.row(month)
    frame = pd.DataFrame({"manager": matrices.owner(ledger, end)})
    methods = ["months", "rhythm", "cv"]
    for method in methods:
        frame[f"xyz_{method}"] = classes.xyz(ledger, end, rules, method)
    frame["clients"] = 1
    frame = frame[(frame["manager"] >= 0) & classes.counted(ledger, end, rules)]
    keys = ["manager", *(f"xyz_{method}" for method in methods)]
    table = with_company(frame).groupby(keys, as_index=False).sum()
    for method in methods:
        table[f"xyz_{method}"] = XYZ[table[f"xyz_{method}"]]
    return finish(name_owners(table, ledger), xyz_comparison)


def _norms(manager_id: pd.Series, managers: pd.DataFrame, rules: Portfolio) -> pd.DataFrame:
    """Fewest and most clients wanted of each manager; NaN where nothing is wanted."""
    none = (np.nan, np.nan)
    team = manager_id.map(names_of(managers, "manager_id", "team"))
    norms = [
        none
        if each in (EVERYONE, UNASSIGNED)
        else rules.clients_per_manager_of.get(of, rules.clients_per_manager) or none
        for each, of in zip(manager_id, team, strict=True)
    ]
    return pd.DataFrame(norms, manager_id.index, ["low", "high"], dtype=float)


_FIXED = ["a_fixed", "b_fixed", "c_fixed"]


def _frozen(ledger: Ledger, end: int, rules: Portfolio) -> classes.CutOff | None:
    """The cut-offs of the first shown month whose window is full; None where none is."""
    first = max(0, end - rules.trend_months + 1, rules.window_months - 1)
    return classes.cut_off_of(ledger, first, rules) if first <= end else None


def _month_counts(
    ledger: Ledger, at: int, rules: Portfolio, frozen: classes.CutOff | None
) -> np.ndarray:
    """A row per owner with counted clients in a month, the company (−1) first: the month's place,
    the owner, these clients, those in X, those above and below the frozen amounts (NaN: none)."""
    counts = _counts(ledger, at, rules)
    letters = np.full((len(counts), len(_FIXED)), np.nan)
    if frozen and at + 1 >= rules.window_months:
        letters = _letters(ledger, at, rules, frozen)
    return np.column_stack([np.full(len(counts), at), counts, letters])


@once
def _counts(ledger: Ledger, at: int, rules: Portfolio) -> np.ndarray:
    """Owner, counted clients and X clients of each owner at a month; the company is number −1."""
    counted = classes.counted(ledger, at, rules)
    regular = classes.xyz(ledger, at, rules, rules.xyz_by) == classes.X
    sums = matrices.per_owner(ledger, matrices.owner(ledger, at), counted, counted & regular)
    return sums[sums[:, 1] > 0]


def _letters(ledger: Ledger, at: int, rules: Portfolio, frozen: classes.CutOff) -> np.ndarray:
    """Counted clients in A, B, C by frozen amounts, in the rows of `_counts`.

    Both windows are full, so that their amounts compare as they are.
    """
    span = matrices.window(at, rules.window_months)
    amount = span.sum(classes.amounts(ledger, rules.abc_by))
    counted = classes.counted(ledger, at, rules)
    positive = counted & (amount > 0)
    from_a = positive & (amount >= frozen.a_amount)
    from_b = positive & (amount >= frozen.b_amount)
    owner = matrices.owner(ledger, at)
    sums = matrices.per_owner(ledger, owner, counted, from_a, from_b & ~from_a, positive & ~from_b)
    return sums[sums[:, 1] > 0, 2:]


def _verdicts(ledger: Ledger, end: int, rules: Portfolio) -> pd.DataFrame:
    """Crossings of A* between two windows that do not overlap, and what the sign test says."""
    earlier = end - rules.window_months
    number = len(ledger.managers)
    result = pd.DataFrame({"manager": np.arange(-1, number)})
    if earlier + 1 < rules.window_months:
        result[["entered_a", "left_a", "p_value"]] = np.nan
        return result.assign(verdict=np.where(result["manager"] >= 0, "too short", None))
    cut = classes.cut_off_of(ledger, earlier, rules)
    limit = cut.a_amount if cut else np.iinfo(np.int64).max
    amount = classes.amounts(ledger, rules.abc_by)
    before = matrices.window(earlier, rules.window_months).sum(amount) >= limit
    after = matrices.window(end, rules.window_months).sum(amount) >= limit
    owner = matrices.owner(ledger, end)
    crossed = matrices.per_owner(ledger, owner, after & ~before, before & ~after)
    result["entered_a"], result["left_a"] = crossed[:, 1], crossed[:, 2]
    result["p_value"] = sign_tests(result["entered_a"], result["left_a"])
    direction = np.where(result["entered_a"] > result["left_a"], "improving", "worsening")
    verdict = np.where(result["p_value"] < rules.trend_p, direction, "steady").astype(object)
    company = result["manager"] < 0
    result["p_value"] = result["p_value"].mask(company)
    result["verdict"] = np.where(company, None, verdict)
    return result
