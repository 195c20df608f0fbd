"""The state of the server, for directors and analysts; that of the data is a page."""

import datetime
import os
import time
from pathlib import Path
from typing import Any

import tornado.web

from clientops import store, words
from clientops.serve import audit
from clientops.serve.layout import HtmlHandler, roles
from clientops.serve.open_pages import OpenPage

EVENTS = 50  # of the audit log


class Admin(HtmlHandler):
    """Who is here, how much memory that takes, and how fresh the data are."""

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
                         _ago(session.began), _ago(session.seen)])  # fmt: skip
        heads = [_("User name"), _("Role"), _("Sees"), _("Address"), _("Since"), _("Last seen")]
        return _section(_("Who is signed in"), heads, rows)

    def _pages(self, opened: list[OpenPage]) -> dict[str, Any]:
        _, rows = words._, []
        for page in opened:
            unused = datetime.timedelta(seconds=int(self.app.open_pages.unused(page)))
            rows.append([page.visitor.username, _(page.page.title), page.query, _ago(page.began),
                         str(unused), _megabytes(self._memory(page))])  # fmt: skip
        heads = [
            _("User name"),
            _("Page"),
            _("Asked for"),
            _("Since"),
            _("Unused for"),
            _("Memory"),
        ]
        return _section(_("Open pages"), heads, rows)

    def _memory(self, page: OpenPage) -> int:
        try:
            return memory_of(self.kernel_manager.get_kernel(page.kernel_id).provisioner.pid)
        except (KeyError, AttributeError, tornado.web.HTTPError):  # it is only starting
            return 0

    def _events(self) -> dict[str, Any]:
        _, rows = words._, []
        for event in self.app.audit.latest(EVENTS):
            at = datetime.datetime.fromisoformat(event.pop("at")).timestamp()
            what, *named = [event.pop(name, "") for name in ("event", "user", "address")]
            rest = ", ".join(f"{key} {value}" for key, value in event.items() if value)
            rows.append([_moment(at), _(what) if what else "", *named, rest])
        title = _("Latest events ({file})").format(file=self.app.audit.path or audit.FILE)
        heads = [_("At"), _("Event"), _("User name"), _("Address"), _("Details")]
        return _section(title, heads, rows)


def _section(title: str, heads: list[str], rows: list[list[str]]) -> dict[str, Any]:
    return {"title": title, "heads": heads, "rows": rows}


def _moment(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _ago(at: float) -> str:
    """The time of day of a moment by the clock that nobody sets."""
    return _moment(time.time() - time.monotonic() + at)


def _megabytes(size: int) -> str:
    return words._("{number} MB").format(number=words.count(size >> 20)) if size else ""


def memory_of(pid: int) -> int:
    """Bytes that a process alone takes: of what kernels share each counts its part."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
    except (OSError, StopIteration, ValueError):
        return 0
