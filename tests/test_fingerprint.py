"""What makes a store out of date: the code that has a say in it, and nothing else.

Every change is made on a copy of the package. Where it changes what a table declares, the copy
itself is asked for its hash; elsewhere to read its files is enough, and spares a start of Python.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clientops import metrics
from clientops.build import fingerprint
from tests.conftest import ROOT

CODE = "from clientops.build import fingerprint; print(fingerprint._code())"
TOPIC = "metrics/probe.py"
# A topic with a stored table, one of which nothing is stored, and what each of them uses.
PROBE = '''"""Two tables."""

import pandas as pd

from clientops.schema import table

FACTOR = 2
ADDED = 5


@table("month:month * revenue:money", stored="all")
def probe_kept(ledger, *, month):
    """A table."""
    return pd.DataFrame({"month": [month], "revenue": [_double(1.0)]})


@table("month:month * revenue:money")
def probe_told(ledger, *, month):
    """A table."""
    return pd.DataFrame({"month": [month], "revenue": [_more(1.0)]})


def _double(number):
    """Twice."""
    return number * FACTOR


def _more(number):
    return number + ADDED
'''


@pytest.fixture(scope="module")
def package(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("copy") / "clientops"
    shutil.copytree(ROOT / "clientops", folder)  # compiled, which takes most of the time
    (folder / TOPIC).write_text(PROBE, encoding="utf-8")
    return folder


def hash_of(package: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-B", "-c", CODE], capture_output=True, text=True, check=True,
        cwd=package.parent, env=os.environ | {"PYTHONPATH": str(package.parent)},
    )  # fmt: skip
    return done.stdout.strip()


@pytest.fixture(scope="module")
def before(package) -> str:
    return hash_of(package)


@pytest.fixture(scope="module")
def read_before(package) -> str:
    return read_hash_of(package)


def read_hash_of(package: Path) -> str:
    """The hash of the copy's files with the tables of the package that is running."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(fingerprint, "PACKAGE", package)
        return fingerprint._code.__wrapped__()


@pytest.fixture
def edited(package) -> Iterator[Callable[..., str]]:
    """A function that replaces texts in files of the package and tells the hash; then all is as it
    was."""
    originals = {}

    def edit(*changes: tuple[str, str, str], ask: Callable[[Path], str] = hash_of) -> str:
        for name, old, new in changes:
            path = package / name
            content = path.read_text(encoding="utf-8")
            originals.setdefault(path, content)
            assert old in content
            path.write_text(content.replace(old, new, 1), encoding="utf-8")
        return ask(package)

    yield edit
    for path, content in originals.items():
        path.write_text(content, encoding="utf-8")


def test_comments_and_docstrings_do_not_count(edited, before):
    changes = [
        (TOPIC, '"""Twice."""', '"""Two times.\n\n    So it is.\n    """'),
        (TOPIC, '"""Two tables."""', '"""Tables."""  # two'),
        (TOPIC, "FACTOR = 2", "# how many times\nFACTOR  =  2"),
        (TOPIC, '    """A table."""\n', ""),
        ("ledger/classes.py", '"""', '"""Whatever this says. '),
        ("store/facts.py", "\nRun =", "\n# one statement\nRun ="),
    ]
    assert edited(*changes) == before


def test_what_only_shows_and_tables_of_which_nothing_is_stored_do_not_count(edited, before):
    changes = [
        (TOPIC, "_more(1.0)", "_more(2.0)"),
        (TOPIC, "number + ADDED", "ADDED - number"),
        (TOPIC, "ADDED = 5", "ADDED = 6"),
        (TOPIC, '@table("month:month * revenue:money")', '@table("month:month * revenue:number")'),
        (TOPIC, "import pandas as pd\n", "import numpy as np\nimport pandas as pd\n"),
    ]
    changes += [
        (name, "\nfrom ", "\nANOTHER = 1\nfrom ")
        for name in ("figures/rows.py", "page/state.py", "report/run.py")
    ]
    assert edited(*changes) == before


@pytest.mark.parametrize(
    ("old", "new"),
    [("_double(1.0)", "_double(2.0)"), ("number * FACTOR", "FACTOR + number"),
     ("FACTOR = 2", "FACTOR = 3"), ("stored=\"all\"", "stored=\"all\", settles=\"month\"")],
)  # fmt: skip
def test_a_stored_table_and_what_it_uses_counts(edited, before, old, new):
    assert edited((TOPIC, old, new)) != before


@pytest.mark.parametrize(
    "name",
    ["schema/__init__.py", "schema/metric_tables.py", "settings/__init__.py", "periods.py",
     "ingest/values.py", "store/facts.py", "book/__init__.py", "build/told.py",
     "ledger/classes.py"],
)  # fmt: skip
def test_code_below_the_tables_counts(edited, read_before, name):
    assert edited((name, "\nfrom ", "\nANOTHER = 1\nfrom "), ask=read_hash_of) != read_before


def test_a_headline_counts_as_it_is_stored():
    for function in metrics.tables().values():
        if function.about.headlines or function.about.stored:
            assert f"name='{function.__name__}'" in fingerprint.reached(function)


def test_all_that_counts_is_there():
    for pattern in fingerprint._CODE:
        assert list(fingerprint.PACKAGE.glob(pattern)), pattern
