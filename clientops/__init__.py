"""ClientOps answers a sales director's monthly questions from the shipments ledger."""

import pandas as pd

from clientops.book import Book, Viewer, open_book

# Texts as they are kept where there is no pyarrow, which comes with the driver of Spark: a build
# took nearly twice as long with it.
pd.options.mode.string_storage = "python"

__all__ = ["Book", "Viewer", "open_book", "open_page"]


def __getattr__(name: str) -> object:
    """`open_page` when it is asked for: only notebooks need widgets and figures."""
    if name == "open_page":
        from clientops.page import open_page

        return open_page
    raise AttributeError(f"module 'clientops' has no attribute {name!r}")
