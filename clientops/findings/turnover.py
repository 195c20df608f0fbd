"""What the tables of turnover say."""

import pandas as pd

from clientops import words
from clientops.findings import phrases as say
from clientops.schema import EVERYONE, NONE
from clientops.words import N_, _, plural

_UNUSUAL = "unusual"


@say.of_subject
def money_days(frame: pd.DataFrame) -> str:
    """receivables_trend: after how many days the last month's money came, and that of the first."""
    rows = say.spoken(frame)
    rows = rows[rows["month_days_to_pay"].notna()].sort_values("month")
    if rows.empty:
        return _("No money has come yet that is known to be for an invoice.")
    last, first = rows.iloc[-1], rows.iloc[0]
    text = _("{name}: in {month} the money came {days} days after the invoice.")
    if pd.notna(last["month_days_late"]):
        text = _("{name}: in {month} the money came {days} days after the invoice, {late} of them "
                 "late.")  # fmt: skip
        if round(last["month_days_late"]) <= 0:
            text = _("{name}: in {month} the money came {days} days after the invoice, not late.")
    then = _("In {month} it was {days}.")
    said = say.fill(text, name=say.named(rows), month=last["month"], **_days(last))
    return say.joined(
        said, say.fill(then, month=first["month"], **_days(first)) if len(rows) > 1 else ""
    )


def _days(row: pd.Series) -> dict[str, str]:
    """Whole days of a month's money."""
    columns = {"days": "month_days_to_pay", "late": "month_days_late"}
    return {name: words.count(round(row[column])) for name, column in columns.items()
            if pd.notna(row[column])}  # fmt: skip


def turned(frame: pd.DataFrame) -> str:
    """receivables_turnover: the days of whom it speaks, and who waits longest for the money."""
    rows = frame[frame["dimension"].isin([EVERYONE, "manager"])]
    own = rows[rows["key"] == words.subject()]
    if own.empty:
        return (
            say.no_sum() if len(rows) else _("Nothing was invoiced, paid or owed in this window.")
        )
    row = own.iloc[0]
    text = _("{name}: invoices are open for {days} days.")
    if pd.isna(row["dso"]):
        text = _("{name}: {closing} is open, {overdue} of it overdue.")
    days = "" if pd.isna(row["dso"]) else words.count(round(row["dso"]))
    said = say.fill(text, row, name=say.named(own), days=days)
    if say.is_one():
        whole = rows[(rows["key"] == EVERYONE) & rows["dso"].notna()]["dso"]
        beside = _("{whole}: {days} days.")
        days = [words.count(round(each)) for each in whole]
        return say.joined(
            said, *(say.fill(beside, whole=say.everybody(), days=each) for each in days)
        )
    managers = say.people(rows[rows["dimension"] == "manager"]).dropna(subset="dso")
    if len(managers) < 2:
        return said
    slowest = managers.loc[managers["dso"].idxmax()]
    longest = _("Longest with {name}: {days} days.")
    return say.joined(said, say.fill(longest, slowest, days=words.count(round(slowest["dso"]))))


def ages(frame: pd.DataFrame) -> str:
    """ageing_by_manager: how much is open, what part is overdue, and with whom most."""
    late = frame[frame["age"] != frame["age"].iloc[0]] if len(frame) else frame
    own = say.spoken(frame)
    managers = say.people(late).groupby(["manager_id", "manager_name"])["open"].sum()
    most = managers.sort_values(ascending=False, kind="stable")
    said = ""
    if len(own):
        whole, overdue = own["open"].sum(), say.spoken(late)["open"].sum()
        text = _("{name}: {closing} is open, {overdue} of it overdue.")
        if whole > 0:
            said = say.fill(
                text, name=say.named(own), closing=say.money(whole), overdue=say.money(overdue)
            )
    if say.is_one() or len(most) < 2 or most.iloc[0] <= 0:
        return said or _("Nothing is overdue.")
    text = _("Most is overdue with {name} ({money}).")
    largest = say.fill(text, name=words.name(most.index[0][1]), money=say.money(most.iloc[0]))
    return say.joined(said, largest)


@say.empty_says(N_("No client owes us anything that is overdue."))
def debtors(frame: pd.DataFrame) -> str:
    """debtors: how many owe what is overdue, of how many that is unusual, and who most."""
    text = plural("{number} client owes {money} that is overdue.",
                  "{number} clients owe {money} that is overdue.", len(frame))  # fmt: skip
    said = say.fill(text, money=say.money(frame["overdue"].sum()))
    rows = frame[frame["verdict"] == _UNUSUAL]
    if rows.empty:
        return say.joined(said, _("All of them pay as late as usual."))
    first = plural(
        "Unusual for {number} of them: {client_name}.",
        "Unusual for {number} of them, first {client_name}.",
        len(rows),
    )
    return say.joined(said, say.fill(first, rows.iloc[0]))


def usual_debtors(frame: pd.DataFrame) -> str:
    """debtors: who is overdue and pays as late as ever, which is no news."""
    rows = frame[frame["verdict"] != _UNUSUAL]
    if rows.empty:
        return debtors(frame)
    text = plural("As late as usual: {number} client with {money}: {client_name}, {late}.",
                  "As late as usual: {number} clients with {money}; most with {client_name}, "
                  "{late}.", len(rows))  # fmt: skip
    first = rows.iloc[0]
    habit = round(max(0, first["days_late"])) if pd.notna(first["days_late"]) else 0
    text_of_late = _("usually late by {days}") if habit else _("late by {days} now")
    days = plural("{number} day", "{number} days", habit or int(first["days_overdue"]))
    late = say.fill(text_of_late, days=days)
    return say.fill(text, first, money=say.money(rows["overdue"].sum()), late=late)


@say.empty_says(N_("No invoice is open."))
def open_invoices(frame: pd.DataFrame) -> str:
    """open_invoices (of one client): how much is open, and how much of it is overdue."""
    late = frame.loc[frame["days_overdue"].notna(), "open"].sum()
    text = plural(
        "{number} invoice is open: {open}, {late} of it overdue.",
        "{number} invoices are open: {open}, {late} of it overdue.",
        len(frame),
    )
    return say.fill(text, open=say.money(frame["open"].sum()), late=say.money(late))


def stock_days(frame: pd.DataFrame) -> str:
    """goods_turnover: how long all goods lie in stock, and the group that lies longest."""
    whole = frame[frame["dimension"] == EVERYONE]
    if whole.empty:
        return _("Nothing was in stock or sold.")
    row = whole.iloc[0]
    if pd.isna(row["average_stock"]):
        return _("There is no stock at any month end of this window.")
    said = say.fill(_("All goods: {closing_stock} in stock, and nothing of it was sold."), row)
    if pd.notna(row["stock_days"]):
        said = say.fill(
            _("All goods lie {days} days in stock."), days=words.count(round(row["stock_days"]))
        )
    groups = frame[(frame["dimension"] == "product_group") & frame["stock_days"].notna()]
    groups = groups[groups["key"] != NONE].sort_values("stock_days", ascending=False)
    longest = ""
    if len(groups) > 1:
        first = groups.iloc[0]
        text = _("Longest: {name}, {days} days with {closing_stock}.")
        longest = say.fill(text, first, days=words.count(round(first["stock_days"])))
    short = _("Only one month end is known, so the average is that of one day.")
    return say.joined(said, longest, short if row["points"] == 1 else "")


@say.empty_says(N_("Nothing lies dead: something was sold of every article in stock."))
def dead_goods(frame: pd.DataFrame) -> str:
    """dead_goods: how much lies in stock of which nothing was sold, and the largest article."""
    text = plural("{number} article lies dead: {product_name}, {money}.",
                  "{number} articles lie dead, {money} at cost; most: {product_name}.",
                  len(frame))  # fmt: skip
    return say.fill(text, frame.iloc[0], money=say.money(frame["dead_stock"].sum()))
