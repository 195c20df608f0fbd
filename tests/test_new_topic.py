"""A new analysis works from the first minute, in a copy of the checkout."""

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from clientops import metrics, new_topic, open_book
from clientops.build import build
from clientops.errors import ClientOpsError
from clientops.ledger.ratios import money
from tests.conftest import ROOT
from tests.test_build import export, tree

FILES = ("clientops/metrics/{}.py", "notebooks/{}.ipynb", "tests/metrics/test_{}.py")
PROGRAM = "from clientops import cli; cli.main()"
# What a manager sees of the new table, rows of its notebook's cards, and the table itself.
ASKED = """
import sys
from pathlib import Path
from clientops import Viewer, build, cli, metrics, open_book
from clientops.notebooks import run
topic, notebook, data = sys.argv[1:]
build.build(data)
book = open_book(data, Viewer(role="manager", manager_ids=("2",)))
print(*book.compute(metrics.tables()[f"{topic}_by_manager"])["manager_id"])
for manager in ("*", "2"):
    cards = run(Path(notebook), {"manager_id": manager}, data=data).cards
    print(*(card.problem or len(card.frame) for card in cards))
sys.argv[1:] = ["table", f"{topic}_by_manager", "--data", data]
cli.main()
"""


@pytest.fixture
def checkout(tmp_path) -> Path:
    """An empty checkout: its folders only."""
    for file in FILES:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    return tmp_path


def run(checkout: Path, *arguments: str, **environment: str) -> str:
    """The output of Python in a copy of the checkout, which it imports."""
    done = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, cwd=checkout, check=False,
        env=os.environ | {"PYTHONPATH": str(checkout), "PYTHONIOENCODING": "utf-8"} | environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def copy_helpers(checkout: Path) -> None:
    """What the tests of metrics are made of."""
    for name in ("__init__.py", "ledgers.py", "metrics/__init__.py"):
        shutil.copy(ROOT / "tests" / name, checkout / "tests" / name)


def sources(checkout: Path) -> dict[str, str]:
    """What `tree` says of all but compiled files."""
    return {path: found for path, found in tree(checkout).items() if not path.endswith(".pyc")}


def test_a_long_name_breaks_lines_where_they_should_be(checkout):
    written = [str(path) for path in new_topic.write("a_topic_with_a_very_long_name", checkout)]
    shutil.copy(ROOT / "pyproject.toml", checkout)
    shutil.copytree(ROOT / "clientops", checkout / "clientops", dirs_exist_ok=True)
    copy_helpers(checkout)
    run(checkout, "-m", "ruff", "check", *written)
    run(checkout, "-m", "ruff", "format", "--check", *written)


def test_a_new_topic_works_from_the_first_minute(tmp_path):
    topic = "table"  # a word that the code uses itself
    checkout, data = tmp_path / "checkout", export(tmp_path / "data")
    for name in ("clientops", "notebooks"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("drafts"))
    shutil.copy(ROOT / "pyproject.toml", checkout)
    (checkout / "tests" / "metrics").mkdir(parents=True)
    copy_helpers(checkout)
    before = sources(checkout)

    said = run(checkout, "-c", PROGRAM, "new", topic).splitlines()
    written = [file.format(topic) for file in FILES]
    assert said[:3] == [str(checkout / file) for file in written]
    assert len(said) == 3
    after = sources(checkout)
    assert set(after) - set(before) == set(written)
    assert before.items() <= after.items()

    run(checkout, "-m", "ruff", "check", *written)
    run(checkout, "-m", "ruff", "format", "--check", *written)
    assert "2 passed" in run(checkout, "-m", "pytest", "-p", "no:cacheprovider", written[2])

    csv = io.StringIO(run(checkout, "-c", ASKED, topic, written[1], str(data)))
    assert csv.readline().split() == ["*", "2"]  # the company's row from the store
    assert csv.readline().split() == ["4", "4"]
    assert csv.readline().split() == ["2", "2"]
    table = pd.read_csv(csv, dtype={"manager_id": "str"})
    sales = open_book(data).sales_month
    sales = sales[sales["month"] == pd.Timestamp("2025-11-01")]
    revenue = sales.groupby("manager_id", observed=True)["revenue"].sum()
    assert list(table["manager_id"]) == ["*", "1", "2", "3"]  # who sold owns them here
    assert list(table["revenue"]) == pytest.approx([money(revenue.sum()), *money(revenue)])

    notebook = nbformat.read(checkout / written[1], as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.metadata.get("tags") for cell in code[:2]] == [["parameters"], None]
    assert not any(cell.outputs for cell in code)


@pytest.mark.parametrize(
    "topic",
    ["", "Price", "price-review", "price review", "1st", "class", "_hidden", "__init__", "../x",
     "цены", "price.py", "a" * 30, "none\n"],
)  # fmt: skip
def test_a_name_that_is_none_is_refused(checkout, topic):
    with pytest.raises(ClientOpsError, match="lower-case"):
        new_topic.write(topic, checkout)
    assert tree(checkout) == {}


@pytest.mark.parametrize("file", FILES)
def test_nothing_is_overwritten_and_nothing_else_written(checkout, file):
    there = checkout / file.format("price_review")
    there.write_text("mine", encoding="utf-8")
    before = tree(checkout)
    with pytest.raises(ClientOpsError, match="is there already"):
        new_topic.write("price_review", checkout)
    assert tree(checkout) == before


@pytest.mark.parametrize("topic", metrics.topics())
def test_modules_there_are_stay(topic):
    with pytest.raises(ClientOpsError, match="is there already"):
        new_topic.write(topic, ROOT)


def test_a_table_that_is_there_already_is_refused(checkout, monkeypatch):
    monkeypatch.setattr(metrics, "tables", lambda: {"price_review_by_manager": build})
    with pytest.raises(ClientOpsError, match=r"clientops\.build has a build already"):
        new_topic.write("price_review", checkout)
    assert tree(checkout) == {}


def test_a_folder_that_is_no_checkout_is_refused(tmp_path):
    with pytest.raises(ClientOpsError, match="is this a checkout"):
        new_topic.write("price_review", tmp_path)
    assert list(tmp_path.iterdir()) == []
