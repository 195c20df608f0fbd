"""What the tables of promises say."""

import pandas as pd

from clientops.findings import phrases as say
from clientops.words import N_, _, plural


def promises_kept(frame: pd.DataFrame) -> str:
    """promises: which part of missed calls and meetings was made good in time, and whose."""
    whole = frame[frame["kind"] == say.ALL_KINDS]
    if whole.empty:
        return _("No missed call and no meeting that fell through had to be made good by this day.")
    rows, first = say.spoken(whole), ""
    if len(rows):
        text = _("{name}: {kept_share} of missed calls and meetings that fell through were made "
                 "good in time.")  # fmt: skip
        first = say.fill(text, rows.iloc[0], name=say.named(rows))
    second = say.company(whole, _("{whole}: {kept_share}."))
    managers = say.ranked(say.people(whole), "kept_share")
    if not say.is_one() and len(managers) > 1:
        text = _("Missed calls and meetings made good in time, most often: {most}; most rarely: "
                 "{least}.")  # fmt: skip
        text = _("Most often: {most}; most rarely: {least}.") if first else text
        second = say.ends(text, managers, _("{manager_name} ({kept_share})"))
    return say.joined(first, second) or _("There is nobody to compare.")


@say.empty_says(N_("No client waits after a missed call or a meeting that fell through."))
def promises_waiting(frame: pd.DataFrame) -> str:
    """promises_open: how many clients wait for a contact, and the largest of them."""
    first = plural(
        "{number} client waits after a missed call or a meeting that fell through.",
        "{number} clients wait after a missed call or a meeting that fell through.",
        len(frame),
    )
    text = _("The largest: {client_name} ({revenue}), {kind} on {due_on}.")
    return say.joined(first, say.fill(text, frame.iloc[0]))


def longest_waiting(frame: pd.DataFrame) -> str:
    """promises_open: who waits longest."""
    if frame.empty:
        return promises_waiting(frame)
    text = _("Waits longest: {client_name}, {kind} on {due_on} ({outcome}).")
    return say.fill(text, frame.loc[frame["due_on"].idxmin()])
