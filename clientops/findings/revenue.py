"""What the bridge of revenue says."""

import pandas as pd

from clientops import words
from clientops.findings import phrases as say
from clientops.schema import EVERYONE
from clientops.words import N_, _

_LINES = ["price", "volume", "assortment", "new", "returned", "lost", "handed_over"]


@say.empty_says(N_("Nothing to compare: the bridge needs sales in months that are in the data a "
                   "year earlier too."))  # fmt: skip
def revenue_lines(frame: pd.DataFrame, window_months: int = 12) -> str:
    """revenue_bridge: from which revenue to which, and which line did most for it."""
    whom = "manager" if say.is_one() else EVERYONE
    rows = frame[(frame["dimension"] == whom) & (frame["key"] == words.subject())]
    if rows.empty:
        return say.no_sum()
    row, months = rows.iloc[0], int(rows["window_months"].iloc[0])
    change = row["after"] - row["before"]
    text = say.by_change(
        change,
        _("{name}: revenue sold rose from {before} a year before to {after}, most of all by {line} "
          "({amount})."),
        _("{name}: revenue sold fell from {before} a year before to {after}, most of all by {line} "
          "({amount})."),
        _("{name}: revenue sold is {after}, as a year before."),
    )  # fmt: skip
    lines = row[_LINES].astype(float) * (1 if change > 0 else -1)
    most, label = str(lines.idxmax()), words.label(str(lines.idxmax()))
    line, amount = f"{label[:1].lower()}{label[1:]}", say.signed(row[most])
    short = _("Only months that are in the data a year earlier too are compared.")
    said = say.fill(text, row, name=say.named(rows), line=line, amount=amount)
    return say.joined(said, short if months < window_months else "")
