"""What is wrong in an engine or about it: one line, exit code 2, and the old store as it was."""

import socket
import sys
from pathlib import Path

import duckdb
import psycopg
import pytest

from clientops.store import engines
from tests.engines import servers
from tests.engines.conftest import COLUMNS
from tests.test_build import tree


def folder(at: Path, address: str, shipments: str) -> Path:
    at.mkdir(exist_ok=True)
    text = f'[engine]\naddress = "{address}"\n[tables.shipments]\n{shipments}\n'
    (at / "clientops.toml").write_text(text, encoding="utf-8")
    return at


def test_a_mistake_leaves_the_store_as_it_was(run, ledger, reader, tmp_path):
    table = ledger(COLUMNS, "'S1', '2025-11-03', 'C1', 100.50", "'S2', '2025-12-04', 'C2', 50")
    data = folder(tmp_path / "data", reader, f'table = "{table}"')
    built = run("build", "--data", data)
    assert built.status == 0, built.err
    assert "150.50" in built.out
    assert "up to date" in run("build", "--data", data).out
    before = tree(data / ".clientops")
    folder(data, reader, 'table = "odd.nothing"')
    assert 'relation "odd.nothing" does not exist' in run("build", "--data", data).line
    assert tree(data / ".clientops") == before


ONE_LINE = {
    "no such table": ('table = "odd.nothing"', "[tables.shipments]", "does not exist"),
    "no such column": (
        "sql = 'select nothing from northwind.orders'", "[tables.shipments]", "nothing"),
    "no such renamed column": (
        'table = "northwind.orders"\ncolumns = { revenue = "money" }', "money", "for revenue"),
    "required columns": ('table = "northwind.orders"', "required columns", "revenue"),
    "not to be read": ('table = "odd.secrets"', "permission denied", "secrets"),
    "not one query": ("sql = 'select 1; select 2'", "[tables.shipments]", "syntax"),
    "another behind it": (
        "sql = 'select 1) as x; create table odd.mine (a int); --'", "[tables.shipments]", ""),
    "no query": ("sql = 'delete from northwind.orders'", "[tables.shipments]", "syntax"),
    "writes inside": (
        "sql = 'with x as (delete from northwind.orders returning *) select * from x'", "", "WITH"),
    "a file": ('file = "shipments.csv"', "lies in the engine", "file"),
}  # fmt: skip


@pytest.mark.parametrize("name", ONE_LINE)
def test_what_is_wrong_is_one_line(name, run, owner, reader, ledger, tmp_path):
    with psycopg.connect(owner, autocommit=True) as con:
        con.execute("create schema if not exists odd")
        con.execute("create table if not exists odd.secrets (shipment_id text)")
        con.execute(f"grant usage on schema odd to {servers.READER}")
    shipments, where, what = ONE_LINE[name]
    line = run("build", "--data", folder(tmp_path, reader, shipments)).line
    assert where in line
    assert what in line
    assert not (tmp_path / ".clientops" / "current").exists()


TYPES = [
    ("shipped_on", "varchar", "shipped_on text, revenue numeric"),
    ("revenue", "varchar", "shipped_on date, revenue varchar(9)"),
    ("revenue", "money", "shipped_on date, revenue money"),
]


@pytest.mark.parametrize("column, type_, columns", TYPES)
def test_a_column_of_another_type(column, type_, columns, run, reader, ledger, tmp_path):
    table = ledger(f"shipment_id text, client_id text, {columns}")
    line = run("build", "--data", folder(tmp_path, reader, f'table = "{table}"')).line
    assert f"column {column} is {type_}, " in line
    assert "cast it in sql" in line


def test_the_day_of_a_moment_is_asked_for(run, reader, ledger, tmp_path):
    """Midnight in Berlin is the day before in UTC."""
    columns = COLUMNS.replace("shipped_on date", "shipped_on timestamptz(3)")
    table = ledger(columns, "'S', '2026-01-01 00:00+01', 'C', 1", "'S2', '2026-02-28', 'C', 1")
    data = folder(tmp_path, reader, f'table = "{table}"')
    assert "shipped_on holds moments with a time zone" in run("build", "--data", data).line
    path = data / "clientops.toml"
    path.write_text(path.read_text() + '[company]\ntimezone = "Europe/Berlin"\n')
    assert run("build", "--data", data).status == 0
    assert "2026-01-01" in run("table", "data_sources", "--data", data).out


@pytest.mark.parametrize("kind", ["float8", "numeric", "real"])
@pytest.mark.parametrize("value", ["NaN", "1e16"])
def test_a_number_that_fits_nowhere_is_named(value, kind, run, reader, ledger, tmp_path):
    columns = COLUMNS.replace("revenue numeric(12,2)", f"revenue {kind}")
    table = ledger(columns, "'S', '2026-01-01', 'C', 1", f"'T7', '2026-01-01', 'C', '{value}'")
    line = run("build", "--data", folder(tmp_path, reader, f'table = "{table}"')).line
    assert "column revenue: 1 values are no numbers or too large" in line
    assert "as that of T7" in line


def test_what_stands_in_a_column_of_few_digits_counts(run, reader, ledger, tmp_path):
    table = ledger(COLUMNS.replace("revenue numeric(12,2)", "revenue real"),
                   "'S', '2026-01-01', 'C', 34605.88", "'T', '2026-01-02', 'C', 0.07")  # fmt: skip
    control = "control = { revenue = 34605.95 }"
    data = folder(tmp_path, reader, f'table = "{table}"\n{control}')
    assert run("build", "--data", data).status == 0


def test_a_wrong_password(run, reader, tmp_path, monkeypatch):
    data = folder(tmp_path, reader, 'table = "northwind.orders"')
    monkeypatch.setenv(engines.PASSWORD, "guessed")
    line = run("build", "--data", data).line
    assert "password authentication failed" in line
    assert "guessed" not in line
    monkeypatch.delenv(engines.PASSWORD)
    line = run("build", "--data", data).line
    assert line.endswith(f"asks for a password: it stands in ${engines.PASSWORD}")


@pytest.mark.parametrize(
    "address, said",
    [
        ("postgresql://reader@127.0.0.1:{port}/postgres", "refused"),
        ("postgresql://reader@nowhere.invalid/postgres", "nowhere.invalid"),
        ("postgresql://reader:open@127.0.0.1/postgres", "never in this file"),
        ("mysql://reader@127.0.0.1/postgres", "none of postgresql://"),
    ],
)
def test_a_server_that_is_away(address, said, run, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = address.format(port=free.getsockname()[1])
    data = folder(tmp_path, address, 'table = "lines"')
    line = run("build", "--data", data).line
    assert said in line.lower()
    assert ":open" not in line.replace(address, "")


def test_what_is_queried_can_write_nothing(run, owner, reader, ledger, tmp_path):
    """Not even a function of somebody who may."""
    with psycopg.connect(owner, autocommit=True) as con:
        con.execute("create schema if not exists odd")
        con.execute("create table if not exists odd.log (a int)")
        con.execute(
            "create or replace function odd.writes() returns text language sql security definer "
            "as 'insert into odd.log values (1) returning a::text'"
        )
    sql = ("select odd.writes() as shipment_id, date '2025-11-03' as shipped_on, "
           "'C1' as client_id, 1 as revenue")  # fmt: skip
    data = folder(tmp_path, reader, f'sql = "{sql}"')
    assert "read-only transaction" in run("build", "--data", data).line
    with psycopg.connect(owner) as con:
        assert con.execute("select count(*) from odd.log").fetchone() == (0,)


def test_rows_that_cannot_be_are_rejected_with_their_reason(run, reader, ledger, tmp_path):
    good = [f"'S{n}', '2025-{n % 12 + 1:02}-05', 'C{n % 7}', {n}" for n in range(300)]
    odd = ["'S', '1025-01-01', 'C', 1", "'S', null, 'C', 2", "'T', '2025-01-05', ' ', 3"]
    table = ledger(COLUMNS, *good, *odd)
    data = folder(tmp_path, reader, f'table = "{table}"')
    checked = run("check", "--data", data)
    assert checked.status == 0, checked.err
    assert "'S, 1025-01-01, C, 1.0000': not a date from 1970 to 2100" in checked.out
    assert "shipped_on: 'S, , C, 2.0000': empty" in checked.out
    assert "client_id: 'T, 2025-01-05, , 3.0000': empty" in checked.out
    assert " 303 " in checked.out


def test_too_many_of_them_stop_the_build(run, reader, ledger, tmp_path):
    table = ledger(COLUMNS, "'S', '2025-01-01', 'C', 1", "'S', null, 'C', 2")
    data = folder(tmp_path, reader, f'table = "{table}"')
    assert "1 of 2 rows cannot be read" in run("build", "--data", data).line


def test_sums_known_from_elsewhere(run, reader, ledger, tmp_path):
    table = ledger(COLUMNS, "'S', '2025-01-01', 'C', 1")
    data = folder(tmp_path, reader, f'table = "{table}"\ncontrol = {{ revenue = 2 }}')
    assert "adds up to 1.00, not to the 2.00 of control" in run("build", "--data", data).line


@pytest.fixture
def texts(tmp_path) -> Path:
    """A folder of Parquet whose money is text."""
    folder = tmp_path / "texts"
    folder.mkdir()
    duckdb.execute(
        "copy (select 'S' as shipment_id, date '2025-01-05' as shipped_on, 'C' as client_id, "
        f"'1,5' as revenue) to '{folder}/part.parquet' (format parquet)"
    )
    return folder


SPARK = {
    "no such table": ('table = "sales.nothing"', "TABLE_OR_VIEW_NOT_FOUND"),
    "no such folder": ('table = "/nowhere/lines/"', "PATH_NOT_FOUND"),
    "no such column": ("sql = 'select nothing from parquet.\"{texts}\"'", "UNRESOLVED_COLUMN"),
    "no query": ("sql = 'drop table lines'", "PARSE_SYNTAX_ERROR"),
    "another behind it": ("sql = 'select 1) as x; drop table lines --'", "PARSE_SYNTAX_ERROR"),
    "required columns": ("sql = 'select 1 as revenue'", "required columns shipment_id"),
    "another type": ('table = "{texts}/"', "column revenue is varchar"),
}


@pytest.mark.parametrize("name", SPARK)
def test_what_spark_says_is_one_line(name, run, texts, tmp_path):
    shipments, said = SPARK[name]
    data = folder(tmp_path / "data", "local[1]", shipments.format(texts=texts))
    line = run("build", "--data", data).line
    assert "[tables.shipments]" in line
    assert said in line
    assert not (data / ".clientops" / "current").exists()


@pytest.mark.parametrize("scheme", ["spark", "sc"])
def test_a_cluster_that_is_away(scheme, run, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"{scheme}://127.0.0.1:{free.getsockname()[1]}"
    data = folder(tmp_path, address, 'table = "lines"')
    assert run("build", "--data", data).line == f"clientops: {address}: Connection refused"


@pytest.mark.parametrize(
    "address, module, extra",
    [("postgresql://reader@db/erp", "psycopg", "postgres"), ("local[*]", "pyspark", "spark")],
)
def test_a_driver_that_is_not_there(address, module, extra, run, tmp_path, monkeypatch):
    for name in [each for each in sys.modules if each.partition(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, f"clientops.store.{extra}", raising=False)
    monkeypatch.setitem(sys.modules, module, None)
    line = run("build", "--data", folder(tmp_path, address, 'table = "lines"')).line
    assert line.endswith(f"needs {module}: pip install -e '.[{extra}]' in the checkout")
