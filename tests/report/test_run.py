"""How packs are made: only what is needed, whole or not at all, and a failing one alone."""

import datetime
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import click.testing
import filelock
import pypdf
import pytest

from clientops.cli import cli
from clientops.errors import ClientOpsError
from clientops.report import record, run, workers
from clientops.report.run import report
from tests.conftest import ROOT
from tests.report.conftest import MONTH, sheets, write_notebook

EACH = ["company", "manager-M1", "manager-M2", "manager-M3", "team-North", "team-South_West"]


def times(folder: Path) -> dict[str, int]:
    return {
        path.name: path.stat().st_mtime_ns
        for path in folder.iterdir()
        if path.suffix in (".html", ".xlsx") and path.name != run.INDEX
    }


def without_stamp(path: Path) -> str:
    content = path.read_text(encoding="utf-8")
    stamp = "<p class='stamp'>"
    assert stamp in content
    return re.sub(f"{stamp}.*?</p>", "", content)


def cells(path: Path) -> dict[str, list]:
    book = sheets(path)
    return {s.title: [[c.value for c in row] for row in s.iter_rows()] for s in book.worksheets}


@pytest.fixture(scope="module")
def first(tiny, brief, tmp_path_factory) -> Path:
    """A folder with all packs, HTML and workbooks."""
    out = tmp_path_factory.mktemp("first")
    done = report(tiny, month=MONTH, formats=["html", "xlsx"], out=out, notebooks=brief)
    assert sorted(done.made) == EACH
    assert done.failed == {}
    return out


def test_what_did_not_change_stays_and_what_is_missing_is_made(tiny, brief, first):
    folder, asked = first / MONTH, {"month": MONTH, "out": first, "notebooks": brief}
    before = times(folder)
    done = report(tiny, formats=["html", "xlsx"], **asked)
    assert (done.made, sorted(done.unchanged)) == ([], EACH)
    assert times(folder) == before
    (folder / "manager-M2.xlsx").unlink()
    done = report(tiny, formats=["html", "xlsx"], **asked)
    assert done.made == ["manager-M2"]
    changed = {name for name, at in times(folder).items() if before[name] != at}
    assert changed == {"manager-M2.xlsx"}  # its HTML was there
    done = report(tiny, formats=["html"], manager_ids=["M1"], force=True, **asked)
    assert done.made == ["manager-M1"]
    assert times(folder)["manager-M1.html"] > before["manager-M1.html"]
    assert times(folder)["manager-M1.xlsx"] == before["manager-M1.xlsx"]


def test_the_same_inputs_give_the_same_pack(tiny, brief, first, tmp_path):
    asked = {"month": MONTH, "notebooks": brief, "manager_ids": ["M3"], "jobs": 1}
    done = report(tiny, formats=["html", "xlsx"], out=tmp_path, **asked)
    for name in ("manager-M3.html", "manager-M3.xlsx"):
        there, again = first / MONTH / name, done.folder / name
        if name.endswith("html"):
            assert without_stamp(there) == without_stamp(again)
        else:
            assert cells(there) == cells(again)


def test_the_record_says_what_was_made_of_what(first):
    kept = json.loads((first / MONTH / "run.json").read_text(encoding="utf-8"))
    assert kept["month"] == MONTH
    assert kept["versions"]["typst"]
    assert kept["fingerprint"] == kept["packs"]["company"]["fingerprint"]
    for key in EACH:
        entry = kept["packs"][key]
        assert entry["problem"] == ""
        assert entry["seconds"]["notebooks"] > 0
        for file in entry["files"].values():
            assert record.is_there(first / MONTH, file)
    assert not (first / MONTH / ".drafts").exists()


def test_a_failing_pack_is_named_and_stops_no_other(tiny, tmp_path):
    code = 'assert manager_id != "M2", "no M2"'
    notebooks = write_notebook(tmp_path / "notebooks", code)
    arguments = ["report", "--data", str(tiny), "--month", MONTH, "--format", "html",
                 "--notebooks", str(notebooks), "--out", str(tmp_path / "out")]  # fmt: skip
    done = click.testing.CliRunner().invoke(cli, arguments, standalone_mode=False)
    assert done.return_value == 1
    assert "5 packs made, 0 unchanged" in done.output
    reason = f"failed: manager-M2: {notebooks}/brief.ipynb: cell 7: AssertionError: no M2"
    assert reason in done.output
    folder = tmp_path / "out" / MONTH
    assert sorted(path.stem for path in folder.glob("*-*.html")) == EACH[1:2] + EACH[3:]
    assert "no M2" in (folder / "index.html").read_text(encoding="utf-8")
    write_notebook(tmp_path / "notebooks")  # mended: only what failed or changed is made
    done = click.testing.CliRunner().invoke(cli, arguments, standalone_mode=False)
    assert done.return_value == 0
    assert "no M2" not in (folder / "index.html").read_text(encoding="utf-8")


def test_who_owns_no_client_gets_no_pack_of_the_companys_figures(tiny, brief, tmp_path):
    done = report(tiny, month=MONTH, manager_ids=["M1", "M4"], formats=["html"], out=tmp_path,
                  notebooks=brief)  # fmt: skip
    assert done.made == ["manager-M1"]
    assert done.failed == {
        "manager-M4": "no clients and no sales in these data, so there is no pack"
    }
    assert not (tmp_path / MONTH / "manager-M4.html").exists()


def test_a_figure_that_fails_is_told_with_its_cell(tiny, tmp_path):
    code = "page.card(load, lambda frame, width: 1 / 0, says=findings.load)"
    notebooks = write_notebook(tmp_path / "notebooks", code)
    done = report(tiny, month=MONTH, manager_ids=["M1"], formats=["html"], out=tmp_path / "out",
                  notebooks=notebooks)  # fmt: skip
    assert done.made == []
    assert done.failed["manager-M1"].endswith(
        "brief.ipynb: cell 7: ZeroDivisionError: division by zero"
    )


def test_a_figure_taller_than_a_page_comes_in_parts(tiny, tmp_path):
    code = ("import pandas as pd\n"
            "ids = [f'Row-{number}.' for number in range(150)]\n"
            "many = pd.DataFrame({'manager_id': ids, 'manager_name': ids, 'clients': 7})\n"
            "page.card(load, lambda rows, width: figures.bars(many, value='clients', width=width),"
            " says=findings.load)")  # fmt: skip
    notebooks = write_notebook(tmp_path / "notebooks", code)
    done = report(tiny, month=MONTH, manager_ids=["M1"], formats=["pdf"], out=tmp_path / "out",
                  notebooks=notebooks)  # fmt: skip
    assert done.failed == {}
    pages = pypdf.PdfReader(done.folder / "manager-M1.pdf").pages
    assert sum(len(page.extract_text()) < 200 for page in pages) >= 2  # nothing but the figure


def test_advice_for_a_screen_is_no_card_of_a_pack(tiny, tmp_path):
    """Where several managers have no sum, a page says to choose one; on paper nobody can."""
    code = (
        "from clientops.findings.phrases import no_sum\n"
        "page.card(load, figures.bars, says=lambda rows: no_sum(), value='clients')\n"
        "from clientops.metrics import loyalty\n"
        "for table in (loyalty.nps, loyalty.nps_trend, loyalty.detractors):\n"
        "    page.list(page.table(table))"
    )
    notebooks = write_notebook(tmp_path / "notebooks", code)
    done = report(tiny, month=MONTH, teams=["South/West"], formats=["html"], out=tmp_path / "out",
                  notebooks=notebooks)  # fmt: skip
    content = (done.folder / "team-South_West.html").read_text(encoding="utf-8")
    assert "choose one manager" not in content
    assert content.count("This needs the table surveys") == 1  # what is missing is said once
    assert content.count("class='subtitle'") == 3  # the card and the list before it, and that


@pytest.mark.skipif(sys.platform != "linux", reason="processes end otherwise there")
def test_a_process_that_dies_costs_one_pack(tiny, tmp_path):
    code = 'import os, signal\nmanager_id != "M1" or os.kill(os.getpid(), signal.SIGKILL)'
    notebooks = write_notebook(tmp_path / "notebooks", code)
    done = report(tiny, month=MONTH, manager_ids=["M1", "M2", "M3"], formats=["html"], jobs=1,
                  out=tmp_path / "out", notebooks=notebooks)  # fmt: skip
    assert sorted(done.made) == ["manager-M2", "manager-M3"]
    assert done.failed == {"manager-M1": "its process was killed; is the memory full?"}


@pytest.mark.skipif(sys.platform != "linux", reason="processes end otherwise there")
def test_killed_and_started_again_it_makes_what_is_missing(tiny, brief, tmp_path):
    code = ("import sys; from clientops.report.run import report; report(sys.argv[1], "
            f"month='{MONTH}', formats=['html', 'xlsx'], jobs=1, out=sys.argv[2], "
            "notebooks=sys.argv[3])")  # fmt: skip
    command = [sys.executable, "-c", code, str(tiny), str(tmp_path), str(brief)]
    folder = tmp_path / MONTH
    killed = subprocess.Popen(command, cwd=ROOT)
    try:
        end = time.monotonic() + 120
        while len(record.read(folder)["packs"]) < 2:
            assert time.monotonic() < end
            assert killed.poll() is None
            time.sleep(0.02)
    finally:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    there = record.read(folder)["packs"]
    for entry in there.values():
        for file in entry["files"].values():
            assert record.is_there(folder, file)
    for path in folder.glob("*.html"):
        assert path.read_text(encoding="utf-8").endswith("</html>\n")
    before = times(folder)
    done = report(tiny, month=MONTH, formats=["html", "xlsx"], out=tmp_path, notebooks=brief)
    assert sorted(done.unchanged) == sorted(there)
    assert sorted([*done.made, *done.unchanged]) == EACH
    after = times(folder)
    assert all(after[file["name"]] == before[file["name"]]
               for entry in there.values() for file in entry["files"].values())  # fmt: skip


def test_a_second_run_says_so_and_stops(tiny, brief, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "PATIENCE", 0.05)
    (tmp_path / MONTH).mkdir()
    with (
        filelock.FileLock(tmp_path / MONTH / run.LOCK),
        pytest.raises(ClientOpsError, match="another run is making or sending these packs"),
    ):
        report(tiny, month=MONTH, out=tmp_path, notebooks=brief)


@pytest.mark.parametrize(("asked", "said"), [
    ({"month": "2031-01"}, "outside the data"),
    ({"month": "October"}, "is not a month"),
    ({"manager_ids": ["M9"]}, "unknown manager 'M9'"),
    ({"teams": ["Nort"]}, "did you mean North"),
    ({"formats": ["doc"]}, "unknown format 'doc'"),
    ({"formats": []}, "no format; known: html, pdf, xlsx"),
    ({"notebooks": "nowhere"}, "no notebooks"),
])  # fmt: skip
def test_bad_input_is_one_line_and_leaves_nothing(tiny, brief, tmp_path, asked, said):
    out = tmp_path / "out"
    with pytest.raises(ClientOpsError, match=said):
        report(tiny, **({"month": MONTH, "out": out, "notebooks": brief} | asked))
    assert not out.exists()


def test_a_folder_that_cannot_be_written_is_one_line(tiny, brief, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ClientOpsError, match="Not a directory"):
        report(tiny, month=MONTH, out=tmp_path / "file", notebooks=brief)


def test_a_full_disk_stops_the_run_and_leaves_no_half_pack(tiny, brief, tmp_path, monkeypatch):
    put_all = record.put_all

    def full(contents: dict[Path, bytes]) -> None:
        if any("M2" in path.name for path in contents):
            raise OSError(28, "No space left on device", "manager-M2.html")
        put_all(contents)

    monkeypatch.setattr(record, "put_all", full)
    with pytest.raises(ClientOpsError, match=r"manager-M2\.html: No space left on device"):
        report(tiny, month=MONTH, manager_ids=["M2", "M1", "M3"], formats=["html"], jobs=1,
               out=tmp_path, notebooks=brief)  # fmt: skip
    names = {path.name for path in (tmp_path / MONTH).iterdir()}
    assert names <= {run.LOCK, "manager-M1.html", "run.json"}


def test_an_incomplete_month_is_refused_or_marked(tmp_path, brief, tiny):
    from tests.report.conftest import build_of_packs, everything, write_data

    late = ("S-late,2026-03-04,M1-0,10,M1,5",)
    data = write_data(tmp_path / "data", extra=late)
    build_of_packs(data)
    asked = {"month": "2026-03", "manager_ids": ["M1"], "out": tmp_path / "out", "notebooks": brief}
    with pytest.raises(ClientOpsError, match="2026-03 is not complete: data to 2026-03-04"):
        report(data, **asked)
    assert report(data, partial=True, **asked).made == ["manager-M1"]
    folder = tmp_path / "out" / "2026-03"
    mark = "Partial month: data to Mar 4, 2026, 3 of 22 working days"
    for name in ("manager-M1.html", "index.html"):
        assert mark in (folder / name).read_text(encoding="utf-8")
    for page in pypdf.PdfReader(folder / "manager-M1.pdf").pages:
        assert mark in page.extract_text()
    headers = everything(folder / "manager-M1.xlsx").count(f"· {mark}</oddHeader>")
    assert headers == len(sheets(folder / "manager-M1.xlsx").sheetnames)


def test_the_command_waits_for_its_working_day(tiny, brief, tmp_path, monkeypatch):
    from clientops.cli import packs

    # A Monday, the first working day.
    monkeypatch.setattr(packs, "today", lambda: datetime.date(2026, 3, 2))
    arguments = ["report", "--data", str(tiny), "--notebooks", str(brief), "--manager", "M1",
                 "--format", "html", "--out", str(tmp_path), "--from-working-day"]  # fmt: skip
    done = click.testing.CliRunner().invoke(cli, [*arguments, "2"], standalone_mode=False)
    assert (done.return_value, list(tmp_path.iterdir())) == (0, [])
    assert "working day 1 of the month" in done.output
    done = click.testing.CliRunner().invoke(cli, [*arguments, "1"], standalone_mode=False)
    assert done.return_value == 0, done.output
    assert (tmp_path / MONTH / "manager-M1.html").exists()  # the month before


def test_work_is_shared_and_ends_with_its_owner():
    done = dict(workers.each(os.getppid, [], 2))
    assert done == {}
    results = list(workers.each(abs, [-1, -2, -3], 2))
    assert sorted(results) == [(-3, 3), (-2, 2), (-1, 1)]
