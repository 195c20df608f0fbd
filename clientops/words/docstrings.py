"""What the docstring of a metric table tells a reader of pages: its question, how it is made."""

import inspect
import re
from typing import Any


def told(function: Any) -> list[str]:
    """The summary of a table's docstring and its *How* paragraphs, each on one line; these are the
    texts of the catalogue."""
    return paragraphs(inspect.getdoc(function) or "") or [function.__name__]


def paragraphs(docstring: str) -> list[str]:
    """The first paragraph of a docstring and those that begin with How, each on one line."""
    first, *others = docstring.split("\n\n")
    how = [each for each in others if each.lstrip().startswith("How")]
    return [" ".join(each.split()) for each in (first, *how) if each.strip()]


def beginning(texts: tuple[str, ...], most: int) -> tuple[list[str], list[str]]:
    """The first so many sentences of some paragraphs, and the others."""
    sentences = [each for text in texts for each in re.split(r"(?<=[^\s.]{2}\.) ", text)]
    return sentences[:most], sentences[most:]
