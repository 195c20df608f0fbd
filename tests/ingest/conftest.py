"""Small exports written into a folder and ingested: what the tests of this folder look at."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import duckdb
import openpyxl
import pytest

from clientops import ingest, store
from clientops.settings import read_settings
from tests.ledgers import UNPLANNED

SHIPMENTS = "shipment_id,shipped_on,client_id,revenue\nS1,2024-01-15,C1,10\n"


class Ingested(NamedTuple):
    """The engine after an ingest, and the reconciliation of each table."""

    con: duckdb.DuckDBPyConnection
    reconciliation: dict[str, ingest.Reconciliation]

    def rows(self, table: str, columns: str) -> list[tuple]:
        """Rows of a table, as texts, in order."""
        texts = ", ".join(f"cast({column} as varchar)" for column in columns.split(", "))
        return self.con.execute(f"select {texts} from {table} order by all").fetchall()

    def column(self, column: str, table: str = "shipments") -> list[str]:
        """One column, as texts, in the order of the rows read."""
        query = f"select cast({column} as varchar) from {table} order by rowid"
        return [row[0] for row in self.con.execute(query).fetchall()]

    @property
    def rejects(self) -> list[tuple]:
        """File, line, column, value and reason, in the order of lines."""
        query = 'select file, line, "column", value, reason from rejects order by all'
        return self.con.execute(query).fetchall()


@pytest.fixture
def export(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes files (text is UTF-8, a list of rows is a workbook) into a folder."""

    def write(contents: dict[str, str | bytes | list], toml: str = "") -> Path:
        data = tmp_path / "data"
        for name, content in contents.items():
            path = data / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, list):
                book = openpyxl.Workbook()
                for row in content:
                    book.active.append(row)
                book.save(path)
            else:
                path.write_bytes(content.encode() if isinstance(content, str) else content)
        data.mkdir(exist_ok=True)
        (data / "clientops.toml").write_text(toml, encoding="utf-8")
        return data

    return write


@pytest.fixture
def parquet(tmp_path: Path) -> Callable[[str], bytes]:
    """A function that gives the bytes of a Parquet file with the rows of a query."""

    def write(query: str) -> bytes:
        path = tmp_path / "written.parquet"
        duckdb.connect().execute(f"copy ({query}) to '{path}' (format parquet)")
        return path.read_bytes()

    return write


@pytest.fixture
def ingested(export: Callable[..., Path]) -> Callable[..., Ingested]:
    """A function that ingests files; a line of shipments is added where there is none."""

    def run(contents: dict, toml: str = "", *, strict: bool = False) -> Ingested:
        if "tables.shipments" not in toml and not any(n.startswith("shipments") for n in contents):
            contents = {"shipments.csv": SHIPMENTS} | contents
        data = export(contents, toml)
        con = store.connect()
        con.execute(UNPLANNED)  # builds are planned
        results = ingest.ingest(con, data, read_settings(data), lambda step: None, strict)
        return Ingested(con, {result.table: result for result in results})

    return run
