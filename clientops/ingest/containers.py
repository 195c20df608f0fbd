"""What a file is, whatever it is called: a workbook of some kind, a page of HTML, or text."""

import contextlib
import html.parser
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import python_calamine

from clientops.errors import ClientOpsError
from clientops.ingest import encodings
from clientops.words import N_

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_EXCEL_95, _EXCEL_97 = b"\x09\x08\x08\x00\x00\x05\x05\x00", b"\x09\x08\x10\x00\x00\x06\x05\x00"
_PASSWORD, _CODEPAGE, _END = 0x2F, 0x42, 0x0A  # records of an .xls
_UNICODE = 1200  # no codepage
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w.:-]+)")

Rows = list[tuple[int, list[str]]]


def kind(path: Path) -> str:
    """zip, ole, html, xml or text, by the first bytes; empty for a file without any."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise ClientOpsError("{path}: not readable: {reason}", path=path,
                             reason=error.strerror) from error  # fmt: skip
    if head.startswith((_ZIP, _OLE)):
        return "zip" if head.startswith(_ZIP) else "ole"
    text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").lower()
    if re.match(rb"<(!doctype html|html|head|meta|style|table|body)\b", text) or (
        text.startswith(b"<?xml") and re.search(rb"<(html|table)\b", text)
    ):
        return "html"
    return "xml" if text.startswith(b"<?xml") else "text" if head else ""


def is_workbook(path: Path) -> bool:
    """Whether cells, not lines, are read from the file."""
    if path.suffix.lower() == ".parquet":
        return False
    is_named = path.suffix.lower() in WORKBOOKS
    return kind(path) in ("zip", "ole", "html") or (is_named and kind(path) != "text")


def opened(path: Path) -> python_calamine.CalamineWorkbook:
    """The workbook; ClientOpsError where it cannot be read, in a line that says why."""
    if kind(path) == "xml":
        raise ClientOpsError(
            "{path}: a page of XML under the name of a workbook; open it and save it as .xlsx",
            path=path,
        )
    if _is_locked(path):
        raise ClientOpsError("{path}: protected by a password; save it without one", path=path)
    with readable(path), path.open("rb") as file:  # what it is called does not matter
        return python_calamine.CalamineWorkbook.from_filelike(file)


@contextlib.contextmanager
def readable(path: Path) -> Iterator[None]:
    """What is wrong with a damaged workbook becomes one line; calamine falls over some."""
    try:
        yield
    except BaseException as error:  # a panic is no Exception
        known = (python_calamine.CalamineError, OSError, zipfile.BadZipFile, zlib.error, EOFError,
                 NotImplementedError, ValueError, ElementTree.ParseError)  # fmt: skip
        if not isinstance(error, known) and type(error).__name__ != "PanicException":
            raise
        text = N_("{path}: not readable as a workbook: {reason}")
        if kind(path) == "ole":
            text = N_("{path}: protected by a password, or not readable as a workbook: {reason}")
        raise ClientOpsError(text, path=path, reason=str(error)) from error


def _is_locked(path: Path) -> bool:
    if kind(path) == "ole":
        content = path.read_bytes()
        is_newer = "EncryptedPackage".encode("utf-16-le") in content
        return is_newer or _PASSWORD in _records(content, _EXCEL_95, _EXCEL_97)
    try:
        with zipfile.ZipFile(path) as archive:  # of LibreOffice
            return b"encryption-data" in archive.read("META-INF/manifest.xml")
    except (zipfile.BadZipFile, KeyError):
        return False


def _records(content: bytes, *begins: bytes) -> dict[int, bytes]:
    """The records of the first part of an .xls, where there is one that begins so."""
    place, found = max(map(content.find, begins)), {}
    while 0 <= place <= len(content) - 4 and _END not in found:
        record, size = struct.unpack_from("<HH", content, place)
        found[record] = content[place + 4 : place + 4 + size]
        place += 4 + size
    return found


def mended(path: Path, texts: Iterable[str], given: str = "") -> dict[str, str]:
    """Texts of an old .xls that does not say its codepage, as they were meant.

    calamine takes them for cp1252. Raises ClientOpsError where their letters do not tell.
    """
    records = _records(path.read_bytes(), _EXCEL_95)
    codepage = records.get(_CODEPAGE, b"").ljust(2, b"\0")
    if not records or struct.unpack_from("<H", codepage)[0] not in (0, _UNICODE):
        return {}
    odd = {text: _bytes(text) for text in texts if not text.isascii()}
    if not odd:
        return {}
    encoding = given or encodings.told(b"\n".join(odd.values()), str(path))
    return {text: as_bytes.decode(encoding, "replace") for text, as_bytes in odd.items()}


def _bytes(text: str) -> bytes:
    """A text that was taken for cp1252, as bytes; cp1252 has five holes."""
    return b"".join(
        letter.encode("latin-1" if "\x80" <= letter <= "\x9f" else "cp1252") for letter in text
    )


def html_tables(path: Path, given: str = "") -> list[Rows]:
    """The tables of a page, as programs write them under the name of a workbook."""
    with path.open("rb") as file:
        charset = _CHARSET.search(file.read(4096))
    page = _Page()
    encoding = encodings.encoding(path, given or (charset[1].decode() if charset else ""))
    page.feed(path.read_text(encoding=encoding, errors="replace"))
    page.close()
    return [table for table in page.tables if table]


class _Page(html.parser.HTMLParser):
    """Collects the rows of tables; the cells that one covers hold its text too, or are blank."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[Rows] = []
        self.below: dict[int, tuple[int, str]] = {}  # column -> rows still covered, with what
        self.cell: list[str] | None = None
        self.spans = 1, 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
            self.below = {}
        elif tag == "tr" and self.tables:
            self._end_row()
            self.tables[-1].append((len(self.tables[-1]) + 1, []))
        elif tag in ("td", "th") and self.tables and self.tables[-1]:
            self._end_cell()
            spans = dict(attrs)
            self.cell = []
            self.spans = tuple(int(re.sub(r"\D", "", spans.get(name) or "") or 1)
                               for name in ("colspan", "rowspan"))  # fmt: skip
        elif tag == "br" and self.cell is not None:
            self.cell.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._end_cell()
        elif tag in ("tr", "table"):
            self._end_row()

    def handle_data(self, data: str) -> None:
        if self.cell is not None:
            self.cell.append(data)

    def _end_row(self) -> None:
        self._end_cell()
        if self.tables and self.tables[-1]:
            self._cover(self.tables[-1][-1][1])

    def _end_cell(self) -> None:
        if self.cell is None:
            return
        text, row = " ".join("".join(self.cell).split()), self.tables[-1][-1][1]
        self._cover(row)
        columns, rows = self.spans
        for at in range(len(row), len(row) + min(columns, 1000)):
            if rows > 1:
                self.below[at] = rows - 1, text if at == len(row) else ""
            row.append(text)
            text = ""
        self.cell = None

    def _cover(self, row: list[str]) -> None:
        """Fill in what cells of rows above cover."""
        while left := self.below.pop(len(row), None):
            if left[0] > 1:
                self.below[len(row)] = left[0] - 1, left[1]
            row.append(left[1])
