"""One source table: raw text in, checked and typed rows out, and every row accounted for."""

import decimal
import functools
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

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

Run = Callable[[str], object]  # runs a query where a table lies; the result has fetchone()


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
    con: sql.Connection,
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
    exports, filled = files_of(lambda: con, data, table, source, engine is not None)
    parts = []
    if exports or source.sql or engine is not None:
        parts.append(_load(con, data, table, source, rules, exports, engine=engine))
    if filled:
        if parts:
            con.execute(f"alter table {table.name} rename to exported")
        own = Source(sheet=table.name, decimal=source.decimal, date_order=source.date_order)
        parts.append(_load(con, data, table, own, rules, filled, is_form=True))
        if parts[1:]:
            con.execute(f"insert into {table.name} from exported; drop table exported")
    return parts[0] if len(parts) == 1 else _both(*parts)


def files_of(
    connect: Callable[[], sql.Connection], data: Path, table: schema.Table,
    source: Source, is_in_engine: bool,
) -> tuple[list[Path], list[Path]]:  # fmt: skip
    """The files that a table or its query is read from, and its forms. *connect* gives an engine of
    here, where a query is read."""
    filled = forms.of_table(data, table, source)
    if is_in_engine:
        return [], filled
    if not source.sql:
        return files.of_table(data, table.name, source, filled), filled
    asked = queries.source_files(connect(), data, table.name, source)
    return asked, [path for path in filled if path not in asked]


def _both(one: Reconciliation, other: Reconciliation) -> Reconciliation:
    """The rows and the money of both together."""
    sums = (None if a is None else a + b for a, b in zip(one[1:], other[1:], strict=True))
    return Reconciliation(one.table, *sums)


def _load(
    con: sql.Connection, data: Path, table: schema.Table, source: Source,
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
    if not table.key:
        con.execute(f"create or replace temp view standing as select raw.file, {ours} from parsed "
                    f"join raw on raw.rowid = parsed.row where {typed.GOOD}")  # fmt: skip
        repeats.notice(con, table, "standing")
        con.execute("drop view standing")
    raw.notice_rows(
        con, table, "row is hidden or filtered out in the workbook: read all the same",
        f"select count(*), {raw.money(table, 'parsed.')}, min(file || ' row ' || line) "
        "from hidden_lines join raw using (file, line) join parsed on parsed.row = raw.rowid "
        f"where {typed.GOOD}",
    )  # fmt: skip
    con.execute(f"create table {table.name} as select {names} from parsed where {typed.GOOD}")
    result = _reconcile(con, table)
    con.execute("drop table raw; drop table parsed; drop table bad_rows")
    return result


def create_empty(con: sql.Connection, table: schema.Table) -> None:
    """Make the table of a source that is not there."""
    columns = ", ".join(f"{column.name} {sql.TYPES[column.type]}" for column in table.columns)
    con.execute(f"create table {table.name} ({columns})")


def _plain(con: sql.Connection, table: schema.Table) -> Reconciliation:
    """Nothing rejected: a fault in any row sends the table the thorough way."""
    rows, money = counted(con.execute, table, table.name)
    if table.name not in schema.MONEY_OF:
        return Reconciliation(table.name, rows, rows, 0, None, None, None, 0)
    return Reconciliation(table.name, rows, rows, 0, float(money), float(money), 0.0, 0)


class Unread(NamedTuple):
    """Rejected rows that were not understood, and about how much money stands in them.

    What was left out for what it says (a total, a second download) is not among them; *early* is
    the money of rows after the day of the build.
    """

    rows: int
    money: float
    early: float


def unread(con: sql.Connection, table: str) -> Unread:
    """What of a table was not understood. Unreadable money is about what its text says."""
    rows, money, early, texts = con.execute(
        "select sum(rows), sum(money), sum(early), flatten(list(texts)) from unread "
        'where "table" = ?', [table]
    ).fetchone()  # fmt: skip
    rough = sum(float(values.roughly(text)) for text in texts or [])
    return Unread(rows or 0, abs(float(money or 0)) + rough, abs(float(early or 0)))


def _reconcile(con: sql.Connection, table: schema.Table) -> Reconciliation:
    """Count what was read, kept and rejected, each on its own, and hold them against each other."""
    count = functools.partial(counted, con.execute, table)
    money, bad = schema.MONEY_OF.get(table.name), "parsed where row in (select row from bad_rows)"
    (read,) = con.execute("select count(*) from raw").fetchone()
    money_read, (kept, money_kept) = count("parsed")[1], count(table.name)
    if table.key:  # in the row of another
        kept += con.execute("select count(*) from joined_rows").fetchone()[0]
    rejected, money_rejected = count(bad)
    if read != kept + rejected or money_read != money_kept + money_rejected:
        raise AssertionError(
            f"{table.name}: read {read} rows, {money_read}; kept {kept} rows, {money_kept}; "
            f"rejected {rejected} rows, {money_rejected}"
        )
    (lines,) = con.execute(  # those that never became rows
        'select count(*) from rejects where "table" = ? and "column" = \'\'', [table.name]
    ).fetchone()
    hard, lost = count("parsed where row in (select row from bad_rows where why = 'fault')")
    _, early = count("parsed where row in (select row from bad_rows where why = 'late')")
    texts, amounts, unreadable = [], [None] * 3, 0
    if money:
        texts = con.execute(
            """select value from rejects where "table" = ? and "column" in ('', ?)""",
            [table.name, money],
        ).fetchall()
        amounts = map(float, (money_read, money_kept, money_rejected))
        unreadable = lines + count(f"{bad} and {money} is null")[0]
    con.execute("insert into unread values (?, ?, ?, ?, ?)",
                [table.name, hard + lines, lost, early, [text for (text,) in texts]])  # fmt: skip
    return Reconciliation(table.name, read + lines, kept, rejected + lines, *amounts, unreadable)


def counted(run: Run, table: schema.Table, relation: str) -> tuple[int, decimal.Decimal]:
    """The rows of *relation*, which lies where *run* runs a query, and the table's money in them;
    none where the table has none."""
    money = schema.MONEY_OF.get(table.name, "0")
    return run(f"select count(*), coalesce(sum({money}), 0) from {relation}").fetchone()
