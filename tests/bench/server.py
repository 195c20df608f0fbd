"""The dashboards in a real browser, beside what plain Voila makes of the same notebook."""

import concurrent.futures
import contextlib
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from clientops.build import build
from tests.conftest import CHROMIUM, FLAGS
from tests.serve.conftest import Server
from tests.serve.visitors import Visitor, channels

ROOT = Path(__file__).parent.parent.parent
SAMPLE = ROOT / "data" / "sample"
OPENS = 7
VIEWERS = 30
EVERY = 0.5  # seconds between two of them
OPEN = 50  # pages that stay open
OPEN_EVERY = 2.0
# Notes when the first card can be read, when the controls answer, and when all is drawn.
WATCH = """
window.seen = {};
const note = (name, holds) => {
  if (!(name in seen) && holds) seen[name] = performance.now() / 1000;
};
const look = () => {
  const ours = document.getElementById("cells");
  const cards = document.querySelectorAll(".co-card").length;
  const answers = (ours || document).querySelector(".co-controls select");
  note("read", document.querySelector(".co-card h2"));
  note("home", document.querySelector(".cards"));
  note("live", answers && (ours ? !ours.hasAttribute("aria-busy") : cards > 5));
  requestAnimationFrame(look);
};
look();
"""


# Chooses in the first controls that are to be seen; gives what the choice is called.
CHOOSE = """([place, at]) => {
  const field = [...document.querySelectorAll("#prerendered select, #cells select")][place];
  field.selectedIndex = at;
  field.dispatchEvent(new Event("change", { bubbles: true }));
  return field.options[at].text;
}"""
MONTH, MANAGER = 0, 1  # places of the controls


def opened(context: BrowserContext, address: str, until: str) -> dict[str, float]:
    """Seconds until each thing noted, in a tab that is closed again."""
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(address, wait_until="commit")
    page.wait_for_function(f"window.seen && '{until}' in seen", timeout=120_000)
    seen = page.evaluate("seen")
    page.close(run_before_unload=True)
    time.sleep(0.5)  # its kernel ends
    return seen


def first_choice(context: BrowserContext, address: str, at: int) -> float:
    """Seconds from a choice, a moment after the page can be read, until its cards are there."""
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(address, wait_until="commit")
    page.wait_for_function("window.seen && 'read' in seen", timeout=120_000)
    time.sleep(0.3)
    start = time.perf_counter()
    name = page.evaluate(CHOOSE, [MANAGER, at])
    page.locator(".co-subtitle", has_text=name).first.wait_for(timeout=120_000)
    took = time.perf_counter() - start
    page.close(run_before_unload=True)
    time.sleep(0.5)
    return took


def changes(context: BrowserContext, address: str, months: range) -> list[float]:
    """Seconds of changes of the month on a page that lives, until all of it is new."""
    page, found = context.new_page(), []
    page.add_init_script(WATCH)
    page.goto(address, wait_until="commit")
    page.wait_for_function("window.seen && 'live' in seen", timeout=120_000)
    for at in months:
        asked = page.locator("#cells select").nth(MONTH).locator("option").nth(at)
        month = asked.text_content()
        start = time.perf_counter()
        page.evaluate(CHOOSE, [MONTH, at])
        page.locator(".co-subtitle", has_text=month).first.wait_for(timeout=120_000)
        page.wait_for_function("!document.querySelector('.co-working')", timeout=120_000)
        found.append(time.perf_counter() - start)
    page.close(run_before_unload=True)
    time.sleep(0.5)
    return found


def median(found: list[dict[str, float]], name: str) -> float:
    """The median of what was noted under a name."""
    return statistics.median(each[name] for each in found)


@contextlib.contextmanager
def plain_voila(folder: Path) -> Iterator[str]:
    """Voila as it comes, serving one notebook; its address."""
    port = 8867
    with subprocess.Popen(
        [sys.executable, "-m", "voila", str(folder / "notebooks" / "portfolio.ipynb"),
         f"--port={port}", "--no-browser"],
        cwd=folder / "notebooks", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=os.environ | {"CLIENTOPS_DATA": str(SAMPLE), "CLIENTOPS_VIEWER": "{}"},
    ) as process:  # fmt: skip
        time.sleep(5)
        try:
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()


def memory(server: Server) -> int:
    """MB of the server, its fork server and its kernels: of what they share each counts a part."""
    found = psutil.Process(server.process.pid)
    parts = [found, *found.children(recursive=True)]
    return sum(part.memory_full_info().pss for part in parts) >> 20


def visit(server: Server, number: int) -> tuple[float, str]:
    """Come after a while, open the page, change a control, leave: seconds until all was shown, and
    what went wrong. No browser: thirty of them would measure themselves."""
    time.sleep(number * EVERY)
    visitor, start = Visitor(server), time.perf_counter()
    try:
        kernel = visitor.open("/portfolio")
        took = time.perf_counter() - start
        with channels(visitor, kernel) as page:
            manager = page.widget(description="Manager")
            said = page.until_idle(page.update(manager, index=1 + number % 5))
        changed = sum("co-card" in str(message) for message in said)
        left = visitor.leave(kernel).status
        return took, "" if changed and left == 204 else f"{changed} cards, {left}"
    except Exception as error:
        return time.perf_counter() - start, f"{type(error).__name__}: {error}"


def bench_pages(browser: Browser, server: Server, voila: str) -> None:
    """Times of one viewer."""
    context = browser.new_context()
    opened(context, f"{server.address}/pages", "home")
    home = [opened(context, f"{server.address}/pages", "home") for _ in range(OPENS)]
    page = f"{server.address}/portfolio"
    opened(context, page, "live")
    again = [opened(context, page, "live") for _ in range(OPENS)]
    empty = []
    for _ in range(OPENS):
        fresh = browser.new_context()
        empty.append(opened(fresh, page, "live"))
        fresh.close()
    first = [first_choice(context, page, at) for at in range(1, OPENS)]
    new, known = (changes(context, page, range(13, 20)) for _ in range(2))
    overview = [opened(context, f"{server.address}/overview", "read") for _ in range(OPENS)]
    opened(context, voila, "live")
    theirs = [opened(context, voila, "live") for _ in range(3)]
    for name, ours, other, aim in (
        ("list of pages", median(home, "home"), None, "aim ≤ 0.2 s"),
        ("portfolio page, repeated: to read", median(again, "read"), median(theirs, "read"),
         "aim ≤ 0.3 s"),
        ("portfolio page, repeated: live", median(again, "live"), median(theirs, "live"),
         "aim ≤ 1.5 s"),
        ("  first choice, 0.3 s after that", statistics.median(first), None, "aim ≤ 0.7 s"),
        ("  another month that was looked at", statistics.median(known), None, "aim ≤ 0.5 s"),
        ("  another month that was not", statistics.median(new), None, "aim ≤ 1.0 s"),
        ("overview: to read", median(overview, "read"), None, "aim ≤ 0.5 s"),
        ("portfolio page, empty cache: live", median(empty, "live"), None, "aim ≤ 2.5 s"),
    ):  # fmt: skip
        compared = (
            f"plain Voila, same notebook {other:>13.2f} s   {ours / other:>6.2f}×" if other else ""
        )
        print(f"{name:<38}{ours:>8.2f} s   {compared:<60}{aim}", flush=True)


def bench_many(server: Server) -> None:
    """Many viewers: each opens the page, changes a control, and leaves."""
    before = memory(server)
    with concurrent.futures.ThreadPoolExecutor(VIEWERS) as pool:
        found = list(pool.map(lambda number: visit(server, number), range(VIEWERS)))
    wait_for_prerendering(server)
    after, left = memory(server), len(server.all_kernels())
    live = sorted(seconds for seconds, _problem in found)
    problems = [problem for _seconds, problem in found if problem]
    late = live[math.ceil(len(live) * 0.95) - 1]
    print(f"{f'{VIEWERS} viewers, one every {EVERY} s: p95':<38}{late:>8.2f} s"
          f"   {len(problems)} errors {problems[:1] or ''}{'':<40}aim ≤ 5 s, none")  # fmt: skip
    print(f"{'  memory before, after':<38}{before:>8} MB   {after} MB, {left} kernels left")


def bench_open_pages(server: Server) -> None:
    """Pages that stay open: every two seconds one more is opened, then one of them changed."""
    topics = sorted(path.stem for path in server.folder.glob("notebooks/*.ipynb"))
    seconds: dict[str, list[float]] = {"to read": [], "live": [], "a change": []}
    before, open_pages = private(server), []

    def note(name: str, began: float) -> None:
        seconds[name].append(time.perf_counter() - began)

    with contextlib.ExitStack() as stack:
        for number in range(OPEN):
            visitor, began = Visitor(server), time.perf_counter()
            answer = visitor.get(f"/{topics[number % len(topics)]}")
            is_drawn = 'id="prerendered"' in answer.text
            if is_drawn:
                note("to read", began)
            kernel = answer.text.partition('data-kernel="')[2][:36]
            visitor.cells(kernel)
            note("live", began)
            if not is_drawn:
                note("to read", began)
            stack.callback(visitor.leave, kernel)
            open_pages.append(stack.enter_context(channels(visitor, kernel)))
            time.sleep(max(0, began + OPEN_EVERY - time.perf_counter()))
        taken = (private(server) - before) / OPEN
        for page in open_pages:
            began = time.perf_counter()
            months = (key for key, state in page.widgets().items()
                      if state.get("description") == "Month")  # fmt: skip
            for key in months:  # the list of calls has none
                page.until_idle(page.update(key, index=1))
            note("a change", began)
            time.sleep(max(0, began + OPEN_EVERY - time.perf_counter()))
    for (name, found), aim in zip(seconds.items(), (1, 3, 2), strict=True):
        late = statistics.quantiles(found, n=20)[-1]
        print(f"{f'{OPEN} pages open, {name}: p95':<38}{late:>8.2f} s{'':>57}aim ≤ {aim} s",
              flush=True)  # fmt: skip
    print(f"{'  private memory of a page':<38}{taken:>8.0f} MB{'':>56}aim ≤ 100 MB", flush=True)


def private(server: Server) -> float:
    """MB that the server and its kernels share with nobody."""
    found, taken = psutil.Process(server.process.pid), 0
    for part in [found, *found.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):  # which drew a page beforehand
            taken += part.memory_full_info().uss
    return taken / 2**20


def bench() -> None:
    """All of it; nothing where there is no browser."""
    if CHROMIUM is None:
        print("dashboards: no Chromium here")
        return
    build(SAMPLE)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data").symlink_to(SAMPLE)
        shutil.copytree(ROOT / "notebooks", folder / "notebooks")
        (folder / "notebooks" / "drafts").mkdir(exist_ok=True)
        server = Server(folder, warm=True, likely=40, max_kernels=2 * OPEN)
        try:
            with sync_playwright() as playwright, plain_voila(folder) as voila:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                wait_for_prerendering(server)
                bench_pages(browser, server, voila)
                browser.close()
            bench_many(server)
            bench_open_pages(server)
        finally:
            server.stop()


def wait_for_prerendering(server: Server) -> None:
    """Until the server has drawn its pages beforehand and rests."""
    quiet = 0
    while quiet < 10:
        time.sleep(0.5)
        quiet = 0 if server.all_kernels() else quiet + 1


if __name__ == "__main__":
    bench()
    print(json.dumps({"cores": os.cpu_count(), "load": os.getloadavg()}))
