"""Packs, and the page that leads to them, as HTML files: no code, no link to the outside."""

import functools
import urllib.parse
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from clientops import periods, words
from clientops.figures import paint
from clientops.words import _, fonts

TEMPLATES = Path(__file__).parent / "templates"
_KINDS = ("company", "team", "manager")


@functools.cache
def _template(name: str) -> jinja2.Template:
    """Every name in it is only text: what is marked safe are our own fonts and figures."""
    known = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined,
        autoescape=True, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    known.globals["tones"] = paint.TONES
    return known.get_template(name)


def document(content: dict[str, Any]) -> str:
    """A pack as one file; *content*: see content.py."""
    return _template("pack.html").render(content, fonts=fonts.embedded())


def index(kept: dict[str, Any]) -> str:
    """The page of all packs of a month, made of the run record (*kept*): a line per pack with its
    files; those that failed with the reason."""

    def place(pack: dict[str, Any]) -> tuple[int, str, str]:
        return _KINDS.index(pack["kind"]), pack["name"], pack["id"]

    with words.using(kept["language"], kept["currency"]):
        kinds = dict(zip(_KINDS, (_("company"), _("team"), _("manager")), strict=True))
        until = _("Data up to {day}").format(day=words.date(pd.Timestamp(kept["data_until"])))
        return _template("index.html").render(
            kept, whose="", until=until,
            month=words.long_month(periods.parse_month(kept["month"])),
            heads=[_("For"), "", _("Pack"), _("Made")],
            packs=[each | {
                "kind": kinds[each["kind"]],
                "files": [(name, urllib.parse.quote(each["files"][name]["name"]))
                          for name in ("html", "pdf", "xlsx") if name in each["files"]],
                "made": each.get("made", "")[:16].replace("T", " "),
            } for each in sorted(kept["packs"].values(), key=place)],
        )  # fmt: skip
