"""One source table: raw text in, checked and typed rows out, and every row accounted for."""

from pathlib import Path
from typing import NamedTuple

import duckdb

from clientops import schema
from clientops.ingest import files, plain_csv, queries, raw, sql, typed
from clientops.settings import FILE, Source

quoted = sql.quoted


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
    con: duckdb.DuckDBPyConnection,
    data: Path,
    table: schema.Table,
    source: Source,
    limits: sql.Limits = sql.NO_LIMITS,
) -> Reconciliation:
    """Read, check and type one source table into the DuckDB table of its name.

    The table has all columns of the schema, in its types; those the source lacks are NULL. What
    could not be read, or lies outside the *limits* of its column, is appended to the table
    `rejects`. Raises ClientOpsError for files that cannot be read, missing required columns (all of
    them, with the columns there are), dates or numbers whose reading cannot be decided.
    """
    raw.make_rejects(con)
    if source.sql:
        columns, there = queries.run(con, data, table, source)
        raw.check_columns(table, columns, there, f"{data / FILE}: [tables.{table.name}] sql")
    else:
        paths = files.of_table(data, table.name, source)
        if plain_csv.load(con, table, source, paths, limits):
            return _plain(con, table)
        columns = raw.read(con, table, source, paths)
    typed.parse(con, table, source, columns, limits)
    con.execute(
        f"create table {table.name} as select {', '.join(c.name for c in table.columns)} "
        "from parsed where row not in (select row from bad_rows)"
    )
    result = _reconcile(con, table)
    con.execute("drop table raw; drop table parsed; drop table bad_rows")
    return result


def create_empty(con: duckdb.DuckDBPyConnection, table: schema.Table) -> None:
    """Make the table of a source that is not there."""
    columns = ", ".join(f"{column.name} {sql.TYPES[column.type]}" for column in table.columns)
    con.execute(f"create table {table.name} ({columns})")


def _plain(con: duckdb.DuckDBPyConnection, table: schema.Table) -> Reconciliation:
    """Nothing rejected: a fault in any row sends the table the thorough way."""
    rows, money = con.execute(f"select count(*), {_sum(table)} from {table.name}").fetchone()
    money = None if money is None else float(money)
    none = None if money is None else 0.0
    return Reconciliation(table.name, rows, rows, 0, money, money, none, 0)


def _reconcile(con: duckdb.DuckDBPyConnection, table: schema.Table) -> Reconciliation:
    """Count what was read, kept and rejected, each on its own, and hold them against each other."""
    count = f"select count(*), {_sum(table)}"
    (read,) = con.execute("select count(*) from raw").fetchone()
    _, money_read = con.execute(f"{count} from parsed").fetchone()
    kept, money_kept = con.execute(f"{count} from {table.name}").fetchone()
    money = schema.MONEY_OF.get(table.name)
    rejected, money_rejected, unreadable = con.execute(
        f"{count}, count(*) - count({money or 1}) from parsed "
        "where row in (select row from bad_rows)"
    ).fetchone()
    if read != kept + rejected or (money and money_read != money_kept + money_rejected):
        raise AssertionError(
            f"{table.name}: read {read} rows, {money_read}; kept {kept} rows, {money_kept}; "
            f"rejected {rejected} rows, {money_rejected}"
        )
    (lines,) = con.execute(  # those that never became rows
        'select count(*) from rejects where "table" = ? and "column" = \'\'', [table.name]
    ).fetchone()
    amounts = [None if m is None else float(m) for m in (money_read, money_kept, money_rejected)]
    unreadable += lines if money else 0
    return Reconciliation(table.name, read + lines, kept, rejected + lines, *amounts, unreadable)


def _sum(table: schema.Table) -> str:
    money = schema.MONEY_OF.get(table.name)
    return f"coalesce(sum({money}), 0)" if money else "null"
