"""The command itself: with a store elsewhere, and quiet when it ends."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from nbformat.v4 import new_code_cell

from tests.serve.conftest import eventually, write_notebook
from tests.serve.visitors import Visitor
from tests.test_build import export

OPENS = """
from IPython.display import HTML
from clientops import open_book
HTML(f'<p id="months">{open_book().sales_month["month"].nunique()} months</p>')
"""
BUILDING = re.compile(r" +\d+\.\d s  \d of \d: ")  # a line of the build's progress


class Served:
    """`clientops serve` in a terminal of its own, as far as Ctrl-C goes."""

    def __init__(self, folder: Path) -> None:
        command = ["serve", "--port", "0", "--data", folder / "data", "--store", folder / "store"]
        self.log = folder / "log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", "from clientops.cli import main; main()", *command],
                cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True,
                env={k: v for k, v in os.environ.items() if k != "CLIENTOPS_USERS"}
                | {"XDG_CONFIG_HOME": str(folder / "config")},
            )  # fmt: skip
        self.address = self.process.stdout.readline().partition("  ")[0].rstrip("/")
        assert self.address, self.log.read_text()

    def ctrl_c(self) -> int:
        """What the terminal sends to every process in it; the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        code = self.process.wait(60)
        self.process.stdout.close()
        return code


@pytest.fixture
def served(tmp_path) -> Iterator[Served]:
    data = export(tmp_path / "data")  # three months: it is built here, which is told meanwhile
    (data / "clientops.toml").write_text('[company]\nname = "Short"\n', encoding="utf-8")
    write_notebook(tmp_path / "notebooks" / "overview.ipynb", new_code_cell(OPENS))
    slow = new_code_cell("import time; time.sleep(60)")
    write_notebook(tmp_path / "notebooks" / "slow.ipynb", slow)
    served = Served(tmp_path)
    yield served
    if served.process.poll() is None:
        os.killpg(served.process.pid, signal.SIGKILL)
        served.process.wait()


def test_the_store_may_lie_elsewhere_and_the_end_is_calm(served, tmp_path):
    visitor = Visitor(served)
    kernel = re.search(r'data-kernel="([^"]+)"', visitor.get("/overview").text)[1]
    assert "3 months" in visitor.cells(kernel)
    assert "Short" in visitor.get("/admin").text
    assert (tmp_path / "store" / "current").exists()
    assert not (tmp_path / "data" / ".clientops").exists()
    time.sleep(2)  # the other page is being drawn beforehand
    children = psutil.Process(served.process.pid).children(recursive=True)
    assert served.ctrl_c() == 0
    eventually(lambda: not any(child.is_running() for child in children))
    told = [row for row in served.log.read_text().splitlines() if not BUILDING.match(row)]
    assert told == ["no users: open to everybody on this machine, who see everything", "stopped"]
