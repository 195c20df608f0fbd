"""What stands in a pack: it is one's own, it is whole, and it is right to the cent."""

import html
import json
import re
import shutil
import subprocess

import pypdf
import pytest

from clientops import Viewer, open_book
from clientops.metrics import portfolio
from clientops.report import workbook
from clientops.report.run import report
from tests.report.conftest import CLIENTS, EMAILS, HANDED_OVER, MANAGERS, MONTH, everything, sheets

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


def test_the_pdf_is_a4_with_bookmarks_and_page_numbers(packs):
    reader = pypdf.PdfReader(packs / "manager-M2.pdf")
    sizes = {
        (round(float(p.mediabox.width)), round(float(p.mediabox.height))) for p in reader.pages
    }
    assert sizes <= {(595, 842), (842, 595)}
    titles = [each.title for each in reader.outline if not isinstance(each, list)]
    assert titles[:2] == ["Attention list", "Overview"]
    assert titles[-2:] == ["What changed since last month's pack", "Definitions"]
    last = reader.pages[-1].extract_text()
    assert f"Page {len(reader.pages)} of {len(reader.pages)}" in last
    assert MANAGERS["M2"] in reader.pages[0].extract_text()  # Cyrillic
    fonts = {str(f.get_object()["/BaseFont"]) for p in reader.pages
             for f in p["/Resources"].get("/Font", {}).values()}  # fmt: skip
    assert any("SourceSans" in font for font in fonts)


@each_pack
def test_the_workbook_is_the_tables_and_reconciles(packs, tiny, key):
    book = sheets(packs / f"{key}.xlsx")
    assert book.sheetnames[:4] == ["Contents", "Reconciliation", "Changes", "Charts"]
    assert all(sheet.sheet_state == "visible" for sheet in book.worksheets)
    links = [cell.hyperlink.location for row in book["Contents"].iter_rows() for cell in row
             if cell.hyperlink]  # fmt: skip
    assert {link.split("'")[1] for link in links} == set(book.sheetnames[1:])
    for sheet in book.worksheets[4:]:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref.startswith("A1:")
        assert not [c for row in sheet.iter_rows() for c in row if c.data_type in ("f", "e")]
    rows = [[cell.value for cell in row] for row in book["Reconciliation"].iter_rows()]
    differences = [row[4] for row in rows if isinstance(row[4], int | float)]
    assert len(differences) >= 3
    assert set(differences) == {0}
    assert len(book["Charts"]._charts) >= 2


def test_the_workbook_holds_the_rows_that_the_manager_may_see(packs, tiny):
    viewer = Viewer("x", "manager", ("M2",))
    wanted = open_book(tiny, viewer).compute(portfolio.client_classes, MONTH)
    sheet = sheets(packs / "manager-M2.xlsx")["client_classes"]
    head, *rows = sheet.iter_rows()
    assert [cell.value for cell in head][:3] == ["Month", "Client number", "Client"]
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
    assert book["portfolio_quality"].max_row == 1 + 2
    told = [cell.value for row in book["Contents"].iter_rows() for cell in row if cell.value]
    assert any("The sheet has the first 2 of" in str(text) for text in told)


def test_names_that_look_like_formulas_are_texts(packs):
    sheet = sheets(packs / "manager-M3.xlsx")["client_classes"]
    cells = [row[2] for row in sheet.iter_rows(min_row=2)]
    assert {"=1+2 Trading", "@Copperfield"} <= {cell.value for cell in cells}
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells if cell.value[0] in "=@")


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
        assert "Feb 2026: revenue" in cover or "Feb 2026 brought team" in cover
        assert "better" in cover or "worse" in cover


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
