"""Calls: whom do we call today, and was the last list worth calling?

Why a client is called is declared by the tables of all topics (schema: Reason), brought together by
the book; here each reason has its places on a manager's list.

Common parameters: *declared_reasons* are what the tables declare (schema: DECLARED), *ledger* is
the book's (ledger/matrices.py), *activities* its frame, others tables of that name.
*month* is the first day of the month asked for, *as_of* the last day looked at (None: the month's
end). Money is in the reporting currency.
"""

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger import activity_log, classes, declared, matrices
from clientops.ledger.matrices import Ledger, codes
from clientops.ledger.ratios import ratio
from clientops.ledger.rhythm import rhythms
from clientops.ledger.rows import dates, empty, finish, names_of
from clientops.schema import EARLIER_MONTHS, EVERYONE, NONE, UNASSIGNED, Agenda, table
from clientops.settings import Activity, Calls, Company, Portfolio
from clientops.words import N_

LABELS = {  # of columns that only this topic has
    "place": N_("Place"),
    "detail": N_("Why"),
    "buys": N_("Usually buys"),
    "offer": N_("Could offer"),
    "money": N_("Three months of money"),
    "bought": N_("Bought within 60 days"),
    "rate": N_("Share who bought"),
    "base": N_("Share of clients like them on no list"),
    "lift": N_("Times as often"),
    "happened_at": N_("Called on"),
    "minutes": N_("Minutes"),
}
# How many places of a list each reason has, in the order of calling; free ones go to other clients.
PLACES = (
    (6, ("late",)),
    (4, ("invoice overdue",)),
    (4, ("fell from A", "no longer regular")),
    (2, ("plan gap",)),
    (2, ("untouched",)),
    (2, ("silent", "lost")),
)
ALL_PLACES = sum(places for places, _reasons in PLACES)
# Clients in these states rarely come back: they are called for these reasons alone.
GONE, CALLED_THOUGH_GONE = ("silent", "lost"), {"silent", "lost", "invoice overdue"}
MOST_BOUGHT = 2  # product groups told of what a client buys
CHECK_DAYS = 60  # after a list, in which who is on it buys or not
MIN_LISTED = 30  # clients of a reason of which a rate says something


@table(
    "* manager_id:id client_id:id client_name:name phone:text email:text buys:text offer:name "
    "last_on:date last_touch:date",
    labels=LABELS,
    period="as of",
)
def call_facts(
    ledger: Ledger,
    client_groups: pd.DataFrame,
    cross_sell: pd.DataFrame,
    activities: pd.DataFrame | None = None,
    *,
    month: pd.Timestamp,
    as_of: pd.Timestamp | None = None,
    activity: Activity = Activity(),
) -> pd.DataFrame:
    """What to know of a client before calling.

    How: as of the last day of the data, or of the month where one is asked for. A client usually
    buys the two product groups that brought most in the window; who bought nothing in it, in the
    window that ended six months before. What could be offered is the first product group of what
    most clients of its kind buy and this one does not.

    Returns one row per client, by client: manager_id (owner on the day), client_id, client_name
    (the id where unknown), phone and email (only of clients owned now), buys (product groups, the
    largest first), offer (empty: none), last_on (last purchase), last_touch (last contact by
    anyone; both empty: never).
    """
    as_of = periods.month_end(month) if as_of is None else as_of
    end, now = ledger.row(month), ledger.row(periods.parse_month(as_of))
    owner, rhythm = matrices.owner(ledger, max(now, end)), rhythms(ledger, as_of)
    ids = ledger.clients.astype(object)
    offers = cross_sell.drop_duplicates("client_id").set_index("client_id")["product_group"]
    frame = pd.DataFrame(
        {
            "client_id": ids,
            "client_name": ledger.names,
            "manager_id": ledger.managers.astype(object).take(owner),
            "buys": _usual(client_groups, ledger.clients),
            "offer": offers.reindex(ids).array,
            "last_on": dates(np.where(rhythm.purchases > 0, rhythm.last_day, -1)),
            "last_touch": dates(activity_log.last_touch(ledger, activities, as_of, activity)),
        }
    )
    for name in ("phone", "email"):
        frame[name] = names_of(ledger.client_table, "client_id", name).reindex(ids).array
    return finish(frame[(owner >= 0) & (ledger.known_from <= max(now, end))], call_facts)


def _usual(client_groups: pd.DataFrame, clients: pd.Index) -> np.ndarray:
    """The product groups that each client usually buys, the largest first, joined by `, `; None
    where there is none."""
    who, group = codes(client_groups["client_id"], clients), client_groups["product_group"]
    group = group.astype("category").cat
    now, then = (client_groups[each].to_numpy() for each in ("revenue", "revenue_then"))
    counts = (group.categories != NONE)[group.codes] & (who >= 0)
    buys_now = np.zeros(len(clients), dtype=bool)
    buys_now[who[counts & (now > 0)]] = True
    amount = np.where(buys_now[who], now, then)
    rows = np.flatnonzero(counts & (amount > 0))
    rows = rows[np.lexsort((group.codes.to_numpy()[rows], -amount[rows], who[rows]))]
    names, who = group.categories.to_numpy(dtype=object)[group.codes.iloc[rows]], who[rows]
    texts, of_client = np.full(len(clients), None), np.arange(len(who)) - np.searchsorted(who, who)
    for place in range(MOST_BOUGHT):
        is_next = of_client == place
        before = texts[who[is_next]] + ", " if place else ""
        texts[who[is_next]] = before + names[is_next]
    return texts


@table(
    "manager_id:id place:whole * client_id:id client_name:name phone:text email:text reason:word "
    "buys:text offer:name money:money last_on:date last_touch:date typical_gap_days:days "
    "overdue_days:days expected_on:date from_class:word to_class:word revenue_before:money "
    "revenue_after:money window_months:whole? revenue:money margin:money abc:word "
    "plan_to_date:money revenue_to_date:money oldest_due_on:date days_late:days",
    labels=LABELS,
    period="as of",
    agenda=Agenda("client_name", "client_id reason", "phone email buys offer last_touch"),
    form="activities: manager_id client_id kind='call' happened_at= minutes= topic= outcome=",
)
def call_list(
    ledger: Ledger,
    declared_reasons: pd.DataFrame,
    call_facts: pd.DataFrame,
    *,
    month: pd.Timestamp,
    as_of: pd.Timestamp | None = None,
    company: Company = Company(),
    rules: Calls = Calls(),
) -> pd.DataFrame:
    """Whom each manager calls next, and why.

    How: as of the last day of the data, or of the month where one is asked for. Each reason has its
    places on a manager's list, in this order: late to order 6, an overdue invoice 4, fell from A or
    no longer regular 4, below its plan 2, A and B clients not contacted in time 2, silent or lost
    2, each by its three months of money. Free places go to other clients by their largest money,
    but never to silent or lost ones, who rarely come back. Whom anybody had a contact with in the
    last five working days (`rest_days`) is left in peace, so that clients of the attention list who
    were contacted are not here.

    Returns at most `list_rows` (20) rows per owner in office, each client once: manager_id, place,
    client_id, client_name, phone, email, reason, buys (what it usually buys), offer (what others of
    its kind buy and it does not), money (three months of it; empty for untouched), last_on,
    last_touch, and what the reason's sentence needs, else empty: typical_gap_days, overdue_days,
    expected_on; from_class, to_class, revenue_before, revenue_after, window_months; revenue,
    margin; abc; plan_to_date, revenue_to_date; oldest_due_on, days_late.
    """
    as_of = periods.month_end(month) if as_of is None else as_of
    end, now = ledger.row(month), ledger.row(periods.parse_month(as_of))
    if declared_reasons.empty:
        return empty(call_list)
    rows = declared.of_owned(ledger, declared_reasons, end, max(now, end))
    _hired, left = activity_log.employment(ledger.manager_table, ledger.managers)
    in_office = np.isnat(left) | (left > np.datetime64(as_of, "D"))
    in_office &= ledger.managers != UNASSIGNED
    facts = call_facts.set_index("client_id").reindex(rows["client_id"].astype(object))
    rests = facts["last_touch"].to_numpy() >= _rests_from(as_of, company, rules)
    # What a row's reason tells stands first; of all rows it is known when who was last seen.
    rows = rows.assign(**{name: facts[name].array for name in _FACTS})
    chosen = _placed(rows[in_office[rows["manager"]] & ~rests].reset_index(drop=True))
    chosen["place"] = chosen.groupby("manager").cumcount() + 1
    chosen["manager_id"] = ledger.managers.astype(object).take(chosen["manager"])
    chosen = chosen[chosen["place"] <= rules.list_rows]
    return finish(chosen.reindex(columns=list(call_list.about.units)), call_list)


_FACTS = ("phone", "email", "buys", "offer", "last_on", "last_touch")


def _rests_from(as_of: pd.Timestamp, company: Company, rules: Calls) -> np.datetime64:
    """From which day on who had a contact is left in peace; the day after *as_of*: from none."""
    back = pd.Timedelta(weeks=2 * rules.rest_days + 8)  # holidays are few
    days = periods.working_days(as_of - back, as_of, company.calendar, company.work_week)
    if not rules.rest_days:
        return np.datetime64(as_of + pd.Timedelta(days=1), "us")
    return days[-rules.rest_days :][0].astype("datetime64[us]")


def _placed(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that get a place, in the order of their manager's list: of each client one."""
    whole = rows  # of which only what decides is handed on from reason to reason
    rows = rows[["client", "manager", "reason", "state", "money", "place"]]
    window = whole["revenue"] if "revenue" in whole else pd.Series(np.nan, rows.index)
    window = -window.where(rows["money"].isna())  # what is not known stands last
    rows = rows.iloc[np.lexsort((rows["place"], rows["client"], window, -rows["money"]))]
    is_gone = rows["client"].isin(rows["client"][rows["state"].isin(GONE)])
    chosen, is_listed = [], pd.Series(False, rows.index)
    left = pd.Series(ALL_PLACES, rows["manager"].unique())
    every = {*rows["reason"]}
    for places, reasons in (*PLACES, (left, every)):  # at the end whatever is left, to whomever
        fits = rows["reason"].isin(reasons) & ~is_listed
        fits &= ~is_gone | CALLED_THOUGH_GONE.issuperset(reasons) & (reasons is not every)
        found = rows[fits].drop_duplicates("client")
        most = found["manager"].map(left) if reasons is every else places
        found = found[found.groupby("manager").cumcount() < most]
        left -= found["manager"].value_counts().reindex(left.index, fill_value=0)
        is_listed |= rows["client"].isin(found["client"])
        chosen.append(found.index)
    return whole.loc[np.concatenate(chosen)].reset_index(drop=True)


@table(
    "reason:word * listed:count bought:count rate:share base:share lift:number",
    labels=LABELS,
    period="month",
    whose="company",
    stored="all",
    of_all=True,
)
def call_check(
    ledger: Ledger,
    call_list_two_months_before: pd.DataFrame,
    *,
    month: pd.Timestamp,
    portfolio: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """Whether the last lists were worth calling: who was on them, and who bought since.

    How: all lists as they stood at the end of the month two months before, and who on them bought
    from the next day on, within 60 days and up to the month's end. Held against it is the share of
    the counted clients of the same classes who were on nobody's list; each client listed stands for
    that of its own two classes.

    Returns one row per reason of at least 30 clients, and all as `*`: reason, listed, bought, rate
    (share who bought), base (the same of clients like them on no list; empty where there are none),
    lift (rate per base). No rows where nobody was listed.
    """
    then, listed = ledger.row(month) - EARLIER_MONTHS, call_list_two_months_before
    if then < 0 or listed.empty:
        return empty(call_check)
    first = int(ledger.day_of(then + 1).astype(np.int64))
    last = min(first + CHECK_DAYS, int(ledger.day_of(then + EARLIER_MONTHS + 1).astype(int))) - 1
    has_bought = matrices.bought_between(ledger, np.arange(len(ledger.clients)), first, last)
    who, cell = codes(listed["client_id"], ledger.clients), classes.place(ledger, then, portfolio)
    is_free = classes.counted(ledger, then, portfolio).copy()  # which others share
    is_free[who] = False
    number = cell.max() + 1
    count = np.bincount(cell[is_free], minlength=number)
    base = ratio(np.bincount(cell[is_free], has_bought[is_free], minlength=number), count)
    rows = pd.DataFrame(
        {"reason": listed["reason"], "bought": has_bought[who], "base": base[cell[who]]}
    )
    rows = pd.concat([rows, rows.assign(reason=EVERYONE)])
    frame = rows.groupby("reason", as_index=False).agg(
        listed=("bought", "size"), bought=("bought", "sum"), base=("base", "mean")
    )
    frame["rate"] = ratio(frame["bought"], frame["listed"])
    frame["lift"] = ratio(frame["rate"], frame["base"])
    told = (frame["listed"] >= MIN_LISTED) | (frame["reason"] == EVERYONE)
    return finish(frame[told], call_check)
