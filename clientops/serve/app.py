"""The Voila application: only our pages and what they need, nothing of Voila's tree or files."""

import asyncio
import errno
import shutil
import signal
import socket
from pathlib import Path
from typing import Any

import tornado.httpserver
import tornado.ioloop
from jupyter_core.utils import run_sync
from jupyter_events import EventLogger
from traitlets import Any as Anything
from traitlets import Bool, Instance, Integer
from traitlets.config import Config
from voila.app import Voila, _kernel_id_regex

from clientops import store
from clientops.book import Book, Viewer, open_book
from clientops.errors import ClientOpsError
from clientops.serve import (
    admin,
    files,
    find,
    kernel_handlers,
    kernels,
    listening,
    page_handlers,
    residue,
    sign_in,
)  # fmt: skip
from clientops.serve.audit import Audit
from clientops.serve.identity import LOCAL_VIEWER, Identity, KernelOwners, Proxy
from clientops.serve.open_pages import OpenPages
from clientops.serve.pages import ALL_PAGES, FIND, Page, pages
from clientops.serve.prerendered import PageRequest, PrerenderedPages
from clientops.serve.sessions import Attempts, Sessions
from clientops.serve.users import Users
from clientops.settings import Company

HERE = Path(__file__).parent
SWEEP = 2.0  # seconds between two looks at what must end
LONGEST_MESSAGE = 1 << 20  # bytes a browser may send at once; widgets send far less
_VOILA = Config(
    {
        "VoilaConfiguration": {
            "template": "lab",
            "allow_template_override": "NO",
            "allow_theme_override": "NO",
            "extension_allowlist": [*files.EXTENSIONS],
            "file_allowlist": [],
            "progressive_rendering": True,
            "show_tracebacks": False,
            "strip_sources": True,
        }
    }
)


class Dashboards(Voila):
    """Serves the pages of one folder of notebooks with one data folder."""

    config_file_paths = ()  # no other Voila's configuration reaches this one
    open_browser = False
    identity_provider_class = Identity
    authorizer_class = KernelOwners

    data = Instance(Path)
    store_folder = Instance(Path)
    users = Instance(Users, allow_none=True)  # None: nobody signs in
    proxy = Instance(Proxy)
    for_all = Bool()  # where nobody signs in: whoever comes through a proxy sees everything too
    audit = Instance(Audit)
    max_kernels = Integer()
    warm = Bool()  # the first pages are drawn before anybody asks
    ready = Anything()  # told the address as soon as it answers

    def __init__(self, **known: Any) -> None:
        """*known*: the traits above; of Voila's the notebooks (`root_dir`), `ip` and `port`."""
        config = Config()
        for part in (_VOILA, kernels.CONFIG):
            config.merge(part)
        super().__init__(config=config, **known)
        self.log_level = "WARN"
        self.sessions = Sessions(self.users) if self.users else None
        self.attempts = Attempts()
        self.last_language = Company().language  # in which pages were shown last
        self.fork_server: kernels.ForkServer | None = None

    def kernel_options(self, page_request: PageRequest) -> dict[str, Any]:
        """What starts the kernel of a page: where it runs and what it knows."""
        page, query, viewer, screen = page_request
        env = kernels.environment(Path(self.connection_dir)) | kernels.page_environment(
            self.data, viewer, page.address, query, screen, self.prerendered.folder(viewer)
        )
        env["CLIENTOPS_STORE"] = str(self.store_folder)
        return {
            "kernel_name": "python3",
            "path": str(Path(page.file).parent),
            "env": env,
            "extra_arguments": kernels.ARGUMENTS,
        }

    def setup_template_dirs(self) -> None:
        """Our templates before Voila's."""
        super().setup_template_dirs()
        self.template_paths.insert(0, str(HERE / "templates"))

    def init_settings(self) -> dict:
        """Voila's settings; headers, limits and our own pages for errors added."""
        settings = super().init_settings() | {
            "headers": files.HEADERS,
            "compress_response": True,
            "login_url": "/sign-in",
            "xsrf_cookie_kwargs": {"samesite": "Lax"},
            "ws_ping_interval": 10_000,  # milliseconds
            "ws_ping_timeout": 35_000,  # a tab that has been silent as long is gone
            "websocket_max_message_size": LONGEST_MESSAGE,
            # Where nobody signs in, other host names are refused: DNS rebinding.
            "allow_remote_access": self.users is not None,
            "local_hostnames": ["localhost"],
            "default_handler_class": page_handlers.Missing,
            "default_handler_args": self._html_options,
        }
        self.event_logger = EventLogger()  # one for all kernels: nobody ever forgets one
        self.in_use = residue.hold(Path(self.connection_dir))
        self.open_pages = OpenPages(self)
        self.prerendered = PrerenderedPages(self)
        return settings

    def init_handlers(self) -> list:
        """Every address there is. No tree, no contents, no files; other paths are not found."""
        kernel, page = _kernel_id_regex, {"app": self}
        versioned = r"/files/[0-9a-f]{16}"
        extensions = rf"((?:{'|'.join(files.EXTENSIONS)})/static/[^/]+)"
        return [
            (r"/", page_handlers.Home, self._html_options),
            (ALL_PAGES, page_handlers.AllPages, self._html_options),
            (FIND, find.Find, self._html_options),
            (r"/sign-in", sign_in.SignIn, self._html_options),
            (r"/sign-out", sign_in.SignOut, self._html_options),
            (r"/admin", admin.Admin, self._html_options),
            (rf"/alive/{kernel}", kernel_handlers.KernelStatus, page),
            (rf"/here/{kernel}", kernel_handlers.TabPresence, page),
            (rf"/api/kernels/{kernel}", kernel_handlers.KernelModel, page),
            (rf"/api/kernels/{kernel}/channels", kernel_handlers.Channels, page),
            (rf"/voila/execution/{kernel}", kernel_handlers.CellOutputs, page),
            (rf"/voila/api/shutdown/{kernel}", kernel_handlers.Shutdown, page),
            (rf"{versioned}/page/([^/]+)", files.File, {"folders": [HERE / "static"]}),
            (rf"{versioned}/fonts/([^/]+)", files.File, {"folders": [files.FONTS]}),
            (rf"{versioned}/voila/([^/]+)", files.File, {"folders": self.static_paths}),
            (rf"{versioned}/labextensions/{extensions}", files.File,
             {"folders": self.labextensions_path}),
            (r"(/(?:drafts/)?[^/]+)", page_handlers.Notebook, self._html_options),
        ]  # fmt: skip

    @property
    def _html_options(self) -> dict[str, Any]:
        return {"app": self, "voila_configuration": self.voila_configuration}

    @property
    def book(self) -> Book:
        """The book of the data; cheap, for frames are read when asked for."""
        return open_book(self.data, Viewer(), store_folder=self.store_folder)

    def version(self, page: Page) -> str:
        """Changes when the data were built anew or the notebook was."""
        try:
            changed = (Path(self.root_dir) / page.file).stat().st_mtime_ns
        except FileNotFoundError:
            changed = 0
        snapshot = store.snapshot(self.store_folder)
        return f"{snapshot.name if snapshot else ''}-{changed}"

    def initialize(self, argv: list[str] | None = None) -> None:
        """End with Ctrl-C as with SIGTERM."""
        self.ioloop = tornado.ioloop.IOLoop.current()
        residue.sweep()
        super().initialize(argv)
        signal.signal(signal.SIGINT, self._handle_signal_stop)

    def _handle_signal_stop(self, sig: int, frame: object) -> None:
        self.ioloop.asyncio_loop.call_soon_threadsafe(self.ioloop.stop)  # wakes an idle loop

    def start(self) -> None:
        """Serve at exactly the port asked for, until a signal."""
        family = socket.AF_INET6 if ":" in self.ip else socket.AF_INET
        try:
            self.socket = socket.create_server((self.ip, self.port), family=family, backlog=128)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise ClientOpsError(f"port {self.port} is in use; choose another: --port") from error
        self.socket.setblocking(False)
        self.port = self.socket.getsockname()[1]
        super().start()

    def listen(self) -> None:
        """Called by start once everything is set up."""
        server = tornado.httpserver.HTTPServer(
            self.app, max_body_size=LONGEST_MESSAGE, max_header_size=1 << 15,
            idle_connection_timeout=listening.PATIENCE, body_timeout=listening.PATIENCE,
        )  # fmt: skip
        listening.accept(server, self.socket, self.proxy.addresses, self.log)
        if kernels.CAN_FORK:
            self.fork_server = kernels.ForkServer(Path(self.connection_dir), self.log)
            self.fork_server.start()
        self.ioloop.add_callback(self._sweep)
        self.ioloop.add_callback(self.prerendered.work)
        if self.warm:
            self.ioloop.add_callback(self._warm)
        host = f"[{self.ip}]" if ":" in self.ip else self.ip
        self.ioloop.add_callback(self.ready, f"http://{host}:{self.port}/")
        try:
            self.ioloop.start()
        finally:
            self.stop()

    async def _sweep(self) -> None:
        """End what must end, again and again; by a clock that nobody sets."""
        while True:
            try:
                await self.open_pages.sweep()
            except Exception:
                self.log.exception("while looking for pages that must end")
            await asyncio.sleep(SWEEP)

    def _warm(self) -> None:
        """Have the first pages drawn before anybody asks."""
        viewers = (
            [user.viewer for user in self.users.all().values()] if self.users else [LOCAL_VIEWER]
        )
        self.prerendered.prepare(pages(Path(self.root_dir)).values(), viewers)

    def stop(self) -> None:
        """End every kernel, at once, then remove their connection files."""
        try:
            run_sync(self.open_pages.end_all)()
        finally:
            if self.fork_server is not None:
                self.fork_server.stop()
            shutil.rmtree(self.connection_dir, ignore_errors=True)
