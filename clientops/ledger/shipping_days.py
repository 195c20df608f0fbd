"""What managers shipped on each day of a window, and the days, weeks and months it is counted by.

Everything stands in matrices of managers × days. The first manager is the company, whose number in
results is −1. Days are numbers that count from the first day of the window.
"""

import dataclasses
from typing import NamedTuple

import numpy as np
import pandas as pd

from clientops import periods
from clientops.errors import ClientOpsError, nearest
from clientops.ledger import activity_log, matrices
from clientops.ledger.matrices import Ledger
from clientops.settings import Company


@dataclasses.dataclass(frozen=True, eq=False)
class Shipped:
    """Shipments of g managers on n days; see `read_shipped`."""

    managers: pd.Index  # g − 1 identifiers in code-point order, without the company
    first_day: np.datetime64
    works: np.ndarray  # n: whether it is a working day
    start: np.ndarray  # g: first day on which the manager is looked at
    end: np.ndarray  # g: last day
    sold: np.ndarray  # g: whether the manager has a line in between
    shipments: np.ndarray  # g × n
    revenue: np.ndarray  # g × n, ten-thousandths
    visits: np.ndarray  # 3 × k: manager, client, day of shipments; sorted, each once
    shared: np.ndarray  # 2 × k: number, day of the company's shipments that may stand elsewhere too

    @property
    def inside(self) -> np.ndarray:
        """g × n: whether the manager is looked at on the day."""
        day = np.arange(len(self.works))
        return (self.start[:, None] <= day) & (day <= self.end[:, None])


class Grain(NamedTuple):
    """The p periods of one length."""

    name: str  # day, week or month
    start: np.ndarray  # p: first day
    end: np.ndarray  # p: last day
    of_day: np.ndarray  # n: the period of the day; −1 where none
    is_whole: bool  # whether a period counts only where all of it is looked at


class Counts(NamedTuple):
    """Shipments of g managers in p periods: nothing in those that don't count for a manager."""

    inside: np.ndarray  # g × p: whether the period counts
    shipments: np.ndarray  # g × p
    revenue: np.ndarray  # g × p, ten-thousandths
    clients: np.ndarray  # g × p: distinct clients with a shipment
    clients_in_all: np.ndarray  # g: distinct clients with a shipment in any of these periods


class Window(NamedTuple):
    """What was shipped in a window, twice."""

    counted: Shipped  # on working days: what happens on a day off counts on the next one
    dated: Shipped  # on the shipments' own dates


def read_shipped(
    ledger: Ledger,
    sales_day: pd.DataFrame,
    shared_shipments: pd.DataFrame,
    until: pd.Timestamp,
    whose: str,
    window_months: int,
    company: Company,
) -> Window | None:
    """Who shipped how much on each day of the window that ends with *until*; None without lines.

    *whose*: "credit", of who sold; "portfolio", of who owns the client at the end. What happens on
    a day off counts on the next working day of the same month, after its last one on that one. A
    manager is looked at from the later of the window's start and the first shipment ever; by credit
    from hired_on at the earliest, to left_on.
    """
    if whose not in WHOSE:
        raise ClientOpsError("whose: {whose!r}; {hint}", whose=whose, hint=nearest(whose, WHOSE))
    if sales_day.empty:
        return None
    at, last = sales_day["month"].to_numpy(), periods.month_number(until)
    first = max(last - window_months + 1, int(at.min()))
    first_day = periods.month_starts(np.array([first]))[0].astype("datetime64[D]")
    number = int((np.datetime64(until, "D") - first_day).astype(np.int64)) + 1
    if number <= 0:
        return None
    works = np.zeros(number, dtype=bool)
    days = periods.working_days(first_day.item(), until, company.calendar, company.work_week)
    works[(days - first_day).astype(np.int64)] = True
    sales = sales_day[at <= last]
    index, manager = _managers(ledger, sales, last - ledger.first_month, whose)
    start, end = np.zeros(len(index) + 1, np.int64), np.full(len(index) + 1, number - 1)
    if whose == "credit":
        start, end = _employed(ledger.manager_table, index, first_day, number)
    lines = _lines(sales, manager, first_day)
    lines = lines[:, lines[2] < number]
    earlier = lines[2] < 0
    shipped_before = np.bincount(lines[0, earlier & (lines[3] > 0)], minlength=len(start)) > 0
    lines, views = lines[:, ~earlier], []
    shared = np.stack([shared_shipments["shipment"], _days(shared_shipments, first_day)])
    shared = shared[:, (shared[1] >= 0) & (shared[1] < number)]
    for day_of in (_counted_on(works, first_day), np.arange(number)):
        own = lines.copy()
        own[2] = day_of[own[2]]
        first_sale = np.full(len(start), number)
        np.minimum.at(first_sale, own[0, own[3] > 0], own[2, own[3] > 0])
        begin = np.maximum(start, np.where(shipped_before, 0, first_sale))
        twice = np.stack([shared[0], day_of[shared[1]]])
        views.append(_shipped(own, twice, index, first_day, works, (begin, end)))
    return Window(*views)


WHOSE = ("credit", "portfolio")


def _managers(
    ledger: Ledger, sales: pd.DataFrame, end: int, whose: str
) -> tuple[pd.Index, np.ndarray]:
    """The managers, and whose each line is: its place among them; −1 where nobody's."""
    if whose == "credit":
        index = matrices.client_index(sales["manager_id"])
        return index, matrices.codes(sales["manager_id"], index)
    owner = matrices.owner(ledger, end)
    return ledger.managers, owner[matrices.codes(sales["client_id"], ledger.clients)]


def _shipped(
    lines: np.ndarray,
    shared: np.ndarray,
    index: pd.Index,
    first_day: np.datetime64,
    works: np.ndarray,
    span: tuple[np.ndarray, np.ndarray],
) -> Shipped:
    """Lines as those of a manager's *span*: first and last day."""
    start, end = span
    lines = lines[:, (start[lines[0]] <= lines[2]) & (lines[2] <= end[lines[0]])]
    manager, _, day, shipments, revenue = lines

    def matrix(values: np.ndarray) -> np.ndarray:
        cells = np.zeros((len(start), len(works)), dtype=np.int64)
        np.add.at(cells, (manager, day), values)
        return cells

    return Shipped(
        managers=index,
        first_day=first_day,
        works=works,
        start=start,
        end=end,
        sold=np.bincount(manager, minlength=len(start)) > 0,
        shipments=matrix(shipments),
        revenue=matrix(revenue),
        visits=_sorted_once(lines[:3, shipments > 0]),
        shared=shared,
    )


def grains(shipped: Shipped) -> list[Grain]:
    """The working days, the weeks from Monday to Sunday, and the months of the days looked at."""
    number = len(shipped.works)
    day = np.arange(number)
    dates = shipped.first_day + day
    working = np.flatnonzero(shipped.works)
    work_of_day = np.where(shipped.works, shipped.works.cumsum() - 1, -1)
    monday = np.flatnonzero(np.is_busday(dates, weekmask="Mon"))
    monday = monday[monday + 6 < number]
    week_of_day = np.searchsorted(monday, day, side="right") - 1
    week_of_day[day > (monday[-1] + 6 if len(monday) else -1)] = -1
    month_of_day = periods.month_numbers(dates)
    month_of_day -= month_of_day[0]
    first = np.searchsorted(month_of_day, np.arange(month_of_day[-1] + 1))
    return [
        Grain("day", working, working, work_of_day, is_whole=True),
        Grain("week", monday, monday + 6, week_of_day, is_whole=True),
        Grain("month", first, np.append(first[1:], number) - 1, month_of_day, is_whole=False),
    ]


def counts(shipped: Shipped, grain: Grain) -> Counts:
    """The shipments by the periods of one length."""
    start, end = shipped.start[:, None], shipped.end[:, None]
    if grain.is_whole:
        inside = (start <= grain.start) & (grain.end <= end)
    else:
        inside = (start <= grain.end) & (grain.start <= end)
    period = grain.of_day[shipped.visits[2]]
    within = period >= 0  # nothing is, and there is no period, before the first week is over
    (manager, client, _day), period = shipped.visits[:, within], period[within]
    counted = inside[manager, period]
    manager, client, period = manager[counted], client[counted], period[counted]
    change = np.ones(len(manager), dtype=bool)  # another client than in the row before
    change[1:] = (manager[1:] != manager[:-1]) | (client[1:] != client[:-1])
    another = change.copy()  # another client or period
    another[1:] |= period[1:] != period[:-1]
    clients = np.zeros(inside.shape, dtype=np.int64)
    np.add.at(clients, (manager[another], period[another]), 1)
    shipments = by_period(shipped.shipments, grain)
    shipments[0] -= _again(shipped, grain)
    return Counts(
        inside,
        shipments * inside,
        by_period(shipped.revenue, grain) * inside,
        clients,
        np.bincount(manager[change], minlength=len(inside)),
    )


def _again(shipped: Shipped, grain: Grain) -> np.ndarray:
    """p: how often a shipment of the company stands in a period beyond the first time."""
    shipment, day = shipped.shared
    within = np.stack([grain.of_day[day], shipment])[:, grain.of_day[day] >= 0]
    stands, once = (np.bincount(each[0], minlength=len(grain.start))
                    for each in (within, _sorted_once(within)))  # fmt: skip
    return stands - once


def whole(shipped: Shipped, grain: Grain, company: Company) -> np.ndarray:
    """g × p: whether all working days of the period are looked at, also those after the window."""
    looked_at = by_period(shipped.inside & shipped.works, grain)
    if grain.is_whole:
        return np.ones(looked_at.shape, dtype=bool)
    month = periods.month_numbers(_all_working_days(shipped, company))
    first = int(periods.month_numbers(np.array([shipped.first_day]))[0])
    return looked_at == np.bincount(month - first, minlength=looked_at.shape[1])


def _all_working_days(shipped: Shipped, company: Company) -> np.ndarray:
    """The working days from the first day to the end of the last month."""
    until = (shipped.first_day + len(shipped.works) - 1).item()
    end = periods.month_end(periods.parse_month(until))
    return periods.working_days(shipped.first_day.item(), end, company.calendar, company.work_week)


def month_ends(shipped: Shipped, number: int, company: Company) -> np.ndarray:
    """Which of the days are on or after the *number*th-last working day of their month."""
    days = _all_working_days(shipped, company)
    month = periods.month_numbers(days)
    left = np.searchsorted(month, month, side="right") - np.arange(len(days))
    begins = days[left <= number]
    begins = begins[np.append(True, np.diff(periods.month_numbers(begins)) > 0)[: len(begins)]]
    dates = shipped.first_day + np.arange(len(shipped.works))
    place = np.searchsorted(begins, dates, side="right") - 1
    begun = begins[np.maximum(place, 0)] if len(begins) else dates + 1
    return (place >= 0) & (periods.month_numbers(dates) == periods.month_numbers(begun))


def by_period(values: np.ndarray, grain: Grain) -> np.ndarray:
    """What a matrix over the days adds up to in each period."""
    sums = np.zeros((len(values), len(grain.start)), dtype=np.int64)
    counted = grain.of_day >= 0
    np.add.at(sums.T, grain.of_day[counted], values.T[counted])
    return sums


def _lines(sales: pd.DataFrame, manager: np.ndarray, first_day: np.datetime64) -> np.ndarray:
    """Manager, client, day, shipments and revenue of each line, first all as the company's."""
    day = _days(sales, first_day)
    client = matrices.codes(sales["client_id"], matrices.client_index(sales["client_id"]))
    own = np.stack([manager + 1, client, day, sales["shipments"], sales["revenue"]])
    company = own.copy()
    company[0] = 0
    return np.concatenate([company, own[:, manager >= 0]], axis=1)


def _days(frame: pd.DataFrame, first_day: np.datetime64) -> np.ndarray:
    return (np.asarray(frame["day"], dtype="datetime64[D]") - first_day).astype(np.int64)


def _counted_on(works: np.ndarray, first_day: np.datetime64) -> np.ndarray:
    """For each day the one it counts on; itself in a month without a working day."""
    day = np.arange(len(works))
    month = periods.month_numbers(first_day + day)
    working = np.append(np.flatnonzero(works), -1)  # −1: where there is none
    place = np.searchsorted(working[:-1], day)
    following, before = working[place], working[place - 1]
    same_before = (before >= 0) & (month[before] == month)
    result = np.where(same_before, before, day)
    return np.where((following >= 0) & (month[following] == month), following, result)


def _employed(
    managers: pd.DataFrame, index: pd.Index, first_day: np.datetime64, number: int
) -> tuple[np.ndarray, np.ndarray]:
    """First and last of the days on which each manager is employed, the company first."""
    hired, left = activity_log.employment(managers, index)
    start = np.where(np.isnat(hired), 0, (hired - first_day).astype(np.int64))
    end = np.where(np.isnat(left), number - 1, (left - first_day).astype(np.int64))
    return np.maximum(np.append(0, start), 0), np.minimum(np.append(number, end), number - 1)


def _sorted_once(rows: np.ndarray) -> np.ndarray:
    """The columns of *rows* (whole numbers from 0) in order, each once."""
    sizes = tuple(rows.max(axis=1, initial=0) + 1)
    key = np.sort(np.ravel_multi_index(tuple(rows), sizes))
    key = key[np.append(True, key[1:] != key[:-1])[: len(key)]]
    return np.stack(np.unravel_index(key, sizes))
