"""What the bridge of revenue says: every number is one of its rows."""

import pytest

from clientops import findings, words
from clientops.metrics.revenue import STEPS, revenue_bridge
from tests.cards import form
from tests.figures.drawn import texts
from tests.ledgers import compute, frames, line
from tests.told import plain, told

NOW, THEN = "2025-06-05", "2024-06-05"


def bridge(*lines, month="2025-06"):
    """The table of a small ledger: (day, client, manager, quantity, revenue)."""
    shipments = [
        line(f"S{at}", day, client, revenue, manager, product_id="P", quantity=quantity)
        for at, (day, client, manager, quantity, revenue) in enumerate(lines)
    ]
    managers = [{"manager_id": "1", "manager_name": "Ann"}]
    return compute(revenue_bridge, frames(shipments=shipments, managers=managers), month)


def says(frame, subject="*", **more) -> str:
    return plain(told(findings.revenue_lines, frame, subject, **{"window_months": 1} | more))


def test_from_which_revenue_to_which_and_by_what():
    frame = bridge((THEN, "C1", "1", 10, 1000), (NOW, "C1", "1", 15, 1800), (NOW, "C2", "2", 1, 90))
    assert says(frame) == (
        "The company: revenue sold rose from €1K a year before to €1.89K, most of all by volume "
        "(+€500)."
    )
    assert says(frame, "1") == (
        "Ann: revenue sold rose from €1K a year before to €1.8K, most of all by volume (+€500)."
    )
    assert says(frame, "2") == (
        "2: revenue sold rose from €0 a year before to €90, most of all by new clients (+€90)."
    )


def test_a_fall_is_told_by_what_fell_and_short_windows_are_said():
    frame = bridge(
        (THEN, "C1", "1", 10, 1000), (THEN, "C2", "1", 1, 300), (NOW, "C1", "2", 20, 1250)
    )
    assert says(frame, window_months=12) == (
        "The company: revenue sold fell from €1.3K a year before to €1.25K, most of all by price "
        "(−€750). Only months that are in the data a year earlier too are compared."
    )
    assert says(frame, "1").endswith("most of all by handed over (−€1K).")
    same = bridge((THEN, "C1", "1", 1, 50), (NOW, "C1", "1", 1, 50))
    assert says(same) == "The company: revenue sold is €50, as a year before."


def test_nothing_to_compare_and_nobody_to_speak_of():
    frame = bridge((THEN, "C1", "1", 1, 50), (NOW, "C1", "1", 1, 50))
    assert says(frame, "").startswith("Some figures have no sum")
    early = bridge((NOW, "C1", "1", 1, 50))
    assert says(early) == (
        "Nothing to compare: the bridge needs sales in months that are in the data a year earlier "
        "too."
    )
    assert says(early.iloc[:0], "3") == says(early)  # who sold nothing in either year has no rows


@pytest.mark.parametrize("subject", ["*", "8"])
def test_sentence_and_figure_of_the_sample_are_recomputed_from_its_rows(sample, subject):
    frame = sample.compute(revenue_bridge)
    row = frame[(frame["key"] == subject) & frame["dimension"].isin(["*", "manager"])].iloc[0]
    fell = row[STEPS].astype(float).idxmin()
    with words.using("en", "EUR"):
        before, after = (words.short_money(row[each]) for each in ("before", "after"))
        said = says(frame, subject, window_months=12)
        amount = words.short_money(-row[fell])
        drawn = texts(form("profitability", "revenue_bridge")(frame, subject=subject))
    assert f"fell from {before} a year before to {after}, most of all by" in said
    assert said.endswith(f"(−{amount}).")
    assert {before, after, f"−{amount}"} <= set(drawn)
    assert ("Handed over" in drawn) == (subject != "*")
