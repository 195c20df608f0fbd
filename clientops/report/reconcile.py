"""Whether a pack tells what the ledger holds: to the cent, with every difference named.

Portfolios count a client for its owner at the month's end, credit a sale for who sold it; both are
worked out here from the ledger's facts once more, apart from the tables of the pack.
"""

import pandas as pd

from clientops import periods, words
from clientops.report.pack import HEADLINES, Line, Pack, Reconciliation
from clientops.schema import EVERYONE, MONEY_SCALE
from clientops.words import _


def reconcile(pack: Pack, ledger: int | None) -> Reconciliation:
    """Hold the pack against its ledger.

    *ledger*: the money of all shipments that the build kept (ten-thousandths), told by the reading
    of the sources, not by the facts; of the company's pack only.
    """
    book, month = pack.book, pack.month
    first = max(periods.add_months(month, 1 - _months(pack)), book.first_month)
    sales = book.sales_month
    ids = set(book.manager_ids)
    is_sold = sales["manager_id"].isin(ids) if not _is_company(pack) else sales["month"].notna()
    is_owned = sales["client_id"].isin(_owned(pack))
    is_now = sales["month"].between(first, month)
    revenue = sales["revenue"]

    def total(mask: pd.Series) -> int:
        return int(revenue[mask].sum())

    portfolio = Line(_("Revenue of the window: clients' owners at the month's end"),
                     total(is_now & is_owned), is_sum=True)  # fmt: skip
    credit = Line(_("Revenue of the window: sold"), total(is_now & is_sold), is_sum=True)
    if _is_company(pack):
        before, after = sales["month"] < first, sales["month"] > month
        steps = [
            Line(_("Shipments that the build kept, as read from the sources"), ledger),
            Line(_("less: before {month}").format(month=words.month(first)), -total(before)),
            Line(_("less: after {month}").format(month=words.month(month)), -total(after)),
            credit,
        ]
    else:
        steps = [
            credit,
            Line(_("plus: sold to these clients by others"), total(is_now & is_owned & ~is_sold)),
            Line(_("less: sold to clients who are now others'"),
                 -total(is_now & is_sold & ~is_owned)),
            portfolio,
        ]  # fmt: skip
    this_month = total(is_owned & (sales["month"] == month))
    checks = _checks(pack, portfolio.amount, credit.amount, this_month)
    if sum(line.amount for line in steps[:-1]) != steps[-1].amount:
        told = sum(line.amount for line in steps[:-1])
        checks.insert(0, Line(_("The way from the ledger"), steps[-1].amount, told))
    return Reconciliation(steps, checks)


def _months(pack: Pack) -> int:
    return pack.book.settings.portfolio.window_months


def _is_company(pack: Pack) -> bool:
    return pack.recipient.kind == "company"


def _owned(pack: Pack) -> pd.Series:
    """The clients of the pack's portfolios at the month's end."""
    owners = pack.book.owners
    holds = owners["from_month"] <= pack.month
    holds &= owners["to_month"].isna() | (owners["to_month"] >= pack.month)
    if not _is_company(pack):
        holds &= owners["manager_id"].isin(pack.book.manager_ids)
    return owners["client_id"][holds]


def _checks(pack: Pack, portfolio: int, credit: int, month: int) -> list[Line]:
    """The pack's tables that tell the revenue of the whole scope, beside the ledger's."""
    found = []

    def check(text: str, sheet: str, column: str, amount: int, **where: object) -> None:
        rows = pack.named(sheet)
        if rows is None or column not in rows:
            return
        rows = rows[_scope(pack, rows)]
        for name, value in where.items():
            rows = rows[rows[name] == value]
        if len(rows):
            found.append(Line(text, amount, _sum(rows[column]), sheet))

    text = _("Window revenue of the portfolios")
    check(text, "portfolio_quality", "revenue", portfolio)
    check(text, "client_classes", "revenue", portfolio)
    full = pack.month >= periods.add_months(pack.book.first_month, 2 * _months(pack) - 1)
    if full:
        check(text, "migration_bridge", "closing", portfolio, to_month=pack.month)
        check(text, "revenue_retention", "closing", portfolio, month=pack.month)
    sold = pack.named("profitability")
    if sold is not None and len(sold):  # each dimension holds all of it
        dimension = sold["dimension"].iloc[0]
        check(_("Window revenue sold"), "profitability", "revenue", credit, dimension=dimension)
    check(_("Revenue of {month}, of the portfolios").format(month=words.month(pack.month)),
          HEADLINES, "value", month, metric="revenue", month=pack.month)  # fmt: skip
    quality = pack.named("portfolio_quality")
    if quality is not None and len(quality):
        rows = quality[_scope(pack, quality)]
        counted = rows[rows["clients"] > 0]["revenue"]
        others = _sum(rows["revenue"]) - _sum(counted)
        text = _("of which clients not counted (no purchase in the window: returns only)")
        found.insert(1, Line(_("of which counted clients"), None, _sum(counted)))
        found.insert(2, Line(text, None, others))
    return found


def _scope(pack: Pack, rows: pd.DataFrame) -> pd.Series:
    """The rows that together are the pack's scope, each amount once."""
    if "manager_id" not in rows:
        return pd.Series(True, index=rows.index)
    everyone = rows["manager_id"] == EVERYONE
    if _is_company(pack) and everyone.any():
        return everyone
    return rows["manager_id"].isin(pack.book.manager_ids)


def _sum(amounts: pd.Series) -> int:
    """Money of a table as whole ten-thousandths: each amount is exact to the fourth decimal."""
    return int((amounts.fillna(0) * MONEY_SCALE).round().astype("int64").sum())
