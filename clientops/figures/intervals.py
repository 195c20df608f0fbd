"""Values with the range in which they lie: a dot in a bar from low to high."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from clientops import words
from clientops.figures import paint, whose
from clientops.figures.native import Chart, bar_chart, drawn_as
from clientops.figures.paint import WIDE, length, text_of
from clientops.figures.rows import Rows
from clientops.schema import EVERYONE


def _chart(asked: Any) -> Chart:
    rows = whose.largest_first(whose.kept(asked.frame, asked.where), asked.value, "name")
    return bar_chart(rows, "name", {asked.value: paint.ACTUAL})


@drawn_as(_chart)
def intervals(
    frame: pd.DataFrame,
    *,
    value: str,
    ends: tuple[str, str],
    where: dict[str, Any] | None = None,
    count: str = "",
    verdict: str = "",
    width: int = WIDE,
) -> Figure:
    """A dot for each value in a bar between its *ends*, the largest first.

    *where*: only rows with these values. *count*: of how many a value is, in brackets. *verdict*: a
    column of words. The company's value (a row whose key or manager_id is `*`) is a line through
    all bars. Rows without a value are left out.
    """
    rows = whose.largest_first(whose.kept(frame, where), value, "name")
    if rows.empty:
        return paint.nothing(width)
    key = "manager_id" if "manager_id" in frame else "key"
    company = frame[frame[key] == EVERYONE][value].dropna()
    unit = words.unit(value)
    across = (min(0.0, rows[ends[0]].min()), max(rows[ends[1]].max(), *company, 0.0) or 1.0)
    notes = [text_of(number, unit) for number in rows[value]]
    if count:
        notes = [f"{note} ({words.count(of)})" for note, of in zip(notes, rows[count], strict=True)]
    words_of = rows[verdict] if verdict else pd.Series("", rows.index)
    notes = [paint.noted(note, word) for note, word in zip(notes, words_of, strict=True)]
    right = max(map(length, notes)) + 10
    head = 22 if len(company) else 0
    plot = Rows(whose.names(rows, "name"), across, width, right=right, head=head)
    for at, row in enumerate(rows.to_dict("records")):
        low, high = (row[each] for each in ends)
        plot.bar(at, low, high - low, color=paint.PREVIOUS)
        style = {"color": paint.tone(words_of.iloc[at]), "ms": 8, "zorder": 4}
        plot.axes.plot([row[value]], [plot.middle(at)], "o", **style)
        plot.note(at, across[1], notes[at], paint.ink(words_of.iloc[at]))
    plot.lead(whose.leads(rows, "name"))
    if len(company):
        text = f"{whose.company_name()} {text_of(company.iloc[0], unit)}"
        plot.line(float(company.iloc[0]), text)
    plot.zero()
    return plot.figure
