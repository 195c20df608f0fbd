"""Exports as tables of DuckDB, before anything is typed: file, line, and our columns."""

import csv
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import pandas as pd

from clientops import schema
from clientops.errors import ClientOpsError
from clientops.ingest import files, sql
from clientops.settings import FILE, Source

REJECTS = {"table": "VARCHAR", "file": "VARCHAR", "line": "BIGINT",
           "column": "VARCHAR", "value": "VARCHAR", "reason": "VARCHAR"}  # fmt: skip


def make_rejects(con: duckdb.DuckDBPyConnection) -> None:
    """Make the table `rejects`, where it is not there yet."""
    columns = ", ".join(f"{sql.name(column)} {type_}" for column, type_ in REJECTS.items())
    con.execute(f"create table if not exists rejects ({columns})")


def check_columns(table: schema.Table, found: Iterable[str], there: list[str], where: str) -> None:
    """Raise ClientOpsError naming all required columns not *found*, and the columns *there*."""
    missing = [name for name in table.required if name not in set(found)]
    if missing:
        raise ClientOpsError(
            f"{where}: table {table.name} lacks the required column{'s' * (len(missing) > 1)} "
            f"{', '.join(missing)}; there are: {', '.join(there) or 'none'}"
        )


def columns_of(
    table: schema.Table, source: Source, header: list[str], path: Path
) -> dict[str, str]:
    """Our column -> the file's; a renamed column wins over one that has our name already.

    Upper and lower case are the same, so are one blank and several. Raises ClientOpsError for
    columns that are not there and for one of our names that the header has twice.
    """
    present = {_folded(name): name for name in header}
    mapping = {c.name: present[c.name] for c in table.columns if c.name in present}
    for ours, theirs in source.columns.items():
        if _folded(theirs) not in present:
            raise ClientOpsError(
                f"{path}: no column {theirs!r} (for {ours}); there are: {', '.join(header)}"
            )
        mapping[ours] = present[_folded(theirs)]
    for ours in mapping:
        second = files.repeated(ours)
        if ours not in source.columns and second in present:
            raise ClientOpsError(
                f"{path}: there are two columns {ours}; say which is meant: columns = {{ {ours} = "
                f'"{ours}" }} (the first) or "{second}" in [tables.{table.name}] of {FILE}'
            )
    check_columns(table, mapping, header, str(path))
    return mapping


def _folded(name: str) -> str:
    return " ".join(name.lower().split())


def read(
    con: duckdb.DuckDBPyConnection, table: schema.Table, source: Source, paths: list[Path]
) -> dict[str, str]:
    """The columns of all files as the table `raw`; returns our column -> its SQL type."""
    parquet = [path for path in paths if path.suffix.lower() == ".parquet"]
    if parquet and len(parquet) < len(paths):
        raise ClientOpsError(f"{parquet[0]}: Parquet and text cannot be one table")
    if parquet:
        return _parquet(con, table, source, paths)
    columns = [column.name for column in table.columns]
    found: set[str] = set()

    def picked() -> Iterator[tuple[str, int, list[str]]]:
        for path in paths:
            header, rows = files.rows(path, source.sheet)
            mapping = columns_of(table, source, header, path)
            found.update(mapping)
            places = [header.index(mapping[c]) if c in mapping else None for c in columns]
            for line, cells in good(con, table.name, path, rows):
                yield path.name, line, ["" if p is None else cells[p] for p in places]

    load_texts(con, "raw", columns, picked())
    return {column: "VARCHAR" for column in columns if column in found}


def _parquet(
    con: duckdb.DuckDBPyConnection, table: schema.Table, source: Source, paths: list[Path]
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
    con.execute(f"create table raw as {' union all by name '.join(selects)}")
    return {ours: "VARCHAR" if len(kinds) > 1 else kinds.pop() for ours, kinds in types.items()}


def parquet_columns(con: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    """Column -> SQL type of a Parquet file; ClientOpsError where it is none."""
    try:
        rows = con.execute(f"describe select * from read_parquet({sql.file(path)})").fetchall()
    except duckdb.Error as error:
        raise ClientOpsError(f"{path}: not readable as Parquet: {sql.reason(error)}") from error
    return {row[0]: row[1] for row in rows}


def good(
    con: duckdb.DuckDBPyConnection,
    table: str,
    path: Path,
    rows: Iterable[files.Row | files.BadLine],
) -> Iterator[files.Row]:
    """The rows that have the header's columns; the lines that have not become rejects of *table*.

    The rejects are there once all rows have been taken; they name no column.
    """
    bad = []
    for row in rows:
        if isinstance(row, files.BadLine):
            bad.append((table, path.name, row.line, "", row.text, row.reason))
        else:
            yield row
    if bad:
        sql.show(con, "bad_lines", pd.DataFrame(bad, columns=list(REJECTS)))
        con.execute("insert into rejects from bad_lines")


def load_texts(
    con: duckdb.DuckDBPyConnection,
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
