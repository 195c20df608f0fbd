"""What a text in an export means: numbers, dates, times, yes and no.

Exports write one value in many ways. Each function here reads one text, and returns None where it
cannot mean what its column promises: nothing is guessed. What a single text cannot tell (is 1,234
a thousand or one and a bit; is 03/04 in March or April) is decided from all values together.

The texts have no blanks around them.
"""

import datetime
import re
import zoneinfo
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from babel import numbers as babel_numbers

from clientops.settings import EARLIEST, LATEST

MONEY_LIMIT = Decimal(10) ** 14  # DECIMAL(18,4) holds less than this

# What is taken off both ends of a text: also what only looks like a blank, or like nothing.
BLANKS = " \t\r\n\u00a0\u202f\u2007\u2009\u200b\ufeff"
_SPACES = "[ \u00a0\u202f\u2007\u2009'’]"  # between thousands; the apostrophe is Swiss
_MINUS = str.maketrans({"−": "-", "–": "-", "‒": "-", "—": "-"})

# What exports write where there is nothing, in any case; and what is left of a broken formula.
NOTHING = tuple("null (null) <null> \\n nan none n/a #n/a - -- – — −".split())
BROKEN = ("#ref!", "#value!", "#name?", "#null!", "#num!", "#div/0!", "#ссылка!", "#знач!",
          "#имя?", "#пусто!", "#число!", "#дел/0!", "#н/д")  # fmt: skip

_WHOLE = re.compile(rf"\d+|[1-9]\d{{0,2}}(?:{_SPACES}\d{{3}})+")
_SCIENTIFIC = re.compile(r"(?:\d+\.?\d*|\.\d+)[eE][-+]?\d{1,4}")
_GROUPED = {
    ",": re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+"),
    ".": re.compile(r"[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d?(?:,\d{2})+,\d{3}"),  # 1,23,456: Indian
}
# Signs and words of currencies beside an amount; ISO codes are known anyway.
_CURRENCIES = {
    "€": "EUR", "euro": "EUR", "$": "USD", "us$": "USD", "£": "GBP", "¥": "JPY", "₽": "RUB",
    "руб": "RUB", "рубль": "RUB", "рубля": "RUB", "рублей": "RUB", "р": "RUB", "rur": "RUB",
    "₴": "UAH", "грн": "UAH", "₸": "KZT", "тг": "KZT", "тенге": "KZT", "₹": "INR", "rs": "INR",
    "zł": "PLN", "kč": "CZK", "ft": "HUF", "kr": "kr", "fr": "CHF", "sfr": "CHF", "лв": "BGN",
    "lei": "RON", "tl": "TRY", "₺": "TRY", "₪": "ILS", "₩": "KRW", "r$": "BRL", "сум": "UZS",
    "долл": "USD", "доллар": "USD", "евро": "EUR", "br": "BYN",
} | {code.lower(): code for code in babel_numbers.list_currencies()}  # fmt: skip
_WORD_BEFORE = re.compile(r"([^\W\d_]{0,6}[^\w\s().,'’+%-]|[^\W\d_]{1,7})\.?(?=[-+\s\d(.,])")
_WORD_BEHIND = re.compile(r"([^\W\d_]{0,6}[^\w\s().,'’+%-]|[^\W\d_]{1,7})\.?$")
# Alone, or behind a document's name, as 1C writes it: «Реализация 7601 от 21.08.2026 11:03:42».
_DATE = re.compile(r"(?:\D.*\s(?:от|від)\s)?(\d{4}|\d{1,2})([-./])(\d{1,2})\2(\d{4}|\d{1,2})(?!\d)")
_TIME = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6})\d*)?)?\s*"
    r"(?:([AaPp])\.?[Mm]\.?|(?P<offset>Z|[-+]\d{2}:?(?:\d{2})?))?"
)
_TRUE = {"true", "yes", "y", "1", "да", "t"}
_FALSE = {"false", "no", "n", "0", "нет", "f"}


def decimal_mark(texts: Iterable[str]) -> tuple[str, str | None]:
    """The decimal mark of a column, decided from all its numbers.

    Returns the mark (`.` or `,`) and, where the others do not tell, a value that would need it. A
    mark is shown by values that can be read only with it: 12,5 or 1.234,56 or 0,125. Where both
    marks are shown, or none, neither `1,234` nor `1.234` can be read.
    """
    shown = set()
    doubtful: dict[str, str] = {}  # by the sign they hold
    for text in texts:
        body = _bare(text)[0]
        possible = [mark for mark in ",." if _parts(body, mark)]
        if len(possible) == 1:
            shown.add(possible[0])
        elif possible and ("," in body or "." in body):
            doubtful.setdefault("," if "," in text else ".", text)
    if len(shown) == 1:
        return shown.pop(), None
    return ".", doubtful.get(",") or doubtful.get(".")


def is_number(text: str) -> bool:
    """Whether a text is a number, with one decimal mark or the other."""
    return decimal(text) is not None


def decimal(text: str, mark: str = ".") -> Decimal | None:
    """A number with all its decimals; None: not a number, or too large for money.

    *mark* is the decimal mark of the export; it decides only what could be read both ways. Spaces
    of any kind and apostrophes separate thousands; (12.50) and 12.50- are negative, as in accounts;
    5 % is 0.05; a currency beside the number is read past.
    """
    body, negative = _bare(text.removesuffix("%").rstrip(BLANKS))
    if _SCIENTIFIC.fullmatch(body):
        value = Decimal(body)
    else:
        parts = _parts(body, mark) or _parts(body, "," if mark == "." else ".")
        if parts is None:
            return None
        value = Decimal(f"{parts[0]}.{parts[1] or 0}")
    if text.endswith("%"):
        value /= 100
    if value >= MONEY_LIMIT:
        return None
    return -value if negative and value else value


def number(text: str, mark: str = ".") -> str | None:
    """A number as plain text (`-1234.5000`), rounded half up to four decimals; else None."""
    value = decimal(text, mark)
    if value is None:
        return None
    rounded = value.quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return f"{rounded or abs(rounded):f}" if abs(rounded) < MONEY_LIMIT else None


def money(text: str, mark: str = ".") -> str | None:
    """An amount of money like a number; a share in percent is none."""
    return None if text.endswith("%") else number(text, mark)


def roughly(text: str) -> Decimal:
    """About how much a text that is no amount may stand for: its longest run of digits."""
    runs = re.findall(r"\d[\d.,'’\s]*", text) or ["0"]
    run = max(runs, key=len).strip(BLANKS + ".,'’")
    mark = "," if re.search(r",\d{1,2}$", run) else "."
    return decimal(run, mark) or Decimal(re.sub(r"\D", "", run)[:13] or 0)


def currency(text: str) -> str:
    """The currency named beside an amount, as its code; empty where none is."""
    found = _named(text.strip("'-+() "))
    return _CURRENCIES[found[1].lower()] if found else ""


def _named(body: str) -> re.Match | None:
    """The currency at one end of a text, and what divides it from the number."""
    for pattern in (_WORD_BEFORE.match, _WORD_BEHIND.search):
        if (found := pattern(body)) and found[1].lower() in _CURRENCIES:
            return found
    return None


def _bare(text: str) -> tuple[str, bool]:
    """The digits of a number without sign, accounting brackets and currency; whether negative."""
    if text.isdecimal():
        return text, False
    body, signs, words, negative = text.translate(_MINUS), 0, 0, False
    if body.startswith("'"):  # how Excel keeps a text a text
        body = body[1:].lstrip(BLANKS)
    for _ in range(4):  # in any order: -€5, € -5, (5 EUR), 5 EUR-
        before = body
        if body[-2:] in (",-", ".-"):  # 1.250,- has no cents
            body = body[:-2]
        elif body.startswith("(") and body.endswith(")"):
            body, signs, negative = body[1:-1], signs + 1, True
        elif body[:1] in ("-", "+"):
            body, signs, negative = body[1:], signs + 1, body[0] == "-"
        elif body.endswith("-"):
            body, signs, negative = body[:-1], signs + 1, True
        elif named := _named(body):
            body, words = body[: named.start()] + body[named.end() :], words + 1
        body = body.strip(BLANKS)
        if body == before:
            break
    return (text, False) if signs > 1 or words > 1 else (body, negative)


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
    need no order: `dmy` is returned; with dots the day comes first where nothing tells otherwise.
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
        elif first != second and (not doubtful or "." in doubtful):
            doubtful = text
    if votes["dmy"] == votes["mdy"] and doubtful and (votes["dmy"] or "." not in doubtful):
        return None, doubtful
    return ("mdy" if votes["mdy"] > votes["dmy"] else "dmy"), None


def starts_with_date(text: str) -> bool:
    """Whether a text begins with what may be a date, in whatever order."""
    return _DATE.match(text) is not None


def half_swapped(texts: Iterable[str]) -> bool:
    """Whether a program has read dates in the wrong order, as far as it could.

    Then every date with the year first (a real date in a workbook) has a day up to 12, and every
    one that was left as text has a number above 12; of so many days that is no accident.
    """
    chance = {True: 1.0, False: 1.0}
    for text in set(texts):
        if not (match := _DATE.match(text)):
            continue
        real = len(match[1]) == 4
        numbers = [int(match[3]), int(match[4])] if real else [int(match[1]), int(match[3])]
        if (real and numbers[1] > 12) or (not real and max(numbers) <= 12):
            return False
        chance[real] *= 12 / 31 if real else 19 / 31
    return max(chance.values()) < 1 and chance[True] * chance[False] < 0.05


def is_open_end(text: str) -> bool:
    """Whether a date is one that programs write for none: 9999-12-31, 01.01.0001 and their kin."""
    match = _DATE.match(text)
    if not match:
        return False
    year = match[1] if len(match[1]) == 4 else match[4]
    others = {int(match[1]), int(match[3]), int(match[4])} - {int(year)}
    return len(year) == 4 and is_far(int(year)) and others <= {0, 1, 11, 12, 30, 31}


def is_far(year: int) -> bool:
    """Whether no date of a business lies in the year."""
    return not 1902 <= year <= 2198


def date(text: str, order: str = "dmy", zone: str = "") -> str | None:
    """A day as ISO text, whatever clock time follows it; None: not a date from 1970 to 2100."""
    moment = timestamp(text, order, zone)
    return moment and moment[:10]


def offset(text: str) -> str:
    """The offset from UTC that a time is written with (`Z`, `+03:00`); empty: none."""
    _, clock = _day_and_clock(text)
    return (clock and clock["offset"]) or ""


def _day_and_clock(text: str) -> tuple[re.Match | None, re.Match | None]:
    """What a text tells of a day and of a clock time behind it; neither, where anything else
    stands there."""
    match = _DATE.match(text)
    rest = match and text[match.end() :].removeprefix("T").strip(BLANKS + ",")
    clock = _TIME.fullmatch(rest) if rest else None
    return (None, None) if rest and not clock else (match, clock)


def timestamp(text: str, order: str = "dmy", zone: str = "") -> str | None:
    """Day and clock time as written, as ISO text; midnight where there is no time.

    A time with an offset from UTC is turned into that of the *zone*, where there is one; else the
    offset is read past: the clock on the wall is what a sales day is counted by.
    """
    match, clock = _day_and_clock(text)
    if not match:
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
        if zone and clock and (written := clock["offset"]):
            away = "+00:00" if written == "Z" else written
            there = datetime.datetime.fromisoformat(f"{found.isoformat()}{away}")
            found = there.astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None)
    except ValueError:
        return None
    if not EARLIEST <= found.date() <= LATEST:
        return None
    return found.isoformat(sep=" ")


def _clock(match: re.Match | None) -> tuple[int, int, int, int]:
    """Hour, minute, second, microsecond; ValueError for 13 PM."""
    if match is None:
        return 0, 0, 0, 0
    hour, minute, second, fraction, half, _ = match.groups()
    hour = int(hour)
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(match[0])
        hour = hour % 12 + (12 if half in "Pp" else 0)
    return hour, int(minute), int(second or 0), int((fraction or "0").ljust(6, "0"))


def month(text: str, order: str = "dmy", zone: str = "") -> str | None:
    """The first day of the month as ISO text, from a date in it or from `2026-10`."""
    if re.fullmatch(r"\d{4}-\d{2}", text):
        text += "-01"
    day = date(text, order, zone)
    return day and f"{day[:8]}01"


def first_day(text: str, order: str = "dmy", zone: str = "") -> str | None:
    """The same, but only from `2026-10` or a first day: another may mean the month after."""
    first = month(text, order, zone)
    is_first = re.fullmatch(r"\d{4}-\d{2}", text) or date(text, order, zone) == first
    return first if is_first else None


def integer(text: str, mark: str = ".") -> str | None:
    """A whole number as plain text; `3.0`, as workbooks write it, is one."""
    value = decimal(text, mark)
    return None if value is None or value % 1 else f"{value:.0f}"


def boolean(text: str) -> str | None:
    """`true` or `false`; yes/no, y/n, 1/0, да/нет are read as well."""
    lower = text.lower().removesuffix(".0")
    return "true" if lower in _TRUE else "false" if lower in _FALSE else None
