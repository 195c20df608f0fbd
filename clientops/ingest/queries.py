"""A table as a query over files: each file stands in the query as a table read by our reader.

The columns of such a table have the type that *all* their values share: whole numbers, numbers,
dates or times; else they are text. What becomes an identifier or a name of ours, or is joined with
one, stays as it is written: 1.10 is not 1.1. A Parquet file keeps the types it has. Rows of the
query's result are numbered in the order of all its columns: that is the `line` of a reject, and its
`file` is `sql`.
"""

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb

from clientops import schema
from clientops.errors import ClientOpsError, joined, nearest
from clientops.ingest import files, headers, query_columns, raw, shapes, sql, values
from clientops.settings import FILE, Source

_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,14})")
_FUNCTIONS = {"range", "generate_series", "unnest"}  # the table functions that read no files
_OF_ENGINE = {"current_setting", "getenv", "getvariable", "current_query"}  # tell of the machine
LONGEST = 600.0  # seconds that a query may take


class Meaning(NamedTuple):
    """What the texts of a column mean: the SQL type they share, and by file and text the value.

    For texts: *against*, the one that stands against a type which most of the others have.
    """

    type: str
    parsed: list[tuple[str, str, str | None]] | None = None
    against: str = ""


def run(
    con: sql.Connection, data: Path, table: schema.Table, source: Source, zone: str = ""
) -> tuple[dict[str, str], list[str]]:
    """Run the query of *source* into the table `raw` (file, line, our columns).

    Returns our column -> its SQL type, and the names of all columns of the result. Lines of files
    that are no rows become rejects. Raises ClientOpsError for a query that is wrong, and names the
    value that makes a column text where that may be why.
    """
    hints = []
    references = _references(con, data, table.name, source)
    texts = {}
    for reference, paths in references.items():
        if not _is_parquet(con, reference, paths):
            texts[reference] = _load(con, table.name, reference, paths, source)
    parquet = [path for name in references.keys() - texts for path in references[name]]
    codes = query_columns.kept_as_text(_tree(con, source), table, _named(con, texts))
    for reference, columns in texts.items():
        hints += _stand_in(con, reference, columns, source, zone, codes)
    clock = threading.Timer(LONGEST, con.interrupt)
    try:
        clock.start()
        with raw.readable(con, parquet):
            con.execute(f"create table result as from (\n{_query(source)}\n) order by all")
        described = con.execute("describe result").fetchall()
        known = {c.name for c in table.columns}
        types = {row[0].lower(): row[1] for row in described if row[0].lower() in known}
        picked = "".join(f", {column}" for column in types)
        con.execute(f"create table raw as select 'sql' as file, rowid + 1 as line{picked} "
                    "from result")  # fmt: skip
        con.execute("drop table result")
    except duckdb.InterruptException as error:
        where = _where(data, table.name)
        raise ClientOpsError("{where}: the query takes longer than {seconds:g} seconds",
                             where=where, seconds=LONGEST) from error  # fmt: skip
    except duckdb.Error as error:
        why = [hint for name, hint in hints if re.search(rf"\b{re.escape(name)}\b", source.sql)]
        problem = ClientOpsError(f"{_where(data, table.name)}: {sql.reason(error)}")
        raise joined([problem, *why[:3]], "; ") from error
    finally:
        clock.cancel()
    return types, [row[0] for row in described]


def source_files(con: sql.Connection, data: Path, table: str, source: Source) -> list[Path]:
    """The files a query names, sorted; ClientOpsError where it would read anything else."""
    found = _references(con, data, table, source).values()
    return sorted({path for paths in found for path in paths})


def _where(data: Path, table: str) -> str:
    return f"{data / FILE}: [tables.{table}] sql"


def _tree(con: sql.Connection, source: Source) -> dict:
    """The query as the engine understands it."""
    found = con.execute("select json_serialize_sql(?)", [_query(source)]).fetchone()[0]
    return json.loads(found)


def _query(source: Source) -> str:
    return source.sql.strip().rstrip(";")


def _references(
    con: sql.Connection, data: Path, table: str, source: Source
) -> dict[str, list[Path]]:
    """Each file name or pattern in the query -> its files.

    Only such names and the query's own `with` tables may stand in it: DuckDB would take any other
    name for a file, or a table function, and read it by its own guess. A `with` table is known in a
    part of the query alone, so none may be called like a file or a table of the engine.
    """
    where = _where(data, table)
    tree = _tree(con, source)
    if tree["error"]:
        raise ClientOpsError(f"{where}: {' '.join(tree['error_message'].split())}")
    if len(tree["statements"]) != 1:
        raise ClientOpsError("{where}: one query is needed, not {number}", where=where,
                             number=len(tree["statements"]))  # fmt: skip
    own, found = set(), {}
    for node in query_columns.nodes(tree):
        if "cte_map" in node:
            own |= {entry["key"].lower() for entry in node["cte_map"]["map"]}
    views = con.execute("select lower(view_name) from duckdb_views() where internal").fetchall()
    for name in sorted(own):
        if not re.fullmatch(r"\w+", name) or (name,) in views:
            raise ClientOpsError("{where}: a table of with cannot be called {name!r}",
                                 where=where, name=name)  # fmt: skip
    for node in query_columns.nodes(tree):
        if node.get("type") == "SHOW_REF":
            raise ClientOpsError("{where}: show, describe and summarize are not read", where=where)
        if (function := node.get("function_name", "").lower()) in _OF_ENGINE:
            raise ClientOpsError("{where}: {function}() is not read", where=where,
                                 function=function)  # fmt: skip
        if node.get("type") == "TABLE_FUNCTION":
            function = node["function"]["function_name"]
            if function.lower() not in _FUNCTIONS:
                raise ClientOpsError("{where}: {function}() is not read; write from 'file.csv'",
                                     where=where, function=function)  # fmt: skip
        elif node.get("type") == "BASE_TABLE" and node["table_name"].lower() not in own:
            reference = node["table_name"]
            if node["schema_name"] or Path(reference).suffix.lower() not in files.SUFFIXES:
                raise ClientOpsError(
                    "{where}: {reference!r} is no file that can be read; {hint}",
                    where=where, reference=reference, hint=nearest(reference, files.exports(data)),
                )  # fmt: skip
            found[reference] = files.find(data, reference)
    return dict(sorted(found.items()))


def _is_parquet(con: sql.Connection, reference: str, paths: list[Path]) -> bool:
    """Whether a reference is Parquet, which the engine reads itself: its view is made here."""
    parquet = [path.suffix.lower() == ".parquet" for path in paths]
    if not any(parquet):
        return False
    if not all(parquet):
        raise ClientOpsError("{path}: Parquet and text cannot be one table", path=paths[0])
    for path in paths:
        raw.parquet_columns(con, path)
    listed = ", ".join(map(sql.file, paths))
    con.execute(
        f"create or replace view {sql.name(reference)} as "
        f"from read_parquet([{listed}], union_by_name = true)"
    )
    return True


def _named(con: sql.Connection, texts: dict[str, dict[str, str]]) -> dict[str, str]:
    """The columns of all files in lower case, and what each holds: see query_columns."""
    named: dict[str, str] = {}
    for reference, columns in texts.items():
        for column, label in columns.items():
            odd = con.execute(
                f"select distinct {column} from {sql.name(_texts(reference))} where not "
                f"regexp_full_match({column}, {sql.quoted(_INTEGER.pattern)}) "
                "order by all limit 100"
            ).fetchall()
            dates = bool(odd) and all(values.starts_with_date(text) for (text,) in odd)
            kind = "dates" if dates else "others" if odd else "whole"
            before = named.get(label.lower(), "whole")
            named[label.lower()] = before if kind == "whole" else kind
    return named


def _stand_in(
    con: sql.Connection, reference: str, columns: dict[str, str], source: Source,
    zone: str, codes: set[str],
) -> list[tuple[str, ClientOpsError]]:  # fmt: skip
    """Make the view that *reference* names; returns (column, why it is text) where that is odd."""
    selects, joins, hints = [], [], []
    for column, label in columns.items():
        value = f"t.{column}"
        listed = con.execute(
            f"select file, list_sort(list(distinct {column})) from {sql.name(_texts(reference))} "
            f"where {column} is not null group by file order by file"
        ).fetchall()
        meaning = Meaning("VARCHAR") if label.lower() in codes else _meaning(
            dict(listed), source, zone)  # fmt: skip
        if meaning.parsed is not None:
            mapped = f"{reference} {column}"
            sql.mapping(con, mapped, "file", "varchar", meaning.parsed, meaning.type)
            joins.append(
                f"left join {sql.name(mapped)} m_{column} on m_{column}.text = {value} "
                f"and m_{column}.file = t.file"
            )
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
    con: sql.Connection, table: str, reference: str, paths: list[Path], source: Source
) -> dict[str, str]:
    """All files of *reference* as one table of texts; returns its columns -> their names."""
    opened = [part for path in paths for part in shapes.parts(path, source)]
    named = [_told_apart(part.header) for part in opened]
    labels = {name.lower(): name for header in reversed(named) for name in header}
    places = {name: number for number, name in enumerate(labels)}

    def rows() -> Iterator[tuple[str, int, list[str]]]:
        for part, header in zip(opened, named, strict=True):
            for line, cells in raw.good(con, table, part.label, part.rows):
                row = [""] * len(labels)
                for name, cell in zip(header, cells, strict=True):
                    row[places[name.lower()]] = raw.known(cell, name, part.label, line)
                yield part.label, line, row
            raw.say_of(con, table, part)

    columns = {f"c{number}": label for number, label in enumerate(labels.values())}
    raw.load_texts(con, _texts(reference), list(columns), rows())
    return columns


def _told_apart(header: list[str]) -> list[str]:
    """The header with a number behind the first of two equal names too: a query must choose."""
    lower = {name.lower() for name in header}
    return [headers.repeated(name, 1) if headers.repeated(name).lower() in lower else name
            for name in header]  # fmt: skip


def _meaning(by_file: dict[str, list[str]], source: Source, zone: str) -> Meaning:
    """The type that all texts of a column share; how they are written may differ by file.

    Numbers keep all their decimals: money is rounded once, at the end of the query.
    """
    texts = [text for texts in by_file.values() for text in texts]
    if not texts or any(map(_is_identifier, texts)):
        return Meaning("VARCHAR")
    if all(map(_INTEGER.fullmatch, texts)):
        return Meaning("BIGINT")
    numbers, times, doubts = [], [], {}
    for file, here in by_file.items():
        mark, doubtful = values.decimal_mark(here)
        mark = source.decimal if doubtful and source.decimal else mark
        doubts.setdefault("DOUBLE", None if source.decimal else doubtful)
        numbers += [(file, text, values.decimal(text, mark)) for text in here]
        order, doubtful = values.date_order(here)
        order = order or source.date_order or "dmy"
        odd = values.half_swapped(here) or (not zone and any(map(values.offset, here)))
        doubts.setdefault("DATE", here[0] if odd else None if source.date_order else doubtful)
        times += [(file, text, values.timestamp(text, order, zone)) for text in here]
    for type_, parsed in (("DOUBLE", numbers), ("DATE", times)):
        if all(value is not None for *_, value in parsed):
            if doubts[type_]:
                return Meaning("VARCHAR", against=doubts[type_])
            if type_ == "DATE" and not all(time.endswith(" 00:00:00") for *_, time in parsed):
                type_ = "TIMESTAMP"
            return Meaning(type_, [(f, t, str(value)) for f, t, value in parsed])
    read = max(numbers, times, key=lambda parsed: sum(value is not None for *_, value in parsed))
    missed = [text for _, text, value in read if value is None]
    return Meaning("VARCHAR", against=missed[0] if len(missed) * 2 < len(read) else "")


def _is_identifier(text: str) -> bool:
    """Digits that are a name, not a number: a leading zero, or more than 15 of them."""
    return text.isdecimal() and not _INTEGER.fullmatch(text)


def _hint(
    con: sql.Connection, reference: str, column: str, label: str, against: str
) -> ClientOpsError:
    """Which value makes a column text, and where it stands first."""
    file, line = con.execute(
        f"select file, line from {sql.name(_texts(reference))} where {column} = ? "
        "order by file, line limit 1",
        [against],
    ).fetchone()
    return ClientOpsError("{label} is text because of {against!r} in {file} line {line}",
                          label=label, against=against, file=file, line=line)  # fmt: skip
