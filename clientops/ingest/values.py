"""What a text in an export means: numbers, dates, times, yes and no.

Exports write one value in many ways. Each function here reads one text, and returns None where it
cannot mean what its column promises: nothing is guessed. What a single text cannot tell (is 1,234
a thousand or one and a bit; is 03/04 in March or April) is decided from all values together.

The texts have no blanks around them.
"""

import datetime
import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

EARLIEST, LATEST = datetime.date(1970, 1, 1), datetime.date(2100, 12, 31)  # else a slip of the pen
MONEY_LIMIT = Decimal(10) ** 14  # DECIMAL(18,4) holds less than this

# What is taken off both ends of a text: also what only looks like a blank, or like nothing.
BLANKS = " \t\r\n\u00a0\u202f\u2007\u2009\u200b\ufeff"
_SPACES = "[ \u00a0\u202f\u2007\u2009'’]"  # between thousands; the apostrophe is Swiss
_MINUS = str.maketrans({"−": "-", "–": "-", "‒": "-"})

_WHOLE = re.compile(rf"\d+|[1-9]\d{{0,2}}(?:{_SPACES}\d{{3}})+")
_SCIENTIFIC = re.compile(r"(?:\d+\.?\d*|\.\d+)[eE][-+]?\d{1,4}")
_GROUPED = {
    ",": re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+"),
    ".": re.compile(r"[1-9]\d{0,2}(?:,\d{3})+"),
}
_DATE = re.compile(r"(\d{4}|\d{1,2})([-./])(\d{1,2})\2(\d{4}|\d{1,2})(?!\d)")
_TIME = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6})\d*)?)?\s*"
    r"(?:([AaPp])\.?[Mm]\.?|Z|[-+]\d{2}:?(?:\d{2})?)?"
)
_TRUE = {"true", "yes", "y", "1", "да", "t"}
_FALSE = {"false", "no", "n", "0", "нет", "f"}


def decimal_mark(texts: Iterable[str]) -> tuple[str, str | None]:
    """The decimal mark of an export, decided from all its numbers.

    Returns the mark (`.` or `,`) and, where the others do not tell, a value that would need it. A
    mark is shown by values that can be read only with it: 12,5 or 1.234,56 or 0,125. Where both
    marks are shown, or none, a lone `1,234` cannot be read; where none is, a lone `1.234` has a
    point, as programs write it.
    """
    shown = set()
    doubtful: dict[str, str] = {}  # by the sign they hold
    for text in texts:
        possible = _possible_marks(text)
        if len(possible) == 1:
            shown.add(possible[0])
        elif is_ambiguous(text):
            doubtful.setdefault("," if "," in text else ".", text)
    if len(shown) == 1:
        return shown.pop(), None
    return ".", doubtful.get(",") or (doubtful.get(".") if shown else None)


def _possible_marks(text: str) -> list[str]:
    body = _unsigned(text)
    return [mark for mark in ",." if _parts(body, mark)]


def is_number(text: str) -> bool:
    """Whether a text is a number, with one decimal mark or the other."""
    return decimal(text) is not None


def is_ambiguous(text: str) -> bool:
    """Whether a text is a thousand with one decimal mark and a fraction with the other."""
    return len(_possible_marks(text)) == 2 and ("," in text or "." in text)


def decimal(text: str, mark: str = ".") -> Decimal | None:
    """A number with all its decimals; None: not a number, or too large for money.

    *mark* is the decimal mark of the export; it decides only what could be read both ways. Spaces
    of any kind and apostrophes separate thousands; (12.50) is negative, as in accounts.
    """
    body = _unsigned(text)
    if _SCIENTIFIC.fullmatch(body):
        value = Decimal(body)
    else:
        parts = _parts(body, mark) or _parts(body, "," if mark == "." else ".")
        if parts is None:
            return None
        value = Decimal(f"{parts[0]}.{parts[1] or 0}")
    if value >= MONEY_LIMIT:
        return None
    negative = body != text.translate(_MINUS) and not text.startswith("+")
    return -value if negative and value else value


def number(text: str, mark: str = ".") -> str | None:
    """A number as plain text (`-1234.5000`), rounded half up to four decimals; else None."""
    value = decimal(text, mark)
    if value is None:
        return None
    rounded = value.quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return f"{rounded or abs(rounded):f}" if abs(rounded) < MONEY_LIMIT else None


def _unsigned(text: str) -> str:
    """The text without its sign or its accounting brackets."""
    body = text.translate(_MINUS)
    if body.startswith("(") and body.endswith(")"):
        return body[1:-1].strip(BLANKS)
    return body[1:].strip(BLANKS) if body[:1] in ("-", "+") else body


def _parts(body: str, mark: str) -> tuple[str, str] | None:
    """Whole digits and decimals of an unsigned number written with *mark*; None: not readable."""
    whole, found, decimals = body.partition(mark)
    if found and decimals and not decimals.isdecimal():
        return None
    if not whole and decimals:
        return "0", decimals
    if _WHOLE.fullmatch(whole) or _GROUPED[mark].fullmatch(whole):
        return re.sub(r"\D", "", whole), decimals
    return None


def date_order(texts: Iterable[str]) -> tuple[str | None, str | None]:
    """The order of day and month in a column, decided from all its values.

    Returns the order (`dmy` or `mdy`) and None, or None and a value that cannot be decided: both
    its numbers are at most 12, and as many values tell for one order as for the other. Years first
    need no order: `dmy` is returned.
    """
    votes = {"dmy": 0, "mdy": 0}
    doubtful = None
    for text in texts:
        match = _DATE.match(text)
        if not match or len(match[1]) == 4:
            continue
        first, second = int(match[1]), int(match[3])
        if first > 12 >= second:
            votes["dmy"] += 1
        elif second > 12 >= first:
            votes["mdy"] += 1
        elif first != second:
            doubtful = doubtful or text
    if votes["dmy"] == votes["mdy"] and doubtful:
        return None, doubtful
    return ("mdy" if votes["mdy"] > votes["dmy"] else "dmy"), None


def date(text: str, order: str = "dmy") -> str | None:
    """A day as ISO text, whatever clock time follows it; None: not a date from 1970 to 2100."""
    moment = timestamp(text, order)
    return moment and moment[:10]


def timestamp(text: str, order: str = "dmy") -> str | None:
    """Day and clock time as written, as ISO text; midnight where there is no time.

    An offset from UTC is read past: the clock on the wall is what a sales day is counted by.
    """
    match = _DATE.match(text)
    if not match:
        return None
    rest = text[match.end() :].removeprefix("T").strip(BLANKS + ",")
    clock = _TIME.fullmatch(rest) if rest else None
    if rest and not clock:
        return None
    first, second, third = match[1], match[3], match[4]
    if len(first) == 4 and len(third) <= 2:
        year, month, day = first, second, third
    elif order == "mdy":
        year, month, day = third, first, second
    else:
        year, month, day = third, second, first
    if len(year) != 4:
        return None
    try:
        found = datetime.datetime(int(year), int(month), int(day), *_clock(clock))
    except ValueError:
        return None
    if not EARLIEST <= found.date() <= LATEST:
        return None
    return found.isoformat(sep=" ")


def _clock(match: re.Match | None) -> tuple[int, int, int, int]:
    """Hour, minute, second, microsecond; ValueError for 13 PM."""
    if match is None:
        return 0, 0, 0, 0
    hour, minute, second, fraction, half = match.groups()
    hour = int(hour)
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(match[0])
        hour = hour % 12 + (12 if half in "Pp" else 0)
    return hour, int(minute), int(second or 0), int((fraction or "0").ljust(6, "0"))


def month(text: str, order: str = "dmy") -> str | None:
    """The first day of the month as ISO text, from a date in it or from `2026-10`."""
    if re.fullmatch(r"\d{4}-\d{2}", text):
        text += "-01"
    day = date(text, order)
    return day and f"{day[:8]}01"


def integer(text: str, mark: str = ".") -> str | None:
    """A whole number as plain text; `3.0`, as workbooks write it, is one."""
    value = decimal(text, mark)
    return None if value is None or value % 1 else f"{value:.0f}"


def boolean(text: str) -> str | None:
    """`true` or `false`; yes/no, y/n, 1/0, да/нет are read as well."""
    lower = text.lower().removesuffix(".0")
    return "true" if lower in _TRUE else "false" if lower in _FALSE else None
