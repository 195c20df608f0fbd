"""Raw exports in, checked tables out: `ingest` is the whole room's door."""

import datetime
from collections.abc import Callable
from pathlib import Path

import duckdb

from clientops import periods, schema
from clientops.errors import ClientOpsError
from clientops.ingest import files, quality, queries, tables
from clientops.ingest.sql import quoted
from clientops.ingest.tables import Reconciliation
from clientops.settings import Settings, Source, limits

Progress = Callable[[str], None]  # told what is done next

__all__ = ["Reconciliation", "data_until", "first_month", "ingest", "present_tables",
           "quoted", "source_files"]  # fmt: skip


def present_tables(data: Path, settings: Settings) -> list[str]:
    """The source tables there are: those named in the settings or lying under their own names.

    Raises ClientOpsError where the folder or the shipments are missing.
    """
    if not data.is_dir():
        raise ClientOpsError(f"{data}: no such folder; --data names the folder with your exports")
    names = [
        name
        for name in schema.TABLES
        if (name in settings.tables and (settings.tables[name].sql or settings.tables[name].file))
        or any((data / f"{name}{suffix}").is_file() for suffix in files.SUFFIXES)
    ]
    for name in settings.tables:
        if name not in names:
            files.of_table(data, name, settings.tables[name])  # says what is missing
    if "shipments" not in names:
        there = ", ".join(files.exports(data)) or "no exports"
        raise ClientOpsError(
            f"{data}: no shipments: put a shipments.csv (.tsv, .xlsx, .parquet) there or say in "
            f"clientops.toml where they are; there are: {there}"
        )
    return names


def source_files(con: duckdb.DuckDBPyConnection, data: Path, settings: Settings) -> list[Path]:
    """Every file the tables are read from, sorted."""
    found: set[Path] = set()
    for name in present_tables(data, settings):
        source = settings.tables.get(name, Source())
        if source.sql:
            found.update(queries.source_files(con, data, name, source))
        else:
            found.update(files.of_table(data, name, source))
    return sorted(found)


def ingest(
    con: duckdb.DuckDBPyConnection,
    data: Path,
    settings: Settings,
    progress: Progress,
    strict: bool = True,
) -> list[Reconciliation]:
    """Load every source table into *con*, under its own name; tables not there are empty.

    Also leaves the tables `rejects` and `data_quality`. With *strict*, more rejects than
    `max_reject_share` raise ClientOpsError naming the first of them.
    """
    present = present_tables(data, settings)
    con.execute("set TimeZone = 'UTC'")  # a moment in Parquet is that of UTC on every machine
    results, within = [], limits(settings.settings)
    for name, table in schema.TABLES.items():
        if name in present:
            progress(f"reading {name}")
            source = settings.tables.get(name, Source())
            result = tables.load(con, data, table, source, within.get(name, {}))
            if strict:
                _check_rejects(con, result, settings.settings.ingest.max_reject_share)
            results.append(result)
        else:
            tables.create_empty(con, table)
    if not con.execute("select count(*) from shipments").fetchone()[0]:
        raise ClientOpsError(f"{data}: the shipments have no rows")
    progress("checking")
    rules = settings.settings
    quality.check(con, present, rules.activity, rules.profitability.returns_cost)
    return results


def _check_rejects(
    con: duckdb.DuckDBPyConnection, result: Reconciliation, max_share: float
) -> None:
    if result.rows_rejected <= max_share * result.rows_read:
        return
    file, line, column, value, reason = con.execute(
        'select file, line, "column", value, reason from rejects where "table" = ? '
        "order by file, line, rowid limit 1",
        [result.table],
    ).fetchone()
    raise ClientOpsError(
        f"table {result.table}: {result.rows_rejected} of {result.rows_read} rows cannot be read, "
        f"more than max_reject_share ({max_share:.2%}); the first: {file} line {line}"
        f"{', ' + column if column else ''}: {value!r}: {reason}; `clientops check` lists them"
    )


def data_until(con: duckdb.DuckDBPyConnection, settings: Settings) -> datetime.date:
    """The day the data reach: the setting, else the latest date in shipments or activities."""
    if settings.company.data_until:
        return settings.company.data_until
    return con.execute(
        "select greatest((select max(shipped_on) from shipments), "
        "(select cast(max(happened_at) as date) from activities))"
    ).fetchone()[0]


def first_month(con: duckdb.DuckDBPyConnection) -> object:
    """The first month of the ledger."""
    return periods.parse_month(con.execute("select min(shipped_on) from shipments").fetchone()[0])
