"""The three files of a new analysis: metric, notebook, test, all working from the first minute."""

import json
import keyword
import re
from pathlib import Path

from clientops import metrics
from clientops.errors import ClientOpsError

METRIC = '''"""{title}: one question, in one sentence?"""

import pandas as pd

from clientops.ledger.rows import finish, names_of
from clientops.ledger.ratios import money

COLUMNS = "month:D manager_id:t * manager_name:t clients:i revenue:f"


def {topic}_by_manager(
    sales_month: pd.DataFrame,
    managers: pd.DataFrame,
    *,
    month: pd.Timestamp,
) -> pd.DataFrame:
    """Revenue and clients of each manager in the month, by who sold.

    How: net revenue of the lines credited to the manager, and the distinct clients among them.

    Returns one row per manager with a line in the month: month, manager_id, manager_name (the id
    where unknown), clients, revenue (in the reporting currency).
    """
    lines = sales_month[sales_month["month"] == month].astype({{"manager_id": "str"}})
    table = lines.groupby("manager_id", as_index=False).agg(
        clients=("client_id", "nunique"), revenue=("revenue", "sum")
    )
    names = table["manager_id"].map(names_of(managers, "manager_id", "manager_name").get)
    table["manager_name"] = names.where(names.notna(), table["manager_id"])
    table["revenue"] = money(table["revenue"])
    return finish(table.assign(month=month), COLUMNS)
'''

TEST = '''"""{title}: numbers a reader can check on paper."""

import pandas as pd

from clientops.metrics.{topic} import {topic}_by_manager


def test_{topic}_by_manager_adds_up_a_managers_lines():
    october, september = pd.Timestamp("2026-10-01"), pd.Timestamp("2026-09-01")
    sales_month = pd.DataFrame(
        {{
            "client_id": ["C1", "C2", "C1"],
            "manager_id": ["7", "7", "7"],
            "month": [october, october, september],
            "revenue": [1_000_000, 2_505_000, 9_000_000],  # ten-thousandths
        }}
    )
    managers = pd.DataFrame({{"manager_id": ["7"], "manager_name": ["Ann"]}})
    row = {topic}_by_manager(sales_month, managers, month=october).iloc[0]
    assert (row.manager_name, row.clients, row.revenue) == ("Ann", 2, 350.50)
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
    ("markdown", "", "How to read it: …"),
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
