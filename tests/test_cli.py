"""The command: what it prints where, and one line for every mistake."""

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from filelock import FileLock

from clientops import build as building
from clientops import cli, metrics, open_book
from clientops.metrics import portfolio
from tests.conftest import build_for_all, shared_folder
from tests.test_build import FULL_DISK, append, export, tree

PROGRAM = [sys.executable, "-c", "from clientops import cli; cli.main()"]


@pytest.fixture(scope="session")
def built_once(tmp_path_factory) -> Path:
    """Its data folder and store, built once for all test processes."""
    folder = shared_folder(tmp_path_factory) / "cli"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            export(folder, first="2025-06-01")
        building.build(folder)
    return folder


@pytest.fixture
def data(built_once, tmp_path) -> Path:
    """A data folder with its store, up to date and the test's own."""
    return Path(shutil.copytree(built_once, tmp_path / "data"))


def read_csv(text: str) -> pd.DataFrame:
    """The table as the texts it is written with."""
    return pd.read_csv(io.StringIO(text), dtype="str", keep_default_na=False)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("frobnicate", "No such command 'frobnicate'"),
        ("build --frob", "No such option"),
        ("--frob", "No such option"),
        ("table", "which table?"),
        ("table portfolio_qualty", "did you mean portfolio_quality?"),
        ("table portfolio_quality more", "unexpected extra argument"),
        ("table portfolio_quality --month", "requires an argument"),
        ("table portfolio_quality --month 2031-01", "outside the data"),
        ("table portfolio_quality --month 2025-13", "not a month"),
        ("table data_quality --month soon", "not a month"),
        ("table portfolio_quality --manager 99", "unknown manager '99'"),
        ("table portfolio_quality --manager ''", "unknown manager ''"),
        ("table portfolio_quality --set window_months", "KEY=VALUE"),
        ("table portfolio_quality --set window=3", "did you mean window_months?"),
        ("table portfolio_quality --set month=2025-03", "unknown setting 'month'"),
        ("table portfolio_quality --set function=1", "unknown setting 'function'"),
        ("table portfolio_quality --set window_months=long", "window_months"),
        ("table portfolio_quality --set window_months=0", "window_months"),
        ("table portfolio_quality --set lapse_months=24", "lapse_months (24)"),
        ("table data_quality --set window_months=3", "no settings"),
        ("table portfolio_quality --out x.doc", "known: .csv, .xlsx, .parquet"),
        ("table portfolio_quality --out nowhere/x.csv", "nowhere: no such folder"),
        ("new", "Missing argument"),
        ("new Price-Review", "lower-case"),
    ],
)
def test_a_mistake_is_one_line(run, data, monkeypatch, command, said):
    monkeypatch.setenv("CLIENTOPS_DATA", str(data))
    done = run(*shlex.split(command))
    assert said in done.line
    assert done.out == ""


@pytest.mark.parametrize("command", ["build", "check", "table portfolio_quality"])
@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("clientops.toml", "[settings.portfolio]\nwindow = 3\n", "did you mean window_months?"),
        ("clientops.toml", "[settings.portfolio]\nwindow_months = 'x'\n", "window_months"),
        ("clientops.toml", "[company\n", "not readable as TOML"),
        ("clientops.toml", "[tables.clients]\nfile = 'none.csv'\n", "no file none.csv"),
        ("shipments.csv", "shipment_id,day\n1,2025-01-01\n", "shipped_on, client_id, revenue"),
        ("clients.csv", "client_id,created_on\n1,01/02/2024\n", "date_order"),
        ("shipments.csv", "", "empty"),
    ],
)
def test_a_mistake_in_the_data_is_one_line(run, data, command, file, content, said):
    (data / file).write_text(content, encoding="utf-8")
    done = run(*command.split(), "--data", data)
    assert said in done.line
    assert done.out == ""


@pytest.mark.parametrize("command", ["build", "check", "table portfolio_quality"])
def test_a_folder_that_is_not_there_is_one_line(run, tmp_path, command):
    assert "no such folder" in run(*command.split(), "--data", tmp_path / "none").line
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_is_a_file_is_one_line(run, tmp_path):
    folder = export(tmp_path / "data")
    (folder / ".clientops").touch()
    assert f"{folder / '.clientops'}: File exists" in run("build", "--data", folder).line


def test_debug_shows_the_traceback(monkeypatch, data):
    monkeypatch.setattr(sys, "argv", ["clientops", "table", "nothing", "--debug"])
    with pytest.raises(cli.ClientOpsError):
        cli.main()


def test_a_mistake_of_ours_is_one_line_too(run, data, monkeypatch):
    def wrong(*_: object, **__: object) -> None:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr(building, "build", wrong)
    done = run("build", "--data", data)
    assert done.status == 1
    assert done.err == (
        "clientops: internal error: RuntimeError: two lines (--debug shows where)\n"
    )
    monkeypatch.setattr(sys, "argv", ["clientops", "build", "--debug"])
    with pytest.raises(RuntimeError):
        cli.main()


@pytest.mark.parametrize("command", ["", "--help", "-h"])
def test_help_names_every_command(run, command):
    done = run(*command.split())
    assert (done.status, done.err) == (0, "")
    assert all(name in done.out for name in cli.cli.commands)


@pytest.mark.parametrize("command", list(cli.cli.commands))
def test_help_of_a_command_explains_every_option(run, command):
    done = run(command, "--help")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(f"Usage: clientops {command} ")
    unwrapped = re.sub(r"\n {10,}", " ", done.out)
    for option in re.findall(r"^  (--\w+.*)$", unwrapped, re.MULTILINE):
        assert re.search(r"  \w.*\.(  \[.*\])?$", option), option


@pytest.mark.usefixtures("few_rows")
def test_build_prints_the_reconciliation(run, data):
    (data / "clientops.toml").write_text("[settings.ingest]\nmax_reject_share = 0.1\n", "utf-8")
    append(data, "S900,never,C1,5.25,1,1", "S901,2025-12-01,C1,abc,1,1")
    done = run("build", "--data", data)
    assert (done.status, done.err) == (0, "")
    shipments = next(line for line in done.out.splitlines() if line.startswith("shipments"))
    _, read, kept, rejected, money_read, money_kept, money_rejected = shipments.split()
    assert (read, kept, rejected) == ("62", "60", "2")
    amounts = [float(text.strip("€").replace(",", "")) for text in (money_read, money_kept)]
    assert amounts[0] - amounts[1] == pytest.approx(5.25)
    assert money_rejected == "€5.25"
    assert "(the money of 1 rejected row could not be read)" in done.out
    assert str(data / ".clientops" / "rejects") in done.out
    assert done.out.splitlines()[-1].startswith("built ")
    assert run("build", "--data", data).out.splitlines()[-1].startswith("up to date: ")
    assert run("build", "--data", data, "--force").out.splitlines()[-1].startswith("built ")


@pytest.mark.usefixtures("few_rows")
def test_build_tells_a_command_that_shows_what_it_noticed(run, tmp_path):
    folder = export(tmp_path / "O'Hara data")
    append(folder, "S900,2025-12-01,C1,-5,1,1")
    out = run("build", "--data", folder, "--store", tmp_path / "store").out
    command = shlex.split(re.search("things worth knowing: (.*)", out)[1])
    done = run(*command[1:])
    assert "return (negative revenue)" in done.out


def test_check_lists_rejects_and_writes_nothing(run, data):
    append(data, *(f"S9{n},never,C1,5,1,1" for n in range(3)))
    before = tree(data)
    done = run("check", "--data", data)
    assert "a build would stop" in done.line
    assert "max_reject_share (1.00%)" in done.line
    assert "  shipments: shipments.csv line 62, shipped_on: 'never': not a date" in done.out
    assert tree(data) == before
    assert run("check", "--data", export(data)).status == 0


def test_table_prints_csv_and_nothing_else(run, data):
    done = run("table", "client_classes", "--data", data, "--month", "2025-11")
    assert (done.status, done.err) == (0, "")
    assert "\r" not in done.out
    expected = open_book(data).compute(portfolio.client_classes, "2025-11")
    read = read_csv(done.out)
    assert list(read) == list(expected)
    names = read["client_name"].str.removeprefix("'")  # which no program of sheets works out
    assert list(names) == list(expected["client_name"])
    assert list(read["revenue"].astype(float)) == list(expected["revenue"])
    assert list(read["month"].unique()) == ["2025-11-01"]


@pytest.mark.usefixtures("few_rows")
def test_table_builds_where_nothing_is_built_or_the_data_changed(run, tmp_path):
    folder = export(tmp_path / "data")
    assert run("table", "portfolio_load", "--data", folder).status == 0
    append(folder, "S900,2025-11-01,NEW,5,1,1")
    assert "NEW" in run("table", "client_classes", "--data", folder, "--month", "2025-11").out


def test_the_data_folder_comes_from_the_environment(run, data, monkeypatch):
    monkeypatch.setenv("CLIENTOPS_DATA", str(data))
    here = run("table", "portfolio_load")
    monkeypatch.delenv("CLIENTOPS_DATA")
    assert here == run("table", "portfolio_load", "--data", data)
    assert here.out


ONE_OF_EACH_TOPIC = {
    table.__module__: name for name, table in metrics.tables().items()
    if "manager_id" in table.about.units
}.values()  # fmt: skip


@pytest.mark.parametrize("name", list(metrics.tables()))
def test_a_managers_rows_are_those_of_the_whole(run, data, name):
    """Of one table of each topic; of all of them the scope law of tests/metrics/test_laws.py."""
    asked = ("table", name, "--data", data, "--month", "2025-11")
    own = run(*asked, "--manager", "3")
    if "this needs the table" in own.err:  # these data have none
        assert own.status == 2
        return
    assert own.status == 0
    rows = read_csv(own.out)
    assert list(rows) == list(metrics.tables()[name].about.units)
    if "manager_id" in rows:
        assert set(rows["manager_id"]) <= {"3"}  # no row where the manager has none
    if name in ONE_OF_EACH_TOPIC:
        everybody = read_csv(run(*asked).out)
        assert list(everybody) == list(rows)
        own_rows = everybody[everybody["manager_id"] == "3"].reset_index(drop=True)
        pd.testing.assert_frame_equal(rows, own_rows)


def test_settings_can_be_changed_for_one_table(run, data):
    usual = run("table", "client_classes", "--data", data)
    changed = run("table", "client_classes", "--data", data, "--set", "window_months=3")
    same = run("table", "client_classes", "--data", data, "--set", "portfolio.window_months = 3")
    assert set(read_csv(changed.out)["window_months"]) == {"3"}
    assert changed.out == same.out != usual.out


@pytest.mark.usefixtures("few_rows")
def test_a_running_month_is_allowed_and_told(run, data):
    append(data, "S900,2026-01-15,C1,5,1,1")
    done = run("table", "portfolio_quality", "--data", data, "--month", "2026-01")
    assert done.status == 0
    assert done.err == "2026-01 is running: data to Jan 15, 2026, 11 of 22 working days\n"
    assert run("table", "portfolio_quality", "--data", data, "--month", "2025-12").err == ""
    assert run("table", "data_quality", "--data", data, "--month", "2026-01").err == ""


@pytest.mark.usefixtures("few_rows")
def test_the_only_month_there_is_may_be_running(run, tmp_path):
    folder = export(tmp_path / "data")
    rows = "shipment_id,shipped_on,client_id,revenue\n1,2026-01-15,C1,5\n"
    (folder / "shipments.csv").write_text(rows, encoding="utf-8")
    done = run("table", "portfolio_load", "--data", folder)
    assert "2026-01 is running" in done.err


def test_list_shows_every_table_with_its_columns(run):
    done = run("table", "--list")
    assert (done.status, done.err) == (0, "")
    assert [line.partition(":")[0] for line in done.out.splitlines()] == list(metrics.tables())
    assert "portfolio_load: month, manager_id, manager_name, clients, low" in done.out
    (line,) = [each for each in done.out.splitlines() if each.startswith("touch_mix: ")]
    assert line.endswith("  (period: month; whose: done by)")


def test_out_writes_a_file_and_prints_nothing(run, data, tmp_path):
    arguments = ["table", "client_classes", "--data", data]
    printed = run(*arguments).out
    for ending in ("csv", "xlsx", "parquet"):
        done = run(*arguments, "--out", tmp_path / f"x.{ending}")
        assert done == (0, "", "")
    assert (tmp_path / "x.csv").read_bytes().decode("utf-8") == printed
    names = openpyxl.load_workbook(tmp_path / "x.xlsx").active["C"][1:]
    shown = read_csv(printed)["client_name"].str.removeprefix("'")
    assert [cell.value for cell in names] == list(shown)
    assert {cell.data_type for cell in names} == {"s"}


@pytest.mark.usefixtures("few_rows")
def test_plain_lines_tell_of_long_work(run, data, monkeypatch):
    monkeypatch.setattr(cli.base, "PATIENCE", 0)
    done = run("build", "--force", "--data", data)
    steps = [line for line in done.err.splitlines() if re.match(r" +\d+\.\d s  \d of 8: \w", line)]
    assert len(steps) == len(done.err.splitlines()) == 3 + 5  # tables read, other steps
    assert steps[0].endswith("reading shipments")
    assert "reading" not in done.out


def test_a_reader_that_has_seen_enough_ends_it_quietly(tmp_path):
    folder = export(tmp_path / "data", lines=4000, clients=4000)
    build_for_all(folder)
    command = [*PROGRAM, "table", "client_classes", "--data", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.read(5) == b"month"
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is full")
def test_output_that_cannot_be_written_is_one_line(data):
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*PROGRAM, "table", "portfolio_load", "--data", str(data)],
                              stdout=full, stderr=subprocess.PIPE, check=False)  # fmt: skip
    assert done.stderr == b"clientops: output: No space left on device\n"
    assert done.returncode == 2


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit to set")
@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet"])
def test_a_full_disk_leaves_no_half_written_table(data, ending):
    path = data / f"x.{ending}"
    path.write_text("before", encoding="utf-8")
    command = ["table", "client_classes", "--data", str(data), "--out", str(path)]
    done = subprocess.run([sys.executable, "-c", FULL_DISK, "300", *command],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"clientops: {path}: ")
    assert path.read_text(encoding="utf-8") == "before"
    assert not list(data.glob(".x*"))


def test_a_terminal_without_all_letters_is_no_reason_to_stop(data):
    letters = os.environ | {"PYTHONIOENCODING": "latin-1"}
    command = [*PROGRAM, "build", "--data", str(data)]
    done = subprocess.run(command, capture_output=True, env=letters, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"?" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
def test_a_terminal_gets_a_bar(data):
    import pty

    ours, theirs = pty.openpty()
    command = [*PROGRAM, "build", "--force", "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        try:
            while some := os.read(ours, 65536):
                shown += some
        except OSError:  # how Linux tells that the other end is closed
            pass
        out = process.stdout.read()
    os.close(ours)
    assert process.returncode == 0
    assert b"figures of every month" in shown
    assert b"7 of 8: " in shown and "█".encode() in shown
    assert shown.count(b"\n") == 0
    assert b"%|" not in out
