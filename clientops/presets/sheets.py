"""What lies in a folder of exports: files and sheets of workbooks, with header and first rows."""

import csv
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb

from clientops.errors import ClientOpsError
from clientops.ingest import containers, files, headers, raw, sql, workbooks
from clientops.presets import folded, headings, matching

ROWS = 20_000  # looked at, of each sheet


class Sheet(NamedTuple):
    """A file, or a sheet of a workbook."""

    path: Path
    name: str  # of the sheet; empty: a file is one
    header: list[str]
    levels: list[str]  # headings below each other: what the group rows of a report are
    rows: list[list[str]]

    def column(self, heading: str) -> list[str]:
        """The values of a column that are not blank."""
        at = self.header.index(heading)
        return [text for row in self.rows if (text := row[at].strip() if at < len(row) else "")]


def of_folder(data: Path) -> tuple[list[Sheet], dict[str, Exception]]:
    """Every sheet there is, and by name the files that cannot be read, with the reason.

    Raises ClientOpsError where there is no folder.
    """
    if not data.is_dir():
        raise ClientOpsError(f"{data}: no such folder; name the folder with your exports")
    found, unread = [], {}
    for name in files.exports(data):
        if not name.startswith((".", "~$")):
            try:
                found += _sheets(data / name)
            except (ClientOpsError, csv.Error, UnicodeError) as error:
                unread[name] = error
    return found, unread


def _sheets(path: Path) -> Iterator[Sheet]:
    if path.suffix.lower() == ".parquet":
        con = duckdb.connect()
        header = list(raw.parquet_columns(con, path))
        with raw.readable(con, [path]):
            rows = con.execute(f"from read_parquet({sql.file(path)}) limit {ROWS}").fetchall()
        texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
        yield Sheet(path, "", header, [], texts)
    elif containers.is_workbook(path):
        shown = {name: rows for name, rows in workbooks.shown(path).items() if rows}
        for name, rows in shown.items():
            yield _headed(path, name if len(shown) > 1 else "", rows[:ROWS])
    else:
        file = files.open_text(path, lambda header: matching.best(path, header) and 1)
        with path.open(encoding=file.encoding, newline="") as lines:
            rows = itertools.islice(csv.reader(lines, delimiter=file.delimiter), ROWS)
            yield _headed(path, "", [row for row in rows if any(map(str.strip, row))])


def _headed(path: Path, name: str, rows: list[list[str]]) -> Sheet:
    """The sheet below the header that says most; below its first row where none says anything."""
    found, most = None, (0, 0)
    for at, row in enumerate(rows[: headers.HEAD]):
        for end in range(at + 1, min(at + headers.STACK, len(rows)) + 1):
            below = rows[at + 1 : end]
            if any(not _is_heading(cell) for cell in filled(rows[end - 1])) and below:
                break
            levels = _levels(row, below)
            for cells in headers.stacked(rows[at:end]):
                header = headers.names(cells)
                match = matching.best(path, [*levels, *header])
                if match and (match.score, len(levels)) > most:
                    most = match.score, len(levels)
                    found = Sheet(path, name, header, levels, rows[end:])
    if found:
        return found
    at, cells = headers.found(rows[: headers.HEAD], None)
    return Sheet(path, name, headers.names(cells), [], rows[at + 1 :])


def filled(row: list[str]) -> list[str]:
    """The cells that are not blank."""
    return [cell.strip() for cell in row if cell.strip()]


def _is_heading(cell: str) -> bool:
    return folded(cell) in headings()


def _levels(row: list[str], below: list[list[str]]) -> list[str]:
    """The headings of a report's levels, where each stands below the one before; else none."""
    stack = [row, *below]
    firsts = {next(at for at, cell in enumerate(each) if cell.strip()) for each in stack}
    is_stack = below and len(firsts) == 1 and all(len(filled(each)) == 1 for each in below)
    return [filled(each)[0] for each in stack] if is_stack else []
