"""Files that are not what they are called, workbooks of every kind, headers of two rows.

tests/data/containers: shipments.xls and .ods are written by LibreOffice; the others are test
files of calamine (MIT, © Johann Tuffe).
"""

import datetime
import struct
from pathlib import Path

import openpyxl
import pytest

from clientops.errors import ClientOpsError
from clientops.ingest import files
from clientops.settings import Source
from tests.ingest.test_cases import noticed

CONTAINERS = Path(__file__).parent.parent / "data" / "containers"
COLUMNS = "shipment_id, shipped_on, client_id, revenue"
ROWS = [("007", "2026-10-30", "Łódź", "50.0000"), ("S1", "2026-10-05", "Ромашка", "100.5000")]
LINES = ["shipment_id;shipped_on;client_id;revenue", "S1;05.10.2026;Ромашка;100,50",
         "007;30.10.2026;Łódź;50"]  # fmt: skip
TEXT = "\n".join(LINES)
CELLS = "".join(f"<tr><td>{line.replace(';', '</td><td>')}</td></tr>\r\n" for line in LINES)
PAGE = (f'<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset="utf-8">'
        f"<style>td {{}}</style></head><body><table><tr><td colspan=4>Report</td></tr></table>"
        f"<table border=1>{CELLS}</table></body></html>")  # fmt: skip


def read(ingested, name: str, content: bytes, more: str = ""):
    return ingested({name: content}, f'[tables.shipments]\nfile = "{name}"\n{more}')


@pytest.mark.parametrize("kind", ["xls", "ods"])
@pytest.mark.parametrize("name", ["sales.{}", "sales.xlsx", "sales.csv"])
def test_a_workbook_is_read_whatever_its_kind_and_name(ingested, kind, name):
    content = (CONTAINERS / f"shipments.{kind}").read_bytes()
    result = read(ingested, name.format(kind), content)
    assert result.rows("shipments", COLUMNS) == ROWS
    assert "hidden sheet 'hid' is not read" in noticed(result)


def test_binary_workbooks_are_read():
    part = files.parts(CONTAINERS / "date.xlsb", Source())[0]
    assert [part.header, *(cells for _, cells in part.rows)][0] == ["2021-01-01", "15"]


@pytest.mark.parametrize(
    "content",
    [TEXT.encode(), TEXT.encode("utf-16"), TEXT.replace(";", "\t").encode("utf-16"),
     TEXT.replace(";", "|").encode(), b'"sep=;"\n' + TEXT.encode(), PAGE.encode(),
     PAGE.encode("utf-16"), b"\xef\xbb\xbf  <table>" + CELLS.replace("</td>", "").encode()],
)  # fmt: skip
@pytest.mark.parametrize("name", ["sales.xls", "sales.xlsx", "sales.csv"])
def test_text_and_pages_under_the_name_of_a_workbook(ingested, name, content):
    assert read(ingested, name, content).rows("shipments", COLUMNS) == ROWS


def test_a_page_says_its_encoding_or_its_letters_do(ingested):
    page = PAGE.replace("utf-8", "windows-1251").replace("Łódź", "Цех").encode("cp1251")
    assert ("S1", "Ромашка") in read(ingested, "s.xls", page).rows(
        "shipments", "shipment_id, client_id")  # fmt: skip
    page = page.replace(b"windows-1251", b"x-unknown")
    with pytest.raises(ClientOpsError, match="encoding = 'x-unknown' is not known"):
        read(ingested, "s.xls", page)
    assert len(read(ingested, "s.xls", page, 'encoding = "cp1251"').column("client_id")) == 2


def test_cells_of_a_page_may_span_columns_and_rows(ingested):
    page = ("<table><tr><th rowspan=2>client_id<th colspan=2>shipment<th rowspan=2>revenue"
            "<tr><th>id<th>date<tr><td rowspan=2>C1<td>S1<td>2026-10-01<td>5"
            "<tr><td>S2<td>2026-10-02<td>7<br></table>")  # fmt: skip
    columns = 'columns = { shipment_id = "shipment id", shipped_on = "shipment date" }'
    assert read(ingested, "s.xls", page.encode(), columns).rows("shipments", COLUMNS) == [
        ("S1", "2026-10-01", "C1", "5.0000"), ("S2", "2026-10-02", "C1", "7.0000")]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [("s.xls", b"<?xml version='1.0'?><Workbook xmlns='x'/>", "a page of XML under the name"),
     ("s.xls", b"", "not readable as a workbook|is empty"), ("s.ods", b"PK\3\4", "not readable"),
     ("s.xls", b"<html><body>Error 500</body></html>", "the sheet is empty"),
     ("s.xlsb", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "protected by a password, or not readable"),
     ("s.xls", b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "without one")],
)  # fmt: skip
def test_what_cannot_be_read_is_said_in_one_line(ingested, name, content, says):
    with pytest.raises(ClientOpsError, match=says) as error:
        read(ingested, name, content)
    assert "\n" not in str(error.value)
    assert name in str(error.value)


@pytest.mark.parametrize("length", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("name", ["shipments.xls", "shipments.ods", "date.xlsb"])
def test_what_was_cut_off_is_said(ingested, name, length):
    content = (CONTAINERS / name).read_bytes()
    with pytest.raises(ClientOpsError, match="not readable as a workbook"):
        read(ingested, name, content[: int(len(content) * length)])


def old_xls(rows: list[list], encoding: str, *before: tuple[int, bytes]) -> bytes:
    """A workbook of Excel 95, in the container of a newer one, with records in front."""

    def record(kind: int, body: bytes = b"") -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    def begin(kind: int) -> bytes:
        return record(0x0809, struct.pack("<HHHH", 0x0500, kind, 0, 0))

    cells = b""
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            place = struct.pack("<HHH", row, column, 0)
            if isinstance(value, str):
                text = value.encode(encoding)
                cells += record(0x0204, place + struct.pack("<H", len(text)) + text)
            else:
                cells += record(0x0203, place + struct.pack("<d", value))
    head = begin(5) + b"".join(record(*each) for each in before)
    sheet = struct.pack("<IHB", len(head) + 4 + 8 + 4, 0, 1) + b"S"
    stream = head + record(0x85, sheet) + record(0x0A) + begin(0x10) + cells + record(0x0A)
    content = bytearray((CONTAINERS / "shipments.xls").read_bytes())
    place = content.find(b"\x09\x08\x10\x00\x00\x06")
    size = content.find("Workbook".encode("utf-16-le")) + 120
    (most,) = struct.unpack_from("<I", content, size)
    assert len(stream) <= most
    content[place : place + most] = stream.ljust(most, b"\0")
    return bytes(content)


RUSSIAN = [
    COLUMNS.split(", "),
    ["S1", "2026-10-05", "Ромашка", 100.5],
    ["007", "2026-10-30", "Цех", 50],
]


@pytest.mark.parametrize("before", [[], [(0x42, b"\xb0\x04")], [(0x42, b"\xe3\x04")]])
def test_an_old_xls_is_read_with_and_without_its_codepage(ingested, before):
    result = read(ingested, "s.xls", old_xls(RUSSIAN, "cp1251", *before))
    assert sorted(result.column("client_id")) == ["Ромашка", "Цех"]


@pytest.mark.parametrize("name", ["password.xlsx", "password.ods", "old.xls"])
def test_a_password_is_said(ingested, name):
    content = old_xls(RUSSIAN, "cp1251", (0x2F, b"\0" * 4))
    if name != "old.xls":
        content = (CONTAINERS / name).read_bytes()
    with pytest.raises(ClientOpsError, match=f"{name}: protected by a password; save it without"):
        read(ingested, name, content)


# --- headers ------------------------------------------------------------------------------------

TWO = [["client_id", "shipment", "", "revenue"], ["", "id", "date", ""],
       ["C1", "S1", "2026-10-01", 5], ["C2", "S2", "2026-10-02", 7]]  # fmt: skip
TWO_ROWS = [("S1", "2026-10-01", "C1", "5.0000"), ("S2", "2026-10-02", "C2", "7.0000")]


@pytest.mark.parametrize("is_merged", [True, False])
@pytest.mark.parametrize(("number", "day"), [("shipment id", "shipment date"), ("id", "date")])
def test_a_header_of_two_rows_in_a_workbook(tmp_path, ingested, is_merged, number, day):
    book = openpyxl.Workbook()
    for row in [["Report"], [], *TWO]:
        book.active.append(row)
    for cells in ("A3:A4", "B3:C3", "D3:D4") if is_merged else ():
        book.active.merge_cells(cells)
    book.save(tmp_path / "two.xlsx")
    columns = f'columns = {{ shipment_id = "{number}", shipped_on = "{day}" }}'
    result = read(ingested, "s.xlsx", (tmp_path / "two.xlsx").read_bytes(), columns)
    assert result.rows("shipments", COLUMNS) == TWO_ROWS


def test_a_header_of_two_rows_in_a_text(ingested):
    text = "\n".join(";".join(map(str, row)) for row in [["Report"], *TWO])
    columns = 'columns = { shipment_id = "shipment id", shipped_on = "shipment date" }'
    assert read(ingested, "s.csv", text.encode(), columns).rows("shipments", COLUMNS) == TWO_ROWS


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["shipments.csv", "shipments.xlsx"])
def test_headers_among_the_rows_are_left_out_and_said(ingested, name, mark):
    rows = [["shipment_id", "shipped_on", "client_id", "revenue"], ["S1", "2026-10-01", "C1", "5"]]
    rows += [rows[0], ["S2", "2026-10-02", "C2", "7"], rows[0]]
    text = "\n".join(mark.join(row) for row in rows)
    result = ingested({name: rows if name.endswith("xlsx") else text})
    assert result.rows("shipments", COLUMNS) == TWO_ROWS
    assert "the header stands among the rows again: left out', 2" in noticed(result)


def test_a_header_among_rows_of_texts_is_no_client(ingested):
    text = "Code,Name\nC1,Smith\nCode,Name\nC2,Miller\n"
    toml = (
        '[tables.clients]\nfile = "c.csv"\ncolumns = { client_id = "Code", client_name = "Name" }'
    )
    assert ingested({"c.csv": text}, toml).column("client_id", "clients") == ["C1", "C2"]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("Sales, all regions, in EUR, net, by day\n" + TEXT, ROWS),  # more commas than semicolons
        (TEXT.replace("Ромашка", "Smith, Jones, Miller, and, sons"), None),
        (TEXT.replace(";", " | "), ROWS),
        (TEXT.replace("Ромашка", '"Ром\nашка"'), None),
        ("sep=|\n" + TEXT.replace(";", "|"), ROWS),
        ("\n\nReport;;;\nfrom 01.10.2026;;;\n\n" + TEXT + ";;;;\n\n", ROWS),
    ],
)
def test_texts_come_in_as_they_are(ingested, text, rows):
    result = read(ingested, "s.csv", text.encode())
    assert len(result.column("client_id")) == 2
    assert rows is None or result.rows("shipments", COLUMNS) == rows
    assert datetime.date(2026, 10, 5).isoformat() in result.column("shipped_on")
