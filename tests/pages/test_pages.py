"""Every page of every kind of firm, as everybody who may look: what holds for all their cards.

One run of a notebook per firm and viewer; all that is wrong with it is told at once. Figures and
workbooks take most of the time: the sample's are whole and drawn for each screen, others' figures
once, with short workbooks, and of these only those of the firm whose names are code are written.
What only a browser knows: tests/serve/test_visits.py; whether sentences are true:
tests/findings/test_claims.py.
"""

import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from clientops import Book, figures, notebooks, words
from clientops.findings.phrases import no_sum
from clientops.notebooks import Run, run
from clientops.page import cards
from clientops.page.cards import Card
from clientops.schema import EVERYONE, TABLES
from tests.cards import unwritten
from tests.conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CHOSEN = {"hostile": "1"}
LOOKS = [
    ("sample", "company"), ("sample", "manager"), ("sample", "lead"),
    ("northwind", "company"), ("one manager", "company"),
    ("hostile", "company"), ("hostile", "chosen"),
]  # fmt: skip
SOME_CLIENTS = ("manager", "lead")  # of whom nobody is shown the page of the company's data
PAGES = [
    pytest.param(path, *look, id="-".join((path.stem, *look)).replace(" ", "-"))
    for path in NOTEBOOKS
    for look in LOOKS
    if notebooks.of_whom(path) != "company" or look[1] not in SOME_CLIENTS
]
BROKEN = re.compile(r"[{}]|\bnan\b|\bNone\b(?! of)|<NA>|NaT|  ")


class Shown(HTMLParser):
    """The cards of a page as a browser reads them, and what must not be there."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.cards: list[dict] = []
        self.forbidden: list[str] = []
        self._inside = ""
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Cards by their parts."""
        known = {name: value or "" for name, value in attrs}
        kind = known.get("class", "")
        if tag in ("script", "img", "b", "iframe") or any(name.startswith("on") for name in known):
            self.forbidden.append(self.get_starttag_text())
        link = known.get("href", known.get("xlink:href", known.get("src", "#")))
        if not link.startswith(("#", "data:", "tel:", "mailto:")):
            self.forbidden.append(link)
        if tag == "section":
            self.cards.append({"table": known["data-table"], "h2": "", "alt": {}, "has": set()})
        if not self.cards:
            return
        card = self.cards[-1]
        if tag == "svg":
            card["alt"][self._screen] = known.get("aria-label", "")
        self._screen = kind if "co-figure" in kind else getattr(self, "_screen", "")
        self._inside = tag
        card["has"] |= {tag, *kind.split()}

    def handle_data(self, data: str) -> None:
        """The title of a card."""
        if self._inside == "h2":
            self.cards[-1]["h2"] += data

    def handle_endtag(self, tag: str) -> None:
        """Text behind it is not inside it."""
        self._inside = ""


@pytest.mark.parametrize(("notebook", "firm", "viewer"), PAGES)
def test_a_page(looked_at, monkeypatch, notebook, firm, viewer):
    book, of_whom = looked_at(firm, viewer), notebooks.of_whom(notebook)
    if (firm, viewer) != ("sample", "company"):
        monkeypatch.setattr(cards, "MOST_EMBEDDED", 20)
        once = {"co-desk co-tablet co-phone": figures.PHONE}
        monkeypatch.setattr(cards, "widths", lambda card, screen="": once)
        if (firm, viewer) != ("hostile", "company"):
            monkeypatch.setattr(figures, "svg", unwritten)
    chosen = {"manager_id": CHOSEN[firm]} if viewer == "chosen" and not of_whom else {}
    if of_whom == "client":
        now = book.classes[book.classes["month"] == book.month].sort_values("revenue")
        known = now["client_id"].astype(str)
        chosen = {"client_id": known[known.isin(book.owned or known)].iloc[-1]}
    done = run(notebook, chosen, book=book)
    assert done.title and done.question.endswith("?") and len(done.cards) >= 2
    content = "".join(done.shown)
    shown = Shown(content)
    problems = {missing(card): card for card in reversed(done.cards) if missing(card)}
    kept = [card for card in done.cards if card.title or card.problem]  # others are left out
    kept = [card for card in kept if not missing(card) or problems[missing(card)] is card]
    assert [card["table"] for card in shown.cards] == [card.name for card in kept]
    wrong = [f"not allowed: {each}" for each in shown.forbidden]
    wrong += [f"{viewer} sees {name}" for name in hidden_names(book) if name in content]
    with words.using(book.company.language, book.company.currency):
        for card, drawn in zip(kept, shown.cards, strict=True):
            found = wrong_with_problem(card, book) if missing(card) else wrong_with(card, drawn)
            if not missing(card):
                found = [*found, *wrong_with_subtitle(card, done), *wrong_with_subject(card, done)]
            wrong += [f"{card.name}: {each}: {card.title} | {card.subtitle}" for each in found]
    assert not wrong, "\n".join(wrong)


def missing(card: Card) -> str:
    """Why there is nothing on it; empty where there is something."""
    return card.title if card.title == no_sum() else card.problem


def hidden_names(book: Book) -> list[str]:
    """The managers whom the viewer does not see, who may be named nowhere."""
    if book.viewer.sees_everything:
        return []
    managers = book.managers.set_index("manager_id")["manager_name"]
    return [html.escape(name) for key, name in managers.items() if str(key) not in book.manager_ids]


def wrong_with_problem(card: Card, book: Book) -> Iterator[str]:
    """Only what is missing may keep a card from being drawn, or what a team has no sum of."""
    if not card.problem and book.viewer.role == "lead":
        return
    needed = re.match(r"This needs the table (\w+): add \1\.csv to the data folder", card.problem)
    if not needed or needed[1] not in TABLES or needed[1] in book.tables:
        yield card.problem


def wrong_with(card: Card, drawn: dict) -> Iterator[str]:
    """A whole sentence, a definition, the table itself, and a figure with its text, or rows."""
    if not card.title.endswith(".") or BROKEN.search(card.title):
        yield "no whole sentence"
    if drawn["h2"] != card.title:
        yield "another title is shown"
    if not card.definition.question or not card.definition.how or len(card.definition.details) < 2:
        yield "no definition"
    if any(BROKEN.search(text) for text in (*card.definition.how, card.definition.question)):
        yield "a broken definition"
    if not {"co-excel", "co-how"} <= drawn["has"]:
        yield "no Excel, or nothing about how it is calculated"
    if card.figure is None:
        if len(card.frame) and "table" not in drawn["has"]:  # of no rows its title tells
            yield "neither a figure nor rows"
    elif len(card.frame):
        screens = " ".join(drawn["alt"])
        if not all(f"co-{each}" in screens for each in ("desk", "tablet", "phone")):
            yield f"figures only for {screens!r}"
        if set(drawn["alt"].values()) != {card.title.replace("\u2060", "")}:
            yield "a figure without its text"


def wrong_with_subtitle(card: Card, done: Run) -> Iterator[str]:
    """Period, currency and whose, as the table declares them over its function."""
    about, page = card.about, done.page
    month, until = words.month(page.month), words.month(page.book.data_until)
    running = words.month(page.book.last_month)
    period = {
        "month": rf"{month}",
        "window": rf"(\w+ \d+ – )?{month}",
        "two windows": rf"(\w+ \d+ – )?{month}( against .+)?",
        "all": rf"all data up to {month}, from {words.month(page.book.first_month)}",
        "as of": rf"as of {until[:3]} \d+, {until[-4:]}",
        "rows": r"\w+ \d+ – \w+ \d+",
        "running": rf"{month}|{running}, the last month only to .+ working days",
    }[about.period]
    names = page.book.managers.set_index("manager_id")["manager_name"].to_dict()
    whose = "all managers"
    if card.subject not in (EVERYONE, ""):
        texts = {"credit": "sold by ", "done by": "done by "}
        name = names.get(card.subject) or card.subject
        whose = texts.get(about.whose, "portfolio of ") + name
    elif card.subject == "":
        whose = f"team {', '.join(page.book.viewer.teams)} beside the company"
    if card.options.get("where", {}).get("dimension") not in (None, EVERYONE, "manager"):
        whose = "all managers" if about.stored else whose  # nobody's own
    units = {*about.units.values(), *card.frame.get("unit", ())}
    parts = [f"({period})", page.book.company.currency if "money" in units else ""]
    is_told = about.whose != "company" and page.choices.of_managers
    parts += [re.escape(whose)] if is_told else []
    if not re.fullmatch(", ".join(filter(None, parts)), card.subtitle):
        yield "another subtitle than it declares"


def wrong_with_subject(card: Card, done: Run) -> Iterator[str]:
    """A page of one manager speaks of that manager, and names no other."""
    book, one = done.page.book, done.page.choices.manager_id
    if not done.page.choices.of_managers:  # it speaks of a client
        return
    if card.subject != (one if one != EVERYONE or book.viewer.sees_everything else ""):
        yield f"speaks of {card.subject!r}"
    if card.subject in (EVERYONE, ""):
        return
    others = [name for key, name in zip(book.managers["manager_id"], book.managers["manager_name"],
                                        strict=True) if str(key) != card.subject]  # fmt: skip
    yield from (f"names {name}" for name in others if name in card.title)
    if card.about.whose != "company" and re.match("The company|None of", card.title):
        yield "speaks of the company"


def test_without_surveys_the_loyalty_page_says_once_which_table_to_add(looked_at):
    done = run(ROOT / "notebooks" / "loyalty.ipynb", book=looked_at("northwind", "company"))
    content = "".join(done.shown)
    assert content.count("This needs the table surveys: add surveys.csv to the data folder") == 1
    (card,) = Shown(content).cards
    assert not {"svg", "table", "co-excel"} & card["has"]
