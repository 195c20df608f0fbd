"""Excel charts of a pack, each beside the numbers it draws."""

from typing import Any, NamedTuple

import pandas as pd
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from clientops import words
from clientops.report.pack import HISTORY, Pack
from clientops.schema import EVERYONE, UNASSIGNED
from clientops.words import _

DARK, LIGHT, GREY = "#3B4856", "#93C6C1", "#C3CAD2"
ABC = {"A": "#0E4F4C", "B": "#2F817B", "C": "#93C6C1", "D": "#D6EAE8"}
UP, DOWN = "#0B6BB0", "#B8500A"
MOST_LINES = 8
_HEIGHT = 17  # rows that a chart covers
_BESIDE = 12  # columns of a sheet's own width that it covers
_ON_A_PAGE = 3

MIGRATION_STEPS = ("opening", "new", "returned", "growth", "decline", "transferred_in",
                   "transferred_out", "lost", "closing")  # fmt: skip
MARGIN_STEPS = ("margin_before", "price", "cost", "volume", "mix", "new", "lost", "margin_after")


class Spec(NamedTuple):
    """A chart and the block of numbers under it: the first column names, the others are series."""

    title: str
    kind: dict[str, str]  # type and subtype
    data: pd.DataFrame
    pattern: str  # how the numbers show
    colors: dict[str, str | None]  # by series; None: not drawn


def specs(pack: Pack) -> list[Spec]:
    """The charts that the pack's tables give."""
    made = (_revenue, _mix, _trend, _migration, _margin)
    return [spec for make in made if (spec := make(pack)) is not None]


def add(book: xlsxwriter.Workbook, sheet: Worksheet, drawn: list[Spec]) -> None:
    """Draw the charts one under the other, each with its numbers beside it; charts are printed."""
    sheet.hide_gridlines(2)
    sheet.set_column(_BESIDE, _BESIDE, 26)
    sheet.set_column(_BESIDE + 1, _BESIDE + 12, 12)
    strong = book.add_format({"bold": True})
    tops = [0]
    for spec in drawn:
        sheet.write_string(tops[-1], _BESIDE, spec.title, strong)
        _block(book, sheet, spec, tops[-1] + 1)
        sheet.insert_chart(tops[-1], 0, _chart(book, sheet, spec, tops[-1] + 1))
        tops.append(tops[-1] + max(_HEIGHT, len(spec.data) + 4))
    sheet.print_area(0, 0, tops[-1], _BESIDE - 1)
    sheet.set_h_pagebreaks(tops[_ON_A_PAGE:-1:_ON_A_PAGE])


def _block(book: xlsxwriter.Workbook, sheet: Worksheet, spec: Spec, top: int) -> None:
    pattern = book.add_format({"num_format": spec.pattern})
    head = book.add_format({"bottom": 1, "text_wrap": True})
    for at, name in enumerate(spec.data.columns):
        sheet.write_string(top, _BESIDE + at, name, head)
    for row, values in enumerate(spec.data.itertuples(index=False), top + 1):
        sheet.write_string(row, _BESIDE, str(values[0]))
        for at, value in enumerate(values[1:], 1):
            if pd.notna(value):
                sheet.write_number(row, _BESIDE + at, float(value), pattern)


def _chart(book: xlsxwriter.Workbook, sheet: Worksheet, spec: Spec, top: int) -> Any:
    chart = book.add_chart(dict(spec.kind))
    last = top + len(spec.data)
    for at, name in enumerate(spec.data.columns[1:], 1):
        color = spec.colors.get(name, DARK)
        fill = {"none": True} if color is None else {"color": color}
        style: dict[str, Any] = {"fill": fill, "gap": 40, "overlap": 100}
        if spec.kind["type"] == "line":
            style = {"line": {"color": color, "width": 2.0 if color != GREY else 1.25}}
        chart.add_series({
            "name": [sheet.name, top, _BESIDE + at],
            "categories": [sheet.name, top + 1, _BESIDE, last, _BESIDE],
            "values": [sheet.name, top + 1, _BESIDE + at, last, _BESIDE + at],
            **style,
        })  # fmt: skip
    hidden = [at for at, name in enumerate(spec.data.columns[1:])
              if spec.colors.get(name, DARK) is None]  # fmt: skip
    is_single = len(spec.data.columns) == 2
    chart.set_title({"name": spec.title, "name_font": {"size": 12}, "overlay": False})
    chart.set_legend(
        {"none": True} if is_single else {"position": "bottom", "delete_series": hidden}
    )
    is_bar = spec.kind["type"] == "bar"
    grid = {"visible": True, "line": {"color": "#D5DAE0"}}
    axis = {"num_format": "0%" if "percent" in spec.kind.get("subtype", "") else spec.pattern,
            "major_gridlines": grid}  # fmt: skip
    names = {"reverse": True} if is_bar else {"label_position": "low"}
    chart.set_x_axis(axis if is_bar else names)
    chart.set_y_axis(names if is_bar else axis)
    chart.set_size({"width": 760, "height": 20 * (_HEIGHT - 1)})
    return chart


def _of_scope(pack: Pack, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the pack's scope: the company's, the manager's, of a team its managers'."""
    if pack.recipient.kind == "manager":
        return rows[rows["manager_id"] == pack.recipient.id]
    everyone = rows["manager_id"] == EVERYONE
    return rows[everyone if pack.recipient.kind == "company" else ~everyone]


def _revenue(pack: Pack) -> Spec | None:
    """headline_history: revenue month by month."""
    rows = pack.named(HISTORY)
    if rows is None:
        return None
    rows = _of_scope(pack, rows[rows["metric"] == "revenue"])
    sums = rows.groupby("month")["value"].sum()
    if len(sums) < 2:
        return None
    label = _("Revenue, {currency}").format(currency=words.currency())
    data = pd.DataFrame(
        {_("Month"): [words.month(month) for month in sums.index], label: sums.values}
    )
    return Spec(_("Revenue month by month"), {"type": "column"}, data, "#,##0", {label: DARK})


def _mix(pack: Pack) -> Spec | None:
    """portfolio_quality: clients of each class, by manager."""
    rows = pack.named("portfolio_quality")
    if rows is None:
        return None
    rows = rows[(rows["clients"] > 0) & rows["abc"].isin(list(ABC))]
    if rows.empty:
        return None
    cells = rows.pivot_table(index="manager_id", columns="abc", values="clients", aggfunc="sum",
                             fill_value=0, observed=True)  # fmt: skip
    cells = cells[[letter for letter in ABC if letter in cells]]
    share = cells.get("A", 0) / cells.sum(axis=1)
    share[share.index == EVERYONE] = 2.0  # the company stands first
    cells = cells.loc[share.sort_values(ascending=False, kind="stable").index]
    names = dict(zip(rows["manager_id"], rows["manager_name"], strict=True)) | {
        EVERYONE: _("Company")
    }
    data = cells.rename(index=lambda each: words.value(str(names[each]))).reset_index(
        names=_("Manager")
    )
    kind = {"type": "bar", "subtype": "percent_stacked"}
    return Spec(_("Clients of classes A, B, C by manager"), kind, data, "0", dict(ABC))


def _trend(pack: Pack) -> Spec | None:
    """portfolio_trend: the share of A clients month by month."""
    rows = pack.named("portfolio_trend")
    if rows is None or not rows["a_share"].notna().any():
        return None
    cells = rows.pivot_table(index="month", columns="manager_id", values="a_share", observed=True)
    others = [each for each in cells if each not in (EVERYONE, UNASSIGNED)]
    last = rows[rows["month"] == rows["month"].max()].set_index("manager_id").reindex(others)
    last["is_steady"] = ~last["verdict"].isin(["improving", "worsening"])
    last = last.sort_values(["is_steady", "a_share"], ascending=[True, False], kind="stable")
    shown = last.index[:MOST_LINES].tolist()
    shown += [EVERYONE] * (EVERYONE in cells)
    names = dict(zip(rows["manager_id"], rows["manager_name"], strict=True)) | {
        EVERYONE: _("Company")
    }
    labels = [words.value(str(names[each])) for each in shown]
    data = cells[shown].set_axis(labels, axis=1).reset_index(names=_("Month"))
    data[_("Month")] = [words.month(month) for month in cells.index]
    shades = [
        "#3B4856",
        "#0B6BB0",
        "#2F817B",
        "#8867AD",
        "#B8500A",
        "#6F7F8E",
        "#93C6C1",
        "#CDBFE0",
    ]
    colors = dict(zip(labels, shades, strict=False)) | {_("Company"): GREY}
    return Spec(_("Share of A clients"), {"type": "line"}, data, "0%", colors)


def _migration(pack: Pack) -> Spec | None:
    rows = pack.named("migration_bridge")
    if rows is None or (rows := _of_scope(pack, rows)).empty:
        return None
    sums = rows[list(MIGRATION_STEPS)].sum()
    return _waterfall(
        _("Revenue of the portfolio: from one window to the next"), sums, "migration_bridge"
    )


def _margin(pack: Pack) -> Spec | None:
    rows = pack.named("margin_bridge")
    if rows is None or (rows := rows[rows["dimension"] == EVERYONE]).empty:
        return None
    return _waterfall(
        _("Margin against the year before"), rows.iloc[0][list(MARGIN_STEPS)], "margin_bridge"
    )


def _waterfall(title: str, steps: pd.Series, table: str) -> Spec | None:
    """Bars that hang between the sums before and after each step; the ends stand on the axis."""
    steps = steps.astype(float)
    names = [words.label(name) for name in steps.index]
    after = steps.iloc[:-1].cumsum()
    before = after.shift(fill_value=0.0)
    if after.min() < 0 or steps.iloc[-1] < 0:
        return None  # below the axis the bars would not hang right
    rows = []
    for name, label in zip(steps.index, names, strict=True):
        if name in (steps.index[0], steps.index[-1]):
            rows.append((label, 0.0, steps[name], None, None))
        else:
            low, size = min(before[name], after[name]), abs(steps[name])
            rows.append((label, low, None, *((size, None) if steps[name] >= 0 else (None, size))))
    heads = [_("Step"), _("Base"), _("Total"), _("More"), _("Less")]
    colors = dict(zip(heads[1:], [None, DARK, UP, DOWN], strict=True))
    kind = {"type": "column", "subtype": "stacked"}
    return Spec(title, kind, pd.DataFrame(rows, columns=heads), "#,##0", colors)
