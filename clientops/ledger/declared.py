"""What tables declare for the first page, taken from their rows: headlines and reasons."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger import matrices
from clientops.ledger.matrices import Ledger, codes
from clientops.schema import DECLARED, EVERYONE, About, Headline, Reason

ENDS = ["low", "high"]  # of an estimate
MANAGERS = [EVERYONE, "manager"]  # the dimensions that tell of managers and the company


def headline_values(frame: pd.DataFrame, about: About) -> pd.DataFrame:
    """The headlines of a table: month, manager_id, metric, value, clients, low, high.

    *frame*: the table's rows of one or more months, `for_month` the one each was asked for; of the
    whole company, of which a sum or a count over clients is the company's.
    """
    if "month" in about.units:
        frame = frame[frame["month"] == frame["for_month"]]
    if "dimension" in about.units:
        frame = frame[frame["dimension"].isin(MANAGERS)].assign(manager_id=frame["key"])
    return pd.concat([_of(frame, each) for each in about.headlines], ignore_index=True)


def _of(frame: pd.DataFrame, headline: Headline) -> pd.DataFrame:
    """One headline of a table's rows."""
    keys = ["for_month", "manager_id"]
    rows = frame[_said(frame, headline.rows)] if headline.rows else frame
    if headline.several:
        total = rows.groupby(keys, observed=True)[headline.column].agg(headline.several)
        if not (frame["manager_id"] == EVERYONE).any():  # a table of clients
            company = total.groupby("for_month").sum()
            company.index = pd.MultiIndex.from_product([company.index, [EVERYONE]], names=keys)
            total = pd.concat([total, company])
        values = pd.DataFrame({"value": total, "clients": None})
        if headline.of:
            of = frame.groupby(keys, observed=True)[headline.of].sum()
            of = of[of > 0]  # a share of nobody is none
            values = pd.DataFrame({"value": total.reindex(of.index, fill_value=0), "clients": of})
        values = values.reset_index()
    else:
        values = rows[keys].assign(value=rows[headline.column])
        values["clients"] = rows[headline.of] if headline.of else None
    for end, column in zip(ENDS, headline.ends or (None, None), strict=True):
        values[end] = rows[column] if column else np.nan
    values = values.rename(columns={"for_month": "month"}).assign(metric=headline.name)
    return values.astype({"manager_id": object, "value": float, "clients": "Int64"})


def with_zeros(values: pd.DataFrame, metrics: list[str], shown: pd.DataFrame) -> pd.DataFrame:
    """The values of the managers *shown* (month, manager_id); 0 for these metrics where they have
    none."""
    keys = ["month", "manager_id", "metric"]
    values = values.merge(shown, on=keys[:2])
    zeros = shown.merge(pd.DataFrame({"metric": metrics}), how="cross").assign(value=0.0)
    zeros["clients"] = pd.Series(pd.NA, zeros.index, dtype="Int64")
    return pd.concat([values, zeros], ignore_index=True).drop_duplicates(keys)


def headlines(
    values: pd.DataFrame,
    tables: list[Callable[..., pd.DataFrame]],
    first_month: pd.Timestamp,
    window_months: int,
) -> pd.DataFrame:
    """Values of headlines with what their tables declare: the columns of schema.DECLARED.

    *values*: month, manager_id, metric, value, clients, low, high. *tables*: those that declare
    headlines.
    """
    facts = [
        each._asdict()
        | {
            "metric": each.name,
            "unit": "count" if each.several == "count" else table.about.units[each.column],
            "page": each.page or table.__module__.rpartition(".")[2],
            "place": place,
        }
        for place, (table, each) in enumerate(
            ((table, each) for table in tables for each in table.about.headlines), 1
        )
    ]
    rows = values.merge(pd.DataFrame(facts), on="metric")
    since = periods.month_numbers(rows["month"]) - periods.month_number(first_month) + 1
    covered = pd.Series(np.minimum(since, window_months), rows.index).where(rows["of_window"])
    types = dict.fromkeys(("clients", "covered_months"), "Int64")
    return rows.assign(covered_months=covered).astype(types)[list(DECLARED["declared_headlines"])]


def reason_rows(frame: pd.DataFrame, about: About, topic: str, window_months: int) -> pd.DataFrame:
    """The clients of a table with each reason it declares: the columns of schema.DECLARED and
    those that the reasons' sentences need. *window_months*: of a full window."""
    return pd.concat([_with_reason(frame, each, topic, window_months) for each in about.reasons])


def of_owned(ledger: Ledger, declared_reasons: pd.DataFrame, end: int, now: int) -> pd.DataFrame:
    """The reasons that hold on a day of the month *now* (row), with the positions of their client
    and its owner. What brings no money is none, nor is to be lost of who bought after *end*."""
    rows = declared_reasons.assign(client=codes(declared_reasons["client_id"], ledger.clients))
    rows["manager"] = matrices.owner(ledger, now)[rows["client"]]
    bought_since = (ledger.purchases[now + 1] > ledger.purchases[end + 1])[rows["client"]]
    holds = ~(rows["money"] <= 0) & ~((rows["state"] == "lost") & bought_since)
    return rows[holds & (rows["client"] >= 0) & (rows["manager"] >= 0)]


def _with_reason(
    frame: pd.DataFrame, reason: Reason, topic: str, window_months: int
) -> pd.DataFrame:
    if reason.full_window:
        frame = frame[frame["window_months"] == window_months]
    rows = frame[_said(frame, reason.rows)] if reason.rows else frame
    rows = rows.assign(
        money=_said(rows, reason.money) if reason.money else float("nan"),
        reason=reason.name,
        state=reason.state,
        is_certain=reason.is_certain,
        place=reason.place,
        page=reason.page or topic,
    )
    return rows[[*DECLARED["declared_reasons"], *reason.tells.split()]]


def _said(frame: pd.DataFrame, expression: str) -> pd.Series:
    """What a pandas expression says of each row: it is read for the columns that may be in it."""
    return frame[[name for name in frame if name in expression]].eval(expression)
