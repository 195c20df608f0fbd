"""Every portfolio table against a second, slow and exact writing of its definitions."""

import datetime
import math
from fractions import Fraction

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientops.metrics import portfolio
from tests import ledgers
from tests.conftest import ADVENTUREWORKS, NORTHWIND, ROOT
from tests.metrics import oracle

FIRST = datetime.date(2024, 1, 1)
TABLES = ["client_classes", "portfolio_quality", "portfolio_trend", "portfolio_load",
          "xyz_comparison"]  # fmt: skip

days = st.integers(0, 950).map(lambda number: FIRST + datetime.timedelta(days=number))
clients = st.sampled_from(["C1", "C2", "C10", "Ä", "c2"])
managers = st.sampled_from([None, "1", "2", "10"])
money = st.one_of(st.sampled_from([100, 100, 50, -100, 0]), st.integers(-300, 900))
line = st.fixed_dictionaries(
    {
        "shipment_id": st.sampled_from(["S1", "S2", "S3"]),
        "shipped_on": days,
        "client_id": clients,
        "manager_id": managers,
        "revenue": money,
        "cost": st.one_of(st.none(), st.integers(-50, 700)),
        "product_id": st.sampled_from([None, "P1", "P2"]),
        "quantity": st.sampled_from([None, -1, 0, 1, 3]),
    }
)


@st.composite
def rhythms(draw: st.DrawFn) -> list[dict]:
    """A client who buys at an even pace, give or take a few days."""
    start, gap = draw(st.integers(0, 400)), draw(st.sampled_from([7, 14, 30, 91]))
    client, manager, revenue = draw(clients), draw(managers), draw(st.integers(1, 500))
    jitter = draw(st.lists(st.integers(-3, 3), min_size=4, max_size=14))
    return [
        {"shipment_id": f"R{number}", "client_id": client, "manager_id": manager,
         "shipped_on": FIRST + datetime.timedelta(days=start + number * gap + shift),
         "revenue": revenue, "cost": None}
        for number, shift in enumerate(jitter)
    ]  # fmt: skip


def unique(rows: list[dict], *keys: str) -> list[dict]:
    return list({tuple(row[key] for key in keys): row for row in rows}.values())


spell = st.fixed_dictionaries(
    {
        "client_id": clients,
        "manager_id": st.sampled_from(["1", "2"]),
        "valid_from": days,
        "valid_to": st.one_of(st.none(), days),
    }
)
client = st.fixed_dictionaries(
    {
        "client_id": st.one_of(clients, st.just("P1")),
        "client_name": st.sampled_from([None, "Name"]),
        "manager_id": managers,
        "created_on": st.one_of(st.none(), days),
    }
)
# In the months that the laws ask for, so that few are enough; some on the last days of a month.
activity = st.fixed_dictionaries(
    {
        "happened_at": st.builds(
            lambda end, days, minutes: end - datetime.timedelta(days=days, minutes=minutes),
            st.sampled_from([datetime.datetime(2024, 2, 2), datetime.datetime(2025, 4, 4),
                             datetime.datetime(2026, 9, 1)]),
            st.one_of(st.integers(0, 6), st.integers(0, 100)),
            st.integers(0, 1439),
        ),
        "manager_id": st.sampled_from(["1", "2", "10", "7"]),
        "kind": st.sampled_from(["call", "call", "meeting", "offer", "invoice", "email"]),
        "client_id": st.one_of(clients, clients, st.sampled_from([None, "P1", "P9"])),
        "topic": st.sampled_from([None, "useful", "company", "offer", "weather"]),
        "minutes": st.sampled_from([None, 10, 0.5, 0.4999]),
        "outcome": st.sampled_from([None, "done", "done", "missed", "unanswered"]),
    }
)  # fmt: skip
small_ledgers = st.builds(
    lambda lines, rhythms, clients, spells, activities: oracle.Ledger(
        lines=lines + [each for rhythm in rhythms for each in rhythm],
        clients=unique(clients, "client_id"),
        managers=[{"manager_id": "1", "manager_name": "One"}],
        assignments=unique(spells, "client_id", "manager_id", "valid_from"),
        activities=activities,
    ),
    st.lists(line, min_size=1, max_size=30),
    st.lists(rhythms(), max_size=3),
    st.lists(client, max_size=4),
    st.lists(spell, max_size=3),
    st.lists(activity, max_size=15),
)
rules = st.fixed_dictionaries(
    {},
    optional={
        "window_months": st.sampled_from([3, 6, 12]),
        "abc_by": st.sampled_from(["revenue", "margin"]),
        "xyz_by": st.sampled_from(["either", "months", "rhythm", "cv"]),
        "abc_cuts": st.sampled_from([(50.0, 10.5), (100.0, 100.0)]),
        "lapse_months": st.sampled_from([1, 2, 3]),
    },
)


def frames_of(ledger: oracle.Ledger, **rules: str) -> dict[str, pd.DataFrame]:
    return ledgers.frames(
        data_until="2026-08-31", shipments=ledger.lines, clients=ledger.clients,
        managers=ledger.managers, assignments=ledger.assignments, activities=ledger.activities,
        **rules,
    )  # fmt: skip


def plain(value: object) -> object:
    """A cell of ours in the oracle's terms."""
    if pd.isna(value):
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value


def assert_same(ours: pd.DataFrame, theirs: list[dict]) -> None:
    rows = [{key: plain(value) for key, value in row.items()} for row in ours.to_dict("records")]
    for row in theirs:
        if "client_name" in row:
            row["client_name"] = row["client_name"] or row["client_id"]
    keys = [tuple(v for v in row.values() if isinstance(v, str | datetime.date)) for row in rows]
    assert len(rows) == len(theirs), (keys, theirs)
    for mine, other in zip(rows, theirs, strict=True):
        assert mine.keys() >= other.keys()  # a column may be added
        for column, value in other.items():
            if isinstance(value, Fraction | float):
                close = mine[column] is not None and math.isclose(
                    mine[column], value, rel_tol=1e-9, abs_tol=1e-9
                )
                assert close, (column, mine, other)
            else:
                assert mine[column] == value, (column, mine, other)


@settings(max_examples=12)
@given(small_ledgers, st.sampled_from([0, 1, 11, 12, 23, 24, 31]), rules)
def test_random_ledgers(ledger, month, changed):
    """Ties, returns, handovers, prospects, first months: all tables, row by row."""
    asked = oracle.shifted(FIRST, month)
    frames = frames_of(ledger)
    if asked < oracle.first_month(ledger):
        return
    if changed.get("window_months", 12) < changed.get("lapse_months", 3):
        return
    changed |= {"clients_per_manager": (50, 250)}  # without a norm nothing is judged
    for name in TABLES:
        ours = ledgers.compute(getattr(portfolio, name), frames, f"{asked:%Y-%m}", **changed)
        assert_same(ours, getattr(oracle, name)(ledger, asked, **changed))


@pytest.mark.parametrize("months_ago", [0, 7, 21])
@pytest.mark.parametrize("name", ["northwind", "adventureworks"])
def test_independent_sql_of_portfolio_quality(name, months_ago, request):
    """On real ledgers, portfolio_quality by SQL straight from the files."""
    book = request.getfixturevalue(name)
    con = duckdb.connect()
    folder = {"northwind": NORTHWIND, "adventureworks": ADVENTUREWORKS}[name]
    con.execute(f"set file_search_path = '{folder}'")
    con.execute(LINES[name])
    month = book.month - pd.DateOffset(months=months_ago)
    sql = (ROOT / "tests" / "metrics" / "portfolio_quality.sql").read_text(encoding="utf-8")
    theirs = con.execute(sql, {"month": month.date()}).df()
    ours = book.compute(portfolio.portfolio_quality, month)
    theirs = theirs.astype({"month": "datetime64[us]", "revenue": float, "clients": "int64"})
    texts = ["manager_id", "manager_name", "abc", "xyz"]
    theirs = theirs.astype(dict.fromkeys(texts, "str")).sort_values(["manager_id", "abc", "xyz"])
    pd.testing.assert_frame_equal(ours, theirs.reset_index(drop=True), rtol=1e-12)


LINES = {
    "northwind": """
        create table lines as select cast(o.order_id as varchar) as shipment_id,
            cast(o.shipped_date as date) as shipped_on, o.customer_id as client_id,
            cast(o.employee_id as varchar) as manager_id,
            cast(round(d.unit_price * d.quantity * (1 - d.discount), 4) as decimal(18,4))
                as revenue,
            cast(null as decimal(18,4)) as cost
        from 'order_details.csv' d join 'orders.csv' o using (order_id)
        where o.shipped_date is not null;
        create table clients as select customer_id as client_id,
            cast(null as varchar) as manager_id, cast(null as date) as created_on
        from 'customers.csv';
        create table managers as select cast(employee_id as varchar) as manager_id,
            first_name || ' ' || last_name as manager_name from 'employees.csv'
    """,
    "adventureworks": """
        create table lines as select SalesOrderNumber as shipment_id,
            cast(ShipDate as date) as shipped_on, cast(ResellerKey as varchar) as client_id,
            cast(EmployeeKey as varchar) as manager_id,
            cast(SalesAmount as decimal(18,4)) as revenue,
            cast(TotalProductCost as decimal(18,4)) as cost
        from 'FactResellerSales.parquet';
        create table clients as select cast(ResellerKey as varchar) as client_id,
            cast(null as varchar) as manager_id, cast(null as date) as created_on
        from 'DimReseller.parquet';
        create table managers as select cast(EmployeeKey as varchar) as manager_id,
            login as manager_name from 'employees.csv'
    """,
}
