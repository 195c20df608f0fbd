"""Reports whose rows are not those of a table: merged cells, group rows, months across."""

import datetime

import openpyxl
import pytest

from clientops.errors import ClientOpsError
from tests.ingest.test_cases import noticed

ROWS = [("1", "2026-10-05", "m1", "c1", "100.0000"), ("2", "2026-10-06", "m1", "c2", "50.0000"),
        ("3", "2026-10-07", "m2", "c1", "7.5000"),
        ("4", "2026-10-08", "m2", "c1", "8.5000")]  # fmt: skip
COLUMNS = "shipment_id, shipped_on, manager_id, client_id, revenue"
GROUPS = '[tables.shipments]\nfile = "{}"\ngroups = ["manager_id", "client_id"]'


def report(
    first: str = "{}", second: str = "{}", third: str = "{}", sums: bool = True
) -> list[list]:
    """Sales by manager, client and document, as 1C writes them: all labels in one column."""
    total = [[166], [150], [100], [50], [16], [16]] if sums else [[""]] * 6
    return [
        ["Sales report"], [], ["shipment_id", "shipped_on", "revenue"],
        [first.format("m1"), "", *total[1]],
        [second.format("c1"), "", *total[2]], [third.format("1"), "05.10.2026", 100],
        [second.format("c2"), "", *total[3]], [third.format("2"), "06.10.2026", 50],
        [first.format("m2"), "", *total[4]],
        [second.format("c1"), "", *total[5]], [third.format("3"), "07.10.2026", 7.5],
        [third.format("4"), "08.10.2026", 8.5],
        ["Итого", "", *total[0]],
    ]  # fmt: skip


def text(rows: list[list]) -> str:
    return "\n".join(";".join(map(str, row)) for row in rows) + "\n"


@pytest.mark.parametrize("layout", [report(), report(sums=False),
                                    report("{}", "  {}", "    {}"),
                                    report("{}", "\t{}", "\t\t{}")])  # fmt: skip
def test_group_rows_become_columns(ingested, layout):
    result = ingested({"sales.csv": text(layout)}, GROUPS.format("sales.csv"))
    assert result.rows("shipments", COLUMNS) == ROWS
    assert "group row became a column (groups)', 5," in noticed(result)
    assert not result.rejects


@pytest.mark.parametrize("has_outline", [True, False])
def test_group_rows_of_a_workbook_are_told_by_its_outline(export, ingested, has_outline):
    data = export({"sales.xlsx": report()})
    if has_outline:
        book = openpyxl.load_workbook(data / "sales.xlsx")
        for row in range(4, 13):
            is_row = book.active.cell(row, 2).value
            is_first = str(book.active.cell(row, 1).value).startswith("m")
            book.active.row_dimensions[row].outlineLevel = 2 if is_row else 0 if is_first else 1
        book.save(data / "sales.xlsx")
    result = ingested({"sales.xlsx": (data / "sales.xlsx").read_bytes()}, GROUPS.format("*.xlsx"))
    assert result.rows("shipments", COLUMNS) == ROWS


def test_group_rows_may_stand_in_columns_of_their_own(ingested):
    rows = ["manager;client;shipment_id;shipped_on;revenue", "m1;;;;150", ";c1;;;100",
            ";;1;05.10.2026;100", ";c2;;;50", ";;2;06.10.2026;50", "m2;;;;16", ";c1;;;16",
            ";;3;07.10.2026;7,5", ";;4;08.10.2026;8,5"]  # fmt: skip
    result = ingested({"sales.csv": "\n".join(rows)}, GROUPS.format("sales.csv"))
    assert result.rows("shipments", COLUMNS) == ROWS


def test_a_group_without_rows_is_no_row_and_not_lost(ingested):
    layout = report()
    layout.insert(8, ["c3", "", 900])
    result = ingested({"sales.csv": text(layout)}, GROUPS.format("sales.csv"))
    assert result.rows("shipments", COLUMNS) == ROWS
    assert result.rejects == [("sales.csv", 9, "", "c3 900", "a group without rows")]


def test_a_client_called_total_is_a_group(ingested):
    layout = [[cell.replace("c2", "Total") if isinstance(cell, str) else cell for cell in row]
              for row in report()]  # fmt: skip
    result = ingested({"sales.csv": text(layout)}, GROUPS.format("sales.csv"))
    assert "Total" in result.column("client_id")


def test_another_number_of_levels_is_said(ingested):
    toml = GROUPS.format("sales.csv").replace(
        ', "client_id"]', ']\ncolumns = { client_id = "manager_id" }'
    )
    with pytest.raises(
        ClientOpsError, match="groups names 1 columns, but the rows are of 3 levels: name 2"
    ):
        ingested({"sales.csv": text(report("{}", "  {}", "    {}"))}, toml)


def test_a_table_without_groups_is_said(ingested):
    text_ = "shipment_id;shipped_on;client_id;revenue\n1;2026-10-05;c1;5\n"
    toml = '[tables.shipments]\nfile = "sales.csv"\ngroups = ["manager_id"]'
    with pytest.raises(ClientOpsError, match=r"sales\.csv: groups: no row of it is a group's"):
        ingested({"sales.csv": text_}, toml)


def test_groups_stand_in_queries(ingested):
    toml = (GROUPS.format("") + "\nsql = '''select shipment_id, shipped_on, client_id, revenue, "
            "manager_id from 'sales.csv' '''")  # fmt: skip
    result = ingested({"sales.csv": text(report("{}", "  {}", "    {}")[2:])}, toml)
    assert result.rows("shipments", COLUMNS) == ROWS


SALE = "Реализация товаров и услуг 29УТ-00{0} от 0{0}.10.2026 11:03:42"


@pytest.mark.parametrize("lowest", ["Документ", "Документ.Комментарий"])
def test_the_levels_of_a_report_stand_below_each_other_in_its_header(export, ingested, lowest):
    rows = [["Валовая прибыль"], [], ["Клиент", "Выручка"], ["Документ"],
            *([["Документ.Комментарий"]] if "." in lowest else []),
            ["c1", 30], [SALE.format(1), 10], ["-", 10], [SALE.format(2), 20], ["-", 20],
            ["c2", 5], [SALE.format(3), 5], ["-", 5]]  # fmt: skip
    levels = {"c": 0, "Р": 1, "-": 2}
    rows = [row for row in rows if row[:1] != ["-"] or "." in lowest]
    data = export({"s.xlsx": rows})
    book = openpyxl.load_workbook(data / "s.xlsx")
    for row in range(6 if "." in lowest else 5, len(rows) + 1):
        label = book.active.cell(row, 1).value
        book.active.row_dimensions[row].outlineLevel = levels[label[0]]
    book.save(data / "s.xlsx")
    is_deep = "." in lowest
    toml = ('[tables.shipments]\nfile = "s.xlsx"\n'
            + ('groups = ["client_id", "shipment_id"]\n' if is_deep else 'groups = ["client_id"]\n')
            + 'columns = { revenue = "Выручка", '
            + ('shipped_on = "shipment_id" }' if is_deep else
               'shipment_id = "Документ", shipped_on = "Документ" }'))  # fmt: skip
    result = ingested({"s.xlsx": (data / "s.xlsx").read_bytes()}, toml)
    assert result.rows("shipments", "client_id, shipment_id, shipped_on, revenue") == [
        (client, SALE.format(n), f"2026-10-0{n}", amount)
        for client, n, amount in (("c1", 1, "10.0000"), ("c1", 2, "20.0000"), ("c2", 3, "5.0000"))
    ]
    assert result.rejects == []


MERGED = [["shipment_id", "shipped_on", "manager_id", "client_id", "revenue"],
          ["1", "2026-10-05", "m1", "c1", 100], ["2", "2026-10-06", "", "c2", 50],
          ["3", "2026-10-07", "m2", "c1", 7.5], ["4", "2026-10-08", "", "", 8.5],
          ["", "", "", "", 166]]  # fmt: skip


@pytest.mark.parametrize("name", ["sales.csv", "sales.xlsx"])
def test_blanks_below_a_value_are_filled_where_a_setting_says_so(ingested, name):
    files = {name: MERGED if name.endswith("xlsx") else text(MERGED)}
    toml = f'[tables.shipments]\nfile = "{name}"\nfill_down = ["manager_id", "client_id"]'
    result = ingested(files, toml)
    assert result.rows("shipments", COLUMNS) == ROWS
    assert "total of 4 rows" in str(result.rejects)


@pytest.mark.parametrize("mark", [",", ";"])
def test_blanks_below_a_value_are_said(ingested, mark):
    rows = [["4", "2026-10-08", "", "c1", 8.5] if row[0] == "4" else [*row] for row in MERGED[:-1]]
    result = ingested({"shipments.csv": text(rows).replace(";", mark)})
    assert 'fill_down = ["manager_id"]' in noticed(result)
    assert result.column("manager_id") == ["m1", None, "m2", None]
    rows[2][2] = "m1"
    assert "fill_down" not in noticed(ingested({"shipments.csv": text(rows).replace(";", mark)}))


def test_blanks_of_a_required_column_name_the_setting(ingested):
    rows = [["1", "2026-10-05", "c1", 100], ["", "2026-10-05", "c1", 50],
            ["", "2026-10-05", "c2", 5], ["2", "2026-10-06", "c1", 7]]  # fmt: skip
    result = ingested({"shipments.csv": text([["shipment_id", "shipped_on", "client_id", "revenue"],
                                              *rows])})  # fmt: skip
    assert {each[-1] for each in result.rejects} == {
        'empty below a value: where cells were merged, fill_down = ["shipment_id"] in '
        "[tables.shipments] takes the value above"
    }


def test_a_column_to_be_filled_that_is_not_there_is_said(ingested):
    toml = '[tables.shipments]\nfile = "sales.csv"\nfill_down = ["manager"]'
    with pytest.raises(
        ClientOpsError, match=r"sales\.csv: fill_down: no column 'manager'; did you mean"
    ):
        ingested({"sales.csv": text(MERGED)}, toml)


PLAN = [
    ("2026-01-01", "m1", "100.0000"),
    ("2026-01-01", "m2", "7.0000"),
    ("2026-02-01", "m1", "200.0000"),
]


@pytest.mark.parametrize(
    "months",
    [["2026-01", "2026-02", "2026-03"], ["01.2026", "02.2026", "03.2026"],
     ["Jan 2026", "Feb. 2026", "March 2026"], ["янв.26", "Февраль 2026 г.", "март 2026"],
     ["01/01/2026", "02/01/2026", "03/01/2026"], ["31.01.2026", "28.02.2026", "31.03.2026"],
     ["январь", "февраль", "март"], ["Jan", "Feb", "Mar"]],
)  # fmt: skip
def test_months_across_become_rows(ingested, months):
    rows = [["manager_id", *months, "Total"], ["m1", 100, 200, "", 300], ["m2", 7, "", "", 7]]
    toml = '[tables.plans]\nfile = "plan_2026.csv"\nmonths_across = "plan_revenue"'
    result = ingested({"plan_2026.csv": text(rows)}, toml)
    assert result.rows("plans", "month, manager_id, plan_revenue") == PLAN
    assert result.reconciliation["plans"].rows_read == 3


def test_months_across_a_workbook_may_be_dates(ingested):
    rows = [["Plan"], ["manager_id", datetime.date(2026, 1, 1), datetime.date(2026, 2, 1)],
            ["m1", 100, 200], ["m2", 7, None]]  # fmt: skip
    toml = '[tables.plans]\nfile = "plan.xlsx"\nmonths_across = "plan_revenue"'
    result = ingested({"plan.xlsx": rows}, toml)
    assert result.rows("plans", "month, manager_id, plan_revenue") == PLAN


@pytest.mark.parametrize(
    ("header", "says"),
    [("manager_id;Jan;Feb", "plan.csv: months_across: column 'Jan' has no year, nor has the name"),
     ("manager_id;2026-10;Oct 2026", "several columns are called after '2026-10'"),
     ("manager_id;2026-10;2026-10", "several columns are called after '2026-10'"),
     ("manager_id;a;b", "months_across: no column is called after a month")],
)  # fmt: skip
def test_what_months_across_do_not_tell_is_said(ingested, header, says):
    toml = '[tables.plans]\nfile = "plan.csv"\nmonths_across = "plan_revenue"'
    with pytest.raises(ClientOpsError, match=says):
        ingested({"plan.csv": f"{header}\nm1;1;2\n"}, toml)
