"""Profitability tables on ledgers that can be worked out on paper, and against slow writings."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientops import Viewer, open_book
from clientops.book import Book
from clientops.errors import ClientOpsError
from clientops.metrics import profitability
from clientops.store import window_sums
from tests import ledgers
from tests.conftest import ADVENTUREWORKS, SAMPLE, build_for_all
from tests.ledgers import compute, frames, line, told
from tests.metrics import oracle, oracle_profitability
from tests.metrics.test_portfolio_against_oracle import (
    FIRST,
    assert_same,
    clients,
    days,
    managers,
    money,
    spell,
    unique,
)

STEPS = ["price", "cost", "volume", "mix", "new", "lost"]


def by_key(book, month, dimension, **changed):
    """The rows of one dimension by key."""
    table = compute(profitability.profitability, book, month, dimension=dimension, **changed)
    return table.set_index("key")


def bridge(*lines, month="2025-06", products=(), dimension="*", **changed):
    """The only row of a bridge; lines are (day, product, quantity, revenue, cost)."""
    shipments = [
        line(f"S{at}", day, "C1", revenue, "1", cost, product_id=product, quantity=quantity)
        for at, (day, product, quantity, revenue, cost) in enumerate(lines)
    ]
    book = frames(shipments=shipments, products=list(products))
    table = compute(profitability.margin_bridge, book, month, dimension=dimension, **changed)
    assert len(table) == 1
    return table.iloc[0]


# --- profitability ---


def test_uncosted_lines_count_in_revenue_alone():
    book = frames(
        shipments=[
            line("S1", "2025-06-02", "C1", 100, "1", cost=60, product_id="P1", quantity=9),
            line("S2", "2025-06-02", "C1", 50, "1", product_id="P1", quantity=4),  # 4 × 7.5
            line("S3", "2025-06-02", "C1", 30, "1", product_id="P2", quantity=1),  # unknown
            line("S4", "2025-06-02", "C2", 20, "2"),  # nothing known
        ],
        products=[{"product_id": "P1", "unit_cost": 7.5, "product_group": "Tea"},
                  {"product_id": "P2", "product_group": "Tea"}],
        clients=[{"client_id": "C1", "client_name": "One", "client_group": "Shops"}],
        managers=[{"manager_id": "1", "manager_name": "Ann"}],
    )  # fmt: skip
    ann = by_key(book, "2025-06", "manager").loc["1"]
    assert (ann["name"], ann["revenue"], ann["cost"], ann["margin"]) == ("Ann", 180, 90, 60)
    assert ann["margin_rate"] == 60 / 150  # of the costed 150 alone
    assert (ann["uncosted_revenue"], ann["clients"], ann["window_months"]) == (30, 1, 1)
    other = by_key(book, "2025-06", "client").loc["C2"]
    assert (other["name"], other["revenue"], other["uncosted_revenue"]) == ("C2", 20, 20)
    assert other[["cost", "margin", "margin_rate", "margin_share"]].isna().all()
    groups = by_key(book, "2025-06", "product_group")
    assert groups["revenue"].to_dict() == {"Tea": 180, "(none)": 20}
    assert by_key(book, "2025-06", "client_group")["clients"].to_dict() == {
        "Shops": 1, "(none)": 1
    }  # fmt: skip
    assert by_key(book, "2025-06", "region").index.tolist() == ["(none)"]


def test_shares_are_of_what_is_looked_at_and_empty_where_the_total_is_not_positive():
    book = frames(shipments=[
        line("S1", "2025-06-02", "C1", 75, "1", cost=100),
        line("S2", "2025-06-02", "C2", 25, "2", cost=5),
    ])  # fmt: skip
    rows = by_key(book, "2025-06", "manager")
    assert rows["revenue_share"].to_dict() == {"1": 0.75, "2": 0.25}
    assert rows["margin"].to_dict() == {"1": -25, "2": 20}
    assert rows["margin_share"].isna().all()  # together −5


def test_returns_only_have_no_rate_and_a_full_return_is_zero_not_unknown():
    book = frames(shipments=[
        line("S1", "2025-06-02", "C1", -40, "1", cost=-30),
        line("S2", "2025-06-02", "C2", 100, "2", cost=60),
        line("R2", "2025-06-09", "C2", -100, "2", cost=-60),
    ])  # fmt: skip
    rows = by_key(book, "2025-06", "client")
    assert rows.loc["C1", ["revenue", "cost", "margin"]].tolist() == [-40, -30, -10]
    assert rows.loc["C2", ["revenue", "cost", "margin"]].tolist() == [0, 0, 0]
    assert rows["margin_rate"].isna().all()


def test_credit_not_ownership_decides():
    book = frames(
        shipments=[line("S1", "2025-06-02", "C1", 70, "2"), line("S2", "2025-06-02", "C1", 30)],
        clients=[{"client_id": "C1", "manager_id": "1"}],
    )
    assert by_key(book, "2025-06", "manager")["revenue"].to_dict() == {"1": 30, "2": 70}


def test_prev_looks_only_at_months_whose_year_before_is_in_the_data():
    book = frames(shipments=[
        line("S1", "2024-03-05", "C1", 100, "1", cost=50),  # data begin
        line("S2", "2024-12-05", "C1", 999, "1", cost=1),  # in no compared month a year before
        line("S3", "2025-04-05", "C1", 100, "1", cost=90),
        line("S4", "2025-05-05", "C2", 100, "2", cost=90),
    ])  # fmt: skip
    rows = by_key(book, "2025-05", "manager")
    assert rows.loc["1", ["prev_margin_rate", "prev_months", "window_months"]].tolist() == [
        0.5, 3, 12
    ]  # fmt: skip
    assert np.isnan(rows.loc["2", "prev_margin_rate"])  # sold nothing then
    first_year = by_key(book, "2025-02", "manager")
    assert first_year[["prev_margin_rate", "prev_months"]].isna().all(axis=None)


def test_windows_longer_than_a_year_overlap_with_their_year_before():
    book = frames(shipments=[
        line("S1", "2023-05-05", "C1", 100, "1", cost=90),
        line("S2", "2024-05-05", "C1", 100, "1", cost=70),
        line("S3", "2025-05-05", "C1", 100, "1", cost=20),
    ])  # fmt: skip
    row = by_key(book, "2025-05", "manager", window_months=24).loc["1"]
    assert (row["margin"], row["prev_margin_rate"], row["prev_months"]) == (110, 40 / 200, 13)


def test_a_key_without_a_line_in_the_window_has_no_row_and_zero_revenue_has():
    book = frames(shipments=[
        line("S1", "2024-05-05", "C1", 100, "1"),
        line("S2", "2025-05-05", "C2", 0, "1"),
    ])  # fmt: skip
    assert by_key(book, "2025-05", "client").index.tolist() == ["C2"]


def test_an_unknown_dimension_names_the_nearest():
    with pytest.raises(ClientOpsError, match="did you mean manager"):
        compute(profitability.profitability, frames(shipments=[line("S", "2025-05-05", "C", 1)]),
                "2025-05", dimension="managers")  # fmt: skip


# --- margin bridge ---


def test_price_and_cost_at_the_new_quantity():
    # p 10 → 12, c 6 → 7, q 10 → 15: price 2 × 15, cost −1 × 15, volume 40 × (150/100 − 1)
    row = bridge(("2024-06-05", "P1", 10, 100, 60), ("2025-06-05", "P1", 15, 180, 105))
    assert (row["margin_before"], row["margin_after"], row["window_months"]) == (40, 75, 1)
    assert row[STEPS].tolist() == [30, -15, 20, 0, 0, 0]


def test_mix_is_what_volume_at_the_old_mix_does_not_tell():
    # P1 earns 4 of 10, P2 1 of 10; the same 20 units at the same prices, but fewer of P1
    row = bridge(
        ("2024-06-05", "P1", 10, 100, 60), ("2024-06-05", "P2", 10, 100, 90),
        ("2025-06-05", "P1", 5, 50, 30), ("2025-06-05", "P2", 15, 150, 135),
    )  # fmt: skip
    assert row[["margin_before", *STEPS, "margin_after"]].tolist() == [50, 0, 0, 0, -15, 0, 0, 35]


def test_articles_added_and_dropped():
    row = bridge(("2024-06-05", "OLD", 1, 10, 4), ("2025-06-05", "NEW", 1, 30, 10))
    assert row[["margin_before", *STEPS, "margin_after"]].tolist() == [6, 0, 0, 0, 0, 20, -6, 20]


def test_without_a_positive_quantity_in_both_an_article_is_not_common():
    # returns outweigh what was sold before; no quantity at all; zero now
    for before, now in ((-2, 3), (None, None), (3, 0), (0, 3)):
        row = bridge(("2024-06-05", "P1", before, 10, 4), ("2025-06-05", "P1", now, 30, 10))
        assert row[["new", "lost"]].tolist() == [20, -6]
        assert row[["price", "cost", "volume", "mix"]].tolist() == [0, 0, 0, 0]


def test_returns_are_netted_before_prices_are_compared():
    row = bridge(
        ("2024-06-05", "P1", 10, 100, 60), ("2025-06-05", "P1", 12, 120, 72),
        ("2025-06-20", "P1", -2, -20, -12),
    )  # fmt: skip
    assert row[STEPS].tolist() == [0] * 6


def test_lines_add_up_to_the_cent_where_thirds_do_not():
    row = bridge(
        ("2024-06-05", "P1", 3, 10, 3.3333), ("2024-06-05", "P2", 7, 10.0101, 2),
        ("2025-06-05", "P1", 2, 9.9999, 1), ("2025-06-05", "P2", 3, 11.1111, 3),
    )  # fmt: skip
    amounts = [round(100 * row[column], 6) for column in ("margin_before", *STEPS, "margin_after")]
    assert all(amount == round(amount) for amount in amounts)  # whole cents
    assert sum(amounts[:-1]) == pytest.approx(amounts[-1], abs=1e-6)


def test_no_growth_where_nothing_was_earned_before():
    """Free samples before: revenue 0, so that volume has no base; all is price and cost."""
    row = bridge(("2024-06-05", "P1", 10, 0, 20), ("2025-06-05", "P1", 20, 100, 50))
    assert row[STEPS].tolist() == [100, -10, 0, -20, 0, 0]


def test_excluded_articles_are_left_out_and_uncosted_lines_too():
    lines = [
        ("2024-06-05", "P1", 1, 10, 4), ("2025-06-05", "P1", 1, 10, 4),
        ("2025-06-05", "FREIGHT", 1, 99, 0), ("2025-06-05", None, 1, 55, 0),
        ("2025-06-05", "P1", 500, 500, None),
    ]  # fmt: skip
    assert bridge(*lines)["new"] == 99 + 55
    row = bridge(*lines, bridge_exclude=("FREIGHT", "(none)"))
    assert row[STEPS].tolist() == [0] * 6


def test_no_month_to_compare_no_row():
    book = frames(shipments=[line("S1", "2025-05-05", "C1", 5, "1", cost=1, quantity=1)])
    assert compute(profitability.margin_bridge, book, "2025-05").empty
    late = frames(shipments=[line("S1", "2024-06-05", "C1", 5, "1", cost=1, quantity=1),
                             line("S2", "2025-05-05", "C1", 5, "1", cost=1)])  # fmt: skip
    assert compute(profitability.margin_bridge, late, "2025-05").empty
    uncosted = frames(shipments=[line("S1", "2024-05-05", "C1", 5, "1"),
                                 line("S2", "2025-05-05", "C1", 5, "1")])  # fmt: skip
    assert compute(profitability.margin_bridge, uncosted, "2025-05").empty


def test_keys_see_their_own_products_only():
    """P1 moves from seller 1 to seller 2: added here, dropped there, and common for both."""
    book = frames(shipments=[
        line("S1", "2024-06-05", "C1", 10, "1", cost=4, product_id="P1", quantity=1),
        line("S2", "2025-06-05", "C1", 12, "2", cost=4, product_id="P1", quantity=1),
    ])  # fmt: skip
    table = compute(profitability.margin_bridge, book, "2025-06")
    rows = table.set_index(["dimension", "key"])
    assert rows.loc[("*", "*"), "price"] == 2
    assert rows.loc[("manager", "1"), "lost"] == -6
    assert rows.loc[("manager", "2"), "new"] == 8


# --- whale curve and loss makers ---


def test_the_whale_curve_falls_by_what_loss_makers_cost():
    book = frames(shipments=[
        line("S1", "2025-06-02", "C3", 100, "1", cost=40),
        line("S2", "2025-06-02", "C1", 100, "1", cost=80),
        line("S3", "2025-06-02", "C2", 100, "1", cost=80),
        line("S4", "2025-06-02", "C4", 100, "1", cost=120),
        line("S5", "2025-06-02", "C5", 500, "1"),  # uncosted: not on the curve
    ], clients=[{"client_id": "C3", "client_name": "Three"}])  # fmt: skip
    table = compute(profitability.whale_curve, book, "2025-06")
    assert table["client_name"].tolist() == ["Three", "C1", "C2", "C4"]
    assert table["cumulative_margin"].tolist() == [60, 80, 100, 80]
    assert table["cumulative_share"].tolist() == [0.6, 0.8, 1.0, 0.8]


def test_no_positive_margin_no_share():
    book = frames(shipments=[line("S1", "2025-06-02", "C1", 10, "1", cost=40)])
    table = compute(profitability.whale_curve, book, "2025-06")
    assert table["cumulative_margin"].tolist() == [-30]
    assert table["cumulative_share"].isna().all()


def test_loss_makers_stand_with_their_owner_whoever_sold():
    book = frames(
        shipments=[
            line("S1", "2025-06-02", "C1", 100, "2", cost=130),
            line("S2", "2025-06-03", "C1", 50),  # uncosted: told beside the loss
            line("S3", "2025-06-02", "C2", 10, "2", cost=60),
            line("S4", "2025-06-02", "C3", 10, "2", cost=10),
        ],
        clients=[{"client_id": "C1", "manager_id": "1"}],
    )
    table = compute(profitability.loss_makers, book, "2025-06")
    assert table["client_id"].tolist() == ["C2", "C1"]
    assert table["manager_id"].tolist() == ["2", "1"]
    assert table.loc[1, ["revenue", "margin", "uncosted_revenue"]].tolist() == [150, -30, 50]
    assert table["margin_rate"].tolist() == [-5, -0.3]


def test_a_loss_of_just_min_loss_is_none():
    book = frames(shipments=[line("S1", "2025-06-02", "C1", 10, "1", cost=40.1)])
    assert len(compute(profitability.loss_makers, book, "2025-06", min_loss=30.0999)) == 1
    assert compute(profitability.loss_makers, book, "2025-06", min_loss=30.1).empty


# --- against the second writing ---

traded = st.fixed_dictionaries({
    "shipment_id": st.sampled_from(["S1", "S2", "S3"]),
    "shipped_on": days,
    "client_id": clients,
    "manager_id": managers,
    "revenue": money,
    "cost": st.one_of(st.none(), st.integers(-50, 700)),
    "product_id": st.sampled_from([None, "P1", "P2", "P3"]),
    "quantity": st.one_of(st.none(), st.integers(-2, 9)),
})  # fmt: skip
group = st.sampled_from([None, "G1", "G2"])
trading = st.builds(
    lambda lines, clients, products, spells: oracle_profitability.Ledger(
        lines=lines, clients=unique(clients, "client_id"),
        products=unique(products, "product_id"),
        managers=[{"manager_id": "1", "manager_name": "One"}],
        assignments=unique(spells, "client_id", "manager_id", "valid_from"),
    ),
    st.lists(traded, min_size=1, max_size=40),
    st.lists(st.fixed_dictionaries({
        "client_id": clients, "client_name": st.sampled_from([None, "Name"]),
        "client_group": group, "region": group, "manager_id": managers,
    }), max_size=4),
    st.lists(st.fixed_dictionaries({
        "product_id": st.sampled_from(["P1", "P2"]), "product_group": group,
        "unit_cost": st.one_of(st.none(), st.integers(0, 30)),
    }), max_size=2),
    st.lists(spell, max_size=2),
)  # fmt: skip
OPTIONS = {
    "profitability": {},
    "margin_bridge": {"bridge_exclude": st.sampled_from([("P2",), ("(none)", "P1")])},
    "whale_curve": {},
    "loss_makers": {"min_loss": st.sampled_from([0.5, 100])},
}


@settings(max_examples=10)
@given(ledger=trading, month=st.sampled_from([0, 5, 12, 17, 24, 31]), data=st.data())
def test_random_ledgers(ledger, month, data):
    """Returns, missing costs and quantities, first years, handovers: every table, row by row."""
    asked = oracle.shifted(FIRST, month)
    if asked < oracle.first_month(ledger):
        return
    windows = {"window_months": st.sampled_from([3, 6, 12, 24])}
    book = frames("2026-08-31", shipments=ledger.lines, clients=ledger.clients,
                  managers=ledger.managers, assignments=ledger.assignments,
                  products=ledger.products)  # fmt: skip
    for name in OPTIONS:
        changed = data.draw(st.fixed_dictionaries({}, optional=OPTIONS[name] | windows))
        ours = compute(getattr(profitability, name), book, f"{asked:%Y-%m}", **changed)
        with told(name):
            assert_same(ours, getattr(oracle_profitability, name)(ledger, asked, **changed))


# --- real ledgers ---


def test_adventureworks_adds_up_to_the_published_figures(adventureworks):
    whole = adventureworks.compute(profitability.profitability, window_months=120)
    for _, rows in whole.groupby("dimension"):
        assert round(rows["revenue"].sum(), 2) == 80_450_596.98
        assert rows["margin"].sum() / rows["revenue"].sum() == pytest.approx(0.0058, abs=5e-5)
        assert rows["revenue_share"].sum() == pytest.approx(1)
    sellers = whole[whole["dimension"] == "manager"].set_index("name")["revenue"]
    assert round(sellers["linda3"], 2) == 10_367_007.43


@pytest.mark.parametrize("name", ["adventureworks", "sample"])
@pytest.mark.parametrize("window_months", [3, 12, 24])
def test_the_bridge_adds_up_to_the_cent_and_to_profitability(name, window_months, request):
    book = request.getfixturevalue(name)
    table = book.compute(profitability.margin_bridge, window_months=window_months)
    added = table["margin_before"] + table[STEPS].sum(axis=1)
    np.testing.assert_allclose(added, table["margin_after"], atol=1e-6)
    np.testing.assert_allclose(table[STEPS] * 100, (table[STEPS] * 100).round(), atol=1e-4)
    rows = book.compute(profitability.profitability, window_months=window_months)
    keys = ["dimension", "key"]
    both = table.merge(rows, on=keys, validate="one_to_one", suffixes=("", "_of_window"))
    assert len(both) > 10
    if window_months < 24:  # else the first year is in the window and has no year before
        np.testing.assert_allclose(both["margin_after"], both["margin"], atol=0.00501)
    company = table[table["dimension"] == "*"].iloc[0]
    for _, parts in table[table["dimension"] != "*"].groupby("dimension"):
        assert parts["margin_before"].sum() == pytest.approx(company["margin_before"], abs=0.5)
        assert parts["margin_after"].sum() == pytest.approx(company["margin_after"], abs=0.5)


BRIDGE = """
with lines as (
    select cast(s.EmployeeKey as varchar) as manager, c.EnglishProductCategoryName as category,
        p.ProductAlternateKey as product, s.ShipDate >= date '2013-01-01' as is_now,
        s.OrderQuantity as q, s.SalesAmount as r, s.TotalProductCost as c
    from '{folder}/FactResellerSales.parquet' s join '{folder}/DimProduct.parquet' p using (ProductKey)
    left join '{folder}/DimProductSubcategory.parquet' u using (ProductSubcategoryKey)
    left join '{folder}/DimProductCategory.parquet' c using (ProductCategoryKey)
    where s.ShipDate between date '2012-01-01' and date '2013-12-31'
), products as (
    select {key} as key, product,
        sum(q) filter (is_now) as q1, sum(r) filter (is_now) as r1, sum(c) filter (is_now) as c1,
        sum(q) filter (not is_now) as q0, sum(r) filter (not is_now) as r0,
        sum(c) filter (not is_now) as c0
    from lines group by 1, 2
), common as (select * from products where q0 > 0 and q1 > 0)
select key, cast((select sum(r0 - c0) from products a where a.key = k.key) as double) as margin_before,
    cast((select sum(r1 - c1) from products a where a.key = k.key) as double) as margin_after,
    (select sum((r1 / q1 - r0 / q0) * q1) from common a where a.key = k.key) as price,
    (select -sum((c1 / q1 - c0 / q0) * q1) from common a where a.key = k.key) as cost,
    (select sum(r0 - c0) * (sum(r0 / q0 * q1) / sum(r0) - 1) from common a where a.key = k.key)
        as volume,
    cast((select sum(r1 - c1) from products a where a.key = k.key and q0 is null) as double) as new,
    cast((select -sum(r0 - c0) from products a where a.key = k.key and q1 is null) as double) as lost
from (select distinct key from products) k order by key
"""  # noqa: E501


@pytest.mark.parametrize(
    ("dimension", "key"), [("*", "'*'"), ("manager", "manager"), ("product_group", "category")]
)
def test_independent_sql_of_the_bridge(adventureworks, dimension, key):
    """On AdventureWorks, straight from the files; every article sold there has a quantity."""
    theirs = duckdb.execute(BRIDGE.format(folder=ADVENTUREWORKS, key=key)).df().fillna(0.0)
    ours = adventureworks.compute(profitability.margin_bridge, "2013-12", dimension=dimension)
    assert ours["key"].tolist() == theirs["key"].tolist()
    for column in theirs.columns[1:]:
        np.testing.assert_allclose(ours[column], theirs[column].astype(float), atol=0.00501)


def test_the_big_client_that_costs_money_and_nobody_else(sample):
    losses = sample.compute(profitability.loss_makers)
    assert losses["client_id"].tolist() == ["C0107"]
    loss = losses.iloc[0]
    assert (loss["client_name"], loss["manager_id"]) == ("Grand Hotel Meretorn", "4")
    assert (loss["revenue"], loss["margin"]) == (149_402.33, -19_300.14)
    assert loss["margin_rate"] == pytest.approx(-0.129, abs=5e-4)
    before = sample.compute(profitability.loss_makers, "2025-08")
    assert "C0107" not in set(before["client_id"])  # the discount began in September 2025
    rows = sample.compute(profitability.profitability, dimension="manager").set_index("key")
    change = (rows["margin_rate"] - rows["prev_margin_rate"]).drop("(unassigned)")
    assert change.idxmin() == "4"
    assert change["4"] < -0.03
    assert change.drop("4").idxmin() == "2"  # whose discounts creep up
    assert (change.drop("4") > -0.02).all()
    steps = sample.compute(profitability.margin_bridge, dimension="manager").set_index("key")
    assert (steps["price"] < 0)[lambda fell: fell].index.tolist() == ["2", "4"]


def test_the_curve_ends_with_the_loss_maker(sample):
    curve = sample.compute(profitability.whale_curve)
    assert curve["client_id"].iloc[-1] == "C0107"
    assert curve["cumulative_share"].max() == pytest.approx(1)
    assert (curve["margin"].diff().dropna() <= 0).all()
    rows = sample.compute(profitability.profitability, dimension="client")
    assert curve["cumulative_margin"].iloc[-1] == pytest.approx(rows["margin"].sum())


def test_northwind_knows_no_cost(northwind):
    rows = northwind.compute(profitability.profitability)
    unknown = ["cost", "margin", "margin_rate", "margin_share", "prev_margin_rate"]
    assert rows[unknown].isna().all(axis=None)
    assert (rows["uncosted_revenue"] == rows["revenue"]).all()
    for function in (profitability.margin_bridge, profitability.whale_curve,
                     profitability.loss_makers):  # fmt: skip
        assert northwind.compute(function).empty


# --- who is looked at ---

UNNAMED = (profitability.profitability, profitability.margin_bridge, profitability.whale_curve)


@pytest.mark.parametrize("function", UNNAMED)
@pytest.mark.parametrize("months_ago", [0, 7, 20])
def test_a_chosen_managers_rows_are_those_the_manager_sees(
    function, months_ago, sample, manager_book
):
    """Choosing a manager shows what that manager sees: what was sold, else what is owned."""
    month = sample.month - pd.DateOffset(months=months_ago)
    for manager in ("3", "8"):
        chosen = sample.of_managers([manager]).compute(function, month)
        own = manager_book(manager).compute(function, month)
        pd.testing.assert_frame_equal(chosen, own)
        again = manager_book(manager).of_managers([manager]).compute(function, month)
        pd.testing.assert_frame_equal(own, again)


def test_a_manager_sees_own_credit_and_nothing_of_others(sample, manager_book):
    own = manager_book("3").compute(profitability.profitability)
    whole = sample.compute(profitability.profitability)
    mine = whole[(whole["dimension"] == "manager") & (whole["key"] == "3")].iloc[0]
    seen = own[own["dimension"] == "manager"]
    assert seen["key"].tolist() == ["3"]
    assert seen["revenue_share"].tolist() == [1.0]
    for _, rows in own.groupby("dimension"):
        assert rows["revenue"].sum() == pytest.approx(mine["revenue"])
        assert rows["margin"].sum() == pytest.approx(mine["margin"])
    sales = sample.sales_month
    credited = set(sales[sales["manager_id"] == "3"]["client_id"].astype(str))
    assert set(own[own["dimension"] == "client"]["key"]) <= credited
    whales = manager_book("3").compute(profitability.whale_curve)
    owners = sample.owners
    owned = owners[(owners["manager_id"] == "3") & owners["to_month"].isna()]["client_id"]
    assert set(whales["client_id"]) <= set(owned.astype(str))


def test_a_lead_sees_the_team_and_may_choose_one_of_it(sample, sample_store):
    lead = open_book(SAMPLE, Viewer(role="lead", teams=("South",)), store_folder=sample_store)
    team = lead.compute(profitability.profitability, dimension="manager")
    assert set(team["key"]) == set(lead.manager_ids)
    one = lead.manager_ids[0]
    for function in UNNAMED:
        pd.testing.assert_frame_equal(
            lead.of_managers([one]).compute(function), sample.of_managers([one]).compute(function)
        )
        hidden = next(each for each in sample.manager_ids if each not in lead.manager_ids)
        assert lead.of_managers([hidden]).compute(function).empty


def test_a_group_of_clients_is_looked_at_alone(sample):
    clients = sample.clients
    hotels = clients["client_id"][clients["client_group"] == "Hotels"]
    part = sample.of_clients(hotels)
    rows = part.compute(profitability.profitability, dimension="client_group")
    assert rows["key"].tolist() == ["Hotels"]
    whole = sample.compute(profitability.profitability, dimension="client_group")
    whole = whole.set_index("key").loc["Hotels"]
    assert rows.loc[0, ["revenue", "margin"]].tolist() == whole[["revenue", "margin"]].tolist()
    steps = part.compute(profitability.margin_bridge, dimension="*").iloc[0]
    expected = sample.compute(profitability.margin_bridge, dimension="client_group")
    expected = expected.set_index("key").loc["Hotels"]
    assert steps[STEPS].tolist() == expected[STEPS].tolist()
    both = part.of_managers(["4"]).compute(profitability.profitability, dimension="client")
    assert 0 < len(both) < len(part.compute(profitability.profitability, dimension="client"))
    assert set(both["key"]) <= set(hotels.astype(str))
    assert len(part.compute(profitability.whale_curve)) < len(hotels)
    assert part.compute(profitability.loss_makers)["client_id"].tolist() == ["C0107"]


def test_one_dimension_is_the_same_rows_as_all(sample):
    for function, name in ((profitability.profitability, "key_sales"),
                           (profitability.margin_bridge, "product_sales")):  # fmt: skip
        whole = sample.compute(function)
        parts = [sample.compute(function, dimension=each) for each in window_sums.DIMENSIONS[name]]
        parts = pd.concat(parts).sort_values(["dimension", "key"], ignore_index=True)
        pd.testing.assert_frame_equal(whole, parts)


def test_by_hand_on_the_books_sums(sample):
    by_hand = profitability.margin_bridge(
        sample.sums("product_sales", "2026-03"), sample.managers, month=pd.Timestamp("2026-03-01")
    )
    computed = sample.compute(profitability.margin_bridge, "2026-03")
    pd.testing.assert_frame_equal(by_hand, computed)
    other = pd.Timestamp("2026-04-01")  # sums of another month are not taken for those of this one
    march = sample.sums("product_sales", "2026-03")
    assert profitability.margin_bridge(march, sample.managers, month=other).empty


def test_a_folder_without_products(tmp_path):
    """Costs on the lines are enough; the products have no groups then."""
    (tmp_path / "shipments.csv").write_text(
        "shipment_id,shipped_on,client_id,revenue,cost,quantity,product_id\n"
        "S1,2025-01-15,A,100,60,1,P\nS2,2026-01-15,A,110,60,1,P\n", encoding="utf-8",
    )  # fmt: skip
    build_for_all(tmp_path)
    book: Book = open_book(tmp_path)
    rows = book.compute(profitability.profitability, "2026-01", dimension="product_group")
    assert rows["key"].tolist() == ["(none)"]
    steps = book.compute(profitability.margin_bridge, "2026-01", dimension="*")
    assert steps["price"].tolist() == [10]


def test_ledgers_bind_sums_as_the_book_does():
    book = frames(shipments=[line("S1", "2025-06-02", "C1", 75, "1", cost=100)])
    sums_of_key = ledgers.sums_of(
        "key_sales", book, pd.Timestamp("2025-06-01"), profitability.Portfolio(), "manager"
    )
    assert sums_of_key["revenue"].tolist() == [750_000]
