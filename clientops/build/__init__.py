"""From raw exports to a store: ingest, facts, what the metrics add, and the swap."""

import concurrent.futures
import contextlib
import dataclasses
import datetime
import functools
import itertools
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import filelock
import msgspec
import pandas as pd

from clientops import ingest, periods, settings, store
from clientops.build import fingerprint, origins, told
from clientops.errors import ClientOpsError
from clientops.ingest.tables import Reconciliation
from clientops.schema import whole
from clientops.store import allocation, engines, facts
from clientops.words import N_

Progress = Callable[[str, int, int], None]  # told what is done next: step, its number, how many


class Built(NamedTuple):
    """A store in force, and whether this call built it."""

    snapshot: Path
    fresh: bool

    @property
    def reconciliation(self) -> pd.DataFrame:
        """Rows and money of every table: read = kept + rejected."""
        return pd.DataFrame(store.manifest(self.snapshot)["reconciliation"])


def build(
    data: str | Path = "",
    store_folder: str | Path = "",
    *,
    force: bool = False,
    today: datetime.date | None = None,
    progress: Progress = lambda step, number, total: None,
) -> Built:
    """Bring the store of a data folder up to date and put it in force.

    Nothing is done where sources, settings and code are those of the store and no row has come due
    since it was made, unless *force*. *today*: the day of the build; shipments after it are
    rejects and activities wait, unless `data_until` is set. None: whatever stands there counts. A
    second build waits for the first. Raises ClientOpsError for bad input and for a disk that cannot
    be written; the previous store is then untouched.
    """
    data = store.data_folder(data)
    where = store.folder(data, store_folder)
    config = settings.read_settings(data)
    present = ingest.present_tables(data, config)
    step = _numbered(progress, len(present) + 5)
    with _disk_errors(where):
        seen = _seen(data, config)
        code = fingerprint.code(_known_code(where))
        mark = fingerprint.of(data, config, code, _version(config, today))
        if not force and _is_current(where, mark, today):
            _tidy_if_possible(where)
            return Built(store.snapshot(where), fresh=False)
        store.claim(where)
        with _lock(where, step):
            if not force and _is_current(where, mark, today):
                return Built(store.snapshot(where), fresh=False)
            store.remove_drafts(where)
            name = mark[:16]
            new = where / f"new-{name}"
            new.mkdir()
            new.chmod(where.stat().st_mode & 0o777)
            try:
                made_by = {"fingerprint": mark, "code": code}
                before = None if force else store.snapshot(where)
                _write(new, data, config, present, made_by, today, step, before)
                if _seen(data, settings.read_settings(data)) != seen:
                    raise ClientOpsError("{data}: changed while it was read; build again",
                                         data=data)  # fmt: skip
                snapshot = store.put_in_force(where, new, name)
            finally:
                shutil.rmtree(new, ignore_errors=True)
            with contextlib.suppress(OSError):  # the store is in force; the next build tidies up
                store.tidy(where)
            return Built(snapshot, fresh=True)


def check(
    data: str | Path = "",
    progress: Progress = lambda step, number, total: None,
    today: datetime.date | None = None,
) -> tuple[list[Reconciliation], pd.DataFrame, pd.DataFrame]:
    """Read and check the source without writing: reconciliation, data quality, rejects.

    Raises ClientOpsError for what stops a build, except that any number of rejects is accepted.
    """
    data = store.data_folder(data)
    config = settings.read_settings(data)
    step = _numbered(progress, len(ingest.present_tables(data, config)) + 1)
    with tempfile.TemporaryDirectory() as folder, _disk_errors(Path(folder)):
        con = store.connect(Path(folder))
        with _opened(config) as there:
            if config.engine.version:
                _answer(there, config.engine.version)
            results = ingest.ingest(con, data, config, step, False, today, there)
        return results, con.execute("from data_quality").df(), con.execute(_REJECTS).df()


_REJECTS = 'from rejects order by "table", file, line, "column", reason'


def _numbered(progress: Progress, total: int) -> ingest.Progress:
    numbers = itertools.count()
    return lambda step: progress(step, next(numbers), total)


def _known_code(where: Path) -> dict[str, str]:
    """What the store in force knows of the code that made it."""
    snapshot = store.snapshot(where)
    with contextlib.suppress(ClientOpsError):
        return store.manifest(snapshot).get("code", {}) if snapshot else {}
    return {}


def _is_current(where: Path, mark: str, today: datetime.date | None) -> bool:
    snapshot = store.snapshot(where)
    try:
        if snapshot is None or (told := store.manifest(snapshot))["fingerprint"] != mark:
            return False
        if store.damaged(snapshot):
            return False
        due = told.get("due_on")
        return not (due and today and datetime.date.fromisoformat(due) <= today)
    except ClientOpsError:  # damaged, or from another version: built anew
        return False


def _tidy_if_possible(where: Path) -> None:
    """Clean up after a build killed at its end; not while another runs, nor on a read-only disk."""
    with contextlib.suppress(OSError):
        if not store.is_tidy(where):
            with filelock.FileLock(where / "lock", timeout=0):
                store.tidy(where)


@contextlib.contextmanager
def _lock(where: Path, progress: ingest.Progress) -> Iterator[None]:
    lock = filelock.FileLock(where / "lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        progress(N_("waiting for another build"))
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _disk_errors(where: Path) -> Iterator[None]:
    """A full disk or a folder that cannot be written becomes one line."""
    try:
        yield
    except OSError as error:
        raise ClientOpsError(f"{error.filename or where}: {error.strerror or error}") from error
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        line = str(error).splitlines()[0]
        inner = re.search(r'\\": ([^"]+)"', line)  # what the system said, in JSON in the message
        raise ClientOpsError(f"{where}: {inner[1] if inner else line}") from error


def _opened(config: settings.Settings) -> contextlib.AbstractContextManager:
    """The engine of the settings, None where they name none."""
    return engines.opened(config.engine.address, config.engine.options, config.company.timezone)


def _version(config: settings.Settings, today: datetime.date | None) -> str:
    """What tells whether the tables of an engine are those of before: its answer, else the day."""
    if not config.engine.version:
        return str(today) if config.engine.address and today else ""
    with _opened(config) as there:
        return _answer(there, config.engine.version)


def _answer(there: engines.Engine, version: str) -> str:
    """What the query *version* answers. Raises ClientOpsError where that is nothing."""
    query = f"select * from (\n{version.strip().rstrip(';')}\n) as version"
    with contextlib.closing(store.connect()) as con:
        con.execute("set TimeZone = 'UTC'")
        try:
            there.fetch(con, "told", query)
        except ClientOpsError as error:
            raise ClientOpsError("{where}: {reason}", where=_VERSION, reason=error) from error
        rows = con.execute("select columns(*)::varchar from told order by all").fetchall()
    if not any(any(row) for row in rows):
        raise ClientOpsError("{where}: the query answers nothing", where=_VERSION)
    return str(rows)


_VERSION = f"{settings.FILE}: [engine] version"


def _seen(data: Path, config: settings.Settings) -> list[tuple]:
    """The settings and the sources' sizes and times: whether they changed while they were read."""
    paths = ingest.source_files(store.connect, data, config)
    return [config, *((path, path.stat().st_size, path.stat().st_mtime_ns) for path in paths)]


def _write(
    new: Path,
    data: Path,
    config: settings.Settings,
    present: list[str],
    made_by: dict[str, Any],
    today: datetime.date | None,
    progress: ingest.Progress,
    before: Path | None,
) -> None:
    """A whole snapshot into the folder *new*. *made_by*: the manifest's fingerprint and code;
    *before*: the snapshot in force, of which rows may still hold."""
    con = store.connect(new / "spill")
    with _opened(config) as there:
        results = ingest.ingest(con, data, config, progress, True, today, there)
        first, until = ingest.first_month(con), ingest.data_until(con, config, today)
        due, lost = ingest.due_on(con, config, today), ingest.lost_share(con, results)
        if until < con.execute("select min(shipped_on) from shipments").fetchone()[0]:
            raise ClientOpsError("data_until ({until}) is before the first shipment", until=until)
        progress(N_("aggregating the ledger"))
        rules = config.settings
        ledger = _aggregate(con, there, until, rules)
    allocation.add(con, until, rules.turnover.payment_days)
    progress(N_("writing facts"))
    # The classes need nothing of the largest fact: it is written beside them.
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        products = pool.submit(_write_fact, con.cursor(), "product_month", new)
        _write_tables(con, new, present)
        origins.write(con, data, config, results, new, functools.partial(_copy_frame, con))
        manifest = {
            **made_by,
            "versions": fingerprint.versions(),
            "company": msgspec.to_builtins(dataclasses.asdict(config.company)),
            "settings": msgspec.to_builtins(dataclasses.asdict(config.settings)),
            "tables": present,
            "first_month": periods.label(first),
            "data_until": until.isoformat(),
            "due_on": due and due.isoformat(),
            "lost_share": lost,
            "reconciliation": [result._asdict() for result in results],
        }
        content = json.dumps(manifest, indent=1, ensure_ascii=False)  # rules keep their order
        (new / store.MANIFEST).write_text(content + "\n", encoding="utf-8", newline="\n")
        told.add(new, functools.partial(_copy_frame, con), progress, products.result, before)
    _reconcile_facts(con, new, ledger)
    con.close()
    shutil.rmtree(new / "spill", ignore_errors=True)


def _aggregate(
    con: duckdb.DuckDBPyConnection, there: engines.Engine | None, until: datetime.date,
    rules: settings.Topics,
) -> int:  # fmt: skip
    """Make the facts in *con*, where the ledger lies elsewhere by bringing them; returns its money
    in ten-thousandths."""
    run = con.execute if there is None else there.run
    facts.build(run, until, rules.portfolio.window_months, rules.profitability.returns_cost)
    (ledger,) = run(f"select sum({whole('revenue')}) from shipments where shipped_on <= "
                    f"date '{until}'").fetchone()  # fmt: skip
    con.execute("drop table shipments; drop table if exists shipment_days")  # room for sorting
    if there is not None:
        for name in facts.BROUGHT:
            there.fetch(con, name, f"select * from {name}")
    return int(ledger)


def _write_tables(con: duckdb.DuckDBPyConnection, new: Path, present: list[str]) -> None:
    """The facts but the largest, the identifiers, the source tables, and the rejects for people."""
    for name in facts.ORDER_BY.keys() - {"product_month"}:
        _write_fact(con, name, new)
    for name in ("client_ids", "manager_ids", "product_ids"):
        _copy(con, f"from {name} order by code", new / f"{name}.parquet")
    for name in {"clients", "managers", "assignments", "products", *present} - {"shipments"}:
        _copy(con, f"{facts.checked(name)} order by all", new / f"{name}.parquet")
    _write_rejects(con, new / "rejects")


def _write_fact(con: duckdb.DuckDBPyConnection, name: str, new: Path) -> None:
    """A row of nulls that never comes: else the file says of each column whether the engine here
    knows it to be full, which depends on where the fact was made."""
    keys = facts.ORDER_BY[name]
    nulls = f"select null as {keys.partition(',')[0]} where random() < 0"
    _copy(con, f"from (from {name} union all by name {nulls}) order by {keys}",
          new / f"{name}.parquet")  # fmt: skip


def _copy(con: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    draft = path.with_suffix(".draft")  # a book opened meanwhile must not meet half a file
    con.execute(f"copy ({query}) to {ingest.quoted(draft)} (format parquet, compression zstd)")
    draft.replace(path)


def _reconcile_facts(con: duckdb.DuckDBPyConnection, new: Path, ledger: int) -> None:
    """What was written must hold every ten-thousandth of the checked shipments."""
    for name in ("sales_month", "sales_day", "client_shipments", "product_month"):
        path = ingest.quoted(new / f"{name}.parquet")
        found = con.execute(f"select sum(revenue) from read_parquet({path})").fetchone()[0]
        if int(found) != ledger:
            raise AssertionError(f"{name} holds {found}, the ledger {ledger} ten-thousandths")


def _write_rejects(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    rejects = con.execute(_REJECTS).df()
    for table, rows in rejects.groupby("table"):
        folder.mkdir(exist_ok=True)
        rows = rows.drop(columns="table")
        rows.to_csv(folder / f"{table}.csv", index=False, lineterminator="\n")


def _copy_frame(
    con: duckdb.DuckDBPyConnection, frame: pd.DataFrame, keys: str, path: Path, also: str = ""
) -> None:
    """Write a frame, with the rows that the SQL *also* adds, in the order of *keys*."""
    con.register("frame", frame)
    _copy(con, f"from (from frame {also}) order by {keys}", path.with_suffix(".parquet"))
