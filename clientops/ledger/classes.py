"""The classes of every client in any month of the ledger: whatever decides one is an integer."""

import math
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pandas as pd

from clientops import periods
from clientops.errors import ClientOpsError
from clientops.ledger.matrices import Ledger, Window, once, window
from clientops.ledger.statistics import twice_median
from clientops.schema import MONEY_SCALE
from clientops.settings import Portfolio

ABC = np.array(["A", "B", "C", "D", "-"])
XYZ = np.array(["X", "Y", "Z", "-"])
STAGES = np.array(["prospect", "new", "returned", "active", "lapsed", "lost"])
A, B, C, D, NO_ABC = range(5)
X, Y, Z, NO_XYZ = range(4)
PROSPECT, NEW, RETURNED, ACTIVE, LAPSED, LOST = range(6)
CLASSES = np.array([f"{abc}{xyz}" for abc in ABC for xyz in XYZ], dtype=object)  # best first


def amounts(ledger: Ledger, abc_by: str) -> np.ndarray:
    """The cumulative matrix that clients are ranked by."""
    return ledger.margin if abc_by == "margin" else ledger.revenue


class CutOff(NamedTuple):
    """Smallest amounts in A, and in A and B together, with the last client of each (ties)."""

    a_amount: int
    a_client: str
    b_amount: int
    b_client: str


def cut_off(ledger: Ledger, span: Window, rules: Portfolio) -> CutOff | None:
    """The cut-offs of a window; None where nobody has a positive amount. Company-wide only.

    Clients by amount descending, then by id: A while the share of those ranked ahead is below
    abc_shares[0], B while below abc_shares[1]. The shares are compared as whole amounts:
    ahead < share × total means ahead < ⌈share × total⌉.
    """
    amount = span.sum(amounts(ledger, rules.abc_by))
    ranked = (amount > 0) & (span.sum(ledger.purchases) > 0)
    if not ranked.any():
        return None
    falling = np.sort(amount[ranked])[::-1]
    ahead = falling.cumsum() - falling
    total = int(falling.sum())
    last = []
    for share in rules.abc_shares:
        limit = math.ceil(Fraction(str(share)) * total)
        number = max(int(np.searchsorted(ahead, limit)), 1)
        smallest = falling[number - 1]
        tied = np.flatnonzero(ranked & (amount == smallest))  # in the order of their ids
        last += [int(smallest), ledger.clients[tied[number - 1 - int((falling > smallest).sum())]]]
    return CutOff(*last)


@once
def cut_off_of(ledger: Ledger, end: int, rules: Portfolio) -> CutOff | None:
    """The cut-offs of the window that ends with month *end*; None where nobody has an amount.

    From `abc_cuts` where that is set; else as the build stored them; else worked out from the
    ledger. Raises ClientOpsError where that hides somebody: other cut-offs need the whole company.
    """
    span = window(end, rules.window_months)
    if rules.abc_cuts:
        a, b = (math.ceil(Fraction(str(cut)) * span.months * MONEY_SCALE) for cut in rules.abc_cuts)
        last = ledger.clients[-1] if len(ledger.clients) else ""
        return CutOff(a, last, b, last)
    stored = _stored_cut_offs(ledger)
    is_usual = rules.abc_shares == ledger.cut_shares
    found = stored.get((end, rules.window_months, rules.abc_by), False) if is_usual else False
    if found is not False:
        return found
    if ledger.is_whole:
        return cut_off(ledger, span, rules)
    if not is_usual:
        raise ClientOpsError("other abc_shares need the whole company")
    known = ", ".join(str(months) for months in sorted({months for _end, months, _by in stored}))
    raise ClientOpsError(
        "a window of {months} months needs the whole company; there are {known}",
        months=rules.window_months,
        known=known,
    )


@once
def _stored_cut_offs(ledger: Ledger) -> dict[tuple[int, int, str], CutOff | None]:
    """The stored cut-offs by month (row), length of window and what clients are ranked by."""
    result: dict[tuple[int, int, str], CutOff | None] = {}
    for row in ledger.cuts.itertuples(index=False):
        amounts = (row.a_amount, row.a_client_id, row.b_amount, row.b_client_id)
        is_known = pd.notna(row.a_amount)
        cut = CutOff(int(amounts[0]), amounts[1], int(amounts[2]), amounts[3]) if is_known else None
        end = periods.month_number(row.month) - ledger.first_month
        result[end, row.window_months, row.abc_by] = cut
    return result


@once
def abc(ledger: Ledger, end: int, rules: Portfolio) -> np.ndarray:
    """Volume class of every client (position in ABC) for the window that ends with month *end*."""
    return by_cut_off(ledger, end, rules, cut_off_of(ledger, end, rules))


def by_cut_off(ledger: Ledger, end: int, rules: Portfolio, cut: CutOff | None) -> np.ndarray:
    """The volume class that other cut-offs give."""
    span = window(end, rules.window_months)
    amount = span.sum(amounts(ledger, rules.abc_by))
    result = np.full(len(amount), NO_ABC, dtype=np.int8)
    known = span.sum(ledger.purchases) > 0
    if rules.abc_by == "margin":
        known &= span.sum(ledger.costed) > 0
    result[known] = D
    ranked = known & (amount > 0)
    result[ranked] = C
    if cut is not None:
        place = np.arange(len(amount))
        for letter, limit, client in ((B, cut.b_amount, cut.b_client),
                                      (A, cut.a_amount, cut.a_client)):  # fmt: skip
            within = place < ledger.clients.searchsorted(client, side="right")
            result[ranked & ((amount > limit) | ((amount == limit) & within))] = letter
    return result


@once
def xyz(ledger: Ledger, end: int, rules: Portfolio, method: str) -> np.ndarray:
    """Regularity class of every client (position in XYZ) by one method."""
    span = window(end, rules.window_months)
    count = span.sum(ledger.purchases)
    result = np.full(len(count), NO_XYZ, dtype=np.int8)
    result[count == 1] = Z
    several = count > 1
    if method == "cv":
        result[several] = _by_variation(ledger, span, rules)[several]
        return result
    regular = np.zeros(len(count), dtype=bool)
    if method in ("months", "either"):
        regular |= regular_by_months(ledger, span, rules)
    if method in ("rhythm", "either"):
        regular |= _regular_by_rhythm(ledger, span, rules)
    result[several] = np.where(regular[several], X, Y)
    return result


def regular_by_months(ledger: Ledger, span: Window, rules: Portfolio, more: int = 0) -> np.ndarray:
    """Whether clients are in X by the months they bought in, with so many *more* of these."""
    first = ledger.first_bought
    active = ledger.bought[span.start : span.end + 1].sum(axis=0) + more
    share = Fraction(str(rules.x_active_share))
    months = span.end - np.maximum(first, span.start) + 1
    return (active * share.denominator >= share.numerator * months) & (active >= 3)


def _regular_by_rhythm(ledger: Ledger, span: Window, rules: Portfolio) -> np.ndarray:
    result = np.zeros(len(ledger.clients), dtype=bool)
    begin = ledger.starts + ledger.purchases[span.start]
    stop = ledger.starts + ledger.purchases[span.end + 1]
    some = np.flatnonzero(stop - begin >= 4)  # three gaps
    begin, stop = begin[some], stop[some]
    gap, squares = ledger.gap, ledger.squared_gaps
    number = stop - begin - 1
    total = ledger.days[stop - 1] - ledger.days[begin]
    spread = number * (squares[stop - 1] - squares[begin]) - total * total
    limit = Fraction(str(rules.rhythm_cv)) ** 2  # variance ≤ limit × mean²
    even = spread * limit.denominator <= total * total * limit.numerator
    some, begin, stop = some[even], begin[even], stop[even]
    next_month = np.datetime64(ledger.month_of(span.end + 1), "D").astype(np.int64)
    silent = next_month - 1 - ledger.days[stop - 1]
    result[some] = silent <= twice_median(gap, begin + 1, stop)
    return result


def _by_variation(ledger: Ledger, span: Window, rules: Portfolio) -> np.ndarray:
    """X, Y, Z by the coefficient of variation of monthly revenue, zero months filled."""
    monthly = np.diff(ledger.revenue[span.start : span.end + 2], axis=0)
    total = monthly.sum(axis=0)
    bought_months = ledger.bought[span.start : span.end + 1].sum(axis=0)
    result = np.full(len(total), Z, dtype=np.int8)
    # Squares of ten-thousandths outgrow 64 bits: floats decide, whole numbers where it is close.
    squares = (monthly.astype(float) ** 2).sum(axis=0)
    for letter, cut in ((Y, rules.cv_cuts[1]), (X, rules.cv_cuts[0])):
        limit = (1 + Fraction(str(cut)) ** 2) / span.months  # Σr² ≤ limit × (Σr)²
        bound = float(limit) * total.astype(float) ** 2
        within = squares <= bound
        for client in np.flatnonzero(np.isclose(squares, bound, rtol=1e-9, atol=0)):
            exact = sum(int(revenue) ** 2 for revenue in monthly[:, client])
            within[client] = exact <= limit * int(total[client]) ** 2
        if letter == X:
            within &= bought_months >= 3
        result[within & (total > 0)] = letter
    return result


@once
def stage(ledger: Ledger, end: int, rules: Portfolio) -> np.ndarray:
    """Stage of every client (position in STAGES) at month *end*."""
    span = window(end, rules.window_months)
    last, before = ledger.last_bought[end + 1], ledger.last_bought[end]
    result = np.full(len(last), LOST, dtype=np.int8)
    result[last >= span.start] = LAPSED
    result[end - last < rules.lapse_months] = ACTIVE
    now = last == end
    result[now & (before >= 0) & (end - before - 1 >= rules.lapse_months)] = RETURNED
    if end >= rules.window_months:  # else the window tells nothing about who is new
        result[now & (before < 0)] = NEW
    result[last < 0] = PROSPECT
    return result


@once
def counted(ledger: Ledger, end: int, rules: Portfolio) -> np.ndarray:
    """Whether a client counts at month *end*: neither prospect nor lost."""
    return ~np.isin(stage(ledger, end, rules), [PROSPECT, LOST])


def place(ledger: Ledger, end: int, rules: Portfolio) -> np.ndarray:
    """Place in CLASSES of every client for the window that ends with month *end*."""
    return abc(ledger, end, rules) * np.int8(len(XYZ)) + xyz(ledger, end, rules, rules.xyz_by)
