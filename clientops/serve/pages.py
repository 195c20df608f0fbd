"""Which pages there are: the notebooks of a folder and of its drafts."""

import functools
import json
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from clientops.settings import reading_order

FIRST_PAGE = "/overview"  # drawn beforehand for everybody
ALL_PAGES = "/pages"
FIND = "/find"  # clients, by what is known of them
DRAFTS = "drafts"
# Parameters that go along from page to page; one that does not offer them says so.
CARRIED_ALONG = ("month", "manager_id", "beside", "team", "client_group", "region",
                 "product_group", "abc",
                 "measure", "window_months", "xyz_by")  # fmt: skip


class Page(NamedTuple):
    """A notebook as a page. *address* is its path on the server, *file* its path in the folder."""

    address: str
    file: str
    title: str
    question: str
    of: str = ""  # company: for those who see everything; client: of one; both are in no menu

    @property
    def is_draft(self) -> bool:
        """Whether it lies in drafts/."""
        return self.file.startswith(f"{DRAFTS}/")


def pages(folder: Path) -> dict[str, Page]:
    """The pages of *folder* by address, in reading order, drafts last. Only these are served."""
    found = {}
    kept = sorted(folder.glob("*.ipynb"), key=lambda path: reading_order(path.stem))
    for path in [*kept, *sorted(folder.glob(f"{DRAFTS}/*.ipynb"))]:
        if path.is_file() and not path.name.startswith("."):
            file = path.relative_to(folder).as_posix()
            address = f"/{file.removesuffix('.ipynb')}"
            found[address] = Page(address, file, *_told(path, path.stat().st_mtime_ns))
    return found


@functools.lru_cache(maxsize=1000)
def _told(path: Path, changed: int) -> tuple[str, str, str]:
    """Title and question, the heading and the first paragraph of the first markdown cell; and of
    whom the notebook says that it is."""
    title, question = path.stem.replace("_", " ").capitalize(), ""
    try:
        content = json.loads(path.read_bytes())
        cells, of = content["cells"], content.get("metadata", {}).get("clientops", {}).get("of", "")
        texts = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        paragraphs = [" ".join(text.split()) for text in next(texts, "").split("\n\n")]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return title, question, ""
    if paragraphs[0].startswith("#"):
        title = paragraphs.pop(0).lstrip("# ") or title
    question = next((text.replace("**", "") for text in paragraphs if text), "")
    return title, question, of


def link(address: str, query: str) -> str:
    """The address of another page, with the parameters that go along."""
    kept = {key: value for key, value in parse_qsl(query) if key in CARRIED_ALONG}
    return quote(address) + (f"?{urlencode(kept)}" if kept else "")
