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

from clientops import words
from clientops.page import fonts
from clientops.report import changes
from clientops.report.grids import Grid
from clientops.report.pack import Pack, Shown
from clientops.words import _

TEMPLATE = Path(__file__).parent / "pack.typ"
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


def typeset(pack: Pack, stamp: str, when: datetime.datetime) -> bytes:
    """The PDF; *stamp* says when and of what it was made."""
    with pack.words():
        content = msgspec.json.encode(_content(pack, stamp)).decode()
    when = when.replace(microsecond=0)
    return _compiler().compile(sys_inputs={"pack": content}, format="pdf", timestamp=when)


def _content(pack: Pack, stamp: str) -> dict[str, Any]:
    """What the template reads: texts, tables and figures, in the order of the pages."""
    grid = changes.grid(pack.changes)
    return {
        "language": pack.book.company.language.replace("_", "-").split("-")[0],
        "company": pack.book.company.name,
        "title": _("Monthly report"),
        "month": words.long_month(pack.month),
        "whose": pack.whose,
        "until": _("Data up to {day}").format(day=words.date(pack.book.data_until)),
        "partial": pack.partial,
        "sentences": pack.sentences,
        "findings": [{"topic": topic, "told": _broken(told)} for topic, told in pack.findings],
        "figures": [_grid(each, turn=False) for each in _readable(pack.first_grid)],
        "managers": [_grid(each, turn=False) for each in _readable(pack.side_by_side)],
        "attention": pack.attention and _card(pack.attention),
        "sections": [
            {"title": each.title, "question": each.question, "cards": [*map(_card, each.cards)]}
            for each in pack.sections
        ],
        "changes": pack.changes.sentences,
        "restated": grid and _grid(grid, turn=False),
        "definitions": [
            {"title": _broken(each.title), "sheets": ", ".join(each.sheets),
             "paragraphs": [_broken(text) for text in each.paragraphs]}
            for each in pack.definitions
        ],
        "settings": [_broken(text) for text in pack.settings],
        "stamp": stamp,
        "said": {
            "contents": _("Contents"), "attention": _("Attention list"),
            "managers": _("Managers side by side"), "settings": _("Settings in force"),
            "changes": _("What changed since last month's pack"),
            "definitions": _("Definitions"),
            "sheet": _("Sheet of the workbook: {sheet}"),
            "page": _("Page {page} of {pages}"),
        },
    }  # fmt: skip


def _readable(grid: Grid | None) -> list[Grid]:
    """The table in as few parts as have letters that can be read; each has the first column."""
    if grid is None:
        return []
    widths = [_width(grid, at) * _LETTER * _READABLE for at in range(len(grid.heads))]
    parts = math.ceil(sum(widths[1:]) / (_PORTRAIT - widths[0]))
    step = math.ceil((len(widths) - 1) / parts)
    return [
        grid.only([0, *range(start, min(start + step, len(widths)))])
        for start in range(1, len(widths), step)
    ]


def _card(card: Shown) -> dict[str, Any]:
    return {
        "title": _broken(card.title),
        "subtitle": _broken(card.subtitle),
        "svg": card.svg,
        "parts": _parts(card.svg),
        "grid": card.grid and _grid(card.grid),
        "missing": card.missing,
        "sheet": card.table,
    }


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


def _grid(grid: Grid, *, turn: bool = True) -> dict[str, Any]:
    """The table, the width of its columns, and letters so large that all of them fit.

    *turn*: the page may be turned sideways for it.
    """
    widths = [_width(grid, at) for at in range(len(grid.heads))]
    room = sum(widths) * _LETTER
    size = _PORTRAIT / room
    is_wide = turn and size < _SMALLEST
    if is_wide:
        size = max(_LANDSCAPE / room, 4.5)
    return {
        "heads": [_broken(text) for text in grid.heads],
        "numbers": grid.numbers,
        "rows": [[_broken(text) for text in row] for row in grid.rows],
        "tones": grid.tones or [[""] * len(grid.heads) for _row in grid.rows],
        "totals": grid.totals,
        "note": grid.note,
        "size": min(_LARGEST, size),
        "widths": widths,
        "is_wide": is_wide,
        "is_short": _height(grid, widths) * min(_LARGEST, size) < _TALL,
    }


def _height(grid: Grid, widths: list[float]) -> float:
    """About how many letters high the table is, its rows as tall as their fullest cell."""
    lines = (max(math.ceil(len(text) / wide) for text, wide in zip(row, widths, strict=True))
             for row in grid.rows)  # fmt: skip
    return sum(1.25 * each + 0.7 for each in lines) + 8


def _width(grid: Grid, at: int) -> float:
    """Characters that a column needs: its longest number or word, of texts more, which may wrap."""
    cells = [row[at] for row in (*grid.rows, grid.totals) if row] or [""]
    word = max((len(each) for text in [grid.heads[at]] for each in text.split()), default=0)
    longest = max(map(len, cells))
    if not grid.numbers[at]:
        longest = min(longest, 22 if longest <= 44 else 46)
    return max(longest, word) + 2.2


def _broken(text: str) -> str:
    """The text with places to break words that no column could hold."""
    return re.sub(rf"(\w{{{_LONGEST}}})(?=\w)", "\\1\u200b", text)
