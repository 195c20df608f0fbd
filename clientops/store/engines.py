"""Engines that hold the ledger where one machine is too small for it: PostgreSQL and Spark.

An engine is a session of a server, which only reads. The strings of facts.py run there, and what
comes back is as large as a fact. One is opened by its address, and its driver imported only then.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import Protocol

import duckdb

from clientops.errors import ClientOpsError
from clientops.schema import Table

PASSWORD = "CLIENTOPS_ENGINE_PASSWORD"


class Engine(Protocol):
    """What an engine does. Errors of the server become a ClientOpsError of one line."""

    types: Mapping[str, str]  # its SQL types for those of the schema

    def named(self, name: str) -> str:
        """SQL of a table by its name there, with the schema before it where it has one."""

    def columns(self, query: str) -> dict[str, str]:
        """The columns of somebody's query with their types, as DuckDB calls them."""

    def read(self, table: Table, query: str) -> None:
        """Take what a query gives as schema.READ. Nothing of somebody's is read after that."""

    def run(self, sql: str) -> object:
        """Run one statement of ours; a query's result has fetchone() and fetchall()."""

    def fetch(self, con: duckdb.DuckDBPyConnection, target: str, query: str) -> None:
        """Make a table of *con* of what a query gives."""

    def put(self, con: duckdb.DuckDBPyConnection, name: str, query: str) -> None:
        """Make a table there of what a query of *con* gives."""

    def close(self) -> None:
        """End the session; nothing of it is left on the server."""


@contextlib.contextmanager
def opened(address: str, options: Mapping[str, str], zone: str) -> Iterator[Engine | None]:
    """The engine of an address, as long as it is needed; None where there is no address.

    *options*: settings of its session; *zone*: in which its moments are told. The password is in
    $CLIENTOPS_ENGINE_PASSWORD. Raises ClientOpsError where the driver or the server is not there.
    """
    if not address:
        yield None
        return
    name = "postgres" if address.startswith("postgres") else "spark"
    try:
        if name == "postgres":
            from clientops.store.postgres import Postgres as Kind
        else:
            from clientops.store.spark import Spark as Kind
    except ModuleNotFoundError as error:
        module = error.name.partition(".")[0]
        raise ClientOpsError(
            "{address}: needs {module}: pip install -e '.[{extra}]' in the checkout",
            address=address, module=module, extra=name,
        ) from error  # fmt: skip
    engine = Kind(address, os.environ.get(PASSWORD, ""), options, zone)
    try:
        yield engine
    finally:
        engine.close()


def quoted(name: str) -> str:
    """An SQL name, quoted, each part of it."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in name.split("."))
