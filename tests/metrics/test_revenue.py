"""The bridge of revenue worked out on paper, against a slow writing and against SQL."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientops import Viewer, open_book
from clientops.build import build
from clientops.errors import ClientOpsError
from clientops.metrics.revenue import STEPS, revenue_bridge
from clientops.schema import MONEY_SCALE
from tests.conftest import ADVENTUREWORKS, rows_of_last
from tests.ledgers import compute, frames, line
from tests.metrics import oracle, oracle_revenue_bridge
from tests.metrics.oracle_profitability import compared_months
from tests.metrics.test_portfolio_against_oracle import FIRST, assert_same
from tests.metrics.test_profitability import trading
from tests.sample_facts import groups_of_products

AMOUNTS = ["before", *STEPS, "after"]
NOW, THEN, LONG_AGO = "2025-06-05", "2024-06-05", "2023-06-05"

# --- by hand ------------------------------------------------------------------------------------
# C1 and C2 bought in both years, C2 from 1 and then from 2; C3 is new; C4 bought before the two
# years; C5 only gave back now; C6 gave back what the data do not show.
LINES = [
    (THEN, "C1", "1", "P1", 10, 100), (NOW, "C1", "1", "P1", 15, 180),
    (THEN, "C1", "1", "P2", 1, 20), (NOW, "C1", "1", None, 1, 7), (NOW, "C1", "1", "P3", None, 5),
    (THEN, "C2", "1", "P1", 5, 45), (NOW, "C2", "2", "P1", 4, 48),
    (NOW, "C3", "2", "P1", 3, 30),
    (LONG_AGO, "C4", "1", "P1", 1, 10), (NOW, "C4", "1", "P1", 4, 40),
    (THEN, "C5", "1", "P1", 6, 60), (NOW, "C5", "1", "P1", -1, -5),
    (NOW, "C6", "2", "P1", -1, -8),
]  # fmt: skip


def bridges(lines, month="2025-06", products=(), **changed) -> pd.DataFrame:
    """The rows by dimension and key; lines are (day, client, manager, product, quantity,
    revenue)."""
    shipments = [
        line(f"S{at}", day, client, revenue, manager, product_id=product, quantity=quantity)
        for at, (day, client, manager, product, quantity, revenue) in enumerate(lines)
    ]
    book = frames(shipments=shipments, products=list(products))
    return compute(revenue_bridge, book, month, **changed).set_index(["dimension", "key"])


def test_of_the_company_articles_are_compared_over_all_clients_of_both_years():
    """P1 before 15 for 145, now 19 for 228: price 228 − 145/15 × 19, volume 145/15 × 4."""
    row = bridges(LINES).loc[("*", "*")]
    assert row[AMOUNTS].tolist() == [225, 44.33, 38.67, -16, 30, 40, -65, 0, 297]
    assert row["window_months"] == 12


def test_of_a_manager_clients_taken_and_given_are_handed_over():
    """C2 is not lost to 1 nor new to 2. 1 sold C1 P1 at 12 instead of 10, 15 instead of 10."""
    rows = bridges(LINES)
    assert rows.loc[("manager", "1"), AMOUNTS].tolist() == [225, 30, 50, -8, 0, 40, -65, -45, 227]
    assert rows.loc[("manager", "2"), AMOUNTS].tolist() == [0, 0, 0, -8, 30, 0, 0, 48, 70]


def test_a_key_sees_its_own_articles_and_the_fate_of_the_whole_client():
    """C1 bought P2 before alone: of its group that is assortment, the client is none it lost."""
    rows = bridges(LINES, products=[{"product_id": "P2", "product_group": "Tea"}])
    tea = rows.loc[("product_group", "Tea"), AMOUNTS]
    assert tea.tolist() == [20, 0, 0, -20, 0, 0, 0, 0, 0]


def test_without_an_article_to_compare_assortment_takes_the_rest():
    """A product sold by the piece, then without its quantity; amounts finer than a cent."""
    row = bridges([(THEN, "C1", "1", "P1", 1, 10.0049), (NOW, "C1", "1", "P1", None, 20.0152)])
    assert row.loc[("*", "*"), AMOUNTS].tolist() == [10.0049, 0, 0, 10.0103, 0, 0, 0, 0, 20.0152]
    row = bridges([(THEN, "C1", "1", "P1", 3, 10.0049), (NOW, "C1", "1", "P1", 2, 20.0152)])
    assert row.loc[("*", "*"), AMOUNTS].tolist() == [
        10.0049, 13.35, -3.3397, 0, 0, 0, 0, 0, 20.0152]  # fmt: skip


def test_who_first_bought_in_the_window_is_new_though_not_in_a_month_compared():
    """The data begin in March 2024: of the window from July on, March to June are compared."""
    lines = [("2024-03-05", "C0", "1", "P1", 1, 10), ("2024-09-05", "C1", "1", "P1", 1, 10),
             (NOW, "C1", "1", "P1", 1, 10)]  # fmt: skip
    row = bridges(lines).loc[("*", "*")]
    assert (row["new"], row["lost"], row["window_months"]) == (10, -10, 4)
    row = bridges(lines, window_months=3).loc[("*", "*")]  # from April on
    assert (row["before"], row["returned"], row["window_months"]) == (0, 10, 3)


def test_nothing_to_compare_no_rows():
    assert bridges([(THEN, "C1", "1", "P1", 1, 10), ("2025-05-05", "C1", "1", "P1", 1, 9)],
                   month="2025-05").empty  # fmt: skip


# --- against the second writing -----------------------------------------------------------------


@settings(max_examples=15)
@given(trading, st.sampled_from([12, 14, 17, 24, 31]), st.sampled_from([3, 6, 12, 24]))
def test_random_ledgers(ledger, month, window_months):
    """Returns, missing quantities, first years, several sellers of a client: row by row."""
    asked = oracle.shifted(FIRST, month)
    if asked < oracle.first_month(ledger):
        return
    book = frames("2026-08-31", shipments=ledger.lines, clients=ledger.clients,
                  managers=ledger.managers, assignments=ledger.assignments,
                  products=ledger.products)  # fmt: skip
    ours = compute(revenue_bridge, book, f"{asked:%Y-%m}", window_months=window_months)
    assert_same(ours, oracle_revenue_bridge.revenue_bridge(ledger, asked, window_months))


# --- real ledgers -------------------------------------------------------------------------------


def whole(column: pd.Series) -> pd.Series:
    """Money in whole ten-thousandths."""
    return (column * MONEY_SCALE).round().astype("int64")


@pytest.mark.parametrize("name", ["adventureworks", "northwind", "sample"])
@pytest.mark.parametrize("window_months", [3, 12, 24])
def test_it_adds_up_exactly(name, window_months, request):
    table = request.getfixturevalue(name).compute(revenue_bridge, window_months=window_months)
    assert len(table) > 5
    cells = table[AMOUNTS].apply(whole)
    assert (cells["before"] + cells[STEPS].sum(axis=1) == cells["after"]).all()
    assert not (cells[["price", *STEPS[3:]]] % 100).any(axis=None)  # whole cents
    ends = cells[["before", "after"]].groupby(table["dimension"]).sum()
    assert len(ends) > 1
    assert (ends == ends.loc["*"]).all(axis=None)
    assert not table.loc[table["dimension"] != "manager", "handed_over"].any()


BRIDGE = """
with lines as (
    select cast(s.ResellerKey as varchar) as client, cast(s.EmployeeKey as varchar) as manager,
        c.EnglishProductCategoryName as category, p.ProductAlternateKey as product,
        s.ShipDate >= date '2013-01-01' as is_now, s.OrderQuantity as q, s.SalesAmount as r
    from '{folder}/FactResellerSales.parquet' s join '{folder}/DimProduct.parquet' p using (ProductKey)
    left join '{folder}/DimProductSubcategory.parquet' u using (ProductSubcategoryKey)
    left join '{folder}/DimProductCategory.parquet' c using (ProductCategoryKey)
    where s.ShipDate between date '2012-01-01' and date '2013-12-31'
), earlier as (
    select distinct cast(ResellerKey as varchar) as client from '{folder}/FactResellerSales.parquet'
    where ShipDate < date '2013-01-01'
), years as (
    select client, bool_or(is_now) as a, bool_or(not is_now) as b from lines group by client
), sold as (
    select {key} as key, l.*, a and b as kept, a and not b as came,
        client in (from earlier) as known, b and not a as went,
        {one_year} as moved
    from lines l join years using (client) window same as (partition by client, manager)
), articles as (
    select key, product, coalesce(sum(q) filter (is_now), 0) as q1,
        coalesce(sum(r) filter (is_now), 0) as r1, coalesce(sum(q) filter (not is_now), 0) as q0,
        coalesce(sum(r) filter (not is_now), 0) as r0
    from sold where kept and not moved group by key, product
), compared as (
    select key, sum(r1 - r0 / q0 * q1) filter (q0 > 0 and q1 > 0) as price,
        sum(r0 / q0 * (q1 - q0)) filter (q0 > 0 and q1 > 0) as volume,
        sum(r1 - r0) filter (q0 = 0 or q1 = 0) as assortment
    from articles group by key
), clients as (
    select key, sum(r) filter (not is_now) as before, sum(r) filter (came and not known) as new,
        sum(r) filter (came and known) as returned, -sum(r) filter (went) as lost,
        sum(case when is_now then r else -r end) filter (kept and moved) as handed_over,
        sum(r) filter (is_now) as after
    from sold group by key
)
select key, before, price, volume, assortment, new, returned, lost, handed_over, after
from clients left join compared using (key) order by key
"""  # noqa: E501
ONE_YEAR = "min(is_now) over same = max(is_now) over same"


@pytest.mark.parametrize(
    ("dimension", "key", "one_year"),
    [
        ("*", "'*'", "false"),
        ("manager", "manager", ONE_YEAR),
        ("product_group", "category", "false"),
    ],
)
def test_independent_sql(adventureworks, dimension, key, one_year):
    """On AdventureWorks, straight from the files: there nothing is given back, and every line has
    an article and a quantity."""
    query = BRIDGE.format(folder=ADVENTUREWORKS, key=key, one_year=one_year)
    theirs = duckdb.execute(query).df().fillna(0.0)
    ours = adventureworks.compute(revenue_bridge, "2013-12", dimension=dimension)
    assert ours["key"].tolist() == theirs["key"].tolist()
    for column in AMOUNTS:
        # lines are rounded to the cent, and volume takes what that leaves of all of them
        atol = 0.036 if column == "volume" else 0.00501
        np.testing.assert_allclose(ours[column], theirs[column].astype(float), atol=atol)
    assert (theirs[["price", "new", "lost"]] != 0).any().all()
    assert dimension != "manager" or (theirs["handed_over"] != 0).any()


def test_the_samples_stories(sample):
    """Liis Tammeoks (2) and Anna Petrova (4) sell for less; the clients of 8 went to 7 and 9, half
    each; four articles are dead, and no other came or went."""
    table = sample.compute(revenue_bridge)
    rows = table[(table["dimension"] == "manager") & (table["key"] != "(unassigned)")]
    rows = rows.set_index("key")
    assert rows.index[rows["price"] < 0].tolist() == ["2", "4"]
    assert rows.loc["2", ["before", "after"]].round().tolist() == [773_419, 903_139]
    assert rows.index[rows["handed_over"] > 100_000].tolist() == ["7", "9"]
    assert rows.index[rows["handed_over"] < -100_000].tolist() == ["8"]
    groups = table[table["dimension"] == "product_group"].set_index("key")["assortment"]
    dead = {groups_of_products()[each] for each in ("P024", "P041", "P087", "P116")}
    assert set(groups.index[groups < -50_000]) == dead
    assert not groups.drop(dead).any()


def test_of_one_manager_and_of_some_clients(sample):
    """All rows are of what is looked at, but who bought from others too is no new client."""
    whole = sample.compute(revenue_bridge).set_index(["dimension", "key"])
    own = sample.of_managers(["9"]).compute(revenue_bridge).set_index(["dimension", "key"])
    assert own.loc[("manager", "9")].equals(whole.loc[("manager", "9")])
    ends = ["before", "after"]
    assert own.loc[("*", "*"), ends].equals(whole.loc[("manager", "9"), ends])
    part = sample.of_clients(hotels(sample)).compute(revenue_bridge)
    part = part.set_index(["dimension", "key"])
    assert part.loc[("*", "*"), AMOUNTS].equals(whole.loc[("client_group", "Hotels"), AMOUNTS])


def hotels(book) -> list[str]:
    return list(book.clients.loc[book.clients["client_group"] == "Hotels", "client_id"])


# --- who does not see all -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def firm(tmp_path_factory):
    """The lines above and a client whom 1 sold to long ago and 2 now, in a store: all clients are
    1's, all windows half a year."""
    folder = tmp_path_factory.mktemp("firm")
    names = ["shipped_on", "client_id", "manager_id", "product_id", "quantity", "revenue"]
    rows = [*LINES, (LONG_AGO, "C7", "1", "P1", 1, 10), (NOW, "C7", "2", "P1", 1, 11)]
    lines = pd.DataFrame(rows, columns=names).rename_axis("shipment_id")
    lines.to_csv(folder / "shipments.csv")
    owned = pd.DataFrame({"client_id": lines["client_id"].unique(), "manager_id": "1"})
    owned.to_csv(folder / "clients.csv", index=False)
    content = "[settings.portfolio]\nwindow_months = 6\n"
    (folder / "clientops.toml").write_text(content, encoding="utf-8")
    with rows_of_last(1):
        build(folder)
    return folder


def test_the_stored_fates_are_those_of_the_second_writing(firm):
    book = open_book(firm)
    lines = pd.read_csv(firm / "shipments.csv", dtype={"manager_id": str}, parse_dates=[1])
    lines = lines.assign(shipped_on=lines["shipped_on"].dt.date).to_dict("records")
    ledger, expected = oracle.Ledger(lines=lines), {}
    for month in pd.date_range(book.first_month, book.last_month, freq="MS").date:
        window = oracle.months_of_window(ledger, month, 6)
        now = compared_months(ledger, window)
        then = [oracle.shifted(each, -12) for each in now]
        for row in lines:
            if oracle.first_day(row["shipped_on"]) in {*now, *then}:
                client = row["client_id"]
                fate = oracle_revenue_bridge.fate_of(ledger, client, window, now, then)
                expected[client, pd.Timestamp(month)] = fate
    stored = book.client_fates.set_index(["client_id", "month"])["fate"]
    assert stored.astype(str).to_dict() == expected
    assert set(expected.values()) == {"both", "lost", "new", "returned", "neither"}


def test_who_bought_from_others_before_is_not_new_in_the_managers_book(firm):
    """2 never sold to C2 and C7 before, and owns nobody."""
    own = open_book(firm, Viewer(role="manager", manager_ids=("2",)))
    rows = own.compute(revenue_bridge, "2025-06").set_index(["dimension", "key"])
    assert rows.loc[("manager", "2"), AMOUNTS].tolist() == [0, 0, 0, -8, 30, 11, 0, 48, 81]
    assert rows.loc[("*", "*"), AMOUNTS].tolist() == [0, 0, 0, 40, 30, 11, 0, 0, 81]
    with pytest.raises(ClientOpsError, match="rests on clients of the whole company"):
        own.compute(revenue_bridge, "2025-06", window_months=12)


@pytest.mark.parametrize("months_ago", [0, 6, 20])
def test_a_managers_row_is_the_same_for_the_manager(months_ago, sample, manager_book):
    month = sample.month - pd.DateOffset(months=months_ago)
    whole = sample.compute(revenue_bridge, month, dimension="manager").set_index("key")
    for manager in ("8", "9"):  # who gave all clients away, and who got half of them
        own = manager_book(manager)
        rows = own.compute(revenue_bridge, month, dimension="manager").set_index("key")
        pd.testing.assert_frame_equal(rows, whole.loc[whole.index == manager])
        assert len(rows) == (months_ago < 20 or manager in whole.index)
        chosen = sample.of_clients(hotels(sample)).of_managers([manager])
        pd.testing.assert_frame_equal(
            own.of_clients(hotels(sample)).compute(revenue_bridge, month),
            chosen.compute(revenue_bridge, month),
        )
