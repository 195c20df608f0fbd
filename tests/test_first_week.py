"""A company that has just begun: a ledger of one Monday fills every table, page and pack."""

import shutil
from pathlib import Path

import pytest

from clientops import Book, metrics, open_book
from clientops.build import build
from clientops.errors import ClientOpsError
from clientops.report import run
from tests.conftest import ROOT

FIRST_WEEK = ROOT / "tests" / "data" / "cases" / "18-first-week-crash"
OTHERS = {  # a row of each table that unlocks more
    "clients": "client_id,client_name,manager_id\nK1,Acme,m1\n",
    "managers": "manager_id,manager_name,team\nm1,Anna,South\n",
    "activities": "happened_at,manager_id,kind,topic,client_id\n"
    "2026-10-05 09:00,m1,call,useful,K1\n",
    "surveys": "responded_on,score,client_id\n2026-10-05,9,K1\n",
}


@pytest.fixture(scope="module", params=["shipments", "every table"])
def data(request, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("first") / "data"
    shutil.copytree(FIRST_WEEK, folder)
    for name, rows in OTHERS.items() if request.param == "every table" else ():
        (folder / f"{name}.csv").write_text(rows, encoding="utf-8")
    build(folder)
    return folder


@pytest.fixture(scope="module")
def book(data) -> Book:
    return open_book(data)


@pytest.mark.parametrize("name", metrics.tables())
def test_every_table_can_be_asked_for(name, book):
    try:
        table = book.compute(metrics.tables()[name], "2026-10")
    except ClientOpsError as error:
        assert "this needs the table" in str(error)
    else:
        assert list(table.columns) == list(metrics.tables()[name].about.units)


def test_a_week_that_is_not_over_is_no_row(book):
    counts = book.compute(metrics.tables()["shipment_counts"], "2026-10")
    assert set(counts["grain"]) == {"day", "month"}
    assert set(counts["revenue"]) <= {0.0, 100.0}


def test_every_page_and_pack_is_made(data, tmp_path):
    pages = ROOT / "notebooks"
    done = run.report(data, month="2026-10", partial=True, out=tmp_path, notebooks=pages)
    assert done.made and not done.failed
