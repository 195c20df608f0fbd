"""A PostgreSQL server of one's own, and data folders whose tables lie in an engine."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import psycopg

from clientops import schema, settings
from clientops.ingest import sql

PROGRAMS = [
    *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True),
    *map(Path, os.get_exec_path()),
]
READER, PASSWORD = "reader", "a secret's secret"
# What DuckDB calls types, there; texts are ordered as dictionaries do, which is not by code point.
TYPES = {
    "VARCHAR": "text",
    "DOUBLE": "double precision",
    "UTINYINT": "smallint",
    "UBIGINT": "numeric(20)",
}


def program(name: str) -> str | None:
    """A program of PostgreSQL, wherever Debian puts it."""
    return next((str(folder / name) for folder in PROGRAMS if (folder / name).is_file()), None)


def as_nobody(folder: Path) -> list[str]:
    """What comes before a command that root must not run, for whom the folder is then made."""
    if os.getuid():
        return []
    user = "postgres" if "postgres" in {each.pw_name for each in pwd.getpwall()} else "nobody"
    shutil.chown(folder, user)
    return ["runuser", "-u", user, "--"]


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """A new server; gives the address of its owner. It keeps nothing and lets go of its port."""
    with tempfile.TemporaryDirectory(prefix="clientops-postgres-") as name, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        folder = Path(name)
        before = as_nobody(folder)
        data, quiet = str(folder / "data"), {"check": True, "stdout": subprocess.DEVNULL}
        made = ["--auth-host=scram-sha-256", "--auth-local=trust", "--encoding=UTF8", "--no-sync",
                "--username=owner", "--locale=C.UTF-8", "--locale-provider=icu",
                "--icu-locale=en"]  # fmt: skip
        subprocess.run([*before, program("initdb"), "-D", data, *made], cwd=folder, **quiet)
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        start = [program("pg_ctl"), "-D", data, "-o", options, "-l", str(folder / "log"), "-w"]
        subprocess.run([*before, *start, "start"], cwd=folder, **quiet)
        try:
            address = f"postgresql://owner@/postgres?host={folder}&port={port}"
            with psycopg.connect(address, autocommit=True) as con:
                quoted = PASSWORD.replace("'", "''")
                con.execute(f"create role {READER} login password '{quoted}'")
            yield address
        finally:
            subprocess.run([*before, *start, "-m", "immediate", "stop"], cwd=folder, **quiet)


@contextlib.contextmanager
def spark_connect() -> Iterator[str]:
    """A new server of Spark Connect; gives its address."""
    import pyspark

    home = Path(pyspark.__file__).parent
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {"spark.connect.grpc.binding.port": port, "spark.ui.enabled": "false",
               "spark.connect.grpc.binding.address": "127.0.0.1",
               "spark.sql.shuffle.partitions": 4}  # fmt: skip
    command = [home / "bin" / "spark-submit", "--master", "local[2]"]
    command += [word for name, value in options.items() for word in ("--conf", f"{name}={value}")]
    command += ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer",
                "spark-internal"]  # fmt: skip
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen(command, env=os.environ | {"SPARK_HOME": str(home)}, **quiet)
    try:
        for _ in range(240):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            time.sleep(0.5)
        yield f"sc://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def of_reader(owner: str) -> str:
    """The address of somebody who may only read, over the network."""
    port = owner.rpartition("=")[2]
    return f"postgresql://{READER}@127.0.0.1:{port}/postgres"


def files(data: Path) -> dict[str, str]:
    """The files of a data folder as SQL of DuckDB, by their names; columns that are ours have the
    types of the schema, as a database has them."""
    found = {}
    for path in sorted(data.iterdir()):
        if path.suffix == ".parquet":
            found[path.stem] = f"select * from '{path}'"
        elif path.suffix == ".csv":
            table = schema.TABLES.get(path.stem)
            ours = {c.name: sql.TYPES[c.type] for c in table.columns} if table else {}
            con = duckdb.connect()
            there = con.execute(f"describe from read_csv('{path}', all_varchar=true)").fetchall()
            types = {name: ours[name] for name, *_ in there if name in ours}
            found[path.stem] = f"select * from read_csv('{path}', types={types!r})"
    return found


def load(address: str, data: Path, place: str) -> None:
    """Put the files of a data folder into tables of a schema, which the reader may read."""
    with psycopg.connect(address, autocommit=True) as con, tempfile.TemporaryDirectory() as folder:
        con.execute(f"create schema {place}")
        for name, query in files(data).items():
            insert(con, f"{place}.{name}", query, Path(folder) / "rows.csv")
        con.execute(f"grant usage on schema {place} to {READER}")
        con.execute(f"grant select on all tables in schema {place} to {READER}")


def to_parquet(data: Path, lake: Path) -> None:
    """Put the files of a data folder into folders of Parquet files."""
    for name, query in files(data).items():
        (lake / name).mkdir(parents=True)
        duckdb.execute(f"copy ({query}) to '{lake / name}/part.parquet' (format parquet)")


def insert(con: psycopg.Connection, table: str, query: str, path: Path) -> None:
    """Make a table of what a query of DuckDB gives."""
    described = duckdb.execute(f"describe {query}").fetchall()
    columns = ", ".join(
        f"{name.lower()} {TYPES.get(type_, type_)}" for name, type_, *_ in described
    )
    duckdb.execute(f"copy ({query}) to '{path}' (format csv, header false)")
    con.execute(f"create table {table} ({columns})")
    copying = f"copy {table} from stdin (format csv)"
    with path.open("rb") as rows, con.cursor() as cursor, cursor.copy(copying) as copy:
        while block := rows.read(1 << 20):
            copy.write(block)


def folder(data: Path, at: Path, address: str, sources: dict[str, str]) -> Path:
    """A data folder that says what another does of the company and settings, and whose tables lie
    in an engine: those of *sources*, each as lines of TOML."""
    at.mkdir(parents=True, exist_ok=True)
    text = (data / settings.FILE).read_text(encoding="utf-8")
    parts = ["[" + part for part in f"\n{text}".split("\n[")[1:]]
    kept = "\n".join(part for part in parts if not part.startswith("[tables."))
    others = [name for name in sources if name != "shipments"]
    engine = f"[engine]\naddress = {address!r}\ntables = {others!r}\n"
    tables = "\n".join(f"[tables.{name}]\n{text}" for name, text in sources.items())
    (at / settings.FILE).write_text(f"{kept}\n{engine}\n{tables}\n", encoding="utf-8")
    return at
