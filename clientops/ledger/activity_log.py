"""The activity log: activities that were done, the working days they count on, and who was there.

An *activity* is a row of the table whose outcome is not one of `not_done` (compared trimmed, in
any case, ё as е; empty, or a word that is in no list: done). A *touch* is an activity
with a client that took at least `min_call_minutes`, where the minutes are known.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger.matrices import Ledger, codes
from clientops.ledger.matrices import client_index as index_of
from clientops.ledger.rows import names_of
from clientops.settings import Activity, Company

ALL_KINDS = "*"


class Span(NamedTuple):
    """The days of a month that are looked at."""

    first: pd.Timestamp  # of the month
    last: pd.Timestamp  # of the month; of a running one, of the data
    working_days: np.ndarray  # datetime64[D]


def span_of(month: pd.Timestamp, as_of: pd.Timestamp | None, company: Company) -> Span:
    """A whole month; where the data end (*as_of*) before its last working day, only up to there."""
    week = (company.calendar, company.work_week)
    last = periods.month_end(month)
    if as_of is not None and not periods.is_complete(month, as_of, *week):
        last = min(last, as_of)
    return Span(month, last, periods.working_days(month, last, *week))


def done(
    activities: pd.DataFrame, first: pd.Timestamp | None, last: pd.Timestamp, rules: Activity
) -> pd.DataFrame:
    """The activities from the day *first* (None: from the beginning) to the day *last*."""
    at = activities["happened_at"]
    inside = at < last + pd.Timedelta(days=1)
    if first is not None:
        inside &= at >= first
    rows = activities[inside]
    words = rows["outcome"].dropna().unique()
    return rows[~rows["outcome"].isin([word for word in words if not rules.is_done(word)])]


def touches(rows: pd.DataFrame, rules: Activity) -> pd.DataFrame:
    """The touches among activities."""
    too_short = rows["minutes"] < rules.min_call_minutes  # unknown minutes are not
    return rows[rows["client_id"].notna() & ~too_short]


def recorded(activity_kinds: pd.DataFrame, last: pd.Timestamp) -> list[str]:
    """The kinds that anybody ever recorded up to the day *last*, in code-point order."""
    return sorted(activity_kinds["kind"][activity_kinds["first_on"] <= last].astype(str))


class Log(NamedTuple):
    """What each manager did in a month, by kind and working day; see `read_log`."""

    index: pd.Index  # identifiers of managers
    managers: np.ndarray  # positions in *index* of those shown; −1, the company, is the first
    kinds: np.ndarray  # all kinds together (`*`) are the first
    days: np.ndarray  # working days, datetime64[D]
    employed: np.ndarray  # managers × days: who was there; the company always is
    total: np.ndarray  # managers × kinds: activities of the month
    daily: np.ndarray  # managers × days × kinds: those that count on each working day


def read_log(
    activities: pd.DataFrame,
    activity_kinds: pd.DataFrame,
    managers: pd.DataFrame,
    span: Span,
    rules: Activity,
) -> Log | None:
    """The log of the managers who are shown; None where nothing was recorded or nobody is shown.

    Shown is who was hired by the last day and has not left before the month, or was active in it;
    where hired_on is unknown: who was active in the last `hired_unknown_months` months.
    """
    kinds = recorded(activity_kinds, span.last)
    since = periods.add_months(span.first, 1 - rules.hired_unknown_months)
    recent = done(activities, since, span.last, rules)
    rows = recent[recent["happened_at"] >= span.first]
    index = index_of(activities["manager_id"], managers["manager_id"])
    number = len(index)

    def active(rows: pd.DataFrame) -> np.ndarray:
        return np.bincount(codes(rows["manager_id"], index), minlength=number) > 0

    hired, left = employment(managers, index)
    there = np.isnat(left) | (left >= np.datetime64(span.first, "D"))
    was_hired = np.where(np.isnat(hired), active(recent), hired <= np.datetime64(span.last, "D"))
    shown = np.flatnonzero(active(rows) | (was_hired & there))
    if not kinds or not len(shown):
        return None
    hired, left = hired[shown, None], left[shown, None]
    employed = np.isnat(hired) | (hired <= span.working_days)
    employed &= np.isnat(left) | (span.working_days <= left)
    who = np.full(number, -1)
    who[shown] = np.arange(len(shown))
    who = who[codes(rows["manager_id"], index)]
    kind = pd.Index(kinds).get_indexer(rows["kind"])
    total = np.zeros((len(shown), len(kinds)), dtype=np.int64)
    np.add.at(total, (who, kind), 1)
    daily = np.zeros((len(shown), len(span.working_days), len(kinds)), dtype=np.int64)
    if len(span.working_days):
        np.add.at(daily, (who, _counted_on(rows, span.working_days), kind), 1)
    return Log(
        index=index,
        managers=np.append(-1, shown),
        kinds=np.array([ALL_KINDS, *kinds], dtype=object),
        days=span.working_days,
        employed=np.vstack([np.ones(len(span.working_days), dtype=bool), employed]),
        total=_with_sums(total, 1),
        daily=_with_sums(daily, 2),
    )


def employment(managers: pd.DataFrame, index: pd.Index) -> tuple[np.ndarray, np.ndarray]:
    """First and last day of every manager of *index*; NaT where unknown."""
    at = codes(managers["manager_id"], index)
    days = np.full((2, len(index)), np.datetime64("NaT", "D"))
    for place, column in enumerate(("hired_on", "left_on")):
        days[place, at[at >= 0]] = managers[column].to_numpy(dtype="datetime64[D]")[at >= 0]
    return days[0], days[1]


def _counted_on(rows: pd.DataFrame, working_days: np.ndarray) -> np.ndarray:
    """Place of the working day that each row counts on: its own or the next, else the last."""
    day = rows["happened_at"].to_numpy(dtype="datetime64[D]")
    return np.minimum(working_days.searchsorted(day), len(working_days) - 1)


def _with_sums(counts: np.ndarray, kinds: int) -> np.ndarray:
    """The counts with those of all managers before the first one and of all kinds before theirs."""
    counts = np.concatenate([counts.sum(axis=0, keepdims=True), counts])
    return np.concatenate([counts.sum(axis=kinds, keepdims=True), counts], axis=kinds)


def last_touch(
    ledger: Ledger, activities: pd.DataFrame | None, until: pd.Timestamp, rules: Activity
) -> np.ndarray:
    """Day number of the last touch of every client by anyone, up to a day; −1: never, or no
    *activities*."""
    never = np.full(len(ledger.clients), -1)
    if activities is None:
        return never
    rows = touches(done(activities, None, until, rules), rules)
    return last_touches(rows, ledger.clients, ledger.managers, never)[0]


def last_touches(
    rows: pd.DataFrame, clients: pd.Index, managers: pd.Index, owner: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Day number of the last touch of every client: by anyone, and by its owner; −1: never.

    *rows* are touches, *owner* the position in *managers* of each client's owner.
    """
    who = codes(rows["client_id"], clients)
    day = rows["happened_at"].to_numpy(dtype="datetime64[D]").astype(np.int64)
    own = codes(rows["manager_id"], managers) == owner[who]
    last = np.full((2, len(clients)), -1)
    for place, kept in enumerate((who >= 0, (who >= 0) & own)):
        np.maximum.at(last[place], who[kept], day[kept])
    return last[0], last[1]


def touch_days(
    ledger: Ledger,
    letters: np.ndarray,
    cell: np.ndarray,
    owner: np.ndarray,
    rules: Activity,
) -> np.ndarray:
    """Before how many days have passed each client is to be contacted; 0 where that is not told.

    *letters* are the classes that *cell* holds positions in, of every client (beyond them: not
    told); *owner* is the position of its owner. Told by the client's group, else the owner's team,
    else for all (`touch_days_of`, `touch_days`).
    """
    usual = np.append([rules.days_of(letter) for letter in letters], 0)
    if not rules.touch_days_of:
        return usual[np.minimum(cell, len(letters))]
    named = pd.Index(list(rules.touch_days_of), dtype=object)
    group = _place(ledger.client_table, "client_id", "client_group", ledger.clients, named)
    team = _place(ledger.manager_table, "manager_id", "team", ledger.managers, named)
    names = [*named, None]  # the last: in none that is named
    days = np.zeros((len(letters) + 1, len(names), len(names)), dtype=np.int64)
    for at, letter in enumerate(letters):
        days[at] = [[rules.days_of(letter, one, other) for other in names] for one in names]
    return days[np.minimum(cell, len(letters)), group, np.append(team, -1)[owner]]


def _place(
    frame: pd.DataFrame, key: str, column: str, ids: pd.Index, named: pd.Index
) -> np.ndarray:
    """Where what a column says of each identifier stands in *named*; −1: nowhere."""
    said = names_of(frame, key, column).reindex(ids.astype(object))
    return named.get_indexer(said.astype(object))
