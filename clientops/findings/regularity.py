"""What the tables of shipments and late clients say."""

import pandas as pd

from clientops import words
from clientops.findings.phrases import (
    each,
    ends,
    fill,
    joined,
    money,
    named,
    of_subject,
    people,
    percent,
    ranked,
    spoken,
)
from clientops.words import _, plural

# ---------------------------------------------------------------- who ships evenly


def month_end_rush(frame: pd.DataFrame) -> str:
    """shipment_regularity: who keeps shipments back for the end of the month."""
    rows = ranked(people(frame[frame["grain"] == "month"]), "last_week_share")
    if rows.empty:
        return _("No manager has shipped anything in this time, so there is no end to compare.")
    rushing = rows[rows["verdict"] == "above"]
    others = rows.drop(rushing.index)
    text = _("{manager_name}: {last_week_share} of revenue in the last working days of the month, "
             "more than even ({last_week_norm}) in {rush_months} of {periods} months.")  # fmt: skip
    said = [fill(text, row) for _at, row in rushing.iloc[:2].iterrows()]
    if rushing.empty:
        text = _("Nobody keeps shipments back month after month: the last working days bring "
                 "{share} of revenue; even would be {last_week_norm}.")  # fmt: skip
        return fill(text, rows.iloc[0], share=_shares(rows))
    same = each(rushing.iloc[2:], _("{manager_name} ({last_week_share})"))
    return joined(
        *said,
        fill(_("The same holds for {names}."), names=same) if same else "",
        fill(_("The others: {share}."), share=_shares(others)) if len(others) else "",
    )


def _shares(rows: pd.DataFrame) -> str:
    """From the lowest to the highest share, or the one there is."""
    low, high = percent(rows["last_week_share"].min()), percent(rows["last_week_share"].max())
    return high if low == high else fill(_("{low} to {high}"), low=low, high=high)


def evenness(frame: pd.DataFrame) -> str:
    """shipment_regularity: whose shipments vary most from week to week, and the longest gap."""
    rows = ranked(people(frame[frame["grain"] == "week"]), "cv")
    if rows.empty:
        return _("No manager has shipped anything in a whole week yet.")
    longest = ranked(people(frame[frame["grain"] == "day"]), "longest_gap").iloc[0]
    text = _("Shipments vary most from week to week with {most}, least with {least}.")
    rows = rows.assign(cv=[percent(share) for share in rows["cv"]])
    show = _("{manager_name} ({cv} of the weekly mean)")
    if len(rows) == 1:
        text, show = "{most}", _("{manager_name}: {mean} shipments a week, give or take {sd}.")
    gap = _("The longest time without a shipment: {longest_gap} working days ({manager_name}).")
    return joined(ends(text, rows, show), fill(gap, longest))


# ---------------------------------------------------------------- periods without a shipment


def shipment_weeks(frame: pd.DataFrame) -> str:
    """shipment_counts: who had weeks without a shipment."""
    rows = people(frame[frame["grain"] == "week"])
    if rows.empty:
        return _("There is no whole week with a manager at work yet.")
    empty = rows.assign(empty=rows["shipments"] == 0).groupby(["manager_id", "manager_name"])
    empty = ranked(empty["empty"].agg(some="sum", of="size").reset_index(), "some")
    names = each(empty[empty["some"] > 0], _("{manager_name} ({some} of {of})"))
    text = _("Weeks without a shipment: {names}.")
    return fill(text, names=names) if names else _("No week passed without a shipment.")


@of_subject
def shipment_months(frame: pd.DataFrame) -> str:
    """shipment_counts: the months with most and with fewest shipments."""
    rows = spoken(frame[frame["grain"] == "month"]).sort_values("shipments", kind="stable")
    if rows.empty:
        return _("There is no month with a shipment yet.")
    least, most = rows.iloc[0], rows[rows["shipments"] == rows["shipments"].max()].iloc[0]
    text = _("{name}: most shipments in {month} ({number}), fewest in {then} ({least}).")
    if most["shipments"] == least["shipments"]:
        text = _("{name}: {number} shipments in every month.")
    return fill(text, name=named(rows), month=words.month(most["period_start"]),
                number=most["shipments"], then=words.month(least["period_start"]),
                least=least["shipments"])  # fmt: skip


@of_subject
def shipment_days(frame: pd.DataFrame) -> str:
    """shipment_counts: the days without a shipment, and the busiest one."""
    rows = spoken(frame[frame["grain"] == "day"])
    if rows.empty:
        return _("There is no working day with a shipment yet.")
    text = _("{name}: {empty} of {of} working days without a shipment; most, {shipments}, on "
             "{period_start}.")  # fmt: skip
    busiest, empty = rows.loc[rows["shipments"].idxmax()], (rows["shipments"] == 0).sum()
    return fill(text, busiest, name=named(rows), empty=empty, of=len(rows))


# ---------------------------------------------------------------- who is late


def overdue(frame: pd.DataFrame) -> str:
    """overdue_clients: how many are late and silent, what that costs so far, whom to call first."""
    if frame.empty:
        return _("No client with a rhythm of its own is late.")
    late, silent = (frame[frame["status"] == status] for status in ("late", "silent"))
    first = plural(
        "{number} client is late by its own rhythm, {money} missed so far; first {first}.",
        "{number} clients are late by their own rhythm, {money} missed so far; first {first}.",
        len(late),
    )
    second = plural(
        "{number} more is silent and may be lost ({money}), first {first}.",
        "{number} more are silent and may be lost ({money}), first {first}.",
        len(silent),
    )
    return joined(
        _with_first(first, late) if len(late) else _("Nobody is late who may still be expected."),
        _with_first(second, silent) if len(silent) else "",
    )


def _with_first(text: str, rows: pd.DataFrame) -> str:
    """The text with the revenue missed, and the first client with its own."""
    first = fill(_("{client_name} ({revenue_missed})"), rows.iloc[0])
    return fill(text, money=money(rows["revenue_missed"].sum()), first=first)
