"""Two windows of a ledger, and what every client did between them.

Both have as many months as the earlier one covers, so that their amounts compare as they are.
"""

import dataclasses

import numpy as np
import pandas as pd

from clientops import periods
from clientops.errors import ClientOpsError
from clientops.ledger import classes
from clientops.ledger.classes import ABC, XYZ
from clientops.settings import Portfolio

DIRECTIONS = np.array(["new", "returned", "lost", "up", "down", "same", ""])
NEW, RETURNED, LOST, UP, DOWN, SAME, LEFT_OUT = range(7)
CAUSES = np.array(["own", "threshold", "both", None], dtype=object)
OWN, THRESHOLD, BOTH, NO_CAUSE = range(4)
CLASSES = np.array([f"{abc}{xyz}" for abc in ABC for xyz in XYZ], dtype=object)  # best first


@dataclasses.dataclass(frozen=True, eq=False)
class Moves:
    """What every client of a ledger did between two windows; an array has a place per client."""

    ledger: classes.Ledger
    earlier: int  # last month (row) of the earlier window
    later: int
    rules: Portfolio  # with the months that both windows have
    before: np.ndarray  # revenue of the earlier window, ten-thousandths
    after: np.ndarray
    class_before: np.ndarray  # place in CLASSES
    class_after: np.ndarray
    direction: np.ndarray  # place in DIRECTIONS
    cause: np.ndarray  # place in CAUSES
    first_owner: np.ndarray  # owner at the end of the earlier window
    owner: np.ndarray  # owner at the end of the later one
    transferred: np.ndarray  # has another owner now, and a line from when it had the first

    @property
    def listed(self) -> np.ndarray:
        """Whether there is anything to tell of a client."""
        return self.direction != LEFT_OUT

    @property
    def months(self) -> dict[str, object]:
        """The columns that say which windows are compared."""
        return {
            "from_month": classes.month_of(self.ledger, self.earlier),
            "to_month": classes.month_of(self.ledger, self.later),
            "window_months": self.rules.window_months,
        }


def read_moves(
    sales_month: pd.DataFrame,
    purchases: pd.DataFrame,
    clients: pd.DataFrame,
    owners: pd.DataFrame,
    cuts: pd.DataFrame | None,
    month: pd.Timestamp,
    from_month: pd.Timestamp | None,
    rules: Portfolio,
) -> Moves | None:
    """The comparison that is asked for; None where the data begin after *from_month*."""
    if from_month is None:
        from_month = periods.add_months(month, -rules.window_months)
    if from_month >= month:
        raise ClientOpsError(
            f"from_month {periods.label(from_month)} is not before month {periods.label(month)}"
        )
    ledger = classes.read(sales_month, purchases, clients, owners, cuts, month)
    if ledger is None:
        return None
    return moves_of(ledger, sales_month, cuts, from_month, month, rules)


def moves_of(
    ledger: classes.Ledger,
    sales_month: pd.DataFrame,
    cuts: pd.DataFrame | None,
    from_month: pd.Timestamp,
    month: pd.Timestamp,
    rules: Portfolio,
) -> Moves | None:
    """The comparison of two months of a ledger; None where the data begin after *from_month*."""
    earlier, later = (periods.month_number(m) - ledger.first_month for m in (from_month, month))
    if earlier < 0:
        return None
    covered = classes.window(earlier, rules.window_months).months
    rules = dataclasses.replace(
        rules, window_months=covered, lapse_months=min(rules.lapse_months, covered)
    )
    spans = [classes.window(at, covered) for at in (earlier, later)]
    old_cut = classes.stored_cut_off(ledger, earlier, rules, cuts)
    new_cut = classes.stored_cut_off(ledger, later, rules, cuts)
    then = classes_of(ledger, earlier, rules, old_cut)
    now = classes_of(ledger, later, rules, new_cut)
    before, after = (span.sum(ledger.revenue) for span in spans)
    direction = _direction(ledger, earlier, spans, then, now, (before != 0) | (after != 0))
    first_owner, owner = classes.owner(ledger, earlier), classes.owner(ledger, later)
    known = sales_month["client_id"][sales_month["month"] <= from_month]
    has_line = np.zeros(len(ledger.clients), dtype=bool)
    has_line[classes.codes(known, ledger.clients)] = True
    return Moves(
        ledger=ledger,
        earlier=earlier,
        later=later,
        rules=rules,
        before=before,
        after=after,
        class_before=then,
        class_after=now,
        direction=direction,
        cause=_cause(then, now, classes_of(ledger, later, rules, old_cut), direction),
        first_owner=first_owner,
        owner=owner,
        transferred=has_line & (first_owner != owner),
    )


def classes_of(
    ledger: classes.Ledger, at: int, rules: Portfolio, cut: classes.CutOff | None
) -> np.ndarray:
    """Place in CLASSES of every client for the window that ends with month *at*."""
    abc = classes.abc(ledger, at, rules, cut)
    return abc * np.int8(len(XYZ)) + classes.xyz(ledger, at, rules, rules.xyz_by)


def _direction(
    ledger: classes.Ledger,
    earlier: int,
    spans: list[classes.Window],
    then: np.ndarray,
    now: np.ndarray,
    has_revenue: np.ndarray,
) -> np.ndarray:
    """Place in DIRECTIONS of every client. Classes lie in CLASSES from the best to the worst."""
    bought_then, bought_now = (span.sum(ledger.purchases) > 0 for span in spans)
    ever = ledger.purchases[earlier + 1] > 0
    return np.select(
        [
            bought_now & ~ever,
            bought_now & ~bought_then,
            bought_then & ~bought_now,
            bought_now & (now < then),
            bought_now & (now > then),
            bought_now | has_revenue,
        ],
        [NEW, RETURNED, LOST, UP, DOWN, SAME],
        LEFT_OUT,
    ).astype(np.int8)


def _cause(
    then: np.ndarray, now: np.ndarray, by_old_cuts: np.ndarray, direction: np.ndarray
) -> np.ndarray:
    """Place in CAUSES of every client; *by_old_cuts*: the class now by the earlier cut-offs."""
    letter_then, letter_now, letter_by_old = (each // len(XYZ) for each in (then, now, by_old_cuts))
    return np.select(
        [
            ~np.isin(direction, [UP, DOWN]) | (letter_then == letter_now),
            letter_by_old == letter_now,
            letter_by_old == letter_then,
        ],
        [NO_CAUSE, OWN, THRESHOLD],
        BOTH,
    ).astype(np.int8)


def manager_lines(moves: Moves) -> pd.DataFrame:
    """The bridge of every manager who has one; amounts in whole ten-thousandths."""
    number = len(moves.ledger.managers)
    owned = moves.owner >= 0
    stays, comes = owned & ~moves.transferred, owned & moves.transferred
    goes = (moves.first_owner >= 0) & moves.transferred
    lines = _lines(moves, np.where(stays, moves.owner, -1), moves.owner, number)
    lines["transferred_in"] = _per(moves.owner, comes, moves.after, number)
    lines["transferred_out"] = _per(moves.first_owner, goes, -moves.before, number)
    # Who stays but had another owner has no line from then, and so no revenue.
    first = np.where(goes, moves.first_owner, np.where(stays, moves.owner, -1))
    lines["opening"] = _per(first, first >= 0, moves.before, number)
    shown = np.zeros(number, dtype=bool)
    shown[moves.owner[owned & moves.listed]] = True
    shown[first[(first >= 0) & (moves.before != 0)]] = True
    return lines[shown]


def company_lines(moves: Moves) -> pd.DataFrame:
    """The bridge of everybody together, as if of one owner; none where there is nobody."""
    owner = np.where(moves.owner >= 0, 0, -1)
    lines = _lines(moves, owner, owner, 1)
    lines["transferred_in"] = lines["transferred_out"] = 0
    lines["opening"] = _per(owner, owner >= 0, moves.before, 1)
    return lines.assign(manager=-1).head(int((moves.listed & (owner >= 0)).any()))


def _lines(moves: Moves, keeper: np.ndarray, owner: np.ndarray, number: int) -> pd.DataFrame:
    """The lines of clients who were not transferred (*keeper*: of those only), the closing revenue
    and who went up and down in volume class (*owner*)."""
    change = moves.after - moves.before
    stayed = ~np.isin(moves.direction, [NEW, RETURNED, LOST])
    parts = {
        "new": moves.direction == NEW,
        "returned": moves.direction == RETURNED,
        "growth": stayed & (change > 0),
        "decline": stayed & (change < 0),
        "lost": moves.direction == LOST,
    }
    lines = {name: _per(keeper, part & (keeper >= 0), change, number)
             for name, part in parts.items()}  # fmt: skip
    lines["closing"] = _per(owner, owner >= 0, moves.after, number)
    for name, way in (("up_clients", UP), ("down_clients", DOWN)):
        moved = (owner >= 0) & (moves.direction == way) & (moves.cause != NO_CAUSE)
        lines[name] = np.bincount(owner[moved], minlength=number)
    return pd.DataFrame(lines | {"manager": np.arange(number)})


def _per(owner: np.ndarray, chosen: np.ndarray, amounts: np.ndarray, number: int) -> np.ndarray:
    """The sum of the chosen clients' whole amounts for each of so many owners."""
    sums = np.zeros(number, dtype=np.int64)
    np.add.at(sums, owner[chosen], amounts[chosen])
    return sums
