"""The run record of a month: what was made of what, when, and what each pack told.

`run.json` beside the packs. A pack counts as made when it stands there; it is written after the
pack's files, each of which appears whole.
"""

import hashlib
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from clientops.report.recipients import Recipient

FILE = "run.json"
DRAFTS = ".drafts"
PACKAGE = Path(__file__).parent.parent
_LIBRARIES = ("clientops", "pandas", "numpy", "scipy", "matplotlib", "typst", "xlsxwriter", "babel")
_NOT_IN_PACKS = {"serve", "cli", "ingest", "__pycache__"}  # rooms that cannot change one


def read(folder: Path) -> dict[str, Any]:
    """The record of a month's folder; empty where there is none or it cannot be understood."""
    try:
        content = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {"packs": {}}
    is_known = isinstance(content, dict) and isinstance(content.get("packs"), dict)
    return content if is_known else {"packs": {}}


def write(folder: Path, content: dict[str, Any]) -> None:
    """Replace the record in one step."""
    text = json.dumps(content, indent=1, ensure_ascii=False)
    put(folder / FILE, text.encode() + b"\n")


def put(path: Path, content: bytes) -> None:
    """Write a file that appears whole or not at all, and is on disk when it appears."""
    put_all({path: content})


def put_all(contents: dict[Path, bytes]) -> None:
    """Write files of one folder that appear when all of them are written, one after the other."""
    drafts = {path: path.parent / DRAFTS / path.name for path in contents}
    for path, draft in drafts.items():
        draft.parent.mkdir(exist_ok=True)
        with draft.open("wb") as file:
            file.write(contents[path])
            file.flush()
            os.fsync(file.fileno())
    for path, draft in drafts.items():
        draft.replace(path)


def versions() -> dict[str, str]:
    """What the packs are made with."""
    return {"python": platform.python_version()} | {name: version(name) for name in _LIBRARIES}


def code(notebooks: list[Path]) -> str:
    """A hash of the code and the notebooks that make the packs."""
    digest = hashlib.sha256()
    files = (path for path in PACKAGE.rglob("*") if path.is_file())
    for path in sorted(files) + notebooks:
        inside = path.relative_to(PACKAGE).parts if path.is_relative_to(PACKAGE) else (path.name,)
        if not _NOT_IN_PACKS & {part.removesuffix(".py") for part in inside}:
            digest.update("/".join(inside).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def inputs(recipient: Recipient, *others: Any) -> str:
    """A hash of everything a pack depends on: of the same, the same pack."""
    parts = (recipient.key, recipient.name, recipient.viewer, *others)
    return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


def described(path: Path, content: bytes) -> dict[str, Any]:
    """A file as the record holds it."""
    return {"name": path.name, "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest()}  # fmt: skip


def is_there(folder: Path, file: dict[str, Any]) -> bool:
    """Whether a file that the record knows is still there."""
    path = folder / file["name"]
    return path.is_file() and path.stat().st_size == file["bytes"]
