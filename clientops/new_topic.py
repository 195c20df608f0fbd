"""The three files of a new analysis: metric, notebook, test, all working from the first minute."""

import keyword
from pathlib import Path

import nbformat

from clientops import metrics
from clientops.errors import ClientOpsError

METRIC = '''"""{title}: one question, in one sentence?"""

import pandas as pd

from clientops.metrics.ratios import money


def {topic}_by_manager(sales_month: pd.DataFrame, *, month: pd.Timestamp) -> pd.DataFrame:
    """Revenue and clients of each manager in the month, by credit.

    How: net revenue of the lines credited to the manager, and the distinct clients among them.

    Returns one row per manager with a line in the month: month, manager_id, clients, revenue (in
    the reporting currency).
    """
    lines = sales_month[sales_month["month"] == month].astype({{"manager_id": "str"}})
    table = lines.groupby("manager_id", as_index=False).agg(
        clients=("client_id", "nunique"), revenue=("revenue", "sum")
    )
    table["revenue"] = money(table["revenue"])
    table.insert(0, "month", pd.Series(month, index=table.index, dtype="datetime64[us]"))
    return table.sort_values("manager_id", ignore_index=True)
'''

TEST = '''"""{title}: numbers a reader can check on paper."""

import pandas as pd

from clientops.metrics import {topic}


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
    table = {topic}.{topic}_by_manager(sales_month, month=october)
    assert table.to_dict("records") == [
        {{"month": october, "manager_id": "7", "clients": 2, "revenue": 350.50}}
    ]
'''

CELLS = (
    ("markdown", "", "# {title}\n\nOne question, in one sentence?"),
    ("code", "parameters", 'month = ""  # "2026-10"; empty = last complete month\n'
     'manager_id = "*"  # everyone you may see\n'
     'data = ""  # empty = $CLIENTOPS_DATA, else data/sample'),
    ("code", "", "from clientops import open_book\nfrom clientops.metrics import {topic}"),
    ("code", "", "book = open_book(data)\nbook"),
    ("code", "", "table = book.compute({topic}.{topic}_by_manager, month)\ntable"),
    ("markdown", "", "How to read it: …"),
)  # fmt: skip


def write(topic: str, root: Path) -> list[Path]:
    """Write metric, notebook and test of *topic* below *root*; nothing there is overwritten."""
    if not topic.isidentifier() or keyword.iskeyword(topic) or topic != topic.lower():
        raise ClientOpsError(f"topic {topic!r}: a lower-case name such as price_review is needed")
    if topic in metrics.SHARED:
        raise ClientOpsError(f"topic {topic!r}: clientops/metrics/{topic}.py is a shared module")
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
    for path, content in files.items():
        path.write_text(content, encoding="utf-8")
    return list(files)


def _notebook(topic: str, title: str) -> str:
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3", "language": "python", "name": "python3",
    }  # fmt: skip
    for number, (kind, tag, text) in enumerate(CELLS):
        source = text.format(topic=topic, title=title)
        make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
        metadata = {"tags": [tag]} if tag else {}
        notebook.cells.append(make(source, id=f"{topic}-{number}", metadata=metadata))
    return nbformat.writes(notebook) + "\n"
