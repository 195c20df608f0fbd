"""One source table: mapping, types, rejects, and every row and every cent accounted for."""

import csv
import datetime
import re

import pytest

from clientops import schema
from clientops.build import build, check
from clientops.errors import ClientOpsError
from clientops.ingest import data_until, first_month, tables
from clientops.settings import Company, Settings

HEADER = "shipment_id,shipped_on,client_id,revenue"


def shipments(*lines: str, header: str = HEADER) -> dict[str, str]:
    return {"shipments.csv": "\n".join([header, *lines]) + "\n"}


def test_all_columns_have_the_types_of_the_schema(ingested):
    result = ingested({})
    for table in schema.TABLES.values():
        described = result.con.execute(f"describe {table.name}").fetchall()
        expected = [(column.name, tables.sql.TYPES[column.type]) for column in table.columns]
        assert [row[:2] for row in described] == expected


# --- the order of dates and the decimal mark ---------------------------------------------------


@pytest.mark.parametrize(
    ("dates", "toml", "means"),
    [
        (["13.02.2024", "01.03.2024"], "", ["2024-02-13", "2024-03-01"]),
        (["13/02/2024", "01/03/2024 10:00"], "", ["2024-02-13", "2024-03-01"]),
        (["02/13/2024", "01/03/2024"], "", ["2024-02-13", "2024-01-03"]),
        (["2024-02-13T10:00:00", "2024-03-01"], "", ["2024-02-13", "2024-03-01"]),
        (["01/03/2024"], 'date_order = "dmy"', ["2024-03-01"]),
        (["01/03/2024"], 'date_order = "mdy"', ["2024-01-03"]),
    ],
)
def test_dates_are_read_in_the_order_their_column_shows(ingested, dates, toml, means):
    lines = [f"S,{date},C,1" for date in dates]
    toml = toml and f'[tables.shipments]\nfile = "shipments.csv"\n{toml}'
    assert ingested(shipments(*lines), toml).column("shipped_on") == means


def test_each_column_of_dates_has_its_own_order(ingested):
    result = ingested({"managers.csv": "manager_id,hired_on,left_on\nM,13/02/2020,02/13/2024\n"})
    assert result.rows("managers", "hired_on, left_on") == [("2020-02-13", "2024-02-13")]


def test_an_undecidable_order_of_dates_asks_for_date_order(ingested):
    with pytest.raises(ClientOpsError, match=r"shipped_on.*'03/04/2024'.*date_order.*shipments\]"):
        ingested(shipments("S,03/04/2024,C,1"))


def test_an_undecidable_decimal_mark_asks_for_decimal(ingested):
    with pytest.raises(ClientOpsError, match=r"'1,234'.*decimal = .*\[tables.shipments\]"):
        ingested(shipments('S,2024-01-01,C,"1,234"'))


@pytest.mark.parametrize(
    ("mark", "text", "revenue"),
    [(",", "1.234", "1234.0000"), (".", "1.234", "1.2340"), (".", '"1,234"', "1234.0000"),
     (",", '"1,234"', "1.2340")],
)  # fmt: skip
def test_the_decimal_mark_can_be_given(ingested, mark, text, revenue):
    toml = f'[tables.shipments]\nfile = "shipments.csv"\ndecimal = "{mark}"'
    assert ingested(shipments(f"S,2024-01-01,C,{text}"), toml).column("revenue") == [revenue]


def test_decimal_commas_are_told_from_the_whole_table(ingested):
    result = ingested(
        {"shipments.csv": "shipment_id;shipped_on;client_id;revenue;cost\n"
         "S;13.01.2024;C;1.234;5,5\nS;13.01.2024;C;1 000,25;−3\nS;13.01.2024;C;(12,5);\n"}
    )  # fmt: skip
    assert result.column("revenue") == ["1234.0000", "1000.2500", "-12.5000"]
    assert result.column("cost") == ["5.5000", "-3.0000", None]


# --- identifiers -------------------------------------------------------------------------------


@pytest.mark.parametrize("odd", ["", "S,2024-01-01,C, 1 \n", "S,13.01.2024,C,1\n"])
def test_identifiers_stay_as_they_are_written(ingested, odd):
    ids = ["007", "12345678901234567890", "5.0", "A 1", "1e5", "C\u00a01", "NULLE", "1_000"]
    lines = "".join(f"S,2024-01-01, {client}\u00a0,1\n" for client in ids)
    result = ingested({"shipments.csv": f"{HEADER}\n{lines}{odd}"})
    assert result.column("client_id")[: len(ids)] == ids


def test_numbers_that_are_identifiers_lose_the_point(ingested, parquet):
    query = (
        "select * from (values (5::double, 'S1'), (5.5, 'S2'), (null, 'S3')) t(manager_id, "
        "shipment_id), (select date '2024-01-01' as shipped_on, 12.00::decimal(9,2) as client_id, "
        "1::double as revenue, 1234567890123456789::bigint as product_id)"
    )
    result = ingested({"shipments.parquet": parquet(query)})
    assert result.rows("shipments", "shipment_id, client_id, manager_id, product_id") == [
        ("S1", "12", "5", "1234567890123456789"),
        ("S2", "12", "5.5", "1234567890123456789"),
        ("S3", "12", None, "1234567890123456789"),
    ]


# --- files -------------------------------------------------------------------------------------


def test_many_files_are_one_table_whatever_the_order_of_their_columns(ingested):
    toml = '[tables.shipments]\nfile = "s-*.csv"'
    files = {
        "s-1.csv": f"{HEADER}\nS1,2024-01-01,C1,1\n",
        "s-2.csv": "revenue;client_id;shipped_on;shipment_id\n2,5;C2;13.01.2024;S2\n",
    }
    expected = [("S1", "2024-01-01", "C1", "1.0000"), ("S2", "2024-01-13", "C2", "2.5000")]
    assert ingested(files, toml).rows("shipments", HEADER.replace(",", ", ")) == expected
    files["s-2.csv"] = "revenue,client_id,shipped_on,shipment_id\n2.5,C2,2024-01-13,S2\n"
    assert ingested(files, toml).rows("shipments", HEADER.replace(",", ", ")) == expected


def test_text_and_workbooks_can_be_one_table(ingested):
    result = ingested(
        {"s-1.csv": f"{HEADER}\nS1,2024-01-01,C1,1\n",
         "s-2.xlsx": [HEADER.split(","), ["S2", datetime.date(2024, 1, 2), 7, 2.5]]},
        '[tables.shipments]\nfile = "s-*"',
    )  # fmt: skip
    assert result.column("client_id") == ["C1", "7"]
    assert result.column("revenue") == ["1.0000", "2.5000"]


def test_a_workbook_is_a_table(ingested):
    rows = [
        HEADER.split(","),
        ["S1", datetime.datetime(2024, 1, 31, 23, 59), "007", 1.234],
        ["S2", "01.02.2024", 12.0, "1 000,50"],
        ["S3", "13.02.2024", "C", "#N/A"],
        [None, None, None, None, "beside"],
    ]
    result = ingested({"shipments.xlsx": rows})
    assert result.rows("shipments", "shipment_id, shipped_on, client_id, revenue") == [
        ("S1", "2024-01-31", "007", "1.2340"),
        ("S2", "2024-02-01", "12", "1000.5000"),
    ]
    assert result.rejects == [
        ("shipments.xlsx", 4, "revenue", "#N/A", "not an amount of money")]  # fmt: skip


def test_parquet_keeps_its_types(ingested, parquet):
    query = (
        "select 'S'||i as shipment_id, timestamp '2024-01-31 23:59:59' as shipped_on, i as "
        "client_id, 0.00005 + i as revenue, i::double / 3 as cost, 7::hugeint as quantity "
        "from range(2) t(i)"
    )
    result = ingested({"shipments.parquet": parquet(query)})
    assert result.rows("shipments", "shipped_on, client_id, revenue, cost, quantity") == [
        ("2024-01-31", "0", "0.0001", "0.0000", "7.0000"),
        ("2024-01-31", "1", "1.0001", "0.3333", "7.0000"),
    ]


def test_texts_in_parquet_are_read_like_any_text(ingested, parquet):
    query = (
        "select ' S ' as shipment_id, '13.01.2024' as shipped_on, 'C' as client_id, "
        "' 1 000,5' as revenue, 20240101 as product_id"
    )
    result = ingested({"shipments.parquet": parquet(query)})
    assert result.rows("shipments", "shipment_id, shipped_on, revenue, product_id") == [
        ("S", "2024-01-13", "1000.5000", "20240101")]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "value", "shown", "reason"),
    [
        ("revenue", "'nan'::double", "nan", "not an amount of money"),
        ("revenue", "1e15::double", "1000000000000000", "not an amount of money"),
        ("revenue", "true", "true", "not an amount of money"),
        ("revenue", "null::double", "", "empty"),
        ("shipped_on", "20240101", "20240101", "not a date from 1970 to 2100"),
        ("shipped_on", "date '2999-01-01'", "2999-01-01", "not a date from 1970 to 2100"),
        ("shipped_on", "timestamp 'infinity'", "infinity", "not a date from 1970 to 2100"),
        ("client_id", "' '", "", "empty"),
    ],
)
def test_typed_values_that_mean_nothing_are_rejected(
    ingested, parquet, column, value, shown, reason
):
    values = {"shipment_id": "'S'", "shipped_on": "date '2024-01-01'", "client_id": "'C'",
              "revenue": "1"} | {column: value}  # fmt: skip
    bad = ", ".join(f"{value} as {name}" for name, value in values.items())
    fine = {"revenue": "5", "shipped_on": "date '2024-01-01'", "client_id": "'C'"}
    good = bad.replace(value, fine[column])
    files = {
        "s-1.parquet": parquet(f"select {bad}"),
        "s-2.parquet": parquet(f"select {good}"),
    }
    result = ingested(files, '[tables.shipments]\nfile = "s-*.parquet"')
    assert result.rejects == [("s-1.parquet", 1, column, shown, reason)]
    assert result.reconciliation["shipments"][1:4] == (2, 1, 1)


def test_a_moment_in_parquet_is_that_of_utc_on_every_machine(ingested, parquet, monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    query = (
        "select timestamptz '2024-01-01 01:00:00+00' as happened_at, 'M' as manager_id, "
        "'call' as kind"
    )
    result = ingested({"activities.parquet": parquet(query)})
    assert result.column("happened_at", "activities") == ["2024-01-01 01:00:00"]


def test_parquet_and_text_cannot_be_one_table(ingested, parquet):
    with pytest.raises(ClientOpsError, match="Parquet and text cannot be one table"):
        ingested({"s-1.csv": HEADER, "s-2.parquet": parquet("select 1 as a")},
                 '[tables.shipments]\nfile = "s-*"')  # fmt: skip


def test_a_damaged_parquet_file_is_an_error(ingested):
    with pytest.raises(ClientOpsError, match=r"shipments.parquet: not readable as Parquet"):
        ingested({"shipments.parquet": b"no parquet"})


def test_a_file_with_brackets_in_its_name_is_that_file(ingested):
    toml = '[tables.shipments]\nfile = "s[1].csv"'
    files = {"s[1].csv": f"{HEADER}\nS1,2024-01-01,C1,1\n", "s1.csv": "wrong\n1\n"}
    assert ingested(files, toml).column("shipment_id") == ["S1"]


# --- columns -----------------------------------------------------------------------------------


def test_a_renamed_column_wins_over_one_of_that_name(ingested):
    toml = '[tables.shipments]\nfile = "shipments.csv"\ncolumns = { revenue = "Net  Sum" }'
    files = shipments("S,2024-01-01,C,1,2", header=f"{HEADER},net sum")
    assert ingested(files, toml).column("revenue") == ["2.0000"]


def test_one_column_can_serve_twice(ingested):
    toml = '[tables.shipments]\nfile = "shipments.csv"\ncolumns = { cost = "revenue" }'
    result = ingested(shipments("007,2024-01-01,C,1"), toml)
    assert result.rows("shipments", "revenue, cost") == [("1.0000", "1.0000")]


def test_names_are_read_whatever_their_case(ingested):
    assert ingested(shipments("S,2024-01-01,C,1", header=HEADER.upper())).column("revenue") == [
        "1.0000"]  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
def test_a_renamed_column_that_is_not_there_names_those_that_are(ingested, parquet, kind):
    content = {"csv": "a,b\n1,2\n", "xlsx": [["a", "b"], [1, 2]],
               "parquet": parquet("select 1 as a, 2 as b")}[kind]  # fmt: skip
    toml = f'[tables.shipments]\nfile = "x.{kind}"\ncolumns = {{ revenue = "sum" }}'
    with pytest.raises(ClientOpsError, match=r"no column 'sum' \(for revenue\); there are: a, b"):
        ingested({f"x.{kind}": content}, toml)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
def test_all_missing_columns_are_named_at_once(ingested, parquet, kind):
    content = {"csv": "revenue,b\n1,2\n", "xlsx": [["revenue", "b"], [1, 2]],
               "parquet": parquet("select 1 as revenue, 2 as b")}[kind]  # fmt: skip
    message = (
        r"shipments lacks the required columns shipment_id, shipped_on, client_id; "
        r"there are: revenue, b"
    )
    with pytest.raises(ClientOpsError, match=message):
        ingested({f"shipments.{kind}": content})


def test_a_column_that_is_there_twice_must_be_chosen(ingested):
    files = shipments("S,2024-01-01,C,1,2", header=f"{HEADER},Revenue")
    with pytest.raises(ClientOpsError, match=r"two columns revenue.*revenue \(2\)"):
        ingested(files)
    toml = '[tables.shipments]\nfile = "shipments.csv"\ncolumns = { revenue = "revenue (2)" }'
    assert ingested(files, toml).column("revenue") == ["2.0000"]


# --- rejects and reconciliation ----------------------------------------------------------------


def test_every_reject_can_be_found_again(ingested):
    result = ingested(
        shipments(
            "S1,2024-01-01,C1,10.10",
            "S2,2024-02-30,C1,20",
            'S3,2024-01-03,"C\n3",n/a',
            "S4,0001-01-01,,x",
            "",
            "S5,2024-01-05,C1",
            'S6,2024-01-06,"C1,1',
            "S7,2999-01-07,C1,100000000000000",
            "S8,2024-01-08,C1,-0.10",
        )
    )
    assert [reject[1:] for reject in result.rejects[:2]] == [
        (3, "shipped_on", "2024-02-30", "not a date from 1970 to 2100"),
        (4, "revenue", "n/a", "not an amount of money"),
    ]
    assert [reject[:4] for reject in result.rejects[2:]] == [
        ("shipments.csv", 6, "client_id", ""),
        ("shipments.csv", 6, "revenue", "x"),
        ("shipments.csv", 6, "shipped_on", "0001-01-01"),
        ("shipments.csv", 8, "", "S5,2024-01-05,C1"),
        ("shipments.csv", 9, "", 'S6,2024-01-06,"C1,1'),
        ("shipments.csv", 10, "revenue", "100000000000000"),
        ("shipments.csv", 10, "shipped_on", "2999-01-07"),
    ]
    assert result.column("shipment_id") == ["S1", "S8"]
    assert result.reconciliation["shipments"] == ("shipments", 8, 2, 6, 30.0, 10.0, 20.0, 5)


def test_a_quote_that_never_closes_swallows_no_rows(ingested):
    lines = [f"S{number},2024-01-01,C,1" for number in range(50)]
    lines[10] = 'S10,2024-01-01,"C,1'
    result = ingested(shipments(*lines))
    assert result.reconciliation["shipments"][1:4] == (50, 49, 1)
    assert result.rejects[0][:2] == ("shipments.csv", 12)


def test_tables_without_money_reconcile_rows(ingested):
    result = ingested({"clients.csv": "client_id,created_on\nC1,2024-01-01\nC2,soon\nC3,\n"})
    assert result.reconciliation["clients"] == ("clients", 3, 2, 1, None, None, None, 0)
    assert result.rejects == [
        ("clients.csv", 3, "created_on", "soon", "not a date from 1970 to 2100")]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "content", "kept", "reject"),
    [
        ("clients", "client_id,client_name\nC1,a\nC2,b\nC1,c\n", ["a", "b"],
         (4, "client_id", "C1")),
        ("clients", "client_id,created_on,client_name\nC1,soon,a\nC1,,b\n", ["b"],
         (2, "created_on", "soon")),
        ("stock", "month,product_id,stock_value\n2024-01,P,1\n2024-01-31,P,2\n2024-02-01,P,3\n",
         ["1.0000", "3.0000"], (3, "month, product_id", "2024-01-01, P")),
        ("assignments", "client_id,valid_from,manager_id\nC,2024-01-01,M1\nC,2024-01-01,M2\n"
         "C,2024-01-01,M1\n", ["M1", "M2"], (4, "client_id, manager_id, valid_from",
                                             "C, M1, 2024-01-01")),
    ],
)  # fmt: skip
def test_repeats_of_a_key_that_was_read_are_rejected(ingested, table, content, kept, reject):
    result = ingested({f"{table}.csv": content})
    last = content.split("\n")[0].split(",")[-1]
    assert result.column(last, table) == kept
    assert [rejected[1:4] for rejected in result.rejects] == [reject]


def test_rows_without_a_key_may_repeat(ingested):
    result = ingested(shipments("S,2024-01-01,C,1", "S,2024-01-01,C,1"))
    assert result.reconciliation["shipments"][1:4] == (2, 2, 0)


def test_whole_numbers_months_times_and_answers_are_typed(ingested):
    result = ingested(
        {"tickets.csv": "ticket_id,opened_at,reopened\nT,2024-01-01T10:00:00+05:00,2.0\n"
         "U,2024-01-01 10:00,1.5\n",
         "calls.csv": "started_at,wait_s,answered\n2024-01-01 09:30,1.5,yes\n"
         "2024-01-01 09:30,1,perhaps\n",
         "stock.csv": "month,product_id,stock_value\n2024-02,P,5\n2024-03-31,P,6\n",
         "plans.csv": "month,plan_revenue\n2024-02,5\n2024-03-01,6\n2023-12-29,7\n"}
    )  # fmt: skip
    assert result.rows("tickets", "opened_at, reopened") == [("2024-01-01 10:00:00", "2")]
    assert result.rows("calls", "started_at, answered") == [("2024-01-01 09:30:00", "true")]
    for name in ("stock", "plans"):
        assert result.column("month", name) == ["2024-02-01", "2024-03-01"]
    assert [reject[2:] for reject in result.rejects] == [
        ("answered", "perhaps", "neither yes nor no"),
        ("month", "2023-12-29", "not the first day of a month from 1970 to 2100"),
        ("reopened", "1.5", "not a whole number"),
    ]


@pytest.mark.parametrize(("share", "stops"), [(0.1, False), (0.09, True)])
def test_more_rejects_than_the_setting_stop_a_build(export, share, stops):
    lines = [f"S{number},2024-01-{number + 10},C,1" for number in range(9)]
    toml = f"[settings.ingest]\nmax_reject_share = {share}"
    data = export(shipments(*lines, "S9,2024-01-20,C,x"), toml)
    if not stops:
        assert build(data).fresh
        with (data / ".clientops" / "rejects" / "shipments.csv").open() as file:
            assert list(csv.reader(file)) == [
                ["file", "line", "column", "value", "reason"],
                ["shipments.csv", "11", "revenue", "x", "not an amount of money"]]  # fmt: skip
        return
    message = "1 of 10 rows cannot be read.*9.00%.*shipments.csv line 11, revenue: 'x': not an"
    with pytest.raises(ClientOpsError, match=message):
        build(data)
    assert not list((data / ".clientops").glob("*/manifest.json"))
    assert len(check(data)[2]) == 1


@pytest.mark.parametrize("content", [f"{HEADER}\n", f"{HEADER}\n\n  \n"])
def test_a_ledger_without_rows_is_an_error(ingested, content):
    with pytest.raises(ClientOpsError, match="the shipments have no rows"):
        ingested({"shipments.csv": content})


def test_other_tables_may_have_no_rows(ingested):
    assert ingested({"clients.csv": "client_id\n"}).reconciliation["clients"][1:4] == (0, 0, 0)


# --- which tables there are --------------------------------------------------------------------


def test_without_shipments_there_is_nothing_to_build(export):
    with pytest.raises(ClientOpsError, match=r"no shipments.*there are: orders\.csv"):
        build(export({"orders.csv": "x"}))


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(ClientOpsError, match="no such folder"):
        build(tmp_path / "nowhere")


def test_a_pattern_that_matches_nothing_is_an_error(export):
    data = export(shipments("S,2024-01-01,C,1"), '[tables.clients]\nfile = "client-*.csv"')
    with pytest.raises(ClientOpsError, match=re.escape("no file client-*.csv")):
        build(data)


def test_settings_of_a_table_that_is_not_there_are_an_error(export):
    data = export(shipments("S,2024-01-01,C,1"), '[tables.clients]\ndate_order = "dmy"')
    with pytest.raises(ClientOpsError, match=r"no file clients\.csv"):
        build(data)


def test_the_data_reach_to_the_last_shipment_or_activity(ingested):
    activities = "happened_at,manager_id,kind\n2024-02-01 10:00,M,call\n"
    assert data_until(ingested({}).con, Settings()) == datetime.date(2024, 1, 15)
    con = ingested({"activities.csv": activities}).con
    assert data_until(con, Settings()) == datetime.date(2024, 2, 1)
    told = Settings(company=Company(data_until=datetime.date(2024, 3, 31)))
    assert data_until(con, told) == datetime.date(2024, 3, 31)
    assert str(first_month(con))[:10] == "2024-01-01"


CONTROL = "[tables.shipments]\ncontrol = {{ revenue = {revenue} }}\n"


def test_sums_are_held_against_those_known_from_elsewhere(ingested):
    lines = (
        "shipment_id,shipped_on,client_id,revenue\nS1,2025-01-02,C,10.10\nS2,2025-01-03,C,-0.05\n"
    )
    contents = {"shipments.csv": lines}
    result = ingested(contents, CONTROL.format(revenue=10.05), strict=True)
    assert result.con.execute("from noticed").fetchall() == []
    said = r"shipments: revenue adds up to 10\.05, not to the 10\.06 of control: 0\.01 missing; "
    with pytest.raises(ClientOpsError, match=said):
        ingested(contents, CONTROL.format(revenue=10.06), strict=True)
    result = ingested(contents, CONTROL.format(revenue=10))  # a check tells it and goes on
    ((_, check, _, money, _),) = result.con.execute("from noticed").fetchall()
    assert check.startswith("revenue adds up to 10.05, not to the 10.00") and money == -0.05
    with pytest.raises(ClientOpsError, match="no numbers in 'revenu'; did you mean revenue"):
        ingested(contents, CONTROL.replace("revenue =", "revenu =").format(revenue=1))
