"""The state of the server and of its data, for directors and analysts."""

import csv
import datetime
import os
from pathlib import Path
from typing import Any

import pandas as pd
import tornado.web

from clientops import store, words
from clientops.serve import audit
from clientops.serve.layout import HtmlHandler, roles
from clientops.serve.open_pages import OpenPage

EVENTS = 50  # of the audit log
REJECTS = 20  # rows shown of each table


class Admin(HtmlHandler):
    """Who is here, how much memory that takes, how fresh the data are and what is odd in them."""

    @tornado.web.authenticated
    def get(self) -> None:
        """Show it."""
        if not self.visitor.viewer.sees_everything:
            self.app.audit.note("page refused", user=self.visitor.username, page="/admin")
            raise tornado.web.HTTPError(403)
        self.app.audit.note("state opened", user=self.visitor.username, address=self.address)
        with self.company_language():
            opened = self.app.open_pages.all()
            self.finish(
                self.render_template(
                    "admin.html",
                    resources=self.layout(),
                    heads=column_heads(),
                    numbers=self._numbers(opened),
                    sections=[
                        self._sessions(),
                        self._pages(opened),
                        self._reconciliation(),
                        *self._rejects(),
                        self._quality(),
                        self._events(),
                    ],
                )
            )

    def _numbers(self, opened: list[OpenPage]) -> list[tuple[str, str]]:
        _, book = words._, self.app.book
        built = store.snapshot(store.folder(self.app.data)) / store.MANIFEST
        memory = own_memory() + sum(memory_of(pid) for pid in map(self._pid, opened) if pid)
        limit = self.app.open_pages.most
        return [
            (_("Data to"), words.date(book.data_until)),
            (_("Built"), _moment(built.stat().st_mtime)),
            (_("Open pages"), f"{words.count(len(opened))} / {words.count(limit)}"),
            (_("Memory"), _megabytes(memory)),
        ]

    def _sessions(self) -> dict[str, Any]:
        rows = []
        for session in self.app.sessions.all() if self.app.sessions else []:
            user = session.user
            scope = ", ".join([*user.teams, *user.manager_ids])
            rows.append([user.name, roles()[user.role], scope, session.address,
                         _moment(session.began), _moment(session.seen)])  # fmt: skip
        columns = ["user", "role", "scope", "address", "since", "seen"]
        return _section(words._("Who is signed in"), columns, rows)

    def _pages(self, opened: list[OpenPage]) -> dict[str, Any]:
        rows = []
        for page in opened:
            pid = self._pid(page)
            unused = datetime.timedelta(seconds=int(self.app.open_pages.unused(page)))
            rows.append([page.visitor.username, page.page.title, page.query, _moment(page.began),
                         str(unused), _megabytes(memory_of(pid)) if pid else ""])  # fmt: skip
        columns = ["user", "page", "asked", "since", "unused", "memory"]
        return _section(words._("Open pages"), columns, rows)

    def _pid(self, page: OpenPage) -> int | None:
        try:
            return self.kernel_manager.get_kernel(page.kernel_id).provisioner.pid
        except (KeyError, AttributeError, tornado.web.HTTPError):  # it is only starting
            return None

    def _reconciliation(self) -> dict[str, Any]:
        snapshot = store.snapshot(store.folder(self.app.data))
        rows = []
        for each in store.manifest(snapshot)["reconciliation"]:
            counts = [words.count(each[f"rows_{kind}"]) for kind in ("read", "kept", "rejected")]
            money = [each[f"money_{kind}"] for kind in ("read", "kept", "rejected")]
            rows.append([each["table"], *counts,
                         *(words.money(m) if m is not None else "" for m in money)])  # fmt: skip
        columns = ["table", "read", "kept", "rejected", "money_read", "money_kept",
                   "money_rejected"]  # fmt: skip
        return _section(words._("Reconciliation of the last build"), columns, rows)

    def _rejects(self) -> list[dict[str, Any]]:
        """The first rejected rows of each table, as the build has left them for people."""
        sections = []
        for path in sorted((store.folder(self.app.data) / "rejects").glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as file:
                rows = list(csv.reader(file))
            title = words._("Rejected rows of {table}: {number}").format(
                table=path.stem, number=words.count(len(rows) - 1)
            )
            sections.append(_section(title, rows[0], rows[1 : REJECTS + 1]))
        return sections

    def _quality(self) -> dict[str, Any]:
        frame = self.app.book.data_quality
        rows = [[_formatted(*pair) for pair in row.items()] for row in frame.to_dict("records")]
        return _section(words._("Noticed in the data"), list(frame), rows)

    def _events(self) -> dict[str, Any]:
        rows = []
        for event in self.app.audit.latest(EVENTS):
            at = datetime.datetime.fromisoformat(event.pop("at")).timestamp()
            named = [event.pop(name, "") for name in ("event", "user", "address")]
            rest = ", ".join(f"{key} {value}" for key, value in event.items() if value)
            rows.append([_moment(at), *named, rest])
        columns = ["at", "event", "user", "address", "details"]
        title = words._("Latest events ({file})").format(file=self.app.audit.path or audit.FILE)
        return _section(title, columns, rows)


def column_heads() -> dict[str, str]:
    """What columns are called."""
    _ = words._
    return {
        "user": _("Name"),
        "role": _("Role"),
        "scope": _("Sees"),
        "address": _("Address"),
        "since": _("Since"),
        "seen": _("Last seen"),
        "page": _("Page"),
        "asked": _("Asked for"),
        "unused": _("Unused for"),
        "memory": _("Memory"),
        "table": _("Table"),
        "read": _("Rows read"),
        "kept": _("Kept"),
        "rejected": _("Rejected"),
        "money_read": _("Money read"),
        "money_kept": _("Kept"),
        "money_rejected": _("Rejected"),
        "at": _("At"),
        "event": _("Event"),
        "details": _("Details"),
        "file": _("File"),
        "line": _("Line"),
        "column": _("Column"),
        "value": _("Value"),
        "reason": _("Reason"),
        "check": _("Check"),
        "rows": _("Rows"),
        "money": _("Money"),
        "share": _("Share"),
        "example": _("Example"),
    }


def _section(title: str, columns: list[str], rows: list[list[str]]) -> dict[str, Any]:
    return {"title": title, "columns": columns, "rows": rows}


def _formatted(column: str, value: Any) -> str:
    """A value of the checks as the company writes it."""
    if pd.isna(value):
        return ""
    write = {"rows": words.count, "money": words.money, "share": _percent}.get(column)
    return write(value) if write else str(value)


def _percent(share: float) -> str:
    return words.percent(share, 1)


def _moment(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _megabytes(size: int) -> str:
    return f"{words.count(size >> 20)} MB" if size else ""


def memory_of(pid: int) -> int:
    """Bytes that a process alone takes: of what kernels share each counts its part."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
    except (OSError, StopIteration, ValueError):
        return 0


def own_memory() -> int:
    """Bytes that this process takes."""
    return memory_of(os.getpid())
