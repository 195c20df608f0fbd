"""What the server answers: the list of pages, a page, whether its kernel lives, and not found."""

import contextlib
from pathlib import Path
from typing import Any

import nbformat
import tornado.web
from jupyter_core.utils import ensure_async
from jupyter_server.base.handlers import APIHandler
from voila.handler import BaseVoilaHandler
from voila.notebook_renderer import NotebookRenderer
from voila.utils import get_page_config

from clientops import words
from clientops.serve import kernels
from clientops.serve.pages import Page, link, pages

# Nothing leaves this host, whatever a notebook shows.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


UNUSED = ["@jupyterlab/mathjax2-extension:plugin"]  # formulas would be drawn by a file from afar


class OurHandler(BaseVoilaHandler):
    """Shared by what is HTML: the header of company, data and pages, in the company's language."""

    content_security_policy = POLICY

    def initialize(self, app: Any, **kwargs: Any) -> None:
        """*app* is the Dashboards that serves."""
        super().initialize(**kwargs)
        self.app = app

    def set_default_headers(self) -> None:
        """Addresses name managers: keep them out of other hosts' logs."""
        super().set_default_headers()
        self.set_header("Referrer-Policy", "same-origin")
        self.set_header("Cache-Control", "no-store")

    def frame(self, page: Page | None = None) -> dict[str, Any]:
        """What every template needs. The words are those of the context."""
        book = self.app.book
        shown = pages(Path(self.app.root_dir))
        return {
            "company": book.company.name,
            "language": book.company.language,
            "page": page,
            "pages": [page for page in shown.values() if not page.is_draft],
            "drafts": [page for page in shown.values() if page.is_draft],
            "link": lambda address: link(address, self.request.query),
            "asset": lambda name: self.static_url(name),  # functions are copied as they are
            "fresh": words._("data to {date}").format(date=words.date(book.data_until)),
            "texts": texts(),
        }

    def speaking(self) -> contextlib.AbstractContextManager[None]:
        """Words and dates as the company writes them."""
        company = self.app.book.company
        return words.using(company.language, company.currency)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """A friendly page; what happened stands in the log."""
        with self.speaking():
            known = {"status": status_code, "resources": self.frame()}
            self.finish(self.render_template("missing.html", **known))


def texts() -> dict[str, str]:
    """The words of the frame around pages, in the language of the context."""
    _ = words._
    return {
        "pages": _("Pages"),
        "drafts": _("Drafts"),
        "drafts_note": _("Work in progress by analysts; not checked, not part of reports."),
        "none": _("No pages yet: put a notebook into the folder of notebooks."),
        "loading": _("Loading …"),
        "failed": _("This part could not be shown. The log knows why."),
        "dead": _("This page has stopped calculating."),
        "reload": _("Reload"),
        "skip": _("Skip to the content"),
        "missing": _("There is no such page"),
        "missing_note": _("It may have been renamed. These are the pages there are:"),
        "broken": _("This page cannot be shown"),
        "broken_note": _("The log knows why. These are the other pages:"),
        "script": _("This page needs JavaScript."),
    }


class Home(OurHandler):
    """The list of pages; no kernel."""

    @tornado.web.authenticated
    def get(self) -> None:
        """Show it."""
        with self.speaking():
            self.finish(self.render_template("home.html", resources=self.frame()))


class Missing(OurHandler):
    """Every other address."""

    def prepare(self) -> None:
        """There is nothing here, whatever the method."""
        raise tornado.web.HTTPError(404)


class Renderer(NotebookRenderer):
    """Runs a notebook's code; its texts are for analysts and stay out of the page."""

    async def load_notebook(self, path: str) -> nbformat.NotebookNode:
        """The code cells of the file, with a kernel that there is."""
        notebook = nbformat.read(Path(self.root_dir) / path, as_version=4)
        notebook.cells = [
            cell
            for cell in notebook.cells
            if cell.cell_type == "code" and "workbench" not in cell.metadata.get("tags", [])
        ]
        return await self.fix_notebook(notebook)


class Notebook(OurHandler):
    """A page: the outputs of a notebook, run in a kernel of its own while it is sent."""

    kernel_id = ""

    @tornado.web.authenticated
    async def get(self, address: str) -> None:
        """Send the header at once, then each cell as it is ready."""
        page = pages(Path(self.app.root_dir)).get(address)
        if page is None:
            raise tornado.web.HTTPError(404)
        _ = self.xsrf_token  # sets the cookie without which a closing tab may not end its kernel
        renderer = await self._renderer(page)
        self.kernel_id = await self._start_kernel(renderer, page)
        with self.speaking():
            renderer.resources |= self.frame(page)
            try:
                await self._send(renderer)
            except Exception:
                if self.kernel_id not in self.kernel_manager:  # the tab was closed meanwhile
                    return
                self.log.exception("page %s", address)
                self.finish(f'<p class="problem" role="alert">{texts()["failed"]}</p>')

    async def _send(self, renderer: "Renderer") -> None:
        kernel = self.kernel_manager.get_kernel(self.kernel_id)
        async for piece, _ in renderer.generate_content_generator(self.kernel_id, kernel):
            self.write(piece)
            await self.flush()

    async def _renderer(self, page: Page) -> "Renderer":
        config = get_page_config(self.base_url, self.settings, self.log, self.voila_configuration)
        renderer = Renderer(
            root_dir=self.app.root_dir,
            voila_configuration=self.voila_configuration,
            traitlet_config=self.app.config,
            notebook_path=page.file,
            template_paths=self.app.template_paths,
            config_manager=self.config_manager,
            base_url=self.base_url,
            kernel_spec_manager=self.kernel_spec_manager,
            page_config=config | {"disabledExtensions": UNUSED},
        )
        await renderer.initialize()
        renderer.exporter.environment.autoescape = True
        return renderer

    async def _start_kernel(self, renderer: NotebookRenderer, page: Page) -> str:
        known = kernels.environment(
            self.app.data, page.address, self.request.query, Path(self.app.connection_dir)
        )
        return await ensure_async(
            self.kernel_manager.start_kernel(
                kernel_name=renderer.notebook.metadata.kernelspec.name,
                path=str(Path(page.file).parent),
                env=known,
                extra_arguments=kernels.ARGUMENTS,
            )
        )

    def on_connection_close(self) -> None:
        """A tab closed while it loads leaves no kernel either."""
        super().on_connection_close()
        self.app.ioloop.add_callback(end_kernel, self.kernel_manager, self.kernel_id)


async def end_kernel(manager: Any, kernel_id: str) -> None:
    """End a kernel if there is one of this id."""
    if kernel_id in manager:
        with contextlib.suppress(KeyError, tornado.web.HTTPError):  # ended meanwhile
            await ensure_async(manager.shutdown_kernel(kernel_id, now=True))


class Alive(APIHandler):
    """Whether a page's kernel lives; a dead one is forgotten."""

    @tornado.web.authenticated
    async def get(self, kernel_id: str) -> None:
        """Answer `{"alive": true}` or false."""
        alive = kernel_id in self.kernel_manager
        if alive and not await ensure_async(self.kernel_manager.get_kernel(kernel_id).is_alive()):
            await end_kernel(self.kernel_manager, kernel_id)
            alive = False
        self.finish({"alive": alive})


class Shutdown(APIHandler):
    """The beacon of a closing tab."""

    @tornado.web.authenticated
    async def post(self, kernel_id: str) -> None:
        """End the kernel."""
        await end_kernel(self.kernel_manager, kernel_id)
        self.set_status(204)
        self.finish()
