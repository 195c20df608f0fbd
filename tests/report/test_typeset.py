"""How a pack's tables stand on its pages."""

import dataclasses
import datetime
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

from clientops.report.grids import Grid
from clientops.report.typeset import typeset
from tests.report.conftest import read_pdf

NOW = datetime.datetime(2026, 11, 2, tzinfo=datetime.UTC)
SAID = ("contents", "last_days", "annex", "definitions", "how")
TEXTS = ("company", "title", "month", "whose", "until", "read_until", "partial", "stamp")


def pages_of(heads: list[str]) -> list[str]:
    """The texts of the pages of a pack with one topic, of one list with these heads."""
    grid = dataclasses.asdict(Grid(heads, [False] * len(heads), [["x"] * len(heads)], []))
    grid["tones"] = [[""] * len(heads)]
    card = {"title": "516 clients are known", "subtitle": "as of", "svg": "", "grid": grid,
            "missing": ""}  # fmt: skip
    chapter = {"name": "topic-0", "title": "The clients", "question": "Who are they?", "grid": None,
               "paragraphs": [], "cards": [card], "annex": True}  # fmt: skip
    said = {name: name.capitalize() for name in SAID} | {"page": "Page {page} of {pages}"}
    content = {name: name.capitalize() for name in TEXTS} | {
        "language": "en", "sentences": [], "findings": [], "grid": None, "chapters": [chapter],
        "definitions": [], "said": said, "partial": "",
    }  # fmt: skip
    # In a process of its own: what it leaves running would stand still in processes forked later.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return [page.text for page in read_pdf(pool.submit(typeset, content, NOW).result())]


def test_a_wide_table_takes_the_heads_of_its_chapter_to_its_page():
    wide = [f"Columnhead{at}" for at in range(14)]
    [page] = [text for text in pages_of(wide) if "516 clients" in text]
    assert all(said in page for said in ("The clients", "Who are they?", "Columnhead13"))


def test_a_head_is_broken_between_its_words():
    pages = "\n".join(pages_of(["Client", *["Liis Tammeoks"] * 10]))
    assert pages.count("Tammeoks") == 10
