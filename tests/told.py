"""A sentence as a page says it: with the table it is made of, and whom it speaks of."""

import re
from collections.abc import Callable

import pandas as pd

from clientops import metrics, words


def told(
    finding: Callable[..., str], frame: pd.DataFrame, subject: str = "*", **settings: object
) -> str:
    """What a finding says of *subject*; its docstring begins with the name of its table."""
    table = metrics.tables()[re.match(r"\w+", finding.__doc__)[0]]
    with words.telling(table.about, subject):
        return finding(frame, **settings)


def plain(sentence: str) -> str:
    """Without the marks that keep signs beside their numbers."""
    return sentence.replace("\u2060", "")
