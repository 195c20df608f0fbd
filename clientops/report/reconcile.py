"""Whether a pack tells what the ledger holds: to the cent, with every difference named.

Portfolios count a client for its owner at the month's end, credit a sale for who sold it; both are
worked out here from the ledger's facts once more, apart from the tables of the pack. Which tables
are held against them, these say themselves (schema.About): a column that adds up to `revenue`.
"""

from typing import NamedTuple

import pandas as pd

from clientops import periods, words
from clientops.page.options import owners_at
from clientops.report.pack import Pack, Table
from clientops.schema import EVERYONE, MONEY_SCALE
from clientops.words import _


class Line(NamedTuple):
    """One line of the way from the ledger to the pack, or of a table held against it."""

    text: str
    amount: int | None = None  # of the ledger, ten-thousandths
    told: int | None = None  # of the pack's table
    table: str = ""  # which that is, its key in Pack.tables
    is_sum: bool = False

    @property
    def difference(self) -> int | None:
        """What the pack tells less what the ledger holds."""
        return None if self.told is None or self.amount is None else self.told - self.amount


class Reconciliation(NamedTuple):
    """The way from the ledger to the portfolio, and each table held against the ledger."""

    steps: list[Line]
    checks: list[Line]

    @property
    def differences(self) -> list[Line]:
        """The tables that do not tell what the ledger holds."""
        return [line for line in self.checks if line.difference]


class _Ledger:
    """The sales that a pack rests on: which are its portfolios', sold by its managers, of now."""

    def __init__(self, pack: Pack) -> None:
        sales, self.is_company = pack.book.sales_month, pack.recipient.kind == "company"
        months = pack.book.settings.portfolio.window_months
        self.first = max(periods.add_months(pack.month, 1 - months), pack.book.first_month)
        self.months, self._revenue = sales["month"], sales["revenue"]
        own = set(pack.book.manager_ids)
        self.is_sold = sales["month"].notna() if self.is_company else sales["manager_id"].isin(own)
        owners = owners_at(pack.book, pack.month)
        if not self.is_company:
            owners = owners[owners["manager_id"].isin(own)]
        self.is_owned = sales["client_id"].isin(owners["client_id"])
        self.is_now = self.months.between(self.first, pack.month)

    def total(self, mask: pd.Series) -> int:
        return int(self._revenue[mask].sum())


def reconcile(pack: Pack, kept: int | None) -> Reconciliation:
    """Hold the pack against its ledger.

    *kept*: the money of all shipments that the build kept (ten-thousandths), told by the reading
    of the sources, not by the facts; of the company's pack only.
    """
    ledger, month = _Ledger(pack), pack.month
    total, now = ledger.total, ledger.is_now
    owned, sold = ledger.is_owned, ledger.is_sold
    portfolio = Line(_("Revenue of the window: clients' owners at the month's end"),
                     total(now & owned), is_sum=True)  # fmt: skip
    credit = Line(_("Revenue of the window: sold"), total(now & sold), is_sum=True)
    if ledger.is_company:
        steps = [
            Line(_("Shipments that the build kept, as read from the sources"), kept),
            Line(_("less: before {month}").format(month=words.month(ledger.first)),
                 -total(ledger.months < ledger.first)),
            Line(_("less: after {month}").format(month=words.month(month)),
                 -total(ledger.months > month)),
            credit,
        ]  # fmt: skip
    else:
        steps = [
            credit,
            Line(_("plus: sold to these clients by others"), total(now & owned & ~sold)),
            Line(_("less: sold to clients who are now others'"), -total(now & sold & ~owned)),
            portfolio,
        ]
    checks = _checks(pack, ledger)
    told = sum(line.amount for line in steps[:-1])
    if told != steps[-1].amount:
        checks.insert(0, Line(_("The way from the ledger"), steps[-1].amount, told))
    return Reconciliation(steps, checks)


def _checks(pack: Pack, ledger: _Ledger) -> list[Line]:
    """The pack's tables that tell the revenue of the whole scope, beside the ledger's."""
    found = []
    for key, table in pack.tables.items():
        sums = table.about.adds_up if table.about else {}  # a draft's table says nothing
        column = next((own for own, of in sums.items() if of == "revenue"), "")
        rows = _rows_held(pack, table) if column else table.frame.iloc[:0]
        if len(rows):
            text, amount = _told(pack, ledger, table)
            found.append(Line(text, amount, _sum(rows[column]), key))
            found += _not_counted(rows, column)
    verdicts = pack.declared("verdicts")
    if verdicts is not None:  # a row per figure: the table cannot say it of a column
        rows = verdicts.frame
        rows = rows[(rows["metric"] == "revenue") & (rows["month"] == pack.month)]
        told = _sum(rows["value"][_of_scope(pack, rows)])
        amount = ledger.total(ledger.is_owned & (ledger.months == pack.month))
        found += [Line(_month_of(pack), amount, told, verdicts.name)] if len(rows) else []
    return found


def _rows_held(pack: Pack, table: Table) -> pd.DataFrame:
    """The rows that together are the revenue of the pack's scope, each amount once; none of a table
    of another period."""
    rows, about = table.frame, table.about
    if about.period not in ("window", "two windows", "month"):
        return rows.iloc[:0]
    rows = rows[_of_scope(pack, rows)]
    for name in {"month", "to_month"} & set(rows):
        rows = rows[rows[name] == pack.month]
    if about.period == "two windows":  # the later may be shorter, where the data begin in between
        rows = rows[rows["window_months"] == pack.book.settings.portfolio.window_months]
    if "dimension" in rows and len(rows):  # each of them holds all of it
        rows = rows[rows["dimension"] == rows["dimension"].iloc[0]]
    return rows


def _told(pack: Pack, ledger: _Ledger, table: Table) -> tuple[str, int]:
    """What the ledger holds of a table's period and scope, and what that is."""
    is_credit = table.about.whose == "credit"
    is_theirs = ledger.is_sold if is_credit else ledger.is_owned
    if table.about.period == "month":
        is_month = ledger.months == pack.month
        text = _("Revenue of {month}, sold").format(month=words.month(pack.month))
        return text if is_credit else _month_of(pack), ledger.total(is_theirs & is_month)
    text = _("Window revenue sold") if is_credit else _("Window revenue of the portfolios")
    return text, ledger.total(is_theirs & ledger.is_now)


def _month_of(pack: Pack) -> str:
    return _("Revenue of {month}, of the portfolios").format(month=words.month(pack.month))


def _not_counted(rows: pd.DataFrame, column: str) -> list[Line]:
    """Of a table that counts clients: how much of the revenue is of such as do not count."""
    if "clients" not in rows or (rows["clients"] > 0).all():
        return []
    counted = rows["clients"] > 0
    text = _("of which clients not counted (no purchase in the window: returns only)")
    return [Line(_("of which counted clients"), None, _sum(rows[column][counted])),
            Line(text, None, _sum(rows[column][~counted]))]  # fmt: skip


def _of_scope(pack: Pack, rows: pd.DataFrame) -> pd.Series:
    """Which rows are the pack's scope: the company's, else those of its managers."""
    if "manager_id" not in rows:
        return pd.Series(True, index=rows.index)
    everyone = rows["manager_id"] == EVERYONE
    if pack.recipient.kind == "company" and everyone.any():
        return everyone
    return rows["manager_id"].isin(pack.book.manager_ids)


def _sum(amounts: pd.Series) -> int:
    """Money of a table as whole ten-thousandths: each amount is exact to the fourth decimal."""
    return int((amounts.fillna(0) * MONEY_SCALE).round().astype("int64").sum())
