"""A page's outputs as plain HTML: what its widgets show, with nothing to press.

The boxes and names are those of the living widgets, so that the same styles give the same page.
"""

import html
import re
from collections.abc import Sequence
from typing import Any

WIDGET = "application/vnd.jupyter.widget-view+json"
HIDDEN = "co-hidden"  # what page and kernel say to each other
_BOXES = {"VBoxModel": "vbox", "HBoxModel": "hbox", "BoxModel": "", "GridBoxModel": "gridbox"}
_STYLE = re.compile(r'<div class="part[^>]*><style>[^<]*</style></div>')  # takes no place
_REFERENCE = "IPY_MODEL_"

States = dict[str, dict[str, Any]]


def as_html(cells: Sequence[Sequence[dict[str, Any]]], states: States) -> str:
    """The outputs of cells; *states* of the widgets by the ids of their models."""
    return "\n".join(
        map(_cell, ("".join(_output(o, states) for o in outputs) for outputs in cells))
    )


def _cell(content: str) -> str:
    is_empty = not _STYLE.sub("", content)
    return f'<div class="output{" empty" if is_empty else ""}">{content}</div>'


def _output(output: dict[str, Any], states: States) -> str:
    data = output.get("data", {})
    if WIDGET in data:
        return f'<div class="part">{_widget(data[WIDGET]["model_id"], states)}</div>'
    if "text/html" in data:
        return f'<div class="part jp-RenderedHTMLCommon">{data["text/html"]}</div>'
    if "image/svg+xml" in data:
        return f'<div class="part">{data["image/svg+xml"]}</div>'
    if "image/png" in data:
        return (
            f'<div class="part"><img alt="" src="data:image/png;base64,{data["image/png"]}"></div>'
        )
    text = output.get("text") or data.get("text/plain", "")
    return f'<div class="part"><pre>{html.escape(text)}</pre></div>' if text else ""


def _widget(model_id: str, states: States) -> str:
    """A widget; what is not known shows nothing."""
    state = states.get(model_id.removeprefix(_REFERENCE), {})
    names, kind = state.get("_dom_classes", ()), state.get("_model_name", "")
    if HIDDEN in names:
        return ""
    if kind in _BOXES:
        content = "".join(_widget(child, states) for child in state.get("children", ()))
        return _div(f"widget-box widget-{_BOXES[kind]}", names, content)
    if kind == "HTMLModel":
        content = f'<div class="widget-html-content">{state.get("value", "")}</div>'
        return _div("widget-inline-hbox widget-html", names, _label(state) + content)
    if kind == "AccordionModel":
        heads = (f'<div class="head">▸ {html.escape(title)}</div>' for title in state["titles"])
        return _div("widget-accordion", names, "".join(heads))
    if kind in ("DropdownModel", "ComboboxModel", "TextModel"):
        shown = _chosen(state) if kind == "DropdownModel" else state.get("value", "")
        field = html.escape(shown or state.get("placeholder", ""))
        named = kind.removesuffix("Model").lower()
        return _div(f"widget-inline-hbox widget-{named}", names,
                    f'{_label(state)}<span class="field">{field}</span>')  # fmt: skip
    if kind == "ButtonModel":
        text = html.escape(state.get("description", ""))
        return _div("widget-button", names, f'<span class="field">{text}</span>')
    return ""


def _chosen(state: dict[str, Any]) -> str:
    """What a drop-down stands at."""
    index, labels = state.get("index"), state.get("_options_labels", ())
    return labels[index] if isinstance(index, int) and index < len(labels) else ""


def _label(state: dict[str, Any]) -> str:
    text = state.get("description", "")
    return f'<span class="label">{html.escape(text)}</span>' if text else ""


def _div(kind: str, names: Sequence[str], content: str) -> str:
    names = html.escape(" ".join([kind, *names]), quote=True)
    return f'<div class="{names}">{content}</div>'
