"""Notebooks run without a browser, in this process: their cards, and one HTML file of them.

A worker that has imported the package pays for nothing but the page itself. Cells run in an IPython
shell as everywhere, so an analyst's draft with magics and bare last expressions runs too.
"""

import ast
import base64
import contextlib
import dataclasses
import html
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import nbformat
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from clientops import store, words
from clientops.book import Book, Viewer
from clientops.errors import ClientOpsError, nearest
from clientops.page import Page, open_already
from clientops.page.cards import Card
from clientops.words import fonts

LEFT_OUT = {"parameters", "injected-parameters", "workbench"}  # tags of cells that show nothing


@dataclasses.dataclass(frozen=True)
class Run:
    """What a notebook gave: its title, its question, its cards, and all it showed as HTML."""

    title: str
    question: str
    cards: list[Card]
    shown: list[str]
    page: Page | None  # the notebook's page, where it opened one


def run(
    notebook: Path,
    parameters: dict[str, Any] | None = None,
    *,
    data: str | Path = "",
    viewer: Viewer | None = None,
    query: str | None = None,
    book: Book | None = None,
    only_cards: bool = False,
) -> Run:
    """Run a notebook with *parameters*, or those of an address (*query*), without widgets.

    The data folder must have been built. *viewer* None: sees everything. *book*: open already, in
    place of *data* and *viewer*. *only_cards*: nothing is drawn, and lists come in their order.
    Raises ClientOpsError for a parameter the notebook does not have, and for a cell that fails,
    naming cell and reason.
    """
    content = nbformat.read(notebook, as_version=4)
    inject(content, parameters or {})
    known = {
        "CLIENTOPS_STATIC": "cards" if only_cards else "1",
        "CLIENTOPS_DATA": str(store.data_folder(data).resolve()),
        "CLIENTOPS_VIEWER": msgspec.json.encode(viewer or Viewer()).decode(),
        "QUERY_STRING": query,
    }
    shown: list[str] = []
    page = None
    with (
        _own_main() as shell,
        _environment(known),
        _opened(book),
        contextlib.chdir(notebook.parent),
    ):
        number = 0  # of the cell in the file: the one put in does not count
        for cell in content.cells:
            tags = set(cell.metadata.get("tags", []))
            number += "injected-parameters" not in tags
            if cell.cell_type != "code" or "workbench" in tags:
                continue
            with capture_output() as captured:
                result = shell.run_cell(cell.source)
            error = result.error_before_exec or result.error_in_exec
            if error is not None:
                reason = f"{type(error).__name__}: {error}"
                raise ClientOpsError(f"{notebook}: cell {number}: {reason}") from error
            page = page or next((v for v in shell.user_ns.values() if isinstance(v, Page)), None)
            for card in page.cards if page else ():
                card.cell = card.cell or number
            if not tags & LEFT_OUT and not only_cards:
                shown += [text for output in captured.outputs if (text := _as_html(output.data))]
                shown.append(_as_html(shell.display_formatter.format(result.result)[0]))
    with page.words() if page else contextlib.nullcontext():
        title, question = (words._(text) if text else "" for text in heading(content))
    cards = page.cards if page else []
    return Run(title or notebook.stem, question, cards, [*filter(None, shown)], page)


@contextlib.contextmanager
def _own_main() -> Iterator[InteractiveShell]:
    """A fresh shell, whose module is `__main__` inside the block only: who starts a process later
    must find the program's own."""
    program = sys.modules["__main__"]
    # Results are not numbered: to forget them, the shell would look through all memory for garbage.
    shell = InteractiveShell.instance(cache_size=0)
    shell.reset(new_session=False)
    sys.modules["__main__"] = shell.user_module
    try:
        yield shell
    finally:
        sys.modules["__main__"] = program


@contextlib.contextmanager
def _opened(book: Book | None) -> Iterator[None]:
    """Pages opened inside the block have this book; None: each opens its own."""
    if book is None:
        yield
        return
    token = open_already.set(book)
    try:
        yield
    finally:
        open_already.reset(token)


@contextlib.contextmanager
def _environment(values: dict[str, str | None]) -> Iterator[None]:
    """These variables inside the block; None: not set."""
    before = {name: os.environ.get(name) for name in values}
    _set(values)
    try:
        yield
    finally:
        _set(before)


def _set(values: dict[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _as_html(data: dict[str, Any]) -> str:
    """An output as HTML; empty for one that is only text."""
    if "text/html" in data:
        return data["text/html"]
    if "image/svg+xml" in data:
        return data["image/svg+xml"]
    if "image/png" in data:
        image = data["image/png"]
        text = base64.b64encode(image).decode() if isinstance(image, bytes) else image
        return f"<img alt='' src='data:image/png;base64,{text}'>"
    return ""


def static_page(
    notebook: Path,
    parameters: dict[str, Any] | None = None,
    data: str | Path = "",
    *,
    viewer: Viewer | None = None,
) -> str:
    """Run a notebook and return its cards as one HTML document.

    There is no widget, no code and no link to the outside in it. Arguments and errors: see `run`.
    """
    done = run(notebook, parameters, data=data, viewer=viewer)
    language = done.page.book.company.language if done.page else "en"
    body = "\n".join(f"<div class='output'>{part}</div>" for part in done.shown)
    title = html.escape(done.title)
    return (
        f"<!doctype html><html lang='{language}'><head><meta charset='utf-8'><title>{title}</title>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<style>{fonts.embedded()}\n"
        "body { margin: 0 auto; padding: .75rem; max-width: 84rem; background: #f4f6f8 }"
        " h1 { font: 600 1.5rem 'Source Sans Pro', sans-serif; margin: .5rem 0 }</style></head>"
        f"<body><h1 class='co-title'>{title}</h1><main id='cells'>{body}</main></body></html>"
    )


def inject(notebook: nbformat.NotebookNode, values: dict[str, Any]) -> None:
    """Put *values* behind the cell tagged `parameters`, in the types of its defaults.

    Raises ClientOpsError for a name that cell does not assign.
    """
    place, defaults = _place(notebook), parameters(notebook)
    rows = []
    for name, value in values.items():
        if name not in defaults:
            raise ClientOpsError(f"unknown parameter {name!r}; {nearest(name, defaults)}")
        rows.append(f"{name} = {type(defaults[name])(value)!r}")
    if not rows:
        return
    added = nbformat.v4.new_code_cell("\n".join(rows), metadata={"tags": ["injected-parameters"]})
    notebook.cells.insert(place + 1, added)


def parameters(notebook: nbformat.NotebookNode) -> dict[str, Any]:
    """The parameters of a notebook and their defaults."""
    place = _place(notebook)
    return {} if place is None else _assignments(notebook.cells[place].source)


def _place(notebook: nbformat.NotebookNode) -> int | None:
    """Where the cell tagged `parameters` is."""
    cells = enumerate(notebook.cells)
    return next((at for at, cell in cells if "parameters" in cell.metadata.get("tags", [])), None)


def _assignments(source: str) -> dict[str, Any]:
    """The names a parameters cell assigns, and their plain values."""
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def of_whom(notebook: Path) -> str:
    """Of whom a notebook says that it is: `company`, for those who see everything; `client`, of
    one; empty: of whomever one looks at."""
    content = nbformat.read(notebook, as_version=4)
    return content.metadata.get("clientops", {}).get("of", "")


def heading(notebook: nbformat.NotebookNode) -> tuple[str, str]:
    """The title and the question of a notebook: the first two paragraphs of its first text."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("# "):
            title, _, rest = cell.source.partition("\n")
            question = rest.strip().split("\n\n")[0]
            return title.removeprefix("# ").strip(), " ".join(question.split())
    return "", ""
