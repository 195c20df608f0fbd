"""Clients found by a part of what is known of them, from the header of every page."""

import asyncio
import concurrent.futures
import functools
import urllib.parse
from pathlib import Path

import pandas as pd
import tornado.web

from clientops import store
from clientops.book import Book, Viewer
from clientops.serve.layout import HtmlHandler
from clientops.serve.pages import link

MOST = 20  # clients shown
LONGEST = 100  # characters of what is looked for
# One after the other: a book's engine is not for several threads.
_FINDER = concurrent.futures.ThreadPoolExecutor(1, "find")


_book = functools.lru_cache(maxsize=20)(Book)


def find(snapshot: Path, viewer: Viewer, text: str) -> pd.DataFrame:
    """The clients that *viewer* may open and of whom the text tells."""
    return _book(snapshot, viewer).find_clients(text, MOST)


class Find(HtmlHandler):
    """A page of the clients found; with `part`, only their list, while one types."""

    @tornado.web.authenticated
    async def get(self) -> None:
        """Show it."""
        text = self.get_query_argument("q", "").strip()[:LONGEST]
        found = []
        if text:
            asked = (store.snapshot(self.app.store_folder), self.visitor.viewer, text)
            frame = await asyncio.get_running_loop().run_in_executor(_FINDER, find, *asked)
            found = [self._entry(*row) for row in frame.itertuples(index=False)]
        template = "found_list.html" if self.get_query_argument("part", "") else "found.html"
        self.show(template, text=text, found=found, most=MOST)

    def _entry(self, client_id: str, name: str, *told: object) -> dict[str, str]:
        address = link("/client", self.request.query)
        joined = "&" if "?" in address else "?"
        return {
            "name": name,
            "told": " · ".join(str(each) for each in told if not pd.isna(each)),
            "link": f"{address}{joined}client_id={urllib.parse.quote(client_id, safe='')}",
        }
