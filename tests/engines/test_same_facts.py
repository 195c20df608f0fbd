"""The same ledger through each engine gives the same facts, to the byte."""

import datetime
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from clientops import build as building
from clientops.build import build
from clientops.store import engines
from tests.engines import companies, servers

TODAY = datetime.date(2026, 11, 29)
# What tells of where the data were read, and sums of the others.
OTHERS = {"manifest.json", "sources.parquet", "sums.json"}


def contents(built: building.Built) -> dict[str, bytes]:
    """The files of a snapshot, by their names."""
    found = {path.relative_to(built.snapshot).as_posix(): path.read_bytes()
             for path in built.snapshot.rglob("*") if path.is_file()}  # fmt: skip
    return {name: content for name, content in found.items() if name not in OTHERS}


def assert_same(data: Path, there: Path, tmp_path: Path) -> None:
    """A build from files and one from an engine are the same bytes, and count the same."""
    from_files = build(data, tmp_path / "files", today=TODAY)
    from_engine = build(there, tmp_path / "there", today=TODAY)
    ours, theirs = contents(from_files), contents(from_engine)
    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] != theirs[name]] == []
    assert from_files.reconciliation.equals(from_engine.reconciliation)
    told = [json.loads((built.snapshot / "manifest.json").read_bytes())
            for built in (from_files, from_engine)]  # fmt: skip
    assert {key for key in told[0] if told[0][key] != told[1][key]} == {"fingerprint"}


@pytest.mark.parametrize("name", ["sample", "northwind", "adventureworks", "odd"])
def test_the_facts_are_the_same_bytes(name, folders, in_engine, tmp_path, facts_only):
    assert_same(folders[name], in_engine(name, tmp_path / name), tmp_path)


def test_and_so_is_all_that_comes_after_them(folders, in_engine, tmp_path):
    there = in_engine("northwind", tmp_path / "northwind")
    assert_same(folders["northwind"], there, tmp_path)


def test_a_server_of_spark_connect_gives_the_same(folders, lake, tmp_path, facts_only, monkeypatch):
    """By a process of its own: Spark is of one kind in a process. Without a password, which would
    be a token, and those go over TLS only."""
    monkeypatch.delenv(engines.PASSWORD, raising=False)
    data = folders["northwind"]
    code = (
        "from clientops.build import build, told; import datetime, sys\n"
        "told.add = lambda new, copy, progress, wait, before: wait()\n"
        f"print(build(*sys.argv[1:], today=datetime.date.fromisoformat({str(TODAY)!r})).snapshot)"
    )
    with servers.spark_connect() as address:
        sources = companies.sources("northwind", data, lake)
        there = servers.folder(data, tmp_path / "northwind", address, sources)
        command = [sys.executable, "-c", code, str(there), str(tmp_path / "there")]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    theirs = contents(building.Built(Path(done.stdout.strip()), fresh=True))
    assert theirs == contents(build(data, tmp_path / "files", today=TODAY))


def test_texts_are_kept_as_without_pyarrow():
    """Which comes with Spark's driver: types would be others, and builds slower."""
    assert pd.Series(["text"]).dtype.storage == "python"
