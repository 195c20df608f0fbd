"""Notebooks run for a month, without a browser: one HTML file that needs nothing else."""

import ast
import html
import os
from pathlib import Path
from typing import Any

import nbclient
import nbformat

from clientops import store
from clientops.errors import ClientOpsError, nearest

LEFT_OUT = {"parameters", "injected-parameters", "workbench"}  # tags of cells that show nothing


def static_page(
    notebook: Path, parameters: dict[str, Any] | None = None, data: str | Path = ""
) -> str:
    """Run a notebook with *parameters* and return its cards as one HTML document.

    There is no widget, no code and no link to the outside in it. The data folder must have been
    built. Raises ClientOpsError for a parameter the notebook does not have, and for a cell that
    fails, naming the cell and the reason.
    """
    content = nbformat.read(notebook, as_version=4)
    title = _title(content) or notebook.stem
    inject(content, parameters or {})
    folder = store.data_folder(data).resolve()
    environment = os.environ | {"CLIENTOPS_STATIC": "1", "CLIENTOPS_DATA": str(folder)}
    environment.pop("QUERY_STRING", None)
    client = nbclient.NotebookClient(content, timeout=600, kernel_name="python3")
    try:
        client.execute(env=environment, cwd=str(notebook.parent))
    except nbclient.exceptions.CellExecutionError as error:
        raise ClientOpsError(f"{notebook}: {error.ename}: {error.evalue}") from error
    body = "\n".join(_outputs(content))
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{html.escape(title)}"
        "</title><meta name='viewport' content='width=device-width, initial-scale=1'></head>"
        "<style>body { margin: 0 auto; padding: .5rem .75rem; max-width: 72rem; "
        "background: #f4f6f8 } h1 { font: 600 1.4rem sans-serif; margin: .5rem 0 }</style>"
        f"<body><h1 class='co-title'>{html.escape(title)}</h1>{body}</body></html>"
    )


def inject(notebook: nbformat.NotebookNode, values: dict[str, Any]) -> None:
    """Put *values* behind the cell tagged `parameters`, in the types of its defaults.

    Raises ClientOpsError for a name that cell does not assign.
    """
    tagged = (
        place
        for place, cell in enumerate(notebook.cells)
        if "parameters" in cell.metadata.get("tags", [])
    )
    place = next(tagged, None)
    defaults = {} if place is None else _assignments(notebook.cells[place].source)
    rows = []
    for name, value in values.items():
        if name not in defaults:
            raise ClientOpsError(f"unknown parameter {name!r}; {nearest(name, defaults)}")
        rows.append(f"{name} = {type(defaults[name])(value)!r}")
    if not rows:
        return
    added = nbformat.v4.new_code_cell("\n".join(rows), metadata={"tags": ["injected-parameters"]})
    notebook.cells.insert(place + 1, added)


def _assignments(source: str) -> dict[str, Any]:
    """The names a parameters cell assigns, and their plain values."""
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def _title(notebook: nbformat.NotebookNode) -> str:
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("# "):
            return cell.source.splitlines()[0].removeprefix("# ")
    return ""


def _outputs(notebook: nbformat.NotebookNode) -> list[str]:
    """What the cells show, as HTML; markdown is for analysts."""
    shown = []
    for cell in notebook.cells:
        if cell.cell_type != "code" or LEFT_OUT & set(cell.metadata.get("tags", [])):
            continue
        for output in cell.outputs:
            if output.output_type == "display_data" and "text/html" in output.data:
                shown.append(output.data["text/html"])
    return shown
