"""Under load and for long: `python -m tests.soak [MINUTES]` (20). Prints figures; fails on a fault.

Two fifths of the time twenty visitors act every ten seconds, with a build in the middle; as long a
single one comes every two seconds. Then what is damaged is tried, and builds and reports are
killed: all of it where there are twenty minutes, else as much less.
"""

import collections
import concurrent.futures
import random
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import psutil

from clientops import open_book, store
from clientops.build import told
from tests import hostile
from tests.serve import firm
from tests.serve.conftest import Server, eventually
from tests.serve.visitors import Visitor, channels

MINUTES, VISITORS, EVERY, ALONE_EVERY = 20.0, 20, 10.0, 2.0
INPUTS, KILLS = 1000, 30
FLAT = 1.05  # what is kept at the end, to what was at the beginning
NAMES = ("Ann", "Bob", "Lea", "Dora")
PAGES = ("/portfolio", "/portfolio?month=2026-09", "/turnover", "/base", "/rows")
COMMAND = [sys.executable, "-c", "from clientops.cli import main; main()"]


def main(minutes: float) -> None:
    """Everything, one after the other."""
    part = min(1.0, minutes / MINUTES)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        firm.write(root)
        (root / "notebooks" / "wrong.ipynb").unlink()
        server = Server(root, warm=True, max_kernels=60)
        try:
            under_load(server, root / "data", minutes * 24)
            alone(server, minutes * 24)
        finally:
            assert server.stop() == 0
        log = server.log.read_text()
        assert "Traceback" not in log, log
        damaged(root / "damaged", round(INPUTS * part))
        killed(root, round(KILLS * part))


def under_load(server: Server, data: Path, seconds: float) -> None:
    """Many at once, and new data meanwhile."""
    end = time.monotonic() + seconds
    with concurrent.futures.ThreadPoolExecutor(VISITORS + 1) as pool:
        visits = [pool.submit(visitor, server, number, end) for number in range(VISITORS)]
        time.sleep(seconds / 2)
        shipments = data / "shipments.csv"
        shipments.write_text(shipments.read_text() + "new;2026-12-15;m1-1;77\n")
        built = subprocess.run([*COMMAND, "build", "--data", str(data)], check=True,
                               capture_output=True, text=True)  # fmt: skip
        assert "built " in built.stdout
        found = [each for visit in visits for each in visit.result()]
    read = [seconds for seconds, _is_drawn in found]
    drawn = sum(is_drawn for _seconds, is_drawn in found)
    say("pages opened by 20 visitors", len(read))
    say("of them found drawn before", drawn)
    say("seconds to something readable, median", statistics.median(read))
    say("seconds to something readable, p95", statistics.quantiles(read, n=20)[-1])
    assert drawn
    eventually(lambda: not server.kernels(), seconds=60)


def visitor(server: Server, number: int, end: float) -> list[tuple[float, bool]]:
    """One who opens pages and uses their controls: after how many seconds each could be read, and
    whether it had been drawn before."""
    chance, found = random.Random(number), []
    me = Visitor(server, NAMES[number % len(NAMES)])
    time.sleep(chance.uniform(0, EVERY))
    while time.monotonic() < end:
        me.told.clear()
        began = time.monotonic()
        path = chance.choice(PAGES)
        answer = me.get(path)
        assert answer.status == 200, (path, answer.status)
        seconds, is_drawn = time.monotonic() - began, 'id="prerendered"' in answer.text
        kernel = answer.text.partition('data-kernel="')[2][:36]
        shown = me.cells(kernel)
        assert "Something went wrong" not in shown, path
        found.append((seconds if is_drawn else time.monotonic() - began, is_drawn))
        with channels(me, kernel) as page:
            time.sleep(max(0, began + EVERY - time.monotonic()))
            for key, state in page.widgets().items():
                if state.get("description") == "Manager" and len(state["_options_labels"]) > 1:
                    page.until_idle(page.update(key, index=1))
            time.sleep(max(0, began + 2 * EVERY - time.monotonic()))
        assert me.leave(kernel).status == 204
    return found


def alone(server: Server, seconds: float) -> None:
    """One after the other; what is kept of each."""
    me, kept, opened = Visitor(server, "Dora"), [], 0
    end, quarter = time.monotonic() + seconds, seconds / 4
    while time.monotonic() < end:
        began = time.monotonic()
        me.told.clear()
        me.leave(me.open("/rows"))
        opened += 1
        time.sleep(max(0, began + ALONE_EVERY - time.monotonic()))
        if end - time.monotonic() < quarter * (3 - len(kept)):  # the first quarter warms up
            process = psutil.Process(server.process.pid)
            kept.append((process.memory_full_info().uss, process.num_fds(), server.objects()))
    say("pages opened by one alone", opened)
    for name, values in zip(("bytes", "files", "objects"), zip(*kept, strict=True), strict=True):
        say(f"{name} kept, from the first quarter on", " ".join(map(str, values)))
        assert values[-1] <= values[0] * FLAT + 1, name


def damaged(root: Path, number: int) -> None:
    """What is wrong with a file is one line that names it."""
    seed = int(time.time())
    told._stored = lambda book: {}  # what is kept for managers takes most of a build
    told.WORTH_TWO_PROCESSES = sys.maxsize  # the other one would keep it
    hostile.cli.base.PATIENCE = float("inf")
    kinds = {hostile.damaged_sources: 0.4, hostile.hostile_settings: 0.4,
             hostile.damaged_stores: 0.2}  # fmt: skip
    for try_, share in kinds.items():
        ends = collections.Counter()
        for ended in try_(root / try_.__name__, round(number * share), seed):
            ends[ended.status] += 1
            assert ended.is_clean, ended
        said = f"{ends[0]} read, {ends[2]} said in a line"
        say(f"{try_.__name__.replace('_', ' ')}, seed {seed}", said)


def killed(root: Path, number: int) -> None:
    """Builds and reports killed at any moment leave a whole store and whole packs."""
    data, out, chance = root / "data", root / "reports", random.Random()
    build_ = [*COMMAND, "build", "--force", "--data", str(data)]
    report = [*COMMAND, "report", "--data", str(data), "--out", str(out), "--format", "html,xlsx",
              "--jobs", "2"]  # fmt: skip
    for name, command in (("builds", build_), ("reports", report)):
        began = time.monotonic()
        subprocess.run(command, check=True, capture_output=True)
        takes = time.monotonic() - began
        for _ in range(number):
            with subprocess.Popen(command, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL) as process:  # fmt: skip
                time.sleep(chance.uniform(0, takes))
                process.kill()
            assert not store.damaged(store.snapshot(data / store.FOLDER))
            assert len(open_book(data).sales_month)
            for pack in out.rglob("*.*"):
                is_draft = any(part.startswith(".") for part in pack.relative_to(out).parts)
                assert is_draft or is_whole(pack), pack
        subprocess.run(command, check=True, capture_output=True)
        say(f"{name} killed", f"{number}, each within {takes:.0f} s")


def is_whole(pack: Path) -> bool:
    """Whether a file of a report was written to its end."""
    if pack.suffix == ".html":
        return pack.read_text(encoding="utf-8").rstrip().endswith("</html>")
    return pack.suffix != ".xlsx" or zipfile.ZipFile(pack).testzip() is None


def say(what: str, value: object) -> None:
    """A line of the result."""
    value = f"{value:.2f}" if isinstance(value, float) else value
    print(f"{what:<55} {value}", flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else MINUTES)
