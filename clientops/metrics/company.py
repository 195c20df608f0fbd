"""Rows that a book which holds only a part of the clients cannot make itself.

Made once by the build from the whole book and its ledger: each month's table looks only at the
months up to it. `asked` and `asked_until` are the first and the last month for which a row holds.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger import classes, cohorts
from clientops.metrics import overview, portfolio, pulse, retention
from clientops.schema import EVERYONE, UNASSIGNED

Rows = Callable[[classes.Ledger, Any], pd.DataFrame]  # from the ledger and the book


def one_portfolio(ledger: classes.Ledger) -> classes.Ledger:
    """The same ledger with one owner of everybody: where only the company's rows are wanted."""
    clients = np.arange(len(ledger.clients))
    owner = np.zeros_like(clients)
    spans = np.column_stack([clients, owner, owner, owner + ledger.months])
    return dataclasses.replace(ledger, managers=pd.Index([UNASSIGNED]), spans=spans)


def rows(table: str, ledger: classes.Ledger, book: Any) -> pd.DataFrame:
    """What is to be stored of a table: the company's rows, of WHOLE_TABLES all."""
    if table in WHOLE_TABLES:
        return WHOLE_TABLES[table](ledger, book)
    frame = COMPANY_TABLES[table](ledger, book)
    return frame[frame["manager_id"] == EVERYONE].reset_index(drop=True)


def _each_month(ledger: classes.Ledger, table: Callable[[int], pd.DataFrame]) -> pd.DataFrame:
    """A table of every month of the ledger, made from the month's row in it."""
    months = []
    for end in range(ledger.months):
        month = classes.month_of(ledger, end)
        months.append(table(end).assign(asked=month, asked_until=month))
    return pd.concat(months, ignore_index=True)


def _quality(ledger: classes.Ledger, book: Any) -> pd.DataFrame:
    given = book.managers, book.cuts, book.settings.portfolio
    return _each_month(ledger, lambda end: portfolio._quality(ledger, end, *given))


def _trend(ledger: classes.Ledger, book: Any) -> pd.DataFrame:
    given = book.managers, book.cuts, book.settings.portfolio
    return _each_month(ledger, lambda end: portfolio._trend(ledger, end, *given))


def _revenue(ledger: classes.Ledger, book: Any) -> pd.DataFrame:
    given = book.managers, book.settings.portfolio
    return _each_month(ledger, lambda end: retention._revenue(ledger, end, *given))


@classes.once
def _sellers(ledger: classes.Ledger, book: Any) -> cohorts.Sellers:
    return cohorts.sellers(ledger, book.sales_day)


@classes.once
def _cells(ledger: classes.Ledger, book: Any) -> pd.DataFrame:
    return cohorts.cells(ledger, _sellers(ledger, book))


def _cohorts(ledger: classes.Ledger, book: Any) -> pd.DataFrame:
    """A cell holds from its month on."""
    given = ledger, book.managers, _sellers(ledger, book).managers
    frame = retention._cohorts(_cells(ledger, book), *given)
    months = frame["cohort"].to_numpy("datetime64[M]") + frame["age"].to_numpy()
    last = classes.month_of(ledger, ledger.months - 1)
    return frame.assign(asked=months.astype("datetime64[us]"), asked_until=last)


def _quarters(ledger: classes.Ledger, book: Any) -> pd.DataFrame:
    cells = _cells(ledger, book)
    at = cells["cohort"] + cells["age"]
    given = ledger, book.managers, _sellers(ledger, book).managers
    return _each_month(ledger, lambda end: retention._quarters(cells[at <= end], *given))


def _ladder(ledger: classes.Ledger, book: Any) -> pd.DataFrame:
    rules, sold = book.settings.retention, _sellers(ledger, book)
    steps = cohorts.steps(ledger, sold, rules.ladder_steps)
    given = book.managers, sold.managers, rules
    day = np.timedelta64(1, "D")
    return _each_month(
        ledger,
        lambda end: retention._ladder(steps, classes.month_of(ledger, end + 1) - day, *given),
    )


def headline_values(ledger: classes.Ledger, book: Any) -> pd.DataFrame:
    """The fact of the same name; the ledger knows all owners."""
    return pulse.history(_look(ledger, book))


def _look(ledger: classes.Ledger, book: Any) -> pulse.Look:
    return pulse.Look.of(book.bind(overview.headlines, book.last_month), ledger)


def _headlines(ledger: classes.Ledger, book: Any) -> pd.DataFrame:
    """From the stored values: only what depends on the month asked for is worked out again."""
    look, told = _look(ledger, book), book.headline_values
    metrics = [each.metric for each in overview.HEADLINES]
    told = told[told["manager_id"] == EVERYONE]
    values = {
        month: rows.pivot(index="manager_id", columns="metric", values="value").reindex(
            columns=metrics
        )
        for month, rows in told.groupby("month")
    }
    nothing = pd.DataFrame(columns=metrics, dtype=float)

    def table(end: int) -> pd.DataFrame:
        month = pd.Timestamp(classes.month_of(ledger, end))
        earlier = (periods.add_months(month, -back) for back in (1, 12))
        now, seen = values.get(month, nothing), look.at(month)
        before = (pulse.before(seen, values.get(m, nothing), m) for m in earlier)
        return overview._told(seen, now, *before)

    return _each_month(ledger, table)


# Of portfolios, a manager's book lacks the company's rows.
COMPANY_TABLES: dict[str, Rows] = {
    "portfolio_quality": _quality,
    "portfolio_trend": _trend,
    "revenue_retention": _revenue,
    "headlines": _headlines,
}
# By credit of the first purchase, it lacks what clients did who are now somebody else's: it may
# tell how many of them stayed, but not who.
WHOLE_TABLES: dict[str, Rows] = {
    "cohort_retention": _cohorts,
    "cohort_quarters": _quarters,
    "repeat_ladder": _ladder,
}
