"""Encodings, delimiters, lines and cells: from a file to rows of text."""

import datetime
import zipfile

import openpyxl
import pytest

from clientops.errors import ClientOpsError
from clientops.ingest import files, headers, workbooks
from clientops.settings import Source

RUSSIAN = "код;название\n1;ООО «Ромашка»\n2;Завод № 5\n"


def read(path, sheet=""):
    part = files.parts(path, Source(sheet=sheet))[0]
    return part.header, list(part.rows)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be",
                                      "cp1251"])  # fmt: skip
def test_every_supported_encoding_reads_alike(tmp_path, encoding):
    mark = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
    path = tmp_path / "clients.csv"
    path.write_bytes((mark + RUSSIAN).encode(encoding))
    header, rows = read(path)
    assert header == ["код", "название"]
    assert rows == [(2, ["1", "ООО «Ромашка»"]), (3, ["2", "Завод № 5"])]


@pytest.mark.parametrize("text", ["Привет", "РОМАШКА", "кг", "Цех", "Київ, Львів", "Мінск",
                                  "1\u00a0000,50", "USB-кабель, A4 бумага, Cклад"])  # fmt: skip
def test_a_few_cyrillic_letters_are_enough_for_cp1251(tmp_path, text):
    path = tmp_path / "clients.csv"
    path.write_bytes(f"id;name\n1;{text}\n".encode("cp1251"))
    assert read(path)[1] == [(2, ["1", text])]


FRENCH = ["Société Générale", "Hôtel de la Forêt", "Pâtisserie Noël", "Crédit Agricole", "Évry"]
POLISH = ["Łódź", "Spółka Wschód", "Piekarnia Wójcik", "Żabka", "Małgorzata Dąbrowska"]
GERMAN = ["Müller GmbH", "Größe & Söhne", "Bäckerei Schröder", "Straßenbau", "Österreich AG"]
CZECH = ["Dvořák", "Plzeň", "Jiří Černý", "Průmysl", "Škoda"]
TURNED = ["ООО Ромашка;ИП Иванов", "Москва", "ЗАО ПРОМСТРОЙ", "Щёлково", "Завод № 5", "СтройСервис"]
RUSSIANS = [each for each in TURNED if "№" not in each]


@pytest.mark.parametrize(
    ("names", "encoding"),
    [
        (FRENCH, "cp1252"), (GERMAN, "cp1252"), (POLISH, "cp1250"), (CZECH, "cp1250"),
        (TURNED, "cp1251"), (TURNED, "cp866"), (RUSSIANS, "koi8-r"), (GERMAN, "cp850"),
        (["Señor López", "Compañía Española", "Peña", "Cañón", "Málaga"], "cp1252"),
        (["København", "Sørensen", "Ærø", "Århus"], "cp1252"),
        (["Caffè Città", "Libertà"], "cp1252"),
        (["São Paulo", "Conceição", "Três Irmãos"], "cp1252"), (["Õunapuu", "Järve"], "cp1252"),
        (["Győr", "Székesfehérvár", "Kőbánya", "Fűtő"], "cp1250"), (POLISH, "iso-8859-2"),
        (["Café"], "cp1252"), (["5€"], "cp1252"), (["Αθήνα", "Θεσσαλονίκη"], "cp1253"),
        (["Москва"], "cp866"), (["Москва"], "koi8-r"), (["ЗАО ПРОМСТРОЙ"], "koi8-r"),
        ([f"Клиент {n}" for n in range(100)], "cp1251"), (["Кафе"] * 50, "cp1251"),
    ],
)  # fmt: skip
def test_encodings_of_one_byte_are_told_by_their_words(tmp_path, names, encoding):
    """Few names are enough; in a column of many they are told whatever their order."""
    path = tmp_path / "clients.csv"
    path.write_bytes("\n".join(["name", *names]).encode(encoding))
    assert [cells for _, cells in read(path)[1]] == [[name] for name in names]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("naïve", "cp1252"), ("Å\nÖ", "cp1252"), ("Forlì", "cp1252"), ("İstanbul\nŞişli", "cp1254"),
     ("日本語テスト", "shift_jis"), ("ООО Ромашка", "mac-cyrillic"), ("Москва", "mac-cyrillic")],
)  # fmt: skip
def test_letters_that_do_not_tell_are_asked_about(tmp_path, text, encoding):
    path = tmp_path / "clients.csv"
    path.write_bytes(f"name\n{text}\n".encode(encoding))
    with pytest.raises(
        ClientOpsError, match=r"letters do not tell its encoding.*encoding = "
    ) as error:
        read(path)
    assert "\n" not in str(error.value)
    part = files.parts(path, Source(encoding=encoding))[0]
    assert [cells for _, cells in part.rows] == [[line] for line in text.splitlines()]


def test_an_unknown_encoding_is_said(tmp_path):
    path = tmp_path / "clients.csv"
    path.write_text("name\nx\n")
    for unknown in ("cp12522", "base64"):
        with pytest.raises(ClientOpsError, match=f"encoding = '{unknown}' is not known"):
            files.parts(path, Source(encoding=unknown))
    with pytest.raises(ClientOpsError, match="not readable as utf-16"):
        files.parts(path, Source(encoding="utf-16"))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_known_without_its_mark(tmp_path, encoding):
    path = tmp_path / "clients.csv"
    path.write_bytes(RUSSIAN.encode(encoding))
    assert read(path)[0] == ["код", "название"]


def test_zero_bytes_are_read_past_and_said(tmp_path):
    path = tmp_path / "clients.csv"
    path.write_bytes(b"id,name\n" + b"1,Smith and sons\0\0\0\n2,Miller and his family\n" * 9)
    part = files.parts(path, Source())[0]
    assert next(part.rows) == (2, ["1", "Smith and sons"])
    list(part.rows)
    assert part.said == {"zero bytes in the line: read past": 9}


@pytest.mark.parametrize("content", [b"PK\x03\x04zip", b"a,b\n\0\0\0\0\0", bytes(range(256)) * 4])
def test_what_is_no_text_is_refused(tmp_path, content):
    path = tmp_path / "clients.csv"
    path.write_bytes(content)
    with pytest.raises(ClientOpsError, match=r"not a text file|not readable|do not tell"):
        read(path)


def test_letters_that_the_encoding_lacks_are_one_error(tmp_path):
    path = tmp_path / "clients.csv"
    path.write_bytes(RUSSIAN.encode("cp1251") * 3 + b"3;\x98\n")
    with pytest.raises(ClientOpsError, match="not readable as cp1251"):
        read(path)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_the_one_that_divides_the_header(tmp_path, delimiter):
    path = tmp_path / "clients.csv"
    path.write_text(delimiter.join(["id", '"one, two; three"', "x"]) + "\n", encoding="utf-8")
    assert read(path)[0] == ["id", "one, two; three", "x"]


def test_tsv_is_divided_by_tabs_whatever_its_header_holds(tmp_path):
    path = tmp_path / "clients.tsv"
    path.write_text("a, b, c\td\n1\t2\n", encoding="utf-8")
    assert read(path) == (["a, b, c", "d"], [(2, ["1", "2"])])


def test_a_header_with_line_breaks_becomes_one_line(tmp_path):
    path = tmp_path / "clients.csv"
    path.write_text('"Client\ncode";"Name \nof client"\n1;x\n', encoding="utf-8")
    assert read(path) == (["Client code", "Name of client"], [(4, ["1", "x"])])


def test_empty_and_repeated_names_get_a_number(tmp_path):
    assert headers.names(["a", "", "A ", "\ufeffb\u00a0", "a"]) == [
        "a", "column2", "A (2)", "b", "a (3)"]  # fmt: skip


@pytest.mark.parametrize("content", ["", "\n", "  \n\n"])
def test_a_file_without_a_header_is_empty(tmp_path, content):
    path = tmp_path / "clients.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ClientOpsError, match="the file is empty"):
        read(path)


def test_lines_are_those_of_an_editor(tmp_path):
    path = tmp_path / "clients.csv"
    path.write_bytes(b'\n\nid,note\r\n1,"two\r\nlines"\n\n ,\n2,x\n3,"a ""b"", c"\n')
    assert read(path)[1] == [(4, ["1", "two\r\nlines"]), (8, ["2", "x"]), (9, ["3", 'a "b", c'])]


def test_ragged_lines_are_bad_lines(tmp_path):
    path = tmp_path / "clients.csv"
    path.write_text("id,note\n1\n2,x,y\n3,x\n4,x,\n5,x,, \n", encoding="utf-8")
    assert read(path)[1] == [
        files.BadLine(2, "1", "1 columns instead of 2"),
        files.BadLine(3, "2,x,y", "3 columns instead of 2"),
        (4, ["3", "x"]),
        (5, ["4", "x"]),  # nothing is lost with empty cells at the end
        (6, ["5", "x"]),
    ]


def test_a_quote_that_never_closes_costs_its_own_line_only(tmp_path):
    path = tmp_path / "clients.csv"
    path.write_text('id,note\n1,"open\n2,x\n3,y\n4,"also open\n5,z\n', encoding="utf-8")
    rows = read(path)[1]
    assert [row for row in rows if isinstance(row, tuple) and len(row) == 2] == [
        (3, ["2", "x"]), (4, ["3", "y"]), (6, ["5", "z"])]  # fmt: skip
    bad = [row for row in rows if isinstance(row, files.BadLine)]
    assert [(row.line, row.text) for row in bad] == [(2, '1,"open'), (5, '4,"also open')]
    assert all("quotes do not match" in row.reason for row in bad)


def test_a_quote_open_for_long_costs_its_own_line_only(tmp_path):
    path = tmp_path / "clients.csv"
    lines = [f"{number},note {number}\n" for number in range(20_000)]
    path.write_text('id,note\n0,"open\n' + "".join(lines), encoding="utf-8")
    rows = read(path)[1]
    assert rows[0].line == 2
    assert rows[1:] == [(n + 3, [str(n), f"note {n}"]) for n in range(20_000)]


def test_quotes_that_join_rows_cost_every_line_they_joined(tmp_path):
    path = tmp_path / "clients.csv"
    path.write_text('id,note,x\n1,"open,1\n2,b,2\n3,close",3,3\n4,d,4\n', encoding="utf-8")
    rows = read(path)[1]
    assert [row.line for row in rows[:3]] == [2, 3, 4]
    assert {row.reason for row in rows[:3]} == {
        "4 columns instead of 3 in the quoted text of lines 2 to 4"}  # fmt: skip
    assert rows[3:] == [(5, ["4", "d", "4"])]


def test_a_workbook_is_read_as_text(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append([None, None])
    sheet.append(["id", "when", "amount", "ok", None, None])
    sheet.append([5.0, datetime.datetime(2024, 3, 4), 1.5, True, None, "beside the table"])
    sheet.append(["007", datetime.datetime(2024, 3, 4, 10, 5), 1.234, False])
    sheet.append([])
    sheet.append([1234567890123456, "04.03.2024", "1 000,5", None])
    sheet.append([None, "", " "])
    book.save(tmp_path / "w.xlsx")
    header, rows = read(tmp_path / "w.xlsx")
    assert header == ["id", "when", "amount", "ok"]
    assert rows == [
        (3, ["5", "2024-03-04", "1.5", "true"]),
        (4, ["007", "2024-03-04T10:05:00", "1.2340", "false"]),
        (6, ["1234567890123456", "04.03.2024", "1 000,5", ""]),
    ]


def test_faults_of_formulas_are_not_empty(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["id", "manager"])
    book.active.append(["1", "#N/A"])
    book.active["B2"].data_type = "e"
    book.save(tmp_path / "w.xlsx")
    assert read(tmp_path / "w.xlsx")[1] == [(2, ["1", "#N/A"])]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (5.0, "5"), (-5.0, "-5"), (1.5, "1.5"), (0.1, "0.1"), (1e16, "10000000000000000"),
        (1.234, "1.2340"),  # never a thousand, also beside texts with decimal commas
        (-12.345, "-12.3450"), (1234.567, "1234.567"), (True, "true"), ("x", "x"), ("", ""),
        (datetime.date(2024, 3, 4), "2024-03-04"), (datetime.time(10, 5), "10:05:00"),
    ],
)  # fmt: skip
def test_a_cell_becomes_text_in_one_way(cell, text):
    assert workbooks.cell_text(cell) == text


def test_the_sheet_asked_for_is_read_else_the_first(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Front"
    book.active.append(["a"])
    book.create_sheet("Data").append(["b"])
    book.save(tmp_path / "w.xlsx")
    assert read(tmp_path / "w.xlsx")[0] == ["a"]
    assert read(tmp_path / "w.xlsx", "Data")[0] == ["b"]
    with pytest.raises(ClientOpsError, match=r"no sheet 'Date'; did you mean Data\?"):
        read(tmp_path / "w.xlsx", "Date")


def test_an_empty_sheet_is_an_error(tmp_path):
    openpyxl.Workbook().save(tmp_path / "w.xlsx")
    with pytest.raises(ClientOpsError, match="the sheet is empty"):
        read(tmp_path / "w.xlsx")


def test_a_damaged_workbook_is_an_error(tmp_path):
    path = tmp_path / "w.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.save(path)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(ClientOpsError, match="not readable as a workbook"):
        read(path)
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("other.txt", "no workbook")
    with pytest.raises(ClientOpsError, match="not readable as a workbook"):
        read(path)


def test_a_pattern_finds_files_sorted_by_name(export):
    data = export({"b-2.csv": "x", "b-1.csv": "x", ".clientops/b-3.csv": "x", "~$b-4.csv": "x"})
    assert [path.name for path in files.find(data, "*b-*.csv")] == ["b-1.csv", "b-2.csv"]
    assert [path.name for path in files.find(data, "**/*.csv")] == ["b-1.csv", "b-2.csv"]


def test_a_name_with_brackets_is_no_pattern(export):
    data = export({"orders[1].csv": "x", "orders1.csv": "x"})
    assert [path.name for path in files.find(data, "orders[1].csv")] == ["orders[1].csv"]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("order.csv", r"no file order.csv; did you mean orders.csv\?"),
        ("2*.csv", "no file"),
        ("../secret.csv", "only files inside the data folder"),
        ("sub/../../secret.csv", "only files inside the data folder"),
        ("/etc/hosts", "only files inside the data folder"),
        ("notes.txt", r"\.txt is not supported; known endings: \.csv"),
        ("old.dbf", r"\.dbf is not supported"),
        ("bare", "a name without an ending is not supported"),
    ],
)
def test_files_that_cannot_be_read_are_an_error(export, pattern, message):
    data = export({"orders.csv": "x", "notes.txt": "x", "old.dbf": "x", "bare": "x"})
    with pytest.raises(ClientOpsError, match=message):
        files.find(data, pattern)


def test_two_files_of_one_table_are_an_error(export):
    data = export({"clients.csv": "x", "clients.tsv": "x"})
    with pytest.raises(ClientOpsError, match=r"both clients.csv and clients.tsv.*tables.clients"):
        files.of_table(data, "clients", Source())
