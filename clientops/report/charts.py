"""Excel charts of a pack: its cards' figures, each beside the numbers it draws."""

from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from clientops.figures import Chart, paint
from clientops.report.pack import Pack

_LINES = (paint.ACTUAL, paint.GOOD, paint.ABC["B"], paint.XYZ["Y"], paint.BAD, paint.MUTED,
          paint.ABC["C"], paint.XYZ["Z"])  # fmt: skip
_STACKED = {  # kinds of figures.Chart that xlsxwriter calls otherwise
    "shares": {"type": "bar", "subtype": "percent_stacked"},
    "bridge": {"type": "column", "subtype": "stacked"},
}
_PATTERNS = {
    "share": "0%",
    "score": "+0.00;-0.00;0.00",
    "number": "#,##0.00",
}  # how numbers of a unit show; else whole
_HEIGHT = 17  # rows that a chart covers
_BESIDE = 12  # columns of a sheet's own width that it covers
_ON_A_PAGE = 3


def add(book: xlsxwriter.Workbook, sheet: Worksheet, pack: Pack) -> None:
    """Draw the charts one under the other, each with its numbers beside it; charts are printed."""
    sheet.hide_gridlines(2)
    sheet.set_column(_BESIDE, _BESIDE, 26)
    sheet.set_column(_BESIDE + 1, _BESIDE + 12, 12)
    strong = book.add_format({"bold": True})
    tops = [0]
    for title, chart in pack.charts:
        sheet.write_string(tops[-1], _BESIDE, title, strong)
        _block(book, sheet, chart, tops[-1] + 1)
        sheet.insert_chart(tops[-1], 0, _chart(book, sheet, title, chart, tops[-1] + 1))
        tops.append(tops[-1] + max(_HEIGHT, len(chart.data) + 4))
    sheet.print_area(0, 0, tops[-1], _BESIDE - 1)
    sheet.set_h_pagebreaks(tops[_ON_A_PAGE:-1:_ON_A_PAGE])


def _block(book: xlsxwriter.Workbook, sheet: Worksheet, chart: Chart, top: int) -> None:
    """The numbers: a row per point, the first column names it."""
    pattern = book.add_format({"num_format": _PATTERNS.get(chart.unit, "#,##0")})
    head = book.add_format({"bottom": 1, "text_wrap": True})
    for at, name in enumerate(chart.data.columns):
        sheet.write_string(top, _BESIDE + at, name, head)
    for row, values in enumerate(chart.data.itertuples(index=False), top + 1):
        sheet.write_string(row, _BESIDE, str(values[0]))
        for at, value in enumerate(values[1:], 1):
            if pd.notna(value):
                sheet.write_number(row, _BESIDE + at, float(value), pattern)


def _chart(book: xlsxwriter.Workbook, sheet: Worksheet, title: str, chart: Chart, top: int) -> Any:
    kind = _STACKED.get(chart.kind, {"type": chart.kind})
    drawn = book.add_chart(dict(kind))
    series, last = list(chart.data.columns[1:]), top + len(chart.data)
    for at, name in enumerate(series, 1):
        drawn.add_series({
            "name": [sheet.name, top, _BESIDE + at],
            "categories": [sheet.name, top + 1, _BESIDE, last, _BESIDE],
            "values": [sheet.name, top + 1, _BESIDE + at, last, _BESIDE + at],
            **_style(chart, name, at - 1),
        })  # fmt: skip
    hidden = [at for at, name in enumerate(series) if chart.colors.get(name, paint.ACTUAL) is None]
    drawn.set_title({"name": title, "name_font": {"size": 10}, "overlay": False})
    legend = {"position": "bottom", "delete_series": hidden}
    drawn.set_legend({"none": True} if len(series) == 1 else legend)
    is_bar = kind["type"] == "bar"
    grid = {"visible": True, "line": {"color": paint.RULE}}
    pattern = "0%" if chart.kind == "shares" else _PATTERNS.get(chart.unit, "#,##0")
    numbers = {"num_format": pattern, "major_gridlines": grid}
    names = {"reverse": True} if is_bar else {"label_position": "low"}
    drawn.set_x_axis(numbers if is_bar else names)
    drawn.set_y_axis(names if is_bar else numbers)
    drawn.set_size({"width": 760, "height": 20 * (_HEIGHT - 1)})
    return drawn


def _style(chart: Chart, name: str, at: int) -> dict[str, Any]:
    """How a series looks: a line by its place, where the figure names no colour."""
    if chart.kind == "line":
        color = chart.colors.get(name) or _LINES[at % len(_LINES)]
        return {"line": {"color": color, "width": 1.25 if name in chart.colors else 2.0}}
    color = chart.colors.get(name, paint.ACTUAL)
    fill = {"none": True} if color is None else {"color": color}
    return {"fill": fill, "gap": 40, "overlap": 0 if chart.kind == "bar" else 100}
