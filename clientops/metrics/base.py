"""Base: who are our clients, and is the base in order?

Common parameters: *ledger* is the book's (ledger/matrices.py), *plan_fulfilment* the table of that
name where there are plans, *activities* and *surveys* are the book's frames. *month* is the first
day of the month asked for. Money in the results is in the reporting currency.
"""

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger import activity_log, classes, matrices
from clientops.ledger.matrices import Ledger, known_by
from clientops.ledger.ratios import money, ratio
from clientops.ledger.rows import dates, empty, finish, name_clients
from clientops.schema import category_rules, table
from clientops.settings import Activity, Base, Portfolio
from clientops.words import N_

LABELS = {  # of columns that only this topic has
    "tags": N_("Tags"),
    "first_on": N_("First purchase"),
    "revenue_ever": N_("Revenue ever"),
    "open": N_("Open invoices"),
    "overdue": N_("Overdue"),
    "nps_score": N_("Last answer"),
    "plan_gap": N_("Above or below the plan to date"),
    "expected_12": N_("Expected in 12 months"),
    "categories": N_("Categories"),
}
_CARD = ["client_group", "region", "phone", "email", "tags"]  # as they stand in clients


@table(f"{category_rules.COLUMNS} categories:text", labels=LABELS, adds_up="revenue")
def client_list(
    ledger: Ledger,
    plan_fulfilment: pd.DataFrame | None = None,
    activities: pd.DataFrame | None = None,
    surveys: pd.DataFrame | None = None,
    *,
    month: pd.Timestamp,
    rules: Base = Base(),
    portfolio: Portfolio = Portfolio(),
    activity: Activity = Activity(),
) -> pd.DataFrame:
    """Every client, with what is known of it.

    How: as of the month's end. Classes, purchases, revenue and the margin rate are those of the
    window; the categories are the names of the rules (`[settings.base.categories]`) that hold, in
    their order there. A comparison with an empty value does not hold.

    Returns one row per client known by the month: client_id, client_name (the id where unknown),
    manager_id (owner at the month's end), client_group, region, phone, email, tags (as in clients;
    how to reach a client only for who owns it now), abc, xyz, stage, first_on and last_on
    (purchases ever up to the month; empty where none), purchases (days), revenue, revenue_ever (up
    to the month), margin_rate (margin by revenue of costed lines; empty where that is not
    positive), last_touch (last contact by anyone), nps_score (the last answer; of one day the
    lower), plan_gap (revenue less plan of the year to date), categories. Columns whose table is
    missing are empty; open, overdue and expected_12 are until a table tells them.
    """
    end = ledger.row(month)
    if end < 0:
        return empty(client_list)
    owner, span = matrices.owner(ledger, end), matrices.window(end, portfolio.window_months)
    count, until = ledger.purchases[end + 1], periods.month_end(month)
    days = np.append(ledger.days, 0)
    frame = pd.DataFrame(
        {
            "client_name": name_clients(ledger.client_table, ledger.clients),
            "manager_id": ledger.managers.astype(object).take(owner),
            "abc": classes.ABC[classes.abc(ledger, end, portfolio)],
            "xyz": classes.XYZ[classes.xyz(ledger, end, portfolio, portfolio.xyz_by)],
            "stage": classes.STAGES[classes.stage(ledger, end, portfolio)],
            "first_on": dates(np.where(count > 0, days[ledger.starts], -1)),
            "last_on": dates(np.where(count > 0, days[ledger.starts + count - 1], -1)),
            "purchases": span.sum(ledger.purchases),
            "revenue": money(span.sum(ledger.revenue)),
            "revenue_ever": money(ledger.revenue[end + 1]),
            "margin_rate": ratio(span.sum(ledger.margin), span.sum(ledger.costed_revenue)),
            "last_touch": dates(activity_log.last_touch(ledger, activities, until, activity)),
            "nps_score": _last_answers(ledger, surveys, end),
            "open": np.nan,
            "overdue": np.nan,
            "plan_gap": np.nan,
            "expected_12": np.nan,
        },
        index=ledger.clients.astype(object),
    )
    card = ledger.client_table.set_index("client_id")[_CARD]
    frame = frame.join(card.set_axis(card.index.astype(object)))
    if plan_fulfilment is not None:
        planned = plan_fulfilment[plan_fulfilment["dimension"] == "client"].set_index("key")
        planned = planned[planned.index.isin(frame.index) & planned["basis"].notna()]
        frame["plan_gap"] = planned["gap_to_date"]
    frame = frame[(ledger.known_from <= end) & (owner >= 0)]
    frame = frame.rename_axis("client_id").reset_index()
    frame["categories"] = _categories(frame, rules)
    return finish(frame, client_list)


def _last_answers(ledger: Ledger, surveys: pd.DataFrame | None, end: int) -> np.ndarray:
    """Each client's last score up to a month's end; NaN where there is none."""
    result = np.full(len(ledger.clients), np.nan)
    if surveys is None:
        return result
    said = surveys[surveys["score"].notna() & (surveys["responded_on"] < ledger.month_of(end + 1))]
    said = said.assign(client=known_by(ledger, said["client_id"], end))
    said = said[said["client"] >= 0].sort_values(["responded_on", "score"], ascending=[True, False])
    result[said["client"]] = said["score"].astype(float)  # of several, the last is kept
    return result


def _categories(frame: pd.DataFrame, rules: Base) -> np.ndarray:
    """The names of the rules that hold, of each row; None where none does."""
    names = np.full(len(frame), "", dtype=object)
    for name, rule in rules.categories.items():
        holds = category_rules.read(rule)(frame)
        names[holds] = [f"{each}, {name}" if each else name for each in names[holds]]
    return np.where(names == "", None, names)
