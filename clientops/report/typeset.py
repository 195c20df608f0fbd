"""A pack as a PDF: A4, bookmarks, page numbers, typeset from its cards, not printed from HTML.

The template `pack.typ` reads the pack as data, so no name in it is ever read as a command.
"""

import datetime
import functools
import math
import re
from pathlib import Path
from typing import Any

import matplotlib
import msgspec
import typst

from clientops.figures import paint
from clientops.words import fonts

TEMPLATE = Path(__file__).parent / "templates" / "pack.typ"
_FALLBACK = Path(matplotlib.get_data_path()) / "fonts" / "ttf"  # signs and scripts that ours lacks
_PORTRAIT, _LANDSCAPE = 493, 740  # points of the text's width on A4
_TALL = 640  # points that a figure or a table may take on a page, beside its headings
_OVERLAP = 24  # points that two parts of a figure share: a row cut by one is whole in the other
_LARGEST, _SMALLEST = 8.5, 6.4  # points of a table's letters; where smaller, the page is turned
_READABLE = 8.0  # points of the letters of a table that may be split instead
_LETTER = 0.52  # of the letters' size: the width of one, on average
_LONGEST = 24  # characters of a word that is not broken


@functools.cache
def _compiler() -> typst.Compiler:
    """One per process: it has read the fonts."""
    known = typst.Fonts(True, False, [str(fonts.FOLDER), str(_FALLBACK)])
    return typst.Compiler(input=str(TEMPLATE), font_paths=known)


def typeset(content: dict[str, Any], when: datetime.datetime) -> bytes:
    """The PDF; *content*: see content.py, *when*: it was made."""
    pages = msgspec.json.encode(_breakable(_laid_out(content))).decode()
    when = when.replace(microsecond=0)
    return _compiler().compile(sys_inputs={"pack": pages}, format="pdf", timestamp=when)


def _laid_out(content: dict[str, Any]) -> dict[str, Any]:
    """The same with the sizes of tables and figures."""
    chapters = [
        chapter | {
            "grids": _readable(chapter["grid"]),
            "cards": [
                card | {"grid": card["grid"] and _grid(card["grid"]), "parts": _parts(card["svg"])}
                for card in chapter["cards"]
            ],
        }
        for chapter in content["chapters"]
    ]  # fmt: skip
    language = content["language"].replace("_", "-").split("-")[0]
    return content | {"language": language, "chapters": chapters, "tones": paint.TONES,
                      "grids": _readable(content["grid"])}  # fmt: skip


def _breakable(value: Any) -> Any:
    """Texts with places to break words that no column could hold."""
    if isinstance(value, dict):
        return {name: each if name == "svg" else _breakable(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_breakable(each) for each in value]
    if isinstance(value, str):
        return re.sub(rf"(\w{{{_LONGEST}}})(?=\w)", "\\1\u200b", value)
    return value


def _readable(grid: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The table in as few parts as have letters that can be read; each has the first column."""
    if grid is None:
        return []
    widths = [_width(grid, at) * _LETTER * _READABLE for at in range(len(grid["heads"]))]
    parts = math.ceil(sum(widths[1:]) / (_PORTRAIT - widths[0]))
    step = math.ceil((len(widths) - 1) / parts)
    return [
        _grid(_only(grid, [0, *range(start, min(start + step, len(widths)))]), turn=False)
        for start in range(1, len(widths), step)
    ]


def _only(grid: dict[str, Any], columns: list[int]) -> dict[str, Any]:
    """The same rows with some of the columns."""
    flat = {name: [grid[name][at] for at in columns] if grid[name] else []
            for name in ("heads", "numbers", "totals")}  # fmt: skip
    deep = {name: [[row[at] for at in columns] for row in grid[name]] for name in ("rows", "tones")}
    return grid | flat | deep


def _parts(svg: str) -> dict[str, Any]:
    """How a figure stands on pages: its height; where it is taller than one, cut into parts."""
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    if found is None:
        return {"height": 0, "tops": []}
    height = _PORTRAIT * float(found[2]) / float(found[1])
    if height <= _TALL / 0.7:  # a little smaller is still readable
        return {"height": min(height, _TALL), "tops": []}
    step = _TALL - _OVERLAP
    tops = [at * step for at in range(math.ceil((height - _OVERLAP) / step))]
    return {"height": _TALL, "whole": height, "tops": tops}


def _grid(grid: dict[str, Any], *, turn: bool = True) -> dict[str, Any]:
    """The table, the width of its columns, and letters so large that all of them fit.

    *turn*: the page may be turned sideways for it.
    """
    widths = [_width(grid, at) for at in range(len(grid["heads"]))]
    room = sum(widths) * _LETTER
    size = _PORTRAIT / room
    is_wide = turn and size < _SMALLEST
    if is_wide:
        size = max(_LANDSCAPE / room, 4.5)
    size = min(_LARGEST, size)
    is_short = _height(grid, widths) * size < _TALL
    return grid | {"size": size, "widths": widths, "is_wide": is_wide, "is_short": is_short}


def _height(grid: dict[str, Any], widths: list[float]) -> float:
    """About how many letters high the table is, its rows as tall as their fullest cell."""
    lines = (max(math.ceil(len(text) / wide) for text, wide in zip(row, widths, strict=True))
             for row in grid["rows"])  # fmt: skip
    return sum(1.25 * each + 0.7 for each in lines) + 8


def _width(grid: dict[str, Any], at: int) -> float:
    """Characters that a column needs: its longest number or word, of texts more, which may wrap."""
    cells = [row[at] for row in (*grid["rows"], grid["totals"]) if row] or [""]
    word = max((len(each) for each in grid["heads"][at].split()), default=0)
    longest = max(map(len, cells))
    if not grid["numbers"][at]:
        longest = min(longest, 22 if longest <= 44 else 46)
    return max(longest, word) + 2.2
