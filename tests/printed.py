"""What is wrong with a page of the suite, or a pack, when a browser prints it on A4."""

import contextlib
import io
import re
import unicodedata
from collections.abc import Iterator

import pypdf
from playwright.sync_api import Page
from pypdf.generic import DecodedStreamObject, NameObject

BETWEEN_MARGINS = 718  # pixels of A4
PRESSED = ("nav", ".co-controls", ".co-row", ".co-excel", "summary", ".banner")
FEWEST = 40  # characters that a page has at least: of a card there is the title
# What does not fit its box would be cut: paper does not scroll.
CUT = """() => [...document.querySelectorAll("main, table, section, article, div")]
  .filter((each) => each.offsetParent && (each.getBoundingClientRect().right > innerWidth + 1 ||
    (each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).overflowX != "visible")))
  .map((each) => `${each.className || each.tagName} of ` +
    (each.closest("[data-table]")?.dataset.table ?? each.closest("[id]")?.id))"""
ROWS = """() => [...document.querySelectorAll("tbody tr")].filter((row) => row.offsetParent)
  .map((row) => [...row.closest("table").tHead.rows[0].cells, ...row.cells]
    .map((cell) => cell.textContent).join(" "))"""

TAKE_SHAPES = """() => {
  window.shapes = [...document.querySelectorAll("svg")].map((svg) => [svg, [...svg.childNodes]]);
  for (const [svg] of shapes) svg.replaceChildren(
    ...[...svg.querySelectorAll("a, title, text, image")].map((each) => each.cloneNode(false)));
}"""
PUT_SHAPES = "() => { for (const [svg, all] of shapes) svg.replaceChildren(...all); }"

# Lines of a PDF's page that make paths and paint them.
PATHS = re.compile(rb"^(?:[-\d. ]+ (?:m|l|c|v|y|re)|h|f\*?|[BS]|b\*?|s|n|W\*?)$\n?", re.MULTILINE)


def wrong_on_paper(tab: Page, pressed: tuple[str, ...] | list[str] = PRESSED) -> list[str]:
    """Controls that are printed (of *pressed*), what is cut, rows that are torn or have no header,
    pages with nothing on them."""
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": BETWEEN_MARGINS, "height": 1040})
    wrong = [f"prints {each}" for each in pressed
             if any(found.is_visible() for found in tab.locator(each).all())]  # fmt: skip
    wrong += [f"cuts {each}" for each in tab.evaluate(CUT)]
    rows = tab.evaluate(ROWS)
    with without_shapes(tab):
        reader = pypdf.PdfReader(io.BytesIO(tab.pdf(prefer_css_page_size=True)))
    texts = [without_paths(page).extract_text() for page in reader.pages]
    wrong += [f"page {at} is empty: {text!r}" for at, text in enumerate(texts, 1)
              if len(text.strip()) < FEWEST]  # fmt: skip
    pages = [words_of(text) for text in texts]
    torn = [row for row in rows if not any(words_of(row) <= page for page in pages)]
    return wrong + [f"tears, or leaves without a header: {row}" for row in torn]


@contextlib.contextmanager
def without_shapes(tab: Page) -> Iterator[None]:
    """Figures as large as they are, without what they consist of: their texts are paths, so nothing
    is lost, and to look at each shape is slow."""
    tab.evaluate(TAKE_SHAPES)
    try:
        yield
    finally:
        tab.evaluate(PUT_SHAPES)


def without_paths(page: pypdf.PageObject) -> pypdf.PageObject:
    """A page with its texts where they stood; to read what figures consist of takes five times as
    long."""
    content, texts = page.get_contents(), DecodedStreamObject()
    if content is not None:
        texts.set_data(PATHS.sub(b"", content.get_data()))
        page[NameObject("/Contents")] = texts
    return page


def words_of(text: str) -> set[str]:
    """The words of a text, none of which a line end divides."""
    return set(re.findall(r"\w+", unicodedata.normalize("NFKC", text)))
