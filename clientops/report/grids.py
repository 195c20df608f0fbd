"""Tables as paper shows them: texts in columns, the same in the HTML and in the PDF."""

import dataclasses
import math
from collections.abc import Sequence

import pandas as pd

from clientops import display, periods, words
from clientops.schema import UNASSIGNED
from clientops.words import _, plural

MOST_ROWS = 25  # of a list on paper; the workbook has them all
GOOD, BAD = "good", "bad"
TONES = {"better": GOOD, "improving": GOOD, "worse": BAD, "worsening": BAD, "below": BAD,
         "above": BAD}  # fmt: skip
SIGNS = {GOOD: "▲", BAD: "▼"}


@dataclasses.dataclass(frozen=True)
class Grid:
    """A table of texts: which columns are numbers, which cells are good or bad."""

    heads: list[str]
    numbers: list[bool]  # right-aligned
    rows: list[list[str]]
    tones: list[list[str]] = dataclasses.field(default_factory=list)  # per cell: good, bad or empty
    totals: list[str] = dataclasses.field(default_factory=list)
    note: str = ""  # which rows these are


def of_list(frame: pd.DataFrame, columns: Sequence[str]) -> Grid:
    """The first rows of a list in its order, with the sums of all its rows."""
    columns = [name for name in columns if not _says_nothing(frame, name)]
    kinds = [display.Column(name, words.label(name), words.unit(name))
             for name in columns]  # fmt: skip
    top = frame[columns].head(MOST_ROWS)
    rows = [
        [display.shown(kind.unit, value) for kind, value in zip(kinds, row, strict=True)]
        for row in top.itertuples(index=False)
    ]
    tones = [[TONES.get(str(value), "") for value in row] for row in top.itertuples(index=False)]
    totals = []
    if any(kind.adds_up for kind in kinds[1:]) and len(frame) > 1:
        sums = [display.shown(kind.unit, frame[kind.name].sum()) if kind.adds_up else ""
                for kind in kinds]  # fmt: skip
        totals = [_("Total"), *sums[1:]]
    return Grid([kind.head for kind in kinds], [kind.is_number for kind in kinds], rows, tones,
                totals, _which(len(top), len(frame)))  # fmt: skip


def _says_nothing(frame: pd.DataFrame, name: str) -> bool:
    """Whether a column of managers has only one, whom the page names anyway; or is empty."""
    return len(frame) > 1 and (
        frame[name].isna().all() or (name == "manager_name" and frame[name].nunique() == 1)
    )


def _which(shown: int, there: int) -> str:
    if not there:
        return _("No rows.")
    if shown == there:
        return plural("{number} row.", "{number} rows.", there)
    return _("The first {shown} of {there} rows; more are in the workbook.").format(
        shown=words.count(shown), there=words.count(there)
    )


def of_headlines(frame: pd.DataFrame, month: pd.Timestamp) -> Grid:
    """Rows of the table `headlines` of one reader: the month beside the one before and the year
    before."""
    months = [words.month(periods.add_months(month, -back)) for back in (0, 1, 12)]
    heads = [_("Figure"), *months, _("Change on the year before"), _("Verdict")]
    rows, tones = [], []
    for row in _in_order(frame).itertuples():
        tone = TONES.get(str(row.verdict), "")
        cells = [_short(getattr(row, name), row.unit) for name in ("value", "previous", "year_ago")]
        sign = f"{SIGNS[tone]} " if tone else ""
        verdict = sign + words.value(str(row.verdict)) if pd.notna(row.verdict) else words.EMPTY
        rows.append(
            [_(row.label), *cells, changed(row.year_change, row.unit, row.year_rate), verdict]
        )
        tones.append(["", "", "", "", tone, tone])
    return Grid(heads, [False, True, True, True, True, False], rows, tones)


def _in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows in the order in which the first page tells them."""
    return frame.sort_values("place", kind="stable") if "place" in frame else frame


def of_managers(frame: pd.DataFrame) -> Grid:
    """Rows of `headlines`: a row per manager, a column per figure, its verdict as a sign."""
    order = _in_order(frame.drop_duplicates("metric"))
    labels = dict(zip(order["metric"], order["label"], strict=True))
    cells = {(row.manager_id, row.metric): row for row in frame.itertuples()}
    names = frame.drop_duplicates("manager_id").sort_values("manager_name")
    names = names.sort_values("manager_id", key=lambda ids: ids == UNASSIGNED, kind="stable")
    rows, tones = [], []
    for manager in names.itertuples():
        texts, shades = [words.value(str(manager.manager_name))], [""]
        for metric in labels:
            cell = cells.get((manager.manager_id, metric))
            tone = TONES.get(str(cell.verdict), "") if cell else ""
            text = _short(cell.value, cell.unit) if cell else words.EMPTY
            texts.append(f"{SIGNS[tone]} {text}" if tone else text)
            shades.append(tone)
        rows.append(texts)
        tones.append(shades)
    heads = [_("Manager"), *(_(label) for label in labels.values())]
    note = _("▲ better, ▼ worse than a year before, beyond the tolerance of the figure.")
    return Grid(heads, [False, *([True] * len(labels))], rows, tones, note=note)


def _short(value: float, unit: str) -> str:
    """A headline's value in about three digits."""
    if pd.isna(value):
        return words.EMPTY
    if unit == "money":
        return words.short_money(value)
    return words.decimal(value, 2) if unit == "number" else display.shown(unit, value)


def changed(value: float, unit: str, rate: float = math.nan) -> str:
    """A change with its sign: in percent; of shares in points; else as it is."""
    if pd.isna(value):
        return words.EMPTY
    sign = "+" if value > 0 else "−" if value < 0 else "±"
    if unit in ("share", "score"):
        return _("{change} points").format(change=f"{sign}{words.decimal(abs(value) * 100, 1)}")
    return f"{sign}{_short(abs(value), unit) if pd.isna(rate) else words.percent(abs(rate), 1)}"
