"""Every page of the suite in a real browser, visited once: all that must hold there on each screen.

A visit opens what is folded, so that it is read too, and all that is wrong with it is told at once.
It begins on a phone; then the screen becomes a desk's, as when a tablet is turned.
"""

import contextlib
import functools
import os
import re
import shutil
from collections.abc import Iterator

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from clientops import figures
from clientops.page import Choices, options
from tests.conftest import ROOT, SAMPLE
from tests.pages.test_pages import BROKEN, NOTEBOOKS
from tests.printed import without_shapes, wrong_on_paper
from tests.serve.conftest import QUIET, Server, eventually

READY = "#cells:not([aria-busy])"
SCREENS = {"desk": (1280, 900), "phone": (390, 844)}
# A figure as it is drawn for phones; its measures are in points.
OF_PHONES = f'.co-figure svg[viewBox^="0 0 {figures.PHONE * 0.75:g} "]'
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
CONTRAST = "color-contrast"  # most of axe's work
# Marks what is to be read in a colour or before a ground that no earlier screen had, for letters as
# large (which need less contrast); how much of it there is, or -1 on the first screen.
MARK_NEW_COLOURS = """() => {
  const isFirst = !window.coloursSeen, seen = (window.coloursSeen ??= new Set());
  const grounds = new Map([[null, ""]]), now = new Set();
  const ground = (part) => {
    if (!grounds.has(part)) {
      const style = getComputedStyle(part);
      grounds.set(part, [ground(part.parentElement), style.backgroundColor, style.backgroundImage,
        style.opacity].join(" ").replace(" rgba(0, 0, 0, 0) none 1", ""));
    }
    return grounds.get(part);
  };
  let marked = 0;
  for (const part of document.querySelectorAll("body *")) {
    const isRead = part.matches("input, select, textarea")
      || [...part.childNodes].some((each) => each.nodeType === 3 && each.data.trim());
    if (!isRead || !part.checkVisibility({visibilityProperty: true})) continue;
    const style = getComputedStyle(part), size = parseFloat(style.fontSize);
    const isLarge = size >= (style.fontWeight >= 700 ? 18.66 : 24);
    const colours = [ground(part), style.color, isLarge].join(" ");
    now.add(colours);
    part.toggleAttribute("data-new-colours", !seen.has(colours));
    marked += !seen.has(colours);
  }
  now.forEach((each) => seen.add(each));
  return isFirst ? -1 : marked;
}"""
COLUMN = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")  # the name of one, which nobody should read


@pytest.fixture(scope="module")
def server(sample_store, tmp_path_factory) -> Iterator[Server]:
    """The suite as it is shipped, with the sample."""
    folder = tmp_path_factory.mktemp("suite")
    shutil.copytree(SAMPLE, folder / "data", ignore=shutil.ignore_patterns(".clientops", "*.py"))
    shutil.copytree(sample_store, folder / "data" / ".clientops")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    server = Server(folder, quiet=QUIET)
    yield server
    assert server.stop() == 0


@contextlib.contextmanager
def visited(
    browser: Browser, server: Server, address: str, screen: str
) -> Iterator[tuple[Page, list[str]]]:
    """A page when it has come to rest, and what goes wrong while it is open."""
    width, height = SCREENS[screen]
    context = browser.new_context(
        base_url=server.address, viewport={"width": width, "height": height}
    )
    context.set_default_timeout(60_000)
    context.add_cookies([{"name": "co_screen", "value": screen, "url": server.address}])
    wrong: list[str] = []

    def note(url: str) -> None:
        if not url.startswith((server.address, "data:", "blob:")):
            wrong.append(f"asks {url}")

    context.on("request", lambda request: note(request.url))
    context.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    tab = context.new_page()
    tab.on("websocket", lambda socket: note(socket.url.replace("ws:", "http:")))
    tab.goto(address)
    tab.wait_for_selector(f"{READY} .co-card, .cards, .numbers", state="attached")
    tab.wait_for_function("!document.querySelector('#loading')")
    try:
        yield tab, wrong
    finally:  # what fails here must not hold up the next visit
        tab.close(run_before_unload=True)
        eventually(lambda: not server.kernels(), 60)
        context.close()


ADDRESSES = ["/pages", "/admin", *(f"/{path.stem}" for path in NOTEBOOKS)]
OPENED_WITH = {"/client": "?client_id=C0107"}


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_visit(browser, server, address):
    asked = address + OPENED_WITH.get(address, "")
    with visited(browser, server, asked, "phone") as (tab, wrong):
        is_page = tab.locator("#cells").count() > 0
        if is_page:
            wrong += [*too_long(tab), *drawn_for_others(tab)]
            for more in tab.locator(".co-more:visible").all():
                more.click()
            unfold(tab)
        found = look(tab, "phone", address)
        width, height = SCREENS["desk"]
        tab.set_viewport_size({"width": width, "height": height})
        if is_page:
            tab.wait_for_function(f"!document.querySelector('{OF_PHONES}')")
            fold(tab)
            found += uneven(tab)
            unfold(tab)
        found += [*look(tab, "desk", address), *lost_cards(tab, address)]
        if is_page:
            tab.evaluate("cards.draw = () => {}")  # paper is as narrow as a tablet, but shows these
            found += wrong_on_paper(tab)
        wrong += found
    assert not wrong, "\n".join(wrong)


def look(tab: Page, screen: str, address: str) -> list[str]:
    """All that must hold on any screen."""
    if shots := os.environ.get("SHOTS"):
        tab.screenshot(path=f"{shots}/{screen}{address.replace('/', '-')}.png", full_page=True)
    found = [*barriers(tab), *unread_words(tab), *too_wide(tab)]
    return [f"on a {screen}: {each}" for each in found if each]


def fold(tab: Page, is_open: bool = False) -> None:
    """Definitions, and the filters of the page."""
    tab.evaluate(
        """(is) => {
          document.querySelectorAll("details").forEach((each) => each.open = is);
          for (const each of document.querySelectorAll(".co-fold"))
            if (each.getAttribute("aria-expanded") !== String(is)) each.click();
        }""",
        is_open,
    )


unfold = functools.partial(fold, is_open=True)


def lost_cards(tab: Page, address: str) -> list[str]:
    """Every card that the notebook asks for is there."""
    asked = 0
    for path in NOTEBOOKS:
        cells = nbformat.read(path, as_version=4).cells if f"/{path.stem}" == address else []
        for cell in cells:
            is_shown = cell.cell_type == "code" and "workbench" not in cell.metadata.get("tags", [])
            asked += len(re.findall(r"page\.(?:card|list)\(", cell.source)) * is_shown
    there = tab.locator("#cells .co-card").count()
    return [f"shows {there} of {asked} cards"] if asked and there != asked else []


def barriers(tab: Page) -> list[str]:
    """What axe-core finds of WCAG 2.1, A and AA; of contrast, on a second screen, only where it has
    other colours than the first."""
    asked = {"resultTypes": ["violations"]}  # of what passes nothing is told
    marked = tab.evaluate(MARK_NEW_COLOURS)
    rest = {CONTRAST: {"enabled": marked < 0}}
    with without_shapes(tab):
        found = violations(tab, options={"runOnly": TAGS, "rules": rest} | asked)
        if marked > 0:
            options = {"runOnly": {"type": "rule", "values": [CONTRAST]}} | asked
            found += violations(tab, "[data-new-colours]", options)
    return [
        f"{rule['id']}: {node['html'][:200]} | {node['failureSummary'][:300]}"
        for rule in found
        for node in rule["nodes"][:5]
    ]


def violations(tab: Page, part: str | None = None, options: dict | None = None) -> list[dict]:
    """What axe-core finds; a page reads its program once."""
    axe = Axe("0") if tab.evaluate("'axe' in window") else Axe()
    return axe.run(tab, part, options).response["violations"]


def unread_words(tab: Page) -> list[str]:
    """What was never meant to be read: names of columns, empty values, braces. Definitions name
    the settings of the file (tests/pages looks at them)."""
    text = tab.evaluate(
        """() => {
          const whole = document.querySelector("main").cloneNode(true);
          whole.querySelectorAll(".co-how, .co-hidden, style, script").forEach(
            (each) => each.remove());
          return whole.textContent;
        }"""
    )
    found = {each[0] for each in [*COLUMN.finditer(text), *BROKEN.finditer(text)]}
    return [f"reads {each!r}" for each in found if each.strip()]


def too_wide(tab: Page) -> list[str]:
    """Nothing may be pushed sideways."""
    width, seen = tab.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    return [f"is {width} wide on {seen}"] if width > seen else []


def uneven(tab: Page) -> list[str]:
    """Cards that begin side by side end so."""
    cards = tab.evaluate(
        """() => [...document.querySelectorAll("#cells .co-card:not(.co-wide-card)")].map((card) =>
          [card.getBoundingClientRect().top, card.getBoundingClientRect().bottom])"""
    )
    ends: dict[int, set[int]] = {}
    for top, bottom in cards:
        ends.setdefault(round(top), set()).add(round(bottom))
    return [f"cards end at {sorted(each)}" for each in ends.values() if max(each) - min(each) > 1]


def too_long(tab: Page) -> Iterator[str]:
    """A phone shows the findings on six screens: numbers and the first list on the first of them,
    four facts of a client; what is more is unfolded. The controls take a line, and stay."""
    height = SCREENS["phone"][1]
    found = tab.evaluate(
        """() => {
          const box = (part) => part?.getBoundingClientRect();
          const controls = document.querySelector("#cells .co-controls");
          const few = document.querySelector("#cells .co-first-list");
          const shown = (part) => part.offsetParent !== null;
          const at = {
            page: document.documentElement.scrollHeight,
            controls: box(controls).height,
            list: few ? box(few).top : 0,
            facts: Math.max(0, ...[...(few?.querySelectorAll("tbody tr") || [])].map(
              (row) => [...row.querySelectorAll("td")].filter(shown).length - 1)),
            rows: [...(few?.querySelectorAll("tbody tr") || [])].filter(shown).length,
          };
          window.scrollTo(0, 2000);
          at.stays = box(controls).top;
          window.scrollTo(0, 0);
          return at;
        }"""
    )
    most = {
        "page": 6 * height,
        "controls": 70,
        "list": height - 60,
        "facts": 4,
        "rows": 5,
        "stays": 0,
    }
    yield from (f"{name} is {found[name]}" for name in most if found[name] > most[name])


def drawn_for_others(tab: Page) -> Iterator[str]:
    """On a phone figures are drawn for phones."""
    there, own = (tab.locator(f"#cells {each}").count() for each in (".co-figure svg", OF_PHONES))
    if there != own:
        yield f"{there - own} of {there} figures are drawn for another screen"


def reach(tab: Page, text: str) -> None:
    """Go on with the Tab key to the control that is called so."""
    called = """(document.activeElement.labels?.[0] || document.activeElement).textContent.trim()"""
    for _ in range(40):
        tab.keyboard.press("Tab")
        if re.fullmatch(rf"{text}(?!s\b).*", tab.evaluate(called), flags=re.DOTALL):
            return
    raise AssertionError(f"no way to {text}")


def test_a_client_is_found_by_a_part_of_the_name_and_back_undoes_that(browser, server, sample):
    names = [name for name, _id in options.clients(sample, Choices("2026-10"))[1:]]
    name = next(each for each in names if sum(each[1:-2] in other for other in names) == 1)
    second, number = options.clients(sample, Choices("2026-10"))[-1]
    with visited(browser, server, "/migration", "desk") as (tab, wrong):
        path = tab.locator("[data-table=class_path] h2").first
        reach(tab, "Client")
        expect(tab.get_by_label("Client", exact=True)).to_have_value("")
        tab.keyboard.type("xyzzy")
        expect(tab.locator(".co-picker [role=status]")).to_have_text("Nothing found for “xyzzy”.")
        for _ in "xyzzy":
            tab.keyboard.press("Backspace")
        tab.keyboard.type(name[1:-2].upper())
        expect(tab.locator(".co-picker [data-own]")).to_have_text([name])
        expect(tab.locator(".co-picker [data-own]")).to_be_in_viewport(ratio=0.9)
        tab.keyboard.press("Enter")
        expect(path).to_contain_text(name)
        expect(tab.get_by_label("Client", exact=True)).to_have_value(name)
        tab.keyboard.type(number)  # takes the place of the name; a number finds too
        expect(tab.locator(".co-picker [data-own]")).to_have_text([second])
        tab.keyboard.press("ArrowDown")
        tab.keyboard.press("Enter")
        expect(path).to_contain_text(second)
        tab.go_back()
        expect(path).to_contain_text(name)
        expect(tab.get_by_label("Client", exact=True)).to_have_value(name)
        tab.go_back()
        expect(path).not_to_contain_text(name)
        assert tab.url == f"{server.address}/migration"
        tab.go_forward()
        expect(path).to_contain_text(name)
        tab.get_by_label("Manager", exact=True).select_option(label="Pavel Ivanov")
        expect(tab.locator(".co-subtitle").first).to_contain_text("Pavel Ivanov")
        tab.go_back()
        expect(tab.locator(".co-subtitle").first).to_contain_text("all managers")
        expect(tab.get_by_label("Manager", exact=True)).to_have_value("all managers")
    assert not wrong


def test_filters_are_reached_by_keyboard_go_along_and_say_so(browser, server):
    with visited(browser, server, "/regularity?client_group=Hotels", "phone") as (tab, wrong):
        fold, region = tab.locator(".co-fold"), tab.get_by_label("Region", exact=True)
        expect(fold).to_have_text("Filters: Client group Hotels")
        expect(region).to_be_hidden()
        reach(tab, "Filters")
        tab.keyboard.press("Enter")
        expect(fold).to_have_attribute("aria-expanded", "true")
        reach(tab, "Region")
        region.select_option(label="Tartu")
        tab.get_by_label("Volume class", exact=True).select_option(label="A")
        expect(fold).to_have_text("Filters: Client group Hotels, Region Tartu, Volume class A")
        expect(fold).to_have_attribute("aria-expanded", "true")
        expect(tab.locator(".co-subtitle").first).to_contain_text(
            "all managers, Hotels, region Tartu, clients in class A in Oct 2026"
        )
        tab.get_by_role("link", name="Loyalty").click()
        tab.wait_for_selector(f"{READY} [data-table=detractors]")
        expect(tab.locator(".co-fold")).to_have_text("Filters: Client group Hotels, Region Tartu")
        expect(tab.locator(".co-aside")).to_have_text("Not on this page: Volume class A")
        tab.get_by_label("Month", exact=True).select_option(label="Sep 2026")
        expect(tab.locator(".co-subtitle").first).to_contain_text("Sep 2026")
        tab.get_by_role("link", name="Regularity").click()
        tab.wait_for_selector(f"{READY} [data-table=overdue_clients]")
        expect(tab.locator(".co-fold")).to_have_text(
            "Filters: Client group Hotels, Region Tartu, Volume class A"
        )
    assert not wrong
