"""What else clients would buy: numbers to check on paper, and on Northwind by other SQL."""

import duckdb
import pytest

from clientops.metrics.cross_sell import cross_sell, cross_sell_check, group_shares
from tests.conftest import NORTHWIND
from tests.ledgers import compute, frames, line

GOODS = [{"product_id": key, "product_group": group}
         for key, group in (("F", "Food"), ("T", "Tools"), ("W", "Wine"), ("X", None))]  # fmt: skip


def bought(client_id: str, **amounts: float) -> list[dict]:
    """Lines of a client, by the letter of the group."""
    return [line(f"{client_id}{key}", "2026-03-05", client_id, money, "7", product_id=key)
            for key, money in amounts.items()]  # fmt: skip


BOOK = frames(
    shipments=[*bought("C1", F=60, T=40), *bought("C2", F=90, W=10), *bought("C3", F=100),
               *bought("C4", T=20, X=60), *bought("C5", F=-5)],
    products=GOODS,
    clients=[{"client_id": f"C{n}", "client_group": "Inns"} for n in (1, 2, 3)],
)  # fmt: skip


def listed(**changed) -> list[tuple]:
    table = compute(cross_sell, BOOK, "2026-03", **changed)
    return list(table[["client_id", "product_group", "peers", "promise"]].itertuples(index=False))


def test_what_most_others_buy_comes_first():
    """All four buyers are each other's peers: food with 3, tools with 2, wine with 1 of them."""
    food, tools, wine = 0.9, (0.4 + 0.25) / 2, 0.1  # the usual parts
    assert listed() == [
        ("C4", "Food", 4, pytest.approx(3 / 4 * food * 80 * 12)),
        ("C2", "Tools", 4, pytest.approx(2 / 4 * tools * 100 * 12)),
        ("C3", "Tools", 4, pytest.approx(2 / 4 * tools * 100 * 12)),
        ("C1", "Wine", 4, pytest.approx(1 / 4 * wine * 100 * 12)),
        ("C3", "Wine", 4, pytest.approx(1 / 4 * wine * 100 * 12)),
        ("C4", "Wine", 4, pytest.approx(1 / 4 * wine * 80 * 12)),
    ]
    assert len(listed(cross_sell_per_client=1)) == 4


def test_clients_of_the_own_group_are_the_peers_where_they_are_enough():
    assert [row[:3] for row in listed(min_peers=3)] == [
        ("C4", "Food", 4), ("C2", "Tools", 3), ("C3", "Tools", 3), ("C1", "Wine", 3),
        ("C3", "Wine", 3), ("C4", "Wine", 4),
    ]  # fmt: skip


BY_SQL = """
with lines as (
    select shipped_date::date as day, customer_id as client, category_name as goods
    from 'order_details.csv' d join 'orders.csv' using (order_id)
    join 'products.csv' p on p.product_id = d.product_id join 'categories.csv' using (category_id)
), year as (from lines where day between date '1996-11-01' and date '1997-10-31'),
since as (from lines where day between date '1997-11-01' and date '1998-04-30'),
cells as (
    select a.client, b.goods from (select distinct client from year) a
    cross join (select distinct goods from lines) b
    except select client, goods from year
)
select (select count(distinct client) from year), count(*), count(distinct client),
    avg(((client, goods) in (select (client, goods) from since))::int) from cells
"""


def test_northwind_by_other_sql(northwind):
    """224 open cells of 75 clients in the year to October 1997: 51.79 % are bought within six whole
    months. (Nothing comes back there, so a line is a purchase.)"""
    con = duckdb.connect()
    con.execute(f"set file_search_path = '{NORTHWIND}'")
    buyers, cells, clients, started = con.execute(BY_SQL).fetchone()
    table = northwind.compute(cross_sell, "1997-10", cross_sell_per_client=99)
    assert (len(table), table["client_id"].nunique()) == (cells, clients) == (224, 75)
    check = northwind.compute(cross_sell_check, "1998-04").set_index("product_group")
    assert check.loc["*", "cells"] == cells
    assert check["cells"].sum() == 2 * cells
    assert check.loc["*", "started"] == pytest.approx(started)
    assert round(started, 4) == 0.5179
    assert northwind.compute(cross_sell_check, "1997-11").empty
    shares = northwind.compute(group_shares, "1997-10")
    assert shares.query("client_group == '*'")["clients"].unique().tolist() == [buyers]
