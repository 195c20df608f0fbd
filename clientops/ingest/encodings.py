"""Which encoding a text file has: UTF-8, UTF-16 with its mark, or cp1251. The rest is refused.

Any bytes are readable as cp1251, so that encoding must prove itself: a Western `Café` read as
cp1251 would be `Cafй`, and Cyrillic in koi8-r would be other Cyrillic letters.
"""

import codecs
import itertools
import re
from pathlib import Path

from clientops.errors import ClientOpsError

_CYRILLIC = ("cp1251", "koi8-r", "cp866", "mac-cyrillic")  # where two fit alike, the first is meant
_WORD = re.compile(r"[^\W\d_]+")
# Ромашка, завод, ООО, СтройСервис, АвтоВАЗ
_WELL_WRITTEN = re.compile(
    r"[А-ЯЁЄІЇҐЎ]?[а-яёєіїґў]+|([А-ЯЁЄІЇҐЎ][а-яёєіїґў]{3,})*[А-ЯЁЄІЇҐЎ]*(?<=[^\W\d_])"
)
_FREQUENT = frozenset("оеаинтсрвлкмдпу")  # two thirds of the letters of a Russian text
_SIGNS = frozenset("\u00a0«»„“”’‘–—…№§°±")
_LINES = 2000  # with letters beyond ASCII: enough to tell
_CHUNK = 1 << 20


def encoding(path: Path) -> str:
    """The encoding of a text file, as Python names it.

    Raises ClientOpsError for a file that is no text or is in an encoding that is not read.
    """
    with path.open("rb") as file:
        head = file.read(_CHUNK)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.startswith(b"PK\x03\x04") or b"\0" in head:
        raise ClientOpsError(
            f"{path}: not a text file; save it as CSV in UTF-8, or name it after what it is (.xlsx)"
        )
    if _is_utf8(path):
        return "utf-8-sig"
    foreign = _foreign(path)
    fits = {candidate: _fit(foreign, candidate) for candidate in _CYRILLIC}
    best = max(fits, key=fits.get)
    if best == "cp1251" and fits["cp1251"] >= 1 and fits["cp1251"] > fits["koi8-r"]:
        return "cp1251"
    guess = f"it looks like {best}" if fits[best] >= 1 and best != "cp1251" else "Western, perhaps"
    raise ClientOpsError(
        f"{path}: the encoding is not supported ({guess}); "
        "save it in UTF-8 (UTF-16 with a byte order mark and cp1251 are read too)"
    )


def _is_utf8(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8") as text:
            while text.read(_CHUNK):
                pass
    except UnicodeDecodeError:
        return False
    return True


def _foreign(path: Path) -> bytes:
    """The lines with letters beyond ASCII: what an encoding can be told from."""
    with path.open("rb") as file:
        return b"".join(itertools.islice((line for line in file if not line.isascii()), _LINES))


def _fit(content: bytes, candidate: str) -> float:
    """How Russian *content* looks: from 0 to 2 points for each foreign letter.

    A letter scores in a word that is written as words are, in one alphabet and not with capitals
    inside; a frequent letter scores twice. Signs that texts are full of do not count.
    """
    text = content.decode(candidate, "replace")
    letters = sum(not letter.isascii() and letter not in _SIGNS for letter in text)
    if not letters:
        return 2.0
    words = [word.lower() for word in _WORD.findall(text) if _WELL_WRITTEN.fullmatch(word)]
    if all(len(word) == 1 for word in words):  # à, é and ö stand alone in Western texts
        return 0.0
    return sum(1 + (letter in _FREQUENT) for word in words for letter in word) / letters
