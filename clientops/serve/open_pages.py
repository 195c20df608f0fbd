"""Pages that are open: whose they are, what they show, and when their kernels must end.

A page's kernel ends with its tab: at once by the tab's own word, else some seconds after the last
of its connections. It ends too when its owner may no longer see it, and when its data are gone.
"""

import asyncio
import collections
import contextlib
import dataclasses
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tornado.web
from jupyter_core.utils import ensure_async

from clientops.serve import listening
from clientops.serve.cells import Cells
from clientops.serve.identity import Visitor
from clientops.serve.pages import Page

FIRST_SIGN_WITHIN = 25.0  # seconds in which a tab must give its first sign; a slow line needs some
NEXT_SIGN_WITHIN = 4.0  # seconds after its last sign; a tab whose line broke is back sooner
MAKES_ROOM_AFTER = 600.0  # seconds without use after which a page makes room for another
ENDS_AFTER = 3600.0  # seconds without use after which a page's kernel ends in any case
BYTES_PER_KERNEL = 250 << 20  # bytes that a kernel may come to need
FEWEST_KERNELS, MOST_KERNELS = 4, 100  # kernels, where memory alone would say less or more
MOST_OPENED, OPENED_WITHIN = 100, 100.0  # pages that a user may open, and within how many seconds


@dataclasses.dataclass
class OpenPage:
    """One page in one tab, and its kernel."""

    visitor: Visitor
    page: Page
    query: str
    cells: Cells
    version: str  # of data and notebook, as it was opened
    snapshot: Path | None
    kernel_id: str = dataclasses.field(default_factory=lambda: str(uuid.uuid4()))
    began: float = dataclasses.field(default_factory=time.monotonic)
    used: float = dataclasses.field(default_factory=time.monotonic)  # the last thing asked of it
    seen: float = dataclasses.field(default_factory=time.monotonic)  # the last sign of the tab
    connections: set[Any] = dataclasses.field(default_factory=set)  # websockets of the tab
    was_seen: bool = False  # whether there has been one
    work: asyncio.Task | None = None  # starts the kernel and runs the cells
    has_kernel: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)


class OpenPages:
    """The open pages of a server by the ids of their kernels."""

    def __init__(self, app: Any) -> None:
        """*app* is the Dashboards that serves."""
        self._app, self._manager, self._log = app, app.kernel_manager, app.log
        self._open: dict[str, OpenPage] = {}
        self._admitted: dict[str, collections.deque[float]] = collections.defaultdict(
            lambda: collections.deque(maxlen=MOST_OPENED)
        )
        self.most = app.max_kernels

    def all(self) -> list[OpenPage]:
        """All of them, the oldest first."""
        return list(self._open.values())

    def get(self, kernel_id: str) -> OpenPage | None:
        """The page of a kernel; None where there is none (any more)."""
        return self._open.get(kernel_id)

    def is_owner(self, kernel_id: str, visitor: Visitor | None) -> bool:
        """Whether a kernel belongs to this visitor. Who asks for another's is noted."""
        page = self.get(kernel_id)
        if page is None or visitor is None:
            return False
        is_owner = page.visitor.owner == visitor.owner and page.visitor.user == visitor.user
        if not is_owner:
            self._app.audit.note("foreign page refused", user=visitor.username, kernel=kernel_id)
        return is_owner

    def add(self, page: OpenPage, start: dict[str, Any], when_whole: Callable[[], None]) -> None:
        """Open a page: its kernel starts and runs its cells while the browser loads the rest.

        *when_whole* is called once all cells have run.
        """
        self._open[page.kernel_id] = page
        page.work = asyncio.create_task(self._work(page, start, when_whole))

    @property
    def are_loading(self) -> bool:
        """Whether a page's cells are still to run."""
        return any(not page.cells.is_done for page in self._open.values())

    async def _work(
        self, page: OpenPage, start: dict[str, Any], when_whole: Callable[[], None]
    ) -> None:
        try:
            await ensure_async(self._manager.start_kernel(kernel_id=page.kernel_id, **start))
            page.has_kernel.set()
            if page.kernel_id not in self._open:  # the tab was closed meanwhile
                await self._shut_down(page.kernel_id)
                return
            manager = self._manager.get_kernel(page.kernel_id)
            if await page.cells.run(manager, self._app.config, self._log):
                when_whole()
        except Exception:
            self._log.exception("page %s", page.page.address)
            await self.end(page.kernel_id, "failed")
        finally:
            page.has_kernel.set()

    async def has_room(self, visitor: Visitor) -> bool:
        """Whether another page may open; the one longest unused makes room if it sleeps. Nobody
        who has signed in takes more than half of the places: of the own pages one must go. Nor does
        such a one open them faster than they can be read."""
        now, admitted = time.monotonic(), self._admitted[visitor.username]
        if visitor.user and len(admitted) == MOST_OPENED and now - admitted[0] < OPENED_WITHIN:
            return False
        theirs = [page for page in self.all() if visitor.user and page.visitor.user == visitor.user]
        if len(theirs) >= max(FEWEST_KERNELS, self.most // 2):
            await self.end(max(theirs, key=self.unused).kernel_id, "made room")
        while len(self._open) >= self.most:
            oldest = max(self._open.values(), key=self.unused)
            if self.unused(oldest) < MAKES_ROOM_AFTER:
                return False
            await self.end(oldest.kernel_id, "made room")
        admitted.append(now)
        return True

    def unused(self, page: OpenPage) -> float:
        """Seconds since the page was last asked for something."""
        return time.monotonic() - page.used

    async def end(self, kernel_id: str, why: str) -> None:
        """End a kernel if there is one of this id."""
        page = self._open.pop(kernel_id, None)
        if page is None:
            return
        self._app.audit.note(
            "page ended", user=page.visitor.username, page=page.page.address, kernel=kernel_id,
            why=why, seconds=round(time.monotonic() - page.began),
        )  # fmt: skip
        for connection in [*page.connections]:
            connection.tell_end()
        if page.has_kernel.is_set():
            if page.work is not asyncio.current_task():
                page.work.cancel()
            await self._shut_down(kernel_id)

    async def _shut_down(self, kernel_id: str) -> None:
        try:
            if kernel_id in self._manager:
                await ensure_async(self._manager.shutdown_kernel(kernel_id, now=True))
        except (KeyError, tornado.web.HTTPError):  # ended meanwhile
            pass

    async def end_those_of(self, owner: str, why: str) -> None:
        """End the pages of an owner."""
        theirs = [page.kernel_id for page in self.all() if page.visitor.owner == owner]
        await asyncio.gather(*(self.end(kernel_id, why) for kernel_id in theirs))

    async def end_all(self) -> None:
        """End every page, and kernels that no page has."""
        await asyncio.gather(*(self.end(kernel_id, "server ends") for kernel_id in self._open))
        await asyncio.gather(*map(self._shut_down, self._manager.list_kernel_ids()))

    async def sweep(self) -> None:
        """End what must end."""
        await asyncio.gather(*(self._end_if_it_must(page) for page in self.all()))

    async def _end_if_it_must(self, page: OpenPage) -> None:
        if why := await self._reason_to_end(page):
            await self.end(page.kernel_id, why)

    async def _reason_to_end(self, page: OpenPage) -> str:
        if not self._app.identity_provider.is_current(page.visitor):
            return "signed out"
        grace = NEXT_SIGN_WITHIN if page.was_seen else FIRST_SIGN_WITHIN
        if not page.connections and time.monotonic() - page.seen > grace:
            return "tab gone"
        if not page.has_kernel.is_set():
            return ""
        if not await self.is_alive(page.kernel_id):
            self._log.warning("the kernel of %s has died", page.page.address)
            return "died"
        if page.snapshot is not None and not page.snapshot.exists():
            return "data replaced"
        return "unused" if self.unused(page) > ENDS_AFTER else ""

    async def is_alive(self, kernel_id: str) -> bool:
        """Whether a kernel runs."""
        try:
            return await ensure_async(self._manager.get_kernel(kernel_id).is_alive())
        except (KeyError, tornado.web.HTTPError):
            return False


def most_kernels() -> int:
    """As many kernels as the memory holds that is free now, or that a container may use, and as
    there are files for."""
    free = [4 << 30]  # where the system does not say
    with contextlib.suppress(OSError, ValueError):
        words = Path("/proc/meminfo").read_text().split()
        free = [int(words[words.index("MemAvailable:") + 1]) << 10]
    with contextlib.suppress(OSError, ValueError):  # "max" where there is no limit
        free.append(int(Path("/sys/fs/cgroup/memory.max").read_text()))
    most = min(MOST_KERNELS, min(free) // BYTES_PER_KERNEL)
    if most_files := listening.raise_file_limit():
        most = min(most, (most_files - listening.OTHER_FILES) // listening.FILES_PER_PAGE)
    return max(FEWEST_KERNELS, most)
