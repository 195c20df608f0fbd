"""What a text in an export means: numbers, dates, times, yes and no.

Exports write one value in many ways. Each function here reads one text, and returns None where it
cannot mean what its column promises: nothing is guessed. What a single text cannot tell (is 1,234
a thousand or one and a bit; is 03/04 in March or April) is decided from all values together.
"""

import datetime
import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

EARLIEST, LATEST = datetime.date(1970, 1, 1), datetime.date(2100, 12, 31)  # else a slip of the pen
MONEY_LIMIT = Decimal(10) ** 14  # DECIMAL(18,4) holds less than this

BLANKS = " \t\r\n\u00a0\u202f\u2007\u2009\u200b\ufeff"
_SPACES = "[ \u00a0\u202f\u2007\u2009'’]"  # between thousands; the apostrophe is Swiss
_MINUS = str.maketrans({"−": "-", "–": "-", "‒": "-"})

_WHOLE = re.compile(rf"\d+|[1-9]\d{{0,2}}(?:{_SPACES}\d{{3}})+")
_SCIENTIFIC = re.compile(r"\d+(?:\.\d+)?[eE][-+]?\d+")
_GROUPED = {
    ",": re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+"),
    ".": re.compile(r"[1-9]\d{0,2}(?:,\d{3})+"),
}
_DATE = re.compile(r"(\d{1,4})([-./])(\d{1,2})\2(\d{1,4})")
_TIME = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6})\d*)?)?\s*(?:Z|[-+]\d{2}:?(?:\d{2})?)?"
)
_TRUE = {"true", "yes", "y", "1", "да", "t"}
_FALSE = {"false", "no", "n", "0", "нет", "f"}


def clean(text: str | None) -> str:
    """The text without blanks around it, also those that only look like blanks."""
    return (text or "").strip(BLANKS)


def decimal_mark(texts: Iterable[str]) -> tuple[str, str | None]:
    """The decimal mark of an export, decided from all its numbers.

    Returns the mark (`.` or `,`) and, where no value tells, the value that would need it. A mark is
    shown by values that can be read only with it: 12,5 or 1.234,56 or 0,125. A lone `1,234` tells
    nothing; a lone `1.234` is read with a point, as programs write it, unless commas are shown.
    """
    votes = {",": 0, ".": 0}
    doubtful = None
    for text in texts:
        possible = [mark for mark in votes if _parts(_unsigned(text), mark)]
        if len(possible) == 1:
            votes[possible[0]] += 1
        elif len(possible) == 2 and "," in text:
            doubtful = doubtful or text
    if votes[","] > votes["."]:
        return ",", None
    return ".", doubtful if not votes["."] else None


def number(text: str, mark: str = ".") -> str | None:
    """A number as plain text (`-1234.56`), rounded half up to four decimals; None: not a number.

    *mark* is the decimal mark of the export; it decides only what could be read both ways. Spaces
    of any kind and apostrophes separate thousands; (12.50) is negative, as in accounts.
    """
    body = _unsigned(text)
    negative = body != text.translate(_MINUS) and not text.startswith("+")
    if _SCIENTIFIC.fullmatch(body):
        value = Decimal(body)
    else:
        other = "," if mark == "." else "."
        parts = _parts(body, mark) or _parts(body, other)
        if parts is None:
            return None
        value = Decimal(f"{parts[0]}.{parts[1] or 0}")
    if value >= MONEY_LIMIT:
        return None
    value = value.quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return f"{-value if negative and value else value:f}"


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

    Returns the order (`dmy` or `mdy`) and None, or None and the value that cannot be decided:
    every first and second part is at most 12. Years first need no order: `dmy` is returned.
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
    if votes["dmy"] == votes["mdy"] == 0 and doubtful:
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
    if len(first) == 4:
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
    if match is None:
        return 0, 0, 0, 0
    hour, minute, second, fraction = match.groups()
    return int(hour), int(minute), int(second or 0), int((fraction or "0").ljust(6, "0"))


def month(text: str, order: str = "dmy") -> str | None:
    """The first day of the month as ISO text, from a date in it or from `2026-10`."""
    if re.fullmatch(r"\d{4}-\d{2}", text):
        text += "-01"
    day = date(text, order)
    return day and f"{day[:8]}01"


def integer(text: str, mark: str = ".") -> str | None:
    """A whole number as plain text; `3.0`, as workbooks write it, is one."""
    value = number(text, mark)
    return None if value is None or not value.endswith(".0000") else value[:-5]


def boolean(text: str) -> str | None:
    """`true` or `false`; yes/no, y/n, 1/0, да/нет are read as well."""
    lower = text.lower().removesuffix(".0")
    return "true" if lower in _TRUE else "false" if lower in _FALSE else None
