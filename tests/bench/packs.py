"""Monthly packs against the plain loop: each notebook run in a kernel, converted, printed."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import nbclient
import nbconvert
import nbformat

from clientops import notebooks, open_book
from clientops.build import build
from clientops.report import pack, recipients
from clientops.report.run import report
from tests.conftest import CHROMIUM, ROOT, SAMPLE

MEASURED = 1  # packs made by the plain loop: all of them would take an hour


def plain_loop(month: str, manager_id: str, folder: Path) -> None:
    """One pack as papermill and nbconvert make it: a kernel, an HTML and a PDF per notebook."""
    os.environ["CLIENTOPS_DATA"] = str(SAMPLE)
    for path in pack.topics(ROOT / "notebooks"):
        content = nbformat.read(path, as_version=4)
        known, asked = notebooks.parameters(content), {"month": month, "manager_id": manager_id}
        notebooks.inject(content, {name: asked[name] for name in asked if name in known})
        nbclient.NotebookClient(content, kernel_name="python3", timeout=600).execute(
            cwd=str(path.parent), stderr=subprocess.DEVNULL
        )
        text, _resources = nbconvert.HTMLExporter(exclude_input=True).from_notebook_node(content)
        html = folder / f"{path.stem}.html"
        html.write_text(text, encoding="utf-8")
        if CHROMIUM:
            command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-background-networking",
                       f"--print-to-pdf={folder / path.stem}.pdf", html.as_uri()]  # fmt: skip
            subprocess.run(command, check=True, capture_output=True)


def bench_sample(seconds, row) -> None:
    """All packs of the sample in three formats against the plain loop."""
    build(SAMPLE)
    book = open_book(SAMPLE)
    month = f"{book.month:%Y-%m}"
    chosen = recipients.recipients(book, book.month)
    with tempfile.TemporaryDirectory() as folder:
        ours = seconds(
            lambda: report(SAMPLE, month=month, out=folder, notebooks=ROOT / "notebooks")
        )
        some = [each.manager_id for each in chosen[-MEASURED:]]
        each = [seconds(lambda who=who: plain_loop(month, who, Path(folder))) for who in some]
    theirs = sum(each) / len(each) * len(chosen)
    row(f"{len(chosen)} packs of the sample, HTML+PDF+XLSX", ours, theirs,
        f"nbclient + nbconvert + print ({MEASURED} × n)", "aim ≤ 0.10×")  # fmt: skip


def bench_many(folder: Path, seconds) -> None:
    """The packs of a hundred managers, and whether memory stays flat over them."""
    with tempfile.TemporaryDirectory() as out:
        took = seconds(lambda: report(folder, out=out, notebooks=ROOT / "notebooks"))
        path = next(Path(out).glob("*/run.json"))
        packs = json.loads(path.read_text(encoding="utf-8"))["packs"]
    failed = [key for key, entry in packs.items() if entry["problem"]]
    print(f"{f'{len(packs)} packs, {len(failed)} failed':<38}{took:>8.2f} s{'':>57}"
          "aim ≤ 360 s for 100 on two cores", flush=True)  # fmt: skip
    peaks = [entry["peak_mb"] for entry in packs.values() if entry["kind"] == "manager"]
    few = max(1, len(peaks) // 10)
    print(f"{'  memory of a process, first and last':<38}{max(peaks[:few]):>8} MB"
          f"   {max(peaks[-few:])} MB", flush=True)  # fmt: skip
