"""Stores: built only when something changed, replaced only whole, whatever happens meanwhile."""

import concurrent.futures
import contextlib
import datetime
import hashlib
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import filelock
import pandas as pd
import pytest

from clientops import Book, metrics, open_book, store
from clientops import build as building
from clientops.book import arguments
from clientops.build import build, check, fingerprint, told
from clientops.errors import ClientOpsError
from clientops.metrics import portfolio
from tests.conftest import build_for_all, shared_folder

# Children begin with the program loaded and nothing running: that takes no time for each of them.
_METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
CHILDREN = multiprocessing.get_context(_METHOD)
if _METHOD == "forkserver":
    CHILDREN.set_forkserver_preload(["tests.test_build"])


def export(folder: Path, lines: int = 60, clients: int = 8, first: str = "2025-10-01") -> Path:
    """A data folder: *lines* up to the end of 2025, three managers, names like formulas."""
    start = datetime.date.fromisoformat(first)
    days = (datetime.date(2026, 1, 1) - start).days
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["shipment_id,shipped_on,client_id,revenue,manager_id,cost"]
    for number in range(lines):
        day = start + datetime.timedelta(days=number * days // lines)
        client, money = number * number // 3 % clients, number * 7919 % 100_000 + 100
        rows.append(f"S{number},{day},C{client},{money / 100},{client % 3 + 1},{money / 200}")
    (folder / "shipments.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    names = [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "<script>alert(1)</script>",
        "Ж; \u202f",
        "#N/A",
        "a\tb",
    ]
    rows = ["client_id,client_name", *(f"C{n},{name}" for n, name in enumerate(names))]
    (folder / "clients.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    managers = "manager_id,manager_name\n1,Ann\n2,\n3,=Bob\n"
    (folder / "managers.csv").write_text(managers, encoding="utf-8")
    return folder


def tree(folder: Path) -> dict[str, str]:
    """The hash of every file below a folder, by its path; the lock is left out."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "lock"
    }


def snapshot_bytes(built: building.Built) -> dict[str, str]:
    return tree(built.snapshot)


def append(folder: Path, *lines: str) -> None:
    with (folder / "shipments.csv").open("a", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))


def table(folder: Path, store_folder: str | Path = "") -> pd.DataFrame:
    return open_book(folder, store_folder=store_folder).compute(portfolio.client_classes, "2025-11")


@pytest.fixture(autouse=True)
def few_rows_mostly(request) -> None:
    """Stores are here for those who see everything, where a test does not ask for `stored_rows`."""
    if "stored_rows" not in request.fixturenames:
        request.getfixturevalue("few_rows")


@pytest.fixture
def stored_rows() -> None:
    """Whoever asks for it has them."""


@pytest.fixture(scope="session")
def built_once(tmp_path_factory) -> Path:
    """Its data folder and store, built once for all test processes."""
    folder = shared_folder(tmp_path_factory) / "build"
    with filelock.FileLock(f"{folder}.lock"):
        if not folder.exists():
            export(folder)
        build_for_all(folder, headlines=False)
    return folder


@pytest.fixture
def data(built_once, tmp_path) -> Path:
    """A data folder with its store, up to date and the test's own."""
    return Path(shutil.copytree(built_once, tmp_path / "data"))


def test_nothing_is_done_where_nothing_changed(data):
    before = tree(data)
    later = time.time() + 100
    for path in data.glob("*.csv"):
        os.utime(path, (later, later))
    (data / "clientops.toml").write_text("# only a comment\n", encoding="utf-8")
    assert not build(data).fresh
    (data / "clientops.toml").unlink()
    assert tree(data) == before


def _change_a_byte(data: Path) -> None:
    path = data / "shipments.csv"
    content = path.read_bytes()
    path.write_bytes(content.replace(b"S7,", b"T7,"))


def _change_a_setting(data: Path) -> None:
    content = "[settings.portfolio]\nwindow_months = 6\n"
    (data / "clientops.toml").write_text(content, encoding="utf-8")


def _change_the_company(data: Path) -> None:
    (data / "clientops.toml").write_text('[company]\nname = "Another"\n', encoding="utf-8")


def _add_a_table(data: Path) -> None:
    (data / "products.csv").write_text("product_id,unit_cost\n1,2.50\n", encoding="utf-8")


@pytest.mark.parametrize(
    "change", [_change_a_byte, _change_a_setting, _change_the_company, _add_a_table]
)
def test_a_change_builds_anew(data, change):
    change(data)
    assert build(data).fresh
    assert not build(data).fresh


def test_other_code_builds_anew(data, monkeypatch):
    monkeypatch.setattr(fingerprint, "_text", lambda: "of another version")
    assert not build(data).fresh  # what counts of it is the same
    monkeypatch.setattr(fingerprint, "_code", lambda: "of another version")
    assert build(data).fresh


def test_two_builds_are_the_same_bytes(tmp_path, stored_rows):
    content = export(tmp_path / "data", lines=130_000, clients=3000)  # more than one row group
    first, second = (build(content, tmp_path / name) for name in ("a", "b"))
    assert snapshot_bytes(first) == snapshot_bytes(second)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_two_processes_make_what_one_makes(tmp_path, stored_rows, monkeypatch):
    content = export(tmp_path / "data", first="2025-03-01")
    one = snapshot_bytes(build(content, tmp_path / "one"))
    monkeypatch.setattr(told, "WORTH_TWO_PROCESSES", 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    answered = []
    unpickled = told.pickle.load
    monkeypatch.setattr(
        told.pickle, "load", lambda line: answered.append(unpickled(line)) or answered[-1]
    )
    assert snapshot_bytes(build(content, tmp_path / "two")) == one
    assert len(answered) == 1 and answered[0][0]["month"].min() == pd.Timestamp("2025-08-01")


@pytest.mark.parametrize("code", ["raise SystemExit(3)", "print('no answer')"])
def test_a_process_that_ends_before_its_answer_costs_nothing_but_time(
    tmp_path, stored_rows, monkeypatch, code
):
    content = export(tmp_path / "data")
    one = snapshot_bytes(build(content, tmp_path / "one"))
    monkeypatch.setattr(told, "WORTH_TWO_PROCESSES", 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(told, "_ANSWER", code)
    assert snapshot_bytes(build(content, tmp_path / "two")) == one


def test_force_builds_the_same_bytes_and_keeps_the_snapshot_before(data):
    before = snapshot_bytes(build(data))
    for _ in range(3):
        old = store.snapshot(data / ".clientops")
        built = build(data, force=True)
        assert built.fresh
        assert built.snapshot != old
        assert old.is_dir()
        assert snapshot_bytes(built) == before
        assert sum(path.is_dir() for path in (data / ".clientops").iterdir()) == 2


def test_a_copy_of_the_data_elsewhere_gives_the_same_bytes(data, tmp_path):
    copy = export(tmp_path / "elsewhere" / "data")
    assert snapshot_bytes(build(copy)) == snapshot_bytes(build(data))


def _too_many_rejects(data: Path) -> None:
    append(data, *(f"X{n},2025-13-45,C1,1,1,1" for n in range(5)))


def _no_required_column(data: Path) -> None:
    content = (data / "shipments.csv").read_text(encoding="utf-8")
    text = content.replace("revenue", "turnover", 1)
    (data / "shipments.csv").write_text(text, encoding="utf-8")


def _unknown_key(data: Path) -> None:
    (data / "clientops.toml").write_text("[settings.portfolio]\nwindow = 6\n", encoding="utf-8")


def _undecidable_dates(data: Path) -> None:
    content = "client_id,created_on\nC1,01/02/2024\nC2,03/04/2024\n"
    (data / "clients.csv").write_text(content, encoding="utf-8")


def _no_shipments(data: Path) -> None:
    (data / "shipments.csv").unlink()


def _no_rows(data: Path) -> None:
    content = "shipment_id,shipped_on,client_id,revenue\n"
    (data / "shipments.csv").write_text(content, encoding="utf-8")


def _ends_before_it_begins(data: Path) -> None:
    (data / "clientops.toml").write_text("[company]\ndata_until = 2020-01-01\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_too_many_rejects, "max_reject_share"),
        (_no_required_column, "revenue; there are: shipment_id"),
        (_unknown_key, "did you mean window_months?"),
        (_undecidable_dates, "date_order"),
        (_no_shipments, "no shipments"),
        (_no_rows, "no rows"),
        (_ends_before_it_begins, "data_until"),
    ],
)
def test_a_failed_build_leaves_the_store_untouched(data, spoil, said):
    before = tree(data / ".clientops")
    spoil(data)
    with pytest.raises(ClientOpsError, match=said):
        build(data)
    assert tree(data / ".clientops") == before
    assert len(table(data)) == 8


def test_sources_that_change_while_they_are_read_stop_the_build(data):
    append(data, "S900,2025-12-01,C1,5,1,1")
    before = tree(data / ".clientops")

    def meanwhile(step: str, number: int, total: int) -> None:
        if step == "writing facts":
            append(data, "S901,2025-12-01,C1,5,1,1")

    with pytest.raises(ClientOpsError, match="changed while it was read"):
        build(data, progress=meanwhile)
    assert tree(data / ".clientops") == before
    assert build(data).fresh


def test_progress_counts_up_to_the_number_of_steps(data):
    told = []
    build(data, force=True, progress=lambda *step: told.append(step))
    assert [number for _, number, _ in told] == list(range(len(told)))
    assert {total for _, _, total in told} == {len(told)}


FULL_DISK = """
import resource, sys
from clientops import cli
cli.base.PATIENCE = 600
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
sys.argv = ["clientops", *sys.argv[2:]]
cli.main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit to set")
@pytest.mark.parametrize("size", [30, 3000])
def test_a_full_disk_is_one_line_and_leaves_the_store_untouched(data, size):
    before = tree(data)
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(size), "build", "--force", "--data", str(data)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line == f"clientops: {data / '.clientops'}: File too large"
    assert tree(data) == before
    assert sum(path.is_dir() for path in (data / ".clientops").iterdir()) == 1


def _killed_at(data: Path, point: str) -> None:
    """Build anew and be killed: at a progress step, or as put_in_force reaches a method of Path."""

    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if point.startswith("Path."):
        setattr(Path, point.removeprefix("Path."), die)
    elif point == "tidying":
        store.tidy = die
    build(data, force=True, progress=lambda step, *_: die() if step == point else None)


def _build_forced(data: Path) -> None:
    build(data, force=True)


def _sound_after_kill(data: Path, before: pd.DataFrame, after: pd.DataFrame) -> None:
    """The table is the old one or the new one; the next build works and leaves nothing over."""
    where = data / ".clientops"
    found = table(data)
    assert found.equals(before) or found.equals(after)
    build(data)
    assert table(data).equals(after)
    assert store.is_tidy(where)
    kept = (where / "current").read_text(encoding="ascii").split()
    assert {path.name for path in where.iterdir()} == {"current", "lock", *kept}
    assert len(kept) <= 2


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize(
    "point",
    ["writing facts", "Path.rename", "Path.replace", "tidying"],
)
def test_killed_at_a_certain_point_the_store_stands(data, point):
    before = table(data)
    append(data, "S900,2025-11-01,C1,5000,1,1")
    child = CHILDREN.Process(target=_killed_at, args=(data, point))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    found = table(data)
    assert found.equals(before) == (point != "tidying")
    build(data)
    _sound_after_kill(data, before, table(data))


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killed_at_any_moment_the_store_stands(data):
    before = table(data)
    append(data, "S900,2025-11-01,C1,5000,1,1")
    elsewhere = data.with_name("elsewhere")
    build(data, elsewhere)
    after = table(data, elsewhere)
    for delay in range(5):
        child = CHILDREN.Process(target=_build_forced, args=(data,))
        child.start()
        child.join(0.1 + delay * 0.18)
        child.kill()
        child.join()
        _sound_after_kill(data, before, after)


def _build_slowly(data: Path) -> tuple[bool, list[str]]:
    steps = []

    def progress(step: str, number: int, total: int) -> None:
        steps.append(step)
        time.sleep(0.1)

    return build(data, progress=progress).fresh, steps


def test_of_two_builds_at_once_the_second_waits_and_finds_all_done(data):
    append(data, "S900,2025-11-01,C1,5000,1,1")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=CHILDREN) as pool:
        results = list(pool.map(_build_slowly, [data, data]))
    assert sorted(results)[0] == (False, ["waiting for another build"])
    assert sorted(results)[1][0]
    assert not build(data).fresh


def test_a_reader_keeps_to_the_snapshot_it_opened(data):
    reader, before = open_book(data), table(data)
    append(data, "S900,2025-11-01,C1,5000,1,1")
    first = store.snapshot(data / ".clientops")
    build(data)
    assert reader.compute(portfolio.client_classes, "2025-11").equals(before)
    assert not table(data).equals(before)
    append(data, "S901,2025-11-01,C1,5000,1,1")
    build(data)
    assert not first.exists()
    assert sum(path.is_dir() for path in (data / ".clientops").iterdir()) == 2


class Begun(Exception):
    """A build has begun to write."""


def builds_anew(data: Path) -> bool:
    """Whether a build would write a store; it is not written."""
    with pytest.MonkeyPatch.context() as patched, contextlib.suppress(Begun):

        def begin(*_: object, **__: object) -> None:
            raise Begun

        patched.setattr(building, "_write", begin)
        build(data)
        return False
    return True


def test_a_damaged_pointer_is_no_store_and_is_built_anew(data):
    for content in (b"", b"\n", b"\xff\xfe\0", b"../data\n", b"/\n", b"0123456789abcdef\n",
                    b"lock\n"):  # fmt: skip
        (data / ".clientops" / "current").write_bytes(content)
        assert store.snapshot(data / ".clientops") is None
        with pytest.raises(ClientOpsError, match="not built yet"):
            open_book(data)
        assert builds_anew(data)
    assert build(data).fresh
    assert not builds_anew(data)
    assert len(table(data)) == 8
    assert store.is_tidy(data / ".clientops")


def test_a_damaged_manifest_is_an_error_to_readers_and_built_anew(data):
    for content in (b"", b"{", b"\xff\xfe", b"[]", b"{}", b'{"fingerprint": "1"}'):
        (store.snapshot(data / ".clientops") / "manifest.json").write_bytes(content)
        with pytest.raises(ClientOpsError, match="run clientops build"):
            open_book(data)
        assert builds_anew(data)
    assert build(data).fresh
    assert len(table(data)) == 8


def test_an_up_to_date_store_that_cannot_be_written_is_used(data, monkeypatch):
    def read_only(*_: object, **__: object) -> None:
        raise PermissionError(30, "Read-only file system")

    monkeypatch.setattr(filelock.FileLock, "acquire", read_only)
    assert not build(data).fresh
    (data / ".clientops" / "new-0123").mkdir()  # left over, and cannot be removed
    assert not build(data).fresh
    with pytest.raises(ClientOpsError, match="Read-only file system"):
        build(data, force=True)


def test_a_store_elsewhere_leaves_the_data_folder_alone(tmp_path):
    folder = export(tmp_path / "data")
    before = tree(folder)
    build(folder, tmp_path / "deep" / "store")
    assert tree(folder) == before
    assert not (folder / ".clientops").exists()
    assert len(table(folder, tmp_path / "deep" / "store")) == 8


@pytest.mark.parametrize("place", ["file", "file/store"])
def test_a_store_that_cannot_be_made_is_one_line(tmp_path, place):
    folder = export(tmp_path / "data")
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(ClientOpsError, match="file") as error:
        build(folder, tmp_path / place)
    assert "\n" not in str(error.value)
    assert (tmp_path / "file").read_text(encoding="utf-8") == "in the way"


def test_a_folder_with_other_things_in_it_is_not_taken_for_a_store(data):
    (data / "rejects").mkdir()
    (data / "new-clients").mkdir()
    with pytest.raises(ClientOpsError, match="not a store"):
        build(data, data)
    assert (data / "rejects").is_dir()
    assert (data / "new-clients").is_dir()


def test_leftovers_are_removed_but_not_while_another_builds(data):
    where = data / ".clientops"
    leftovers = [where / "new-0123456789abcdef", where / "0123456789abcdef"]
    for path in leftovers:
        path.mkdir()
    (where / "notes").mkdir()
    with filelock.FileLock(where / "lock"):
        assert not build(data).fresh
        assert all(path.exists() for path in leftovers)
    assert not build(data).fresh
    assert not any(path.exists() for path in leftovers)
    assert (where / "notes").is_dir()


def test_rejects_are_copied_for_people_and_go_with_their_cause(data):
    where, content = data / ".clientops", "[settings.ingest]\nmax_reject_share = 0.5\n"
    (data / "clientops.toml").write_text(content, encoding="utf-8")
    append(data, "S900,never,C1,5,1,1")
    row = build(data).reconciliation.set_index("table").loc["shipments"]
    assert (row["rows_read"], row["rows_kept"], row["rows_rejected"]) == (61, 60, 1)
    assert row["money_read"] == pytest.approx(row["money_kept"] + row["money_rejected"])
    rejects = pd.read_csv(where / "rejects" / "shipments.csv")
    (reject,) = rejects.to_dict("records")
    assert (reject["file"], reject["line"]) == ("shipments.csv", 62)
    assert (reject["column"], reject["value"]) == ("shipped_on", "never")
    shutil.rmtree(where / "rejects")  # as if killed before the copy
    assert not build(data).fresh
    assert (where / "rejects" / "shipments.csv").exists()
    export(data)
    build(data)
    assert not (where / "rejects").exists()


def test_check_writes_nothing(data):
    append(data, *(f"X{n},2025-13-45,C1,1,1,1" for n in range(5)))
    before = tree(data)
    results, _, rejects = check(data)
    assert tree(data) == before
    assert [result.rows_rejected for result in results] == [5, 0, 0]
    assert list(rejects["line"]) == [62, 63, 64, 65, 66]


def test_a_path_with_quotes_and_blanks_is_a_path(tmp_path):
    folder = export(tmp_path / 'O\'Hara "data" [2026] {x}*')
    assert build(folder).fresh
    assert len(table(folder)) == 8


def test_the_data_folder_names_a_company_without_a_name(data):
    assert open_book(data).company.name == "data"
    moved = data.rename(data.with_name("moved"))
    build(moved)
    assert open_book(moved).company.name == "moved"


def test_a_store_is_its_owners_until_it_is_shared(data):
    folder = data / ".clientops"
    modes = [each.stat().st_mode & 0o777 for each in (folder, store.snapshot(folder))]
    assert modes == [0o700, 0o700]
    folder.chmod(0o750)
    build(data, force=True)
    assert store.snapshot(folder).stat().st_mode & 0o777 == 0o750


def test_stored_classes_and_company_rows_are_those_of_the_tables(tmp_path, stored_rows):
    data = export(tmp_path, first="2025-01-01")
    build(data)
    for month in ("2025-01", "2025-06", "2025-12"):
        assert_stored(open_book(data), month)


def assert_stored(book: Book, month: str) -> None:
    """The stored classes and rows of a month are those that the tables give."""
    start = pd.Timestamp(month)
    columns = ["client_id", "abc", "xyz", "stage"]
    stored = book.classes[book.classes["month"] == start][columns].astype("str")
    asked = book.compute(portfolio.client_classes, month)[columns].astype("str")
    pd.testing.assert_frame_equal(stored.reset_index(drop=True), asked)
    kept = {path.stem for path in (book._snapshot / "company").iterdir()}
    functions = [f for f in metrics.tables().values() if f.about.stored]
    assert kept == {f.__name__ for f in functions if arguments.can_make(book, f)}
    assert kept < {f.__name__ for f in functions}  # of those that rest on absent tables nothing
    for name in sorted(kept):
        rows = _parquet(book._snapshot / "company" / f"{name}.parquet")
        rows = rows[(rows["holds_from"] <= start) & (start <= rows["holds_until"])]
        rows = rows.drop(columns=["holds_from", "holds_until", "holds_place"])
        table = book.compute(metrics.tables()[name], month)
        if metrics.tables()[name].about.stored == "company" and "manager_id" in table:
            table = table[table["manager_id"] == "*"]
        elif metrics.tables()[name].about.stored == "company" and "dimension" in table:
            table = table[~table["dimension"].isin(["manager", "client"])]
        rows, table = rows.astype(table.dtypes), table.reset_index(drop=True)
        if keys := list(metrics.tables()[name].about.keys):
            rows = rows.sort_values(keys, kind="stable")
        pd.testing.assert_frame_equal(rows.reset_index(drop=True), table)


def _parquet(path: Path) -> pd.DataFrame:
    with store.connect() as con:
        return con.read_parquet(str(path)).df()


def test_the_manifest_tells_what_was_built(data):
    manifest = json.loads((build(data).snapshot / "manifest.json").read_bytes())
    assert manifest["tables"] == ["shipments", "clients", "managers"]
    assert manifest["first_month"] == "2025-10"
    assert manifest["data_until"] == open_book(data).data_until.date().isoformat()
    assert manifest["versions"].keys() >= {"duckdb", "pandas"}


def test_amounts_of_hundreds_of_billions_are_exact(tmp_path):
    """As in dong or rupiah; each is read, planned, added up, and left out where it is a total."""
    lines = ["S1,2026-01-02,A,900000000000.1234", "S2,2026-01-03,B,-5000000000.0001",
             "Total,,,895000000000.1233"]  # fmt: skip
    head = "shipment_id,shipped_on,client_id,revenue"
    (tmp_path / "shipments.csv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    plans = "month,plan_revenue,months\n2026-01-01,1200000000000,12\n"
    (tmp_path / "plans.csv").write_text(plans, encoding="utf-8")
    built = build(tmp_path, today=datetime.date(2026, 2, 1))
    assert built.reconciliation["rows_kept"].tolist() == [2, 1]
    book = open_book(tmp_path)
    assert book.sales_month["revenue"].sum() == 8_950_000_000_001_233
    assert book.plans["plan_revenue"].sum() == 1_200_000_000_000


def test_the_largest_fact_may_be_the_last_to_be_written(tmp_path, monkeypatch):
    write = building._write_fact

    def slowly(con, name, new):
        time.sleep(2 * (name == "product_month"))
        write(con, name, new)

    monkeypatch.setattr(building, "_write_fact", slowly)
    sales = "shipment_id,shipped_on,client_id,revenue\nS1,2026-01-10,C1,10\n"
    (tmp_path / "shipments.csv").write_text(sales)
    (tmp_path / "plans.csv").write_text("month,plan_revenue\n2026-01-01,9\n")
    assert building.build(tmp_path).fresh
