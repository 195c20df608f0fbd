"""The programs and styles that pages load: public, the same for everybody, kept by browsers.

Their addresses hold a version, so a browser asks for each only once.
"""

import functools
import gzip
import hashlib
import importlib.metadata
import mimetypes
from pathlib import Path

import tornado.web

HERE = Path(__file__).parent
FONTS = HERE.parent / "fonts"
EXTENSIONS = ("@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8")
YEAR = 365 * 24 * 3600
_PACKED = {".js", ".css", ".svg", ".ttf", ".json", ".map", ".html"}  # worth compressing

# Nothing else may show these pages, guess types, or learn their addresses, which name managers.
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "Server": "ClientOps",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@functools.cache
def version() -> str:
    """Changes with everything a browser keeps."""
    digest = hashlib.sha256()
    for package in ("voila", "jupyterlab_widgets"):
        digest.update(importlib.metadata.version(package).encode())
    for path in sorted([*(HERE / "static").iterdir(), *FONTS.iterdir()]):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def address(name: str = "") -> str:
    """Where a file is found: `page/page.css`, `voila/voila.js`, `fonts/…`, `labextensions/…`."""
    return f"/files/{version()}/{name}"


class File(tornado.web.RequestHandler):
    """A file of one of several folders; nothing outside them."""

    def initialize(self, folders: list[str | Path]) -> None:
        """*folders*: the first that has the file gives it."""
        self.folders = [Path(folder) for folder in folders]

    def set_default_headers(self) -> None:
        """Those of every answer."""
        for name, value in HEADERS.items():
            self.set_header(name, value)
        self.set_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")

    def get(self, name: str) -> None:
        """Send it, compressed where that is asked for and worth it."""
        path = _found(self.folders, name)
        if path is None:
            raise tornado.web.HTTPError(404)
        self.set_header("Content-Type", mimetypes.guess_type(path.name)[0] or "text/plain")
        self.set_header("Cache-Control", f"public, max-age={YEAR}, immutable")
        self.set_header("Vary", "Accept-Encoding")
        stamp = path.stat().st_mtime_ns
        is_packed = path.suffix in _PACKED
        if is_packed and "gzip" in self.request.headers.get("Accept-Encoding", ""):
            self.set_header("Content-Encoding", "gzip")
            self.finish(_packed(path, stamp))
        else:
            self.finish(path.read_bytes())

    head = get


def _found(folders: list[Path], name: str) -> Path | None:
    for folder in folders:
        try:
            path = (folder / name).resolve()
            if path.is_relative_to(folder.resolve()) and path.is_file():
                return path
        except (OSError, ValueError):  # a name no file can have
            continue
    return None


@functools.lru_cache(maxsize=1000)
def _packed(path: Path, stamp: int) -> bytes:
    return gzip.compress(path.read_bytes(), 6)
