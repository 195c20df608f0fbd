"""Pages drawn beforehand: whose they are, how long they hold, and how the living take over."""

import asyncio
import concurrent.futures
import contextlib
import logging
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from clientops import figures, findings
from clientops.book import Viewer
from clientops.page import card_cache
from clientops.serve import prerendered, static_html
from clientops.serve.pages import Page
from clientops.serve.prerendered import PageRequest, PrerenderedPages
from tests.serve.conftest import Server, beside_other_loops, eventually
from tests.serve.test_portfolio_page import serving
from tests.serve.visitors import Visitor

PAGE = Page("/portfolio", "portfolio.ipynb", "Portfolio", "")
DIRECTOR, ANALYST = Viewer("Dora", "director"), Viewer("Alan", "analyst")
SCOPES = [
    DIRECTOR,
    Viewer("Ann", "manager", ("m1",)),
    Viewer("Bob", "manager", ("m2",)),
    Viewer("Ann", "manager", ("m1", "m2")),
    Viewer("Lea", "lead", (), ("m1",)),
]


@pytest.fixture(scope="module")
def server(northwind_store, tmp_path_factory) -> Iterator[Server]:
    with serving(northwind_store, tmp_path_factory.mktemp("drawn"), likely=40) as server:
        yield server


@pytest.fixture
def kept(tmp_path) -> PrerenderedPages:
    """The prerendered pages of a folder with one notebook and no data; none is made."""
    (tmp_path / "portfolio.ipynb").write_text("{}", encoding="utf-8")
    return PrerenderedPages(SimpleNamespace(
        connection_dir=tmp_path, root_dir=tmp_path, store_folder=tmp_path, kernel_manager={},
        kernel_options=None, open_pages=SimpleNamespace(are_loading=False), config=None,
        log=logging.getLogger(),
    ))  # fmt: skip


def keep(where: PrerenderedPages, request: PageRequest, text: str) -> Path:
    path = where._path(request)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_page_is_found_by_its_own_scope_only(kept):
    for number, viewer in enumerate(SCOPES):
        keep(kept, PageRequest(PAGE, "", viewer, "desk"), str(number))
    for number, viewer in enumerate(SCOPES):
        assert kept.find(PageRequest(PAGE, "", viewer, "desk")) == str(number)
    assert kept.find(PageRequest(PAGE, "", ANALYST, "desk")) == "0"  # sees the same
    folder = kept.folder(DIRECTOR)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_page_is_of_one_address_one_screen_and_one_notebook(kept, tmp_path):
    request = PageRequest(PAGE, "month=2026-10", DIRECTOR, "desk")
    keep(kept, request, "prerendered")
    assert kept.find(request) == "prerendered"
    assert kept.find(request._replace(query="month=2026-09")) == ""
    assert kept.find(request._replace(screen="phone")) == ""
    os.utime(tmp_path / "portfolio.ipynb", (1, 1))
    assert kept.find(request) == ""
    assert kept.find(request._replace(page=PAGE._replace(file="gone.ipynb"))) == ""


def test_new_data_leave_no_old_page(kept, monkeypatch):
    request = PageRequest(PAGE, "", DIRECTOR, "desk")
    path = keep(kept, request, "old")
    kept.want(request)  # what was opened is wanted again
    monkeypatch.setattr(prerendered.store, "snapshot", lambda store: Path("another"))
    assert kept.find(request) == ""
    kept._renew(kept._state)
    assert not path.exists() and request in kept._waiting


def test_drafts_and_endless_addresses_have_none(kept):
    draft = PAGE._replace(file="drafts/x.ipynb")
    for request in (
        PageRequest(draft, "", DIRECTOR, "desk"),
        PageRequest(PAGE, "x" * 600, DIRECTOR, "desk"),
    ):
        kept.want(request)
    assert not kept._waiting
    for number in range(2 * prerendered.MOST_WAITING):
        kept.want(PageRequest(PAGE, f"x={number}", DIRECTOR, "desk"))
    assert len(kept._waiting) == prerendered.MOST_WAITING


def test_the_first_pages_are_prepared_once_for_each_scope(kept, tmp_path):
    first = PAGE._replace(address="/overview")
    kept.prepare([first, PAGE], [*SCOPES, ANALYST])
    wanted = [(request.viewer.role, request.page.address) for request in kept._waiting]
    assert len(wanted) == len(SCOPES) + 1 and wanted.count(("analyst", "/portfolio")) == 1


def test_what_is_kept_has_an_end(kept, monkeypatch):
    paths = [keep(kept, PageRequest(PAGE, str(n), DIRECTOR, "desk"), "x" * 100) for n in range(5)]
    for at, path in enumerate(paths):
        os.utime(path, (at, at))
    monkeypatch.setattr(prerendered, "MOST_BYTES", 250)
    prerendered._make_room(kept._folder)
    assert [path.exists() for path in paths] == [False, False, False, True, True]


def test_a_notebook_that_fails_has_none_and_ends_nothing(kept):
    """The first is no notebook, the second could not start; the others go on."""
    making = kept._make(PageRequest(PAGE, "", DIRECTOR, "desk"))
    with concurrent.futures.ThreadPoolExecutor(1) as pool:  # this thread's loop may be a browser's
        pool.submit(asyncio.run, making).result()
    assert kept.find(PageRequest(PAGE, "", DIRECTOR, "desk")) == ""


def test_pages_are_drawn_where_it_is_never_quiet(kept, monkeypatch):
    """Where many come, that is when they are needed most; a page that hangs hinders none either."""
    made, request = [], PageRequest(PAGE, "", DIRECTOR, "desk")

    async def make(wanted: PageRequest) -> None:
        made.append(wanted)

    monkeypatch.setattr(prerendered, "LONGEST_WAIT", 0.4)
    monkeypatch.setattr(kept._app.open_pages, "are_loading", True)
    monkeypatch.setattr(kept, "_make", make)

    async def drawing() -> list[PageRequest]:
        kept.want(request)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(kept.work(), 1.5)
        return made

    assert beside_other_loops(drawing()) == [request]


def test_cards_are_kept_by_what_they_are_made_of(monkeypatch, tmp_path):
    assert card_cache.key(figures.bars, 1) == ""  # no server
    monkeypatch.setenv("CLIENTOPS_CARD_CACHE", str(tmp_path))
    name = card_cache.key(figures.bars, findings.load, {"value": "clients"}, "desk")
    assert name == card_cache.key(figures.bars, findings.load, {"value": "clients"}, "desk")
    others = {
        card_cache.key(figures.bars, findings.load, {"value": "revenue"}, "desk"),
        card_cache.key(figures.bars, findings.load, {"value": "clients"}, "phone"),
        card_cache.key(figures.bars, findings.trend, {"value": "clients"}, "desk"),
    }
    assert len(others) == 3 and name not in others and all(others)
    assert card_cache.key(lambda frame: frame) == ""  # of a draft: it may change under its name
    assert card_cache.key(test_drafts_and_endless_addresses_have_none) == ""
    assert (
        card_cache.drawn(name, lambda: "prerendered")
        == card_cache.drawn(name, lambda: "again")
        == "prerendered"
    )
    (path,) = tmp_path.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(ZeroDivisionError):
        card_cache.drawn("failing", lambda: str(1 / 0))
    assert not (tmp_path / "failing.html").exists()


def test_widgets_become_plain_html():
    states = {
        "box": {"_model_name": "VBoxModel", "_dom_classes": ["co-controls"],
                "children": ["IPY_MODEL_month", "IPY_MODEL_manager", "IPY_MODEL_hidden",
                             "IPY_MODEL_card"]},
        "month": {"_model_name": "DropdownModel", "description": "<Month>", "index": 1,
                  "_options_labels": ["Sep", "<Oct>"]},
        "manager": {"_model_name": "DropdownModel", "name": "manager_id", "index": 1,
                    "_options_labels": ["all", "<Ann>"], "values": ["*", "m&1"]},
        "hidden": {"_model_name": "HBoxModel", "_dom_classes": ["co-hidden"], "children": []},
        "card": {"_model_name": "HTMLModel", "value": "<section>card</section>"},
    }  # fmt: skip
    text = static_html.as_html([[{"data": {static_html.WIDGET: {"model_id": "box"}}}], []], states)
    assert "&lt;Month&gt;" in text and "&lt;Oct&gt;" in text and "Sep" not in text
    assert '<option value="*">all</option><option value="m&amp;1" selected>&lt;Ann&gt;<' in text
    assert "<section>card</section>" in text and "co-hidden" not in text
    assert text.count('class="output"') == 1 and text.count('class="output empty"') == 1
    assert "gone" not in static_html.as_html(
        [[{"data": {static_html.WIDGET: {"model_id": "gone"}}}]], {}
    )


def is_prerendered(visitor: Visitor, path: str) -> bool:
    answer = visitor.get(path)
    visitor.leave(answer.text.partition('data-kernel="')[2][:36])
    time.sleep(prerendered.QUIET_SECONDS + 0.5)  # the server must be at rest to draw
    return 'id="prerendered"' in answer.text


def test_the_living_page_takes_the_place_of_the_prerendered(tab, server):
    """To read at once; cards do not answer yet; then nothing has moved, and everything answers. A
    control in use, whose list may be open, is not taken away."""
    visitor = Visitor(server)
    visitor.leave(visitor.open("/portfolio?month=1998-03"))
    eventually(lambda: is_prerendered(visitor, "/portfolio?month=1998-03"), seconds=60)
    held = []
    tab.route("**/voila.js", lambda route: held.append(route))
    tab.goto("/portfolio?month=1998-03", wait_until="commit")
    card = tab.locator("#prerendered [data-table=portfolio_load]")
    expect(card).to_be_visible()
    expect(tab.locator("#prerendered section")).to_have_count(7)
    expect(tab.locator("#prerendered select").first).to_have_value("1998-03")
    assert tab.locator("#prerendered input").count() == 0
    expect(tab.locator("#prerendered .co-filters")).to_be_hidden()  # folded, as they will be
    card.scroll_into_view_if_needed()
    tab.evaluate("window.scrollBy(0, 120)")
    card.locator("summary").first.click()
    before = card.bounding_box()
    tab.evaluate("document.querySelector('#prerendered select').focus({preventScroll: true})")
    for route in held:
        route.continue_()
    stands = "Boolean(document.querySelector('#prerendered select:focus').onblur)"
    eventually(lambda: tab.evaluate(stands), seconds=60)
    tab.evaluate("document.activeElement.blur()")
    expect(tab.locator("#prerendered")).to_have_count(0)
    living = tab.locator("#cells [data-table=portfolio_load]")
    after = living.bounding_box()
    assert abs(before["y"] - after["y"]) <= 3 and abs(before["width"] - after["width"]) <= 3
    expect(living.locator("details").first).to_have_attribute("open", "")
    expect(tab.locator("#loading")).to_have_count(0)
    tab.get_by_label("Manager", exact=True).select_option(label="Margaret Peacock")
    expect(tab.locator(".co-subtitle").first).to_contain_text("Margaret Peacock")


def test_a_control_of_the_prerendered_page_leads_to_what_is_chosen(tab, server):
    """Of a page one choice away from one that was opened, which is there to be read as well."""
    visitor = Visitor(server)
    visitor.leave(visitor.open("/portfolio?month=1998-04"))
    eventually(lambda: is_prerendered(visitor, "/portfolio?month=1998-04"), seconds=60)
    asked = []  # each manager once, by name: nobody had opened that page before

    def is_there() -> bool:
        asked.append("293846175"[len(asked)])
        time.sleep(3)
        return is_prerendered(visitor, f"/portfolio?month=1998-04&manager_id={asked[-1]}")

    eventually(is_there, seconds=120)
    tab.route("**/voila.js", lambda route: None)  # the living page never comes
    tab.goto("/portfolio?month=1998-04", wait_until="commit")
    choice = tab.locator("#prerendered").get_by_label("Manager", exact=True)
    choice.select_option(value=asked[-1])
    tab.wait_for_url(f"**/portfolio?month=1998-04&manager_id={asked[-1]}", wait_until="commit")
    expect(tab.locator("#prerendered select").nth(1)).to_have_value(asked[-1])
    tab.go_back(wait_until="commit")
    expect(choice).to_have_value("*")


def test_what_is_one_choice_away_is_drawn_after_what_was_opened(kept):
    states = {
        "a": {"name": "month", "values": ["2026-10", "2026-09", "2026-08", "2026-07"], "index": 1},
        "b": {"name": "manager_id", "values": ["*", "1", "2"], "index": 0},
        "c": {"name": "measure", "values": ["clients", "revenue"], "index": 0},
    }
    request = PageRequest(PAGE, "region=Narva", DIRECTOR, "desk")
    waits = PageRequest(PAGE, "", DIRECTOR, "desk")
    other = Page("/plan", "plan.ipynb", "Plan", "")
    (kept._notebooks / other.file).write_text("{}", encoding="utf-8")
    kept.want(waits)
    kept.want_next(
        request, states, [PAGE, other, Page("/client", "client.ipynb", "", "", "client")]
    )
    kept.want_next(request, states, [PAGE, other])
    queues = (*reversed(kept._waiting), *reversed(kept._likely))
    made = [(each.page, each.query) for each in queues]
    assert made == [
        (PAGE, "region=Narva"),
        (PAGE, ""),
        *((PAGE, f"region=Narva&{query}") for query in
          ("month=2026-10", "month=2026-08", "manager_id=1", "manager_id=2")),
        (other, "region=Narva&month=2026-09"),
    ]  # fmt: skip
    assert {each.viewer for each in queues} == {DIRECTOR}
