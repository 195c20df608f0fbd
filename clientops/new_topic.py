"""The three files of a new analysis: metric, notebook, test, all working from the first minute."""

import json
import keyword
import re
from pathlib import Path

from clientops import metrics
from clientops.errors import ClientOpsError

METRIC = '''"""{title}: one question, in one sentence?

*ledger* is the book's (ledger/matrices.py). *month* is the first day of the month asked for. Money
is in the reporting currency.
"""

import numpy as np
import pandas as pd

from clientops.ledger import matrices
from clientops.ledger.matrices import Ledger
from clientops.ledger.ratios import money
from clientops.ledger.rows import finish, name_owners, with_company
from clientops.schema import table


@table(
    "month:month manager_id:id * manager_name:name clients:count revenue:money",
    period="month",
    whose="portfolio",
    adds_up="clients revenue",
    stored="company",
)
def {topic}_by_manager(
    ledger: Ledger,
    *,
    month: pd.Timestamp,
) -> pd.DataFrame:
    """What the clients of each portfolio bought in the month.

    How: net revenue of the month, returns included, of the clients owned at its end, whoever sold;
    and how many of them bought.

    Returns one row per owner of clients with a line so far, and the company as `*`: month,
    manager_id, manager_name (the id where unknown), clients, revenue (in the reporting currency).
    """
    row = ledger.row(month)
    frame = pd.DataFrame(
        {{
            "manager": matrices.owner(ledger, row),
            "clients": ledger.bought[row].astype(np.int64),
            "revenue": matrices.Window(row, row).sum(ledger.revenue),
        }}
    )
    frame = frame[(frame["manager"] >= 0) & (ledger.first_line <= row)]
    sums = with_company(frame).groupby("manager", as_index=False).sum()
    sums["revenue"] = money(sums["revenue"])
    named = name_owners(sums, ledger).assign(month=month)
    return finish(named, {topic}_by_manager)
'''

TEST = '''"""{title}: numbers a reader can check on paper."""

import pandas as pd

from clientops.metrics.{topic} import {topic}_by_manager
from tests.ledgers import compute, frames, line

BOOK = frames(
    shipments=[
        line("S1", "2026-10-05", "C1", 100, "7"),
        line("S2", "2026-10-20", "C2", 250.50, "7"),
        line("S3", "2026-09-10", "C3", 900, "8"),  # another month
        line("S4", "2026-10-21", "C3", -20, "8"),  # a return
    ],
    managers=[{{"manager_id": "7", "manager_name": "Ann"}}],
)


def test_clients_of_a_manager_are_added_up():
    table = compute({topic}_by_manager, BOOK, "2026-10")
    table = table.set_index("manager_id")
    columns = ["manager_name", "clients", "revenue"]
    assert table.loc["7", columns].tolist() == ["Ann", 2, 350.50]
    assert table.loc["8", columns].tolist() == ["8", 0, -20]


def test_rows_are_what_the_table_declares():
    about = {topic}_by_manager.about
    table = compute({topic}_by_manager, BOOK, "2026-10")
    assert table.dtypes.astype(str).to_dict() == about.types
    assert not table.duplicated(list(about.keys)).any()
    company = table["manager_id"] == "*"
    parts, whole = (table.loc[rows, list(about.adds_up)].sum() for rows in (~company, company))
    pd.testing.assert_series_equal(parts, whole)
'''

CELLS = (
    ("markdown", "", "# {title}\n\nOne question, in one sentence?"),
    ("code", "parameters", 'month = ""  # "2026-10"; empty = last complete month\n'
     'manager_id = "*"  # everyone you may see\n'
     'data = ""  # empty = $CLIENTOPS_DATA, else data/sample'),
    ("code", "", "from clientops import figures, open_page\n"
     "from clientops.metrics import {topic}"),
    ("code", "", 'page = open_page("{topic}", data=data, month=month, manager_id=manager_id)'),
    ("code", "", "# everybody.frame is a plain DataFrame\n"
     "everybody = page.table({topic}.{topic}_by_manager)\n"
     'page.card(everybody, figures.bars, value="revenue")'),
    ("code", "", 'page.list(everybody, by="revenue")'),
)  # fmt: skip


def write(topic: str, root: Path) -> list[Path]:
    """Write metric, notebook and test of *topic* below *root*; returns their paths.

    Raises ClientOpsError, with nothing written, for a name that is none or is taken already.
    """
    if not re.fullmatch("[a-z][a-z0-9_]{0,28}", topic) or keyword.iskeyword(topic):
        raise ClientOpsError(f"topic {topic!r}: a short lower-case name is needed: price_review")
    title = topic.replace("_", " ").capitalize()
    files = {
        root / "clientops" / "metrics" / f"{topic}.py": METRIC.format(topic=topic, title=title),
        root / "notebooks" / f"{topic}.ipynb": _notebook(topic, title),
        root / "tests" / "metrics" / f"test_{topic}.py": TEST.format(topic=topic, title=title),
    }
    for path in files:
        if path.exists():
            raise ClientOpsError(f"{path} is there already; nothing was written")
        if not path.parent.is_dir():
            raise ClientOpsError(f"{path.parent}: no such folder; is this a checkout of ClientOps?")
    taken = metrics.tables().get(f"{topic}_by_manager")
    if taken:
        raise ClientOpsError(f"topic {topic!r}: {taken.__module__} has a {taken.__name__} already")
    for path, content in files.items():
        path.write_text(content, encoding="utf-8", newline="\n")
    return list(files)


def _notebook(topic: str, title: str) -> str:
    """A notebook of CELLS, in the form in which JupyterLab saves it."""
    cells = []
    for number, (kind, tag, text) in enumerate(CELLS):
        cell = {
            "cell_type": kind,
            "id": f"cell-{number}",
            "metadata": {"tags": [tag]} if tag else {},
            "source": text.format(topic=topic, title=title).splitlines(keepends=True),
        }
        cells.append(cell | ({"execution_count": None, "outputs": []} if kind == "code" else {}))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4,
                "nbformat_minor": 5}  # fmt: skip
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
