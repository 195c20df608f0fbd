"""Tables as files (CSV, Excel, Parquet) and on a page (HTML): texts stay texts in all of them."""

import io
import os
from collections.abc import Callable
from html import escape
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from clientops import words
from clientops.errors import ClientOpsError

# Full precision stays in the cell; this is only how it shows.
NUMBER_FORMATS = {
    "month": "yyyy-mm",
    "date": "yyyy-mm-dd",
    "money": "#,##0.00",
    "share": "0.0%",
    "count": "#,##0",
    "number": "0.0000",
}


_MOST_ROWS = 1_048_576  # of a worksheet


def csv_text(frame: pd.DataFrame) -> str:
    """CSV with ISO dates, `.` decimals and all digits; what is missing is empty.

    Lines end with a line feed, and so does each line of a text with several.
    """
    texts = frame.select_dtypes(["object", "str"]).replace(r"\r\n?", "\n", regex=True)
    return frame.assign(**texts).to_csv(index=False, lineterminator="\n")


def check_path(path: Path) -> None:
    """Raise ClientOpsError where `write` could not know how or where to write."""
    if path.suffix.lower() not in _WRITERS:
        raise ClientOpsError(f"{path}: unknown ending; known: {', '.join(_WRITERS)}")
    if not path.parent.is_dir():
        raise ClientOpsError(f"{path.parent}: no such folder")
    if path.is_dir():
        raise ClientOpsError(f"{path}: a folder is in the way")


def write(frame: pd.DataFrame, path: Path) -> None:
    """Write a table by the ending of *path*: .csv, .xlsx or .parquet. Whole or not at all.

    Raises ClientOpsError for another ending, a folder that is not there and a full disk.
    """
    check_path(path)
    draft = path.with_name(f".{path.stem}-{os.getpid()}{path.suffix}")
    try:
        _WRITERS[path.suffix.lower()](frame, draft)
        draft.replace(path)
    except OSError as error:
        raise ClientOpsError(f"{path}: {error.strerror or error}") from error
    except duckdb.IOException as error:
        raise ClientOpsError(f"{path}: cannot be written; is the disk full?") from error
    finally:
        draft.unlink(missing_ok=True)


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    path.write_text(csv_text(frame), encoding="utf-8", newline="")


def _write_workbook(frame: pd.DataFrame, path: Path) -> None:
    path.write_bytes(workbook(frame))


def workbook(frame: pd.DataFrame) -> bytes:
    """An Excel file of one sheet: frozen bold header, filter, widths, formats by unit.

    Texts are only texts, whatever they begin with. Raises ClientOpsError for too many rows.
    """
    if len(frame) >= _MOST_ROWS:
        raise ClientOpsError(f"{len(frame)} rows are more than a worksheet holds; use .csv")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("table")
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(frame.columns))}{len(frame) + 1}"
    for number, name in enumerate(frame.columns, 1):
        longest = max((len(str(value)) for value in frame[name].dropna()), default=0)
        width = min(max(len(name), longest) + 2, 60)
        sheet.column_dimensions[get_column_letter(number)].width = width
    header = [WriteOnlyCell(sheet, name) for name in frame.columns]
    for cell in header:
        cell.font = Font(bold=True)
    sheet.append(header)
    formats = [NUMBER_FORMATS.get(words.unit(name)) for name in frame.columns]
    for row in frame.itertuples(index=False):
        cells = zip(row, formats, strict=True)
        sheet.append([_cell(sheet, value, format_) for value, format_ in cells])
    content = io.BytesIO()  # on a full disk openpyxl leaves a file open and complains at its end
    book.save(content)
    return content.getvalue()


def _cell(sheet: WriteOnlyWorksheet, value: object, format_: str | None) -> WriteOnlyCell:
    if pd.isna(value):
        return WriteOnlyCell(sheet, None)
    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value))
        cell.data_type = "s"  # a name that begins with = is not a formula, one like #N/A no error
        cell.quotePrefix = value[:1] in ("=", "+", "-", "@")
        return cell
    if isinstance(value, pd.Timestamp):
        value = value.to_pydatetime()
    elif hasattr(value, "item"):
        value = value.item()
    cell = WriteOnlyCell(sheet, value)
    if format_:
        cell.number_format = format_
    return cell


def html(
    frame: pd.DataFrame, columns: list[str], bar: str = "", rows: tuple[int, int] | None = None
) -> str:
    """An HTML table of some columns: numbers right-aligned in their unit, names as plain text.

    *bar*: a column whose size is shown by a bar in its cells. *rows*: from and to, where not all
    rows are shown; the last row has the sums of money and counts of all of them.
    """
    largest = max((abs(value) for value in frame[bar].dropna()), default=0) if bar else 0
    head = "".join(_head(name) for name in columns)
    body = []
    start, stop = rows or (0, len(frame))
    for values in frame[columns].iloc[start:stop].itertuples(index=False):
        cells = (
            _td(name, value, abs(value) / largest if name == bar and largest else 0)
            for name, value in zip(columns, values, strict=True)
        )
        body.append(f"<tr>{''.join(cells)}</tr>")
    foot = f"<tfoot><tr>{_totals(frame, columns)}</tr></tfoot>" if len(frame) else ""
    return (
        f"<div class='co-scroll'><table class='co-table'><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(body)}</tbody>{foot}</table></div>"
    )


def shown(name: str, value: object) -> str:
    """A cell's value as a director reads it, in the unit of its column; not escaped."""
    unit = words.unit(name)
    if pd.isna(value):
        return "" if unit in ("text", "date", "month") else words.EMPTY
    formats = {
        "money": words.count,
        "count": words.count,
        "share": lambda share: words.percent(share, 1),
        "number": lambda number: words.decimal(number, 3),
        "month": words.month,
        "date": words.date,
    }
    return formats.get(unit, lambda text: words.value(str(text)))(value)


def _is_number(name: str) -> bool:
    return words.unit(name) in ("money", "count", "share", "number")


def _head(name: str) -> str:
    unit = f", {words.currency()}" if words.unit(name) == "money" else ""
    kind = " class='co-number'" if _is_number(name) else ""
    return f"<th scope='col'{kind}>{escape(words.label(name) + unit)}</th>"


def _td(name: str, value: object, size: float = 0) -> str:
    kind = " class='co-number'" if _is_number(name) else ""
    bar = f"<span class='co-bar' style='width:{size:.1%}'></span>" if size else ""
    return f"<td{kind}>{bar}{escape(shown(name, value))}</td>"


def _totals(frame: pd.DataFrame, columns: list[str]) -> str:
    """Sums of money and counts under their columns; the first cell says so."""
    cells = []
    for name in columns:
        added = words.unit(name) in ("money", "count") and name != "window_months"
        cells.append(_td(name, frame[name].sum()) if added else "<td></td>")
    return "".join([f"<td>{escape(words._('Total'))}</td>", *cells[1:]])


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    with duckdb.connect() as con:
        con.register("frame", frame)
        con.table("frame").write_parquet(str(path))


_WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    ".csv": _write_csv,
    ".xlsx": _write_workbook,
    ".parquet": _write_parquet,
}
