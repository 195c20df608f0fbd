"""What the page of profitability says: every number is one of its frames."""

import pytest

from clientops import findings, words
from clientops.metrics import profitability
from clientops.notebooks import run
from tests.cards import form
from tests.conftest import ROOT
from tests.ledgers import compute, frames, line
from tests.told import plain, told

SAYS = {
    findings.earners: (profitability.profitability, {"dimension": "manager"}),
    findings.margin_steps: (profitability.margin_bridge, {"dimension": "*"}),
    findings.step_grid: (profitability.margin_bridge, {"dimension": "manager"}),
    findings.whale: (profitability.whale_curve, {}),
    findings.loss_makers: (profitability.loss_makers, {}),
}
EARNERS, CHANGES = form("profitability", "profitability"), form("profitability", "margin_bridge", 1)


def said(finding, *lines, month="2025-06", **more) -> str:
    """What a finding says of a small ledger: (day, client, product, quantity, revenue, cost)."""
    shipments = [
        line(f"S{at}", day, client, revenue, client[-1], cost, product_id=product,
             quantity=quantity)
        for at, (day, client, product, quantity, revenue, cost) in enumerate(lines)
    ]  # fmt: skip
    function, settings = SAYS[finding]
    table = compute(function, frames(shipments=shipments), month, **settings)
    return plain(told(finding, table, **more))


NOW, THEN = "2025-06-05", "2024-06-05"


def test_earners_say_margin_best_fallen_and_what_has_no_cost():
    text = said(
        findings.earners,
        (THEN, "C1", "P", 1, 1000, 600), (NOW, "C1", "P", 1, 1000, 750),
        (THEN, "C2", "P", 1, 1000, 600), (NOW, "C2", "P", 1, 1000, 610),
        (NOW, "C2", "P", 1, 500, None),
    )  # fmt: skip
    assert text == (
        "Gross margin is €640, 32% of the revenue whose cost is known. Most comes from: 2. The "
        "fall of the rate that costs most: 1 (−15.0 points)."
    )


def test_earners_say_who_costs_money_and_where_nobody_earns():
    earns, costs = (NOW, "C1", "P", 1, 100, 60), (NOW, "C2", "P", 1, 100, 130)
    text = said(findings.earners, earns, costs)
    assert text.endswith("Most comes from: 1; most is lost with: 2.")
    text = said(findings.earners, costs, (NOW, "C1", "P", 1, 100, 110))
    assert text == (
        "Gross margin is −€40, −20% of the revenue whose cost is known. Nobody earns; most is lost "
        "with: 2."
    )


def test_no_cost_is_said_aloud():
    assert said(findings.earners, (NOW, "C1", "P", 1, 1234, None)) == (
        "No cost is known for any of the €1.23K of revenue, so there is no margin: add cost to the "
        "shipments, or unit_cost to the products."
    )


def test_the_bridge_says_what_changed_the_margin():
    text = said(
        findings.margin_steps, (THEN, "C1", "P", 10, 1000, 600), (NOW, "C1", "P", 15, 1800, 1050),
    )  # fmt: skip
    assert text == (
        "The margin rose from €400 a year before to €750. Largest step up: Price (+€300)."
    )
    text = said(findings.margin_steps, (THEN, "C1", "P", 1, 90, 60), (NOW, "C1", "P", 1, 90, 60))
    assert text == "The margin is €30, about as a year before."


def test_a_step_that_others_outweigh_is_the_largest_of_its_way():
    text = said(
        findings.margin_steps, (THEN, "C1", "P", 10, 1000, 600), (THEN, "C1", "Q", 10, 500, 250),
        (NOW, "C1", "P", 10, 1300, 880), (NOW, "C1", "Q", 5, 250, 125),
    )  # fmt: skip
    assert text == ("The margin fell from €650 a year before to €545. Largest step down: "
                    "Purchase cost (−€280).")  # fmt: skip


def test_the_bridge_says_where_articles_move_more_than_half():
    common = (THEN, "C1", "P", 1, 100, 60), (NOW, "C1", "P", 1, 110, 60)
    new = (NOW, "C1", "NEW", 1, 30, 21)
    text = said(findings.margin_steps, *common, new)
    assert "Articles" not in text  # 9 of 19
    text = said(findings.margin_steps, *common, (*new[:5], 18))
    assert text.endswith(
        "Articles added and dropped are 55% of all movement; the other steps compare only articles "
        "sold in both years."
    )


def test_the_grid_names_the_largest_fall_and_rise():
    text = said(
        findings.step_grid,
        (THEN, "C1", "P", 10, 1000, 600), (NOW, "C1", "P", 10, 700, 600),
        (THEN, "C2", "P", 10, 1000, 600), (NOW, "C2", "P", 10, 1000, 500),
    )  # fmt: skip
    assert text == (
        "Largest fall of the margin: 1 (−€300; largest step down: Price). Largest rise of the "
        "margin: 2 (+€100; largest step up: Purchase cost)."
    )


def test_whales_and_losses():
    lines = [(NOW, f"C{at}", "P", 1, 100, cost) for at, cost in enumerate([10, 95, 95, 130])]
    assert said(findings.whale, *lines) == ("1 of 4 clients brings 90% of all that is earned.")
    assert said(findings.whale, lines[3]) == "No client earns anything."
    assert said(findings.loss_makers, *lines) == (
        "One client costs money: C3 lost €30 on €100 of revenue."
    )
    assert said(findings.loss_makers, *lines, (NOW, "C7", "P", 1, 10, 60)) == (
        "2 clients lose €80; most of all: C7 (€50)."
    )
    assert said(findings.loss_makers, *lines[:1]) == "No client whose cost is known loses money."


def test_another_language_and_currency(sample):
    with words.using("de", "CHF"):
        frame = sample.compute(profitability.profitability, dimension="manager")
        assert "CHF" in told(findings.earners, frame)
        EARNERS(frame)
        CHANGES(sample.compute(profitability.margin_bridge, dimension="manager"))


def test_the_page_by_another_dimension_and_of_one_manager(sample):
    notebook = ROOT / "notebooks" / "profitability.ipynb"
    done = run(notebook, book=sample, query="dimension=manager")
    rows = done.cards[1].frame
    cost = rows["rate_change"] * (rows["revenue"] - rows["uncosted_revenue"])
    worst = rows.loc[cost.idxmin()]
    assert worst["name"] == "Anna Petrova"  # whose largest client costs money
    points = 100 * (worst["prev_margin_rate"] - worst["margin_rate"])
    assert f"Anna Petrova (−\u2060{points:.1f} points)." in done.cards[1].title
    assert set(done.cards[3].frame["dimension"]) == {"manager"}
    own = run(notebook, book=sample, query="manager_id=4")
    sold = sample.of_managers(["4"]).compute(profitability.whale_curve)
    assert len(own.cards[4].frame) == len(sold) > 0  # the whale curve of her clients alone
    assert own.cards[1].frame["revenue_share"].sum() == pytest.approx(1)
    margin = own.cards[1].frame["margin"].sum()
    assert own.cards[2].frame.iloc[0]["margin_after"] == pytest.approx(margin)
    assert "unknown dimension" in run(notebook, book=sample, query="dimension=x").page.broken
