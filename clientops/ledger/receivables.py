"""Receivables: what every client owed and paid, of the facts that the build has allocated.

*invoices_open*, *allocations*, *advances* and *table_days* are frames of the book (schema: FACTS).
Money is in whole ten-thousandths, days are numbers since 1970.
"""

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger.matrices import Ledger, codes

BUCKETS = {"not_due": 0, "days_1_30": 30, "days_31_60": 60, "days_61_90": 90}  # up to so many days
AGES = [*BUCKETS, "over_90"]
SUMS = ["invoiced", "open_days", "closing", "overdue", "advance", "paid", "paid_days", "late_days"]
_FAR = pd.Timestamp("2200-01-01")  # later than any day


def number(day: object) -> int:
    """A day as its number."""
    return int(np.datetime64(day, "D").astype(np.int64))


def numbers(days: pd.Series) -> np.ndarray:
    """Days as numbers; far in the future where there is none."""
    return days.fillna(_FAR).to_numpy("datetime64[D]").astype(np.int64)


def first_row(invoices_open: pd.DataFrame, table_days: pd.DataFrame | None, ledger: Ledger) -> int:
    """The row of the first month with an invoice of anybody in the company; late: there is none."""
    first = _first_on(table_days, "invoiced_on")
    if table_days is None:
        first = invoices_open["invoiced_on"].min()
    if pd.isna(first):
        return ledger.months
    return max(0, periods.month_number(periods.parse_month(first)) - ledger.first_month)


def tells_due(table_days: pd.DataFrame | None, last: int) -> bool:
    """Whether any invoice of the company tells when it is due, up to a day."""
    if table_days is None:
        return True
    first = _first_on(table_days, "due_on")
    return bool(pd.notna(first)) and number(first) <= last


def _first_on(table_days: pd.DataFrame | None, column: str) -> object:
    """The first day of a column of receivables, of anybody in the company."""
    if table_days is None:
        return pd.NaT
    rows = table_days[(table_days["table"] == "receivables") & (table_days["column"] == column)]
    return rows["first_on"].min()


def client_sums(
    ledger: Ledger,
    invoices_open: pd.DataFrame,
    allocations: pd.DataFrame,
    advances: pd.DataFrame,
    first: int,
    last: int,
) -> pd.DataFrame:
    """What every client owed and paid from one day to another (numbers), in ten-thousandths and
    days; `there`: whether any of it is told."""
    n = len(ledger.clients)
    sums = {name: np.zeros(n, dtype=np.int64) for name in (*SUMS, "rows")}

    def add(name: str, who: np.ndarray, values: object) -> None:
        np.add.at(sums[name], who, values)

    rows, who, day = up_to(ledger, invoices_open, "invoiced_on", last)
    amount = rows["amount"].to_numpy()
    is_real = rows["invoice_id"].notna().to_numpy() & (day >= first)
    add("invoiced", who[is_real], amount[is_real])
    add("rows", who, numbers(rows["closed_on"]) >= first)
    owed = np.maximum(amount, 0)
    add("open_days", who, owed * (last - np.maximum(day, first) + 1))
    add("closing", who, owed)
    add("overdue", who, np.where(numbers(rows["due_on"]) < last, owed, 0))
    rows, who, met = up_to(ledger, allocations, "met_on", last)
    amount, due = rows["amount"].to_numpy(), numbers(rows["due_on"])
    add("open_days", who, -amount * (last - np.maximum(met, first) + 1))
    add("closing", who, -amount)
    add("overdue", who, np.where(due < last, -amount, 0))
    told = (met >= first) & (rows["paid"] == 1).to_numpy() & rows["invoice_id"].notna().to_numpy()
    who, met, due, amount = who[told], met[told], due[told], amount[told]
    add("paid", who, amount)
    add("paid_days", who, amount * (met - numbers(rows["invoiced_on"])[told]))
    add("late_days", who, amount * (met - due))
    rows, who, day = up_to(ledger, advances, "day", last)
    add("advance", who, rows["amount"].to_numpy())
    add("rows", who, day >= first)
    there = (sums.pop("rows") > 0) | (sums["advance"] != 0)
    return pd.DataFrame(sums).assign(there=there)


def monthly_sums(
    ledger: Ledger,
    invoices_open: pd.DataFrame,
    allocations: pd.DataFrame,
    first: int,
    end: int,
    last: int,
) -> pd.DataFrame:
    """What every client owed at the end of each month from the row *first* to the row *end*, which
    counts up to a day, and paid in it: month after month, of each all clients in order."""

    def months(days: pd.Series) -> np.ndarray:
        return periods.month_numbers(days) - ledger.first_month - first

    number = len(ledger.clients)
    cells = (end - first + 1) * number
    change = np.zeros(cells, dtype=np.int64)
    rows, who, _day = up_to(ledger, invoices_open, "invoiced_on", last)
    at = np.maximum(months(rows["invoiced_on"]), 0) * number + who
    np.add.at(change, at, rows["amount"].clip(lower=0).to_numpy())
    rows, who, met = up_to(ledger, allocations, "met_on", last)
    amount, at = rows["amount"].to_numpy(), months(rows["met_on"])
    np.add.at(change, np.maximum(at, 0) * number + who, -amount)
    sums = {"closing": change.reshape(-1, number).cumsum(axis=0).ravel()}
    told = (at >= 0) & (rows["paid"] == 1).to_numpy() & rows["invoice_id"].notna().to_numpy()
    for name, since in (("paid", None), ("paid_days", "invoiced_on"), ("late_days", "due_on")):
        days = 1 if since is None else met - numbers(rows[since])
        sums[name] = np.zeros(cells, dtype=np.int64)
        np.add.at(sums[name], (at * number + who)[told], (amount * days)[told])
    return pd.DataFrame(sums).assign(row=np.repeat(np.arange(first, end + 1), number))


def up_to(
    ledger: Ledger, fact: pd.DataFrame, column: str, last: int
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """The rows of a fact up to a day, the client's position and the day's number of each."""
    day, who = numbers(fact[column]), codes(fact["client_id"], ledger.clients)
    kept = (day <= last) & (who >= 0)
    return fact[kept], who[kept], day[kept]


def ages(
    ledger: Ledger,
    invoices_open: pd.DataFrame,
    allocations: pd.DataFrame,
    advances: pd.DataFrame,
    today: int,
    grace: int,
) -> pd.DataFrame:
    """What every client owes on a day (a number) by the age of it, in ten-thousandths."""
    amounts = ["open", *AGES, "overdue", "to_claim", "advance"]
    sums = {name: np.zeros(len(ledger.clients), dtype=np.int64) for name in amounts}
    for fact, column, sign in ((invoices_open, "invoiced_on", 1), (allocations, "met_on", -1)):
        rows, who, _day = up_to(ledger, fact, column, today)
        amount = sign * rows["amount"].clip(lower=0).to_numpy()
        days = today - numbers(rows["due_on"])
        age = np.searchsorted(list(BUCKETS.values()), days)
        for place, name in enumerate(AGES):
            np.add.at(sums[name], who[age == place], amount[age == place])
        for name, is_told in (("open", days > -np.inf), ("overdue", days > 0), ("to_claim",
                              days > grace)):  # fmt: skip
            np.add.at(sums[name], who[is_told], amount[is_told])
    rows, who, _day = up_to(ledger, advances, "day", today)
    np.add.at(sums["advance"], who, rows["amount"].to_numpy())
    rows, who, _day = up_to(ledger, invoices_open, "invoiced_on", today)
    is_open = ((numbers(rows["closed_on"]) > today) & (rows["amount"] > 0)).to_numpy()
    oldest = np.full(len(ledger.clients), number(_FAR))
    np.minimum.at(oldest, who[is_open], numbers(rows["due_on"])[is_open])
    return pd.DataFrame(sums).assign(oldest=oldest)
