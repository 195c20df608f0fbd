"""Exports that were misread once: each gives the right value now, or one clear line.

tests/data/cases/<name>/ has the export, its clientops.toml and what is right; beside them stand
neighbours made by hand, so that the kind is mended and not the file.
"""

import datetime
import re
import shutil
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from clientops import ingest, open_book, store, words
from clientops.build import build, check
from clientops.cli import cli
from clientops.errors import ClientOpsError
from clientops.metrics import regularity
from clientops.settings import read_settings
from tests.ingest.conftest import Ingested

CASES = Path(__file__).parent.parent / "data" / "cases"
TODAY = datetime.date(2026, 11, 25)
HEADER = "shipment_id,shipped_on,client_id,revenue"


def read(data: Path, today: datetime.date | None = TODAY, strict: bool = False) -> Ingested:
    """A folder ingested on a day."""
    con = store.connect()
    results = ingest.ingest(con, data, read_settings(data), lambda step: None, strict, today)
    return Ingested(con, {result.table: result for result in results})


def noticed(result: Ingested) -> str:
    """All that was noticed, one line a check."""
    found = result.con.execute('select "check", rows, money, example from data_quality').fetchall()
    return "\n".join(str(each) for each in found)


QUESTIONS = {
    "01-thousands-dot-de": r"shipments\.csv: column revenue: is '1\.250' above a thousand",
    "01b-xlsx-text-thousands": r"shipments\.xlsx: column revenue: is '1\d?\.\d+' above a thousand",
    "03-half-swapped-dates": "a program has swapped day and month",
    "04-mixed-date-order": r"sales_us\.csv: column shipped_on .*'10/01/2026'.*date_order",
    "08-scientific-ids-csv": "shipment_id holds '4,50012E.11', a number that Excel has shortened",
    "11-formula-no-cache": "row 2, cost: a formula whose value is not in the file.*save it once",
    "11b-formula-zero": "row 2, revenue: a formula whose value is not in the file.*save it once",
    "13-duplicate-header-currency": r'two columns Amount; .*"Amount \(1\)" .*"Amount \(2\)"',
    "13b-currency-column": r"several currencies: RUB \(2 rows\), USD \(1 rows\)",
    "15-latin1-read-as-cp1251": "Boîte à outils' .encoding = 'cp1252'. or .* table's section",
    "21-utc-month-edge": "times in UTC such as '2026-09-30T21:30:00Z'.*timezone",
    "32-containers": "protected by a password, or not readable as a workbook",
}


@pytest.mark.parametrize("name", QUESTIONS)
@pytest.mark.parametrize("today", [TODAY, datetime.date(2031, 1, 1), None])
def test_what_cannot_be_told_is_asked(name, today):
    with pytest.raises(ClientOpsError, match=QUESTIONS[name]) as error:
        read(CASES / name, today)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "more", "kept", "money"),
    [
        ("01-thousands-dot-de", 'decimal = ","', 4, 18_050),
        ("01b-xlsx-text-thousands", '[tables.shipments]\ndecimal = ","', 5, 15_049.5),
        ("04-mixed-date-order", 'date_order = "mdy"', 912, 90_576),
        ("06-overlapping-exports", 'dedupe = "document"', 4, 420),
        ("15-latin1-read-as-cp1251", '[tables.clients]\nencoding = "cp1252"', 2, 200),
        ("06-overlapping-exports", 'dedupe = "line"', 4, 420),
        ("06b-corrected-document", 'dedupe = "document"', 3, 1_900),
        ("23-fanout-full-amount", '[tables.shipments]\nrevenue_is = "document"', 3, 10_500),
    ],
)
def test_a_setting_answers(tmp_path, name, more, kept, money):
    shutil.copytree(CASES / name, tmp_path / "data")
    with (tmp_path / "data" / "clientops.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{more}\n")
    result = read(tmp_path / "data").reconciliation["shipments"]
    assert (result.rows_kept, result.money_kept) == (kept, money)
    assert result.rows_read == result.rows_kept + result.rows_rejected


@pytest.mark.parametrize(
    ("name", "kept", "money", "says"),
    [
        ("05-month-sheets", 9, 8_100, "sheets read together: 2026-08, 2026-09, 2026-10"),
        ("05b-hidden-first-sheet", 3, 300, "hidden sheet 'old' is not read"),
        ("06-overlapping-exports", 5, 470, "in several files with equal lines.*, 1, 50.0, '3 in"),
        ("06b-corrected-document", 4, 2_900, "in several files with other lines.*, 1, 900.0, 'D1"),
        ("07b-sql-code-E", 3, 450, ""),
        ("09-total-row-with-date", 300, 30_000, ""),
        ("12-merged-manager", 6, 600, ""),
        ("15b-cp1251-camelcase", 2, 200, ""),
        ("17-stray-far-cell", 20, 2_000, ""),
        ("19-check-hides-rejects", 2, 1_284.5, ""),
        ("19b-check-hides-rejects-dates", 0, 0, "a build stops"),
        ("20-big-invoice-rejected", 301, 1_530_000, ""),
        ("23-fanout-full-amount", 3, 20_500, "one amount on every line of the document.*20000"),
        ("24-name-variants", 5, 500, "client is written in several ways.*5, 500.*Ромашка /"),
        ("24-name-variants", 5, 500, "manager is written in several ways.*5, 500.*Иванов"),
        ("26-sep-line", 2, 201, ""),
        ("26b-title-above-header", 2, 201, ""),
        ("26c-trailing-minus-apostrophe-words", 2, 50, ""),
        ("26e-apostrophe-negative", 2, 50, ""),
        ("26f-short-rows", 3, 300, "row ends early.*, 2,"),
        ("26g-accounting-dash", 2, 100, ""),
        ("28-hidden-filtered-rows", 6, 600, "hidden or filtered out.*, 2, 200"),
        ("29-null-texts", 1, 100, "a build stops"),
        ("33-row-per-contact", 2, 200, "differ only in phone, email: joined into one"),
    ],
)
def test_the_right_value_is_read_and_what_is_odd_is_said(name, kept, money, says):
    result = read(CASES / name)
    shipments = result.reconciliation["shipments"]
    assert (shipments.rows_kept, shipments.money_kept) == (kept, money)
    assert shipments.rows_read == shipments.rows_kept + shipments.rows_rejected
    assert re.search(says, noticed(result))


def test_codes_stay_as_they_are_written_in_queries():
    result = read(CASES / "07-sql-code-1.10")
    assert result.rows("shipments", "client_id, product_id, revenue") == [
        ("10.1", "1.1", "100.0000"),
        ("10.10", "1.10", "300.0000"),
        ("10.2", "1.2", "50.0000"),
    ]
    result = read(CASES / "07c-sql-document-number-date")
    assert result.column("shipment_id") == ["1/10/2026", "14/10/2026", "2/10/2026"]
    assert sorted(read(CASES / "07b-sql-code-E").column("shipment_id")) == ["12000", "12E3", "4567"]


def test_words_for_nothing_are_told_as_they_stand():
    result = read(CASES / "29-null-texts")
    assert [each[1:] for each in result.rejects] == [
        (line, "client_id", word, "a word for nothing")
        for line, word in [(3, "NULL"), (4, "NULL"), (5, "nan"), (6, "-")]
    ]


def test_a_word_for_nothing_as_manager_is_said_with_rows_and_money(ingested):
    lines = [
        f"{n},2026-10-01,C{n},{n}0,{who}" for n, who in enumerate(["m", "NULL", "n/a", "NULL"])
    ]
    result = ingested(shipments(*lines, header=f"{HEADER},manager_id"))
    assert result.column("manager_id") == ["m", None, None, None]
    assert "manager_id is a word for nothing: read as empty', 3, 60.0, 'NULL, n/a'" in noticed(
        result
    )


def test_merged_cells_give_every_row_its_manager():
    assert read(CASES / "12-merged-manager").column("manager_id") == ["Ivanova"] * 3 + [
        "Petrov"] * 3  # fmt: skip


def test_dates_that_never_come_are_none():
    result = read(CASES / "25-open-end-dates")
    assert result.column("valid_to", "assignments") == [None, None]
    assert result.column("left_on", "managers") == [None, None]
    assert read(CASES / "25b-empty-date-1c").column("created_on", "clients") == [None, "2026-10-05"]


def test_contacts_of_one_client_are_joined():
    result = read(CASES / "33-row-per-contact")
    assert result.rows("clients", "client_id, phone") == [
        ("K1", "+7 900 111; +7 900 222"), ("K2", "+7 900 333")]  # fmt: skip
    assert result.reconciliation["clients"][1:4] == (3, 3, 0)


@pytest.mark.parametrize(
    ("name", "until"),
    [("02-future-planned-task", "2026-11-20"), ("02b-typo-year", "2026-11-20"),
     ("02c-typo-2062", "2026-11-20")],
)  # fmt: skip
def test_what_has_not_happened_moves_nothing(name, until):
    result = read(CASES / name, strict=True)
    settings = read_settings(CASES / name)
    assert str(ingest.data_until(result.con, settings, TODAY)) == until
    if "typo" in name:
        ((*_, reason),) = result.rejects
        assert reason == "after the day of the build, 2026-11-25; data_until says otherwise"
        late = read(CASES / name, datetime.date(2063, 1, 1))  # the clock is late
        assert "long after all the others" in noticed(late)


def test_a_shared_invoice_is_one_of_the_company(tmp_path):
    shutil.copytree(CASES / "22-split-invoice-count", tmp_path / "data")
    build(tmp_path / "data", today=TODAY)
    book = open_book(tmp_path / "data")
    for viewer_of in (book, book.of_clients(["K1"])):
        rows = viewer_of.compute(regularity.shipment_regularity, "2026-10").query(
            "grain == 'month'"
        )
        found = rows.set_index("manager_id")["shipments"].to_dict()
        assert found == ({"*": 3, "anna": 2, "boris": 2} if viewer_of is book
                         else {"*": 2, "anna": 1, "boris": 2})  # fmt: skip


def test_the_timezone_of_the_company_tells_the_day(tmp_path):
    shutil.copytree(CASES / "21-utc-month-edge", tmp_path / "data")
    with (tmp_path / "data" / "clientops.toml").open("a", encoding="utf-8") as file:
        file.write('\ntimezone = "Europe/Moscow"\n')
    days = ["2026-10-01", "2026-10-15", "2026-10-31", "2026-11-01"]
    assert read(tmp_path / "data").column("shipped_on") == days


def test_questions_are_one_line_and_exit_code_two():
    outcome = CliRunner().invoke(cli, ["check", "--data", str(CASES / "13b-currency-column")])
    assert isinstance(outcome.exception, ClientOpsError) or outcome.exit_code == 2


# --- neighbours --------------------------------------------------------------------------------


def shipments(*lines: str, header: str = HEADER) -> dict[str, str]:
    return {"shipments.csv": "\n".join([header, *lines]) + "\n"}


def total(ingested, *amounts: str) -> float:
    lines = [f"S{number};2026-10-01;C;{amount}" for number, amount in enumerate(amounts)]
    files = {"shipments.csv": "\n".join([HEADER.replace(",", ";"), *lines]) + "\n"}
    return ingested(files).reconciliation["shipments"].money_kept


@pytest.mark.parametrize(
    ("amounts", "money"),
    [
        (["1.250", "12,50"], 1262.5),
        (["1.250", "1.250.000"], 1251250),
        (["1'250.00", "1’000.50"], 2250.5),
        (["1,23,456.50", "1.5"], 123458),
        (["100 €", "€ 50,5"], 150.5),
        (["RUB 100", "-50 руб."], 50),
        (["100", "—"], 100),
        (["1.5", "2.25"], 3.75),  # weights: nothing to ask
        (["0.125", "1.250"], 1.375),
        (["100.00-", "(50.00)", "−25.00", "200"], 25),
    ],
)
def test_numbers_are_read_however_they_are_written(ingested, amounts, money):
    assert total(ingested, *amounts) == money


@pytest.mark.parametrize("amounts", [["1.250"], ["1,250"], ["1.250", "2,500"], ["1.250", "900"]])
def test_amounts_that_do_not_tell_are_asked_about(ingested, amounts):
    with pytest.raises(ClientOpsError, match="above a thousand or a decimal"):
        total(ingested, *amounts)


def test_several_currencies_in_the_amounts_stop_the_build(ingested):
    with pytest.raises(ClientOpsError, match=r"several currencies: EUR \(2 rows\), USD \(1 rows\)"):
        total(ingested, "100 EUR", "€50", "$ 20")


def test_a_share_is_no_money(ingested):
    assert total(ingested, "100", "5 %") == 100


def test_each_file_has_its_own_way_of_writing(ingested):
    toml = '[tables.shipments]\nfile = "s*.csv"'
    header = HEADER.replace(",", ";")
    files = {
        "s1.csv": f"{header}\nA;13.10.2026;C;1.234\nB;02.10.2026;C;12,5\n",
        "s2.csv": f"{header}\nC;10/13/2026;C;1,234\nD;10/02/2026;C;12.5\n",
    }
    result = ingested(files, toml)
    assert result.column("revenue") == ["1234.0000", "12.5000"] * 2
    assert result.column("shipped_on") == ["2026-10-13", "2026-10-02"] * 2


@pytest.mark.parametrize(
    ("lines", "kept", "left_out"),
    [
        (["1,2026-10-01,A,100", "2,2026-10-02,B,50", "Total,,,150"], 150, "total of 2 rows"),
        (["Итого:,,,150", "1,2026-10-01,A,100", "2,2026-10-02,B,50"], 150, "total of 2 rows"),
        (["1,2026-10-01,A,100", "2,2026-10-02,A,50", ",,A,150", "3,2026-10-03,B,7", ",,B,7"],
         157, "total of 2 rows"),
        (["1,2026-10-01,A,100", "2,2026-10-02,B,50", "3,2026-10-03,A,5", "Итого по A,,,105"],
         155, "total of 2 rows"),
        (["1,2026-10-01,A,1", "2,2026-10-01,A,2", "Summe,2026-10-31,Summe,3"], 3, "total of 2"),
        (["1,2026-10-01,A,9e11", "2,2026-10-02,B,1e11", "Total,,,1e12"], 1e12, "total of 2 rows"),
    ],
)  # fmt: skip
def test_totals_are_left_out_and_listed(ingested, lines, kept, left_out):
    result = ingested(shipments(*lines), strict=True)
    assert result.reconciliation["shipments"].money_kept == kept
    assert left_out in str(result.rejects)


@pytest.mark.parametrize(
    "lines",
    [
        ["1,2026-10-01,Total,100", "2,2026-10-02,Total,50", "3,2026-10-03,B,150"],
        ["1,2026-10-01,A,100", "2,2026-10-02,Total Energies,100", "3,2026-10-03,B,7"],
        ["1,2026-10-01,A,100", "2,2026-10-02,B,50", "3,2026-10-03,Total,151"],
    ],
)
def test_a_client_named_total_stays_one(ingested, lines):
    assert ingested(shipments(*lines)).reconciliation["shipments"].rows_kept == 3


SECOND = "a second export, perhaps; all are kept"


@pytest.mark.parametrize(
    ("second", "says"),
    [
        # October again, summed by document, and one order that came later
        (["X1,2026-10-01,A,15", "X2,2026-10-02,B,20", "X3,2026-11-03,A,7"],
         "2, 35.0, 'X1 in s2.csv"),
        (["X1,2026-10-01,A,15", "X2,2026-10-02,B,21", "X4,2026-10-02,C,1", "X5,2026-10-02,D,1"],
         None),  # one amount in two is chance
        (["X1,2026-11-01,A,15", "X2,2026-11-02,B,20"], None),  # the next month
        (["3,2026-10-02,B,20"], None),  # said of the document
    ],
)  # fmt: skip
def test_a_second_export_under_other_numbers_is_said(ingested, second, says):
    first = ["1,2026-10-01,A,10", "2,2026-10-01,A,5", "3,2026-10-02,B,20", "4,2026-09-02,B,20"]
    files = {"s1.csv": "\n".join([HEADER, *first]), "s2.csv": "\n".join([HEADER, *second])}
    result = ingested(files, '[tables.shipments]\nfile = "s*.csv"')
    assert result.reconciliation["shipments"].rows_rejected == 0
    assert (SECOND in noticed(result)) == bool(says)
    if says:
        assert says in noticed(result)


def test_real_identical_lines_are_said_and_kept(ingested):
    result = ingested(shipments("S,2026-10-01,C,5", "S,2026-10-01,C,5", "T,2026-10-01,C,5"))
    assert result.reconciliation["shipments"].rows_kept == 3
    assert "identical rows in one file: all are kept', 1, 5.0" in noticed(result)


def test_a_line_that_stands_twice_in_a_file_is_two_in_any_other(ingested):
    line = "S,2026-10-01,C,5"
    files = {"s.csv": f"{HEADER}\n{line}\n{line}\n", "s (1).csv": f"{HEADER}\n{line}\n{line}\n"}
    toml = '[tables.shipments]\nfile = "s*.csv"\ndedupe = "line"'
    assert ingested(files, toml).reconciliation["shipments"].rows_kept == 2


def test_the_later_download_holds(ingested):
    files = {"s (1).csv": f"{HEADER}\nS,2026-10-01,C,7\n", "s.csv": f"{HEADER}\nS,2026-10-01,C,5\n"}
    toml = '[tables.shipments]\nfile = "s*.csv"\ndedupe = "document"'
    assert ingested(files, toml).column("revenue") == ["7.0000"]


def test_an_amount_is_divided_to_the_last_digit(ingested):
    toml = '[tables.shipments]\nfile = "shipments.csv"\nrevenue_is = "document"'
    lines = [f"S,2026-10-01,C,100,{product}" for product in "abc"]
    result = ingested(shipments(*lines, header=f"{HEADER},product_id"), toml)
    assert result.column("revenue") == ["33.3334", "33.3333", "33.3333"]


def test_a_day_long_before_all_the_others_is_said(ingested):
    lines = [f"{number},2026-10-0{1 + number % 9},C,{number}" for number in range(40)]
    assert "long before all the others" in noticed(ingested(shipments("X,2016-10-01,C,1", *lines)))


def test_rows_that_come_due_renew_a_store(export):
    data = export(shipments("1,2026-10-01,C,1", "2,2026-12-01,C,1"))
    assert build(data, today=TODAY).fresh
    assert not build(data, today=datetime.date(2026, 11, 30)).fresh
    assert build(data, today=datetime.date(2026, 12, 1)).fresh
    assert check(data, today=datetime.date(2026, 12, 1))[0][0].rows_rejected == 0


def test_data_until_keeps_what_comes_later(export):
    toml = "[company]\ndata_until = 2026-12-31"
    result = read(export(shipments("1,2026-12-01,C,1"), toml))
    assert result.reconciliation["shipments"].rows_kept == 1


def test_one_unreadable_invoice_with_most_of_the_money_stops_a_build(export):
    lines = [f"{number},2026-10-01,C,10.00" for number in range(300)]
    data = export(shipments(*lines, "X,2026-10-01,C,ca. 1 500 000.00 net"))
    with pytest.raises(ClientOpsError, match=r"1 of 301 rows with about 1,500,000.00 of the money"):
        read(data, strict=True)


def test_pages_say_what_part_of_the_money_is_missing(export):
    lines = [f"{number},2026-10-01,C,10.00" for number in range(200)]
    data = export(shipments(*lines, "X,2026-12-01,C,20"))
    build(data, today=TODAY)
    assert open_book(data).lost_share == pytest.approx(20 / 2020)
    with words.using("en", "EUR"):
        assert words.lost(20 / 2020).startswith(" · 1.0% of the money was rejected")
        assert words.lost(0.001) == ""


def test_joined_codes_stay_apart(ingested):
    toml = (
        "[tables.shipments]\nsql = '''select o.doc as shipment_id, o.day as shipped_on, "
        "c.name as client_id, o.amount as revenue "
        "from 'o.csv' o join 'c.csv' c on c.code = o.code'''"
    )
    files = {
        "o.csv": "doc,day,code,amount\n1,2026-10-01,1.1,100\n2,2026-10-02,1.10,300.50\n",
        "c.csv": "code,name\n1.1,A\n1.10,B\n",
    }
    result = ingested(files, toml)
    assert result.rows("shipments", "client_id, revenue") == [("A", "100.0000"), ("B", "300.5000")]


def workbook(path: Path, fill) -> None:
    book = openpyxl.Workbook()
    fill(book)
    path.mkdir(parents=True, exist_ok=True)
    book.save(path / "shipments.xlsx")


ROW = [datetime.datetime(2026, 10, 30), "C", 100]


def test_numbers_of_more_than_fifteen_digits_are_refused(tmp_path):
    def fill(book):
        book.active.append(HEADER.split(","))
        book.active.append([1234567890123456789, *ROW])

    workbook(tmp_path, fill)
    with pytest.raises(ClientOpsError, match="more than 15 digits: the digits are gone"):
        read(tmp_path)


def test_a_merged_amount_is_not_the_amount_of_each_row(tmp_path):
    def fill(book):
        book.active.append(HEADER.split(","))
        for number in range(2):
            book.active.append([f"S{number}", *ROW])
        book.active.merge_cells("D2:D3")

    workbook(tmp_path, fill)
    assert read(tmp_path).reconciliation["shipments"].money_kept == 100


def test_sheets_with_other_columns_are_asked_about(tmp_path):
    def fill(book):
        book.active.append(HEADER.split(","))
        book.active.append(["S1", *ROW])
        other = book.create_sheet("more")
        other.append([*HEADER.split(","), "cost"])
        other.append(["S2", *ROW, 5])

    workbook(tmp_path, fill)
    with pytest.raises(ClientOpsError, match="the sheets Sheet, more have different columns"):
        read(tmp_path)


def test_a_cover_sheet_and_a_title_are_passed_over(tmp_path):
    def fill(book):
        book.active.append(["Report of October"])
        data = book.create_sheet("data")
        data.append(["Sales", None])
        data.append([])
        data.append(HEADER.split(","))
        data.append(["S1", *ROW])

    workbook(tmp_path, fill)
    result = read(tmp_path)
    assert result.reconciliation["shipments"].rows_kept == 1
    assert "sheet 'Sheet' is not read" in noticed(result)


def test_only_a_hidden_sheet_is_never_chosen(tmp_path):
    def fill(book):
        book.active.append(HEADER.split(","))
        book.active.append(["S1", *ROW])
        book.active.sheet_state = "hidden"
        book.create_sheet("shown")

    workbook(tmp_path, fill)
    with pytest.raises(ClientOpsError, match="the sheet 'Sheet' is hidden"):
        read(tmp_path)
