"""When a ledger that lies elsewhere is read anew."""

import datetime

import psycopg

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
    query = f"select count(*), max(shipped_on) from {table}"
    data = folder(tmp_path, f'{reader}"\nversion = "{query}', f'table = "{table}"')
    assert build(data, today=TODAY).fresh
    assert not build(data, today=TOMORROW).fresh
    with psycopg.connect(owner, autocommit=True) as con:
        con.execute(f"insert into {table} values ('S2', '2025-12-05', 'C', 5)")
    assert build(data, today=TOMORROW).fresh
