"""What was read from where is an annex of the company's pack; others learn the last days alone."""

import shutil

import pytest

from clientops.report.run import report
from tests.conftest import ROOT
from tests.report.conftest import MONTH


@pytest.fixture(scope="module")
def folder(tiny, brief, tmp_path_factory):
    notebooks = tmp_path_factory.mktemp("with_data") / "notebooks"
    shutil.copytree(brief, notebooks)
    shutil.copy(ROOT / "notebooks" / "data.ipynb", notebooks)
    out = tmp_path_factory.mktemp("out")
    done = report(tiny, month=MONTH, formats=["html"], out=out, notebooks=notebooks)
    assert done.failed == {}
    return done.folder


def test_the_company_reads_where_its_numbers_come_from(folder):
    text = (folder / "company.html").read_text(encoding="utf-8")
    assert "<h2>Data</h2>" in text and "What was read from where, until when" in text
    assert "<td>shipments.csv</td>" in text
    assert "Sales are read to Feb 27, 2026. Every row of 4 tables was read." in text


@pytest.mark.parametrize("name", ["manager-M1", "manager-M2", "team-North"])
def test_others_read_until_when_and_no_more(folder, name):
    text = (folder / f"{name}.html").read_text(encoding="utf-8")
    assert "Last days: shipments Feb 27, 2026, assignments Jan 1, 2026" in text
    assert "<h2>Data</h2>" not in text and ".csv" not in text and "rejected" not in text
