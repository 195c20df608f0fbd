"""Discounts on paper, and against a second writing of their definitions."""

import datetime
import random

import pandas as pd
import pytest

from clientops.metrics import discounts
from tests.ledgers import compute, frames, line, only_row
from tests.metrics import oracle_discounts as oracle


def rows(*lines: tuple, **changed) -> pd.DataFrame:
    """Lines are (day, client, revenue, discount, cost); all sold by manager 1."""
    shipments = [line(f"S{at}", day, client, revenue, "1", cost, discount=discount)
                 for at, (day, client, revenue, discount, cost) in enumerate(lines)]  # fmt: skip
    book = frames(shipments=shipments, data_until="2026-06-30")
    return compute(discounts.discounts, book, "2026-06", **changed)


def test_ten_off_a_hundred_is_a_tenth_and_what_is_not_known_does_not_count():
    table = rows(("2026-06-01", "C1", 90, 10, None), ("2026-06-02", "C1", 50, None, None),
                 ("2026-06-03", "C1", -20, 5, None), ("2026-06-03", "C1", 100, 0, None),
                 ("2026-06-04", "C2", 50, None, None))  # fmt: skip
    row = only_row(table, dimension="client", key="C1")
    assert row[["list_revenue", "discount", "discount_rate"]].tolist() == [200, 10, 0.05]
    assert only_row(table, dimension="*")["list_revenue"] == 200
    assert "C2" not in set(table["key"])


def test_a_surcharge_is_a_discount_below_zero():
    table = rows(("2026-06-01", "C1", 110, -10, None))
    assert only_row(table, dimension="*")[["list_revenue", "discount_rate"]].tolist() == [100, -0.1]


def test_growth_that_costs_the_margin_is_told():
    """From 100 at 40 % to 120 at 30 %; a rise or a fall alone says nothing."""
    table = rows(("2025-06-01", "C1", 100, 0, 60), ("2026-06-01", "C1", 120, 12, 84))
    row = only_row(table, dimension="*")
    assert row["revenue_change"] == pytest.approx(0.2)
    assert row["rate_change"] == pytest.approx(-0.1)
    assert row["costs_margin"]
    less = rows(("2025-06-01", "C1", 100, 0, 60), ("2026-06-01", "C1", 120, 12, 84),
                discount_growth=0.2)  # fmt: skip
    assert not less["costs_margin"].any()
    first_year = rows(("2026-06-01", "C1", 120, 12, 84))
    assert first_year[["rate_change", "revenue_change"]].isna().all(axis=None)


def test_a_client_is_held_against_those_of_its_group_and_letter():
    """Sixteen of twenty equal clients are A: fifteen get 10 of 100, one 60 of 150."""
    lines = [("2026-06-01", f"C{at:02}", 90, 60 if at == 15 else 10, None) for at in range(20)]
    row = only_row(rows(*lines), dimension="client", key="C15")
    assert row["peer_rate"] == pytest.approx((15 * 10 + 60) / (1500 + 150))
    assert row["beyond_peers"] == pytest.approx(60 - row["peer_rate"] * 150)
    table = rows(*lines)
    assert table.loc[table["dimension"] != "client", "peer_rate"].isna().all()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("window", [3, 12])
def test_random_lines(seed, window):
    """Three managers, 40 clients in three groups, two years."""
    chance = random.Random(seed)
    clients = {f"C{at:02}": chance.choice(["Shops", "Shops", "Hotels", None]) for at in range(40)}
    products = {"P1": "Tea", "P2": "Tea", "P3": None}
    lines = [
        {"shipment_id": f"S{at}", "client_id": chance.choice(list(clients)),
         "shipped_on": datetime.date(2024, 7, 1) + datetime.timedelta(chance.randint(0, 729)),
         "manager_id": chance.choice("123"), "product_id": chance.choice(["P1", "P2", "P3", None]),
         "revenue": chance.choice([100, 60, 40, 25, -30]), "cost": chance.choice([None, 30, 20]),
         "discount": chance.choice([None, 0, 5, 10, -2])}
        for at in range(500)
    ]  # fmt: skip
    lines[0]["shipped_on"] = datetime.date(2024, 7, 1)
    book = frames(
        data_until="2026-06-30", shipments=lines, returns_cost="as written",
        clients=[{"client_id": client, "client_group": group, "manager_id": "1"}
                 for client, group in clients.items()],
        products=[{"product_id": key, "product_group": group} for key, group in products.items()],
    )  # fmt: skip
    table = compute(discounts.discounts, book, "2026-06", window_months=window)
    month = 2026 * 12 + 5
    expected = oracle.discounts(lines, clients, products, month, window)
    found = {(row["dimension"], row["key"]): row for row in table.to_dict("records")}
    assert found.keys() == expected.keys()
    for key, columns in expected.items():
        for name, value in columns.items():
            if value is None:
                assert pd.isna(found[key][name]), (key, name)
            else:
                assert float(found[key][name]) == pytest.approx(float(value), abs=1e-9), (key, name)
