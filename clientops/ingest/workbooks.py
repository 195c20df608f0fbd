"""Workbooks as rows of text: every cell becomes text in one way, whatever the sheet shows."""

import datetime
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import python_calamine

from clientops.errors import ClientOpsError, nearest

_AMBIGUOUS = re.compile(r"-?[1-9]\d{0,2}\.\d{3}")


def rows(path: Path, sheet: str = "") -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """The header's cells, and every row that is not blank as (row of the sheet, cells).

    *sheet* empty: the first one. What stands right of the header belongs to no column. Raises
    ClientOpsError for a damaged workbook, a sheet that is not there and an empty one.
    """
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
    except (python_calamine.CalamineError, OSError) as error:
        raise ClientOpsError(f"{path}: not readable as a workbook: {error}") from error
    with book:
        if sheet and sheet not in book.sheet_names:
            raise ClientOpsError(f"{path}: no sheet {sheet!r}; {nearest(sheet, book.sheet_names)}")
        sheet = sheet or book.sheet_names[0]
        cells = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    for (row, column), text in _errors(path, sheet).items():
        cells[row - 1][column - 1] = text
    table = [(line, [cell_text(cell) for cell in row]) for line, row in enumerate(cells, 1)]
    table = [(line, row) for line, row in table if any(map(str.strip, row))]
    if not table:
        raise ClientOpsError(f"{path}: the sheet is empty; a first row with column names is needed")
    header = table[0][1]
    while not header[-1].strip():  # formats reach further right than the table
        header = header[:-1]
    inside = ((line, row[: len(header)]) for line, row in table[1:])
    return header, ((line, row) for line, row in inside if any(map(str.strip, row)))


def _errors(path: Path, sheet: str) -> dict[tuple[int, int], str]:
    """Row and column of cells such as `#N/A`: calamine shows them as empty, which they are not.

    openpyxl knows them but is slow, so it is asked only where the workbook has any.
    """
    with zipfile.ZipFile(path) as parts:
        sheets = [part for part in parts.namelist() if part.startswith("xl/worksheets/")]
        if not any(b't="e"' in parts.read(part) for part in sheets):
            return {}
    book = openpyxl.load_workbook(path, data_only=True)
    return {
        (cell.row, cell.column): str(cell.value)
        for row in book[sheet].iter_rows()
        for cell in row
        if cell.data_type == "e"
    }


def cell_text(cell: object) -> str:
    """A cell as text: whole numbers without a point, dates and times in ISO."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        text = str(int(cell)) if cell.is_integer() else repr(cell)
        # A fourth decimal keeps 1.234 from being read as a thousand where commas are decimal marks.
        return f"{text}0" if _AMBIGUOUS.fullmatch(text) else text
    if isinstance(cell, datetime.datetime | datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)
