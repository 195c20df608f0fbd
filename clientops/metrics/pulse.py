"""The figures of the first page: what each is worth in a month, by manager.

`HEADLINES` is their list; each is a column of what one of `SOURCES` gives. All of them look at one
ledger, which may reach beyond the month: only rows up to the month count.
"""

import dataclasses
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from clientops import periods
from clientops.ledger import activity_log, classes
from clientops.ledger.ratios import money, ratio
from clientops.ledger.rhythm import overdue
from clientops.ledger.rows import manager_ids
from clientops.metrics import portfolio, retention
from clientops.settings import Activity, Company, Portfolio, Regularity


class Headline(NamedTuple):
    """One figure of the first page."""

    metric: str
    label: str
    unit: str  # money, share, count or number
    better: str  # up or down
    tolerance: float  # of the value before; of shares in points: less is the same
    topic: str  # whose page shows more
    of: str = ""  # month: counted up in it; window: of the months up to it; else of its last day


HEADLINES = (
    Headline("revenue", "Revenue", "money", "up", 0.05, "profitability", "month"),
    Headline("margin", "Gross margin", "money", "up", 0.05, "profitability", "month"),
    Headline("margin_rate", "Margin rate", "share", "up", 0.01, "profitability", "month"),
    Headline("active_clients", "Clients who bought", "count", "up", 0.05, "regularity", "month"),
    Headline("average_purchase", "Average purchase", "money", "up", 0.05, "portfolio", "month"),
    Headline("a_share", "Share of A clients", "share", "up", 0.01, "portfolio", "window"),
    Headline("x_share", "Share of regular clients", "share", "up", 0.02, "portfolio", "window"),
    Headline("nrr", "Net revenue retention", "share", "up", 0.02, "retention", "window"),
    Headline("late_clients", "Late clients", "count", "down", 0.1, "regularity"),
    Headline("revenue_missed", "Revenue missed", "money", "down", 0.1, "regularity"),
    Headline("a_coverage", "A clients touched in time", "share", "up", 0.05, "activity"),
    Headline("activities_per_day", "Activities per working day", "number", "up", 0.05, "activity"),
)


@dataclasses.dataclass(frozen=True, eq=False)
class Look:
    """What there is to look at: frames and settings by name, the month, the last day."""

    frames: dict[str, pd.DataFrame | None]
    settings: dict[type, Any]
    month: pd.Timestamp
    as_of: pd.Timestamp
    ledger: classes.Ledger | None  # up to the last day's month; None before the data's first month

    @staticmethod
    def of(arguments: dict[str, Any], ledger: classes.Ledger | None = None) -> "Look":
        """From the arguments of a table, its frames first, and their *ledger* if it is there."""
        month, as_of = arguments["month"], arguments["as_of"]
        as_of = periods.month_end(month) if as_of is None else as_of
        frames = dict(list(arguments.items())[: list(arguments).index("month")])
        settings = {type(v): v for v in arguments.values() if dataclasses.is_dataclass(v)}
        first = classes.first_month(frames["sales_month"], frames["cuts"])
        if ledger is None and first is not None and first <= month:
            names = ("sales_month", "purchases", "clients", "owners", "cuts")
            last_month = max(month, periods.parse_month(as_of))
            ledger = classes.read(*(frames[name] for name in names), last_month)
        return Look(frames, settings, month, as_of, ledger)

    def at(self, month: pd.Timestamp) -> "Look":
        """The same at the end of an earlier month."""
        as_of = min(self.as_of, periods.month_end(month))
        return dataclasses.replace(self, month=month, as_of=as_of)

    def setting(self, kind: type) -> Any:
        """The settings of a kind; the defaults where none were given."""
        return self.settings.get(kind) or kind()

    @property
    def week(self) -> tuple[str, tuple[str, ...]]:
        """Public holidays and days people work."""
        company = self.setting(Company)
        return company.calendar, company.work_week

    @property
    def days_gone(self) -> int | None:
        """Working days up to the last day where the month is not over; None where it is."""
        if periods.is_complete(self.month, self.as_of, *self.week):
            return None
        return len(periods.working_days(self.month, self.as_of, *self.week))

    def row(self, month: pd.Timestamp) -> int:
        """The month's row in the ledger; negative before the data's first."""
        return periods.month_number(month) - self.ledger.first_month

    def last_day(self, month: pd.Timestamp) -> pd.Timestamp:
        """The last day counted of the month or an earlier one, which is looked at for as many
        working days where the month is not over."""
        end, gone = periods.month_end(month), self.days_gone
        if gone is None:
            return end
        if month == self.month:
            return self.as_of
        days = periods.working_days(month, end, *self.week)
        if gone >= len(days):
            return end
        return pd.Timestamp(days[gone - 1]) if gone else month - pd.Timedelta(days=1)


def values(look: Look, month: pd.Timestamp) -> pd.DataFrame:
    """The figures of the month, or of an earlier one as they are held against those of the month.

    A row per manager and for the company, a column per headline. What a manager has none of, what
    the data lack and what cannot be compared is missing.
    """
    if look.ledger is None or look.row(month) < 0:
        return _comparable(look, pd.DataFrame(dtype=float), month)
    found = [source(look, month) for source in SOURCES]
    table = pd.concat([each for each in found if each is not None], axis=1)
    return _comparable(look, table, month)


def before(look: Look, told: pd.DataFrame, month: pd.Timestamp) -> pd.DataFrame:
    """`values` of an earlier month from the figures that it *told*: A by the amounts in force now,
    as many working days where the month is not over."""
    if look.row(month) < 0:
        return told.iloc[:0]
    told = told.copy()
    found = (_shares if look.days_gone is None else _flows)(look, month)
    told[found.columns] = found.reindex(told.index)
    return _comparable(look, told, month)


def _comparable(look: Look, table: pd.DataFrame, month: pd.Timestamp) -> pd.DataFrame:
    """All columns. A window whose last month is not over is held against no other."""
    table = table.reindex(columns=[each.metric for each in HEADLINES])
    if month != look.month and look.days_gone is not None:
        table[[each.metric for each in HEADLINES if each.of == "window"]] = np.nan
    return table


def history(look: Look) -> pd.DataFrame:
    """The figures of every month as its own report told them: month, manager_id, metric, value."""
    months = pd.date_range(classes.month_of(look.ledger, 0), look.month, freq="MS")
    told = {month: values(look.at(month), month) for month in months}
    frame = pd.concat(told, names=["month", "manager_id"]).reset_index()
    frame = frame.melt(["month", "manager_id"], var_name="metric")
    return frame[frame["value"].notna()]


def _flows(look: Look, month: pd.Timestamp) -> pd.DataFrame:
    """What clients brought in the month; nothing is zero for owners of clients who count."""
    ledger, at, last = look.ledger, look.row(month), look.last_day(month)
    owner = classes.owner(ledger, at)
    sales = look.frames["sales_day"]
    inside = (sales["month"] == periods.month_number(month)) & (sales["day"] <= last)
    rows = np.flatnonzero(inside)
    own = owner[classes.codes(sales["client_id"], ledger.clients)[rows]]  # of each row
    revenue, cost, costed_revenue, costed_lines = (
        _per_owner(ledger, own, sales[column].to_numpy()[rows])
        for column in ("revenue", "cost", "costed_revenue", "costed_lines")
    )
    first, until = (np.datetime64(day, "D").astype(np.int64) for day in (month, last))
    buyer = ledger.buyer[(ledger.days >= first) & (ledger.days <= until)]
    purchases = _per_owner(ledger, owner[buyer], np.ones_like(buyer))
    counted = classes.counted(ledger, at, look.setting(Portfolio))
    active = np.bincount(buyer, minlength=len(owner)) > 0
    number, people, buyers = classes.per_owner(ledger, owner, counted, active).T
    found = {
        "revenue": money(revenue),
        "margin": np.where(costed_lines > 0, money(costed_revenue - cost), np.nan),
        "margin_rate": ratio(costed_revenue - cost, costed_revenue),
        "active_clients": buyers,
        "average_purchase": ratio(money(revenue), purchases),
    }
    there = (people > 0) | (_per_owner(ledger, own, np.ones_like(own)) > 0)
    return pd.DataFrame(found, manager_ids(number, ledger.managers), dtype=float)[there]


def _per_owner(ledger: classes.Ledger, owner: np.ndarray, amounts: np.ndarray) -> np.ndarray:
    """The sum of whole amounts of the company, then of each owner."""
    sums = np.zeros(len(ledger.managers) + 1, dtype=np.int64)
    np.add.at(sums, owner[owner >= 0] + 1, amounts[owner >= 0])
    sums[0] = sums[1:].sum()
    return sums


def _shares(look: Look, month: pd.Timestamp) -> pd.DataFrame:
    """Shares of A clients, by the amounts in force for the month asked for, and of X."""
    rules = look.setting(Portfolio)
    frozen = portfolio._frozen(look.ledger, look.row(look.month), rules, look.frames["cuts"])
    rows = portfolio._month_shares(look.ledger, look.row(month), rules, frozen)
    return rows.set_index(manager_ids(rows["manager"], look.ledger.managers))[
        ["a_share", "x_share"]
    ]


def _kept(look: Look, month: pd.Timestamp) -> pd.DataFrame | None:
    """Net revenue retention."""
    ledger, at, rules = look.ledger, look.row(month), look.setting(Portfolio)
    if retention._compared(at, rules) <= 0:
        return None
    rows = retention._year_on_year(ledger, at, rules)
    return rows.set_index(manager_ids(rows["manager"], ledger.managers))[["nrr"]]


def _overdue(look: Look, month: pd.Timestamp) -> pd.DataFrame:
    """Late clients, and what the late and the silent failed to bring, at the month's end.

    Owners of clients who count have zeros where nobody is overdue.
    """
    ledger, at, rules = look.ledger, look.row(month), look.setting(Portfolio)
    as_of = min(look.as_of, periods.month_end(month))
    found = overdue(ledger, look.frames["sales_day"], as_of, look.setting(Regularity), rules)
    owner = classes.owner(ledger, at)
    number, people = classes.per_owner(ledger, owner, classes.counted(ledger, at, rules)).T
    own = owner[found.client] + 1
    missed = np.bincount(own, found.revenue_missed, minlength=len(number))
    missed[0] = found.revenue_missed.sum()
    sums = {"late_clients": _per_owner(ledger, own - 1, found.late), "revenue_missed": missed}
    return pd.DataFrame(sums, manager_ids(number, ledger.managers), dtype=float)[people > 0]


def _touched(look: Look, month: pd.Timestamp) -> pd.DataFrame | None:
    """How many A clients were touched in time."""
    frames, span, rules = look.frames, _span(look, month), look.setting(Activity)
    if frames["activities"] is None or not activity_log.recorded(
        frames["activity_kinds"], span.last
    ):
        return None
    ledger, at, classing = look.ledger, look.row(month), look.setting(Portfolio)
    since = span.last - pd.Timedelta(days=rules.touch_days["A"] - 1)
    rows = activity_log.touches(
        activity_log.done(frames["activities"], since, span.last, rules), rules
    )
    who = classes.codes(rows["client_id"], ledger.clients)
    touched = np.bincount(who[who >= 0], minlength=len(ledger.clients)) > 0
    cut = classes.stored_cut_off(ledger, at, classing, frames["cuts"])
    large = classes.abc(ledger, at, classing, cut) == classes.A
    owner = classes.owner(ledger, at)
    number, clients, reached = classes.per_owner(ledger, owner, large, large & touched).T
    index = manager_ids(number, ledger.managers)
    return pd.DataFrame({"a_coverage": ratio(reached, clients)}, index)[clients > 0]


def _worked(look: Look, month: pd.Timestamp) -> pd.DataFrame | None:
    """Activities of all kinds per working day."""
    frames, span = look.frames, _span(look, month)
    if frames["activities"] is None:
        return None
    given = (frames[name] for name in ("activities", "activity_kinds", "managers"))
    log = activity_log.read_log(*given, span, look.setting(Activity))
    if log is None:
        return None
    per_day = ratio(log.total[:, 0], log.employed.sum(axis=1))
    index = manager_ids(log.managers, log.index)
    return pd.DataFrame({"activities_per_day": per_day}, index)


def _span(look: Look, month: pd.Timestamp) -> activity_log.Span:
    as_of = min(look.as_of, periods.month_end(month))
    return activity_log.span_of(month, as_of, look.setting(Company))


SOURCES = (_flows, _shares, _kept, _overdue, _touched, _worked)
