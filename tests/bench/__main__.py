"""Measured ratios of one run, each against a named alternative on the same data and machine.

    make bench                                  all of it (an hour, about 4 GB of disk)
    .venv/bin/python -m tests.bench --lines 1000000

Nothing is asserted: machines differ and are noisy. Ratios are of medians of the named runs.
"""

import argparse
import functools
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from clientops import Book, metrics, open_book
from clientops.book import arguments
from clientops.build import build
from clientops.ledger import bgnbd
from clientops.metrics import overview
from tests.bench import engines, packs, pandas_way, reading, server
from tests.bench.ledgers import GENERATE

SAMPLE = Path(__file__).parent.parent.parent / "data" / "sample"

ACTIVITIES = """
copy (
    select timestamp '2023-11-01 09:00' + interval (hash(i, 1) % 1096) day as happened_at,
        cast(hash(i, 5) % 100 + 1 as varchar) as manager_id,
        ['call', 'meeting', 'offer', 'invoice'][cast(1 + hash(i, 6) % 4 as integer)] as kind,
        'C' || lpad(cast(cast(power(hash(i, 7) % 1000000 / 1e6, 2) * 2000 as integer) * 100
            + hash(i, 5) % 100 as varchar), 6, '0') as client_id
    from range({lines}) as numbers (i)
) to '{path}' (header)
"""


# An invoice for every tenth line; most are paid some weeks later, one in ten without its number.
RECEIVABLES = """
copy (
    select 'F' || i as invoice_id,
        'C' || lpad(cast(cast(power(hash(i, 4) % 1000000 / 1e6, 2) * 200000 as integer) as varchar),
            6, '0') as client_id,
        date '2023-11-01' + cast(hash(i, 1) % 1096 as integer) as invoiced_on,
        round(hash(i, 3) % 100000 / 100.0 - 20, 2) as amount,
        date '2023-11-15' + cast(hash(i, 1) % 1096 as integer) as due_on
    from range({lines}) as numbers (i)
) to '{path}' (header)
"""
PAYMENTS = """
copy (
    select invoiced_on + cast(hash(invoice_id) % 40 as integer) as paid_on, client_id, amount,
        case when hash(invoice_id, 1) % 10 > 0 then invoice_id end as invoice_id
    from read_csv('{invoices}') where amount > 0 and hash(invoice_id, 2) % 50 > 0
) to '{path}' (header)
"""
STOCK = """
copy (
    select date '2023-11-01' + interval (m) month as month,
        'P' || lpad(cast(p as varchar), 3, '0') as product_id, hash(m, p) % 100000 as stock_value
    from range(36) as months (m), range(600) as products (p)
) to '{path}' (header)
"""
# Every second client has a plan for the year, and every second an estimate of a product group.
PLANNED = {
    "products": "select 'P' || lpad(cast(p as varchar), 3, '0') as product_id, "
    "'Article ' || p as product_name, 'Group ' || (p % 12) as product_group "
    "from range(600) as t (p)",
    "plans": "select date '2026-01-01' as month, 12 as months, 100 + hash(c, 9) % 50000 as "
    "plan_revenue, 'C' || lpad(cast(2 * c as varchar), 6, '0') as client_id "
    "from range(100000) as t (c)",
    "potentials": "select 'C' || lpad(cast(2 * c as varchar), 6, '0') as client_id, "
    "100 + hash(c, 19) % 50000 as annual_purchases, "
    "'Group ' || (hash(c, 20) % 12) as product_group "
    "from range(100000) as t (c)",
}


def seconds(action: Callable[[], object], runs: int = 1) -> float:
    """Median time of some runs."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def row(name: str, ours: float, theirs: float, other: str, aim: str) -> None:
    """One measured ratio."""
    both = f"{name:<38}{ours:>8.2f} s   {other:<34}{theirs:>8.2f} s"
    print(f"{both}   {ours / theirs:>6.2f}×   {aim}", flush=True)


def write_ledger(folder: Path, lines: int) -> Path:
    """So many lines of shipments, and the other tables beside them; gives the file of shipments."""
    csv = folder / "shipments.csv"
    duckdb.execute("set enable_progress_bar = false")
    duckdb.execute(GENERATE.format(lines=lines, path=csv))
    duckdb.execute(ACTIVITIES.format(lines=lines // 10, path=folder / "activities.csv"))
    invoices = folder / "receivables.csv"
    duckdb.execute(RECEIVABLES.format(lines=lines // 10, path=invoices))
    duckdb.execute(PAYMENTS.format(invoices=invoices, path=folder / "payments.csv"))
    duckdb.execute(STOCK.format(path=folder / "stock.csv"))
    for name in PLANNED:
        duckdb.execute(f"copy ({PLANNED[name]}) to '{folder / name}.csv' (header)")
    return csv


def bench_build(folder: Path, lines: int) -> None:
    """Building a store against the engine's own CSV to Parquet, and the peak memory of a build."""
    csv = write_ledger(folder, lines)

    def copy() -> None:
        duckdb.execute(f"copy (from read_csv('{csv}')) to '{folder}/copy.parquet' (format parquet)")

    theirs = [seconds(copy)]
    read = seconds(lambda: reading.read(folder))
    ours = seconds(lambda: build_in_a_process(folder))
    theirs.append(seconds(copy))
    for name, took in (("reading and checks", read), ("build", ours)):
        row(f"{name}, {lines:,} lines", took, statistics.median(theirs),
            "DuckDB read_csv → Parquet", "aim ≤ 6×")  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
    print(f"{'  peak memory of the build':<38}{peak:>8.2f} GB{'':>55}aim ≤ 4 GB", flush=True)
    (folder / "copy.parquet").unlink()
    bench_another_month(folder, folder / "in months", statistics.median(theirs))


def bench_another_month(folder: Path, data: Path, theirs: float) -> None:
    """The last month comes as a further file of a ledger that is built already."""
    data.mkdir()
    for path in folder.glob("*.csv"):
        if path.stem != "shipments":
            (data / path.name).hardlink_to(path)
    (data / "clientops.toml").write_text('[tables.shipments]\nfile = "shipments*.csv"\n')
    for number, when in ((1, "< date '2026-10-01'"), (2, ">= date '2026-10-01'")):
        if number == 2:
            build_in_a_process(data, force=False)
        duckdb.execute(f"copy (from read_csv('{folder}/shipments.csv') where shipped_on {when}) "
                       f"to '{data}/shipments-{number}.csv' (header)")  # fmt: skip
    row("build of a further month", seconds(lambda: build_in_a_process(data, force=False)), theirs,
        "DuckDB read_csv → Parquet", "aim ≤ 15 s")  # fmt: skip
    shutil.rmtree(data)


def bench_small_builds() -> None:
    """A build of the sample, and of seven lines that lie in 24 months, imports included."""
    with tempfile.TemporaryDirectory() as name:
        seven = Path(name)
        days = [f"{2024 + month // 12}-{month % 12 + 1:02}-10" for month in range(0, 24, 4)]
        lines = [f"{at},{day},C{at % 3},M{at % 2},{at + 1}00\n" for at, day in
                 enumerate([*days, "2025-12-20"])]  # fmt: skip
        heading = "shipment_id,shipped_on,client_id,manager_id,revenue\n"
        (seven / "shipments.csv").write_text(heading + "".join(lines))
        for told, data, aim in (("the sample", SAMPLE, 6), ("seven lines", seven, 2.5)):
            took = seconds(lambda data=data: build_in_a_process(data, seven / ".store"), 3)
            print(f"{f'build of {told}':<38}{took:>8.2f} s{'':>57}aim ≤ {aim} s", flush=True)


def build_in_a_process(data: Path, store: str | Path = "", *, force: bool = True) -> None:
    """The command `clientops build`, whatever there is where *force*."""
    command = [*reading.CLIENTOPS, "build", "--data", str(data)]
    command += (["--store", str(store)] if store else []) + (["--force"] if force else [])
    subprocess.run(command, check=True, capture_output=True)


SLOW = ("portfolio", "migration")  # in pandas: ten minutes each of ten million lines


def bench_tables(folder: Path, *, slow: bool) -> None:
    """Tables of one month from the facts, of SLOW topics or of all others; each topic against
    pandas on the raw lines."""
    book = open_book(folder)
    reading = seconds(lambda: read_frames(book, "sales_day", "activities"))
    print(f"  {'reading the facts':<36}{reading:>8.2f} s", flush=True)
    ours: dict[str, float] = {}
    for function in metrics.tables().values():
        topic = function.__module__.rpartition(".")[2]
        if (topic in SLOW) != slow or not arguments.can_make(book, function):
            continue
        took = seconds(lambda function=function: book.compute(function))
        print(f"  {function.__name__:<36}{took:>8.2f} s", flush=True)
        ours[topic] = ours.get(topic, 0.0) + took
    lines = pd.read_csv(folder / "shipments.csv", parse_dates=["shipped_on"])
    activities = pd.read_csv(folder / "activities.csv", parse_dates=["happened_at"])
    ways = {
        topic: functools.partial(getattr(pandas_way, topic), lines)
        for topic in "portfolio migration regularity retention profitability revenue".split()
    } | {"activity": functools.partial(pandas_way.activity, lines, activities)}
    money = [
        pd.read_csv(folder / f"{name}.csv", parse_dates=[day])
        for name, day in (("receivables", "invoiced_on"), ("payments", "paid_on"))
    ]
    ways["turnover"] = functools.partial(pandas_way.turnover, lines, *money)
    for topic in sorted(ways.keys() & ours.keys()):
        theirs = seconds(lambda way=ways[topic]: way(month=book.month))
        row(f"{topic}: tables of one month", ours[topic], theirs,
            f"pandas on {len(lines):,} raw lines", "aim ≤ 0.10×")  # fmt: skip


def bench_book() -> None:
    """Opening the sample with the frames of the portfolio page, imports excluded."""
    took = seconds(lambda: read_frames(open_book(SAMPLE)), 5)
    print(f"{'open_book on the sample, with frames':<38}{took:>8.2f} s{'':>57}aim ≤ 0.3 s")


def bench_model() -> None:
    """The model of purchases of 200,000 clients who buy and leave as it supposes."""
    rng, number = np.random.default_rng(1), 200_000
    rate, leaves = rng.gamma(0.6, 1 / 40, number), rng.beta(1.2, 6, number)
    lived = rng.integers(30, 1100, number)
    bought = np.minimum(rng.geometric(leaves) - 1, rng.poisson(rate * lived))
    last = np.where(bought > 0, np.ceil(lived * rng.random(number)), 0).astype(np.int64)
    took = seconds(lambda: bgnbd.fit(bought, last, lived))
    print(f"{'model of 200,000 clients':<38}{took:>8.2f} s{'':>57}aim ≤ 3 s", flush=True)


def bench_overview(name: str, data: Path, aim: str) -> None:
    """The first page's tables from nothing but the store, imports excluded."""

    def page() -> None:
        book = open_book(data)
        for table in (overview.headlines, overview.headline_history, overview.attention):
            book.compute(table)

    print(f"{f'first page of {name}':<38}{seconds(page, 3):>8.2f} s{'':>57}{aim}", flush=True)


def read_frames(book: Book, *more: str) -> None:
    """Load what the portfolio page needs, and more."""
    for name in ("sales_month", "purchases", "owners", "clients", "managers", "cuts", *more):
        getattr(book, name)


def main() -> None:
    """All benchmarks."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, default=10_000_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench_build(Path(folder), arguments.lines)
        bench_overview(f"{arguments.lines:,} lines", Path(folder), "aim ≤ 3 s")
        bench_tables(Path(folder), slow=False)
    with tempfile.TemporaryDirectory() as folder:
        write_ledger(Path(folder), arguments.lines // 10)
        build_in_a_process(Path(folder))
        bench_tables(Path(folder), slow=True)
        packs.bench_many(Path(folder), seconds)
    with tempfile.TemporaryDirectory() as folder:
        reading.bench(Path(folder), GENERATE, seconds, row)
    reading.try_many()
    bench_small_builds()
    build(SAMPLE)
    bench_book()
    bench_model()
    bench_overview("the sample", SAMPLE, "aim ≤ 0.5 s")
    packs.bench_sample(seconds, row)
    server.bench()
    with tempfile.TemporaryDirectory() as folder:
        engines.bench(Path(folder), 1_000_000, 4_000_000)


if __name__ == "__main__":
    main()
