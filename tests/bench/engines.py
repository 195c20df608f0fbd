"""The same generated lines through each engine: time and memory, here and in the engine.

.venv/bin/python -m tests.bench.engines --lines 1000000 --spark 30000000
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import duckdb
import psutil
import psycopg

from clientops.store import engines
from tests.bench.ledgers import GENERATE
from tests.engines import servers

# What comes after the facts is the same whatever made them: it is left out.
CODE = """
import sys
from clientops.build import build, told
told.add = lambda new, copy, progress, wait, before: wait()
build(*sys.argv[1:], force=True)
"""


def measured(data: Path, store: Path, server: psutil.Process | None = None) -> tuple[float, ...]:
    """Seconds of a build by a process of its own, its peak memory in GB and that of the engine: the
    processes of a *server*, else those that the build starts."""
    start = time.perf_counter()
    build = subprocess.Popen([sys.executable, "-c", CODE, str(data), str(store)])
    peaks, done = [0.0, 0.0], threading.Event()

    def watch() -> None:
        own = psutil.Process(build.pid)
        while not done.wait(0.2):
            for place, each in enumerate(([own], (server or own).children(recursive=True))):
                peaks[place] = max(peaks[place], sum(map(memory, each)))

    watching = threading.Thread(target=watch)
    watching.start()
    failed = build.wait()
    done.set()
    watching.join()
    if failed:
        sys.exit(f"the build of {data} failed")
    return time.perf_counter() - start, *(peak / 1024**3 for peak in peaks)


def memory(process: psutil.Process) -> float:
    """Bytes of a process, its part of what it shares with others."""
    try:
        return process.memory_full_info().pss
    except psutil.Error:  # it has ended
        return 0.0


def told(name: str, took: float, here: float, there: float) -> None:
    """One line of what was measured."""
    print(f"{name:<40}{took:>8.1f} s{here:>8.2f} GB here{there:>8.2f} GB in the engine", flush=True)


def made(folder: Path, lines: int) -> Path:
    """A folder of Parquet with so many lines."""
    lake = folder / f"lake-{lines}"
    lake.mkdir()
    query = GENERATE.replace("(header)", "(format parquet)")
    duckdb.execute(query.format(lines=lines, path=lake / "shipments.parquet"))
    return lake


def said(at: Path, engine: str, table: str) -> Path:
    """A data folder that says where the ledger lies."""
    at.mkdir()
    text = f'[engine]\n{engine}\n[tables.shipments]\ntable = "{table}"\n'
    (at / "clientops.toml").write_text(text, encoding="utf-8")
    return at


def bench(folder: Path, lines: int, spark: int) -> None:
    """A build of *lines* from Parquet here, from PostgreSQL and through Spark; and of as many more
    as asked for through *spark*."""
    lake = made(folder, lines)
    told(f"DuckDB, {lines:,} lines", *measured(lake, folder / "duckdb"))
    with servers.postgres() as owner, psycopg.connect(owner, autocommit=True) as con:
        query = f"select * from '{lake}/shipments.parquet'"
        servers.insert(con, "public.lines", query, folder / "rows.csv")
        (folder / "rows.csv").unlink()
        con.execute(f"grant select on public.lines to {servers.READER}")
        os.environ[engines.PASSWORD] = servers.PASSWORD
        address = f'address = "{servers.of_reader(owner)}"'
        there = said(folder / "in-postgres", address, "public.lines")
        (pid,) = con.execute("select pg_backend_pid()").fetchone()
        server = psutil.Process(pid).parent()
        told(f"PostgreSQL, {lines:,} lines", *measured(there, folder / "postgres", server))
        del os.environ[engines.PASSWORD]
    for number in dict.fromkeys((lines, spark)):
        lake = lake if number == lines else made(folder, number)
        options = f'options = {{ "spark.driver.memory" = "8g", "spark.local.dir" = "{folder}" }}'
        there = said(folder / f"in-spark-{number}", f'address = "local[*]"\n{options}', f"{lake}/")
        told(f"Spark, local, {number:,} lines", *measured(there, folder / f"spark-{number}"))
        shutil.rmtree(folder / f"spark-{number}")


def main() -> None:
    """The engines alone."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--spark", type=int, default=10_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench(Path(folder), given.lines, given.spark)


if __name__ == "__main__":
    main()
