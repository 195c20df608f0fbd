"""Activity: is anybody working the base?

An *activity* is a row of the table activities whose outcome is not one of `not_done` (compared
trimmed, in any case, ё as е): an empty one, or a word that is in no list, is done. On working days,
one on another day counts on the next working day of the same month, after its last one on that one.
A *contact* (touch) is an activity with a client, of at least `min_call_minutes` where the minutes
are known. Nothing is told of a time before the first row of the table.

Common parameters: *ledger* is the book's (ledger/matrices.py), *activities*, *managers* …
are its frames (schema: TABLES, FACTS); *activity_kinds* holds the kinds that anybody in the company
ever recorded. *month* is the first day of the month asked for; *as_of* the last day of the data
(None: the month's end), which matters while the month is running, *until* the last day that counts
of the month. *rules* and *portfolio* are the thresholds.
"""

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger import activity_log, classes, matrices
from clientops.ledger.activity_log import done, recorded, touches
from clientops.ledger.classes import ABC
from clientops.ledger.matrices import Ledger, codes
from clientops.ledger.ratios import money, ratio
from clientops.ledger.rows import dates, empty, finish, name_managers, with_company
from clientops.schema import Headline, reason, table
from clientops.settings import Activity, Company, Portfolio
from clientops.words import N_

SHIPMENT = "shipment"  # the last step of the funnel
TOPICS = ("useful", "company", "offer", "untold")  # the last: none of the three
TOLD = 3
COVERED = np.array(["A", "B", "C", "prospect", "-"])  # of whom activity_coverage tells
PROSPECT, OTHERS = 3, 4

LABELS = {  # of columns that only this topic has
    "share": N_("Share"),
    "activities": N_("Activities"),
    "per_day": N_("Per working day"),
    "norm": N_("Norm per working day"),
    "attainment": N_("Of the norm"),
    "employed": N_("Employed"),
    "days_without": N_("Days without any"),
    "day": N_("Day"),
    "touched": N_("Clients contacted"),
    "touched_by_owner": N_("Contacted by the owner"),
    "coverage": N_("Coverage"),
    "activity_share": N_("Share of activities"),
    "share_by": N_("Measured by"),
    "step": N_("Step"),
    "count": N_("Clients reached"),
    "outside": N_("Reached outside the funnel"),
    "touch_days": N_("Contact due after, days"),
}


@table(
    "month:month manager_id:id manager_name:name kind:word * activities:count "
    "working_days:whole per_day:number norm:number attainment:share days_without:count "
    "verdict:word",
    labels=LABELS,
    period="month",
    whose="done by",
    adds_up="activities",
    headline=Headline("per_day", N_("Activities per working day"), "up",
                      metric="activities_per_day", rows="kind == '*'"),
)  # fmt: skip
def manager_activity(
    activities: pd.DataFrame,
    activity_kinds: pd.DataFrame,
    managers: pd.DataFrame,
    *,
    month: pd.Timestamp,
    as_of: pd.Timestamp | None = None,
    company: Company = Company(),
    rules: Activity = Activity(),
) -> pd.DataFrame:
    """What every manager did in the month, by kind, against the norm per working day.

    How: activities that were done (missed, cancelled, planned, overdue, unanswered and failed ones
    are not; what came of the others may be empty or any word), by who did them. working_days are
    those of the company's calendar on which the manager was employed; of a month that is not over,
    only those up to the data's end. per_day is activities per working day; attainment is per_day
    against the norm, reached from 80 % on (`norm_reached`), else below. The company's norm is the
    norm times the managers counted. An activity on another day counts on the next working day of
    the month, after its last one on that one. days_without are employed working days without a
    single one.

    Returns a row per manager and kind ever recorded, and kind `*` for all of them, zeros included,
    of managers hired by the month and not left before it, or active in it (where hired_on is
    unknown: active in the three months up to it), and the company as `*`: month, manager_id,
    manager_name, kind, activities, working_days, per_day (empty without working days), norm,
    attainment, days_without, verdict (`reached`, `below`). norm, attainment and verdict are empty
    where there is no norm. No rows for a time before anything was recorded.
    """
    span = activity_log.span_of(month, as_of, company)
    log = activity_log.read_log(activities, activity_kinds, managers, span, rules)
    if log is None:
        return empty(manager_activity)
    people = np.where(log.managers < 0, len(log.managers) - 1, 1)[:, None]
    norm = people * np.array([rules.norms.get(kind, np.nan) for kind in log.kinds])
    working_days = log.employed.sum(axis=1)[:, None]
    idle = (log.daily == 0) & log.employed[:, :, None]
    frame = _grid(manager=log.managers, kind=log.kinds)
    frame["activities"] = log.total.ravel()
    frame["working_days"] = np.broadcast_to(working_days, log.total.shape).ravel()
    frame["per_day"] = ratio(log.total, working_days).ravel()
    frame["norm"] = norm.ravel()
    frame["attainment"] = ratio(log.total, working_days * norm).ravel()
    frame["days_without"] = idle.sum(axis=1).ravel()
    verdict = np.where(frame["attainment"] < rules.norm_reached, "below", "reached")
    frame["verdict"] = np.where(frame["attainment"].isna(), None, verdict)
    frame["month"] = month
    return finish(name_managers(frame, managers, log.index), manager_activity)


@table(
    "day:date manager_id:id manager_name:name kind:word * activities:count employed:flag",
    labels=LABELS,
    period="month",
    whose="done by",
    adds_up="activities",
)
def activity_daily(
    activities: pd.DataFrame,
    activity_kinds: pd.DataFrame,
    managers: pd.DataFrame,
    *,
    month: pd.Timestamp,
    as_of: pd.Timestamp | None = None,
    company: Company = Company(),
    rules: Activity = Activity(),
) -> pd.DataFrame:
    """What every manager did on each working day of the month.

    How: activities that were done, by who did them. One on a day that is no working day of the
    company's calendar counts on the next working day of the month, after its last one on that one.

    Returns a row per working day (of a month that is not over, up to the data's end), manager as in
    manager_activity, with the company as `*`, and kind ever recorded, zeros included: day,
    manager_id, manager_name, kind, activities, employed (whether the manager was on that day).
    """
    span = activity_log.span_of(month, as_of, company)
    log = activity_log.read_log(activities, activity_kinds, managers, span, rules)
    if log is None:
        return empty(activity_daily)
    frame = _grid(manager=log.managers, day=log.days, kind=log.kinds[1:])
    frame["activities"] = log.daily[:, :, 1:].ravel()
    frame["employed"] = np.repeat(log.employed.ravel(), len(log.kinds) - 1)
    return finish(name_managers(frame, managers, log.index), activity_daily)


@table(
    "month:month manager_id:id manager_name:name abc:word * clients:count? "
    "touched:count? touched_by_owner:count? coverage:share activities:count activity_share:share "
    "margin_share:share share_by:word",
    labels=LABELS | {"activities": N_("Activities by client's owner")},
    period="month",
    adds_up="clients touched touched_by_owner activities",
    headline=Headline("coverage", N_("A clients contacted in time"), "up", metric="a_coverage",
                      rows="abc == 'A'", of="clients"),
)  # fmt: skip
def activity_coverage(
    ledger: Ledger,
    activities: pd.DataFrame,
    activity_kinds: pd.DataFrame,
    *,
    month: pd.Timestamp,
    until: pd.Timestamp | None = None,
    portfolio: Portfolio = Portfolio(),
    rules: Activity = Activity(),
) -> pd.DataFrame:
    """How many A, B and C clients were contacted in time, and where attention and money go.

    How: a client is contacted when anyone had an activity with it (of at least half a minute where
    minutes are known) in the last days of the month: A 14, B 30, C 90, prospects 30 calendar days
    (`touch_days`; for a client group, else for the team of the owner, as `touch_days_of` says),
    the month's last one included; of a month that is not over, the last days up to the data's end.
    Prospects are the clients known by the month who never bought anything up to its end. Clients
    count for their owner at the month's end. coverage is the part of the clients that is contacted.
    activities are those of the month with these clients, whoever did them; activity_share and
    margin_share are their parts in the activities and in the window margin of the manager's A, B
    and C clients together
    (in the revenue where none of these has a known cost).

    Returns a row per manager and class with clients (A, B, C, `prospect`), and the company as `*`:
    month, manager_id, manager_name, abc, clients, touched, touched_by_owner, coverage, activities,
    activity_share, margin_share (both empty where the total is not positive, and for prospects),
    share_by (`margin`, or `revenue` where nothing is costed). A row `-` counts the activities that
    are left, where there are any: those with other clients by the clients' owner, those without a
    client by who did them, so that activities add up to all of the month's; all else in it is
    empty.
    """
    last_day = periods.month_end(month) if until is None else until
    end = ledger.row(month)
    if not recorded(activity_kinds, last_day):
        return empty(activity_coverage)
    owner = matrices.owner(ledger, end)
    cell = _coverage_cell(ledger, end, portfolio)
    letters = COVERED[:OTHERS]
    allowed = activity_log.touch_days(ledger, letters, cell, owner, rules)
    since = min(month, last_day - pd.Timedelta(days=int(max(allowed, default=0))))
    recent = done(activities, since, last_day, rules)
    last, last_by_owner = activity_log.last_touches(
        touches(recent, rules), ledger.clients, ledger.managers, owner
    )
    today = np.datetime64(last_day, "D").astype(np.int64)
    of_month = recent[recent["happened_at"] >= month]
    who = codes(of_month["client_id"], ledger.clients)
    counts = np.bincount(who[who >= 0], minlength=len(owner))
    window = matrices.window(end, portfolio.window_months)
    frame = pd.DataFrame(
        {
            "manager": owner,
            "cell": cell,
            "clients": 1,
            "touched": (today - last < allowed).astype(np.int64),
            "touched_by_owner": (today - last_by_owner < allowed).astype(np.int64),
            "activities": counts,
            "costed": window.sum(ledger.costed),
            "margin": window.sum(ledger.margin),
            "revenue": window.sum(ledger.revenue),
        }
    )[(owner >= 0) & ((cell < OTHERS) | (counts > 0))]
    doers, alone = _without_client(of_month, ledger.managers)
    frame = pd.concat([frame, alone], ignore_index=True)
    rows = with_company(frame).groupby(["manager", "cell"], as_index=False).sum()
    rows["coverage"] = ratio(rows["touched"], rows["clients"])
    rows = _with_shares(rows)
    told = ["clients", "touched", "touched_by_owner", "coverage"]
    rows[told] = rows[told].astype("Float64").mask(rows["cell"] == OTHERS)
    rows["abc"], rows["month"] = COVERED[rows["cell"]], month
    return finish(name_managers(rows, ledger.manager_table, doers), activity_coverage)


@table(
    "month:month manager_id:id manager_name:name * step:word count:count conversion:share "
    "outside:count window_months:whole",
    labels=LABELS | {"conversion": N_("Of the step before")},
    whose="done by",
)
def activity_funnel(
    activities: pd.DataFrame,
    activity_kinds: pd.DataFrame,
    managers: pd.DataFrame,
    sales_month: pd.DataFrame,
    *,
    month: pd.Timestamp,
    rules: Activity = Activity(),
) -> pd.DataFrame:
    """How many of the clients called were met, got an offer, an invoice and a shipment.

    How: clients a manager reached (an activity with the client, of at least half a minute where
    minutes are known) in the `funnel_months` (3) months that end with the month. A client counts at
    a step only when it counts at each step before, in whatever order they came; kinds nobody ever
    recorded are left out. A shipment is one with positive revenue, credited to the manager.
    conversion is the count per that of the step before. outside are the clients who were reached at
    the step without having been at each one before: at the shipment, who bought outside the funnel.

    Returns a row per step, in their order, of each manager who reached a client by any of them, and
    the company as `*`: month, manager_id, manager_name, step, count, conversion (empty at the first
    step and after a step without clients), outside, window_months.
    """
    last = periods.month_end(month)
    steps = [step for step in rules.funnel_steps if step in recorded(activity_kinds, last)]
    first = periods.add_months(month, 1 - rules.funnel_months)
    rows = touches(done(activities, first, last, rules), rules)
    kind = pd.Index(steps, dtype=object).get_indexer(rows["kind"].astype(object))
    rows, kind = rows[kind >= 0], kind[kind >= 0]
    if rows.empty:
        return empty(activity_funnel)
    sales = sales_month[(sales_month["month"] >= first) & (sales_month["month"] <= month)]
    sales = sales[sales["shipments"] > 0]
    index = matrices.client_index(rows["manager_id"], sales["manager_id"])
    clients = matrices.client_index(rows["client_id"], sales["client_id"])
    who = [codes(each["manager_id"], index) for each in (rows, sales)]
    client = [codes(each["client_id"], clients) for each in (rows, sales)]
    reached = pd.DataFrame({"manager": np.concatenate(who), "client": np.concatenate(client)})
    reached["step"] = np.append(kind, np.full(len(sales), len(steps)))
    reached = with_company(reached.drop_duplicates())
    pairs = (reached["manager"] + 1) * len(clients) + reached["client"]
    pairs, pair = np.unique(pairs, return_inverse=True)
    at_step = np.zeros((len(pairs), len(steps) + 1), dtype=bool)
    at_step[pair, reached["step"]] = True
    through = np.logical_and.accumulate(at_step, axis=1)
    shown, place = np.unique(pairs // len(clients) - 1, return_inverse=True)
    count, total = (np.zeros((len(shown), len(steps) + 1), dtype=np.int64) for _ in range(2))
    np.add.at(count, place, through)
    np.add.at(total, place, at_step)
    frame = _grid(manager=shown, step=[*steps, SHIPMENT])
    before = np.pad(count[:, :-1], ((0, 0), (1, 0)))  # nothing is before the first step
    frame["count"], frame["outside"] = count.ravel(), (total - count).ravel()
    frame["conversion"] = ratio(count, before).ravel()
    frame["month"], frame["window_months"] = month, rules.funnel_months
    frame = frame[np.repeat(total[:, :-1].any(axis=1), len(steps) + 1)]
    return finish(name_managers(frame, managers, index), activity_funnel)


@reason("untouched", 9, tells="abc last_touch revenue")
@table(
    "* manager_id:id client_id:id client_name:name abc:word last_touch:date days_since:whole? "
    "touch_days:whole revenue:money margin:money",
    labels=LABELS,
    period="as of",
    adds_up="revenue=some margin",
)
def untouched_clients(
    ledger: Ledger,
    activities: pd.DataFrame,
    activity_kinds: pd.DataFrame,
    *,
    month: pd.Timestamp,
    as_of: pd.Timestamp | None = None,
    portfolio: Portfolio = Portfolio(),
    rules: Activity = Activity(),
) -> pd.DataFrame:
    """Large and medium clients whom nobody has contacted for too long, the largest first.

    How: as of the last day of the data, or of the month where one is asked for. A and B clients, by
    the window that ends with the month, whose last contact (an activity with the client by anyone,
    of at least half a minute where minutes are known) is 14 (A) or 30 (B) days ago or longer
    (`touch_days`; for a client group, else for the team of the owner, as `touch_days_of` says), or
    who never had one. They count for their owner at the end of the month of that last day.

    Returns a row per such client, by revenue descending: manager_id, client_id, client_name (the id
    where unknown), abc, last_touch, days_since (both empty: never contacted), touch_days (so many
    days after the last contact the next one is due), revenue and margin of the window (margin of
    the costed lines; empty where nothing is costed).
    """
    as_of = periods.month_end(month) if as_of is None else as_of
    end, now = ledger.row(month), ledger.row(max(month, periods.parse_month(as_of)))
    if not recorded(activity_kinds, as_of):
        return empty(untouched_clients)
    owner = matrices.owner(ledger, now)
    cell = classes.abc(ledger, end, portfolio)
    last = activity_log.last_touch(ledger, activities, as_of, rules)
    allowed = activity_log.touch_days(ledger, ABC[:2], cell, owner, rules)
    in_time = (last >= 0) & (np.datetime64(as_of, "D").astype(np.int64) - last < allowed)
    shown = np.flatnonzero((cell <= classes.B) & (owner >= 0) & ~in_time)
    cell, last = cell[shown], last[shown]
    days = np.where(last >= 0, np.datetime64(as_of, "D").astype(np.int64) - last, np.nan)
    window = matrices.window(end, portfolio.window_months)
    revenue, costed = window.sum(ledger.revenue)[shown], window.sum(ledger.costed)[shown] > 0
    frame = pd.DataFrame(
        {
            "manager_id": ledger.managers.astype(object).take(owner[shown]),
            "client_id": ledger.clients[shown].astype(object),
            "client_name": ledger.names[shown],
            "abc": ABC[cell],
            "last_touch": dates(last),
            "days_since": days,
            "touch_days": allowed[shown],
            "revenue": money(revenue),
            "margin": np.where(costed, money(window.sum(ledger.margin)[shown]), np.nan),
        }
    ).iloc[np.argsort(-revenue, kind="stable")]
    return finish(frame, untouched_clients)


@table(
    "month:month manager_id:id manager_name:name topic:word * activities:count share:share "
    "norm:share",
    labels=LABELS | {"norm": N_("Even share")},
    period="month",
    whose="done by",
)
def touch_mix(
    activities: pd.DataFrame,
    managers: pd.DataFrame,
    *,
    month: pd.Timestamp,
    rules: Activity = Activity(),
) -> pd.DataFrame:
    """What the contacts of the month were about: useful things, the company, an offer.

    How: contacts (activities with a client, of at least half a minute where minutes are known) by
    topic, of who did them. share is the part in the contacts with one of the three topics, beside
    one third each; those without are `untold`.

    Returns four rows, zeros included, of each manager with a contact that has a topic, and the
    company as `*`: month, manager_id, manager_name, topic (useful, company, offer, untold),
    activities, share, norm (both empty for untold).
    """
    rows = touches(done(activities, month, periods.month_end(month), rules), rules)
    index = matrices.client_index(rows["manager_id"])
    topic = pd.Index(TOPICS[:TOLD]).get_indexer(rows["topic"].astype(object)) % len(TOPICS)
    counts = np.zeros((len(index) + 1, len(TOPICS)), dtype=np.int64)
    np.add.at(counts, (codes(rows["manager_id"], index) + 1, topic), 1)
    counts[0] = counts.sum(axis=0)
    told = counts[:, :TOLD].sum(axis=1)
    frame = _grid(manager=np.arange(-1, len(index)), topic=TOPICS)
    frame["activities"] = counts.ravel()
    frame["share"] = ratio(counts, told[:, None]).ravel()
    frame["norm"] = 1 / TOLD
    frame.loc[frame["topic"] == TOPICS[TOLD], ["share", "norm"]] = np.nan
    frame["month"] = month
    frame = frame[np.repeat(told > 0, len(TOPICS))]
    return finish(name_managers(frame, managers, index), touch_mix)


def _with_shares(rows: pd.DataFrame) -> pd.DataFrame:
    """Attention beside money: the parts in what a manager's A, B and C clients have together."""
    classed = rows["cell"] <= classes.C
    whole = rows[classed].groupby("manager").sum().reindex(rows["manager"])
    by_margin = (whole["costed"] > 0).to_numpy()
    activity_share = ratio(rows["activities"], whole["activities"])
    own = np.where(by_margin, rows["margin"], rows["revenue"])
    total = np.where(by_margin, whole["margin"], whole["revenue"])
    return rows.assign(
        activity_share=np.where(classed, activity_share, np.nan),
        margin_share=np.where(classed, ratio(own, total), np.nan),
        share_by=np.where(classed, np.where(by_margin, "margin", "revenue"), None),
    )


def _coverage_cell(ledger: Ledger, end: int, portfolio: Portfolio) -> np.ndarray:
    """Place in COVERED of every client: A, B, C, those who never bought, and all others."""
    cell = classes.abc(ledger, end, portfolio)
    never = (ledger.known_from <= end) & (ledger.purchases[end + 1] == 0)
    return np.where(cell <= classes.C, cell, np.where(never, PROSPECT, OTHERS))


def _without_client(rows: pd.DataFrame, owners: pd.Index) -> tuple[pd.Index, pd.DataFrame]:
    """The activities with nobody by who did them, each a row among all others; *owners* and who did
    one in code-point order, which the rows are positions in after the owners."""
    by = rows["manager_id"][rows["client_id"].isna()].astype(object)
    index = owners.append(pd.Index(sorted({*by} - {*owners}), dtype=owners.dtype))
    alone = pd.DataFrame({"manager": index.get_indexer(by), "cell": OTHERS, "activities": 1})
    columns = ["clients", "touched", "touched_by_owner", "costed", "margin", "revenue"]
    return index, alone.assign(**dict.fromkeys(columns, 0))


def _grid(**levels: object) -> pd.DataFrame:
    """A row for each combination of the levels, the last one changing fastest."""
    return pd.MultiIndex.from_product(levels.values(), names=list(levels)).to_frame(index=False)
