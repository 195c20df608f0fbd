"""Coverage with prospects and all activities once more: slow, obvious and exact, for tests only.

Made from the written definitions alone. *as_of* None is the month's end; a month that runs is
looked at up to as_of. A manager's team and a client's client_group may be missing from its row.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from tests.metrics import oracle_activity, oracle_promises
from tests.metrics.oracle import (
    COMPANY,
    UNASSIGNED,
    classified,
    first_day,
    last_day,
    manager_name,
    owner_on,
    ratio,
)
from tests.metrics.oracle import Settings as Classes

MONEY_CLASSES = ("A", "B", "C")  # the shares are shares of these together
PROSPECT, REST = "prospect", "-"
CELLS = (REST, *MONEY_CLASSES, PROSPECT)  # in code-point order


@dataclass(frozen=True)
class Settings(oracle_promises.Settings):
    """Also touch_days by class, and touch_days_of: by group or team, then by class."""

    touch_days: dict = field(
        default_factory=lambda: {"A": 14, "B": 30, "C": 90, "prospect": 30}
    )  # fmt: skip
    touch_days_of: dict = field(default_factory=dict)


def activity_coverage(ledger, month, as_of=None, **settings):
    """Per owner at the month's end and A, B, C or prospect; "-" are all other activities."""
    s = Settings(**settings)
    end, _ = oracle_activity.looked_at(month, as_of, s)
    if not oracle_activity.recorded_kinds(ledger, end):
        return []
    cell = cells_of_clients(ledger, month, s)
    owner = {client: owner_on(ledger, client, last_day(month)) for client in all_clients(ledger)}
    of_month = [row for row in ledger.activities if oracle_promises.is_done(row, s)
                and first_day(day_of(row)) == month and day_of(row) <= end]  # fmt: skip
    answerable = [owner[row["client_id"]] if row["client_id"] is not None else row["manager_id"]
                  for row in of_month]  # fmt: skip
    rows = []
    for manager_id in sorted({COMPANY, *owner.values(), *answerable}):
        mine = [client for client in cell if manager_id in (COMPANY, owner[client])]
        acts = [cell.get(row["client_id"], REST)
                for row, whose in zip(of_month, answerable, strict=True)
                if manager_id in (COMPANY, whose)]  # fmt: skip
        whole = [client for client in mine if cell[client] in MONEY_CLASSES]
        worth, _ = oracle_activity.worth_of(ledger, whole, month, s)
        for abc in CELLS:
            clients = [client for client in mine if cell[client] == abc]
            is_row = acts.count(abc) > 0 if abc == REST else len(clients) > 0
            if not is_row:
                continue
            has_shares = abc in MONEY_CLASSES
            by = {client: touchers(ledger, client, end, allowed(ledger, client, abc, owner, s), s)
                  for client in clients if abc != REST}  # fmt: skip
            touched = sum(len(people) > 0 for people in by.values())
            by_owner = sum(owner[client] in people for client, people in by.items())
            rows.append({
                "month": month,
                "manager_id": manager_id,
                "manager_name": manager_name(ledger, manager_id),
                "abc": abc,
                "clients": None if abc == REST else len(clients),
                "touched": None if abc == REST else touched,
                "touched_by_owner": None if abc == REST else by_owner,
                "coverage": None if abc == REST else ratio(touched, len(clients)),
                "activities": acts.count(abc),
                "activity_share": ratio(acts.count(abc), sum(acts.count(each)
                                                             for each in MONEY_CLASSES))
                if has_shares else None,
                "margin_share": ratio(sum(worth[client] for client in clients),
                                      sum(worth.values())) if has_shares else None,
            })  # fmt: skip
    return rows


def cells_of_clients(ledger, month, s):
    """The cell of every client known by the month's end; "-" are those of no other."""
    cells = {}
    for row in classified(ledger, month, Classes(window_months=s.window_months)):
        if row["abc"] in MONEY_CLASSES:
            cells[row["client_id"]] = row["abc"]
        else:
            cells[row["client_id"]] = PROSPECT if row["stage"] == "prospect" else REST
    return cells


def all_clients(ledger):
    """Every client that any table names."""
    tables = ledger.lines, ledger.clients, ledger.assignments, ledger.activities
    return {row["client_id"] for table in tables for row in table} - {None}


def touchers(ledger, client_id, end, days, s):
    """Who touched the client less than so many days before the end, the end's day included."""
    since = end - timedelta(days=days - 1)
    return {row["manager_id"] for row in ledger.activities
            if row["client_id"] == client_id and oracle_promises.is_touch(row, s)
            and since <= day_of(row) <= end}  # fmt: skip


def allowed(ledger, client_id, abc, owner, s):
    """By the client's group, else by the owner's team, else as for everybody."""
    groups = [row.get("client_group") for row in ledger.clients if row["client_id"] == client_id]
    teams = [row.get("team") for row in ledger.managers
             if row["manager_id"] == owner[client_id] != UNASSIGNED]  # fmt: skip
    for name in groups + teams:
        if abc in s.touch_days_of.get(name, {}):
            return s.touch_days_of[name][abc]
    return s.touch_days[abc]


def day_of(row):
    return row["happened_at"].date()
