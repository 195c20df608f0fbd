"""Overview: what changed, where do I look first?

Beside the month of each portfolio and what calls are worth, nothing is measured here: figures and
reasons are declared by the tables of all topics (schema: Headline, Reason), brought together by the
book, and here compared, ranked and joined.

Common parameters: *declared_headlines*, *declared_reasons* are what the tables declare (schema:
DECLARED), *ledger* is the book's (ledger/matrices.py), *sales_day*, *managers* … its frames.
*month* is the first day of the month asked for, *until* its last day that counts (None: its end),
*as_of* the last day looked at (None: the month's end). Money is in the reporting currency.
"""

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger import classes, declared, matrices
from clientops.ledger.matrices import Ledger
from clientops.ledger.ratios import money, ratio
from clientops.ledger.rhythm import overdue
from clientops.ledger.rows import empty, finish, name_owners, names_of, with_company
from clientops.ledger.two_windows import LOST, read_moves
from clientops.schema import Headline, table
from clientops.settings import Company, Overview, Portfolio, Regularity
from clientops.words import N_

LABELS = {  # of columns that only this topic has
    "active_clients": N_("Clients who bought"),
    "average_purchase": N_("Average purchase"),
    "metric": N_("Figure"),
    "label": N_("Figure"),
    "unit": N_("Unit"),
    "value": N_("Value"),
    "previous": N_("Month before"),
    "year_ago": N_("Year before"),
    "change_rate": N_("Change in percent"),
    "year_change": N_("Change on the year before"),
    "year_rate": N_("Change on the year before in percent"),
    "better": N_("Better when"),
    "against": N_("Judged against"),
    "worth": N_("Worth a call"),
    "also": N_("Also"),
    "place": N_("Order"),
    "compared_days": N_("Working days compared"),
    "priority": N_("Place"),
    "state": N_("State"),
    "back": N_("Bought again"),
    "chance": N_("Chance to come back"),
}
# Chances to come back that are held before anything is counted, worth as much as 10 clients:
# measured on two wholesalers.
PRIORS = {"late": 0.5, "silent": 0.3, "lost": 0.1}
PRIOR_CLIENTS = 10
CHECK_MONTHS = 2  # a client who was listed is given so many months to come back


@table(
    "month:month manager_id:id * manager_name:name revenue:money margin:money margin_rate:share "
    "active_clients:count purchases:count average_purchase:money",
    labels=LABELS,
    period="month",
    adds_up="revenue margin active_clients purchases",
    headline=(
        Headline("revenue", N_("Revenue"), "up", per_day=True, page="profitability"),
        Headline("margin", N_("Gross margin"), "up", per_day=True, page="profitability"),
        Headline("margin_rate", N_("Margin rate"), "up", page="profitability"),
        Headline("active_clients", N_("Clients who bought"), "up", page="regularity"),
        Headline("average_purchase", N_("Average purchase"), "up", page="portfolio"),
    ),
)
def portfolio_month(ledger: Ledger, *, month: pd.Timestamp) -> pd.DataFrame:
    """What the clients of each portfolio brought in the month.

    How: net revenue of the month, returns included, of the clients owned at its end, whoever sold.
    margin is revenue less cost of the lines whose cost is known, margin_rate that over the revenue
    of these lines. active_clients bought in the month; average_purchase is revenue per client and
    day with a purchase.

    Returns one row per owner of clients with a line so far, and the company as `*`: month,
    manager_id, manager_name, revenue, margin and margin_rate (both empty where nothing is costed),
    active_clients, purchases (days), average_purchase (empty without a purchase).
    """
    end = ledger.row(month)
    of_month = matrices.Window(end, end)
    amounts = {
        "revenue": ledger.revenue,
        "margin": ledger.margin,
        "costed_revenue": ledger.costed_revenue,
        "costed": ledger.costed,
        "purchases": ledger.purchases,
    }
    frame = pd.DataFrame({name: of_month.sum(matrix) for name, matrix in amounts.items()})
    frame["active_clients"] = ledger.bought[end].astype(np.int64)
    frame["manager"] = matrices.owner(ledger, end)
    # Also of clients who only returned something: they bought before the data begin.
    frame = frame[(frame["manager"] >= 0) & (ledger.first_line <= end)]
    sums = with_company(frame).groupby("manager", as_index=False).sum()
    sums["margin_rate"] = ratio(sums["margin"], sums["costed_revenue"])
    sums["margin"] = money(sums["margin"].where(sums["costed"] > 0))
    sums["revenue"] = money(sums["revenue"])
    sums["average_purchase"] = ratio(sums["revenue"], sums["purchases"])
    sums["month"] = month
    return finish(name_owners(sums, ledger), portfolio_month)


@table(
    "month:month manager_id:id metric:id * label:word unit:word value:number previous:number "
    "year_ago:number change:number change_rate:share year_change:number year_rate:share "
    "better:word against:word verdict:word topic:id place:whole manager_name:name "
    "compared_days:whole?",
    labels=LABELS,
    period="month",
    in_pack="verdicts",
)
def headlines(
    declared_headlines: pd.DataFrame,
    managers: pd.DataFrame,
    *,
    month: pd.Timestamp,
    until: pd.Timestamp | None = None,
    company: Company = Company(),
    rules: Overview = Overview(),
) -> pd.DataFrame:
    """The month in a few figures, judged against the same month a year before.

    How: each figure is declared by the table that holds it, for the clients owned at the end of its
    month. It is better or worse when it moved beyond its tolerance against the value of a year
    before, of amounts of a month per working day: by more than `tolerance` (0.05) of it, of shares
    and rates by more than `tolerance_points` (0.01); shares and counts of clients also by more than
    one client; estimates such as the net promoter score when their ranges of 95 % do not overlap.
    Net revenue retention is such a comparison already and is held against 1. Where the
    value before is not positive, the sign of the change decides. Without a value of a year before
    there is no verdict. A tolerance is no test: whether a portfolio changed beyond chance is told
    on its own page.

    Returns one row per manager (owners of clients who ever bought) and figure that has a value, and
    the company as `*`: month, manager_id, metric, label, unit, value, previous (a month before),
    year_ago, change (value − previous; of amounts of a month value − previous × working days of
    this month / those of the month before), change_rate (that in parts of the value before; empty
    for shares and where it is not positive), year_change and year_rate (likewise on the year
    before), better (up or down), against (`year`, or empty: no verdict), verdict (better, worse,
    same), topic (whose page shows more), place (their order), manager_name, compared_days (of
    amounts of a month that is not over: its working days so far). A value before whose window
    covers fewer months than this one counts as unknown.
    """
    until = periods.month_end(month) if until is None else until
    keys = ["manager_id", "metric"]
    months = dict(list(declared_headlines.groupby("month")))
    frame = months.get(month, declared_headlines.iloc[:0]).set_index(keys)
    for name, back in (("previous", 1), ("year_ago", 12)):
        then = periods.add_months(month, -back)
        before = months.get(then, declared_headlines.iloc[:0]).set_index(keys).reindex(frame.index)
        is_short = (before["covered_months"] < frame["covered_months"]).fillna(False)
        frame[name] = before["value"].mask(is_short.astype(bool))
        days = _working_days(month, until, company), _working_days(then, None, company)
        by_day = frame["per_day"].astype(bool) & (days[1] > 0)
        frame[f"{name}_alike"] = frame[name].where(~by_day, frame[name] * days[0] / max(days[1], 1))
    # What lies in two ranges that overlap differs by chance.
    frame["overlaps"] = (frame["low"] <= before["high"]) & (before["low"] <= frame["high"])
    is_share = frame["unit"].isin(["share", "score"])
    for base, change, rate in (
        ("previous_alike", "change", "change_rate"),
        ("year_ago_alike", "year_change", "year_rate"),
    ):
        frame[change] = frame["value"] - frame[base]
        frame[rate] = np.where(is_share, np.nan, ratio(frame[change], frame[base]))
    frame["verdict"] = _verdicts(frame, is_share, rules)
    frame["against"] = np.where(frame["verdict"].notna(), "year", None)
    frame = frame.reset_index().rename(columns={"page": "topic"})
    names = frame["manager_id"].map(names_of(managers, "manager_id", "manager_name").get)
    frame["manager_name"] = names.where(names.notna(), frame["manager_id"])
    running = not periods.is_complete(month, until, company.calendar, company.work_week)
    gone = _working_days(month, until, company) if running else None
    frame["compared_days"] = pd.Series(gone, frame.index).where(frame["per_day"].astype(bool))
    return finish(frame[frame["value"].notna()], headlines)


def _working_days(month: pd.Timestamp, until: pd.Timestamp | None, company: Company) -> int:
    """How many working days a month has, up to the day *until*."""
    last = periods.month_end(month) if until is None else until
    return len(periods.working_days(month, last, company.calendar, company.work_week))


def _verdicts(frame: pd.DataFrame, is_share: pd.Series, rules: Overview) -> np.ndarray:
    """Better, worse, same, or None where there is nothing to judge against."""
    on_year = frame["on_year"].astype(bool)
    base = frame["year_ago_alike"].mask(on_year, 1.0)
    change = frame["value"] - base
    size = change.abs()
    limit = np.where(is_share, rules.tolerance_points, rules.tolerance * base.abs())
    clients = frame["clients"].astype(float).where(is_share, 1.0).fillna(np.inf)
    counted = is_share | (frame["unit"] == "count")
    beyond = _more(size, limit) | ((base <= 0) & ~is_share & (size > 0))
    beyond &= (~counted | _more(size * clients, 1.0)) & ~frame["overlaps"]
    good = (change > 0) == (frame["better"] == "up")
    verdict = np.where(beyond, np.where(good, "better", "worse"), "same").astype(object)
    return np.where(base.notna() & frame["value"].notna(), verdict, None)


def _more(size: pd.Series, limit: object) -> pd.Series:
    """Whether a size is beyond a limit, which a float a hair beside it is not."""
    return (size > limit) & ~np.isclose(size.astype(float), limit, rtol=1e-9, atol=1e-12)


@table(
    "month:month manager_id:id metric:id * manager_name:name value:number year_ago:number "
    "until:date",
    labels=LABELS | {"until": N_("Last day that counts")},
    period="rows",
    in_pack="history",
)
def headline_history(
    headline_values: pd.DataFrame,
    managers: pd.DataFrame,
    *,
    month: pd.Timestamp,
    until: pd.Timestamp,
    rules: Overview = Overview(),
) -> pd.DataFrame:
    """Each figure of the first page month by month, beside that of a year before.

    How: the values of headlines as each month's own report told them, at the settings in force,
    for the `history_months` (13) months that end with the month. The last one may not be over.

    Returns one row per month, manager and figure that had a value then or a year before, and the
    company as `*`: month, manager_id, metric, manager_name (the id where unknown), value, year_ago
    (of the whole month a year before), until (the last day that counts).
    """
    first = periods.add_months(month, 1 - rules.history_months)
    keys = ["month", "manager_id", "metric"]
    before = headline_values.rename(columns={"value": "year_ago"})
    before = before.assign(month=before["month"] + pd.DateOffset(years=1))
    frame = headline_values.merge(before, on=keys, how="outer", validate="1:1")
    frame = frame[frame["month"].between(first, month)]
    ends = frame["month"] + pd.offsets.MonthEnd(0)
    names = frame["manager_id"].map(names_of(managers, "manager_id", "manager_name").get)
    frame = frame.assign(
        until=ends.clip(upper=until), manager_name=names.fillna(frame["manager_id"])
    )
    return finish(frame, headline_history)


@table(
    "* manager_id:id client_id:id client_name:name reason:word money:money worth:money also:said "
    "priority:whole topic:id last_on:date typical_gap_days:days overdue_days:days "
    "expected_on:date from_class:word to_class:word revenue_before:money revenue_after:money "
    "window_months:whole? revenue:money margin:money abc:word last_touch:date plan_to_date:money "
    "revenue_to_date:money oldest_due_on:date days_late:days",
    labels=LABELS | {"money": N_("Three months of money")},
    period="as of",
    in_pack="calls",
)
def attention(
    ledger: Ledger,
    declared_reasons: pd.DataFrame,
    attention_check: pd.DataFrame,
    *,
    month: pd.Timestamp,
    as_of: pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Which clients need somebody today, and what that is worth.

    How: as of the last day of the data, or of the month where one is asked for. Every reason is
    declared by the table it comes from, with three months of money: `late` and `silent` (the
    revenue missed), `lost` (was A or X and buys no more), `fell from A` by own sales, `no longer
    regular` (what they brought less), `loss maker` (its loss), `untouched` A and B clients (no
    money). worth is the money times the chance that a client in this state comes back, measured on
    the same ledger (attention_check); where that does not matter, the money itself. Each client
    stands once, under the reason with the largest worth. The list of today's calls is another: it
    keeps places for each reason and leaves in peace whom anybody contacted in the last days.

    Returns one row per client, by worth descending, untouched ones last by window revenue:
    manager_id (owner on the day), client_id, client_name, reason, money, worth (both empty for
    untouched), also (its other reasons), priority (the place in the manager's own list), topic
    (whose page shows more), and what the reason's sentence needs, else empty: last_on,
    typical_gap_days, overdue_days, expected_on; from_class, to_class, revenue_before,
    revenue_after, window_months; revenue, margin; abc, last_touch; plan_to_date, revenue_to_date;
    oldest_due_on, days_late (both of the invoices that are overdue).
    """
    as_of = periods.month_end(month) if as_of is None else as_of
    end, now = ledger.row(month), ledger.row(periods.parse_month(as_of))
    if declared_reasons.empty:
        return empty(attention)
    rows = declared.of_owned(ledger, declared_reasons, end, max(now, end))
    chances = attention_check.set_index("state")["chance"]
    state = rows[rows["state"] != ""].drop_duplicates("client").set_index("client")["state"]
    chance = rows["client"].map(state.map(chances)).astype(float).fillna(1.0)
    rows["worth"] = rows["money"] * chance.mask(rows["is_certain"].astype(bool), 1.0)
    rows = rows.sort_values(["client", "worth", "place"], ascending=[True, False, True])
    others = rows[rows["client"].duplicated()].groupby("client")["reason"].agg(", ".join)
    rows = rows.drop_duplicates("client")
    rows["also"] = rows["client"].map(others)
    window = rows.get("revenue", pd.Series(np.nan, rows.index)).where(rows["worth"].isna())
    rows = rows.assign(window=window).sort_values(
        ["worth", "window", "client_id"], ascending=[False, False, True], ignore_index=True
    )
    rows["priority"] = rows.groupby("manager").cumcount() + 1
    rows["manager_id"] = ledger.managers.astype(object).take(rows["manager"])
    rows = rows.rename(columns={"page": "topic"})
    return finish(rows.reindex(columns=list(attention.about.units)), attention)


@table(
    "month:month * state:word listed:count back:count chance:share",
    labels=LABELS,
    period="month",
    whose="company",
    stored="all",
)
def attention_check(
    ledger: Ledger,
    sales_day: pd.DataFrame,
    *,
    month: pd.Timestamp,
    portfolio: Portfolio = Portfolio(),
    regularity: Regularity = Regularity(),
) -> pd.DataFrame:
    """How many of the clients who were late, silent or lost came back: what a call is worth.

    How: the clients who were in each state at the end of the month two months before, and how many
    of them bought by the end of this month. chance is (back + 10 · p) / (listed + 10) with p 0.5,
    0.3 and 0.1 (measured on two wholesalers), so that few clients decide nothing. `lost`: was A or
    X in the window before, a full one, and has no purchase in the window.

    Returns a row for each state (late, silent, lost): month, state, listed, back, chance.
    """
    end = ledger.row(month)
    then = end - CHECK_MONTHS
    listed = {state: np.array([], dtype=np.int64) for state in PRIORS}
    if then >= 0:
        before = ledger.month_of(then)
        found = overdue(ledger, sales_day, periods.month_end(before), regularity, portfolio)
        listed["late"], listed["silent"] = found.client[found.late], found.client[~found.late]
        listed["lost"] = _lost(ledger, before, portfolio)
    back = ledger.purchases[end + 1] > ledger.purchases[then + 1 if then >= 0 else 0]
    frame = pd.DataFrame({"state": list(listed), "listed": [len(each) for each in listed.values()]})
    frame["back"] = [int(back[each].sum()) for each in listed.values()]
    prior = PRIOR_CLIENTS * frame["state"].map(PRIORS)
    frame["chance"] = ratio(frame["back"] + prior, frame["listed"] + PRIOR_CLIENTS)
    return finish(frame.assign(month=month), attention_check)


def _lost(ledger: Ledger, month: pd.Timestamp, portfolio: Portfolio) -> np.ndarray:
    """The clients (positions) who were A or X in a full window and bought nothing since."""
    moves = read_moves(ledger, month, None, portfolio)
    if moves is None or moves.rules.window_months < portfolio.window_months:
        return np.array([], dtype=np.int64)
    abc, xyz = np.divmod(moves.class_before, len(classes.XYZ))
    mattered = (abc == classes.A) | (xyz == classes.X)
    return np.flatnonzero((moves.direction == LOST) & mattered & (moves.owner >= 0))
