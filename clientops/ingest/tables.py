"""One source table: raw text in, checked and typed rows out, and every row accounted for."""

from pathlib import Path
from typing import NamedTuple

import duckdb

from clientops import schema
from clientops.ingest import (
    files,
    forms,
    plain_csv,
    queries,
    raw,
    remote,
    repeats,
    sql,
    typed,
    values,
)
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
    rules: typed.Rules = typed.NO_RULES,
    engine: object | None = None,
) -> Reconciliation:
    """Read, check and type one source table into the DuckDB table of its name, its forms too.

    *engine*: where the table lies, if not in files.

    The table has all columns of the schema, in its types; those the source lacks are NULL. What
    could not be read, or lies outside the limits of the *rules*, is appended to the table
    `rejects`; what is worth knowing to `noticed`. Raises ClientOpsError for files that cannot be
    read, missing required columns (all of them, with the columns there are), dates or numbers whose
    reading cannot be decided.
    """
    raw.make_rejects(con)
    filled = forms.of_table(data, table, source)
    if source.sql and engine is None:
        asked = queries.source_files(con, data, table.name, source)
        filled = [path for path in filled if path not in asked]
    elsewhere = source.sql or engine is not None
    exports = [] if elsewhere else files.of_table(data, table.name, source, filled)
    parts = []
    if exports or elsewhere:
        parts.append(_load(con, data, table, source, rules, exports, engine=engine))
    if filled:
        if parts:
            con.execute(f"alter table {table.name} rename to exported")
        own = Source(sheet=table.name, decimal=source.decimal, date_order=source.date_order)
        parts.append(_load(con, data, table, own, rules, filled, is_form=True))
        if parts[1:]:
            con.execute(f"insert into {table.name} from exported; drop table exported")
    return parts[0] if len(parts) == 1 else _both(*parts)


def _both(one: Reconciliation, other: Reconciliation) -> Reconciliation:
    """The rows and the money of both together."""
    sums = (None if a is None else a + b for a, b in zip(one[1:], other[1:], strict=True))
    return Reconciliation(one.table, *sums)


def _load(
    con: duckdb.DuckDBPyConnection, data: Path, table: schema.Table, source: Source,
    rules: typed.Rules, paths: list[Path], *, is_form: bool = False, engine: object | None = None,
) -> Reconciliation:  # fmt: skip
    """The table of what an engine, a query or some files hold."""
    con.execute("create or replace table hidden_lines (file varchar, line bigint)")
    if engine is not None:
        columns = remote.bring(con, engine, f"{data / FILE}: [tables.{table.name}]", table, source)
    elif source.sql:
        columns, there = queries.run(con, data, table, source, rules.zone)
        raw.check_columns(table, columns, there, f"{data / FILE}: [tables.{table.name}] sql")
    else:
        if plain_csv.load(con, table, source, paths, rules):
            return _plain(con, table)
        columns = raw.read(con, table, source, paths)
        if is_form:
            forms.leave_out_blanks(con, table)
    typed.parse(con, table, source, columns, rules)
    repeats.settle(con, table, source)
    names = ", ".join(c.name for c in table.columns)
    ours = ", ".join(f"parsed.{c.name}" for c in table.columns)
    good = "row not in (select row from bad_rows)"
    if not table.key:
        con.execute(f"create or replace temp view standing as select raw.file, {ours} "
                    f"from parsed join raw on raw.rowid = parsed.row where {good}")  # fmt: skip
        repeats.notice(con, table, "standing")
        con.execute("drop view standing")
    _notice_hidden(con, table, good)
    con.execute(f"create table {table.name} as select {names} from parsed where {good}")
    result = _reconcile(con, table)
    con.execute("drop table raw; drop table parsed; drop table bad_rows")
    return result


def create_empty(con: duckdb.DuckDBPyConnection, table: schema.Table) -> None:
    """Make the table of a source that is not there."""
    columns = ", ".join(f"{column.name} {sql.TYPES[column.type]}" for column in table.columns)
    con.execute(f"create table {table.name} ({columns})")


def _plain(con: duckdb.DuckDBPyConnection, table: schema.Table) -> Reconciliation:
    """Nothing rejected: a fault in any row sends the table the thorough way."""
    note_unread(con, table.name, 0, 0, 0, [])
    rows, money = con.execute(f"select count(*), {_sum(table)} from {table.name}").fetchone()
    money = None if money is None else float(money)
    none = None if money is None else 0.0
    return Reconciliation(table.name, rows, rows, 0, money, money, none, 0)


def _notice_hidden(con: duckdb.DuckDBPyConnection, table: schema.Table, good: str) -> None:
    """Note rows that a workbook hides or filters out, with their money: they are read as well."""
    money = schema.MONEY_OF.get(table.name)
    rows, amount, shown = con.execute(
        f"select count(*), {f'cast(sum(parsed.{money}) as double)' if money else 'null'}, "
        "min(file || ' row ' || line) from hidden_lines join raw using (file, line) "
        f"join parsed on parsed.row = raw.rowid where {good}"
    ).fetchone()
    if rows:
        check = "row is hidden or filtered out in the workbook: read all the same"
        raw.notice(con, table.name, check, rows, shown, amount)


class Unread(NamedTuple):
    """Rejected rows that were not understood, and about how much money stands in them.

    What was left out for what it says (a total, a second download) is not among them; *early* is
    the money of rows after the day of the build.
    """

    rows: int
    money: float
    early: float


def unread(con: duckdb.DuckDBPyConnection, table: str) -> Unread:
    """What of a table was not understood. Unreadable money is about what its text says."""
    rows, money, early, texts = con.execute(
        "select sum(rows), sum(money), sum(early), flatten(list(texts)) from unread "
        'where "table" = ?', [table]
    ).fetchone()  # fmt: skip
    rough = sum(float(values.roughly(text)) for text in texts)
    return Unread(rows, abs(float(money)) + rough, abs(float(early)))


def _reconcile(con: duckdb.DuckDBPyConnection, table: schema.Table) -> Reconciliation:
    """Count what was read, kept and rejected, each on its own, and hold them against each other."""
    count = f"select count(*), {_sum(table)}"
    (read,) = con.execute("select count(*) from raw").fetchone()
    joined = 0
    if table.key:
        (joined,) = con.execute("select count(*) from joined_rows").fetchone()
    _, money_read = con.execute(f"{count} from parsed").fetchone()
    kept, money_kept = con.execute(f"{count} from {table.name}").fetchone()
    kept += joined  # in the row of another
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
    odd = "row in (select row from bad_rows where not understood)"
    hard, lost = con.execute(f"{count} from parsed where {odd}").fetchone()
    texts = con.execute(
        """select value from rejects where "table" = ? and "column" in ('', ?)""",
        [table.name, money],
    ).fetchall() if money else []  # fmt: skip
    _, early = con.execute(
        f"{count} from parsed where row in (select row from late_rows)"
    ).fetchone()
    note_unread(con, table.name, hard + lines, lost or 0, early or 0, [t for (t,) in texts])
    unreadable += lines if money else 0
    return Reconciliation(table.name, read + lines, kept, rejected + lines, *amounts, unreadable)


def note_unread(
    con: duckdb.DuckDBPyConnection, table: str, rows: int, money: object, early: object,
    texts: list[str],
) -> None:  # fmt: skip
    """Note how much of a table was not understood, for `unread`."""
    con.execute('create table if not exists unread ("table" varchar, rows bigint, '
                "money decimal(18,4), early decimal(18,4), texts varchar[])")  # fmt: skip
    con.execute("insert into unread values (?, ?, ?, ?, ?)", [table, rows, money, early, texts])


def _sum(table: schema.Table) -> str:
    money = schema.MONEY_OF.get(table.name)
    return f"coalesce(sum({money}), 0)" if money else "null"
