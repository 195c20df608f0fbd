"""Which pages there are: the notebooks of a folder and of its drafts."""

import functools
import json
import re
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
    is_of_one: bool = False  # a client's: opened from names, in no menu

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
            told = _told(path, path.stat().st_mtime_ns)
            found[address] = Page(address, file, *told)
    return found


@functools.lru_cache(maxsize=1000)
def _told(path: Path, changed: int) -> tuple[str, str, bool]:
    """Title and question, the heading and the first paragraph of the first markdown cell; and
    whether it is of one client."""
    title, question = path.stem.replace("_", " ").capitalize(), ""
    try:
        cells = json.loads(path.read_bytes())["cells"]
        texts = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        paragraphs = [" ".join(text.split()) for text in next(texts, "").split("\n\n")]
        sources = ("".join(cell["source"]) for cell in cells if is_tagged(cell, "parameters"))
        is_of_one = any(re.match(r"client_id\b", line) for line in next(sources, "").splitlines())
    except (OSError, ValueError, KeyError, TypeError):
        return title, question, False
    if paragraphs[0].startswith("#"):
        title = paragraphs.pop(0).lstrip("# ") or title
    question = next((text.replace("**", "") for text in paragraphs if text), "")
    return title, question, is_of_one


def is_tagged(cell: dict, tag: str) -> bool:
    """Whether a notebook's cell has a tag."""
    return tag in cell.get("metadata", {}).get("tags", ())


def link(address: str, query: str) -> str:
    """The address of another page, with the parameters that go along."""
    kept = {key: value for key, value in parse_qsl(query) if key in CARRIED_ALONG}
    return quote(address) + (f"?{urlencode(kept)}" if kept else "")
