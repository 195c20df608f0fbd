"""What the controls and clicks of a live page ask for."""

import contextlib
import dataclasses
import re
import urllib.parse
from typing import TYPE_CHECKING, Any

from clientops.errors import ClientOpsError
from clientops.page import lists, workbook
from clientops.page.choices import EVERYONE, Choices, checked, of_address

if TYPE_CHECKING:
    from clientops.page.state import Page

SCREENS = ("desk", "tablet", "phone")


def opened(page: "Page", query: str) -> Choices:
    """The choices that an address leads to; raises ClientOpsError for what cannot be."""
    return checked(page.book, of_address(page.given, query)).offered(page.filters)


def changed(page: "Page", changes: dict[str, Any]) -> Choices:
    """The page's choices with those of controls."""
    own = {name: value for name, value in changes.items() if not hasattr(Choices, name)}
    shared = {name: value for name, value in changes.items() if name not in own}
    if shared.get("manager_id") == EVERYONE:
        shared["beside"] = ""
    choices = dataclasses.replace(page.choices, **shared)
    for name, value in own.items():
        choices = choices.with_own(name, value)
    return checked(page.book, choices)


def answer(page: "Page", line: str) -> None:
    """A click on the page: `<number> <verb> <value>`; what cannot be is ignored."""
    _number, verb, value = (*line.split(" ", 2), "", "")[:3]
    if verb in _ANSWERS:
        _ANSWERS[verb](page, value)


def _screen(page: "Page", value: str) -> None:
    if value in SCREENS and value != page.screen:
        page.screen = value
        page.redraw()


def _excel(page: "Page", value: str) -> None:
    if value in (*page.files, workbook.WHOLE):
        with page.words():
            page.give_file(workbook.link(page, value))


def _cell(page: "Page", value: str) -> None:
    columns = set(lists.columns_of(value))
    having = [part for part in page.parts if part.state and columns <= set(part.table.frame)]
    linked = [part for part in having if part.linked_to and columns <= set(part.linked_to.frame)]
    for part in linked or having:  # of lists that belong to no figure, all
        part.ask(cell="" if part.state.cell == value else value)


def _sort(page: "Page", value: str) -> None:
    name, _, column = value.partition(" ")
    for part in page.parts:
        offered = re.findall(r"data-sort='([^']+)'", part.widget.value)
        if part.state and part.table.name == name and column in offered:
            is_again = part.state.by == column
            part.ask(by=column, falling=not (is_again and part.state.falling))


def _tick(page: "Page", value: str) -> None:
    """One row more, or less; without a client none is ticked any more."""
    for part in page.parts:
        if part.state and part.state.can_tick:
            ticked = part.state.ticked ^ {value} if value else frozenset()
            part.ask(page=part.state.page, ticked=frozenset(ticked))


def _address(page: "Page", value: str) -> None:
    with contextlib.suppress(ClientOpsError):
        choices = opened(page, value)
        if choices != page.choices:
            page.stand_at(choices, is_back=True)


def _own(page: "Page", value: str) -> None:
    for name, chosen in urllib.parse.parse_qsl(value):
        page.choose_own(name, chosen)


_ANSWERS = {"screen": _screen, "excel": _excel, "cell": _cell, "sort": _sort, "tick": _tick,
            "address": _address, "own": _own}  # fmt: skip
