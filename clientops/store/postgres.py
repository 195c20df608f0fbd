"""A ledger in PostgreSQL.

The session is read only: whatever is somebody's (a table, a query) is read in one transaction that
the server keeps from writing, and so is all of one moment. What the facts need in between are
temporary tables, which end with the session; their texts are ordered by code point.
"""

import contextlib
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import psycopg
from psycopg.conninfo import conninfo_to_dict

from clientops.errors import ClientOpsError
from clientops.schema import READ, TABLES, Table
from clientops.store.engines import PASSWORD, quoted

_TEXT = 'text collate "C"'  # by code point, whatever order the database has
# What DuckDB calls types of a server; a number without end has as many digits as fit.
_NAMES = {"bool": "BOOLEAN", "int2": "INTEGER", "int4": "INTEGER", "int8": "BIGINT",
          "float4": "FLOAT", "float8": "DOUBLE", "numeric": "DECIMAL(38,10)", "date": "DATE",
          "timestamp": "TIMESTAMP", "timestamptz": "TIMESTAMP WITH TIME ZONE", "text": "VARCHAR",
          "varchar": "VARCHAR", "bpchar": "VARCHAR"}  # fmt: skip
_TAKEN = {"VARCHAR": _TEXT, "DOUBLE": "double precision"}  # DuckDB's types there, where not alike
# Memory for each sum and join of a statement: by 4 MB, the usual, they are looked up row by row.
_USUAL = {"work_mem": "256MB", "jit": "off"}
_FIXED = {"datestyle": "ISO", "client_encoding": "UTF8", "default_transaction_read_only": "on"}
_READING = "begin isolation level repeatable read read only"
PATIENCE = 15  # seconds that a server has to answer at all


class Postgres:
    """A session of a PostgreSQL server: see engines.Engine."""

    types: Mapping[str, str] = {"text": "text", "date": "date", "month": "date",
        "first_day": "date", "timestamp": "timestamp", "money": "numeric(18,4)",
        "number": "numeric(18,4)", "integer": "bigint", "boolean": "boolean"}  # fmt: skip

    def __init__(self, address: str, password: str, options: Mapping[str, str], zone: str) -> None:
        """Connect; the ledger's rows will come into a table that is there before any is read."""
        with self._said(address):
            given = {"password": password} if password else {}
            patience = conninfo_to_dict(address).get("connect_timeout", PATIENCE)
            try:
                self._con = psycopg.connect(address, autocommit=True, connect_timeout=patience,
                                            **given)  # fmt: skip
            except psycopg.OperationalError as error:
                if "no password supplied" not in str(error):
                    raise
                raise ClientOpsError("{address}: asks for a password: it stands in ${variable}",
                                     address=address, variable=PASSWORD) from error  # fmt: skip
        with self._said(address):
            settings = {**_USUAL, **options, **_FIXED, "timezone": zone or "UTC"}
            for name, value in settings.items():
                self._con.execute("select set_config(%s, %s, false)", [name, value])
            types = self.types | {"text": _TEXT}
            columns = ", ".join(f"{c.name} {types[c.type]}" for c in TABLES["shipments"].columns)
            self._write(f"create temp table {READ} ({columns})")
            self._con.execute(_READING)
        self._address = address

    def named(self, name: str) -> str:
        """See Engine."""
        return quoted(name)

    def columns(self, query: str) -> dict[str, str]:
        """See Engine. A prepared statement is one, so the query cannot hold another behind it."""
        with self._said():
            found = self._con.execute(f"select * from ({query}) as nothing limit 0", prepare=True)
            names = [column.name for column in found.description]
            if twice := {name for name in names if names.count(name) > 1}:
                raise ClientOpsError("{address}: more than one column is called {name}",
                                     address=self._address, name=min(twice))  # fmt: skip
            return {column.name: _duckdb_type(column) for column in found.description}

    def read(self, table: Table, query: str) -> None:
        """See Engine."""
        with self._said():
            try:
                self._con.execute(f"insert into {READ} {query}")
            except psycopg.Error:  # why may be looked for, and that must not write either
                self._con.execute("rollback")
                self._con.execute(_READING)
                raise
            self._con.execute("commit")
            self._con.execute(f"analyze {READ}")

    def run(self, sql: str) -> psycopg.Cursor:
        """See Engine."""
        with self._said():
            made = re.match(r"\s*create (table|view) (\w+) as", sql)
            if not made:
                return self._con.execute(sql)
            self._write(sql.replace("create ", "create temp ", 1))
            if made[1] == "table":  # else every join is planned for a few rows
                self._con.execute(f"analyze {made[2]}")
            return self._con.cursor()

    def fetch(self, con: duckdb.DuckDBPyConnection, target: str, query: str) -> None:
        """See Engine. The way leads through a CSV file: by far the fastest."""
        types = {name: _read_as(type_) for name, type_ in self.columns(query).items()}
        copying = f"copy (\n{query}\n) to stdout (format csv)"
        with _file(con) as path, self._said(), self._con.cursor() as cursor:
            with path.open("wb") as out, cursor.copy(copying) as rows:
                for block in rows:
                    out.write(block)
            con.execute(
                f"create table {target} as from read_csv('{path}', delim=',', quote='\"', "
                "escape='\"', header=false, nullstr='', allow_quoted_nulls=false, "
                f"auto_detect=false, max_line_size=16777216, columns={types!r})"
            )

    def put(self, con: duckdb.DuckDBPyConnection, name: str, query: str) -> None:
        """See Engine."""
        described = con.execute(f"describe {query}").fetchall()
        columns = ", ".join(f"{quoted(row[0])} {_TAKEN.get(row[1], row[1])}" for row in described)
        copying = f"copy {name} from stdin (format csv)"
        with _file(con) as path, self._said(), self._con.cursor() as cursor:
            con.execute(f"copy ({query}) to '{path}' (format csv, header false)")
            self._write(f"create temp table {name} ({columns})")
            with path.open("rb") as rows, cursor.copy(copying) as copy:
                while block := rows.read(1 << 20):
                    copy.write(block)
            self._con.execute(f"analyze {name}")

    def close(self) -> None:
        """See Engine."""
        self._con.close()

    def _write(self, sql: str) -> None:
        """Run a statement of ours that makes something temporary."""
        self._con.execute("begin read write")
        self._con.execute(sql)
        self._con.execute("commit")

    @contextlib.contextmanager
    def _said(self, address: str = "") -> Iterator[None]:
        """What the server says, in one line."""
        try:
            yield
        except (psycopg.Error, duckdb.ConversionException) as error:
            reason = str(error).strip().partition("\n")[0]
            raise ClientOpsError("{address}: {reason}", address=address or self._address,
                                 reason=reason) from error  # fmt: skip


@contextlib.contextmanager
def _file(con: duckdb.DuckDBPyConnection) -> Iterator[Path]:
    """A file for rows on their way, where the engine here puts what its memory does not hold."""
    (spill,) = con.execute("select current_setting('temp_directory')").fetchone()
    Path(spill).mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=spill or None) as folder:
        yield Path(folder) / "rows.csv"


def _duckdb_type(column: psycopg.Column) -> str:
    """What DuckDB calls a column's type; what the server does where DuckDB has none such."""
    if column.type_display.startswith("numeric(") and column.scale >= 0:
        return f"DECIMAL({min(38, column.precision)},{column.scale})"
    kind = column.type_display.partition("(")[0]  # of timestamp(3), of varchar(20)
    return _NAMES.get(kind, "VARCHAR" if kind.isdecimal() else kind)  # a type made there: a number


def _read_as(type_: str) -> str:
    """The type in which a column that comes here is read: what DuckDB does not know is text."""
    if type_ == "FLOAT":  # what is written of it, and not what is nearest to that in few digits
        return "DOUBLE"
    return type_ if type_ in _NAMES.values() or type_.startswith("DECIMAL") else "VARCHAR"
