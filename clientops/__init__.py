"""ClientOps answers a sales director's monthly questions from the shipments ledger."""

from clientops.book import Book, Viewer, open_book

__all__ = ["Book", "Viewer", "open_book", "open_page"]


def __getattr__(name: str) -> object:
    """`open_page` when it is asked for: only notebooks need widgets and figures."""
    if name == "open_page":
        from clientops.page import open_page

        return open_page
    raise AttributeError(f"module 'clientops' has no attribute {name!r}")
