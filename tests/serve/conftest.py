"""A server with small notebooks, and a browser that may speak to nobody else."""

import asyncio
import concurrent.futures
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from playwright.sync_api import Error, Page, expect

from clientops.serve.prerendered import LOWER_PRIORITY
from tests.conftest import NORTHWIND

expect.set_options(timeout=60_000)  # a busy machine is no failure
QUIET = 3600  # seconds without a visit until pages are drawn beforehand: none is
SERVE = """
import gc, json, signal, sys
from clientops.build import build, told
from clientops.serve import prerendered, run
told.WORTH_TWO_PROCESSES = sys.maxsize
data, notebooks, options = sys.argv[1:]
options = json.loads(options)
prerendered.QUIET_SECONDS = options.pop("quiet", prerendered.QUIET_SECONDS)
prerendered.LONGEST_WAIT = max(prerendered.LONGEST_WAIT, prerendered.QUIET_SECONDS)
prerendered.MOST_LIKELY = options.pop("likely", 0)
def count(*_):
    gc.collect()
    print(len(gc.get_objects()), flush=True)
def draw_no_more(*_):
    prerendered.QUIET_SECONDS = prerendered.LONGEST_WAIT = 3600
signal.signal(signal.SIGUSR1, count)
signal.signal(signal.SIGUSR2, draw_no_more)
build(data)
run(data, port=0, notebooks=notebooks, ready=lambda address: print(address, flush=True), **options)
"""

PORTFOLIO = """
import html, os
import ipywidgets
from clientops import open_book
book = open_book()
choice = ipywidgets.Dropdown(options=["revenue", "margin"], description="By")
shown, caught = ipywidgets.HTML(), ipywidgets.Output()
def show(change=None):
    query = html.escape(os.environ["QUERY_STRING"])
    shown.value = f'<p id="shown">{book.company.name} by {choice.value}: {query}</p>'
def fail(button):
    with caught:
        inner_detail()
choice.observe(show, "value")
show()
button = ipywidgets.Button(description="Fail")
button.on_click(fail)
ipywidgets.VBox([choice, shown, button, caught])
""".strip()
# Most of a page is shown and its program has come while a cell still runs.
BOXED = """
import time, ipywidgets
inner = ipywidgets.HTML("opened before the browser came")
time.sleep(4)
box = ipywidgets.VBox([inner])
time.sleep(3)
display(box, *[ipywidgets.HTML(f"behind it, {number}") for number in range(3)])
""".strip()
KNOWN = """
import html, os
from IPython.display import HTML
HTML(f'<p id="known">{html.escape(repr(dict(os.environ)))}</p><table style="width: 1500px">'
     '<tr><td>wide</td></tr></table>')
""".strip()


def beside_other_loops(coroutine: Coroutine) -> Any:
    """What it returns; in a thread of its own, for the browser's loop may run in this one."""
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def write_notebook(path: Path, *cells: nbformat.NotebookNode) -> None:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path.parent.mkdir(exist_ok=True)
    nbformat.write(new_notebook(cells=list(cells), metadata={"kernelspec": kernel}), path)


@pytest.fixture(scope="session")
def folder(northwind_store, tmp_path_factory) -> Path:
    """A data folder `data` with its store, and a folder of `notebooks`."""
    root = tmp_path_factory.mktemp("served")
    shutil.copytree(NORTHWIND, root / "data", ignore=shutil.ignore_patterns(".clientops"))
    shutil.copytree(northwind_store, root / "data" / ".clientops")
    books = root / "notebooks"
    write_notebook(
        books / "portfolio.ipynb",
        new_markdown_cell("# Portfolio quality\n\nIs each **portfolio** getting better?\n\nAside."),
        new_code_cell('month = ""', metadata={"tags": ["parameters"]}),
        new_code_cell(PORTFOLIO),
        new_markdown_cell("For analysts only"),
    )
    write_notebook(
        books / "broken.ipynb", new_code_cell('"before"'), new_code_cell("inner_detail()")
    )
    write_notebook(
        books / "other_month.ipynb",
        new_code_cell("from clientops import open_book\nopen_book().check_month('2031-01')"),
    )
    write_notebook(books / "known.ipynb", new_code_cell(KNOWN))
    write_notebook(books / "boxed.ipynb", new_code_cell(BOXED))
    write_notebook(books / "slow.ipynb", new_code_cell("import time; time.sleep(60)"))
    write_notebook(books / "drafts" / "weighing.ipynb", new_markdown_cell("How heavy is it?"))
    (books / "damaged.ipynb").write_text("{", encoding="utf-8")
    (books / "notes.txt").write_text("private", encoding="utf-8")
    return root


class Server:
    """`clientops serve` as a process of its own, in a folder that is not the checkout."""

    def __init__(self, folder: Path, **options: object) -> None:
        """*folder* holds `data`, `notebooks` and, where people sign in, `config`. *options* of the
        server, and *quiet*: seconds without a visit until it draws pages beforehand (QUIET);
        *likely*: how many of those one choice away."""
        self.folder = folder
        options = {"warm": False} | options
        self.log = folder / f"log-{time.monotonic_ns()}"
        known = {"CLIENTOPS_PASSWORD": "hush", "XDG_CONFIG_HOME": str(folder / "config"),
                 "PYTHONWARNINGS": "default"}  # fmt: skip
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVE, str(folder / "data"), "notebooks",
                 json.dumps(options)],
                cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True,
                env={k: v for k, v in os.environ.items() if k != "CLIENTOPS_USERS"} | known,
            )  # fmt: skip
        self.address = self.process.stdout.readline().strip().rstrip("/")
        assert self.address, self.log.read_text()

    def kernels(self) -> list[psutil.Process]:
        """Its kernels of pages that run: forked by its fork server, or started."""
        most = priority(psutil.Process(self.process.pid)) + LOWER_PRIORITY
        return [child for child in self.all_kernels() if priority(child) < most]

    def all_kernels(self) -> list[psutil.Process]:
        """Those that prerender, at a low priority, too."""
        running = []
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self.process.pid).children():
                if "clientops.serve.fork_server" in child.cmdline():
                    running += child.children()
                elif "ipykernel_launcher" in child.cmdline():
                    running.append(child)
        return [child for child in running if is_running(child)]

    def audit(self) -> list[dict]:
        """What its audit log holds."""
        path = self.folder / "config" / "clientops" / "audit.jsonl"
        return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]

    def objects(self) -> int:
        """How many objects its process keeps, of those that the collector knows."""
        self.process.send_signal(signal.SIGUSR1)
        return int(self.process.stdout.readline())

    def draw_no_more(self) -> None:
        """No further page is drawn beforehand."""
        self.process.send_signal(signal.SIGUSR2)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.process.terminate()
        code = self.process.wait(30)
        self.process.stdout.close()
        return code


@pytest.fixture(scope="session")
def server(folder) -> Iterator[Server]:
    server = Server(folder, quiet=QUIET)
    yield server
    assert server.stop() == 0


@pytest.fixture
def tab(browser, server) -> Iterator[Page]:
    """A tab of the server; requests that leave it and errors in the console fail the test."""
    context = browser.new_context(base_url=server.address, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(60_000)
    outside, errors = [], []

    def note(url: str) -> None:
        if not url.startswith((server.address, "data:", "blob:")):
            outside.append(url)

    context.on("request", lambda request: note(request.url))
    context.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    page = context.new_page()
    page.on("websocket", lambda socket: note(socket.url.replace("ws:", "http:")))
    yield page
    with contextlib.suppress(Error):  # closed by the test
        page.close(run_before_unload=True)
    eventually(lambda: not server.kernels())
    context.close()
    assert (outside, errors) == ([], [])


def priority(process: psutil.Process) -> int:
    try:
        return process.nice()
    except psutil.NoSuchProcess:
        return 0


def is_running(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def eventually(holds: Callable[[], bool], seconds: float = 15, every: float = 0.1) -> None:
    """Wait until something holds, looking so often; fail where it does not in time."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(every)
