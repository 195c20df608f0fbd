"""Pages rendered beforehand, to be read while the living ones load.

Each is made by a kernel of its own that no browser may speak to, when nothing else is to be done,
or that was waited for long enough, one after the other; so nobody can write into what another one
reads. It belongs to one snapshot of the data, one version of the code and one scope, as do the
cards that kernels keep: both lie in a folder that only kernels of that scope are told of.
"""

import asyncio
import contextlib
import functools
import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from jupyter_core.utils import ensure_async

from clientops import store
from clientops.book import Viewer
from clientops.serve import kernels, static_html
from clientops.serve.cells import Cells, code_cells
from clientops.serve.pages import FIRST_PAGE, Page, link

QUIET_SECONDS = 1.0  # seconds in which no page was opened until one is prerendered
LONGEST_WAIT = 10.0  # seconds that this is waited for: where many come it never is quiet
LONGEST_QUERY = 500  # characters of an address that is prerendered
MOST_WAITING = 200  # pages to be prerendered; the oldest requests are dropped
MOST_BYTES = 300 << 20  # of pages and cards kept; those unused for longest make room
MOST_RECENT = 50  # pages opened last, prerendered anew after a build
MOST_LIKELY = 40  # pages one choice away from an opened one that are prerendered, too
OFTEN_CHANGED = {"month": 1, "manager_id": 30}  # controls, and how many options to each side
LOWER_PRIORITY = 5  # the priority of kernels that prerender is by so much below that of others


class PageRequest(NamedTuple):
    """Which page is opened, with what query, by whom and on which screen."""

    page: Page
    query: str
    viewer: Viewer
    screen: str


class PrerenderedPages:
    """The prerendered pages of a server in a *folder* of its own."""

    def __init__(self, app: Any) -> None:
        """*app* is the Dashboards that serves."""
        self._app, self._notebooks = app, Path(app.root_dir)
        self._folder = Path(app.connection_dir) / "prerendered"
        self._waiting: dict[PageRequest, None] = {}
        self._likely: dict[PageRequest, None] = {}  # made when none is waiting
        self._recent: dict[PageRequest, None] = {}
        self._failed: set[Path | None] = set()
        self._wanted = asyncio.Event()
        self._asked = time.monotonic()
        self._folder.mkdir(mode=0o700, exist_ok=True)

    # --- where they lie ---

    @property
    def _state(self) -> Path:
        """The folder of the data and the code as they are now."""
        snapshot = store.snapshot(self._app.store_folder)
        code = _code_hash(int(time.monotonic()))
        return self._folder / f"{snapshot.name if snapshot else 'none'}-{code:08x}"

    def folder(self, viewer: Viewer) -> Path:
        """Where what is drawn for the scope of a viewer is kept; nobody else's is."""
        scope = [] if viewer.sees_everything else [viewer.role, viewer.manager_ids, viewer.teams]
        path = self._state / hashlib.sha256(json.dumps(scope).encode()).hexdigest()
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    def _path(self, request: PageRequest) -> Path:
        changed = (self._notebooks / request.page.file).stat().st_mtime_ns
        asked = sorted(parse_qsl(request.query, keep_blank_values=True))
        said = json.dumps([request.page.file, changed, asked, request.screen])
        name = hashlib.sha256(said.encode()).hexdigest()
        return self.folder(request.viewer) / f"{name}.page"

    def find(self, request: PageRequest) -> str:
        """The prerendered page; empty where there is none."""
        self._asked = time.monotonic()
        with contextlib.suppress(OSError):
            path = self._path(request)
            text = path.read_text(encoding="utf-8")
            path.touch()  # used: others make room first
            return text
        return ""

    # --- how they come to be ---

    def want(self, request: PageRequest) -> None:
        """Have it made if there is none; never of a draft, which may bring its scripts."""
        if request.page.is_draft or len(request.query) > LONGEST_QUERY:
            return
        _put_last(self._recent, request, MOST_RECENT)
        with contextlib.suppress(OSError):
            path = self._path(request)
            if path not in self._failed and not path.exists():
                _put_last(self._waiting, request, MOST_WAITING)
                self._wanted.set()

    def want_next(
        self, request: PageRequest, states: static_html.States, pages: Iterable[Page]
    ) -> None:
        """Want an opened page, and after all else those one choice away from it."""
        self.want(request)
        with contextlib.suppress(OSError, LookupError, TypeError):  # a kernel may say anything
            for each in reversed(_one_choice_away(request, states, pages)[:MOST_LIKELY]):
                if not self._path(each).exists():
                    _put_last(self._likely, each, MOST_WAITING)
            self._wanted.set()

    def prepare(self, pages: Iterable[Page], viewers: Iterable[Viewer]) -> None:
        """Want the pages as they open: all for who sees everything, the first for every scope."""
        pages = [page for page in pages if not page.is_draft]
        scopes = {self.folder(viewer): viewer for viewer in viewers}
        for viewer in scopes.values():
            for page in pages:
                if viewer.sees_everything or page.address == FIRST_PAGE:
                    self.want(PageRequest(page, "", viewer, kernels.SCREENS[0]))

    async def work(self) -> None:
        """Make what is wanted, one after the other, for as long as the server lives."""
        state = self._state
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), 5)
            if self._state != state:  # built anew, or other code
                state = self._state
                self._renew(state)
            while self._waiting or self._likely:
                until = time.monotonic() + LONGEST_WAIT
                while not (self._is_quiet or (self._waiting and time.monotonic() > until)):
                    await asyncio.sleep(QUIET_SECONDS / 4)
                request, _ = (self._waiting or self._likely).popitem()
                await self._make(request)
            self._wanted.clear()
            await asyncio.to_thread(_make_room, self._folder)

    @property
    def _is_quiet(self) -> bool:
        is_busy = self._app.open_pages.are_loading
        return not is_busy and time.monotonic() - self._asked >= QUIET_SECONDS

    def _renew(self, state: Path) -> None:
        """Others than those of *state* are of no use; the pages opened last are wanted first."""
        for path in self._folder.iterdir():
            if path != state:
                shutil.rmtree(path, ignore_errors=True)
        self._failed.clear()
        for request in [*self._recent]:
            self.want(request)

    async def _make(self, request: PageRequest) -> None:
        kernel_id, app, manager = str(uuid.uuid4()), self._app, self._app.kernel_manager
        path = None
        try:
            path = self._path(request)
            if path in self._failed or path.exists():
                return
            cells = Cells(code_cells(self._notebooks / request.page.file), "")
            options = app.kernel_options(request)
            await ensure_async(manager.start_kernel(kernel_id=kernel_id, **options))
            kernel = manager.get_kernel(kernel_id)
            with contextlib.suppress(OSError, AttributeError):  # where that cannot be said
                os.setpriority(os.PRIO_PROCESS, kernel.provisioner.pid, os.nice(0) + LOWER_PRIORITY)
            if await cells.run(kernel, app.config, app.log):
                _write(path, static_html.as_html(cells.outputs, cells.states))
            else:
                self._failed.add(path)
        except Exception as error:  # it is only a comfort: the page itself says what is wrong
            app.log.warning(
                "%s was not prerendered: %s", request.page.address, type(error).__name__
            )
            self._failed.add(path)
        finally:
            if kernel_id in manager:
                with contextlib.suppress(KeyError):
                    await ensure_async(manager.shutdown_kernel(kernel_id, now=True))


def _one_choice_away(
    request: PageRequest, states: static_html.States, pages: Iterable[Page]
) -> list[PageRequest]:
    """Other months and managers of a page's controls (*states* of its widgets), and other *pages*
    at its choice, the likeliest first."""
    asked, found, month = dict(parse_qsl(request.query)), [], {}
    for name, control in ((each.get("name"), each) for each in states.values()):
        if name in OFTEN_CHANGED:
            values, at, near = control["values"], control["index"], OFTEN_CHANGED[name]
            others = [*values[max(0, at - near) : at], *values[at + 1 : at + 1 + near]]
            found += [request._replace(query=urlencode(asked | {name: each})) for each in others]
            month |= {name: values[at]} if name == "month" else {}
    query = link("", urlencode(asked | month)).removeprefix("?")
    found += [request._replace(page=each, query=query) for each in pages
              if each != request.page and not each.is_draft and each.of != "client"]  # fmt: skip
    return found


@functools.lru_cache(maxsize=1)
def _code_hash(second: int) -> int:
    """Changes with the package's code, which is asked once a second at most."""
    return hash(kernels.code_version()) & 0xFFFFFFFF


def _put_last(queue: dict[PageRequest, None], request: PageRequest, most: int) -> None:
    """Put a request at the end of a queue, from which it is taken first."""
    queue.pop(request, None)
    queue[request] = None
    while len(queue) > most:
        del queue[next(iter(queue))]


def _write(path: Path, text: str) -> None:
    """Whole or not at all, and only for this account."""
    draft = path.with_suffix(".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def _make_room(folder: Path) -> None:
    """Remove what was unused for longest where all is too much."""
    found = []
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # replaced meanwhile
            if path.is_file():
                found.append((path.stat().st_mtime, path.stat().st_size, path))
    size = sum(each[1] for each in found)
    for _used, bytes_, path in sorted(found):
        if size <= MOST_BYTES:
            return
        path.unlink(missing_ok=True)
        size -= bytes_
