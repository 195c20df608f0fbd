"""Turnover by goods on ledgers that can be worked out on paper."""

import pandas as pd

from clientops.metrics import goods, portfolio
from tests.ledgers import compute, frames, line, only_row


def stocked(*rows: tuple, cost: float | None = 10) -> pd.Series:
    """The row of P1, sold once in January to March for *cost*; rows are (month, value)."""
    accounts = frames(
        data_until="2026-03-31",
        shipments=[line("S1", "2026-01-05", "C1", 50, "7", cost, product_id="P1"),
                   line("S2", "2026-03-05", "C1", 50, "7", product_id="P2")],
        stock=[{"month": f"2026-{month}-01" if month else "2025-12-01", "product_id": "P1",
                "stock_value": value} for month, value in rows],
    )  # fmt: skip
    table = compute(goods.goods_turnover, accounts, "2026-03", window_months=3, lapse_months=1)
    return only_row(table, dimension="product", key="P1")


def test_average_stock_of_the_month_ends_there_are():
    row = stocked(("", 40), ("01", 20), ("03", 10))
    assert row[["points", "average_stock", "closing_stock"]].tolist() == [3, 22.5, 10]
    assert (row["stock_days"], row["dead_stock"]) == (22.5 * 90 / 10, 0)
    assert stocked(("01", 20), ("03", 10))["average_stock"] == 15
    one = stocked(("02", 20))
    assert one[["points", "average_stock"]].tolist() == [1, 20]


def test_what_nothing_was_sold_of_is_dead():
    for cost in (None, 0, -3):
        row = stocked(("02", 20), ("03", 8), cost=cost)
        assert row["dead_stock"] == 8
        assert pd.isna(row["stock_days"])
        assert pd.isna(row["turns"])


def test_what_went_out_after_the_last_day_of_the_data_counts_nowhere():
    accounts = frames(
        data_until="2026-03-15",
        shipments=[line("S1", "2026-01-05", "C1", 50, "7", 10, product_id="P1"),
                   line("S2", "2026-03-15", "C1", 50, "7", 10, product_id="P1"),
                   line("S3", "2026-03-16", "C1", 50, "7", 99, product_id="P1"),
                   line("S4", "2026-04-05", "C1", 50, "7", 99, product_id="P1")],
    )  # fmt: skip
    table = compute(goods.goods_turnover, accounts, "2026-03")
    assert only_row(table, dimension="product", key="P1")["cost"] == 20
    table = compute(portfolio.client_classes, accounts, "2026-03")
    assert only_row(table, client_id="C1")[["revenue", "purchases"]].tolist() == [100, 2]


def test_the_most_valuable_dead_article_comes_first():
    accounts = frames(
        data_until="2026-03-31",
        shipments=[line("S1", "2026-01-05", "C1", 50, "7", 10, product_id="P1")],
        products=[{"product_id": "P3", "product_name": "Old tea"}],
        stock=[{"month": "2026-03-01", "product_id": product, "stock_value": value}
               for product, value in (("P1", 5), ("P2", 7), ("P3", 9), ("P4", 0))],
    )  # fmt: skip
    table = compute(goods.dead_goods, accounts, "2026-03")
    assert table.to_numpy().tolist() == [["P3", "Old tea", 9], ["P2", "P2", 7]]
