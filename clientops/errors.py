"""The one error people see: a line that says what is wrong, where, and what is there instead."""

import difflib
from collections.abc import Iterable


class ClientOpsError(Exception):
    """A mistake in input, settings or parameters. The command line prints it and exits with 2.

    *parts* stand in the text by name (`{name}`), so that words.error can say it in a language. A
    part may be such a text itself; numbers there have a format (`{share:.2%}`).
    """

    def __init__(self, text: str, **parts: object) -> None:
        super().__init__(text.format(**parts) if parts else text)
        self.text, self.parts = text, parts


def joined(texts: Iterable[ClientOpsError], mark: str = ", ") -> ClientOpsError:
    """Several texts with a mark between them: a list that is a part of an error."""
    parts = {f"text{number}": text for number, text in enumerate(texts)}
    return ClientOpsError(mark.join(f"{{{name}}}" for name in parts), **parts)


def nearest(word: str, known: Iterable[str]) -> ClientOpsError:
    """`did you mean …?` for a misspelt *word*, else what is known (at most 12 names): a part of
    the error that is raised."""
    names = sorted(str(name) for name in known)
    close = difflib.get_close_matches(str(word), names, n=1, cutoff=0.6)
    if close:
        return ClientOpsError("did you mean {name}?", name=close[0])
    listed = ", ".join(names[:12])
    if len(names) > 12:
        return ClientOpsError("known: {names} … ({number} in all)", names=listed, number=len(names))
    return (
        ClientOpsError("known: {names}", names=listed) if names else ClientOpsError("there is none")
    )
