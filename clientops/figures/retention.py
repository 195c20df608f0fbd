"""What only retention shows."""

import math
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib import colors
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from clientops import words
from clientops.figures.paint import (
    ACTUAL,
    AMOUNT,
    BAND,
    MUTED,
    NARROW,
    PREVIOUS,
    RULE,
    UNASSIGNED,
    WIDE,
    area,
    blank,
    company_name,
    length,
    nothing,
    page,
    readable,
    rule,
    scope,
    text_of,
    write,
)
from clientops.figures.rows import Rows, bars, waterfall
from clientops.figures.series import lines, small_multiples
from clientops.schema import EVERYONE
from clientops.words import _

_STRONGEST = 1.5  # shares above it are as dark as this one: a few outliers would pale all others
_YEAR = 12  # months between the points of a survival curve that are written


def _one(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of the only manager or of the company; none where several stand without it."""
    rows = scope(frame)
    return rows if rows["manager_id"].nunique() < 2 else rows.iloc[:0]


# ---------------------------------------------------------------- revenue, against the year before


def retention_rates(frame: pd.DataFrame, *, width: int = WIDE) -> Figure:
    """revenue_retention: net and gross rate and the share of clients kept, month by month."""
    rows = _one(frame)
    rates = {
        "nrr": _("net revenue"),
        "grr": _("gross revenue"),
        "client_retention": _("clients kept"),
    }
    long = pd.concat(
        [rows[["month"]].assign(rate=name, nrr=rows[rate]) for rate, name in rates.items()]
    )
    if rows["month"].nunique() < 2:
        return bars(long, value="nrr", name="rate", width=width)
    return lines(long, y="nrr", name="rate", width=width)


def retention_by_manager(frame: pd.DataFrame, *, width: int = WIDE) -> Figure:
    """revenue_retention: the net rate of each manager's clients, beside the company's.

    Only of managers whose clients now had revenue then.
    """
    last = frame[(frame["month"] == frame["month"].max()) & frame["nrr"].notna()]
    if frame["month"].nunique() < 2:
        return bars(last, value="nrr", width=width)
    now = frame[frame["manager_id"].isin(last["manager_id"])]
    return small_multiples(now, y="nrr", width=width)


def retention_bridge(frame: pd.DataFrame, *, width: int = WIDE) -> Figure:
    """revenue_retention: from the revenue of the year before to that of the last month's window."""
    rows = _one(frame)
    rows = rows[rows["month"] == frame["month"].max()]
    if rows.empty:
        return nothing(width)
    last = rows.iloc[0]
    steps = [
        (_("The year before"), last["opening"], True),
        (words.label("expansion"), last["expansion"], False),
        (words.label("contraction"), -last["contraction"], False),
        (words.label("churned"), -last["churned"], False),
        (_("New and returned"), last["new"], False),
        (_("Now"), last["closing"], True),
    ]
    return waterfall(pd.DataFrame(steps, columns=["name", "value", "total"]), width=width)


# ---------------------------------------------------------------- cohorts


def cohort_grid(
    frame: pd.DataFrame, *, measure: str = "clients", most: int = 24, width: int = WIDE
) -> Figure:
    """cohort_retention or cohort_quarters: a row per cohort, a column per month or quarter since.

    The share of *measure* that is left, the darker the more; what is not over yet is blank. All
    cohorts together stand above, old stock below. Beyond *most* cohorts the oldest are left out,
    and beyond what there is room for the latest columns.
    """
    rows = _one(frame)
    if not (rows["age"] > 0).any():
        return nothing(width)
    whole = {"clients": "retention", "revenue": "revenue_retention"}
    value, unit = whole[measure], words.unit(measure)
    bands, left_out = _bands(rows, most)
    left = max(length(name, 13, apart) for name, _cells, apart in bands) + 12
    starts = [cells.loc[cells["age"] == 0, measure].iloc[0] for _name, cells, _apart in bands]
    notes = [text_of(start, unit) for start in starts]
    heading = words.label(measure)
    middle = left + max(length(note) for note in [*notes, heading]) + 10
    columns = int(min(rows["age"].max(), 12, (width - middle) // 30))
    wide, tall, top = min((width - middle) / columns, 64), 26, 44
    figure = blank(width, top + tall * len(bands) + 8 * _gaps(bands) + (24 if left_out else 4))
    paper = page(figure)
    monthly = _("Months since the first purchase"), _("Quarters since the first purchase")
    title = monthly[0] if _is_monthly(rows) else monthly[1]
    write(paper, middle + 2, 9, title, size=12, color=MUTED, room=width - middle)
    write(paper, middle - 10, top - 14, heading, size=12, color=MUTED, across="right")
    for age in range(1, columns + 1):
        x = middle + wide * (age - 0.5)
        write(paper, x, top - 14, words.count(age), size=12, color=MUTED, across="center")
    shown = rows[rows["age"].between(1, columns)]
    strongest = min(max(shown[value].max(), 0.01), _STRONGEST)
    y, before = top, bands[0][2]
    for (name, cells, apart), note in zip(bands, notes, strict=True):
        y += 8 * (apart != before)
        write(paper, 0, y + tall / 2, name, bold=apart, room=left - 8)
        write(paper, middle - 10, y + tall / 2, note, across="right")
        for cell in cells[cells["age"].between(1, columns)].itertuples():
            box = (middle + wide * (cell.age - 1), y, wide, tall)
            _cell(paper, box, getattr(cell, value), strongest)
        y, before = y + tall, apart
    if left_out:
        text = words.plural(
            "{number} earlier cohort is in the table.",
            "{number} earlier cohorts are in the table.",
            left_out,
        )
        write(paper, 0, y + 16, text, size=12, color=MUTED)
    return figure


def _is_monthly(rows: pd.DataFrame) -> bool:
    return "retained_quarter" in rows


def _bands(rows: pd.DataFrame, most: int) -> tuple[list[tuple[str, pd.DataFrame, bool]], int]:
    """Name and cells of each line of the grid, and whether it stands apart; how many are not."""
    bands = []
    won = rows[rows["cohort"].isna()]
    if len(won):
        bands.append((_("all won"), won, True))
    cohorts = list(rows[~rows["existing"]].dropna(subset="cohort").groupby("cohort"))
    for cohort, cells in cohorts[-most:]:
        bands.append((words.month(cohort) if _is_monthly(rows) else _quarter(cohort), cells, False))
    old = rows[rows["existing"]]
    if len(old):
        bands.append((_("old stock"), old, True))
    return bands, max(0, len(cohorts) - most)


def _quarter(first: pd.Timestamp) -> str:
    return _("Q{quarter} {year}").format(quarter=first.quarter, year=first.year)


def _gaps(bands: list[tuple[str, pd.DataFrame, bool]]) -> int:
    """How often lines that stand apart follow on others."""
    kinds = [apart for _name, _cells, apart in bands]
    return sum(one != other for one, other in pairwise(kinds))


def _cell(
    paper: Axes, box: tuple[float, float, float, float], share: float, strongest: float
) -> None:
    left, top, wide, tall = box
    known = pd.notna(share)
    strength = min(max(share, 0) / strongest, 1.0) if known else 0.0
    shade = colors.to_hex(AMOUNT(strength)) if known else "#ffffff"
    style = {"facecolor": shade, "edgecolor": RULE, "linewidth": 0.5, "gid": "cohort-cell"}
    paper.add_patch(Rectangle((left + 1, top + 1), wide - 2, tall - 2, **style))
    text = text_of(share, "share") if known else words.EMPTY
    place = (left + wide / 2, top + tall / 2)
    write(paper, *place, text, size=12, color=readable(shade), across="center", room=wide - 2)


# ---------------------------------------------------------------- the repeat ladder


def repeat_steps(frame: pd.DataFrame, *, width: int = WIDE) -> Figure:
    """repeat_ladder: of those who had the time, the share who made each next purchase.

    Behind each bar how many had the time, and after how many days half of all were back. Of a
    manager, the company is the light grey bar behind.
    """
    rows = _one(frame)
    rows = rows[rows["conversion"].notna()].sort_values("purchase_no")
    if rows.empty:
        return nothing(width)
    company = frame[frame["manager_id"] == EVERYONE].set_index("purchase_no")["conversion"]
    is_company = rows["manager_id"].iloc[0] == EVERYONE
    names = [_("purchase {number}").format(number=words.count(n)) for n in rows["purchase_no"]]
    notes = [_step_note(row) for row in rows.itertuples()]
    figure_rows = Rows(names, (0, 1), width, right=max(map(length, notes)) + 12)
    for at, row in enumerate(rows.itertuples()):
        usual = company.get(row.purchase_no)
        if not is_company and pd.notna(usual):
            figure_rows.bar(at, 0, usual, color=PREVIOUS, behind=True)
        figure_rows.bar(at, 0, row.conversion, color=ACTUAL)
        ends = [row.conversion] if is_company or pd.isna(usual) else [row.conversion, usual]
        figure_rows.note(at, max(ends), notes[at])
    figure_rows.zero()
    return figure_rows.figure


def _step_note(row: object) -> str:
    text = _("{share} of {mature}").format(
        share=text_of(row.conversion, "share"), mature=words.count(row.mature)
    )
    if pd.isna(row.median_days):
        return text
    return _("{text}, {days} days").format(text=text, days=text_of(row.median_days, "days"))


def second_purchases(frame: pd.DataFrame, *, width: int = WIDE) -> Figure:
    """repeat_ladder: the share of each manager's new clients who came back once."""
    return bars(frame[frame["purchase_no"] == 2], value="conversion", width=width)


# ---------------------------------------------------------------- survival


def survival_curve(frame: pd.DataFrame, *, width: int = WIDE) -> Figure:
    """client_survival: the share of clients who still buy, with its 95 % band, year by year.

    Of a manager, the company is the light grey line. Who bought only once, and who came back after
    an end, are counted below.
    """
    rows = _one(frame)
    if rows.empty or not rows["ended"].any():
        return nothing(width)
    height, left, right = (330 if width >= NARROW else 290), 44, 16
    figure = blank(width, height + 44)
    last = max(float(rows["watched_months"].max()), 1.0)
    axes = area(figure, (left, 14, width - left - right, height - 44), (0, last), (0, 1.06))
    for share in (0, 0.25, 0.5, 0.75, 1):
        rule(axes, (0, last), (share, share), MUTED if share == 0 else RULE)
        style = {"size": 12, "color": MUTED, "across": "right", "dx": -6}
        write(axes, 0, share, text_of(share, "share"), **style)
    company = frame[(frame["manager_id"] == EVERYONE) & (frame["months"] <= last)]
    if rows["manager_id"].iloc[0] != EVERYONE and len(company):
        _steps(axes, company, last, PREVIOUS, "company")
        end = float(company["survival"].iloc[-1])
        above = end >= rows["survival"].iloc[-1]
        style = {"size": 12, "color": MUTED, "across": "right", "dy": 12 if above else -12}
        write(axes, last, end, company_name(), **style)
    band = (_extended(rows, name, last) for name in ("months", "low", "high"))
    axes.fill_between(*band, step="post", color=BAND, linewidth=0, gid="band")
    _steps(axes, rows, last, ACTUAL, "line")
    marks = [0, *range(_YEAR, int(last) + 1, _YEAR)]
    for months in marks:
        survival = float(rows[rows["months"] <= months]["survival"].iloc[-1])
        axes.plot([months], [survival], "o", color=ACTUAL, markersize=5, clip_on=False, zorder=4)
        style = {"bold": True, "dx": 6, "dy": 10}
        write(axes, months, survival, text_of(survival, "share"), **style)
        write(axes, months, 0, words.count(months), size=12, color=MUTED, across="center", dy=-12)
    paper = page(figure)
    unit = words.label("months")
    write(paper, width - right, height + 2, unit, size=12, color=MUTED, across="right")
    write(paper, left, height + 26, _apart(rows), size=12, color=MUTED, room=width - left)
    return figure


def _steps(axes: Axes, rows: pd.DataFrame, last: float, color: str, gid: str) -> None:
    """Survival falls at each end and holds in between, to the last month that is known."""
    style = {"color": color, "linewidth": 2, "solid_joinstyle": "miter", "gid": gid}
    last = min(last, float(rows["watched_months"].iloc[0]))
    months, survival = (_extended(rows, name, last) for name in ("months", "survival"))
    axes.step(months, survival, where="post", **style)


def _extended(rows: pd.DataFrame, name: str, last: float) -> np.ndarray:
    """A column with its last value once more, where the months end; the months themselves end."""
    values = rows[name].to_numpy(dtype=float)
    return np.append(values, last if name == "months" else values[-1:])


def _apart(rows: pd.DataFrame) -> str:
    """Those who are counted apart: bought once, came back after an end."""
    once = int(rows.loc[rows["months"] == 0, "ended"].sum())
    back = int(rows["came_back"].iloc[0])
    return _("Bought only once: {once}. Came back after an end: {back}.").format(
        once=words.count(once), back=words.count(back)
    )


def survival_by_manager(frame: pd.DataFrame, *, most: int = 24, width: int = WIDE) -> Figure:
    """client_survival: each manager's clients on the same scale, the company as a light grey line.

    The most loyal after a year first. Beyond *most* panels a line says how many are not shown.
    """
    parts = dict(tuple(frame[frame["ended"].notna()].groupby("manager_id")))
    company = parts.pop(EVERYONE, None)
    parts = parts or ({EVERYONE: company} if company is not None else {})
    if not parts:
        return nothing(width)
    order = sorted(parts, key=lambda key: (key == UNASSIGNED, -_after_a_year(parts[key]), key))
    left_out, order = max(0, len(order) - most), order[:most]
    gap, plot, panel = 24, 84, 150
    columns = max(1, min((width + gap) // (150 + gap), len(order)))
    cell = min((width - gap * (columns - 1)) / columns, 480)
    deep = math.ceil(len(order) / columns)
    top = 24 if company is not None and EVERYONE not in parts else 0
    figure = blank(width, top + deep * panel + (24 if left_out else 0))
    paper = page(figure)
    last = max(float(frame["watched_months"].max()), 1.0)
    for at, key in enumerate(order):
        down, right = divmod(at, columns)
        x, y = right * (cell + gap), top + down * panel
        rows = parts[key]
        name = company_name() if key == EVERYONE else words.value(str(rows["manager_name"].iloc[0]))
        write(paper, x, y + 10, name, bold=True, room=cell)
        months = min(_YEAR, int(rows["watched_months"].iloc[0]))
        said = words.plural(
            "{{share}} after {number} month", "{{share}} after {number} months", months
        )
        said = said.format(share=text_of(_after_a_year(rows), "share"))
        write(paper, x, y + 27, said, size=12, color=MUTED, room=cell)
        axes = area(figure, (x, y + 38, cell - 4, plot), (0, last), (0, 1.02))
        axes.set_gid(str(key))
        rule(axes, (0, last), (0, 0))
        if top:
            _steps(axes, company, last, PREVIOUS, "company")
        _steps(axes, rows, last, ACTUAL, "line")
        axes.plot([months], [_after_a_year(rows)], "o", color=ACTUAL, markersize=4.5, zorder=4)
        if at + columns >= len(order):
            style = {"size": 12, "color": MUTED, "dy": -12}
            write(axes, 0, 0, words.count(0), **style)
            months = words.plural("{number} month", "{number} months", round(last))
            write(axes, last, 0, months, across="right", **style)
    if top:
        rule(paper, (0, 22), (9, 9), PREVIOUS, 2)
        write(paper, 28, 9, company_name(), color=MUTED)
    if left_out:
        text = words.plural("{number} more manager is in the table.",
                            "{number} more managers are in the table.", left_out)  # fmt: skip
        write(paper, 0, top + deep * panel + 10, text, color=MUTED)
    return figure


def _after_a_year(rows: pd.DataFrame) -> float:
    return float(rows[rows["months"] <= _YEAR]["survival"].iloc[-1])
