"""What stands in a pack: it is one's own, it is whole, and it is right to the cent."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pypdf
import pytest
from playwright.sync_api import Browser

from clientops import Viewer, open_book, words
from clientops.figures import paint
from clientops.metrics import loyalty, portfolio
from clientops.report import grids, workbook
from clientops.report.run import report
from tests.conftest import NORTHWIND, ROOT
from tests.printed import wrong_on_paper
from tests.report.conftest import (
    CLIENTS,
    EMAILS,
    HANDED_OVER,
    MANAGERS,
    MONTH,
    PHONES,
    everything,
    read_pdf,
    rows_of,
    sheets,
)

NOTEBOOKS = ROOT / "notebooks"
MARGIN = 50  # points of a page that stay free on each side
QUALITY = ["Month", "Manager number", "Manager", "Volume class"]  # its header begins so
EACH = ["company", "team-North", "team-South_West", "manager-M1", "manager-M2", "manager-M3"]
each_pack = pytest.mark.parametrize("key", EACH)


def own(key: str) -> set[str]:
    """The managers whose pack it is."""
    teams = {"company": set(MANAGERS), "team-North": {"M1"}, "team-South_West": {"M2", "M3", "M4"}}
    return teams.get(key) or {key.removeprefix("manager-")}


def test_there_is_a_pack_for_the_company_each_team_and_each_manager(packs):
    names = {path.name for path in packs.iterdir() if not path.name.startswith(".")}
    files = {f"{key}.{ending}" for key in EACH for ending in ("html", "pdf", "xlsx")}
    assert names == files | {"index.html", "run.json"}
    index = (packs / "index.html").read_text(encoding="utf-8")
    for key in EACH:
        assert f"href='{key}.pdf'" in index
    assert html.escape(MANAGERS["M3"]) in index


@each_pack
@pytest.mark.parametrize("ending", ["html", "pdf", "xlsx"])
def test_a_pack_names_nobody_elses_clients_or_managers(packs, key, ending):
    text = _close(everything(packs / f"{key}.{ending}"))
    mine, others = own(key), set(MANAGERS) - own(key)
    foreign = [name for manager in others for name in CLIENTS.get(manager, [])]
    foreign += [MANAGERS[manager] for manager in others]
    foreign += [address for manager, address in EMAILS.items() if manager in others and address]
    foreign += [f"{manager}-{at}" for manager in others for at in range(3)]
    if not mine & {"M1", "M2"}:
        foreign += [HANDED_OVER, "H-0"]
    for name in foreign:
        assert not _says(text, name), name
    for manager in mine & set(CLIENTS):  # what is there would be found
        missing = [name for name in [MANAGERS[manager], *CLIENTS[manager]] if not _says(text, name)]
        assert not missing


def _says(text: str, name: str) -> bool:
    """Whether *text* has the name, spaces or none between its letters: a PDF places each alone."""
    return any(_close(form) in text for form in (name, html.escape(name), html.escape(name, False)))


def _close(text: str) -> str:
    return "".join(text.replace("\u2060", "").split())  # typst joins numbers by an unseen letter


def test_the_html_is_one_file_without_code(packs):
    content = (packs / "company.html").read_text(encoding="utf-8")
    plain = re.sub(r"<svg.*?</svg>", "", content, flags=re.DOTALL)
    assert "<script" not in content
    assert "widget" not in plain
    links = re.findall(r"""(?:href|src)\s*=\s*['"]([^'"]{1,40})""", content)
    assert all(link.startswith("#") for link in links)
    assert "url(http" not in content
    targets = set(re.findall(r"""\bid=['"]([^'"]+)""", content))
    assert {link[1:] for link in links} <= targets
    assert "<b>Finch</b>" not in content
    assert "&lt;b&gt;Finch&lt;/b&gt;" in content
    assert content.count("<svg") >= 4


def test_the_html_prints_whole(packs, browser: Browser):
    tab = browser.new_page()
    tab.goto((packs / "company.html").as_uri())
    wrong = wrong_on_paper(tab, pressed=[])
    tab.close()
    assert not wrong, "\n".join(wrong)


def test_the_pdf_has_its_pages_in_order_and_bookmarks(packs):
    """In front a page each; the rest is an annex: figures, lists, what changed, definitions."""
    path = packs / "manager-M2.pdf"
    reader, pages = pypdf.PdfReader(path), read_pdf(path.read_bytes())
    titles = [each.title for each in reader.outline if not isinstance(each, list)]
    front = ["Beside the company", "Attention list", "Bridge of revenue", "Annex"]
    assert titles == front
    for number, title in enumerate(front, 1):
        assert title in pages[number].text
    annex = reader.outline[-1]
    assert [each.title for each in annex if not isinstance(each, list)] == [
        "Overview", "Portfolio", "Migration", "Lists", "What changed since last month's pack",
        "Definitions",
    ]  # fmt: skip
    assert MANAGERS["M2"] in pages[0].text  # Cyrillic
    fonts = {str(f.get_object()["/BaseFont"]) for p in reader.pages
             for f in p["/Resources"].get("/Font", {}).values()}  # fmt: skip
    assert any("SourceSans" in font for font in fonts)


def test_the_call_page_has_telephones_and_reasons(packs):
    """Of the clients in front of the pack, where the data have telephones."""
    page = read_pdf((packs / "company.pdf").read_bytes())[2].text
    assert "Telephone" in page and "Reason" in page
    named = [name for names in CLIENTS.values() for name in names if name in page]
    assert named and all(_says(_close(page), PHONES[name]) for name in named)


@each_pack
def test_nothing_runs_out_of_a_page_of_the_pdf(packs, key):
    check_pages(packs / f"{key}.pdf")


def test_a_pack_of_real_size_keeps_its_pages(northwind_store, tmp_path):
    """A manager's pack has at most eight pages before its annex, each with what it is for."""
    asked = {"manager_ids": ["4"], "formats": ["pdf"], "jobs": 1, "notebooks": NOTEBOOKS}
    done = report(NORTHWIND, store_folder=northwind_store, out=tmp_path, **asked)
    assert done.failed == {}
    path = done.folder / "manager-4.pdf"
    pages = check_pages(path)
    for number, title in enumerate(("Beside the company", "Attention list", "Bridge of revenue")):
        assert title in pages[number + 1]
    assert next(at for at, text in enumerate(pages) if re.search("^Annex$", text, re.M)) <= 8


def check_pages(path: Path) -> list[str]:
    """Every text of every page lies between the margins; at the foot is the page's number alone.
    Returns the texts of the pages."""
    pages, wrong = read_pdf(path.read_bytes()), []
    for number, page in enumerate(pages, 1):
        width, height = page.size
        assert sorted((round(width), round(height))) == [595, 842]
        foot = f"Page {number} of {len(pages)}"
        for text, left, bottom, size in page.parts:
            right = left + paint.length(text, size) * 0.97  # about
            if (
                left < MARGIN or right > width - MARGIN or bottom > height - MARGIN / 2
                or (bottom < MARGIN and text != foot)
            ):  # fmt: skip
                where = f"{round(left)}–{round(right)}, {round(bottom)}"
                wrong.append(f"page {number}: {text!r} at {where}")
        assert page.text.strip().endswith(foot)
        assert len(page.text) > 120 or number == len(pages)
    assert not wrong, "\n".join(wrong)
    return [page.text for page in pages]


@each_pack
def test_the_workbook_has_a_sheet_of_each_page_and_reconciles(packs, tiny, key):
    book = sheets(packs / f"{key}.xlsx")
    pages = ["Overview", "Portfolio", "Migration"]
    assert book.sheetnames == ["Contents", "Reconciliation", "Changes", "Charts", *pages]
    assert all(sheet.sheet_state == "visible" for sheet in book.worksheets)
    links = [cell.hyperlink.location.replace("'", "").split("!") for row in
             book["Contents"].iter_rows() for cell in row if cell.hyperlink]  # fmt: skip
    assert {name for name, _cell in links} == set(book.sheetnames[1:])
    for name, cell in links[4:]:  # of each table, to its finding
        assert book[name][cell].font.bold and book[name][cell].value.endswith(".")
    for name in pages:
        sheet = book[name]
        assert (sheet["A1"].value, sheet.freeze_panes) == (name, "A2")
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (None, 0)  # None: 1
        assert not [c for row in sheet.iter_rows() for c in row if c.data_type in ("f", "e")]
        first = int(re.search(r"\d+", sheet.auto_filter.ref)[0])  # of the last, the longest table
        assert sheet.cell(first - 2, 1).font.bold and sheet.max_row > first
    rows = [[cell.value for cell in row] for row in book["Reconciliation"].iter_rows()]
    differences = [row[4] for row in rows if isinstance(row[4], int | float)]
    assert len(differences) >= 3
    assert set(differences) == {0}
    assert len(book["Charts"]._charts) >= 2


CLASSES = ["Month", "Client number", "Client"]  # the header of client_classes begins so


def test_the_workbook_holds_the_rows_that_the_manager_may_see(packs, tiny):
    viewer = Viewer("x", "manager", ("M2",))
    wanted = open_book(tiny, viewer).compute(portfolio.client_classes, MONTH)
    rows = rows_of(packs / "manager-M2.xlsx", "Portfolio", CLASSES)
    names = [row[2].value for row in rows]
    assert names == wanted["client_name"].tolist()
    assert {row[0].number_format for row in rows} == {"yyyy-mm"}
    amounts = [row[list(wanted).index("revenue")].value for row in rows]
    assert amounts == pytest.approx(wanted["revenue"].tolist())


def test_a_sheet_that_does_not_hold_all_rows_says_so(brief, tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MOST_ROWS", 2)
    asked = {"month": MONTH, "manager_ids": ["M1"], "formats": ["xlsx"], "jobs": 1}
    folder = report(tiny, out=tmp_path, notebooks=brief, **asked).folder
    book = sheets(folder / "manager-M1.xlsx")
    assert len(rows_of(folder / "manager-M1.xlsx", "Brief", QUALITY)) == 2
    told = [cell.value for row in book["Contents"].iter_rows() for cell in row if cell.value]
    assert any("The sheet has the first 2 of" in str(text) for text in told)


def test_names_that_look_like_formulas_are_texts(packs):
    rows = rows_of(packs / "manager-M3.xlsx", "Portfolio", CLASSES)
    cells = [row[2] for row in rows]
    assert {"=1+2 Trading", "@Copperfield"} <= {cell.value for cell in cells}
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells if cell.value[0] in "=@")


def test_verdicts_are_coloured_as_in_figures():
    frame = pd.DataFrame({"verdict": ["good", "poor", "improving", "below", "steady"]})
    with words.telling(loyalty.nps.about):
        grid = grids.of_list(frame, ["verdict"])
    assert [row[0] for row in grid.tones] == ["good", "bad", "good", "bad", ""]


def test_the_reconciliation_names_credit_and_ownership(packs, tiny):
    """M2 took over a client: what M1 sold to it belongs to M2's portfolio, not to M2's sales."""
    rows = {row[0].value: row for row in sheets(packs / "manager-M2.xlsx")["Reconciliation"]}
    february = 1.2 * (1200 + 3 * 2 / 4)
    sold = 11 * 1200 + 3 * (78 - 2) / 4 + february + 2 * 250.10
    assert rows["Revenue of the window: sold"][2].value == pytest.approx(sold)
    assert rows["plus: sold to these clients by others"][2].value == pytest.approx(10 * 250.10)
    owned = rows["Revenue of the window: clients' owners at the month's end"][2].value
    assert owned == pytest.approx(sold + 10 * 250.10)
    kept = json.loads((packs / "run.json").read_text(encoding="utf-8"))["packs"]["manager-M2"]
    assert kept["told"]["months"]["2026-02"][0] == round((february + 250.10) * 10_000)


def test_the_cover_says_how_the_month_was(packs):
    for key in EACH:
        content = (packs / f"{key}.html").read_text(encoding="utf-8")
        cover = content[content.index("<header") : content.index("</header>")]
        assert "Monthly report" in cover
        assert "February 2026" in cover
        assert "February 2026: revenue" in cover or "February 2026 brought team" in cover
        assert re.search("better|worse", cover, re.I)


@pytest.mark.filterwarnings(
    "ignore:.* extension is not supported:UserWarning"
)  # in what LibreOffice wrote
def test_libreoffice_opens_the_workbook(packs, tmp_path):
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not there")
    command = [office, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
               "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", tmp_path / "out",
               packs / "manager-M3.xlsx"]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    there, back = sheets(packs / "manager-M3.xlsx"), sheets(tmp_path / "out" / "manager-M3.xlsx")
    assert back.sheetnames == there.sheetnames
    for name in there.sheetnames[4:]:
        values = [[cell.value for cell in row] for row in there[name].iter_rows()]
        again = [[cell.value for cell in row] for row in back[name].iter_rows(
            max_row=len(values), max_col=len(values[0]))]  # fmt: skip
        assert again == [[pytest.approx(v) if isinstance(v, float) else v for v in row]
                         for row in values]  # fmt: skip
    assert len(back["Charts"]._charts) == len(there["Charts"]._charts)


def test_names_of_clients_lead_to_their_pages_where_these_are():
    frame = pd.DataFrame({"client_id": ["C1", "a'&<b"], "client_name": ["One", "<b>"],
                          "revenue": [1.0, 2.0]})  # fmt: skip
    columns = ["client_name", "revenue"]
    with words.using("en", "EUR"):
        grid = grids.of_list(frame, columns, "https://sales.example.com/")
        assert grid.links == [
            "https://sales.example.com/client?client_id=C1",
            "https://sales.example.com/client?client_id=a%27%26%3Cb",
        ]
        assert grids.of_list(frame, columns).links == []
        assert grids.of_list(frame, columns[::-1], "https://sales.example.com").links == []
