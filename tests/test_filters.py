"""Filters: every table of a page that offers one honours it, and what is not offered is said."""

import re
import shutil

import pandas as pd
import pytest

from clientops import Viewer, open_book
from clientops.errors import ClientOpsError
from clientops.metrics import overview, plan, profitability, regularity, revenue
from clientops.notebooks import run
from clientops.page import choices, requests
from clientops.page.choices import Choices, checked, clients_of
from clientops.page.state import Page
from clientops.page.table import PageTable
from tests.conftest import ROOT, SAMPLE, build_for_all

CHOSEN = {"client_group": "Restaurants", "region": "Harju", "abc": "B"}
# Columns that hold a client against the others looked at.
BESIDE = [
    "priority",
    "rank",
    "cumulative_margin",
    "cumulative_share",
    "revenue_share",
    "margin_share",
    "is_most",
]


@pytest.mark.parametrize("topic", [
    "overview", "portfolio", "migration", "regularity", "profitability", "retention", "loyalty",
])  # fmt: skip
def test_every_table_of_a_page_is_of_the_chosen_clients(sample, topic):
    """Their own rows are those of the whole company's table: a class stays the company's."""
    notebook = ROOT / "notebooks" / f"{topic}.ipynb"
    whole = run(notebook, book=sample, only_cards=True)
    query = {name: value for name, value in CHOSEN.items() if name in whole.page.filters}
    assert {"client_group", "region"} <= query.keys()
    text = "&".join(f"{name}={value}" for name, value in query.items())
    some = run(notebook, book=sample, only_cards=True, query=text)
    ids = clients_of(sample, some.page.choices)
    assert 1 < len(ids) < 100
    for all_of, card in zip(whole.cards, some.cards, strict=True):
        if card.about.of_all:
            assert card.problem.startswith("This is judged by all clients")
            continue
        assert not card.frame.equals(all_of.frame), card.name
        assert not re.search("[Tt]he company", card.title), card.title
        assert "Restaurants, region Harju" in card.subtitle, card.subtitle
        assert ("class B in Oct 2026" in card.subtitle) == ("abc" in query)
        if "client_id" in card.frame:
            own = all_of.frame[all_of.frame["client_id"].isin(ids)].reset_index(drop=True)
            shown = [column for column in own if column not in BESIDE]
            pd.testing.assert_frame_equal(card.frame[shown], own[shown])


def test_what_all_clients_decide_is_no_figure_of_some_of_them(sample):
    """The clients below their plan are: each is held against its own."""
    ids = sample.clients_of_class("A", sample.month)
    some = sample.of_clients(ids)
    with pytest.raises(ClientOpsError, match="judged by all clients"):
        page = Page("plan", sample)
        page.choices = checked(sample, Choices("2026-10", abc="A"))
        _ = PageTable(page, plan.plan_fulfilment, {}).frame
    metrics = set(some.compute(overview.headlines)["metric"])
    assert set(sample.compute(overview.headlines)["metric"]) - metrics == {"fulfilment_to_date"}
    gaps = sample.compute(plan.plan_gaps)
    own = gaps[gaps["client_id"].isin(ids)].reset_index(drop=True)
    pd.testing.assert_frame_equal(some.compute(plan.plan_gaps), own)


def test_a_class_is_that_of_the_window_asked_for(sample):
    table = sample.compute(regularity.overdue_clients, "2026-10", window_months=3)
    for letter in choices.CLASSES:
        asked = checked(sample, Choices("2026-10", abc=letter, window_months=3))
        own = table[table["abc"] == letter]
        assert set(own["client_id"]) == set(table["client_id"]) & clients_of(sample, asked)


def test_a_manager_filters_like_the_director(sample, sample_store):
    own = open_book(SAMPLE, Viewer("mari", "manager", ("3",)), store_folder=sample_store)
    frames = []
    for book in (own, sample):
        page = Page("regularity", book)
        page.choices = checked(book, Choices("2026-10", "3", region="Harju", abc="B"))
        rows = PageTable(page, regularity.overdue_clients, {}).frame
        frames.append(rows[rows["manager_id"] == "3"].reset_index(drop=True))
    pd.testing.assert_frame_equal(*frames)
    assert len(frames[0])


@pytest.fixture(scope="module")
def only_cleaning(tmp_path_factory):
    """The sample as if nothing but Cleaning had ever been sold."""
    folder = tmp_path_factory.mktemp("cleaning")
    for name in ("clients", "managers", "assignments", "products"):
        shutil.copy(SAMPLE / f"{name}.csv", folder)
    shutil.copy(SAMPLE / "clientops.toml", folder)
    products = pd.read_csv(SAMPLE / "products.csv")
    ids = products["product_id"][products["product_group"] == "Cleaning"]
    lines = pd.read_csv(SAMPLE / "shipments.csv", dtype=str)
    lines[lines["product_id"].isin(ids)].to_csv(folder / "shipments.csv", index=False)
    build_for_all(folder, headlines=False)
    return open_book(folder)


def test_a_product_group_is_looked_at_as_if_nothing_else_were_sold(sample, only_cleaning):
    manager = sample.manager_ids[3]
    for book, other in [
        (sample.of_product_group("Cleaning"), only_cleaning),
        (sample.of_product_group("Cleaning").of_managers([manager]),
         only_cleaning.of_managers([manager])),
    ]:  # fmt: skip
        for function in (profitability.profitability, profitability.margin_bridge,
                         profitability.whale_curve, profitability.loss_makers):  # fmt: skip
            expected = other.compute(function, "2026-10")
            pd.testing.assert_frame_equal(book.compute(function, "2026-10"), expected)
            assert len(expected) or function is profitability.loss_makers
    ends = ["dimension", "key", "before", "after", "price"]
    lines = sample.of_product_group("Cleaning").compute(revenue.revenue_bridge, "2026-10")
    expected = only_cleaning.compute(revenue.revenue_bridge, "2026-10")
    pd.testing.assert_frame_equal(lines[ends[:4]], expected[ends[:4]])


def test_a_manager_sees_a_product_group_of_the_own_sales(sample, sample_store):
    own = open_book(SAMPLE, Viewer("mari", "manager", ("3",)), store_folder=sample_store)
    for function in (profitability.margin_bridge, profitability.loss_makers):
        pd.testing.assert_frame_equal(
            own.of_product_group("Cleaning").compute(function, "2026-10"),
            sample.of_product_group("Cleaning").of_managers(["3"]).compute(function, "2026-10"),
        )


def test_a_page_of_a_product_group(sample):
    done = run(ROOT / "notebooks" / "profitability.ipynb", book=sample, only_cards=True,
               query="product_group=Cleaning&region=Harju")  # fmt: skip
    assert all("region Harju, Cleaning" in card.subtitle for card in done.cards)
    assert not any("company" in card.title for card in done.cards)
    part = sample.of_product_group("Cleaning").of_clients(clients_of(sample, done.page.choices))
    sums = part.sums("key_sales", "2026-10", dimension="client")
    assert 0 < sums["revenue"].sum() < sample.sums("key_sales", "2026-10")["revenue"].sum()


def test_what_a_page_does_not_offer_waits_for_the_next(sample):
    page = Page("activity", sample, ["team"])
    opened = requests.opened(page, "month=2026-10&team=South&region=Tartu&measure=revenue")
    assert (opened.team, opened.region, opened.measure) == ("South", "", "clients")
    assert opened.aside == (("measure", "revenue"), ("region", "Tartu"))
    assert opened.query == "month=2026-10&team=South&measure=revenue&region=Tartu"
    next_page = requests.opened(Page("portfolio", sample), opened.query)
    assert (next_page.region, next_page.measure, next_page.aside) == ("Tartu", "revenue", ())
