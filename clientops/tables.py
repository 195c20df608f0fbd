"""Tables as files: CSV, Excel and Parquet, with nothing in them taken for a formula."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

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


def csv_text(frame: pd.DataFrame) -> str:
    """CSV with ISO dates, `.` decimals and all digits; what is missing is empty."""
    return frame.to_csv(index=False, date_format="%Y-%m-%d", lineterminator="\n")


def write(frame: pd.DataFrame, path: Path) -> None:
    """Write a table by the ending of *path*: .csv, .xlsx or .parquet. Whole or not at all."""
    writers: dict[str, Callable[[pd.DataFrame, Path], None]] = {
        ".csv": lambda table, file: file.write_text(csv_text(table), "utf-8", newline=""),
        ".xlsx": _write_workbook,
        ".parquet": _write_parquet,
    }
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise ClientOpsError(f"{path}: unknown ending; known: {', '.join(writers)}")
    if not path.parent.is_dir():
        raise ClientOpsError(f"{path.parent}: no such folder")
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    draft = Path(name)
    try:
        writer(frame, draft)
        draft.chmod(0o666 & ~_umask())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _write_workbook(frame: pd.DataFrame, path: Path) -> None:
    """One sheet: frozen bold header, filter, widths, formats by unit; texts are only texts."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("table")
    sheet.freeze_panes = "A2"
    last = f"{get_column_letter(len(frame.columns))}{len(frame) + 1}"
    sheet.auto_filter.ref = f"A1:{last}"
    for number, name in enumerate(frame.columns, 1):
        longest = frame[name].astype(str).str.len().max() if len(frame) else 0
        width = min(max(len(name), int(longest)) + 2, 60)
        sheet.column_dimensions[get_column_letter(number)].width = width
    header = [WriteOnlyCell(sheet, name) for name in frame.columns]
    for cell in header:
        cell.font = Font(bold=True)
    sheet.append(header)
    formats = [NUMBER_FORMATS.get(words.unit(name)) for name in frame.columns]
    for row in frame.itertuples(index=False):
        cells = zip(row, formats, strict=True)
        sheet.append([_cell(sheet, value, format_) for value, format_ in cells])
    book.save(path)


def _cell(sheet: object, value: object, format_: str | None) -> WriteOnlyCell:
    if pd.isna(value):
        return WriteOnlyCell(sheet, None)
    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", value))
        cell.data_type = "s"  # a name that begins with = is not a formula
        cell.quotePrefix = value[:1] in "=+-@"
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
    con = duckdb.connect()
    con.register("frame", frame)
    con.execute(
        f"copy (from frame) to '{str(path).replace(chr(39), chr(39) * 2)}' (format parquet)"
    )
