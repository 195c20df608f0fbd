"""What the tables of promises say."""

import pandas as pd

from clientops.findings.phrases import (
    ALL_KINDS,
    company,
    ends,
    fill,
    is_one,
    joined,
    named,
    people,
    ranked,
    spoken,
)
from clientops.words import _, plural


def promises_kept(frame: pd.DataFrame) -> str:
    """promises: how many missed calls and meetings were made good in time, and whose are not."""
    whole = frame[frame["kind"] == ALL_KINDS]
    if whole.empty:
        return _("No missed call and no meeting that fell through had to be made good by this day.")
    rows, first = spoken(whole), ""
    if len(rows):
        text = _("{name}: {kept_share} of {due} missed calls and meetings that fell through were "
                 "made good in time.")  # fmt: skip
        first = fill(text, rows.iloc[0], name=named(rows))
    second = company(whole, _("{whole}: {kept_share}."))
    managers = ranked(people(whole), "kept_share")
    if not second and not is_one() and managers["kept_share"].nunique() > 1:
        text = _("Most often with {most}, most rarely with {least}.")
        second = ends(text, managers, _("{manager_name} ({kept_share})"))
    return joined(first, second) or _("There is nobody to compare.")


def promises_waiting(frame: pd.DataFrame) -> str:
    """promises_open: how many clients wait for a contact, and the largest of them."""
    if frame.empty:
        return _("No client waits after a missed call or a meeting that fell through.")
    first = plural(
        "{number} client waits after a missed call or a meeting that fell through: {revenue} of "
        "window revenue.",
        "{number} clients wait after a missed call or a meeting that fell through: {revenue} of "
        "window revenue.",
        len(frame),
    )
    text = _("The largest: {client_name} ({revenue}), {kind} {days} days ago.")
    return joined(fill(first, revenue=frame["revenue"].sum()), fill(text, frame.iloc[0]))
