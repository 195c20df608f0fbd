"""What the server answers: the list of pages, a page, and not found."""

from pathlib import Path
from typing import Any

import tornado.web
from tornado.escape import xhtml_escape
from voila.utils import get_page_config

from clientops import store, words
from clientops.serve import files, kernels
from clientops.serve.cells import Cells, code_cells
from clientops.serve.layout import HtmlHandler
from clientops.serve.open_pages import OpenPage
from clientops.serve.pages import ALL_PAGES, link, pages
from clientops.serve.prerendered import PageRequest

UNUSED = ["@jupyterlab/mathjax2-extension:plugin"]  # formulas would be drawn by a file from afar


class Home(HtmlHandler):
    """The first page in reading order, with the month and the manager asked for."""

    @tornado.web.authenticated
    def get(self) -> None:
        """Lead there; to the list of pages where there is none."""
        addresses = [page.address for page in self.visible_pages.values()
                     if not (page.is_draft or page.of)]  # fmt: skip
        self.redirect(link([*addresses, ALL_PAGES][0], self.request.query))


class AllPages(HtmlHandler):
    """The list of pages and drafts; no kernel."""

    @tornado.web.authenticated
    def get(self) -> None:
        """Show it."""
        self.show("home.html")


class Missing(HtmlHandler):
    """Every other address."""

    def get(self, *args: str) -> None:
        """There is nothing here, whatever the method."""
        raise tornado.web.HTTPError(404)

    head = post = put = patch = delete = options = get


class Notebook(HtmlHandler):
    """A page: its layout at once; its cells run in a kernel of its own meanwhile."""

    is_draft = False

    @property
    def scripts(self) -> str:
        """A draft may show what brings its own scripts; a page that all may see may not."""
        return "'unsafe-inline' blob:" if self.is_draft else super().scripts

    @tornado.web.authenticated
    async def get(self, address: str) -> None:
        """Send it, or the page that waits for a place."""
        self._refuse_embedding()
        page = pages(Path(self.app.root_dir)).get(address)
        if page is None:
            raise tornado.web.HTTPError(404)
        if page.address not in self.visible_pages:
            self.app.audit.note("page refused", user=self.visitor.username, page=address)
            raise tornado.web.HTTPError(403)
        if not await self.app.open_pages.has_room(self.visitor):
            self.set_status(503)
            self.set_header("Retry-After", "5")
            self.show("busy.html", page)
            return
        self.is_draft = page.is_draft
        self.set_header("Content-Security-Policy", self.content_security_policy)
        with self.company_language():
            text = xhtml_escape(words._("This part could not be shown. The log knows why."))
        failed = f'<p class="problem" role="alert">{text}</p>'
        cells = Cells(code_cells(Path(self.app.root_dir) / page.file), failed)
        page_request = PageRequest(page, self.request.query, self.visitor.viewer, self._screen)
        prerendered = self.app.prerendered.find(page_request)
        opened = self._open(page_request, cells)
        self.show(
            "page.html",
            page,
            kernel_id=opened.kernel_id,
            cells=len(cells),
            version=opened.version,
            screen=self._screen,
            page_config=self._page_config(opened.kernel_id),
            prerendered=prerendered,
        )

    def _refuse_embedding(self) -> None:
        """Another site's picture or script must not start kernels here."""
        asked = self.request.headers
        is_ours = asked.get("Sec-Fetch-Site", "none") in ("none", "same-origin")
        is_page = asked.get("Sec-Fetch-Dest", "document") == "document"
        if not is_ours and not (is_page and asked.get("Sec-Fetch-Mode") == "navigate"):
            raise tornado.web.HTTPError(403)

    @property
    def _screen(self) -> str:
        """What figures are drawn for first: as cards.js found it last time."""
        known = self.get_cookie("co_screen", "")
        return known if known in kernels.SCREENS else kernels.SCREENS[0]

    def _open(self, page_request: PageRequest, cells: Cells) -> OpenPage:
        visitor, app, page = self.visitor, self.app, page_request.page
        opened = OpenPage(
            visitor,
            page,
            self.request.query,
            cells,
            version=app.version(page),
            snapshot=store.snapshot(app.store_folder),
        )
        app.open_pages.add(
            opened,
            app.kernel_options(page_request),
            lambda: app.prerendered.want_next(
                page_request, opened.cells.states, self.visible_pages.values()
            ),
        )
        viewer = visitor.viewer
        app.audit.note(
            "page opened", user=visitor.username, address=self.address, page=page.address,
            query=self.request.query, role=viewer.role, manager_ids=viewer.manager_ids,
            teams=viewer.teams, kernel=opened.kernel_id,
        )  # fmt: skip
        return opened

    def _page_config(self, kernel_id: str) -> dict[str, Any]:
        config = get_page_config(self.base_url, self.settings, self.log, self.voila_configuration)
        return config | {
            "baseUrl": self.base_url,
            "disabledExtensions": UNUSED,
            "fullStaticUrl": files.address("voila"),
            "fullLabextensionsUrl": files.address("labextensions"),
            "kernelId": kernel_id,
        }
