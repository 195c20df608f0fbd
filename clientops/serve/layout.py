"""The layout of pages: header and words, what a browser may load, and errors people can read."""

import contextlib
import functools
from pathlib import Path
from typing import Any

import pandas as pd
from voila.handler import BaseVoilaHandler

from clientops import store, words
from clientops.book import Book, Viewer
from clientops.book.last_days import last_days
from clientops.serve import files
from clientops.serve.identity import Visitor
from clientops.serve.pages import ALL_PAGES, CARRIED_ALONG, FIND, Page, link, pages


class HtmlHandler(BaseVoilaHandler):
    """Shared by what is HTML: the header of company, data and pages, in the company's language."""

    def initialize(self, app: Any, **kwargs: Any) -> None:
        """*app* is the Dashboards that serves."""
        super().initialize(**kwargs)
        self.app = app

    @property
    def content_security_policy(self) -> str:
        """Nothing leaves this host whatever a notebook shows, and no script runs but ours."""
        return (
            f"default-src 'self'; script-src 'self' 'unsafe-eval' {self.scripts}; "
            "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
            "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        )

    @property
    def scripts(self) -> str:
        """Scripts allowed beside those of files."""
        return ""

    def set_default_headers(self) -> None:
        """What is shown depends on who looks: nobody keeps it."""
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")

    @property
    def template_namespace(self) -> dict[str, Any]:
        """Templates get words, what `layout` gives, and nothing of the server."""
        return {"_": words._}

    @property
    def visitor(self) -> Visitor | None:
        """Who asks; None: nobody, or it failed before that was known."""
        return getattr(self, "_jupyter_current_user", None)

    @property
    def address(self) -> str:
        """From where the request comes."""
        return self.app.proxy.address(self.request)

    @property
    def visible_pages(self) -> dict[str, Page]:
        """The pages the visitor may open."""
        shown = pages(Path(self.app.root_dir))
        if self.visitor is None:
            return {}
        if self.visitor.viewer.sees_everything:
            return shown
        return {address: page for address, page in shown.items()
                if not (page.is_draft or page.of == "company")}  # fmt: skip

    def layout(self, page: Page | None = None) -> dict[str, Any]:
        """What every template needs. The words are those of the context."""
        book = self.app.book
        shown = self.visible_pages.values()
        visitor = self.visitor
        return {
            "company": book.company.name,
            "language": book.company.language,
            "page": page,
            "pages": [page for page in shown if not (page.is_draft or page.of)],
            "whole_pages": [page for page in shown if page.of == "company"],
            "drafts": [page for page in shown if page.is_draft],
            "all_pages": ALL_PAGES,
            "find": FIND,
            "link": lambda address: link(address, self.request.query),
            "carried": " ".join(CARRIED_ALONG),
            "file": files.address,
            "xsrf": self.xsrf_token.decode(),
            "fresh": self._fresh if visitor else "",
            "read_until": self.read_until() if visitor else {},
            "visitor": visitor.username if visitor and visitor.user else "",
            "role": roles()[visitor.viewer.role] if visitor and visitor.user else "",
            "may_sign_out": bool(visitor and visitor.session),
            "may_find": "/client" in self.visible_pages,
            "is_admin": bool(visitor and visitor.viewer.sees_everything),
        }

    def read_until(self) -> dict[str, str]:
        """What each table is called, and the last day in it."""
        days = _last_days(store.snapshot(self.app.store_folder))
        return {words.value(name): words.date(day) for name, day in days.items()}

    @property
    def _fresh(self) -> str:
        """Up to when the data reach, and what is missing in them."""
        until = words._("data to {date}").format(date=words.date(self.app.book.data_until))
        return until + words.lost(self.app.book.lost_share)

    def company_language(self) -> contextlib.AbstractContextManager[None]:
        """Words and dates as the company writes them."""
        company = self.app.book.company
        self.app.last_language = company.language
        return words.using(company.language, company.currency)

    def show(self, template: str, page: Page | None = None, **known: Any) -> None:
        """Send a template in the company's language."""
        with self.company_language():
            resources = self.layout(page)
            self.finish(self.render_template(template, resources=resources, **known))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """A friendly page; what happened stands in the log. Where the store is gone or damaged, one
        that needs no book."""
        try:
            self.show("missing.html", status=status_code)
        except Exception as error:  # whatever a damaged file may raise
            self.log.error("no data to show: %s", error)
            language = self.app.last_language
            with words.using(language, ""):
                self.finish(self.render_template("unreadable.html", language=language))


@functools.lru_cache(maxsize=1)
def _last_days(snapshot: Path) -> dict[str, pd.Timestamp]:
    """Kept until something is built: reading them takes longer than all else of a header."""
    return last_days(Book(snapshot, Viewer()).table_days)


def roles() -> dict[str, str]:
    """What roles are called."""
    _ = words._
    return {
        "director": _("director"),
        "analyst": _("analyst"),
        "lead": _("team lead"),
        "manager": _("manager"),
    }
