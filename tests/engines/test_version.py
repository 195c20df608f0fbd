"""When a ledger that lies elsewhere is read anew."""

import datetime

import psycopg
import pytest

from clientops.build import build
from tests.engines.conftest import COLUMNS
from tests.engines.test_bad_input import folder

TODAY, TOMORROW = datetime.date(2026, 1, 10), datetime.date(2026, 1, 11)


def test_it_is_read_once_a_day(reader, ledger, tmp_path, facts_only):
    table = ledger(COLUMNS, "'S', '2025-12-01', 'C', 1")
    data = folder(tmp_path, reader, f'table = "{table}"')
    assert build(data, today=TODAY).fresh
    assert not build(data, today=TODAY).fresh
    assert build(data, today=TOMORROW).fresh


def test_a_version_tells_when(owner, reader, ledger, tmp_path, facts_only):
    table = ledger(COLUMNS, "'S', '2025-12-01', 'C', 1")
    query = f"select count(*), max(shipped_on), max(shipped_on)::timestamptz as at from {table};"
    data = folder(tmp_path, f'{reader}"\nversion = "{query}', f'table = "{table}"')
    assert build(data, today=TODAY).fresh
    assert not build(data, today=TOMORROW).fresh
    with psycopg.connect(owner, autocommit=True) as con:
        con.execute(f"insert into {table} values ('S2', '2025-12-05', 'C', 5)")
    assert build(data, today=TOMORROW).fresh


@pytest.mark.parametrize("query, said", [
    ("select max(loaded) from {table}", "does not exist"), ("select null", "answers nothing"),
    ("select 1 where false", "answers nothing"), ("select 1, 2", "more than one column"),
])  # fmt: skip
@pytest.mark.parametrize("command", ["check", "build"])
def test_a_version_that_tells_nothing(command, query, said, run, reader, ledger, tmp_path):
    table = ledger(COLUMNS, "'S', '2025-12-01', 'C', 1")
    address = f'{reader}"\nversion = "{query.format(table=table)}'
    line = run(command, "--data", folder(tmp_path, address, f'table = "{table}"')).line
    assert "clientops.toml: [engine] version: " in line
    assert said in line
