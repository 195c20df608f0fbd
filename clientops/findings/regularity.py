"""What the tables of shipments and late clients say."""

import pandas as pd

from clientops import words
from clientops.findings import phrases as say
from clientops.words import N_, _, plural

# ---------------------------------------------------------------- who ships evenly


def month_end_rush(frame: pd.DataFrame) -> str:
    """shipment_regularity: who keeps shipments back for the end of the month."""
    rows = say.ranked(say.people(frame[frame["grain"] == "month"]), "last_week_share")
    if rows.empty:
        return _("There is no manager's revenue here, so there is no end of a month to compare.")
    rushing = rows[rows["verdict"] == "above"]
    others = rows.drop(rushing.index)
    text = _("{manager_name}: {last_week_share} of revenue in the last working days of the month, "
             "more than even ({last_week_norm}) in {rush_months} of {periods} months.")  # fmt: skip
    if rushing.empty:
        text = _("Nobody keeps shipments back month after month: the last working days bring "
                 "{share} of revenue; even would be {norm}.")  # fmt: skip
    if rushing.empty and len(rows) == 1:
        text = _("{manager_name}: {share} of revenue in the last working days of the month; even "
                 "would be {norm}.")  # fmt: skip
    first = (rushing if len(rushing) else rows).iloc[0]
    said = say.fill(text, first, share=_shares(rows, "last_week_share"),
                    norm=_shares(rows, "last_week_norm"))  # fmt: skip
    if rushing.empty:
        return said
    same = say.each(rushing.iloc[1:], "{manager_name}")
    if same:
        return say.joined(said, say.fill(_("The same holds for {names}."), names=same))
    share = _shares(others, "last_week_share") if len(others) else ""
    return say.joined(said, say.fill(_("The others: {share}."), share=share) if share else "")


def _shares(rows: pd.DataFrame, column: str) -> str:
    """From the lowest to the highest share, or the one there is."""
    low, high = say.percent(rows[column].min()), say.percent(rows[column].max())
    return high if low == high else say.fill(_("{low} to {high}"), low=low, high=high)


def evenness(frame: pd.DataFrame) -> str:
    """shipment_regularity: whose shipments vary most from week to week, and the longest gap."""
    rows = say.ranked(say.people(frame[frame["grain"] == "week"]), "cv")
    if rows.empty:
        return _("There is no whole week with a manager's shipment here.")
    gaps = say.ranked(say.people(frame[frame["grain"] == "day"]), "longest_gap")
    if len(rows) == len(gaps) == 1:
        text = plural(
            "{manager_name}: variation of {cv} from week to week, at most {number} working day "
            "without a shipment.",
            "{manager_name}: variation of {cv} from week to week, at most {number} working days "
            "without a shipment.",
            int(gaps["longest_gap"].iloc[0]),
        )
        return say.fill(text, rows.iloc[0])
    text = _("Largest variation from week to week: {most}; smallest: {least}.")
    gap = plural(
        "The longest time without a shipment: {number} working day ({names}).",
        "The longest time without a shipment: {number} working days ({names}).",
        int(gaps["longest_gap"].iloc[0]),
    )
    if gaps["longest_gap"].iloc[0] == 0:
        gap = _("No manager had a working day without a shipment.")
    longest = gaps[gaps["longest_gap"] == gaps["longest_gap"].iloc[0]]
    gap = say.fill(gap, names=say.each(longest, "{manager_name}"))
    return say.joined(say.ends(text, rows, _("{manager_name} ({cv})")), gap)


# ---------------------------------------------------------------- shipments by month


@say.of_subject
def shipment_months(frame: pd.DataFrame) -> str:
    """shipment_counts: the whole months with most and with fewest shipments."""
    rows = say.spoken(frame[(frame["grain"] == "month") & frame["whole"]])
    if rows.empty:
        return _("There is no whole month to show yet.")
    rows = rows.sort_values(["shipments", "period_start"], ascending=[False, True])
    rows = rows.assign(month=[words.long_month(day) for day in rows["period_start"]])
    text = _("{name}: most shipments in {most}, fewest in {least}.")
    if rows["shipments"].nunique() == 1:
        text = _("{name}, shipments in every whole month: {shipments}.")
    return say.ends(
        say.fill(text, rows.iloc[0], name=say.named(rows)), rows, _("{month} ({shipments})")
    )


# ---------------------------------------------------------------- who is late


@say.empty_says(N_("No client with a rhythm of its own is late to order."))
def overdue(frame: pd.DataFrame) -> str:
    """overdue_clients: how many are late and silent, what that costs so far, whom to call first."""
    late, silent = (frame[frame["status"] == status] for status in ("late", "silent"))
    first = plural(
        "{number} client is late to order ({money} missed so far): {client_name}.",
        "{number} clients are late to order ({money} missed so far), first {client_name}.",
        len(late),
    )
    second = plural(
        "{number} more stopped buying, first {client_name}.",
        "{number} more stopped buying, first {client_name}.",
        len(silent),
    )
    if late.empty:
        first = _("Nobody is late to order.")
        second = plural(
            "{number} client stopped buying: {client_name}.",
            "{number} clients stopped buying, first {client_name}.",
            len(silent),
        )
    called = late.iloc[0] if len(late) else None
    return say.joined(
        say.fill(first, called, money=say.money(late["revenue_missed"].sum())),
        say.fill(second, silent.iloc[0]) if len(silent) else "",
    )
