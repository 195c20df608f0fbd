"""A small company whose names cannot be mistaken, and its packs made once."""

import datetime
import functools
import io
import re
import zipfile
import zlib
from pathlib import Path
from typing import NamedTuple

import nbformat
import openpyxl
import pypdf
import pytest
from filelock import FileLock

from clientops.build import build
from clientops.report.run import report
from tests.conftest import ROOT, rows_of_last, shared_folder
from tests.printed import without_paths

MONTH = "2026-02"
MANAGERS = {"M1": "Quentin Ashdown", "M2": "Пётр Синица", "M3": "=HYPERLINK(0)", "M4": "Gone Gray"}
EMAILS = {"M1": "ashdown@example.com", "M2": "sinitsa@example.com", "M3": ""}
TEAMS = {"M1": "North", "M2": "South/West", "M3": "South/West", "M4": "South/West"}
CLIENTS = {  # a manager's clients; each name is found nowhere else
    "M1": ["Zephyr Oak Mills", "Amber & <b>Finch</b>", "Kestrel Dyeworks"],
    "M2": ["Булочная Ромашка", "Onyx Harbour Tools", "Velvet Quarry"],
    "M3": ["=1+2 Trading", "Umbra Salt House", "@Copperfield"],
}
PHONES = {  # of each client
    name: f"+372 555 {number}{at}"
    for number, names in enumerate(CLIENTS.values(), 1)
    for at, name in enumerate(names)
}
HANDED_OVER = "Wandering Heron"  # of M1 until the end of 2025, then of M2


def month_days(count: int = 14) -> list[datetime.date]:
    return [datetime.date(2025 + (m // 12), m % 12 + 1, 12) for m in range(count)]


def shipments() -> list[str]:
    """A shipment a month of every client: sizes differ, some at a loss; the last rose."""
    rows = []
    for number, (manager, names) in enumerate(CLIENTS.items(), 1):
        for at, _name in enumerate(names):
            for day in month_days():
                revenue = 100 * number * (at + 1) + day.month / 4
                revenue *= 1.2 if f"{day:%Y-%m}" == MONTH else 1
                cost = revenue * (1.2 if at == 2 else 0.7)
                rows.append(f"S{manager}{at}{day:%y%m},{day},{manager}-{at},{revenue:.2f},"
                            f"{manager},{cost:.2f}")  # fmt: skip
    for day in month_days():
        manager = "M1" if day.year < 2026 else "M2"
        rows.append(f"SH{day:%y%m},{day},H-0,250.10,{manager},200")
    rows.append("SEND,2026-02-27,M1-0,1.00,M1,1.00")
    return rows


def write_data(folder: Path, extra: tuple[str, ...] = (), toml: str = "") -> Path:
    """The company as a data folder."""
    folder.mkdir(parents=True, exist_ok=True)

    def put(name: str, head: str, rows: list[str]) -> None:
        (folder / f"{name}.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")

    head = "shipment_id,shipped_on,client_id,revenue,manager_id,cost"
    put("shipments", head, [*shipments(), *extra])
    named = [(f"{manager}-{at}", name, manager) for manager, names in CLIENTS.items()
             for at, name in enumerate(names)]  # fmt: skip
    put("clients", "client_id,client_name,client_group,phone", [
        f'{client},"{name}",{group},{PHONES.get(name, "")}'
        for (client, name, _), group in zip(
            [*named, ("H-0", HANDED_OVER, "")], ["Shops", "Halls"] * 5, strict=True)
    ])  # fmt: skip
    put("managers", "manager_id,manager_name,team,email,hired_on,left_on", [
        f'{key},"{name}",{TEAMS[key]},{EMAILS.get(key, "")},,{"2025-06-30" if key == "M4" else ""}'
        for key, name in MANAGERS.items()
    ])  # fmt: skip
    put("assignments", "client_id,manager_id,valid_from,valid_to", [
        *(f"{client},{manager},2024-01-01," for client, _name, manager in named),
        "H-0,M1,2024-01-01,2025-12-31", "H-0,M2,2026-01-01,",
    ])  # fmt: skip
    company = '[company]\nname = "Tiny & <Sons>"\ncurrency = "EUR"\nlanguage = "en"\n'
    (folder / "clientops.toml").write_text(company + toml, encoding="utf-8")
    return folder


def write_notebook(
    folder: Path, *cells: str, name: str = "brief", title: str = "# Brief\n\nWho has how many?"
) -> Path:
    """A notebook of one card and one list, and what else *cells* do."""
    folder.mkdir(parents=True, exist_ok=True)
    code = [
        'month = ""\nmanager_id = "*"\ndata = ""',
        "from clientops import figures, findings, open_page\n"
        "from clientops.metrics import portfolio",
        'page = open_page("brief", data=data, month=month, manager_id=manager_id)',
        "load = page.table(portfolio.portfolio_load)\n"
        'page.card(load, figures.bars, says=findings.load, value="clients")',
        "quality = page.table(portfolio.portfolio_quality)\npage.list(quality)",
        *cells,
    ]
    content = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(title)]
        + [nbformat.v4.new_code_cell(source) for source in code]
    )
    content.cells[1].metadata["tags"] = ["parameters"]
    path = folder / f"{name}.ipynb"
    nbformat.write(content, path)
    return folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    """The data folder of the small company, built once for all test processes."""
    return _shared(tmp_path_factory) / "tiny"


@pytest.fixture(scope="session")
def packs(tiny, tmp_path_factory) -> Path:
    """The folder of its packs of MONTH, from three notebooks of the suite."""
    shared = _shared(tmp_path_factory)
    with FileLock(shared / "packs.lock"):
        notebooks = shared / "notebooks"
        notebooks.mkdir(exist_ok=True)
        for name in ("overview", "portfolio", "migration"):
            content = (ROOT / "notebooks" / f"{name}.ipynb").read_bytes()
            (notebooks / f"{name}.ipynb").write_bytes(content)
        done = report(tiny, month=MONTH, out=shared / "reports", notebooks=notebooks)
    assert done.failed == {}
    return done.folder


def _shared(tmp_path_factory) -> Path:
    """A folder that all test processes share, with the data built in it."""
    shared = shared_folder(tmp_path_factory) / "report"
    shared.mkdir(exist_ok=True)
    with FileLock(shared / "tiny.lock"):
        if not (shared / "tiny" / "shipments.csv").exists():
            write_data(shared / "tiny")
        build_of_packs(shared / "tiny")
    return shared


def build_of_packs(data: Path) -> None:
    """A build with what packs of the last two months look at, and two months before each."""
    with rows_of_last(4):
        build(data)


@pytest.fixture(scope="session")
def brief(tmp_path_factory) -> Path:
    """A folder with one short notebook, for tests of how packs are made, not what is in them."""
    return write_notebook(tmp_path_factory.mktemp("brief"))


def everything(path: Path) -> str:
    """All of a file that can be unpacked, as text."""
    content = path.read_bytes()
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            texts = [parts.read(name) for name in parts.namelist()] + [
                " ".join(parts.namelist()).encode()
            ]
        return b"\n".join(texts).decode("utf-8", "replace")
    if path.suffix == ".pdf":
        return _pdf(content)
    return content.decode("utf-8")


def _pdf(content: bytes) -> str:
    """A PDF's raw bytes, its streams, and the texts that a reader shows."""
    parts = [content]
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
        try:
            parts.append(zlib.decompressobj().decompress(stream))
        except zlib.error:
            continue
    raw = b"\n".join(parts)
    return "\n".join([raw.decode("latin-1"), raw.decode("utf-16-be", "ignore"),
                      raw[1:].decode("utf-16-be", "ignore"),
                      *(page.text for page in read_pdf(content))])  # fmt: skip


class Sheet(NamedTuple):
    """A page of a PDF: its size, its text, and where each part of that begins, in which size."""

    size: tuple[float, float]
    text: str
    parts: list[tuple[str, float, float, float]]


@functools.cache  # several tests look into the same packs, and to read one takes a second
def read_pdf(content: bytes) -> list[Sheet]:
    """The pages of a PDF; measures are points, from the left and from below."""
    return [_read_page(page) for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def _read_page(page: pypdf.PageObject) -> Sheet:
    found = []

    def see(text: str, now: list[float], placed: list[float], _font: object, size: float) -> None:
        if text := text.strip():
            left, bottom = placed[4] * now[0] + now[4], placed[5] * now[3] + now[5]
            found.append((text, left, bottom, size))

    text = without_paths(page).extract_text(visitor_text=see)
    return Sheet((page.mediabox.width, page.mediabox.height), text, found)


def sheets(path: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(path)


def rows_of(path: Path, sheet: str, heads: list[str]) -> list[tuple]:
    """The cells of the table on a topic's sheet whose header begins with *heads*."""
    rows = [*sheets(path)[sheet].iter_rows()]
    top = next(at for at, row in enumerate(rows) if [c.value for c in row[: len(heads)]] == heads)
    found = rows[top + 1 :]
    return found[: next((at for at, row in enumerate(found) if row[0].value is None), len(found))]
