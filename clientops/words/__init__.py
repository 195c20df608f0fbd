"""The words and formats of everything a director reads.

English is the source. Callers say `words._("…")` and the formats below; a language is added by a
catalogue `locale/<language>/LC_MESSAGES/clientops.po` and nothing else (`make words` brings it up
to date and lists what is missing; a text that is missing stays English). The language is that of
the running context: `with using("ru", "EUR"): …`.
"""

import contextlib
import contextvars
import datetime
import functools
import gettext
import io
import math
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import babel
from babel import dates, numbers
from babel.messages import mofile, pofile

from clientops.errors import ClientOpsError
from clientops.words.columns import COLUMNS, STAND_INS, VALUES
from clientops.words.columns import N_ as N_
from clientops.words.notices import matched

CATALOGUES = Path(__file__).parent.parent / "locale"
EMPTY = "–"  # what stands where a number is unknown
MINUS = "−"  # in every text; Babel writes the hyphen of keyboards


class Usage(NamedTuple):
    """How this context writes: translations, the locale of formats, the currency of money."""

    translations: gettext.NullTranslations
    locale: babel.Locale
    currency: str


@functools.cache  # every number written outside a block asks for it
def _usage(language: str, currency: str, catalogues: Path = CATALOGUES) -> Usage:
    try:
        locale = babel.Locale.parse(language.replace("-", "_"))
    except (babel.UnknownLocaleError, ValueError) as error:
        raise ClientOpsError(
            f"language {language!r} is not known; such as en, en-GB, ru"
        ) from error
    found = (catalogues / name for name in (str(locale), locale.language))
    paths = (folder / "LC_MESSAGES" / "clientops.po" for folder in found)
    path = next(filter(Path.exists, paths), None)
    return Usage(_read(path) if path else gettext.NullTranslations(), locale, currency)


@functools.cache
def _read(path: Path) -> gettext.NullTranslations:
    """A catalogue, compiled when it is first needed: a file compiled earlier could be stale."""
    compiled = io.BytesIO()
    with path.open("rb") as file:
        mofile.write_mo(compiled, pofile.read_po(file, locale=path.parent.parent.name))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


_told_of: contextvars.ContextVar[tuple[Any, str, bool]] = contextvars.ContextVar(
    "told_of", default=(None, "*", False)
)
_usage_now: contextvars.ContextVar[Usage] = contextvars.ContextVar("usage")


def _now() -> Usage:
    return _usage_now.get(None) or _usage("en", "EUR")


@contextlib.contextmanager
def using(language: str, currency: str, catalogues: Path = CATALOGUES) -> Iterator[None]:
    """Write in *language* (`en`, `en-GB`, `ru`) with money in *currency* inside the block."""
    token = _usage_now.set(_usage(language, currency, catalogues))
    try:
        yield
    finally:
        _usage_now.reset(token)


def _(text: str) -> str:
    """The text in the language of the context."""
    return _now().translations.gettext(text)


def error(problem: ClientOpsError) -> str:
    """What is wrong, in the language of the context."""
    if not problem.parts:
        return said(problem.text)
    return _Parts().vformat(_(problem.text), (), problem.parts)


class _Parts(string.Formatter):
    """Puts parts into the text of an error: those that are texts, and numbers with a format, are
    said in the language too."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, ClientOpsError):
            return error(value)
        if not format_spec:
            return str(value)
        if format_spec.endswith("%"):
            return percent(value, 2)
        return numbers.format_decimal(value, "#,##0.00", _now().locale)


def plural(one: str, many: str, number: int) -> str:
    """The form of the text that goes with *number*, which `{number}` in it stands for."""
    form = _now().translations.ngettext(one, many, int(number))  # numpy's are none to gettext
    return form.format_map(_Left(number=count(number)))


def pgettext(context: str, text: str) -> str:
    """The text in the language of the context, where one English word has several meanings:
    *context* says which is meant."""
    return _now().translations.pgettext(context, text)


class _Left(dict[str, str]):
    """What is put into a text; what is not here stays to be filled in later."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def _known(value: float | None) -> bool:
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def _minus(text: str) -> str:
    return text.replace("-", MINUS)


def count(value: float | None) -> str:
    """A whole number: 1,234."""
    if not _known(value):
        return EMPTY
    return _minus(numbers.format_decimal(round(value), format="#,##0", locale=_now().locale))


def decimal(value: float | None, digits: int = 2) -> str:
    """A number with a fixed number of decimals: 0.25."""
    pattern = f"#,##0.{'0' * digits}" if digits else "#,##0"
    return _minus(numbers.format_decimal(value, pattern, _now().locale)) if _known(value) else EMPTY


def money(value: float | None) -> str:
    """An amount to the cent, with its currency: €1,234.50."""
    usage = _now()
    if not _known(value):
        return EMPTY
    return _minus(numbers.format_currency(value, usage.currency, locale=usage.locale))


def currency() -> str:
    """The currency of the context, as it is written: €."""
    usage = _now()
    return numbers.get_currency_symbol(usage.currency, usage.locale)


def short_money(value: float | None) -> str:
    """An amount in three significant digits, for figures and sentences: €1.24M."""
    usage = _now()
    if not _known(value):
        return EMPTY
    value = float(f"{value:.3g}")
    size = abs(value)
    if size < 1000:
        digits = 0 if size >= 100 or size.is_integer() else 1 if size >= 10 else 2
        return _minus(numbers.format_currency(
            value, usage.currency, locale=usage.locale, currency_digits=False,
            decimal_quantization=True, format=_whole_or_cents(usage.locale, digits),
        ))  # fmt: skip
    lead = size / 1000 ** max(0, math.floor(math.log10(size) / 3)) if size >= 1 else size
    digits = 2 if 1 <= lead < 10 and size >= 1000 else 1 if lead < 100 and size >= 1000 else 0
    return _minus(numbers.format_compact_currency(
        value, usage.currency, fraction_digits=digits, locale=usage.locale
    ))  # fmt: skip


@functools.cache
def _whole_or_cents(locale: babel.Locale, digits: int) -> numbers.NumberPattern:
    """The locale's way to write money, with so many decimals."""
    pattern = numbers.parse_pattern(locale.currency_formats["standard"].pattern)
    pattern.frac_prec = (digits, digits)
    return pattern


def percent(share: float | None, digits: int = 0) -> str:
    """A share: 24 %."""
    locale = _now().locale
    return _minus(_percents(locale, digits).apply(share, locale)) if _known(share) else EMPTY


@functools.cache
def _percents(locale: babel.Locale, digits: int) -> numbers.NumberPattern:
    """The locale's way to write shares, with so many decimals."""
    pattern = numbers.parse_pattern(locale.percent_formats[None].pattern)
    pattern.frac_prec = (digits, digits)
    return pattern


def score(share: float | None) -> str:
    """A fraction from −1 to 1 as a score: +42."""
    plus = "+" if _known(share) and round(100 * share) > 0 else ""
    return f"{plus}{count(100 * share)}" if _known(share) else EMPTY


def lost(share: float) -> str:
    """How much of the money is missing in the data, to stand behind their last day; empty where it
    is not worth saying (0.1 %)."""
    if share <= 0.001:
        return ""
    told = _("{share} of the money was rejected, clientops check lists it")
    return f" · {told.format(share=percent(share, 1))}"


def _short(skeleton: str, day: datetime.date) -> str:
    """A date without the words that some languages put beside the year (Russian "г.")."""
    locale = _now().locale
    pattern = re.sub(r"\s*'[^']*'\.?", "", str(locale.datetime_skeletons[skeleton]))
    return dates.format_date(day, pattern, locale)


def month(day: datetime.date) -> str:
    """A month: Oct 2026."""
    return _short("yMMM", day)


def short_month(day: datetime.date) -> str:
    """A month whose year stands elsewhere: Oct."""
    return dates.format_date(day, "LLL", locale=_now().locale)


def year(day: datetime.date) -> str:
    """A year: 2026."""
    return dates.format_date(day, "y", locale=_now().locale)


def long_month(day: datetime.date) -> str:
    """A month in a heading: October 2026."""
    return dates.format_skeleton("yMMMM", day, locale=_now().locale)


def quarter(day: datetime.date) -> str:
    """A quarter: Q3 2026."""
    return _short("yQQQ", day)


def date(day: datetime.date) -> str:
    """A day: Oct 30, 2026."""
    # A translator may write a pattern of CLDR such as dd.MM.y.
    return dates.format_date(day, pgettext("format of a day", "medium"), _now().locale)


@contextlib.contextmanager
def telling(about: Any, subject: str = "*", is_of_some: bool = False) -> Iterator[None]:
    """Inside the block columns are those of a metric table: *about* is what it says about itself
    (schema.About; None: of no table). *subject*: whom sentences and figures speak of: the company
    (`*`), a manager's id, or nobody (empty) where several managers stand side by side.
    *is_of_some*: only some of the company's clients are looked at."""
    token = _told_of.set((about, subject, is_of_some))
    try:
        yield
    finally:
        _told_of.reset(token)


def subject() -> str:
    """The manager_id of the rows that sentences and figures speak of; see `telling`."""
    return _told_of.get()[1]


def is_of_some() -> bool:
    """Whether rows of all managers together are of some clients only, not the company's."""
    return _told_of.get()[2]


def about() -> Any:
    """What the table told of says about itself (schema.About); None: no table is told of."""
    return _told_of.get()[0]


def label(column: str) -> str:
    """How a column is called on pages and in workbooks; the column's name where nobody says."""
    about = _told_of.get()[0]
    own = about.labels if about else {}
    return _(own.get(column) or COLUMNS.get(column) or column.replace("_", " "))


def unit(column: str) -> str:
    """The unit of a column of the table told of (schema.UNITS); of one put beside its own, that of
    a name or a text; `text` where no table is told of."""
    about, beside = _told_of.get()[0], "name" if column.endswith("_name") else "text"
    return about.units.get(column, beside) if about else "text"


def form() -> Any:
    """What of the table told of is handed back (schema.Form); None: nothing, or no table."""
    about = _told_of.get()[0]
    return about and about.form


def adds_up(column: str) -> bool:
    """Whether a sum of the column's values means something in the table told of."""
    about = _told_of.get()[0]
    return bool(about) and column in about.adds_up


def value(text: str) -> str:
    """A word of a column of words in the language of the context."""
    return _(VALUES.get(text) or STAND_INS.get(text) or text) if text else text


def said(text: str) -> str:
    """What the build or a source says, as far as its words are known: a notice, or words with
    commas between them."""
    notice, parts = matched(text)
    if parts:
        return _(notice).format(**parts)
    first = text.partition(", ")[0]
    is_known = first in VALUES or value(first) != first
    return ", ".join(map(value, text.split(", "))) if is_known else value(text)


def name(text: str) -> str:
    """A name as pages write it: what stands for an unknown one is translated, names stay."""
    if text == "*" and is_of_some():
        return _("All managers")
    return _(STAND_INS[text]) if text in STAND_INS else text
