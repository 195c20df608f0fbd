"""Stores built once per test run; and nothing may be skipped where everything should run."""

import atexit
import contextlib
import functools
import gc
import itertools
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb
import pandas as pd
import pytest
from filelock import FileLock
from hypothesis import HealthCheck, Phase, settings
from hypothesis.internal.conjecture import providers
from playwright.sync_api import Browser, sync_playwright
from xdist.scheduler import LoadScopeScheduling

from clientops import Book, Viewer, cli, open_book, store
from clientops import jupyter as jupyter
from clientops.build import build, told
from tests.ledgers import RememberingBook

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as cli.main does, before scipy reads it
# The one without a window of its own opens a page in half the time of the others.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome",
            "google-chrome-stable")  # fmt: skip
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
FLAGS = [
    "--no-sandbox", "--disable-quic", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
    "--force-prefers-reduced-motion",  # without a graphics card each frame is painted by a core
    # All pages are of one server: a process for each of them would begin by itself every time.
    "--renderer-process-limit=1", "--disable-site-isolation-trials",
]  # fmt: skip
ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "data" / "sample"
NORTHWIND = SAMPLE / "northwind"
ADVENTUREWORKS = ROOT / "tests" / "data" / "adventureworks"


# The engine parses each statement once: of few rows that is a third of its work.
@functools.lru_cache(maxsize=5000)
def _statements(query: str) -> list[duckdb.Statement]:
    return duckdb.extract_statements(query)


def _execute(con: duckdb.DuckDBPyConnection, query: object, parameters: object = None):
    *first, last = _statements(query) if isinstance(query, str) else [query]
    for each in first:
        execute(con, each)
    return execute(con, last, parameters)


execute = duckdb.DuckDBPyConnection.execute


# To make a database takes as long as to read a small ledger: engines that spill nothing are memory
# databases of one, each with its own tables and views. A forked process has no threads of it.
@functools.cache
def _database(process: int) -> duckdb.DuckDBPyConnection:
    con = connect()
    con.execute("set threads = 1")  # tests run on all cores already
    return con


def _engine(temporary: Path | None = None) -> duckdb.DuckDBPyConnection:
    if temporary:
        return connect(temporary)
    con, name = _database(os.getpid()).cursor(), f"engine_{next(_numbers)}"
    con.execute(f"attach ':memory:' as {name}")
    con.execute(f"use {name}")
    return con


_numbers = itertools.count()
connect = store.connect


def pytest_configure(config: pytest.Config) -> None:
    """Where tests run, and only there: what measures the program imports this file, too."""
    told.WORTH_TWO_PROCESSES = sys.maxsize  # tests run on all cores already
    duckdb.DuckDBPyConnection.execute = _execute
    store.connect = _engine


# Random inputs are the same in every run: what is green here is green elsewhere. A failure is told
# as it was found where nobody waits for a smaller one. To try other inputs:
# `pytest --hypothesis-profile=explore`.
FIRST = [Phase.explicit, Phase.generate]
COMMON = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None}
settings.register_profile("suite", derandomize=True, phases=FIRST, **COMMON)
settings.register_profile("explore", phases=[*FIRST, Phase.shrink], **COMMON)
settings.load_profile("suite")
# Hypothesis also tries constants of whatever modules are loaded by then: inputs would depend on
# which tests a process ran before.
assert providers._get_local_constants
providers._get_local_constants = lambda: providers._local_constants

# Tests whose ids begin so share what takes long to set up: a server, a browser, packs, a store,
# books that remember their tables. Those that take longest begin first, or processes would end up
# waiting for the last of them; and those that wait for servers beside those that do not. All others
# are together by file: what a file's tests compute is computed once, not in each process.
TOGETHER = (
    "tests/serve/", "tests/metrics/test_laws", "tests/findings/", "tests/serve/test_visits",
    "tests/pages/", "tests/report/", "tests/test_build", "tests/test_russian.py",
    "tests/test_notebooks", "tests/test_cli", "tests/test_kept_rows",
    "tests/metrics/test_client_against_oracle", "tests/test_stored_rows",
    "tests/test_russian_sample", "tests/test_first_week", "tests/test_filters",
    "tests/test_fingerprint", "tests/test_subtitle",
)  # fmt: skip


def _together(nodeid: str) -> int:
    """The place in TOGETHER of what a test belongs to; behind all where it stands alone."""
    found = [at for at, each in enumerate(TOGETHER) if nodeid.startswith(each)]
    return max(found, key=lambda at: len(TOGETHER[at]), default=len(TOGETHER))


class Scheduling(LoadScopeScheduling):
    """Tests go to whichever process is free, those that belong together all to the same."""

    def _split_scope(self, nodeid: str) -> str:
        return [*TOGETHER, nodeid.partition("::")[0]][_together(nodeid)]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _together(item.nodeid))


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are cores: servers and browsers are waited for."""
    return (os.cpu_count() or 1) + 1


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Scheduling:
    config.option.loadscopereorder = False  # by number of tests
    return Scheduling(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """Programs and tests are no garbage: nobody looks through them while they are read."""
    gc.disable()
    result = yield
    gc.enable()
    return result


def pytest_collection_finish(session: pytest.Session) -> None:
    """Nor are they looked through again and again later, nor once a build or a run of packs in this
    process has ended, which leaves nothing frozen behind it."""
    gc.collect()
    gc.freeze()
    gc.freeze = gc.unfreeze = lambda: None
    gc.set_threshold(1_000_000, 10, 10)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test is a failure where everything should run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """A process that has told how its tests went ends at once: to look through its memory for the
    last time takes seconds, and the engine's binding would complain at length of what is left."""
    if hasattr(config, "workerinput"):
        atexit._run_exitfuncs()  # what others have left on disk for then
        os._exit(0)


def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder outside the checkout that all test processes of this run share."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if os.environ.get("PYTEST_XDIST_WORKER") else folder


def _built(data: Path, tmp_path_factory: pytest.TempPathFactory, rows_of: int = 0) -> Path:
    """A store of *data* shared by all test processes; *rows_of*: see `rows_of_last`, where not of
    all months."""
    shared = shared_folder(tmp_path_factory)
    folder = shared / f"store-{data.name}"
    with FileLock(shared / f"{data.name}.lock"), rows_of_last(rows_of or sys.maxsize):
        build(data, folder)
    return folder


@contextlib.contextmanager
def rows_of_last(months: int) -> Iterator[None]:
    """Builds have the rows for those who do not see everything of so many months, the last: of all
    months they take most of a build."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(told, "_told", functools.partial(_told_of_some, told._told, months))
        yield


def _told_of_some(
    of_months: Callable[..., told.Told], rows_of: int, snapshot: Path, months: list, *more: object
) -> told.Told:
    """What is told of some months, with rows of the last ones only."""
    if len(months) <= rows_of:
        return of_months(snapshot, months, *more)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(told, "_stored", lambda book: {})
        before, _no_rows = of_months(snapshot, months[:-rows_of], *more)
    values, rows = of_months(snapshot, months[-rows_of:], *more)
    return pd.concat([before, values]), rows


def build_for_all(data: Path, folder: str | Path = "", *, headlines: bool = True) -> None:
    """A store for those who see everything: without the rows that are kept for others, which take
    most of a build; and without the *headlines* of months before the last, which take most of the
    rest."""
    with pytest.MonkeyPatch.context() as patched:
        _for_all(patched, headlines)
        build(data, folder)


def _for_all(patched: pytest.MonkeyPatch, headlines: bool) -> None:
    of_months = told._told
    patched.setattr(told, "_stored", lambda book: {})
    if not headlines:
        patched.setattr(
            told, "_told", lambda snapshot, months, *more: of_months(snapshot, months[-1:], *more)
        )


@pytest.fixture
def few_rows(monkeypatch) -> None:
    """Builds of a test are for those who see everything, too, who look at no old headlines."""
    _for_all(monkeypatch, headlines=False)


@pytest.fixture(scope="session")
def sample_store(tmp_path_factory) -> Path:
    return _built(SAMPLE, tmp_path_factory)


@pytest.fixture(scope="session")
def northwind_store(tmp_path_factory) -> Path:
    return _built(NORTHWIND, tmp_path_factory, rows_of=4)


@pytest.fixture(scope="session")
def adventureworks_store(tmp_path_factory) -> Path:
    return _built(ADVENTUREWORKS, tmp_path_factory, rows_of=8)


@pytest.fixture(scope="session")
def checkout(sample_store, tmp_path_factory) -> Path:
    """A folder as analysts have it: `notebooks`, and the sample with its store in `data/sample`."""
    folder = tmp_path_factory.mktemp("checkout")
    left_out = shutil.ignore_patterns(".clientops", "*.py")
    shutil.copytree(SAMPLE, folder / store.DEFAULT_DATA, ignore=left_out)
    shutil.copytree(sample_store, folder / store.DEFAULT_DATA / store.FOLDER)
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    return folder


@pytest.fixture(scope="session")
def built_sample(checkout) -> Path:
    """The sample's folder there."""
    return checkout / store.DEFAULT_DATA


def opened(data: Path, folder: Path, viewer: Viewer | None = None) -> Book:
    """The book of a store that makes each table once for all tests of a process."""
    return RememberingBook(store.snapshot(folder.resolve()), viewer or Viewer(), name=data.name)


@pytest.fixture(scope="session")
def sample(sample_store) -> Book:
    return opened(SAMPLE, sample_store)


@pytest.fixture(scope="session")
def northwind(northwind_store) -> Book:
    return opened(NORTHWIND, northwind_store)


@pytest.fixture(scope="session")
def adventureworks(adventureworks_store) -> Book:
    return opened(ADVENTUREWORKS, adventureworks_store)


@pytest.fixture
def manager_book(sample_store):
    """A function that opens the sample as one of its managers."""
    return lambda *ids: open_book(
        SAMPLE, Viewer(role="manager", manager_ids=ids), store_folder=sample_store
    )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for all tests of a process: a second one would need a loop of its own."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here; name one in $CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Done(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The one line a mistake ends with."""
        (line,) = self.err.splitlines()
        assert self.status == 2
        assert line.startswith("clientops: ")
        return line


@pytest.fixture
def run(monkeypatch, capfdbinary):
    """A function that runs a command line in this process, which has patience."""
    monkeypatch.setattr(cli.base, "PATIENCE", float("inf"))

    def run(*arguments: str | Path) -> Done:
        monkeypatch.setattr(sys, "argv", ["clientops", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capfdbinary.readouterr()
        return Done(ended.value.code, out.decode("utf-8"), err.decode("utf-8"))

    return run
