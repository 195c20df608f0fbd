"""Tables as paper shows them: texts in columns, the same in the HTML and in the PDF."""

import dataclasses
import math
from collections.abc import Sequence
from urllib.parse import urlencode

import pandas as pd

from clientops import display, periods, words
from clientops.figures import paint
from clientops.schema import EVERYONE, UNASSIGNED
from clientops.words import _, plural

MOST_ROWS = 25  # of a list on paper; the workbook has them all
FEW = 2  # managers side by side, beside whom there is room for their changes


@dataclasses.dataclass(frozen=True)
class Grid:
    """A table of texts: which columns are numbers, which cells are good or bad."""

    heads: list[str]
    numbers: list[bool]  # right-aligned
    rows: list[list[str]]
    tones: list[list[str]]  # per cell: good, bad or empty
    totals: list[str] = dataclasses.field(default_factory=list)
    note: str = ""  # which rows these are
    links: list[str] = dataclasses.field(default_factory=list)  # of the first cell of each row


def of_list(frame: pd.DataFrame, columns: Sequence[str], pages: str = "") -> Grid:
    """The first rows of a list in its order, with the sums of all its rows. *pages*: the address of
    the pages, where there are some: clients' names lead to theirs."""
    columns = [name for name in columns if not _says_nothing(frame, name)]
    kinds = [display.Column(name, words.label(name), words.unit(name)) for name in columns]
    top = frame[columns].head(MOST_ROWS)
    cells = [[*zip(kinds, row, strict=True)] for row in top.itertuples(index=False)]
    rows = [[display.shown(kind.unit, value) for kind, value in row] for row in cells]
    tones = [[paint.judged(value) if kind.unit == "word" else "" for kind, value in row]
             for row in cells]  # fmt: skip
    totals = []
    if any(kind.adds_up for kind in kinds[1:]) and len(frame) > 1:
        sums = [display.shown(kind.unit, frame[kind.name].sum()) if kind.adds_up else ""
                for kind in kinds]  # fmt: skip
        totals = [_("Total"), *sums[1:]]
    links = []
    if pages and columns[0] == "client_name" and "client_id" in frame:
        ids = frame["client_id"].head(MOST_ROWS)
        links = [f"{pages.rstrip('/')}/client?{urlencode({'client_id': each})}" for each in ids]
    return Grid([kind.head for kind in kinds], [kind.is_number for kind in kinds], rows, tones,
                totals, _which(len(top), len(frame)), links)  # fmt: skip


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
        tone = paint.judged(row.verdict)
        cells = [_short(getattr(row, name), row.unit) for name in ("value", "previous", "year_ago")]
        verdict = paint.verdict_text(row.verdict) or words.EMPTY
        change = changed(row.year_change, row.unit, row.year_rate)
        rows.append([_(row.label), *cells, change, verdict])
        tones.append(["", "", "", "", tone, tone])
    return Grid(heads, [False, True, True, True, True, False], rows, tones)


def _in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows in the order in which the first page tells them."""
    return frame.sort_values("place", kind="stable") if "place" in frame else frame


def of_managers(frame: pd.DataFrame) -> Grid:
    """Rows of `headlines`: a row per figure, a column per manager and of the company, the verdict
    as a sign; of few managers also the change."""
    names = frame.drop_duplicates("manager_id").sort_values("manager_name")
    last = {UNASSIGNED: 1, EVERYONE: 2}
    names = names.sort_values("manager_id", key=lambda ids: ids.map(last).fillna(0), kind="stable")
    cells = {(row.manager_id, row.metric): row for row in frame.itertuples()}
    heads, rows, tones = [_("Figure")], [], []
    for manager in names.itertuples():
        is_company = manager.manager_id == EVERYONE
        heads.append(_("Company") if is_company else words.name(str(manager.manager_name)))
        heads += [_("Change on the year before")] * (len(names) <= FEW)
    for row in _in_order(frame.drop_duplicates("metric")).itertuples():
        texts, shades = [_(row.label)], [""]
        for manager in names["manager_id"]:
            cell = cells.get((manager, row.metric))
            tone = paint.judged(cell.verdict) if cell else ""
            text = _short(cell.value, cell.unit) if cell else words.EMPTY
            texts.append(f"{paint.SIGNS[str(cell.verdict)]} {text}" if tone else text)
            if len(names) <= FEW:
                change = (cell.year_change, cell.unit, cell.year_rate) if cell else (math.nan, "")
                texts.append(changed(*change))
            shades += [tone] * (len(texts) - len(shades))
        rows.append(texts)
        tones.append(shades)
    numeric = [False, *([True] * (len(heads) - 1))]
    return Grid(heads, numeric, rows, tones, note=paint.what_signs_mean())


def of_verdicts(frame: pd.DataFrame) -> Grid:
    """Rows of `headlines` of several managers: of each figure, who is better and who is worse."""
    rows = [
        [_(row.label), *(
            ", ".join(same["manager_name"][same["verdict"] == word].map(words.name).sort_values())
            for word in ("better", "worse")
        )]
        for row in _in_order(frame.drop_duplicates("metric")).itertuples()
        for same in [frame[frame["metric"] == row.metric]]
    ]  # fmt: skip
    heads = [_("Figure"), _("Better than a year before"), _("Worse than a year before")]
    return Grid(heads, [False] * 3, rows, [["", "good", "bad"]] * len(rows))


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
