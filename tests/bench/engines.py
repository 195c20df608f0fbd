"""The same generated lines through each engine: time and memory, here and in the engine.

.venv/bin/python -m tests.bench.engines --lines 1000000 --spark 30000000
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import duckdb
import psutil

from clientops.store import engines
from tests.bench.ledgers import GENERATE

# What comes after the facts is the same whatever made them: it is left out.
CODE = """
import sys
from clientops.build import build, told
told.add = lambda new, copy, progress, wait, before: wait()
build(*sys.argv[1:], force=True)
"""


class Cost(NamedTuple):
    """What a build took: seconds, of which those of processors, and peak memory in GB; here and in
    the engine."""

    seconds: float
    busy: tuple[float, float]
    memory: tuple[float, float]


def measured(data: Path, store: Path, server: psutil.Process | None = None) -> Cost:
    """The cost of a build by a process of its own. The engine is the processes of a *server*, else
    those that the build starts."""
    start = time.perf_counter()
    build = subprocess.Popen([sys.executable, "-c", CODE, str(data), str(store)])
    own, busy, peaks = psutil.Process(build.pid), ({}, {}), [0.0, 0.0]
    before = {each.pid: taken(each)[0] for each in (server.children() if server else ())}
    while build.poll() is None:
        time.sleep(0.2)
        for place, each in enumerate(([own], (server or own).children(recursive=True))):
            now = {one.pid: taken(one) for one in each}
            peaks[place] = max(peaks[place], sum(memory for _, memory in now.values()))
            busy[place].update({pid: spent for pid, (spent, _) in now.items() if spent})
    if build.returncode:
        sys.exit(f"the build of {data} failed")
    seconds = time.perf_counter() - start
    busy[1].update({pid: busy[1].get(pid, spent) - spent for pid, spent in before.items()})
    return Cost(seconds, tuple(sum(each.values()) for each in busy),
                tuple(peak / 1024**3 for peak in peaks))  # fmt: skip


def taken(process: psutil.Process) -> tuple[float, float]:
    """Seconds of processors and bytes of a process, of memory its part of what it shares."""
    try:
        times = process.cpu_times()
        return times.user + times.system, process.memory_full_info().pss
    except psutil.Error:  # it has ended
        return 0.0, 0.0


def told(name: str, cost: Cost) -> None:
    """One line of what was measured."""
    print(f"{name:<32}{cost.seconds:>8.1f} s, processors {cost.busy[0]:>6.1f} s here"
          f"{cost.busy[1]:>7.1f} s there, memory {cost.memory[0]:>5.2f} GB here"
          f"{cost.memory[1]:>6.2f} GB there", flush=True)  # fmt: skip


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
    import psycopg  # of make test-engines: whoever only tests has none

    from tests.engines import servers

    lake = made(folder, lines)
    told(f"DuckDB, {lines:,} lines", measured(lake, folder / "duckdb"))
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
        told(f"PostgreSQL, {lines:,} lines", measured(there, folder / "postgres", server))
        del os.environ[engines.PASSWORD]
    for number in dict.fromkeys((lines, spark)):
        lake = lake if number == lines else made(folder, number)
        options = f'options = {{ "spark.driver.memory" = "8g", "spark.local.dir" = "{folder}" }}'
        there = said(folder / f"in-spark-{number}", f'address = "local[*]"\n{options}', f"{lake}/")
        told(f"Spark, local, {number:,} lines", measured(there, folder / f"spark-{number}"))
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
