"""Workbooks as rows of text: every cell becomes text in one way, whatever the sheet shows.

python-calamine reads the cells. What it does not tell (hidden rows, formulas that nobody worked
out, how far a sheet reaches) is looked up in the XML of the sheet.
"""

import contextlib
import datetime
import fnmatch
import io
import itertools
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple
from xml.etree import ElementTree

import python_calamine
from openpyxl.utils import column_index_from_string, range_boundaries

from clientops.errors import ClientOpsError, nearest
from clientops.ingest import containers, headers
from clientops.ingest.headers import Fits
from clientops.settings import Source
from clientops.words import N_

_AMBIGUOUS = re.compile(r"-?[1-9]\d{0,2}\.\d{3}")
_MAX_DIGITS = 15  # of a number cell: Excel keeps no more
_LARGE = 500_000  # cells, empty ones included, of a sheet that is looked at for far ones
_GAP = 200  # columns without a cell: what stands beyond is no part of the table
_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="(\d+)"')
_HIDDEN = re.compile(rb'<(?:\w+:)?row\b(?=[^>]*\bhidden="(?:1|true)")[^>]*?\br="(\d+)"')
_LEVEL = re.compile(rb'<(?:\w+:)?row\b(?=[^>]*?\boutlineLevel="(\d)")[^>]*?\br="(\d+)"')
_CELL = re.compile(rb'<(?:\w+:)?c r="([A-Z]+)(\d+)"([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)', re.DOTALL)
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]+)</")
_MOMENTS = {datetime.date, datetime.datetime, datetime.time}
_FEW = 4  # sheets that are named one by one

AGAIN = "the header stands among the rows again: left out"

Table = list[tuple[int, list[str]]]


class Number(str):
    """The text of a number cell: no witness of how numbers are written in texts."""


class Merged(str):
    """What a cell shows because it is merged with the one above."""


class Unsaved(str):
    """A formula whose value is not in the file."""


class Sheet(NamedTuple):
    """What the XML of a sheet tells."""

    hidden: set[int] = frozenset()  # rows
    # By row and column: errors, formulas without a value.
    odd: Mapping[tuple[int, int], str] = MappingProxyType({})
    merged: tuple[tuple[int, int, int], ...] = ()  # column, first and last row
    levels: Mapping[int, int] = MappingProxyType({})  # how deep rows stand in the outline
    is_sparse: bool = False  # a few cells lie far away from the others


def sheets(
    path: Path, source: Source, fits: Fits | None
) -> list[tuple[str, list[str], Iterator[tuple[int, list[str]]], Counter, set[int], Mapping]]:
    """Each sheet that is read: label, header, rows that are not blank, what is said, hidden rows,
    how deep rows stand in the outline.

    `sheet` of the source is a name or pattern. Empty: all shown ones with a header that *fits*, if
    they have the same columns; else the first that is shown. What stands right of the header
    belongs to no column. Raises ClientOpsError for what is no workbook, a sheet that is not there,
    an empty one, and where more than one could be meant.
    """
    there, asked, tables = _read(path, source)
    read = {name: (_headed(table, fits), told) for name, (table, told) in tables.items()}
    hidden = [name for name, shown in there.items() if not shown and not asked]
    if not read:
        text = N_("{path}: the sheet is empty; a first row with column names is needed")
        if hidden:
            text = N_("{path}: the sheet is empty; a first row with column names is needed; the "
                      "sheet {hidden!r} is hidden: sheet = {hidden!r} reads it")  # fmt: skip
        raise ClientOpsError(text, path=path, hidden=hidden and hidden[0])
    chosen, said = _chosen(path, read, hidden, fits, bool(asked))
    for name in chosen:
        (header, rows, again), told = read[name]
        label = path.name if len(chosen) == 1 else f"{path.name}, {name}"
        yield_said = Counter(said if name == chosen[0] else {})
        if again:
            yield_said[AGAIN] = again
        read[name] = label, header, iter(rows), yield_said, told.hidden, told.levels
    return [read[name] for name in chosen]


def shown(path: Path) -> dict[str, list[list[str]]]:
    """The rows that are not blank of each sheet that a workbook shows, whatever they are."""
    _, _, tables = _read(path, Source())
    return {name: [row for _, row in table] for name, (table, _) in tables.items()}


def _read(
    path: Path, source: Source
) -> tuple[dict[str, bool], list[str], dict[str, tuple[Table, Sheet]]]:
    """The sheets there are and whether they are shown, those asked for, and what was read."""
    sheet = source.sheet
    with containers.readable(path), contextlib.ExitStack() as stack:
        if containers.kind(path) == "html":
            tables = containers.html_tables(path, source.encoding)
            pages = {f"table {number}": rows for number, rows in enumerate(tables, 1)}
            there = dict.fromkeys(pages, True)
        else:
            book = stack.enter_context(containers.opened(path))
            is_zip = containers.kind(path) == "zip"
            archive = stack.enter_context(zipfile.ZipFile(path)) if is_zip else None
            there = {s.name: s.visible == python_calamine.SheetVisibleEnum.Visible
                     for s in book.sheets_metadata
                     if s.typ == python_calamine.SheetTypeEnum.WorkSheet}  # fmt: skip
            pages = {}
        asked = [name for name in there if sheet and name == sheet] or [
            name for name in there if sheet and fnmatch.fnmatch(name, sheet)]  # fmt: skip
        if sheet and not asked:
            raise ClientOpsError("{path}: no sheet {sheet!r}; {hint}", path=path, sheet=sheet,
                                 hint=nearest(sheet, there))  # fmt: skip
        read = {}
        for name in asked or [name for name, shown in there.items() if shown]:
            if pages:
                table, told = [(n, row) for n, row in pages[name] if any(row)], Sheet()
            else:
                table, told = _of_book(path, source, book, archive, name)
            if table:
                read[name] = table, told
    return there, asked, read


def _of_book(
    path: Path, source: Source, book: python_calamine.CalamineWorkbook,
    archive: zipfile.ZipFile | None, name: str,
) -> tuple[Table, Sheet]:  # fmt: skip
    """The rows of a sheet, and what else is known of it."""
    if archive is None:
        ranges = book.get_sheet_by_name(name).merged_cell_ranges or ()
        merged = tuple((left + 1, top + 1, bottom + 1) for (top, left), (bottom, _) in ranges
                       if bottom > top)  # fmt: skip
        table, told = _table(book, None, name, Sheet()), Sheet(merged=merged)
        texts = {cell for _, row in table for cell in row}
        if better := containers.mended(path, texts, source.encoding):
            table = [(line, [better.get(cell, cell) for cell in row]) for line, row in table]
    else:
        files = _sheet_files(archive)
        xml = archive.read(files[name]) if files.get(name) in archive.NameToInfo else b""
        told = _told(xml, archive)
        drawn = _drawn_together(archive, files[name], xml) if told.is_sparse else (book, None)
        table = _table(*drawn, name, told)
    return _filled(table, told), told


def _sheet_files(archive: zipfile.ZipFile) -> dict[str, str]:
    """The file inside the workbook of each sheet, by name."""
    try:
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except (KeyError, ElementTree.ParseError):
        return {}
    targets = {link.get("Id"): link.get("Target", "").lstrip("/") for link in links}
    found = {}
    for element in book.iter():
        if element.tag.endswith("}sheet"):
            link = next((v for k, v in element.attrib.items() if k.endswith("}id")), "")
            target = targets.get(link, "")
            found[element.get("name")] = target if target.startswith("xl/") else f"xl/{target}"
    return found


def _told(xml: bytes, archive: zipfile.ZipFile) -> Sheet:
    """What the XML of a sheet tells."""
    end = max(xml.rfind(b"<row "), xml.rfind(b":row ") - 9, 0)
    first, last = _ROW.search(xml), _ROW.search(xml, end)
    if not first or not last:
        return Sheet()
    hidden = {int(row) for row in _HIDDEN.findall(xml)} if b' hidden="' in xml else set()
    letters = set(re.findall(rb' r="([A-Z]{2,3})\d', xml))  # 26 columns where there are none
    widest = max((column_index_from_string(each.decode()) for each in letters), default=26)
    area = (int(last[1]) - int(first[1]) + 1) * widest
    merges = re.findall(rb'mergeCell ref="([A-Z]+\d+:[A-Z]+\d+)"', xml)
    ranges = [range_boundaries(each.decode()) for each in merges]
    merged = [(left, top, bottom) for left, top, _, bottom in ranges if bottom > top]
    is_odd = any(mark in xml for mark in (b't="e"', b"<f>", b"<f ", b":f>"))
    odd = _odd_cells(xml, archive) if is_odd else {}
    outlined = _LEVEL.findall(xml) if b"outlineLevel=" in xml else ()
    levels = {int(row): int(level) for level, row in outlined}
    return Sheet(
        hidden, odd, tuple(merged), levels, area > _LARGE and area > 20 * xml.count(b' r="')
    )


def _odd_cells(xml: bytes, archive: zipfile.ZipFile) -> dict[tuple[int, int], str]:
    """Cells that calamine shows as empty and are not: `#N/A`, formulas without a saved value.

    A program that writes formulas but does not work them out leaves 0 in all of a column; Excel and
    LibreOffice leave a mark that they did.
    """
    odd, zeros, others = {}, {}, set()
    for column, row, attributes, inner in _CELL.findall(xml):
        value, formula = _VALUE.search(inner), re.search(rb"<(?:\w+:)?f[ >/]", inner)
        place = int(row), column_index_from_string(column.decode())
        if b't="e"' in attributes:
            odd[place] = value[1].decode() if value else "#N/A"
        elif formula and not value and b't="str"' not in attributes:
            odd[place] = Unsaved("=")
        elif formula and value and value[1] == b"0":
            zeros.setdefault(column, []).append(place)
        elif formula:
            others.add(column)
    app = archive.read("docProps/app.xml") if "docProps/app.xml" in archive.NameToInfo else b""
    if "xl/calcChain.xml" not in archive.NameToInfo and b"LibreOffice" not in app:
        for column in zeros.keys() - others:
            odd |= dict.fromkeys(zeros[column], Unsaved("="))
    return odd


def _drawn_together(
    archive: zipfile.ZipFile, file: str, xml: bytes
) -> tuple[python_calamine.CalamineWorkbook, list[int]]:
    """The workbook with the rows of a sheet under each other, and their numbers as they were.

    Empty cells up to far ones would fill the memory. Columns beyond a wide gap are left out.
    """
    lines = sorted({int(number) for number in _ROW.findall(xml)})
    columns = sorted({column_index_from_string(each[0].decode()) for each in _CELL.findall(xml)})
    gaps = (left for left, right in itertools.pairwise(columns) if right - left > _GAP)
    last = next(gaps, columns[-1])
    numbers = {old: b"%d" % new for new, old in enumerate(lines, 1)}

    def is_near(cell: re.Match) -> bytes:
        return cell[0] if column_index_from_string(cell[1].decode()) <= last else b""

    def renumbered(place: re.Match) -> bytes:
        return place[1] + numbers[int(place[2])] + b'"'

    xml = _CELL.sub(is_near, re.sub(rb"<(?:\w+:)?dimension [^>]*>", b"", xml))
    xml = re.sub(rb'(<(?:\w+:)?(?:row\b[^>]*?\br="|c r="[A-Z]+))(\d+)"', renumbered, xml)
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w") as parts:
        for part in archive.namelist():
            parts.writestr(part, xml if part == file else archive.read(part))
    copy.seek(0)
    return python_calamine.CalamineWorkbook.from_filelike(copy), lines


def _table(
    book: python_calamine.CalamineWorkbook, lines: list[int] | None, name: str, told: Sheet
) -> Table:
    """The rows of a sheet that are not blank, with their numbers."""
    found = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    cells = zip(lines, found, strict=False) if lines else enumerate(found, 1)
    by_row: dict[int, list[tuple[int, str]]] = {}
    for (row, column), text in told.odd.items():
        by_row.setdefault(row, []).append((column, text))
    table = []
    for line, row in cells:
        # In place: the garbage collector looks through every list that is new.
        row[:] = [cell if cell.__class__ is str else cell_text(cell) for cell in row]
        for column, text in by_row.get(line, ()):
            if column <= len(row):
                row[column - 1] = text
        if any(map(str.strip, row)):
            table.append((line, row))
    return table


def _filled(table: Table, told: Sheet) -> Table:
    """The table with what merged cells show, in every row they reach over."""
    if told.merged:
        rows = dict(table)
        for column, top, bottom in told.merged:
            value = rows.get(top, [])[column - 1 : column]
            for line in range(top + 1, min(bottom, table[-1][0]) + 1):
                if value and line in rows and not rows[line][column - 1].strip():
                    rows[line][column - 1] = Merged(value[0])
    return table


def _headed(table: Table, fits: Fits | None) -> tuple[list[str], Table, int]:
    """Header and rows of a table, without what stands right of the header; and how often the
    header stands among the rows again."""
    at, header = headers.found([row for _, row in table[: headers.HEAD]], fits)
    while not header[-1].strip():  # formats reach further right than the table
        header = header[:-1]
    width = len(header)
    below = table[at + 1 :]
    again = [(line, row) for line, row in below if row == table[at][1]]
    below = [each for each in below if each not in again] if again else below
    if len(table[at][1]) > width or any(len(row) != width for _, row in below):
        below = [(line, row[:width] + [""] * (width - len(row))) for line, row in below]
        below = [(line, row) for line, row in below if any(map(str.strip, row))]
    return headers.names(header), below, len(again)


def _chosen(
    path: Path, read: dict, hidden: list[str], fits: Fits | None, asked: bool
) -> tuple[list[str], dict[str, int]]:
    """The sheets that are read, and what is said of the others."""
    columns = {name: tuple(sorted(header)) for name, ((header, *_), _) in read.items()}
    first = next(iter(read))
    if fits:
        fitting = [name for name in read if fits(read[name][0][0])]
    else:
        fitting = [name for name in read if columns[name] == columns[first]]
    if len({columns[name] for name in fitting}) > 1 and not asked:
        raise ClientOpsError(
            "{path}: the sheets {sheets} have different columns and could all be meant; say "
            'sheet = "…", a name or a pattern such as "2026-*"',
            path=path, sheets=", ".join(fitting),
        )  # fmt: skip
    chosen = list(read) if asked else fitting or [first]
    together = ", ".join(chosen if len(chosen) <= _FEW else [*chosen[:2], "…", chosen[-1]])
    said = {f"sheets read together: {together}": sum(len(read[n][0][1]) for n in chosen)} \
        if len(chosen) > 1 else {}  # fmt: skip
    said |= {f"sheet {name!r} is not read": len(read[name][0][1])
             for name in read if name not in chosen}  # fmt: skip
    return chosen, said | {f"hidden sheet {name!r} is not read": 0 for name in hidden}


def cell_text(cell: object) -> str:
    """A cell as text: whole numbers without a point, dates and times in ISO."""
    kind = cell.__class__
    if kind is float or kind is int:
        if kind is int or cell.is_integer():
            text = str(int(cell))
            return text if len(text) <= _MAX_DIGITS else Number(text)
        text = repr(cell)
        # A fourth decimal keeps 1.234 from being read as a thousand where commas are decimal marks.
        return Number(f"{text}0" if text[-4:-3] == "." and _AMBIGUOUS.fullmatch(text) else text)
    if kind is bool:
        return "true" if cell else "false"
    if kind in _MOMENTS:
        return cell.isoformat()
    return str(cell)
