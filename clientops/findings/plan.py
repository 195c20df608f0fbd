"""What plans, their pace and what else could be sold say."""

import pandas as pd

from clientops import words
from clientops.findings import phrases as say
from clientops.findings.by_itself import default
from clientops.schema import EVERYONE, NONE
from clientops.words import N_, _, plural

_ALIKE = 0.05  # within which all managers are off by about the same
_ODD = 10  # times the revenue: nobody plans so
_LIFT = 1.2  # times chance: from there on a list is better
_KIND = 10  # clients, from which on a client group is compared


@say.empty_says(N_("Nobody has a plan in this year."))
def fulfilment(frame: pd.DataFrame) -> str:
    """plan_fulfilment: how much of the plan is made, and with whom most is missing."""
    rows = frame[frame["dimension"].isin([EVERYONE, "manager"])]
    own = say.spoken(rows)
    if own.empty:
        return _of_managers(rows) or _("Nobody is below the plan to date.")
    row, name = own.iloc[0], say.named(own)
    planned, sold = row["plan_to_date"], row["revenue_to_date"]
    if sold > 0 and planned > 0 and not 1 / _ODD <= planned / sold <= _ODD:
        text = _("{name}: a plan of {plan_to_date} to date for {revenue_to_date} of revenue: is "
                 "the plan in pieces or in thousands?")  # fmt: skip
        return say.fill(text, row, name=name)
    text = say.by_change(
        row["gap_to_date"],
        _("{name}: {fulfilment_to_date} of the plan to date, {gap} above it."),
        _("{name}: {fulfilment_to_date} of the plan to date, {gap} are missing."),
        _("{name}: the plan to date is made exactly."),
    )
    if pd.isna(row["fulfilment_to_date"]):
        text = _("{name}: {revenue_to_date} to date; the plan is {plan_to_date}.")
    said = say.fill(text, row, name=name, gap=say.money(abs(row["gap_to_date"])))
    return say.joined(said, "" if say.is_one() else _of_managers(rows))


def _of_managers(rows: pd.DataFrame) -> str:
    """With whom most is missing; or that all are off by about the same."""
    managers = say.people(rows)
    rates = managers["fulfilment_to_date"].dropna()
    off = rates.median() - 1 if len(rates) else 0
    if len(rates) > 2 and abs(off) > _ALIKE and (rates - rates.median()).abs().max() <= _ALIKE:
        return _("All managers are off by about the same: look at the plan.")
    behind = managers[managers["gap_to_date"] < 0].sort_values("gap_to_date")
    if behind.empty or len(managers) < 2:
        return ""
    text = _("Most is missing with {name} ({gap}).")
    gap = say.money(-behind["gap_to_date"].iloc[0])
    return say.fill(text, name=words.name(behind["name"].iloc[0]), gap=gap)


@say.empty_says(N_("No client is below a plan of its own."))
def gaps(frame: pd.DataFrame) -> str:
    """plan_gaps: how many clients are below their plan, and who most."""
    text = plural("{number} client is below its plan, {client_name} by {gap}.",
                  "{number} clients are below their plan, {client_name} furthest: by {gap}.",
                  len(frame))  # fmt: skip
    row = frame.loc[frame["gap_to_date"].idxmin()]
    return say.fill(text, row, gap=say.money(-row["gap_to_date"]))


@say.empty_says(N_("Nothing was sold or planned in this month."))
def pace(frame: pd.DataFrame) -> str:
    """plan_pace: between what amounts the month will end, and who will not make the plan."""
    own, managers = say.spoken(frame), say.people(frame)
    behind = managers[managers["verdict"] == "behind"].sort_values("manager_id")
    said = "" if say.is_one() or behind.empty or len(managers) < 2 else say.fill(
        _("Behind the plan: {names}."), names=say.each(behind, "{manager_name}")
    )  # fmt: skip
    if own.empty:
        return said or _("Nobody is behind the plan.")
    row = own.iloc[0]
    is_over, is_planned = row["working_day"] == row["working_days"], pd.notna(row["plan"])
    text = _("{name}: {to_date} so far; from six months of sales on there is an outlook.")
    if is_over:
        text = _("{name}: {to_date}; there is no plan.")
        if is_planned:
            text = _("{name}: {to_date}; the plan is {plan}.")
    elif pd.notna(row["projected"]):
        text = _("{name}: {low} to {high} expected; there is no plan.")
        if is_planned:
            text = _("{name}: {low} to {high} expected; the plan is {plan}.")
    return say.joined(say.fill(text, row, name=say.named(own)), said)


def left(frame: pd.DataFrame) -> str:
    """penetration: how much is left to win; of several managers, with whom most."""
    return default(frame) if words.subject() else _most_left(frame, "manager")


def headroom(frame: pd.DataFrame) -> str:
    """penetration: of which client group most is left to win."""
    return _most_left(frame, "client_group")


def _most_left(frame: pd.DataFrame, dimension: str) -> str:
    rows = frame[(frame["dimension"] == dimension) & frame["share"].notna()]
    if rows.empty or rows["headroom"].max() <= 0:
        return _("Nothing is known that is left to win.")
    row = rows.loc[rows["headroom"].idxmax()]
    return say.fill(
        _("Most is left to win with {name}: {headroom} a year; our share is {share}."), row
    )


def shares_of_groups(frame: pd.DataFrame) -> str:
    """group_shares: which client group buys least of what the others buy."""
    shares = frame.pivot(index="client_group", columns="product_group", values="buyers_share")
    enough = frame.groupby("client_group")["clients"].max() >= _KIND
    others = shares[enough.reindex(shares.index)].dropna(how="all")
    others = others.drop([EVERYONE, NONE], errors="ignore")
    if others.empty:
        return _("No client group has enough buyers to be compared.")
    gaps = (shares.loc[EVERYONE] - others).stack()
    if gaps.max() <= 0:
        return _("No client group buys less of a product group than all clients do.")
    group, goods = gaps.idxmax()
    text = _("{client_group} buy {product_group} least, beside the others: {share} of them, "
             "{usual} of all clients.")  # fmt: skip
    return say.fill(text, client_group=words.name(group), product_group=words.name(goods),
                    share=say.percent(shares.loc[group, goods]),
                    usual=say.percent(shares.loc[EVERYONE, goods]))  # fmt: skip


@say.empty_says(N_("Nothing was sold in the last 12 months, so there is no plan to propose."))
def proposal(frame: pd.DataFrame) -> str:
    """plan_proposal: what all rows together are to bring, and have brought."""
    sums = frame[["proposal", "last_year"]].sum()
    text = _("A plan of {proposal} is proposed for the {plan_months} months from {plan_month} on, "
             "after {last_year} in the last 12.")  # fmt: skip
    return say.fill(
        text, frame.iloc[0], **{name: say.money(amount) for name, amount in sums.items()}
    )


@say.empty_says(N_("Nobody lacks a product group that most clients of the same kind buy."))
def offers(frame: pd.DataFrame) -> str:
    """cross_sell: who could be offered what first."""
    return default(frame)


def cross_sell_check(frame: pd.DataFrame) -> str:
    """cross_sell_check: whether the last list was better than chance."""
    rows = frame[frame["product_group"] == EVERYONE]
    if rows.empty:
        return _("Whether the list is better than chance can be told from 18 months of data on, of "
                 "what was on offer half a year before.")  # fmt: skip
    row = rows.iloc[0]
    text = plural(
        "Of {number} offer half a year before, {started} was bought; of the first tenth "
        "{started_top}.",
        "Of {number} offers half a year before, {started} were bought; of the first tenth "
        "{started_top}.",
        int(row["cells"]),
    )
    is_better = row["started"] > 0 and row["started_top"] / row["started"] >= _LIFT
    chance = _("The list is no better than chance.")
    return say.joined(say.fill(text, row), "" if is_better else chance)
