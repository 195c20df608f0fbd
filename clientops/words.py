"""The words and formats of everything a director reads.

English is the source. Callers say `words._("…")` and the formats below; a language is added by a
catalogue `locale/<language>/LC_MESSAGES/clientops.mo` and nothing else (make words collects the
texts). The language is that of the running context: `with using("ru", "EUR"): …`.
"""

import contextlib
import contextvars
import datetime
import gettext
import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import babel
from babel import dates, numbers

from clientops.errors import ClientOpsError

CATALOGUES = Path(__file__).parent / "locale"
EMPTY = "–"  # what stands where a number is unknown


class Usage(NamedTuple):
    """How this context writes: translations, the locale of formats, the currency of money."""

    translations: gettext.NullTranslations
    locale: babel.Locale
    currency: str


def _usage(language: str, currency: str, catalogues: Path = CATALOGUES) -> Usage:
    try:
        locale = babel.Locale.parse(language.replace("-", "_"))
    except (babel.UnknownLocaleError, ValueError) as error:
        raise ClientOpsError(
            f"language {language!r} is not known; such as en, en-GB, ru"
        ) from error
    names = [str(locale), locale.language]
    found = gettext.translation("clientops", catalogues, names, fallback=True)
    return Usage(found, locale, currency)


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


def plural(one: str, many: str, number: int) -> str:
    """The form of the text that goes with *number*, which `{number}` in it stands for."""
    form = _now().translations.ngettext(one, many, number)
    return form.format(number=count(number))


def N_(text: str) -> str:
    """Marks a text for the catalogue where it stands; `_` translates it where it is used."""
    return text


def _known(value: float | None) -> bool:
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def count(value: float | None) -> str:
    """A whole number: 1,234."""
    if not _known(value):
        return EMPTY
    return numbers.format_decimal(round(value), format="#,##0", locale=_now().locale)


def decimal(value: float | None, digits: int = 2) -> str:
    """A number with a fixed number of decimals: 0.25."""
    pattern = f"#,##0.{'0' * digits}" if digits else "#,##0"
    return numbers.format_decimal(value, pattern, _now().locale) if _known(value) else EMPTY


def money(value: float | None) -> str:
    """An amount to the cent, with its currency: €1,234.50."""
    usage = _now()
    if not _known(value):
        return EMPTY
    return numbers.format_currency(value, usage.currency, locale=usage.locale)


def currency() -> str:
    """The currency of the context, as it is written: €."""
    usage = _now()
    return numbers.get_currency_symbol(usage.currency, usage.locale)


def short_money(value: float | None) -> str:
    """An amount in three significant digits, for figures and sentences: €1.24M."""
    usage = _now()
    if not _known(value):
        return EMPTY
    size = abs(value)
    lead = size / 1000 ** max(0, math.floor(math.log10(size) / 3)) if size >= 1 else size
    digits = 2 if 1 <= lead < 10 and size >= 1000 else 1 if lead < 100 and size >= 1000 else 0
    return numbers.format_compact_currency(
        value, usage.currency, fraction_digits=digits, locale=usage.locale
    )


def percent(share: float | None, digits: int = 0) -> str:
    """A share: 24 %."""
    pattern = numbers.parse_pattern(_now().locale.percent_formats[None].pattern)
    pattern.frac_prec = (digits, digits)
    return pattern.apply(share, _now().locale) if _known(share) else EMPTY


def month(day: datetime.date) -> str:
    """A month: Oct 2026."""
    return dates.format_skeleton("yMMM", day, locale=_now().locale)


def date(day: datetime.date) -> str:
    """A day: Oct 30, 2026."""
    return dates.format_date(day, format="medium", locale=_now().locale)


class Words(NamedTuple):
    """How a column of a table is called, and in which unit it is."""

    label: str
    unit: str  # month, date, text, count, money, share, number or months


COLUMNS: dict[str, Words] = {
    "month": Words(N_("Month"), "month"),
    "client_id": Words(N_("Client number"), "text"),
    "client_name": Words(N_("Client"), "text"),
    "manager_id": Words(N_("Manager number"), "text"),
    "manager_name": Words(N_("Manager"), "text"),
    "abc": Words(N_("Volume class"), "text"),
    "xyz": Words(N_("Regularity class"), "text"),
    "stage": Words(N_("Stage"), "text"),
    "revenue": Words(N_("Revenue"), "money"),
    "margin": Words(N_("Gross margin"), "money"),
    "purchases": Words(N_("Days with a purchase"), "count"),
    "active_months": Words(N_("Months with a purchase"), "count"),
    "first_on": Words(N_("First purchase"), "date"),
    "last_on": Words(N_("Last purchase"), "date"),
    "window_months": Words(N_("Months covered"), "count"),
    "clients": Words(N_("Clients"), "count"),
    "client_share": Words(N_("Share of clients"), "share"),
    "revenue_share": Words(N_("Share of revenue"), "share"),
    "a_share": Words(N_("Share of A clients"), "share"),
    "b_share": Words(N_("Share of B clients"), "share"),
    "c_share": Words(N_("Share of C clients"), "share"),
    "x_share": Words(N_("Share of regular clients"), "share"),
    "a_slope": Words(N_("Change of the A share per month"), "share"),
    "entered_a": Words(N_("Rose above the A amount"), "count"),
    "left_a": Words(N_("Fell below the A amount"), "count"),
    "p_value": Words(N_("Chance of this by accident"), "number"),
    "verdict": Words(N_("Verdict"), "text"),
    "low": Words(N_("Fewest clients wanted"), "count"),
    "high": Words(N_("Most clients wanted"), "count"),
    "top5_share": Words(N_("Share of the five largest clients"), "share"),
    "hhi": Words(N_("Concentration (Herfindahl)"), "number"),
    "xyz_months": Words(N_("Regularity by months"), "text"),
    "xyz_rhythm": Words(N_("Regularity by rhythm"), "text"),
    "xyz_cv": Words(N_("Regularity by variation"), "text"),
    "table": Words(N_("Table"), "text"),
    "check": Words(N_("Check"), "text"),
    "rows": Words(N_("Rows"), "count"),
    "money": Words(N_("Money concerned"), "money"),
    "share": Words(N_("Share of rows"), "share"),
    "example": Words(N_("Example"), "text"),
}

# What stands in text columns and is no name: letters stay, words are translated.
VALUES: dict[str, str] = {
    "prospect": N_("prospect"),
    "new": N_("new"),
    "returned": N_("returned"),
    "active": N_("active"),
    "lapsed": N_("lapsed"),
    "lost": N_("lost"),
    "improving": N_("improving"),
    "worsening": N_("worsening"),
    "steady": N_("steady"),
    "too short": N_("too short"),
    "below": N_("below"),
    "within": N_("within"),
    "above": N_("above"),
    "(unassigned)": N_("(unassigned)"),
}


def label(column: str) -> str:
    """How a column is called on pages and in workbooks."""
    return _(COLUMNS[column].label)


def unit(column: str) -> str:
    """The unit of a column; `text` where it is not known."""
    return COLUMNS[column].unit if column in COLUMNS else "text"


def value(text: str) -> str:
    """A word of a text column in the language of the context; names stay."""
    return _(VALUES[text]) if text in VALUES else text
