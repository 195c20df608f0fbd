"""The Russian demo data: exports as 1C writes them come in without an edit, and tell their stories.

`data/sample/ru/generate.py` knows what it wrote; what the build read is held against that.
"""

import datetime
import importlib.util
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from clientops import Book, open_book, words
from clientops.build import Built, build
from clientops.cli import cli
from clientops.metrics import overview, profitability
from clientops.presets import proposal
from clientops.schema import TABLES
from clientops.settings import FILE
from tests.conftest import ROOT, rows_of_last

HERE = ROOT / "data" / "sample" / "ru"
EXPORTS = [path for path in HERE.iterdir() if path.suffix in (".csv", ".xlsx")]
spec = importlib.util.spec_from_file_location("russian_sample", HERE / "generate.py")
made = importlib.util.module_from_spec(spec)
spec.loader.exec_module(made)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The exports alone, in a folder called like the company, with what `init` proposes."""
    data = tmp_path_factory.mktemp("ru") / "Чистый дом"
    made.main(data)
    proposal.write(data)
    return data


@pytest.fixture(scope="module")
def built(folder) -> Built:
    with rows_of_last(1):  # here everybody sees everything
        return build(folder, today=datetime.date(2026, 11, 29))


@pytest.fixture(scope="module")
def book(folder, built) -> Book:
    return open_book(folder)


def test_the_files_are_written_again_byte_for_byte(folder):
    assert len(EXPORTS) == 8
    for path in EXPORTS:
        assert (folder / path.name).read_bytes() == path.read_bytes(), path.name


def test_its_settings_are_what_init_proposes(folder):
    """And README.ru shows how they begin."""
    proposed = (folder / FILE).read_text(encoding="utf-8").partition("\n")[2]
    assert (HERE / FILE).read_text(encoding="utf-8").partition("\n")[2] == proposed
    readme = (ROOT / "README.ru.md").read_text(encoding="utf-8")
    shown = re.search(r"```toml\n(.*?)```", readme, re.DOTALL)[1]
    assert shown == proposed.replace("\n\n", "\n").partition("[tables.clients]")[0]


def test_every_line_is_read_to_the_kopeck(built, book):
    known = made.clients()
    lines = made.sales(known)
    rows = built.reconciliation.set_index("table")
    assert rows.loc["shipments", "rows_kept"] == len(lines)
    assert rows.loc["clients", "rows_kept"] == len(known)
    assert rows.loc["receivables", "rows_kept"] == len(made.invoice_rows(lines, known)) - 2
    month = book.sales_month
    assert month["revenue"].sum() == 100 * sum(line.revenue for line in lines)
    assert month["cost"].sum() == 100 * sum(line.cost for line in lines)
    by_client = month.groupby("client_id", observed=True)["revenue"].sum()
    wanted = pd.DataFrame(lines).groupby("client")["revenue"].sum() * 100
    assert by_client.to_dict() == wanted.to_dict()
    owners = book.clients.set_index("client_id")["manager_id"].to_dict()
    assert owners == {client.name: client.manager for client in known}


def test_only_totals_are_left_out(built):
    rejects = pd.concat(
        pd.read_csv(path) for path in (built.snapshot.parent / "rejects").glob("*.csv")
    )
    assert set(rejects["value"]) == {"Итого"}
    assert rejects["reason"].str.startswith("total of").all()


def test_check_speaks_russian(folder):
    done = CliRunner().invoke(cli, ["check", "--data", str(folder)])
    assert done.exit_code == 0, done.output
    said = done.stdout.partition("Замечено:")[2]
    names = rf"^  ({'|'.join(TABLES)}):|\.(csv|xlsx)|\(groups\)|, (invoice_id|month):"
    plain = re.sub(names, "", said, flags=re.MULTILINE)
    assert "листы прочитаны вместе" in said and not re.search("[A-Za-z]{2,}", plain), plain


def test_what_was_noticed_is_told_in_russian(book):
    """Where the export has other names of columns, too."""
    with words.using("ru", "RUB"):
        said = [words.said(check) for check in book.data_quality["check"]]
    assert "возврат (выручка с минусом)" in said
    assert not [text for text in said if re.search("[A-Za-z]{2,}", text.replace("(groups)", ""))]


def test_its_stories_are_found(book):
    first = book.compute(overview.attention).iloc[0]
    assert (first["client_name"], first["reason"]) == (made.QUIET, "late")
    rows = book.compute(overview.headlines).set_index(["manager_id", "metric"])
    revenue, margin = (rows.loc[(made.CHEAPER, name)] for name in ("revenue", "margin_rate"))
    assert revenue["year_change"] > 0 > margin["year_change"]
    assert (revenue["verdict"], margin["verdict"]) == ("better", "worse")
    assert len(book.compute(profitability.margin_bridge))
    assert book.company.calendar == "RU"


def test_the_folder_holds_no_store(folder, tmp_path):
    """What is given away is the exports, their settings and how they were made."""
    kept = {path.name for path in HERE.iterdir() if not path.name.startswith((".", "__"))}
    assert kept == {*(path.name for path in EXPORTS), FILE, "generate.py"}
    shutil.copytree(HERE, tmp_path / "copy", ignore=shutil.ignore_patterns(".*", "__*"))
    assert (tmp_path / "copy" / FILE).exists()
