"""Two windows of a ledger, and what every client did between them.

Both have as many months as the earlier one covers, so that their amounts compare as they are.
"""

import dataclasses

import numpy as np
import pandas as pd

from clientops import periods
from clientops.errors import ClientOpsError
from clientops.ledger import classes, matrices
from clientops.ledger.classes import ABC, CLASSES, XYZ
from clientops.ledger.matrices import Ledger
from clientops.ledger.ratios import ratio
from clientops.settings import Portfolio

DIRECTIONS = np.array(["new", "returned", "lost", "up", "down", "same", ""])
NEW, RETURNED, LOST, UP, DOWN, SAME, LEFT_OUT = range(7)
CAUSES = np.array(["own", "threshold", "both", None], dtype=object)
OWN, THRESHOLD, BOTH, NO_CAUSE = range(4)


@dataclasses.dataclass(frozen=True, eq=False)
class Moves:
    """What every client of a ledger did between two windows; an array has a place per client."""

    ledger: Ledger
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
            "from_month": self.ledger.month_of(self.earlier),
            "to_month": self.ledger.month_of(self.later),
            "window_months": self.rules.window_months,
        }


def read_moves(
    ledger: Ledger, month: pd.Timestamp, from_month: pd.Timestamp | None, rules: Portfolio
) -> Moves | None:
    """The comparison of two months; None where the data begin after *from_month*.

    *from_month* None: one window before. Raises ClientOpsError where it is not before *month*.
    """
    if from_month is None:
        from_month = periods.add_months(month, -rules.window_months)
    if from_month >= month:
        raise ClientOpsError(
            "from_month {before} is not before month {month}",
            before=periods.label(from_month),
            month=periods.label(month),
        )
    earlier, later = ledger.row(from_month), ledger.row(month)
    if earlier < 0 or later < 0:
        return None
    covered = matrices.window(earlier, rules.window_months).months
    rules = dataclasses.replace(
        rules, window_months=covered, lapse_months=min(rules.lapse_months, covered)
    )
    spans = [matrices.window(at, covered) for at in (earlier, later)]
    then, now = (classes.place(ledger, at, rules) for at in (earlier, later))
    before, after = (span.sum(ledger.revenue) for span in spans)
    direction = _direction(ledger, earlier, spans, then, now, (before != 0) | (after != 0))
    first_owner, owner = matrices.owner(ledger, earlier), matrices.owner(ledger, later)
    old_cut = classes.cut_off_of(ledger, earlier, rules)
    letter_by_old = classes.by_cut_off(ledger, later, rules, old_cut)
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
        cause=_cause(then, now, letter_by_old, direction),
        first_owner=first_owner,
        owner=owner,
        transferred=(ledger.first_line <= earlier) & (first_owner != owner),
    )


def _direction(
    ledger: Ledger,
    earlier: int,
    spans: list[matrices.Window],
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
    then: np.ndarray, now: np.ndarray, letter_by_old: np.ndarray, direction: np.ndarray
) -> np.ndarray:
    """Place in CAUSES of every client; *letter_by_old*: volume class now by earlier cut-offs."""
    letter_then, letter_now = then // len(XYZ), now // len(XYZ)
    return np.select(
        [
            ~np.isin(direction, [UP, DOWN]) | (letter_then == letter_now),
            letter_by_old == letter_now,
            letter_by_old == letter_then,
        ],
        [NO_CAUSE, OWN, THRESHOLD],
        BOTH,
    ).astype(np.int8)


def letters(then: np.ndarray, now: np.ndarray) -> dict[str, object]:
    """The classes of two windows (places in CLASSES), whole and by letter."""
    kinds = {"abc": ABC, "xyz": XYZ}
    columns = {"from_class": CLASSES[then], "to_class": CLASSES[now]}
    for name, place in (("from", then), ("to", now)):
        for kind, at in zip(kinds, divmod(place, len(XYZ)), strict=True):
            columns[f"{name}_{kind}"] = kinds[kind][at]
    return columns


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


def class_flows(moves: Moves) -> pd.DataFrame:
    """Clients who came to and left each class of both scales, by manager and for the company (−1).

    Who bought in a window has a class in it: by the places in CLASSES, and `-` by margin.
    """
    spans = (matrices.window(at, moves.rules.window_months) for at in (moves.earlier, moves.later))
    bought_then, bought_now = (span.sum(moves.ledger.purchases) > 0 for span in spans)
    owned, was_owned = moves.owner >= 0, moves.first_owner >= 0
    everybody = np.full(len(moves.owner), -1)
    parts = []
    for scale, names, then, now in zip(
        ("abc", "xyz"),
        (ABC, XYZ),
        divmod(moves.class_before, len(XYZ)),
        divmod(moves.class_after, len(XYZ)),
        strict=True,
    ):
        for keeper, first, moved in (
            (everybody, everybody, np.zeros(len(moves.owner), dtype=bool)),
            (moves.owner, moves.first_owner, moves.transferred),
        ):
            stays, both = owned & ~moved, bought_then & bought_now
            # Who stays but had another owner has no line from then, and so no purchase.
            lines = {
                "opening": (first, then, bought_then & np.where(moved, was_owned, owned)),
                "new": (keeper, now, stays & (moves.direction == NEW)),
                "returned": (keeper, now, stays & (moves.direction == RETURNED)),
                "up_in": (keeper, now, stays & both & (now < then)),
                "down_in": (keeper, now, stays & both & (now > then)),
                "transferred_in": (keeper, now, owned & moved & bought_now),
                "up_out": (keeper, then, stays & both & (now < then)),
                "down_out": (keeper, then, stays & both & (now > then)),
                "lost": (keeper, then, stays & (moves.direction == LOST)),
                "transferred_out": (first, then, was_owned & moved & bought_then),
                "closing": (keeper, now, owned & bought_now),
            }
            counts = np.zeros((len(lines), len(moves.ledger.managers) + 1, len(names)), dtype=int)
            for of_line, (who, letter, chosen) in zip(counts, lines.values(), strict=True):
                np.add.at(of_line, (who[chosen] + 1, letter[chosen]), 1)
            manager, letter = np.nonzero(counts.any(axis=0))
            table = {"manager": manager - 1, "scale": scale, "class": names[letter]}
            parts.append(
                pd.DataFrame(table | dict(zip(lines, counts[:, manager, letter], strict=True)))
            )
    return pd.concat(parts, ignore_index=True)


def _per(owner: np.ndarray, chosen: np.ndarray, amounts: np.ndarray, number: int) -> np.ndarray:
    """The sum of the chosen clients' whole amounts for each of so many owners."""
    sums = np.zeros(number, dtype=np.int64)
    np.add.at(sums, owner[chosen], amounts[chosen])
    return sums


def two_years(ledger: Ledger, end: int) -> tuple[np.ndarray, np.ndarray]:
    """Revenue of every client in the 12 months before the last 12, and in these."""
    now = matrices.window(end, 12)
    then = matrices.Window(max(0, now.start - 12), now.start - 1)
    return then.sum(ledger.revenue), now.sum(ledger.revenue)


def year_retention(ledger: Ledger, end: int) -> tuple[float, int]:
    """What those who bought in the 12 months before bring in the last 12, as a part of it (NaN:
    they brought nothing), and how many of the months before are in the data."""
    before, after = two_years(ledger, end)
    opening = before > 0
    nrr = float(ratio(after[opening].sum(), before[opening].sum()))
    return nrr, min(12, max(0, end + 1 - 12))
