"""Damaged files and impossible settings end in one line that names the file, never in ours."""

import pytest

from clientops import store
from clientops.build import build
from clientops.errors import ClientOpsError
from tests import hostile

SOURCES, STORES = 40, 30  # tried here; the soak tries very many


@pytest.fixture(autouse=True)
def patient(few_rows, monkeypatch):
    monkeypatch.setattr("clientops.cli.base.PATIENCE", float("inf"))


def test_damaged_exports_are_one_line(tmp_path):
    for ended in hostile.damaged_sources(tmp_path, SOURCES, seed=1):
        assert ended.is_clean, ended


def test_impossible_settings_are_one_line(tmp_path):
    for ended in hostile.hostile_settings(tmp_path, len(hostile.BROKE), seed=1):
        assert ended.is_clean, ended


def test_a_damaged_store_is_said_and_built_anew(tmp_path):
    ends = list(hostile.damaged_stores(tmp_path, STORES, seed=1))
    for ended in ends:
        assert ended.is_clean, ended
    assert {ended.status for ended in ends} == {0, 2}
    data = tmp_path / "whole"
    path = store.snapshot(data / store.FOLDER) / "sales_month.parquet"
    assert not build(data).fresh
    path.write_bytes(path.read_bytes()[:-1])
    assert build(data).fresh
    assert store.damaged(store.snapshot(data / store.FOLDER)) == ""


@pytest.mark.parametrize(
    ("folder", "error"), [("new-0123456789abcdef", KeyError), ("0123456789abcdef", ClientOpsError)]
)
def test_a_fault_in_a_table_that_is_built_is_no_damage_of_the_store(tmp_path, folder, error):
    (tmp_path / folder).mkdir()
    with pytest.raises(error), store.readable(tmp_path / folder):
        raise KeyError("a column")
