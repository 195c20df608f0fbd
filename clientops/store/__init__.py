"""Where the built data lie, and how they are replaced: only whole.

A store is a folder of snapshots and a file `current` that names the one in force. A build writes a
snapshot beside it and then replaces that file, which the operating system does in one step: killed
at any moment, the old data stand. A reader keeps to the snapshot it opened; the one before the
current is kept for readers that still use it.

    .clientops/
        current             the snapshot in force and, in a second line, the one before it
        lock                held while building
        rejects/<table>.csv rows the last build could not read (a copy, for people)
        3f9a…/              a snapshot: manifest.json, <fact or table>.parquet, company/, rejects/,
                            months.json (what each month rests on), and sums.json of them
        new-3f9a…/          a snapshot being written
"""

import contextlib
import hashlib
import itertools
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb

from clientops.errors import ClientOpsError

FOLDER = ".clientops"
DEFAULT_DATA = "data/sample"
MANIFEST = "manifest.json"
_SUMS = "sums.json"  # of the snapshot's files, by which damage shows
_MANIFEST_KEYS = {"fingerprint", "company", "settings", "tables", "first_month", "data_until",
                  "reconciliation"}  # fmt: skip
_SNAPSHOT = re.compile(r"[0-9a-f]{16}(-\d+)?")


def data_folder(data: str | Path = "") -> Path:
    """The data folder: the one given, else $CLIENTOPS_DATA, else data/sample, both looked for from
    the working directory upwards."""
    if data:
        return Path(data)
    usual = Path(os.environ.get("CLIENTOPS_DATA", "") or DEFAULT_DATA)
    above = (folder / usual for folder in (Path(), *Path.cwd().parents))
    return next((folder for folder in above if folder.is_dir()), usual)


def folder(data: str | Path, store: str | Path = "") -> Path:
    """The store of a data folder: the one given, else inside it; $CLIENTOPS_STORE may name another
    one for $CLIENTOPS_DATA."""
    if not store and str(data) == os.environ.get("CLIENTOPS_DATA"):
        store = os.environ.get("CLIENTOPS_STORE", "")
    return Path(store) if store else Path(data) / FOLDER


def snapshot(store: Path) -> Path | None:
    """The snapshot in force; None where nothing has been built or `current` is damaged."""
    for name in _named(store)[:1]:
        if (store / name / MANIFEST).is_file():
            return store / name
    return None


def _named(store: Path) -> list[str]:
    """What `current` says: the snapshot in force and the one before it; none where damaged."""
    try:
        names = (store / "current").read_bytes().decode("ascii", "replace").splitlines()
    except (FileNotFoundError, NotADirectoryError):
        return []
    return names if all(map(_SNAPSHOT.fullmatch, names)) else []


def manifest(snapshot: Path) -> dict:
    """What a snapshot says of itself. Raises ClientOpsError where that cannot be understood."""
    try:
        content = json.loads((snapshot / MANIFEST).read_bytes())
    except (OSError, ValueError) as error:
        raise ClientOpsError("{snapshot}: damaged ({reason}); run clientops build",
                             snapshot=snapshot, reason=str(error)) from error  # fmt: skip
    if not isinstance(content, dict) or not content.keys() >= _MANIFEST_KEYS:
        raise ClientOpsError("{snapshot}: of another version of ClientOps; run clientops build",
                             snapshot=snapshot)  # fmt: skip
    return content


def damaged(snapshot: Path) -> str:
    """The first file of a snapshot that is not as it was written; empty where all are."""
    try:
        sums = json.loads((snapshot / _SUMS).read_bytes())
        return next((name for name, sum_ in sums.items() if _sum(snapshot / name) != sum_), "")
    except (OSError, ValueError, AttributeError):
        return _SUMS


@contextlib.contextmanager
def readable(snapshot: Path) -> Iterator[None]:
    """Where somebody stumbles inside: ClientOpsError of the file that is damaged, if one is."""
    try:
        yield
    except ClientOpsError:
        raise
    except Exception as error:  # numbers that are none lead anywhere
        is_written = _SNAPSHOT.fullmatch(snapshot.name)  # else it has no sums yet
        if is_written and (name := damaged(snapshot)):
            raise ClientOpsError("{path}: damaged; run clientops build",
                                 path=snapshot / name) from error  # fmt: skip
        raise


def _sum(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def claim(store: Path) -> None:
    """Make the folder of a store; refuse one with other things in it, for builds remove folders."""
    if store.is_dir():
        names = {path.name for path in store.iterdir()}
        if names and not names & {"lock", "current"}:
            raise ClientOpsError("{store}: not a store but a folder with other files in it",
                                 store=store)  # fmt: skip
    store.mkdir(mode=0o700, parents=True, exist_ok=True)  # its owner's, until somebody says else


def put_in_force(store: Path, new: Path, name: str) -> Path:
    """Make the finished folder *new* (inside the store) the snapshot in force; returns its path.

    The lock must be held. The snapshot is called *name*, with a number where that is taken.
    """
    old = snapshot(store)
    numbers = itertools.count(2)
    target = store / name
    while target.exists():  # built anew from the same
        target = store / f"{name}-{next(numbers)}"
    sums = {path.relative_to(new).as_posix(): _sum(path)
            for path in sorted(new.rglob("*")) if path.is_file()}  # fmt: skip
    (new / _SUMS).write_text(json.dumps(sums, indent=1), encoding="utf-8", newline="\n")
    pointer = new / "current"
    names = [target.name, *([old.name] if old else [])]
    pointer.write_text("\n".join(names) + "\n", encoding="ascii", newline="\n")
    for path in new.rglob("*"):
        if path.is_file():  # on disk before it is in force: the power may fail
            with path.open("rb+") as file:
                os.fsync(file.fileno())
    new.rename(target)
    (target / "current").replace(store / "current")
    return target


def is_tidy(store: Path) -> bool:
    """Whether there is nothing to tidy."""
    return not _leftovers(store) and _contents(store / "rejects") == _rejects(store)


def tidy(store: Path) -> None:
    """Refresh the copy of the rejects and remove what nobody can be using. The lock must be held.

    Kept are the snapshot in force and the one before it.
    """
    if _contents(store / "rejects") != _rejects(store):
        shutil.rmtree(store / "rejects", ignore_errors=True)
        for name, content in _rejects(store).items():
            (store / "rejects").mkdir(exist_ok=True)
            (store / "rejects" / name).write_bytes(content)
    for path in _leftovers(store):
        shutil.rmtree(path, ignore_errors=True)


def remove_drafts(store: Path) -> None:
    """Remove what killed builds were writing. The lock must be held."""
    for path in store.glob("new-*"):
        shutil.rmtree(path, ignore_errors=True)


def _leftovers(store: Path) -> list[Path]:
    """Drafts of killed builds, and snapshots that `current` does not name."""
    kept = _named(store)
    unused = [path for path in store.iterdir() if _SNAPSHOT.fullmatch(path.name)]
    return [*store.glob("new-*"), *(path for path in unused if path.name not in kept)]


def _rejects(store: Path) -> dict[str, bytes]:
    current = snapshot(store)
    return _contents(current / "rejects") if current else {}


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*")}


def connect(temporary: Path | None = None) -> duckdb.DuckDBPyConnection:
    """An engine in memory that may spill to *temporary* and never looks for extensions."""
    con = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "temp_directory": str(temporary) if temporary else "",
        },
    )
    con.execute("set enable_progress_bar = false")  # it would write into notebooks
    return con


class Engine:
    """An engine that knows the snapshot's files as views `stored_…`, each from the first statement
    that names it: to look into all of them takes as long as to start the engine."""

    def __init__(self, snapshot: Path) -> None:
        self._con = connect()
        self._files = {f"stored_{path.stem}": path for path in snapshot.glob("*.parquet")}
        self._known: set[str] = set()
        if "stored_products" not in self._files:
            nothing = "cast(null as varchar)"
            self._con.execute(f"create view stored_products as select {nothing} as product_id, "
                              f"{nothing} as product_group where false")  # fmt: skip

    def execute(self, query: str, values: object = None) -> duckdb.DuckDBPyConnection:
        """Run a statement, with values for its parameters."""
        for name in {*_STORED.findall(query)} & self._files.keys() - self._known:
            rows = file(self._files[name])
            self._con.execute(f"create view if not exists {name} as from {rows}")
            self._known.add(name)
        return self._con.execute(query, values)

    def close(self) -> None:
        """Forget all of it."""
        self._con.close()


_STORED = re.compile(r"\bstored_\w+")


def file(path: Path) -> str:
    """SQL for the rows of a file of a snapshot."""
    return f"read_parquet('{str(path).replace(chr(39), chr(39) * 2)}')"
