"""Servers that run as long as the tests do, and the same companies in each of them."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from clientops.build import told
from clientops.store import engines
from tests.conftest import ADVENTUREWORKS, NORTHWIND, SAMPLE
from tests.engines import companies, servers

COLUMNS = "shipment_id text, shipped_on date, client_id text, revenue numeric(12,2)"
InEngine = Callable[[str, Path], Path]  # makes a company's data folder whose tables lie elsewhere


@pytest.fixture(scope="session")
def folders(tmp_path_factory) -> dict[str, Path]:
    """Companies whose ledgers lie in files."""
    odd = companies.odd(tmp_path_factory.mktemp("odd"), random.Random(7))
    return {"sample": SAMPLE, "northwind": NORTHWIND, "adventureworks": ADVENTUREWORKS, "odd": odd}


@pytest.fixture(scope="session")
def owner(folders) -> Iterator[str]:
    """The address of a PostgreSQL server's owner; all companies are there."""
    with servers.postgres() as address, pytest.MonkeyPatch.context() as patched:
        patched.setenv(engines.PASSWORD, servers.PASSWORD)
        for name, data in folders.items():
            servers.load(address, data, name)
        yield address


@pytest.fixture(scope="session")
def reader(owner) -> str:
    """The address of somebody who may only read there."""
    return servers.of_reader(owner)


@pytest.fixture(scope="session")
def lake(folders, tmp_path_factory) -> Path:
    """A folder with all companies as folders of Parquet files."""
    folder = tmp_path_factory.mktemp("lake")
    for name, data in folders.items():
        servers.to_parquet(data, folder / name)
    return folder


@pytest.fixture(params=["postgres", "spark"])
def in_engine(request, folders) -> InEngine:
    """A function that makes a company's data folder in an engine."""
    is_spark = request.param == "spark"
    lake = request.getfixturevalue("lake") if is_spark else None
    address = "local[2]" if is_spark else request.getfixturevalue("reader")
    return lambda name, at: servers.folder(
        folders[name], at, address, companies.sources(name, folders[name], lake)
    )


@pytest.fixture(scope="session")
def ledger(owner, reader):
    """A function that makes a table of lines and gives its name; the reader may read it."""
    made = []

    def make(columns: str = COLUMNS, *rows: str) -> str:
        name = f"odd.lines_{len(made)}"
        with psycopg.connect(owner, autocommit=True) as con:
            con.execute("create schema if not exists odd")
            con.execute(f"grant usage on schema odd to {servers.READER}")
            con.execute(f"create table {name} ({columns})")
            for row in rows:
                con.execute(f"insert into {name} values ({row})")
            con.execute(f"grant select on {name} to {servers.READER}")
        made.append(name)
        return name

    return make


@pytest.fixture
def facts_only(monkeypatch) -> None:
    """Builds end with the facts: what comes after them is the same for the same facts."""
    monkeypatch.setattr(told, "add", lambda new, copy, progress, wait, before: wait())
