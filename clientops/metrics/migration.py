"""Migration: who moves up, who moves down, and what is it worth?

Two windows of equal length are compared: the one that ends with *from_month* and the one that ends
with *month*. A client counts for its owner at *month*; classes are those of the whole company,
whoever looks.

Common parameters: *ledger* is the book's (ledger/matrices.py). *month* is the first
day of the month asked for, *from_month* that of an earlier one (None: `window_months` before, so
that the windows do not overlap). *rules* are the thresholds. Money in
the results is in the reporting currency. The tables are empty where the data begin after
*from_month*.
"""

import numpy as np
import pandas as pd

from clientops.errors import ClientOpsError
from clientops.ledger import classes, matrices
from clientops.ledger.classes import CLASSES, STAGES
from clientops.ledger.matrices import Ledger
from clientops.ledger.ratios import money, ratio
from clientops.ledger.rows import empty, finish, name_owners, with_company
from clientops.ledger.statistics import sign_tests
from clientops.ledger.two_windows import (
    CAUSES,
    DIRECTIONS,
    DOWN,
    NO_CAUSE,
    UP,
    Moves,
    class_flows,
    company_lines,
    letters,
    manager_lines,
    read_moves,
)
from clientops.schema import reason, table
from clientops.settings import Migration, Portfolio
from clientops.words import N_

LABELS = {  # of columns that only this topic has
    "to_month": N_("Compared to"),
    "from_stage": N_("Stage before"),
    "to_stage": N_("Stage now"),
    "direction": N_("Direction"),
    "cause": N_("Cause"),
    "from_abc": N_("Volume class before"),
    "to_abc": N_("Volume class now"),
    "from_xyz": N_("Regularity class before"),
    "to_xyz": N_("Regularity class now"),
    "revenue_change": N_("Change of revenue"),
    "transferred_share": N_("Changed owner, share"),
    "ownership": N_("Ownership"),
    "balance": N_("Ups against downs"),
    "returned": N_("Returned"),
    "growth": N_("Growth"),
    "decline": N_("Decline"),
    "transferred_in": N_("Taken over"),
    "transferred_out": N_("Handed over"),
    "up_clients": N_("Clients up"),
    "down_clients": N_("Clients down"),
    "scale": N_("Scale"),
    "up_in": N_("Came from below"),
    "down_in": N_("Came from above"),
    "up_out": N_("Moved up"),
    "down_out": N_("Moved down"),
}
_MOVES = (
    "client_id:id * client_name:name manager_id:id from_month:month to_month:month "
    "from_class:word to_class:word from_stage:word to_stage:word revenue_before:money "
    "revenue_after:money revenue_change:money direction:word cause:word window_months:whole "
    "from_abc:word to_abc:word from_xyz:word to_xyz:word"
)


_LOSS = {  # what reasons to call have in common
    "money": "(revenue_before - revenue_after) / window_months * 3",
    "tells": "from_class to_class revenue_before revenue_after window_months",
    "full_window": True,
}


@reason("lost", 3, rows="direction == 'lost' and (from_abc == 'A' or from_xyz == 'X')",
        state="lost", **_LOSS)  # fmt: skip
@reason("fell from A", 4, rows="direction == 'down' and from_abc == 'A' and to_abc != 'A' "
        "and cause in ('own', 'both')", **_LOSS)  # fmt: skip
@reason("no longer regular", 5, rows="direction == 'down' and from_xyz == 'X' and to_xyz != 'X'",
        **_LOSS)  # fmt: skip
@table(
    _MOVES,
    labels=LABELS,
    period="two windows",
    adds_up="revenue_before revenue_after revenue_change",
)
def client_migration(
    ledger: Ledger,
    *,
    month: pd.Timestamp,
    from_month: pd.Timestamp | None = None,
    rules: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """What every client did between two windows: its class then and now, its revenue, and why.

    How: the window that ends with the month is compared with the one that ends with the earlier
    month; both have as many months as the earlier one covers, at most `window_months`, and classes
    and stages are those of these windows. A class is the volume and the regularity class together;
    `--`: no purchase. direction: `new` bought now and never up to the earlier month; `returned`
    bought now, not in the earlier window, but before it; `lost` bought in the earlier window and
    not now; bought in both: `up`, `down` or `same` by volume class (D below C, `-` below D), else
    by regularity class; returns only: `same`. cause, where the volume class rose or fell: today's
    revenue is held against the earlier cut-offs. Gives it today's class, the client bought more or
    less (`own`); gives it the earlier class, only the bar moved (`threshold`), because others grew
    or shrank; gives it another: `both`.

    Returns one row per client with a purchase or returns in either window: client_id, client_name
    (the id where unknown), manager_id (owner at the month's end), from_month, to_month, from_class,
    to_class, from_stage, to_stage, revenue_before and revenue_after (of the windows),
    revenue_change (after − before), direction, cause (empty where the volume class stayed or the
    client did not buy in both), window_months (months of each window), from_abc, to_abc, from_xyz,
    to_xyz (the letters of the classes).
    """
    moves = read_moves(ledger, month, from_month, rules)
    if moves is None:
        return empty(client_migration)
    shown = np.flatnonzero(moves.listed & (moves.owner >= 0))
    ids = ledger.clients[shown].astype(object)
    stages = [
        STAGES[classes.stage(ledger, at, moves.rules)[shown]] for at in (moves.earlier, moves.later)
    ]
    frame = pd.DataFrame(
        {
            "client_id": ids,
            "client_name": ledger.names[shown],
            "manager_id": ledger.managers.astype(object).take(moves.owner[shown]),
            **letters(moves.class_before[shown], moves.class_after[shown]),
            "from_stage": stages[0],
            "to_stage": stages[1],
            **_revenues(moves.before[shown], moves.after[shown]),
            "direction": DIRECTIONS[moves.direction[shown]],
            "cause": CAUSES[moves.cause[shown]],
            **moves.months,
        }
    )
    return finish(frame, client_migration)


@table(
    _MOVES,
    labels=LABELS,
    period="two windows",
    adds_up="revenue_before=some revenue_after=some revenue_change=some",
)
def class_leavers(
    ledger: Ledger,
    *,
    month: pd.Timestamp,
    from_month: pd.Timestamp | None = None,
    rules: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """Clients who fell from A or are no longer regular, the largest loss of revenue first.

    How: the clients of two windows who were in volume class A and are no longer, or in regularity
    class X and are no longer. Who stopped buying is among them.

    Returns the columns of client_migration, by revenue_change from the largest loss on.
    """
    table = client_migration(ledger, month=month, from_month=from_month, rules=rules)
    left_a = (table["from_abc"] == "A") & (table["to_abc"] != "A")
    left_x = (table["from_xyz"] == "X") & (table["to_xyz"] != "X")
    table = table[left_a | left_x]
    return table.sort_values("revenue_change", kind="stable", ignore_index=True)


@table(
    "manager_id:id manager_name:name from_class:word to_class:word * clients:count "
    "revenue_before:money revenue_after:money revenue_change:money from_month:month "
    "to_month:month window_months:whole from_abc:word to_abc:word from_xyz:word to_xyz:word",
    labels=LABELS,
    period="two windows",
    adds_up="clients revenue_before revenue_after revenue_change",
)
def migration_matrix(
    ledger: Ledger,
    *,
    month: pd.Timestamp,
    from_month: pd.Timestamp | None = None,
    rules: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """How many clients went from which class to which, and what they bought before and after.

    How: the clients of two windows of equal length, the one that ends with the earlier month and
    the one that ends with the month, counted by their class (volume and regularity; `--`: no
    purchase in that window) in each. A client counts for its owner at the month's end.

    Returns one row per manager and pair of classes that occurs, and the company as `*`: manager_id,
    manager_name, from_class, to_class, clients, revenue_before and revenue_after (of the windows),
    revenue_change (after − before), from_month, to_month, window_months (months of each window),
    from_abc, to_abc, from_xyz, to_xyz (the letters of the classes).
    """
    moves = read_moves(ledger, month, from_month, rules)
    if moves is None:
        return empty(migration_matrix)
    frame = pd.DataFrame({"from": moves.class_before, "to": moves.class_after})
    cells = _summed(moves, frame)
    named = letters(cells["from"].to_numpy(), cells["to"].to_numpy())
    return finish(cells.assign(**named, **moves.months), migration_matrix)


@table(
    "manager_id:id manager_name:name direction:word cause:word * clients:count "
    "revenue_before:money revenue_after:money revenue_change:money from_month:month "
    "to_month:month window_months:whole p_value:number balance:word",
    labels=LABELS,
    period="two windows",
    adds_up="clients=some revenue_before=some revenue_after=some revenue_change=some",
)
def migration_causes(
    ledger: Ledger,
    *,
    month: pd.Timestamp,
    from_month: pd.Timestamp | None = None,
    rules: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """How many clients rose and fell in volume class: who bought more or less, or the bar moved.

    How: of the clients who bought in both windows and changed their volume class, those whose
    revenue of today gives today's class by the earlier cut-offs too bought more or less (`own`);
    where it gives the earlier class, only the bar moved (`threshold`), because others grew or
    shrank; else `both`. A client counts for its owner at the month's end. p_value: chance of such a
    difference between a manager's ups and downs if both were equally likely (two-sided sign test).

    Returns one row per manager, direction (`up`, `down`) and cause that occurs, and the company as
    `*`: manager_id, manager_name, direction, cause, clients, revenue_before, revenue_after,
    revenue_change (after − before), from_month, to_month, window_months (months of each window),
    p_value (the same on each row of a manager), balance (`mostly up` or `mostly down` where p_value
    is below `trend_p`, else `balanced`); the last two empty for `*`.
    """
    moves = read_moves(ledger, month, from_month, rules)
    if moves is None:
        return empty(migration_causes)
    frame = pd.DataFrame({"direction": moves.direction, "cause": moves.cause})
    rows = _summed(moves, frame[moves.cause != NO_CAUSE])
    company = rows["manager"] < 0
    ups, downs = (
        rows["clients"].where(rows["direction"] == way, 0).groupby(rows["manager"]).transform("sum")
        for way in (UP, DOWN)
    )
    rows["p_value"] = sign_tests(ups, downs).mask(company)
    way = np.where(ups > downs, "mostly up", "mostly down")
    balance = np.where(rows["p_value"] < rules.trend_p, way, "balanced")
    rows["balance"] = np.where(company, None, balance)
    rows["direction"], rows["cause"] = DIRECTIONS[rows["direction"]], CAUSES[rows["cause"]]
    return finish(rows.assign(**moves.months), migration_causes)


@table(
    "manager_id:id * manager_name:name from_month:month to_month:month window_months:whole "
    "opening:money new:money returned:money growth:money decline:money lost:money "
    "transferred_in:money transferred_out:money closing:money up_clients:count "
    "down_clients:count p_value:number transferred_share:share ownership:word",
    labels=LABELS,
    period="two windows",
    adds_up="opening closing=revenue up_clients down_clients",
    in_pack="bridge",
)
def migration_bridge(
    ledger: Ledger,
    *,
    month: pd.Timestamp,
    from_month: pd.Timestamp | None = None,
    rules: Portfolio = Portfolio(),
    migration: Migration = Migration(),
) -> pd.DataFrame:
    """From each portfolio's revenue before to its revenue now, line by line.

    How: opening is the earlier window's revenue of the clients owned at the earlier month, closing
    the later window's of those owned now; opening + the signed lines = closing, exactly. Each
    client stands in one line per manager: one who had a line up to the earlier month and has
    another owner now is transferred_out (− before) from the old and transferred_in (+ after) to the
    new one; of the others the difference after − before stands in new (never bought up to the
    earlier month), returned (bought before the earlier window only), lost (no longer buys), else
    growth or decline. up_clients and down_clients bought in both windows and rose or fell in volume
    class, for their owner now; p_value: chance of such a difference between ups and downs if both
    were equally likely (two-sided sign test).

    Returns one row per manager with such a client, and the company as `*`, in which nobody is
    transferred: manager_id, manager_name, from_month, to_month, window_months (months of each
    window), opening, new, returned, growth, decline, lost, transferred_in, transferred_out,
    closing, up_clients, down_clients, p_value (empty for `*` and where nobody moved),
    transferred_share (of opening, to other owners; of `*`: of all managers together; empty where
    opening is not positive), ownership (`unclear` where that is more than `warn_transferred`, else
    `clear`; empty without a share).
    """
    moves = read_moves(ledger, month, from_month, rules)
    if moves is None:
        return empty(migration_bridge)
    bridge = pd.concat([company_lines(moves), manager_lines(moves)], ignore_index=True)
    company = bridge["manager"] < 0
    bridge["p_value"] = sign_tests(bridge["up_clients"], bridge["down_clients"]).mask(company)
    moved = -bridge["transferred_out"].where(~company, bridge["transferred_out"].sum())
    bridge["transferred_share"] = share = ratio(moved, bridge["opening"])
    told = np.where(share > migration.warn_transferred, "unclear", "clear")
    bridge["ownership"] = np.where(np.isnan(share), None, told)
    bridge[_AMOUNTS] = bridge[_AMOUNTS].apply(money)
    bridge = name_owners(bridge.assign(**moves.months), ledger)
    return finish(bridge, migration_bridge)


@table(
    "manager_id:id scale:word class:word * manager_name:name from_month:month to_month:month "
    "window_months:whole opening:count new:count returned:count up_in:count down_in:count "
    "transferred_in:count up_out:count down_out:count lost:count transferred_out:count "
    "closing:count",
    labels=LABELS | {"opening": N_("Clients at first"), "closing": N_("Clients at the end")},
    period="two windows",
    adds_up="opening closing",
    stored="company",
)
def class_flow(
    ledger: Ledger,
    *,
    month: pd.Timestamp,
    from_month: pd.Timestamp | None = None,
    rules: Portfolio = Portfolio(),
) -> pd.DataFrame:
    """How many clients came to each class between two windows, how many left it, and how.

    How: the clients of each class at the end of the earlier window and of the later one, on the
    scale of volume (abc) and on that of regularity (xyz). At the beginning stand those who bought
    in the earlier window, at the end those who bought in the later one. Those who came are new
    (never bought up to the earlier month), returned (bought before the earlier window only), moved
    up or down by this scale's own class, or taken over; those who left moved up or down, are lost
    (no purchase in the later window) or were handed over. Handed over is who had a line up to the
    earlier month and has another owner now, whatever else became of the client: counted out of the
    class before at the old owner, into the class now at the new one. At the beginning + who came −
    who left = at the end, exactly.

    Returns one row per manager, scale (`abc`, `xyz`) and class with any client in it, and the
    company as `*`, in which nobody is handed over: manager_id, scale, class (A, B, C, D and `-`:
    bought, but margin unknown; X, Y, Z), manager_name, from_month, to_month, window_months (months
    of each window), opening, new, returned, up_in, down_in, transferred_in, up_out, down_out, lost,
    transferred_out, closing; all of these are numbers of clients, none is negative. Managers' new,
    returned and lost add up to the company's only together with the handed over.
    """
    moves = read_moves(ledger, month, from_month, rules)
    if moves is None:
        return empty(class_flow)
    flow = name_owners(class_flows(moves), ledger)
    return finish(flow.assign(**moves.months), class_flow)


@table(
    "client_id:id month:month * client_name:name manager_id:id class:word stage:word "
    "revenue:money window_months:whole",
    labels=LABELS,
)
def class_path(
    ledger: Ledger,
    *,
    month: pd.Timestamp,
    client_id: str = "",
    rules: Portfolio = Portfolio(),
    migration: Migration = Migration(),
) -> pd.DataFrame:
    """A client's class, stage and window revenue, month by month.

    How: one window for each of the last `path_months` months (12), classed by that month's own
    cut-offs, as the portfolio's tables of that month do. With *client_id* only that client.

    Returns one row per client and month in which it is known: client_id, month, client_name (the id
    where unknown), manager_id (owner at the last month's end), class (volume and regularity; `--`:
    no purchase in the window), stage, revenue (of the window), window_months (months really
    covered).
    """
    end = ledger.row(month)
    owner = matrices.owner(ledger, end)
    chosen = owner >= 0
    if client_id:
        if client_id not in ledger.clients:
            raise ClientOpsError("unknown client {client}", client=client_id)
        chosen &= ledger.clients == client_id
    ids = ledger.clients.astype(object)
    managers = ledger.managers.astype(object).take(owner)
    rows = []
    for at in range(max(0, end - migration.path_months + 1), end + 1):
        shown = np.flatnonzero(chosen & (ledger.known_from <= at))
        span = matrices.window(at, rules.window_months)
        row = {
            "client_id": ids[shown],
            "month": ledger.month_of(at),
            "client_name": ledger.names[shown],
            "manager_id": managers[shown],
            "class": CLASSES[classes.place(ledger, at, rules)[shown]],
            "stage": STAGES[classes.stage(ledger, at, rules)[shown]],
            "revenue": money(span.sum(ledger.revenue)[shown]),
            "window_months": span.months,
        }
        rows.append(pd.DataFrame(row))
    return finish(pd.concat(rows, ignore_index=True), class_path)


_AMOUNTS = [
    "opening", "new", "returned", "growth", "decline", "lost", "transferred_in", "transferred_out",
    "closing",
]  # fmt: skip


def _revenues(before: object, after: object) -> dict[str, object]:
    """The three columns of money, from whole ten-thousandths."""
    return {
        "revenue_before": money(before),
        "revenue_after": money(after),
        "revenue_change": money(after - before),
    }


def _summed(moves: Moves, frame: pd.DataFrame) -> pd.DataFrame:
    """Clients and revenue by manager and the columns of *frame*, whose rows are clients by place;
    those of whom there is nothing to tell are left out."""
    keys = list(frame)
    frame = frame.assign(clients=1)
    for column in ("owner", "before", "after"):
        frame[column] = getattr(moves, column)[frame.index]
    frame = frame[(moves.listed & (moves.owner >= 0))[frame.index]]
    frame = with_company(frame.rename(columns={"owner": "manager"}))
    sums = frame.groupby(["manager", *keys], as_index=False).sum()
    sums = sums.assign(**_revenues(sums["before"], sums["after"]))
    return name_owners(sums, moves.ledger)
