"""Exports as tables of DuckDB, before anything is typed: file, line, and our columns."""

import contextlib
import csv
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import pandas as pd

from clientops import schema
from clientops.errors import ClientOpsError, joined
from clientops.ingest import containers, files, headers, shapes, sql, workbooks
from clientops.settings import Source
from clientops.words import N_

REJECTS = {"table": "VARCHAR", "file": "VARCHAR", "line": "BIGINT",
           "column": "VARCHAR", "value": "VARCHAR", "reason": "VARCHAR"}  # fmt: skip
# What is worth knowing of what was read, for `data_quality`.
_NOTICED = {"table": "VARCHAR", "check": "VARCHAR", "rows": "BIGINT",
            "money": "DOUBLE", "example": "VARCHAR"}  # fmt: skip
# How much of a table was not understood, for tables.unread.
_UNREAD = {"table": "VARCHAR", "rows": "BIGINT", "money": "DECIMAL(18,4)",
           "early": "DECIMAL(18,4)", "texts": "VARCHAR[]"}  # fmt: skip
_CURRENCY = re.compile(r"валют|currency|\bcurr?\b|\bccy\b|währung|waehrung|devise|moneda|valuta")


def make_rejects(con: sql.Connection) -> None:
    """Make the tables `rejects`, `noticed` and `unread`, where they are not there yet."""
    for name, types in (("rejects", REJECTS), ("noticed", _NOTICED), ("unread", _UNREAD)):
        columns = ", ".join(f"{sql.name(column)} {type_}" for column, type_ in types.items())
        con.execute(f"create table if not exists {name} ({columns})")


def notice(
    con: sql.Connection, table: str, check: str, rows: int, example: str,
    money: float | None = None,
) -> None:  # fmt: skip
    """Note what is worth knowing of some rows, in `noticed`."""
    con.execute("insert into noticed values (?, ?, ?, ?, ?)", [table, check, rows, money, example])


def notice_rows(con: sql.Connection, table: schema.Table, check: str, query: str) -> bool:
    """Note what a query counts (rows, money, an example), where it counts any; whether it does."""
    rows, amount, example = con.execute(query).fetchone()
    if rows:
        notice(con, table.name, check, rows, example, amount)
    return bool(rows)


def money(table: schema.Table, prefix: str = "", times: str = "") -> str:
    """SQL: the money of rows together, each so many *times*; null where the table has none."""
    column = schema.MONEY_OF.get(table.name)
    return f"cast(sum({prefix}{column}{times}) as double)" if column else "null"


def check_columns(table: schema.Table, found: Iterable[str], there: list[str], where: str) -> None:
    """Raise ClientOpsError naming all required columns not *found*, and the columns *there*."""
    missing = [name for name in table.required if name not in set(found)]
    if missing:
        text = N_("{where}: table {table} lacks the required column {missing}; there are: {there}")
        if len(missing) > 1:
            text = N_("{where}: table {table} lacks the required columns {missing}; "
                      "there are: {there}")  # fmt: skip
        raise ClientOpsError(text, where=where, table=table.name, missing=", ".join(missing),
                             there=", ".join(there) or ClientOpsError("none"))  # fmt: skip


def columns_of(
    table: schema.Table, source: Source, header: list[str], path: Path
) -> dict[str, str]:
    """Our column -> the file's; a renamed column wins over one that has our name already.

    Upper and lower case are the same, so are one blank and several. Raises ClientOpsError for
    columns that are not there and for one of our names that the header has twice.
    """
    mapping, twice = _mapping(table, source, header)
    for ours, theirs in source.columns.items():
        if ours not in mapping:
            raise ClientOpsError("{path}: no column {theirs!r} (for {ours}); there are: {there}",
                                 path=path, theirs=theirs, ours=ours,
                                 there=", ".join(header))  # fmt: skip
    for ours, theirs in twice.items():
        raise ClientOpsError(
            "{path}: there are two columns {theirs}; say which is meant: columns = {{ {ours} = "
            '"{first}" }} (the first) or "{second}" in [tables.{table}] of clientops.toml',
            path=path, theirs=theirs, ours=ours, first=headers.repeated(theirs, 1),
            second=headers.repeated(theirs), table=table.name,
        )  # fmt: skip
    check_columns(table, mapping, header, str(path))
    return mapping


def _mapping(
    table: schema.Table, source: Source, header: list[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Our column -> the file's, as far as there; and those whose name stands twice."""
    present = {_folded(name): name for name in header}
    for name in header:  # "Amount (1)" is the first of two
        if _folded(headers.repeated(name)) in present:
            present.setdefault(_folded(headers.repeated(name, 1)), name)
    wanted = {c.name: c.name for c in table.columns if c.name in present} | source.columns
    mapping = {o: present[_folded(t)] for o, t in wanted.items() if _folded(t) in present}
    twice = {o: wanted[o] for o in mapping if _folded(headers.repeated(wanted[o])) in present
             and not (o in source.columns and wanted[o] == o)}  # fmt: skip
    return mapping, twice


def _folded(name: str) -> str:
    return " ".join(name.lower().split())


def fitting(table: schema.Table, source: Source) -> files.Fits:
    """Tells of a header whether it is the table's, and up to which cell its rows must reach."""

    def fits(header: list[str]) -> int | None:
        header = shapes.header(header, source)
        mapping, _ = _mapping(table, source, header)
        if not mapping or not {*table.required, *source.columns} <= mapping.keys():
            return None
        if source.groups or source.months_across:  # not all its rows are the table's
            return 1
        return max((header.index(mapping[name]) + 1 for name in table.required), default=1)

    return fits


def read(
    con: sql.Connection, table: schema.Table, source: Source, paths: list[Path]
) -> dict[str, str]:
    """The columns of all files as the table `raw`; returns our column -> its SQL type."""
    parquet = [path for path in paths if path.suffix.lower() == ".parquet"]
    if parquet and len(parquet) < len(paths):
        raise ClientOpsError("{path}: Parquet and text cannot be one table", path=parquet[0])
    if parquet:
        return _parquet(con, table, source, paths)
    columns = [column.name for column in table.columns]
    found: dict[str, list[str]] = {}  # our column -> the files that have it
    currencies: dict[str, Counter] = {}
    hidden: list[tuple[str, int]] = []
    fits, labels = fitting(table, source), []

    def needed(header: list[str]) -> list[int]:
        mapping, _ = _mapping(table, source, header)
        names = [c.name for c in table.columns if c.required and c.type not in sql.NUMBERS]
        return [header.index(mapping[name]) for name in names if name in mapping]

    def picked() -> Iterator[tuple[str, int, list[str]]]:
        for path in paths:
            for part in shapes.parts(path, source, fits, needed):
                mapping = columns_of(table, source, part.header, path)
                labels.append(part.label)
                for column in mapping:
                    found.setdefault(column, []).append(part.label)
                places = [part.header.index(mapping[c]) if c in mapping else None for c in columns]
                is_workbook = containers.is_workbook(path)
                beside = _currency_places(table, mapping, part.header)
                hidden.extend((part.label, line) for line in part.hidden)
                for line, cells in good(con, table.name, part.label, part.rows):
                    for column, place in beside.items():
                        currencies.setdefault(column, Counter())[cells[place].strip()] += 1
                    row = ["" if p is None else cells[p] for p in places]
                    if is_workbook:
                        row = [
                            cell if cell.__class__ is str else _plain(column, cell, path, line)
                            for column, cell in zip(table.columns, row, strict=True)
                        ]
                    yield part.label, line, row
                say_of(con, table.name, part)

    load_texts(con, "raw", columns, picked())
    for column, counts in currencies.items():
        refuse_currencies(table.name, column, counts)
    for column, there in found.items():
        if absent := [label for label in labels if label not in there]:
            notice(con, table.name, f"column {column} is not in {', '.join(absent)}: empty there",
                   len(absent), absent[0])  # fmt: skip
    if hidden:
        sql.show(con, "hidden_rows", pd.DataFrame(hidden, columns=["file", "line"]))
        con.execute("create or replace table hidden_lines as from hidden_rows")
    return {column: "VARCHAR" for column in columns if column in found}


def say_of(con: sql.Connection, table: str, part: files.Part) -> None:
    """Note what came up while a file or sheet was read."""
    for check, rows in part.said.items():
        notice(con, table, check, rows, part.label)


def _currency_places(
    table: schema.Table, mapping: dict[str, str], header: list[str]
) -> dict[str, int]:
    """Where the currency of each money column stands: in the nearest column with such a name."""
    there = [n for n, name in enumerate(header) if _CURRENCY.search(name.lower())
             and name not in mapping.values()]  # fmt: skip
    return {
        c.name: min(there, key=lambda n: (abs(n - header.index(mapping[c.name])), n))
        for c in table.columns
        if there and c.type == "money" and c.name in mapping
    }


def has_currencies(header: list[str]) -> bool:
    """Whether a column of currencies stands beside the money."""
    return any(_CURRENCY.search(name.lower()) for name in header)


def refuse_currencies(table: str, column: str, counts: Counter) -> None:
    """Raise ClientOpsError where money is in several currencies: its sum has no meaning."""
    named = {name: rows for name, rows in counts.items() if name}
    if len(named) > 1:
        listed = [ClientOpsError("{name} ({rows} rows)", name=name, rows=rows)
                  for name, rows in Counter(named).most_common(12)]  # fmt: skip
        raise ClientOpsError(
            "table {table}: column {column} holds several currencies: {listed}; export amounts in "
            "one, or convert them in a query (sql)",
            table=table, column=column, listed=joined(listed),
        )  # fmt: skip


def known(cell: str, column: str, label: object, line: int) -> str:
    """The cell; ClientOpsError where it is a formula that nobody worked out."""
    if cell.__class__ is workbooks.Unsaved:
        raise ClientOpsError(
            "{label}: row {line}, {column}: a formula whose value is not in the file; open the "
            "workbook in Excel or LibreOffice, save it once, and build again",
            label=label, line=line, column=column,
        )  # fmt: skip
    return cell


def _plain(column: schema.Column, cell: str, path: Path, line: int) -> str:
    """A workbook's cell as text of the column; ClientOpsError where the file has lost its value."""
    kind = known(cell, column.name, path, line).__class__
    if kind is workbooks.Merged:  # one amount is not the amount of each row
        return "" if column.type in sql.NUMBERS else cell
    if column.type in sql.NUMBERS:
        return f"{cell}E0"  # a number, and no witness of how texts are written
    if column.type == "text" and ("e" in cell or (len(cell.strip("-")) > 15 and "." not in cell)):
        raise ClientOpsError(
            "{path}: row {line}, {column}: {cell} is a number of more than 15 digits: the digits "
            "are gone; format the column as text where it comes from, and export again",
            path=path, line=line, column=column.name, cell=cell,
        )  # fmt: skip
    return cell[:-1] if re.fullmatch(r".*\.\d{3}0", cell) else cell


def refuse_scientific(
    con: sql.Connection, relation: str, table: schema.Table, columns: Iterable[str]
) -> None:
    """Raise ClientOpsError for identifiers as Excel writes long numbers: 4,50012E+11."""
    for column in columns:
        if column.endswith("_id"):
            (odd,) = con.execute(
                f"select min({column}) from {relation} where contains({column}, '+') "
                f"and regexp_full_match({column}, '\\d([.,]\\d+)?[eE]\\+\\d{{2,}}')"
            ).fetchone()
            if odd:
                raise ClientOpsError(
                    "table {table}: column {column} holds {odd!r}, a number that Excel has "
                    "shortened: the digits are gone; format the column as text where it comes "
                    "from, and export again",
                    table=table.name, column=column, odd=odd,
                )  # fmt: skip


def _parquet(
    con: sql.Connection, table: schema.Table, source: Source, paths: list[Path]
) -> dict[str, str]:
    found: list[tuple[Path, dict[str, tuple[str, str]]]] = []  # our column -> theirs, its type
    types: dict[str, set[str]] = {}
    for path in paths:
        there = parquet_columns(con, path)
        mapping = columns_of(table, source, list(there), path)
        found.append((path, {ours: (theirs, there[theirs]) for ours, theirs in mapping.items()}))
        for ours, theirs in mapping.items():
            types.setdefault(ours, set()).add(there[theirs])
    selects = []
    for path, columns in found:
        picked = ""
        for ours, (theirs, type_) in columns.items():
            value = sql.name(theirs)
            if len(types[ours]) > 1:  # one type for all would change what the values mean
                value = sql.text(value, type_)
            picked += f", {value} as {ours}"
        selects.append(
            f"select {sql.quoted(path.name)} as file, file_row_number + 1 as line{picked} "
            f"from read_parquet({sql.file(path)}, file_row_number = true)"
        )
    with readable(con, paths):
        con.execute(f"create table raw as {' union all by name '.join(selects)}")
    return {ours: "VARCHAR" if len(kinds) > 1 else kinds.pop() for ours, kinds in types.items()}


def parquet_columns(con: sql.Connection, path: Path) -> dict[str, str]:
    """Column -> SQL type of a Parquet file; ClientOpsError where it is none."""
    rows = _of_parquet(con, path, "describe select *")
    return {row[0]: row[1] for row in rows}


def _of_parquet(con: sql.Connection, path: Path, select: str) -> list[tuple]:
    try:
        return con.execute(f"{select} from read_parquet({sql.file(path)})").fetchall()
    except (duckdb.Error, RuntimeError, UnicodeDecodeError) as error:
        raise ClientOpsError("{path}: not readable as Parquet: {reason}", path=path,
                             reason=sql.reason(error)) from error  # fmt: skip


@contextlib.contextmanager
def readable(con: sql.Connection, paths: Iterable[Path]) -> Iterator[None]:
    """Where the engine stumbles inside: ClientOpsError of the Parquet file that is damaged, if one
    is; the engine does not always say which."""
    try:
        yield
    except duckdb.InterruptException:
        raise
    except duckdb.Error:
        for path in paths:
            _of_parquet(con, path, "select max(hash(columns(*)))")
        raise


def good(
    con: sql.Connection,
    table: str,
    label: str,
    rows: Iterable[files.Row | files.BadLine],
) -> Iterator[files.Row]:
    """The rows that have the header's columns; the lines that have not become rejects of *table*.

    The rejects are there once all rows have been taken; they name no column.
    """
    bad = []
    for row in rows:
        if isinstance(row, files.BadLine):
            bad.append((table, label, row.line, "", row.text, row.reason))
        else:
            yield row
    if bad:
        sql.show(con, "bad_lines", pd.DataFrame(bad, columns=list(REJECTS)))
        con.execute("insert into rejects from bad_lines")


def load_texts(
    con: sql.Connection,
    target: str,
    columns: list[str],
    rows: Iterable[tuple[str, int, list[str]]],
) -> None:
    """Make the table *target* (file, line, *columns*) of texts without blanks around them.

    Empty texts are NULL. The way leads through a CSV of our own: by far the fastest into DuckDB.
    """
    types = {"file": "VARCHAR", "line": "BIGINT"} | dict.fromkeys(columns, "VARCHAR")
    cleaned = ", ".join(f"{sql.cleaned(column)} as {column}" for column in columns)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "raw.csv"
        with copy.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(types)
            for file, line, cells in rows:
                writer.writerow([file, line, *cells])
        con.execute(
            f"create or replace table {sql.name(target)} as select file, line, {cleaned} "
            f"from read_csv({sql.file(copy)}, delim=',', quote='\"', escape='\"', header=true, "
            f"nullstr='', auto_detect=false, max_line_size=16777216, columns={types!r})"
        )
