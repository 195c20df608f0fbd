"""Damaged files and settings that nobody would write: what a command makes of each.

The soak tries very many; `tests/test_hostile.py` those that once were answered badly, and some.
"""

import contextlib
import io
import random
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb
import openpyxl

from clientops import Viewer, cli, open_book, store
from clientops.errors import ClientOpsError
from clientops.metrics import portfolio

DEEP = 100_000  # levels, where a text nests
COLUMNS = ["shipment_id", "shipped_on", "client_id", "revenue", "manager_id", "quantity"]
ROWS = [(f"S{n}", f"2025-{1 + n % 12:02}-{1 + n % 28:02}", f"C{n % 7}", 10 + n, f"M{n % 2}", n)
        for n in range(120)]  # fmt: skip
FRAMES = (
    "sales_month",
    "sales_day",
    "purchases",
    "clients",
    "managers",
    "owners",
    "classes",
    "cuts",
)
# Pieces of settings that once ended in a mistake of ours, or without the name of the file.
BROKE = [
    "a = " + "[" * DEEP + "]" * DEEP, "a = " + "{a=" * DEEP + "1" + "}" * DEEP, "a = " + "9" * 5000,
    "[company]\nlanguage = ''", "[company]\nlanguage = 'xx'", "[company]\nlanguage = '../..'",
    "[company]\nlanguage = '\\u0000'", "[company]\ndata_until = 9999-12-31",
    "[tables.shipments]\nfile = '.'", "[tables.shipments]\nfile = '***.csv'",
    "[tables.shipments]\nfile = '**.csv'", "[tables.shipments]\nfile = 'folder.csv'",
    "[tables.shipments]\nfile = '" + "a" * 5000 + ".csv'",
    "[tables.shipments]\nencoding = 'undefined'", "[tables.shipments]\ncontrol = {revenue = nan}",
    "[tables.shipments]\ncontrol = {revenue = 1e308}", "[settings.portfolio]\nrhythm_cv = nan",
    "[settings.portfolio]\nrhythm_cv = inf", "[settings.portfolio]\nabc_cuts = [inf, inf]",
]  # fmt: skip
# What a query makes of a column.
ODD = {
    "revenue": ("client_id", "[1]", "{'a': 1}", "'x'::blob", "1e300", "'nan'::double",
                "'infinity'::double", "error('x')", "null", "true", "-0.0", "date '2025-01-01'"),
    "shipped_on": ("interval 1 day", "date '290000-01-01'", "'infinity'::date", "1", "''",
                   "time '10:00:00'", "timestamptz '2025-01-01 00:00:00+00'"),
    "client_id": ("[client_id]", "''", "' '", "null", "1e300", "repeat('x', 100000)", "chr(0)"),
}  # fmt: skip
QUERIES = [
    f"[tables.shipments]\nsql = \"select * replace ({odd} as {column}) from 'shipments.csv'\""
    for column, all_ in ODD.items()
    for odd in all_
]
# Others; each is wrong in its own way or, a few, merely odd.
PIECES = [
    "a" + ".a" * 3000 + " = 1", "[a" + ".a" * 3000 + "]", "a = 0x" + "f" * 5000, "a = 1e99999",
    "a = nan", "a = -inf", "a = '" + "x" * 10**6 + "'", "[company]\nname = '\0'", "\0",
    "[company]\nname = '''\n\0\n'''", "[company]\nname = 'a'\n" * 2, "company = 1", "company = []",
    "company = [1, 2]", "company = 1979-05-27", "company = ''", "[[company]]\nname = 'a'",
    "[company]\nname = 1979-05-27T07:32:00Z", "[company]\nname = {}", "[company]\nname = []",
    "[company]\ncurrency = 'eur'", "[company]\ncurrency = '€€€'",
    "[company]\nlanguage = 'de_DE.UTF-8@euro'", "[company]\nlanguage = 1",
    "[company]\nlanguage = []", "[company]\nlanguage = '" + "a" * 5000 + "'",
    "[company]\ncalendar = 'XX'", "[company]\ncalendar = 'US-XX'", "[company]\ncalendar = '-'",
    "[company]\ncalendar = '__class__'", "[company]\ncalendar = '\\u0000'",
    "[company]\ncalendar = 'DE-'", "[company]\ncalendar = 'HolidayBase'",
    "[company]\ncalendar = 1", "[company]\nwork_week = []",
    "[company]\nwork_week = ['Mon', 'Mon']", "[company]\nwork_week = 1",
    "[company]\nwork_week = [['Mon']]", "[company]\ntimezone = '../../etc/passwd'",
    "[company]\ntimezone = '\\u0000'", "[company]\ntimezone = 'Mars/Base'",
    "[company]\ntimezone = 1", "[company]\ndata_until = 07:32:00",
    "[company]\ndata_until = 1979-05-27T07:32:00Z", "[company]\ndata_until = 0001-01-01",
    "[company]\ndata_until = '2026-01-01'", "[company]\ndata_until = '26'",
    "[company]\ndata_until = 1", "[company]\npages = 'javascript:alert(1)'",
    "[company]\npages = 'https://\\u0000'", "tables = 1", "tables = []", "[tables]\nshipments = 1",
    "[tables]\nshipments = []", "[[tables.shipments]]\nfile = 'shipments.csv'",
    "[tables.none]\nfile = 'a.csv'", "[tables.shipments]\nfile = 1",
    "[tables.shipments]\nfile = []", "[tables.shipments]\nfile = '/'",
    "[tables.shipments]\nfile = '..'", "[tables.shipments]\nfile = '**'",
    "[tables.shipments]\nfile = '[.csv'", "[tables.shipments]\nfile = 'a\\u0000.csv'",
    "[tables.shipments]\nfile = '~/x.csv'", "[tables.shipments]\nfile = 'a\\n.csv'",
    "[tables.shipments]\nfile = '" + "a/" * 3000 + "b.csv'",
    "[tables.shipments]\nfile = '\\ud800.csv'", "[tables.shipments]\nfile = '*'",
    "[tables.shipments]\nfile = 'loop.csv'", "[tables.shipments]\nfile = 'broken.csv'",
    "[tables.shipments]\nfile = 'pipe.csv'", "[tables.shipments]\nfile = 'folder.csv/*.csv'",
    "[tables.shipments]\nencoding = 'none'", "[tables.shipments]\nencoding = 'base64'",
    "[tables.shipments]\nencoding = 'rot13'", "[tables.shipments]\nencoding = 'idna'",
    "[tables.shipments]\nencoding = 'utf-7'", "[tables.shipments]\nencoding = 'utf-32'",
    "[tables.shipments]\nencoding = '\\u0000'", "[tables.shipments]\nencoding = 'zlib'",
    "[tables.shipments]\nencoding = 'unicode_escape'",
    "[tables.shipments]\nencoding = 'raw_unicode_escape'",
    "[tables.shipments]\nencoding = 'punycode'", "[tables.shipments]\nencoding = 'ascii'",
    "[tables.shipments]\nencoding = 'utf-16'", "[tables.shipments]\nencoding = 'cp037'",
    "[tables.shipments]\nencoding = 'oem'", "[tables.shipments]\nsheet = '['",
    "[tables.shipments]\nsheet = '\\u0000'", "[tables.shipments]\ncolumns = 1",
    "[tables.shipments]\ncolumns = []", "[tables.shipments]\ncolumns = {revenue = 1}",
    "[tables.shipments]\ncolumns = {revenue = ''}",
    "[tables.shipments]\ncolumns = {revenue = {a = 1}}",
    "[tables.shipments]\ncolumns = {'' = 'a'}",
    "[tables.shipments]\ncolumns = {revenue = 'shipped_on'}",
    "[tables.shipments]\ncolumns = {shipped_on = 'revenue'}",
    "[tables.shipments]\ncolumns = {revenue = '\\u0000'}",
    "[tables.shipments]\nfill_down = 'revenue'", "[tables.shipments]\nfill_down = ['none']",
    "[tables.shipments]\nfill_down = ['revenue', 'revenue']",
    "[tables.shipments]\nfill_down = ['']", "[tables.shipments]\ngroups = ['revenue']",
    "[tables.shipments]\ngroups = ['client_id']", "[tables.shipments]\ngroups = ['none']",
    "[tables.shipments]\ngroups = ['client_id', 'client_id']",
    "[tables.shipments]\nmonths_across = 'revenue'", "[tables.shipments]\nmonths_across = 'none'",
    "[tables.shipments]\nmonths_across = 'client_id'",
    "[tables.shipments]\ncontrol = {revenue = inf}", "[tables.shipments]\ncontrol = {none = 1}",
    "[tables.shipments]\ncontrol = {client_id = 1}",
    "[tables.shipments]\ncontrol = {revenue = 9" + "9" * 300 + "}",
    "[tables.shipments]\ndedupe = 'all'", "[tables.shipments]\ndedupe = 'line'",
    "[tables.shipments]\nrevenue_is = 'document'", "[tables.shipments]\ndate_order = 'ymd'",
    "[tables.shipments]\nsql = ''", "[tables.shipments]\nsql = ';'",
    "[tables.shipments]\nsql = '--'", "[tables.shipments]\nsql = 1",
    "[tables.shipments]\nsql = '\\u0000'", "[tables.shipments]\nsql = 'select'",
    "[tables.shipments]\nsql = 'select 1'", "[tables.shipments]\nsql = 'drop table x'",
    "[tables.shipments]\nsql = 'select 1; select 2'",
    "[tables.shipments]\nsql = '" + "(" * 5000 + "select 1" + ")" * 5000 + "'",
    "[tables.shipments]\nsql = 'select " + "1+" * 5000 + "1'",
    "[tables.shipments]\nsql = \"select * from 'none.csv'\"",
    "[tables.shipments]\nsql = \"select * from 'folder.csv'\"",
    "[tables.shipments]\nsql = \"select * from 'shipments.csv' limit 0\"",
    "[tables.shipments]\nsql = \"select * from 'shipments.csv' s, s\"",
    "[tables.shipments]\nsql = \"select 1 as file, 2 as line, * from 'shipments.csv'\"",
    "[tables.shipments]\nsql = \"select *, 1 as Revenue from 'shipments.csv'\"", "settings = 1",
    "settings = []", "[settings]\nportfolio = 1", "[[settings.portfolio]]\na = 1",
    "[settings.none]\na = 1", "[settings.portfolio]\nwindow_months = 9" + "9" * 400,
    "[settings.portfolio]\nwindow_months = -1", "[settings.portfolio]\nwindow_months = 12.0",
    "[settings.portfolio]\nwindow_months = true", "[settings.portfolio]\nwindow_months = '12'",
    "[settings.portfolio]\nwindow_months = 1979-05-27", "[settings.portfolio]\nwindow_months = []",
    "[settings.portfolio]\nabc_shares = [0.8]", "[settings.portfolio]\nabc_shares = [nan, nan]",
    "[settings.portfolio]\nabc_shares = [[0.8, 0.9]]", "[settings.portfolio]\nabc_shares = 0.8",
    "[settings.portfolio]\nabc_shares = [inf, -inf]",
    "[settings.portfolio]\nabc_cuts = [nan, nan]",
    "[settings.portfolio]\nabc_cuts = [1e308, 1e308]",
    "[settings.portfolio]\ncandidate_lift = nan", "[settings.portfolio]\ntrend_p = nan",
    "[settings.portfolio]\nclients_per_manager = [9" + "9" * 30 + ", 9" + "9" * 31 + "]",
    "[settings.portfolio]\nclients_per_manager_of = {North = 1}",
    "[settings.ingest]\nmax_reject_share = nan", "[settings.ingest]\nmax_reject_share = 2",
    "[settings.loyalty]\nscale = '0-11'", "[settings.loyalty]\ntarget = nan",
    "[settings.ltv]\nsector = nan", "[settings.ltv]\nsector = inf\nsector_source = 'x'",
    "[settings.ltv]\nltv_years = 0", "[settings.plan]\nyear_start = 13",
    "[settings.calls]\nlist_rows = 9" + "9" * 30, "[settings.calls]\nrest_days = 9" + "9" * 30,
    "[settings.plan]\npotential_days = 9" + "9" * 18,
    "[settings.base]\nverified_days = 9" + "9" * 18,
    "[settings.base]\nprospect_days = 999999999999", "[settings.base]\nphone_country = '\\u0000'",
    "[settings.base]\nlegal_forms = ['']", "[settings.base]\nlegal_forms = ['(']",
    "[settings.base.categories]\na = ''", "[settings.base.categories]\na = '('",
    "[settings.base.categories]\na = \"" + "(" * 5000 + "\"", "[settings.base.categories]\na = 1",
    "[settings.base.categories]\na = \"" + "not " * 5000 + "x\"",
    "[settings.base.categories]\na = '__import__'",
    "[settings.base.categories]\n'' = 'abc = \"A\"'", "[settings.base.categories]\na = '\\u0000'",
    "[settings.base.categories]\na = \"tags like '%'\"", "[settings.activity]\nnot_done = ['']",
    "[settings.activity]\ntouch_days = {Q = 1}",
    "[settings.activity]\ntouch_days = {A = 9" + "9" * 30 + "}",
    "[settings.activity]\ntouch_days = 1", "mail = 1", "[mail]\nport = 0",
    "[mail]\nport = 9" + "9" * 30, "[mail]\nhost = '\\u0000'", "[mail]\nattach = ['exe']",
    "[mail]\nleads = {North = 1}", "[mail]\nhost = 'a'\nsender = 'b'", "\ufeff\ufeff[company]",
    "=", "[", "]", "'", '"""', "[company", "a = \\", "[]", "[[]]", "a", "a.", "a = 1 b = 2",
    "[a]\n[a]", "a = 1\n[a]", "[a.b]\n[a]\nb = 1", "a = 1979-13-45", "a = 25:61:61",
    "# " + "\u202e" * 100, "\r\r\r", "a = '\ud7ff'", "'" * 10**5,
]  # fmt: skip
BYTES = [b"", b"\0", b"\0" * 4096, b"\xff\xfe", b"\xff\xfea\0", b"\xfe\xff\0a", b"\xef\xbb\xbf",
         "[company]\nname = 'Ж'".encode("cp1251"), "[company]\nname = 'Ж'".encode("utf-16"),
         "[company]\nname = 'Ж'".encode("utf-32"), b"\x80\x81\xfe", b"PK\x03\x04", b"\x1f\x8b\x08",
         b"[company]\nname = '\xed\xa0\x80'"]  # fmt: skip


class Ended(NamedTuple):
    """How a command ended that was given something hostile."""

    what: str
    status: int
    err: str
    files: tuple[str, ...]  # of which one is to be named
    seconds: float

    @property
    def is_clean(self) -> bool:
        """Whether it worked, or said in one line which file is wrong."""
        lines = self.err.splitlines()
        named = any(name in self.err for name in self.files)
        return self.status == 0 or (self.status == 2 and len(lines) == 1 and named)


def command(*arguments: str | Path) -> tuple[int, str]:
    """Run a command line in this process; its status and what it said of mistakes."""
    before = sys.argv
    sys.argv = ["clientops", *map(str, arguments)]
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            cli.main()
    except SystemExit as ended:
        said = err.buffer.getvalue().decode("utf-8", "replace")
        return ended.code, said
    finally:
        sys.argv = before
    raise AssertionError("a command ends with a status")


def write(folder: Path, kind: str) -> Path:
    """Exports of the data folder *folder* whose shipments are a file of a *kind*; that file."""
    folder.mkdir(parents=True)
    path = folder / f"shipments.{kind}"
    if kind == "csv":
        path.write_text("\n".join(",".join(map(str, row)) for row in [COLUMNS, *ROWS]) + "\n")
    elif kind == "xlsx":
        book = openpyxl.Workbook()
        for row in [COLUMNS, *ROWS]:
            book.active.append(row)
        book.save(path)
    else:
        rows = ", ".join(map(repr, ROWS))
        with duckdb.connect() as con:
            con.execute(f"copy (select * replace (cast(shipped_on as date) as shipped_on) from "
                        f"(values {rows}) t({', '.join(COLUMNS)})) to '{path}' "
                        "(format parquet, row_group_size 64)")  # fmt: skip
    return path


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Content cut off, with bytes changed, with a piece of it elsewhere, or with one lost."""
    size = len(content)
    at, length = chance.randrange(size), chance.randrange(1, 1 + size // 4)
    how = chance.randrange(6)
    if how == 0:
        return content[:at]
    if how == 1:
        return content[:at] + content[at + length :]
    if how == 2:
        other = chance.randrange(size)
        return content[:at] + content[other : other + length] + content[at:]
    if how == 3:
        return content[:at] + bytes(length) + content[at + length :]
    result = bytearray(content)
    # Parquet and workbooks say at their end where everything is: many changes fall there.
    last = size - min(size, 400) if how == 4 else 0
    for _ in range(chance.choice((1, 1, 4, 40))):
        result[chance.randrange(last, size)] = chance.randrange(256)
    return bytes(result)


def damaged_sources(root: Path, number: int, seed: int) -> Iterator[Ended]:
    """Check, and build of every fourth, of exports that are damaged."""
    chance = random.Random(seed)
    for turn in range(number):
        kind = chance.choice(("parquet", "xlsx", "csv", "parquet", "xlsx"))
        folder = root / f"{kind}-{turn}"
        path = write(folder, kind)
        path.write_bytes(damaged(path.read_bytes(), chance))
        yield run(
            f"{kind} {seed}-{turn}", folder, "build" if turn % 4 == 0 else "check", "shipments"
        )


def hostile_settings(root: Path, number: int, seed: int) -> Iterator[Ended]:
    """Check of a folder whose settings are hostile: each of ours, then mixtures of them."""
    chance = random.Random(seed)
    told = [piece.encode("utf-8", "surrogatepass") for piece in BROKE + QUERIES + PIECES] + BYTES
    for turn in range(number):
        folder = root / f"settings-{turn}"
        write(folder, "csv")
        (folder / "folder.csv").mkdir()
        (folder / "loop.csv").symlink_to("loop.csv")
        (folder / "broken.csv").symlink_to("nothing")
        text = told[turn] if turn < len(told) else damaged(
            b"\n".join(chance.sample(told, 2)), chance)  # fmt: skip
        (folder / "clientops.toml").write_bytes(text)
        what, words = f"settings {turn} {text[:80]!r}", "check" if turn % 4 else "build"
        yield run(what, folder, words, folder.name, "shipments", "[tables.")


def damaged_stores(root: Path, number: int, seed: int) -> Iterator[Ended]:
    """All that a store of one file damaged gives, to a director and to a manager in turn."""
    chance, data = random.Random(seed), root / "whole"
    write(data, "csv")
    assert command("build", "--data", data)[0] == 0
    snapshot = store.snapshot(data / store.FOLDER)
    files = sorted(path for path in snapshot.rglob("*") if path.is_file())
    for turn in range(number):
        path = chance.choice(files)
        whole, began, said = path.read_bytes(), time.monotonic(), ""
        path.write_bytes(damaged(whole, chance))
        viewer = Viewer(role="manager", manager_ids=("M1",)) if turn % 2 else Viewer()
        try:
            book = open_book(data, viewer)
            for name in FRAMES:
                getattr(book, name)
            for table in (portfolio.client_classes, portfolio.portfolio_quality):
                book.compute(table)
        except ClientOpsError as error:
            said = str(error)
        path.write_bytes(whole)
        what = f"store {seed}-{turn} {path.name}"
        yield Ended(
            what, 2 if said else 0, said, (path.name, snapshot.name), time.monotonic() - began
        )


def run(what: str, folder: Path, words: str, *files: str) -> Ended:
    """How a command about a folder ends, which is then removed."""
    began = time.monotonic()
    status, err = command(*words.split(), "--data", folder)
    shutil.rmtree(folder)
    return Ended(what, status, err, files, time.monotonic() - began)
