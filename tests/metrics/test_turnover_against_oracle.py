"""Turnover against a second, slow and exact writing of its definitions; and the laws of money."""

import datetime
from fractions import Fraction

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientops import periods, schema
from clientops.ingest.sql import TYPES
from clientops.metrics import goods, turnover
from clientops.store import allocation
from tests.ledgers import compute, frames, line
from tests.metrics import oracle_turnover as oracle

FIRST, LAST = datetime.date(2025, 1, 1), datetime.date(2025, 5, 31)
CLIENTS = ["C1", "C2", "C9"]  # the last is in no other table
days = st.integers(-20, 149).map(lambda number: FIRST + datetime.timedelta(days=number))
amounts = st.one_of(st.sampled_from([100, 100, 30]), st.integers(1, 400).map(lambda n: n / 4))
invoice = st.fixed_dictionaries(
    {
        "client_id": st.sampled_from(CLIENTS),
        "invoiced_on": days,
        "amount": st.one_of(amounts, amounts, amounts.map(lambda amount: -amount)),
        "terms": st.sampled_from([None, 0, 7, 14, 45]),
        "paid_on": st.one_of(st.none(), days),
        "paid_amount": st.one_of(st.none(), amounts, st.just(-5)),
    }
)
payment = st.fixed_dictionaries(
    {
        "client_id": st.sampled_from(CLIENTS),
        "paid_on": days,
        "amount": st.one_of(amounts, amounts, amounts, amounts.map(lambda amount: -amount)),
        "invoice_id": st.sampled_from([None, None, "F0", "F1", "F2", "F3", "F99"]),
    }
)


def made(invoices: list, payments: list) -> oracle.Ledger:
    for number, row in enumerate(invoices):
        terms = row.pop("terms", None)
        due = None if terms is None else row["invoiced_on"] + datetime.timedelta(days=terms)
        row |= {"invoice_id": f"F{number}", "due_on": due}
    return oracle.Ledger(
        receivables=invoices,
        payments=payments,
        owners={"C1": [(datetime.date.min, "1"), (datetime.date(2025, 3, 1), "2")],
                "C2": [(datetime.date.min, "2")]},
        cards={"C1": ("Shops", None), "C2": ("Hotels", "North")},
    )  # fmt: skip


ledgers = st.builds(
    made,
    st.lists(invoice, max_size=9),
    st.one_of(st.just([]), st.lists(payment, max_size=9)),
)


def frames_of(ledger: oracle.Ledger) -> dict[str, pd.DataFrame]:
    return frames(
        data_until="2025-05-31",
        shipments=[line("S1", "2025-01-02", "C1", 5), line("S2", "2025-05-02", "C2", 5)],
        clients=[{"client_id": client, "client_group": group, "region": region, "manager_id": "2"}
                 for client, (group, region) in ledger.cards.items()],
        assignments=[{"client_id": "C1", "manager_id": "1", "valid_from": "2000-01-01",
                      "valid_to": "2025-02-28"},
                     {"client_id": "C1", "manager_id": "2", "valid_from": "2025-03-01"}],
        receivables=ledger.receivables,
        payments=ledger.payments,
    )  # fmt: skip


def books_of(ledger: oracle.Ledger) -> oracle.Books:
    known = [row.get(name) for row in ledger.receivables + ledger.payments
             for name in ("invoiced_on", "paid_on")]  # fmt: skip
    first = min([FIRST, *filter(None, known)])
    return oracle.Books(ledger).run(first, LAST)


def same(found: dict, expected: dict) -> None:
    """Each column of *expected*, to what a float can hold."""
    for name, value in expected.items():
        if value is None:
            assert pd.isna(found[name]), name
        elif isinstance(value, str):
            assert found[name] == value, name
        elif isinstance(value, datetime.date):
            assert pd.Timestamp(found[name]) == pd.Timestamp(value), name
        else:
            assert float(found[name]) == pytest.approx(float(value), rel=1e-12, abs=1e-9), name


def by_key(table: pd.DataFrame, *keys: str) -> dict:
    return {tuple(row[key] for key in keys): row for row in table.to_dict("records")}


@settings(max_examples=14)
@given(ledgers, st.sampled_from([("2025-05", 12), ("2025-04", 1), ("2025-03", 3)]))
def test_what_is_owed_and_paid(ledger, asked):
    month, window = asked
    book, books = frames_of(ledger), books_of(ledger)
    end = periods.month_end(periods.parse_month(month)).date()
    months = pd.period_range("2025-01", month, freq="M")[-window:]
    known = [row["invoiced_on"] for row in ledger.receivables]
    has_begun = bool(known) and min(known) <= end
    first = max([months[0].start_time.date(), *(min(known).replace(day=1) for _ in known[:1])])
    table = compute(turnover.receivables_turnover, book, month, window_months=window,
                    lapse_months=1)  # fmt: skip
    expected = oracle.receivables_turnover(ledger, books, first, end) if has_begun else {}
    found = by_key(table, "dimension", "key")
    assert found.keys() == expected.keys()
    for key, row in expected.items():
        same(found[key], row)
    if window == 12:
        ageing = oracle.receivables_ageing(ledger, books, end, expected)
        for function, wanted in ((turnover.receivables_ageing, ageing),
                                 (turnover.debtors, oracle.debtors(ageing, end))):  # fmt: skip
            rows = compute(function, book, month).to_dict("records")
            assert len(rows) == len(wanted)
            for mine, theirs in zip(rows, wanted, strict=True):
                same(mine, theirs)
        check_open(compute(turnover.open_invoices, book, month), books.left_at[end])
    check_trend(book, month)


def check_open(table: pd.DataFrame, left_at: list) -> None:
    wanted = sorted((i.client, i.due_on, i.invoice_id or "", left) for i, left in left_at if left)
    found = table.fillna({"invoice_id": ""})
    told = [found["client_id"], found["due_on"].dt.date, found["invoice_id"], found["open"]]
    assert sorted(zip(*told, strict=True)) == wanted


def check_trend(book: dict[str, pd.DataFrame], month: str) -> None:
    """The trend's months are windows of one month, each by its own owner."""
    trend = by_key(compute(turnover.receivables_trend, book, month), "month", "manager_id")
    for each in pd.date_range("2025-01-01", month, freq="MS"):
        alone = compute(turnover.receivables_turnover, book, f"{each:%Y-%m}", window_months=1,
                        lapse_months=1)  # fmt: skip
        alone = alone[alone["dimension"].isin(["*", "manager"])]
        for key, row in by_key(alone, "key").items():
            if row["closing"] > 0 or pd.notna(row["days_to_pay"]):
                found = trend.pop((each, key[0]))
                same(found, {"closing": row["closing"]})
                for name in ("days_to_pay", "days_late"):
                    wanted = None if pd.isna(row[name]) else row[name]
                    same(found, {f"month_{name}": wanted})
    assert not trend


FACTS = ("invoices_open", "allocations", "advances")


def facts_of(ledger: oracle.Ledger) -> dict[str, pd.DataFrame]:
    """The facts alone, clients as their place in CLIENTS."""
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute("create table client_ids as select unnest(?::varchar[]) as client_id, "
                    "unnest(range(3)) as code", [CLIENTS])  # fmt: skip
        for name in ("receivables", "payments"):
            columns = schema.TABLES[name].columns
            types = ", ".join(f"{column.name} {TYPES[column.type]}" for column in columns)
            con.execute(f"create table {name} ({types})")
            rows = [[row.get(column.name) for column in columns] for row in getattr(ledger, name)]
            if rows:
                marks = ", ".join("?" * len(columns))
                con.executemany(f"insert into {name} values ({marks})", rows)
        allocation.add(con, datetime.date.max, payment_days=30)
        return {name: con.execute(f"from {name}").df() for name in FACTS}


@settings(max_examples=25)
@given(ledgers)
def test_no_cent_is_lost(ledger):
    """At every day's end: what was invoiced less what was paid is open less what is in advance."""
    facts = facts_of(ledger)
    for day in pd.date_range("2024-12-10", "2025-05-31", freq="23D"):
        for place, client in enumerate(CLIENTS):
            until = day.date()
            asked = sum(Fraction(row["amount"]) for row in ledger.receivables
                        if row["client_id"] == client and row["invoiced_on"] <= until)  # fmt: skip
            paid = sum(Fraction(row["amount"]) for row in ledger.payments
                       if row["client_id"] == client and row["paid_on"] <= until)  # fmt: skip
            sent, met, advance = (
                facts[name][(facts[name]["client_id"] == place) & (facts[name][column] <= day)]
                for name, column in zip(FACTS, ("invoiced_on", "met_on", "day"), strict=True)
            )
            in_advance = int(advance["amount"].sum())
            left = int(sent["amount"].clip(lower=0).sum()) - int(met["amount"].sum())
            assert in_advance >= 0
            assert left >= 0
            if ledger.payments:
                assert left - in_advance == (asked - paid) * 10_000
            is_open = (sent["amount"] > 0) & ~(sent["closed_on"] <= day)
            assert (left > 0) == is_open.any()


@settings(max_examples=4)
@given(ledgers)
def test_what_comes_later_changes_nothing_before(ledger):
    cut = datetime.date(2025, 3, 31)
    early = oracle.Ledger(
        [row for row in ledger.receivables if row["invoiced_on"] <= cut],
        [row for row in ledger.payments if row["paid_on"] <= cut],
        ledger.owners, ledger.cards,
    )  # fmt: skip
    if bool(early.payments) != bool(ledger.payments):
        return
    both = [frames_of(each) for each in (ledger, early)]
    for function in (turnover.receivables_turnover, turnover.receivables_trend,
                     turnover.receivables_ageing, turnover.open_invoices):  # fmt: skip
        whole, cut_off = (compute(function, each, "2025-03") for each in both)
        pd.testing.assert_frame_equal(whole, cut_off)


stock_row = st.fixed_dictionaries(
    {
        "month": st.sampled_from([datetime.date(2024, 12, 1), *(datetime.date(2025, n, 1)
                                                               for n in range(1, 7))]),
        "product_id": st.sampled_from(["P1", "P2", "P3", "P9"]),
        "stock_value": st.integers(-20, 400).map(lambda n: n / 4),
    }
)  # fmt: skip
sale = st.fixed_dictionaries(
    {
        "shipped_on": st.integers(0, 149).map(lambda n: FIRST + datetime.timedelta(days=n)),
        "product_id": st.sampled_from([None, "P1", "P2", "P3"]),
        "revenue": st.integers(-50, 200),
        "cost": st.one_of(st.none(), st.integers(-30, 100)),
    }
)


@settings(max_examples=12)
@given(
    st.lists(stock_row, min_size=1, max_size=12,
             unique_by=lambda row: (row["month"], row["product_id"])),
    st.lists(sale, max_size=8),
    st.sampled_from([("2025-05", 12), ("2025-04", 1), ("2025-03", 3)]),
)  # fmt: skip
def test_goods(stock, sales, asked):
    month, window = asked
    ledger = oracle.Ledger(stock=stock, lines=sales, products={"P1": "Tea", "P2": "Tea"})
    book = frames(
        data_until="2025-05-31",
        returns_cost="as written",
        shipments=[line("S0", "2025-01-01", "C0", 0, product_id=None),
                   *(row | {"shipment_id": f"S{n}", "client_id": "C1", "manager_id": "1"}
                     for n, row in enumerate(sales, 1))],
        products=[{"product_id": "P1", "product_name": "Earl Grey", "product_group": "Tea"},
                  {"product_id": "P2", "product_group": "Tea"}, {"product_id": "P3"}],
        stock=stock,
    )  # fmt: skip
    end = periods.month_end(periods.parse_month(month)).date()
    first = pd.period_range("2025-01", month, freq="M")[-window:][0].start_time.date()
    table = compute(goods.goods_turnover, book, month, window_months=window, lapse_months=1)
    found = by_key(table, "dimension", "key")
    expected = oracle.goods_turnover(ledger, first, end, end.replace(day=1))
    assert found.keys() == expected.keys()
    for key, row in expected.items():
        same(found[key], row)
    names = table[table["dimension"] == "product"].set_index("key")["name"].to_dict()
    assert names.get("P1", "Earl Grey") == "Earl Grey"
