"""How fast odd exports are read, and many more random ones than the tests try."""

import datetime
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import python_calamine
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientops import schema, store
from clientops.ingest import raw
from clientops.settings import Source
from tests.ingest import dialects

Row = Callable[[str, float, float, str, str], None]
CLIENTOPS = [sys.executable, "-c", "from clientops import cli; cli.main()"]


def read(data: Path) -> None:
    """Read and check a folder of exports: the command `clientops check`."""
    command = [*CLIENTOPS, "check", "--data", str(data)]
    subprocess.run(command, check=True, capture_output=True)


def bench(folder: Path, generate: str, seconds: Callable, row: Row) -> None:
    """cp1251 with decimal commas against clean UTF-8, a workbook against python-calamine alone."""
    clean, odd = folder / "clean", folder / "odd"
    for each in (clean, odd):
        each.mkdir()
    path = clean / "shipments.csv"
    duckdb.execute(generate.format(lines=1_000_000, path=path))
    lines = path.read_text(encoding="utf-8").replace(",", ";").replace(".", ",").splitlines()
    lines[1:] = [line.replace(";C", ";Клиент ") for line in lines[1:]]
    (odd / "shipments.csv").write_text("\n".join(lines), encoding="cp1251")

    row("reading 1,000,000 lines of cp1251", seconds(lambda: read(odd)),
        seconds(lambda: read(clean)), "the same as clean UTF-8", "aim ≤ 2.5×")  # fmt: skip
    _bench_workbook(folder / "shipments.xlsx", seconds, row)


def _bench_workbook(path: Path, seconds: Callable, row: Row) -> None:
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, ["shipment_id", "shipped_on", "client_id", "revenue", "manager_id"])
        for n in range(1, 100_001):
            sheet.write_row(n, 0, [f"S{n}", None, f"C{n % 500}", n * 1.37, f"M{n % 9}"])
            sheet.write_datetime(n, 1, datetime.datetime(2026, 1, 1 + n % 28), day)

    def alone() -> None:
        python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()

    def ours() -> None:
        con = store.connect()
        raw.make_rejects(con)
        raw.read(con, schema.TABLES["shipments"], Source(), [path])

    row("reading a workbook of 100,000 rows", seconds(ours, 3), seconds(alone, 3),
        "python-calamine alone", "aim ≤ 4×")  # fmt: skip


def try_many(examples: int = 2000) -> None:
    """Random dialects give the same frame back or ask; mangled files end in one line or in rows."""
    calm = settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    lines = st.lists(dialects.LINE, min_size=3, max_size=12)
    calm(given(lines, dialects.DIALECT)(dialects.check_dialect))()
    print(f"{examples:,} files in random dialects: the same frame, or a question", flush=True)

    def mangled(mangling: tuple) -> None:
        dialects.check_mangled(mangling[0], dialects.mangled(*mangling))

    calm(given(dialects.MANGLING)(mangled))()
    print(f"{examples:,} mangled files: rows read = kept + rejected, or one line", flush=True)
