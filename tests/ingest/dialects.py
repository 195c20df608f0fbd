"""Exports in random dialects, and mangled ones: what test_dialects and `make bench` try."""

import datetime
import io
import tempfile
from decimal import Decimal
from pathlib import Path

import openpyxl
from hypothesis import strategies as st

from clientops import ingest, store
from clientops.errors import ClientOpsError
from clientops.settings import read_settings

HEADER = ["shipment_id", "shipped_on", "client_id", "revenue"]
LINE = st.tuples(
    st.dates(datetime.date(2024, 1, 1), datetime.date(2026, 10, 31)),
    st.sampled_from(["Ромашка", "Alfa", "K-1", "10.10", "007", "ООО «Завод»"]),
    st.decimals("-9999999", "9999999", places=2).map(lambda d: d + 0),
)
AMOUNTS = {  # thousands, decimal mark, behind it
    "program": ("", ".", ""), "us": (",", ".", ""), "de": (".", ",", ""), "fr": ("\u202f", ",", ""),
    "ch": ("'", ".", ""), "ru": (" ", ",", " руб."), "eur": ("", ",", " €"),
}  # fmt: skip
DATES = ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%dT00:00:00"]
DIALECT = st.fixed_dictionaries(
    {"encoding": st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1251"]),
     "delimiter": st.sampled_from(",;\t"), "amounts": st.sampled_from(sorted(AMOUNTS)),
     "dates": st.sampled_from(DATES), "title": st.booleans(), "blank": st.booleans(),
     "minus": st.sampled_from(["-", "−", "()", "behind"]), "total": st.booleans(),
     "newline": st.sampled_from(["\n", "\r\n"])}
)  # fmt: skip


def amount(value: Decimal, style: str, minus: str, encoding: str) -> str:
    """A number as the dialect writes it."""
    thousands, mark, behind = AMOUNTS[style]
    text = f"{abs(value):,.2f}".replace(",", "T").replace(".", mark).replace("T", thousands)
    if encoding == "cp1251":
        text = text.replace("\u202f", "\u00a0")
        minus = "-" if minus == "−" else minus
    if value < 0:
        text = {"()": f"({text})", "behind": f"{text}-"}.get(minus, f"{minus}{text}")
    return text + behind


def written(lines: list[tuple], dialect: dict) -> bytes:
    """The lines as a file of the dialect."""
    mark, encoding = dialect["delimiter"], dialect["encoding"]

    def row(*cells: str) -> str:
        return mark.join(f'"{cell}"' if mark in cell else cell for cell in cells)

    def money(value: Decimal) -> str:
        return amount(value, dialect["amounts"], dialect["minus"], encoding)

    rows = [row("Отчёт по продажам", "", "", ""), ""] if dialect["title"] else []
    rows.append(row(*HEADER))
    for number, (day, client, value) in enumerate(lines):
        rows.append(row(f"Д{number}", day.strftime(dialect["dates"]), client, money(value)))
        rows += [""] if dialect["blank"] and number % 3 == 0 else []
    if dialect["total"]:
        rows.append(row("Итого", "", "", money(sum(value for *_, value in lines))))
    return (dialect["newline"].join(rows) + dialect["newline"]).encode(encoding)


def read(name: str, content: bytes) -> tuple[list[tuple], tuple[int, int, int]] | None:
    """Kept rows, and rows read, kept and rejected; None where a question is asked."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(content)
        con = store.connect()
        try:
            data = Path(folder)
            results = ingest.ingest(con, data, read_settings(data), lambda step: None, strict=False)
        except ClientOpsError as error:
            assert "\n" not in str(error)
            return None
        query = "select shipped_on, client_id, revenue from shipments order by all"
        return con.execute(query).fetchall(), results[0][1:4]


def check_dialect(lines: list[tuple], dialect: dict) -> None:
    """The frame comes back, or a question."""
    found = read("shipments.csv", written(lines, dialect))
    if found is not None:
        rows, (taken, kept, rejected) = found
        assert taken == kept + rejected
        assert rows == sorted(lines), dialect


def check_mangled(name: str, content: bytes) -> None:
    """Rows read are rows kept and rejected, or one line says what is wrong."""
    found = read(name, content)
    if found is not None:
        _, (taken, kept, rejected) = found
        assert taken == kept + rejected


def workbook() -> bytes:
    """A small workbook with all that sheets may have."""
    book = openpyxl.Workbook()
    book.active.append(HEADER)
    for number in range(20):
        book.active.append([f"S{number}", datetime.datetime(2026, 10, number + 1), "K", number + 1])
    book.active["D3"] = "=1+1"
    book.active.row_dimensions[5].hidden = True
    book.create_sheet("more").append(["x"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def text() -> bytes:
    """A small text file with quotes and several alphabets."""
    lines = [(datetime.date(2026, 10, 1 + n), "ООО «Завод»", Decimal(n) + 1) for n in range(20)]
    dialect = {"encoding": "utf-8", "delimiter": ";", "amounts": "ru", "dates": "%d.%m.%Y"}
    dialect |= {"title": True, "blank": True, "minus": "-", "total": True, "newline": "\r\n"}
    return written(lines, dialect)


MANGLING = st.tuples(
    st.sampled_from(["shipments.csv", "shipments.xlsx"]),
    st.sampled_from(["cut", "flip", "splice"]),
    st.floats(0, 0.999), st.floats(0, 0.999), st.binary(min_size=1, max_size=8),
)  # fmt: skip


def mangled(name: str, how: str, first: float, second: float, more: bytes) -> bytes:
    """A file that went wrong on its way."""
    content = workbook() if name.endswith("xlsx") else text()
    at, to = int(first * len(content)), int(second * len(content))
    if how == "cut":
        return content[:at]
    if how == "flip":
        return content[:at] + more + content[at + len(more) :]
    return content[:at] + content[to : to + 200] + more + content[at:]
