"""One source table: raw text in, checked and typed rows out, and every row accounted for.

`load` leaves a DuckDB table named after the source table, with all its columns in the types of the
schema, and appends what it could not read to the table `rejects`. A spotless CSV is read by DuckDB
alone, straight into its types; everything else takes the thorough way, which reads the same values
from the same texts and knows the line of each.
"""

import csv
import tempfile
from pathlib import Path
from typing import NamedTuple

import duckdb
import pandas as pd

from clientops import schema
from clientops.errors import ClientOpsError
from clientops.ingest import files, queries, values
from clientops.settings import FILE, Source

SQL_TYPES = {
    "text": "VARCHAR",
    "date": "DATE",
    "month": "DATE",
    "timestamp": "TIMESTAMP",
    "money": "DECIMAL(18,4)",
    "number": "DECIMAL(18,4)",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
}
REASONS = {
    "date": "not a date from 1970 to 2100",
    "month": "not a month from 1970 to 2100",
    "timestamp": "not a time from 1970 to 2100",
    "money": "not an amount of money",
    "number": "not a number",
    "integer": "not a whole number",
    "boolean": "neither yes nor no",
}
NUMBERS = ("money", "number", "integer")
DATES = ("date", "month", "timestamp")
REJECTS = (
    'create table if not exists rejects ("table" varchar, file varchar, line bigint, '
    '"column" varchar, value varchar, reason varchar)'
)


class Reconciliation(NamedTuple):
    """Rows and money of one table: read = kept + rejected. Money is None where there is none."""

    table: str
    rows_read: int
    rows_kept: int
    rows_rejected: int
    money_read: float | None
    money_kept: float | None
    money_rejected: float | None
    money_unreadable: int  # rejected rows whose money could not be read


def load(
    con: duckdb.DuckDBPyConnection, data: Path, table: schema.Table, source: Source
) -> Reconciliation:
    """Read, check and type one source table into the DuckDB table of its name.

    Raises ClientOpsError for files that cannot be read, missing required columns (all of them, with
    the columns there are), dates or numbers whose reading cannot be decided.
    """
    con.execute(REJECTS)
    if source.sql:
        raw = queries.run(con, data, table.name, source)
    else:
        paths = source_files(data, table.name, source)
        if _load_spotless(con, table, source, paths):
            return _reconcile(con, table, rejected_lines=0)
        raw = _raw(con, table, source, paths)
    _check_columns(table, set(raw), f"[tables.{table.name}] sql")
    typed = _typed_columns(con, table, source, raw)
    _reject_repeats(con, table)
    con.execute(
        f"create table {table.name} as select {', '.join(typed)} from parsed "
        "where not exists (select 1 from bad_rows b where b.row = parsed.row)"
    )
    lines = con.execute(
        'select count(*) from rejects where "table" = ? and "column" = \'\'', [table.name]
    ).fetchone()[0]
    result = _reconcile(con, table, rejected_lines=lines)
    con.execute("drop table raw; drop table parsed; drop table bad_rows")
    return result


def source_files(data: Path, name: str, source: Source) -> list[Path]:
    """The files of a table: those of its `file` pattern, else the one named after the table."""
    if source.file:
        return files.find(data, source.file)
    paths = [data / f"{name}{suffix}" for suffix in files.SUFFIXES]
    present = [path for path in paths if path.is_file()]
    if len(present) > 1:
        raise ClientOpsError(
            f"{data}: both {present[0].name} and {present[1].name} are there; "
            f'name one: [tables.{name}] file = "…" in {FILE}'
        )
    return present or files.find(data, f"{name}.csv")


def _mapping(table: schema.Table, source: Source, header: list[str], path: Path) -> dict[str, str]:
    """Our column -> the file's; a renamed column wins over one that has our name already."""
    present = {name.lower(): name for name in header}
    mapping = {column.name: present.get(column.name.lower()) for column in table.columns}
    for ours, theirs in source.columns.items():
        if theirs.lower() not in present:
            raise ClientOpsError(
                f"{path}: no column {theirs!r} (for {ours}); there are: {', '.join(header)}"
            )
        mapping[ours] = present[theirs.lower()]
    mapping = {ours: theirs for ours, theirs in mapping.items() if theirs}
    _check_columns(table, set(mapping), str(path), header)
    return mapping


def _check_columns(
    table: schema.Table, found: set[str], where: str, header: list[str] | None = None
) -> None:
    missing = [name for name in table.required if name not in found]
    if missing:
        there = ", ".join(header or sorted(found)) or "none"
        raise ClientOpsError(
            f"{where}: table {table.name} lacks the required column"
            f"{'s' * (len(missing) > 1)} {', '.join(missing)}; there are: {there}"
        )


def _load_spotless(
    con: duckdb.DuckDBPyConnection, table: schema.Table, source: Source, paths: list[Path]
) -> bool:
    """Read UTF-8 CSV whose every value is in plain form; False, and no table, where one is not."""
    selects = []
    for path in paths:
        if path.suffix.lower() not in (".csv", ".tsv"):
            return False
        file = files.open_text(path)
        if file.encoding != "utf-8-sig" or file.delimiter == ";":
            return False  # semicolons come with decimal commas
        mapping = _mapping(table, source, file.header, path)
        types = {column.name: SQL_TYPES[column.type] for column in table.columns}
        of_file = {theirs: types[ours] for ours, theirs in mapping.items()}
        columns = {name: of_file.get(name, "VARCHAR") for name in file.header}
        selects.append(
            f"select {', '.join(_spotless_columns(table, mapping))} from read_csv({quoted(path)}, "
            f"delim={quoted(file.delimiter)}, quote='\"', escape='\"', header=true, nullstr='', "
            f"auto_detect=false, dateformat='%Y-%m-%d', columns={columns!r})"
        )
    try:
        con.execute(f"create table {table.name} as {' union all '.join(selects)}")
    except (duckdb.ConversionException, duckdb.InvalidInputException):
        return False
    faults = [f"{name} is null" for name in table.required]
    for column in table.columns:
        if column.type in DATES:
            low, high = values.EARLIEST, f"{values.LATEST} 23:59:59.999999"
            faults.append(f"{column.name} not between '{low}' and '{high}'")
    repeats = f" or count(*) > count(distinct ({', '.join(table.key)}))" if table.key else ""
    query = f"select bool_or({' or '.join(faults)}){repeats} from {table.name}"
    if con.execute(query).fetchone()[0]:
        con.execute(f"drop table {table.name}")
        return False
    return True


def _spotless_columns(table: schema.Table, mapping: dict[str, str]) -> list[str]:
    result = []
    for column in table.columns:
        theirs = mapping.get(column.name)
        value = name(theirs) if theirs else f"cast(null as {SQL_TYPES[column.type]})"
        if column.type == "text" and theirs:
            value = f"nullif(trim({value}, {quoted(values.BLANKS)}), '')"
        if column.type == "month" and theirs:
            value = f"cast(date_trunc('month', {value}) as date)"
        result.append(f"{value} as {column.name}")
    return result


def _raw(
    con: duckdb.DuckDBPyConnection, table: schema.Table, source: Source, paths: list[Path]
) -> dict[str, str]:
    """The mapped columns of all files as the table `raw`; returns our column -> its SQL type."""
    if all(path.suffix.lower() == ".parquet" for path in paths):
        return _raw_parquet(con, table, source, paths)
    columns = [column.name for column in table.columns]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "raw.csv"
        found: set[str] = set()
        with copy.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["file", "line", *columns])
            for path in paths:
                if path.suffix.lower() == ".parquet":
                    raise ClientOpsError(f"{path}: Parquet and text cannot be one table")
                header, rows = files.rows(path, source.sheet)
                mapping = _mapping(table, source, header, path)
                found |= set(mapping)
                places = [header.index(mapping[c]) if c in mapping else None for c in columns]
                for row in rows:
                    if isinstance(row, files.BadLine):
                        reject_line(con, table.name, path, row)
                        continue
                    line, cells = row
                    picked = ("" if p is None else values.clean(cells[p]) for p in places)
                    writer.writerow([path.name, line, *picked])
        read_copy(con, "raw", copy, columns)
    return {column: "VARCHAR" for column in columns if column in found}


def _raw_parquet(
    con: duckdb.DuckDBPyConnection, table: schema.Table, source: Source, paths: list[Path]
) -> dict[str, str]:
    selects = []
    for path in paths:
        described = describe_parquet(con, path)
        mapping = _mapping(table, source, list(described), path)
        picked = ", ".join(f"{name(theirs)} as {ours}" for ours, theirs in mapping.items())
        selects.append(
            f"select {quoted(path.name)} as file, file_row_number + 1 as line, {picked} "
            f"from read_parquet({quoted(path)}, file_row_number = true)"
        )
    con.execute(f"create table raw as {' union all by name '.join(selects)}")
    described = con.execute("describe raw").fetchall()
    return {row[0]: row[1] for row in described if row[0] not in ("file", "line")}


def describe_parquet(con: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    """Column -> SQL type of a Parquet file."""
    try:
        rows = con.execute(f"describe select * from read_parquet({quoted(path)})").fetchall()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise ClientOpsError(f"{path}: not readable as Parquet: {reason}") from error
    return {row[0]: row[1] for row in rows}


def read_copy(con: duckdb.DuckDBPyConnection, table: str, copy: Path, columns: list[str]) -> None:
    """Load our own normalised copy of an export: file, line and texts, empty ones as NULL."""
    types = {"file": "VARCHAR", "line": "BIGINT"} | dict.fromkeys(columns, "VARCHAR")
    con.execute(
        f"create table {name(table)} as select * from read_csv({quoted(copy)}, delim=',', "
        "quote='\"', escape='\"', header=true, nullstr='', auto_detect=false, "
        f"max_line_size=16777216, columns={types!r})"
    )


def reject_line(con: duckdb.DuckDBPyConnection, table: str, path: Path, bad: files.BadLine) -> None:
    """Note a line that does not have the header's columns."""
    con.execute(
        "insert into rejects values (?, ?, ?, '', ?, ?)",
        [table, path.name, bad.line, bad.text, bad.reason],
    )


def _typed_columns(
    con: duckdb.DuckDBPyConnection, table: schema.Table, source: Source, raw: dict[str, str]
) -> list[str]:
    """Make `parsed` (row, typed columns) and `bad_rows`; returns the columns of the table."""
    con.execute("create table bad_rows (row bigint)")
    mark = _decimal_mark(con, table, source, raw)
    selects, joins, typed = ["raw.rowid as row"], [], []
    for column in table.columns:
        typed.append(column.name)
        sql_type, type_ = SQL_TYPES[column.type], raw.get(column.name)
        value = f"raw.{column.name}"
        if type_ is None:
            value = f"cast(null as {sql_type})"
        elif type_ != "VARCHAR":
            value = _from_typed(value, type_, column.type)
        elif column.type != "text":
            mapped = f"map_{column.name}"
            _map_values(con, table, source, column, mark, mapped)
            joins.append(f"left join {mapped} on {mapped}.text = {value}")
            value = f"{mapped}.value"
        else:
            value = f"nullif(trim({value}, {quoted(values.BLANKS)}), '')"
        selects.append(f"{value} as {column.name}")
    con.execute(f"create table parsed as select {', '.join(selects)} from raw {' '.join(joins)}")
    for column in table.columns:
        con.execute(f"drop table if exists map_{column.name}")
        if column.name in raw:
            _reject_values(con, table, column)
    return typed


def _from_typed(value: str, type_: str, target: str) -> str:
    """SQL that turns a column which already has a type into the type it shall have."""
    if target == "text" and type_ in ("DOUBLE", "FLOAT"):  # 5.0 is the identifier 5
        return f"case when {value} = round({value}) then cast(cast({value} as hugeint) as varchar) else cast({value} as varchar) end"  # noqa: E501
    if target == "month":
        return f"cast(date_trunc('month', try_cast({value} as date)) as date)"
    return f"try_cast({value} as {SQL_TYPES[target]})"


def _decimal_mark(
    con: duckdb.DuckDBPyConnection, table: schema.Table, source: Source, raw: dict[str, str]
) -> str:
    """The decimal mark of the table's texts, decided from all its numbers."""
    if source.decimal:
        return source.decimal
    columns = [c.name for c in table.columns if c.type in NUMBERS and raw.get(c.name) == "VARCHAR"]
    texts = (text for column in columns for text in distinct(con, "raw", column))
    mark, doubtful = values.decimal_mark(texts)
    if doubtful:
        raise ClientOpsError(
            f"table {table.name}: is {doubtful!r} a thousand or a decimal? No value of the table "
            f'tells; say decimal = "," or "." in [tables.{table.name}] of {FILE}'
        )
    return mark


def distinct(con: duckdb.DuckDBPyConnection, table: str, column: str) -> list[str]:
    """The different texts of a column, in no order."""
    query = f"select distinct {name(column)} from {name(table)} where {name(column)} is not null"
    return [row[0] for row in con.execute(query).fetchall()]


def order_of_dates(texts: list[str], source: Source, table: str, column: str, where: str) -> str:
    """The order of day and month of a column; an error where no value tells and none is given."""
    order, doubtful = (source.date_order, None) if source.date_order else values.date_order(texts)
    if order is None:
        raise ClientOpsError(
            f"{where}: column {column} holds dates such as {doubtful!r} and no day above 12, so "
            "day and month cannot be told apart; say date_order = "
            f'"dmy" or "mdy" in [tables.{table}] of {FILE}'
        )
    return order


def _map_values(
    con: duckdb.DuckDBPyConnection, table: schema.Table, source: Source,
    column: schema.Column, mark: str, mapped: str,
) -> None:  # fmt: skip
    """The table *mapped*: each different text of a raw column and the value it means."""
    texts = distinct(con, "raw", column.name)
    parse = getattr(values, "number" if column.type == "money" else column.type)
    if column.type in DATES:
        order = order_of_dates(texts, source, table.name, column.name, f"table {table.name}")
        parsed = [parse(text, order) for text in texts]
    elif column.type in NUMBERS:
        parsed = [parse(text, mark) for text in texts]
    else:
        parsed = [parse(text) for text in texts]
    con.register("mapping", pd.DataFrame({"text": texts, "value": parsed}, dtype=object))
    con.execute(
        f"create table {mapped} as select cast(text as varchar) as text, "
        f"cast(cast(value as varchar) as {SQL_TYPES[column.type]}) as value from mapping"
    )


def _reject_values(
    con: duckdb.DuckDBPyConnection, table: schema.Table, column: schema.Column
) -> None:
    """Note the rows whose value in *column* cannot be read, or is empty and must not be."""
    raw = f"nullif(trim(cast(raw.{column.name} as varchar), {quoted(values.BLANKS)}), '')"
    bad = f"parsed.{column.name} is null and ({raw} is not null or {column.required})"
    reason = f"case when {raw} is null then 'empty' else {quoted(REASONS.get(column.type, ''))} end"
    if column.type in DATES:
        low, high = values.EARLIEST, f"{values.LATEST} 23:59:59.999999"
        bad = f"({bad}) or parsed.{column.name} not between '{low}' and '{high}'"
    con.execute(
        f"insert into rejects select {quoted(table.name)}, raw.file, raw.line, "
        f"{quoted(column.name)}, coalesce({raw}, ''), {reason} from parsed "
        f"join raw on raw.rowid = parsed.row where {bad} order by parsed.row"
    )
    con.execute(
        f"insert into bad_rows select parsed.row from parsed "
        f"join raw on raw.rowid = parsed.row where {bad}"
    )


def _reject_repeats(con: duckdb.DuckDBPyConnection, table: schema.Table) -> None:
    """Note rows that repeat the key of an earlier row that can be read."""
    if not table.key:
        return
    con.execute(
        "create table repeats as select row from (select row, row_number() over "
        f"(partition by {', '.join(table.key)} order by row) as number from parsed "
        "where not exists (select 1 from bad_rows b where b.row = parsed.row)) where number > 1"
    )
    key = " || ', ' || ".join(f"cast(parsed.{column} as varchar)" for column in table.key)
    con.execute(
        f"insert into rejects select {quoted(table.name)}, raw.file, raw.line, "
        f"{quoted(', '.join(table.key))}, {key}, 'repeats the key of an earlier row' from repeats "
        "join parsed using (row) join raw on raw.rowid = row order by row"
    )
    con.execute("insert into bad_rows select row from repeats; drop table repeats")


def _reconcile(
    con: duckdb.DuckDBPyConnection, table: schema.Table, rejected_lines: int
) -> Reconciliation:
    """Count what was read, kept and rejected, each on its own, and hold them against each other."""
    kept = con.execute(f"select count(*) from {table.name}").fetchone()[0]
    money = schema.MONEY_OF.get(table.name)
    sums = f"coalesce(sum({money}), 0)" if money else "null"
    money_kept = con.execute(f"select {sums} from {table.name}").fetchone()[0]
    read, rejected, money_read, money_rejected, unreadable = kept, 0, money_kept, None, 0
    if money:
        money_rejected = money_kept * 0
    if con.execute("select count(*) from duckdb_tables() where table_name = 'parsed'").fetchone()[
        0
    ]:
        bad = "where row in (select row from bad_rows)"
        read, money_read = con.execute(f"select count(*), {sums} from parsed").fetchone()
        rejected, money_rejected, unreadable = con.execute(
            f"select count(*), {sums}, count(*) - count({money or 1}) from parsed {bad}"
        ).fetchone()
    if read != kept + rejected or (money and money_read != money_kept + money_rejected):
        raise AssertionError(
            f"{table.name}: read {read} rows, {money_read}; kept {kept} rows, {money_kept}; "
            f"rejected {rejected} rows, {money_rejected}"
        )
    amounts = [None if m is None else float(m) for m in (money_read, money_kept, money_rejected)]
    return Reconciliation(
        table.name, read + rejected_lines, kept, rejected + rejected_lines, *amounts,
        unreadable + (rejected_lines if money else 0),
    )  # fmt: skip


def name(text: str) -> str:
    """An SQL name, quoted."""
    return '"' + text.replace('"', '""') + '"'


def quoted(text: object) -> str:
    """An SQL text, quoted."""
    return "'" + str(text).replace("'", "''") + "'"
