"""What the build notices: each check by a ledger that triggers it and nothing else."""

import pytest

from clientops.ingest import quality

CLEAN = {
    "shipments": (
        "shipment_id,shipped_on,client_id,revenue,manager_id,product_id,quantity,cost\n"
        "S1,2024-01-15,C1,10,M1,P1,2,6\n"
        "S1,2024-01-15,C1,20,M1,P2,2,\n"
        "S2,2024-12-31,C2,30,M2,P1,5,15\n"
    ),
    "clients": (
        "client_id,client_name,manager_id,created_on\n"
        "C1,Alpha,M1,2024-01-15\nC2,Beta,M2,2023-05-05\nC3,Gamma,,\n"
    ),
    "managers": "manager_id,hired_on,left_on\nM1,2020-01-01,2020-01-01\nM2,2021-01-01,\n",
    "products": "product_id,unit_cost\nP1,3\nP2,4\n",
    "assignments": (
        "client_id,manager_id,valid_from,valid_to\n"
        "C1,M2,2023-01-01,2023-12-31\nC1,M1,2024-01-01,\nC2,M2,2024-01-01,2024-01-01\n"
    ),
    "activities": (
        "happened_at,manager_id,kind,client_id,minutes,outcome\n"
        "2024-01-16 10:00,M1,call,C1,0,\n2024-01-16 10:00,M1,call,C1,1, Done \n"
        "2024-01-16 10:00,M1,call,C1,1,НЕ СОСТОЯЛАСЬ\n"
    ),
    "plans": "month,plan_revenue,manager_id,client_id\n2024-01-01,30,M1,\n2024-01-01,9,,(new)\n",
    "potentials": (
        "client_id,annual_purchases,product_group,as_of\n"
        "C1,100,,2024-01-01\nC1,60,Food,2024-01-01\nC1,31,Drinks,2024-01-01\n"
    ),
    "receivables": (
        "invoice_id,client_id,invoiced_on,amount,due_on,paid_on,paid_amount\n"
        "F1,C1,2024-01-15,30,2024-02-01,,\nF2,C2,2024-12-31,30,2024-12-31,,\n"
    ),
    "payments": "paid_on,client_id,amount,invoice_id\n2024-02-01,C1,30,F1\n2024-02-01,C1,1,\n",
    "stock": "month,product_id,stock_value\n2024-01-01,P1,0\n",
}

ADDED = [
    # table, a line added to it, the check, its example
    ("shipments", "S9,2024-02-01,C9,1,M1,P1,1,1", "client is not in clients", "C9"),
    ("shipments", "S9,2024-02-01,C1,1,M9,P1,1,1", "manager is not in managers", "M9"),
    ("shipments", "S9,2024-02-01,C1,1,M1,P9,1,1", "product is not in products", "P9"),
    ("shipments", "S9,2024-02-01,C1,1,,P1,1,1",
     "no manager: credit falls to the client's owner", "S9, 2024-02-01, C1"),
    ("shipments", "S9,2024-02-01,C1,1,M1,,1,1", "no product", "S9, 2024-02-01, C1"),
    ("shipments", "S9,2024-02-01,C1,1,M1,P1,,",
     "no cost, and no unit cost to work it out", "S9, 2024-02-01, C1"),
    ("shipments", "S9,2024-02-01,C1,-1,M1,P1,-1,-1", "return (negative revenue)",
     "S9, 2024-02-01, C1"),
    ("shipments", "S9,2024-02-01,C1,0,M1,P1,1,1", "revenue is zero", "S9, 2024-02-01, C1"),
    ("shipments", "S9,2024-02-01,C1,1,M1,P1,-1,1",
     "revenue and quantity have different signs", "S9, 2024-02-01, C1"),
    ("shipments", "S9,2024-02-01,C1,1,M1,P1,1,1.0001", "cost above revenue", "S9, 2024-02-01, C1"),
    ("shipments", "S2,2024-12-31,C1,1,M2,P1,1,1", "shipment id with several clients", "S2"),
    ("shipments", "S2,2024-12-31,C2,1,M1,P1,1,1", "shipment id with several managers", "S2"),
    ("shipments", "S2,2024-12-30,C2,1,M2,P1,1,1", "shipment id with several dates", "S2"),
    ("shipments", "S9,2026-01-02,C1,1,M1,P1,1,1",
     "more than a year after the line before: a slip in the year?", "S9, 2026-01-02, C1"),
    ("clients", "C9,Delta,M9,", "manager is not in managers", "C9 of M9"),
    ("clients", "C9,,M1,", "no name", "C9"),
    ("clients", "C9,Beta,M1,", "name of another client too", "Beta"),
    ("managers", "M9,2024-01-02,2024-01-01", "left before being hired", "M9"),
    ("assignments", "C9,M1,2024-01-01,", "client is not in clients", "C9 from 2024-01-01"),
    ("assignments", "C3,M9,2024-01-01,", "manager is not in managers",
     "C3 from 2024-01-01 to M9"),
    ("assignments", "C3,M1,2024-01-02,2024-01-01", "ends before it begins",
     "C3 from 2024-01-02"),
    ("assignments", "C1,M2,2024-06-01,", "overlaps a later one: the later one holds",
     "C1 from 2024-01-01"),
    ("assignments", "C1,M2,2024-01-01,", "begins with another one: the smaller manager id holds",
     "C1 from 2024-01-01"),
    ("products", "P9,", "no unit cost", "P9"),
    ("activities", "2024-01-16 10:00,M1,call,C9,1,", "client is not in clients", "C9"),
    ("activities", "2024-01-16 10:00,M9,call,C1,1,", "manager is not in managers", "M9"),
    ("activities", "2024-01-16 10:00,M1,call,,1,", "no client", "call 2024-01-16 10:00:00"),
    ("activities", "2024-01-16 10:00,M1,call,C1,-1,", "negative duration",
     "call 2024-01-16 10:00:00"),
    ("activities", "2024-01-16 10:00,M1,call,C1,1,postponed\n2024-01-16 10:00,M1,call,C1,1,moved",
     "outcome is neither in not_done nor in done: counts as done", "moved, postponed"),
    ("plans", "2024-02-01,5,,C9", "client is not in clients", "C9"),
    ("plans", "2024-02-01,5,M9,", "manager is not in managers", "M9"),
    ("plans", "2024-01-01,5,M1,", "several rows of one month and the same keys: they are added",
     "2024-01-01, M1"),
    ("potentials", "C9,10,,2024-01-01", "client is not in clients", "C9"),
    ("potentials", "C2,100,,2024-01-01\nC2,80,Food,2024-01-01",
     "a client's groups differ by more than 10 % from its whole", "C2"),
    ("receivables", "F9,C9,2024-02-01,0,,,", "client is not in clients", "C9"),
    ("receivables", "F9,C1,2024-02-01,0,,2024-02-02,",
     "paid_on is filled, and there are payments: only these are read", "F9"),
    ("receivables", "F9,C1,2024-02-01,0,,,5", "paid_amount without paid_on: nothing is paid by it",
     "F9"),
    ("receivables", "F9,C1,2024-02-01,-1,,,", "credit note (negative amount)", "F9"),
    ("receivables", "F9,C1,2024-02-01,0,2024-01-31,,", "due before it was sent", "F9"),
    ("receivables", "F9,C1,2024-02-01,9,,,", "amounts are above the revenue of their months: with "
     "VAT, perhaps; the two are never held against each other", "69.0000"),
    ("payments", "2024-02-03,C9,1,", "client is not in clients", "C9"),
    ("payments", "2024-02-03,C1,1,F2", "names no invoice of its client: it pays what is due "
     "longest", "F2"),
    ("payments", "2024-02-01,C1,2,F1", "several of one invoice on one day: all are kept", "F1"),
    ("payments", "2024-02-03,C1,-1,", "paid back (negative amount)", "C1, 2024-02-03"),
    ("stock", "2024-01-01,P9,1", "product is not in products", "P9"),
    ("stock", "2024-01-01,P2,-1", "value is below zero", "P2"),
]  # fmt: skip

CHANGED = [
    # table, what stands in it, what then stands there, the check, its example
    ("clients", "Beta,M2,2023-05-05", "Beta,M2,2025-01-01", "entered after the first shipment",
     "C2"),
]  # fmt: skip


RETURN = "return with a positive cost: it counts as"
RETURNS = [
    # costs of returns, the setting, how the positive ones count, how many they are
    (["6", "6", "-6"], "", "negative", 2),
    (["6", "-6"], "", "written", 1),  # as many one way as the other
    (["6", "-6"], "negative", "negative", 1),
    (["6", "6", "-6"], "as written", "written", 2),
    ([""], "", "negative", 1),  # quantity × unit cost
]


# Triggered by test_cases.py, whose ledgers are large enough.
IN_LARGER_LEDGERS = [
    'one amount on every line of the document: counted once by revenue_is = "document"',
    "client is written in several ways, perhaps",
    "manager is written in several ways, perhaps",
    "long after all the others: a slip in the date?",
    "long before all the others: a slip in the date?",
]


# What a line of a table is held against; a shipment, which all rest on, stands beside all tables.
HELD_AGAINST = {"shipments", "clients", "managers", "products", "assignments"}
TOGETHER = {"receivables", "payments"}


def beside(table: str) -> dict[str, str]:
    """The clean tables that a line of a table may have to do with."""
    if table == "shipments":
        return CLEAN
    names = HELD_AGAINST | {table} | (TOGETHER if table in TOGETHER else set())
    return {name: CLEAN[name] for name in CLEAN if name in names}


def noticed(ingested, tables: dict[str, str]) -> list[tuple]:
    result = ingested({f"{name}.csv": content for name, content in tables.items()})
    assert result.rejects == []
    query = 'select "table", "check", example from data_quality order by all'
    return result.con.execute(query).fetchall()


def test_clean_data_trigger_nothing(ingested):
    assert noticed(ingested, CLEAN) == []


@pytest.mark.parametrize(("table", "line", "check", "example"), ADDED)
def test_a_line_triggers_exactly_its_check(ingested, table, line, check, example):
    tables = beside(table) | {table: CLEAN[table] + line + "\n"}
    assert noticed(ingested, tables) == [(table, check, example)]


@pytest.mark.parametrize(("table", "before", "after", "check", "example"), CHANGED)
def test_a_change_triggers_exactly_its_check(ingested, table, before, after, check, example):
    assert before in CLEAN[table]
    tables = CLEAN | {table: CLEAN[table].replace(before, after)}
    assert noticed(ingested, tables) == [(table, check, example)]


@pytest.mark.parametrize(("costs", "setting", "way", "rows"), RETURNS)
def test_it_is_said_how_the_cost_of_returns_counts(ingested, costs, setting, way, rows):
    lines = [f"R{n},2024-02-01,C1,-10,M1,P1,1,{cost}" for n, cost in enumerate(costs)]
    tables = CLEAN | {"shipments": CLEAN["shipments"] + "\n".join(lines) + "\n"}
    files = {f"{name}.csv": content for name, content in tables.items()}
    toml = f'[settings.profitability]\nreturns_cost = "{setting}"\n'
    query = 'select "check", rows, money from data_quality where "check" like \'%cost: it%\''
    found = ingested(files, toml).con.execute(query).fetchall()
    assert found == [(f"{RETURN} {way}", rows, -10 * rows)]


def test_every_check_is_triggered_above():
    triggered = [(row[0], row[-2]) for row in ADDED + CHANGED]
    triggered += [("shipments", f"{RETURN} {way}") for way in ("negative", "written")]
    triggered += [("shipments", check) for check in IN_LARGER_LEDGERS]
    assert sorted(triggered) == sorted((check.table, check.check) for check in quality.CHECKS)


def test_a_table_that_is_not_there_is_not_missed(ingested):
    shipments = "shipment_id,shipped_on,client_id,revenue,manager_id,cost\nS,2024-01-15,C,1,M,1\n"
    assert noticed(ingested, {"shipments": shipments}) == []


def test_rows_money_and_share_are_those_of_the_rows_concerned(ingested):
    tables = CLEAN | {"shipments": CLEAN["shipments"] + "S9,2024-02-01,C9,1.5,M1,P1,1,1\n"}
    result = ingested({f"{name}.csv": content for name, content in tables.items()})
    query = "select rows, money, share from data_quality"
    assert result.con.execute(query).fetchall() == [(1, 1.5, 0.25)]


def test_money_is_empty_where_the_table_has_none(ingested):
    tables = CLEAN | {"products": CLEAN["products"] + "P8,\nP9,\n"}
    result = ingested({f"{name}.csv": content for name, content in tables.items()})
    query = "select rows, money, share from data_quality"
    assert result.con.execute(query).fetchall() == [(2, None, 0.5)]
