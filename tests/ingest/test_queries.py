"""A table as a query over files: what stands in it, what its columns are, what is refused."""

import pytest

from clientops import store
from clientops.errors import ClientOpsError
from clientops.ingest import queries, source_files
from clientops.settings import read_settings

SELECT = (
    "select 'S' as shipment_id, date '2024-01-01' as shipped_on, 'C' as client_id, 1 as revenue"
)


def toml(sql: str, more: str = "") -> str:
    return f"[tables.shipments]\n{more}\nsql = '''\n{sql}\n'''\n"


def query_of(columns: str, rest: str) -> str:
    """A query whose rows are shipments with the given columns put in place."""
    given = dict(reversed(column.split(" as ")) for column in columns.split(", "))
    fixed = {"shipment_id": "'S'", "shipped_on": "date '2024-01-01'", "client_id": "'C'",
             "revenue": "1"} | given  # fmt: skip
    return f"select {', '.join(f'{value} as {name}' for name, value in fixed.items())} {rest}"


@pytest.mark.parametrize(
    ("texts", "type_", "values"),
    [
        (["5", "-3", ""], "BIGINT", ["5", "-3", None]),
        (["1.5", "2", "1e-7"], "DOUBLE", ["1.5", "2.0", "1e-07"]),
        (["1 000,5", "(2)", "−3"], "DOUBLE", ["1000.5", "-2.0", "-3.0"]),
        (["0,123456", "1.234"], "DOUBLE", ["0.123456", "1234.0"]),
        (["2024-01-31", "2024-02-01"], "DATE", ["2024-01-31", "2024-02-01"]),
        (["13.01.2024", "01.02.2024"], "DATE", ["2024-01-13", "2024-02-01"]),
        (["2024-01-31 10:00", "2024-02-01"], "TIMESTAMP",
         ["2024-01-31 10:00:00", "2024-02-01 00:00:00"]),
        (["007", "8"], "VARCHAR", ["007", "8"]),
        (["1234567890123456", "8"], "VARCHAR", ["1234567890123456", "8"]),
        (["123456789012345"], "BIGINT", ["123456789012345"]),
        (["A 1", " b "], "VARCHAR", ["A 1", "b"]),
        (["5", "n/b"], "VARCHAR", ["5", "n/b"]),
        (["03/04/2024"], "VARCHAR", ["03/04/2024"]),  # day or month?
        (["1,234"], "VARCHAR", ["1,234"]),  # a thousand or a fraction?
        (["1_000"], "VARCHAR", ["1_000"]),
        (["true"], "VARCHAR", ["true"]),
        (["", ""], "VARCHAR", [None, None]),
    ],
)  # fmt: skip
def test_a_column_has_the_type_that_all_its_values_share(ingested, texts, type_, values):
    content = "n;x\n" + "".join(f"{number};{text}\n" for number, text in enumerate(texts))
    shown = "case when x is not null then format('{}', x) end"
    sql = "select 'S' as shipment_id, date '2024-01-01' as shipped_on, typeof(x) as client_id, "
    sql += f"1 as revenue, {shown} as product_id, n as quantity from 'a.csv'"
    result = ingested({"a.csv": content}, toml(sql))
    rows = result.con.execute("select client_id, product_id from shipments order by quantity")
    assert rows.fetchall() == [(type_, value) for value in values]


def test_settings_decide_what_values_do_not_tell(ingested):
    sql = query_of("d as shipped_on, v * 2 as revenue", "from 'a.csv'")
    more = 'date_order = "mdy"\ndecimal = ","'
    result = ingested({"a.csv": "d;v\n03/04/2024;1,234\n"}, toml(sql, more))
    assert result.rows("shipments", "shipped_on, revenue") == [("2024-03-04", "2.4680")]


def test_money_is_rounded_once_at_the_end(ingested):
    sql = query_of("1000 * price as revenue", "from 'a.csv'")
    assert ingested({"a.csv": "price\n0.12345678\n"}, toml(sql)).column("revenue") == ["123.4568"]


def test_identifiers_join_as_they_are_written(ingested, parquet):
    sql = query_of(
        "c.id as client_id, c.name as manager_id, 1.5 * o.sum as revenue",
        "from 'my orders.csv' o join 'sub/clients.csv' c using (id) "
        "join 'groups.parquet' g on g.id = c.name",
    )
    files = {
        "my orders.csv": "id,sum\n007,2\n008,3\n1234567890123456789,4\n",
        "sub/clients.csv": "id;name\n007;B\n008;D\n1234567890123456789;B\n",
        "groups.parquet": parquet("select 'B' as id"),
    }
    assert ingested(files, toml(sql)).rows("shipments", "client_id, manager_id, revenue") == [
        ("007", "B", "3.0000"), ("1234567890123456789", "B", "6.0000")]  # fmt: skip


def test_a_pattern_stands_for_all_its_files(ingested, parquet):
    sql = query_of("id as client_id, v as revenue", "from 'a-*.csv'")
    files = {"a-1.csv": "id,v\nA,1\n", "a-2.csv": "V;id;x\n2,5;B;9\n"}
    result = ingested(files, toml(sql))
    assert result.rows("shipments", "client_id, revenue") == [("A", "1.0000"), ("B", "2.5000")]
    files = {"p-1.parquet": parquet("select 'A' as id, 1 as v"),
             "p-2.parquet": parquet("select 2.5 as v, 'B' as id")}  # fmt: skip
    result = ingested(files, toml(sql.replace("a-*.csv", "p-*.parquet")))
    assert result.rows("shipments", "client_id, revenue") == [("A", "1.0000"), ("B", "2.5000")]


@pytest.mark.parametrize(
    "sql",
    [
        f"with a as ({SELECT}), b as (from A) select * from B",
        f"with recursive a as ({SELECT} union all from a where false) from a",
        f"{SELECT} from range(1)",
        f"{SELECT};",
        f"{SELECT} -- and that is all",
        f"select * from ({SELECT}), (values (1)) t(other)",
        SELECT.upper().replace("'S'", "'s'"),
    ],
)
def test_ordinary_sql_is_understood(ingested, sql):
    assert ingested({}, toml(sql)).reconciliation["shipments"][1:4] == (1, 1, 0)


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("selec 1", "syntax error"),
        ("select 1 as revenue; select 2", "one query is needed, not 2"),
        ("drop table rejects", "Only SELECT"),
        ("", "one query is needed|no shipments"),
        ("select * from 'a.csv' where nothing = 1", 'nothing" not found.*Candidate bindings.*id'),
        ("select * from 'b.csv'", r"no file b\.csv; did you mean a\.csv\?"),
        ("select * from read_csv('a.csv')", r"read_csv\(\) is not read; write from 'file.csv'"),
        ("select * from read_text('a.csv')", r"read_text\(\) is not read"),
        ("select * from parquet_scan('a.csv')", r"parquet_scan\(\) is not read"),
        ("select * from glob('*')", r"glob\(\) is not read"),
        ("select * from query('from rejects')", r"query\(\) is not read"),
        ("select * from 'a.json'", "'a.json' is no file that can be read"),
        ("select * from 'a.csv.gz'", "is no file that can be read"),
        ("select * from clients", "'clients' is no file that can be read; did you mean"),
        ("select * from data", "'data' is no file that can be read"),
        (
            "select * from 'secret.json' where exists (with \"secret.json\" as (select 1) from "
            '"secret.json")',
            "a table of with cannot be called 'secret.json'",
        ),
        (
            "select * from sqlite_master where 1 in (with sqlite_master as (select 1) from "
            "sqlite_master)",
            "a table of with cannot be called 'sqlite_master'",
        ),
        ("from (show all tables)", "show, describe and summarize are not read"),
        ("select current_setting('temp_directory')", r"current_setting\(\) is not read"),
        ("select getenv('HOME')", r"getenv\(\) is not read"),
        ("select * from sqlite_master", "'sqlite_master' is no file that can be read"),
        ("select * from main.rejects", "'rejects' is no file that can be read"),
        ("select * from '../secret.csv'", "only files inside the data folder"),
        ("select * from '/etc/passwd.csv'", "only files inside the data folder"),
    ],
)
def test_wrong_sql_is_one_readable_line(ingested, sql, message):
    with pytest.raises(ClientOpsError, match=message) as error:
        ingested({"a.csv": "id\n1\n", "clients.csv": "client_id\n1\n", "a.json": "{}",
                  "a.csv.gz": "x", "../secret.csv": "x\n1\n"}, toml(sql))  # fmt: skip
    assert "\n" not in str(error.value)


def test_a_query_that_takes_too_long_ends(ingested, monkeypatch):
    monkeypatch.setattr(queries, "LONGEST", 0.2)
    endless = "select sum(a.range * b.range) as revenue from range(10000000) a, range(1000000) b"
    with pytest.raises(ClientOpsError, match=r"the query takes longer than 0\.2 seconds"):
        ingested({}, toml(endless))


def test_missing_columns_of_the_result_are_named_at_once(ingested):
    message = r"sql: table shipments lacks the required columns shipped_on, revenue; there are: "
    with pytest.raises(ClientOpsError, match=message + "shipment_id, client_id, other"):
        ingested({}, toml("select 1 as shipment_id, 2 as client_id, 3 as other"))


@pytest.mark.parametrize("expression", ["price * 2", "sum(price) over ()", "-price"])
def test_the_value_that_made_a_column_text_is_named(ingested, expression):
    content = "id,price\n1,2.5\n2,3\n3,n/a\n4,5\n"
    sql = query_of(f"{expression} as revenue", "from 'a.csv'")
    with pytest.raises(ClientOpsError, match=r"price is text because of 'n/a' in a\.csv line 4"):
        ingested({"a.csv": content}, toml(sql))


def test_a_date_that_cannot_be_decided_is_named(ingested):
    sql = query_of("day + 1 as shipped_on", "from 'a.csv'")
    with pytest.raises(
        ClientOpsError, match=r"day is text because of '03/04/2024' in a\.csv line 2"
    ):
        ingested({"a.csv": "day\n03/04/2024\n05/06/2024\n"}, toml(sql))


def test_an_undecidable_date_in_the_result_asks_for_date_order(ingested):
    sql = query_of("day as shipped_on", "from 'a.csv'")
    with pytest.raises(ClientOpsError, match=r"date_order.*\[tables\.shipments\]"):
        ingested({"a.csv": "day\n03/04/2024\n"}, toml(sql))


def test_what_cannot_be_read_in_a_result_is_rejected(ingested):
    content = "client,price\nB,2.5\nA,n/a\nC,\nD,3,4\n"
    sql = query_of("client as client_id, price as revenue", "from 'a.csv'")
    result = ingested({"a.csv": content}, toml(sql))
    assert result.column("client_id") == ["B"]
    assert result.rejects == [
        ("a.csv", 5, "", "D,3,4", "3 columns instead of 2"),
        ("sql", 1, "revenue", "n/a", "not an amount of money"),  # in the order of all columns
        ("sql", 3, "revenue", "", "empty"),
    ]
    assert result.reconciliation["shipments"] == ("shipments", 4, 1, 3, 2.5, 2.5, 0.0, 3)


def test_numbers_that_are_none_are_rejected_not_emptied(ingested):
    sql = query_of("0.0::double / v as cost", "from 'a.csv'")
    ((*place, value, reason),) = ingested({"a.csv": "v\n0\n1\n"}, toml(sql)).rejects
    assert (*place, value.strip("-"), reason) == (
        "sql", 2, "cost", "nan", "not an amount of money")  # fmt: skip


def test_the_files_of_a_query_are_sources(export):
    data = export({"a-1.csv": "x\n", "a-2.csv": "x\n", "b.csv": "x\n", "c.csv": "x\n"},
                  toml("select * from 'a-*.csv', (from 'b.csv'), 'a-1.csv'"))  # fmt: skip
    found = source_files(store.connect, data, read_settings(data))
    assert [path.name for path in found] == ["a-1.csv", "a-2.csv", "b.csv"]
