"""Tables as files (CSV, Excel, Parquet) and on a page (HTML): texts stay texts in all of them."""

import contextlib
import datetime
import functools
import io
import itertools
import math
import os
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import duckdb
import pandas as pd
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from clientops import words
from clientops.display.grid import NUMBERS as NUMBERS
from clientops.display.grid import Column as Column
from clientops.display.grid import html as html
from clientops.display.grid import shown as shown
from clientops.errors import ClientOpsError
from clientops.schema.metric_tables import Form
from clientops.words import N_

# Full precision stays in the cell; this is only how it shows.
NUMBER_FORMATS = {
    "month": N_("yyyy-mm"),
    "date": N_("yyyy-mm-dd"),
    "quarter": N_("yyyy-mm-dd"),
    "money": "#,##0.00",
    "price": "#,##0.00",
    "share": "0.0%",
    "score": "+0.00;-0.00;0.00",
    "count": "#,##0",
    "whole": "0",
    "days": "0.##",
    "number": "0.0000",
}

Writers = dict[str, Callable[[pd.DataFrame, Path], None]]  # by the ending of a file
_MOST_ROWS = 1_048_576  # of a worksheet
_LONGEST_TEXT = 32_767  # characters of a cell
_WIDEST = 60  # characters of a column
_LINE = 15  # points of a line
_MOST_LINES = 26  # of a row, which can be 409 points high
# Begins like one, and is neither a number, a telephone number nor signs alone.
_FORMULA = re.compile(r"^(?=[=@].|[+-](?![\d\s().,/+-]*$).*\w)(.)", re.DOTALL)
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
# Of the file, so that the same table gives the same bytes.
_MADE = datetime.datetime(2000, 1, 1)


def csv_text(frame: pd.DataFrame) -> str:
    """CSV with ISO dates, `.` decimals and all digits; what is missing is empty.

    Lines end with a line feed, and so does each line of a text with several. A text that programs
    of sheets would take for a formula begins with an apostrophe.
    """
    texts = frame.select_dtypes(["object", "str"]).replace(r"\r\n?", "\n", regex=True)
    texts = texts.replace(_FORMULA, r"'\1", regex=True)
    return frame.assign(**texts).to_csv(index=False, lineterminator="\n")


def check_path(path: Path, more: Sequence[str] = ()) -> None:
    """Raise ClientOpsError where `write` could not know how or where to write; *more*: endings that
    this table has beside the usual ones."""
    known = [*_WRITERS, *more]
    if path.suffix.lower() not in known:
        raise ClientOpsError("{path}: unknown ending; known: {known}", path=path,
                             known=", ".join(known))  # fmt: skip
    if not path.parent.is_dir():
        raise ClientOpsError("{data}: no such folder", data=path.parent)
    if path.is_dir():
        raise ClientOpsError("{path}: a folder is in the way", path=path)


def write(frame: pd.DataFrame, path: Path, writers: Writers | None = None) -> None:
    """Write a table by the ending of *path*: .csv, .xlsx or .parquet. Whole or not at all.

    *writers*: of other endings. Raises ClientOpsError for another ending, a folder that is not
    there and a full disk.
    """
    check_path(path, [*(writers or {})])
    draft = path.with_name(f".{path.stem}-{os.getpid()}{path.suffix}")
    try:
        (_WRITERS | (writers or {}))[path.suffix.lower()](frame, draft)
        draft.replace(path)
    except OSError as error:
        raise ClientOpsError(f"{path}: {error.strerror or error}") from error
    except (duckdb.IOException, FileCreateError) as error:
        raise ClientOpsError("{path}: cannot be written; is the disk full?", path=path) from error
    finally:
        draft.unlink(missing_ok=True)


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    path.write_text(csv_text(frame), encoding="utf-8", newline="")


def _write_workbook(frame: pd.DataFrame, path: Path) -> None:
    path.write_bytes(workbook(frame))


def workbook(frame: pd.DataFrame) -> bytes:
    """An Excel file of one sheet: frozen bold header, filter, widths, formats by unit; and the form
    of the table told of (words.telling), where it has one.

    Texts are only texts, whatever they begin with. Raises ClientOpsError for too many rows.
    """
    with new_workbook() as (book, content):
        add_sheet(book, "table", frame)
        if form := words.form():
            add_form(book, form, frame).activate()
    return content.getvalue()


def add_form(book: xlsxwriter.Workbook, form: Form, frame: pd.DataFrame) -> Worksheet:
    """A sheet to be filled in and handed back: labels, the names of the source table's columns, and
    the rows. The other columns of the table stand to the right; reading passes over them."""
    same = {name: of[1:-1] for name, of in form.columns.items() if of.startswith("'")}
    frame = frame.assign(**same)
    heads = {of if of and name not in same else name: name for name, of in form.columns.items()}
    frame = frame.reindex(columns=[*heads, *(name for name in frame if name not in heads)])
    frame = frame.round({name: 2 for name in frame if words.unit(name) == "money"})
    sheet = book.add_worksheet(form.table)
    sheet.freeze_panes(2, 0)
    for at, name in enumerate(frame):
        sheet.write_string(0, at, words.label(name))
    set_widths(sheet, [add_rows(book, sheet, frame, [heads.get(n, n) for n in frame], top=1)])
    add_filter(sheet, frame, top=1)
    return sheet


@contextlib.contextmanager
def new_workbook(
    properties: dict | None = None,
) -> Iterator[tuple[xlsxwriter.Workbook, io.BytesIO]]:
    """An empty workbook, and where its bytes are after the block."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"constant_memory": True})
    book.set_properties({"created": _MADE} | (properties or {}))
    try:
        yield book, content
    except BaseException:
        book.fileclosed = True  # else it would complain at its end that it was not closed
        raise
    book.close()


def add_sheet(
    book: xlsxwriter.Workbook,
    name: str,
    frame: pd.DataFrame,
    heads: Sequence[str] | None = None,
) -> Worksheet:
    """A sheet of a table's rows. *heads*: what its header says; default: the columns' names.

    Raises ClientOpsError for too many rows.
    """
    if len(frame) >= _MOST_ROWS:
        raise ClientOpsError("{number} rows are more than a worksheet holds; use .csv",
                             number=len(frame))  # fmt: skip
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    set_widths(sheet, [add_rows(book, sheet, frame, heads or list(frame.columns))])
    add_filter(sheet, frame)
    return sheet


def add_filter(sheet: Worksheet, frame: pd.DataFrame, top: int = 0) -> None:
    """Buttons in the header of a table's rows, which stands in the row *top*."""
    if len(frame.columns):
        sheet.autofilter(top, 0, top + len(frame), len(frame.columns) - 1)


def set_widths(sheet: Worksheet, needed: Sequence[Sequence[int]]) -> None:
    """Columns as wide as the widest table on the sheet needs them."""
    for at, wide in enumerate(itertools.zip_longest(*needed, fillvalue=0)):
        sheet.set_column(at, at, max(wide))


def add_rows(
    book: xlsxwriter.Workbook,
    sheet: Worksheet,
    frame: pd.DataFrame,
    heads: Sequence[str],
    top: int = 0,
) -> list[int]:
    """A table's header in the row *top* and its rows below; how wide its columns need to be."""
    head_format = book.add_format({"bold": True, "text_wrap": True, "valign": "bottom"})
    columns, widths, lines = [], [], 1
    for at, (column, head) in enumerate(zip(frame.columns, heads, strict=True)):
        pattern = NUMBER_FORMATS.get(words.unit(column))
        is_day = pd.api.types.is_datetime64_any_dtype(frame[column]) or "yyyy" in (pattern or "")
        if is_day:  # a translator may write dd.mm.yyyy
            pattern = words._(pattern or N_("yyyy-mm-dd hh:mm"))
        values = frame[column].astype(object)
        values = values.where(values.notna(), None).tolist()
        longest = max((len(_seen(value, pattern)) for value in values[:1000]), default=0)
        word = max(map(len, head.split()), default=0) + 3  # the filter's button
        wide = min(max(longest + 2, word, 8), _WIDEST)
        lines = max(lines, len(textwrap.wrap(head, wide - 3)))
        widths.append(wide)
        sheet.write_string(top, at, head, head_format)
        is_own = "unit" in frame and words.unit(column) == "number"
        form = {"valign": "top"} | ({"num_format": pattern} if pattern else {})
        form |= {"align": "left"} if is_day else {}
        shown = None if is_own else book.add_format(form)
        columns.append((values, shown))
    sheet.set_row(top, _LINE * lines)
    as_text = book.add_format({"quote_prefix": True, "valign": "top"})
    long = book.add_format({"text_wrap": True, "valign": "top"})
    by_row = _formats_by_row(book, frame)
    for row in range(len(frame)):
        texts = [values[row] for values, _pattern in columns if isinstance(values[row], str)]
        if (longest := max(map(len, texts), default=0)) > _WIDEST:
            sheet.set_row(top + row + 1, _LINE * lines_of(longest, _WIDEST))
        for at, (values, pattern) in enumerate(columns):
            if values[row] is not None:
                pattern = by_row[row] if by_row and pattern is None else pattern
                _put(sheet, top + row + 1, at, values[row], pattern, as_text, long)
    return widths


def lines_of(length: int, wide: int) -> int:
    """About how many lines a text takes in a column so many characters wide."""
    return max(1, min(math.ceil(length * 1.05 / wide), _MOST_LINES))


def for_print(sheet: Worksheet, told: str) -> None:
    """A4 across, as wide as the page, with what is *told* of it over it, and page numbers."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_header("&L" + told.replace("&", "&&")[:250])
    sheet.set_footer("&R&P / &N")


def in_words(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with names, words and flags as pages write them; numbers and days stay what they
    are."""
    texts = [name for name in frame if words.unit(name) in ("id", "name", "word", "said", "flag")]
    return frame.assign(**{
        name: frame[name].map(functools.partial(shown, words.unit(name)), na_action="ignore")
        for name in texts
    })  # fmt: skip


def _formats_by_row(book: xlsxwriter.Workbook, frame: pd.DataFrame) -> list[Format]:
    """Of a table whose rows each have a unit of their own: how their numbers show."""
    if "unit" not in frame:
        return []
    formats = {unit: book.add_format({"num_format": pattern})
               for unit, pattern in NUMBER_FORMATS.items()}  # fmt: skip
    formats |= {words.value(unit): form for unit, form in formats.items()}
    return [formats.get(unit, formats["number"]) for unit in frame["unit"]]


def _put(
    sheet: Worksheet, row: int, at: int, value: object, pattern: Format | None, text: Format,
    long: Format,
) -> None:  # fmt: skip
    """One cell. A name that begins with = is not a formula, one like #N/A no error."""
    if isinstance(value, str):
        is_odd = value[:1] in ("=", "+", "-", "@")
        value = _NOT_IN_XML.sub("", re.sub(r"\r\n?", "\n", value))[:_LONGEST_TEXT]
        usual = long if len(value) > _WIDEST else pattern
        sheet.write_string(row, at, value, text if is_odd else usual)
    elif isinstance(value, pd.Timestamp):
        sheet.write_datetime(row, at, value.to_pydatetime(), pattern)
    elif isinstance(value, bool):
        sheet.write_boolean(row, at, value)
    else:
        sheet.write_number(row, at, value, pattern)


def _seen(value: object, pattern: str | None) -> str:
    """About what a cell shows, to know how wide it is."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.2f}" if pattern == NUMBER_FORMATS["money"] else f"{value:.4f}"
    return str(value)[:10] if isinstance(value, pd.Timestamp) else str(value)


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    with duckdb.connect() as con:
        con.register("frame", frame)
        con.table("frame").write_parquet(str(path))


_WRITERS: Writers = {
    ".csv": _write_csv,
    ".xlsx": _write_workbook,
    ".parquet": _write_parquet,
}
