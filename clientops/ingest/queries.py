"""A table as a query over files: each file stands in the query as a table read by our reader.

The columns of such a table have the type that *all* their values share: whole numbers, numbers,
dates or times; else they are text. Identifiers with leading zeros or more than 15 digits stay text.
A Parquet file keeps the types it has. Rows of the query's result are numbered in the order of all
its columns: that is the `line` of a reject, and its `file` is `sql`.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb

from clientops import schema
from clientops.errors import ClientOpsError, nearest
from clientops.ingest import files, raw, sql, values
from clientops.settings import FILE, Source

_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,14})")
_FUNCTIONS = {"range", "generate_series", "unnest"}  # the table functions that read no files


class Meaning(NamedTuple):
    """What the texts of a column mean: the SQL type they share, and the value of each.

    For texts: *against*, the one that stands against a type which most of the others have.
    """

    type: str
    parsed: list[str] | None = None
    against: str = ""


def run(
    con: duckdb.DuckDBPyConnection, data: Path, table: schema.Table, source: Source
) -> tuple[dict[str, str], list[str]]:
    """Run the query of *source* into the table `raw` (file, line, our columns).

    Returns our column -> its SQL type, and the names of all columns of the result. Lines of files
    that are no rows become rejects. Raises ClientOpsError for a query that is wrong, and names the
    value that makes a column text where that may be why.
    """
    hints = []
    for reference, paths in _references(con, data, table.name, source).items():
        hints += _stand_in(con, table.name, reference, paths, source)
    try:
        con.execute(f"create table result as from (\n{_query(source)}\n) order by all")
        described = con.execute("describe result").fetchall()
        known = {c.name for c in table.columns}
        types = {row[0].lower(): row[1] for row in described if row[0].lower() in known}
        picked = "".join(f", {column}" for column in types)
        con.execute(f"create table raw as select 'sql' as file, rowid + 1 as line{picked} "
                    "from result")  # fmt: skip
        con.execute("drop table result")
    except duckdb.Error as error:
        why = [hint for name, hint in hints if re.search(rf"\b{re.escape(name)}\b", source.sql)]
        raise ClientOpsError(
            "; ".join([f"{_where(data, table.name)}: {sql.reason(error)}", *why[:3]])
        ) from error
    return types, [row[0] for row in described]


def source_files(
    con: duckdb.DuckDBPyConnection, data: Path, table: str, source: Source
) -> list[Path]:
    """The files a query names, sorted; ClientOpsError where it would read anything else."""
    found = _references(con, data, table, source).values()
    return sorted({path for paths in found for path in paths})


def _where(data: Path, table: str) -> str:
    return f"{data / FILE}: [tables.{table}] sql"


def _query(source: Source) -> str:
    return source.sql.strip().rstrip(";")


def _references(
    con: duckdb.DuckDBPyConnection, data: Path, table: str, source: Source
) -> dict[str, list[Path]]:
    """Each file name or pattern in the query -> its files.

    Only such names and the query's own `with` tables may stand in it: DuckDB would take any other
    name for a file, or a table function, and read it by its own guess.
    """
    where = _where(data, table)
    tree = json.loads(con.execute("select json_serialize_sql(?)", [_query(source)]).fetchone()[0])
    if tree["error"]:
        raise ClientOpsError(f"{where}: {' '.join(tree['error_message'].split())}")
    if len(tree["statements"]) != 1:
        raise ClientOpsError(f"{where}: one query is needed, not {len(tree['statements'])}")
    own, found = set(), {}
    for node in _nodes(tree):
        if "cte_map" in node:
            own |= {entry["key"].lower() for entry in node["cte_map"]["map"]}
    for node in _nodes(tree):
        if node.get("type") == "TABLE_FUNCTION":
            function = node["function"]["function_name"]
            if function.lower() not in _FUNCTIONS:
                raise ClientOpsError(f"{where}: {function}() is not read; write from 'file.csv'")
        elif node.get("type") == "BASE_TABLE" and node["table_name"].lower() not in own:
            reference = node["table_name"]
            if node["schema_name"] or Path(reference).suffix.lower() not in files.SUFFIXES:
                raise ClientOpsError(
                    f"{where}: {reference!r} is no file that can be read; "
                    f"{nearest(reference, files.exports(data))}"
                )
            found[reference] = files.find(data, reference)
    return dict(sorted(found.items()))


def _nodes(tree: object) -> Iterator[dict]:
    if isinstance(tree, dict):
        yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for branch in tree:
            yield from _nodes(branch)


def _stand_in(
    con: duckdb.DuckDBPyConnection, table: str, reference: str, paths: list[Path], source: Source
) -> list[tuple[str, str]]:
    """Make the view that *reference* names; returns (column, why it is text) where that is odd."""
    parquet = [path.suffix.lower() == ".parquet" for path in paths]
    if any(parquet):
        if not all(parquet):
            raise ClientOpsError(f"{paths[0]}: Parquet and text cannot be one table")
        for path in paths:
            raw.parquet_columns(con, path)
        listed = ", ".join(map(sql.file, paths))
        con.execute(
            f"create or replace view {sql.name(reference)} as "
            f"from read_parquet([{listed}], union_by_name = true)"
        )
        return []
    columns = _load(con, table, reference, paths, source)
    content = {column: sql.distinct(con, _texts(reference), column) for column in columns}
    mark = source.decimal or _decimal_mark(content.values())
    selects, joins, hints = [], [], []
    for column, label in columns.items():
        meaning = _meaning(content[column], mark, source.date_order)
        value = f"t.{column}"
        if meaning.parsed is not None:
            mapped = f"{reference} {column}"
            sql.map_texts(con, mapped, content[column], meaning.parsed, meaning.type)
            joins.append(f"left join {sql.name(mapped)} m_{column} on m_{column}.text = {value}")
            value = f"m_{column}.value"
        elif meaning.type == "BIGINT":
            value = f"cast({value} as bigint)"
        elif meaning.against:
            hints.append((label, _hint(con, reference, column, label, meaning.against)))
        selects.append(f"{value} as {sql.name(label)}")
    con.execute(
        f"create or replace view {sql.name(reference)} as select {', '.join(selects)} "
        f"from {sql.name(_texts(reference))} t {' '.join(joins)}"
    )
    return hints


def _texts(reference: str) -> str:
    """The table that holds the texts of a file."""
    return f"text of {reference}"


def _load(
    con: duckdb.DuckDBPyConnection, table: str, reference: str, paths: list[Path], source: Source
) -> dict[str, str]:
    """All files of *reference* as one table of texts; returns its columns -> their names."""
    opened = [(path, *files.rows(path, source.sheet)) for path in paths]
    labels = {name.lower(): name for _, header, _ in reversed(opened) for name in header}
    places = {name: number for number, name in enumerate(labels)}

    def rows() -> Iterator[tuple[str, int, list[str]]]:
        for path, header, lines in opened:
            for line, cells in raw.good(con, table, path, lines):
                row = [""] * len(labels)
                for name, cell in zip(header, cells, strict=True):
                    row[places[name.lower()]] = cell
                yield path.name, line, row

    columns = {f"c{number}": label for number, label in enumerate(labels.values())}
    raw.load_texts(con, _texts(reference), list(columns), rows())
    return columns


def _decimal_mark(columns: Iterable[list[str]]) -> str:
    """The decimal mark of a file, from its columns of numbers; empty where they do not tell."""
    numeric = (texts for texts in columns if all(map(values.is_number, texts)))
    mark, doubtful = values.decimal_mark(text for texts in numeric for text in texts)
    return "" if doubtful else mark


def _meaning(texts: list[str], mark: str, date_order: str) -> Meaning:
    """The type that all *texts* share. An empty *mark* or order: that of the texts, if they tell.

    Numbers keep all their decimals: money is rounded once, at the end of the query.
    """
    if not texts or any(map(_is_identifier, texts)):
        return Meaning("VARCHAR")
    if all(map(_INTEGER.fullmatch, texts)):
        return Meaning("BIGINT")
    numbers = [values.decimal(text, mark or ".") for text in texts]
    if None not in numbers:
        if mark or not any(map(values.is_ambiguous, texts)):
            return Meaning("DOUBLE", list(map(str, numbers)))
        return Meaning("VARCHAR", against=next(filter(values.is_ambiguous, texts)))
    order, doubtful = (date_order, None) if date_order else values.date_order(texts)
    times = [values.timestamp(text, order or "dmy") for text in texts]
    if None not in times:
        if doubtful:
            return Meaning("VARCHAR", against=doubtful)
        midnights = all(time.endswith(" 00:00:00") for time in times)
        return Meaning("DATE" if midnights else "TIMESTAMP", times)
    read = max(numbers, times, key=lambda parsed: len(parsed) - parsed.count(None))
    against = texts[read.index(None)] if read.count(None) * 2 < len(read) else ""
    return Meaning("VARCHAR", against=against)


def _is_identifier(text: str) -> bool:
    """Digits that are a name, not a number: a leading zero, or more than 15 of them."""
    return text.isdecimal() and not _INTEGER.fullmatch(text)


def _hint(
    con: duckdb.DuckDBPyConnection, reference: str, column: str, label: str, against: str
) -> str:
    """Which value makes a column text, and where it stands first."""
    file, line = con.execute(
        f"select file, line from {sql.name(_texts(reference))} where {column} = ? "
        "order by file, line limit 1",
        [against],
    ).fetchone()
    return f"{label} is text because of {against!r} in {file} line {line}"
