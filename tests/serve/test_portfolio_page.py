"""The portfolio page as a director meets it: a real server, a real browser, real data."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Locator, Page, expect

from clientops import figures, open_book
from clientops.metrics import portfolio
from tests.conftest import NORTHWIND, ROOT
from tests.serve.conftest import QUIET, Server, eventually

READY = "#cells:not([aria-busy])"


@pytest.fixture(scope="module")
def server(northwind_store, tmp_path_factory) -> Iterator[Server]:
    with serving(northwind_store, tmp_path_factory.mktemp("real"), quiet=QUIET) as server:
        yield server


@contextlib.contextmanager
def serving(northwind_store: Path, folder: Path, **options: object) -> Iterator[Server]:
    """Northwind and the notebooks of the suite, served from a *folder*."""
    shutil.copytree(NORTHWIND, folder / "data", ignore=shutil.ignore_patterns(".clientops"))
    shutil.copytree(northwind_store, folder / "data" / ".clientops")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    server = Server(folder, **options)
    server.data = folder / "data"
    yield server
    assert server.stop() == 0


CLIENTS = "[data-table=client_classes]"  # the last card of the page


def loaded(tab: Page, address: str) -> None:
    tab.goto(address)
    tab.wait_for_selector(f"{READY} {CLIENTS} .co-table", state="attached")


def test_the_numbers_shown_are_those_of_the_table_and_follow_the_controls(tab, server):
    book = open_book(server.data)
    loaded(tab, "/portfolio")
    heading = tab.locator("[data-table=portfolio_quality]").first.locator("h2")
    expect(heading).to_contain_text(large_clients(book, "", "*", "The company"))
    tab.get_by_label("Manager", exact=True).select_option(label="Margaret Peacock")
    expect(heading).to_contain_text(large_clients(book, "", "4", "Margaret Peacock"))
    tab.get_by_label("Month", exact=True).select_option(label="Feb 1998")
    expect(heading).to_contain_text(large_clients(book, "1998-02", "4", "Margaret Peacock"))
    eventually(lambda: "month=1998-02" in tab.url and "manager_id=4" in tab.url)
    classes = book.compute(portfolio.client_classes, "1998-02")
    own = classes[classes["manager_id"] == "4"]
    expect(tab.locator(f"{CLIENTS} .co-table tfoot")).to_contain_text(
        f"{own['revenue'].sum():,.0f}"
    )


def large_clients(book, month: str, manager_id: str, name: str) -> str:
    """The sentence's beginning, from the table."""
    quality = book.compute(portfolio.portfolio_quality, month)
    large = quality[(quality["manager_id"] == manager_id) & (quality["abc"] == "A")]
    clients, revenue = large[["client_share", "revenue_share"]].sum()
    if manager_id == "*":
        return f"{name}: {clients:.0%} of clients are in class A."
    return f"{name}: {clients:.0%} of clients in class A bring {revenue:.0%} of revenue."


def test_a_broken_address_is_a_sentence_and_a_way_back(tab):
    tab.goto("/portfolio?manager_id=<script>")
    broken = tab.locator(".co-broken")
    expect(broken).to_contain_text("unknown manager '<script>'")
    expect(tab.locator(".co-card")).to_have_count(0)
    broken.get_by_role("link").click()
    expect(tab.locator(f"{CLIENTS} .co-table")).to_be_visible()


def test_controls_stay_cards_stand_side_by_side_and_the_excel_of_one_is_its_table(
    tab, server, tmp_path
):
    loaded(tab, "/portfolio")
    grid = tab.locator("[data-table=portfolio_quality]")
    assert grid.nth(0).bounding_box()["y"] == grid.nth(1).bounding_box()["y"]
    tab.locator(CLIENTS).scroll_into_view_if_needed()
    tab.mouse.wheel(0, 3000)
    expect(tab.get_by_label("Manager", exact=True)).to_be_in_viewport()
    with tab.expect_download() as download:
        tab.locator("[data-table=portfolio_load]").get_by_role("button", name="Excel").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    rows = list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))
    table = open_book(server.data).compute(portfolio.portfolio_load)
    assert path.name == "portfolio_load.xlsx"
    assert rows[0][1:3] == ("Manager", "Clients")
    assert [row[2] for row in rows[1:]] == table["clients"].tolist()


def test_a_shared_address_opens_where_it_was_left_and_so_does_its_excel(tab, server, tmp_path):
    """The workbook has a sheet of every card; its first sheet names the filters."""
    loaded(tab, "/portfolio?month=1998-02&manager_id=4")
    expect(tab.locator(".co-subtitle").first).to_contain_text("Feb 1998")
    expect(tab.locator(".co-subtitle").first).to_contain_text("Margaret Peacock")
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Excel of this page").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == "portfolio-1998-02.xlsx"
    sheets = {sheet.title: [*sheet.iter_rows(values_only=True)]
              for sheet in openpyxl.load_workbook(path)}  # fmt: skip
    assert list(sheets) == ["Portfolio", *(f"Portfolio {number}" for number in range(1, 8))]
    assert "portfolio of Margaret Peacock" in str(sheets["Portfolio"])
    table = open_book(server.data).compute(portfolio.client_classes, "1998-02")
    own = table[table["manager_id"] == "4"].sort_values("revenue", ascending=False, kind="stable")
    assert sheets["Portfolio 7"][0][:3] == ("Client", "Manager", "Volume class")
    assert [row[0] for row in sheets["Portfolio 7"][1:]] == own["client_name"].tolist()


def test_a_phone_has_figures_of_its_own(tab):
    tab.set_viewport_size({"width": 390, "height": 844})
    loaded(tab, "/portfolio")
    figure = tab.locator(".co-figure svg").first
    expect(figure).to_be_visible()
    eventually(lambda: width_of(figure) == figures.PHONE)
    tab.set_viewport_size({"width": 1280, "height": 800})
    eventually(lambda: width_of(tab.locator(".co-figure svg").first) == figures.FULL)


def width_of(figure: Locator) -> int:
    """The width a figure was drawn at, in CSS pixels."""
    return round(float(figure.get_attribute("viewBox").split()[2]) / 0.75)


def test_a_click_on_a_bar_chooses_its_manager_and_another_all(tab):
    loaded(tab, "/portfolio")
    for said in ("portfolio of Margaret Peacock", "all managers"):
        tab.locator('[data-table=portfolio_load] [data-own="manager_id=4"]').click()
        expect(tab.locator("[data-table=portfolio_load] .co-subtitle")).to_contain_text(said)


def test_a_click_on_a_cell_lists_its_clients(tab, server):
    loaded(tab, "/portfolio")
    classes = open_book(server.data).compute(portfolio.client_classes)
    large = classes[(classes["abc"] == "A") & (classes["xyz"] == "X")]
    tab.locator('[data-cell="abc=A&xyz=X"]').click()
    expect(tab.locator(f"{CLIENTS} .co-filter")).to_contain_text(
        "Volume class A, Regularity class X"
    )
    expect(tab.locator(".co-card").last).to_contain_text(f"of {len(large)}")
    tab.locator(f"{CLIENTS} .co-filter").click()
    expect(tab.locator(f"{CLIENTS} .co-filter")).to_have_count(0)
    clients = tab.locator(CLIENTS)
    clients.get_by_role("button", name="Client", exact=True).click()
    expect(clients.locator("th[aria-sort=descending]")).to_have_text("Client")
    first = classes["client_name"].sort_values(ascending=False).iloc[0]
    expect(clients.locator(".co-table tbody td").first).to_have_text(first)


def test_everything_can_be_done_with_the_keyboard(tab):
    loaded(tab, "/portfolio")
    focused = "(document.activeElement.labels?.[0] || document.activeElement).textContent.trim()"

    def reach(text: str) -> None:
        for _ in range(60):
            tab.keyboard.press("Tab")
            if tab.evaluate(focused) == text:
                return
        raise AssertionError(f"no way to {text}")

    reach("Month")
    tab.keyboard.press("ArrowDown")
    expect(tab.locator(".co-subtitle").first).to_contain_text("Apr 1998")  # whole months
    expect(tab.locator(".co-working")).to_have_count(0)  # a card drawn anew takes its button along
    reach("Excel")
    with tab.expect_download():
        tab.keyboard.press("Enter")
    search = tab.get_by_placeholder("Search").last
    search.focus()
    tab.keyboard.type("quick")
    expect(tab.locator(f"{CLIENTS} tbody tr")).to_have_count(1)
    expect(tab.locator(f"{CLIENTS} tbody")).to_contain_text("QUICK-Stop")
    reach("Client")
    tab.keyboard.press("Enter")
    expect(tab.locator(f"{CLIENTS} th[aria-sort=descending]")).to_have_text("Client")
