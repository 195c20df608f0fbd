"""Who did what, and when: one line of JSON each, in a file that only grows.

The file is opened for every line, so it can be moved away at any time (logrotate). A line holds
`at` (UTC), `event`, and what belongs to it; never a password, a cookie or a row of data.
"""

import contextlib
import datetime
import json
import logging
import os
from pathlib import Path
from typing import Any

FILE = "audit.jsonl"
_TAIL = 200_000  # bytes read for the latest events


class Audit:
    """The log in *folder*; None: nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self.path = folder / FILE if folder else None

    def note(self, event: str, **details: Any) -> None:
        """Add a line. A disk that cannot be written is told in the server's log, and no reason
        to stop serving."""
        if self.path is None:
            return
        at = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"at": at, "event": event} | details, ensure_ascii=False)
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(handle, "ab", buffering=0) as file:  # the line in one piece
                file.write(f"{line}\n".encode("utf-8", "replace"))
        except OSError as error:
            logging.getLogger(__name__).error("not in the audit log (%s): %s", error, line)

    def latest(self, number: int) -> list[dict[str, Any]]:
        """The last events, the latest first."""
        if self.path is None or not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(max(0, self.path.stat().st_size - _TAIL))
            lines = file.read().split(b"\n")  # and at nothing else that may stand in a line
        found = []
        for line in reversed(lines):
            with contextlib.suppress(ValueError):  # the first one may be cut
                found.append(json.loads(line))
        return found[:number]
