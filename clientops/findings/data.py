"""What the tables of the page of the data say."""

import pandas as pd

from clientops.findings import phrases as say
from clientops.words import N_, _, plural


@say.empty_says(N_("What was read is told to those who see everything."))
def sources(frame: pd.DataFrame) -> str:
    """data_sources: how much was read, until when, and where most of it is missing."""
    first = say.fill(_("Sales are read to {read_to}."), frame.iloc[0])
    lost = int(frame["rows_rejected"].sum())
    if not lost:
        text = plural("Every row of {number} table was read.",
                      "Every row of {number} tables was read.", len(frame))  # fmt: skip
        return say.joined(first, text)
    text = plural(
        "{number} row was rejected and counts nowhere.",
        "{number} rows were rejected and count nowhere.",
        lost,
    )
    if not frame["money_rejected"].iloc[0]:
        return say.joined(first, text)
    return say.joined(
        first, text, say.fill(_("They hold at least {money_rejected} of sales."), frame.iloc[0])
    )


@say.empty_says(N_("Every row could be read."))
def rejects(frame: pd.DataFrame) -> str:
    """data_rejects: how many rows are missing, and why most of them."""
    text = plural("{number} row was rejected.", "{number} rows were rejected.", frame["rows"].sum())
    most = _("Most often: {reason} ({file}, {rows}).")
    return say.joined(text, say.fill(most, frame.loc[frame["rows"].idxmax()]))


@say.empty_says(N_("Nothing odd was noticed."))
def noticed(frame: pd.DataFrame) -> str:
    """data_quality: how much is odd, and where it concerns most money."""
    text = plural(
        "{number} thing was noticed; it counts as it stands.",
        "{number} things were noticed; they count as they stand.",
        len(frame),
    )
    money = frame["money"].abs()
    if not money.any():
        return text
    most = _("Most money: {check} ({money}).")
    return say.joined(text, say.fill(most, frame.loc[money.idxmax()]))
