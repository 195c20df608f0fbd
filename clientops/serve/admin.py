"""The state of the server and of its data, for directors and analysts."""

import csv
import datetime
import os
from collections.abc import Iterable
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
            sections = [
                self._sessions(),
                self._pages(opened),
                self._reconciliation(),
                *self._rejects(),
                self._quality(),
                self._events(),
            ]
            self.show("admin.html", numbers=self._numbers(opened), sections=sections)

    def _numbers(self, opened: list[OpenPage]) -> list[tuple[str, str]]:
        _, book = words._, self.app.book
        built = store.snapshot(self.app.store_folder) / store.MANIFEST
        memory = memory_of(os.getpid()) + sum(map(self._memory, opened))
        limit = self.app.open_pages.most
        return [
            (_("Data to"), words.date(book.data_until)),
            (_("Built"), _moment(built.stat().st_mtime)),
            (_("Open pages"), f"{words.count(len(opened))} / {words.count(limit)}"),
            (_("Memory"), _megabytes(memory)),
        ]

    def _sessions(self) -> dict[str, Any]:
        _, rows = words._, []
        for session in self.app.sessions.all() if self.app.sessions else []:
            user = session.user
            scope = ", ".join([*user.teams, *user.manager_ids])
            rows.append([user.name, roles()[user.role], scope, session.address,
                         _moment(session.began), _moment(session.seen)])  # fmt: skip
        heads = [_("Name"), _("Role"), _("Sees"), _("Address"), _("Since"), _("Last seen")]
        return _section(_("Who is signed in"), heads, rows)

    def _pages(self, opened: list[OpenPage]) -> dict[str, Any]:
        _, rows = words._, []
        for page in opened:
            unused = datetime.timedelta(seconds=int(self.app.open_pages.unused(page)))
            rows.append([page.visitor.username, page.page.title, page.query, _moment(page.began),
                         str(unused), _megabytes(self._memory(page))])  # fmt: skip
        heads = [_("Name"), _("Page"), _("Asked for"), _("Since"), _("Unused for"), _("Memory")]
        return _section(_("Open pages"), heads, rows)

    def _memory(self, page: OpenPage) -> int:
        try:
            return memory_of(self.kernel_manager.get_kernel(page.kernel_id).provisioner.pid)
        except (KeyError, AttributeError, tornado.web.HTTPError):  # it is only starting
            return 0

    def _reconciliation(self) -> dict[str, Any]:
        snapshot = store.snapshot(self.app.store_folder)
        _, rows = words._, []
        for each in store.manifest(snapshot)["reconciliation"]:
            counts = [words.count(each[f"rows_{kind}"]) for kind in ("read", "kept", "rejected")]
            money = [each[f"money_{kind}"] for kind in ("read", "kept", "rejected")]
            rows.append([each["table"], *counts,
                         *(words.money(m) if m is not None else "" for m in money)])  # fmt: skip
        heads = [_("Table"), _("Rows read"), _("Kept"), _("Rejected"),
                 _("Money read"), _("Kept"), _("Rejected")]  # fmt: skip
        return _section(_("Reconciliation of the last build"), heads, rows)

    def _rejects(self) -> list[dict[str, Any]]:
        """The first rejected rows of each table, as the build has left them for people."""
        sections = []
        for path in sorted((self.app.store_folder / "rejects").glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as file:
                rows = list(csv.reader(file))
            title = words._("Rejected rows of {table}: {number}").format(
                table=path.stem, number=words.count(len(rows) - 1)
            )
            sections.append(_section(title, _heads(rows[0]), rows[1 : REJECTS + 1]))
        return sections

    def _quality(self) -> dict[str, Any]:
        frame = self.app.book.data_quality
        rows = [[_formatted(*pair) for pair in row.items()] for row in frame.to_dict("records")]
        return _section(words._("Noticed in the data"), _heads(frame), rows)

    def _events(self) -> dict[str, Any]:
        _, rows = words._, []
        for event in self.app.audit.latest(EVENTS):
            at = datetime.datetime.fromisoformat(event.pop("at")).timestamp()
            named = [event.pop(name, "") for name in ("event", "user", "address")]
            rest = ", ".join(f"{key} {value}" for key, value in event.items() if value)
            rows.append([_moment(at), *named, rest])
        title = _("Latest events ({file})").format(file=self.app.audit.path or audit.FILE)
        heads = [_("At"), _("Event"), _("Name"), _("Address"), _("Details")]
        return _section(title, heads, rows)


def _heads(columns: Iterable[str]) -> list[str]:
    """What the columns of rejected rows and of checks are called."""
    _ = words._
    known = {
        "file": _("File"), "line": _("Line"), "column": _("Column"), "value": _("Value"),
        "reason": _("Reason"), "table": _("Table"), "check": _("Check"), "rows": _("Rows"),
        "money": _("Money"), "share": _("Share"), "example": _("Example"),
    }  # fmt: skip
    return [known.get(column, column) for column in columns]


def _section(title: str, heads: list[str], rows: list[list[str]]) -> dict[str, Any]:
    return {"title": title, "heads": heads, "rows": rows}


def _formatted(column: str, value: Any) -> str:
    """A value of the checks as the company writes it."""
    if pd.isna(value):
        return ""
    write = {
        "rows": words.count,
        "money": words.money,
        "share": lambda share: words.percent(share, 1),
    }.get(column, str)
    return write(value)


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
