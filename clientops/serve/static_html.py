"""A page's outputs as plain HTML: what its widgets show; drop-downs lead to other addresses."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2

WIDGET = "application/vnd.jupyter.widget-view+json"
_BOXES = {"VBoxModel": "vbox", "HBoxModel": "hbox", "BoxModel": "", "GridBoxModel": "gridbox"}
_STYLE = re.compile(r'<div class="part[^>]*><style>[^<]*</style></div>')  # takes no place

States = dict[str, dict[str, Any]]


def as_html(cells: Sequence[Sequence[dict[str, Any]]], states: States) -> str:
    """The outputs of cells; *states* of the widgets by the ids of their models."""

    def state_of(model_id: str) -> dict[str, Any]:
        return states.get(model_id.removeprefix("IPY_MODEL_"), {})

    return _TEMPLATE.render(cells=cells, state_of=state_of)


def _chosen(state: dict[str, Any]) -> str:
    """What a drop-down stands at."""
    index, labels = state.get("index"), state.get("_options_labels", ())
    return labels[index] if isinstance(index, int) and index < len(labels) else ""


_environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.tests["empty"] = lambda content: not _STYLE.sub("", content)
_TEMPLATE = _environment.get_template("static_cells.html")
_TEMPLATE.globals |= {"widget_type": WIDGET, "boxes": _BOXES, "chosen": _chosen}
