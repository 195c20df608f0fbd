"""Turnover: how fast does our money come back?

What is open of an invoice at a day's end is its amount less what met it by then. The build has set
all money against invoices (store/allocation.py), so every table reads the same. Amounts are as
invoiced, with VAT where invoices have it: receivables are held against invoices, never against
shipments. Turnover by goods stands in goods.py.

Common parameters: *ledger* is the book's (ledger/matrices.py), *invoices_open*, *allocations*,
*advances* and *table_days* its frames (schema: FACTS, TABLES), others tables of that
name. *month* is the first day of the month asked for, *until* its last day that counts (None: its
end), *as_of* the last day looked at (None: the month's end), *portfolio* and *rules* are the
thresholds. Money in the results is in the reporting currency.
"""

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger import matrices, receivables
from clientops.ledger.dimensions import client_keys, sums_by_dimension, with_names
from clientops.ledger.matrices import Ledger
from clientops.ledger.ratios import money, ratio
from clientops.ledger.rows import (
    dates,
    empty,
    finish,
    name_owners,
    with_company,
    with_manager_names,
)
from clientops.schema import EVERYONE, Headline, reason, table
from clientops.settings import Portfolio, Turnover
from clientops.words import N_

LABELS = {  # of columns that only this topic has
    "invoiced": N_("Invoiced"),
    "average_balance": N_("Open on an average day"),
    "dso": N_("Days of invoices open"),
    "turns": N_("Turns a year"),
    "days_to_pay": N_("Days from invoice to money"),
    "closing": N_("Open at the end"),
    "overdue_share": N_("Overdue, share of what is open"),
    "advance": N_("Paid in advance"),
    "month_days_to_pay": N_("Days after the invoice"),
    "month_days_late": N_("Days after the due day"),
    "not_due": N_("Not due yet"),
    "days_1_30": N_("1 to 30 days overdue"),
    "days_31_60": N_("31 to 60 days overdue"),
    "days_61_90": N_("61 to 90 days overdue"),
    "over_90": N_("More than 90 days overdue"),
    "age": N_("Overdue for"),
    "days_overdue": N_("Days overdue"),
    "beyond_habit": N_("Days beyond its habit"),
    "verdict": N_("Against its habit"),
    "to_claim": N_("Overdue for longer than the days of grace"),
    "invoice_id": N_("Invoice"),
    "invoiced_on": N_("Invoiced on"),
    "due_on": N_("Due on"),
    "amount": N_("Amount"),
}
REASON = N_("invoice overdue")
VERDICTS = (N_("unusual"), N_("as usual"))
AGES = (N_("not due"), N_("1–30 days"), N_("31–60 days"), N_("61–90 days"), N_("90+ days"))
DAY = np.timedelta64(1, "D")
DAYS_OF_YEAR = 365
TREND_MONTHS = 12


@table(
    "month:month dimension:word key:id * name:name manager_id:id manager_name:name invoiced:money "
    "average_balance:money dso:days turns:number days_to_pay:days days_late:days closing:money "
    "overdue:money overdue_share:share advance:money window_months:whole",
    labels=LABELS,
    stored="company",
    says=(
        N_("{name}: the money took {days_to_pay} days and came {days_late} days late; {overdue} "
           "is overdue."),
        N_("{name}: the money took {days_to_pay} days; {overdue} is overdue."),
        N_("{name}: {overdue} is overdue."),
    ),
    headline=Headline("overdue", N_("Overdue invoices"), "down"),
)  # fmt: skip
def receivables_turnover(
    ledger: Ledger,
    invoices_open: pd.DataFrame,
    allocations: pd.DataFrame,
    advances: pd.DataFrame,
    table_days: pd.DataFrame | None = None,
    *,
    month: pd.Timestamp,
    until: pd.Timestamp | None = None,
    portfolio: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """How many days our money takes, and how much of it is overdue.

    How: what is open is counted day by day. Days of invoices open (dso) is the sum over all days of
    the window of what was open at their end, by what was invoiced in the window (less credit
    notes). Days from invoice to money, and days late, are of the money that met invoices in the
    window, weighted by it; money that came early makes them negative. Overdue is what was due
    before the last day. Money that nothing is open for is paid in advance; it pays the client's
    next invoice. The window begins with the first invoice's month where that is later.

    Returns one row per dimension (`*`, client, client_group, manager, region) and key with an
    invoice, a balance, a payment or an advance: month, dimension, key, name (the key where
    unknown), manager_id (the client's owner at the month's end, `*` of the company's rows),
    manager_name, invoiced, average_balance (a day's end), dso (empty where nothing was invoiced),
    turns (365 / dso), days_to_pay, days_late (of payments, not of credit notes; empty where none;
    days_late also where no invoice tells when it is due), closing, overdue, overdue_share,
    advance, window_months (months really covered). Groups are sums over sums.
    """
    end = ledger.row(month)
    first = receivables.first_row(invoices_open, table_days, ledger)
    if first > end:
        return empty(receivables_turnover)
    window = matrices.window(end, portfolio.window_months)
    window = window._replace(start=max(window.start, first))
    days = (
        receivables.number(ledger.day_of(window.start)),
        receivables.number(_last_day(month, until)),
    )
    sums = receivables.client_sums(ledger, invoices_open, allocations, advances, *days)
    owner = matrices.owner(ledger, end)
    rows = sums[(owner >= 0) & sums["there"]].rename_axis("who").reset_index()
    rows["manager_id"] = ledger.managers.astype(object).take(owner[rows["who"]])
    groups = client_keys(ledger)
    frame = (
        sums_by_dimension(rows, groups, receivables.SUMS).reset_index().assign(manager_id=EVERYONE)
    )
    frame["manager_id"] = frame["key"].where(frame["dimension"] == "manager", EVERYONE)
    keys = ledger.clients.astype(object)[rows["who"]]
    frame = pd.concat([frame, rows.assign(dimension="client", key=keys)], ignore_index=True)
    length = days[1] - days[0] + 1
    frame["average_balance"] = money(frame["open_days"]) / length
    frame["dso"] = ratio(frame["open_days"], frame["invoiced"])
    frame["turns"] = ratio(DAYS_OF_YEAR, frame["dso"])
    frame["days_to_pay"] = ratio(frame["paid_days"], frame["paid"])
    has_due = receivables.tells_due(table_days, days[1])
    frame["days_late"] = ratio(frame["late_days"], frame["paid"]) if has_due else np.nan
    frame["overdue_share"] = ratio(frame["overdue"], frame["closing"])
    for column in ("invoiced", "closing", "overdue", "advance"):
        frame[column] = money(frame[column])
    frame = with_names(frame, ledger.manager_table, ledger.client_table)
    frame = frame.assign(month=month, window_months=window.months)
    return finish(with_manager_names(frame, ledger.manager_table), receivables_turnover)


@table(
    "month:month manager_id:id * manager_name:name month_days_to_pay:days month_days_late:days "
    "closing:money",
    labels=LABELS,
    period="rows",
    adds_up="closing",
    stored="company",
)
def receivables_trend(
    ledger: Ledger,
    invoices_open: pd.DataFrame,
    allocations: pd.DataFrame,
    table_days: pd.DataFrame | None = None,
    *,
    month: pd.Timestamp,
    until: pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Whether our money comes sooner or later than some months ago.

    How: of the money that met invoices in each month, the days since they were sent and since they
    were due, weighted by it; and what was open at the month's end. Each month counts for the owner
    of the client at its end.

    Returns one row per month of the 12 up to the month asked for (from the first invoice's on) and
    owner, and the company as `*`: month, manager_id, manager_name, month_days_to_pay,
    month_days_late (both empty where no money came; the latter where no invoice tells when it is
    due), closing. Owners of whose clients nothing was open or paid have no row.
    """
    end = ledger.row(month)
    first = max(receivables.first_row(invoices_open, table_days, ledger), end - TREND_MONTHS + 1)
    if first > end:
        return empty(receivables_trend)
    last = receivables.number(_last_day(month, until))
    sums = receivables.monthly_sums(ledger, invoices_open, allocations, first, end, last)
    owners = [matrices.owner(ledger, row) for row in range(first, end + 1)]
    sums["manager"] = np.concatenate(owners)
    shown = (sums["manager"] >= 0) & ((sums["closing"] > 0) | (sums["paid"] > 0))
    frame = with_company(sums[shown]).groupby(["row", "manager"], as_index=False).sum()
    ends = [ledger.day_of(row + 1) - DAY for row in range(first, end + 1)]
    has_due = [receivables.tells_due(table_days, receivables.number(day)) for day in ends]
    frame["has_due"] = np.array(has_due)[frame["row"] - first]
    frame["month"] = periods.month_starts(frame["row"].to_numpy() + ledger.first_month)
    frame["month_days_to_pay"] = ratio(frame["paid_days"], frame["paid"])
    late = pd.Series(ratio(frame["late_days"], frame["paid"]), frame.index)
    frame["month_days_late"] = late.where(frame["has_due"])
    frame["closing"] = money(frame["closing"])
    return finish(name_owners(frame, ledger), receivables_trend)


@table(
    "* manager_id:id client_id:id client_name:name open:money not_due:money days_1_30:money "
    "days_31_60:money days_61_90:money over_90:money advance:money oldest_due_on:date "
    "days_late:days overdue:money to_claim:money",
    labels=LABELS,
    period="as of",
    stored="company",
)
def receivables_ageing(
    ledger: Ledger,
    invoices_open: pd.DataFrame,
    allocations: pd.DataFrame,
    advances: pd.DataFrame,
    receivables_turnover: pd.DataFrame,
    *,
    month: pd.Timestamp,
    as_of: pd.Timestamp | None = None,
    rules: Turnover = Turnover(),
) -> pd.DataFrame:
    """What every client owes us, by the days since it was due.

    How: as of the last day of the data, or of the month where one is asked for. What is open, by
    the days since it was due; the day it is due it is not late. Days paid late are the client's
    habit: those of the money that came in the window of the month. What is overdue for more than
    the days of grace (`overdue_grace_days`) is to be claimed.

    Returns one row per client with anything open or paid in advance, one per owner and one for the
    company, whose client is `*`: manager_id (owner on the day), client_id, client_name (the id
    where unknown), open and its parts not_due, days_1_30, days_31_60, days_61_90, over_90, advance,
    oldest_due_on (of what is open), days_late (see receivables_turnover), overdue (all parts but
    not_due), to_claim. By overdue, the most first, then manager_id and client_id.
    """
    as_of = periods.month_end(month) if as_of is None else as_of
    now, today = ledger.row(periods.parse_month(as_of)), receivables.number(as_of)
    if now < 0:
        return empty(receivables_ageing)
    sums = receivables.ages(
        ledger, invoices_open, allocations, advances, today, rules.overdue_grace_days
    )
    sums["manager"] = matrices.owner(ledger, now)
    rows = sums[(sums["manager"] >= 0) & ((sums["open"] > 0) | (sums["advance"] != 0))]
    every = with_company(rows)
    rows = rows.assign(client_id=ledger.clients.astype(object)[rows.index],
                       client_name=ledger.names[rows.index])  # fmt: skip
    how = dict.fromkeys(every.columns, "sum") | {"oldest": "min"}
    of_managers = every.groupby("manager").agg(how).drop(columns="manager").reset_index()
    of_managers = of_managers.assign(client_id=EVERYONE, client_name=EVERYONE)
    frame = pd.concat([rows, of_managers], ignore_index=True)
    ids = np.array([EVERYONE, *ledger.managers], dtype=object)
    frame["manager_id"] = ids[frame["manager"] + 1]
    frame["days_late"] = _habits(frame, receivables_turnover)
    frame["oldest_due_on"] = dates(np.where(frame["open"] > 0, frame["oldest"], -1))
    frame = frame.sort_values(["overdue", "manager_id", "client_id"], ascending=[False, True, True])
    amounts = ["open", *receivables.AGES, "overdue", "advance", "to_claim"]
    frame[amounts] = money(frame[amounts])
    return finish(frame, receivables_ageing)


@reason(REASON, 7, rows="to_claim > 0", money="to_claim", is_certain=True,
        tells="oldest_due_on days_late")  # fmt: skip
@table(
    "* manager_id:id client_id:id client_name:name overdue:money oldest_due_on:date "
    "days_overdue:whole days_late:days beyond_habit:days verdict:word to_claim:money",
    labels=LABELS,
    period="as of",
)
def debtors(
    receivables_ageing: pd.DataFrame,
    *,
    month: pd.Timestamp,
    as_of: pd.Timestamp | None = None,
    rules: Turnover = Turnover(),
) -> pd.DataFrame:
    """Who owes us what is overdue, since when, and whether that is unusual for the client.

    How: as of the last day of the data, or of the month where one is asked for. The oldest invoice
    that is open is held against the client's habit, the days it paid late in the window: overdue
    for more than the days of grace (`overdue_grace_days`) beyond it is `unusual`, else `as usual`.
    Who paid nothing in the window has no habit.

    Returns one row per client with anything overdue, the most first: manager_id (owner on the day),
    client_id, client_name (the id where unknown), overdue, oldest_due_on, days_overdue (since
    then), days_late (the habit), beyond_habit (days_overdue less the habit, where that is above 0),
    verdict, to_claim (overdue for longer than the days of grace).
    """
    as_of = periods.month_end(month) if as_of is None else as_of
    rows = receivables_ageing[receivables_ageing["client_id"] != EVERYONE]
    rows = rows[rows["overdue"] > 0]
    days = (as_of - rows["oldest_due_on"]).dt.days
    beyond = days - rows["days_late"].clip(lower=0).fillna(0)
    unusual = np.where(beyond > rules.overdue_grace_days, *VERDICTS)
    return finish(rows.assign(days_overdue=days, beyond_habit=beyond, verdict=unusual), debtors)


@table(
    "* manager_id:id manager_name:name age:word open:money",
    labels=LABELS,
    period="as of",
    adds_up="open",
)
def ageing_by_manager(
    receivables_ageing: pd.DataFrame,
    managers: pd.DataFrame,
    *,
    month: pd.Timestamp,
    as_of: pd.Timestamp | None = None,
) -> pd.DataFrame:
    """What is open with the clients of each manager, by the days since it was due.

    How: what is open is added up over the clients of each manager, as of the last day of the data,
    or of the month where one is asked for.

    Returns one row per owner, and the company as `*`, and age: manager_id, manager_name, age, open.
    """
    rows = receivables_ageing[receivables_ageing["client_id"] == EVERYONE]
    names = dict(zip(AGES, receivables.AGES, strict=True))
    parts = [rows[["manager_id"]].assign(age=age, open=rows[name]) for age, name in names.items()]
    frame = pd.concat(parts).sort_values("manager_id", kind="stable")  # ages in their order
    return finish(with_manager_names(frame, managers), ageing_by_manager)


def _habits(frame: pd.DataFrame, receivables_turnover: pd.DataFrame) -> np.ndarray:
    """The days late of each row's client, manager or the company."""
    habits = receivables_turnover.set_index(["dimension", "key"])["days_late"]
    is_client, manager = frame["client_id"] != EVERYONE, frame["manager_id"]
    dimension = np.select([is_client, manager != EVERYONE], ["client", "manager"], EVERYONE)
    key = np.where(is_client, frame["client_id"], manager)
    return habits.reindex(pd.MultiIndex.from_arrays([dimension, key])).to_numpy(float)


@table(
    "client_id:id due_on:date invoice_id:id * client_name:name manager_id:id invoiced_on:date "
    "amount:money open:money days_overdue:whole?",
    labels=LABELS | {"open": N_("Still open")},
    period="as of",
    adds_up="open=some",
    says=N_("{rows} invoices are open."),
)
def open_invoices(
    ledger: Ledger,
    invoices_open: pd.DataFrame,
    allocations: pd.DataFrame,
    *,
    month: pd.Timestamp,
    as_of: pd.Timestamp | None = None,
    client_id: str = "",
) -> pd.DataFrame:
    """Which invoices are open, and since when they are due.

    How: as of the last day of the data, or of the month where one is asked for. What is open is the
    amount less the money and the credit notes that met the invoice by then.

    Returns one row per such invoice: client_id, due_on, invoice_id (empty: money paid back beyond
    what had come in advance), client_name (the id where unknown), manager_id (the client's owner on
    the day), invoiced_on, amount, open, days_overdue (empty where it is not overdue). Without
    *client_id*: of every client.
    """
    as_of = periods.month_end(month) if as_of is None else as_of
    now, today = ledger.row(periods.parse_month(as_of)), receivables.number(as_of)
    if now < 0:
        return empty(open_invoices)
    if client_id:
        invoices_open = invoices_open[invoices_open["client_id"] == client_id]
    rows, who, _day = receivables.up_to(ledger, invoices_open, "invoiced_on", today)
    owner = matrices.owner(ledger, now)[who]
    is_open = (receivables.numbers(rows["closed_on"]) > today) & (rows["amount"] > 0) & (owner >= 0)
    rows = rows[is_open].assign(owner=owner[is_open], who=who[is_open])
    parts, by, _day = receivables.up_to(ledger, allocations, "met_on", today)
    # A client's invoices have a number, what was paid back a day.
    key = ["who", "number", "invoiced_on"]
    rows = rows.assign(number=rows["invoice_id"].astype(object).fillna(""))
    parts = parts.assign(who=by, number=parts["invoice_id"].astype(object).fillna(""))
    met = parts.groupby(key)["amount"].sum()
    rows = rows.join(met.rename("met"), on=key)
    late = today - receivables.numbers(rows["due_on"])
    rows["open"] = money(rows["amount"] - rows["met"].fillna(0).astype("int64"))
    rows["amount"] = money(rows["amount"])
    rows["days_overdue"] = pd.Series(late, rows.index).astype("Int64").where(late > 0)
    rows["client_id"] = ledger.clients.astype(object)[rows["who"]]
    rows["client_name"] = ledger.names[rows["who"]]
    rows["manager_id"] = ledger.managers.astype(object).take(rows["owner"])
    return finish(rows, open_invoices)


def _last_day(month: pd.Timestamp, until: pd.Timestamp | None) -> np.datetime64:
    return np.datetime64(periods.month_end(month) if until is None else until, "D")
