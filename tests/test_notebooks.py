"""Every notebook on every kind of data, without a browser; and one as an analyst opens it."""

import os
import re
import sys
from pathlib import Path

import nbclient
import nbformat
import pytest

from clientops import figures, open_page
from clientops.errors import ClientOpsError
from clientops.metrics import portfolio
from clientops.notebooks import run, static_page
from clientops.page import cards, open_already, options, state
from tests.cards import unwritten
from tests.conftest import ROOT

OF_A_SERVER = ("CLIENTOPS_DATA", "CLIENTOPS_STATIC", "CLIENTOPS_VIEWER", "QUERY_STRING")
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)


@each_notebook
def test_the_first_month_there_is(notebook, sample, monkeypatch):
    """With nothing before it, each card says something or what is missing; a list of no rows may
    leave it to the figure of its table."""
    monkeypatch.setattr(cards, "MOST_EMBEDDED", 20)  # nobody reads them here
    done = run(notebook, {"month": f"{sample.first_month:%Y-%m}"}, book=sample)
    drawn = {card.name for card in done.cards if card.figure and card.title}
    for card in done.cards:
        is_left_out = card.rows is not None and card.frame.empty and card.name in drawn
        assert card.problem or card.title.endswith(".") or (is_left_out and not card.title)


@each_notebook
def test_the_workbench_runs(notebook, sample, tmp_path):
    """What an analyst finds below the cards can be run as it stands."""
    content = nbformat.read(notebook, as_version=4)
    for cell in content.cells:
        cell.metadata["tags"] = [
            each for each in cell.metadata.get("tags", []) if each != "workbench"
        ]
    path = tmp_path / notebook.name
    nbformat.write(content, path)
    assert run(path, book=sample, only_cards=True).cards


def test_a_failing_cell_is_named(built_sample, tmp_path):
    cells = [nbformat.v4.new_markdown_cell("# Broken"), nbformat.v4.new_code_cell("1 / 0")]
    path = tmp_path / "broken.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    with pytest.raises(ClientOpsError, match="cell 2: ZeroDivisionError: division by zero"):
        run(path, data=built_sample)


def test_a_draft_of_any_kind_becomes_a_page(built_sample, tmp_path):
    """What an analyst's cell gives as its last value is shown, whatever made it."""
    code = "from clientops import open_book\nopen_book().managers[['manager_name']].head(2)"
    path = tmp_path / "draft.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)]), path)
    assert "<table" in static_page(path, data=built_sample)
    assert "__spec__" in vars(sys.modules["__main__"])  # the program's own: it may start processes


def executed(cells: list[str], folder: Path, **kernel) -> list[nbformat.NotebookNode]:
    """Cells run in a kernel such as JupyterLab's, which works in the notebook's own folder."""
    content = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    client = nbclient.NotebookClient(content, kernel_name="python3", timeout=240, **kernel)
    known = {name: value for name, value in os.environ.items() if name not in OF_A_SERVER}
    client.execute(cwd=str(folder), env=known)
    return content.cells


def code_of(notebook: Path) -> list[str]:
    cells = nbformat.read(notebook, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


def widgets_of(cells: list[nbformat.NotebookNode]) -> int:
    return sum("application/vnd.jupyter.widget-view+json" in out.get("data", {})
               for cell in cells for out in cell.outputs)  # fmt: skip


# What takes long and nobody looks at here: going through memory whenever names are forgotten, and
# writing figures.
UNTIDY = (
    "import gc, clientops.figures; gc.collect = lambda: 0; "
    "clientops.figures.svg = lambda figure, alt: '<svg></svg>'"
)


def test_notebooks_run_in_jupyterlab_as_they_come(checkout):
    """From their own folder, cell by cell: each card is shown by its cell. To start a kernel takes
    longer than to run a notebook, so all run in one, which forgets every name behind each."""
    code = [code_of(notebook) for notebook in NOTEBOOKS]
    several = [cell for cells in code for cell in (*cells, "%reset -f")]
    done = iter(executed([UNTIDY, *several], checkout / "notebooks")[1:])
    for notebook, cells in zip(NOTEBOOKS, code, strict=True):
        asked = [re.findall(r"page\.card\(|page\.list\(|= open_page\(", each) for each in cells]
        shown = [widgets_of([next(done)]) for _ in (*cells, "%reset -f")]
        assert shown == [*map(len, asked), 0], notebook
        assert sum(shown) >= 3


def test_the_code_of_the_readme_runs_in_a_draft(checkout):
    """From the folder of drafts, which is below that of the notebooks; and when it has gone on."""
    readme = (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL)
    drafts = [block for block in blocks if "open_book(" in block or "open_page(" in block]
    assert len(drafts) == 2
    (checkout / "notebooks" / "drafts").mkdir(exist_ok=True)
    cells = executed([*drafts, "import os; os.chdir('/')", "len(book.clients), page.book.owners"],
                     checkout / "notebooks" / "drafts")  # fmt: skip
    assert widgets_of(cells) == 2


@each_notebook
def test_every_choice_of_the_controls_of_one_page_is_drawn(notebook, northwind, monkeypatch):
    shown, code = [], nbformat.read(notebook, as_version=4).cells
    monkeypatch.setattr(figures, "svg", unwritten)  # nobody reads them here
    monkeypatch.setattr(state, "display", shown.append)
    monkeypatch.setenv("QUERY_STRING", "")
    monkeypatch.setenv("CLIENTOPS_VIEWER", "{}")
    if not any("page.choice(" in cell.source for cell in code):
        return
    token, space = open_already.set(northwind), {}
    for cell in code:
        if cell.cell_type == "code" and "workbench" not in cell.metadata.get("tags", []):
            exec(cell.source, space)
    open_already.reset(token)
    page = space["page"]
    for name, (offered, _control, _choice) in page._controls._own.items():
        values = [value for _text, value in options.offered_now(offered)]
        several = len(values) > 6  # months and clients are all of one kind
        # Without a client, nothing says which table it needs.
        page.choose_own(name, values[-1] if several else values[0])
        missing = [part.widget.value.count("co-missing") for part in page.parts]
        for value in values[1:2] if several else values:
            page.choose_own(name, value)
            drawn = [part.widget.value.count("co-missing") for part in page.parts]
            assert all(now <= then for now, then in zip(drawn, missing, strict=True)), value


def test_what_fails_behind_a_control_of_jupyterlab_is_shown(built_sample, monkeypatch):
    def fails(frame, *, width):
        raise ZeroDivisionError("of a draft")

    shown = []
    monkeypatch.setattr(state, "display", shown.append)
    for name in OF_A_SERVER:
        monkeypatch.delenv(name, raising=False)
    page = open_page("draft", data=str(built_sample))
    with pytest.raises(ZeroDivisionError):
        page.card(page.table(portfolio.portfolio_load), fails)
    page.card(page.table(portfolio.portfolio_load), figures.bars, value="clients")
    page.parts[0].how = page.parts[0].how._replace(form=fails, options={})
    page.choose(month="2026-09")
    card = page.parts[0].widget
    assert "ZeroDivisionError: of a draft" in card.value and "in fails" in card.value
    assert "co-working" not in card._dom_classes


def test_in_jupyterlab_frames_are_plain_help_works_and_errors_show_their_traceback(checkout):
    code = code_of(ROOT / "notebooks" / "portfolio.ipynb")
    cells = executed(
        [
            *code,
            "type(quality.frame), type(book.sales_month)",
            "page, quality, book",
            "help(open_page)",
            "[name for name in dir(book) if name.startswith('sales')]",
            "1 / 0",
        ],
        checkout / "notebooks",
        allow_errors=True,
    )
    errors = [out for cell in cells[:-1] for out in cell.outputs if out.output_type == "error"]
    assert errors == []
    assert "<table" in cells[len(code) - 1].outputs[0].data["text/html"]  # the workbench
    plain, said, helped, names, failed = (cell.outputs[0] for cell in cells[len(code) :])
    assert plain.data["text/plain"].count("pandas") == 2
    assert "<Page portfolio: month=2026-10" in said.data["text/plain"]
    assert "<portfolio_quality: " in said.data["text/plain"]
    assert "*month*: `2026-10`; empty:" in helped.text
    assert "sales_month" in names.data["text/plain"]
    assert failed.ename == "ZeroDivisionError"
    assert len(failed.traceback) > 1
