"""Every notebook on every kind of data, without a browser; and one as an analyst opens it."""

import re
from pathlib import Path

import nbclient
import nbformat
import pytest

from clientops import Viewer, open_book
from clientops.build import build
from clientops.errors import ClientOpsError
from clientops.notebooks import run, static_page
from tests.conftest import ADVENTUREWORKS, NORTHWIND, ROOT, SAMPLE

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    """A ledger of two clients and one month, with names that are code elsewhere."""
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "shipments.csv").write_text(
        "shipment_id,shipped_on,client_id,revenue,manager_id\n"
        "S1,2026-01-15,A,100,1\nS2,2026-01-30,B,-5.50,1\n", encoding="utf-8",
    )  # fmt: skip
    (folder / "clients.csv").write_text(
        'client_id,client_name\nA,"<script>alert(1)</script>"\nB,"=HYPERLINK(""x"")"\n',
        encoding="utf-8",
    )
    build(folder)
    return folder


@each_notebook
@pytest.mark.parametrize("data", [SAMPLE, NORTHWIND, ADVENTUREWORKS], ids=lambda d: d.name)
def test_every_card_shows_something_or_says_what_is_missing(notebook, data):
    build(data)
    done = run(notebook, data=data)
    assert done.title
    assert done.question.endswith("?")
    assert len(done.cards) >= 3
    for card in done.cards:
        assert card.title
        assert card.problem or card.definition
        assert "{" not in card.title
        assert not re.search(r"\bnan\b|NaT|\bNone\b(?! of)", card.title)


@each_notebook
def test_a_manager_a_first_month_and_a_scoped_viewer(notebook):
    build(SAMPLE)
    book = open_book(SAMPLE)
    run(notebook, {"manager_id": "2"}, data=SAMPLE)
    run(notebook, {"month": f"{book.first_month:%Y-%m}"}, data=SAMPLE)
    done = run(notebook, data=SAMPLE, viewer=Viewer("mari", "manager", ("3",)))
    others = book.managers.set_index("manager_id")["manager_name"].drop("3")
    text = re.sub(r"<svg.*?</svg>", "", "".join(done.shown), flags=re.DOTALL)
    assert not [name for name in others if name in text]


@each_notebook
def test_names_are_only_text_and_little_data_is_no_error(notebook, tiny):
    content = static_page(notebook, data=tiny)
    assert "<script" not in content


def test_a_failing_cell_is_named(tmp_path):
    build(SAMPLE)
    cells = [nbformat.v4.new_markdown_cell("# Broken"), nbformat.v4.new_code_cell("1 / 0")]
    path = tmp_path / "broken.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    with pytest.raises(ClientOpsError, match="cell 2: ZeroDivisionError: division by zero"):
        run(path, data=SAMPLE)


def test_a_draft_of_any_kind_becomes_a_page(tmp_path):
    """What an analyst's cell gives as its last value is shown, whatever made it."""
    build(SAMPLE)
    code = "from clientops import open_book\nopen_book().managers[['manager_name']].head(2)"
    path = tmp_path / "draft.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)]), path)
    assert "<table" in static_page(path, data=SAMPLE)


def executed(cells: list[str], **kernel) -> list[nbformat.NotebookNode]:
    """Cells run in a kernel such as JupyterLab's."""
    content = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    client = nbclient.NotebookClient(content, kernel_name="python3", timeout=120, **kernel)
    client.execute(cwd=str(ROOT / "notebooks"), env={"CLIENTOPS_DATA": str(SAMPLE)})
    return content.cells


def test_in_jupyterlab_frames_are_plain_help_works_and_errors_show_their_traceback():
    build(SAMPLE)
    content = nbformat.read(ROOT / "notebooks" / "portfolio.ipynb", as_version=4)
    code = [cell.source for cell in content.cells if cell.cell_type == "code"]
    cells = executed(
        [
            *code,
            "type(quality.frame), type(book.sales_month)",
            "page, quality, book",
            "help(open_page)",
            "[name for name in dir(book) if name.startswith('sales')]",
            "1 / 0",
        ],
        allow_errors=True,
    )
    errors = [out for cell in cells[:-1] for out in cell.outputs if out.output_type == "error"]
    assert errors == []
    widgets = [out for cell in cells for out in cell.outputs
               if "application/vnd.jupyter.widget-view+json" in out.get("data", {})]  # fmt: skip
    assert len(widgets) == 7  # the controls and six cards
    assert "<table" in cells[len(code) - 1].outputs[0].data["text/html"]  # the workbench
    plain, said, helped, names, failed = (cell.outputs[0] for cell in cells[len(code) :])
    assert plain.data["text/plain"].count("pandas") == 2
    assert "<Page portfolio: month=2026-10" in said.data["text/plain"]
    assert "<portfolio_quality: " in said.data["text/plain"]
    assert "*month*: `2026-10`; empty:" in helped.text
    assert "sales_month" in names.data["text/plain"]
    assert failed.ename == "ZeroDivisionError"
    assert len(failed.traceback) > 1
