"""From raw texts to typed rows; what cannot be read is noted in `rejects`, never emptied.

Works on the table `raw` (file, line, our columns) and leaves `parsed` (row, all columns of the
schema) and `bad_rows` (row).
"""

import re
from collections.abc import Iterable

import duckdb

from clientops import schema
from clientops.errors import ClientOpsError
from clientops.ingest import sql, values
from clientops.settings import FILE, Source

REASONS = {
    "date": "not a date from 1970 to 2100",
    "month": "not a month from 1970 to 2100",
    "timestamp": "not a time from 1970 to 2100",
    "money": "not an amount of money",
    "number": "not a number",
    "integer": "not a whole number",
    "boolean": "neither yes nor no",
}

# The SQL types that are cast straight into ours; any other is read from its text.
_NUMERIC = re.compile(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|DECIMAL\(.*\)")
_CALENDAR = re.compile(r"DATE|TIMESTAMP.*")


def parse(
    con: duckdb.DuckDBPyConnection,
    table: schema.Table,
    source: Source,
    raw: dict[str, str],
    limits: sql.Limits = sql.NO_LIMITS,
) -> None:
    """Make `parsed` and `bad_rows` from `raw`, whose columns and SQL types are given.

    Raises ClientOpsError where the order of dates or the decimal mark cannot be decided.
    """
    texts = {
        column.name
        for column in table.columns
        if column.name in raw and not _castable(raw[column.name], column.type)
    }
    for column in texts:  # Parquet and queries may hold blanks
        text = sql.cleaned(f"({sql.text(column, raw[column])})")
        con.execute(f"alter table raw alter {column} type varchar using {text}")
    mark = _decimal_mark(con, table, source, texts)
    selects, joins = ["raw.rowid as row"], []
    for column in table.columns:
        value = f"raw.{column.name}"
        if column.name not in raw:
            value = f"cast(null as {sql.TYPES[column.type]})"
        elif column.name not in texts:
            value = _cast(value, column.type)
        elif column.type != "text":
            mapped = f"map_{column.name}"
            _map_values(con, table, source, column, mark, mapped)
            joins.append(f"left join {mapped} on {mapped}.text = {value}")
            value = f"{mapped}.value"
        selects.append(f"{value} as {column.name}")
    con.execute(f"create table parsed as select {', '.join(selects)} from raw {' '.join(joins)}")
    con.execute("create table bad_rows (row bigint)")
    for column in table.columns:
        con.execute(f"drop table if exists map_{column.name}")
        if column.name in raw:
            _reject_values(con, table, column, limits.get(column.name))
    _reject_repeats(con, table)


def _castable(sql_type: str, target: str) -> bool:
    if target in sql.NUMBERS:
        return _NUMERIC.fullmatch(sql_type) is not None
    if target in sql.DATES:
        return _CALENDAR.fullmatch(sql_type) is not None
    return target == sql_type.lower()  # boolean


def _cast(value: str, target: str) -> str:
    """SQL that turns a typed column into the type it shall have; NULL where it cannot."""
    if target == "integer":
        return f"case when {value} = round({value}) then try_cast({value} as bigint) end"
    if target == "month":
        return f"cast(date_trunc('month', try_cast({value} as date)) as date)"
    return f"try_cast({value} as {sql.TYPES[target]})"


def _decimal_mark(
    con: duckdb.DuckDBPyConnection, table: schema.Table, source: Source, texts: Iterable[str]
) -> str:
    """The decimal mark of the table's texts, decided from all its numbers."""
    if source.decimal:
        return source.decimal
    columns = [c.name for c in table.columns if c.type in sql.NUMBERS and c.name in texts]
    numbers = (text for column in columns for text in sql.distinct(con, "raw", column))
    mark, doubtful = values.decimal_mark(numbers)
    if doubtful:
        raise ClientOpsError(
            f"table {table.name}: is {doubtful!r} above a thousand or a decimal? Its other values "
            f'do not tell; say decimal = "," or "." in [tables.{table.name}] of {FILE}'
        )
    return mark


def _map_values(
    con: duckdb.DuckDBPyConnection, table: schema.Table, source: Source,
    column: schema.Column, mark: str, mapped: str,
) -> None:  # fmt: skip
    """The table *mapped*: each different text of a raw column and the value it means."""
    texts = sql.distinct(con, "raw", column.name)
    parse_one = getattr(values, "number" if column.type == "money" else column.type)
    if column.type in sql.DATES:
        order = _date_order(texts, table, source, column)
        parsed = (parse_one(text, order) for text in texts)
    elif column.type in sql.NUMBERS:
        parsed = (parse_one(text, mark) for text in texts)
    else:
        parsed = map(parse_one, texts)
    sql.map_texts(con, mapped, texts, parsed, sql.TYPES[column.type])


def _date_order(
    texts: list[str], table: schema.Table, source: Source, column: schema.Column
) -> str:
    if source.date_order:
        return source.date_order
    order, doubtful = values.date_order(texts)
    if order is None:
        raise ClientOpsError(
            f"table {table.name}: column {column.name} holds dates such as {doubtful!r}, and its "
            "other values do not tell day from month; say date_order = "
            f'"dmy" or "mdy" in [tables.{table.name}] of {FILE}'
        )
    return order


def _reject_values(
    con: duckdb.DuckDBPyConnection,
    table: schema.Table,
    column: schema.Column,
    limits: tuple[int, int] | None,
) -> None:
    """Note the rows whose value in *column* cannot be read, is outside its limits, or is empty and
    must not be."""
    text = f"cast(raw.{column.name} as varchar)"
    bad = f"parsed.{column.name} is null and ({text} is not null or {column.required})"
    if column.type in sql.DATES:
        bad = f"({bad}) or {sql.outside(f'parsed.{column.name}')}"
    reason = sql.quoted(REASONS.get(column.type, ""))
    if limits:
        odd = f"parsed.{column.name} not between {limits[0]} and {limits[1]}"
        bad = f"({bad}) or {odd}"
        beyond = sql.quoted(f"not from {limits[0]} to {limits[1]}")
        reason = f"case when {odd} then {beyond} else {reason} end"
    rows = f"from parsed join raw on raw.rowid = parsed.row where {bad}"
    con.execute(
        f"insert into rejects select {sql.quoted(table.name)}, raw.file, raw.line, "
        f"{sql.quoted(column.name)}, coalesce({text}, ''), "
        f"case when {text} is null then 'empty' else {reason} end {rows} order by parsed.row"
    )
    con.execute(f"insert into bad_rows select parsed.row {rows}")


def _reject_repeats(con: duckdb.DuckDBPyConnection, table: schema.Table) -> None:
    """Note rows that repeat the key of an earlier row that can be read."""
    if not table.key:
        return
    con.execute(
        "create table repeats as select row from (select row, row_number() over "
        f"(partition by {', '.join(table.key)} order by row) as number from parsed "
        "where row not in (select row from bad_rows)) where number > 1"
    )
    key = " || ', ' || ".join(f"cast(parsed.{column} as varchar)" for column in table.key)
    con.execute(
        f"insert into rejects select {sql.quoted(table.name)}, raw.file, raw.line, "
        f"{sql.quoted(', '.join(table.key))}, {key}, 'repeats the key of an earlier row' "
        "from repeats join parsed using (row) join raw on raw.rowid = row order by row"
    )
    con.execute("insert into bad_rows select row from repeats; drop table repeats")
