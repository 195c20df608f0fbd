"""What the table of discounts says."""

import pandas as pd

from clientops import words
from clientops.findings import phrases as say
from clientops.words import N_, _, plural


@say.empty_says(N_("No discount is known of what was sold in this window."))
def costly_growth(frame: pd.DataFrame) -> str:
    """discounts (managers): whose revenue rose while the margin rate fell."""
    rows = frame[frame["costs_margin"]].sort_values("list_revenue", ascending=False)
    if rows.empty:
        if frame["revenue_change"].isna().all():
            return _("Whether discounts cost the margin can be told where a year before is known.")
        if len(frame) == 1:
            return say.fill(_("{name}: no growth at the cost of the margin rate."),
                            frame.iloc[0])  # fmt: skip
        return _("Nobody grew at the cost of the margin rate.")
    row = rows.iloc[0]
    text = _("{name}: revenue up {growth}, margin rate down {points} points; the discount is "
             "{discount_rate}.")  # fmt: skip
    return say.fill(text, row, growth=say.percent(row["revenue_change"]),
                    points=words.decimal(-100 * row["rate_change"], 1),
                    discount_rate=say.percent(row["discount_rate"], 1))  # fmt: skip


@say.empty_says(N_("No discount is known of what was sold in this window."))
def beyond_peers(frame: pd.DataFrame) -> str:
    """discounts (clients): what those who get more than clients like them get beyond it."""
    rows = frame[frame["beyond_peers"] > 0].sort_values("beyond_peers", ascending=False)
    if rows.empty:
        return _("No client gets more discount than clients like it.")
    text = plural(
        "{number} client gets {money} more discount than clients like it: {name} "
        "({discount_rate}).",
        "{number} clients get {money} more discount than clients like them, most of it {name} "
        "({discount_rate}).",
        len(rows),
    )
    return say.fill(text, rows.iloc[0], money=say.money(rows["beyond_peers"].sum()))
