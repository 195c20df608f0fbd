"""The sample: what its generator writes, of the size and shape it is meant to have."""

import filecmp
import subprocess
import sys

import pandas as pd

from clientops.metrics import portfolio
from tests.conftest import SAMPLE

TABLES = ["shipments", "clients", "managers", "assignments", "products", "activities"]


def test_the_generator_writes_the_committed_files_byte_for_byte(tmp_path):
    subprocess.run([sys.executable, "-B", SAMPLE / "generate.py", tmp_path], check=True)
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written == sorted(f"{table}.csv" for table in TABLES)
    for name in written:
        assert filecmp.cmp(tmp_path / name, SAMPLE / name, shallow=False), name


def test_small_enough_to_be_cloned():
    stored = {".clientops", "__pycache__"}
    files = [p for p in SAMPLE.rglob("*") if p.is_file() and not stored & set(p.parts)]
    assert sum(p.stat().st_size for p in files) < 6_000_000


def test_the_shape_of_a_wholesale_distributor(sample):
    lines = pd.read_csv(SAMPLE / "shipments.csv")
    clients = sample.clients
    assert len(sample.managers) == 9
    assert sample.managers["team"].nunique() == 2
    assert sample.managers["left_on"].notna().sum() == 1
    assert 880 <= len(clients) <= 920
    assert clients["client_group"].nunique() == 5
    assert clients["manager_id"].isna().sum() > 10  # clients nobody owns
    assert 54_000 <= len(lines) <= 66_000
    assert (len(sample.products), sample.products["product_group"].nunique()) == (120, 8)
    assert sample.sales_month["month"].nunique() == 36
    assert sample.month == pd.Timestamp("2026-10-01")
    assert 0.005 < (lines["revenue"] < 0).mean() < 0.03  # returns
    assert 0.01 < lines["cost"].isna().mean() < 0.05
    kinds = set(sample.activities["kind"])
    assert kinds == {"call", "meeting", "offer", "invoice", "email"}


def test_clients_are_of_all_sizes_and_rhythms(sample):
    table = sample.compute(portfolio.client_classes)
    counted = table[~table["stage"].isin(["prospect", "lost"])]
    assert 0.15 <= (counted["abc"] == "A").mean() <= 0.25
    assert set(counted["abc"]) >= {"A", "B", "C"}
    assert 0.25 <= (counted["xyz"] == "X").mean() <= 0.5
    assert set(table["stage"]) == {"prospect", "new", "returned", "active", "lapsed", "lost"}


def test_the_readme_tells_the_files_sizes():
    text = (SAMPLE / "README.md").read_text(encoding="utf-8")
    for table in TABLES:
        rows = len(pd.read_csv(SAMPLE / f"{table}.csv", dtype=str))
        assert f"| `{table}.csv` | {rows:,} |" in text
