"""What a pack says, in the order of its pages, as plain data: HTML and PDF are made of the same."""

import dataclasses
from typing import Any

from clientops import words
from clientops.book.last_days import last_days
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
            "read_until": _read_until(pack),
            "partial": pack.partial,
            "sentences": pack.sentences,
            "findings": [{"topic": topic, "told": told} for topic, told in pack.findings],
            "grid": pack.verdicts and dataclasses.asdict(pack.verdicts),
            "chapters": _chapters(pack),
            "definitions": _definitions(pack),
            "stamp": stamp,
            "said": {
                "contents": _("Contents"),
                "last_days": _("Last days"),
                "annex": _("Annex"),
                "definitions": _("Definitions"),
                "how": _("How this is calculated"),
                "page": _("Page {page} of {pages}"),
            },
        }


def _read_until(pack: Pack) -> str:
    """The last day in each table."""
    days = last_days(pack.book.table_days).items()
    return ", ".join(f"{words.value(name)} {words.date(day)}" for name, day in days)


def _chapters(pack: Pack) -> list[dict[str, Any]]:
    """In front a page each: managers, whom to call, the bridge. Behind them the annex: the figures
    of the topics, their lists (a topic of lists alone keeps them), what changed."""
    is_one = pack.recipient.kind == "manager"
    titles = {"calls": _("Attention list"), "bridge": _("Bridge of revenue")}
    found = []
    if pack.managers:
        title = _("Beside the company") if is_one else _("Managers side by side")
        found.append(_chapter("managers", title, grid=pack.managers))
    found += [_chapter(name, title, cards=[_card(pack, pack.front[name])])
              for name, title in titles.items() if name in pack.front]  # fmt: skip
    annex, lists = [], []
    for at, each in enumerate(pack.sections):
        is_of_lists = not any(card.svg for card in each.cards)
        cards = [_card(pack, card) for card in each.cards if is_of_lists or not card.grid]
        if not is_of_lists:
            lists += [_card(pack, card, each.title) for card in each.cards if card.grid]
        if cards:
            annex.append(_chapter(f"topic-{at}", each.title, question=each.question, cards=cards))
    if lists:
        annex.append(_chapter("lists", _("Lists"), cards=lists))
    told, grid = pack.changes.sentences, changes.grid(pack.changes)
    title = _("What changed since last month's pack")
    annex.append(_chapter("changes", title, paragraphs=told, grid=grid))
    return found + [each | {"annex": True} for each in annex]


def _chapter(name: str, title: str, grid: Grid | None = None, **parts: Any) -> dict[str, Any]:
    empty = {"question": "", "paragraphs": [], "cards": [], "annex": False}
    return {"name": name, "title": title, "grid": grid and dataclasses.asdict(grid)} | empty | parts


def _card(pack: Pack, card: Shown, topic: str = "") -> dict[str, Any]:
    return dataclasses.asdict(card) | {
        "subtitle": " · ".join(filter(None, (topic, card.subtitle))),
        "defined": pack.tables[card.table].name if card.table else "",
    }


def _definitions(pack: Pack) -> list[dict[str, Any]]:
    """How each table is calculated, told once for all its rows."""
    found: dict[str, dict[str, Any]] = {}
    for table in pack.tables.values():
        question, how, _details = table.definition
        told = {"name": table.name, "title": question, "paragraphs": [*how], "sheets": []}
        rows = words.plural("{number} row", "{number} rows", len(table.frame))
        found.setdefault(table.name, told)["sheets"].append(f"{table.topic} ({rows})")
    text = _("In the workbook: {sheet}")
    return [each | {"sheets": text.format(sheet=", ".join(each["sheets"]))}
            for each in found.values()]  # fmt: skip
