"""Where the built data lie, and how they are replaced: only whole.

A store is a folder of snapshots and a file `current` that names the one in force. A build writes a
snapshot beside it and then replaces that file, which the operating system does in one step: killed
at any moment, the old data stand. A reader keeps to the snapshot it opened; the one before the
current is kept for readers that still use it.

    .clientops/
        current             name of the snapshot in force
        lock                held while building
        rejects/<table>.csv rows the last build could not read (a copy, for people)
        3f9a…/              a snapshot: manifest.json, <fact or table>.parquet, company/, rejects/
"""

import json
import os
import shutil
from pathlib import Path

import duckdb

from clientops.errors import ClientOpsError

FOLDER = ".clientops"
DEFAULT_DATA = "data/sample"


def data_folder(data: str | Path = "") -> Path:
    """The data folder: the one given, else $CLIENTOPS_DATA, else data/sample."""
    return Path(data or os.environ.get("CLIENTOPS_DATA", "") or DEFAULT_DATA)


def folder(data: str | Path, store: str | Path = "") -> Path:
    """The store of a data folder."""
    return Path(store) if store else Path(data) / FOLDER


def snapshot(store: Path) -> Path | None:
    """The snapshot in force; None where nothing has been built."""
    try:
        name = (store / "current").read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    path = store / name
    return path if name and (path / "manifest.json").is_file() else None


def manifest(snapshot: Path) -> dict:
    """What a snapshot says of itself."""
    try:
        return json.loads((snapshot / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise ClientOpsError(f"{snapshot}: damaged ({error}); run clientops build") from error


def put_in_force(store: Path, new: Path, name: str) -> Path:
    """Make the finished folder *new* (inside the store) the snapshot in force; returns its path."""
    old = snapshot(store)
    if old is not None and old.name == name:  # built anew from the same: the name must differ
        name = f"{name}-again"
    target = store / name
    shutil.rmtree(target, ignore_errors=True)
    new.rename(target)
    pointer = store / "current.new"
    with pointer.open("w", encoding="utf-8") as file:
        file.write(name + "\n")
        file.flush()
        os.fsync(file.fileno())
    pointer.replace(store / "current")
    _tidy(store, {name, old.name if old else name})
    return target


def _tidy(store: Path, kept: set[str]) -> None:
    """Remove snapshots nobody can be using and refresh the copy of the rejects."""
    for path in store.iterdir():
        if path.is_dir() and path.name not in kept | {"rejects"}:
            shutil.rmtree(path, ignore_errors=True)
    current = snapshot(store)
    shutil.rmtree(store / "rejects", ignore_errors=True)
    if current and (current / "rejects").is_dir():
        shutil.copytree(current / "rejects", store / "rejects")


def connect(temporary: Path | None = None) -> duckdb.DuckDBPyConnection:
    """An engine in memory that may spill to *temporary* and never looks for extensions."""
    return duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "temp_directory": str(temporary) if temporary else "",
        },
    )
