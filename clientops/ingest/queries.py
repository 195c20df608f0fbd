"""A table as a query over files: each file stands in the query as a view read by our reader.

The columns of such a view have the type that *all* their values share: whole numbers, numbers,
dates or times; else they are text. Identifiers with leading zeros or more than 15 digits stay text.
Rows of the query's result are numbered in the order of all its columns: that is the `line` of a
reject, and its `file` is the query.
"""

import csv
import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd

from clientops import schema
from clientops.errors import ClientOpsError
from clientops.ingest import files, tables, values
from clientops.settings import FILE, Source

_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,14})")
_NUMERIC = re.compile(r"[-−+(]?\d[\d \u00a0\u202f\u2009.,'’]*\)?")
_FORBIDDEN = re.compile(r"read_\w+|.*_scan|glob|sniff_csv")


def run(con: duckdb.DuckDBPyConnection, data: Path, table: str, source: Source) -> dict[str, str]:
    """Run the query of *source* into the table `raw`; returns column -> its SQL type."""
    where = f"{data / FILE}: [tables.{table}] sql"
    for file in source_files(con, data, table, source):
        _stand_in(con, file, table, source)
    try:
        query = source.sql.strip().rstrip(";")
        con.execute(f"create table result as from ({query}) order by all")
        con.execute("create table raw as select 'sql' as file, rowid + 1 as line, * from result")
        con.execute("drop table result")
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise ClientOpsError(f"{where}: {reason}{_why_text(con, reason)}") from error
    described = con.execute("describe raw").fetchall()
    known = {column.name for column in schema.TABLES[table].columns}
    return {row[0]: row[1] for row in described if row[0] in known}


def source_files(
    con: duckdb.DuckDBPyConnection, data: Path, table: str, source: Source
) -> list[Path]:
    """The files a query names; refuses functions that would read files past our reader."""
    where = f"{data / FILE}: [tables.{table}] sql"
    query = source.sql.strip().rstrip(";")
    tree = json.loads(con.execute("select json_serialize_sql(?)", [query]).fetchone()[0])
    if tree["error"]:
        raise ClientOpsError(f"{where}: {tree['error_message']}")
    paths = {}
    for node in _nodes(tree):
        if node.get("type") == "TABLE_FUNCTION":
            function = node["function"]["function_name"]
            if _FORBIDDEN.fullmatch(function):
                raise ClientOpsError(f"{where}: {function}() would guess; write from 'file.csv'")
        elif node.get("type") == "BASE_TABLE":
            reference = node["table_name"]
            if Path(reference).suffix.lower() in files.SUFFIXES:
                paths[reference] = files.find(data, reference)[0]
    return [paths[reference] for reference in sorted(paths)]


def _nodes(tree: object) -> Iterator[dict]:
    if isinstance(tree, dict):
        yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for branch in tree:
            yield from _nodes(branch)


def _stand_in(con: duckdb.DuckDBPyConnection, path: Path, table: str, source: Source) -> None:
    """Make the view `'file.csv'` of a query."""
    view = tables.name(path.name)
    if path.suffix.lower() == ".parquet":
        tables.describe_parquet(con, path)
        con.execute(f"create or replace view {view} as from read_parquet({tables.quoted(path)})")
        return
    texts = f"text of {path.name}"
    con.execute(f"drop table if exists {tables.name(texts)}")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "raw.csv"
        header, rows = files.rows(path, source.sheet)
        columns = [f"c{number}" for number in range(len(header))]
        with copy.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["file", "line", *columns])
            for row in rows:
                if isinstance(row, files.BadLine):
                    tables.reject_line(con, table, path, row)
                else:
                    writer.writerow([path.name, row[0], *map(values.clean, row[1])])
        tables.read_copy(con, texts, copy, columns)
    selects = _typed(con, texts, dict(zip(columns, header, strict=True)), source)
    con.execute(
        f"create or replace view {view} as select {', '.join(selects)} from {tables.name(texts)} t"
    )


def _typed(
    con: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str], source: Source
) -> list[str]:
    """SQL for each column of a file, in the type that all its values share."""
    content = {column: tables.distinct(con, table, column) for column in columns}
    numeric = [c for c, texts in content.items() if texts and all(map(_NUMERIC.fullmatch, texts))]
    mark, doubtful = source.decimal, None
    if not mark:
        mark, doubtful = values.decimal_mark(t for c in numeric for t in content[c])
    selects = []
    for column, label in columns.items():
        texts = content[column]
        alias = tables.name(label)
        if all(map(_INTEGER.fullmatch, texts)) and texts:
            selects.append(f"cast(t.{column} as bigint) as {alias}")
            continue
        parsed, type_ = None, "VARCHAR"
        if column in numeric and not doubtful and not any(map(_identifier, texts)):
            parsed, type_ = [values.number(text, mark) for text in texts], "DOUBLE"
        elif texts:
            order = source.date_order or values.date_order(texts)[0]
            parsed = order and [values.timestamp(text, order) for text in texts]
            type_ = "TIMESTAMP"
            if parsed and all(p and p.endswith(" 00:00:00") for p in parsed):
                type_ = "DATE"
        if not parsed or None in parsed:
            selects.append(f"t.{column} as {alias}")
            continue
        mapped = tables.name(f"{table} {column}")
        if type_ == "DOUBLE":  # all decimals: money is rounded once, at the end of the query
            parsed = [_unrounded(text, mark) for text in texts]
        con.register("mapping", pd.DataFrame({"text": texts, "value": parsed}, dtype=object))
        con.execute(
            f"create or replace table {mapped} as select cast(text as varchar) as text, "
            f"cast(cast(value as varchar) as {type_}) as value from mapping"
        )
        selects.append(f"(select value from {mapped} m where m.text = t.{column}) as {alias}")
    return selects


def _identifier(text: str) -> bool:
    """Digits that are a name, not a number: a leading zero, or more than 15 of them."""
    return text.isdecimal() and not _INTEGER.fullmatch(text)


def _unrounded(text: str, mark: str) -> str:
    try:
        return str(float(text))
    except ValueError:
        return values.number(text, mark)


def _why_text(con: duckdb.DuckDBPyConnection, reason: str) -> str:
    """A hint where a query fails because a column of its files is text."""
    if "VARCHAR" not in reason:
        return ""
    return " (a column is text when not all its values are numbers or dates)"
