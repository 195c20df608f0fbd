"""The suite in Russian: a whole catalogue, and no word of another language on a page, in a pack or
in a letter; and in a made-up language no word that stands outside the catalogue.
"""

import dataclasses
import gettext
import html.parser
import io
import itertools
import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Text

from clientops import figures, open_book, words
from clientops.build import build
from clientops.cli import base
from clientops.figures import paint
from clientops.ingest import quality
from clientops.metrics import ltv, overview
from clientops.notebooks import run
from clientops.page import cards
from clientops.report import content, document, mail, pack, record, workbook
from clientops.report.changes import Changes
from clientops.report.recipients import Recipient
from clientops.report.reconcile import Reconciliation
from clientops.report.run import report
from clientops.schema import TABLES
from clientops.settings import Mail, Topics, read_settings
from clientops.words.notices import NOTICES, matched
from tests import catalogue
from tests.cards import unwritten
from tests.conftest import ROOT, SAMPLE, opened
from tests.report.conftest import MONTH, build_of_packs, read_pdf, write_data, write_notebook

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TERMS = set("ABC XYZ NPS LTV Excel HTML PDF XLSX ClientOps JavaScript".split())
# What is no word of a language: names in code, of files and commands, settings in force, classes.
CODE = re.compile(
    r"\b\w+ = [^;]*(?:;|$)|\[settings[.\w]*\]|\S+@\S+|[\w*]+\.(?:csv|toml|ipynb)\b|clientops \w+|"
    r"rejects/|\b\w+_\w+\b|\b[A-Z]{2}\b|\b[0-9a-f]{12}\b|"
    rf"^(?:{'|'.join(each.name for each in dataclasses.fields(Topics))}): .*"
)
WORD = re.compile(r"[A-Za-z]{2,}")


@pytest.fixture(scope="module")
def russian() -> catalogue.Catalog:
    return catalogue.read(catalogue.of_language("ru"))


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{[^{}]*\}", text))


def test_no_message_is_untranslated_and_none_is_of_another_time(russian):
    """`make words` adds what is new, leaves out what is gone and lists what is to be done."""
    wanted = {(message.context, message.id) for message in catalogue.template() if message.id}
    known = {(message.context, message.id) for message in russian if message.id}
    assert known == wanted
    assert catalogue.missing(russian) == []


def test_every_form_says_what_the_english_one_says(russian):
    for message in russian:
        if message.pluralizable:
            assert len(message.string) == 3, message.id
        for text in catalogue.forms(message.string) if message.id else ():
            assert placeholders(text) == placeholders(catalogue.forms(message.id)[-1]), text
            assert text.count("{{") == catalogue.forms(message.id)[-1].count("{{"), text
            assert re.search("[а-яё]", text, re.I) or not WORD.search(CODE.sub("", strip(text)))
            assert '"' not in CODE.sub("", text) and not text.startswith(" "), text


def strip(text: str) -> str:
    patterns = r"\{[^{}]*\}|sign|dd\.MM\.y|dd\.mm\.yyyy( hh:mm)?|mm\.yyyy|"
    return re.sub(patterns + "|".join(TERMS), "", text)


def test_the_build_still_says_what_notices_know():
    code = " ".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "clientops/ingest").glob("*.py")
    )
    code = re.sub(r'"\s+f?"', "", code)
    code += "".join(code.replace("{how}", how) for how in ("equal", "other"))
    for notice in NOTICES:
        for part in re.split(r"\{\w+\}|: ", notice):
            assert part.strip(" :,;") in code, notice
    assert matched("total of 12 rows: left out") == ("total of {number} rows: left out",
                                                     {"number": "12"})  # fmt: skip
    with words.using("ru", "RUB"):
        assert words.said("total of 12 rows: left out") == "итог, строк: 12; не учтён"
        assert words.said("call, useful, done") == "звонок, полезное, выполнено"
        assert words.said("9.0, late again, as ever") == "9.0, late again, as ever"
        assert all(WORD.search(each.check) and words.said(each.check) != each.check
                   for each in quality.CHECKS)  # fmt: skip


class Texts(html.parser.HTMLParser):
    """All that is read on a page or said of it."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.found, self.hidden = [], 0
        self.feed(content)

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in ("style", "script")
        said = ("title", "aria-label", "alt", "placeholder", "data-label")
        self.found += [value for name, value in attrs if name in said and value]

    def handle_endtag(self, tag):
        self.hidden -= tag in ("style", "script")

    def handle_data(self, data):
        if not self.hidden and data.strip():
            self.found.append(data.strip())


def foreign(texts: list[str], names: set[str]) -> list[str]:
    """The texts with a word in Latin letters that is no name, no term and no code."""
    known = names | TERMS
    return sorted({text for text in texts if set(WORD.findall(CODE.sub("", text))) - known})


@pytest.fixture(scope="module")
def in_russian(sample_store):
    book = opened(SAMPLE, sample_store)
    book.company = dataclasses.replace(book.company, language="ru", currency="RUB")
    return book


@pytest.fixture(scope="module")
def names() -> set[str]:
    """Every word of the sample's files that hold names and what clients said, and its own words."""
    tables = ("clients", "managers", "products", "surveys", "receivables")
    texts = [(SAMPLE / f"{table}.csv").read_text(encoding="utf-8") for table in tables]
    told = read_settings(SAMPLE)
    own = [told.company.name, *told.settings.base.categories]
    return set(WORD.findall(" ".join([*texts, *own])))


@pytest.fixture
def drawn(monkeypatch) -> list[str]:
    """What figures write from now on: their texts are paths, which nobody can read in a page."""
    texts, annotate = [], Axes.annotate

    def noted(axes: Axes, text: str, *given, **more):
        texts.append(text)
        return annotate(axes, text, *given, **more)

    monkeypatch.setattr(Axes, "annotate", noted)
    return texts


def cut(texts: list[str]) -> list[str]:
    """Words of ours, and numbers, for which a figure had no room."""
    return [text for text in texts if text.endswith("…") and not re.search("[A-Za-z]", text)]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_page_has_a_word_of_another_language(notebook, in_russian, names, drawn, monkeypatch):
    monkeypatch.setattr(cards, "MOST_EMBEDDED", 20)  # nobody reads them here
    monkeypatch.setattr(figures, "svg", unwritten)  # a pack of all pages writes them
    asked = {"client_id": "C0002"} if notebook.stem == "client" else {}
    done = run(notebook, asked, book=in_russian)
    texts = [done.title, done.question, *Texts(" ".join(done.shown)).found]
    assert len(texts) > 20
    controls = re.findall(r'page\.choice\(\s*\\?"(\w+)', notebook.read_text(encoding="utf-8"))
    with words.using("ru", "RUB"):
        texts += [words.label(name) for name in controls if name != "client_id"]
    whole = [text for text in drawn if not text.endswith("…")]
    assert foreign(texts + whole, names) == []
    assert cut(drawn) == []
    assert not [text for text in texts if re.search(r"[а-я]\. \d{4}\s*г\.", text)]


def test_a_pack_of_all_pages_has_no_word_of_another_language(in_russian, names, drawn, monkeypatch):
    """Names of columns in code stand in workbooks where a row is known by them."""
    monkeypatch.setattr(workbook, "MOST_ROWS", 100)  # which tell every form of a date
    month = in_russian.month
    everybody = Recipient("company", "*", in_russian.company.name, "company")
    made = pack.make(everybody, in_russian, month, pack.topics(ROOT / "notebooks"), SAMPLE)
    made.changes, made.reconciliation = Changes([]), Reconciliation([], [])
    with made.words():
        texts = Texts(document.document(content.content(made, "2026-11-01"))).found
    book = openpyxl.load_workbook(io.BytesIO(workbook.workbook(made)))
    assert cut(drawn) == []
    assert foreign(texts, names) == []
    assert foreign(list(book.sheetnames), names) == []
    days = {cell.number_format for sheet in book for row in sheet for cell in row if cell.is_date}
    assert days == {"mm.yyyy", "dd.mm.yyyy"}


@pytest.mark.parametrize("width", [paint.WIDE, 326])
def test_the_names_of_lines_and_of_amounts_have_room(width):
    months = pd.date_range("2025-11-01", periods=12, freq="MS")
    frame = pd.DataFrame({"month": months, "manager_id": "*", "manager_name": "*",
                          "expected": 27_700.0, "to_date": 11_500.0})  # fmt: skip
    with words.using("ru", "RUB"), words.telling(ltv.ltv_history.about):
        drawing = figures.lines(frame, y=["expected", "to_date"], width=width)
    texts = [text for text in drawing.findobj(Text) if text.get_text()]
    assert "20 тыс. ₽" in [text.get_text().replace("\N{NO-BREAK SPACE}", " ") for text in texts]
    assert cut([text.get_text() for text in texts]) == []
    edges = [text.get_window_extent() for text in texts]
    assert min(edge.x0 for edge in edges) >= 0
    assert max(edge.x1 for edge in edges) <= drawing.bbox.x1


def test_the_numbers_of_months_stand_beside_each_other():
    """In millions, which Russian writes longer than English."""
    months = pd.date_range("2025-10-01", periods=13, freq="MS")
    frame = pd.DataFrame({"month": months, "manager_id": "*", "revenue": 4_330_000.0,
                          "year_ago": 4_000_000.0})  # fmt: skip
    with words.using("ru", "RUB"), words.telling(overview.portfolio_month.about):
        drawing = figures.months_of_year(frame, value="revenue", previous="year_ago")
    edges = [text.get_window_extent() for text in drawing.findobj(Text)
             if text.get_text().startswith("4,33")]  # fmt: skip
    assert len(edges) == 13
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(edges))


def test_progress_is_told_in_the_language_of_the_company(tmp_path, monkeypatch, capsys):
    toml = '[company]\nlanguage = "ru"\n'
    (tmp_path / "clientops.toml").write_text(toml, encoding="utf-8")
    (tmp_path / "shipments.csv").write_text(_SHIPMENTS + "1,2025-01-31,C1,5\n", encoding="utf-8")
    monkeypatch.setattr(base, "PATIENCE", 0)
    base._asked.set(str(tmp_path))
    with base.progress() as step:
        build(tmp_path, progress=step)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].endswith(" с  0 из 6: читаем таблицу shipments")
    assert len(lines) == 6 and foreign(lines, {"shipments"}) == []


class MadeUp(gettext.NullTranslations):
    """Every text of the catalogue in letters that are not Latin; placeholders and code stay."""

    def gettext(self, text: str) -> str:
        parts = re.split(r"(\{[^{}]*\}|\[settings[.\w]*\]|\b\w+_\w+\b)", text)
        return "".join(part if at % 2 else part.translate(_OTHER) for at, part in enumerate(parts))

    def ngettext(self, one: str, many: str, number: int) -> str:
        return self.gettext(one if number == 1 else many)

    def pgettext(self, context: str, text: str) -> str:
        return "sign" if text == "code" else text if text == "medium" else self.gettext(text)


_OTHER = {ord(letter): chr(ord("а") + at) for at, letter in enumerate("abcdefghijklmnopqrstuvwxyz")}
_OTHER |= {ord(letter.upper()): chr(ord("А") + at)
           for at, letter in enumerate("abcdefghijklmnopqrstuvwxyz")}  # fmt: skip


@pytest.mark.parametrize("language", ["russian", "made up"])
def test_no_pack_and_no_letter_has_a_word_of_another_language(language, tmp_path, monkeypatch):
    if language == "made up":
        monkeypatch.setattr(words, "_read", lambda path: MadeUp())
    data = write_data(tmp_path / "data")
    toml = (data / "clientops.toml").read_text(encoding="utf-8")
    (data / "clientops.toml").write_text(toml.replace('"en"', '"ru"').replace("EUR", "RUB"))
    build_of_packs(data)
    title = "# Кратко\n\nКто и сколько?"
    topics = write_notebook(tmp_path / "notebooks", title=title)
    done = report(data, month=MONTH, out=tmp_path / "reports", notebooks=topics)
    assert done.failed == {}
    names = set(WORD.findall("".join(
        (data / f"{table}.csv").read_text(encoding="utf-8") for table in ("clients", "managers")
    ))) | {"Tiny", "Sons"}  # fmt: skip
    kept = record.read(done.folder)
    with words.using("ru", "RUB"):
        letters = mail._letters(kept, Mail(directors=("chief@example.com",)), open_book(data))
    found = [text for each in letters for text in (each.subject, each.file, *each.paragraphs)]
    for path in sorted(done.folder.glob("**/*.*")):
        found += READ[path.suffix](path) if path.suffix in READ else []
    assert len(found) > 100
    assert foreign(found, names) == []


def _cells(path: Path) -> list[str]:
    book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
    values = (cell.value for sheet in book for row in sheet.iter_rows() for cell in row)
    return [*book.sheetnames, *(value for value in values if isinstance(value, str))]


READ = {
    ".html": lambda path: Texts(path.read_text(encoding="utf-8")).found,
    ".xlsx": _cells,
    ".pdf": lambda path: [part[0] for page in read_pdf(path.read_bytes()) for part in page.parts],
}


_SHIPMENTS = "shipment_id,shipped_on,client_id,revenue\n"
# A bad export and its settings; the command, and the line it ends with in English.
STOPS = {
    "a column is missing": (
        "build", "shipments.csv", "shipment_id,day,client_id,revenue\n1,2025-01-31,C1,5\n", "",
        "{file}: table shipments lacks the required column shipped_on; there are: shipment_id, "
        "day, client_id, revenue",
    ),
    "dates are ambiguous": (
        "check", "shipments.csv", _SHIPMENTS + "1,01/02/2025,C1,5\n2,03/04/2025,C1,6\n", "",
        "table shipments: shipments.csv: column shipped_on holds dates such as '01/02/2025', and "
        'its other values do not tell day from month; say date_order = "dmy" or "mdy" in '
        "[tables.shipments] of clientops.toml",
    ),
    "numbers are ambiguous": (
        "check", "shipments.csv", _SHIPMENTS + "1,2025-01-31,C1,1.234\n2,2025-02-28,C1,2.345\n", "",
        "table shipments: shipments.csv: column revenue: is '1.234' above a thousand or a decimal? "
        'The other values do not tell; say decimal = "," or "." in [tables.shipments] of '
        "clientops.toml",
    ),
    "currencies are mixed": (
        "build", "shipments.csv", _SHIPMENTS + "1,2025-01-31,C1,5 EUR\n2,2025-02-28,C1,6 USD\n", "",
        "table shipments: column revenue holds several currencies: EUR (1 rows), USD (1 rows); "
        "export amounts in one, or convert them in a query (sql)",
    ),
    "a setting is unknown": (
        "check", "shipments.csv", _SHIPMENTS, "[settings.portfolio]\nwindow = 3\n",
        "{toml}: [settings.portfolio] unknown key 'window'; did you mean window_months?",
    ),
    "a setting has another type": (
        "check", "shipments.csv", _SHIPMENTS, "[settings.portfolio]\nwindow_months = 0\n",
        "{toml}: settings.portfolio.window_months: expected `int` >= 1",
    ),
    "settings contradict each other": (
        "build", "shipments.csv", _SHIPMENTS, "[settings.portfolio]\nwindow_months = 2\n",
        "{toml}: settings.portfolio: window_months (2) is below lapse_months (3): a client would "
        "lapse after it is lost",
    ),
    "too many rows are rejected": (
        "build", "shipments.csv", _SHIPMENTS + "1,2025-01-31,C1,5\n2,never,C1,6\n", "",
        "table shipments: 1 of 2 rows cannot be read, more than max_reject_share (1.00%); the "
        "first: shipments.csv line 3, shipped_on: 'never': not a date from 1970 to 2100; "
        "`clientops check` lists them",
    ),
    "too many rows would be rejected": (
        "check", "shipments.csv", _SHIPMENTS + "1,2025-01-31,C1,5\n2,never,C1,6\n", "",
        "a build would stop: more than max_reject_share (1.00%) of the rows rejected in shipments",
    ),
    "a workbook is damaged": (
        "build", "shipments.xlsx", "PK\x03\x04 nothing", "",
        "{file}: not readable as a workbook: ",
    ),
    "a total differs": (
        "build", "shipments.csv", _SHIPMENTS + "1,2025-01-31,C1,5\n",
        "[tables.shipments.control]\nrevenue = 1234.5\n",
        "table shipments: revenue adds up to 5.00, not to the 1,234.50 of control: 1,229.50 "
        "missing; `clientops check` lists what was rejected",
    ),
    "a total is exceeded": (
        "build", "shipments.csv", _SHIPMENTS + "1,2025-01-31,C1,5\n",
        "[tables.shipments.control]\nrevenue = 3.5\n",
        "table shipments: revenue adds up to 5.00, not to the 3.50 of control: 1.50 too much",
    ),
    "a total would differ": (
        "check", "shipments.csv", _SHIPMENTS + "1,2025-01-31,C1,5\n",
        "[tables.shipments.control]\nrevenue = 3.5\n",
        "a build would stop: sums of shipments are not those of control",
    ),
}  # fmt: skip


@pytest.mark.parametrize("why", STOPS)
def test_what_stops_a_build_is_told_in_the_language_of_the_company(run, tmp_path, why):
    command, name, content, settings, english = STOPS[why]
    said = {}
    for language in ("en", "ru"):
        (tmp_path / name).write_text(content, encoding="utf-8")
        toml = tmp_path / "clientops.toml"
        toml.write_text(f'[company]\nlanguage = "{language}"\n{settings}', encoding="utf-8")
        line = run(command, "--data", tmp_path).line.removeprefix("clientops: ")
        said[language] = line.replace(f"{toml}", "{toml}").replace(f"{tmp_path / name}", "{file}")
    reason = said["en"].removeprefix(english) if english.endswith(": ") else ""
    assert said["en"] == english + reason
    assert re.search("[а-яё]{3}", said["ru"])
    columns = {column.name for table in TABLES.values() for column in table.columns}
    known = {*TABLES, *columns, *WORD.findall(content), "tables", "file", "toml", "sql", "int",
             "settings", "portfolio", "window"}  # fmt: skip
    assert foreign([said["ru"].removesuffix(reason)], known) == []


def test_an_error_in_russian_writes_numbers_as_russian_does_and_asks_in_russian(run, tmp_path):
    (tmp_path / "shipments.csv").write_text(_SHIPMENTS + "1,2025-01-31,C1,5\n", encoding="utf-8")
    toml = '[company]\nlanguage = "ru"\n[tables.shipments.control]\n'
    (tmp_path / "clientops.toml").write_text(f"{toml}revenue = 1234.5\n", encoding="utf-8")
    assert "1 234,50: не хватает 1 229,50;" in run("build", "--data", tmp_path).line.replace(
        "\N{NO-BREAK SPACE}", " ")  # fmt: skip
    (tmp_path / "clientops.toml").write_text(f"{toml}revenu = 1\n", encoding="utf-8")
    assert run("build", "--data", tmp_path).line.endswith("может быть, revenue?")
    assert "неизвестная таблица 'x'" in run("table", "x", "--data", tmp_path).line
    assert not re.search("[а-я]", run("build", "--help").out)
    (tmp_path / "clientops.toml").write_text('[company]\nlanguage = "ru"\n', encoding="utf-8")
    (tmp_path / "shipments.csv").write_text(_SHIPMENTS + "1,never,C1,5\n", encoding="utf-8")
    assert "(1.00%) строк\n" in run("check", "--data", tmp_path).out
    (tmp_path / "clientops.toml").write_text(f"{toml}revenue = \n", encoding="utf-8")
    assert "not readable as TOML" in run("build", "--data", tmp_path).line
