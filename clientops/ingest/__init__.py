"""Raw exports in, checked tables out: `ingest` is the whole room's door."""

import datetime
import decimal
import functools
from collections.abc import Callable
from pathlib import Path

from clientops import periods, schema
from clientops.errors import ClientOpsError, nearest
from clientops.ingest import (
    files,
    forms,
    plan_rows,
    quality,
    raw,
    remote,
    remote_ledger,
    sql,
    tables,
    typed,
)
from clientops.ingest.sql import quoted
from clientops.ingest.tables import Reconciliation, Run
from clientops.settings import FILE, Settings, Source, limits
from clientops.words import N_

Progress = Callable[[str], None]  # told what is done next
Connect = Callable[[], sql.Connection]
STOPS = "more rejected than max_reject_share: a build stops"  # what `data_quality` says of it
DIFFERS = "of control: a build stops"  # and how it ends what it says of sums
_ROWS, _MONEY = "({share:.2%}) of the rows", "({share:.2%}) of the money"

__all__ = ["DIFFERS", "STOPS", "Reconciliation", "data_until", "due_on", "first_month", "ingest",
           "lost_share", "present_tables", "quoted", "source_files", "source_names"]  # fmt: skip


def present_tables(data: Path, settings: Settings) -> list[str]:
    """The source tables there are: those named in the settings or lying under their own names.

    Raises ClientOpsError where the folder or the shipments are missing.
    """
    if not data.is_dir():
        raise ClientOpsError("{data}: no such folder; --data names the folder with your exports",
                             data=data)  # fmt: skip
    sources = {name: settings.tables.get(name, Source()) for name in schema.TABLES}
    names = [
        name
        for name, source in sources.items()
        if settings.in_engine(name)
        or source.sql
        or source.file
        or any((data / f"{name}{suffix}").is_file() for suffix in files.SUFFIXES)
        or forms.of_table(data, schema.TABLES[name], source)
    ]
    for name in settings.tables:
        if name not in names:
            files.of_table(data, name, settings.tables[name])  # says what is missing
    if "shipments" not in names:
        there = ", ".join(files.exports(data)) or ClientOpsError("no exports")
        raise ClientOpsError(
            "{data}: no shipments: put a shipments.csv (.tsv, .xlsx, .parquet) there or say in "
            "clientops.toml where they are; there are: {there}",
            data=data, there=there,
        )  # fmt: skip
    return names


def files_of(connect: Connect, data: Path, settings: Settings) -> dict[str, list[Path]]:
    """The files that each table is read from, none where it lies in an engine. *connect* gives an
    engine of here, where a query is read."""
    found, connect = {}, functools.cache(connect)
    for name in present_tables(data, settings):
        source, is_there = settings.tables.get(name, Source()), settings.in_engine(name)
        both = tables.files_of(connect, data, schema.TABLES[name], source, is_there)
        found[name] = sorted({path for paths in both for path in paths})
    return found


def source_names(connect: Connect, data: Path, settings: Settings) -> dict[str, str]:
    """What people know each table by: its files, or its name in the engine."""
    told = {}
    for name, paths in files_of(connect, data, settings).items():
        there = [remote.name_of(name, settings.tables.get(name, Source()))]
        names = [path.name for path in paths]
        told[name] = ", ".join((there if settings.in_engine(name) else []) + names)
    return told


def source_files(connect: Connect, data: Path, settings: Settings) -> list[Path]:
    """Every file the tables are read from, sorted."""
    return sorted({path for paths in files_of(connect, data, settings).values() for path in paths})


def ingest(
    con: sql.Connection,
    data: Path,
    settings: Settings,
    progress: Progress,
    strict: bool = True,
    today: datetime.date | None = None,
    engine: object | None = None,
) -> list[Reconciliation]:
    """Load every source table into *con*, under its own name; tables not there are empty.

    Where the ledger lies in an *engine* it stays there: `shipments` is its stand-in here.

    Also leaves the tables `rejects`, `noticed` and `data_quality`. Shipments after *today* are
    rejects, unless `data_until` is set. With *strict*, more rejects than `max_reject_share` of the
    rows or of the money raise ClientOpsError naming the first of them.
    """
    present, found = present_tables(data, settings), {}
    zone = settings.company.timezone or "UTC"
    con.execute(f"set TimeZone = '{zone}'")  # of a moment in Parquet, on every machine
    # A ledger that stays elsewhere last: under its name nothing of somebody's is read there later.
    for name in sorted(schema.TABLES, key=lambda name: engine is not None and name == "shipments"):
        if name in present:
            progress(f"reading {name}")
            found[name] = _read(con, data, settings, name, strict, today, engine)
        else:
            tables.create_empty(con, schema.TABLES[name])
    results = [found[name] for name in schema.TABLES if name in found]
    if not results[0].rows_kept and (strict or not results[0].rows_read):
        raise ClientOpsError("{data}: the shipments have no rows", data=data)
    if engine is not None:
        remote_ledger.stand_in(con, engine)
    progress(N_("checking"))
    rules = settings.settings
    if results[0].rows_kept and "plans" in present:
        company, until = settings.company, data_until(con, settings, today)
        last = periods.last_complete_month(
            first_month(con), until, company.calendar, company.work_week
        )
        plan_rows.split(con, company, last)
        plan_rows.notice(con, rules.plan.year_start, last)
    quality.spell(con)
    run = con.execute if engine is None else remote_ledger.ready(con, engine)
    quality.check(con, run, present, rules.activity, rules.profitability.returns_cost)
    return results


def _read(
    con: sql.Connection, data: Path, settings: Settings, name: str, strict: bool,
    today: datetime.date | None, engine: object | None,
) -> Reconciliation:  # fmt: skip
    """Load one table, see `ingest`."""
    table, source, run = schema.TABLES[name], settings.tables.get(name, Source()), con.execute
    is_ledger = name == "shipments"
    ends_today = is_ledger and today is not None and settings.company.data_until is None
    within, latest = limits(settings.settings), {"shipped_on": today} if ends_today else {}
    rules = typed.Rules(within.get(name, {}), latest, settings.company.timezone)
    engine = engine if settings.in_engine(name) else None
    if engine is not None and is_ledger:
        where, run = f"{data / FILE}: [tables.{name}]", engine.run
        result = remote_ledger.check(con, engine, where, source, rules)
    else:
        result = tables.load(con, data, table, source, rules, engine)
    share = settings.settings.ingest.max_reject_share
    if what := _too_many(con, result, share):
        if strict:
            _stop(con, result, share, what)
        raw.notice(con, name, STOPS, result.rows_rejected, what.format(share=share))
    _hold_against(con, run, table, source.control, strict)
    return result


def _hold_against(
    con: sql.Connection, run: Run, table: schema.Table, control: dict[str, float],
    strict: bool,
) -> None:  # fmt: skip
    """Hold sums of the table's columns against those known from elsewhere, to the cent.

    Raises ClientOpsError where they differ; where it is not *strict*, notes it.
    """
    known = [each.name for each in table.columns if each.type in sql.NUMBERS]
    for column, wanted in control.items():
        if column not in known:
            raise ClientOpsError("[tables.{table}] control: no numbers in {column!r}; {hint}",
                                 table=table.name, column=column,
                                 hint=nearest(column, known))  # fmt: skip
        (found,) = run(f"select coalesce(sum({column}), 0) from {table.name}").fetchone()
        missing = decimal.Decimal(repr(wanted)) - found
        if abs(missing) < decimal.Decimal("0.005"):
            continue
        if strict:
            text = N_("table {table}: {column} adds up to {found:,.2f}, not to the {wanted:,.2f} "
                      "of control: {missing:,.2f} missing; `clientops check` lists what was "
                      "rejected")  # fmt: skip
            if missing < 0:
                text = N_("table {table}: {column} adds up to {found:,.2f}, not to the "
                          "{wanted:,.2f} of control: {more:,.2f} too much")  # fmt: skip
            raise ClientOpsError(text, table=table.name, column=column, found=found, wanted=wanted,
                                 missing=missing, more=-missing)  # fmt: skip
        said = f"{column} adds up to {found:,.2f}, not to the {wanted:,.2f} {DIFFERS}"
        raw.notice(con, table.name, said, 0, column, float(missing))


def _too_many(con: sql.Connection, result: Reconciliation, max_share: float) -> str:
    """Of what too much is rejected of a table, _ROWS or _MONEY; empty where it is not.

    Money that could not be read is taken for about what its text says.
    """
    unread = tables.unread(con, result.table)
    if unread.rows > max_share * result.rows_read:
        return _ROWS
    whole = abs(result.money_kept or 0) + unread.money
    return _MONEY if unread.rows and unread.money > max_share * whole else ""


def lost_share(con: sql.Connection, results: list[Reconciliation]) -> float:
    """About what share of the shipments' money was rejected, what comes too early included."""
    result = next(result for result in results if result.table == "shipments")
    unread = tables.unread(con, "shipments")
    lost = unread.money + unread.early
    return lost / (lost + abs(result.money_kept)) if lost else 0.0


def _stop(con: sql.Connection, result: Reconciliation, max_share: float, what: str) -> None:
    """Raise ClientOpsError naming the first reject, or that of the most money."""
    rows, money, _ = tables.unread(con, result.table)
    order = "file, line, rowid"
    if what == _MONEY:  # the largest amount, as far as it can be told, stands in a long text
        order = f"length(value) desc, {order}"
    file, line, column, value, reason = con.execute(
        'select file, line, "column", value, reason from rejects where "table" = ? '
        f"and reason not like 'total of %' order by {order} limit 1",
        [result.table],
    ).fetchone()
    text = N_(
        "table {table}: {rows} of {read} rows cannot be read, more than max_reject_share "
        "({max_share:.2%}); the first: {place}: {value!r}: {reason}; `clientops check` lists them"
    )
    if what == _MONEY:
        text = N_(
            "table {table}: {rows} of {read} rows with about {money:,.2f} of the money cannot be "
            "read, more than max_reject_share ({max_share:.2%}); the first: {place}: {value!r}: "
            "{reason}; `clientops check` lists them"
        )
    place = ClientOpsError("{file} line {line}", file=file, line=line)
    if column:
        place = ClientOpsError("{file} line {line}, {column}", file=file, line=line, column=column)
    raise ClientOpsError(
        text, table=result.table, rows=rows, read=result.rows_read, money=money,
        max_share=max_share, place=place, value=value, reason=ClientOpsError(reason),
    )  # fmt: skip


def data_until(
    con: sql.Connection, settings: Settings, today: datetime.date | None = None
) -> datetime.date:
    """The day the data reach: the setting, else the last day with a shipment or a done activity.

    Neither counts after *today*: a meeting that is planned moves nothing.
    """
    if settings.company.data_until:
        return settings.company.data_until
    rows = con.execute(
        "select outcome, max(cast(happened_at as date)) from activities "
        "where ? is null or cast(happened_at as date) <= ? group by outcome", [today, today]
    ).fetchall()  # fmt: skip
    done = [day for outcome, day in rows if settings.settings.activity.is_done(outcome or "")]
    (shipped,) = con.execute("select max(shipped_on) from shipments").fetchone()
    return max([shipped, *done])


def due_on(
    con: sql.Connection, settings: Settings, today: datetime.date | None
) -> datetime.date | None:
    """The first day after *today* on which a row that is waiting comes due; None: nothing waits."""
    if today is None or settings.company.data_until:
        return None
    (activity,) = con.execute(
        "select min(cast(happened_at as date)) from activities where happened_at >= ?",
        [today + datetime.timedelta(days=1)],
    ).fetchone()
    (shipment,) = con.execute(
        "select min(try_cast(value as date)) from rejects "
        "where reason like 'after the day of the build%'"
    ).fetchone()
    return min((day for day in (activity, shipment) if day), default=None)


def first_month(con: sql.Connection) -> object:
    """The first month of the ledger."""
    return periods.parse_month(con.execute("select min(shipped_on) from shipments").fetchone()[0])
