"""Promises: who keeps what clients were led to expect?

A *promise* is a missed call or a meeting that fell through: an activity with a client whose outcome
is one of `promised`, the day's last one per client, kind and day. It is *kept* when anyone has a
contact with the client afterwards, in time. Activities, contacts and settings are those of the
topic activity.

Common parameters: *ledger* is the book's (ledger/matrices.py), *activities* and *managers* are its
frames (schema: TABLES). *month* is the first day of the month asked for; *as_of* the day looked at
(None: the month's end). *company* has the calendar, *rules* the thresholds.
"""

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger import activity_log, matrices
from clientops.ledger.activity_log import ALL_KINDS
from clientops.ledger.matrices import Ledger, codes
from clientops.ledger.ratios import money, ratio
from clientops.ledger.rows import empty, finish, name_managers, with_company
from clientops.schema import table
from clientops.settings import Activity, Company, Portfolio
from clientops.words import N_

LABELS = {  # of columns that only this topic has
    "due": N_("Missed or fell through"),
    "kept": N_("Of these contacted in time"),
    "kept_share": N_("Contacted in time"),
    "oldest_days": N_("Oldest not in time, days ago"),
    "due_on": N_("On"),
    "days": N_("Days ago"),
}


@table(
    "manager_id:id manager_name:name kind:word * due:count kept:count kept_share:share "
    "oldest_days:whole?",
    labels=LABELS,
    period="as of",
    whose="done by",
    adds_up="due kept",
    stored="all",
    says=N_("{manager_name}: {kept} of {due} missed calls and failed meetings made good in time."),
)
def promises(
    activities: pd.DataFrame,
    managers: pd.DataFrame,
    *,
    month: pd.Timestamp,
    as_of: pd.Timestamp | None = None,
    company: Company = Company(),
    rules: Activity = Activity(),
) -> pd.DataFrame:
    """How many missed calls and meetings that fell through were made good within two working days.

    How: as of the last day of the data, or of the month where one is asked for. Activities with a
    client that were missed, planned, overdue or not held (`promised`), of the last 30 calendar days
    (`promise_days`) whose two working days (`promise_grace`) are over by then; of several of one
    client, kind and day the last, which counts for who entered it. They are kept when anyone had a
    contact with the client (an activity that was done, of at least half a minute where minutes are
    known) after it, up to the second working day later; where one of the two has no time of day
    (00:00:00 is none), on that day or later.

    Returns a row per manager and kind with any, kind `*` for all of them, and the company as `*`:
    manager_id, manager_name, kind, due (how many), kept, kept_share (kept per due), oldest_days
    (days from the oldest that was not kept to the day looked at; empty: all were).
    """
    as_of = periods.month_end(month) if as_of is None else as_of
    rows = _promises(activities, as_of, company, rules)
    if rows.empty:
        return empty(promises)
    index = matrices.client_index(rows["manager_id"].astype(object))
    rows["manager"] = codes(rows["manager_id"], index)
    rows["kept"] = rows["next"] <= rows["until"]
    rows["days"] = (as_of - rows["day"]).dt.days.where(~rows["kept"])
    rows = with_company(rows[["manager", "kind", "kept", "days"]])
    rows = pd.concat([rows, rows.assign(kind=ALL_KINDS)], ignore_index=True)
    frame = rows.groupby(["manager", "kind"], as_index=False).agg(
        due=("kept", "size"), kept=("kept", "sum"), oldest_days=("days", "max")
    )
    frame["kept_share"] = ratio(frame["kept"], frame["due"])
    return finish(name_managers(frame, managers, index), promises)


@table(
    "* manager_id:id client_id:id client_name:name kind:word due_on:date days:whole outcome:said "
    "revenue:money",
    labels=LABELS,
    period="as of",
    adds_up="revenue=some",
)
def promises_open(
    ledger: Ledger,
    activities: pd.DataFrame,
    *,
    month: pd.Timestamp,
    as_of: pd.Timestamp | None = None,
    company: Company = Company(),
    portfolio: Portfolio = Portfolio(),
    rules: Activity = Activity(),
) -> pd.DataFrame:
    """Missed calls that nobody returned, and meetings that fell through, the largest clients first.

    How: as of the last day of the data, or of the month where one is asked for. Clients with a
    missed call or a meeting that fell through (as in promises: of the last 30 calendar days, two
    working days over) since which nobody had a contact with them, up to that day; of several the
    oldest. They count for their owner at the end of the month of that day, who can act.

    Returns a row per such client, by revenue descending: manager_id, client_id, client_name (the id
    where unknown), kind, due_on (its day), days (since then), outcome (in the words of who entered
    it), revenue (of the window that ends with the month asked for, else with the last complete
    one).
    """
    as_of = periods.month_end(month) if as_of is None else as_of
    end, now = ledger.row(month), ledger.row(max(month, periods.parse_month(as_of)))
    rows = _promises(activities, as_of, company, rules)
    rows = rows[rows["next"].isna()]
    if rows.empty:
        return empty(promises_open)
    rows = rows.sort_values(["at", "kind", "manager_id"], kind="stable")
    rows = rows.drop_duplicates("client_id")
    owner, who = matrices.owner(ledger, now), codes(rows["client_id"], ledger.clients)
    rows, who = rows[(who >= 0) & (owner[who] >= 0)], who[(who >= 0) & (owner[who] >= 0)]
    revenue = matrices.window(end, portfolio.window_months).sum(ledger.revenue)[who]
    frame = pd.DataFrame(
        {
            "manager_id": ledger.managers.astype(object).take(owner[who]),
            "client_id": rows["client_id"].to_numpy(),
            "client_name": ledger.names[who],
            "kind": rows["kind"].to_numpy(),
            "due_on": rows["day"].to_numpy(),
            "days": (as_of - rows["day"]).dt.days.to_numpy(),
            "outcome": rows["outcome"].to_numpy(),
            "revenue": money(revenue),
        }
    ).iloc[np.lexsort((who, -revenue))]
    return finish(frame, promises_open)


def _promises(
    activities: pd.DataFrame, as_of: pd.Timestamp, company: Company, rules: Activity
) -> pd.DataFrame:
    """The promises whose days of grace are over by *as_of*: manager_id, client_id, kind, outcome,
    at, day, until (the last day in time), next (day of the next contact with the client up to
    *as_of*; NaT: none)."""
    first = as_of - pd.Timedelta(days=rules.promise_days - 1)
    at = activities["happened_at"]
    recent = activities[(at >= first) & (at < as_of + pd.Timedelta(days=1))]
    words = recent["outcome"].dropna().unique()
    words = [word for word in words if rules.is_promised(word)]
    rows = recent[recent["outcome"].isin(words) & recent["client_id"].notna()]
    rows = _plain(rows).sort_values(["at", "manager_id", "outcome"], kind="stable")
    rows = rows.drop_duplicates(["client_id", "kind", "day"], keep="last")
    rows["until"] = _days_later(rows["day"], as_of, company, rules.promise_grace)
    rows = rows[rows["until"] <= as_of]
    contacts = activity_log.touches(activity_log.done(activities, first, as_of, rules), rules)
    contacts = _plain(contacts[contacts["client_id"].isin(rows["client_id"])])
    # In half microseconds: what has no time of day comes after all others of its day as a contact,
    # before them as a promise.
    rows["order"] = _moments(rows, last=False)
    contacts = pd.DataFrame(
        {
            "client_id": contacts["client_id"],
            "order": _moments(contacts, last=True),
            "next": contacts["day"],
        }
    )
    return pd.merge_asof(
        rows.sort_values("order", kind="stable"),
        contacts.sort_values("order", kind="stable"),
        on="order",
        by="client_id",
        direction="forward",
        allow_exact_matches=False,
    )


def _plain(rows: pd.DataFrame) -> pd.DataFrame:
    """The columns of activities that are needed, identifiers as texts, with the day."""
    names = ["manager_id", "client_id", "kind", "outcome"]
    plain = rows[names].astype(object)
    at = rows["happened_at"].astype("datetime64[us]")
    return plain.assign(at=at, day=at.dt.normalize())


def _moments(rows: pd.DataFrame, *, last: bool) -> pd.Series:
    """When each happened, in half microseconds; without a time of day (*last*) just before the next
    day, else just before its own."""
    at = rows["at"].astype(np.int64) * 2
    day = 2 * 86_400_000_000 if last else 0
    return at.where(rows["at"] != rows["day"], at + day - 1)


def _days_later(days: pd.Series, as_of: pd.Timestamp, company: Company, number: int) -> pd.Series:
    """So many working days after each day; beyond *as_of*: the day after it."""
    first = days.min() if len(days) else as_of
    week = (company.calendar, company.work_week)
    working = np.append(periods.working_days(first, as_of, *week), np.datetime64(as_of, "D") + 1)
    day = days.to_numpy(dtype="datetime64[D]")
    place = working.searchsorted(day, side="right") + number - 1
    later = working[np.minimum(place, len(working) - 1)] if number else day
    return pd.Series(later.astype("datetime64[us]"), days.index)
