"""What a pack says, in the order of its pages, as plain data: HTML and PDF are made of the same."""

import dataclasses
from typing import Any

from clientops import words
from clientops.report import changes
from clientops.report.grids import Grid
from clientops.report.pack import Pack, Shown
from clientops.words import _


def content(pack: Pack, stamp: str) -> dict[str, Any]:
    """Texts, tables and figures; *stamp* says when and of what the pack was made."""
    with pack.words():
        return {
            "language": pack.book.company.language,
            "company": pack.book.company.name,
            "title": _("Monthly report"),
            "month": words.long_month(pack.month),
            "whose": pack.whose,
            "until": _("Data up to {day}").format(day=words.date(pack.book.data_until))
            + words.lost(pack.book.lost_share),
            "partial": pack.partial,
            "sentences": pack.sentences,
            "findings": [{"topic": topic, "told": told} for topic, told in pack.findings],
            "grid": _grid(pack.first_grid),
            "chapters": _chapters(pack),
            "definitions": _definitions(pack),
            "settings": pack.settings,
            "stamp": stamp,
            "said": {
                "contents": _("Contents"),
                "definitions": _("Definitions"),
                "how": _("How this is calculated"),
                "settings": _("Settings in force"),
                "page": _("Page {page} of {pages}"),
            },
        }


def _chapters(pack: Pack) -> list[dict[str, Any]]:
    """Managers, whom to call, the topics, what changed: each with texts, a table or cards."""
    found = []
    if pack.side_by_side:
        found.append(_chapter("managers", _("Managers side by side"), grid=pack.side_by_side))
    if pack.attention:
        found.append(
            _chapter("attention", _("Attention list"), cards=[_card(pack, pack.attention)])
        )
    for at, each in enumerate(pack.sections):
        cards = [_card(pack, card) for card in each.cards]
        found.append(_chapter(f"topic-{at}", each.title, question=each.question, cards=cards))
    told, grid = pack.changes.sentences, changes.grid(pack.changes)
    title = _("What changed since last month's pack")
    return [*found, _chapter("changes", title, paragraphs=told, grid=grid)]


def _chapter(name: str, title: str, grid: Grid | None = None, **parts: Any) -> dict[str, Any]:
    empty = {"question": "", "paragraphs": [], "cards": []}
    return {"name": name, "title": title, "grid": _grid(grid)} | empty | parts


def _card(pack: Pack, card: Shown) -> dict[str, Any]:
    return {
        "title": card.title,
        "subtitle": card.subtitle,
        "svg": card.svg,
        "grid": _grid(card.grid),
        "missing": card.missing,
        "defined": pack.tables[card.table].name if card.table else "",
    }


def _grid(grid: Grid | None) -> dict[str, Any] | None:
    if grid is None:
        return None
    tones = grid.tones or [[""] * len(grid.heads) for _row in grid.rows]
    return dataclasses.asdict(grid) | {"tones": tones}


def _definitions(pack: Pack) -> list[dict[str, Any]]:
    """How each table is calculated, told once for all sheets with rows of it."""
    found: dict[str, dict[str, Any]] = {}
    for table in pack.tables.values():
        question, how, _details = table.definition
        told = {"name": table.name, "title": question, "paragraphs": [*how], "sheets": []}
        rows = words.plural("{number} row", "{number} rows", len(table.frame))
        found.setdefault(table.name, told)["sheets"].append(f"{table.sheet} ({rows})")
    text = _("In the workbook: {sheet}")
    return [each | {"sheets": text.format(sheet=", ".join(each["sheets"]))}
            for each in found.values()]  # fmt: skip
