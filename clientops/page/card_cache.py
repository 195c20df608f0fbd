"""Cards drawn before: the same card of the same data for the same reader is read from a file.

A server names the folder ($CLIENTOPS_CARD_CACHE); it holds cards of one version of the code and of
one scope, so neither needs to be asked here. Elsewhere nothing is kept.
"""

import contextlib
import hashlib
import inspect
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from clientops.page.table import Choice, PageTable


def key(*parts: Any) -> str:
    """What a card is made of, as the name of a file; empty: it cannot be kept.

    Functions count by name, so only those of this package do: others may change while they are
    called the same, as in a draft.
    """
    text = "" if not os.environ.get("CLIENTOPS_CARD_CACHE") else _said(parts)
    return hashlib.sha256(text.encode()).hexdigest() if text and " at 0x" not in text else ""


def _said(part: Any) -> str:
    """A part in words that two processes share."""
    if isinstance(part, PageTable):
        return f"{part.fingerprint} {_said(part.function)} {_said(part.settings)}"
    if isinstance(part, Choice):
        return repr(part.value)
    if inspect.isroutine(part):
        is_ours = str(part.__module__).startswith("clientops.") and "<" not in part.__qualname__
        return f"{part.__module__}.{part.__qualname__}" if is_ours else repr(part)
    if isinstance(part, dict):
        return f"{{{', '.join(f'{name!r}: {_said(each)}' for name, each in part.items())}}}"
    if isinstance(part, Sequence) and not isinstance(part, str | bytes):
        return f"({', '.join(map(_said, part))})"
    return repr(part)


def drawn(name: str, draw: Callable[[], str]) -> str:
    """The card of this *name* (see `key`) as it was drawn before, else drawn now and kept."""
    if not name:
        return draw()
    path = Path(os.environ["CLIENTOPS_CARD_CACHE"]) / f"{name}.html"
    with contextlib.suppress(OSError):
        text = path.read_text(encoding="utf-8")
        path.touch()  # used: others make room first
        return text
    text = draw()
    with contextlib.suppress(OSError):  # no room: the next one draws it again
        handle, draft = tempfile.mkstemp(dir=path.parent)  # only this account may read it
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(draft).replace(path)
    return text
