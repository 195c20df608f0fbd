"""Forms: a sheet of a workbook of ours, filled in and handed back beside the exports."""

import datetime
import io

import openpyxl
import pandas as pd
import pytest

from clientops import display, open_book, schema, words
from clientops.build import build
from clientops.metrics.calls import call_list
from clientops.metrics.potential import plan_proposal
from tests.conftest import build_for_all

TWO_YEARS = [f"S{year}{month},{year}-{month:02}-10,C{client},{100 * client}\n"
             for year in (2024, 2025) for month in range(1, 13) for client in (1, 2)]  # fmt: skip
EXPORTS = {
    "shipments.csv": "shipment_id,shipped_on,client_id,revenue\n" + "".join(TWO_YEARS)
    + "S9,2025-12-30,C3,500\n",
    "clients.csv": "client_id,client_name,manager_id\nC1,=Inn,7\nC2,Bar,7\nC3,Café,8\n",
    "plans.csv": "month,plan_revenue,client_id\n2025-01-01,90,C1\n",
}  # fmt: skip
HEADER = ["month", "months", "manager_id", "client_id", "plan_revenue"]


def form(*rows, name="plans"):
    """The bytes of a workbook with a sheet of these rows behind another."""
    book, content = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["month", "notes"])
    sheet = book.create_sheet(name)
    for row in rows:
        sheet.append(row)
    book.save(content)
    return content.getvalue()


@pytest.fixture(scope="module")
def proposal(tmp_path_factory) -> pd.DataFrame:
    """What is proposed for the year after these exports."""
    data = tmp_path_factory.mktemp("proposed")
    for name, content in EXPORTS.items():
        (data / name).write_text(content, encoding="utf-8")
    build_for_all(data, headlines=False)
    return open_book(data).compute(plan_proposal, "2025-12")


@pytest.mark.parametrize("language", ["en", "de", "ja"])
def test_a_proposal_is_corrected_and_handed_back(export, proposal, few_rows, language):
    data = export(EXPORTS)
    path = data / "plans next year.xlsx"
    with words.using(language, "EUR"), words.telling(plan_proposal.about):
        display.write(proposal, path)
    book = openpyxl.load_workbook(path)
    sheet = book["plans"]
    assert [cell.value for cell in sheet[2]][:5] == HEADER
    keys = {(row[2].value, row[3].value): row[4] for row in sheet.iter_rows(min_row=3)}
    assert keys.keys() == {("7", "C1"), ("7", "C2"), ("7", "(new)"), ("8", "C3"), ("8", "(new)")}
    keys["7", "C1"].value = 2400
    keys["8", "C3"].value = None
    book.save(path)

    built = build(data)
    counts = built.reconciliation.set_index("table").loc["plans"]
    assert tuple(counts[["rows_read", "rows_kept", "rows_rejected"]]) == (5, 5, 0)
    plans = open_book(data).plans
    keys = plans[["client_id", "manager_id"]].astype(object).fillna("")
    ahead = keys.assign(money=plans["plan_revenue"])[plans["month"] >= "2026-01-01"]
    sums = ahead.groupby(["client_id", "manager_id"])["money"]
    assert sums.size().eq(12).all()
    assert sums.sum().to_dict() == {
        ("C1", ""): 2400, ("C2", ""): 2400, ("(new)", "7"): 0, ("(new)", "8"): 500,
    }  # fmt: skip
    noticed = open_book(data).data_quality.set_index("check")["rows"]
    assert noticed["row of a form is not filled in: left out"] == 1


def test_an_empty_form_is_none(ingested):
    result = ingested({"plans.xlsx": form(HEADER, ["2026-01-01", 12, None, "C1", None])})
    assert result.reconciliation["plans"].rows_read == 0
    assert result.rejects == []


def test_a_form_stands_beside_an_export_and_has_its_own_columns(ingested):
    filled = form(
        ["Month", "Plan"], ["month", "plan_revenue"], ["2026-02-01", 7], ["2026-02-02", 8]
    )
    toml = '[tables.plans]\nfile = "budget.csv"\ncolumns = { plan_revenue = "Budget" }'
    files = {"budget.csv": "month;Budget\n2026-01-01;1,5\n", "plans_more.xlsx": filled}
    result = ingested(files, toml)
    kept = [("2026-01-01", "1.5000"), ("2026-02-01", "7.0000")]
    assert result.rows("plans", "month, plan_revenue") == kept
    assert result.reconciliation["plans"][1:4] == (3, 2, 1)
    assert result.reconciliation["plans"][4:7] == (16.5, 8.5, 8)
    assert result.rejects[0][:3] == ("plans_more.xlsx", 4, "month")


@pytest.mark.parametrize("content", [form(["month", "notes"]), form(HEADER, name="table")])
def test_other_workbooks_are_no_forms(ingested, content):
    files = {"plans.csv": "month,plan_revenue\n2026-01-01,1\n", "plans_old.xlsx": content}
    assert ingested(files).reconciliation["plans"].rows_read == 1


def test_what_the_settings_name_is_an_export(ingested):
    filled = form(HEADER, ["2026-01-01", 1, None, "C1", 7], ["2026-01-01", 1, None, "C2", None])
    toml = '[tables.plans]\nfile = "plans_*.xlsx"\nsheet = "plans"'
    result = ingested({"plans_1.xlsx": filled}, toml)
    assert result.reconciliation["plans"][1:4] == (2, 1, 1)


def test_what_a_query_reads_is_no_form_and_an_answer_holds_for_forms_too(ingested):
    rows = form(HEADER, ["03/04/2026", 1, None, "C1", 7], ["01/04/2026", 1, None, "C1", 8])
    asked = "select * from 'plans_1.xlsx'"
    toml = f'[tables.plans]\ndate_order = "mdy"\nsql = """{asked}"""\nsheet = "plans"'
    result = ingested({"plans_1.xlsx": rows}, toml)
    assert result.reconciliation["plans"].rows_read == 2
    result = ingested({"plans_1.xlsx": rows}, '[tables.plans]\ndate_order = "dmy"')
    assert result.rows("plans", "month") == [("2026-04-01",)]


def test_a_new_form_makes_a_new_store(export, few_rows):
    data = export(EXPORTS)
    build(data)
    (data / "plans_x.xlsx").write_bytes(form(HEADER, ["2026-01-01", 1, None, "C1", 7]))
    assert build(data).fresh


@pytest.mark.parametrize("language", ["en", "de", "ja"])
def test_calls_are_written_down_and_handed_back(export, few_rows, language):
    """Who was called, when and what came of it: blank rows are no rejects."""
    data = export(EXPORTS)
    table = pd.DataFrame({"manager_id": ["7", "7", "8"], "client_id": ["C1", "C2", "C3"],
                          "client_name": ["=Inn", "Bar", "Café"], "place": [1, 2, 1]})  # fmt: skip
    table = table.reindex(columns=list(call_list.about.units))
    with words.using(language, "EUR"), words.telling(call_list.about):
        display.write(table, data / "activities 7.xlsx")
    book = openpyxl.load_workbook(data / "activities 7.xlsx")
    sheet = book["activities"]
    names = [cell.value for cell in sheet[2]]
    assert {column.name for column in schema.TABLES["activities"].columns} == {*names[:7]}
    row = dict(zip(names, sheet[3], strict=True))
    assert row["kind"].value == "call"
    row["happened_at"].value = datetime.datetime(2026, 2, 3, 9, 5)
    row["outcome"].value = "Not now, in May"
    book.save(data / "activities 7.xlsx")

    counts = build(data).reconciliation.set_index("table").loc["activities"]
    assert tuple(counts[["rows_read", "rows_kept", "rows_rejected"]]) == (1, 1, 0)
    read = open_book(data).activities.iloc[0]
    for key in ("manager_id", "client_id"):
        assert read[key] == row[key].value
    assert read["happened_at"] == pd.Timestamp("2026-02-03 09:05")
    quality = open_book(data).data_quality
    assert not quality["check"].str.contains("outcome").any()
