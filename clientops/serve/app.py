"""The Voila application: only our pages and what they need, nothing of Voila's tree or files."""

import errno
import shutil
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import tornado.httpserver
import tornado.ioloop
from jupyter_core.utils import run_sync
from jupyter_server.base.handlers import FileFindHandler
from jupyter_server.services.kernels.handlers import KernelHandler
from traitlets.config import Config
from voila.app import Voila, _kernel_id_regex
from voila.static_file_handler import MultiStaticFileHandler, TemplateStaticFileHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from clientops.book import open_book
from clientops.errors import ClientOpsError
from clientops.serve import handlers, kernels

HERE = Path(__file__).parent
_VOILA = Config(
    {
        "VoilaConfiguration": {
            "template": "lab",
            "allow_template_override": "NO",
            "allow_theme_override": "NO",
            "extension_allowlist": [
                "@jupyter-widgets/jupyterlab-manager",
                "@voila-dashboards/widgets-manager8",
            ],
            "file_allowlist": [],
            "show_tracebacks": False,
            "strip_sources": True,
        }
    }
)


class Dashboards(Voila):
    """Serves the pages of one folder of notebooks with one data folder."""

    config_file_paths = ()  # no other Voila's configuration reaches this one
    open_browser = False

    def __init__(
        self, *, data: Path, notebooks: Path, host: str, port: int, ready: Callable[[str], None]
    ) -> None:
        config = Config()
        for part in (_VOILA, kernels.CONFIG):
            config.merge(part)
        super().__init__(config=config, root_dir=str(notebooks), ip=host, port=port)
        self.log_level = "WARN"
        self.data = data
        self.ready = ready

    def setup_template_dirs(self) -> None:
        """Our templates before Voila's."""
        super().setup_template_dirs()
        self.template_paths.insert(0, str(HERE / "templates"))

    def init_settings(self) -> dict:
        """Voila's settings; compression, our own files and this machine's host names added."""
        return super().init_settings() | {
            "compress_response": True,
            "ws_ping_timeout": 30_000,  # milliseconds; a silent tab is gone after a minute
            "static_path": str(HERE / "static"),
            "allow_remote_access": False,  # other host names are refused: DNS rebinding
            "local_hostnames": ["localhost"],
            "default_handler_class": handlers.Missing,
            "default_handler_args": self._shared,
        }

    def init_handlers(self) -> list:
        """Every address there is. No tree, no contents, no files; other paths are not found."""
        kernel = rf"/api/kernels/{_kernel_id_regex}"
        return [
            (r"/", handlers.Home, self._shared),
            (kernel, KernelHandler),
            (rf"{kernel}/channels", VoilaKernelWebsocketHandler),
            (rf"/alive/{_kernel_id_regex}", handlers.Alive),
            (rf"/voila/api/shutdown/{_kernel_id_regex}", handlers.Shutdown),
            (r"/voila/templates/(lab/static/[^/]+)", TemplateStaticFileHandler),
            (r"/voila/static/(.*)", MultiStaticFileHandler, {"paths": self.static_paths}),
            (r"/voila/labextensions/(.*)", FileFindHandler, {"path": self.labextensions_path}),
            (r"(/(?:drafts/)?[^/]+)", handlers.Notebook, self._shared),
        ]

    @property
    def _shared(self) -> dict:
        return {"app": self, "voila_configuration": self.voila_configuration}

    @property
    def book(self):
        """The book of the data; cheap, for frames are read when asked for."""
        return open_book(self.data)

    def initialize(self, argv: list[str] | None = None) -> None:
        """End with Ctrl-C as with SIGTERM."""
        self.ioloop = tornado.ioloop.IOLoop.current()
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
        tornado.httpserver.HTTPServer(self.app).add_socket(self.socket)
        host = f"[{self.ip}]" if ":" in self.ip else self.ip
        self.ioloop.add_callback(self.ready, f"http://{host}:{self.port}/")
        try:
            self.ioloop.start()
        finally:
            self.stop()

    def stop(self) -> None:
        """End every kernel, at once, then remove their connection files."""
        run_sync(self.kernel_manager.shutdown_all)(now=True)
        shutil.rmtree(self.connection_dir, ignore_errors=True)
