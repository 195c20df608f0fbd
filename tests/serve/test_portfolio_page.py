"""The portfolio page as a director meets it: a real server, a real browser, real data."""

import shutil
from collections.abc import Iterator

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from clientops import open_book
from clientops.metrics import portfolio
from tests.conftest import NORTHWIND, ROOT
from tests.serve.conftest import Server, eventually

READY = "#cells:not([aria-busy])"


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("real")
    shutil.copytree(NORTHWIND, folder / "data", ignore=shutil.ignore_patterns(".clientops"))
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    server = Server(folder)
    server.data = folder / "data"
    yield server
    assert server.stop() == 0


def loaded(tab: Page, address: str) -> None:
    tab.goto(address)
    tab.wait_for_selector(f"{READY} .co-table")
    expect(tab.locator(".co-card")).to_have_count(6)


def test_the_numbers_shown_are_those_of_the_table_and_follow_the_controls(tab, server):
    book = open_book(server.data)
    loaded(tab, "/portfolio")
    load = book.compute(portfolio.portfolio_load).set_index("manager_id")
    card = tab.locator(".co-card").nth(1)
    expect(card.locator("h2")).to_contain_text(f"{load.loc['*', 'clients']} clients")
    tab.get_by_label("Manager", exact=True).select_option(label="Margaret Peacock")
    expect(card.locator("h2")).to_contain_text(f"{load.loc['4', 'clients']} clients of Margaret")
    tab.get_by_label("Month", exact=True).select_option(label="Feb 1998")
    february = book.compute(portfolio.portfolio_load, "1998-02").set_index("manager_id")
    expect(card.locator("h2")).to_contain_text(f"of {february.loc['4', 'clients']} clients of Mar")
    eventually(lambda: "month=1998-02" in tab.url and "manager_id=4" in tab.url)
    classes = book.compute(portfolio.client_classes, "1998-02")
    own = classes[classes["manager_id"] == "4"]
    expect(tab.locator(".co-table tfoot")).to_contain_text(f"{own['revenue'].sum():,.0f}")


def test_a_shared_address_opens_where_it_was_left(tab):
    loaded(tab, "/portfolio?month=1998-02&manager_id=4")
    expect(tab.locator(".co-subtitle").first).to_contain_text("Feb 1998")
    expect(tab.locator(".co-subtitle").first).to_contain_text("Margaret Peacock")


def test_a_broken_address_is_a_sentence_and_a_way_back(tab):
    tab.goto("/portfolio?manager_id=<script>")
    broken = tab.locator(".co-broken")
    expect(broken).to_contain_text("unknown manager '<script>'")
    expect(tab.locator(".co-card")).to_have_count(0)
    broken.get_by_role("link").click()
    expect(tab.locator(".co-card")).to_have_count(6)


def test_the_excel_of_a_card_is_its_table(tab, server, tmp_path):
    loaded(tab, "/portfolio")
    tab.get_by_role("button", name="Excel").nth(3).click()
    with tab.expect_download() as download:
        tab.get_by_role("link", name="Save as Excel").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    rows = list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))
    table = open_book(server.data).compute(portfolio.portfolio_load)
    assert path.name == "portfolio_load.xlsx"
    assert rows[0] == tuple(table.columns)
    assert [row[3] for row in rows[1:]] == table["clients"].tolist()


def test_a_phone_needs_no_sideways_scroll(tab):
    tab.set_viewport_size({"width": 390, "height": 844})
    loaded(tab, "/portfolio")
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    expect(tab.locator(".co-figure svg").first).to_be_visible()


def test_the_list_is_searched_by_keyboard(tab):
    loaded(tab, "/portfolio")
    search = tab.get_by_placeholder("Search")
    search.focus()
    tab.keyboard.type("quick")
    tab.keyboard.press("Enter")
    expect(tab.locator(".co-table tbody tr")).to_have_count(1)
    expect(tab.locator(".co-table tbody")).to_contain_text("QUICK-Stop")
