"""The one error people see: a line that says what is wrong, where, and what is there instead."""

import difflib
from collections.abc import Iterable


class ClientOpsError(Exception):
    """A mistake in input, settings or parameters. The command line prints it and exits with 2.

    *parts* stand in the text by name (`{name}`), so that a page can say it in its language.
    """

    def __init__(self, text: str, **parts: object) -> None:
        super().__init__(text.format(**parts) if parts else text)
        self.text, self.parts = text, parts


def nearest(word: str, known: Iterable[str]) -> str:
    """`did you mean …?` for a misspelt *word*, else what is known (at most 12 names)."""
    names = sorted(str(name) for name in known)
    close = difflib.get_close_matches(str(word), names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    more = f" … ({len(names)} in all)" if len(names) > 12 else ""
    return f"known: {', '.join(names[:12])}{more}" if names else "there is none"
