"""Reports whose rows are not those of a table: merged cells, group rows, months across.

What `fill_down`, `groups` and `months_across` of a table's settings say is done to the rows of each
file or sheet before anything else sees them.
"""

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import babel

from clientops import schema
from clientops.errors import ClientOpsError, nearest
from clientops.ingest import files, sql, totals, values
from clientops.settings import Source

Rows = Iterable[files.Row | files.BadLine]
Needed = Callable[[list[str]], list[int]]  # where the cells stand that every row of the table has

_LANGUAGES = ("en", "ru", "de", "fr", "es", "it", "pl", "nl", "pt", "uk")  # of months in headers
_NAMED = re.compile(r"([^\W\d_]+)\.?[\s.,'’/_-]*(20\d\d|\d\d)?(?:\s*г\.?)?|(20\d\d)\W*([^\W\d_]+)")
_NUMBERED = re.compile(r"(\d\d?)[./-](20\d\d)")
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")


def is_plain(source: Source) -> bool:
    """Whether the rows of the files are those of the table."""
    return not (source.fill_down or source.groups or source.months_across)


def header(names: list[str], source: Source) -> list[str]:
    """The columns there are once the rows have their shape."""
    names = [*source.groups, *names]
    if not source.months_across or not any(map(_month_of, names)):
        return names
    return [*(name for name in names if not _month_of(name)), "month", source.months_across]


def parts(
    path: Path, source: Source, fits: files.Fits | None = None, needed: Needed = lambda names: []
) -> list[files.Part]:
    """The rows of a file, or of each sheet that is read, in the shape the settings say.

    Raises ClientOpsError where a file has nothing of what a setting speaks of.
    """
    found = files.parts(path, source, fits)
    return found if is_plain(source) else [_shaped(part, source, needed) for part in found]


def _shaped(part: files.Part, source: Source, needed: Needed) -> files.Part:
    rows: Rows = part.rows
    if source.fill_down:
        rows = _filled(rows, _places(part, source))
    if source.groups:
        own = [at for at in needed(header(part.header, source)) if at >= len(source.groups)]
        own = [at - len(source.groups) for at in own if at - len(source.groups) < len(part.header)]
        rows = _grouped(part, len(source.groups), list(rows), own)
    if source.months_across:
        rows = _unpivoted(_months(part, [*source.groups, *part.header]), rows)
    return part._replace(header=header(part.header, source), rows=iter(rows))


def below(table: schema.Table) -> list[str]:
    """The columns that reports write once for several rows: what names a document or somebody."""
    keys = {name for other in schema.TABLES.values() for name in other.key} | {table.document}
    return [c.name for c in table.columns if c.name in keys.difference(table.key)]


def with_blanks(con: sql.Connection, relation: str, column: str) -> list[str]:
    """The files in which a column is filled as merged cells are exported: each value once, and at
    least as many blanks."""
    query = (f"select file from {relation} group by file having count({column}) > 1 "
             f"and 2 * count({column}) <= count(*)")  # fmt: skip
    if con.execute(query).fetchone():  # else the texts need not be counted
        query += f" and count(distinct {column}) = count({column})"
        return [file for (file,) in con.execute(query).fetchall()]
    return []


def _places(part: files.Part, source: Source) -> list[int]:
    """Where the columns of `fill_down` stand, by our names or by the file's."""
    there = {name.lower(): at for at, name in enumerate(part.header)}
    wanted = [source.columns.get(name, name) for name in source.fill_down]
    for name in wanted:
        if name.lower() not in there:
            raise ClientOpsError(
                "{label}: fill_down: no column {name!r}; {hint}",
                label=part.label, name=name, hint=nearest(name, part.header),
            )  # fmt: skip
    return [there[name.lower()] for name in wanted]


def _filled(rows: Rows, places: list[int]) -> Iterator[files.Row | files.BadLine]:
    """Blanks become the value above; not in a row of one cell, which is a sum or a remark."""
    above = dict.fromkeys(places, "")
    for row in rows:
        if not isinstance(row, files.BadLine) and sum(bool(cell.strip()) for cell in row[1]) > 1:
            for at in places:
                above[at] = row[1][at] if row[1][at].strip() else above[at]
                row[1][at] = above[at]
        yield row


def _grouped(
    part: files.Part, number: int, rows: list[files.Row | files.BadLine], own: list[int]
) -> Iterator[files.Row | files.BadLine]:
    """Rows of the lowest level, with the labels of the *number* levels above them in front."""
    depths = _depths(part, number, rows, own)
    if all(depth >= number for depth in depths):
        raise ClientOpsError("{label}: groups: no row of it is a group's", label=part.label)
    labels = [""] * number
    first = next(at for at, depth in enumerate(depths) if depth >= number)
    named = number if first >= 2 * number else 0  # what the levels are stands below the header
    for at, row in enumerate(rows):
        if at < named:
            continue
        if isinstance(row, files.BadLine):
            yield row
        elif depths[at] >= number:
            yield row[0], [*labels, *row[1]]
        else:
            label = next(cell for cell in row[1] if cell.strip()).strip()
            if depths[at] >= 0 and max(depths[at + 1 : at + 2], default=-1) > depths[at]:
                labels[depths[at] :] = [label] + [""] * (number - depths[at] - 1)
                part.said["group row became a column (groups)"] += 1
            elif totals.is_label(label):
                part.said["total row of a report: left out"] += 1
            else:
                yield files.BadLine(row[0], " ".join(filter(None, row[1])), "a group without rows")


def _depths(
    part: files.Part, number: int, rows: list[files.Row | files.BadLine], own: list[int]
) -> list[int]:
    """How deep each row stands: 0 for the highest group, *number* for a row of the table.

    Told by the outline of a workbook, by indents, by the columns in which labels stand; else by how
    many group rows follow each other, the last of which is of the lowest group.
    """
    cells = [[] if isinstance(row, files.BadLine) else row[1] for row in rows]
    levels = [part.levels.get(row[0], 0) for row in rows]
    if not any(levels):
        levels = [len(text) - len(text.lstrip()) for text in map(_first, cells)]
    if any(levels):
        ranks = sorted({level for level, row in zip(levels, cells, strict=True) if row})
        if len(ranks) != number + 1:
            raise ClientOpsError(
                "{label}: groups names {number} columns, but the rows are of {levels} levels: "
                "name {wanted}, from the highest on",
                label=part.label, number=number, levels=len(ranks), wanted=len(ranks) - 1,
            )  # fmt: skip
        return [ranks.index(level) if row else number
                for level, row in zip(levels, cells, strict=True)]  # fmt: skip
    is_group = [bool(row) and _is_group(row, own) for row in cells]
    columns = sorted({row.index(_first(row)) for row, is_one in zip(cells, is_group, strict=True)
                      if is_one})  # fmt: skip
    depths = [number] * len(rows)
    for at in reversed(range(len(rows))):
        if is_group[at] and len(columns) == number:
            depths[at] = columns.index(cells[at].index(_first(cells[at])))
        elif is_group[at]:  # one above the row below, if that is a group too
            depths[at] = max(depths[at + 1 : at + 2], default=number) - 1
    return depths


def _first(cells: list[str]) -> str:
    """The first cell that is not blank."""
    return next((cell for cell in cells if cell.strip()), "")


def _is_group(cells: list[str], own: list[int]) -> bool:
    """Whether a row is a label with at most sums beside it."""
    filled = [at for at, cell in enumerate(cells) if cell.strip()]
    rest = filled[1:]
    own = [at for at in own if at != filled[0]]
    if values.is_number(cells[filled[0]].strip()) or any(at in rest for at in own):
        return False
    return all(values.is_number(cells[at].strip()) for at in rest) if own else not rest


def _months(part: files.Part, names: list[str]) -> dict[int, str]:
    """Where months stand as headers, and which."""
    months = {at: found for at, name in enumerate(names) if (found := _month_of(name))}
    years = set(_YEAR.findall(part.label))
    for at, month in months.items():
        if list(months.values()).count(month) > 1:
            raise ClientOpsError(
                "{label}: months_across: several columns are called after {name!r}",
                label=part.label, name=names[at],
            )  # fmt: skip
        if month.startswith("?") and len(years) != 1:
            raise ClientOpsError(
                "{label}: months_across: column {name!r} has no year, nor has the name of the "
                "file: write it there, as in plan_2026.csv",
                label=part.label, name=names[at],
            )  # fmt: skip
        months[at] = month.replace("?", min(years, default=""))
    if not months:
        raise ClientOpsError(
            "{label}: months_across: no column is called after a month (2026-10, Oct 2026); "
            "there are: {there}",
            label=part.label, there=", ".join(names),
        )  # fmt: skip
    return months


def _unpivoted(months: dict[int, str], rows: Rows) -> Iterator[files.Row | files.BadLine]:
    """One row for each month that has an amount, in place of a column for each month."""
    for row in rows:
        if isinstance(row, files.BadLine):
            yield row
            continue
        others = [cell for at, cell in enumerate(row[1]) if at not in months]
        for at, month in months.items():
            if row[1][at].strip():
                yield row[0], [*others, month, row[1][at]]


@functools.cache
def _month_of(name: str) -> str:
    """The month that a column is called after, as 2026-10-01; `?` for a year that is not said."""
    text = re.sub(r" \(\d+\)$", "", name.strip().lower())  # the second of its name
    by_day = [values.date(text, order) for order in ("dmy", "mdy")]
    found = next((day for day in by_day if day and day.endswith("-01")), by_day[0] or by_day[1])
    if found or (found := values.month(text)):
        return f"{found[:8]}01"
    if numbered := _NUMBERED.fullmatch(text):
        return values.month(f"{numbered[2]}-{int(numbered[1]):02}") or ""
    if (named := _NAMED.fullmatch(text)) and (month := _names().get(named[1] or named[4])):
        year = named[3] or named[2] or "?"
        return f"{'20' if len(year) == 2 else ''}{year}-{month:02}-01"
    return ""


@functools.cache
def _names() -> dict[str, int]:
    """The months by their names, whole and short, as tables write them."""
    found = {}
    for language in _LANGUAGES:
        for forms in babel.Locale(language).months.values():
            for width in ("wide", "abbreviated"):
                for number, name in forms[width].items():
                    found.setdefault(name.lower().rstrip("."), number)
    return found
