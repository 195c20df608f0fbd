"""Twins: pages drawn beforehand, to be read while the living ones load.

A twin is made by a kernel of its own that no browser may speak to, when nothing else is to be done,
one after the other; so nobody can write into what another one reads. It belongs to one snapshot of
the data, one version of the code and one scope, as do the cards that kernels keep: both lie in a
folder that only kernels of that scope are told of.
"""

import asyncio
import collections
import contextlib
import functools
import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_core.utils import ensure_async

from clientops import store
from clientops.book import Viewer
from clientops.serve import drawn, kernels
from clientops.serve.cells import Cells, code_cells
from clientops.serve.pages import FIRST, Page

QUIET = 1.0  # seconds in which no page was opened until a twin is made
LONGEST_QUERY = 500  # characters of an address that has a twin
MOST_WAITING = 200  # twins to be made; the oldest wishes are dropped
MOST_BYTES = 300 << 20  # of twins and cards kept; those unused for longest make room
RECENT = 50  # pages opened last, whose twins are made anew after a build
LOWER = 5  # by so much the priority of the kernels that make twins is below that of others


class Wish(NamedTuple):
    """What a twin is of."""

    page: Page
    query: str
    viewer: Viewer
    screen: str


class Twins:
    """The twins of a server in a *folder* of its own."""

    def __init__(
        self,
        folder: Path,
        notebooks: Path,
        data: Path,
        manager: Any,
        start_of: Callable[[Wish], dict[str, Any]],
        is_busy: Callable[[], bool],
        config: Any,
        log: Any,
    ) -> None:
        """*manager* of kernels; *start_of* gives what starts that of a page; *is_busy*: whether
        pages are loading."""
        self._folder, self._notebooks, self._data = folder, notebooks, data
        self._manager, self._start_of, self._is_busy = manager, start_of, is_busy
        self._config, self._log = config, log
        self._waiting: collections.OrderedDict[Wish, None] = collections.OrderedDict()
        self._recent: collections.OrderedDict[Wish, None] = collections.OrderedDict()
        self._failed: set[Path | None] = set()
        self._wanted = asyncio.Event()
        self._asked = time.monotonic()
        folder.mkdir(mode=0o700, exist_ok=True)

    # --- where they lie ---

    @property
    def _state(self) -> Path:
        """The folder of the data and the code as they are now."""
        snapshot = store.snapshot(store.folder(self._data))
        code = _code(int(time.monotonic()))
        return self._folder / f"{snapshot.name if snapshot else 'none'}-{code:08x}"

    def folder(self, viewer: Viewer) -> Path:
        """Where what is drawn for the scope of a viewer is kept; nobody else's is."""
        scope = [] if viewer.sees_everything else [viewer.role, viewer.manager_ids, viewer.teams]
        path = self._state / hashlib.sha256(json.dumps(scope).encode()).hexdigest()
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    def _path(self, wish: Wish) -> Path:
        changed = (self._notebooks / wish.page.file).stat().st_mtime_ns
        said = json.dumps([wish.page.file, changed, wish.query, wish.screen])
        name = hashlib.sha256(said.encode()).hexdigest()
        return self.folder(wish.viewer) / f"{name}.twin"

    def find(self, wish: Wish) -> str:
        """The twin; empty where there is none."""
        self._asked = time.monotonic()
        with contextlib.suppress(OSError):
            path = self._path(wish)
            text = path.read_text(encoding="utf-8")
            path.touch()  # used: others make room first
            return text
        return ""

    # --- how they come to be ---

    def want(self, wish: Wish) -> None:
        """Have the twin made if there is none; a draft has none, for it may bring its scripts."""
        if wish.page.is_draft or len(wish.query) > LONGEST_QUERY:
            return
        _last(self._recent, wish, RECENT)
        with contextlib.suppress(OSError):
            path = self._path(wish)
            if path not in self._failed and not path.exists():
                _last(self._waiting, wish, MOST_WAITING)
                self._wanted.set()

    def prepare(self, pages: Iterable[Page], viewers: Iterable[Viewer]) -> None:
        """Want the pages as they open: all for who sees everything, the first for every scope."""
        pages = [page for page in pages if not page.is_draft]
        scopes = {self.folder(viewer): viewer for viewer in viewers}
        for viewer in scopes.values():
            for page in pages:
                if viewer.sees_everything or page.address == FIRST:
                    self.want(Wish(page, "", viewer, kernels.SCREENS[0]))

    async def work(self) -> None:
        """Make what is wanted, one after the other, for as long as the server lives."""
        state = self._state
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), 5)
            if self._state != state:  # built anew, or other code
                state = self._state
                self._renew(state)
            while self._waiting:
                while self._is_busy() or time.monotonic() - self._asked < QUIET:
                    await asyncio.sleep(QUIET / 4)
                wish, _ = self._waiting.popitem()
                await self._make(wish)
            self._wanted.clear()
            await asyncio.to_thread(_make_room, self._folder)

    def _renew(self, state: Path) -> None:
        """Others than those of *state* are of no use; the pages opened last are wanted first."""
        for path in self._folder.iterdir():
            if path != state:
                shutil.rmtree(path, ignore_errors=True)
        self._failed.clear()
        for wish in [*self._recent]:
            self.want(wish)

    async def _make(self, wish: Wish) -> None:
        kernel_id, manager = str(uuid.uuid4()), self._manager
        path = None
        try:
            path = self._path(wish)
            cells = Cells(code_cells(self._notebooks / wish.page.file), "")
            options = self._start_of(wish)
            await ensure_async(manager.start_kernel(kernel_id=kernel_id, **options))
            kernel = manager.get_kernel(kernel_id)
            with contextlib.suppress(OSError, AttributeError):  # where that cannot be said
                os.setpriority(os.PRIO_PROCESS, kernel.provisioner.pid, os.nice(0) + LOWER)
            if await cells.run(kernel, self._config, self._log):
                _write(path, drawn.as_html(cells.outputs, cells.states))
            else:
                self._failed.add(path)
        except Exception as error:  # a twin is a comfort: the page itself says what is wrong
            self._log.warning("no twin of %s: %s", wish.page.address, type(error).__name__)
            self._failed.add(path)
        finally:
            if kernel_id in manager:
                with contextlib.suppress(KeyError):
                    await ensure_async(manager.shutdown_kernel(kernel_id, now=True))


@functools.lru_cache(maxsize=1)
def _code(second: int) -> int:
    """Changes with the package's code, which is asked once a second at most."""
    return hash(kernels.code_version()) & 0xFFFFFFFF


def _last(queue: collections.OrderedDict[Wish, None], wish: Wish, most: int) -> None:
    """Put a wish at the end of a queue, from which it is taken first."""
    queue[wish] = None
    queue.move_to_end(wish)
    while len(queue) > most:
        queue.popitem(last=False)


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
