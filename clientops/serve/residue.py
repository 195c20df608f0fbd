"""What a server keeps beside its kernels, and what one that was killed has left of it."""

import contextlib
import shutil
import tempfile
from pathlib import Path

import filelock

_ALIVE = "clientops.alive"  # locked as long as its server runs


def hold(folder: Path) -> filelock.BaseFileLock:
    """Mark a server's private folder as in use, until this process ends in whatever way."""
    lock = filelock.FileLock(folder / _ALIVE)
    lock.acquire()
    return lock


def sweep() -> None:
    """Remove the folders of servers that have ended without doing so: clients' rows lie there."""
    for mark in Path(tempfile.gettempdir()).glob(f"voila_*/{_ALIVE}"):
        # Somebody else's cannot be opened, that of a server which runs is locked.
        gone = contextlib.suppress(OSError, filelock.Timeout)
        with gone, filelock.FileLock(mark, timeout=0):
            shutil.rmtree(mark.parent, ignore_errors=True)
