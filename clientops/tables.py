"""Tables as files: CSV, Excel and Parquet, with nothing in them taken for a formula."""

import io
import os
from collections.abc import Callable
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
    """One sheet: frozen bold header, filter, widths, formats by unit; texts are only texts."""
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
    path.write_bytes(content.getbuffer())


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


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    with duckdb.connect() as con:
        con.register("frame", frame)
        con.table("frame").write_parquet(str(path))


_WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    ".csv": _write_csv,
    ".xlsx": _write_workbook,
    ".parquet": _write_parquet,
}
