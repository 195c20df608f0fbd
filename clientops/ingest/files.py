"""Exports as rows of text: which files there are, how they are encoded and divided.

`rows(path)` gives every row with the line it starts on, so that a reject can be found again in an
editor. Workbook cells become text in one way, whatever the sheet shows.
"""

import csv
import datetime
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import charset_normalizer
import python_calamine

from clientops.errors import ClientOpsError, nearest

SUFFIXES = (".csv", ".tsv", ".xlsx", ".parquet")
DELIMITERS = ",;\t"
_SAMPLE = 1 << 18  # bytes looked at where the encoding must be told from its letters


class TextFile(NamedTuple):
    """A divided text file: how to open it, and the names in its first row."""

    path: Path
    encoding: str
    delimiter: str
    header: list[str]


class BadLine(NamedTuple):
    """A row that does not have the header's columns."""

    line: int
    text: str
    reason: str


def find(data: Path, pattern: str) -> list[Path]:
    """The files of a pattern in the data folder, sorted by name; none found is an error."""
    found = sorted(path for path in data.glob(pattern) if path.is_file()) if pattern else []
    if not found:
        present = [path.name for path in data.iterdir() if path.suffix.lower() in SUFFIXES]
        raise ClientOpsError(f"{data}: no file {pattern}; {nearest(pattern, present)}")
    for path in found:
        if path.suffix.lower() not in SUFFIXES:
            raise ClientOpsError(f"{path}: {path.suffix or 'no ending'} is not supported; "
                                 f"known endings: {', '.join(SUFFIXES)}")  # fmt: skip
    return found


def open_text(path: Path) -> TextFile:
    """Encoding, delimiter and column names of a CSV or TSV file."""
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as lines:
        try:
            first = next((line for line in lines if line.strip()), "")
            # Names hardly ever hold a delimiter: the one that divides the first line most is it.
            counts = {mark: len(next(csv.reader([first], delimiter=mark))) for mark in DELIMITERS}
            delimiter = "\t" if path.suffix.lower() == ".tsv" else max(counts, key=counts.get)
            lines.seek(0)
            header = next((row for row in csv.reader(lines, delimiter=delimiter) if any(row)), None)
        except UnicodeDecodeError as error:
            raise ClientOpsError(f"{path}: not readable as {encoding}: {error.reason}") from error
        except (csv.Error, StopIteration):
            header = None
    if not header:
        raise ClientOpsError(f"{path}: the file is empty; a first line with column names is needed")
    return TextFile(path, encoding, delimiter, names(header))


def names(cells: list[str]) -> list[str]:
    """Column names without blanks around them; empty and repeated ones get a number."""
    result: list[str] = []
    taken: set[str] = set()
    for number, cell in enumerate(cells, 1):
        name = base = cell.strip(" \t\r\n\ufeff\u00a0") or f"column{number}"
        for copy in itertools.count(2):
            if name.lower() not in taken:  # SQL does not tell upper from lower case
                break
            name = f"{base}_{copy}"
        taken.add(name.lower())
        result.append(name)
    return result


def _encoding(path: Path) -> str:
    """UTF-8 (with or without mark), UTF-16 with mark, or cp1251; anything else is an error."""
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if head.startswith(b"PK\x03\x04") or b"\0" in head:
        raise ClientOpsError(f"{path}: not a text file; save it as CSV in UTF-8, or as .xlsx")
    if _is_utf8(path):
        return "utf-8-sig"
    guess = charset_normalizer.from_bytes(_foreign(path)).best()
    name = guess.encoding if guess else "unknown"
    if name == "cp1251" or (guess and "cp1251" in guess.could_be_from_charset and name != "koi8_r"):
        return "cp1251"
    raise ClientOpsError(
        f"{path}: the encoding looks like {name}, which is not supported; "
        "save it in UTF-8 (UTF-16 with a byte order mark and cp1251 are read too)"
    )


def _is_utf8(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8") as text:
            while text.read(1 << 20):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _foreign(path: Path) -> bytes:
    """Lines with letters beyond ASCII: what an encoding can be told from."""
    with path.open("rb") as file:
        lines = (line for line in file if not line.isascii())
        return b"".join(itertools.islice(lines, 2000))[:_SAMPLE]


def rows(
    path: Path, sheet: str = ""
) -> tuple[list[str], Iterator[tuple[int, list[str]] | BadLine]]:
    """Column names, and every row that is not blank as (line, cells) or as a BadLine."""
    if path.suffix.lower() == ".xlsx":
        return _workbook(path, sheet)
    file = open_text(path)
    return file.header, _text_rows(file)


def _text_rows(file: TextFile) -> Iterator[tuple[int, list[str]] | BadLine]:
    width = len(file.header)
    with file.path.open(encoding=file.encoding, newline="") as text:
        reader = csv.reader(text, delimiter=file.delimiter, strict=True)
        header_seen = False
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield BadLine(line, "", f"quotes do not match: {error}")
                continue
            except UnicodeDecodeError as error:
                place = f"near line {line}"
                raise ClientOpsError(f"{file.path}: not {file.encoding} {place}") from error
            if not any(cell.strip() for cell in cells):
                continue
            if not header_seen:
                header_seen = True
            elif len(cells) == width:
                yield line, cells
            else:
                text_of_line = file.delimiter.join(cells)[:200]
                yield BadLine(line, text_of_line, f"{len(cells)} columns instead of {width}")


def _workbook(
    path: Path, sheet: str
) -> tuple[list[str], Iterator[tuple[int, list[str]] | BadLine]]:
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
    except (python_calamine.CalamineError, OSError) as error:
        raise ClientOpsError(f"{path}: not readable as a workbook: {error}") from error
    with book:
        if sheet and sheet not in book.sheet_names:
            raise ClientOpsError(f"{path}: no sheet {sheet!r}; {nearest(sheet, book.sheet_names)}")
        content = book.get_sheet_by_name(sheet or book.sheet_names[0])
        cells = content.to_python(skip_empty_area=False)
    table = [(line, [cell_text(cell) for cell in row]) for line, row in enumerate(cells, 1)]
    table = [(line, row) for line, row in table if any(cell.strip() for cell in row)]
    if not table:
        raise ClientOpsError(f"{path}: the sheet is empty; a first row with column names is needed")
    header = table[0][1]
    while not header[-1].strip():  # formats reach further right than the table
        header = header[:-1]
    width = len(header)
    return names(header), ((line, row[:width]) for line, row in table[1:])


def cell_text(cell: object) -> str:
    """A workbook cell as text: whole numbers without a point, dates and times in ISO."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        # A fourth decimal keeps 1.234 from being read as a thousand where commas are decimal marks.
        return f"{cell:.4f}" if round(cell, 3) == cell else repr(cell)
    if isinstance(cell, datetime.datetime | datetime.date):
        return cell.isoformat()
    return str(cell)
