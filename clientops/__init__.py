"""ClientOps answers a sales director's monthly questions from the shipments ledger."""

from clientops.book import Book, Viewer, open_book

__all__ = ["Book", "Viewer", "open_book"]
