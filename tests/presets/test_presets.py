"""What `clientops init` proposes: for each system it knows, for one's own files, for odd ones."""

import datetime
import re
import shutil
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from clientops import build as building
from clientops.cli import cli
from clientops.errors import ClientOpsError
from clientops.presets import exports, proposal
from clientops.settings import FILE, read_settings
from tests.conftest import ROOT
from tests.presets import fixtures

TODAY = datetime.date(2026, 11, 1)


def proposed(data: Path) -> str:
    proposal.write(data)
    return (data / FILE).read_text(encoding="utf-8")


def write(data: Path, **contents: str) -> Path:
    """A folder of text files; two underlines are a point in a name."""
    data.mkdir(exist_ok=True)
    for name, content in contents.items():
        (data / name.replace("__", ".")).write_text(content, encoding="utf-8")
    return data


@pytest.mark.parametrize("fixture", fixtures.FIXTURES, ids=lambda fixture: fixture.title)
def test_an_export_of_a_system_comes_in_without_an_edit(tmp_path, few_rows, fixture):
    data = tmp_path / "data"
    fixtures.write(fixture, data)
    text = proposed(data)
    assert f"[tables.{fixture.table}]  # {fixture.title}\n" in text
    source = read_settings(data).tables[fixture.table]
    assert source.columns == fixture.columns
    assert {name: getattr(source, name) for name in fixture.more} == fixture.more
    built = building.build(data, today=TODAY).reconciliation.set_index("table")
    row = built.loc[fixture.table]
    assert row["rows_kept"] == fixture.kept
    assert "not placed" not in text
    assert re.findall("# not used: (.*)", text) == [fixture.spare] * bool(fixture.spare)


def test_every_export_of_a_preset_is_held_by_a_fixture():
    known = {export.title for export in exports() if export.title}
    assert known == {fixture.title for fixture in fixtures.FIXTURES}


OWN = {
    "sales_2025__csv": "Document,Date,Customer,Net\n1001,2025-03-14,C1,100.50\n",
    "sales_2026__csv": "Document,Date,Customer,Net\n1002,2026-03-15,C2,20.00\n",
    "customers__csv": "Code,Name,Owner\nC1,Alfa,Smith\nC2,Beta,Jones\n",
}


def test_the_readme_shows_what_is_proposed(tmp_path):
    text = proposed(write(tmp_path / "acme", **OWN))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"```toml\n(.*?)```", readme, re.DOTALL)[1]
    assert shown == text.partition("\n")[2].replace("\n\n", "\n")


def test_two_files_of_one_table_are_one_pattern_and_build(tmp_path, few_rows):
    data = write(tmp_path / "acme", **OWN)
    assert 'file = "sales_*.csv"' in proposed(data)
    built = building.build(data, today=TODAY).reconciliation.set_index("table")
    assert list(built["rows_kept"]) == [2, 2]


def test_what_may_be_meant_as_well_is_said_in_a_comment(tmp_path):
    data = write(
        tmp_path / "d",
        sales__csv="Document,Date,Customer,Net,Total,Colour\n1,2026-03-14,C1,1,2,x\n",
    )
    text = proposed(data)
    assert 'columns.revenue = "Net"\n# or columns.revenue = "Total"\n' in text
    assert '# not used: "Colour"' in text
    assert read_settings(data).tables["shipments"].columns["revenue"] == "Net"


def test_clients_are_named_as_the_shipments_name_them(tmp_path):
    sales = "Document,Date,Customer,Net\n1,2026-03-14,Alfa,1\n2,2026-03-15,Beta,1\n"
    data = write(tmp_path / "d", sales__csv=sales, clients__csv=OWN["customers__csv"])
    proposed(data)
    assert read_settings(data).tables["clients"].columns["client_id"] == "Name"


def test_columns_are_told_by_their_values_too(tmp_path):
    sales = "Number,Date,Ship Date,Customer,Net,Amount\n1,soon,2026-03-14,C1,gratis,2\n"
    data = write(tmp_path / "d", sales__csv=sales)
    proposed(data)
    columns = read_settings(data).tables["shipments"].columns
    assert (columns["shipped_on"], columns["revenue"]) == ("Ship Date", "Amount")


@pytest.mark.parametrize(
    ("file", "headings", "table"),
    [("bank", "Счет,Дата оплаты,Клиент,Сумма", "payments"),
     ("оплаты", "Дата,Клиент,Сумма", "payments"), ("обороты", "Дата,Клиент,Сумма", ""),
     ("оплаты", "Документ,Дата,Клиент,Выручка", "shipments")],
)  # fmt: skip
def test_payments_are_told_by_their_day_or_their_file(tmp_path, file, headings, table):
    row = ",".join({"Клиент": "C1", "Сумма": "5", "Выручка": "5"}.get(each, "14.03.2026")
                   for each in headings.split(","))  # fmt: skip
    contents = {f"{file}__csv": f"{headings}\n{row}\n"}
    data = write(tmp_path / "d", customers__csv=OWN["customers__csv"], **contents)
    proposed(data)
    assert read_settings(data).tables.keys() - {"clients"} == {table} - {""}


@pytest.mark.parametrize(
    ("row", "asked"),
    [("1;03/04/2026;C1;5", 'does 03/04/2026 begin with the day? date_order = "dmy", or "mdy"'),
     ("1;2026-03-04;C1;1,234", 'is 1,234 above a thousand? decimal = ".", or ","')],
)  # fmt: skip
def test_what_values_do_not_tell_is_asked(tmp_path, row, asked):
    data = write(tmp_path / "d", sales__csv=f"Document;Date;Customer;Net\n{row}\n")
    assert f"# asked: {asked}" in proposed(data)


@pytest.mark.parametrize(
    ("heading", "value", "currency"),
    [("Сумма, руб.", "5", "RUB"), ("Net", "5 €", "EUR"), ("Net", "$5", "USD")],
)  # fmt: skip
def test_a_currency_is_read_from_values_and_headings(tmp_path, heading, value, currency):
    text = f"Document;Date;Customer;{heading}\n1;2026-03-04;C1;{value}\n"
    assert f'currency = "{currency}"\n' in proposed(write(tmp_path / "d", sales__csv=text))


def test_sheets_of_a_workbook_are_tables(tmp_path):
    (tmp_path / "d").mkdir()
    book = openpyxl.Workbook()
    for row in (["Document", "Date", "Customer", "Net"], ["1", "2026-03-14", "C1", 5]):
        book.active.append(row)
    sheet = book.create_sheet("Customers")
    for row in (["List of customers"], [], ["Code", "Name", "Owner"], ["C1", "Alfa", "Smith"]):
        sheet.append(row)
    hidden = book.create_sheet("Old")
    for row in (["Code", "Name", "Owner"], ["C9", "Gone", "Smith"]):
        hidden.append(row)
    hidden.sheet_state = "hidden"
    book.save(tmp_path / "d" / "all.xlsx")
    proposed(tmp_path / "d")
    built = building.build(tmp_path / "d", today=TODAY).reconciliation.set_index("table")
    assert list(built["rows_kept"]) == [1, 1]


def test_what_is_no_table_is_said(tmp_path):
    data = write(tmp_path / "d", **OWN, notes__csv="A,B\n1,2\n", empty__csv="")
    (data / "broken.xlsx").write_bytes(b"PK\3\4")
    text = proposed(data)
    assert '# notes.csv: not placed: no table has its headings: "A", "B"' in text
    assert "# broken.xlsx: not read: not readable as a workbook" in text
    assert "# empty.csv: not read: the file is empty" in text
    headings = "Документ,Дата,Контрагент,Сумма\n1,14.03.2026,Альфа,5\n"
    data = write(tmp_path / "ru", Продажи__csv=headings, empty__csv="")
    assert "# empty.csv: не прочитан: файл пуст" in proposed(data)


def test_without_shipments_the_proposal_says_so(tmp_path):
    data = write(tmp_path / "d", customers__csv=OWN["customers__csv"])
    assert "# a build needs shipments, and no file has all of shipment_id, shipped_on" in proposed(
        data
    )


def test_names_from_the_files_stay_texts(tmp_path):
    sales = 'Document,Date,Customer,Net,"x"" \n[company]\\"\n1,2026-03-14,C1,1,2\n'
    data = write(tmp_path / "d", sales__csv=sales)
    proposed(data)
    assert set(read_settings(data).tables) == {"shipments"}


def test_a_file_that_is_there_is_not_overwritten(tmp_path):
    data = write(tmp_path / "d", **OWN, clientops__toml="# mine\n")
    with pytest.raises(ClientOpsError, match="is there already; move it away"):
        proposal.write(data)
    assert (data / FILE).read_text() == "# mine\n"


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_where_there_is_nothing_to_look_at_that_is_said(tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ClientOpsError, match=r"no such folder|no exports"):
        proposal.write(tmp_path / name)


def test_files_under_our_own_names_need_no_columns(tmp_path, few_rows):
    (tmp_path / "d").mkdir()
    for name in ("shipments", "clients", "managers", "products", "plans", "activities"):
        shutil.copy(ROOT / "data" / "sample" / f"{name}.csv", tmp_path / "d")
    proposed(tmp_path / "d")
    tables = read_settings(tmp_path / "d").tables
    assert {name: source.file for name, source in tables.items()} == {
        name: f"{name}.csv" for name in tables
    }
    assert len(tables) == 6 and not any(source.columns for source in tables.values())


def test_the_command_says_what_it_found(tmp_path):
    data = write(tmp_path / "d", **OWN)
    done = CliRunner().invoke(cli, ["init", str(data)])
    assert done.exit_code == 0
    assert "shipments: sales_2025.csv, sales_2026.csv (guessed from the headings)" in done.output
    assert f"written: {data / FILE}; read it, then: clientops check --data {data}" in done.output
