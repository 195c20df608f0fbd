"""A ledger in Spark: local, a cluster, or a server of Spark Connect.

Queries stand in brackets in a query of ours, so that they cannot be commands. What the facts need
in between is kept by the workers, in memory and where that does not do on disk, and only there.
"""

import contextlib
import logging
import os
import re
import shutil
import socket
import urllib.parse
import warnings
from collections.abc import Iterator, Mapping
from types import SimpleNamespace

import duckdb
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

from clientops.errors import ClientOpsError
from clientops.schema import READ, Table
from clientops.store.engines import quoted

_DECIMAL = "decimal(18,4)"
# Types of Spark by what DuckDB calls them.
_NAMES = {"string": "VARCHAR", "int": "INTEGER", "smallint": "INTEGER", "tinyint": "INTEGER",
          "bigint": "BIGINT", "double": "DOUBLE", "float": "FLOAT", "date": "DATE",
          "timestamp_ntz": "TIMESTAMP", "timestamp": "TIMESTAMP WITH TIME ZONE"}  # fmt: skip
_USUAL = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
# On one machine: all cores and no more pieces than they are for; the network is not needed.
_LOCAL = {"spark.sql.shuffle.partitions": str(2 * (os.cpu_count() or 1)),
          "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}  # fmt: skip
# What is known of columns by filters confuses Spark where a frame was cut off (see _cut).
_FIXED = {"spark.sql.ansi.enabled": "true", "spark.sql.ansi.doubleQuotedIdentifiers": "true",
          "spark.sql.constraintPropagation.enabled": "false"}  # fmt: skip
AT_ONCE = 2_000_000  # rows that come back in one piece
PATIENCE = 15  # seconds that a server has to answer at all


class Spark:
    """A session of Spark: see engines.Engine."""

    types: Mapping[str, str] = {"text": "string", "date": "date", "month": "date",
        "first_day": "date", "timestamp": "timestamp_ntz", "money": _DECIMAL, "number": _DECIMAL,
        "integer": "bigint", "boolean": "boolean"}  # fmt: skip

    def __init__(self, address: str, password: str, options: Mapping[str, str], zone: str) -> None:
        """Connect. A password is the token of Spark Connect, or the secret of a cluster."""
        self._address = address
        self._is_shared = "spark.checkpoint.dir" in options
        usual = _USUAL | (_LOCAL if address.startswith("local") else {})
        given = {**usual, **options, **_FIXED, "spark.sql.session.timeZone": zone or "UTC"}
        logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)  # errors are raised
        builder = SparkSession.builder.appName("ClientOps")
        _answers(address)
        if address.startswith("sc://"):
            token = f"{';' if ';' in address else '/;'}token={password}" if password else ""
            builder = builder.remote(address + token)
            given = {name: value for name, value in given.items() if name.startswith("spark.sql.")}
        else:
            home = os.environ.get("JAVA_HOME")
            if not shutil.which("java", path=home and f"{home}/bin"):
                raise ClientOpsError("{address}: needs Java 17 on this machine", address=address)
            builder = builder.master(address)
            if password and address.startswith("spark://"):
                given |= {"spark.authenticate": "true", "spark.authenticate.secret": password}
        for name, value in given.items():
            builder = builder.config(name, value)
        with self._said(), _silence():
            self._spark = builder.getOrCreate()

    def named(self, name: str) -> str:
        """See Engine. What has a slash in it is a folder of Parquet files."""
        return f'parquet."{name}"' if "/" in name else quoted(name)

    def columns(self, query: str) -> dict[str, str]:
        """See Engine."""
        with self._said():
            found = self._spark.sql(query).dtypes
            return {name: _NAMES.get(type_, type_.upper()) for name, type_ in found}

    def read(self, table: Table, query: str) -> None:
        """See Engine."""
        with self._said():
            self._spark.sql(query).persist().createOrReplaceTempView(READ)

    def run(self, sql: str) -> object:
        """See Engine."""
        sql = re.sub(r"\btrunc\(", "(", sql)  # trunc is of days here; a cast cuts off by itself
        made = re.match(r"\s*create (table|view) (\w+) as(.*)", sql, re.DOTALL)
        with self._said():
            if made:
                frame = self._spark.sql(made[3])
                frame = self._cut(frame) if made[1] == "table" else frame
                return frame.createOrReplaceTempView(made[2])
            rows = [tuple(row) for row in self._spark.sql(sql).collect()]
        return SimpleNamespace(fetchone=lambda: next(iter(rows), None), fetchall=lambda: rows)

    def fetch(self, con: duckdb.DuckDBPyConnection, target: str, query: str) -> None:
        """See Engine. In pieces, told apart by what is in a row, that memory has room for."""
        with self._said():
            frame = self._spark.sql(query).persist()
            pieces = frame.count() // AT_ONCE + 1
            mark = f"pmod(xxhash64({', '.join(map(quoted, frame.columns))}), {pieces})"
            for piece in range(pieces):
                rows = (frame.where(f"{mark} = {piece}") if pieces > 1 else frame).toArrow()
                con.complete()  # what nobody fetched to its end stands in the way
                con.register("piece", rows)
                how = f"insert into {target}" if piece else f"create table {target} as"
                con.execute(f"{how} from piece")
                con.unregister("piece")
            frame.unpersist()

    def put(self, con: duckdb.DuckDBPyConnection, name: str, query: str) -> None:
        """See Engine."""
        con.complete()
        rows = con.sql(query).to_arrow_table()
        with self._said():
            types = from_arrow_schema(rows.schema)  # which a table without rows does not tell
            self._spark.createDataFrame(rows, types).createOrReplaceTempView(name)

    def close(self) -> None:
        """See Engine."""
        with contextlib.suppress(Exception), _silence():
            self._spark.stop()

    def _cut(self, frame: DataFrame) -> DataFrame:
        """A frame that was worked out, and no longer knows from what: plans would grow without
        end. Kept by the workers, or where they can be lost in a folder that all of them see."""
        return frame.checkpoint() if self._is_shared else frame.localCheckpoint()

    @contextlib.contextmanager
    def _said(self) -> Iterator[None]:
        """What Spark says, in one line; of what it has not yet been tried with, nothing."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "PySpark does not yet fully support", FutureWarning)
            try:
                yield
            except (PySparkException, Py4JError) as error:
                lines = str(error).strip().splitlines()
                reason = next((line[2:] for line in lines if line.startswith(": ")), lines[0])
                reason = reason.partition(" SQLSTATE")[0]
                raise ClientOpsError("{address}: {reason}", address=self._address,
                                     reason=reason) from error  # fmt: skip


def _answers(address: str) -> None:
    """Raise ClientOpsError where a server is away: Spark itself asks it for minutes."""
    place = urllib.parse.urlsplit(address)
    if place.scheme not in ("spark", "sc"):
        return
    usual = 7077 if place.scheme == "spark" else 15002
    try:
        socket.create_connection((place.hostname, place.port or usual), PATIENCE).close()
    except OSError as error:
        raise ClientOpsError("{address}: {reason}", address=address,
                             reason=error.strerror or str(error)) from error  # fmt: skip


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """What Java writes to the terminal is read by nobody; what it starts here inherits that."""
    kept = [os.dup(stream) for stream in (1, 2)]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        yield
    finally:
        for stream, copy in zip((1, 2), kept, strict=True):
            os.dup2(copy, stream)
            os.close(copy)
        os.close(nowhere)
